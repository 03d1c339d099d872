#!/usr/bin/env bats
# 420-runtime-spec.bats: clauses of the runtime specification for Linux, named in the titles, by what
# a process in the container sees. Run by an ordinary user, and by root.

load helpers
load threats
load runtime

# inside FILTER SCRIPT: its output
inside() {
	bundle "$1" sh -c "$2"
	rt 0 run --bundle "$T/b" "i$RANDOM" </dev/null
}
# refused FILTER TEXT...: one line with these parts, and nothing left
refused() {
	local filter=$1 text
	shift
	bundle "$filter" true
	rt 1 run --bundle "$T/b" bad
	is "$(wc -l <"$ERR")" 1
	for text; do has "$stderr" "$text"; done
	is "$(left)" ""
}

@test "runtime: process.scheduler: policy, nice and flags; what is malformed is refused" {
	inside '.process.scheduler = {"policy": "SCHED_BATCH", "nice": 7, "flags": ["SCHED_FLAG_RESET_ON_FORK"]}' \
		"cut -d' ' -f19,41 /proc/1/stat"
	is "$output" "7 3"
	refused '.process.scheduler = {"policy": "SCHED_FAST"}' process.scheduler.policy SCHED_FAST
	refused '.process.scheduler = {"policy": "SCHED_OTHER", "nice": 20}' process.scheduler.nice
	refused '.process.scheduler = {"policy": "SCHED_OTHER", "flags": ["X"]}' 'process.scheduler.flags[0]'
}

@test "runtime: process.ioPriority: class and priority" {
	inside '.process.ioPriority = {"class": "IOPRIO_CLASS_BE", "priority": 6}' 'busybox ionice -p 1'
	has "$output" "best-effort: prio 6"
	inside '.process.ioPriority = {"class": "IOPRIO_CLASS_IDLE"}' 'busybox ionice -p 1'
	has "$output" idle
	refused '.process.ioPriority = {"class": "IOPRIO_CLASS_BE", "priority": 8}' process.ioPriority.priority
	refused '.process.ioPriority = {"class": "BEST"}' process.ioPriority.class
}

@test "runtime: process.capabilities: one that cannot be granted is warned about, one nobody knows passed over" {
	bundle '.process.capabilities |= with_entries(.value += ["CAP_SYS_RESOURCE", "CAP_NO_SUCH"])' grep CapPrm /proc/self/status
	if [ "$(id -u)" = 0 ]; then
		# the runtime itself without it, as in a container
		rt() {
			local want=$1
			shift
			status=0
			timeout 60 setpriv --bounding-set -sys_resource "$PODLITE_BIN/podlite-runtime" --root "$T/state" "$@" >"$OUT" 2>"$ERR" </dev/null 3>&- 4>&- || status=$?
			output=$(cat "$OUT") stderr=$(cat "$ERR")
			is "$status" "$want"
		}
		rt 0 run --bundle "$T/b" c1
		has "$stderr" "CAP_SYS_RESOURCE cannot be granted here"
		matches "$output" '20000420$' # AUDIT_WRITE, KILL, NET_BIND_SERVICE
	else
		rt 0 run --bundle "$T/b" c1
		matches "$output" '21000420$'
		is "$stderr" ""
	fi
}

@test "runtime: linux.personality: LINUX32; no flags; linux.intelRdt is refused" {
	inside '.linux.personality = {"domain": "LINUX32"}' 'cat /proc/self/personality'
	is "$output" 00000008
	refused '.linux.personality = {"domain": "BSD"}' linux.personality.domain
	refused '.linux.personality = {"domain": "LINUX", "flags": ["x"]}' linux.personality.flags
	refused '.linux.intelRdt = {"closID": "x"}' linux.intelRdt
}

@test "runtime: process.execCPUAffinity: for exec, not for the first process" {
	bundle '.process.execCPUAffinity = {"initial": "0", "final": "0"}' sleep 1000
	create a1
	rt 0 start a1
	allowed() { sed -n 's/^Cpus_allowed_list:[[:space:]]*//p' "$1"; }
	pid=$(cat "$T/pid")
	is "$(allowed "/proc/$pid/status")" "$(allowed /proc/self/status)"
	rt 0 exec a1 grep Cpus_allowed_list /proc/self/status
	matches "$output" '[[:space:]]0$'
	echo '{"args":["true"],"cwd":"/","env":["PATH=/bin:/usr/bin"],"execCPUAffinity":{"final":"0-"}}' >"$T/p.json"
	rt 255 exec --process "$T/p.json" a1
	has "$stderr" process.execCPUAffinity.final
}

