#!/usr/bin/env bats
# 110-registry.bats: a registry that lies, hangs, redirects or wants credentials that are not its own
# (threats.md R1-R16, V44-V51): an error in one line that says what was expected and what was found,
# nothing new in the store, and the next pull works.

load helpers
load hostile

setup_file() {
	H=$PODLITE_TEST_TMP/hostile
	hostile_start "$H" tls
	export H
	export PODLITE_STALL_TIMEOUT=2
}

teardown_file() { hostile_stop; store_is_clean; }

setup() {
	podlite rmi -a -f >/dev/null 2>&1 || :
	rm -f "$ROOT"/cache/partial-* # what a pull left is 174's
	: >"$H/log"
}

fetch() { # STATUS REPO [OPTION...]
	local want=$1 repo=$2
	shift 2
	pl "$want" pull -q --tls-verify=false --retry 2 --retry-delay 100ms "$@" "$HTTP/$repo"
}
works() { fetch 0 "$@"; matches "$output" '^[0-9a-f]{64}$'; }
# REPO TEXT [OPTION...]: fails, says TEXT in one line, and leaves nothing
fails() {
	local repo=$1 text=$2 said
	shift 2
	podlite rmi -a -f >/dev/null 2>&1 || :
	rm -f "$ROOT"/cache/partial-*
	fetch 125 "$repo" "$@"
	has "$stderr" "$HTTP/$repo"
	has "$stderr" "$text"
	is "$(wc -l <"$ERR")" 1
	is "$output" ""
	said=$stderr
	pl 0 images -q
	is "$output" ""
	is "$(ls -A "$ROOT/tmp")" ""
	stderr=$said
}
asked() { grep -c "$1" "$H/log" || :; }

@test "R1, V47: digests that are none never reach a request" {
	for repo in digest-path digest-upper digest-short digest-sha1 digest-newline; do
		fails $repo "is not sha256: and 64 lower-case hex digits"
	done
	is "$(asked /blobs/)" 0
	pl 125 pull -q --tls-verify=false "$HTTP/good@sha256:../../x"
	is "$(asked good)" 0
}

@test "R1: wrong digests name what was expected and what was found" {
	fails wrong-blob "digest: expected sha256:"
	has "$stderr" "found sha256:"
	fails flipped-byte "digest: expected sha256:"
	fails index-digest "expected sha256:1111"
	fails header-digest "expected sha256:2222"
	fails wrong-diffid "the image's config says sha256:0000"
}

@test "R1: a digest in the name wins over its tag, and over what the registry says" {
	digest=sha256:$(skopeo inspect --raw --tls-verify=false "docker://$HTTP/good" | sha256sum | cut -d' ' -f1)
	: >"$H/log"
	pl 0 pull -q --tls-verify=false "$HTTP/good:nosuch@$digest"
	is "$(asked manifests/nosuch)" 0
	is "$(asked "manifests/$digest")" 1
	podlite rmi -a -f >/dev/null
	pl 125 pull -q --tls-verify=false "$HTTP/by-digest@$digest"
	has "$stderr" "expected $digest"
	# another algorithm is not a digest
	pl 125 pull -q --tls-verify=false "$HTTP/good@sha512:$(printf '0%.0s' {1..128})"
	pl 125 pull -q --tls-verify=false "$HTTP/good@md5:00000000000000000000000000000000"
}

@test "R2, V46: a document is what its type says, for every reader" {
	fails both-keys "also has an index's keys"
	fails media-differs "media type differs: expected"
	fails docker-type "media type differs: expected"
	fails no-type "neither its Content-Type nor a mediaType"
	fails text-type "expected text/plain"
	works json-type
	fails schema1 "schema 1"
	fails schema1-hidden "schema 1"
	fails layer-type "application/x-shell"
	fails artifact "not a container image but an artifact"
	fails config-both "a manifest's keys"
	fails layers-differ "1 layers, the config names 0"
}

@test "R3, V48: an index leads to manifests only; numbers are bounded" {
	fails nested-index "no image for platform"
	fails self-index "no image for platform"
	fails many-manifests "1001 manifests"
	fails many-layers "501 layers"
	works attestation
	is "$(asked attestation)" 4 # index, manifest, config, layer: the attestation is not fetched
}

