#!/usr/bin/env bats
# 131-life.bats: what outlives a run: who comes back after a reboot, who stays down, what a new start makes anew.

load helpers

# power_cut: every monitor and container dies at once, and what they have left is of another boot
power_cut() {
	local f pids=()
	for f in "$ROOT"/containers/*/state.json; do
		mapfile -t -O ${#pids[@]} pids < <(jq -r '.pid // 0, .monitor_pid, .network_pid // 0' "$f" | grep -vx 0)
	done
	kill -9 "${pids[@]}" 2>/dev/null || :
	for f in "${pids[@]}"; do wait_for 3 gone "$f"; done
	sed -i 's/"boot_id": *"[^"]*"/"boot_id":"another"/' "$ROOT"/containers/*/state.json
	find "$RUNROOT" -mindepth 1 -delete
}
running() { podlite ps --format '{{.Names}}' | sort | tr '\n' ' '; }
loop='trap "exit 0" TERM; while :; do sleep 0.1; done'

@test "life: after a reboot nothing claims to run; those with a policy come back, those the user stopped do not" {
	store boot
	image "$BUSYBOX"
	for p in no always unless-stopped on-failure; do
		pl 0 run -d --name "up-$p" --network none --restart "$p" "$BUSYBOX" sh -c "$loop"
	done
	for p in always unless-stopped; do
		pl 0 run -d --name "down-$p" --network none --restart "$p" "$BUSYBOX" sh -c "$loop"
		pl 0 stop -t 2 "down-$p"
	done
	# stopped once, started again: counts as up
	pl 0 stop -t 2 up-unless-stopped
	pl 0 start up-unless-stopped
	pl 0 create --name never --restart always "$BUSYBOX" true
	power_cut
	pl 0 ps -q
	is "$output" ""
	pl 0 ps -a --format '{{.Names}} {{.State}}'
	has "$output" "up-no exited"
	has "$output" "up-always exited"
	has "$output" "never created"
	pl 0 inspect --format '{{.State.ExitCode}} {{.State.Error}}' up-no
	has "$output" "went down while it ran"
	pl 0 inspect --format '{{.State.ExitCode}}' down-always
	is "$output" 0
	# told once
	pl 0 events --stream=false --filter event=died --filter container=up-no
	is "${#lines[@]}" 1
	pl 0 ps -a --filter should-start-on-boot=true --format '{{.Names}}'
	is "$(sort <<<"$output" | tr '\n' ' ')" "down-always never up-always up-unless-stopped "
	pl 0 start --all --filter restart-policy=always
	pl 0 start --all --filter should-start-on-boot=true
	is "$(running | sed 's/never //')" "down-always up-always up-unless-stopped "
	pl 125 start --all --filter should-start-on-boot=perhaps
	pl 0 rm -fa -t 0
	remove_store
}

@test "life: wherever the environment puts the run directory, the same containers run" {
	store places
	image "$BUSYBOX"
	at() { XDG_RUNTIME_DIR=$T/$1 "$PODLITE" --root "$ROOT" "${@:2}" 3>&- 4>&-; }
	mkdir -m 700 "$T/login" "$T/cron"
	at login run -d --name one --network none "$BUSYBOX" sh -c "$loop"
	first=$(at login inspect --format '{{.State.Pid}}' one)
	is "$(at cron ps --format '{{.Names}} {{.State}}')" "one running"
	at cron start one
	is "$(at cron inspect --format '{{.State.Pid}}' one)" "$first"
	at cron exec one true
	at cron run -d --name two --network none "$BUSYBOX" sh -c "$loop"
	at cron stop -t 2 one
	is "$(at login ps --format '{{.Names}}')" two
	is "$(at login --runroot "$T/cron/podlite" ps --format '{{.Names}}')" two
	at login rm -f -t 2 one two
}

@test "life: a start that fails after a run that ended is no power cut; neither is a quick end" {
	name fails
	pl 0 create --name "$name" --network none "$BUSYBOX" sh -c 'exit 4'
	for i in 1 2 3; do
		pl 4 start -a "$name"
		pl 0 inspect --format '{{.State.ExitCode}} {{.State.Error}}' "$name"
		is "$output" "4 "
	done
	# looked at while it ends, again and again
	name ends
	pl 0 create --name "$name" --network none "$BUSYBOX" sh -c 'exit 4'
	for i in $(seq 10); do
		podlite start "$name" >/dev/null
		for j in 1 2 3; do podlite ps -a --format '{{.State}} {{.Status}}' >/dev/null; done
		pl 0 wait "$name"
		is "$output" 4
	done
	pl 0 events --stream=false --filter container="$name" --filter event=died --format '{{.ContainerExitCode}}'
	is "$(sort -u <<<"$output")" 4
}

