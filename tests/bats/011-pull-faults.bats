#!/usr/bin/env bats
# 011-pull-faults.bats: a registry that lies, breaks off or hangs; a pull that is killed; a disk that is
# full. The next command works, says what happened, and shows no half image.

load helpers

setup_file() { :; }

setup() {
	store "$BATS_TEST_NUMBER"
	"$TESTS/images/badregistry" "$REGISTRY" >"$T/port" 2>"$T/log" 3>&- 4>&- &
	server=$!
	wait_for 10 test -s "$T/port"
	BAD=127.0.0.1:$(cat "$T/port")
	sed "s/^location = .*/location = \"$BAD\"/" "$CONTAINERS_REGISTRIES_CONF" >"$T/registries.conf"
	export CONTAINERS_REGISTRIES_CONF=$T/registries.conf
}

teardown() {
	kill "$server"
	wait "$server" || :
	no_leaks
	remove_store
}

# no image, no layer, nothing staged that the next writer would not sweep
nothing_there() {
	pl 0 images -a -q
	is "$output" ""
	is "$(find "$ROOT/images" "$ROOT/names" -mindepth 1 2>/dev/null)" ""
}
# and the store still works
works_now() {
	pl 0 pull -q "$BAD/ok/busybox"
	pl 0 images -q
	is "${#lines[@]}" 1
	podlite rmi -a -f >/dev/null
}

@test "pull faults: a layer that is not what its digest says (expected and found are named)" {
	pl 125 pull -q "$BAD/flip/busybox"
	matches "$stderr" 'digest|checksum|sha256'
	is "$(wc -l <"$ERR")" 1
	nothing_there
	works_now
}

@test "pull faults: a layer of another size than the manifest says" {
	for fault in half long; do
		pl 125 pull -q "$BAD/$fault/busybox"
		is "$(wc -l <"$ERR")" 1
		nothing_there
	done
	works_now
}

@test "pull faults: a connection that always breaks off" {
	pl 125 pull -q "$BAD/short/busybox"
	is "$(wc -l <"$ERR")" 1
	has "$stderr" "$BAD"
	nothing_there
	works_now
}

@test "pull faults: a connection that breaks off once is taken up again" {
	pl 0 pull -q "$BAD/range/busybox"
	pl 0 pull -q "$BAD/norange/busybox:docker"
}

@test "pull faults: 503 twice is tried again; for ever is an error" {
	pl 0 pull -q "$BAD/busy/busybox"
	podlite rmi -a -f
	pl 125 pull -q "$BAD/down/busybox"
	has "$stderr" 503
	nothing_there
}

@test "pull faults: silence in mid-layer ends by itself" {
	PODLITE_TIMEOUT=150 pl 125 pull -q --retry 0 "$BAD/hang/busybox"
	is "$(wc -l <"$ERR")" 1
	nothing_there
	works_now
}

@test "pull faults: a manifest that is not what its digest says" {
	digest=$(skopeo inspect --raw --tls-verify=false "docker://$BUSYBOX" | sha256sum | cut -d' ' -f1)
	pl 125 pull -q "$BAD/mflip/busybox@sha256:$digest"
	has "$stderr" "$digest"
	nothing_there
	works_now
}

@test "pull faults: manifests that are too large, too deep or no manifests" {
	pl 125 pull -q "$BAD/huge/busybox"
	pl 125 pull -q "$BAD/deep/busybox"
	pl 125 pull -q "$BAD/mtype/busybox"
	nothing_there
	works_now
}

@test "pull faults: redirects for ever, and to a file of this machine" {
	pl 125 pull -q "$BAD/loop/busybox"
	is "$(wc -l <"$ERR")" 1
	pl 125 pull -q "$BAD/away/busybox"
	is "$(wc -l <"$ERR")" 1
	hasnt "$stderr" root:
	nothing_there
}

@test "pull faults: a token that is never given" {
	pl 125 pull -q "$BAD/auth401/busybox"
	is "$(wc -l <"$ERR")" 1
	nothing_there
}

@test "pull faults: kill -9 of podlite, of the transfer, of the unpacker, of what it is a fork of: the next pull works" {
	for victim in podlite podlite-transfe podlite-layers podlite-unpack; do # the kernel keeps 15 letters
		podlite pull -q "$BAD/slow/debian:12" >"$T/out" 2>&1 &
		pid=$!
		sleep 1.5
		killed=
		# only below our own client
		mapfile -t family < <(descendants_of "$pid")
		for p in "${family[@]}"; do
			if [ "$(cat "/proc/$p/comm" 2>/dev/null)" = "$victim" ]; then
				[ $victim != podlite-unpack ] || is "$(ps -o comm= -p "$(ps -o ppid= -p "$p" | tr -d ' ')")" podlite-layers
				kill -9 "$p"
				killed=$p
				break
			fi
		done
		[ -n "$killed" ] || { echo "there was no $victim"; cat "$T/out"; false; }
		status=0
		wait "$pid" || status=$?
		[ "$status" != 0 ]
		# what it started goes, too
		wait_for 10 no_orphans
		nothing_there
		works_now
	done
	# nothing is left of them once somebody has written again
	is "$(ls -A "$ROOT/tmp" 2>/dev/null)" ""
}

descendants_of() {
	local p
	for p in $(pgrep -P "$1"); do
		echo "$p"
		descendants_of "$p"
	done
}

@test "pull faults: a full disk is said to be one, and what was there stays" {
	mkdir "$T/disk"
	# a file system of its own, in a user namespace of its own
	cat >"$T/full" <<-'X'
		set -eu
		mount -t tmpfs -o size=24m tmpfs "$T/disk"
		p() { "$PODLITE" --root "$T/disk/root" --runroot "$T/disk/run" "$@"; }
		p pull -q "$BAD/ok/busybox"
		if p pull -q "$BAD/ok/debian:12" 2>"$T/err"; then echo "it fitted?"; exit 1; fi
		cat "$T/err"
		grep -qE 'No space left|no room' "$T/err"
		[ "$(wc -l <"$T/err")" = 1 ]
		[ "$(p images -q | wc -l)" = 1 ]
		mount -o remount,size=1g "$T/disk"
		p pull -q "$BAD/ok/debian:12"
		[ "$(p images -q | wc -l)" = 2 ]
	X
	export T BAD
	timeout 120 unshare -r --map-auto -m bash "$T/full" 3>&- 4>&-
}
