#!/usr/bin/env bats
# 091-seccomp.bats: the default system call filter in real containers, other profiles, --init.
# The whole table and every argument are in tests/unit/test_seccomp_filter.c.

load helpers

DANGEROUS="add_key bpf init_module kexec_load keyctl mount open_by_handle_at perf_event_open
	pivot_root reboot setns swapon umount2 unshare userfaultfd"

# errors EXPECTED CALL...: each call answers that
errors() {
	local want=$1 c
	shift
	for c; do
		grep -qx "$c $want" <<<"$output" || { echo "# $c is not $want in: $output" && return 1; }
	done
}

@test "V23: seccomp: unknown and new calls are ENOSYS, dangerous ones EPERM, ordinary ones work" {
	# shellcheck disable=SC2086
	pl 0 run --rm "$BUSYBOX" probe syscall $DANGEROUS clone3 io_uring_setup 1999 600
	# shellcheck disable=SC2086
	errors EPERM $DANGEROUS
	errors ENOSYS clone3 io_uring_setup 1999 600
	pl 0 run --rm "$BUSYBOX" grep Seccomp: /proc/self/status
	matches "$output" 'Seccomp:[[:space:]]*2'
}

@test "V59: seccomp: no new user namespace by default, and in exec neither" {
	pl 0 run --rm "$BUSYBOX" probe unshare user
	is "$output" EPERM
	name c
	pl 0 run -d --name "$name" "$BUSYBOX" sleep 1000
	pl 0 exec "$name" probe unshare user
	is "$output" EPERM
	pl 0 exec "$name" probe syscall 1999 clone3
	errors ENOSYS 1999 clone3
	pl 0 rm -t 0 -f "$name"
}

@test "seccomp: nested allows namespaces and nothing else" {
	pl 0 run --rm --security-opt seccomp=nested "$BUSYBOX" probe unshare user
	is "$output" OK
	pl 0 run --rm --security-opt seccomp=nested "$BUSYBOX" probe syscall bpf kexec_load add_key 1999
	errors EPERM bpf kexec_load add_key
	errors ENOSYS 1999
}

@test "seccomp: unconfined and --privileged have no filter" {
	pl 0 run --rm --security-opt seccomp=unconfined "$BUSYBOX" grep Seccomp: /proc/self/status
	matches "$output" 'Seccomp:[[:space:]]*0'
	pl 0 run --rm --privileged "$BUSYBOX" grep Seccomp: /proc/self/status
	matches "$output" 'Seccomp:[[:space:]]*0'
}

@test "seccomp: a profile from a file, in docker's format" {
	cat >"$T/p.json" <<'JSON'
{"defaultAction": "SCMP_ACT_ALLOW",
 "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28},
   {"names": ["chmod", "fchmodat", "fchmodat2"], "action": "SCMP_ACT_ERRNO", "errno": "EROFS",
    "excludes": {"caps": ["CAP_SYS_ADMIN"]}}]}
JSON
	pl 1 run --rm --security-opt seccomp="$T/p.json" "$BUSYBOX" mkdir /x
	has "$stderr" "No space left"
	pl 1 run --rm --security-opt seccomp="$T/p.json" "$BUSYBOX" chmod 700 /etc
	has "$stderr" "Read-only file system"
	pl 0 run --rm --cap-add SYS_ADMIN --security-opt seccomp="$T/p.json" "$BUSYBOX" chmod 755 /etc
}

@test "seccomp: a profile that cannot be read or understood is an error that names it" {
	pl 125 run --rm --security-opt seccomp="$T/none.json" "$BUSYBOX" true
	has "$stderr" none.json
	echo '{"defaultAction": "SCMP_ACT_PERHAPS"}' >"$T/bad.json"
	pl 125 run --rm --security-opt seccomp="$T/bad.json" "$BUSYBOX" true
	has "$stderr" SCMP_ACT_PERHAPS
	echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mkdir"], "action": "SCMP_ACT_NOTIFY"}]}' \
		>"$T/notify.json"
	pl - run --rm --security-opt seccomp="$T/notify.json" "$BUSYBOX" true
	[ "$status" -ne 0 ]
	has "$stderr" listenerPath
}

@test "seccomp: capabilities open their calls" {
	pl 0 run --rm --cap-add SYS_ADMIN "$BUSYBOX" probe syscall umount2 clone3
	hasnt "$output" "umount2 EPERM"
	hasnt "$output" "clone3 ENOSYS"
	pl 0 run --rm --cap-drop SYS_CHROOT "$BUSYBOX" sh -c 'chroot / true || echo refused'
	is "$output" refused
}

@test "V60: no CAP_NET_RAW; ping sockets need no capability" {
	pl 0 run --rm "$BUSYBOX" probe caps
	[ $((0x$(field CapBnd) & 0x2000)) = 0 ]
	# Debian's busybox pings by raw sockets alone
	pl 1 run --rm "$BUSYBOX" ping -c 1 -W 2 127.0.0.1
	pl 0 run --rm "$BUSYBOX" cat /proc/sys/net/ipv4/ping_group_range
	matches "$output" '^0[[:space:]]+0$'
	pl 0 run --rm --cap-add NET_RAW "$BUSYBOX" ping -c 1 -W 2 127.0.0.1
}

@test "V23: seccomp: filters are compiled once" {
	pl 0 run --rm "$BUSYBOX" true
	local before
	before=$(find "$ROOT" -name '*.bpf' | wc -l)
	[ "$before" -gt 0 ]
	pl 0 run --rm "$BUSYBOX" true
	is "$(find "$ROOT" -name '*.bpf' | wc -l)" "$before"
	is "$(find "$ROOT" -name '*.bpf' -perm /077)" ""
}

@test "init: reaps, forwards signals, and ends with the command's status" {
	pl 42 run --rm --init "$BUSYBOX" sh -c 'exit 42'
	pl 0 run --rm --init "$BUSYBOX" probe zombies 5
	is "$output" "zombies 0"
	name i
	pl 0 run -d --init --name "$name" "$BUSYBOX" probe trap
	wait_for 10 sh -c "'$PODLITE' --root '$ROOT' --runroot '$RUNROOT' logs $name | grep -q ready"
	pl 0 kill -s USR1 "$name"
	wait_for 10 sh -c "'$PODLITE' --root '$ROOT' --runroot '$RUNROOT' logs $name | grep -q 'got USR1'"
	pl 0 stop -t 20 "$name"
	pl 0 wait "$name"
	is "$output" 42
	pl 0 rm "$name"
}
