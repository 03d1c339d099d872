#!/usr/bin/env bats
# 202-threats-join.bats: setting up and joining a container beside hostile ones: order, descriptors,
# ids, ptrace, the run directory, sockets, pids (rows V4 and X1-X21; see also 030, 060, 070 and 080).

load helpers
load threats

nothing_left() {
	is "$(ls -A "$ROOT/containers")" ""
	wait_for 5 no_orphans
	! grep -F " $STORE/" /proc/self/mountinfo
}

@test "V4: sysctls and the oom score go to our own procfs while /proc is being swapped" {
	canary
	rootfs
	mkdir -p "$CANARY/sys/kernel" "$CANARY/self"
	for f in sys/kernel/msgmnb sys/kernel/msgmax self/oom_score_adj; do echo old >"$CANARY/$f"; done
	canary_was=$(tree_sum "$CANARY")
	mkdir "$RFS/evil"
	cp -r "$CANARY/." "$RFS/evil"
	local evil_was host
	evil_was=$(cat "$RFS"/evil/sys/kernel/* "$RFS"/evil/self/*)
	host=$(cat /proc/sys/kernel/{msgmnb,msgmax,core_pattern})
	racer "$RFS/proc" "$RFS/evil" 3
	while racer_runs; do
		pl - run --rm --sysctl kernel.msgmnb=7000 --sysctl kernel.msgmax=5000 --oom-score-adj 500 --rootfs "$RFS" true
		[ "$status" = 0 ] || matches "$status" '^12[567]$'
	done
	racer_end
	# the dummy has one of the two names now; none of its files was written
	local dummy=$RFS/evil
	[ -d "$dummy/self" ] || dummy=$RFS/proc
	is "$(cat "$dummy"/sys/kernel/* "$dummy"/self/*)" "$evil_was"
	is "$(cat /proc/sys/kernel/{msgmnb,msgmax,core_pattern})" "$host"
	canary_same
	pl 0 run --rm --sysctl kernel.msgmax=5000 "$BUSYBOX" cat /proc/sys/kernel/msgmax
	is "$output" 5000
}

@test "X1: a failure at any step leaves no process, mount, cgroup or directory" {
	local cgroups
	cgroups=$(find /sys/fs/cgroup -maxdepth 6 -type d 2>/dev/null | grep -c -i podlite || :)
	hostile steps --workdir /etc/passwd/x <<<"l loop loop"
	while read -r opts; do
		# shellcheck disable=SC2086
		pl - run --rm --network none $opts
		matches "$status" '^12[567]$'
		is "$(wc -l <"$ERR")" 1
		nothing_left
	done <<-L
		$BUSYBOX no-such-command
		$BUSYBOX /etc/passwd
		$HOSTILE true
		-w /etc/passwd $BUSYBOX true
		-w /loop $HOSTILE true
		-v $T:/etc/passwd/x $BUSYBOX true
		-v $T:/loop/x $HOSTILE true
		-v $T:/etc/passwd $BUSYBOX true
		-v $T/missing/dir:/x $BUSYBOX true
		--sysctl kernel.msgmax=junk $BUSYBOX true
		--sysctl net.no.such=1 $BUSYBOX true
		--tmpfs /x:size=junk $BUSYBOX true
		--mount type=bind,src=$T,dst=/proc/x $BUSYBOX true
		-u no-such-user $BUSYBOX true
		--group-add no-such-group $BUSYBOX true
		--device /dev/no-such $BUSYBOX true
		--security-opt seccomp=/dev/null $BUSYBOX true
		--network container:no-such $BUSYBOX true
		--ipc ns:/proc/self/ns/net $BUSYBOX true
		--uts ns:/dev/null $BUSYBOX true
		--init --init-path /etc/passwd $BUSYBOX true
		--rootfs /no-such-directory true
		--rootfs /etc/passwd true
	L
	is "$(find /sys/fs/cgroup -maxdepth 6 -type d 2>/dev/null | grep -c -i podlite || :)" "$cgroups"
}

@test "X2: a bind keeps the flags of its source, whatever is asked" {
	local dir
	dir=$(awk '$6 ~ /nosuid/ && $6 ~ /nodev/ && $6 ~ /noexec/ { print $5 }' /proc/self/mountinfo |
		while read -r d; do [ ! -d "$d" ] || [ ! -x "$d" ] || { echo "$d"; break; }; done)
	[ -z "$dir" ] || for opts in rw,exec,suid,dev rw exec,dev; do
		pl - run --rm -v "$dir:/mnt:$opts" "$BUSYBOX" grep ' /mnt ' /proc/self/mountinfo
		[ "$status" != 0 ] || for flag in nosuid nodev noexec; do has "$output" "$flag"; done
	done
	mkdir -p "$T/ro/sub"
	pl 0 run --rm -v "$T/ro:/ro:ro" --cap-add NET_ADMIN "$BUSYBOX" sh -c \
		'mount -o remount,rw /ro 2>/dev/null; mount -o remount,bind,rw /ro 2>/dev/null; (: >/ro/x); (: >/ro/sub/x); echo end' 2>&1
	is "$(find "$T/ro" -type f)" ""
}

# spies on what joins, with every capability and no filter
spy() {
	name spy
	pl 0 run -d --name "$name" --cap-add ALL --security-opt seccomp=unconfined "$@" "$BUSYBOX" probe spy 4
}
spied() {
	pl 0 wait "$name"
	pl 0 logs "$name"
	has "$output" spied
	# it was there at the time
	has "$output" "joiner podlite"
	# of commands in a container beside it, the files are elsewhere and may be
	is "$(grep -E 'REACHED|WRITABLE|FOREIGN.* of (podlite|memfd|exe|[0-9])' <<<"$output")" ""
}

@test "X3: who joins a container that has SYS_PTRACE and SYS_ADMIN is out of its reach" {
	spy
	pl 0 cp /etc/passwd "$name:/tmp/x"
	pl 0 top "$name"
	FDS=1 pl 0 exec "$name" true
	for _ in 1 2 3 4 5 6 7 8; do
		FDS=1 pl - exec "$name" true
		FDS=1 pl - exec --privileged -w /tmp "$name" no-such-command
		FDS=1 pl - exec -u 33 "$name" true
		FDS=1 pl - exec -t "$name" true
	done
	spied
}

@test "X3: neither is who joins a user namespace of the container's own" {
	spy --userns keep-id --user 0
	FDS=1 pl 0 exec "$name" true
	for _ in 1 2 3 4 5 6 7 8; do
		FDS=1 pl - exec "$name" true
		FDS=1 pl - exec --user 33 -t "$name" true
	done
	spied
}

@test "X4: a container that shares the processes of another, with SYS_PTRACE, reaches none of ours" {
	name first
	local first=$name
	pl 0 run -d --name "$first" "$BUSYBOX" sleep 1000
	spy --pid "container:$first"
	for _ in 1 2 3 4 5 6 7 8; do
		FDS=1 pl 0 exec "$first" true
		FDS=1 pl - exec "$name" true
		FDS=1 pl 0 run --rm --network none --pid "container:$first" --cap-add SYS_PTRACE "$BUSYBOX" true
	done
	spied
}

@test "X5: capabilities: bounding, permitted and effective are what was asked; the rest is empty" {
	name c
	pl 0 run -d --name "$name" --cap-drop ALL --cap-add CHOWN "$BUSYBOX" sleep 1000
	for how in "exec $name" "run --rm --cap-drop ALL --cap-add CHOWN $BUSYBOX"; do
		# shellcheck disable=SC2086
		pl 0 $how probe caps
		is "$(field CapBnd) $(field CapPrm) $(field CapEff)" "0000000000000001 0000000000000001 0000000000000001"
		is "$(field CapInh) $(field CapAmb)" "0000000000000000 0000000000000000"
	done
	# a privileged exec into a filtered container keeps the filter
	pl 0 exec --privileged "$name" probe seccomp
	has "$output" $'Seccomp:\t2'
}

@test "X6: limits and groups hold for users other than root, in run and exec" {
	name c
	pl 0 run -d --name "$name" -u 1000:1000 --ulimit nofile=64:64 --ulimit core=0:0 "$BUSYBOX" sleep 1000
	for how in "exec $name" "exec -u 33 $name"; do
		# shellcheck disable=SC2086
		pl 0 $how probe rlimits
		matches "$output" 'Max open files +64 +64'
	done
	pl 0 exec "$name" probe ids
	is "$(field uid) $(field gid)" "1000 1000 1000 1000 1000 1000"
	pl 0 exec "$name" probe setgroups
	is "$output" EPERM
}

@test "X7: no core dumps by default, in run and exec" {
	pl 0 run --rm "$BUSYBOX" sh -c 'ulimit -c'
	is "$output" 0
	name c
	pl 0 run -d --name "$name" "$BUSYBOX" sleep 1000
	pl 0 exec "$name" sh -c 'ulimit -c'
	is "$output" 0
}

@test "X8: keys of the host and of other containers are neither seen nor reached" {
	pl 0 run --rm "$BUSYBOX" sh -c 'cat /proc/keys /proc/key-users | wc -c'
	is "$output" 0
	pl 0 run --rm --cap-add ALL "$BUSYBOX" probe syscall keyctl add_key
	is "$(grep -c EPERM <<<"$output")" 2
}

# A directory /tmp of its own, where "another user" was first: root of a user namespace, and one of
# the subordinate ids.
@test "X11: what another user put where the run directory would be is refused" {
	local kind
	for kind in "mkdir -m 777" "mkdir -m 700" "ln -s /var/tmp" "ln -s /nowhere" "touch" "mkfifo -m 666"; do
		run timeout 20 unshare -Urm --map-auto bash -c '
			mount -t tmpfs -o mode=1777 tmpfs /tmp
			[ ! -d /run/user ] || mount -t tmpfs -o mode=755 tmpfs /run/user
			as() { setpriv --reuid "$1" --regid "$1" --clear-groups -- "${@:2}"; }
			as 7 $1 /tmp/podlite-8
			before=$(stat -c "%F %a %u" /tmp/podlite-8)
			as 8 env -u XDG_RUNTIME_DIR -u HOME HOME=/tmp "$2" --root /tmp/store8 ps
			echo "status $?"
			[ "$before" = "$(stat -c "%F %a %u" /tmp/podlite-8)" ] || echo CHANGED' - "$kind" "$PODLITE"
		has "$output" "status 125"
		has "$output" "/tmp/podlite-8"
		hasnt "$output" CHANGED
	done
}

@test "X12: another user reaches no socket of a container" {
	name c
	pl 0 run -d --name "$name" "$BUSYBOX" sleep 1000
	local id=$output s n=0
	while read -r s; do
		n=$((n + 1))
		run env -C "$ROOT/containers/$id" unshare -r --map-auto setpriv --reuid 7 --regid 7 --clear-groups python3 -c '
import os, socket, sys
for kind in (socket.SOCK_SEQPACKET, socket.SOCK_STREAM):
    s = socket.socket(socket.AF_UNIX, kind)
    try:
        s.connect(sys.argv[1]); print("CONNECTED")
    except OSError as e:
        print(e.strerror)' "${s##*/}"
		hasnt "$output" CONNECTED
		is "$(sort -u <<<"$output")" "Permission denied"
	done < <(find "$ROOT/containers/$id" -type s)
	[ "$n" -gt 0 ]
	# nor are there abstract ones
	! grep -E '@.*(podlite|'"${id:0:12}"')' /proc/net/unix
}

