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

@test "import-podman: a layer with a sparse file, which podman cannot give back, is refused with its name" {
	podman_store
	store sparse
	mkdir "$T/holes"
	truncate -s 3M "$T/holes/hollow"
	printf abc | dd of="$T/holes/hollow" bs=1 seek=1000000 conv=notrunc status=none
	tar --format=pax --sparse --owner=0:0 -C "$T/holes" -cf "$T/holes.tar" .
	"$MKIMAGE" "$REGISTRY/holes:1" -l "$T/holes.tar:gzip" --cmd sh >/dev/null
	podman pull -q --tls-verify=false "$REGISTRY/holes:1"
	pl 125 system import-podman --store "$P/storage"
	has "$stderr" "hollow came as a sparse file"
	has "$stderr" "pull the image instead"
	pl 0 images -q
	is "$output" ""
	pl 0 pull -q "$REGISTRY/holes:1"
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