@test "R4: sizes that lie" {
	fails size-negative "size: expected a number that is not negative"
	fails size-beyond "2^63-1"
	fails size-float "size: expected an integer"
	fails size-small "size: expected"
	fails size-large "size: expected"
	fails index-size "size: expected"
	fails short-blob "size: expected"
	fails endless-blob "found more"
	fails endless-manifest "at most 4194304 bytes"
	fails huge-manifest "at most 4194304 bytes"
	fails endless-error 404
	fails many-headers "64 KiB"
	fails token-endless "1 MiB"
	PODLITE_TIMEOUT=120 fails tags-endless "1000 pages" -a
	[ "$(asked tags-endless)" -le 1001 ]
}

@test "R5: an encoding of the transfer is no part of what is fetched" {
	works encoded
	fails encoded-body JSON
}

@test "R5, V52: layers that are no layers, and what follows them works" {
	fails huge-file "huge"
	fails garbage damaged
	fails cut "cut off"
	fails trailing "foreign bytes"
	fails empty-layer empty
	works good
	works twice-the-layer
}

@test "R6: redirects are few, and carry no credentials away" {
	works redirect-other
	podlite rmi -a -f >/dev/null
	works basic-redirect --creds user:secret
	podlite rmi -a -f >/dev/null
	works token-redirect --creds user:secret
	is "$(grep -c '^other GET /blob/.* - -$' "$H/log")" 3
	is "$(grep -c '^other' "$H/log")" 3
	fails redirect-loop "more than 5 redirects"
	fails redirect-odd "not a plain http or https URL"
	fails redirect-metadata "link-local address"
	# a proxy for other requests, or one that this host is exempt from, opens no way there
	https_proxy=http://127.0.0.1:9 fails redirect-metadata "link-local address"
	no_proxy=127.0.0.1,169.254.169.254 http_proxy=http://127.0.0.1:9 fails redirect-metadata "link-local address"
	fails redirect-none "without a Location"
}

@test "R6, R8: https never becomes http" {
	for verify in "--cert-dir $H/certs" --tls-verify=false; do
		# shellcheck disable=SC2086
		pl 125 pull -q $verify "$HTTPS/redirect-down"
		has "$stderr" "redirects from https to http"
	done
	is "$(asked '^http ')" 0
	# without being told so, nothing is ever said in the clear
	pl 125 pull -q --tls-verify=true "$HTTP/good"
	has "$stderr" "--tls-verify=false"
	is "$(asked '^http ')" 0
}

@test "V44: certificates are checked unless switched off for the pull" {
	pl 125 pull -q --retry 0 "$HTTPS/good"
	has "$stderr" certificate
	is "$(asked '^https')" 0
	pl 0 pull -q --cert-dir "$H/certs" "$HTTPS/good"
	pl 0 pull -q --tls-verify=false "$HTTPS/good"
	pl 125 pull -q --cert-dir "$H/certs" "localhost:${HTTPS#*:}/good"
	has "$stderr" "match"
}

@test "R7, V49: token realms elsewhere get neither credentials nor plain requests" {
	for creds in "" "--creds user:secret"; do
		# shellcheck disable=SC2086
		fails realm-http "not https" $creds
		# shellcheck disable=SC2086
		fails realm-metadata "169.254" $creds
		# shellcheck disable=SC2086
		fails realm-file "not a plain http or https URL" $creds
		# shellcheck disable=SC2086
		fails realm-user "not a plain http or https URL" $creds
	done
	fails realm-other "credentials sent to another host" --creds user:secret
	fails realm-third "credentials sent to another host" --creds user:secret
	is "$(asked '^other')" 0
}

@test "R7: the scope is ours, whatever the challenge asks for" {
	works token
	has "$(cat "$H/log")" "scope=repository%3Atoken%3Apull"
	hasnt "$(cat "$H/log")" push
}

