#!/usr/bin/env bats
# 087-container-commands.bats: commands on containers beyond their daily life: clone, update of health
# checks, init, checkpoint and restore (refused); several conditions to wait for.

load helpers

@test "container clone: the same command line; limits, variables, labels and policy as they are now" {
	name
	mkdir -p "$T/made-in/data"
	echo shared >"$T/made-in/data/f"
	(cd "$T/made-in" && FROM=host podlite create --name "$name" --network none -e FROM -e A=b -l k=v --memory 100m --cpus 1.5 \
		-v ./data:/data -v /anon --hostname "h-$name" "$BUSYBOX" sh -c 'cat /data/f; echo $FROM $A $(hostname)' >"$OUT")
	pl 0 update --memory 200m --restart on-failure:3 "$name"
	pl 0 container clone "$name"
	local id=$output
	matches "$id" '^[0-9a-f]{64}$'
	pl 0 inspect --format '{{.Name}} {{.HostConfig.Memory}} {{.HostConfig.CpuQuota}} {{.HostConfig.RestartPolicy.Name}} {{.HostConfig.RestartPolicy.MaximumRetryCount}} {{.Config.Labels.k}}' "$id"
	is "$output" "$name-clone 209715200 150000 on-failure 3 v"
	pl 0 inspect --format '{{.Config.CreateCommand}}' "$id"
	has "$output" "create --name $name"
	jq 'del(.linux.resources)' "$ROOT/containers/$id/config.json" >"$T/config.new"
	mv "$T/config.new" "$ROOT/containers/$id/config.json"
	jq '.limits=false' "$ROOT/containers/$id/monitor.json" >"$T/monitor.new"
	mv "$T/monitor.new" "$ROOT/containers/$id/monitor.json"
	pl 0 start -a "$id"
	is "$output" $'shared\nhost b h-'"$name"
	# each has an anonymous volume of its own
	pl 0 inspect --format '{{range .Mounts}}{{if eq .Destination "/anon"}}{{.Name}}{{end}}{{end}}' "$name" "$id"
	[ "${lines[0]}" != "${lines[1]}" ]
	# names that are taken get a number; a clone of a clone
	pl 0 container clone "$name"
	pl 0 container clone "$name-clone1"
	pl 0 ps -a --format '{{.Names}}' --sort names
	is "$output" "$name"$'\n'"$name-clone"$'\n'"$name-clone1"$'\n'"$name-clone1-clone"
}

@test "container clone: the health check as update has left it" {
	name
	local check='{{json .Config.Healthcheck}} {{.Config.HealthcheckOnFailureAction}} {{json .Config.StartupHealthCheck}} {{.Config.HealthcheckMaxLogCount}}'
	pl 0 create --name "$name" --network none --health-cmd 'test -e /old' --health-interval 1h "$BUSYBOX" sleep 1000
	pl 0 update --health-cmd 'test -e /new' --health-interval 300ms --health-retries 1 --health-start-period 2s --health-timeout 7s \
		--health-on-failure none --health-startup-cmd true --health-startup-interval 300ms --health-max-log-count 2 "$name"
	pl 0 inspect --format "$check" "$name"
	local want=$output
	has "$want" "test -e /new"
	pl 0 container clone --run "$name"
	pl 0 inspect --format "$check" "$name-clone"
	is "$output" "$want"
	health_of_clone() { podlite inspect --format '{{.State.Health.Status}}' "$name-clone" | grep -qx "$1"; }
	wait_for 20 health_of_clone unhealthy
	pl 0 exec "$name-clone" touch /new
	wait_for 20 health_of_clone healthy
	# none is something, too; a later default of podlite.conf does not come in
	pl 0 update --no-healthcheck "$name"
	PODLITE_RUN_HEALTH_CMD=true pl 0 container clone "$name"
	pl 125 healthcheck run "$name-clone1"
}

@test "container clone: of one that goes with its image" {
	pl 0 tag "$BUSYBOX" localhost/goes
	name
	pl 0 run -d --rmi --name "$name" --network none localhost/goes sleep 1000
	pl 0 container clone "$name"
	pl 0 inspect --format '{{.HostConfig.AutoRemove}} {{.HostConfig.AutoRemoveImage}}' "$name-clone"
	is "$output" "true true"
	pl 0 kill "$name"
	pl 0 rm "$name-clone"
	podlite rmi --ignore localhost/goes
	pl 0 image exists "$BUSYBOX"
}

