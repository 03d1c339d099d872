#!/usr/bin/env bats
# 030-monitor.bats: the process beside each container: streams without loss, logs, exit codes, restarts, its own death.

load helpers

state() { cat "$ROOT/containers/$1/state.json"; }
rss_kb() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status"; }
log_text() { podlite logs "$1"; }

# talk ID: perl with a connection to the container's ctl.sock in $s, msg(TYPE, DATA), get(); sends what stands in $1 of the script
talk() {
	(cd "$ROOT/containers/$1" && perl -MSocket -e '
		sub conn { socket(my $s, AF_UNIX, SOCK_SEQPACKET, 0) or die "socket: $!"; connect($s, pack_sockaddr_un("ctl.sock")) or die "connect: $!"; $s }
		sub msg { send($_[0], $_[1] . $_[2], 0x4000) }
		sub get { my $b; my $r = recv($_[0], $b, 70000, 0); defined $r ? $b : "" }
		eval $ARGV[0]; die $@ if $@' "$2")
}

@test "monitor: 100 MB written and an exit at once reach the pipe and the log complete" {
	name big
	want=$(yes 'a line of some length, 0123456789' | head -c 100000000 | md5sum)
	got=$(podlite run --name "$name" --network none --log-opt max-size=1g "$BUSYBOX" \
		sh -c "yes 'a line of some length, 0123456789' | head -c 100000000" | md5sum)
	is "$got" "$want"
	is "$(podlite logs "$name" | md5sum)" "$want"
	got=$(podlite run --rm -t --network none "$BUSYBOX" sh -c "yes 0123456789 | head -c 5500000" | tr -d '\r' | md5sum)
	is "$got" "$(yes 0123456789 | head -c 5500000 | md5sum)"
}

@test "monitor: both streams, in full, with a slow reader (back-pressure, V42)" {
	got=$(podlite run --rm --network none "$BUSYBOX" sh -c 'yes o | head -c 3000000 & yes e | head -c 3000000 >&2; wait' \
		2>"$T/err" | { sleep 1; wc -c; })
	is "$got" 3000000
	is "$(wc -c <"$T/err")" 3000000
}

@test "monitor: V42: ten clients that read nothing do not make it grow, and others are served" {
	need_plain_build
	name slow
	pl 0 run -d --name "$name" --network none --log-driver none "$BUSYBOX" sh -c 'yes | head -c 2000000000; sleep 1000'
	id=$output mon=$(state_of "$output" .monitor_pid)
	talk "$id" 'my @s = map { my $s = conn(); msg($s, "a", pack("VvvX0", 6, 0, 0)); $s } 1..10; sleep 2; print "held\n"; sleep 1' 3>&- 4>&- &
	talker=$!
	sleep 1.5
	[ "$(rss_kb "$mon")" -lt 1536 ]
	pl 0 kill -s WINCH "$name"
	wait $talker
	pl 0 rm -t 0 -f "$name"
	wait_for 3 gone "$mon"
}

@test "monitor: V42, X12: a thousand connections, resizes and junk leak nothing" {
	need_plain_build
	name flood
	pl 0 run -d -t --name "$name" --network none "$BUSYBOX" sleep 1000
	id=$output mon=$(state_of "$output" .monitor_pid)
	talk "$id" '
		for my $i (1 .. 1000) {
			my $s = conn();
			if ($i % 4 == 0) { msg($s, "a", pack("Vvv", 6, $i, $i)); get($s); msg($s, "r", pack("vv", $i & 65535, 132)) for 1 .. 20 }
			elsif ($i % 4 == 1) { msg($s, "Z", "junk" x 100); is_end($s) }
			elsif ($i % 4 == 2) { msg($s, "k", "x") ; is_end($s) }
		}
		my @idle = map { conn() } 1 .. 300;
		my $s = conn(); msg($s, "k", pack("VCCv", 0, 0, 0, 0)); my $r = get($s);
		print substr($r, 0, 1), unpack("V", substr($r, 1, 4)), "\n";
		sub is_end { die "not refused\n" if get($_[0]) ne "" }
		my $big = conn(); msg($big, "i", "x" x 60000); is_end($big);' >"$T/talk"
	is "$(cat "$T/talk")" R0
	[ "$(rss_kb "$mon")" -lt 1536 ]
	wait_for 3 talk "$id" 'my $s = conn(); msg($s, "k", pack("VCCv", 0, 0, 0, 0)); get($s)'
	pl 0 rm -t 0 -f "$name"
}

@test "monitor: resident memory is at most 1.5 MiB" {
	need_plain_build
	name rss
	pl 0 run -d --name "$name" "$BUSYBOX" sleep 1000
	rss=$(rss_kb "$(state_of "$output" .monitor_pid)")
	echo "# $rss kB"
	[ "$rss" -le 1536 ]
	pl 0 rm -t 0 -f "$name"
}

@test "monitor: exit codes: the command's, 128+n for signals, 127 and 126" {
	pl 7 run --rm --network none "$BUSYBOX" sh -c 'exit 7'
	pl 137 run --rm --network none "$BUSYBOX" sh -c 'sh -c "kill -9 \$PPID"; sleep 1; kill -9 1; exit 137'
	pl 127 run --rm --network none "$BUSYBOX" /no/such/command
	pl 126 run --rm --network none "$BUSYBOX" /etc
	name gone
	pl 0 run -d --name "$name" --network none "$BUSYBOX" sleep 1000
	pl 0 kill "$name"
	pl 0 wait "$name"
	is "$output" 137
}

@test "monitor: logs are capped and rotated, 0600 whatever the umask (V43)" {
	umask 000
	name rot
	for driver in k8s-file json-file; do
		pl 0 run --name "$name" --network none --log-driver $driver --log-opt max-size=10k --log-opt max-file=3 "$BUSYBOX" \
			sh -c 'i=0; while [ $i -lt 3000 ]; do echo "line number $i"; i=$((i+1)); done'
		id=$(podlite inspect --format '{{.Id}}' "$name")
		files=("$ROOT/containers/$id"/ctr.log*)
		is ${#files[@]} 3
		for f in "${files[@]}"; do
			is "$(stat -c %a "$f")" 600
			[ "$(stat -c %s "$f")" -le 10240 ]
		done
		pl 0 logs "$name"
		is "${lines[-1]}" "line number 2999"
		pl 0 rm "$name"
	done
}

@test "monitor: V43: odd lines survive and cannot forge a record" {
	name odd
	forged='2026-01-01T00:00:00.000000000Z stderr F forged'
	for driver in k8s-file json-file; do
		podlite run --name "$name" --network none --log-driver $driver "$BUSYBOX" \
			sh -c "printf 'a\\000b\\n\\n'; echo '$forged'; head -c 8193 /dev/zero | tr '\\000' x; echo; printf 'no end'" >"$T/pipe"
		podlite logs "$name" >"$T/log" 2>"$T/logerr"
		cmp "$T/pipe" "$T/log"
		[ ! -s "$T/logerr" ]
		pl 0 rm "$name"
	done
}

@test "monitor: log driver none keeps nothing, passthrough keeps our descriptors" {
	name none
	pl 0 run --name "$name" --network none --log-driver none "$BUSYBOX" echo hello
	is "$output" hello
	id=$(podlite inspect --format '{{.Id}}' "$name")
	[ -z "$(find "$ROOT/containers/$id" -name 'ctr.log*')" ]
	podlite run --rm --network none --log-driver passthrough "$BUSYBOX" sh -c 'readlink /proc/self/fd/1; cat' >"$T/direct" <"$BATS_TEST_FILENAME"
	has "$(head -1 "$T/direct")" direct
	tail -n +2 "$T/direct" | cmp - "$BATS_TEST_FILENAME"
	# detached: the container holds them on
	podlite run -d --name "passed-$name" --network none --log-driver passthrough "$BUSYBOX" \
		sh -c 'while [ ! -e /tmp/go ]; do sleep 0.1; done; echo later' >"$T/later" </dev/null
	podlite exec "passed-$name" touch /tmp/go
	wait_for 10 grep -q later "$T/later"
}

@test "monitor: restart policies with back-off; a stop ends them" {
	name again
	pl 0 run -d --name "$name" --network none --restart on-failure:2 "$BUSYBOX" sh -c 'echo ran; exit 3'
	wait_for 5 status_is "$name" exited
	is "$(podlite logs "$name" | grep -c ran)" 3
	pl 0 inspect --format '{{.State.ExitCode}} {{.RestartCount}}' "$name"
	is "$output" "3 2"
	pl 0 rm "$name"

	pl 0 run -d --name "$name" --network none --restart always "$BUSYBOX" sh -c 'exit 0'
	sleep 1
	n=$(state_of "$output" .restarts)
	[ "$n" -ge 2 ] && [ "$n" -le 5 ]
	pl 0 stop "$name"
	status_is "$name" exited
	pl 0 rm "$name"

	pl 0 run -d --name "$name" --network none --restart on-failure "$BUSYBOX" sh -c 'echo ran; exit 0'
	wait_for 5 status_is "$name" exited
	is "$(podlite logs "$name" | grep -c ran)" 1
}

@test "monitor: --timeout ends the container" {
	SECONDS=0
	pl 137 run --rm --network none --timeout 1 "$BUSYBOX" sleep 100
	[ $SECONDS -le 4 ]
}

@test "monitor: killed, it takes the container along and leaves no ghost" {
	name dead
	pl 0 run -d --name "$name" "$BUSYBOX" sh -c 'sleep 1000 & sleep 1000'
	mon=$(state_of "$output" .monitor_pid) pid=$(state_of "$output" .pid) net=$(state_of "$output" .network_pid)
	kill -9 "$mon"
	wait_for 3 gone "$pid"
	wait_for 3 gone "$net"
	status_is "$name" exited
	pl 0 start "$name"
	status_is "$name" running
	pl 0 rm -t 0 -f "$name"
}

@test "monitor: a logout's SIGTERM ends the container with its stop signal; other signals do nothing" {
	name polite
	pl 0 run -d --name "$name" --network none --restart always "$BUSYBOX" \
		sh -c 'trap "echo bye; exit 0" TERM; while :; do sleep 0.1; done'
	mon=$(state_of "$output" .monitor_pid)
	kill -HUP "$mon"; kill -INT "$mon"; kill -QUIT "$mon"; kill -USR1 "$mon"; kill -PIPE "$mon"
	sleep 0.3
	status_is "$name" running
	kill -TERM "$mon"
	wait_for 5 status_is "$name" exited
	has "$(podlite logs "$name")" bye
}

@test "monitor: V22: kill -9 0 and kill -STOP 0 by PID 1 reach nobody outside" {
	name zero
	pl 0 run -d --name "$name" --network none "$BUSYBOX" sh -c 'kill -STOP 0; kill -9 0; kill -9 -1; sleep 1000'
	mon=$(state_of "$output" .monitor_pid)
	sleep 0.3
	has "$(cat "/proc/$mon/status")" "State:	S"
	pl 0 ps
	has "$output" "$name"
	pl 0 rm -t 0 -f "$name"
}

@test "monitor: a background child that keeps the pipe does not hold up the end" {
	SECONDS=0
	pl 5 run --rm --network none "$BUSYBOX" sh -c '(sleep 30; echo late) & echo now; exit 5'
	is "$output" now
	[ $SECONDS -le 5 ]
	pl 5 run --rm --network none --pid host "$BUSYBOX" sh -c '(sleep 6; echo late) & echo now; exit 5'
	is "$output" now
	[ $SECONDS -le 10 ]
}

@test "monitor: stdin reaches the container and its end is the end" {
	head -c 3000000 /dev/urandom >"$T/in"
	podlite run --rm -i --network none "$BUSYBOX" cat <"$T/in" >"$T/copy"
	cmp "$T/in" "$T/copy"
	is "$(podlite run --rm -i --network none "$BUSYBOX" md5sum <"$T/in")" "$(md5sum <"$T/in")"
	pl 0 run --rm -i --network none "$BUSYBOX" true <"$T/in"
	pl 0 run --rm --network none "$BUSYBOX" cat <"$T/in"
	is "$output" ""
}

@test "monitor: a client that is killed leaves the container running; attach finds it" {
	name left
	podlite run --name "$name" --network none "$BUSYBOX" sh -c 'i=0; while :; do echo tick $i; i=$((i+1)); sleep 0.1; done' >"$T/o" 3>&- 4>&- &
	client=$!
	wait_for 5 grep -q 'tick 2' "$T/o"
	pkill -9 -f "run --name $name" || :
	wait $client || :
	status_is "$name" running
	PODLITE_TIMEOUT=3 podlite attach --no-stdin --sig-proxy=false "$name" >"$T/attached" 2>/dev/null || :
	grep -q 'tick' "$T/attached"
	status_is "$name" running
	pl 0 rm -t 0 -f "$name"
}

@test "monitor: signals of a foreground run are forwarded" {
	name sig
	podlite run --name "$name" --network none "$BUSYBOX" \
		sh -c 'trap "echo got usr1; exit 42" USR1; echo ready; while :; do sleep 0.1; done' >"$T/o" 3>&- &
	pid=$!
	wait_for 5 grep -q ready "$T/o"
	pkill -USR1 -f "^$PODLITE .* run --name $name "
	status=0
	wait $pid || status=$?
	is "$status" 42
	grep -q 'got usr1' "$T/o"
}

@test "monitor: the terminal has its size before the command runs, and is restored" {
	need_command script
	cat >"$T/tty.sh" <<-END
		stty rows 33 cols 99
		before=\$(stty -g)
		$PODLITE --root $ROOT --runroot $RUNROOT run --rm -it --network none $BUSYBOX stty size
		[ "\$(stty -g)" = "\$before" ] && echo restored
	END
	script -qec "sh $T/tty.sh" /dev/null </dev/null >"$T/o" 3>&- 4>&-
	has "$(cat "$T/o")" "33 99"
	has "$(cat "$T/o")" restored
}

@test "stop: D11: a PID 1 that cannot hear the stop signal is not waited for" {
	name deaf
	pl 0 run -d --name "$name" --network none "$BUSYBOX" sleep 1000
	SECONDS=0
	pl 0 stop -t 30 "$name"
	[ $SECONDS -le 3 ]
	pl 0 rm "$name"
	# one that hears is given its time
	pl 0 run -d --name "$name" --network none "$BUSYBOX" \
		sh -c 'trap "sleep 1; echo cleaned; exit 6" TERM; echo up; while :; do sleep 0.1; done'
	wait_for 5 grep -q up <(podlite logs "$name")
	pl 0 stop -t 20 "$name"
	has "$(podlite logs "$name")" cleaned
	pl 0 inspect --format '{{.State.ExitCode}}' "$name"
	is "$output" 6
	pl 0 rm "$name"
	# the children of a deaf one are told
	pl 0 run -d --name "$name" --network none "$BUSYBOX" \
		sh -c 'sh -c "trap \"echo child heard; exit 0\" TERM; echo up; while :; do sleep 0.05; done"; exit 3'
	wait_for 5 grep -q up <(podlite logs "$name")
	pl 0 stop "$name"
	has "$(podlite logs "$name")" "child heard"
}

@test "monitor: V36: it and its helpers inherit neither environment nor descriptors" {
	name clean
	exec 7<"$BATS_TEST_FILENAME"
	SECRET_X=secret pl 0 run -d --name "$name" "$BUSYBOX" sleep 1000
	exec 7<&-
	id=$output
	for pid in $(state_of "$id" '.monitor_pid, .network_pid'); do
		hasnt "$(tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null || :)" SECRET_X
		hasnt "$(ls -l "/proc/$pid/fd" 2>/dev/null || :)" 030-monitor
	done
	pl 0 exec "$name" sh -c 'ls -l /proc/1/fd; cat /proc/1/environ'
	hasnt "$output" SECRET_X
	hasnt "$output" 030-monitor
	pl 0 rm -t 0 -f "$name"
}

@test "monitor: X4: out of reach of a container that shares the host's processes and has every capability" {
	name target
	pl 0 run -d --name "$name" --network none "$BUSYBOX" sleep 1000
	mon=$(state_of "$output" .monitor_pid)
	pl - run --rm --network none --pid host --cap-add all --security-opt seccomp=unconfined "$BUSYBOX" \
		sh -c "cat /proc/$mon/environ; cat /proc/$mon/maps; ls /proc/$mon/fd/; readlink /proc/$mon/root; dd if=/proc/$mon/mem count=1; :"
	hasnt "$output" PATH=
	hasnt "$output" r-xp
	hasnt "$output" 5
	pl 0 rm -t 0 -f "$name"
}

@test "monitor: X11, X12: socket and files are the user's alone" {
	umask 000
	name files
	pl 0 run -d --name "$name" "$BUSYBOX" sleep 1000
	bad=$(find "$RUNROOT" "$ROOT/containers/$output" -maxdepth 2 -path '*/upper' -prune -o -path '*/merged' -prune -o \
		! -type l -perm /077 -print | grep -v -e /work -e /slirp.sock -e '/hosts$' -e '/hostname$' -e '/resolv.conf$' || :)
	is "$bad" ""
	is "$(stat -c %a "$ROOT/containers/$output")" 700
	pl 0 rm -t 0 -f "$name"
}

@test "monitor: pid files name the container and the monitor" {
	name pids
	pl 0 run -d --name "$name" --network none --pidfile "$T/pid" --conmon-pidfile "$T/monpid" "$BUSYBOX" sleep 1000
	is "$(cat "$T/pid")" "$(state_of "$output" .pid)"
	is "$(cat "$T/monpid")" "$(state_of "$output" .monitor_pid)"
	pl 0 rm -t 0 -f "$name"
}

@test "monitor: --rm leaves nothing, also when the command was not found" {
	pl 0 run --rm --network none "$BUSYBOX" true
	pl 127 run --rm --network none "$BUSYBOX" /no/such
	pl 0 ps -a -q
	is "$output" ""
	is "$(ls "$ROOT/cnames")" ""
}

@test "monitor: sixteen at once share what there is and all end well" {
	pids=()
	for i in $(seq 16); do
		podlite run --rm --network none "$BUSYBOX" sh -c "echo $i" >"$T/par.$i" 3>&- 4>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	is "$(cat "$T"/par.* | sort -n | tr '\n' ' ')" "$(seq 16 | tr '\n' ' ')"
}

# a newuidmap that says when it starts and goes on when it may; what a new store asks for is done before
slow_newuidmap() {
	[ "$(id -u)" != 0 ] || skip "root needs no newuidmap"
	pl 0 run --rm --network none "$BUSYBOX" true
	mkdir -p "$T/slow"
	cat >"$T/slow/newuidmap" <<-X
		#!/bin/sh
		echo \$\$ >>"$T/slow/started"
		until [ -e "$T/slow/go" ]; do sleep 0.05; done
		exec $(command -v newuidmap) "\$@"
	X
	chmod +x "$T/slow/newuidmap"
	rm -f "$T/slow/started" "$T/slow/go"
}

@test "monitor: starts beside each other make one user namespace" {
	slow_newuidmap
	pids=()
	for i in 1 2 3 4; do
		PATH=$T/slow:$PATH podlite run --rm --network none "$BUSYBOX" readlink /proc/self/ns/user >"$T/ns.$i" 3>&- 4>&- &
		pids+=($!)
		wait_for 10 test -S "$RUNROOT/userns.sock"
	done
	sleep 0.5
	touch "$T/slow/go"
	for i in "${pids[@]}"; do wait "$i"; done
	is "$(wc -l <"$T/slow/started")" 1
	is "$(cat "$T"/ns.? | sort -u | wc -l)" 1
	[ ! -e "$RUNROOT/userns.sock" ]
}

@test "monitor: a start whose user namespace is in use by others before it needs it" {
	mkfifo "$T/env"
	podlite run -d --network none --env-file "$T/env" "$BUSYBOX" sh -c 'echo $WORD; sleep 1000' >"$T/id" 3>&- 4>&- &
	waiting=$!
	wait_for 10 test -S "$RUNROOT/userns.sock"
	pl 0 run -d --network none "$BUSYBOX" sleep 1000
	echo WORD=on >"$T/env"
	wait_for 10 gone "$waiting"
	is "$(podlite logs "$(cat "$T/id")")" on
	pl 0 rm -t 0 -f -a
}

no_containers() { [ -z "$(ls "$ROOT/containers")" ]; }

@test "monitor: a start that was killed while others wait for its user namespace" {
	slow_newuidmap
	PATH=$T/slow:$PATH setsid "$PODLITE" --root "$ROOT" --runroot "$RUNROOT" run --rm --network none "$BUSYBOX" true 3>&- 4>&- &
	first=$!
	wait_for 10 test -s "$T/slow/started"
	podlite run --rm --network none "$BUSYBOX" echo second >"$T/second" 3>&- 4>&- &
	second=$!
	sleep 0.3
	kill -9 -- "-$first"
	wait "$first" || :
	wait "$second"
	is "$(cat "$T/second")" second
	touch "$T/slow/go" # its monitor goes on alone
	wait_for 10 no_containers
}
