#!/usr/bin/env bats
# 162-interchange.bats: registries between podlite and tools no one here wrote: each reads what the other pushed, in every
# format and compression they have; digests are equal where the format promises it. Archives: 115-archives.bats.

load helpers
load registry

setup_file() {
	H=$PODLITE_TEST_TMP/interchange
	mkdir -p "$H"
	registry_at "$H/one"
	ONE=$addr pids=$pid
	registries_insecure "$H/registries.conf" "$ONE" "$REGISTRY"
	registry_at "$H/tls" tls
	TLS=$addr pids="$pids $pid"
	mkdir "$H/certs"
	cp "$H/tls/ca.crt" "$H/certs/"
	mkdir "$H/www"
	file_server "$H/www"
	pids="$pids $pid"
	export H ONE TLS pids CONTAINERS_REGISTRIES_CONF=$H/registries.conf
	image "$BUSYBOX"
	ID=$(podlite image inspect -f '{{.Id}}' "$BUSYBOX")
	DIFFS=$(podlite image inspect -f '{{json .RootFS.Layers}}' "$BUSYBOX")
	export ID DIFFS
}

file_server() { # DIR: with some addresses that lead elsewhere; its port goes to DIR/../port
	cat >"$1/../serve.py" <<-'X'
		import http.server, os, sys
		os.chdir(sys.argv[1])
		moved = {"/moved": "/root.tar.gz", "/loop": "/loop", "/file": "file:///etc/passwd", "/meta": "http://169.254.1.1/x"}
		class H(http.server.SimpleHTTPRequestHandler):
		    def do_GET(self):
		        if self.path in moved:
		            self.send_response(302); self.send_header("Location", moved[self.path]); self.end_headers()
		        elif self.path == "/cut":
		            self.send_response(200); self.send_header("Content-Length", "100000"); self.end_headers(); self.wfile.write(b"x" * 1000)
		        else:
		            super().do_GET()
		    def log_message(self, *a): pass
		s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), H)
		open("../port", "w").write(str(s.server_address[1]))
		s.serve_forever()
	X
	python3 "$1/../serve.py" "$1" 3>&- 4>&- &
	pid=$!
	wait_for 20 test -s "$1/../port"
}

teardown_file() {
	# shellcheck disable=SC2086
	kill $pids 2>/dev/null || :
	store_is_clean && remove_store
}

setup() {
	unshare -r --map-auto rm -rf "$T"
	mkdir -p "$T"
}

# of the manifest NAME in the registry: kinds of its layers, each once
kinds() { raw "$1" | jq -r '.layers[].mediaType' | sed 's/.*\.\(tar.*\)/\1/' | sort -u | xargs; }
push_all() { # every form podlite pushes, below $ONE/own
	podlite image exists "$BUSYBOX" || podlite pull -q "$BUSYBOX" >/dev/null
	pl 0 push -q "$BUSYBOX" "$ONE/own:as-it-is"
	pl 0 push -q --format oci --compression-format gzip --compression-level 3 "$BUSYBOX" "$ONE/own:oci-gzip"
	pl 0 push -q --format oci --compression-format zstd "$BUSYBOX" "$ONE/own:oci-zstd"
	pl 0 push -q --format v2s2 "$BUSYBOX" "$ONE/own:docker-gzip"
}

