#!/usr/bin/env bats
# 400-runtime.bats: podlite-runtime's command line against runc's: what engines send, read back and
# compare. Run by an ordinary user, and by root.

load helpers
load threats
load runtime

@test "runtime: lifecycle: creating, created, running, stopped; a wrong state is an error and changes nothing" {
	bundle . sleep 1000
	rt 1 state c1
	has "$stderr" "container does not exist"
	create c1
	is "$(cat "$T/pid")" "$(rt 0 state c1 >&2 && json .pid)"
	is "$(state_of c1 | tail -1)" created
	rt 1 create --bundle "$T/b" c1
	has "$stderr" "container with given ID already exists"
	rt 1 resume c1
	has "$stderr" "container not paused"
	rt 0 start c1
	rt 1 start c1
	has "$stderr" "cannot start an already running container"
	rt 1 delete c1
	has "$stderr" "cannot delete container c1 that is not stopped: running"
	rt 0 state c1
	is "$(json .status)" running
	# numbers as conmon sends them; 0 asks only
	rt 0 kill c1 0
	rt 0 kill c1 15 # sleep as PID 1 ignores it
	rt 1 kill c1 NOSUCH
	has "$stderr" 'unknown signal "NOSUCH"'
	rt 0 kill c1 SIGKILL
	stopped() { rt 0 state c1 && [ "$(json .status)" = stopped ]; }
	wait_for 5 stopped
	is "$(json .pid)" 0
	rt 1 kill c1 9
	has "$stderr" "container not running"
	rt 0 kill --all c1 9
	rt 1 start c1
	has "$stderr" "cannot start a container that has stopped"
	rt 255 exec c1 true
	has "$stderr" "cannot exec in a stopped container"
	rt 1 pause c1
	has "$stderr" "container not running"
	rt 1 update --pids-limit 5 c1
	has "$stderr" "container not running"
	rt 1 events --stats c1
	has "$stderr" "is not running"
	rt 0 delete c1
	rt 1 delete c1
	has "$stderr" "container does not exist"
	rt 0 delete --force c1
	# a created one may be deleted
	create c2
	rt 0 delete c2
	is "$(left)" ""
}

@test "runtime: outputs have runc's shape: state, list, features, spec" {
	bundle '.annotations = {"a.b": "c"}' sleep 1000
	create c1
	rt 0 state c1
	is "$(json 'keys_unsorted | join(" ")')" \
		"ociVersion id pid status bundle rootfs created annotations owner"
	is "$(json .rootfs)" "$RFS"
	rt 0 list
	matches "${lines[0]}" '^ID          PID         STATUS      BUNDLE +CREATED +OWNER$'
	matches "${lines[1]}" '^c1          [0-9]+ +created     /'
	rt 0 list -q
	is "$output" c1
	rt 0 list --format json
	is "$(json '.[0] | keys_unsorted | join(" ")')" \
		"ociVersion id pid status bundle rootfs created annotations owner"
	rt 1 list --format yaml
	rt 0 delete c1
	rt 0 list --format json
	is "$output" null
	rt 0 features
	is "$(json 'keys_unsorted | join(" ")')" \
		"ociVersionMin ociVersionMax hooks mountOptions linux annotations"
	is "$(json '.linux.seccomp.operators | length')" 7
	# against the real one, where it is: what it knows and we do not
	need_command runc
	mine=$output
	theirs=$(runc features)
	is "$(jq -rn --argjson a "$mine" --argjson b "$theirs" \
		'$b | [paths] - ($a | [paths]) | map(select(all(type == "string"))) | map(join("/"))
		| map(select(contains("opencontainers.runc") | not)) | join(" ")')" ""
	mkdir -p "$T/theirs"
	rm -f "$T/theirs/config.json"
	runc spec --bundle "$T/theirs"
	is "$(jq -r 'keys_unsorted | join(" ")' "$T/theirs/config.json")" \
		"$(rm "$T/b/config.json" && rt 0 spec --bundle "$T/b" >&2 && jq -r 'keys_unsorted | join(" ")' "$T/b/config.json")"
}