@test "X13: the terminal is as before after the container was killed" {
	need_command script
	name tty
	cat >"$T/x.sh" <<-L
		stty -g
		( i=0; until '$PODLITE' --root '$ROOT' --runroot '$RUNROOT' kill '$name' >/dev/null 2>&1 || [ \$i -gt 100 ]; do sleep 0.1; i=\$((i + 1)); done ) &
		'$PODLITE' --root '$ROOT' --runroot '$RUNROOT' run --rm -it --name '$name' '$BUSYBOX' sleep 100 >/dev/null
		stty -g
	L
	timeout 30 script -qec "bash '$T/x.sh'" /dev/null </dev/null >"$T/tty" 3>&- 4>&-
	tr -d '\r' <"$T/tty" | grep -E '^[0-9a-f:]+$' | sort | uniq -c | tee "$T/tty.uniq"
	is "$(wc -l <"$T/tty.uniq")" 1
	has "$(cat "$T/tty.uniq")" " 2 "
}

@test "X14: ids, directories and the configuration of podlite-runtime" {
	local runtime=$PODLITE_BIN/podlite-runtime id
	canary
	rootfs
	mkdir -p "$T/bundle" "$T/state"
	chmod 700 "$T/state"
	ln -sfn "$RFS" "$T/bundle/rootfs"
	"$runtime" spec --help >/dev/null 2>&1 || :
	for id in .. . '' a/b ../x /abs $'a\nb' 'a b' "$(printf 'x%.0s' {1..1025})"; do
		for verb in state delete kill "create --bundle $T/bundle"; do
			# shellcheck disable=SC2086
			run timeout 10 "$runtime" --root "$T/state" $verb -- "$id"
			[ "$status" != 0 ]
		done
	done
	is "$(ls -A "$T/state")" ""
	# the configuration is no link, and has a size that can be meant
	echo '{}' >"$CANARY/config.json"
	canary_was=$(tree_sum "$CANARY")
	ln -sf "$CANARY/config.json" "$T/bundle/config.json"
	run timeout 10 "$runtime" --root "$T/state" create --bundle "$T/bundle" x
	[ "$status" != 0 ]
	has "$output" config.json
	rm "$T/bundle/config.json"
	truncate -s 1G "$T/bundle/config.json"
	run timeout 10 "$runtime" --root "$T/state" create --bundle "$T/bundle" x
	[ "$status" != 0 ]
	has "$output" config.json
	# fd 9 must not make it read a pipe for ever
	rm "$T/bundle/config.json"
	mkfifo "$T/bundle/config.json"
	run timeout 10 "$runtime" --root "$T/state" create --bundle "$T/bundle" x
	[ "$status" != 0 ] && [ "$status" != 124 ]
	is "$(ls -A "$T/state")" ""
	canary_same
	rm -rf "$T/bundle"
}

