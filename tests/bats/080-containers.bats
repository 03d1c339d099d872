#!/usr/bin/env bats
# 080-containers.bats: ps, inspect, stop, kill, wait, rename, rm, port, top: living with containers.

load helpers

started() { # started NAME [ARG...]: a sleeping container
	local n=$1
	shift
	pl 0 run -d --name "$n" "$@" "$BUSYBOX" sleep 1000
}

@test "ps: running ones; all with -a; ids with -q; the last ones with -n and -l" {
	name a; a=$name
	name b; b=$name
	started "$a"
	pl 0 create --name "$b" "$BUSYBOX" true
	pl 0 ps
	has "${lines[0]}" "CONTAINER ID"
	matches "${lines[0]}" "IMAGE +COMMAND +CREATED +STATUS +PORTS +NAMES"
	is "${#lines[@]}" 2
	has "${lines[1]}" "Up "
	pl 0 ps -a --format '{{.Names}} {{.State}} {{.Status}}'
	like "$output" "$a running Up*"
	has "$output" "$b created Created"
	pl 0 ps -aq
	is "${#lines[@]}" 2
	matches "${lines[0]}" '^[0-9a-f]{12}$'
	pl 0 ps -aq --no-trunc
	matches "${lines[0]}" '^[0-9a-f]{64}$'
	pl 0 ps -l --format '{{.Names}}'
	is "$output" "$b"
	pl 0 ps -n 2 --format '{{.Names}}'
	is "${#lines[@]}" 2
	pl 0 ps --noheading
	is "${#lines[@]}" 1
}

@test "ps: --format json has podman's keys" {
	name
	started "$name" -l k=v
	pl 0 ps --format json
	is "$(json '.[0].Names[0]')" "$name"
	is "$(json '.[0].Labels.k')" v
	is "$(json '.[0].State')" running
	is "$(json '.[0].Command | join(" ")')" "sleep 1000"
	matches "$(json '.[0].Id')" '^[0-9a-f]{64}$'
	is "$(json '.[0].Image')" "$BUSYBOX"
	for key in AutoRemove Command Created CreatedAt Exited ExitedAt ExitCode Id Image ImageID IsInfra \
		Labels Mounts Names Networks Pid Pod PodName Ports Restarts Size StartedAt State Status; do
		is "$(json ".[0] | has(\"$key\")")" true
	done
	[ "$(json '.[0].Pid')" -gt 0 ]
}

@test "ps: filters by name, id, label, status, exited, ancestor, before, since, volume, restart-policy" {
	name a; a=$name
	name b; b=$name
	started "$a" -l color=red --restart always -v "$a-vol:/data"
	id=$output
	pl 7 run --name "$b" -l color=blue "$BUSYBOX" sh -c 'exit 7'
	names() { pl 0 ps -a --format '{{.Names}}' "$@"; }
	names --filter name="$a"; is "$output" "$a"
	names --filter id="${id:0:8}"; is "$output" "$a"
	names --filter label=color=blue; is "$output" "$b"
	names --filter label=color; is "${#lines[@]}" 2
	names --filter label=color --filter label=color=red; is "$output" "$a"
	names --filter status=exited; is "$output" "$b"
	local status
	for status in removing unknown dead; do # of podman's and docker's, never one's here
		names --filter "status=$status"; is "$output" ""
	done
	names --filter exited=7; is "$output" "$b"
	names --filter exited=8; is "$output" ""
	names --filter ancestor=busybox; is "${#lines[@]}" 2
	names --filter ancestor=other; is "$output" ""
	names --filter before="$b"; is "$output" "$a"
	names --filter since="$a"; is "$output" "$b"
	names --filter volume="$a-vol"; is "$output" "$a"
	names --filter restart-policy=always; is "$output" "$a"
	names --filter until=1h; is "$output" ""
	pl 125 ps --filter nosuch=1
	has "$stderr" nosuch
	pl 125 ps --filter status=nosuch
	pl 0 rm -t 0 -f "$a"
	pl 0 volume rm "$a-vol"
}

@test "ps: a status filter looks at stopped containers too" {
	name
	pl 3 run --name "$name" "$BUSYBOX" sh -c 'exit 3'
	pl 0 ps --filter status=exited --format '{{.Status}}'
	matches "$output" '^Exited \(3\) .* ago$'
	pl 0 ps --format '{{.Names}}'
	is "$output" ""
}

