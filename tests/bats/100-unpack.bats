#!/usr/bin/env bats
# 100-unpack.bats: podlite-unpack against layers that an attacker wrote (V52, V53, V56 and every U row).
# The layers and what must come of them are in hostile_tars.py; nothing outside the layer's
# directory may change, whatever they say.

load helpers

setup_file() {
	UNPACK=$(dirname "$PODLITE")/podlite-unpack
	export UNPACK
}

# hostile VERB ROW...
hostile() {
	local verb=$1
	shift
	timeout 300 unshare -Urm --map-auto python3 "$BATS_TEST_DIRNAME/hostile_tars.py" "$verb" "$UNPACK" \
		"$T/h" "$@"
}

@test "U1: names: absolute, dots, empty, the root itself" { hostile run U1; }
@test "U2: entries below links stay inside" { hostile run U2; }
@test "U3: the text of links is kept byte for byte" { hostile run U3; }
@test "U4: hard links lead to files of the same layer only" { hostile run U4; }
@test "U5: whiteouts hide lower layers, whatever their order, and nothing else" { hostile run U5; }
@test "U6: image bytes cannot forge overlay state" { hostile run U6; }
@test "U7: devices are left out, impossible numbers refused" { hostile run U7; }
@test "U8: FIFOs are made, strange types refused" { hostile run U8; }
@test "U9: setuid, setgid and sticky bits are kept" { hostile run U9; }
@test "U10: file capabilities bind to this user namespace or are dropped" { hostile run U10; }
@test "U11: extended attributes: user.* only, bounded" { hostile run U11; }
@test "U12: odd, long and deep names" { hostile run U12; }
@test "U13: extended headers: one meaning or refused" { hostile run U13; }
@test "U14: sparse files, old and new, honest and not" { hostile run U14; }
@test "U15: the last of several entries wins" { hostile run U15; }
@test "U16: metadata reaches the object just made" { hostile run U16; }
@test "U17: parents that only lower layers have" { hostile run U17; }
@test "U18: many entries and links" { hostile run U18; }
@test "U19: times before, after and beside the calendar" { hostile run U19; }
@test "U20: owners outside the map are an error" { hostile run U20; }
@test "U21: cut off, continued, doubled archives" { hostile run U21; }
@test "U22: directories of mode 0" { hostile run U22; }
@test "U23, U24: kill -9, a full disk, confinement" { hostile faults; }
@test "R5, V52: gzip and zstd: members, frames, damage, bombs" { hostile packed; }
@test "V53: every kind of entry after every other" { hostile pairs; }

@test "unpack: the same tree as tar makes" {
	local d=$T/same
	mkdir -p "$d/src/sub" "$d/tar" "$d/pl"
	truncate -s 5M "$d/src/sparse"
	printf x | dd of="$d/src/sparse" bs=1 seek=3000000 conv=notrunc status=none
	echo text >"$d/src/a"
	ln "$d/src/a" "$d/src/b"
	ln -s a "$d/src/l"
	mkfifo "$d/src/p"
	chmod 2750 "$d/src/sub"
	setfattr -n user.x -v y "$d/src/a" || skip "no xattrs here"
	tar -C "$d/src" --xattrs --sparse --format=posix -cf "$d/l.tar" .
	tar -C "$d/tar" --xattrs --xattrs-include='*' -xpf "$d/l.tar"
	unshare -Urm --map-auto python3 "$BATS_TEST_DIRNAME/hostile_tars.py" one "$UNPACK" "$d/pl" "$d/l.tar"
	list() { (cd "$1" && find . -printf '%p %y %m %s %n %l %T@\n' | sort && getfattr -R -d . && find . -type f -exec sha256sum {} +); }
	list "$d/tar" >"$d/1"
	list "$d/pl/diff" >"$d/2"
	diff "$d/1" "$d/2"
	[ "$(du -k "$d/pl/diff/sparse" | cut -f1)" -lt 100 ]
}
