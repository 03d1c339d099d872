#!/usr/bin/env bats
# 193-rundir.bats: a container outlives its run directory: logind removes it at the last logout, cron and su have another.

load helpers

loop='trap "exit 7" TERM; trap "echo got" USR1; i=0; while :; do echo $((i += 1)); sleep 0.1 & wait $!; done'

# whatever was below it: the next command makes it again
lose() { rm -rf "$RUNROOT"; }
elsewhere() { "$PODLITE" --root "$ROOT" --runroot "$T/other" "$@" 3>&- 4>&-; }
pid_of() { podlite inspect -f '{{.State.Pid}}' "$1"; }
says() { podlite logs "$1" 2>&1 | grep -q "$2"; }
more_lines() { [ "$(wc -l <"$1")" -gt "$2" ]; }

@test "run directory: lost under a running container, everything goes on as if nothing had been" {
	name web
	pl 0 run -d --name "$name" "$BUSYBOX" sh -c "$loop"
	pid=$(pid_of "$name")
	podlite logs -f "$name" >"$T/follow" &
	follower=$!
	podlite attach --no-stdin "$name" >"$T/attached" &
	attached=$!
	wait_for 10 more_lines "$T/attached" 1
	lose
	pl 0 ps --format '{{.Names}} {{.State}}'
	is "$output" "$name running"
	pl 0 inspect -f '{{.State.Status}} {{.State.Pid}}' "$name"
	is "$output" "running $pid"
	pl 0 exec "$name" echo inside
	is "$output" inside
	pl 0 top "$name" pid
	# no second one in the same directory
	pl 0 start "$name"
	is "$(pid_of "$name")" "$pid"
	pl 2 rm "$name"
	has "$stderr" "it is running"
	pl 0 kill -s USR1 "$name"
	wait_for 5 says "$name" got
	had=$(wc -l <"$T/follow")
	wait_for 5 more_lines "$T/follow" "$had"
	pl 0 rename "$name" "$name-b"
	# what comes after joins what is there
	pl 0 run --rm --network "container:$name-b" "$BUSYBOX" true
	podlite wait "$name-b" >"$T/waited" &
	waiter=$!
	lose
	pl 0 stop -t 5 "$name-b"
	wait "$waiter"
	is "$(cat "$T/waited")" 7
	wait "$follower"
	status=0
	wait "$attached" || status=$?
	is "$status" 7
	status_is "$name-b" exited
	pl 0 start "$name-b"
	status_is "$name-b" running
	[ "$(pid_of "$name-b")" != "$pid" ]
	lose
	pl 0 rm -f -t 0 "$name-b"
	pl 0 ps -aq
	is "$output" ""
	pl 0 system check
}

@test "run directory: from another one the same containers are seen, and none is started twice" {
	name web
	pl 0 run -d --name "$name" --network none "$BUSYBOX" sh -c "$loop"
	pid=$(pid_of "$name")
	is "$(elsewhere ps --format '{{.Names}} {{.State}}')" "$name running"
	elsewhere start "$name"
	is "$(elsewhere inspect -f '{{.State.Pid}}' "$name")" "$pid"
	is "$(elsewhere exec "$name" echo inside)" inside
	status=0
	elsewhere rm "$name" || status=$?
	is "$status" 2
	# one user namespace for all of them
	is "$(elsewhere run --rm --network none "$BUSYBOX" readlink /proc/self/ns/user)" "$(podlite exec "$name" readlink /proc/self/ns/user)"
	elsewhere stop -t 5 "$name"
	status_is "$name" exited
	# many at once: one monitor
	local starts=()
	for _ in 1 2 3 4; do
		elsewhere start "$name" &
		starts+=($!)
		podlite start "$name" &
		starts+=($!)
	done
	for job in "${starts[@]}"; do wait "$job" || :; done
	status_is "$name" running
	is "$(pgrep -fc "podlite-monitor $(podlite inspect -f '{{.Id}}' "$name")")" 1
	elsewhere rm -f -t 0 "$name"
}

@test "run directory: lost under a foreground run, its signals and its status still arrive" {
	name fore
	podlite run --rm --name "$name" --network none "$BUSYBOX" sh -c "$loop" >"$T/fore" &
	job=$!
	wait_for 10 more_lines "$T/fore" 1
	lose
	kill -USR1 "$(client_of "$job")"
	wait_for 5 grep -q got "$T/fore"
	kill -TERM "$(client_of "$job")"
	status=0
	wait "$job" || status=$?
	is "$status" 7
	pl 0 ps -aq
	is "$output" ""
}

restarted() { [ "$(podlite inspect -f '{{.RestartCount}}' "$1")" -ge "$2" ]; }
again() { [ "$(pid_of "$1")" != "$2" ] && status_is "$1" running; }
checked_after() { [[ "$(podlite inspect -f '{{(index .State.Health.Log 0).Start}}' "$1")" > "$2" ]]; }

@test "run directory: lost, restarts and health checks go on" {
	name kept
	pl 0 run -d --name "$name" --restart always --health-cmd 'test ! -e /bad' --health-interval 1s --health-retries 1 \
		--health-start-period 0s "$BUSYBOX" sh -c "$loop"
	pid=$(pid_of "$name")
	wait_for 10 health_is "$name" healthy
	lose
	pl 0 exec "$name" touch /bad
	wait_for 10 health_is "$name" unhealthy
	pl 1 healthcheck run "$name"
	pl 0 exec "$name" rm /bad
	# as a fault ends it: the policy starts it again, its network too
	kill -9 "$pid"
	wait_for 10 again "$name" "$pid"
	restarted "$name" 1
	wait_for 10 health_is "$name" healthy
	lose
	pl 0 restart -t 2 "$name"
	status_is "$name" running
	pl 0 stop -t 5 "$name"
	status_is "$name" exited
	pl 0 rm "$name"
}

