#!/usr/bin/env bats
# 173-additional-stores.bats: images of other stores are seen, used and never written, whoever owns them.

load helpers
load registry

# The files' own store has nothing but what a test takes from the stores below $S:
#   oci    a layout of two images, owned by another user (a subordinate id; run by root: daemon)
#   own    a second store of the same user
S=$PODLITE_TEST_TMP/173.s
MADE=localhost/made:1

# as root of a user namespace with the subordinate ids, or as root itself
inside() { if [ "$(id -u)" = 0 ]; then "$@"; else unshare -r --map-auto "$@"; fi; }
give_away() { inside chown -hR 1:1 "$1"; }

setup_file() {
	mkdir -p "$S"
	ROOT=$S/own pl 0 pull -q "$BUSYBOX"
	ROOT=$S/own pl 0 run --name made "$BUSYBOX" sh -c 'echo A >/marker; mkdir /secret; echo s >/secret/file; chmod 600 /secret/file'
	ROOT=$S/own pl 0 commit -q made "$MADE"
	ROOT=$S/own pl 0 rm made
	ROOT=$S/own pl 0 save -q --format oci-dir -o "$S/oci" "$BUSYBOX"
	ROOT=$S/own pl 0 save -q --format oci-dir -o "$S/oci" "$MADE" localhost/other:2
	give_away "$S/oci"
}
teardown_file() {
	store_is_clean
	inside rm -rf "$S"
}

listing() { inside find "$1" -printf '%P %y %m %U %G %s %T@ %C@ %l\n' | sort; }

# with DIR STATUS ARG...: as pl with this additional store, of which nothing may change
with() {
	local dir=$1 before after
	shift
	before=$(listing "$dir")
	pl "$1" --storage-opt "additionalimagestore=$dir" "${@:2}"
	after=$(listing "$dir")
	is "$after" "$before"
}

# a changed copy of the layout: its files are ours
copy_of_oci() {
	rm -rf "$1"
	cp -r "$S/oci" "$1"
}
# the file of the layer that only MADE has
made_layer() { echo "$1/blobs/sha256/$(top_layer "$1")"; }
top_layer() { skopeo inspect --raw "oci:$1:$MADE" | jq -r '.layers[-1].digest' | cut -d: -f2; }
nothing_here() { podlite rmi -a -f >/dev/null 2>&1; pl 0 images -q && is "$output" ""; }

@test "additional stores: another user's images are listed, inspected and read-only" {
	nothing_here
	[ "$(id -u)" = "$(stat -c %u "$S/own")" ]
	[ "$(id -u)" != "$(stat -c %u "$S/oci")" ]
	with "$S/oci" 0 images --format '{{.Repository}}:{{.Tag}} {{.ReadOnly}}'
	is "$(sort <<<"$output")" "$(printf '%s true\n' "$BUSYBOX" "$MADE" localhost/other:2 | sort)"
	with "$S/oci" 0 images --format json
	is "$(json 'map(.ReadOnly) | tostring')" '[true,true]'
	is "$(json '[.[].Names[]] | sort | length')" 3
	with "$S/oci" 0 images
	like "${lines[0]}" "*R/O*"
	with "$S/oci" 0 images -q -f readonly=true
	is "${#lines[@]}" 2
	with "$S/oci" 0 images -q -f readonly=false
	is "$output" ""
	ROOT=$S/own pl 0 image inspect "$MADE"
	id=$(json '.[0].Id') layers=$(json '.[0].RootFS.Layers')
	with "$S/oci" 0 image inspect made:1
	is "$(json '.[0].Id')" "$id"
	is "$(json '.[0].RootFS.Layers')" "$layers"
	with "$S/oci" 0 image exists "${id:0:12}"
	with "$S/oci" 0 history --format '{{.Size}}' "$MADE"
	[ "${#lines[@]}" -ge 2 ]
	with "$S/oci" 0 image tree "$MADE"
	has "$output" "└── ID:"
	# nothing of it has come here
	is "$(find "$ROOT/layers" "$ROOT/images" "$ROOT/blobs/sha256" -mindepth 1)" ""
}

