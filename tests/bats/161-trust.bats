#!/usr/bin/env bats
# 161-trust.bats: policy.json that demands signatures: made by openssl and by skopeo, forged in every way; nothing of an
# image that is refused comes in. `image trust set` writes what skopeo reads.

load helpers
load registry

setup_file() {
	H=$PODLITE_TEST_TMP/trust
	mkdir -p "$H/keys"
	registry_at "$H/one"
	ONE=$addr pids=$pid
	registries_insecure "$H/registries.conf" "$ONE"
	export H ONE pids CONTAINERS_REGISTRIES_CONF=$H/registries.conf
	for k in good other; do
		openssl ecparam -name prime256v1 -genkey -noout -out "$H/keys/$k"
		openssl pkey -in "$H/keys/$k" -pubout -out "$H/keys/$k.pub"
	done
	for i in busybox:latest busybox:docker; do
		skopeo copy -q --src-tls-verify=false --dest-tls-verify=false "docker://$REGISTRY/$i" "docker://$ONE/${i/busybox/app}"
	done
}

teardown_file() {
	# shellcheck disable=SC2086
	kill $pids 2>/dev/null || :
	store_is_clean && remove_store
}

setup() {
	rm -rf "$T"
	mkdir -p "$T/config/containers/registries.d"
	podlite rmi -a -f >/dev/null 2>&1 || :
	export XDG_CONFIG_HOME=$T/config
	P=$T/config/containers/policy.json
	attachments "$ONE"
	demand good
}

attachments() { printf 'docker:\n  %s:\n    use-sigstore-attachments: true\n' "$@" >"$T/config/containers/registries.d/x.yaml"; }
policy() { printf '{"default": [{"type": "reject"}], "transports": {"docker": {"%s": [%s]}}}' "$ONE" "$1" >"$P"; }
demand() { # KEY [SIGNEDIDENTITY]
	policy "{\"type\": \"sigstoreSigned\", \"keyPath\": \"$H/keys/$1.pub\"${2:+, \"signedIdentity\": $2}}"
}
sign() { local i=$1; shift; "$BATS_TEST_DIRNAME/sign.py" "$i" -k "$H/keys/good" "$@" >/dev/null; }
app() { # a repository of this test alone, in $app
	app=$ONE/t$BATS_TEST_NUMBER-$1
	skopeo copy -q --src-tls-verify=false --dest-tls-verify=false "docker://$ONE/app:${2:-latest}" "docker://$app:1"
}
refused() { # NAME WHY: nothing is fetched but documents, nothing is kept
	: >"$H/one/log"
	pl 125 pull -q "$1"
	has "$stderr" "$2"
	local l layers
	layers=$(skopeo inspect --tls-verify=false "docker://$ONE/app:latest" | jq -r '.Layers[]')
	[ -n "$layers" ]
	for l in $layers; do
		if grep "GET .*$l" "$H/one/log"; then return 1; fi
	done
	is "$(find "$ROOT/layers" "$ROOT/images" -mindepth 1 -maxdepth 1 | wc -l)" 0
}
taken() { # what the registry answered it logs a moment later: not while something else is looked at
	: >"$H/one/log"
	pl 0 pull -q "$1"
	wait_for 10 grep -q 'GET .*/blobs/' "$H/one/log"
	podlite rmi -a -f >/dev/null
}

