#!/usr/bin/env bats
# 086-container-options.bats: options of run that say what the container finds when it starts: its
# accounts, hosts file, descriptors, id maps, systemd's directories; looked at from inside.

load helpers

@test "--group-entry, --passwd: a group without an entry gets one, as podman has it" {
	c 0 --user 1234:5678 -- tail -n 1 /etc/group
	is "$output" 5678:x:5678:1234
	c 0 --user 1234:5678 --group-entry 'x$GROUPNAME:y:$GID:$USERLIST' -- tail -n 1 /etc/group
	is "$output" x5678:y:5678:1234
	c 1 --user 1234:5678 --passwd=false --group-entry 'x:x:$GID:' -- grep -c 5678 /etc/group /etc/passwd
	has "$output" /etc/group:0
	has "$output" /etc/passwd:0
	# one that the image has
	c 1 --user 1234:0 --group-entry 'x:x:$GID:' -- grep -c '^x' /etc/group
	is "$output" 0
	c 125 --user 1234:5678 --group-entry $'x\ny' -- true
	has "$stderr" --group-entry
}

@test "--userns keep-id: the caller's group has an entry as well" {
	need_fuse
	c 0 --userns keep-id -- tail -n 1 /etc/group
	is "$output" "$(id -un):x:$(id -g):$(id -un)"
}

@test "--userns keep-id with -u: the caller has his name, and his group in every case" {
	need_fuse
	local me group
	me=$(id -un) group=$(id -g)
	c 0 --userns keep-id -u "$(id -u):$group" -- sh -c 'id -un; id -gn; grep "^$0:" /etc/passwd' "$me"
	is "${lines[0]} ${lines[1]}" "$me $me"
	like "${lines[2]}" "$me:*:$(id -u):$group:*"
	c 0 --userns keep-id -u "$(id -u)" -- sh -c 'id -un; id -g; id -G; grep "^$0:" /etc/group' "$me"
	is "$output" "$me"$'\n'"0"$'\n'"0 $group"$'\n'"$me:x:$group:$me"
	c 0 --userns keep-id -u 4321:4322 -- sh -c 'id -un; id -G; tail -n 2 /etc/group' "$me"
	is "$output" "4321"$'\n'"4322 $group"$'\n'"$me:x:$group:$me"$'\n'"4322:x:4322:4321"
	c 0 --userns keep-id -u 4321:4322 --group-add keep-groups -- id -g
	is "$output" 4322
}

@test "--userns keep-id and auto: namespaces of a container in the shared one can be joined" {
	need_fuse
	local kind pid
	name
	pl 0 run -d --name "$name" --hostname donor --network slirp4netns --ipc shareable "$BUSYBOX" sleep 100
	pid=$(podlite inspect -f '{{.State.Pid}}' "$name")
	for kind in net ipc uts; do
		pl 0 exec "$name" readlink "/proc/self/ns/$kind"
		local ns=$output join=--$kind
		[ $kind != net ] || join=--network
		pl 0 run --rm --userns keep-id "$join" "container:$name" "$BUSYBOX" sh -c "id -u; readlink /proc/self/ns/$kind"
		is "$output" "$(id -u)"$'\n'"$ns"
	done
	pl 0 run --rm --userns auto --network "ns:/proc/$pid/ns/net" "$BUSYBOX" readlink /proc/self/ns/net
	is "$output" "$(podlite exec "$name" readlink /proc/self/ns/net)"
	pl 125 run --rm --userns keep-id --pid "container:$name" "$BUSYBOX" true
	has "$stderr" "--userns container:$name"
	pl 0 rm -f -t 0 "$name"
}

