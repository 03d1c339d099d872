#!/usr/bin/env bats
# 130-health.bats: health checks run by the monitor: status, bounds, what follows from failing, waiting for it.

load helpers

streak_at_least() { [ "$(podlite inspect --format '{{.State.Health.FailingStreak}}' "$1")" -ge "$2" ]; }
logged() { [ "$(podlite inspect "$1" | jq '.[0].State.Health.Log | length')" -ge "$2" ]; }
run_d() { # run_d OPTION...: busybox that sleeps, as $name and $id
	name h
	pl 0 run -d --name "$name" --network none "$@" "$BUSYBOX" sh -c 'trap "exit 0" TERM; echo up; while :; do sleep 0.1; done'
	id=$output
}

@test "health: starting, healthy, unhealthy and healthy again, in inspect, ps and the events" {
	run_d --health-cmd 'echo looking; test -e /tmp/ok' --health-interval 300ms --health-retries 2
	wait_for 5 health_is "$name" unhealthy
	pl 0 ps --filter health=unhealthy --format '{{.Names}} {{.Status}}'
	matches "$output" "^$name Up .* \(unhealthy\)$"
	pl 0 exec "$name" touch /tmp/ok
	wait_for 5 health_is "$name" healthy
	pl 0 inspect "$name"
	is "$(json '.[0].State.Health | "\(.Status) \(.FailingStreak) \(.Log[-1].ExitCode) \(.Log[-1].Output)"')" "healthy 0 0 looking"
	is "$(json '.[0].State.Health.Log | length <= 5')" true
	is "$(json '.[0].Config.Healthcheck | "\(.Test[0]) \(.Interval) \(.Retries)"')" "CMD-SHELL 300000000 2"
	matches "$(json '.[0].State.Health.Log[0].Start')" '^2[0-9-]+T[0-9:.]+(Z|[+-][0-9:]+)$'
	pl 0 ps --filter health=healthy -q --no-trunc
	is "$output" "$id"
	pl 0 events --stream=false --filter container="$id" --filter event=health_status --format '{{.HealthStatus}}'
	is "$(uniq <<<"$output" | tr '\n' ' ')" "starting unhealthy healthy "
	pl 0 stop -t 1 "$name"
	pl 0 ps -a --filter name="$name" --format '{{.Status}}'
	hasnt "$output" healthy
	pl 0 start "$name"
	wait_for 5 health_is "$name" healthy
}

@test "health: HEALTHCHECK of the image, by its own user; --no-healthcheck and 'none' switch it off" {
	"$MKIMAGE" "$REGISTRY/checked:$$" -l "$IMAGES/layers/busybox.tar" --config-json \
		'{"config":{"Cmd":["sleep","1000"],"User":"33:44","Env":["PATH=/bin","WHO=image"],"Healthcheck":{"Test":["CMD","sh","-c","id -u; id -g; echo $WHO"],"Interval":1,"Retries":1}}}'
	name img
	pl 0 run -d --name "$name" --network none "$REGISTRY/checked:$$"
	wait_for 5 health_is "$name" healthy
	pl 0 inspect "$name"
	is "$(json '.[0].State.Health.Log[0].Output')" $'33\n44\nimage'
	pl 0 rm -f -t 0 "$name"
	for off in --no-healthcheck --health-cmd=none; do
		pl 0 run -d --name "$name" --network none "$off" "$REGISTRY/checked:$$"
		pl 125 healthcheck run "$name"
		has "$stderr" "no defined healthcheck"
		pl 0 inspect "$name"
		is "$(json '.[0].State.Health')" null
		is "$(json '.[0].Config.Healthcheck.Test[0]')" NONE
		pl 0 ps --format '{{.Status}}'
		hasnt "$output" starting
		pl 0 rm -f -t 0 "$name"
	done
}

@test "health: an image's largest numbers are a check that is not repeated, and one that may take as long as it likes" {
	"$MKIMAGE" "$REGISTRY/seldom:$$" -l "$IMAGES/layers/busybox.tar" --config-json \
		'{"config":{"Cmd":["sleep","1000"],"Healthcheck":{"Test":["CMD-SHELL","echo x >>/tmp/count"],"Interval":9223372036854775807,"Timeout":9223372036854775807}}}'
	name seldom
	pl 0 run -d --name "$name" --network none "$REGISTRY/seldom:$$"
	wait_for 5 health_is "$name" healthy
	sleep 0.5
	pl 0 exec "$name" cat /tmp/count
	is "$output" x
}

