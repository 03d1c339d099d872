#!/usr/bin/env bats
# 160-manifest-lists.bats: lists of images: made, changed, pushed; skopeo, buildah and podman read what was pushed, and
# podlite pulls from it.

load helpers
load registry

setup_file() {
	H=$PODLITE_TEST_TMP/lists
	mkdir -p "$H"
	registry_at "$H/one"
	ONE=$addr pids=$pid
	registry_at "$H/two"
	TWO=$addr pids="$pids $pid"
	registries_insecure "$H/registries.conf" "$ONE" "$TWO" "$REGISTRY"
	export H ONE TWO pids CONTAINERS_REGISTRIES_CONF=$H/registries.conf
	image "$BUSYBOX" "$REGISTRY/busybox:docker"
	podlite pull -q --platform linux/arm64 "$REGISTRY/busybox:arm64"
}

teardown_file() {
	# shellcheck disable=SC2086
	kill $pids 2>/dev/null || :
	store_is_clean && remove_store
}

setup() {
	rm -rf "$T"
	mkdir -p "$T"
	podlite manifest rm -i list other >/dev/null 2>&1 || :
}

entry() { podlite manifest inspect list | jq ".manifests[$1]"; }

@test "manifest create, exists, rm: a list is an image of its own kind" {
	pl 1 manifest exists list
	pl 0 manifest create --annotation a=b list
	id=$output
	matches "$id" '^[0-9a-f]{64}$'
	pl 0 manifest exists list
	pl 1 manifest exists "$BUSYBOX"
	pl 0 manifest inspect list
	is "$(json .mediaType)" application/vnd.oci.image.index.v1+json
	is "$(json '.manifests | length')" 0
	is "$(json .annotations.a)" b
	pl 0 images --format '{{.Repository}}:{{.Tag}} {{.IsManifestList}}' --filter reference=list
	is "$output" "localhost/list:latest true"
	pl 0 images --format json
	is "$(json '.[] | select(.IsManifestList) | .Id')" "$id"
	pl 0 images --filter label=x=y
	# the name is taken; --amend goes on
	pl 125 manifest create list
	has "$stderr" "--amend"
	pl 0 manifest create --amend list "$BUSYBOX"
	is "$output" "$id"
	is "$(entry 0 | jq -r .platform.os)" linux
	pl 125 manifest create --amend "$BUSYBOX"
	has "$stderr" "not a manifest list"
	pl 125 manifest create list2 no/such/image --tls-verify=false
	pl 1 manifest exists list2
	pl 125 manifest create --annotation nothing other
	has "$stderr" KEY=VALUE
	pl 0 tag list other
	pl 0 manifest rm other
	is "$output" "Untagged: localhost/other:latest"
	pl 0 rmi list
	has "$output" "Deleted: $id"
	pl 1 manifest rm list
	pl 0 manifest rm --ignore list
	pl 125 manifest rm "$BUSYBOX"
	pl 0 image exists "$BUSYBOX"
}

@test "manifest add: images here and in registries, their platform and what is said instead" {
	pl 0 manifest create list
	pl 0 manifest add list "$BUSYBOX"
	is "$(entry 0 | jq -r .digest)" "sha256:$(digest_of "$BUSYBOX")"
	is "$(entry 0 | jq -r .size)" "$(raw "$BUSYBOX" | wc -c)"
	is "$(entry 0 | jq -r .platform.architecture)" "$(skopeo inspect --tls-verify=false "docker://$BUSYBOX" | jq -r .Architecture)"
	# again: still once
	pl 0 manifest add list "containers-storage:$BUSYBOX"
	pl 0 manifest inspect list
	is "$(json '.manifests | length')" 1
	pl 0 manifest add --os plan9 --arch mips --variant r2 --os-version 4 --os-features a,b --annotation x=y=z list "docker://$REGISTRY/busybox:zstd"
	is "$(entry 1 | jq -c .platform)" '{"architecture":"mips","os":"plan9","variant":"r2","os.version":"4","os.features":["a","b"]}'
	is "$(entry 1 | jq -r .annotations.x)" y=z
	is "$(entry 1 | jq 'has("from")')" false
	pl 1 image exists "$REGISTRY/busybox:zstd"
	# of an index: this machine's, or all
	pl 0 manifest create other "docker://$REGISTRY/busybox:multi"
	pl 0 manifest inspect other
	is "$(json '.manifests[].digest')" "sha256:$(digest_of "$BUSYBOX")"
	pl 0 manifest create --all --amend other "docker://$REGISTRY/busybox:multi"
	pl 0 manifest inspect other
	is "$(json '[.manifests[].digest] | sort | @csv')" "$(raw "$REGISTRY/busybox:multi" | jq -r '[.manifests[].digest] | sort | @csv')"
	pl 0 manifest add --all list other
	pl 0 manifest inspect list
	is "$(json '.manifests | length')" 4
	pl 125 manifest add list "$REGISTRY/no/such:1"
	has "$stderr" 404
	pl 125 manifest add "$BUSYBOX" "$BUSYBOX"
	pl 125 manifest add --artifact list "$T"
	has "$stderr" "artifacts"
	skopeo copy -q --src-tls-verify=false "docker://$REGISTRY/busybox:none" "oci:$T/layout:x"
	pl 0 manifest add list "oci:$T/layout:x"
	pl 0 manifest inspect list
	is "$(json '.manifests | length')" 5
}