@test "stop: while it waits for a restart it stays down, also after a reboot; a logout is no stop" {
	name waits
	pl 0 run -d --name "$name" --network none --restart unless-stopped "$BUSYBOX" sh -c 'exit 1'
	sleep 1.5
	pl 0 stop "$name"
	status_is "$name" exited
	pl 0 ps -a --filter should-start-on-boot=true -q
	is "$output" ""
	pl 0 inspect --format '{{.State.ExitCode}}' "$name"
	is "$output" 1
	name logout
	pl 0 run -d --name "$name" --network none --restart unless-stopped "$BUSYBOX" sh -c "$loop"
	kill -TERM "$(state_of "$output" .monitor_pid)"
	wait_for 5 status_is "$name" exited
	pl 0 ps -a --filter should-start-on-boot=true --format '{{.Names}}'
	is "$output" "$name"
}

@test "life: D11: a logout does not wait for a PID 1 that cannot hear, and gives one that can its time" {
	name deaf
	pl 0 run -d --name "$name" --network none "$BUSYBOX" sleep 1000
	SECONDS=0
	kill -TERM "$(state_of "$output" .monitor_pid)"
	wait_for 8 status_is "$name" exited
	[ $SECONDS -le 5 ]
	name hears
	pl 0 run -d --name "$name" --network none "$BUSYBOX" sh -c 'trap "sleep 1; exit 6" TERM; echo up; while :; do sleep 0.1; done'
	id=$output
	wait_for 5 eval '[ "$(podlite logs "$name")" = up ]'
	kill -TERM "$(state_of "$id" .monitor_pid)"
	wait_for 8 status_is "$name" exited
	pl 0 inspect --format '{{.State.ExitCode}}' "$name"
	is "$output" 6
}

@test "restart: always, unless-stopped, on-failure[:N] and no; RestartCount" {
	count_is() { [ "$(podlite inspect --format '{{.RestartCount}}' "$1")" -ge "$2" ]; }
	for p in always unless-stopped; do
		name "$p"
		pl 0 run -d --name "$name" --network none --restart "$p" "$BUSYBOX" true
		wait_for 5 count_is "$name" 2
		pl 0 inspect --format '{{.HostConfig.RestartPolicy.Name}} {{.HostConfig.RestartPolicy.MaximumRetryCount}}' "$name"
		is "$output" "$p 0"
		pl 0 rm -f -t 0 "$name"
	done
	name no
	pl 0 run -d --name "$name" --network none --restart no "$BUSYBOX" false
	pl 0 wait "$name"
	sleep 0.5
	status_is "$name" exited
	pl 0 inspect --format '{{.RestartCount}}' "$name"
	is "$output" 0
	name limit
	pl 0 run -d --name "$name" --network none --restart on-failure:2 "$BUSYBOX" sh -c 'echo ran; exit 3'
	wait_for 5 status_is "$name" exited
	pl 0 inspect --format '{{.RestartCount}} {{.HostConfig.RestartPolicy.MaximumRetryCount}}' "$name"
	is "$output" "2 2"
	# a start by hand counts anew
	pl 0 start "$name"
	wait_for 5 status_is "$name" exited
	is "$(podlite logs "$name" | grep -c ran)" 6
}

@test "hosts: made anew at each start, with what --add-host said" {
	name hosts
	pl 0 create --name "$name" --add-host keep.me:10.9.8.7 "$BUSYBOX" sh -c 'cat /etc/hosts; echo 6.6.6.6 forged >>/etc/hosts'
	first=$(podlite start -a "$name")
	has "$first" "10.9.8.7"
	second=$(podlite start -a "$name")
	is "$second" "$first"
	pl 0 rename "$name" "new-$name"
	third=$(podlite start -a "new-$name")
	has "$third" "new-$name"
	has "$third" keep.me
}