@test "sigstoreSigned: a good signature lets the image in, none and any other do not" {
	app x
	refused "$app:1" "there is no signature"
	sign "$app:1"
	taken "$app:1"
	d=$(digest_of "$app:1")
	taken "$app@sha256:$d"
	pl 0 run --rm --network none "$app:1" echo runs
	is "$output" runs
	podlite rmi -a -f >/dev/null
	"$BATS_TEST_DIRNAME/sign.py" "$app:1" -k "$H/keys/other" >/dev/null
	refused "$app:1" "no key of policy.json made it"
	sign "$app:1" --swap
	refused "$app:1" "no key of policy.json made it"
	sign "$app:1" --digest "sha256:$(printf '1%.0s' {1..64})"
	refused "$app:1" "it is for another manifest"
	sign "$app:1" --identity "$ONE/app:1"
	refused "$app:1" "it is for the name $ONE/app:1"
	sign "$app:1" --identity "$app:2"
	refused "$app:1" "it is for the name"
	sign "$app:1" --type "atomic container signature"
	refused "$app:1" "malformed"
	sign "$app:1" --add
	refused "$app:1" "malformed"
	sign "$app:1" --garbage
	refused "$app:1" "no key of policy.json made it"
	sign "$app:1" --media application/octet-stream
	refused "$app:1" "there is no signature"
	sign "$app:1" --count 101
	refused "$app:1" "the limit is 100"
	# an older, signed manifest is the one that was signed: the new one is not
	sign "$app:1"
	skopeo copy -q --src-tls-verify=false --dest-tls-verify=false "docker://$ONE/app:docker" "docker://$app:1"
	refused "$app:1" "there is no signature"
	taken "$app@sha256:$d"
	# --all-tags does not take signatures for images
	sign "$app:1"
	pl 0 pull -q -a "$app"
	is "${#lines[@]}" 1
}

@test "sigstoreSigned: one good signature among others, keys of all kinds, every requirement" {
	app x
	"$BATS_TEST_DIRNAME/sign.py" "$app:1" -k "$H/keys/other" -k "$H/keys/good" >/dev/null
	taken "$app:1"
	policy "{\"type\": \"sigstoreSigned\", \"keyPath\": \"$H/keys/good.pub\"}, {\"type\": \"sigstoreSigned\", \"keyPath\": \"$H/keys/other.pub\"}"
	taken "$app:1"
	sign "$app:1"
	refused "$app:1" "no key of policy.json made it"
	policy "{\"type\": \"sigstoreSigned\", \"keyPaths\": [\"$H/keys/other.pub\", \"$H/keys/good.pub\"]}"
	taken "$app:1"
	policy "{\"type\": \"sigstoreSigned\", \"keyData\": \"$(base64 -w0 <"$H/keys/good.pub")\"}"
	taken "$app:1"
	policy "{\"type\": \"sigstoreSigned\", \"keyDatas\": [\"$(base64 -w0 <"$H/keys/other.pub")\"]}"
	refused "$app:1" "no key"
	openssl genrsa -out "$T/rsa" 2048 2>/dev/null
	openssl pkey -in "$T/rsa" -pubout -out "$T/rsa.pub"
	policy "{\"type\": \"sigstoreSigned\", \"keyPath\": \"$T/rsa.pub\"}"
	"$BATS_TEST_DIRNAME/sign.py" "$app:1" -k "$T/rsa" >/dev/null
	taken "$app:1"
	openssl genrsa -out "$T/weak" 1024 2>/dev/null
	openssl pkey -in "$T/weak" -pubout -out "$T/rsa.pub"
	refused "$app:1" "RSA of 2048"
	echo nonsense >"$T/rsa.pub"
	refused "$app:1" "no public key"
	rm "$T/rsa.pub"
	refused "$app:1" "$T/rsa.pub"
	for more in '"fulcio": {}' '"pki": {}'; do
		policy "{\"type\": \"sigstoreSigned\", $more}"
		refused "$app:1" "cannot check"
	done
	policy "{\"type\": \"sigstoreSigned\", \"keyPath\": \"$H/keys/good.pub\", \"rekorPublicKeyPath\": \"/x\"}"
	refused "$app:1" "transparency log"
	policy '{"type": "signedBy", "keyType": "GPGKeys", "keyPath": "/x"}'
	refused "$app:1" "cannot check"
	for bad in '{"type": "sigstoreSigned"}' "{\"type\": \"sigstoreSigned\", \"keyPath\": \"/x\", \"keyData\": \"eA==\"}" \
		'{"type": "sigstoreSigned", "keyPath": "/x", "keyPaht": "/y"}' \
		'{"type": "sigstoreSigned", "keyPath": "/x", "signedIdentity": {"type": "matchAny"}}' \
		'{"type": "sigstoreSigned", "keyPath": "/x", "signedIdentity": {"type": "exactReference"}}' \
		'{"type": "sigstoreSigned", "keyPath": "/x", "signedIdentity": {"type": "exactRepository", "dockerRepository": "a/b:1"}}'; do
		policy "$bad"
		refused "$app:1" "$P"
	done
}