@test "manifest annotate and remove" {
	pl 0 manifest create list "$BUSYBOX" "$REGISTRY/busybox:arm64"
	d=$(entry 1 | jq -r .digest)
	pl 0 manifest annotate --variant v9 --os-version 7 --annotation k=v list "$d"
	is "$(entry 1 | jq -r '.platform.variant + .platform."os.version" + .annotations.k')" v97v
	is "$(entry 1 | jq -r .platform.architecture)" arm64
	pl 0 manifest annotate --arch s390x --os linux list "$REGISTRY/busybox:arm64"
	is "$(entry 1 | jq -r .platform.architecture)" s390x
	is "$(entry 0 | jq 'has("annotations")')" false
	pl 0 manifest annotate --index --annotation all=1 list
	pl 0 manifest inspect list
	is "$(json .annotations.all)" 1
	pl 125 manifest annotate --index --arch x list
	pl 125 manifest annotate --arch x list "sha256:$(printf '1%.0s' {1..64})"
	has "$stderr" "no entry"
	pl 125 manifest annotate --arch x list
	pl 125 manifest annotate --subject x list
	pl 125 manifest remove list sha256:abc
	pl 0 manifest remove list "$d"
	pl 0 manifest inspect list
	is "$(json '[.manifests[].digest] | length')" 1
	pl 125 manifest remove list "$d"
	# features of processors: docker's lists have them, and no annotations
	pl 125 manifest annotate --features sse4,avx list "$BUSYBOX"
	has "$stderr" "either"
	pl 0 manifest inspect list
	is "$(json .annotations.all)" 1
	pl 0 rmi list
	pl 0 manifest create list "$BUSYBOX"
	pl 0 manifest annotate --features sse4,avx list "$BUSYBOX"
	pl 0 manifest inspect list
	is "$(json '.mediaType, .manifests[0].platform.features[1]' | xargs)" "application/vnd.docker.distribution.manifest.list.v2+json avx"
	pl 125 manifest push --format oci list "$ONE/x:1"
	has "$stderr" "v2s2"
}

