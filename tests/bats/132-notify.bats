#!/usr/bin/env bats
# 132-notify.bats: sd_notify: who says that a container is ready, what a container may say, who the main process is.

load helpers

# listen: a notify socket; every datagram becomes a line of $T/told, its lines joined by "|"
listen() {
	: >"$T/told"
	rm -f "$T/sock"
	python3 - "$T/sock" "$T/told" <<-'X' 3>&- 4>&- &
		import socket, sys
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.bind(sys.argv[1])
		s.settimeout(20)
		out = open(sys.argv[2], "a", buffering=1)
		try:
		    while True:
		        out.write(s.recv(8192).decode().replace("\n", "|") + "\n")
		except TimeoutError:
		    pass
	X
	listener=$!
	wait_for 5 test -S "$T/sock"
	export NOTIFY_SOCKET=$T/sock
}
heard() { grep -qxF -- "$1" "$T/told"; }
teardown() {
	unset NOTIFY_SOCKET
	[ -z "${listener:-}" ] || kill "$listener" 2>/dev/null || :
	podlite rm -t 0 -a -f >/dev/null
	wait
	no_leaks
}
monitor_of() { jq .monitor_pid "$ROOT/containers/$1/state.json"; }

# $T/say: sends each of its arguments
make_say() {
	[ ! -x "$T/say" ] || return 0
	cat >"$T/say.c" <<-'X'
		#include <stdio.h>
		#include <stdlib.h>
		#include <string.h>
		#include <sys/socket.h>
		#include <sys/un.h>
		int main(int argc, char **argv)
		{
			struct sockaddr_un sa = {.sun_family = AF_UNIX};
			int s = socket(AF_UNIX, SOCK_DGRAM, 0);
			strcpy(sa.sun_path, getenv("NOTIFY_SOCKET"));
			for (int i = 1; i < argc; i++)
				if (sendto(s, argv[i], strlen(argv[i]), 0, (void *)&sa, sizeof(sa)) < 0)
					perror("sendto");
			return 0;
		}
	X
	cc -static -o "$T/say" "$T/say.c"
}

@test "notify: conmon: ready with the start, the monitor is the main process" {
	listen
	name conmon
	pl 0 run -d --name "$name" --sdnotify conmon --network none "$BUSYBOX" sh -c 'echo "socket <$NOTIFY_SOCKET>"; sleep 1000'
	is "$(cat "$T/told")" "MAINPID=$(monitor_of "$output")|READY=1"
	wait_for 5 eval '[ "$(podlite logs "$name")" = "socket <>" ]'
	pl 0 inspect --format '{{.Config.SdNotifyMode}}' "$name"
}

@test "X19: notify: container: its words are handed on, but for those of who runs it; the watchdog's time is passed" {
	listen
	name ctr
	make_say
	WATCHDOG_USEC=3000000 pl 0 run -d --name "$name" --user 33 --network none -v "$T/say:/say:ro" "$BUSYBOX" \
		sh -c 'echo $WATCHDOG_USEC; /say "MAINPID=1
FDSTORE=1
STATUS=warming up" "NOTIFYACCESS=all" "READY=1" "WATCHDOG=1" "$(head -c 9000 /dev/zero | tr "\0" x)"; ls -l /run/notify; (: >/run/notify/x) 2>&1; sleep 1000'
	id=$output
	wait_for 5 heard WATCHDOG=1 || { podlite logs "$name"; false; }
	is "$(cat "$T/told")" "MAINPID=$(monitor_of "$id")
STATUS=warming up
READY=1
WATCHDOG=1"
	pl 0 logs "$name"
	is "${lines[0]}" 3000000
	has "$output" "Read-only"
	# another process of the container knows nothing of it
	pl 0 exec "$name" sh -c 'echo "<$NOTIFY_SOCKET>"'
	is "$output" "<>"
	pl 0 stop -t 0 "$name"
	[ ! -e "$ROOT/containers/$id/notify" ]
	pl 0 start "$name"
	wait_for 5 eval '[ "$(grep -c READY=1 "$T/told")" = 2 ]'
}

@test "notify: container, under an external runtime; what it needs is gone with the start" {
	make_say
	local runtime id
	for runtime in "$PODLITE_BIN/podlite-runtime" $(command -v runc); do
		listen
		name ext
		WATCHDOG_USEC=3000000 pl 0 --runtime "$runtime" run -d --name "$name" --network none -v "$T/say:/say:ro" "$BUSYBOX" \
			sh -c 'echo "<$NOTIFY_SOCKET>"; [ -z "$NOTIFY_SOCKET" ] || /say READY=1 "STATUS=$WATCHDOG_USEC"; sleep 1000'
		id=$output
		wait_for 10 heard STATUS=3000000 || { podlite logs "$name"; false; }
		is "$(cat "$T/told")" "MAINPID=$(monitor_of "$id")
READY=1
STATUS=3000000"
		# the container's own document knows nothing of one start's socket
		! grep -q notify.sock "$ROOT/containers/$id/config.json"
		pl 0 stop -t 0 "$name"
		[ ! -e "$ROOT/containers/$id/notify" ] && [ ! -e "$ROOT/containers/$id/bundle" ]
		unset NOTIFY_SOCKET
		pl 0 start "$name"
		wait_for 10 eval 'podlite logs "$name" 2>&1 | grep -qx "<>"'
		kill "$listener"
	done
}

@test "notify: healthy: ready when the check first passes, once" {
	listen
	name healthy
	pl 0 run -d --name "$name" --sdnotify healthy --health-cmd 'test -e /tmp/ok' --health-interval 200ms --network none "$BUSYBOX" sleep 1000
	sleep 0.6
	is "$(cat "$T/told")" "MAINPID=$(monitor_of "$output")"
	pl 0 exec "$name" touch /tmp/ok
	wait_for 5 heard "MAINPID=$(jq .monitor_pid "$ROOT"/containers/*/state.json)|READY=1"
	sleep 0.6
	is "$(wc -l <"$T/told")" 2
	pl 125 run --sdnotify healthy "$BUSYBOX" true
	has "$stderr" "requires a healthcheck"
}

@test "notify: ignore, and nobody who listens: nothing is said, nothing fails" {
	listen
	pl 0 run --rm --sdnotify ignore --network none "$BUSYBOX" sh -c 'echo "<$NOTIFY_SOCKET>"'
	is "$output" "<>"
	is "$(cat "$T/told")" ""
	export NOTIFY_SOCKET=$T/nobody
	pl 0 run --rm --sdnotify conmon --network none "$BUSYBOX" true
	export NOTIFY_SOCKET=relative
	pl 125 run --rm --network none "$BUSYBOX" true
	has "$stderr" NOTIFY_SOCKET
	unset NOTIFY_SOCKET
	pl 0 run --rm --network none "$BUSYBOX" sh -c 'echo "<$NOTIFY_SOCKET>"; ls /run/notify 2>&1'  || :
	pl 125 run --sdnotify perhaps "$BUSYBOX" true
}