@test "sigstoreSigned: signedIdentity" {
	app x
	d=$(digest_of "$app:1")
	sign "$app:1" --identity "$app"
	refused "$app:1" "it is for the name"
	demand good '{"type": "matchRepository"}'
	taken "$app:1"
	demand good "{\"type\": \"exactRepository\", \"dockerRepository\": \"$app\"}"
	taken "$app:1"
	demand good "{\"type\": \"exactRepository\", \"dockerRepository\": \"$ONE/other\"}"
	refused "$app:1" "it is for the name"
	sign "$app:1" --identity vendor.example.com/product/app:7
	refused "$app:1" "it is for the name"
	demand good '{"type": "exactReference", "dockerReference": "vendor.example.com/product/app:7"}'
	taken "$app:1"
	demand good '{"type": "exactReference", "dockerReference": "vendor.example.com/product/app:8"}'
	refused "$app:1" "it is for the name"
	sign "$app:1" --identity "vendor.example.com/product/${app#*/}:1"
	demand good "{\"type\": \"remapIdentity\", \"prefix\": \"$ONE\", \"signedPrefix\": \"vendor.example.com/product\"}"
	taken "$app:1"
	taken "$app@sha256:$d"
	demand good "{\"type\": \"remapIdentity\", \"prefix\": \"$ONE/other\", \"signedPrefix\": \"vendor.example.com/product\"}"
	refused "$app:1" "it is for the name"
	demand good '{"type": "matchExact"}'
	sign "$app:1"
	taken "$app:1"
	refused "$app@sha256:$d" "it is for the name"
}