@test "manifest push: list and images; skopeo, buildah and podman read it, podlite pulls from it" {
	pl 0 manifest create list "$BUSYBOX" "$REGISTRY/busybox:arm64"
	pl 0 manifest annotate --index --annotation made=here list
	pl 0 manifest push --digestfile "$T/digest" list "$ONE/team/list:1"
	is "$(cat "$T/digest")" "sha256:$(digest_of "$ONE/team/list:1")"
	is "$output" "$(cat "$T/digest")"
	is "$(raw "$ONE/team/list:1" | jq -r '.mediaType, .annotations.made' | xargs)" "application/vnd.oci.image.index.v1+json here"
	is "$(raw "$ONE/team/list:1" | jq -r '.manifests[].platform.architecture' | xargs)" "amd64 arm64"
	skopeo copy -q --multi-arch all --src-tls-verify=false "docker://$ONE/team/list:1" "oci:$T/all:x"
	is "$(find "$T/all/blobs/sha256" -type f | wc -l)" 7
	for tool in buildah podman; do
		peer $tool manifest inspect "$ONE/team/list:1" >"$T/seen"
		is "$(jq -r '.manifests[].platform.architecture' "$T/seen" | xargs)" "amd64 arm64"
	done
	id=$(podlite image inspect -f '{{.Id}}' "$BUSYBOX")
	pl 0 pull -q "$ONE/team/list:1"
	is "$output" "$id"
	pl 0 run --rm --network none "$ONE/team/list:1" echo runs
	is "$output" runs
	pl 0 rmi -f "$ONE/team/list:1"
	image "$BUSYBOX"
	# nothing is sent twice; without --all nothing but the list is
	before=$(uploads "$H/one/log")
	pl 0 manifest push -q list "$ONE/team/list:2"
	is "$(uploads "$H/one/log")" "$before"
	pl 125 manifest push --all=false --retry 0 list "$TWO/team/list:1"
	is "$(uploads "$H/two/log")" 0
	# podman's own word for it, and --rm
	pl 0 push -q list "$ONE/team/list:3"
	is "$(digest_of "$ONE/team/list:3")" "$(digest_of "$ONE/team/list:1")"
	pl 0 manifest push -q --rm list "$ONE/team/list:4"
	pl 1 manifest exists list
}

@test "manifest push: entries that were never here stream from their registry, or are lent by it" {
	pl 0 manifest create --all list "docker://$REGISTRY/busybox:multi"
	pl 0 manifest push --digestfile "$T/digest" list "$TWO/streamed:1"
	has "$stderr" "Copying image 3 of 3"
	is "$(raw "$TWO/streamed:1" | jq -r '[.manifests[].digest] | sort | @csv')" "$(raw "$REGISTRY/busybox:multi" | jq -r '[.manifests[].digest] | sort | @csv')"
	skopeo copy -q --src-tls-verify=false "docker://$TWO/streamed:1" "dir:$T/dir"
	pl 0 manifest create --all other "docker://$TWO/streamed:1"
	before=$(uploads "$H/two/log")
	pl 0 manifest push -q other "$TWO/lent:1"
	is "$(uploads "$H/two/log")" "$before"
	pl 0 pull -q "$TWO/lent:1"
	is "$output" "$(podlite image inspect -f '{{.Id}}' "$BUSYBOX")"
	pl 0 rmi -f "$TWO/lent:1"
	image "$BUSYBOX"
}

@test "manifest push: --format and --compression-format convert images and list" {
	pl 0 manifest create list "$BUSYBOX" "docker://$REGISTRY/busybox:arm64"
	pl 0 manifest push -q --format v2s2 list "$TWO/converted:docker"
	is "$(raw "$TWO/converted:docker" | jq -r '.mediaType, .manifests[].mediaType' | sort -u | sed 's/.*docker.distribution.//' | xargs)" "manifest.list.v2+json manifest.v2+json"
	is "$(skopeo inspect --tls-verify=false --override-arch arm64 "docker://$TWO/converted:docker" | jq -r .Architecture)" arm64
	pl 0 pull -q "$TWO/converted:docker"
	pl 0 manifest rm list
	# an image has the manifest it was last fetched with
	pl 0 pull -q "$REGISTRY/busybox:docker"
	pl 0 manifest create list "$REGISTRY/busybox:docker"
	pl 0 manifest inspect list
	is "$(json .mediaType)" application/vnd.docker.distribution.manifest.list.v2+json
	pl 0 manifest push -q --compression-format zstd --compression-level 1 list "$TWO/converted:zstd"
	is "$(raw "$TWO/converted:zstd" | jq -r '.mediaType, .manifests[].mediaType' | xargs)" "application/vnd.oci.image.index.v1+json application/vnd.oci.image.manifest.v1+json"
	d=$(raw "$TWO/converted:zstd" | jq -r '.manifests[0].digest')
	is "$(raw "$TWO/converted@$d" | jq -r '.layers[].mediaType' | sort -u)" application/vnd.oci.image.layer.v1.tar+zstd
	# what the registry has in another compression is sent anew only when asked for
	before=$(uploads "$H/two/log")
	pl 0 manifest push -q list "$TWO/converted:again"
	is "$(uploads "$H/two/log")" "$before"
	pl 0 pull -q "$REGISTRY/busybox:zstd"
	pl 0 push -q "$REGISTRY/busybox:zstd" "$TWO/converted:as-it-is"
	pl 0 push -q --remove-signatures --force-compression "$REGISTRY/busybox:zstd" "$TWO/converted:forced"
	is "$(raw "$TWO/converted:forced" | jq -r '.layers[].mediaType' | sort -u)" application/vnd.oci.image.layer.v1.tar+gzip
	pl 125 manifest push --add-compression zstd list "$TWO/x:1"
	has "$stderr" "add-compression"
	pl 125 manifest push "$BUSYBOX" "$TWO/x:1"
	has "$stderr" "not a manifest list"
}

