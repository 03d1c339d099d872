#!/usr/bin/env bats
# 088-container-life.bats: what becomes of a container's files, volumes and events over its life: names
# at a restart by policy, volumes taken over, the end of a detached exec, names that lead nowhere.

load helpers

@test "hosts: a restart by policy makes it anew, as a start does" {
	name
	pl 0 run -d --name "$name" --add-host a:9.9.9.9 --restart on-failure:1 "$BUSYBOX" sh -c 'cat /etc/hosts; echo 6.6.6.6 planted >>/etc/hosts; exit 1'
	pl 0 wait "$name"
	pl 0 logs "$name"
	is "$(grep -c $'^9.9.9.9\ta$' <<<"$output")" 2
	hasnt "$output" planted
}

@test "resolv.conf: with pasta, a host with servers on loopback only gives its forwarder" {
	need_command pasta
	need_tun
	on_loopback() {
		printf 'nameserver 127.0.0.1\nsearch here.example\n' >"$T/resolv"
		unshare -rm --map-auto sh -c 'mount --bind "$1" "$(realpath /etc/resolv.conf)" && shift && exec "$@"' - "$T/resolv" "$@"
	}
	store resolv
	on_loopback "$PODLITE" --root "$ROOT" --runroot "$RUNROOT" pull -q "$BUSYBOX" >/dev/null
	output=$(on_loopback "$PODLITE" --root "$ROOT" --runroot "$RUNROOT" run --rm --network pasta "$BUSYBOX" cat /etc/resolv.conf)
	has "$output" "nameserver 169.254.1.1"
	output=$(on_loopback "$PODLITE" --root "$ROOT" --runroot "$RUNROOT" run --rm --network pasta:--dns-forward,10.9.8.7 "$BUSYBOX" cat /etc/resolv.conf)
	has "$output" "nameserver 10.9.8.7"
	unshare -rm --map-auto rm -rf "$ROOT"
}

@test "--volumes-from: an anonymous volume outlives its first owner's --rm while another has it" {
	name
	pl 0 run -d --rm --name "$name" --network none -v /anon "$BUSYBOX" sh -c 'echo kept >/anon/f; trap exit TERM; while :; do sleep 0.05; done'
	pl 0 inspect --format '{{(index .Mounts 0).Name}}' "$name"
	local anon=$output
	pl 0 create --name "$name-b" --network none --volumes-from "$name" "$BUSYBOX" cat /anon/f
	pl 0 stop -t 5 "$name"
	gone() { ! podlite container exists "$name"; }
	wait_for 5 gone
	pl 0 volume exists "$anon"
	pl 0 start -a "$name-b"
	is "$output" kept
	pl 0 rm "$name-b"
	pl 0 volume rm "$anon"
	# nobody else: it goes
	pl 0 run -d --rm --name "$name" --network none -v /anon "$BUSYBOX" sleep 1000
	pl 0 inspect --format '{{(index .Mounts 0).Name}}' "$name"
	anon=$output
	pl 0 stop -t 0 "$name"
	wait_for 5 gone
	pl 1 volume exists "$anon"
}

@test "exec -d: its end is told, with its status; the caller's streams are let go of" {
	name
	pl 0 run -d --name "$name" --network none "$BUSYBOX" sleep 1000
	local start=$SECONDS
	# a pipe that the waiting process held would keep this substitution
	output=$(podlite exec -d "$name" sh -c 'sleep 1; exit 7')
	[ $((SECONDS - start)) -lt 5 ]
	died() { [ "$(podlite events --stream=false --filter container="$name" --filter event=exec_died --format '{{.ContainerExitCode}}')" = 7 ]; }
	wait_for 10 died
	pl 127 exec -d "$name" /no/such
	pl 127 exec -d -w /no/such "$name" true
	pl 125 exec -d nosuch true
	# it ends with its container
	pl 0 exec -d "$name" sleep 1000
	pl 0 rm -t 0 -f "$name"
}

