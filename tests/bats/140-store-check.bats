#!/usr/bin/env bats
# 140-store-check: `system check` names every damage in a store, raises no false alarm, and mends.

load helpers

setup_file() { image "$BUSYBOX" "$DEBIAN"; }

# each test breaks a store of its own
own_store() {
	store "$1"
	shift
	image "$@"
}
inside() { podlite unshare sh -ec "$1" sh "$ROOT" "${@:2}"; }
clean() { # OPTION...
	pl 0 system check "$@"
	is "$output$stderr" ""
}
# problems: code and path of each
problems() { # STATUS OPTION...
	pl "$1" system check --format json "${@:2}"
	json '.problems[] | "\(.code) \(.path // .id)"' | sort >"$T/problems"
	cat "$T/problems"
}
# top LAYER-OF: the directory of the only layer of a one-layer image
top() { echo "$ROOT/layers/$(podlite image inspect -f '{{index .RootFS.Layers 0}}' "$1" | sed 's/^sha256://')/diff"; }

@test "system check: a store is clean after ordinary use, at every depth" {
	pl 0 run --name a "$DEBIAN" sh -c 'echo x >/etc/new; rm /etc/motd; ln /etc/passwd /etc/second'
	pl 0 commit -q a localhost/committed
	echo text >"$T/file"
	pl 0 cp "$T/file" a:/root/file
	pl 0 run -d --name b -v some:/data localhost/committed sleep 100
	pl 0 exec b sh -c 'echo y >/data/y; cat /etc/new'
	clean --quick
	clean
	clean --deep
	pl 0 rm -t 0 -f a b
	pl 0 rmi localhost/committed
	pl 0 system prune -f --volumes
	clean --deep --max 0s
	pl 0 system check --format json
	is "$(json '[.version, (.problems | length)] | tojson')" '[1,0]'
}

@test "system check: every kind of damage in a layer is named, with its file" {
	own_store damage "$DEBIAN"
	d=$(top "$DEBIAN")
	# what is found at every depth
	inside '
		cd "$2/etc"
		rm issue; mkdir extra; >extra/below; rm debian_version; mkdir debian_version
		chmod 600 passwd; chown 5:5 group; echo >>shells; touch profile; touch -d 2000-01-01 .' "$d"
	problems 1 --quick
	is "$(cat "$T/problems")" "layer-file-extra /etc/extra
layer-file-missing /etc/issue
layer-file-mode /etc/passwd
layer-file-owner /etc/group
layer-file-size /etc/shells
layer-file-time /etc
layer-file-time /etc/profile
layer-file-type /etc/debian_version"
	pl 1 system check --quick --format '{{.code}} {{.path}}: {{.message}}'
	has "$output" "layer-file-mode /etc/passwd: its mode has changed"
	pl 1 system check
	has "$output" "/etc/issue: it is missing [layer-file-missing]"
	has "$output" "8 problems found"
}

@test "system check: links and attributes are compared by default, contents by --deep" {
	need_command setfattr
	own_store depths "$DEBIAN"
	d=$(top "$DEBIAN")
	inside '
		cd "$2"
		t=$(stat -c %y usr/bin); l=$(readlink usr/bin/awk); lt=$(stat -c %y usr/bin/awk)
		rm usr/bin/awk; ln -s "${l%k}x" usr/bin/awk; touch -h -d "$lt" usr/bin/awk; touch -d "$t" usr/bin
		setfattr -n user.new -v 1 etc/passwd
		t=$(stat -c %y etc/group); printf X | dd of=etc/group conv=notrunc bs=1 2>/dev/null; touch -d "$t" etc/group' "$d"
	problems 0 --quick
	problems 1
	is "$(cat "$T/problems")" "layer-file-attributes /etc/passwd
layer-file-link /usr/bin/awk"
	problems 1 --deep
	is "$(cat "$T/problems")" "layer-file-attributes /etc/passwd
layer-file-content /etc/group
layer-file-link /usr/bin/awk"
	pl 125 system check --quick --deep
	has "$stderr" "exclude each other"
}