@test "run -i -t: the end of standard input is ^D for the terminal" {
	name tty
	# a line without its end is delivered too
	printf 'one\ntwo' | podlite run --rm -i -t --network none "$BUSYBOX" sh -c 'cat >/tmp/in; echo; od -c /tmp/in' >"$T/o"
	has "$(tr -d '\r' <"$T/o")" "o   n   e  \\n   t   w   o"
	printf 'exit 9\n' >"$T/in"
	pl 9 run --rm -i -t --network none "$BUSYBOX" sh <"$T/in"
	PL_QUIET=0 PODLITE_TIMEOUT=10 pl 0 run --rm -i -t --network none "$BUSYBOX" cat </dev/null
}

@test "ids: an ambiguous prefix is told as such; stop -a prints what it stopped" {
	ids=()
	for i in $(seq 17); do
		pl 0 create --network none "$BUSYBOX" sh -c "$loop"
		ids+=("$output")
	done
	# seventeen ids: two at least begin alike
	p=$(printf '%s\n' "${ids[@]}" | cut -c1 | sort | uniq -d | head -n 1)
	pl 125 inspect "$p"
	pl 125 start "$p"
	has "$stderr" "\"$p\" is ambiguous"
	matches "$stderr" "[2-9]|1[0-7] containers begin with it"
	pl 0 start "${ids[0]}" "${ids[1]}"
	pl 0 stop -a -t 0
	is "$(sort <<<"$output")" "$(printf '%s\n' "${ids[0]}" "${ids[1]}" | sort)"
	pl 0 stop -a
	is "$output" ""
}

# kill_at STATE: what is shown after the monitor of $name has been killed in that state, within the
# time that commands need: ended, no process left, and it can be started and removed
ended() {
	wait_for 5 status_is "$name" exited
	for p in "$@"; do wait_for 5 gone "$p"; done
	pl 0 ps -q --filter name="$name"
	is "$output" ""
	pl 0 inspect --format '{{.State.Running}} {{.State.Pid}} {{.State.Error}}' "$name"
	like "$output" "false 0*"
	pl 0 start "$name"
	pl 0 rm -f -t 0 "$name"
}

@test "monitor: killed in every state: running, stopping, restarting, attached, waited for, frozen" {
	name running
	pl 0 run -d --name "$name" --network none "$BUSYBOX" sh -c 'trap "" TERM; sleep 1000 & wait; sleep 1000'
	mon=$(state_of "$output" .monitor_pid) pid=$(state_of "$output" .pid)
	kill -9 "$mon"
	wait_for 5 gone "$mon"
	pl 0 ps -a --filter name="$name" --format '{{.State}}'
	is "$output" exited
	ended "$mon" "$pid"

	name stopping
	pl 0 run -d --name "$name" --network none "$BUSYBOX" sh -c 'trap : TERM; echo up; while :; do sleep 0.1; done'
	id=$output
	wait_for 5 eval '[ "$(podlite logs "$name")" = up ]'
	output=$id
	mon=$(state_of "$output" .monitor_pid) pid=$(state_of "$output" .pid)
	podlite stop -t 30 "$name" >/dev/null 2>&1 3>&- 4>&- &
	stop=$!
	wait_for 5 status_is "$name" stopping
	kill -9 "$mon"
	SECONDS=0
	wait $stop || :
	[ $SECONDS -le 5 ]
	ended "$mon" "$pid"

	name restarting
	pl 0 run -d --name "$name" --network none --restart always "$BUSYBOX" sh -c 'exit 5'
	id=$output mon=$(state_of "$output" .monitor_pid)
	wait_for 10 status_is "$name" restarting
	kill -9 "$mon"
	wait_for 5 status_is "$name" exited
	pl 0 inspect --format '{{.State.ExitCode}}' "$name"
	is "$output" 5
	ended "$mon"

	name attached
	podlite run --name "$name" --network none "$BUSYBOX" sh -c 'echo up; sleep 1000' >"$T/o" 2>"$T/e" 3>&- 4>&- &
	client=$!
	wait_for 5 grep -q up "$T/o"
	id=$(podlite inspect --format '{{.Id}}' "$name")
	mon=$(state_of "$id" .monitor_pid) pid=$(state_of "$id" .pid)
	kill -9 "$mon"
	status=0
	wait $client || status=$?
	is "$status" 125
	has "$(cat "$T/e")" "monitor was killed"
	ended "$mon" "$pid"

	name waited
	pl 0 run -d --name "$name" --network none "$BUSYBOX" sleep 1000
	mon=$(state_of "$output" .monitor_pid) pid=$(state_of "$output" .pid)
	podlite wait "$name" >"$T/o" 3>&- 4>&- &
	waiter=$!
	sleep 0.3
	kill -9 "$mon"
	wait $waiter
	is "$(cat "$T/o")" 137
	ended "$mon" "$pid"

	name frozen
	pl 0 run -d --name "$name" --network none "$BUSYBOX" sleep 1000
	mon=$(state_of "$output" .monitor_pid) pid=$(state_of "$output" .pid)
	kill -STOP "$pid"
	kill -9 "$mon"
	ended "$mon" "$pid"
}

