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
@test "U17: a container sees a parent that a layer left out as the lower layers have it" {
	python3 - "$T" <<-'PY'
		import io, sys, tarfile
		def layer(name, *entries):
		    t = tarfile.open(f"{sys.argv[1]}/{name}.tar", "w", format=tarfile.PAX_FORMAT)
		    for path, kind, mode, uid in entries:
		        i = tarfile.TarInfo(path)
		        i.type, i.mode, i.uid, i.gid, i.mtime = kind, mode, uid, uid, 1600000000
		        if kind == tarfile.DIRTYPE and uid == 33:
		            i.pax_headers = {"SCHILY.xattr.user.kept": "yes"}
		        t.addfile(i, io.BytesIO(b""))
		    t.close()
		D, F = tarfile.DIRTYPE, tarfile.REGTYPE
		layer("low", ("www", D, 0o750, 33), ("www/deep", D, 0o2711, 5), ("www/gone", D, 0o700, 5), ("www/f", F, 0o600, 33))
		layer("up", ("www/deep/er/new", F, 0o644, 7), ("www/.wh.gone", F, 0, 0))
		layer("top", ("www/gone/again", F, 0o644, 0), ("www/deep/top", F, 0o644, 0), ("tmp/x", F, 0o644, 0))
	PY
	local image=$REGISTRY/implied:latest driver
	"$MKIMAGE" "$image" -l "$IMAGES/layers/busybox.tar:none" -l "$T/low.tar:gzip" -l "$T/up.tar:gzip" -l "$T/top.tar:gzip" --cmd sh >/dev/null
	for driver in overlay fuse-overlayfs vfs; do
		store "implied-$driver"
		pl 0 --storage-driver $driver pull -q "$image"
		pl 0 --storage-driver $driver run --rm --network none "$image" stat -c '%n %a %u %g' \
			/www /www/deep /www/deep/er /www/deep/er/new /www/gone /tmp
		is "$output" "/www 750 33 33
/www/deep 2711 5 5
/www/deep/er 755 0 0
/www/deep/er/new 644 7 7
/www/gone 755 0 0
/tmp 1777 0 0"
		pl 0 --storage-driver $driver run --rm --network none "$image" sh -c 'probe tree /www | grep -c podlite.implied; ls /www/deep /www'
		is "$(head -n 1 <<<"$output")" 0
		pl 0 --storage-driver $driver rmi "$image"
		is "$(find "$ROOT/cache" "$ROOT/tmp" -name 'dirs-*' -o -name 'trash-*')" ""
	done
}

@test "U18: many entries and links" { hostile run U18; }
@test "U19: times before, after and beside the calendar" { hostile run U19; }
@test "U20: owners outside the map are an error" { hostile run U20; }
@test "U21: cut off, continued, doubled archives" { hostile run U21; }
@test "U22: directories of mode 0" { hostile run U22; }
@test "U23, U24: kill -9, a full disk, confinement" { hostile faults; }
@test "R5, V52: gzip and zstd: members, frames, damage, bombs" { hostile packed; }
@test "V53: every kind of entry after every other" { hostile pairs; }

# list DIR: all that a layer can say of its files
list() {
	(cd "$1" && find . -printf '%p %y %m %U:%G %s %n %l %T@\n' | sort && getfattr -R -d . &&
		find . -type f -exec sha256sum {} + | sort)
}

# as root of a user namespace: special files, then tar's answer against ours
compare() {
	local d=$1 format how to xattrs
	mkdir -p "$d/src/sub"
	truncate -s 5M "$d/src/sparse"
	printf x | dd of="$d/src/sparse" bs=1 seek=3000000 conv=notrunc status=none
	truncate -s 70000 "$d/src/zeros"
	(printf x; head -c 100000 /dev/zero) >"$d/src/ends"
	echo text >"$d/src/a"
	ln "$d/src/a" "$d/src/b"
	ln -s a "$d/src/l"
	mkfifo "$d/src/p"
	chown 33:34 "$d/src/b" "$d/src/sub"
	chmod 2750 "$d/src/sub"
	chmod 4755 "$d/src/b"
	touch -d 1970-01-02 "$d/src/sub"
	setfattr -n user.x -v y "$d/src/a"
	# with holes told by the archive, and found by us in what it stores
	for how in posix--sparse gnu--sparse posix--no-acls; do
		format=${how%%-*} to=$d/$how
		mkdir -p "$to/tar"
		xattrs=--xattrs
		[ $format = posix ] || xattrs=--no-xattrs
		tar -C "$d/src" $xattrs "${how#"$format"}" --format=$format -cf "$d/l.$how" .
		tar -C "$to/tar" --xattrs-include='*' $xattrs -xpf "$d/l.$how"
		python3 "$BATS_TEST_DIRNAME/hostile_tars.py" one "$UNPACK" "$to" "$d/l.$how"
		diff <(list "$to/tar") <(list "$to/diff")
		[ "$(du -k "$to/diff/sparse" | cut -f1)" -lt 100 ]
	done
}

@test "unpack: the same tree as tar makes" {
	export BATS_TEST_DIRNAME
	export -f list compare
	# shellcheck disable=SC2016 # for the inner shell
	unshare -Urm --map-auto bash -euc 'compare "$1"' - "$T/same"
	unshare -Urm --map-auto rm -rf "$T/same"
}
