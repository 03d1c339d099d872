#!/usr/bin/env bats
# 114-push.bats: images to registries: what is there is not sent, what is sent is what was pulled.

load helpers
load registry
load hostile

setup_file() {
	H=$PODLITE_TEST_TMP/push
	hostile_start "$H/hostile"
	pids=$hostile_pid
	registry_at "$H/one"
	ONE=$addr pids="$pids $pid"
	registry_at "$H/two"
	TWO=$addr pids="$pids $pid"
	for i in busybox:latest busybox:docker busybox:zstd busybox:none debian:12; do
		skopeo copy -q --src-tls-verify=false --dest-tls-verify=false "docker://$REGISTRY/$i" "docker://$ONE/$i"
	done
	registries_insecure "$H/registries.conf" "$ONE" "$TWO" "$HTTP" "$REGISTRY"
	export H ONE TWO pids BAD=$HTTP CONTAINERS_REGISTRIES_CONF=$H/registries.conf
}

teardown_file() {
	# shellcheck disable=SC2086
	kill $pids 2>/dev/null || :
	store_is_clean
}

setup() {
	rm -rf "$T"
	mkdir -p "$T"
	podlite rmi -a -f >/dev/null 2>&1 || :
	rm -f "$ROOT"/cache/made-*
	: >"$H/hostile/log"
	: >"$H/hostile/bodies"
}

asked() { grep -c "$1" "$H/hostile/log" || :; }

@test "push: a pulled image pushed back sends nothing and keeps its digest" {
	for i in busybox:latest busybox:docker debian:12; do
		podlite rmi -a -f >/dev/null 2>&1 || :
		pl 0 pull -q "$ONE/$i"
		before=$(uploads "$H/one/log")
		pl 0 push --digestfile "$T/digest" "$ONE/$i" "$ONE/${i%:*}:again"
		has "$stderr" "skipped: already exists"
		is "$(uploads "$H/one/log")" "$before"
		is "$(cat "$T/digest")" "sha256:$(digest_of "$ONE/$i")"
		is "$(digest_of "$ONE/${i%:*}:again")" "$(digest_of "$ONE/$i")"
	done
}

@test "push: a small image waits for nothing" {
	local i start took best=9999999
	pl 0 pull -q "$BUSYBOX"
	for i in 1 2 3 4 5; do
		start=${EPOCHREALTIME/./}
		pl 0 push -q --compression-level "$i" "$BUSYBOX" "$TWO/small:$i"
		took=$((${EPOCHREALTIME/./} - start))
		[ $took -ge $best ] || best=$took
	done
	[ "$best" -lt 900000 ]
}

@test "push: another repository of the registry lends its blobs" {
	pl 0 pull -q "$ONE/busybox"
	before=$(uploads "$H/one/log")
	pl 0 push -q "$ONE/busybox" "$ONE/team/copy:1"
	is "$stderr" ""
	is "$output" ""
	# the configuration is small: it is sent
	[ "$(uploads "$H/one/log")" -le $((before + 1)) ]
	is "$(digest_of "$ONE/team/copy:1")" "$(digest_of "$ONE/busybox:latest")"
}

@test "push: an empty registry gets layers rebuilt byte for byte, once" {
	for i in busybox:latest debian:12; do
		podlite rmi -a -f >/dev/null 2>&1 || :
		pl 0 pull -q "$ONE/$i"
		id=$output
		pl 0 image inspect --format '{{json .RootFS.Layers}}' "$id"
		layers=$output
		pl 0 push --compression-level 2 "$ONE/$i" "docker://$TWO/new/$i"
		matches "$stderr" 'Copying blob [0-9a-f]{12} done'
		after=$(uploads "$H/two/log")
		[ "$after" -gt 0 ]
		pl 0 push -q --compression-level 2 "$ONE/$i" "$TWO/new/$i"
		is "$(uploads "$H/two/log")" "$after"
		# what came out there is the same image, for others and for us
		skopeo copy -q --src-tls-verify=false "docker://$TWO/new/$i" "dir:$T/dir-${i%:*}"
		podlite rmi -a -f >/dev/null
		pl 0 pull -q "$TWO/new/$i"
		is "$output" "$id"
		pl 0 image inspect --format '{{json .RootFS.Layers}}' "$id"
		is "$output" "$layers"
	done
	podlite run --rm "$TWO/new/debian:12" cat /etc/debian_version
}