@test "container clone: other limits, name and image; --run, --destroy, --force" {
	name
	pl 0 create --name "$name" --network none -e X=1 "$BUSYBOX" sh -c 'echo $X; cat /new'
	pl 0 run --name "$name-img" --network none "$BUSYBOX" sh -c 'echo new >/new'
	pl 0 commit -q "$name-img" "localhost/$name"
	pl 0 container clone --memory 64m --pids-limit 50 "$name" "$name-b" "localhost/$name"
	pl 0 inspect --format '{{.HostConfig.Memory}} {{.HostConfig.PidsLimit}} {{.ImageName}}' "$name-b"
	is "$output" "67108864 50 localhost/$name:latest"
	pl 0 container clone --name "$name-c" "$name" ignored "localhost/$name"
	pl 0 start -a "$name-c"
	is "$output" $'1\nnew'
	pl 0 rm "$name-b" "$name-c" "$name-img"
	pl 0 rmi "localhost/$name"
	# the original runs
	pl 0 run -d --name "$name-r" --network none "$BUSYBOX" sleep 1000
	pl 125 container clone --destroy "$name-r"
	has "$stderr" "running"
	pl 125 container clone --force "$name-r"
	has "$stderr" "--destroy"
	pl 0 container clone --destroy --force --run --name "$name-s" "$name-r"
	pl 1 container exists "$name-r"
	pl 0 inspect --format '{{.State.Status}}' "$name-s"
	is "$output" running
	pl 125 container clone nosuch
	pl 125 container clone --name "$name-s" "$name"
	has "$stderr" "$name-s"
	pl 125 container clone --pod x "$name"
	pl 0 rm -t 0 -f "$name-s"
}

@test "container clone: the image is the one it has, although the name means another now" {
	name
	pl 0 run --name "$name" --network none "$BUSYBOX" sh -c 'echo one >/v'
	pl 0 commit -q "$name" "localhost/$name"
	pl 0 create --name "$name-a" --network none "localhost/$name" cat /v
	pl 0 run --name "$name-2" --network none "$BUSYBOX" sh -c 'echo two >/v'
	pl 0 commit -q "$name-2" "localhost/$name"
	pl 0 container clone "$name-a"
	pl 0 start -a "$name-a-clone"
	is "$output" one
}

@test "container checkpoint, restore: refused with the reason" {
	pl 125 container checkpoint --export x.tar --all web
	has "$stderr" "CRIU"
	is "$(wc -l <"$ERR")" 1
	pl 125 container restore --import x.tar
	has "$stderr" "CRIU"
}


@test "update: health checks: of a running container at once, of a stopped one for its next start" {
	name
	pl 0 run -d --name "$name" --network none --health-cmd true --health-interval 300ms --health-retries 1 "$BUSYBOX" sleep 1000
	wait_for 10 health_is "$name" healthy
	pl 0 update --health-cmd 'test -e /ok' "$name"
	wait_for 10 health_is "$name" unhealthy
	pl 0 inspect --format '{{json .Config.Healthcheck}}' "$name"
	is "$(json '"\(.Test[1]) \(.Interval) \(.Retries)"')" "test -e /ok 300000000 1"
	pl 0 exec "$name" touch /ok
	wait_for 10 health_is "$name" healthy
	# limits alone change nothing of it: no new start of the check
	pl 0 update --restart always "$name"
	is "$(health_of "$name")" healthy
	pl 0 update --health-on-failure stop --health-startup-cmd true --health-startup-success 2 --health-max-log-count 2 "$name"
	pl 0 inspect --format '{{json .Config}}' "$name"
	is "$(json '"\(.HealthcheckOnFailureAction) \(.HealthcheckMaxLogCount) \(.StartupHealthCheck.Successes)"')" "stop 2 2"
	pl 0 update --no-healthcheck "$name"
	pl 125 healthcheck run "$name"
	pl 125 update --no-healthcheck --health-cmd x "$name"
	pl 125 update --health-interval 5x "$name"
	pl 125 update --memory 10m --health-on-failure x "$name"
	# none before, one from the next start on
	pl 0 create --name "$name-s" --network none "$BUSYBOX" sleep 1000
	pl 125 update --health-interval 1s "$name-s"
	has "$stderr" "--health-cmd"
	pl 0 update --health-cmd true "$name-s"
	pl 0 start "$name-s"
	pl 0 healthcheck run "$name-s"
	pl 0 rm -t 0 -f "$name" "$name-s"
}

@test "init: all of a start but the command; start goes on, with its output from the first byte" {
	name
	pl 0 create --name "$name" --network none "$BUSYBOX" sh -c 'echo ran; grep -c " / / " /proc/self/mountinfo; exit 3'
	pl 0 init "$name"
	is "$output" "$name"
	pl 0 inspect --format '{{.State.Status}} {{.State.Running}}' "$name"
	is "$output" "initialized false"
	pl 0 container init "$name"
	pl 0 ps -a --filter status=initialized --format '{{.Names}}'
	is "$output" "$name"
	pl 0 logs "$name"
	is "$output" ""
	pl 125 exec "$name" true
	pl 125 attach "$name"
	pl 3 start -a "$name"
	is "$output" $'ran\n1'
	pl 0 events --stream=false --filter container="$name" --format '{{.Status}}'
	is "$output" $'create\ninit\nstart\nattach\ndied\ncleanup'
	# detached, of all, and a restart by policy does not wait
	pl 0 create --name "$name-b" --network none --restart on-failure:1 "$BUSYBOX" sh -c 'echo ran; exit 4'
	pl 0 init --all
	is "$output" "$(podlite inspect --format '{{.Id}}' "$name")"$'\n'"$(podlite inspect --format '{{.Id}}' "$name-b")"
	pl 0 start "$name-b"
	pl 0 wait "$name-b"
	is "$output" 4
	pl 0 logs "$name-b"
	is "$output" $'ran\nran'
	# the command that cannot run is told by start
	pl 0 create --name "$name-c" --network none "$BUSYBOX" /no/such
	pl 0 init -l
	pl 127 start "$name-c"
	has "$stderr" /no/such
	pl 0 inspect --format '{{.State.Status}}' "$name-c"
	is "$output" exited
}

