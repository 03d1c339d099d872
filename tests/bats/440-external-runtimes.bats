#!/usr/bin/env bats
# 440-external-runtimes.bats: `--runtime` with crun, runc and podlite-runtime gives the same results as the
# built-in runtime: what a process sees, statuses, errors, exec, stop, logs, terminals, published ports.

load helpers

RUNTIMES="crun runc podlite-runtime"

# runtime NAME: sets $R, the options of `podlite`. crun refuses a hierarchy that is half version 1: then
# it gets a plain version 2 one of its own, and makes no groups in it.
runtime() {
	local program=$1
	case $1 in
	"")
		R=()
		return
		;;
	podlite-runtime) program=$PODLITE_BIN/podlite-runtime ;;
	*) command -v "$1" >/dev/null || return 1 ;;
	esac
	if [ "$1" = crun ] && [ "$(stat -f -c %T /sys/fs/cgroup)" = tmpfs ]; then
		program=$T/crun
		cat >"$program" <<-'W'
			#!/bin/sh
			exec unshare -m -C sh -c 'mount -t cgroup2 cgroup2 /sys/fs/cgroup && exec crun --cgroup-manager=disabled "$@"' - "$@"
		W
		chmod +x "$program"
	fi
	R=(--runtime "$program")
}

# each FUNCTION: calls it for every runtime that is there, with $R and $r
each() {
	local n=0
	for r in $RUNTIMES; do
		runtime "$r" || continue
		echo "# $r"
		"$1"
		n=$((n + 1))
	done
	[ $n -gt 0 ]
}

# what a container of OPTION... sees
facts() {
	pl 0 "${R[@]}" run --rm --network none -h box "$@" "$BUSYBOX" sh -c '
		id; pwd; hostname; echo "A=$A"; umask; ulimit -n; ulimit -c
		grep -E "^(Cap|NoNewPrivs|Seccomp:|Groups)" /proc/self/status
		cat /proc/self/uid_map; ls /proc/self/fd | tr "\n" " "; ls /dev | sort | grep -v -e core -e console
		cut -d" " -f5,6 /proc/self/mountinfo | grep -E "^(/|/x|/run/y|/proc) " | sort; cat /run/y/f
		for f in /proc/kcore /proc/keys; do wc -c <$f; done'
}

@test "runtimes: --runtime: what a process sees is the same as with the built-in one" {
	mkdir -p "$T/y"
	echo volume >"$T/y/f"
	local options=(--user 1000:1000 --cap-add NET_RAW --ulimit nofile=99:99 --ulimit core=0:0 -w /tmp -e A=1 --tmpfs /x
		--volume "$T/y:/run/y:ro" --read-only --security-opt no-new-privileges --group-add 7)
	runtime ""
	facts "${options[@]}"
	local want=$output
	same() {
		facts "${options[@]}"
		is "$output" "$want"
	}
	each same
}

@test "runtimes: --runtime: statuses and errors: 127 and 126 with the runtime's own words, what the command returns, a signal" {
	statuses() {
		pl 127 "${R[@]}" run --rm --network none "$BUSYBOX" no-such-command
		has "$stderr" "no-such-command"
		is "$(wc -l <"$ERR")" 1
		hasnt "$stderr" '"level"'
		pl 126 "${R[@]}" run --rm --network none "$BUSYBOX" /etc
		pl 7 "${R[@]}" run --rm --network none "$BUSYBOX" sh -c 'exit 7'
		pl 143 "${R[@]}" run --rm --network none --init "$BUSYBOX" sh -c 'kill -TERM $$'
	}
	each statuses
	pl 125 --runtime "$T/none" run --rm "$BUSYBOX" true
	has "$stderr" "$T/none"
	# what leaves neither a process nor a word
	printf '#!/bin/sh\n[ "$6" = x ] || exit 3\n' >"$T/bad"
	chmod +x "$T/bad"
	pl 125 --runtime "$T/bad" run --rm --network none "$BUSYBOX" true
	has "$stderr" "it ended with status 3 and said nothing"
}

@test "runtimes: --runtime: exec, stop, kill, logs, wait, inspect, a published port, start again" {
	whole() {
		name
		pl 0 "${R[@]}" run -d --name "$name" -p 127.0.0.1::80 "$BUSYBOX" sh -c '
			trap "echo bye; exit 5" TERM
			echo out; echo err >&2
			while :; do echo web | nc -l -p 80; done >/dev/null 2>&1 </dev/null &
			sleep 1000 & wait'
		pl 0 port "$name"
		local port=${output##*:}
		web() (
			exec 7<>"/dev/tcp/127.0.0.1/$port" && read -r -t 5 line <&7 && [ "$line" = web ]
		)
		wait_for 5 web
		pl 0 exec -e B=2 -u 33 "$name" sh -c 'echo $B; id -u; grep CapBnd /proc/self/status'
		has "$output" $'2\n33\nCapBnd:\t00000000800405fb'
		pl 3 exec "$name" sh -c 'exit 3'
		pl 0 exec -t "$name" sh -c 'test -t 0 && echo terminal'
		has "$output" terminal
		pl 0 inspect --format '{{.OCIRuntime}} {{.State.Status}}' "$name"
		is "$output" "${R[1]/#crun/$(command -v crun)} running" || is "$output" "$(command -v "$r") running"
		pl 0 stop -t 10 "$name"
		pl 0 wait "$name"
		is "$output" 5
		pl 0 logs "$name"
		is "$output" $'out\nbye'
		is "$stderr" err
		pl 0 start "$name"
		pl 0 kill "$name"
		pl 0 wait "$name"
		is "$output" 137
		pl 0 rm "$name"
		# its own state is gone with it
		is "$(find "$ROOT/containers" -name 'rt.log' -o -name runtime -type d)" ""
	}
	each whole
}

@test "runtimes: --runtime: a terminal, with a store whose path is too long for a socket" {
	[ ${#ROOT} -gt 30 ] || skip "the path is short"
	terminal() {
		timeout 30 script -qec "stty rows 33 cols 111; '$PODLITE' --root '$ROOT' --runroot '$RUNROOT' ${R[*]} run --rm -it --network none \
			'$BUSYBOX' sh -c 'tty; stty size; read x; echo got \$x; exit 7'; echo status \$?" /dev/null <<<"typed" >"$T/tty" 3>&- 4>&-
		has "$(cat "$T/tty")" /dev/
		has "$(cat "$T/tty")" "33 111"
		has "$(cat "$T/tty")" "got typed"
		has "$(cat "$T/tty")" "status 7"
	}
	each terminal
	is "$(find "$ROOT/containers" -name console.sock)" ""
}

@test "runtimes: --runtime-flag reaches the runtime, before its command" {
	printf '#!/bin/sh\necho "$@" >>%q\nexit 1\n' "$T/args" >"$T/tell"
	chmod +x "$T/tell"
	pl 125 --runtime "$T/tell" --runtime-flag debug --runtime-flag x=y run --rm --network none "$BUSYBOX" true
	matches "$(head -1 "$T/args")" '--debug --x=y create --bundle='
}