@test "runtime: mounts: recursive attributes rro, rnosuid, rnodev, rnoexec reach what is mounted below" {
	need_root
	mkdir -p "$T/tree/sub" "$T/tree/plain"
	mount -t tmpfs -o mode=755 below "$T/tree/sub"
	bundle '.mounts += [{"destination": "/m", "type": "bind", "source": "'"$T"'/tree", "options": ["rbind", "rro", "rnosuid", "rnodev", "rnoexec"]},
		{"destination": "/n", "type": "bind", "source": "'"$T"'/tree", "options": ["rbind", "nosuid"]}]' \
		sh -c 'grep -E " /(m|n)(/sub)? " /proc/self/mountinfo | cut -d" " -f5,6; touch /m/x; touch /m/sub/x; true'
	rt 0 run --bundle "$T/b" m1 </dev/null || { umount "$T/tree/sub"; false; }
	umount "$T/tree/sub"
	for m in /m /m/sub; do
		line=$(grep "^$m " <<<"$output")
		for flag in "ro," nosuid nodev noexec; do has "$line" $flag; done
	done
	has "$(grep "^/n " <<<"$output")" nosuid
	hasnt "$(grep "^/n/sub " <<<"$output")" nosuid
	is "$(grep -c 'Read-only' <<<"$stderr")" 2
}

@test "runtime: linux.rootfsPropagation: the root's alone, what a mount asks for stays; devices with mode and owner" {
	local how
	for how in private rprivate slave rslave; do
		inside '.linux.rootfsPropagation = "'$how'" | .mounts += [{"destination": "/p", "type": "bind", "source": "'"$RFS"'/tmp", "options": ["bind", "shared"]}]' \
			'grep " /p " /proc/self/mountinfo'
		has "$output" " shared:"
	done
	refused '.linux.rootfsPropagation = "public"' linux.rootfsPropagation
	[ "$(id -u)" = 0 ] || return 0
	inside '.linux.devices = [{"path": "/dev/d/zero2", "type": "c", "major": 1, "minor": 5, "fileMode": 420, "uid": 3, "gid": 4}]' \
		'stat -c "%a %u:%g %t:%T" /dev/d/zero2; head -c 2 /dev/d/zero2 | wc -c'
	is "$output" $'644 3:4 1:5\n2'
}

@test "runtime: X15: mounts: uidMappings and gidMappings, idmap: files show the mapped owners, on disk the others" {
	need_root
	mkdir -p "$T/id"
	chmod 777 "$T/id"
	echo x >"$T/id/f"
	chown 1000:1001 "$T/id/f"
	local map='"uidMappings": [{"containerID": 1000, "hostID": 5000, "size": 2}, {"containerID": 0, "hostID": 0, "size": 1}],
		"gidMappings": [{"containerID": 1001, "hostID": 6000, "size": 1}, {"containerID": 0, "hostID": 0, "size": 1}]'
	for options in '["bind"]' '["rbind", "idmap"]' '["rbind", "ridmap"]'; do
		inside '.mounts += [{"destination": "/id", "type": "bind", "source": "'"$T"'/id", "options": '"$options, $map"'}]' \
			'stat -c %u:%g /id/f; touch /id/new; stat -c %u /id/new; ls /proc/self/fd | tr "\n" " "'
		is "$output" $'5000:6000\n0\n0 1 2 3 ' # 3 is ls' own: those of the maps and the mount are closed
		is "$(stat -c %u:%g "$T/id/f" "$T/id/new" | tr '\n' ' ')" "1000:1001 0:0 "
	done
	# the container's own mapping where the mount has none
	inside '.linux.namespaces += [{"type": "user"}] | .linux.uidMappings = [{"containerID": 0, "hostID": 1000, "size": 10}]
		| .linux.gidMappings = [{"containerID": 0, "hostID": 1000, "size": 10}]
		| .mounts += [{"destination": "/id", "type": "bind", "source": "'"$T"'/id", "options": ["bind", "idmap"]}]' \
		'touch /id/of-container; stat -c %u:%g /id/of-container'
	is "$output" 0:0
	is "$(stat -c %u:%g "$T/id/of-container")" 0:0
	refused '.mounts += [{"destination": "/id", "type": "bind", "source": "'"$T"'/id", "options": ["bind", "idmap"]}]' uidMappings
	refused '.mounts += [{"destination": "/id", "type": "tmpfs", "source": "x", "options": ["idmap"]}]' "only binds"
	refused '.mounts += [{"destination": "/id", "type": "bind", "source": "'"$T"'/id", "options": ["bind"], "uidMappings": [{"containerID": 0, "hostID": 0, "size": 0}], "gidMappings": [{"containerID": 0, "hostID": 0, "size": 1}]}]' 'uidMappings[0]'
	rm -rf "$T/id"
}