@test "system check: podlite's own records: indexes, images, names, documents, containers, volumes" {
	own_store records "$BUSYBOX"
	pl 0 create --name half "$BUSYBOX"
	half=$output
	pl 0 run -d --name nameless --network none "$BUSYBOX" true # one that never ran would be swept away
	nameless=$output
	pl 0 wait nameless
	pl 0 volume create odd
	pl 0 volume create gone
	id=$(podlite image inspect -f '{{.Id}}' "$BUSYBOX")
	id=${id#sha256:}
	layer=$(basename "$(dirname "$(top "$BUSYBOX")")")
	missing=$(printf '%064d' 7)
	inside '
		cd "$1"
		rm "containers/$2/record.json" cnames/nameless
		echo "{" >volumes/odd/volume.json; rmdir volumes/gone/_data
		echo >>"blobs/sha256/$3"; printf X | dd of="layers/$4/tar-index.zst" bs=1 seek=9 conv=notrunc 2>/dev/null
		ln -s "../images/$5.json" names/localhost+none:latest
		sed "s/$4/$5/" "images/$3.json" >"images/$6.json"' "$half" "$id" "$layer" "$missing" "$(printf '%064d' 8)"
	problems 1
	is "$(cat "$T/problems")" "$(sort <<-END
		blob-content $id
		container-half $half
		container-nameless $nameless
		image-layer-missing $missing
		layer-index tar-index.zst
		name-dangling localhost/none:latest
		volume-data gone
		volume-record odd
	END
	)"
	inside 'rm -rf "$1/containers/$2"' "$half"
}

@test "a damaged record of an image is named wherever it is asked for; pull and --repair mend it" {
	own_store torn "$BUSYBOX"
	local id
	id=$(podlite image inspect -f '{{.Id}}' "$BUSYBOX")
	tear() { head -c 50 "$T/record" >"$ROOT/images/$id.json"; }
	cp "$ROOT/images/$id.json" "$T/record"
	for mend in "pull -q $BUSYBOX" "system check --quick --repair"; do
		tear
		for words in "run --rm $BUSYBOX" "image inspect $BUSYBOX" "image exists $BUSYBOX" "rmi ${id:0:12}"; do
			# shellcheck disable=SC2086
			pl 125 $words
			has "$stderr" "image ${id:0:12}: its record is damaged"
			has "$stderr" "podlite system check --repair"
		done
		# shellcheck disable=SC2086
		PL_QUIET=0 pl 0 $mend
		pl 0 system check --quick
		pl 0 run --rm --network none "$BUSYBOX" true
	done
}

@test "system check: what nobody uses is a problem once it is older than --max" {
	own_store unused "$BUSYBOX"
	layer=$(basename "$(dirname "$(top "$BUSYBOX")")")
	inside 'cd "$1"; cp -a "layers/$2" "layers/$3"; touch "layers/$3" "blobs/sha256/$3" "layers/.lock-$3"' "$layer" "$(printf '%064d' 9)"
	problems 0 --quick
	problems 1 --quick --max 0s
	is "$(cut -d' ' -f1 "$T/problems" | tr '\n' ' ')" "blob-orphan layer-orphan lock-stale "
	json '.problems[].leftover' | is "$(sort -u)" true
	inside 'cd "$1"; touch -d "2 days ago" "layers/$2"' "$(printf '%064d' 9)"
	problems 1 --quick
	is "$(cut -d' ' -f1 "$T/problems")" "layer-orphan"
	problems 0 --quick -m 72h
}

@test "system check --deep: a layer of an older podlite, without inventory, is compared by its DiffID" {
	own_store old "$BUSYBOX"
	d=$(top "$BUSYBOX")
	inside 'cd "$2/.."; rm inventory.zst; sed -i "s/, *\"inventory\": *true//" layer.json; ! grep inventory layer.json' "$d"
	clean
	clean --deep
	inside 'cd "$2"; printf X | dd of=bin/busybox bs=1 seek=5000 conv=notrunc 2>/dev/null' "$d"
	clean
	problems 1 --deep
	like "$(cat "$T/problems")" "layer-diff-id *"
}

@test "system check: no false alarm while others pull, remove, tag, run and commit" {
	own_store busy "$BUSYBOX"
	work() {
		local i end=$((SECONDS + 5))
		for ((i = 0; SECONDS < end; i++)); do
			podlite pull -q "$DEBIAN"
			podlite run --rm --name "w$1-$i" "$BUSYBOX" true
			podlite create --name "n$1-$i" "$BUSYBOX"
			podlite commit -q "n$1-$i" "localhost/c$1:$i"
			podlite rm "n$1-$i"
			podlite rmi "localhost/c$1:$i" "$DEBIAN"
		done >/dev/null 2>&1
	}
	work 1 &
	one=$!
	work 2 &
	two=$!
	checks=0
	while kill -0 $one 2>/dev/null; do
		for depth in --quick '' --deep; do
			# shellcheck disable=SC2086 # no argument where it is empty
			clean $depth --max 1h
			checks=$((checks + 1))
		done
	done
	wait $one $two || : # both remove the same image
	echo "# 140: $checks checks beside two writers, 0 false alarms" >&3
	[ "$checks" -ge 3 ]
	clean --deep
}