@test "registry: basic and token authentication, right and wrong" {
	fails basic "user name and password"
	fails basic "refused" --creds user:wrong
	has "$stderr" "podlite login"
	works basic --creds user:secret
	fails token-private "401"
	works token-private --creds user:secret
	fails auth-loop 401
	[ "$(asked manifests)" -le 12 ]
	fails basic-loop refused --creds user:secret
	fails auth-odd "neither Basic nor Bearer"
	fails token-header "characters that no token may have"
	fails token-json "no usable token"
	pl 125 pull --creds nocolon "$HTTP/basic"
	has "$stderr" USER:PASSWORD
}

@test "R14: credentials from auth files and helpers, never in argv" {
	auth=$(printf user:secret | base64)
	echo "{\"auths\": {\"$HTTP/basic\": {\"auth\": \"$auth\"}, \"$HTTP\": {\"auth\": \"eDp5\"}}}" >"$T/auth.json"
	works basic --authfile "$T/auth.json"
	echo "{\"auths\": {\"https://$HTTP/v1/\": {\"auth\": \"$auth\"}}}" >"$T/docker.json"
	REGISTRY_AUTH_FILE=$T/docker.json works basic
	mkdir -p "$T/run/containers" "$T/bin"
	cp "$T/auth.json" "$T/run/containers/"
	chmod 700 "$T/run"
	XDG_RUNTIME_DIR=$T/run works basic
	cat >"$T/bin/docker-credential-test" <<-X
		#!/bin/sh
		read -r server
		echo "\$1 \$server \$#" >"$T/helper"
		echo '{"ServerURL": "x", "Username": "user", "Secret": "secret"}'
	X
	chmod +x "$T/bin/docker-credential-test"
	echo "{\"credHelpers\": {\"$HTTP\": \"test\"}}" >"$T/helper.json"
	PATH=$T/bin:$PATH works basic --authfile "$T/helper.json"
	is "$(cat "$T/helper")" "get $HTTP 1"
	echo "{\"credHelpers\": {\"$HTTP\": \"../x;id\"}}" >"$T/helper.json"
	fetch 125 basic --authfile "$T/helper.json"
	has "$stderr" "credential helper"
	fetch 125 basic --authfile "$T/missing.json"
	has "$stderr" missing.json
	echo '{"auths": {' >"$T/broken.json"
	fetch 125 basic --authfile "$T/broken.json"
	has "$stderr" broken.json
}

@test "R8: certificates of certs.d count only where nobody else can put them" {
	export XDG_CONFIG_HOME=$T/config
	local d=$T/config/containers/certs.d/$HTTPS
	mkdir -p "$d"
	cp "$H/cert.pem" "$d/ca.crt"
	chmod 755 "$T/config/containers" "$d"
	pl 0 pull -q "$HTTPS/good"
	podlite rmi -a -f >/dev/null
	chmod 777 "$d"
	pl 125 pull -q --retry 0 "$HTTPS/good"
	has "$stderr" certificate
	chmod 755 "$d"
	# of another name: not for this one
	mv "$d" "${d%:*}:1"
	pl 125 pull -q --retry 0 "$HTTPS/good"
}

@test "R9: names are names before they are paths, requests or files" {
	for name in "$HTTP/../good" "$HTTP/good:../x" "$HTTP//good" "$HTTP/good:$(printf 'x%.0s' {1..129})" "$HTTP/Good" \
		"$HTTP/good?x" "$HTTP/go%2fod" "$HTTP/good:a b" $'127.0.0.1\n/good' "user@$HTTP/good" "$HTTP/$(printf 'x%.0s' {1..300})"; do
		pl 125 pull -q --tls-verify=false -- "$name"
		is "$(wc -l <"$ERR")" 1
		is "$(cat "$H/log")" ""
	done
	fails tags-evil "tmp/x" -a
	# what needs escaping in a file's name has one each
	works good
	before=$(find "$ROOT/names" -type l | wc -l)
	pl 0 tag "$HTTP/good" "$HTTP/a/b:c"
	pl 0 tag "$HTTP/good" "$HTTP/a-b:c"
	is "$(find "$ROOT/names" -type l | wc -l)" $((before + 2))
	is "$(find "$ROOT/names" -mindepth 1 -type d | wc -l)" 0
}