@test "push: skopeo, umoci, buildah and podman read every form; the image is the same everywhere" {
	push_all
	is "$(kinds "$ONE/own:oci-zstd")" tar+zstd
	is "$(kinds "$ONE/own:docker-gzip")" tar.gzip
	for tag in as-it-is oci-gzip oci-zstd docker-gzip; do
		# skopeo checks every digest on its way; an OCI layout keeps the documents byte for byte
		if [ $tag != docker-gzip ]; then
			skopeo copy -q --src-tls-verify=false "docker://$ONE/own:$tag" "oci:$T/layout:$tag"
			is "$(jq -r ".manifests[] | select(.annotations[\"org.opencontainers.image.ref.name\"] == \"$tag\") | .digest" "$T/layout/index.json")" "sha256:$(digest_of "$ONE/own:$tag")"
		else
			skopeo copy -q --src-tls-verify=false "docker://$ONE/own:$tag" "dir:$T/dir"
			is "$(sha256sum <"$T/dir/manifest.json")" "$(digest_of "$ONE/own:$tag")  -"
		fi
		is "$(skopeo inspect --config --raw --tls-verify=false "docker://$ONE/own:$tag" | sha256sum)" "$ID  -"
	done
	umoci unpack --rootless --image "$T/layout:oci-gzip" "$T/bundle"
	[ -x "$T/bundle/rootfs/bin/busybox" ]
	is "$(umoci stat --image "$T/layout:oci-gzip" --json | jq -r '[.history[] | select(.empty_layer | not)] | length')" "$(jq length <<<"$DIFFS")"
	for tag in oci-gzip oci-zstd docker-gzip; do
		peer podman pull -q --tls-verify=false "$ONE/own:$tag" >"$T/id"
		is "$(cat "$T/id")" "$ID"
		is "$(peer podman image inspect --format '{{json .RootFS.Layers}}' "$ID")" "$DIFFS"
		peer podman rmi -f "$ID" >/dev/null
	done
	is "$(peer buildah pull -q --tls-verify=false "$ONE/own:docker-gzip")" "$ID"
	is "$(peer buildah inspect --type image --format '{{.FromImageID}}' "$ID")" "$ID"
}

# theirs: NAME in the registry, pushed by another tool, is the image
theirs() { # NAME KINDS
	is "$(kinds "$1")" "$2"
	podlite rmi -f "$ID" >/dev/null 2>&1 || :
	pl 0 pull -q "$1"
	is "$output" "$ID"
	is "$(podlite image inspect -f '{{json .RootFS.Layers}}' "$ID")" "$DIFFS"
	is "$(podlite image inspect -f '{{.Digest}}' "$ID")" "sha256:$(digest_of "$1")"
	# what came is given on as it is
	pl 0 push -q "$1" "$1-back"
	is "$(digest_of "$1-back")" "$(digest_of "$1")"
}

@test "pull: what skopeo pushes: OCI and docker; gzip, zstd" {
	for format in oci v2s2; do
		skopeo copy -q --src-tls-verify=false --dest-tls-verify=false --format $format --dest-compress-format gzip "docker://$REGISTRY/busybox:latest" "docker://$ONE/skopeo:$format-gzip"
	done
	theirs "$ONE/skopeo:oci-gzip" tar+gzip
	theirs "$ONE/skopeo:v2s2-gzip" tar.gzip
	skopeo copy -q --src-tls-verify=false --dest-decompress "docker://$REGISTRY/busybox:latest" "dir:$T/bare"
	# not what it remembers of blobs
	XDG_DATA_HOME=$T/data skopeo copy -q --dest-tls-verify=false --format oci --dest-compress-format zstd "dir:$T/bare" "docker://$ONE/skopeo:zstd"
	theirs "$ONE/skopeo:zstd" tar+zstd
}

@test "pull: what podman and buildah push: their own format, OCI and docker, zstd" {
	peer podman pull -q --tls-verify=false "$REGISTRY/busybox:latest" >/dev/null
	for format in oci v2s2; do
		peer podman push -q --tls-verify=false --format $format "$ID" "$ONE/podman:$format"
	done
	peer podman push -q --tls-verify=false --format oci --compression-format zstd "$ID" "$ONE/podman:zstd"
	theirs "$ONE/podman:oci" tar+gzip
	theirs "$ONE/podman:v2s2" tar.gzip
	theirs "$ONE/podman:zstd" tar+zstd
	peer buildah push -q --tls-verify=false --format v2s2 "$ID" "docker://$ONE/buildah:v2s2"
	theirs "$ONE/buildah:v2s2" tar.gzip
	# an image that buildah made of ours, with a layer of its own
	ctr=$(peer buildah from --tls-verify=false "$ONE/podman:oci")
	echo made >"$T/file"
	peer buildah copy -q "$ctr" "$T/file" /made/here >/dev/null
	peer buildah config --cmd 'cat /made/here' "$ctr"
	peer buildah commit -q --tls-verify=false "$ctr" "docker://$ONE/buildah:made" >/dev/null
	pl 0 run --rm --network none "$ONE/buildah:made"
	is "$output" made
}

@test "pull: what umoci made: layers of its own, pushed by skopeo" {
	skopeo copy -q --src-tls-verify=false "docker://$REGISTRY/busybox:latest" "oci:$T/layout:base"
	umoci unpack --rootless --image "$T/layout:base" "$T/bundle"
	mkdir -p "$T/bundle/rootfs/made"
	echo umoci >"$T/bundle/rootfs/made/here"
	rm -r "$T/bundle/rootfs/etc"
	umoci repack --image "$T/layout:new" "$T/bundle"
	skopeo copy -q --dest-tls-verify=false "oci:$T/layout:new" "docker://$ONE/umoci:new"
	pl 0 run --rm --network none "$ONE/umoci:new" sh -c 'cat /made/here; ls /etc | wc -l'
	has "$output" umoci
	pl 0 push -q "$ONE/umoci:new" "$ONE/umoci:back"
	is "$(digest_of "$ONE/umoci:back")" "$(digest_of "$ONE/umoci:new")"
}

@test "pull: gzip of several members, as lazy pullers have it, is one layer for all" {
	pl 0 pull -q "$REGISTRY/busybox:gzip2"
	peer podman pull -q --tls-verify=false "$REGISTRY/busybox:gzip2" >"$T/id"
	is "$(cat "$T/id")" "$output"
	pl 0 push -q "$REGISTRY/busybox:gzip2" "$ONE/gzip2:1"
	peer podman pull -q --tls-verify=false "$ONE/gzip2:1" >"$T/id"
	is "$(cat "$T/id")" "$(podlite image inspect -f '{{.Id}}' "$REGISTRY/busybox:gzip2")"
}

# over TLS, docker-registry speaks HTTP/2: from which ports of ours requests came, and how
ports_of() { grep -o 'remoteaddr="127.0.0.1:[0-9]*"' "$1" | sort -u | wc -l; }
http2_only() { grep -q ' HTTP/2.0"' "$1" && ! grep -qE '"[A-Z]+ [^"]* HTTP/1' "$1"; }

blobs_told() { [ "$(grep -c 'GET /v2/h2/blobs' "$H/tls/log")" -ge 2 ]; }

@test "HTTP/2: over TLS all layers come and go over one connection" {
	image "$BUSYBOX"
	id=$ID
	: >"$H/tls/log"
	pl 0 push -q --cert-dir "$H/certs" "$id" "$TLS/h2:1"
	cat "$H/tls/log" >"$T/pushed"
	podlite rmi -f "$id" >/dev/null
	: >"$H/tls/log"
	ROOT=$T/fresh pl 0 pull -q --cert-dir "$H/certs" "$TLS/h2:1" # where no layer is yet
	is "$output" "$id"
	wait_for 10 blobs_told # the registry logs what it has answered a moment later
	cat "$H/tls/log" >"$T/pulled"
	podlite rmi -f "$id" >/dev/null
	# without HTTP/2 it is the same
	pl 0 pull -q --tls-verify=false "$TLS/h2:1"
	is "$output" "$id"
	http2_only "$T/pushed"
	http2_only "$T/pulled"
	is "$(ports_of "$T/pushed")" 1
	is "$(ports_of "$T/pulled")" 1
}

@test "import and load: from a URL" {
	image "$BUSYBOX"
	mkdir -p "$T/root"
	echo here >"$T/root/file"
	tar -C "$T/root" -czf "$H/www/root.tar.gz" .
	podlite save -q -o "$H/www/image.tar" "$BUSYBOX"
	url=http://127.0.0.1:$(cat "$H/port")
	pl 0 import -q "$url/moved" from/url:1
	pl 0 create --name of-url from/url:1 x
	pl 0 cp of-url:/file "$T/copy"
	is "$(cat "$T/copy")" here
	podlite rm of-url >/dev/null
	podlite rmi -f "$ID" >/dev/null
	pl 0 load -q -i "$url/image.tar"
	pl 0 image exists "$ID"
	for bad in missing:404 loop:redirects file:'plain http' cut:fetch meta:link-local; do
		pl 125 import -q "$url/${bad%%:*}"
		has "$stderr" "${bad#*:}"
		has "$stderr" "$url/${bad%%:*}"
	done
	pl 125 load -i http://127.0.0.1:1/x
	is "$(ls -A "$ROOT/tmp")" ""
}
