#!/usr/bin/env bats
# 191-signals.bats: what becomes of every signal that a client gets: signal_matrix.py prints it as a
# table, for podman too. As podman-run(1) documents --sig-proxy: all but SIGCHLD, SIGURG (SIGKILL,
# SIGSTOP) go to the container, in non-TTY mode only. Ours besides: SIGPIPE and the two by which a
# terminal keeps its background in order are the client's; exec has no such option and passes them
# on with a terminal, too, but SIGTSTP.

load helpers

# expected COLUMN SIGNAL
expected() {
	case $1:$2 in
	*:SIGCHLD | *:SIGURG | *:SIGPIPE) echo nothing ;;
	*:SIGTTIN | *:SIGTTOU | "run -t":SIGTSTP | exec*:SIGTSTP) echo stops ;;
	"run -t":SIGWINCH | "run -t":SIGCONT | "exec -t":SIGWINCH) echo nothing ;;
	"run -t":*) echo client ;;
	*) echo container ;;
	esac
}

@test "signals: the matrix of all that can be caught, run and exec, with and without a terminal" {
	need_command python3
	python3 "$BATS_TEST_DIRNAME/signal_matrix.py" "$BUSYBOX" "$PODLITE" --root "$ROOT" --runroot "$RUNROOT" \
		>"$T/matrix" 2>"$T/err" 3>&- 4>&- || { cat "$T/err"; return 1; }
	sed 's/^/# /' "$T/matrix" >&3
	[ "$(wc -l <"$T/matrix")" = 61 ]
	local signal run run_t exec exec_t bad=0
	while read -r signal run run_t exec exec_t; do
		[ "$signal" != signal ] || continue
		[ "$run" = "$(expected run "$signal")" ] && [ "$run_t" = "$(expected "run -t" "$signal")" ] &&
			[ "$exec" = "$(expected exec "$signal")" ] && [ "$exec_t" = "$(expected "exec -t" "$signal")" ] || {
			echo "$signal: $run, $run_t, $exec, $exec_t; expected $(expected run "$signal"), $(expected "run -t" "$signal"), $(expected exec "$signal"), $(expected "exec -t" "$signal")"
			bad=1
		}
	done <"$T/matrix"
	[ $bad = 0 ]
}

@test "signals: --sig-proxy=false: the client's alone, and the container goes on" {
	name
	podlite run --sig-proxy=false --name "$name" --network none "$BUSYBOX" sh -c 'trap "echo got" TERM; echo ready; while :; do sleep 0.1; done' \
		>"$T/out" 2>&1 3>&- 4>&- &
	local pid=$! status=0
	wait_for 10 grep -q ready "$T/out"
	kill -TERM "$(client_of $pid)"
	wait $pid || status=$?
	is "$status" 143
	is "$(podlite inspect --format '{{.State.Running}}' "$name")" true
	is "$(podlite logs "$name")" ready
}