@test "--hosts-file: a file of the host, the image's or none, also at a later start" {
	printf '1.2.3.4 base.example\n' >"$T/base"
	c 0 --hosts-file "$T/base" --add-host a:9.9.9.9 -- cat /etc/hosts
	is "$(sed -n 1,3p <<<"$output")" $'9.9.9.9\ta\n1.2.3.4 base.example\n127.0.0.1\tlocalhost'
	pl 0 run --rm --hosts-file none --network host "$BUSYBOX" cat /etc/hosts
	is "${lines[0]}" $'127.0.0.1\tlocalhost'
	# the image's
	name
	pl 0 run --name "$name" --network none --no-hosts "$BUSYBOX" sh -c 'rm -f /etc/hosts; printf "#localhost\n5.6.7.8 of.image\n" >/etc/hosts'
	pl 0 commit -q "$name" "localhost/$name"
	c 0 --hosts-file image -- cat /etc/hosts
	is "${lines[0]}" $'127.0.0.1\tlocalhost'
	pl 0 run --name "$name-i" --network none --hosts-file image "localhost/$name" cat /etc/hosts
	is "$(sed -n 1,3p <<<"$output")" $'#localhost\n5.6.7.8 of.image\n127.0.0.1\tlocalhost'
	pl 0 start -a "$name-i"
	is "${lines[1]}" "5.6.7.8 of.image"
	pl 0 rm "$name-i"
	pl 0 rmi "localhost/$name"
	c 125 --hosts-file "$T/none" -- true
	has "$stderr" "--hosts-file $T/none"
	c 125 --hosts-file none --no-hosts -- true
	has "$stderr" "cannot be set together"
}

@test "--preserve-fd: these descriptors, under their numbers, and no others; run and exec" {
	echo five >"$T/five"
	echo seven >"$T/seven"
	pl 0 run --rm --network none --preserve-fd 5,7 "$BUSYBOX" sh -c 'cat <&5; cat <&7; (: <&6) 2>/dev/null || echo no 6; (: <&4) 2>/dev/null || echo no 4' \
		5<"$T/five" 6<"$T/five" 7<"$T/seven"
	is "$output" $'five\nseven\nno 6\nno 4'
	pl 125 run --rm --preserve-fd 43 "$BUSYBOX" true 43<&-
	has "$stderr" "file descriptor 43 is not available"
	# one of podlite's own is nobody's to pass: the test's 3 is closed, podlite has the store there
	pl 125 run --rm --preserve-fds 1 --preserve-fd 7 "$BUSYBOX" true 7<"$T/seven"
	has "$stderr" "file descriptor 3 is not available"
	pl 125 exec --preserve-fds 1 nosuch true
	pl 125 run --rm --preserve-fd 2 "$BUSYBOX" true
	name
	pl 0 run -d --name "$name" --network none "$BUSYBOX" sleep 1000
	pl 0 exec --preserve-fd 7 "$name" sh -c 'cat <&7; (: <&5) 2>/dev/null || echo no 5' 5<"$T/five" 7<"$T/seven"
	is "$output" $'seven\nno 5'
	pl 125 exec --preserve-fd 99 "$name" true
}

no_image() { ! podlite image exists "$1"; }
no_container() { ! podlite container exists "$1"; }

@test "--rmi: the image goes with the container, unless another uses it" {
	pl 0 tag "$BUSYBOX" localhost/gone
	pl 3 run --rmi --network none localhost/gone sh -c 'exit 3'
	pl 1 image exists localhost/gone
	pl 0 image exists "$BUSYBOX"
	pl 0 ps -aq
	is "$output" ""
	# the last name, and a user of the image
	name
	pl 0 run --name "$name" --network none "$BUSYBOX" touch /new
	pl 0 commit -q "$name" localhost/own
	pl 0 create --name "$name-user" --network none localhost/own true
	pl 0 run --rmi --network none localhost/own ls /new
	is "$output" /new
	pl 0 image exists localhost/own
	pl 0 rm "$name-user"
	pl 0 run --rmi --network none localhost/own true
	pl 1 image exists localhost/own
	pl 125 run --rmi --rootfs "$T" true
	has "$stderr" "--rmi"
	# of one that never ran nothing goes
	pl 0 tag "$BUSYBOX" localhost/kept
	pl 127 run --rmi --network none localhost/kept /no/such/program
	pl 0 image exists localhost/kept
	pl 0 rmi localhost/kept
}

