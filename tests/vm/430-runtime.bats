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
