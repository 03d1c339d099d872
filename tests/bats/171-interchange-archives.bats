#!/usr/bin/env bats
# 171-interchange-archives.bats: archives and directories between podlite and podman and buildah: each reads every
# form that the other writes, and it is the same image. skopeo and umoci: 115-archives; registries: 162-interchange.

load helpers
load registry

setup_file() {
	need_command podman
	need_command buildah
	H=$PODLITE_TEST_TMP/171.peers
	mkdir -p "$H"
	registries_insecure "$H/registries.conf" "$REGISTRY"
	image "$BUSYBOX"
	ID=$(podlite image inspect -f '{{.Id}}' "$BUSYBOX")
	DIFFS=$(podlite image inspect -f '{{json .RootFS.Layers}}' "$BUSYBOX")
	export H ID DIFFS
}
teardown_file() { store_is_clean && remove_store; }
setup() {
	unshare -r --map-auto rm -rf "$T"
	mkdir -p "$T"
}

# They take it for the image. (Called in $T: they make a name of a path, which may not have capitals.)
their_podman() { # PATH
	peer podman load -q -i "$1" >/dev/null
	is "$(peer podman images -a -q --no-trunc)" "sha256:$ID"
	is "$(peer podman image inspect --format '{{json .RootFS.Layers}}' "$ID")" "$DIFFS"
	peer podman rmi -f "$ID" >/dev/null
}
their_buildah() { # TRANSPORT:PATH
	is "$(peer buildah pull -q "$1")" "$ID"
	peer buildah rmi -f "$ID" >/dev/null
}

@test "save: podman and buildah read every form" {
	# transport of the others | podlite's format | options
	local transport format options
	cd "$T"
	while read -r transport format options; do
		# shellcheck disable=SC2086
		pl 0 save -q --format "$format" $options -o "$T/out" "$BUSYBOX"
		printf '# %s %s\n' "$format" "$options"
		their_podman out
		their_buildah "$transport:out"
		rm -rf "$T/out"
	done <<-X
		docker-archive docker-archive
		oci-archive oci-archive
		oci-archive oci-archive --uncompressed
		oci oci-dir
		oci oci-dir --uncompressed
		dir docker-dir
		dir docker-dir --compress
	X
}

@test "save: several images in one archive; names; what was loaded is saved again byte for byte" {
	pl 0 tag "$BUSYBOX" localhost/second:2
	pl 0 save -q -m -o "$T/many.tar" "$BUSYBOX" localhost/second:2
	peer podman load -q -i "$T/many.tar" >"$T/loaded"
	is "$(sed 's/.*: //' "$T/loaded" | sort)" "$(printf '%s\n' "$BUSYBOX" localhost/second:2 | sort)"
	pl 0 untag localhost/second:2 localhost/second:2

	local format
	for format in oci-dir docker-dir; do
		pl 0 save -q --format $format -o "$T/$format.1" "$BUSYBOX"
		pl 0 rmi -f "$ID"
		pl 0 load -q -i "$T/$format.1"
		pl 0 save -q --format $format -o "$T/$format.2" "$ID"
		is "$(cd "$T/$format.2" && find . -type f ! -name index.json -exec sha256sum {} + | sort)" \
			"$(cd "$T/$format.1" && find . -type f ! -name index.json -exec sha256sum {} + | sort)"
		pl 0 rmi -f "$ID"
		pl 0 pull -q "$BUSYBOX"
	done
}

# ours TRANSPORT PATH: podlite loads it as the image, and runs it where it is
ours() {
	pl - rmi -f "$ID"
	pl 0 load -q -i "$2"
	is "$(podlite image inspect -f '{{.Id}} {{json .RootFS.Layers}}' "$ID")" "$ID $DIFFS"
	pl 0 rmi -f "$ID"
	pl 0 run --rm --network none "$1:$2" cat /etc/extra
	is "$(podlite image inspect -f '{{.Id}}' "$ID")" "$ID"
}

@test "load and run: every form that podman writes, however compressed" {
	peer podman pull -q "$REGISTRY/busybox:latest" >/dev/null
	local transport format options
	while read -r transport format options; do
		# shellcheck disable=SC2086
		peer podman save -q --format "$format" $options -o "$T/in" "$REGISTRY/busybox:latest"
		printf '# %s %s\n' "$format" "$options"
		ours "$transport" "$T/in"
		[ "$format" != docker-archive ] || mv "$T/in" "$T/kept.tar"
		rm -rf "$T/in"
	done <<-X
		docker-archive docker-archive
		oci-archive oci-archive
		oci oci-dir
		dir docker-dir
		dir docker-dir --compress
	X
	gzip -k "$T/kept.tar"
	xz -k "$T/kept.tar"
	zstd -q "$T/kept.tar" -o "$T/kept.tar.zst"
	for format in gz xz zst; do ours docker-archive "$T/kept.tar.$format"; done
}

@test "load and run: every form that buildah writes, with gzip, zstd and nothing" {
	peer buildah pull -q "$REGISTRY/busybox:latest" >/dev/null
	local transport options
	while read -r transport options; do
		# shellcheck disable=SC2086
		peer buildah push -q $options "$ID" "$transport:$T/in"
		printf '# %s %s\n' "$transport" "$options"
		ours "$transport" "$T/in"
		rm -rf "$T/in"
	done <<-X
		docker-archive
		oci-archive --compression-format gzip
		oci-archive --compression-format zstd
		oci --compression-format gzip
		oci --compression-format zstd
		oci -D
		dir --format v2s2
		dir --format oci
	X
}