@test "R10: JSON is strict" {
	fails bad-json JSON
	fails nul-json u0000
	fails duplicate-keys "same key twice"
	fails trailing-json JSON
	fails deep-json "too deep"
	fails not-utf8 utf-8
	fails array "not an object"
	PODLITE_TIMEOUT=20 fails many-keys "more than 131072 values"
}

@test "R11: what a registry says reaches the terminal escaped" {
	fails escapes '\x1b[31mred'
	hasnt "$stderr" $'\e'
	hasnt "$stderr" $'\a'
}

@test "R12: broken transfers go on where they stopped, or from the start" {
	for repo in resume resume-none resume-lies resume-416; do
		works $repo
		podlite rmi -a -f >/dev/null
		matches "$(cat "$H/log")" "$repo/blobs/sha256:[0-9a-f]+ bytes=[1-9][0-9]*-"
	done
	fails resume-wrong "digest: expected"
	fails truncated "blob sha256:"
	is "$(grep -c 'truncated/blobs/.*bytes=' "$H/log")" 2
}

@test "registry: a blob may outlive any number of tokens" {
	pl 0 pull -q --tls-verify=false --retry-delay 100ms "$HTTP/expires"
	is "$(grep -c "GET /v2/expires/blobs/.*bytes=" "$H/log")" 8
	# also where each is good for a little only, and where the token server has a bad moment: what came is not asked for again
	pl 0 rmi -a -f
	: >"$H/log"
	pl 0 pull -q --tls-verify=false --retry 30 --retry-delay 10ms "$HTTP/expires-early"
	is "$(awk '/expires-early.blobs/ { print $4 }' "$H/log" | uniq | xargs)" "- $(seq -f 'bytes=%.0f-' 327680 327680 3000000 | xargs)"
}

@test "M7: the process that hears the registry is confined before it does" {
	podlite pull -q --tls-verify=false --retry 0 "$HTTP/hang-blob" >"$OUT" 2>"$ERR" &
	local pull=$! p
	wait_for 5 grep -q "hang-blob/blobs" "$H/log"
	p=$(below $pull podlite-transfe | head -n 1)
	# a filter of system calls (sanitizers need more than it gives), no new privileges, four capabilities
	# that are about owners of files
	[ -n "${PODLITE_SANITIZED:-}" ] || grep -qx $'Seccomp:\t2' "/proc/$p/status"
	grep -qx $'NoNewPrivs:\t1' "/proc/$p/status"
	grep -qx $'CapEff:\t000000000000000f' "/proc/$p/status"
	grep -qx $'CapBnd:\t000000000000000f' "/proc/$p/status" || grep -qx $'CapPrm:\t000000000000000f' "/proc/$p/status"
	wait $pull && return 1 || :
}

@test "R12: what hangs ends, and holds no lock" {
	fails hang-manifest "seconds" --retry 0
	fails hang-blob "seconds" --retry 0
	works good
}

@test "registry: 429 and 5xx are tried again, as often and as late as asked" {
	works rate
	works broken
	fails rate-forever 429
	is "$(asked rate-forever)" 3
	fails broken-forever 500
	is "$(asked broken-forever)" 3
	fails rate-long 86400
	is "$(asked rate-long)" 1
	fails missing "manifest unknown (registry answered 404); check the name, or log in with: podlite login $HTTP"
	is "$(asked missing)" 1
}

@test "R13: urls and data of a descriptor are not used" {
	works foreign
	is "$(asked '^other')" 0
	is "$(asked foreign/blobs)" 2
}

@test "R16, V45c: a layer belongs to the bytes it was made of" {
	# before, and after, the layer that is claimed is here
	fails claim "the image's config says sha256:"
	works good
	fetch 125 claim
	has "$stderr" "the image's config says sha256:"
	pl 0 images --format '{{.Repository}}'
	is "$output" "$HTTP/good"
	# and during its pull
	podlite rmi -a -f >/dev/null
	podlite pull -q --tls-verify=false "$HTTP/claim" >"$T/claim" 2>&1 &
	works good
	local r=0
	wait $! || r=$?
	is "$r" 125
	# the same bytes in another compression are fetched once, to know that they are
	works recompressed
	is "$(asked 'recompressed/blobs')" 1
	works recompressed
	is "$(asked 'recompressed/blobs')" 1
}