@test "runtime: --log takes runc's lines, text and JSON; global options come first" {
	for how in "" "--log-format json"; do
		rm -f "$T/log"
		# shellcheck disable=SC2086
		rt 1 --log "$T/log" $how --rootless auto --debug state 'no such'
		rt 1 --log "$T/log" $how state none
	done
	is "$(jq -r 'keys_unsorted | join(" ")' "$T/log" | uniq)" "level msg time"
	is "$(tail -1 "$T/log" | jq -r .level,.msg)" $'error\ncontainer does not exist: none'
	matches "$(tail -1 "$T/log" | jq -r .time)" '^20..-..-..T..:..:..Z$'
	rm "$T/log"
	rt 1 --log "$T/log" state none
	matches "$(cat "$T/log")" '^time="20[^"]*Z" level=error msg="container does not exist: none"$'
	rt 1 --log-format xml list
	rt 1 --rootless maybe list
	rt 1 nosuch
	rt 0 --systemd-cgroup list
	for cmd in checkpoint restore; do
		rt 1 $cmd c1
		has "$stderr" "$cmd: not supported"
	done
	rt 1 create --no-such-option x
	has "$stderr" "flag provided but not defined"
	rt 0 --version
	matches "${lines[0]}" '^podlite-runtime version [0-9]'
	matches "${lines[1]}" '^spec: 1\.2'
}

@test "runtime: exec: statuses, options, --process, ps and kill --all" {
	bundle . sleep 1000
	create c1
	# engines enter created containers too
	if [ "$(id -u)" = 0 ]; then
		rt 0 exec c1 true
	else
		rt 255 exec c1 true
		has "$stderr" "cannot exec in a created container without being root"
	fi
	rt 0 start c1
	rt 3 exec c1 sh -c 'exit 3'
	rt 255 exec c1 no-such-command
	has "$stderr" 'exec: "no-such-command": executable file not found in $PATH'
	rt 255 exec c1 /no/such
	has "$stderr" "no such file or directory"
	rt 255 exec c1 /etc
	has "$stderr" "permission denied"
	rt 0 exec --env A=1 -e B=2 --cwd /tmp c1 sh -c 'echo $A$B; pwd; grep NoNewPrivs /proc/self/status'
	is "$output" $'12\n/tmp\nNoNewPrivs:\t1'
	rt 0 exec --cap CAP_NET_RAW c1 grep CapEff /proc/self/status
	matches "$output" '2420$'
	echo '{"args":["sh","-c","echo $X; cat"],"cwd":"/","env":["PATH=/bin","X=doc"],"user":{"uid":0,"gid":0}}' >"$T/p.json"
	rt 0 exec --process "$T/p.json" c1 <<<"typed"
	is "$output" $'doc\ntyped'
	rt 0 exec -d --pid-file "$T/pid2" c1 sleep 999
	pid=$(cat "$T/pid2")
	is "$(tr '\0' ' ' <"/proc/$pid/cmdline")" "sleep 999 "
	rt 0 ps --format json c1
	is "$(json 'length')" 2
	rt 0 ps c1
	has "${lines[0]}" PID
	is "${#lines[@]}" 3
	has "$output" "sleep 999"
	rt 0 ps c1 -o pid,args
	is "$(grep -c 'sleep' <<<"$output")" 2
	rt 255 exec --apparmor nosuch-profile c1 true
	has "$stderr" AppArmor
	rt 0 kill --all c1 KILL
	gone() { [ ! -d "/proc/$pid" ]; }
	wait_for 5 gone
}

@test "runtime: --preserve-fds and LISTEN_FDS; no other descriptor is there" {
	bundle . sh -c 'ls /proc/self/fd | wc -l; cat <&3; cat <&4; ls /proc/self/fd | tail -1'
	echo three >"$T/f3"
	echo four >"$T/f4"
	fds() {
		"$PODLITE_BIN/podlite-runtime" --root "$T/state" run --preserve-fds 2 --bundle "$T/b" f1 \
			3<"$T/f3" 4<"$T/f4" 5<"$T/f3" 9</etc
	}
	run fds </dev/null
	echo "$output"
	is "$status" 0
	is "${lines[1]} ${lines[2]}" "three four"
	# 0-4 and ls' own directory
	is "${lines[3]}" 5
	lfds() {
		LISTEN_FDS=1 "$PODLITE_BIN/podlite-runtime" --root "$T/state" run --preserve-fds 1 --bundle "$T/b" f1 \
			3<"$T/f3" 4<"$T/f4" 5<"$T/f3"
	}
	run lfds </dev/null
	is "$status" 0
	is "${lines[1]} ${lines[2]}" "three four"
	rt 1 run --preserve-fds 90 --bundle "$T/b" f1
	has "$stderr" preserve-fds
}