@test "sigstoreSigned: an index is as good as the signature of the image it leads to; names of other places do not count" {
	app x
	skopeo copy -q --all --src-tls-verify=false --dest-tls-verify=false "docker://$REGISTRY/busybox:multi" "docker://$app:multi"
	sign "$app:multi"
	refused "$app:multi" "there is no signature"
	sign "$app:1" --identity "$app:multi"
	taken "$app:multi"
	cat >"$T/mirrors.conf" <<-X
		[[registry]]
		prefix = "registry.invalid"
		location = "$ONE"
		insecure = true
	X
	export CONTAINERS_REGISTRIES_CONF=$T/mirrors.conf
	attachments registry.invalid
	sed -i "s,$ONE,registry.invalid," "$P"
	name=registry.invalid/${app#*/}:1
	refused "$name" "it is for the name $app:multi"
	sign "$app:1" --identity "$name"
	taken "$name"
}

@test "registries.d: use-sigstore-attachments, by the most specific section" {
	app x
	sign "$app:1"
	R=$T/config/containers/registries.d
	rm "$R/x.yaml"
	refused "$app:1" "registries.d"
	has "$stderr" "use-sigstore-attachments: true"
	echo 'default-docker: {}' >"$R/a.yaml"
	refused "$app:1" "registries.d"
	printf '# all\ndefault-docker:\n  use-sigstore-attachments: true # yes\n' >"$R/a.yaml"
	taken "$app:1"
	attachments "$ONE" false
	printf -- '---\ndocker:\n    "%s":\n        lookaside: https://x.example.com/y\n        use-sigstore-attachments: false\n' "$app" >"$R/x.yaml"
	refused "$app:1" "registries.d"
	printf 'docker:\n  %s:1:\n    use-sigstore-attachments: true\n' "$app" >"$R/z.yaml"
	taken "$app:1"
	cp "$R/z.yaml" "$R/y.yaml"
	refused "$app:1" "in another file too"
	rm "$R/y.yaml"
	for bad in 'docker: [a]' 'dokcer: {}' $'docker:\n  a:\n b: c' $'docker:\n\ta: b' 'docker' $'docker: {}\ndocker: {}' $'docker:\n  a: &x\n    b: c'; do
		printf '%s\n' "$bad" >"$R/z.yaml"
		refused "$app:1" "$R/z.yaml"
	done
}

@test "sigstoreSigned: what skopeo signed" {
	"$BATS_TEST_DIRNAME/sign.py" "$ONE/skopeo:1" --replay "$BATS_TEST_DIRNAME/sigstore/skopeo.json" >/dev/null
	cp "$BATS_TEST_DIRNAME/sigstore/key.pub" "$H/keys/skopeo.pub"
	demand skopeo '{"type": "exactReference", "dockerReference": "signed.example.com/team/app:1"}'
	taken "$ONE/skopeo:1"
	demand skopeo
	refused "$ONE/skopeo:1" "it is for the name signed.example.com/team/app:1"
	demand good '{"type": "exactReference", "dockerReference": "signed.example.com/team/app:1"}'
	refused "$ONE/skopeo:1" "no key of policy.json made it"
}

@test "image trust set: rules that pull obeys and skopeo reads" {
	app x
	sign "$app:1"
	rm "$P"
	pl 0 image trust set --type reject default
	is "$(jq -c . "$P")" '{"default":[{"type":"reject"}]}'
	refused "$app:1" rejects
	pl 0 image trust set -t accept "$ONE"
	taken "$app:1"
	pl 0 image trust set -t sigstoreSigned -f "$H/keys/good.pub" "$app"
	is "$(jq -c ".transports.docker[\"$app\"]" "$P")" "[{\"type\":\"sigstoreSigned\",\"keyPath\":\"$H/keys/good.pub\"}]"
	taken "$app:1"
	pl 0 image trust set -t sigstoreSigned --pubkeysfile "$H/keys/good.pub" --pubkeysfile "$H/keys/other.pub" "$app"
	refused "$app:1" "no key of policy.json made it"
	taken "$ONE/app:latest"
	pl 0 image trust show
	matches "$output" "repository +$app +sigstoreSigned"
	pl 0 image trust show --noheading
	hasnt "$output" TRANSPORT
	skopeo --policy "$P" copy -q --src-tls-verify=false "docker://$ONE/app:latest" "dir:$T/out"
	pl 0 image trust set -t reject "$app:1"
	refused "$app:1" rejects
	pl 0 image trust set -t accept '*.example.com'
	cp "$P" "$T/before"
	pl 125 image trust set "$ONE" -f "$H/keys/good.pub"
	has "$stderr" "signedBy"
	pl 125 image trust set -t sigstoreSigned "$ONE"
	has "$stderr" "--pubkeysfile"
	pl 125 image trust set -t accept -f "$H/keys/good.pub" "$ONE"
	pl 125 image trust set -t sigstoreSigned -f "$T/no/such" "$ONE"
	has "$stderr" "$T/no/such"
	pl 125 image trust set -t maybe "$ONE"
	pl 125 image trust set -t accept team/app
	has "$stderr" "begins with a registry"
	pl 125 image trust set -t accept "$ONE/UPPER"
	cmp "$P" "$T/before"
	# relative keys are kept absolute
	cp "$H/keys/good.pub" "$T/rel.pub"
	(cd "$T" && podlite image trust set -t sigstoreSigned -f rel.pub "$ONE/rel")
	is "$(jq -r ".transports.docker[\"$ONE/rel\"][0].keyPath" "$P")" "$T/rel.pub"
}