@test "registry: an image for another machine is refused with the way to have it" {
	fails arch "--platform linux/s390x"
	works arch --platform linux/s390x
	fetch 125 good --platform linux/s390x
	has "$stderr" s390x
}

@test "registry: --all-tags, pages that loop or lead away" {
	works_tags=$(podlite pull -q -a --tls-verify=false "$HTTP/good")
	is "$(wc -l <<<"$works_tags")" 2
	pl 0 images --format '{{.Tag}}'
	is "$(sort <<<"$output" | xargs)" "a b"
	podlite rmi -a -f >/dev/null
	fetch 0 tags-loop -a
	is "${#lines[@]}" 1
	[ "$(asked tags/list)" -le 3 ]
	fetch 0 tags-away -a
	is "$(asked '^other')" 0
	podlite rmi -a -f >/dev/null
	fails tags-bad "list of strings" -a
	fetch 125 good:tag -a
	has "$stderr" --all-tags
}

@test "R15: short names: alias, search list, ambiguity" {
	cat >"$T/registries.conf" <<-X
		unqualified-search-registries = ["$OTHER", "$HTTP"]
		[aliases]
		nick = "$HTTP/good"
		[[registry]]
		location = "$HTTP"
		insecure = true
		[[registry]]
		location = "$OTHER"
		insecure = true
	X
	export CONTAINERS_REGISTRIES_CONF=$T/registries.conf
	pl 125 pull -q --retry 0 good
	has "$stderr" "$HTTP/good"
	has "$stderr" "$OTHER/good"
	is "$(asked good)" 0
	pl 0 pull -q nick
	pl 0 images --format '{{.Repository}}'
	is "$output" "$HTTP/good"
	# a terminal to ask on changes nothing: it is never guessed
	timeout 30 script -qec "'$PODLITE' --root '$ROOT' --runroot '$RUNROOT' pull -q --retry 0 good" /dev/null >"$T/seen" </dev/null && false
	has "$(cat "$T/seen")" "could mean"
	sed -i '1a short-name-mode = "permissive"' "$T/registries.conf"
	pl 0 pull -q --retry 0 good
}

@test "registry: mirrors first, blocked never, prefixes rewritten" {
	cat >"$T/registries.conf" <<-X
		[[registry]]
		prefix = "registry.invalid/team"
		location = "$HTTP"
		insecure = true
		[[registry]]
		prefix = "mirrored.invalid"
		location = "$OTHER"
		insecure = true
		[[registry.mirror]]
		location = "127.0.0.1:1"
		[[registry.mirror]]
		location = "$HTTP"
		insecure = true
		[[registry]]
		prefix = "blocked.invalid"
		blocked = true
	X
	export CONTAINERS_REGISTRIES_CONF=$T/registries.conf
	pl 0 pull -q registry.invalid/team/good
	pl 0 pull -q --retry 0 mirrored.invalid/good
	is "$(asked '^other')" 0
	pl 0 images --format '{{.Repository}}'
	is "$(sort <<<"$output" | xargs)" "mirrored.invalid/good registry.invalid/team/good"
	pl 125 pull -q blocked.invalid/good
	has "$stderr" blocks
}

@test "R8: a registry that may be insecure and is mute for https is soon asked by http" {
	start=$SECONDS
	pl 0 pull -q --tls-verify=false --retry 0 "$MUTE/good"
	[ $((SECONDS - start)) -lt 12 ]
	is "$(asked '^mute TLS')" 1
}

@test "R8: a registry that may be insecure and has spoken TLS is asked for nothing without" {
	pl 0 pull -q --tls-verify=false --retry 1 --retry-delay 10ms "$HTTPS/hang-once"
	is "$(asked '^https GET /v2/hang-once/blobs')" 3 # the configuration, and the layer twice
}

@test "R8, V50: insecure is a configured name, not an address" {
	# localhost resolves to the loopback address as well as 127.0.0.1 does: that makes nothing insecure
	pl 125 pull -q --retry 0 "localhost:${HTTP#*:}/good"
	is "$(asked '^http ')" 0
}