@test "--rmi: in the background the monitor removes the image" {
	name
	pl 0 run --name "$name" --network none "$BUSYBOX" touch /new
	pl 0 commit -q "$name" localhost/own
	local id=$output
	pl 0 rm "$name"
	pl 0 tag localhost/own localhost/other
	pl 0 run -d --rmi --name "$name" --network none localhost/own sleep 1000
	pl 0 inspect --format '{{.HostConfig.AutoRemove}} {{.HostConfig.AutoRemoveImage}}' "$name"
	is "$output" "true true"
	pl 0 stop -t 0 "$name"
	wait_for 20 no_image localhost/own
	pl 0 image exists localhost/other
	# another container, one that does not run, keeps the last name
	pl 0 create --name "$name-user" --network none localhost/other true
	pl 0 run -d --rmi --name "$name" --network none localhost/other true
	wait_for 20 no_container "$name"
	pl 0 wait --ignore "$name"
	pl 0 image exists localhost/other
	pl 0 rm "$name-user"
	# given by its id: its only name goes, and the layer that nothing else has
	pl 0 run -d --rmi --network none "$id" true
	wait_for 20 no_image "$id"
	pl 1 image exists localhost/other
	pl 0 image exists "$BUSYBOX"
	pl 0 system check
	podlite events --stream=false --filter type=image --format '{{.Status}} {{.Name}}' >"$T/events"
	grep -qx 'untag localhost/own:latest' "$T/events"
	grep -qx 'untag localhost/other:latest' "$T/events"
	grep -qx 'remove localhost/other:latest' "$T/events"
}

@test "--rmi: whoever started the container and was killed, or detached, is not needed" {
	pl 0 tag "$BUSYBOX" localhost/left
	name
	podlite run --rmi --name "$name" --network none localhost/left sleep 1000 &
	local pid=$!
	wait_for 20 podlite container exists "$name"
	pl 0 wait --condition running "$name"
	kill -9 "$pid"
	pl 0 image exists localhost/left
	pl 0 kill "$name"
	wait_for 20 no_image localhost/left
	pl 0 image exists "$BUSYBOX"
}