@test "runtime: mounts: tmpcopyup, and a tmpfs without it" {
	mkdir -p "$RFS/cp"
	echo kept >"$RFS/cp/f"
	inside '.root.readonly = false | .mounts += [{"destination": "/cp", "type": "tmpfs", "source": "t", "options": ["tmpcopyup", "size=1m"]}]' \
		'cat /cp/f; echo new >/cp/f && cat /cp/f'
	is "$output" $'kept\nnew'
	is "$(cat "$RFS/cp/f")" kept
	inside '.mounts += [{"destination": "/cp", "type": "tmpfs", "source": "t"}]' 'ls /cp | wc -l'
	is "$output" 0
}

@test "runtime: linux.timeOffsets in a time namespace of its own" {
	inside '.linux.namespaces += [{"type": "time"}] | .linux.timeOffsets = {"boottime": {"secs": 1000000, "nanosecs": 5}}' \
		'cut -d. -f1 /proc/uptime'
	[ "$output" -ge 1000000 ]
	refused '.linux.timeOffsets = {"boottime": {"secs": 1}}' linux.timeOffsets
	refused '.linux.namespaces += [{"type": "time"}] | .linux.timeOffsets = {"real": {"secs": 1}}' linux.timeOffsets real
}

# A hook that writes who it is and what it got to FILE: name, its namespace, state
hook() {
	printf '{"path": "%s", "args": ["sh", "-c", "%s"], "env": ["HOOK=%s"], "timeout": 20}' "$1" \
		"echo \$HOOK \$(readlink /proc/self/ns/mnt) \$(cat) >>$2" "$3"
}

@test "runtime: hooks: order, namespace, environment, state on standard input; the container's see its tree" {
	mkdir -p "$T/h"
	chmod 777 "$T/h"
	rm -f "$T/h/log"
	: >"$T/h/log"
	chmod 666 "$T/h/log"
	local out=$T/h/log hooks='' h
	for h in prestart createRuntime poststart poststop; do hooks+="\"$h\": [$(hook /bin/sh "$out" $h)], "; done
	# createContainer: the container's namespaces, the host's paths; startContainer: the container's
	hooks+="\"createContainer\": [$(hook /bin/sh "$out" createContainer)], \"startContainer\": [$(hook /bin/sh /h/log startContainer)]"
	jq -n --argjson h "{$hooks}" '$h' >"$T/hooks.json"
	bundle '.annotations = {"note": "yes"} | .mounts += [{"destination": "/h", "type": "bind", "source": "'"$T"'/h", "options": ["bind"]}]' \
		sh -c 'echo process >>/h/log; sleep 1'
	jq --slurpfile h "$T/hooks.json" '.hooks = $h[0]' "$T/b/config.json" >"$T/new.json"
	mv "$T/new.json" "$T/b/config.json"
	rt 0 run --bundle "$T/b" h1 </dev/null
	cat "$T/h/log"
	is "$(cut -d' ' -f1 "$T/h/log" | grep -v -e process -e poststart | tr '\n' ' ')" \
		"prestart createRuntime createContainer startContainer poststop "
	grep -q '^process$' "$T/h/log"
	state() { sed -n "s/^$1 mnt:[^ ]* //p" "$T/h/log"; }
	for h in prestart createRuntime createContainer; do is "$(state $h | jq -r .status)" creating; done
	is "$(state startContainer | jq -r .status)" created
	is "$(state poststart | jq -r .status)" running
	is "$(state poststop | jq -r '.status, .pid')" $'stopped\nnull'
	is "$(state createRuntime | jq -r '.id, .bundle, .annotations.note, (.pid > 1)')" "h1"$'\n'"$T/b"$'\nyes\ntrue'
	ns() { sed -n "s/^$1 \(mnt:[^ ]*\) .*/\1/p" "$T/h/log"; }
	is "$(ns prestart)" "$(ns poststop)"
	[ "$(ns createContainer)" != "$(ns prestart)" ]
	is "$(ns createContainer)" "$(ns startContainer)"
}