@test "healthcheck run: 0, 1 and what it prints; none, not running, unknown are 125" {
	run_d --health-cmd 'test -e /tmp/ok' --health-interval disable
	health_is "$name" starting
	pl 1 healthcheck run "$name"
	is "$output" unhealthy
	health_is "$name" starting
	pl 0 exec "$name" touch /tmp/ok
	pl 0 healthcheck run "$name"
	is "$output" ""
	health_is "$name" healthy
	is "$(podlite inspect "$name" | jq -c '[.[0].State.Health.Log[].ExitCode]')" "[1,0]"
	pl 0 stop -t 0 "$name"
	pl 125 healthcheck run "$name"
	has "$stderr" "is not running"
	pl 125 healthcheck run nosuch-container
	has "$stderr" "no such container"
	run_d
	pl 125 healthcheck run "$name"
	has "$stderr" "no defined healthcheck"
	# one that cannot be executed has failed, with the reason
	run_d --health-cmd '["/no/such/probe"]' --health-interval disable
	pl 1 healthcheck run "$name"
	has "$(podlite inspect "$name" | jq -r '.[0].State.Health.Log[0] | "\(.ExitCode) \(.Output)"')" "127 "
}

@test "health: a check that takes too long is killed in time and holds nothing up" {
	run_d --health-cmd 'echo begun; sleep 31313; echo late' --health-interval disable --health-timeout 1s
	SECONDS=0
	podlite healthcheck run "$name" >"$T/o" 2>"$T/e" 3>&- 4>&- &
	pid=$!
	sleep 0.5
	pl 0 logs "$name"
	has "$output" up
	pl 0 exec "$name" true
	status=0
	wait $pid || status=$?
	is "$status" 125
	has "$(cat "$T/e")" "exceeded timeout of 1s"
	[ $SECONDS -le 5 ]
	is "$(podlite inspect "$name" | jq -c '.[0].State.Health | [.Status, .FailingStreak, .Log[0].ExitCode, .Log[0].Output]')" \
		'["starting",1,-1,"begun\n"]'
	pl 0 exec "$name" ps
	# the shell is gone; in a pid namespace its child may be an orphan that PID 1 owns
	hasnt "$output" "echo begun"
	# while one runs, stop does not wait for it
	podlite healthcheck run "$name" >/dev/null 2>&1 3>&- 4>&- &
	pid=$!
	sleep 0.3
	SECONDS=0
	pl 0 rm -f -t 0 "$name"
	[ $SECONDS -le 3 ]
	wait $pid || :
	! pgrep -f 'sleep 31313'
}

@test "health: a mass of output is cut, the log is bounded, the monitor does not grow" {
	need_plain_build
	run_d --health-cmd 'yes | head -c 3000000; printf "\000\377\033"; exit 3' --health-interval 200ms --health-max-log-count 3 --health-max-log-size 100
	wait_for 10 logged "$name" 3
	sleep 1
	pl 0 inspect "$name"
	is "$(json '.[0].State.Health.Log | length')" 3
	is "$(json '.[0].State.Health.Log[2].Output | length')" 100
	is "$(json '.[0].State.Health.Log[2].ExitCode')" 3
	is "$(json '.[0].Config | "\(.HealthcheckMaxLogCount) \(.HealthcheckMaxLogSize) \(.HealthLogDestination)"')" "3 100 local"
	rss=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$(jq .monitor_pid "$ROOT/containers/$id/state.json")/status")
	echo "# $rss kB"
	[ "$rss" -le 1536 ]
	# binary output does not break the file
	run_d --health-cmd 'printf "a\000b\377c"' --health-interval disable
	pl 0 healthcheck run "$name"
	pl 0 inspect "$name"
	like "$(json '.[0].State.Health.Log[0].Output')" "ab*c"
}

@test "health: in --health-start-period failures do not count; the first success does" {
	run_d --health-cmd 'test -e /tmp/ok' --health-interval disable --health-retries 1 --health-start-period 100s
	pl 1 healthcheck run "$name"
	health_is "$name" starting
	pl 0 exec "$name" touch /tmp/ok
	pl 0 healthcheck run "$name"
	health_is "$name" healthy
}