@test "exec -i: the command ends with its client; -d and plain ones do not" {
	name
	pl 0 run -d --name "$name" --network none "$BUSYBOX" sleep 1000
	podlite exec -i "$name" sleep 501 </dev/zero >/dev/null 2>&1 &
	local job=$!
	runs() { podlite top "$name" args | grep -q "$1"; }
	wait_for 10 runs "sleep 501"
	kill -9 "$(client_of $job)"
	wait $job || :
	ended() { ! runs "$1"; }
	wait_for 10 ended "sleep 501"
	pl 0 exec -d "$name" sleep 502
	runs "sleep 502"
}

@test "names: one that leads nowhere is taken over by one command only" {
	name
	ln -s "../containers/$(printf '%064d' 7)" "$ROOT/cnames/$name"
	local i won=0
	for i in 1 2 3 4 5 6; do
		podlite create --name "$name" --network none "$BUSYBOX" true >"$T/id.$i" 2>/dev/null &
	done
	for i in 1 2 3 4 5 6; do ! wait -n || won=$((won + 1)); done
	is "$won" 1
	pl 0 ps -aq --no-trunc
	is "$output" "$(cat "$T"/id.*)"
	pl 0 rm "$name"
	# a name that is given up at the moment it is asked for again
	for i in 1 2 3 4 5; do
		podlite create --name "$name" --network none "$BUSYBOX" true >/dev/null
		podlite rm "$name" >/dev/null &
		podlite create --name "$name" --network none "$BUSYBOX" true >"$T/again" 2>/dev/null || :
		wait
		[ ! -s "$T/again" ] || pl 0 inspect --format '{{.Name}}' "$name"
		pl 0 rm -i "$name"
	done
}

@test "rm -f and start at the same time: it is gone, not refused" {
	local i
	for i in 1 2 3 4 5 6; do
		name
		pl 0 create --name "$name" --network none "$BUSYBOX" sleep 1000
		podlite start "$name" >/dev/null 2>&1 3>&- 4>&- &
		pl 0 rm -f -t 0 "$name"
		wait
	done
}

@test "start, several at the same time: all succeed, it runs once" {
	local i
	name
	pl 0 create --name "$name" --network none "$BUSYBOX" sleep 1000
	for i in 1 2 3 4 5; do
		podlite start "$name" >"$T/start.$i" 2>&1 3>&- 4>&- &
	done
	for i in 1 2 3 4 5; do wait -n; done
	is "$(sort -u "$T"/start.*)" "$name"
	pl 0 rm -f -t 0 "$name"
}

@test "run --replace, several at the same time: each has its turn" {
	local i
	name
	for i in 1 2 3 4 5 6; do
		podlite create --replace --name "$name" --network none "$BUSYBOX" true >"$T/replace.$i" 2>&1 3>&- 4>&- &
	done
	for i in 1 2 3 4 5 6; do wait -n; done
	is "$(cat "$T"/replace.* | grep -cE '^[0-9a-f]{64}$')" 6
	pl 0 ps -aq --no-trunc
	has "$(cat "$T"/replace.*)" "$output"
	is "${#lines[@]}" 1
	pl 0 rm "$name"
}

@test "rm --depend: what requires it or lives in a namespace of it goes with it" {
	pl 0 create --name base --network none "$BUSYBOX" true
	pl 0 create --name needs --network none --requires base "$BUSYBOX" true
	pl 0 create --name joins --network container:base "$BUSYBOX" true
	pl 0 create --name further --network none --pid container:joins "$BUSYBOX" true
	pl 0 create --name other --network none "$BUSYBOX" true
	pl 0 rm --depend base
	is "$output" base
	pl 0 ps -a --format '{{.Names}}'
	is "$output" other
	pl 0 rm other
}

@test "wait: one that was never started is not waited for" {
	pl 0 create --name never --network none "$BUSYBOX" true
	timeout 20 "$PODLITE" --root "$ROOT" --runroot "$RUNROOT" wait never >"$T/wait"
	is "$(cat "$T/wait")" 0
	pl 0 rm never
}