@test "additional stores: run takes the image without a registry, and it is ours from then on" {
	nothing_here
	with "$S/oci" 0 run --rm --pull never "$MADE" cat /marker /secret/file
	is "$output" $'A\ns'
	pl 0 run --rm --pull never --user 7 "$MADE" stat -c %u:%a /secret/file
	is "$output" 0:600
	with "$S/oci" 0 images --format '{{.Repository}}:{{.Tag}} {{.ReadOnly}}'
	is "$(sort <<<"$output")" "$(printf '%s\n' "$BUSYBOX true" "$MADE false" "localhost/other:2 false" | sort)"
	pl 0 system check --deep
	# as before when it has gone again
	pl 0 rmi "$MADE"
	pl 0 rmi localhost/other:2
	with "$S/oci" 0 images -q -f readonly=true
	is "${#lines[@]}" 2
	# and by id, by digest, and with the driver vfs
	ROOT=$S/own pl 0 image inspect --format '{{.Id}} {{index .RepoDigests 0}}' "$BUSYBOX"
	read -r id _ <<<"$output"
	with "$S/oci" 0 create --pull never --name byid "${id:0:10}" true
	pl 0 rm byid
	nothing_here
	with "$S/oci" 0 image inspect --format '{{index .RepoDigests 0}}' "$MADE"
	with "$S/oci" 0 run --rm --pull never "$output" cat /marker
	is "$output" A
}

@test "additional stores: mount, diff, save and push take what they need" {
	nothing_here
	with "$S/oci" 0 save -q -o "$T/made.tar" "$MADE"
	pl 0 events --since 1h --stream=false --filter image="$MADE" --format '{{.Status}}'
	has "$output" pull
	tar -tf "$T/made.tar" | grep -q manifest.json
	nothing_here
	with "$S/oci" 0 diff "$MADE"
	has "$output" "A /marker"
	nothing_here
	with "$S/oci" 0 tag "$MADE" localhost/mine:3
	pl 0 run --rm localhost/mine:3 cat /marker
	is "$output" A
	nothing_here
	with "$S/oci" 0 push -q "$MADE" "$REGISTRY/made-173:1"
	nothing_here
	with "$S/oci" 0 unshare sh -c 'exec "$0" --root "$1" --runroot "$2" --storage-opt "additionalimagestore=$3" image mount "$4"' \
		"$PODLITE" "$ROOT" "$RUNROOT" "$S/oci" "$MADE"
	nothing_here
}

@test "additional stores: what would take away from one is refused, and what clears stores leaves it alone" {
	nothing_here
	with "$S/oci" 0 image inspect --format '{{.Id}}' "$MADE"
	id=$output
	with "$S/oci" 125 rmi "$MADE"
	has "$stderr" "cannot remove read-only image \"$id\""
	has "$stderr" "$S/oci"
	with "$S/oci" 125 rmi -f "$id"
	with "$S/oci" 125 untag "$MADE"
	has "$stderr" "cannot untag read-only image"
	with "$S/oci" 1 rmi no-such-image
	with "$S/oci" 0 rmi -a -f
	with "$S/oci" 0 image prune -a -f
	with "$S/oci" 0 system prune -a -f
	with "$S/oci" 0 system check
	with "$S/oci" 0 system check --repair
	with "$S/oci" 0 system df --format '{{.Type}} {{.Total}}'
	has "$output" "Images 0"
	with "$S/oci" 0 system reset -f
	with "$S/oci" 0 images -q
	is "${#lines[@]}" 2
}

@test "additional stores: a pull takes from one the layers that it has" {
	nothing_here
	mkdir -p "$T/reg"
	registry_at "$T/reg"
	kill_me=$pid
	ROOT=$S/own pl 0 push -q --tls-verify=false "$BUSYBOX" "$addr/x:1"
	: >"$T/reg/log"
	with "$S/oci" 0 pull --tls-verify=false "$addr/x:1"
	has "$stderr" "is from $S/oci"
	layer=$(skopeo inspect --raw --tls-verify=false "docker://$addr/x:1" | jq -r '.layers[0].digest')
	is "$(grep -c "GET /v2/x/blobs/$layer" "$T/reg/log")" 0
	pl 0 run --rm "$addr/x:1" true
	# without the store it comes from there
	nothing_here
	pl 0 pull -q --tls-verify=false "$addr/x:1"
	is "$(grep -c "GET /v2/x/blobs/$layer" "$T/reg/log")" 1
	kill "$kill_me"
}

