#!/usr/bin/env bats
# 150-hostile-bounds.bats: whatever a registry sends (threats.md R1-R16), it is refused within bounded time
# and memory, in one line that names the image; the store is as before, and the next pull works. What each
# refusal says is looked at in 110-registry.bats and its neighbours.

load helpers
load hostile

SECONDS_MAX=30 KIB_MAX=65536

setup_file() {
	H=$PODLITE_TEST_TMP/bounds
	hostile_start "$H" tls
	export H PODLITE_STALL_TIMEOUT=2
}

teardown_file() { hostile_stop; store_is_clean; }

setup() {
	pl 0 pull -q --tls-verify=false "$HTTP/good" # so that the store has all that it ever has
	pl 0 rmi -a -f
	: >"$H/log"
	count=0
}

# measured COMMAND...: its status; its seconds and the most KiB any of its processes had go to $T/used
measured() {
	python3 -c '
import resource, subprocess, sys, time
start = time.time()
status = subprocess.run(sys.argv[2:]).returncode
with open(sys.argv[1], "w") as f:
    f.write("%.1f %d\n" % (time.time() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(status if status >= 0 else 128 - status)' "$T/used" "$@"
}

# what a pull may change: everything but the caches
state() { find "$ROOT" -mindepth 1 -not -path "$ROOT/cache*" -not -path "$ROOT/driver" | sort; }

# refused NAME [OPTION...]: a pull of it is
refused() {
	local name=$1 seconds kib status=0
	shift
	rm -f "$ROOT"/cache/partial-* # good bytes of another repository would be all that is missing
	state >"$T/before"
	measured "$PODLITE" --root "$ROOT" --runroot "$RUNROOT" pull -q --tls-verify=false --retry 1 --retry-delay 100ms "$@" "$name" \
		>"$OUT" 2>"$ERR" 3>&- 4>&- || status=$?
	read -r seconds kib <"$T/used"
	echo "$name: status $status, $seconds s, $kib KiB: $(cat "$ERR")"
	is "$status" 125
	is "$(wc -l <"$ERR")" 1
	has "$(cat "$ERR")" "$name"
	is "$(cat "$OUT")" ""
	[ "${seconds%.*}" -lt $SECONDS_MAX ]
	[ -n "${PODLITE_SANITIZED:-}" ] || [ "$kib" -lt $KIB_MAX ]
	state | diff "$T/before" - || { echo "# the store has changed"; false; }
	count=$((count + 1))
}

# all REPOSITORY...: each is refused, then an ordinary one works
all() {
	for repo; do refused "$HTTP/$repo"; done
	echo "# $count refused" >&3
	pl 0 pull -q --tls-verify=false "$HTTP/good"
	pl 0 rmi "$HTTP/good"
}
# nobody but the registry itself was asked
alone() { is "$(grep -cv '^http ' "$H/log" || :)" 0; }

@test "R1: digests that are none, and bytes that are not theirs" {
	all digest-path digest-upper digest-short digest-sha1 digest-newline wrong-blob flipped-byte index-digest wrong-diffid
}

@test "R2: documents of another kind than their type says" {
	all schema1 schema1-hidden both-keys media-differs layer-type artifact
}

@test "R3: indexes in indexes, in themselves, and of too much" {
	all nested-index self-index many-manifests many-layers
}

@test "R4: sizes that lie, documents and answers without end" {
	all size-small size-large size-negative size-beyond size-float index-size huge-manifest many-headers \
		endless-manifest endless-error endless-blob token-endless
}

@test "R5: layers that claim, lack or add, and encodings" {
	all huge-file garbage trailing cut encoded-body
}

@test "R6: redirects for ever, to nowhere and to other schemes" {
	all redirect-loop redirect-odd redirect-none
}

@test "R7: realms elsewhere, tokens that are none, 401 for ever" {
	all realm-other realm-third realm-metadata realm-file realm-user auth-loop basic-loop auth-odd token-header token-json
	alone
}

@test "R8: from https to plain HTTP" {
	refused "$HTTPS/redirect-down" --cert-dir "$H/certs" --tls-verify=true
	is "$(grep -c '^http ' "$H/log" || :)" 0
}

@test "R9: names that are paths" {
	for name in "$HTTP/../../etc" "$HTTP/a/../b" "$HTTP/.." "$HTTP/a//b" "$HTTP/good:../x" "$HTTP/good@sha256:../x"; do
		refused "$name"
	done
	is "$(wc -l <"$H/log")" 0
}

@test "R10: JSON that is broken, doubled, too deep or too much" {
	all bad-json nul-json duplicate-keys trailing-json deep-json not-utf8 array many-keys
}

@test "R11: escapes for the terminal" {
	all escapes
	refused "$HTTP/escapes"
	! grep -q $'[\e\a]' "$ERR"
}

@test "R12: silence, ends in the middle, answers to Range that lie" {
	all hang-manifest hang-blob truncated short-blob resume-wrong
}

@test "R13: what a descriptor offers beside is not fetched" {
	pl - pull -q --tls-verify=false "$HTTP/foreign"
	alone
}

@test "R14: names of credential helpers that are programs elsewhere" {
	printf '#!/bin/sh\ntouch %s/ran\n' "$T" >"$T/evil"
	chmod +x "$T/evil"
	for name in "../../..$T/evil" "x;touch $T/ran" "/$T/evil" ''; do
		jq -n --arg h "$HTTP" --arg n "$name" '{credHelpers: {($h): $n}}' >"$T/auth.json"
		PODLITE_TIMEOUT=20 pl - pull -q --tls-verify=false --authfile "$T/auth.json" "$HTTP/basic"
		[ "$status" != 0 ]
		is "$(wc -l <"$ERR")" 1
	done
	[ ! -e "$T/ran" ]
}

@test "R15: a short name that could be anybody's" {
	printf 'unqualified-search-registries = ["%s", "%s"]\nshort-name-mode = "enforcing"\n' "$HTTP" "$OTHER" >"$T/two.conf"
	CONTAINERS_REGISTRIES_CONF=$T/two.conf refused good
	is "$(wc -l <"$H/log")" 0
}

@test "R16: a layer that claims to be another's" {
	all claim wrong-diffid
	# after the other is there
	pl 0 pull -q --tls-verify=false "$HTTP/good"
	refused "$HTTP/claim"
	pl 0 images -q
	is "${#lines[@]}" 1
}