has_event() { podlite events --stream=false --filter container="$1" --format '{{.Status}}' | grep -qx "$2"; }

@test "run directory: lost, what happened before and what happens then is told" {
	name told
	pl 0 run -d --name "$name" --network none "$BUSYBOX" sh -c "$loop"
	lose
	elsewhere kill "$name"
	wait_for 5 has_event "$name" died
	has_event "$name" start
	pl 0 rm "$name"
}

serve='while :; do echo "I am $0" | nc -l -p 80; done'
answers() { # FROM WHOM
	for _ in 1 2 3 4 5; do
		pl - exec "$1" nc -w 3 "$2" 80
		[ "$output" != "I am $2" ] || return 0
		sleep 0.2
	done
	return 1
}

@test "run directory: lost, members of a named network stay together" {
	need_tun
	name net
	pl 0 network create "$name"
	pl 0 run -d --name a --network "$name" "$BUSYBOX" sh -c "$serve" a
	lose
	pl 0 run -d --name b --network "$name" "$BUSYBOX" sh -c "$serve" b
	answers b a
	answers a b
	is "$(elsewhere run --rm --network "$name" "$BUSYBOX" nc -w 5 a 80)" "I am a"
	# a network more for those that run
	name more
	pl 0 network create --internal "$name"
	lose
	pl 0 network connect --alias a-more "$name" a
	elsewhere network connect "$name" b
	pl 0 exec b nslookup a-more
	lose
	pl 0 rm -f -t 0 a b
	pl 0 network prune -f
}

@test "run directory: pasta's container starts again without it" {
	need_command pasta
	name pasta
	pl 0 run -d --name "$name" --restart always --network pasta "$BUSYBOX" sh -c "$loop"
	pid=$(pid_of "$name")
	lose
	kill -9 "$pid"
	wait_for 10 again "$name" "$pid"
	pl 0 rm -f -t 0 "$name"
}

@test "run directory: what another runtime left of a monitor that was killed is not in the way" {
	for runtime in "$PODLITE_BIN/podlite-runtime" $(command -v runc); do
		name other
		pl 0 --runtime "$runtime" run -d --name "$name" --network none "$BUSYBOX" sh -c "$loop"
		kill -9 "$(state_of "$output" .monitor_pid)"
		wait_for 5 status_is "$name" exited
		lose
		pl 0 start "$name"
		status_is "$name" running
		pl 0 rm -f -t 0 "$name"
	done
}

# old_state DIR PID: as if a container had run there as PID, with this very start time, in another boot
old_state() {
	local stat
	stat=$(<"/proc/$2/stat")
	set -- "$1" "$2" ${stat##*) }
	printf '{"boot_id":"another","monitor_pid":%d,"monitor_start":%d,"pid":%d,"pid_start":%d,"started_ns":1,"status":"running"}' \
		"$2" "${22}" "$2" "${22}" >"$1/state.json"
	(: >"$1/lock")
}

@test "run directory: what another boot has left in the store names nobody of this one" {
	name boot
	pl 0 create --name "$name" --network none "$BUSYBOX" sh -c "$loop"
	dir=$ROOT/containers/$output
	sleep 300 3>&- 4>&- &
	innocent=$!
	old_state "$dir" "$innocent"
	status_is "$name" exited
	kill -0 "$innocent"
	pl 0 start "$name"
	[ "$(pid_of "$name")" != "$innocent" ]
	status_is "$name" running
	kill -0 "$innocent"
	kill "$innocent"
	pl 0 rm -f -t 0 "$name"
}

@test "run directory: who finds a container whose monitor was killed takes nothing from the next one" {
	need_command strace
	name slow
	pl 0 run -d --name "$name" --network none "$BUSYBOX" sh -c "$loop"
	kill -9 "$(state_of "$output" .monitor_pid)"
	# whatever it removes it removes a second after it has looked
	strace -o /dev/null -e trace=unlinkat -e inject=unlinkat:delay_enter=1500000 \
		"$PODLITE" --root "$ROOT" --runroot "$RUNROOT" ps -a >"$T/seen" 3>&- 4>&- &
	slow=$!
	sleep 0.5
	pl 0 start "$name"
	wait "$slow"
	status_is "$name" running
	pl 0 exec "$name" true
	pl 0 rm -f -t 0 "$name"
}

@test "run directory: a runtime directory that the session's end took away is none, as where there never was one" {
	store session
	image "$BUSYBOX"
	at() { XDG_RUNTIME_DIR=$T/session "$PODLITE" --root "$ROOT" "$@" 3>&- 4>&-; }
	mkdir -m 700 "$T/session"
	at run -d --name one --network none "$BUSYBOX" sh -c "$loop"
	rm -rf "$T/session"
	is "$(at ps --format '{{.Names}} {{.State}}')" "one running"
	is "$(at exec one echo inside)" inside
	is "$(at run --rm --network none "$BUSYBOX" echo new)" new
	at rm -f -t 0 one
	[ ! -e "$T/session" ]
	remove_store
}