@test "ps: -s shows what a container wrote" {
	name
	pl 0 run --name "$name" "$BUSYBOX" sh -c 'head -c 1000000 /dev/zero >/f'
	pl 0 ps -as --format '{{.Size}}'
	matches "$output" '^1[.0-9]*MB \(virtual [.0-9]*MB\)'
}

@test "ps -s, inspect -s, system df: a tree of more levels than descriptors; what cannot be measured hides nothing else" {
	name deep
	deep=$name
	pl 0 run --name "$deep" -v "$deep:/v" "$BUSYBOX" sh -c 'p=$(yes d | head -n 1200 | tr "\n" /); mkdir -p "/root/$p" "/v/$p"; head -c 1000000 /dev/zero >"/root/$p/f"'
	name flat
	pl 0 run --name "$name" "$BUSYBOX" true
	pl 0 ps -as --filter name="$deep" --format '{{.Size}}'
	matches "$output" '^[1-9][.0-9]*MB \(virtual '
	pl 0 inspect -s --format '{{.SizeRw}}' "$deep"
	[ "$output" -ge 1000000 ]
	pl 0 system df -v
	has "$output" "$deep"
	hasnt "$output" unknown
	(
		ulimit -Sn 50
		podlite ps -as --format '{{.Names}} {{.Size}}' >"$T/ps" 2>"$T/warned"
		podlite system df -v >"$T/df" 2>>"$T/warned"
	)
	grep -q "^$deep unknown\$" "$T/ps"
	grep -Eq "^$name [0-9].*B \(virtual" "$T/ps"
	is "$(grep -c "measure container $deep: Too many open files" "$T/warned")" 2
	is "$(grep -c "^$deep  *1  *unknown" "$T/df")" 1
	pl 0 rm "$deep"
	pl 0 volume rm "$deep"
}

@test "names: any unique prefix of the id; ambiguous, unknown and malformed ones are named" {
	name
	started "$name"
	id=$output
	pl 0 inspect --format '{{.Name}}' "${id:0:5}"
	is "$output" "$name"
	pl 125 inspect --type container no-such-container
	has "$stderr" no-such-container
	pl 125 create --name 'bad name' "$BUSYBOX" true
	has "$stderr" "bad name"
	pl 125 create --name ../x "$BUSYBOX" true
	pl 125 create --name "$name" "$BUSYBOX" true
	has "$stderr" "already in use"
	pl 0 ps -aq
	is "${#lines[@]}" 1
}

@test "inspect: state, configuration and host configuration in podman's shape" {
	name
	started "$name" -e A=b -w /tmp --hostname hn -l x=y -v /tmp:/mnt:ro
	pl 0 inspect "$name"
	is "$(json '.[0].State.Status')" running
	is "$(json '.[0].State.Running')" true
	is "$(json '.[0].Config.Hostname')" hn
	is "$(json '.[0].Config.WorkingDir')" /tmp
	is "$(json '.[0].Config.Labels.x')" y
	has "$(json '.[0].Config.Env | join(" ")')" A=b
	is "$(json '.[0].Path')" sleep
	is "$(json '.[0].Args[0]')" 1000
	is "$(json '.[0].Mounts[0].Destination')" /mnt
	is "$(json '.[0].Mounts[0].RW')" false
	is "$(json '.[0].HostConfig.RestartPolicy.Name')" no
	is "$(json '.[0].ImageName')" "$BUSYBOX"
	pl 0 inspect --format '{{.State.Pid}} {{.Id}} {{json .Config.Cmd}}' "$name"
	matches "$output" '^[0-9]+ [0-9a-f]{64} \["sleep","1000"\]$'
	pl 0 inspect -f '{{range .Config.Env}}{{println .}}{{end}}' "$name"
	has "$output" A=b
	pl 0 container inspect -f '{{.HostConfig.NetworkMode}}' "$name"
	pl 0 inspect -l -f '{{.Name}}'
	is "$output" "$name"
	pl 125 inspect -f '{{.NoSuchField}}' "$name"
}