@test "push: layers are sent side by side" {
	pl 0 pull -q "$DEBIAN"
	pl 0 push -q --compression-level 1 "$DEBIAN" "$TWO/side/by/side:1"
	# as many as there are processors begin before the first ends
	grep -oE '"(POST|PUT) /v2/side/by/side/blobs/uploads/' "$H/two/log" >"$T/order"
	is "$(grep -c POST "$T/order")" 5
	n=$(nproc)
	[ "$(grep -n PUT "$T/order" | head -n 1 | cut -d: -f1)" -gt $((n < 4 ? n : 4)) ]
	# and where the registry is what they wait for, all of them: four layers
	rm -f "$ROOT"/cache/made-*
	pl 0 push -q --compression-level 1 "$DEBIAN" "$BAD/push-slow:1"
	grep -oE '(POST|PUT) /v2/push-slow/blobs/uploads/' "$H/hostile/log" >"$T/order"
	[ "$(grep -n PUT "$T/order" | head -n 1 | cut -d: -f1)" -ge 5 ]
}

@test "push: --compression-format, --compression-level and --format" {
	pl 0 pull -q "$ONE/busybox"
	id=$output
	pl 0 push -q --compression-format zstd --compression-level 9 "$id" "$TWO/z:zstd"
	is "$(raw "$TWO/z:zstd" | jq -r '.layers[].mediaType' | sort -u)" application/vnd.oci.image.layer.v1.tar+zstd
	pl 0 push -q --compression gzip --compression-level 1 "$id" "$TWO/z:fast"
	pl 0 push -q --compression-format gzip --compression-level 9 "$id" "$TWO/z:small"
	fast=$(raw "$TWO/z:fast" | jq '[.layers[].size] | add') small=$(raw "$TWO/z:small" | jq '[.layers[].size] | add')
	[ "$small" -lt "$fast" ]
	pl 0 push -q --format v2s2 "$id" "$TWO/z:docker"
	is "$(raw "$TWO/z:docker" | jq -r .mediaType)" application/vnd.docker.distribution.manifest.v2+json
	is "$(raw "$TWO/z:docker" | jq -r '.layers[].mediaType' | sort -u)" application/vnd.docker.image.rootfs.diff.tar.gzip
	pl 0 push -q --format oci "$id" "$TWO/z:oci"
	is "$(raw "$TWO/z:oci" | jq -r .mediaType)" application/vnd.oci.image.manifest.v1+json
	for tag in zstd fast small docker oci; do
		pl 0 pull -q "$TWO/z:$tag"
		is "$output" "$id"
	done
	pl 125 push --format v2s2 --compression-format zstd "$id" "$TWO/z:x"
	has "$stderr" "no zstd"
	pl 125 push --format v2s1 "$id" "$TWO/z:x"
	has "$stderr" "v2s1"
	pl 125 push --compression-format bzip2 "$id" "$TWO/z:x"
	pl 125 push --compression-level 10 "$id" "$TWO/z:x"
	has "$stderr" "1 to 9"
	pl 125 push --compression-level 99 "$id" "$TWO/z:x"
	# layers that came as zstd or bare are what they were where they are
	for i in zstd none; do
		pl 0 pull -q "$ONE/busybox:$i"
		before=$(uploads "$H/one/log")
		pl 0 push -q "$ONE/busybox:$i" "$ONE/busybox:back-$i"
		is "$(uploads "$H/one/log")" "$before"
		is "$(digest_of "$ONE/busybox:back-$i")" "$(digest_of "$ONE/busybox:$i")"
	done
}

@test "push: names: the image's own, none, and another engine's store" {
	pl 0 pull -q "$ONE/busybox"
	id=$output
	pl 0 tag "$id" "$TWO/named:1"
	pl 0 push -q "$TWO/named:1"
	is "$(raw "$TWO/named:1" | jq -r .config.digest)" "sha256:$id"
	pl 0 image push -q "$TWO/named:1" "$TWO/named:2"
	pl 125 push "$id"
	has "$stderr" "podlite push IMAGE DESTINATION"
	pl 125 push "$id" busybox
	has "$stderr" "write the registry too"
	pl 125 push no/such/image "$TWO/x"
	pl 125 push "$id" containers-storage:x
	pl 125 push --sign-by me "$id" "$TWO/x"
	has "$stderr" "not supported"
	pl 125 push --retry 0 "$id" 127.0.0.1:1/x
	has "$stderr" 127.0.0.1:1/x
	pl 125 push --digestfile "$T/no/such/file" "$TWO/named:1"
	has "$stderr" "$T/no/such/file"
}

@test "R7: push asks for a token for this repository, and sends credentials to its own" {
	pl 0 pull -q "$REGISTRY/busybox"
	pl 0 push -q --creds user:secret "$REGISTRY/busybox" "$BAD/push-token:1"
	has "$(cat "$H/hostile/log")" "scope=repository%3Apush-token%3Apull%2Cpush"
	pl 125 push -q --creds user:wrong "$REGISTRY/busybox" "$BAD/push-token:1"
	has "$stderr" "podlite login $BAD"
	pl 125 push -q "$REGISTRY/busybox" "$BAD/push-denied:1"
	has "$stderr" "not yours"
}