@test "runtime: hooks: a failing one ends the container before its process, poststop's and poststart's do not; timeouts" {
	local h
	for h in prestart createRuntime createContainer startContainer; do
		refused ".hooks.$h = [{\"path\": \"/bin/false\"}]" /bin/false
		hasnt "$output" process-ran
	done
	refused '.hooks.createRuntime = [{"path": "/bin/sleep", "args": ["sleep", "60"], "timeout": 1}]' timeout
	refused '.hooks.createRuntime = [{"path": "/no/such/hook"}]' /no/such/hook
	refused '.hooks.createRuntime = [{"path": "/bin/true", "timeout": -1}]' timeout
	bundle '.hooks.poststart = [{"path": "/bin/false"}] | .hooks.poststop = [{"path": "/bin/false"}]' sh -c 'echo ran'
	rt 0 run --bundle "$T/b" h2 </dev/null
	is "$output" ran
	is "$(left)" ""
}

@test "runtime: X9: hooks get their own environment, the directory / and no descriptor of the caller's" {
	mkdir -p "$T/h"
	chmod 777 "$T/h"
	local h all='{}'
	for h in prestart createRuntime createContainer poststart poststop; do
		rm -f "$T/h/$h"
		all=$(jq -c --arg h "$h" --arg look "(pwd; tr '\\0' ' ' </proc/self/environ; echo; ls /proc/self/fd | tr '\\n' ' ') >$T/h/$h" \
			'.[$h] = [{path: "/bin/sh", args: ["sh", "-c", $look], env: ["OWN=" + $h], timeout: 20}]' <<<"$all")
	done
	bundle ".hooks = $all" true
	(
		for ((fd = 5; fd <= 60; fd++)); do eval "exec $fd</etc"; done
		cd /usr
		SECRET=leaked rt 0 run --bundle "$T/b" x9 </dev/null
	)
	# 3 is ls' own directory
	for h in prestart createRuntime createContainer poststart poststop; do
		echo "# $h"
		is "$(cat "$T/h/$h")" "/"$'\n'"OWN=$h "$'\n'"0 1 2 3 "
	done
	# a path that depends on where the runtime stands is refused
	refused '.hooks.createRuntime = [{"path": "bin/true"}]' hooks
}

# answers every call that waits for the agent with EXDEV, and says what came with the listener
agent() {
	rm -f "$1"
	python3 - "$1" >"$T/agent.out" 2>&1 <<-'P' 3>&- 4>&- &
		import array, ctypes, fcntl, os, select, socket, struct, sys
		s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); s.settimeout(30)
		c, _ = s.accept()
		text, anc, _, _ = c.recvmsg(65536, socket.CMSG_SPACE(4))
		fd = array.array("i", anc[0][2])[0]
		print(text.decode(), flush=True)
		while True:
		    p = select.poll(); p.register(fd, select.POLLIN)
		    got = p.poll(10000)
		    if not got or got[0][1] & (select.POLLHUP | select.POLLERR): break
		    req = bytearray(80)
		    try: fcntl.ioctl(fd, 0xc0502100, req)
		    except OSError: continue
		    fcntl.ioctl(fd, 0xc0182101, struct.pack("QqiI", struct.unpack_from("Q", req)[0], 0, -18, 0))
	P
	agent=$!
	wait_for 5 test -S "$1"
}

