#!/usr/bin/env bats
# 430-runtime.bats: podlite-runtime with --systemd-cgroup, as podman drives it where systemd runs.

bats_require_minimum_version 1.5.0
load helpers

RUNTIME=$PODLITE_BIN/podlite-runtime
pm() {
	status=0
	timeout 120 podman --runtime "$RUNTIME" "$@" >"$OUT" 2>"$ERR" </dev/null 3>&- 4>&- || status=$?
	output=$(<"$OUT") stderr=$(<"$ERR")
	printf '$ podman %s\n%s\n%s\n(status %s)\n' "${*@Q}" "$output" "$stderr" "$status"
}

setup_file() {
	local r=$BATS_FILE_TMPDIR/r
	mkdir -p "$r/bin" "$r"/{dev,etc,proc,sys,tmp}
	cp /bin/busybox "$r/bin/"
	for a in sh cat sleep echo; do ln -s busybox "$r/bin/$a"; done
	tar -C "$r" -c . | podman import -q - pm-busybox >/dev/null 3>&- 4>&-
}
teardown() { podman rm -t 0 -af >/dev/null 2>&1 || :; }

@test "runtime: podman's limits are set in the scope that podman names" {
	pm info --format '{{.Host.CgroupManager}}'
	is "$output" systemd
	pm run --rm --network none --memory 64m --pids-limit 30 pm-busybox cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max
	is "$status" 0
	is "$output" "$((64 << 20))"$'\n30'
}

@test "runtime: podman's exec, pause, stats, update, stop and rm" {
	pm run -d --name rt --network none --memory 64m pm-busybox sleep 1000
	is "$status" 0
	like "$(cat "/proc/$(podman inspect --format '{{.State.Pid}}' rt)/cgroup")" "0::/*/user@1000.service/user.slice/libpod-$output.scope/*"
	pm exec rt cat /proc/self/cgroup
	is "$output" 0::/
	pm pause rt
	is "$status" 0
	pm unpause rt
	is "$status" 0
	pm stop -t 0 rt
	is "$status" 0
	pm rm rt
	is "$status" 0
	scopes() { find /sys/fs/cgroup -type d -name 'libpod-[0-9a-f]*.scope'; }
	none() { [ -z "$(scopes)" ]; }
	wait_for 10 none
}

# bundle NAME FILTER: $T/NAME with a document of `spec --rootless` without a terminal, as the jq filter changes it
bundle() {
	mkdir -p "$T/$1/rootfs/bin" "$T/state"
	chmod 700 "$T/state"
	(cd "$T/$1" && "$RUNTIME" spec --rootless && jq ".process.terminal = false | $2" config.json >new && mv new config.json)
}

@test "runtime: a cgroupsPath that systemd cannot make is refused" {
	bundle refused '.linux.cgroupsPath = "/a/b"'
	run -1 "$RUNTIME" --root "$T/state" --systemd-cgroup create --bundle "$T/refused" refused
	has "$output" SLICE:PREFIX:NAME
}

# Of its limit and of what it uses: the start itself must leave the greater part to the container.
fits_in_1m() {
	is "${lines[0]}" $((1 << 20))
	[ "${lines[1]}" -lt $((640 << 10)) ] || differ "${lines[1]}" $((640 << 10)) "is below"
	has "$output" $'\nmax 0\n'
	has "$output" $'\noom_kill 0\n'
}

@test "runtime: a container starts under a memory limit of 1 MiB, with room to spare" {
	local files='"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current", "/sys/fs/cgroup/memory.events"'
	bundle small ".process.args = [\"cat\", $files] | .linux.resources = {\"memory\": {\"limit\": 1048576}} |
		.mounts += [{\"destination\": \"/sys/fs/cgroup\", \"type\": \"cgroup\", \"source\": \"cgroup\", \"options\": [\"ro\"]}]"
	cp /bin/busybox "$T/small/rootfs/bin/cat"
	for _ in 1 2 3; do
		run -0 "$RUNTIME" --root "$T/state" --systemd-cgroup run --bundle "$T/small" small </dev/null
		fits_in_1m
		pl 0 run --rm --network none --memory 1m "$BUSYBOX" cat /sys/fs/cgroup/memory.{max,current,events}
		fits_in_1m
	done
}

@test "runtime: --runtime crun and podlite-runtime: limits, exec in the group, pause and stats" {
	for r in crun "$RUNTIME"; do
		name
		pl 0 --runtime "$r" --cgroup-manager systemd run -d --name "$name" --network none --memory 64m --pids-limit 30 "$BUSYBOX" sleep 1000
		pl 0 exec "$name" cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max
		is "$output" "$((64 << 20))"$'\n30'
		pl 0 pause "$name"
		pl 0 ps --format '{{.Status}}'
		has "$output" Paused
		pl 0 unpause "$name"
		pl 0 stats --no-stream --format '{{.PIDS}} {{.MemUsage}}' "$name"
		matches "$output" '^1 .*/ 67.1'
		pl 0 stop -t 0 "$name"
		pl 0 rm "$name"
		none() { [ -z "$(find /sys/fs/cgroup -type d -name "*$name*")" ]; }
		wait_for 5 none
	done
}