@test "runtime: V2: no descriptor of the caller reaches a container, by create, run or exec" {
	local fd
	bundle . sh -c 'ls /proc/self/fd | tr "\n" " "; sleep 1000'
	leaky() (
		for ((fd = 5; fd <= 60; fd++)); do eval "exec $fd</etc"; done
		exec 3</etc 4</
		timeout 60 "$PODLITE_BIN/podlite-runtime" --root "$T/state" "$@"
	)
	# 3 is ls' own directory
	leaky create --bundle "$T/b" v2 >"$T/run.out" 2>&1 </dev/null
	leaky start v2
	wait_for 5 test -s "$T/run.out"
	is "$(cat "$T/run.out")" "0 1 2 3 "
	is "$(leaky exec v2 sh -c 'ls /proc/self/fd | tr "\n" " "' </dev/null)" "0 1 2 3 "
	is "$(leaky exec v2 sh -c 'ls /proc/1/fd | tr "\n" " "' </dev/null)" "0 1 2 "
	bundle . sh -c 'ls /proc/self/fd | tr "\n" " "'
	is "$(leaky run --bundle "$T/b" v3 </dev/null)" "0 1 2 3 "
}

# prints what comes through the terminal that arrives at the socket
console() {
	python3 - "$1" <<-'P' >"$T/console.out" &
		import array, os, socket, sys
		s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen()
		s.settimeout(20); c, _ = s.accept()
		name, anc, _, _ = c.recvmsg(100, socket.CMSG_SPACE(4))
		fd = array.array("i", anc[0][2])[0]
		print(name.rstrip(b"\0").decode(), flush=True)
		try:
		    while (b := os.read(fd, 1000)): sys.stdout.buffer.write(b); sys.stdout.flush()
		except OSError: pass
	P
	console=$!
	wait_for 5 test -S "$1"
}

@test "runtime: terminals: --console-socket for create and exec, the caller's own in the foreground" {
	bundle '.process.terminal = true | .process.consoleSize = {"height": 33, "width": 111}' \
		sh -c 'tty; stty size; exec sleep 1000'
	rt 1 create --bundle "$T/b" t1
	has "$stderr" "console"
	rm -f "$T/sock"
	console "$T/sock"
	create --console-socket "$T/sock" t1
	rt 0 start t1
	shown() { grep -q "33 111" "$T/console.out"; }
	wait_for 5 shown || { cat "$T/console.out"; false; }
	matches "$(tr -d '\r' <"$T/console.out")" '^/dev/(pts/)?ptmx.*/dev/(console|pts/0).*33 111'
	rt 255 exec --tty --detach t1 true
	has "$stderr" console
	rm -f "$T/sock"
	local first=$console
	console "$T/sock"
	rt 0 exec --tty --console-socket "$T/sock" t1 sh -c 'tty; [ -t 0 ] && echo yes'
	wait "$console"
	has "$(cat "$T/console.out")" yes
	rt 0 delete --force t1
	wait "$first" || :
	# in the foreground, as runc does
	bundle '.process.terminal = true' sh -c 'tty; read x; echo "got $x"; exit 7'
	timeout 30 script -qec "'$PODLITE_BIN/podlite-runtime' --root '$T/state' run --bundle '$T/b' t2; echo status \$?" /dev/null \
		<<<"typed" >"$T/tty" 3>&- 4>&-
	has "$(cat "$T/tty")" "got typed"
	has "$(cat "$T/tty")" "status 7"
}

@test "runtime: terminals: much input and more output at the same time do not stop each other" {
	bundle '.process.terminal = true' sh -c 'stty raw -echo; echo ready; head -c 100000 | sed s/y/yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy/'
	flood() { (sleep 0.5; yes | head -c 110000; sleep 0.5) 3>&- 4>&-; }
	flood | timeout -k 1 30 "$PODLITE_BIN/podlite-runtime" --root "$T/state" run --bundle "$T/b" t3 3>&- 4>&- | wc -c >"$T/n"
	[ "$(cat "$T/n")" -ge 2400000 ]
}

@test "runtime: lifecycle: config.json after create has no effect; what a killed create left is deleted" {
	bundle . sh -c 'echo first'
	"$PODLITE_BIN/podlite-runtime" --root "$T/state" create --bundle "$T/b" c1 </dev/null >"$T/run.out" 2>&1 3>&- 4>&-
	echo '{' >"$T/b/config.json"
	rt 0 start c1
	wait_for 5 grep -q first "$T/run.out"
	rm -r "$T/b"
	wait_for 5 rt 0 delete c1
	mkdir "$T/state/half"
	rt 1 state half
	rt 1 delete half
	rt 0 delete --force half
	is "$(left)" ""
}