@test "init: stop, kill, rm and a monitor that is killed: nothing is left" {
	name
	local i
	for i in stop rm force kill; do
		pl 0 create --name "$name-$i" --network none --restart always "$BUSYBOX" sleep 1000
		pl 0 init "$name-$i"
	done
	pl 0 stop -t 1 "$name-stop"
	pl 0 inspect --format '{{.State.Status}}' "$name-stop"
	is "$output" exited
	pl 0 rm "$name-rm"
	pl 0 rm -f -t 0 "$name-force"
	kill -9 "$(jq .monitor_pid "$ROOT/containers/$(podlite inspect --format '{{.Id}}' "$name-kill")/state.json")"
	not_waiting() { [ "$(podlite inspect --format '{{.State.Status}}' "$name-kill")" != initialized ]; }
	wait_for 5 not_waiting
	pl 0 start "$name-kill"
	pl 125 init "$name-kill"
	has "$stderr" running
	pl 0 rm -f -t 0 "$name-kill" "$name-stop"
}

@test "ps --pod: the columns are there, and empty" {
	name
	pl 0 create --name "$name" "$BUSYBOX" true
	pl 0 ps -a --pod
	matches "${lines[0]}" 'NAMES +POD ID +PODNAME$'
	matches "${lines[1]}" "$name *\$"
	pl 0 ps -a -p -s --format '{{.Pod}}|{{.PodName}}|{{.Names}}'
	is "$output" "||$name"
	pl 0 ps -a -ps
	matches "${lines[0]}" 'PODNAME +SIZE$'
}

@test "wait: several conditions and containers; --interval and --ignore" {
	name
	pl 0 run -d --name "$name-a" --network none "$BUSYBOX" sleep 1000
	pl 0 run --name "$name-b" --network none "$BUSYBOX" true
	pl 0 wait --condition running --condition exited --interval 10 "$name-a" "$name-b"
	is "$output" $'-1\n0'
	(sleep 0.5; podlite stop -t 0 "$name-a") >/dev/null 2>&1 &
	pl 0 wait --ignore --condition stopped --interval 50ms "$name-a" "$name-none"
	is "$output" $'137\n-1'
	wait
	pl 125 wait --condition sideways "$name-a"
	has "$stderr" sideways
}

# on_terminal KEYS WORD...: podlite WORD on a terminal where somebody types KEYS once it shows "ready"
on_terminal() {
	local keys=$1 log=$T/terminal
	shift
	: >"$log"
	{
		wait_for 20 grep -q ready "$log" || :
		printf '%b' "$keys"
		sleep 2
	} | script -qefc "'$PODLITE' --root '$ROOT' --runroot '$RUNROOT' ${*@Q}" "$log" >/dev/null 3>&- 4>&-
}

@test "--detach-keys: run, start, attach and exec let go of what they show, which goes on" {
	name
	local show='echo ready; while read -r l; do echo "got $l"; done; sleep 1000'
	on_terminal '\020\021' run -it --name "$name" --network none --detach-keys ctrl-p,ctrl-q "$BUSYBOX" sh -c "$show"
	pl 0 inspect --format '{{.State.Status}}' "$name"
	is "$output" running
	pl 0 stop -t 0 "$name"
	on_terminal 'ax' start -ai --detach-keys a,x "$name"
	pl 0 inspect --format '{{.State.Status}}' "$name"
	is "$output" running
	# a beginning of the keys is input like any other
	{ sleep 1; printf 'aaab\n'; sleep 1; printf 'ax'; sleep 1; } |
		script -qefc "'$PODLITE' --root '$ROOT' --runroot '$RUNROOT' attach --detach-keys a,x $name" /dev/null >"$T/attached" 3>&- 4>&-
	has "$(cat "$T/attached")" "got aaab"
	on_terminal '\020\021' exec -it --detach-keys ctrl-p,ctrl-q "$name" sh -c 'echo ready; sleep 503'
	pl 0 top "$name" args
	has "$output" "sleep 503"
	pl 0 inspect --format '{{.State.Status}}' "$name"
	is "$output" running
	pl 0 rm -t 0 -f "$name"
}