@test "R6: an upload that is led elsewhere takes no credentials along; redirects of it are refused" {
	pl 0 pull -q "$REGISTRY/busybox"
	pl 0 push -q --creds user:secret --retry 0 "$REGISTRY/busybox" "$BAD/push-away:1"
	[ "$(asked '^other P')" -gt 0 ]
	is "$(grep '^other' "$H/hostile/log" | grep -vc -- '- -$')" 0
	pl 125 push -q --retry 0 "$REGISTRY/busybox" "$BAD/push-redirect:1"
	has "$stderr" "redirects are for what is there"
	pl 125 push -q --retry 0 "$REGISTRY/busybox" "$BAD/push-odd:1"
	has "$stderr" "not a plain http or https URL"
	pl 125 push -q --retry 0 "$REGISTRY/busybox" "$BAD/push-nowhere:1"
	has "$stderr" "without a Location"
}

@test "push: a broken upload begins anew, 429 waits, a wrong digest is an error" {
	pl 0 pull -q "$DEBIAN"
	pl 0 push -q --compression-level 1 --retry-delay 100ms "$DEBIAN" "$BAD/push-broken:1"
	[ "$(grep -c "POST /v2/push-broken/" "$H/hostile/log")" -ge 3 ]
	# in one piece that is sent while it is made: all bytes that the digest is of
	grep -q "PUT /v2/push-broken/.*sha256%3A$(awk '$1 == "push-broken" && $2 == "PATCH" && $3 > 20000000 { print substr($4, 8) }' \
		"$H/hostile/bodies") " "$H/hostile/log"
	pl 125 push -q --compression-level 1 --retry 0 "$DEBIAN" "$BAD/push-early:1"
	pl 0 pull -q "$BUSYBOX"
	pl 0 push -q --retry-delay 100ms "$BUSYBOX" "$BAD/push-500:1"
	[ "$(grep -c "POST /v2/push-500/" "$H/hostile/log")" -ge 2 ]
	pl 0 push -q "$BUSYBOX" "$BAD/push-rate:1"
	# a token that ended while it was sent: with a new one from the beginning
	pl 0 push -q --creds user:secret --retry-delay 100ms "$BUSYBOX" "$BAD/push-expires:1"
	[ "$(grep -c "POST /v2/push-expires/" "$H/hostile/log")" -ge 2 ]
	pl 125 push -q "$BUSYBOX" "$BAD/push-digest:1"
	has "$stderr" "sha256:3333"
	pl 125 push -q --retry 0 "$REGISTRY/none" "$BAD/push:1"
}

@test "push: a damaged layer is named and not sent" {
	pl 0 pull -q "$DEBIAN"
	f=$(podlite image inspect --format '{{index .RootFS.Layers 0}}' "$DEBIAN")
	f=$ROOT/layers/${f#sha256:}/diff/etc/debian_version
	[ -f "$f" ] || f=$(find "$ROOT"/layers/*/diff/etc/debian_version | head -n 1)
	unshare -r --map-auto sh -c "echo broken >'$f'" || skip "no subordinate ids"
	pl 125 push -q --retry 0 "$DEBIAN" "$TWO/damaged:1"
	has "$stderr" "debian_version"
	if raw "$TWO/damaged:1" 2>/dev/null; then return 1; fi
	podlite rmi -a -f >/dev/null
	# only its content, not its size: by the sum of the layer, and where an older podlite left none by its DiffID
	pl 0 pull -q "$DEBIAN"
	[ -f "$f" ] || f=$(find "$ROOT"/layers/*/diff/etc/debian_version | head -n 1)
	podlite unshare sh -ec 'printf "%0$(stat -c %s "$1")d" 0 >"$1"' sh "$f"
	pl 125 push -q --retry 0 "$DEBIAN" "$TWO/damaged:1"
	has "$stderr" "another sum than when they were unpacked"
	has "$stderr" "podlite system check --deep"
	podlite unshare sh -ec 'sed -i "s/, *\"tarSum\": *[0-9]*//" "$1"; ! grep tarSum "$1"' sh "${f%/diff/*}/layer.json"
	pl 125 push -q --retry 0 "$DEBIAN" "$TWO/damaged:1"
	has "$stderr" "they give DiffID"
	if raw "$TWO/damaged:1" 2>/dev/null; then return 1; fi
	podlite rmi -a -f >/dev/null
}

@test "push: the image is known by the digest that the registry has" {
	tar -C /etc -cf "$T/one.tar" hostname
	pl 0 import -q "$T/one.tar" "$TWO/known:1"
	pl 0 image inspect -f '{{len .RepoDigests}}' "$TWO/known:1"
	is "$output" 0
	pl 0 push -q --digestfile "$T/known" "$TWO/known:1"
	pl 0 image inspect -f '{{index .RepoDigests 0}}' "$TWO/known:1"
	is "$output" "$TWO/known@$(cat "$T/known")"
	pl 0 image exists "$TWO/known@$(cat "$T/known")"
	pl 0 rmi "$TWO/known:1"
	has "$output" Deleted
}