@test "monitor: a state file that names another process, reused pid or not, harms nobody" {
	name reused
	pl 0 run -d --name "$name" --network none "$BUSYBOX" sleep 1000
	id=$output mon=$(state_of "$output" .monitor_pid)
	sleep 300 3>&- 4>&- &
	innocent=$!
	kill -9 "$mon"
	wait_for 5 gone "$mon"
	# the number of another process with the start time of ours: as if the number had come round
	jq --argjson p "$innocent" '.pid = $p' "$ROOT/containers/$id/state.json" >"$T/state"
	cp "$T/state" "$ROOT/containers/$id/state.json"
	status_is "$name" exited
	pl 0 start "$name"
	kill -0 "$innocent"
	kill "$innocent"
	pl 0 rm -f -t 0 "$name"
}

# A runtime that makes a container when $T/go is there, and says in $T/reached that it was asked.
slow_runtime() {
	rm -f "$T/go" "$T/reached"
	cat >"$T/slow" <<-E
		#!/bin/sh
		case " \$* " in
		*" create "*)
			: >"$T/reached"
			while [ ! -e "$T/go" ]; do sleep 0.05; done
			;;
		esac
		exec "$PODLITE_BIN/podlite-runtime" "\$@"
	E
	chmod +x "$T/slow"
}

@test "life: rm -f and stop wait for a start, also for one whose command was killed" {
	image "$BUSYBOX"
	slow_runtime
	name slow
	podlite --runtime "$T/slow" run -d --rm --name "$name" --cidfile "$T/cid" --network none "$BUSYBOX" sleep 1000 >/dev/null 3>&- 4>&- &
	starter=$!
	wait_for 20 test -e "$T/reached"
	kill -9 "$(client_of "$starter")"
	wait "$starter" || :
	podlite rm -f -t 0 --cidfile "$T/cid" >"$T/o" 2>&1 3>&- 4>&- &
	remover=$!
	sleep 0.3
	kill -0 "$remover"
	: >"$T/go"
	wait "$remover"
	is "$(<"$T/o")" "$(<"$T/cid")"
	pl 1 container exists "$name"
	rm "$T/cid"

	slow_runtime
	name slow
	pl 0 --runtime "$T/slow" create --name "$name" --network none --restart always "$BUSYBOX" sleep 1000
	podlite start "$name" >/dev/null 3>&- 4>&- &
	starter=$!
	wait_for 20 test -e "$T/reached"
	podlite stop -t 0 "$name" >/dev/null 3>&- 4>&- &
	stopper=$!
	# without -f it is refused, and does not stop what begins to run
	pl 2 rm "$name"
	: >"$T/go"
	wait "$starter"
	wait "$stopper"
	pl 0 inspect --format '{{.State.Status}} {{.State.ExitCode}}' "$name"
	is "$output" "exited 137"
	pl 0 rm "$name"
}

@test "life: wherever run is killed, rm --cidfile removes all there is" {
	need_command strace
	image "$BUSYBOX"
	local call n ended struck=0
	for call in mkdirat fcntl renameat2 symlinkat sendmsg vfork recvmsg; do
		for ((n = 1; n < 30; n++)); do
			ended=0
			strace -o /dev/null -e trace=$call -e inject=$call:signal=KILL:when=$n "$PODLITE" --root "$ROOT" --runroot "$RUNROOT" \
				run -d --rm --replace --name struck --cidfile "$T/cid" --network none "$BUSYBOX" sleep 1000 \
				>"$OUT" 2>"$ERR" 3>&- 4>&- || ended=$?
			pl 0 rm -v -f -i -t 0 --cidfile "$T/cid"
			pl 0 ps -a --format '{{.Names}}'
			is "$output" ""
			[ "$ended" != 0 ] || break
			is "$ended" 137
			struck=$((struck + 1))
		done
		# there was such a call, and one run went past the last of them
		[ "$n" -gt 1 ]
		[ "$n" -lt 30 ]
	done
	[ "$struck" -ge 12 ]
}
