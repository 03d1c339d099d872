#!/usr/bin/env bats
# 072-more-options.bats: options of run and create for devices' limits, cgroups, other containers,
# users of the host; each looked at in config.json or from inside.

load helpers

# made OPTION...: the resources of config.json, of a container that is not started
made() {
	name
	pl 0 create --name "$name" --network none "$@" "$BUSYBOX" true
	output=$(jq -c "${filter:-.linux.resources}" "$ROOT/containers/$output/config.json")
	podlite rm "$name" >/dev/null
}

block_device() {
	local d
	for d in /dev/vda /dev/sda /dev/nvme0n1 /dev/loop0 /dev/ram0; do
		[ ! -b $d ] || { echo $d; return; }
	done
	return 1
}

@test "more options: --cpuset-cpus, --cpuset-mems, --cgroup-conf, --blkio-weight" {
	made --cpuset-cpus 0-1,3 --cpuset-mems 0
	is "$(json '.cpu | "\(.cpus) \(.mems)"')" "0-1,3 0"
	made --cgroup-conf memory.high=1073741824 --cgroup-conf pids.max=7
	is "$(json '.unified["memory.high"], .unified["pids.max"]')" $'1073741824\n7'
	made --blkio-weight 200
	is "$(json .blockIO.weight)" 200
	made --blkio-weight 0
	is "$output" null
	local bad
	for bad in --cpuset-cpus=x --cpuset-cpus=3-1 "--cpuset-cpus=1," --cpuset-mems=0-- --blkio-weight=5 --blkio-weight=1001 \
		--cgroup-conf=memory --cgroup-conf=../x.y=1 --cgroup-conf=cgroup.procs=1; do
		c 125 "$bad" -- true
		has "$stderr" "${bad%%=*}"
	done
}

@test "more options: limits of block devices" {
	local d o
	d=$(block_device) || skip "no block device"
	made --device-read-bps "$d:1m" --device-write-bps "$d:2k" --device-read-iops "$d:10" --device-write-iops "$d:20" --blkio-weight-device "$d:30"
	is "$(json '.blockIO | .throttleReadBpsDevice[0].rate, .throttleWriteBpsDevice[0].rate, .throttleReadIOPSDevice[0].rate, .throttleWriteIOPSDevice[0].rate, .weightDevice[0].weight')" \
		$'1048576\n2048\n10\n20\n30'
	is "$(json '.blockIO.throttleReadBpsDevice[0] | "\(.major):\(.minor)"')" "$((0x$(stat -c %t "$d"))):$((0x$(stat -c %T "$d")))"
	for o in "--device-read-bps $d:x" "--device-read-bps $d" "--device-write-iops $d:0" "--device-read-iops /dev/null:1" "--device-write-bps /dev/nosuch:1" \
		"--blkio-weight-device $d:5"; do
		# shellcheck disable=SC2086
		c 125 $o -- true
		has "$stderr" "${o%% *}"
	done
}

@test "more options: --cgroup-parent is where the container's cgroup goes" {
	filter=.linux.cgroupsPath made --cgroup-parent /some/where
	matches "$output" '"/some/where/podlite-[0-9a-f]{64}"'
	filter=.linux.cgroupsPath made
	is "$output" null
}

@test "more options: --requires starts the others first" {
	name
	pl 0 create --network none --name "$name-a" "$BUSYBOX" sleep 1000
	pl 0 create --network none --name "$name-b" --requires "$name-a" "$BUSYBOX" true
	pl 0 start -a "$name-b"
	pl 0 inspect --format '{{.State.Running}}' "$name-a"
	is "$output" true
	# also where it runs already, and by run
	pl 0 run --rm --network none --requires "$name-a,$name-b" "$BUSYBOX" echo ok
	is "$output" ok
	c 125 --requires nosuch -- true
	has "$stderr" nosuch
	pl 0 rm -t 0 -f "$name-a"
	pl 125 start -a "$name-b"
	has "$stderr" "requires"
}

@test "more options: --hostuser adds users of the host to passwd" {
	local me
	me=$(id -un)
	c 0 --hostuser "$me" -- grep "^$me:" /etc/passwd
	matches "$output" "^$me:\\*:$(id -u):$(id -g)::.*:/bin/sh\$"
	c 0 --hostuser "daemon,$me" -- grep -c "^$me:\|^root:" /etc/passwd
	is "$output" 2
	c 125 --hostuser nosuchuser -- true
	has "$stderr" nosuchuser
}

@test "more options: --chrootdirs: hosts, hostname and resolv.conf are there, too" {
	c 0 --chrootdirs /jail,/other --hostname jailed --add-host x:1.2.3.4 -- sh -c 'cat /jail/etc/hostname; cmp /etc/hosts /other/etc/hosts && cmp /etc/resolv.conf /jail/etc/resolv.conf && echo same'
	is "$output" $'jailed\nsame'
	c 125 --chrootdirs jail -- true
}

@test "more options: --env-merge makes variables of those that the image set" {
	HOSTONLY=secret c 0 --env-merge 'PATH=/opt/bin:${PATH}' --env-merge 'X=a$container-${container}$$ ${' --env-merge 'Y=$HOSTONLY$X.' -e PLAIN='$PATH' -- \
		/bin/sh -c 'echo "$PATH"; echo "$X"; echo "$Y"; echo "$PLAIN"'
	is "${lines[0]}" "/opt/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	is "${lines[1]}" 'apodlite-podlite$$ ${'
	is "${lines[2]}" .
	is "${lines[3]}" '$PATH'
	c 125 --env-merge X -- true
	c 125 --env-merge =x -- true
}

@test "ps: --watch, filters command and should-start-on-boot, CIDFile" {
	name
	pl 0 create --name "$name-a" --network none --restart always --cidfile "$T/cid" "$BUSYBOX" sleep 1000
	pl 0 create --name "$name-b" --network none "$BUSYBOX" true
	pl 0 ps -a --filter command=sleep --format '{{.Names}}'
	is "$output" "$name-a"
	pl 0 ps -a --filter should-start-on-boot=true --format '{{.Names}} {{.CIDFile}}'
	is "$output" "$name-a $T/cid"
	pl 0 ps -a --filter should-start-on-boot=false --format '{{.Names}}'
	is "$output" "$name-b"
	pl 125 ps --filter should-start-on-boot=maybe
	PODLITE_TIMEOUT=3 pl 124 ps -a --watch 1 --format '{{.Names}}'
	[ "$(grep -c "^$name-a\$" "$OUT")" -ge 2 ]
	pl 125 ps --watch -1
	rm "$T/cid"
}

@test "pod inspect: there are none" {
	pl 125 pod inspect web
	has "$stderr" "no such pod web"
}