@test "runtime: a missing command is known at create; hooks of a failed create leave nothing" {
	bundle . no-such-command
	rt 1 create --bundle "$T/b" c1
	has "$stderr" 'exec: "no-such-command": executable file not found in $PATH'
	rt 1 run --bundle "$T/b" c1
	has "$stderr" 'executable file not found in $PATH'
	is "$(left)" ""
}

@test "runtime: a directory and a file without the bit are known at create, too" {
	local f
	bundle . true
	echo 'echo x' >"$RFS/plain"
	for f in /etc /plain; do
		bundle . $f
		rt 1 create --bundle "$T/b" c1
		has "$stderr" "exec: \"$f\""
		has "${stderr,,}" "permission denied"
	done
	is "$(left)" ""
}

@test "runtime: config.json: a wrong type is refused with its JSON path, unknown fields are ignored" {
	while read -r filter path; do
		bundle "$filter" true
		rt 1 run --bundle "$T/b" c1
		has "$stderr" "$path"
		is "$(wc -l <"$ERR")" 1
	done <<-'L'
		.process.args="sh" process.args
		.process.user.uid="0" process.user.uid
		.process.user.uid=-1 process.user.uid
		.process.rlimits=[{"type":"RLIMIT_CORE","soft":"1","hard":1}] process.rlimits[0].soft
		.process.capabilities.bounding=[1] process.capabilities.bounding
		.mounts[0].options="ro" mounts[0].options
		.mounts[1].destination=7 mounts[1].destination
		.linux.namespaces[0].type=1 linux.namespaces[0].type
		.linux.namespaces[0].type="pidd" linux.namespaces
		.linux.resources.memory.limit="1g" linux.resources.memory.limit
		.linux.resources.devices=[{"allow":1}] linux.resources.devices[].allow
		.linux.resources=[] linux.resources
		.hooks.prestart=[{"path":"/bin/true","timeout":"1"}] hooks.prestart[0].timeout
		.hooks.prestart=[{"path":"true"}] hooks.prestart
		.ociVersion="2.0.0" ociVersion
		.annotations.a=1 annotations.a
	L
	for v in 1.0.0 1.0.2-dev 1.1.0 1.2.1 1.99; do
		bundle ".ociVersion=\"$v\" | .unknown = {\"x\": [1]} | .linux.alsoUnknown = 5" true
		rt 0 run --bundle "$T/b" c1
	done
}

@test "runtime: pause, resume, update and events on a container's cgroup" {
	need_cgroup2
	bundle . sleep 1000
	create c1
	rt 0 start c1
	rt 0 pause c1
	rt 0 state c1
	is "$(json .status)" paused
	rt 1 pause c1
	rt 255 exec c1 true
	has "$stderr" "cannot exec in a paused container (use --ignore-paused to override)"
	rt 0 resume c1
	rt 0 exec c1 true
	rt 0 events --stats c1
	is "$(json '.type + .id, .data.pids.current')" $'statsc1\n1'
	rt 0 update --resources - c1 <<<'{}'
	rt 1 update --resources - c1 <<<'{"memory":{"limit":"x"}}'
	has "$stderr" linux.resources.memory.limit
	rt 1 update --memory 12q c1
	has "$stderr" "invalid value for memory"
	rt 1 update --l3-cache-schema x c1
	has "$stderr" "Intel RDT"
	# a frozen container can be deleted
	rt 0 pause c1
	rt 0 delete --force c1
}