# damage LAYER-DIRECTORY: a bit of /etc/group, times kept
damage() { inside 't=$(stat -c %y "$2/etc/group"); printf X | dd of="$2/etc/group" conv=notrunc bs=1 2>/dev/null; touch -d "$t" "$2/etc/group"' "$1"; }

@test "system check --repair: only the damaged layer is fetched again, also below a stopped container" {
	own_store repair "$DEBIAN" "$BUSYBOX"
	pl 0 run --name kept "$DEBIAN" sh -c 'echo mine >/mine'
	d=$(top "$DEBIAN")
	damage "$d"
	inside 'rm "$2/etc/issue"; echo >>"$1/blobs/sha256/$3"; ln -s ../images/x.json "$1/names/localhost+x:1"' \
		"$d" "$(podlite image inspect -f '{{.Id}}' "$DEBIAN")"
	pl 1 system check --deep
	pl 0 system check --deep --repair
	has "$output" ": fetched again as ${DEBIAN%:*}@sha256:"
	has "$output" "name localhost/x:1: removed"
	clean --deep
	pl 0 start -a kept
	pl 0 run --rm "$DEBIAN" head -c 4 /etc/group
	is "$output" root
	pl 0 diff kept
	has "$output" "A /mine"
}

@test "system check --repair: what is no content is mended without a registry; content is not, and --force removes" {
	own_store local "$DEBIAN"
	pl 0 run --name c "$DEBIAN" sh -c 'mkdir /etc/own; echo mine >/etc/own/file; chmod 640 /etc/own/file'
	pl 0 commit -q c localhost/own
	id=$output
	pl 0 rm c
	d=$ROOT/layers/$(podlite image inspect "$id" | jq -r '.[0].RootFS.Layers[-1]' | sed 's/^sha256://')/diff
	inside 'chmod 600 "$2/etc/own/file"; >"$2/etc/extra"' "$d"
	pl 0 system check --repair
	has "$output" "made anew from its own files"
	clean --deep
	pl 0 run --rm localhost/own stat -c '%a %U' /etc/own/file
	is "$output" "640 root"
	inside 'echo other >"$2/etc/own/file"' "$d"
	pl 0 create localhost/own true
	pl 1 system check --repair
	has "$output" "it was not pulled, so there is nowhere to fetch it from; --force removes it"
	pl 125 system check --force
	pl 0 system check --repair --force
	has "$output" "image ${id:0:12}: removed"
	pl 1 image exists localhost/own
	pl 0 image exists "$DEBIAN"
	clean --deep
}

@test "system check --repair: a layer that a running container uses is left alone" {
	own_store live "$BUSYBOX"
	pl 0 run -d --name live "$BUSYBOX" sleep 100
	inside 'chmod 700 "$2/bin/busybox"' "$(top "$BUSYBOX")"
	pl 1 system check --repair --format json
	has "$(json '.done[]')" "container live runs from it"
	pl 0 rm -t 0 -f live
	pl 0 system check --repair --tls-verify=false
	clean --deep
}

@test "system check --deep: 1000 random single-bit changes are found, every one" {
	own_store flips "$DEBIAN" "$BUSYBOX"
	seed=$RANDOM$RANDOM
	podlite unshare "$BATS_TEST_DIRNAME/bitflips.py" "$ROOT" 1000 "$seed" \
		"$PODLITE" --root "$ROOT" --runroot "$RUNROOT" system check --deep --format json | tee "$T/flips"
	sed -n 's/^# bit/# 140: bit/p' "$T/flips" >&3
	grep -q ' 1000 found, 0 false' "$T/flips"
}