@test "inspect: of several, with one missing: the found ones are printed, the status is 125" {
	name
	pl 0 create --name "$name" "$BUSYBOX" true
	pl 125 inspect "$name" no-such-object
	is "$(json length)" 1
	has "$stderr" no-such-object
}

@test "stop: a process that handles the signal ends by itself; --time bounds the wait" {
	name
	pl 0 run -d --name "$name" "$BUSYBOX" sh -c 'trap "exit 5" TERM; while :; do sleep 0.05; done'
	pl 0 stop "$name"
	is "$output" "$name"
	pl 0 inspect -f '{{.State.Status}} {{.State.ExitCode}}' "$name"
	is "$output" "exited 5"
	pl 0 stop "$name"
	name
	pl 0 run -d --name "$name" "$BUSYBOX" sh -c 'trap : TERM; while :; do sleep 0.05; done'
	begin=$SECONDS
	pl 0 stop -t 1 "$name"
	[ $((SECONDS - begin)) -le 5 ]
	pl 0 inspect -f '{{.State.ExitCode}}' "$name"
	is "$output" 137
}

@test "stop: D11: a process 1 that cannot see the signal is not waited for" {
	name
	started "$name"
	begin=$(date +%s%N)
	pl 0 stop "$name"
	[ $(($(date +%s%N) - begin)) -lt 3000000000 ]
	pl 0 inspect -f '{{.State.ExitCode}}' "$name"
	is "$output" 137
}

@test "stop: --stop-signal and --stop-timeout of the container" {
	name
	pl 0 run -d --name "$name" --stop-signal USR1 "$BUSYBOX" sh -c 'trap "exit 9" USR1; while :; do sleep 0.05; done'
	pl 0 stop "$name"
	pl 0 wait "$name"
	is "$output" 9
}

@test "stop, restart: a time that is no number of seconds is refused" {
	local t command
	name
	pl 0 create --name "$name" "$BUSYBOX" true
	for t in 18446744073709551615 9223372036 -2 "" x; do
		for command in stop restart; do
			pl 125 "$command" -t "$t" "$name"
		done
	done
	pl 0 stop -t -1 "$name"
}

@test "pause, unpause: of several, those that do not run are named" {
	name
	pl 0 create --name "$name-a" "$BUSYBOX" true
	pl 0 create --name "$name-b" "$BUSYBOX" true
	local command
	for command in pause unpause; do
		pl 125 "$command" "$name-a" "$name-b"
		has "$stderr" "$name-a: container is not running"
		has "$stderr" "$name-b: container is not running"
	done
}

@test "start -a: one container, named once" {
	name
	pl 0 create --name "$name" "$BUSYBOX" true
	pl 125 start -a "$name" "$name"
	has "$stderr" "you cannot start and attach multiple containers at once"
	pl 0 start -a "$name"
}

@test "stop: --all, --ignore, --cidfile, unknown names" {
	started a-$RANDOM --cidfile "$T/cid1"
	started b-$RANDOM
	pl 0 stop -t 0 --cidfile "$T/cid1"
	pl 0 ps -q
	is "${#lines[@]}" 1
	pl 0 stop -t 0 -a
	pl 0 ps -q
	is "$output" ""
	pl 0 stop --ignore no-such
	pl 125 stop no-such
	has "$stderr" no-such
	rm "$T/cid1"
}

@test "kill: by name and number; only running containers" {
	name
	pl 0 run -d --name "$name" "$BUSYBOX" sh -c 'trap "echo hup" HUP; echo ready; while :; do sleep 0.05; done'
	ready() { podlite logs "$name" | grep -q "$1"; }
	wait_for 5 ready ready
	pl 0 kill -s HUP "$name"
	wait_for 5 ready hup
	pl 0 kill -s 9 "$name"
	pl 0 wait "$name"
	is "$output" 137
	pl 125 kill "$name"
	has "$stderr" running
	pl 125 kill -s NOSUCH "$name"
}

