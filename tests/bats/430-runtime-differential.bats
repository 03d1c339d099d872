#!/usr/bin/env bats
# 430-runtime-differential.bats: random documents under podlite-runtime and under Debian's runc must
# look the same from inside (tests/differential). PODLITE_DIFFERENTIAL is how many, 500 unless given.

load helpers
load threats

setup_file() { :; }
teardown() { rm -rf "$T/work"; }

@test "runtime: random documents look the same from inside as with runc" {
	[ "$(id -u)" = 0 ] || skip "for root"
	need_command runc
	RFS=$T/rootfs
	rootfs
	timeout 550 python3 "$TESTS/differential/run.py" "$PODLITE_BIN/podlite-runtime" "$(command -v runc)" \
		"$RFS" "$T/work" "${PODLITE_DIFFERENTIAL:-500}" 3>&- 4>&- | tee "$T/out"
	grep -q ', 0 differ,' "$T/out"
	find /sys/fs/cgroup -maxdepth 4 -name 'podlite-diff-*' | tee "$T/left"
	[ ! -s "$T/left" ]
}