@test "runtime: linux.resources on a host with cgroup version 1: files, devices, update, namespaces" {
	[ "$(id -u)" = 0 ] || skip "limits of version 1 are for root"
	[ "$(stat -f -c %T /sys/fs/cgroup)" = tmpfs ] || skip "no cgroup version 1"
	local g=podlite-rt-$RANDOM f
	bundle '.linux.cgroupsPath = "/'$g/x'" | .linux.resources = {"memory": {"limit": 67108864},
		"pids": {"limit": 77}, "cpu": {"shares": 512, "quota": 50000, "period": 100000, "cpus": "0"},
		"devices": [{"allow": false, "access": "rwm"}, {"allow": true, "type": "c", "major": 10, "minor": 200, "access": "rw"}]}' sleep 1000
	create c1
	rt 0 start c1
	is "$(cat /sys/fs/cgroup/memory/$g/x/memory.limit_in_bytes)" 67108864
	is "$(cat /sys/fs/cgroup/pids/$g/x/pids.max)" 77
	is "$(cat /sys/fs/cgroup/cpu/$g/x/cpu.shares)" 512
	is "$(cat /sys/fs/cgroup/cpu/$g/x/cpu.cfs_quota_us)" 50000
	is "$(cat /sys/fs/cgroup/cpuset/$g/x/cpuset.cpus)" 0
	has "$(cat /sys/fs/cgroup/devices/$g/x/devices.list)" "c 10:200 rw"
	hasnt "$(cat /sys/fs/cgroup/devices/$g/x/devices.list)" "a *:* rwm"
	# exec is limited too, and sees its group as the root of its hierarchies
	rt 0 exec c1 cat /proc/self/cgroup
	is "$(cut -d: -f3 <<<"$output" | sort -u)" /
	rt 0 exec c1 cat /sys/fs/cgroup/pids/pids.max
	is "$output" 77
	rt 0 exec c1 grep -c ' - cgroup ' /proc/self/mountinfo
	[ "$output" -ge 3 ]
	rt 0 update --resources - c1 <<<'{"memory":{"limit":33554432},"pids":{"limit":20}}'
	is "$(cat /sys/fs/cgroup/memory/$g/x/memory.limit_in_bytes)" 33554432
	rt 0 update --memory 128m --pids-limit -1 c1
	is "$(cat /sys/fs/cgroup/memory/$g/x/memory.limit_in_bytes)" 134217728
	is "$(cat /sys/fs/cgroup/pids/$g/x/pids.max)" max
	rt 0 events --stats c1
	is "$(json .data.memory.usage.limit)" 134217728
	rt 0 delete --force c1
	is "$(find /sys/fs/cgroup -path "*$g/x")" ""
	find /sys/fs/cgroup -depth -name $g -exec rmdir {} +
	# a limit that the kernel refuses leaves nothing
	bundle '.linux.cgroupsPath = "/'$g'" | .linux.resources = {"cpu": {"cpus": "4000"}}' true
	rt 1 run --bundle "$T/b" c1
	has "$stderr" "CPU set"
	is "$(find /sys/fs/cgroup -name "$g")" ""
}

@test "runtime: cgroup version 1 alone: pause, resume, ps, kill --all below it, events, delete of a frozen one" {
	[ "$(id -u)" = 0 ] || skip "limits of version 1 are for root"
	[ -d /sys/fs/cgroup/freezer ] && [ "$(stat -f -c %T /sys/fs/cgroup)" = tmpfs ] || skip "no cgroup version 1"
	local g=podlite-rt-$RANDOM real=$PODLITE_BIN PODLITE_BIN=$T/v1 sub pid
	# where there is no version 2 at all
	mkdir -p "$PODLITE_BIN"
	cat >"$PODLITE_BIN/podlite-runtime" <<-W
		#!/bin/sh
		exec unshare -m sh -c 'if [ -d /sys/fs/cgroup/unified ]; then umount /sys/fs/cgroup/unified; fi; exec "\$@"' - $real/podlite-runtime "\$@"
	W
	chmod +x "$PODLITE_BIN/podlite-runtime"
	bundle '.linux.cgroupsPath = "/'$g'" | .linux.resources = {"pids": {"limit": 50}}' sh -c 'sleep 1000 & exec sleep 1000'
	create c1
	rt 0 start c1
	two() { rt 0 ps --format json c1 && [ "$(json length)" = 2 ]; }
	wait_for 5 two
	rt 0 pause c1
	is "$(cat /sys/fs/cgroup/freezer/$g/freezer.state)" FROZEN
	is "$(state_of c1 | tail -1)" paused
	rt 1 pause c1
	rt 255 exec c1 true
	has "$stderr" "cannot exec in a paused container"
	rt 0 resume c1
	is "$(cat /sys/fs/cgroup/freezer/$g/freezer.state)" THAWED
	rt 0 exec c1 true
	rt 0 events --stats c1
	is "$(json '.data.pids.current, .data.pids.limit, (.data.cpu.usage.total > 1000), (.data.memory.raw | has("cache"))')" \
		$'2\n50\ntrue\ntrue'
	# one that has gone to a group below is the container's all the same
	rt 0 exec -d --pid-file "$T/pid2" c1 sleep 998
	pid=$(cat "$T/pid2") sub=/sys/fs/cgroup/freezer/$g/sub
	mkdir "$sub"
	echo "$pid" >"$sub/cgroup.procs"
	rt 0 ps --format json c1
	is "$(json 'length')" 3
	rt 0 kill --all c1 KILL
	gone() { [ ! -d "/proc/$pid" ] && [ "$(state_of c1 | tail -1)" = stopped ]; }
	wait_for 5 gone
	rt 0 delete c1
	create c1
	rt 0 start c1
	rt 0 pause c1
	rt 0 delete --force c1
	is "$(find /sys/fs/cgroup -name "$g")" ""
}
