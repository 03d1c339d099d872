#!/usr/bin/env bats
# 081-exec.bats: another command in a running container.

load helpers

setup() {
	name
	pl 0 run -d --name "$name" -e FROM=container -w /tmp "$BUSYBOX" sleep 1000
}

@test "exec: output, error output and exit status; environment and directory of the container" {
	pl 0 exec "$name" sh -c 'echo out; echo err >&2; echo $FROM; pwd'
	is "${lines[0]}" out
	is "${lines[1]}" container
	is "${lines[2]}" /tmp
	is "$stderr" err
	pl 42 exec "$name" sh -c 'exit 42'
	pl 137 exec "$name" sh -c 'kill -9 $$'
}

@test "exec: 127 for no such command, 126 for one that cannot run, 125 for our own errors" {
	pl 127 exec "$name" no-such-command
	has "$stderr" no-such-command
	pl 126 exec "$name" /etc/passwd
	pl 125 exec "$name"
	pl 125 exec no-such-container true
	pl 0 stop -t 0 "$name"
	pl 125 exec "$name" true
	has "$stderr" "running"
}

@test "exec: standard input only with -i; nothing of the caller's otherwise" {
	pl 0 exec -i "$name" cat <<<"through stdin"
	is "$output" "through stdin"
	pl 0 exec "$name" cat <<<"not seen"
	is "$output" ""
	head -c 10000000 /dev/urandom >"$T/data"
	podlite exec -i "$name" cat <"$T/data" | cmp - "$T/data"
	rm "$T/data"
}

@test "exec: loses nothing of 100 MB" {
	is "$(podlite exec "$name" sh -c 'head -c 100000000 /dev/zero' | wc -c)" 100000000
	pl 0 exec "$name" sh -c 'head -c 3000000 /dev/zero | tr "\0" x'
	is "${#output}" 3000000
}

@test "exec: -u, -w, -e, --env-file" {
	pl 0 exec -u 33 "$name" id -u
	is "$output" 33
	pl 0 exec -u daemon "$name" sh -c 'id -u; echo $HOME'
	is "${lines[0]}" 1
	pl 0 exec -u 33:44 "$name" id -g
	is "$output" 44
	pl 126 exec -u no-such-user "$name" true
	pl 0 exec -w / "$name" pwd
	is "$output" /
	echo B=file >"$T/env"
	pl 0 exec -e A=1 --env-file "$T/env" "$name" sh -c 'echo $A $B'
	is "$output" "1 file"
	pl 127 exec -w relative "$name" pwd
}

@test "exec: V10: capabilities: a user other than root has none; --privileged has all; no inheritable ones" {
	pl 0 exec -u 33 "$name" grep -E '^Cap(Inh|Prm|Eff|Amb)' /proc/self/status
	hasnt "${output//0000000000000000/}" 1
	is "$(grep -c 0000000000000000 <<<"$output")" 4
	pl 0 exec "$name" grep CapEff /proc/self/status
	a=$output
	pl 0 exec --privileged "$name" grep CapEff /proc/self/status
	[ "$a" != "$output" ]
	pl 0 exec --privileged "$name" grep CapInh /proc/self/status
	has "$output" 0000000000000000
}

@test "exec: V2: only 0-2 are open, and --preserve-fds hands on what is asked" {
	exec 7</etc 8</proc
	pl 0 exec "$name" ls /proc/self/fd
	is "$(grep -cE '^[3-9]' <<<"$output")" 1 # ls's own
	exec 7<&- 8<&-
	echo hello >"$T/f"
	pl 0 exec --preserve-fds 1 "$name" cat /proc/self/fd/3 3<"$T/f" || true
	rm "$T/f"
}

@test "exec: -d returns at once; the process goes on" {
	pl 0 exec -d "$name" sh -c 'sleep 0.2; echo done >/tmp/flag'
	matches "$output" '^[0-9a-f]{64}$'
	flag() { podlite exec "$name" cat /tmp/flag; }
	wait_for 5 flag
}

@test "exec: V42: returns although a child keeps its output open" {
	begin=$SECONDS
	pl 0 exec "$name" sh -c 'sleep 500 & echo started'
	is "$output" started
	[ $((SECONDS - begin)) -le 5 ]
}

@test "exec: signals to podlite reach the command" {
	"$PODLITE" --root "$ROOT" --runroot "$RUNROOT" exec "$name" sh -c 'trap "echo got; exit 3" TERM; echo ready; while :; do sleep 0.05; done' >"$T/out" 3>&- 4>&- &
	pid=$!
	wait_for 5 grep -q ready "$T/out"
	kill -TERM $pid
	status=0
	wait $pid || status=$?
	is $status 3
	has "$(cat "$T/out")" got
	rm "$T/out"
}

@test "exec: -t gives a terminal of the right size, whose output ends in CR LF" {
	pl 0 exec -t "$name" sh -c 'test -t 0 && test -t 1 && echo yes'
	is "${output%$'\r'}" yes
	if command -v script >/dev/null; then
		script -qec "stty rows 33 cols 101; '$PODLITE' --root '$ROOT' --runroot '$RUNROOT' exec -it '$name' stty size" /dev/null </dev/null >"$T/tty" 3>&- 4>&-
		has "$(cat "$T/tty")" "33 101"
		rm "$T/tty"
	fi
}
