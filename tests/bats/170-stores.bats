#!/usr/bin/env bats
# 170-stores.bats: images from other stores of the same machine: podman's, taken over.

load helpers

# podman with a store and a home of its own; DIR/storage is its graph root
podman_store() {
	need_command podman
	P=$T/podman$BATS_TEST_NUMBER
	mkdir -p "$P"/{run,home/.config/containers}
	chmod 700 "$P/run"
	printf '[storage]\ndriver = "overlay"\nrootless_storage_path = "%s"\nrunroot = "%s"\n' "$P/storage" "$P/run" >"$P/storage.conf"
	printf '{"default": [{"type": "insecureAcceptAnything"}]}\n' >"$P/home/.config/containers/policy.json"
	# in a namespace that it takes for its own, so that it leaves no process behind to keep one
	podman() {
		unshare -r --map-auto -m env _CONTAINERS_USERNS_CONFIGURED=done _CONTAINERS_ROOTLESS_UID="$(id -u)" \
			HOME="$P/home" XDG_RUNTIME_DIR="$P/run" CONTAINERS_STORAGE_CONF="$P/storage.conf" \
			podman --root "$P/storage" --cgroup-manager cgroupfs --events-backend file "$@" 3>&- 4>&- 2>>"$T/podman.log"
	}
}
remove_podman() { unshare -r --map-auto rm -rf "$P"; }
# what an image is made of, without who pulled it
shape() { jq -Sc '.[] | [.Id, .RootFS.Layers, .Config.Env, .Config.Cmd, .Architecture]'; }

# an image whose last layer has whiteouts, links, long names and attributes
layered_image() {
	local d=$T/top
	rm -rf "$d"
	mkdir -p "$d"/{bin,etc} "$d/$(printf 'long%.0s' {1..50})"
	: >"$d/bin/.wh.awk"
	: >"$d/etc/.wh..wh..opq"
	printf '%s\n' "root:x:0:0::/:/bin/sh" >"$d/etc/passwd"
	echo one >"$d/one"
	ln "$d/one" "$d/two"
	ln -s two "$d/three"
	setfattr -n user.mark -v here "$d/one"
	chmod 4755 "$d/one"
	tar --format=pax --xattrs --owner=7:7 --group=9:9 -C "$d" -cf "$T/top.tar" .
	"$MKIMAGE" "$REGISTRY/layered:1" -l "$IMAGES/layers/busybox.tar:gzip" -l "$IMAGES/layers/extra.tar:zstd" \
		-l "$T/top.tar:gzip" --cmd sh >/dev/null
}

@test "import-podman: layers, whiteouts and links come byte for byte, under the same names and IDs" {
	podman_store
	layered_image
	podman pull -q --tls-verify=false "$REGISTRY/layered:1"
	podman pull -q --tls-verify=false "$REGISTRY/busybox:docker"
	podman tag "$REGISTRY/busybox:docker" localhost/mine:1 example.org/team/mine:2
	pl 0 pull -q "$REGISTRY/layered:1"
	pl 0 run --rm --network none "$REGISTRY/layered:1" probe tree /
	local tree store=$P/storage image
	tree=$(grep -v containerenv <<<"$output")
	store podman
	pl 0 system import-podman --store "$store"
	is "$(sort <<<"$output")" "$(podman images -q --no-trunc | sed 's/^sha256://' | sort -u)"
	is "$(podlite images --format '{{.Repository}}:{{.Tag}}' | sort)" \
		"$(podman images --format '{{.Repository}}:{{.Tag}}' | sort)"
	for image in "$REGISTRY/layered:1" localhost/mine:1; do
		is "$(podlite image inspect "$image" | shape)" "$(podman image inspect "$image" | shape)"
		is "$(podlite image inspect -f '{{.Digest}}' "$image")" "$(podman image inspect -f '{{.Digest}}' "$image")"
	done
	pl 0 run --rm --network none "$REGISTRY/layered:1" probe tree /
	is "$(grep -v containerenv <<<"$output")" "$tree"
	has "$tree" "/one 104755 7:9 size=4"

	# once more: nothing to do, nothing lost
	pl 0 system import-podman -q --store "$store" mine:1
	is "$output" "$(podlite image inspect -f '{{.Id}}' localhost/mine:1)"
	is "$stderr" ""
	remove_podman
}