@test "lists: run, inspect, history, tree and diff take the image for this machine" {
	pl 0 manifest create list "$REGISTRY/busybox:arm64" "$BUSYBOX"
	pl 0 run --rm --network none list echo runs
	is "$output" runs
	pl 0 create --name of-list list true
	is "$(podlite container inspect -f '{{.Image}}' of-list)" "$(podlite image inspect -f '{{.Id}}' "$BUSYBOX")"
	podlite rm of-list >/dev/null
	for i in "image inspect -f {{.Id}}" "history -q --no-trunc" "image tree" "diff"; do
		pl 0 $i list
		of_list=$output
		pl 0 $i "$BUSYBOX"
		is "$of_list" "$output"
	done
	pl 0 save -q -o "$T/x.tar" list
	pl 0 manifest create other "$REGISTRY/busybox:arm64"
	pl 125 run --rm other true
	has "$stderr" "it offers: linux/arm64"
	pl 125 image inspect other
	has "$stderr" "it offers: linux/arm64"
	pl 0 system df
	pl 0 system check
	# what it lists is not kept by it
	pl 0 image prune -f
	pl 0 manifest exists list
	pl 0 rmi -f "$REGISTRY/busybox:arm64"
	pl 125 manifest push list "$ONE/gone:1"
	has "$stderr" "not known"
	podlite pull -q --platform linux/arm64 "$REGISTRY/busybox:arm64"
}

@test "lists: many writers at once lose nothing" {
	pl 0 manifest create list "$BUSYBOX"
	d=$(entry 0 | jq -r .digest)
	for i in 1 2 3 4 5 6 7 8; do podlite manifest annotate --annotation "k$i=v" list "$d" >/dev/null & done
	wait
	is "$(entry 0 | jq '.annotations | length')" 8
}

@test "lists: a damaged record is an error of one line that says how to mend it, whatever is wrong in it" {
	store torn
	image "$BUSYBOX"
	pl 0 manifest create torn
	local record="$ROOT/images/$output.json" change words
	pl 0 manifest add torn "$BUSYBOX"
	cp "$record" "$T/record"
	for change in '.list="x"' '.list=[]' '.list.manifests={}' '.list.manifests[0]="x"' '.list.manifests[0].platform=[]' \
		'.list.manifests[0].annotations="x"' '.list.annotations=[1]' '.list.manifests[0].digest="x"' 'del(.list)' cut; do
		if [ "$change" = cut ]; then head -c 50 "$T/record" >"$record"; else jq -c "$change" "$T/record" >"$record"; fi
		for words in "manifest push torn dir:$T/pushed" "manifest annotate --annotation a=b --arch arm torn $BUSYBOX" "manifest add torn $BUSYBOX" \
			"manifest remove torn sha256:$(printf '%064d' 0)" "manifest inspect torn" "manifest exists torn" "manifest rm torn" \
			"manifest create torn" "run --rm torn" "tag torn other"; do
			# shellcheck disable=SC2086
			pl 125 $words
			is "$(wc -l <"$ERR")" 1
			has "$stderr" "its record is damaged"
			has "$stderr" "podlite system check --repair"
		done
		PL_QUIET=0 pl 0 images
		has "$stderr" "its record is damaged"
		pl 125 rmi torn
		pl 1 system check --quick
		has "$output" image-record
	done
	PL_QUIET=0 pl 1 system check --quick --repair
	has "$output" "--force removes it"
	PL_QUIET=0 pl 0 system check --quick --repair --force
	pl 1 manifest exists torn
	pl 0 image exists "$BUSYBOX"
	pl 0 system check --quick
}
