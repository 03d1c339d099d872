#!/usr/bin/env bats
# 420-stats-update.bats: figures that are true, limits that change.

load helpers

start() { name; pl 0 run -d --network none --name "$name" "$@"; }
leave() { pl 0 rm -t 0 -f "$name"; }
value() { cat "$(group_of "$name")/$1"; }

@test "stats: the kernel's figures" {
	start --memory 64m --pids-limit 50 "$BUSYBOX" sh -c 'dd if=/dev/zero of=/dev/shm/f bs=1M count=20 2>/dev/null; sleep 1000 & sleep 1000 & while :; do :; done'
	three() { [ "$(value pids.current)" = 3 ]; }
	wait_for 20 three
	pl 0 stats --no-stream
	is "${#lines[@]}" 2
	has "${lines[1]}" "$name"
	has "${lines[1]}" "/ 67.11MB"
	pl 0 stats --no-stream --format '{{.PIDS}} {{.CPUPerc}} {{.MemPerc}} {{.MemUsageBytes}}' "$name"
	like "$output" "3 *% *% *MiB / 64MiB"
	read -r _ cpu mem rest <<<"$output"
	awk "BEGIN { exit !(${cpu%\%} > 5 && ${mem%\%} > 30 && ${mem%\%} < 100) }"
	pl 0 stats --no-stream --format json
	is "$(json '.[0].name + " " + .[0].pids')" "$name 3"
	leave
}

@test "stats: again and again until it is interrupted; containers come and go" {
	start --memory 64m "$BUSYBOX" sleep 1000
	"$PODLITE" stats -i 1 --format '{{.Name}}' >"$T/stream" 3>&- 4>&- &
	reader=$!
	twice() { [ "$(grep -c "$name" "$T/stream")" -ge 2 ]; }
	wait_for 20 twice
	leave
	kill -0 "$reader"
	kill "$reader"
	wait "$reader" || is "$?" 143
}

@test "update: the kernel's files change at once, and stay so after a restart" {
	start --memory 64m "$BUSYBOX" sleep 1000
	pl 0 update --memory 96m --cpus 0.5 --pids-limit 33 "$name"
	is "$(value memory.max) $(value cpu.max) $(value pids.max)" "$((96 << 20)) 50000 100000 33"
	pl 0 restart -t 0 "$name"
	is "$(value memory.max) $(value cpu.max) $(value pids.max)" "$((96 << 20)) 50000 100000 33"
	pl 0 update --memory 0 --pids-limit -1 "$name"
	is "$(value memory.max) $(value cpu.max) $(value pids.max)" "max 50000 100000 max"
	leave
}

@test "update: a container without limits gets them at its next start" {
	start "$BUSYBOX" sleep 1000
	pl 125 update --memory 64m "$name"
	pl 0 stop -t 0 "$name"
	pl 0 update --memory 64m "$name"
	pl 0 start "$name"
	is "$(value memory.max)" $((64 << 20))
	leave
}

@test "update: what the kernel refuses changes nothing" {
	start --memory 64m "$BUSYBOX" sleep 1000
	dir=$(group_of "$name")
	chmod a-w "$dir/memory.max"
	pl 125 update --memory 96m "$name"
	is "$(wc -l <"$ERR")" 1
	is "$(podlite inspect --format '{{.HostConfig.Memory}}' "$name")" $((64 << 20))
	leave
}
