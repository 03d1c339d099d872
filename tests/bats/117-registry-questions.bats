#!/usr/bin/env bats
# 117-registry-questions.bats: search, manifest inspect, and the policy about what may come in.

load helpers
load hostile

setup_file() {
	H=$PODLITE_TEST_TMP/ask
	hostile_start "$H"
	export H
}

teardown_file() { hostile_stop; store_is_clean; }

setup() {
	rm -rf "$T"
	mkdir -p "$T/config/containers"
	podlite rmi -a -f >/dev/null 2>&1 || :
	: >"$H/log"
	export XDG_CONFIG_HOME=$T/config
	P=$T/config/containers/policy.json
}

@test "search: by the registry's own search, as table, template and JSON" {
	pl 0 search --tls-verify=false "$HTTP/word"
	grep -q '/v1/search?n=25&q=word' "$H/log"
	like "${lines[0]}" "NAME*DESCRIPTION"
	has "${lines[1]}" "$HTTP/first"
	has "${lines[1]}" ...
	is "${#lines[@]}" 4
	pl 0 search --tls-verify=false --no-trunc --limit 1 "$HTTP/word"
	is "${#lines[@]}" 2
	has "$output" xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
	pl 0 search --tls-verify=false --compatible "$HTTP/word"
	matches "${lines[0]}" 'INDEX.*NAME.*DESCRIPTION.*STARS.*OFFICIAL.*AUTOMATED'
	has "${lines[1]}" "[OK]"
	pl 0 search --tls-verify=false --format '{{.Name}} {{.Stars}}' "$HTTP/word"
	is "${lines[1]}" "$HTTP/team/second 3"
	pl 0 search --tls-verify=false --format json "$HTTP/word"
	is "$(json '.[0].Official')" "[OK]"
	pl 0 search --tls-verify=false --filter stars=3 --filter is-official=false --format '{{.Name}}' "$HTTP/word"
	is "$output" "$HTTP/team/second"
	pl 125 search --tls-verify=false --filter shape=round "$HTTP/word"
	has "$stderr" "shape=round"
	pl 125 search --limit -1 "$HTTP/word"
}

@test "R11: search: descriptions reach the terminal escaped" {
	timeout 30 script -qec "'$PODLITE' --root '$ROOT' --runroot '$RUNROOT' search --tls-verify=false $HTTP/word" /dev/null >"$T/seen" </dev/null
	has "$(cat "$T/seen")" first
	hasnt "$(cat "$T/seen")" $'\e[31m'
}

@test "search: by the list of repositories where there is no other; all search registries" {
	pl 0 search --tls-verify=false --format '{{.Name}}' "$OTHER/apple"
	is "$(xargs <<<"$output")" "$OTHER/apple $OTHER/team/apple"
	cat >"$T/config/containers/registries.conf" <<-X
		unqualified-search-registries = ["127.0.0.1:1", "$OTHER", "$HTTP"]
		[[registry]]
		location = "$HTTP"
		insecure = true
		[[registry]]
		location = "$OTHER"
		insecure = true
	X
	unset CONTAINERS_REGISTRIES_CONF
	pl 0 search --format '{{.Index}}' apple
	is "$(sort -u <<<"$output" | xargs)" "$(printf '%s\n' "$HTTP" "$OTHER" | sort | xargs)"
	pl 125 search 127.0.0.1:1/apple
	has "$stderr" "search 127.0.0.1:1"
}

@test "search: --list-tags" {
	pl 0 search --tls-verify=false --list-tags "$HTTP/good"
	matches "${lines[0]}" 'NAME +TAG'
	matches "${lines[1]}" "$HTTP/good +a"
	is "${#lines[@]}" 3
	pl 0 search --tls-verify=false --list-tags --limit 1 --format '{{.Tag}}' "$HTTP/good"
	is "$output" a
	pl 125 search --tls-verify=false --list-tags --filter stars=1 "$HTTP/good"
}

