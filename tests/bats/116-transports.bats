#!/usr/bin/env bats
# 116-transports.bats: names of images that are no registry's: oci:, oci-archive:, docker-archive:,
# dir:, as skopeo writes them; and those that are refused.

load helpers

setup_file() {
	D=$PODLITE_TEST_TMP/transports
	mkdir -p "$D"
	skopeo copy -q --src-tls-verify=false "docker://$BUSYBOX" "oci:$D/layout:one"
	skopeo copy -q --src-tls-verify=false "docker://$BUSYBOX" "oci-archive:$D/oci.tar:name"
	skopeo copy -q --src-tls-verify=false "docker://$BUSYBOX" "docker-archive:$D/docker.tar:team/app:1.0"
	skopeo copy -q --src-tls-verify=false "docker://$BUSYBOX" "dir:$D/dir"
	ID=$(skopeo inspect --raw --tls-verify=false "docker://$BUSYBOX" | jq -r .config.digest)
	export D ID=${ID#sha256:}
}

setup() {
	rm -rf "$T"
	mkdir -p "$T"
	podlite rmi -a -f >/dev/null 2>&1 || :
}

@test "transports: pull from layouts, archives and directories" {
	for from in "oci:$D/layout" "oci:$D/layout:one" "oci-archive:$D/oci.tar" "oci-archive:$D/oci.tar:name" "docker-archive:$D/docker.tar" \
		"docker-archive:$D/docker.tar:docker.io/team/app:1.0" "docker-archive:$D/docker.tar:team/app:1.0" "dir:$D/dir" "docker://$BUSYBOX"; do
		podlite rmi -a -f >/dev/null 2>&1 || :
		pl 0 pull -q "$from"
		is "$output" "$ID"
		pl 0 run --rm "$ID" echo works
		is "$output" works
	done
	podlite rmi -a -f >/dev/null
	pl 0 pull -q "docker-archive:$D/docker.tar"
	pl 0 images --format '{{.Repository}}:{{.Tag}}'
	is "$output" docker.io/team/app:1.0
	cd "$D"
	pl 0 pull -q oci:layout:one
	pl 0 image exists localhost/one
}

@test "transports: run and create take them directly" {
	pl 0 run --rm "oci:$D/layout" echo here
	is "$output" here
	pl 0 images -q --no-trunc
	is "$output" "sha256:$ID"
	podlite rmi -a -f >/dev/null
	pl 0 create --name direct "docker-archive:$D/docker.tar" true
	pl 0 container inspect --format '{{.ImageName}}' direct
	is "$output" docker.io/team/app:1.0
	pl 125 run --rm --pull never "oci:$D/layout" true
}

@test "transports: one of several is named" {
	cp -r "$D/layout" "$T/two"
	skopeo copy -q --src-tls-verify=false "docker://$REGISTRY/busybox:docker" "oci:$T/two:second"
	pl 125 pull -q "oci:$T/two"
	has "$stderr" "2 images"
	pl 0 images -q
	is "$output" ""
	pl 0 pull -q "oci:$T/two:one"
	pl 125 pull -q "oci:$T/two:three"
	has "$stderr" 'no image "three"'
	pl 125 pull -q "docker-archive:$D/docker.tar:other:1"
	has "$stderr" 'no image "other:1"'
	# load takes both
	pl 0 load -q -i "$T/two"
	is "${#lines[@]}" 2
}

@test "transports: what is not there, not that, or damaged" {
	pl 125 pull -q "oci:$T/missing"
	has "$stderr" "$T/missing"
	pl 125 pull -q oci:
	has "$stderr" "oci:PATH"
	pl 125 pull -q "oci:$D/dir"
	pl 125 pull -q "dir:$D/layout"
	pl 125 pull -q "docker-archive:$D/oci.tar"
	cp -r "$D/layout" "$T/broken"
	big=$(find "$T/broken/blobs" -type f -size +100k | head -n 1)
	printf x | dd of="$big" bs=1 seek=5000 conv=notrunc 2>/dev/null
	pl 125 pull -q "oci:$T/broken"
	is "$(wc -l <"$ERR")" 1
	pl 0 images -q
	is "$output" ""
	is "$(ls -A "$ROOT/tmp")" ""
}

@test "transports: other engines' stores are refused with what to do" {
	for from in containers-storage:x docker-daemon:x:latest; do
		pl 125 pull -q "$from"
		has "$stderr" "podlite load"
		pl 125 run --rm "$from" true
	done
	pl 125 pull -q ostree:x@/y
	has "$stderr" skopeo
}

@test "policy.json: transports have rules by path" {
	export XDG_CONFIG_HOME=$T/config
	mkdir -p "$T/config/containers"
	cat >"$T/config/containers/policy.json" <<-X
		{"default": [{"type": "reject"}], "transports": {
		  "oci": {"$D": [{"type": "insecureAcceptAnything"}], "$D/layout": [{"type": "reject"}]},
		  "dir": {"": [{"type": "insecureAcceptAnything"}]}}}
	X
	pl 0 pull -q "dir:$D/dir"
	pl 125 pull -q "oci:$D/layout"
	has "$stderr" rejects
	cp -r "$D/layout" "$D/allowed"
	pl 0 pull -q "oci:$D/allowed"
	pl 125 pull -q "docker-archive:$D/docker.tar"
	rm -r "$D/allowed"
	# load sees the format only when it reads
	pl 125 load -q -i "$D/docker.tar"
	has "$stderr" rejects
	pl 125 load -q -i - <"$D/docker.tar"
	pl 125 load -q -i "$D/layout"
	pl 0 load -q -i "$D/dir"
	echo '{"default": [{"type": "reject"}], "transports": {"docker-archive": {"": [{"type": "insecureAcceptAnything"}]}}}' \
		>"$T/config/containers/policy.json"
	pl 0 load -q -i "$D/docker.tar"
	pl 125 load -q -i "$D/oci.tar"
	has "$stderr" rejects
}

# an ssh that is none: its destination is the name of a store below $T, where the command runs as a shell would run it
fake_ssh() {
	mkdir -p "$T/bin"
	cat >"$T/bin/ssh" <<-'X'
		#!/bin/bash
		echo "$*" >>"${0%/bin/ssh}/ssh.log"
		[ "$1" = -- ] || exit 254
		home=${0%/bin/ssh}/$2
		[ -d "$home" ] || { echo "ssh: connect to host $2: No route to host" >&2; exit 255; }
		mkdir -p -m 700 "$home/run"
		podlite() { "$PODLITE" --root "$home/root" --runroot "$home/run" "$@"; }
		eval "$3"
	X
	chmod +x "$T/bin/ssh"
	mkdir "$T/far" "$T/away"
}
there() { # HOST STATUS ARG...
	ROOT=$T/$1/root RUNROOT=$T/$1/run pl "${@:2}"
}

@test "image scp: an image goes to another machine, comes from one, and goes between two" {
	fake_ssh
	image "$BUSYBOX"
	pl 0 image inspect --format '{{.Id}}' "$BUSYBOX"
	id=$output
	PATH=$T/bin:$PATH pl 0 image scp -q "$BUSYBOX" far::
	is "$output" "Loaded image: $BUSYBOX"
	is "$(cat "$T/ssh.log")" "-- far podlite load -q"
	there far 0 image inspect --format '{{.Id}}' "$BUSYBOX"
	is "$output" "$id"
	there far 0 run --rm "$BUSYBOX" echo works
	is "$output" works
	pl 0 rmi -a -f
	PATH=$T/bin:$PATH pl 0 image scp "far::$BUSYBOX"
	is "$output" "Loaded image: $BUSYBOX"
	pl 0 run --rm "$BUSYBOX" true
	PATH=$T/bin:$PATH pl 0 image scp --quiet "far::$BUSYBOX" away::
	is "$output" "Loaded image: $BUSYBOX"
	there away 0 system check --deep
	there away 0 rmi -a -f
	there far 0 rmi -a -f
}

@test "image scp: what fails on the way fails, and nothing is left" {
	fake_ssh
	image "$BUSYBOX"
	PATH=$T/bin:$PATH pl 125 image scp -q "$BUSYBOX" nowhere::
	has "$stderr" "No route to host"
	has "$stderr" "ssh to nowhere ended with status 255"
	PATH=$T/bin:$PATH pl 125 image scp -q far::no/such:image
	has "$stderr" "no/such:image"
	has "$stderr" "ssh to far ended with status 125"
	# over there is no podlite
	sed -i 's/^eval.*/exit 127/' "$T/bin/ssh"
	PATH=$T/bin:$PATH pl 125 image scp -q "$BUSYBOX" far::
	has "$stderr" "podlite must be installed there"
	# what fails here is said, too: it may be why ssh ended
	printf '#!/bin/sh\nyes "no archive" | head -c 9000000\nexit 7\n' >"$T/bin/ssh"
	PATH=$T/bin:$PATH pl 125 image scp -q far::busybox
	matches "$stderr" "ssh to far ended with status 7, see above, and: load .*archive"
	is "$(wc -l <<<"$stderr")" 1
	# a stream that is cut
	printf '#!/bin/sh\n"$PODLITE" --root "%s" --runroot "%s" save -q --format oci-archive "%s" | head -c 100000\n' \
		"$ROOT" "$RUNROOT" "$BUSYBOX" >"$T/bin/ssh"
	store cut
	PATH=${T%.cut/t}/t/bin:$PATH pl 125 image scp -q far::busybox
	hasnt "$stderr" ssh
	pl 0 images -q
	is "$output" ""
}

@test "image scp: words that ssh or a shell would take for more than names are refused" {
	fake_ssh
	for end in '-oProxyCommand=x::busybox' '::busybox' 'far::$(touch x)' 'far::a;b' 'far::-i' "far::a'b" far:: '' ; do
		PATH=$T/bin:$PATH pl 125 image scp "$end"
	done
	PATH=$T/bin:$PATH pl 125 image scp "$BUSYBOX"
	has "$stderr" "is here already"
	PATH=$T/bin:$PATH pl 125 image scp "$BUSYBOX" far::other
	has "$stderr" "keeps its name"
	PATH=$T/bin:$PATH pl 125 image scp "$BUSYBOX" other
	[ ! -e "$T/ssh.log" ]
}

@test "push: to layouts, archives and directories, for tools that no one here wrote" {
	image "$BUSYBOX"
	for to in "oci:$T/lay:team/x@1" "oci-archive:$T/o.tar:tagged" "docker-archive:$T/d.tar:nm:2" "dir:$T/dir"; do
		pl 0 push -q "$BUSYBOX" "$to"
	done
	is "$(jq -r '.manifests[].annotations["org.opencontainers.image.ref.name"]' "$T/lay/index.json")" team/x@1
	is "$(skopeo inspect "oci:$T/lay:team/x@1" --raw | jq -r .config.digest)" "sha256:$ID"
	is "$(skopeo inspect "oci-archive:$T/o.tar:tagged" --raw | jq -r .config.digest)" "sha256:$ID"
	is "$(skopeo inspect "docker-archive:$T/d.tar:docker.io/library/nm:2" --raw | jq -r .config.digest)" "sha256:$ID"
	is "$(skopeo inspect "dir:$T/dir" --raw | jq -r .config.digest)" "sha256:$ID"
	is "$(tar xOf "$T/d.tar" manifest.json | jq -c '.[].RepoTags')" '["docker.io/library/nm:2"]'
	# the same name again takes the place of the first, another one stands beside it
	pl 0 push -q --compression-format zstd --digestfile "$T/digest" "$BUSYBOX" "oci:$T/lay:team/x@1"
	is "$(jq -r '.manifests | length' "$T/lay/index.json")" 1
	is "$(cat "$T/digest")" "$(jq -r '.manifests[0].digest' "$T/lay/index.json")"
	is "$(skopeo inspect "oci:$T/lay:team/x@1" --raw | jq -r '.layers[0].mediaType')" application/vnd.oci.image.layer.v1.tar+zstd
	pl 0 push -q "$BUSYBOX" "oci:$T/lay:two"
	is "$(jq -r '.manifests | length' "$T/lay/index.json")" 2
	pl 0 push -q --compress "$BUSYBOX" "dir:$T/pressed"
	is "$(jq -r '.layers[0].mediaType' "$T/pressed/manifest.json")" application/vnd.docker.image.rootfs.diff.tar.gzip
	is "$(jq -r '.layers[0].mediaType' "$T/dir/manifest.json")" application/vnd.docker.image.rootfs.diff.tar
	podlite rmi -a -f >/dev/null
	pl 0 pull -q "oci:$T/lay:two"
	is "$output" "$ID"
	pl 0 run --rm "$ID" echo works
	is "$output" works
}

@test "push: what a place cannot have is refused, and nothing is written" {
	image "$BUSYBOX"
	for to in oci: "oci:$T/x:a b" "docker-archive:$T/x:UPPER" ostree:x containers-storage:x docker-daemon:x; do
		pl 125 push -q "$BUSYBOX" "$to"
		has "$stderr" "push $to"
	done
	pl 125 push -q --format v2s2 "$BUSYBOX" "oci:$T/x"
	pl 125 push -q --format oci "$BUSYBOX" "dir:$T/x"
	pl 125 push -q --format oci "$BUSYBOX" "docker-archive:$T/x"
	pl 125 push -q --compression-format gzip "$BUSYBOX" "docker-archive:$T/x"
	pl 125 push -q --digestfile "$T/digest" "$BUSYBOX" "docker-archive:$T/x"
	pl 125 push -q no/such "oci:$T/x"
	[ ! -e "$T/x" ]
	pl 0 manifest create both "$BUSYBOX"
	pl 125 manifest push both "oci:$T/x"
	has "$stderr" "registries only"
}

@test "transports: of an archive's image with many names one, or one by its place" {
	image "$BUSYBOX"
	pl 0 save -q -o "$T/many.tar" "$BUSYBOX" localhost/one:1 localhost/two:2
	podlite rmi -a -f >/dev/null
	pl 0 pull -q "docker-archive:$T/many.tar:localhost/two:2"
	pl 0 images --format '{{.Repository}}:{{.Tag}}'
	is "$output" localhost/two:2
	pl 0 pull -q "docker-archive:$T/many.tar:@0"
	pl 0 images --format '{{.Repository}}:{{.Tag}}'
	is "${#lines[@]}" 3
	pl 125 pull -q "docker-archive:$T/many.tar:@1"
	has "$stderr" 'no image "@1"'
	pl 125 pull -q "docker-archive:$T/many.tar:@"
}
