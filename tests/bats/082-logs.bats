#!/usr/bin/env bats
# 082-logs.bats: what containers wrote.

load helpers

@test "logs: both streams, each to its own; -t, -n, --tail, --since, --until" {
	name
	pl 0 run --name "$name" "$BUSYBOX" sh -c 'echo one; echo two >&2; echo three; printf no-newline'
	pl 0 logs "$name"
	is "$output" $'one\nthree\nno-newline'
	is "$stderr" two
	pl 0 logs --tail 1 "$name"
	pl 0 logs -t "$name"
	matches "${lines[0]}" '^20[0-9]{2}-.*T.* one$'
	pl 0 logs -n "$name"
	is "${lines[0]}" one # one container needs no name, as with podman
	pl 0 logs --since 1h "$name"
	has "$output" one
	pl 0 logs --since 2099-01-01 "$name"
	is "$output" ""
	pl 0 logs --until 1h "$name"
	is "$output" ""
	pl 125 logs --tail x "$name"
	pl 125 logs --since yesterdayish "$name"
}

@test "logs: --tail counts a last line without its end, of each stream" {
	local driver pid
	for driver in k8s-file json-file; do
		name
		pl 0 run --name "$name" --network none --log-driver "$driver" "$BUSYBOX" sh -c 'echo a; printf b'
		pl 0 logs --tail 0 "$name"
		is "$output" ""
		pl 0 logs --tail 1 "$name"
		is "$output" b
		pl 0 logs -f --tail 1 "$name"
		is "$output" b
		pl 0 logs --tail 2 "$name"
		is "$output" $'a\nb'
	done
	name
	pl 0 run --name "$name" --network none "$BUSYBOX" sh -c 'printf b; sleep 0.2; echo e >&2; sleep 0.2; echo c; printf d'
	pl 0 logs --tail 2 "$name"
	is "$output|$stderr" 'd|e'
	pl 0 logs --tail 3 "$name"
	is "$output|$stderr" $'bc\nd|e'
	# what comes of an unfinished line after one has asked
	name
	pl 0 run -d --name "$name" --network none "$BUSYBOX" sh -c 'printf b; until [ -e /go ]; do sleep 0.1; done; echo c'
	wait_for 10 has_log "$name" b
	podlite logs -f --tail 0 "$name" >"$T/o" 3>&- 4>&- &
	pid=$!
	sleep 1
	pl 0 exec "$name" touch /go
	wait $pid
	is "$(cat "$T/o")" c
}
has_log() { [ "$(podlite logs "$1")" = "$2" ]; }

@test "logs: --tail counts lines, also over rotated files" {
	name
	pl 0 run --name "$name" --log-opt max-size=20k --log-opt max-file=4 "$BUSYBOX" sh -c 'seq 1 3000'
	pl 0 logs --tail 5 "$name"
	is "$output" "$(seq 2996 3000)"
	pl 0 logs --tail 0 "$name"
	is "$output" ""
	pl 0 logs --tail all "$name"
	is "${lines[-1]}" 3000
	pl 0 logs "$name"
	first=${lines[0]}
	is "$output" "$(seq "$first" 3000)"
}

@test "logs: -f ends with the last byte, from before the start to the end" {
	name
	pl 0 run -d --name "$name" "$BUSYBOX" sh -c 'for i in 1 2 3 4 5; do echo $i; sleep 0.1; done; echo last'
	pl 0 logs -f "$name"
	is "$output" $'1\n2\n3\n4\n5\nlast'
	for i in 1 2 3 4 5; do
		pl 0 run -d --name "$name-$i" "$BUSYBOX" sh -c 'seq 1 200; echo last'
		pl 0 logs -f "$name-$i"
		is "${lines[-1]}" last
		is "${#lines[@]}" 201
	done
}

@test "logs: -f loses nothing when the log rotates under it" {
	name
	pl 0 run -d --name "$name" --log-opt max-size=100k --log-opt max-file=5 "$BUSYBOX" \
		sh -c 'for i in $(seq 1 20); do seq $((i*500-499)) $((i*500)); sleep 0.02; done'
	pl 0 logs -f "$name"
	is "$output" "$(seq 1 10000)"
}

@test "logs: of several containers at once" {
	name
	pl 0 run --name "$name-a" "$BUSYBOX" echo from-a
	pl 0 run --name "$name-b" "$BUSYBOX" echo from-b
	pl 0 logs --names "$name-a" "$name-b"
	has "$output" "$name-a from-a"
	has "$output" "$name-b from-b"
}

@test "logs: --color and --names as podman prints them" {
	name
	pl 0 run --name "$name-a" "$BUSYBOX" sh -c 'echo one; printf part'
	id=$(podlite inspect --format '{{.Id}}' "$name-a")
	pl 0 run --name "$name-b" "$BUSYBOX" echo two
	pl 0 logs --color "$name-a"
	is "$output" $'\e[37mone\e[0m\n\e[37mpart\e[0m'
	NO_COLOR=1 pl 0 logs --color "$name-a"
	is "$output" $'one\npart'
	pl 0 logs --names "$name-a"
	is "$output" $'one\npart'
	pl 0 logs --color --names "$name-b" "$name-a"
	is "$output" $'\e[37m'"$name-b two"$'\e[0m\n\e[31m'"$name-a one"$'\e[0m\n\e[31m'"$name-a part"$'\e[0m'
	pl 0 logs "$name-b" "$name-a"
	has "$output" "${id:0:12} one"
}

@test "logs: -f of several that rotate at once: every line, whole, and the end when the last one ends" {
	name
	for i in a b c; do
		pl 0 run -d --name "$name-$i" --network none --log-opt max-size=50k --log-opt max-file=20 "$BUSYBOX" \
			sh -c 'for i in $(seq 1 10); do seq $((i*500-499)) $((i*500)); sleep 0.05; done'
	done
	pl 0 logs -f --names "$name-a" "$name-b" "$name-c"
	for i in a b c; do
		is "$(sed -n "s/^$name-$i //p" <<<"$output")" "$(seq 1 5000)"
	done
	is "${#lines[@]}" 15000
}

@test "logs: json-file; none has nothing to read and says so" {
	name
	pl 0 run --name "$name" --log-driver json-file "$BUSYBOX" sh -c 'echo "a \"quoted\" \\ line"'
	pl 0 logs "$name"
	is "$output" 'a "quoted" \ line'
	pl 0 inspect -f '{{.HostConfig.LogConfig.Path}}' "$name"
	is "$(jq -r .stream "$output")" stdout
	is "$(stat -c %a "$output")" 600
	name
	pl 0 run --name "$name" --log-driver none "$BUSYBOX" echo x
	is "$output" x
	pl 125 logs "$name"
	has "$stderr" none
}