@test "system df: images, containers, volumes are what du says, byte for byte" {
	own_store df "$DEBIAN" "$BUSYBOX"
	pl 0 run --name c -v v:/data "$DEBIAN" sh -c 'head -c 123456 /dev/urandom >/data/x; head -c 99999 /dev/urandom >/y; ln /y /z; sync'
	pl 0 commit -q c localhost/shares
	image=$output
	inside 'cd "$1"; sync -f .; du -sc --block-size=1 layers/*/ blobs/sha256/* | tail -1 | cut -f1; du -s --block-size=1 containers/*/ | cut -f1
		du -s --block-size=1 volumes/v | cut -f1' >"$T/du"
	pl 0 system df --format json
	json '.[].RawSize' | diff - "$T/du"
	# every part of an image: shared and unique
	parts=$(podlite image inspect "$image" | jq -r '.[0] | "blobs/sha256/\(.Id)", (.Digest | sub("sha256:"; "blobs/sha256/")), (.RootFS.Layers[] | sub("sha256:"; "layers/"))')
	# shellcheck disable=SC2086 # a word a part
	bytes=$(inside 'cd "$1"; shift; du -sc --block-size=1 "$@" | tail -1 | cut -f1' $parts)
	pl 0 system df -v
	size=$(sed -n 's/^localhost\/shares  *latest  *[0-9a-f]*  *.* ago  *\([0-9.]*[kMG]*B\) .*/\1/p' <<<"$output")
	is "$size" "$(awk -v b="$bytes" 'BEGIN { split("B kB MB GB", u, " "); for (i = 1; b >= 1000; i++) b /= 1000; printf "%.4g%s", b, u[i] }')"
}

@test "system reset: everything goes, after a question or with --force" {
	own_store reset "$BUSYBOX"
	pl 0 run -d -v data:/d "$BUSYBOX" sleep 100
	pl 0 run "$BUSYBOX" true
	pl 125 system reset <<<y
	is "$stderr" "podlite: system reset: no terminal to ask whether to remove everything; use --force to go on without asking"
	pl 0 image exists "$BUSYBOX"
	script -qec "$(printf '%q ' "$PODLITE" --root "$ROOT" --runroot "$RUNROOT" system reset)" /dev/null <<<n >"$T/asked"
	grep -q 'all images' "$T/asked"
	pl 0 image exists "$BUSYBOX"
	pl 0 system reset -f
	is "$output$stderr$(find "$ROOT" "$RUNROOT" -mindepth 1)" ""
	pl 0 images -q
	is "$output" ""
	image "$BUSYBOX"
	pl 0 system reset --force
	is "$(find "$ROOT" -mindepth 1)" ""
}

@test "pull: what cannot fit is refused before it is fetched, and says by how much" {
	store full
	mkdir -p "$T/small"
	# shellcheck disable=SC2016 # for the inner shell
	unshare -Urm --map-auto sh -ec '
		mount -t tmpfs -o size=2m none "$1"
		r=0
		"$2" --root "$1/root" --runroot "$1/run" pull -q "$3" || r=$?
		[ "$r" = 125 ] && [ -z "$(find "$1/root/layers" "$1/root/tmp" -mindepth 1)" ]' - "$T/small" "$PODLITE" "$DEBIAN" 2>"$T/err" || { cat "$T/err"; false; }
	cat "$T/err"
	matches "$(cat "$T/err")" 'no room for the image: its layers are at least [0-9.]+MB, .* has [0-9.]+[kM]B free: [0-9.]+[kM]B too little; make room'
}

@test "size-budget: after a pull unused images go, the least recently used first, never one in use" {
	own_store budget "$BUSYBOX" "$DEBIAN"
	records() { podlite image inspect -f '{{.Id}}' "$1" | sed "s|.*|$ROOT/images/&.json|"; }
	touch -d "9 days ago" "$(records "$BUSYBOX")"
	touch -d "8 days ago" "$(records "$DEBIAN")"
	# a container that is gone again: used today
	pl 0 run --rm "$BUSYBOX" true
	[ "$(records "$BUSYBOX")" -nt "$(records "$DEBIAN")" ]
	debian=$(podlite image inspect -f '{{.Size}}' "$DEBIAN")
	# all but half of debian: it goes, busybox, used later, stays
	before=$(cat "$ROOT"/layers/*/layer.json | jq -s 'map(.diskBytes) | add')
	PODLITE_SIZE_BUDGET=$((before - debian / 2)) pl 0 pull -q "$BUSYBOX"
	pl 1 image exists "$DEBIAN"
	pl 0 image exists "$BUSYBOX"
	# in use: stays, however small the budget; what was just pulled stays as well
	pl 0 create --name user "$BUSYBOX"
	PODLITE_SIZE_BUDGET=1 pl 0 pull -q "$DEBIAN"
	pl 0 image exists "$BUSYBOX"
	pl 0 rm user
	# and what run pulls makes room as well
	pl 0 rmi "$DEBIAN"
	PODLITE_SIZE_BUDGET=1 pl 0 run -q --name other "$DEBIAN" true
	pl 1 image exists "$BUSYBOX"
	pl 0 image exists "$DEBIAN"
	clean --deep --max 0s
}