@test "wait: prints the exit status, at once or when it ends; --condition" {
	name
	pl 0 run -d --name "$name" "$BUSYBOX" sh -c 'sleep 0.3; exit 4'
	pl 0 wait --condition running --interval 10 "$name"
	pl 0 wait "$name"
	is "$output" 4
	pl 0 wait "$name" "$name"
	pl 0 start "$name"
	pl 0 wait --condition running "$name" # not the status of the run before
	is "$output" -1
	pl 0 wait --condition exited "$name"
	is "$output" 4
	pl 125 wait no-such
	pl 125 wait --condition nosuch "$name"
	pl 125 wait --condition configured "$name"
	has "$stderr" "unknown container state: configured"
}

@test "wait --condition: a container that goes with its end has exited, stopped, been removed" {
	local state
	for state in exited stopped removing; do
		name
		pl 0 run -d --rm --name "$name" --network none "$BUSYBOX" sh -c 'sleep 0.5; exit 4'
		pl 0 wait --condition "$state" "$name"
		is "$output" 4
		pl 1 container exists "$name"
	done
	name
	pl 0 create --name "$name" "$BUSYBOX" true
	pl 0 wait --condition exited "$name"
	is "$output" 0
	pl 3 run --name "$name-b" --network none "$BUSYBOX" sh -c 'exit 3'
	(sleep 0.5; podlite rm "$name-b") >/dev/null 2>&1 &
	pl 0 wait --condition removing --interval 10 "$name-b"
	is "$output" 3
	wait
}

@test "rename: the new name is found, the old one free" {
	name a; a=$name
	name b; b=$name
	started "$a"
	pl 0 rename "$a" "$b"
	pl 0 ps --format '{{.Names}}'
	is "$output" "$b"
	pl 125 inspect --type container "$a"
	pl 0 create --name "$a" "$BUSYBOX" true
	pl 125 rename "$b" "$a"
	has "$stderr" "already in use"
	pl 0 inspect -f '{{.Name}}' "$b"
}

@test "rm: stopped ones; a running one only with -f; statuses 1 and 2 as podman's" {
	name
	started "$name"
	pl 2 rm "$name"
	has "$stderr" "$name"
	pl 0 rm -f -t 0 "$name"
	is "$output" "$name"
	pl 1 rm "$name"
	pl 0 rm --ignore "$name"
	pl 0 rm -t 0 --all --force --ignore
	pl 0 create --cidfile "$T/cid" "$BUSYBOX" true
	pl 0 rm --cidfile "$T/cid"
	pl 0 create -l gone=1 "$BUSYBOX" true
	pl 0 rm --filter label=gone
	pl 0 ps -aq
	is "$output" ""
	rm "$T/cid"
}

@test "rm: files of other users, of mode 0 and deep trees go too; -v removes anonymous volumes" {
	name
	pl 0 run --name "$name" -v /anon "$BUSYBOX" sh -c 'mkdir -p /d/e; echo x >/d/e/f; chown -R 33:33 /d; chmod 0 /d/e /d; echo >/anon/f'
	pl 0 volume ls -q
	is "${#lines[@]}" 1
	pl 0 rm -v "$name"
	pl 0 volume ls -q
	is "$output" ""
	[ -z "$(ls -A "$ROOT/tmp")" ]
}

@test "exists: 0 there, 1 not there" {
	name
	pl 0 create --name "$name" "$BUSYBOX" true
	pl 0 container exists "$name"
	pl 1 container exists no-such
}

@test "port: published ports, one, all; unpublished is an error" {
	name
	port=$((20000 + RANDOM % 10000))
	pl 0 run -d --name "$name" -p "127.0.0.1:$port:80" -p "$((port + 1)):53/udp" "$BUSYBOX" sleep 1000
	pl 0 port "$name"
	has "$output" "80/tcp -> 127.0.0.1:$port"
	has "$output" "53/udp -> 0.0.0.0:$((port + 1))"
	pl 0 port "$name" 80
	is "$output" "127.0.0.1:$port"
	pl 125 port "$name" 81
	pl 0 inspect -f '{{(index (index .NetworkSettings.Ports "80/tcp") 0).HostPort}}' "$name"
	is "$output" "$port"
	pl 0 stop -t 0 "$name"
	pl 0 port "$name" # published no more
	is "$output" ""
	pl 0 port "$name" 80
	is "$output" ""
}