@test "manifest inspect: the document in the registry; nothing comes into the store" {
	pl 0 manifest inspect --tls-verify=false "$REGISTRY/busybox:multi"
	is "$(json '.manifests | length > 1')" true
	pl 0 manifest inspect --tls-verify=false "$HTTP/good"
	is "$(json '.layers | length')" 1
	is "$(grep -c blobs "$H/log")" 0
	pl 0 images -q
	is "$output" ""
	pl 125 manifest inspect --tls-verify=false "$HTTP/missing"
	has "$stderr" "404"
	pl 125 manifest inspect --tls-verify=false --creds user:wrong "$HTTP/basic"
	has "$stderr" refused
}

policy() { cat >"$P"; }
pulls() { pl "$1" pull -q --tls-verify=false "$2"; podlite rmi -a -f >/dev/null 2>&1 || :; }

@test "policy.json: reject and accept, the most specific scope counts" {
	pulls 0 "$HTTP/good"
	echo '{"default": [{"type": "reject"}]}' | policy
	pulls 125 "$HTTP/good"
	has "$stderr" "$P rejects $HTTP/good:latest"
	: >"$H/log"
	pulls 125 "$HTTP/good"
	is "$(cat "$H/log")" ""
	policy <<-X
		{"default": [{"type": "reject"}], "transports": {"docker": {
		  "$HTTP": [{"type": "insecureAcceptAnything"}],
		  "$HTTP/other": [{"type": "reject"}],
		  "$HTTP/other:fine": [{"type": "insecureAcceptAnything"}],
		  "*.wild.invalid": [{"type": "insecureAcceptAnything"}]}}}
	X
	pulls 0 "$HTTP/good"
	pulls 125 "$HTTP/other"
	pulls 0 "$HTTP/other:fine"
	pulls 125 "$OTHER/good"
	pl 125 pull -q --retry 0 a.wild.invalid/x
	hasnt "$stderr" rejects
	pl 125 pull -q --retry 0 wild.invalid/x
	has "$stderr" rejects
	pl 125 run --rm --tls-verify=false "$OTHER/good" true
	has "$stderr" rejects
}

@test "policy.json: signatures that cannot be checked refuse; mistakes are errors" {
	echo '{"default": [{"type": "insecureAcceptAnything"}], "transports": {"docker": {"": [{"type": "signedBy", "keyPath": "/k"}]}}}' | policy
	pulls 125 "$HTTP/good"
	has "$stderr" signedBy
	has "$stderr" "cannot check"
	for bad in '{}' '{"default": []}' '{"default": [{"type": "rejct"}]}' '[]' '{"default": [{"type": "reject"}], "transprots": {}}' \
		'{"default": [{"type": "reject"}], "default": [{"type": "insecureAcceptAnything"}]}' '{"default"'; do
		echo "$bad" | policy
		pulls 125 "$HTTP/good"
		has "$stderr" "$P"
	done
}

@test "image trust show, image sign" {
	pl 0 image trust show
	matches "${lines[0]}" 'TRANSPORT +NAME +TYPE +ID +STORE'
	policy <<-X
		{"default": [{"type": "reject"}], "transports": {"docker": {"quay.io": [{"type": "insecureAcceptAnything"}],
		  "signed.example.com": [{"type": "signedBy", "keyType": "GPGKeys"}]}}}
	X
	pl 0 image trust show
	matches "$output" 'all +default +reject'
	matches "$output" 'repository +quay.io +accept'
	matches "$output" 'repository +signed.example.com +signed'
	pl 0 image trust show --json
	is "$(json '.[] | select(.name == "quay.io") | .type')" accept
	pl 0 image trust show --raw
	is "$(json '.default[0].type')" reject
	pl 0 image trust show quay.io
	hasnt "$output" signed
	pl 125 image trust show nowhere.example.com
	pl 125 image sign x
	has "$stderr" "not built"
}

@test "image trust show: without a policy.json everything is let in" {
	local hide='[ ! -d /etc/containers ] || mount -t tmpfs none /etc/containers; exec "$@"'
	run -0 env -u XDG_CONFIG_HOME HOME="$T/nobody" unshare -rm sh -c "$hide" - "$PODLITE" image trust show
	has "$output" accept
	run -0 env -u XDG_CONFIG_HOME HOME="$T/nobody" unshare -rm sh -c "$hide" - "$PODLITE" image trust show --raw
	has "$output" insecureAcceptAnything
}