@test "X17: a device through a link is the device meant, nosuid and noexec; what is none is refused" {
	ln -s /dev/null "$T/dev-link"
	pl 0 run --rm --device "$T/dev-link:/dev/x" "$BUSYBOX" sh -c 'stat -c %t:%T /dev/x; grep " /dev/x " /proc/self/mountinfo; cat /dev/x'
	is "${lines[0]}" 1:3
	has "${lines[1]}" nosuid
	has "${lines[1]}" noexec
	ln -sf /etc/passwd "$T/dev-link"
	pl 125 run --rm --device "$T/dev-link:/dev/x" "$BUSYBOX" true
	mkfifo "$T/dev-fifo"
	pl - run --rm --device "$T/dev-fifo:/dev/x" "$BUSYBOX" true
	[ "$status" != 0 ]
	rm "$T/dev-fifo" "$T/dev-link"
	# no nodes are made, not even by a container with MKNOD
	pl - run --rm --cap-add MKNOD "$BUSYBOX" mknod /disk b 8 0
	[ "$status" != 0 ]
}

@test "X21: a pid that is only written in a file is never signalled" {
	name c
	pl 0 run -d --name "$name" "$BUSYBOX" sleep 1000
	local id=$output victim monitor
	sleep 300 3>&- 4>&- &
	victim=$!
	monitor=$(jq -r .monitor_pid "$ROOT/containers/$id/state.json")
	cp "$ROOT/containers/$id/state.json" "$T/state.json"
	kill -9 "$monitor"
	wait_for 10 sh -c "! kill -0 $monitor"
	for pid in "$victim" "-1" "0" "1" "$PPID"; do
		jq --argjson p "$pid" '.pid = $p | .monitor_pid = $p | .network_pid = $p' "$T/state.json" >"$ROOT/containers/$id/state.json"
		chmod 600 "$ROOT/containers/$id/state.json"
		pl - kill "$name"
		pl - stop -t 1 "$name"
		pl - exec "$name" true
		[ "$status" != 0 ]
		kill -0 "$victim"
	done
	pl 0 rm -f -t 0 "$name"
	kill -0 "$victim"
	kill "$victim"
}