@test "--systemd: directories, cgroup, signal and uuid; found by the command's name" {
	local look='cat /proc/mounts; env'
	pl 0 run --rm --network none --systemd always "$BUSYBOX" sh -c "$look"
	local dir
	for dir in /run /run/lock /tmp /var/log/journal; do
		matches "$output" "tmpfs $dir tmpfs rw,nosuid,nodev"
	done
	[ ! -e /sys/fs/cgroup/cgroup.controllers ] || matches "$output" " /sys/fs/cgroup cgroup2 rw"
	matches "$output" "container_uuid=[0-9a-f]{32}"
	c 0 --systemd always --shm-size-systemd 2m --tmpfs /tmp:size=3m -- cat /proc/mounts
	matches "$output" "tmpfs /run tmpfs rw,nosuid,nodev[^ ]*,size=2048k"
	matches "$output" "tmpfs /tmp tmpfs [^ ]*size=3072k"
	c 0 -- sh -c "$look"
	hasnt "$output" "tmpfs /run/lock"
	hasnt "$output" container_uuid
	# with --read-only each of them is there once
	c 0 --systemd always --read-only -- sh -c 'grep -c " /run " /proc/mounts; grep -c " /var/tmp " /proc/mounts'
	is "$output" $'1\n1'
	name
	pl 0 create --name "$name" "$BUSYBOX" /usr/lib/systemd/systemd
	pl 0 inspect --format '{{.Config.StopSignal}} {{.Config.SystemdMode}}' "$name"
	is "$output" "SIGRTMIN+3 true"
	pl 0 create --name "$name-2" --stop-signal TERM "$BUSYBOX" /sbin/init
	pl 0 inspect --format '{{.Config.StopSignal}} {{.Config.SystemdMode}}' "$name-2"
	is "$output" "SIGTERM true"
	pl 0 create --name "$name-3" --systemd=false "$BUSYBOX" /sbin/init
	pl 0 inspect --format '{{.Config.StopSignal}} {{.Config.SystemdMode}}' "$name-3"
	is "$output" "SIGTERM false"
	# the signal is the one that arrives
	pl 0 run -d --name "$name-4" --network none --systemd always "$BUSYBOX" sh -c 'trap "echo got 37; exit 5" 37; echo up; while :; do sleep 0.05; done'
	wait_for 10 grep -q up "$ROOT"/containers/*/ctr.log
	pl 0 stop -t 10 "$name-4"
	pl 0 logs "$name-4"
	is "$output" $'up\ngot 37'
	c 125 --systemd perhaps -- true
	c 125 --shm-size-systemd x -- true
}

@test "--uidmap, --gidmap with flags: what extends takes from the others and fills; u and g are for one kind" {
	need_fuse
	c 0 --uidmap +100:0:1 --uidmap +200:5:2 -- sh -c 'head -n 5 /proc/self/uid_map; cmp /proc/self/uid_map /proc/self/gid_map'
	is "$(maps)" $'0 1 4\n4 7 96\n100 0 1\n101 103 99\n200 5 2'
	c 0 --uidmap 0:0:3000 --uidmap +1000:1:1 -- cat /proc/self/uid_map
	is "$(maps)" $'0 0 1\n2 2 998\n1000 1 1\n1001 1001 1999'
	c 0 --gidmap 0:0:1000 --gidmap g2000:2000:1 -- cat /proc/self/uid_map /proc/self/gid_map
	is "$(maps)" $'0 0 1\n1 1 999\n0 0 1\n1 1 999\n2000 2000 1'
	c 0 --gidmap +g7:0:1 -- sh -c 'cat /proc/self/uid_map; head -n 2 /proc/self/gid_map'
	matches "$(maps)" $'^0 0 1\n1 1 [0-9]+\n0 1 7\n7 0 1$'
	c 125 --uidmap ++1:0:1 -- true
	has "$stderr" "++1:0:1"
}

@test "--subuidname, --subgidname: the ranges of a name in /etc/subuid, if they are the caller's" {
	need_fuse
	local me start count
	me=$(id -un)
	grep -q "^$me:" /etc/subuid || skip "no subordinate ids by name"
	IFS=: read -r _ start count <<<"$(grep -m 1 "^$me:" /etc/subuid)"
	c 0 --subuidname "$me" -- sh -c 'head -n 1 /proc/self/uid_map; head -n 1 /proc/self/gid_map; stat -c %u /etc'
	is "$(maps)" "0 1 $count"$'\n'"0 1 $count"$'\n0'
	c 125 --subuidname nosuch-name -- true
	has "$stderr" "nosuch-name"
	c 125 --subgidname "$me" --userns keep-id -- true
	has "$stderr" "mutually exclusive"
	c 125 --subuidname "$me" --uidmap 0:1:1 -- true
	has "$stderr" "mutually exclusive"
}

@test "--retry, --retry-delay: further attempts of run's pull" {
	local start=$SECONDS
	pl 125 run --rm --retry 0 --retry-delay 30s localhost:1/none true
	[ $((SECONDS - start)) -lt 20 ]
	pl 125 run --rm --retry x "$BUSYBOX" true
	has "$stderr" "--retry"
	pl 125 run --rm --retry-delay 0 "$BUSYBOX" true
	has "$stderr" "--retry-delay"
}

@test "options: device files can be used where they are mounted" {
	pl 0 run --rm --network none -v /dev/null:/nothing -v /dev:/devices "$BUSYBOX" sh -c 'echo a >/nothing && echo b >/devices/null && echo both'
	is "$output" both
	pl 1 run --rm --network none -v /dev/null:/nothing:nodev "$BUSYBOX" sh -c 'echo a >/nothing'
}

@test "options: a health check in the words of an image's HEALTHCHECK" {
	local row
	while read -r row; do
		name
		pl 0 create --name "$name" --network none --health-cmd "${row%%=*}" "$BUSYBOX" true
		pl 0 inspect --format '{{json .Config.Healthcheck.Test}}' "$name"
		is "$output" "${row#*=}"
		pl 0 rm "$name"
	done <<-'X'
		CMD-SHELL  test -e /x=["CMD-SHELL","test -e /x"]
		CMD test  -e /x=["CMD","test","-e","/x"]
		test -e /x=["CMD-SHELL","test -e /x"]
		CMDS x=["CMD-SHELL","CMDS x"]
	X
}

@test "inspect: Binds has each option once" {
	pl 0 create --name binds --network none -v v:/x:rw -v "$T:/y:ro" "$BUSYBOX" true
	pl 0 inspect --format '{{join .HostConfig.Binds " "}}' binds
	is "$output" "v:/x:rw,nosuid,nodev,rbind $T:/y:ro,nosuid,nodev,rbind"
	pl 0 rm binds
	pl 0 volume rm v
}