# holes NAME TAR-OPTION...: an image NAME:1 of what is in $T/holes, in podman's store
holes() {
	local name=$1
	shift
	tar --format=pax --sparse --owner=0:0 -C "$T/holes" -cf "$T/$name.tar" "$@" .
	"$MKIMAGE" "$REGISTRY/$name:1" -l "$T/$name.tar:gzip" --cmd sh >/dev/null
	podman pull -q --tls-verify=false "$REGISTRY/$name:1"
}
# hollow NAME SIZE OFFSET...: a file with three letters at each offset and holes around them
hollow() {
	local file=$T/holes/$1 offset
	truncate -s "$2" "$file"
	for offset in "${@:3}"; do
		printf abc | dd of="$file" bs=1 seek="$offset" conv=notrunc status=none
	done
}

@test "import-podman: layers with sparse files come byte for byte, though podman cannot give them back" {
	podman_store
	store sparse
	mkdir "$T/holes"
	hollow first 3M 1000000 2000000
	hollow nothing 1M
	hollow end 300003 300000
	hollow many 8M $(seq 0 8192 8000000)
	echo plain >"$T/holes/plain"
	holes sparse00 --sparse-version=0.0
	holes sparse01 --sparse-version=0.1
	holes sparse10 --sparse-version=1.0
	holes sparse10raw --sparse-version=1.0 --hole-detection=raw
	pl 0 system import-podman --store "$P/storage"
	local name
	for name in sparse00 sparse01 sparse10 sparse10raw; do
		is "$(podlite image inspect -f '{{index .RootFS.Layers 0}}' "$REGISTRY/$name:1")" "sha256:$(sha256sum <"$T/$name.tar" | cut -d' ' -f1)"
	done
	pl 0 system check --deep
	remove_podman
}

@test "import-podman: a sparse file whose map podman has not kept and nobody can guess is named" {
	podman_store
	store guess
	rm -rf "$T/holes"
	mkdir -p "$T/holes"
	hollow written 1M 700000
	dd if=/dev/zero of="$T/holes/written" bs=4096 count=1 seek=64 conv=notrunc status=none # a block of zeros is no hole
	holes written --sparse-version=1.0
	rm "$T/holes/written"
	hollow unlike 8192 4096
	tr '\0' x </dev/zero | dd of="$T/holes/unlike" bs=4096 count=1 seek=1 conv=notrunc iflag=fullblock status=none
	holes unlike --sparse-version=1.0 --hole-detection=raw # as long as what is guessed, but not the same
	local name
	for name in written unlike; do
		pl 125 system import-podman --store "$P/storage" "$REGISTRY/$name:1"
		has "$stderr" "$name came as a sparse file"
		has "$stderr" "pull the image instead"
		pl 0 images -q
		is "$output" ""
		pl 0 pull -q "$REGISTRY/$name:1"
		pl 0 rmi "$REGISTRY/$name:1"
	done
	remove_podman
}

@test "import-podman: a changed file, a missing layer and an unknown name are found; other images come" {
	podman_store
	store damaged
	podman import -q "$IMAGES/layers/busybox.tar" localhost/good:1
	layered_image
	podman pull -q --tls-verify=false "$REGISTRY/layered:1"
	local store=$P/storage layer
	layer=$(podman image inspect -f '{{.GraphDriver.Data.UpperDir}}' "$REGISTRY/layered:1")
	unshare -r --map-auto find "$layer" -type f -size +0 | head -n 1 >"$T/changed"
	[ -s "$T/changed" ]
	# as long as before, other bytes
	unshare -r --map-auto sh -c 'printf X | dd of="$1" conv=notrunc status=none' - "$(cat "$T/changed")"
	pl 125 system import-podman --store "$store"
	has "$stderr" "DiffID"
	is "$(podlite images --format '{{.Repository}}')" localhost/good

	unshare -r --map-auto truncate -s +1 "$(cat "$T/changed")"
	pl 125 system import-podman --store "$store" "$REGISTRY/layered:1" nobody:1
	has "$stderr" "is not what it was when podman unpacked it"
	has "$stderr" "nobody:1: podman has no such image"

	unshare -r --map-auto rm -r "$layer"
	pl 125 system import-podman --store "$store" layered:1
	has "$stderr" "No such file"
	is "$(find "$ROOT/tmp" -mindepth 1 ! -name '.*')" ""
	remove_podman
}

@test "import-podman: finds the store by storage.conf; a directory that is none is refused" {
	podman_store
	store conf
	podman import -q "$IMAGES/layers/busybox.tar" localhost/good:1
	CONTAINERS_STORAGE_CONF=$P/storage.conf pl 0 system import-podman
	pl 0 run --rm --network none localhost/good:1 /bin/echo runs
	is "$output" runs
	pl 125 system import-podman --store "$T"
	has "$stderr" "podman save"
	pl 125 system import-podman --store "$T/nowhere"
	has "$stderr" "--store"
	remove_podman
}
