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
}
