#!/usr/bin/env bats
# 010-pull.bats: images arrive whole, whatever their manifest and compression, and what they say
# about files holds inside the container.

load helpers

setup_file() { :; }

setup() { store "$BATS_TEST_NUMBER"; }

teardown() {
	no_leaks
	# one store a test: do not keep them all
	remove_store
}

# the id of an image is its configuration's digest, as skopeo sees it
config_of() {
	skopeo inspect --raw --tls-verify=false "docker://$1" | jq -r .config.digest
}

@test "pull: prints the image's id on standard output" {
	pl 0 pull "$BUSYBOX"
	matches "$output" '^[0-9a-f]{64}$'
	is "sha256:$output" "$(config_of "$BUSYBOX")"
	pl 0 pull -q "$BUSYBOX"
	matches "$output" '^[0-9a-f]{64}$'
	is "$stderr" ""
}

@test "pull: images lists it by name, tag and short id" {
	pl 0 pull -q "$BUSYBOX"
	id=$output
	pl 0 images --format '{{.Repository}} {{.Tag}} {{.ID}}'
	is "$output" "$REGISTRY/busybox latest ${id:0:12}"
	pl 0 images -q --no-trunc
	is "$output" "sha256:$id"
	pl 0 image exists "$BUSYBOX"
	pl 1 image exists "$REGISTRY/other"
}

@test "pull: a Docker manifest" {
	pl 0 pull -q "$REGISTRY/busybox:docker"
	pl 0 run --rm "$REGISTRY/busybox:docker" echo ok
	is "$output" ok
}

@test "pull: zstd, uncompressed and two-member gzip layers are the same layers" {
	for tag in zstd none gzip2; do
		pl 0 pull -q "$REGISTRY/busybox:$tag"
		pl 0 run --rm "$REGISTRY/busybox:$tag" probe tree /
		LC_ALL=C grep -E '^/(bin|usr|home|var)' "$OUT" >"$T/$tag"
		LC_ALL=C grep -E '^/(bin|usr|home|var)' "$IMAGES/busybox.tree" | diff - "$T/$tag"
	done
	# one image, as their configurations are equal, under three names
	pl 0 images -q --no-trunc
	is "$(sort -u "$OUT" | wc -l)" 1
	pl 0 images --format '{{.Tag}}'
	is "$(sort "$OUT" | xargs)" "gzip2 none zstd"
}

@test "pull: an index gives this platform, and never an attestation" {
	for tag in multi multi-docker; do
		pl 0 pull -q "$REGISTRY/busybox:$tag"
		pl 0 image inspect --format '{{.Architecture}}/{{.Os}}' "$REGISTRY/busybox:$tag"
		is "$output" amd64/linux
	done
}

@test "pull: --platform and --arch choose from an index" {
	pl 0 pull -q --platform linux/arm64/v8 "$REGISTRY/busybox:multi"
	pl 0 image inspect --format '{{.Architecture}}' "$REGISTRY/busybox:multi"
	is "$output" arm64
	pl 0 pull -q --arch arm64 "$REGISTRY/busybox:multi-docker"
	pl 0 image inspect --format '{{.Architecture}}' "$REGISTRY/busybox:multi-docker"
	is "$output" arm64
}

@test "pull: --os and --variant choose from an index too" {
	pl 0 pull -q --os linux --arch arm64 --variant v8 "$REGISTRY/busybox:multi"
	pl 0 image inspect --format '{{.Architecture}}' "$REGISTRY/busybox:multi"
	is "$output" arm64
	pl 125 pull -q --os windows "$REGISTRY/busybox:multi"
	has "$stderr" windows
	pl 125 pull -q --arch arm64 --variant vX "$REGISTRY/busybox:multi"
	has "$stderr" vX
}

@test "pull: --policy says when the registry is asked" {
	pl 125 pull -q --policy never "$BUSYBOX"
	pl 0 images -q
	is "$output" ""
	pl 0 pull -q --policy missing "$BUSYBOX"
	local id=$output
	pl 0 pull -q --policy never "$BUSYBOX"
	is "$output" "$id"
	pl 125 pull -q --policy sometimes "$BUSYBOX"
}

@test "pull: an index without this platform is an error that lists what it has" {
	pl 125 pull "$REGISTRY/busybox:only-arm64"
	has "$stderr" arm64
	has "$stderr" amd64
	pl 0 images -q
	is "$output" ""
}

@test "pull: by digest" {
	digest=$(skopeo inspect --raw --tls-verify=false "docker://$BUSYBOX" | sha256sum | cut -d' ' -f1)
	pl 0 pull -q "$REGISTRY/busybox@sha256:$digest"
	id=$output
	is "sha256:$id" "$(config_of "$BUSYBOX")"
	pl 0 run --rm "$REGISTRY/busybox@sha256:$digest" echo ok
	is "$output" ok
}

@test "pull: twice is quick and changes nothing" {
	pl 0 pull -q "$BUSYBOX"
	first=$output
	pl 0 pull -q "$BUSYBOX"
	is "$output" "$first"
	pl 0 images -q
	is "${#lines[@]}" 1
}

