#!/usr/bin/env bats
# 430-runtime.bats: podlite-runtime with --systemd-cgroup, as podman drives it where systemd runs.

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

@test "runtime: a cgroupsPath that systemd cannot make is refused" {
	mkdir -p "$T/b/rootfs"
	(cd "$T/b" && "$RUNTIME" spec --rootless && jq '.linux.cgroupsPath = "/a/b" | .process.terminal = false' config.json >c && mv c config.json)
	run -1 "$RUNTIME" --root "$T/state" --systemd-cgroup create --bundle "$T/b" refused
	has "$output" SLICE:PREFIX:NAME
}

# bytes of memory that a container may have, and have at all
starts_with() {
	jq --argjson n "$1" '.linux.resources = {"memory": {"limit": $n}}' "$T/b/config.json" >"$T/b/new" && mv "$T/b/new" "$T/b/config.json"
	run -0 "$RUNTIME" --root "$T/state" --systemd-cgroup run --bundle "$T/b" small </dev/null
	is "$output" "$1"
}

@test "runtime: a container starts under a memory limit of 1 MiB" {
	mkdir -p "$T/b/rootfs/bin" "$T/state"
	chmod 700 "$T/state"
	cp /bin/busybox "$T/b/rootfs/bin/cat"
	(cd "$T/b" && "$RUNTIME" spec --rootless && jq '.process.terminal = false | .process.args = ["cat", "/sys/fs/cgroup/memory.max"] |
		.mounts += [{"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup", "options": ["ro"]}]' config.json >c && mv c config.json)
	starts_with $((1 << 20))
	pl 0 run --rm --network none --memory 1m "$BUSYBOX" cat /sys/fs/cgroup/memory.max
	is "$output" $((1 << 20))
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