@test "top: the container's processes with the container's pids and users" {
	name
	started "$name" -u 33
	pl 0 top "$name"
	matches "${lines[0]}" "^USER +PID +PPID +%CPU +ELAPSED +TTY +TIME +COMMAND"
	matches "${lines[1]}" "^[^ ]+ +1 +0 .*sleep 1000"
	pl 0 top "$name" pid comm
	matches "${lines[1]}" "^1 +sleep"
	pl 0 top "$name" -o pid,capeff
	matches "${lines[1]}" "^1 +none"
	pl 0 top "$name" pid comm args # two columns of one heading
	matches "${lines[0]}" "^PID +COMMAND +COMMAND"
	matches "${lines[1]}" "^1 +sleep +sleep 1000"
	pl 0 top "$name" -eo pid,comm
	matches "${lines[1]}" "^1 +sleep *$"
	pl 0 top "$name" -e -o pid
	is "${lines[1]}" 1
	pl 0 top "$name" -ef
	matches "${lines[0]}" "^USER +PID +PPID +%CPU +ELAPSED +TTY +TIME +COMMAND"
	local habit
	for habit in aux -aux; do
		pl 0 top "$name" "$habit"
		matches "${lines[0]}" "^USER +PID +%CPU +VSZ +RSS +TTY +STATE +ELAPSED +TIME +COMMAND"
		matches "${lines[1]}" "^[^ ]+ +1 .*sleep 1000"
	done
	pl 125 top "$name" -Z
	pl 0 top --list-descriptors
	has "$output" seccomp
	pl 125 top "$name" nosuch
	pl 0 stop -t 0 "$name"
	pl 125 top "$name"
	has "$stderr" running
}

@test "top: the host's view of processes: numbers, users and groups outside; capabilities by name" {
	name
	pl 0 run -d --network none --name "$name" --user 33:34 --group-add 5 "$BUSYBOX" sleep 1000
	pl 0 inspect --format '{{.State.Pid}}' "$name"
	local pid=$output sub
	sub=$(awk -F: -v u="$(id -un)" '$1 == u { print $2; exit }' /etc/subuid)
	pl 0 top "$name" hpid huid uid groups label
	[ "$(id -u)" != 0 ] || sub=1
	matches "${lines[1]}" "^$pid +$((sub + 32)) +33 +[a-z0-9-]+,[a-z0-9-]+ +[^ ]"
	pl 0 top "$name" stime
	matches "${lines[1]}" '^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8} \+0000 UTC'
	pl 0 top "$name" -eo capbnd,huser,hgroup,hgroups
	matches "${lines[1]}" '^CHOWN,DAC_OVERRIDE,FOWNER,'
	pl 0 rm -t 0 -f "$name"
	pl 0 run -d --network none --name "$name" "$BUSYBOX" sleep 1000
	pl 0 top "$name" huser
	is "$(sed 's/ *$//' <<<"${lines[1]}")" "$(id -un)"
}

@test "restart, start: a stopped container runs again with what it wrote" {
	name
	pl 0 run --name "$name" "$BUSYBOX" sh -c 'echo x >>/count; wc -l </count'
	is "$output" 1
	pl 0 start -a "$name"
	is "$output" 2
	pl 0 start "$name"
	is "$output" "$name"
	pl 0 wait "$name"
	pl 0 restart "$name"
	pl 0 wait "$name"
	pl 0 logs "$name"
	is "${lines[-1]}" 4
}

@test "state: a monitor that was killed leaves no ghost (X21)" {
	name
	started "$name"
	pl 0 inspect -f '{{.State.ConmonPid}} {{.State.Pid}}' "$name"
	read -r monitor pid <<<"$output"
	kill -9 "$monitor"
	gone() { ! kill -0 "$pid" 2>/dev/null; }
	wait_for 5 gone
	pl 0 ps -a --format '{{.State}}'
	is "$output" exited
	pl 0 start "$name"
	pl 0 ps --format '{{.State}}'
	is "$output" running
}

@test "ps --sync shows what is; rm --depend removes" {
	name
	pl 3 run --name "$name" "$BUSYBOX" sh -c 'exit 3'
	pl 0 ps -a --sync --filter "name=$name" --format '{{.Status}}'
	like "$output" "Exited (3)*"
	pl 0 rm --depend "$name"
	pl 1 container exists "$name"
}