@test "pull: several at once of one image share the work" {
	for i in 1 2 3 4; do
		podlite pull -q "$DEBIAN" >"$T/$i" 2>&1 &
		pids[i]=$!
	done
	for i in 1 2 3 4; do
		wait "${pids[i]}" || { cat "$T/$i"; false; }
	done
	is "$(cat "$T"/[1-4] | sort -u | wc -l)" 1
	pl 0 images -q
	is "${#lines[@]}" 1
	pl 0 run --rm "$DEBIAN" cat /etc/debian_version
}

@test "pull: errors name what was tried, the answer, and the next step" {
	pl 125 pull -q "$REGISTRY/busybox:no-such-tag"
	has "$stderr" "$REGISTRY/busybox:no-such-tag"
	has "$stderr" 404
	is "$(wc -l <"$ERR")" 1

	pl 125 pull "$REGISTRY/no/such/name"
	has "$stderr" "$REGISTRY/no/such/name"

	pl 125 pull "127.0.0.1:1/x"
	has "$stderr" "127.0.0.1:1"

	pl 125 pull -q "$REGISTRY/UPPER"
	is "$(wc -l <"$ERR")" 1
	pl 125 pull
	pl 0 images -q
	is "$output" ""
}

@test "pull: --tls-verify=false speaks HTTP where registries.conf does not say so" {
	: >"$T/empty.conf"
	CONTAINERS_REGISTRIES_CONF=$T/empty.conf pl 125 pull -q --tls-verify=true "$BUSYBOX"
	CONTAINERS_REGISTRIES_CONF=$T/empty.conf pl 0 pull -q --tls-verify=false "$BUSYBOX"
}

# --- what layers say is what containers see -------------------------------------------------------

# Everything that another program unpacked must be there with type, mode, owner, size, links, content,
# target, time and attributes, and nothing else. Left out: what podlite itself puts into a container.
same_tree() {
	pl 0 run --rm --network none --no-hosts --no-hostname -v "$IMAGES:/mnt:ro" "$1" /mnt/probe tree /
	LC_ALL=C grep -avE '^/(dev|proc|sys|run|mnt|etc/(mtab|hosts|resolv.conf|hostname))[/ ]|^/ ' "$OUT" >"$T/have"
	LC_ALL=C grep -avE '^/(dev|proc|sys|run|mnt|etc/(mtab|hosts|resolv.conf|hostname))[/ ]|^/ ' "$IMAGES/debian.tree" >"$T/want"
	diff "$T/want" "$T/have" >"$T/diff" || { cut -c 1-300 "$T/diff" | head -n 60; false; }
}

@test "pull: four layers of deletions, replacements, links and odd files (U: unpack)" {
	pl 0 pull -q "$DEBIAN"
	same_tree "$DEBIAN"
}

@test "pull: the same in Docker's manifest and in zstd" {
	pl 0 pull -q "$DEBIAN-docker"
	same_tree "$DEBIAN-docker"
	podlite rmi "$DEBIAN-docker"
	pl 0 pull -q "$DEBIAN-zstd"
	same_tree "$DEBIAN-zstd"
}

@test "pull: holes of a sparse file stay holes" {
	pl 0 pull -q "$DEBIAN"
	pl 0 run --rm "$DEBIAN" stat -c '%s %b' /srv/special/sparse
	is "${output% *}" 4194304
	[ "${output#* }" -le 64 ]
	pl 0 run --rm "$DEBIAN" sh -c 'tail -c +1048577 /srv/special/sparse | head -c 5'
	is "$output" there
}

@test "pull: nanoseconds of a file's time" {
	pl 0 pull -q "$DEBIAN"
	pl 0 run --rm -e TZ=UTC "$DEBIAN" stat -c %y /srv/special/nano
	is "$output" "2020-09-13 12:26:40.123456789 +0000"
}

@test "pull: file capabilities and setuid bits work, not only show" {
	pl 0 pull -q "$DEBIAN"
	pl 0 run --rm -u 1234 "$DEBIAN" probe-setuid ids
	is "$(field uid)" "1234 0 0"
	is "$(field gid)" "0 33 33"
	pl 0 run --rm -u 1234 "$DEBIAN" probe-capable caps
	is "$(field CapPrm)" 0000000000000401
	pl 0 run --rm -u 1234 --security-opt no-new-privileges "$DEBIAN" probe-capable caps
	is "$(field CapPrm)" 0000000000000000
}

@test "pull: device nodes in a layer are reported, not fatal" {
	pl 0 pull "$REGISTRY/device"
	has "$stderr" device
	pl 0 run --rm "$REGISTRY/device" cat /srv/device/after
	is "$output" "after the nodes"
}

@test "pull: a hard link into a lower layer works or is an error that names it" {
	pl - pull "$REGISTRY/linklower"
	if [ "$status" = 0 ]; then
		pl 0 run --rm "$REGISTRY/linklower" cmp /etc/passwd /srv/link-to-lower
	else
		is "$status" 125
		has "$stderr" link-to-lower
		pl 0 images -q
		is "$output" ""
	fi
}

@test "pull: compressed layers are not kept beside the unpacked layer" {
	pl 0 pull -q "$DEBIAN"
	[ -z "$(find "$ROOT/blobs" -size +1M)" ]
	[ -z "$(ls -A "$ROOT/tmp" 2>/dev/null)" ]
}