@test "runtime: linux.seccomp: SCMP_ACT_NOTIFY hands the listener to listenerPath, for run, start and exec" {
	local filter='.annotations = {"k": "v"} | .linux.seccomp = {"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "'"$T"'/agent",
		"listenerMetadata": "meta", "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_NOTIFY"}]}'
	agent "$T/agent"
	inside "$filter" 'mkdir /dev/shm/x; echo still here'
	is "$output" "still here"
	has "$stderr" "Invalid cross-device link"
	is "$(jq -r '.fds[0], .metadata, .state.status, .state.annotations.k, (.pid == .state.pid)' "$T/agent.out")" \
		$'seccompFd\nmeta\ncreated\nv\ntrue'
	wait "$agent"
	bundle "$filter" sleep 1000
	agent "$T/agent"
	create n1
	rt 0 start n1
	local first=$agent
	agent "$T/agent"
	rt 1 exec n1 mkdir /dev/shm/y
	has "$stderr" "Invalid cross-device link"
	is "$(jq -r '.state.status, .state.id, .state.bundle, .state.annotations.k' "$T/agent.out")" $'running\nn1\n'"$T/b"$'\nv'
	is "$(jq -r .state.pid "$T/agent.out")" "$(cat "$T/pid")"
	wait "$agent"
	rt 0 delete --force n1
	wait "$first"
	# X10: no agent, no container
	rm -f "$T/agent"
	refused "$filter" listenerPath "$T/agent"
	refused "$filter | .linux.seccomp.syscalls[0].names += [\"sendmsg\"]" 'linux.seccomp.syscalls[0]' sendmsg
	refused "$filter | del(.linux.seccomp.listenerPath)" listenerPath
}

@test "runtime: hostile bundles end in one line: enormous arrays, deep documents, links, devices, pipes" {
	bundle . true
	local f d=$T/b/config.json
	for f in '.mounts += [range(20000) | {"destination": "/proc/x\(.)", "type": "tmpfs"}]' \
		'.linux.maskedPaths = [range(200000) | "relative"]' \
		'.process.rlimits = [range(100000) | {"type": "RLIMIT_X", "hard": 1, "soft": 1}]' \
		'.linux.uidMappings = [range(1000) | {"containerID": ., "hostID": 0, "size": 1}] | .linux.gidMappings = .linux.uidMappings | .linux.namespaces += [{"type": "user"}] | .linux.namespaces |= unique_by(.type)' \
		'.hooks.prestart = [{"path": "/bin/true", "args": [range(100000) | "x" * 50]}]' \
		'.annotations = {"a": ("x" * 100000)} | .hooks.prestart = [{"path": "/bin/true"}]' \
		'.process.cwd = "/proc/self/fd/3"' '.process.args = ["/proc/self/exe"]' \
		'.root.path = "/dev/null"' '.root.path = "/no/such"' '.root.path = ""' \
		'.mounts += [{"destination": "/x", "type": "bind", "source": "/no/such", "options": ["bind"]}]' \
		'.mounts += [{"destination": "/x", "type": "no-such-fs"}]' '.mounts += [{"destination": "/"}]' \
		'.linux.cgroupsPath = "/../../x"' '.linux.sysctl = {"kernel.core_pattern": "|/x"}' \
		'.linux.namespaces += [{"type": "mount", "path": "/proc/1/ns/mnt"}]' \
		'.linux.namespaces |= map(if .type == "ipc" then .path = "/dev/null" else . end)' \
		'.process.args = []' '.process.args = [""]'; do
		bundle "$f" true
		timeout 60 "$PODLITE_BIN/podlite-runtime" --root "$T/state" run --bundle "$T/b" bad >"$OUT" 2>"$ERR" 3>&- 4>&- </dev/null && {
			echo "it ran: $f"
			false
		}
		cut -c 1-300 "$ERR"
		is "$(wc -l <"$ERR")" 1
		[ "$(wc -c <"$ERR")" -lt 700 ]
		is "$(left)" ""
	done
	# not JSON at all, too deep, cut off, bytes
	printf '[%.0s' {1..100000} >"$d"
	rt 1 run --bundle "$T/b" bad
	head -c 100000 /dev/urandom >"$d"
	rt 1 run --bundle "$T/b" bad
	printf '{"ociVersion":"1.0.0","process":{"args":["a' >"$d"
	rt 1 run --bundle "$T/b" bad
	: >"$d"
	rt 1 run --bundle "$T/b" bad
	is "$(left)" ""
}