@test "additional stores: a damaged layer is refused by its digest, a pull then asks the registry" {
	nothing_here
	copy_of_oci "$T/bad"
	layer=$(made_layer "$T/bad")
	python3 - "$layer" <<-X
		import sys
		with open(sys.argv[1], "r+b") as f:
		    data = bytearray(f.read())
		    data[len(data) // 2] ^= 4
		    f.seek(0)
		    f.write(data)
	X
	PL_QUIET=0 with "$T/bad" 125 run --rm --pull never "$MADE" true
	has "$stderr" "additional store $T/bad"
	has "$stderr" "$(basename "$layer" | cut -c1-12)"
	pl 0 images -q
	is "$output" ""
	# the other image of the store is as it was, and the other store has the good one
	with "$T/bad" 0 run --rm --pull never "$BUSYBOX" true
	ROOT=$S/own pl 0 push -q "$MADE" "$REGISTRY/made-173:2"
	PL_QUIET=0 with "$T/bad" 0 pull "$REGISTRY/made-173:2"
	has "$stderr" "additional store $T/bad"
	pl 0 run --rm "$REGISTRY/made-173:2" cat /marker
	is "$output" A
	pl 0 system check --deep

	truncate -s 10 "$layer"
	pl 0 rmi -f "$REGISTRY/made-173:2"
	with "$T/bad" 125 run --rm --pull never "$MADE" true
	has "$stderr" "size: expected"
	rm "$layer"
	mkfifo "$layer"
	PODLITE_TIMEOUT=20 with "$T/bad" 125 run --rm --pull never "$MADE" true
	has "$stderr" "is no file"
	rm "$layer"
	ln -s /etc/passwd "$layer"
	with "$T/bad" 125 run --rm --pull never "$MADE" true
}

@test "additional stores: damaged documents are left out with a warning that names the store" {
	nothing_here
	copy_of_oci "$T/bad"
	config=$(skopeo inspect --raw "oci:$T/bad:$MADE" | jq -r .config.digest | cut -d: -f2)
	sed -i 's/marker/MARKER/' "$T/bad/blobs/sha256/$config"
	PL_QUIET=0 with "$T/bad" 0 images --format '{{.Repository}}:{{.Tag}}'
	is "$output" "$BUSYBOX"
	has "$stderr" "additional store $T/bad: image $MADE is left out"
	echo '{' >"$T/bad/index.json"
	PL_QUIET=0 with "$T/bad" 0 images -q
	is "$output" ""
	has "$stderr" "additional store $T/bad is left out"
	rm "$T/bad/index.json"
	mkfifo "$T/bad/index.json"
	PODLITE_TIMEOUT=20 PL_QUIET=0 with "$T/bad" 0 images -q
	has "$stderr" "is no file"
	# names that are none, and one with what a terminal would obey
	copy_of_oci "$T/bad"
	jq '.manifests[0].annotations["org.opencontainers.image.ref.name"] = "\u001b[2Jx y"' "$S/oci/index.json" >"$T/bad/index.json"
	PL_QUIET=0 with "$T/bad" 0 images -q
	is "${#lines[@]}" 1
	hasnt "$stderr" $'\e'
}

@test "additional stores: one that is not there, not readable, or anybody's to write is left out" {
	nothing_here
	PL_QUIET=0 pl 0 --storage-opt "additionalimagestore=$T/nowhere" images -q
	has "$stderr" "additional store $T/nowhere is left out: open: No such file or directory"
	mkdir "$T/empty"
	PL_QUIET=0 pl 0 --storage-opt "additionalimagestore=$T/empty" images -q
	has "$stderr" "neither an OCI image layout nor a podlite store"
	mkdir -p "$T/podman/overlay-images"
	PL_QUIET=0 pl 0 --storage-opt "additionalimagestore=$T/podman" images -q
	has "$stderr" "import-podman"
	copy_of_oci "$T/open"
	chmod g+w "$T/open/index.json"
	PL_QUIET=0 pl 0 --storage-opt "additionalimagestore=$T/open" images -q
	is "$output" ""
	has "$stderr" "others than the owner"
	chmod g-w "$T/open/index.json"
	chmod o+w "$T/open"
	PL_QUIET=0 pl 0 --storage-opt "additionalimagestore=$T/open" images -q
	is "$output" ""
	# the good one beside it still serves
	PL_QUIET=0 pl 0 --storage-opt "additionalimagestore=$T/open,$S/oci" images -q
	is "${#lines[@]}" 2
	pl 125 --storage-opt additionalimagestore=relative images
	has "$stderr" "must be an absolute path"
	[ "$(id -u)" != 0 ] || return 0
	inside chmod 700 "$S/oci/blobs"
	PL_QUIET=0 pl 0 --storage-opt "additionalimagestore=$S/oci" images -q
	is "$output" ""
	has "$stderr" "Permission denied"
	inside chmod 755 "$S/oci/blobs"
	inside chmod 700 "$S/oci"
	PL_QUIET=0 pl 125 --storage-opt "additionalimagestore=$S/oci" run --rm --pull never "$MADE" true
	has "$stderr" "additional store $S/oci is left out"
	inside chmod 755 "$S/oci"
}

@test "additional stores: a second store of the same user, by its trees" {
	nothing_here
	with "$S/own" 0 images --format '{{.Repository}}:{{.Tag}} {{.ReadOnly}}'
	is "$(sort <<<"$output")" "$(printf '%s true\n' "$BUSYBOX" "$MADE" | sort)"
	with "$S/own" 0 run --rm --pull never "$MADE" cat /marker /secret/file
	is "$output" $'A\ns'
	pl 0 system check --deep
	nothing_here
	# its own podlite may remove it meanwhile: the copy stays
	with "$S/own" 0 create --pull never --name kept "$BUSYBOX" true
	pl 0 start -a kept
	pl 0 rm kept
}

@test "additional stores: a file that was changed in another store's tree is named" {
	nothing_here
	inside cp -a "$S/own" "$T/changed"
	top=$(ROOT=$S/own podlite image inspect "$MADE" | jq -r '.[0].RootFS.Layers[-1]')
	inside sh -c 'printf B | dd of="$1" conv=notrunc 2>/dev/null' sh "$T/changed/layers/${top#sha256:}/diff/marker"
	with "$T/changed" 125 run --rm --pull never "$MADE" true
	has "$stderr" "additional store $T/changed"
	has "$stderr" damaged
	pl 0 images -q
	is "$output" ""
	inside rm "$T/changed/layers/${top#sha256:}/diff/marker"
	with "$T/changed" 125 run --rm --pull never "$MADE" true
	has "$stderr" "file /marker is damaged: it is missing"
	inside sh -c 'rm "$1"; mkfifo "$1"' sh "$T/changed/layers/${top#sha256:}/tar-index.zst"
	PODLITE_TIMEOUT=20 with "$T/changed" 125 run --rm --pull never "$MADE" true
	has "$stderr" "is no file"
	inside rm -rf "$T/changed"
}

@test "additional stores: names of ours go before, earlier stores before later ones, and none is taken away" {
	nothing_here
	image "$BUSYBOX"
	pl 0 tag "$BUSYBOX" localhost/other:2
	with "$S/oci" 0 images --format '{{.Repository}}:{{.Tag}} {{.ReadOnly}}'
	is "$(sort <<<"$output")" "$(printf '%s\n' "$BUSYBOX false" "localhost/other:2 false" "$MADE true" | sort)"
	with "$S/oci" 0 run --rm --pull never "$MADE" cat /marker
	is "$output" A
	pl 1 run --rm --pull never localhost/other:2 cat /marker
	nothing_here
	copy_of_oci "$T/second"
	pl 0 --storage-opt "additionalimagestore=$S/oci" --storage-opt "additionalimagestore=$T/second" images -q
	is "${#lines[@]}" 2
}

@test "additional stores: from podlite.conf and from a variable" {
	nothing_here
	printf 'additional-stores = ["%s"]\n' "$S/oci" >"$T/conf"
	PODLITE_CONF=$T/conf pl 0 images -q
	is "${#lines[@]}" 2
	PODLITE_ADDITIONAL_STORES=$S/oci pl 0 images -q
	is "${#lines[@]}" 2
	pl 0 --storage-opt "overlay.additionalimagestore=$S/oci" images -q
	is "${#lines[@]}" 2
}

@test "additional stores: one that is swapped for another while it is used gives the one image or the other, never a mixture" {
	nothing_here
	copy_of_oci "$T/a"
	pl 0 --storage-opt "additionalimagestore=$T/a" run --name swap "$MADE" sh -c 'echo B >/marker'
	pl 0 commit -q swap "$MADE"
	pl 0 rm swap
	pl 0 save -q --format oci-dir -o "$T/b" "$MADE"
	ROOT=$S/own pl 0 image inspect --format '{{.Id}}' "$MADE"
	a=$output
	pl 0 image inspect --format '{{.Id}}' "$MADE"
	b=$output
	mv "$T/a" "$T/shelf"
	# soon enough to come in between, and at times late enough for a slow machine
	swap() { mv "$T/shelf" "$T/$1" && mv "$T/$2" "$T/shelf"; }
	(while :; do for i in 0.02 0.1 0.7; do sleep $i && swap a b && sleep $i && swap b a || exit; done; done) 3>&- 4>&- &
	swapper=$!
	good=0
	for i in {1..40}; do
		[ "$good" -lt 4 ] || break
		podlite rmi -a -f >/dev/null
		PL_QUIET=0 pl - --storage-opt "additionalimagestore=$T/shelf" run --rm --pull never "$MADE" cat /marker
		[ "$status" = 0 ] || continue
		good=$((good + 1)) marker=$output
		pl 0 image inspect --format '{{.Id}}' "$MADE"
		case $marker in
		A) is "$output" "$a" ;;
		B) is "$output" "$b" ;;
		*) is "$marker" "A or B" ;;
		esac
	done
	kill "$swapper"
	wait "$swapper" || :
	echo "# $good of $i found an image"
	[ "$good" = 4 ]
	pl 0 system check --deep
}