@test "health: the startup check runs until it has passed often enough, and can restart the container" {
	run_d --health-cmd 'echo regular' --health-interval disable --health-startup-cmd 'echo startup; test -e /tmp/ok' \
		--health-startup-interval disable --health-startup-success 2 --health-startup-timeout 5s
	pl 1 healthcheck run "$name"
	is "$output" starting
	pl 0 exec "$name" touch /tmp/ok
	pl 0 healthcheck run "$name"
	health_is "$name" starting
	pl 0 healthcheck run "$name"
	health_is "$name" healthy
	pl 0 healthcheck run "$name"
	pl 0 inspect "$name"
	is "$(json '[.[0].State.Health.Log[].Output] | join("")')" $'startup\nstartup\nstartup\nregular'
	is "$(json '.[0].Config.StartupHealthCheck | "\(.Successes) \(.Timeout)"')" "2 5000000000"

	run_d --health-cmd true --health-interval 1s --health-startup-cmd 'test -e /tmp/second || { touch /tmp/second; exit 1; }' \
		--health-startup-interval 200ms --health-startup-retries 1
	wait_for 10 health_is "$name" healthy
	is "$(podlite logs "$name" | grep -c up)" 2
	pl 0 inspect --format '{{.RestartCount}}' "$name"
	is "$output" 0
	pl 125 create --health-startup-cmd true "$BUSYBOX"
	pl 125 create --health-cmd true --health-startup-retries 2 "$BUSYBOX"
	pl 125 create --health-cmd true --health-startup-cmd true --health-startup-timeout 0s "$BUSYBOX"
}

@test "health: --health-on-failure kill, stop and restart" {
	run_d --health-cmd false --health-interval 200ms --health-retries 1 --health-on-failure kill
	wait_for 5 status_is "$name" exited
	pl 0 inspect --format '{{.State.ExitCode}}' "$name"
	is "$output" 137
	run_d --health-cmd false --health-interval 200ms --health-retries 1 --health-on-failure stop --restart always
	wait_for 5 status_is "$name" exited
	pl 0 inspect --format '{{.State.ExitCode}} {{.RestartCount}} {{.Config.HealthcheckOnFailureAction}}' "$name"
	is "$output" "0 0 stop"
	run_d --health-cmd false --health-interval 300ms --health-retries 2 --health-on-failure restart
	again() { [ "$(podlite logs "$name" | grep -c up)" -ge 2 ]; }
	wait_for 10 again
	wait_for 5 status_is "$name" running # the next restart may be due already
	pl 0 stop -t 1 "$name"
	status_is "$name" exited
}

@test "wait: --condition=healthy, unhealthy, running, exited; --interval; --ignore" {
	run_d --health-cmd 'test -e /tmp/ok' --health-interval 200ms --health-retries 1
	pl 0 wait --condition=running "$name"
	is "$output" -1
	pl 0 wait --condition=unhealthy --interval 50ms "$name"
	podlite wait --condition healthy --condition exited "$name" >"$T/o" 3>&- 4>&- &
	pid=$!
	pl 0 exec "$name" touch /tmp/ok
	wait $pid
	is "$(cat "$T/o")" -1
	podlite wait --condition=exited --interval 50 "$name" >"$T/o" 3>&- 4>&- &
	pid=$!
	pl 0 kill "$name"
	wait $pid
	is "$(cat "$T/o")" 137
	pl 0 wait --ignore nosuch-container "$name"
	is "$output" $'-1\n137'
	pl 125 wait --condition=sleepy "$name"
	pl 125 wait nosuch-container
}

@test "health: the log goes where it is asked to" {
	mkdir -p "$T/hc"
	run_d --health-cmd 'echo here' --health-interval disable --health-log-destination "$T/hc"
	pl 0 healthcheck run "$name"
	is "$(jq -r '.Log[0].Output' "$T/hc/$id-healthcheck.log")" here
	health_is "$name" healthy
	[ ! -e "$ROOT/containers/$id/health.json" ]
	run_d --health-cmd 'echo event' --health-interval disable --health-log-destination events_logger
	pl 0 healthcheck run "$name"
	is "$(podlite inspect "$name" | jq -c '.[0].State.Health | [.Status, .Log]')" '["healthy",null]'
	pl 0 events --stream=false --filter container="$id" --filter event=health_status --format json
	is "$(json .health_log)" event
	pl 125 create --health-cmd true --health-log-destination /no/such/dir "$BUSYBOX"
	pl 125 create --health-cmd true --health-max-log-count -1 "$BUSYBOX"
}

@test "health: the probe dies with a monitor that is killed, and no lock of it stays held" {
	run_d --health-cmd 'sleep 31314' --health-interval 1s
	wait_for 5 pgrep -f 'sleep 31314'
	kill -9 "$(jq .monitor_pid "$ROOT/containers/$id/state.json")"
	gone() { ! pgrep -f 'sleep 31314'; }
	wait_for 5 gone
	wait_for 3 status_is "$name" exited
	pl 0 start "$name"
}
