#!/usr/bin/env bats
# 112-registries-conf.bats: registries.conf decides where a name is fetched from; two registries
# note who was asked.

load helpers
load hostile

setup_file() {
	H=$PODLITE_TEST_TMP/conf
	hostile_start "$H"
	DIGEST=sha256:$(skopeo inspect --raw --tls-verify=false "docker://$HTTP/good" | sha256sum | cut -d' ' -f1)
	export H DIGEST
}

teardown_file() { hostile_stop; store_is_clean; }

setup() {
	rm -rf "$T"
	mkdir -p "$T"
	export CONTAINERS_REGISTRIES_CONF=$T/registries.conf
	podlite rmi -a -f >/dev/null 2>&1 || :
	: >"$H/log"
}

conf() { cat >"$T/registries.conf"; }
get() { # STATUS NAME
	: >"$H/log"
	pl "$1" pull -q --retry 0 "$2"
	podlite rmi -a -f >/dev/null 2>&1 || :
}
# which registries were asked for manifests, in order
asked() { awk '/manifests/ { print $1 }' "$H/log" | uniq | xargs; }

@test "registries.conf: mirrors are asked in their order, the registry itself last" {
	conf <<-X
		[[registry]]
		location = "$HTTP"
		insecure = true
		[[registry.mirror]]
		location = "$OTHER/missing"
		insecure = true
		[[registry.mirror]]
		location = "$OTHER"
		insecure = true
	X
	get 0 "$HTTP/good"
	is "$(asked)" other
	grep -q ' /v2/missing/good/manifests/' "$H/log"
	sed -i "s,\"$OTHER\",\"$OTHER/missing2\"," "$T/registries.conf"
	get 0 "$HTTP/good"
	is "$(asked)" "other http"
	is "$(grep -c '^other' "$H/log")" 2
}

@test "registries.conf: a mirror that is down costs no waiting, and another image that is missing stops none" {
	conf <<-X
		[[registry]]
		location = "$HTTP"
		insecure = true
		[[registry.mirror]]
		location = "127.0.0.1:1"
		insecure = true
	X
	SECONDS=0
	pl 0 pull -q "$HTTP/good"
	[ $SECONDS -lt 3 ]
	pl 125 pull -q --retry 0 127.0.0.1:1/nothing "$HTTP/good"
	has "$stderr" 127.0.0.1:1/nothing
	matches "$output" '^[0-9a-f]{64}$'
	pl 125 pull -q --retry 0 "$HTTP/good" 127.0.0.1:1/nothing
	matches "$output" '^[0-9a-f]{64}$'
}

@test "registries.conf: mirror-by-digest-only and pull-from-mirror" {
	conf <<-X
		[[registry]]
		location = "$HTTP"
		insecure = true
		mirror-by-digest-only = true
		[[registry.mirror]]
		location = "$OTHER"
		insecure = true
	X
	get 0 "$HTTP/good"
	is "$(asked)" http
	get 0 "$HTTP/good@$DIGEST"
	is "$(asked)" other
	sed -i '/by-digest-only/d' "$T/registries.conf"
	for mode in all:other:other tag-only:other:http digest-only:http:other; do
		cp "$T/registries.conf" "$T/base"
		echo "pull-from-mirror = \"${mode%%:*}\"" >>"$T/registries.conf"
		get 0 "$HTTP/good"
		is "$(asked)" "$(cut -d: -f2 <<<"$mode")"
		get 0 "$HTTP/good@$DIGEST"
		is "$(asked)" "$(cut -d: -f3 <<<"$mode")"
		cp "$T/base" "$T/registries.conf"
	done
	echo 'pull-from-mirror = "sometimes"' >>"$T/registries.conf"
	get 125 "$HTTP/good"
	has "$stderr" "pull-from-mirror"
	has "$stderr" "$T/registries.conf"
}

@test "registries.conf: insecure belongs to each place alone" {
	conf <<-X
		[[registry]]
		location = "$HTTP"
		[[registry.mirror]]
		location = "$OTHER"
		insecure = true
	X
	get 0 "$HTTP/good"
	is "$(asked)" other
	sed -i 's/^insecure.*//; s/^\[\[registry\]\]/&\ninsecure = true/' "$T/registries.conf"
	get 0 "$HTTP/good"
	is "$(asked)" http
	echo >"$T/registries.conf"
	get 125 "$HTTP/good"
	is "$(asked)" ""
}

@test "registries.conf: blocked, the longest prefix counts" {
	conf <<-X
		[[registry]]
		location = "$HTTP"
		blocked = true
		[[registry]]
		location = "$HTTP/good"
		insecure = true
	X
	get 0 "$HTTP/good"
	get 125 "$HTTP/other"
	has "$stderr" "registries.conf blocks $HTTP"
	is "$(asked)" ""
	# a prefix ends where a part of the name ends
	get 125 "$HTTP/goodness"
	has "$stderr" blocks
}

@test "registries.conf: prefixes are rewritten, with *.wildcards for hosts" {
	conf <<-X
		[[registry]]
		prefix = "*.wild.invalid"
		location = "$HTTP"
		insecure = true
		[[registry]]
		prefix = "no.wild.invalid"
		blocked = true
		[[registry]]
		prefix = "fixed.invalid/good:tag"
		location = "$HTTP/good"
		insecure = true
		[[registry]]
		prefix = "fixed.invalid"
		blocked = true
	X
	get 0 a.wild.invalid/good
	get 0 a.b.wild.invalid/good
	get 125 no.wild.invalid/good
	has "$stderr" blocks
	get 125 wild.invalid/good
	is "$(asked)" ""
	get 0 fixed.invalid/good:tag
	get 125 fixed.invalid/good:tag2
	has "$stderr" blocks
	# images are named as the user did, not as the registry is
	pl 0 pull -q a.wild.invalid/good
	pl 0 images --format '{{.Repository}}'
	is "$output" a.wild.invalid/good
}

@test "R15: registries.conf: unqualified-search-registries, their order and short-name-mode" {
	conf <<-X
		unqualified-search-registries = ["$OTHER", "$HTTP"]
		short-name-mode = "permissive"
		[[registry]]
		location = "$HTTP"
		insecure = true
		[[registry]]
		location = "$OTHER"
		insecure = true
	X
	get 0 good
	is "$(asked)" other
	sed -i "s,\"$OTHER\"\, ,\"$OTHER/missing\"\, ," "$T/registries.conf"
	get 0 good
	is "$(asked)" "other http"
	sed -i 's/permissive/enforcing/' "$T/registries.conf"
	get 125 good
	has "$stderr" "$HTTP/good"
	is "$(asked)" ""
	sed -i 's/^unqualified.*/unqualified-search-registries = []/' "$T/registries.conf"
	get 125 good
	has "$stderr" "write the registry too"
	sed -i 's/enforcing/maybe/' "$T/registries.conf"
	get 125 good
	has "$stderr" short-name-mode
}

@test "R15: registries.conf: aliases stand for one name, in drop-ins and the recorded ones too" {
	export XDG_CONFIG_HOME=$T/config XDG_CACHE_HOME=$T/cache
	mkdir -p "$T/config/containers/registries.conf.d" "$T/cache/containers"
	conf <<-X
		unqualified-search-registries = ["$OTHER", "$HTTP"]
		[[registry]]
		location = "$HTTP"
		insecure = true
		[aliases]
		"nick" = "$HTTP/good"
		"team/nick" = "$HTTP/team/good"
	X
	get 0 nick
	is "$(asked)" http
	get 125 team/nick
	grep -q '/v2/team/good/manifests/' "$H/log"
	printf '[aliases]\nlater = "%s/good"\nnick = ""\n' "$HTTP" >"$T/config/containers/registries.conf.d/50-names.conf"
	get 0 later
	# an empty alias takes the earlier one back
	get 125 nick
	has "$stderr" "could mean"
	printf '[aliases]\n"recorded" = "%s/good"\n' "$HTTP" >"$T/cache/containers/short-name-aliases.conf"
	get 0 recorded
	echo 'short-name-mode = "disabled"' | cat - "$T/registries.conf" >"$T/new"
	mv "$T/new" "$T/registries.conf"
	get 0 later
	grep -q '/v2/later/manifests/' "$H/log"
}

@test "registries.conf: commands find an image here by what run does: its alias, localhost, the search list" {
	conf <<-X
		[[registry]]
		location = "$HTTP"
		insecure = true
		[aliases]
		"short" = "$HTTP/good"
	X
	pl 0 pull -q short
	pl 0 tag "$HTTP/good" "$HTTP/good:1"
	pl 0 inspect --type image -f '{{.Id}}' short:1
	local id=$output
	pl 0 image inspect -f '{{.Id}}' short:1
	is "$output" "$id"
	pl 0 image exists short:1
	pl 1 image exists short:2
	pl 0 history -q short:1
	pl 0 tag short:1 localhost/new
	pl 0 image inspect -f '{{.Id}}' new
	is "$output" "$id"
	pl 0 untag short:1 short:1
	pl 1 image exists "$HTTP/good:1"
	pl 0 tag short "$HTTP/good:1"
	pl 0 rmi short:1
	is "${lines[0]}" "Untagged: $HTTP/good:1"
	pl 1 rmi short:1
	has "$stderr" "short:1: image not known"
	pl 0 image exists short
	# before what has the name itself
	podlite save -q -o "$T/other.tar" "$id"
	pl 0 import -q "$T/other.tar" localhost/short:2
	local other=$output
	[ "$other" != "$id" ]
	pl 0 image inspect -f '{{.Id}}' short:2
	is "sha256:$output" "$other"
	pl 0 tag "$id" "$HTTP/good:2"
	pl 0 image inspect -f '{{.Id}}' short:2
	is "$output" "$id"
	pl 0 create --pull never --network none short:2 sh
	pl 0 inspect -f '{{.Image}}' "$output"
	is "$output" "$id"
	pl 0 rm -a
	pl 0 rmi short:2
	is "${lines[0]}" "Untagged: $HTTP/good:2"
	# of several repositories that end in a name the one on the search list
	pl 0 tag "$id" first.example/a/deep:1
	pl 0 tag "$other" second.example/a/deep:1
	pl 125 image inspect a/deep:1
	has "$stderr" "more than one image"
	conf <<-X
		unqualified-search-registries = ["second.example"]
	X
	pl 0 rmi a/deep:1
	is "${lines[0]}" "Untagged: second.example/a/deep:1"
	# a file that cannot be read is an error, but for full names, which it is not read for
	echo '[' >"$T/registries.conf"
	pl 125 image exists short:2
	has "$stderr" "registries.conf"
	pl 0 image exists localhost/short:2
}

@test "registries.conf: a file of version 1 is read, with a warning" {
	conf <<-X
		[registries.search]
		registries = ['$HTTP']
		[registries.insecure]
		registries = ['$HTTP']
		[registries.block]
		registries = ['$OTHER']
	X
	PL_QUIET=0 get 0 good
	is "$(asked)" http
	has "$stderr" "warning: registries.conf: [registries.search] and the like are version 1"
	get 125 "$OTHER/good"
	has "$stderr" "registries.conf blocks $OTHER"
	echo "unqualified-search-registries = ['$HTTP']" | cat - "$T/registries.conf" >"$T/both"
	mv "$T/both" "$T/registries.conf"
	get 125 good
	has "$stderr" "cannot be mixed"
}

@test "registries.conf: drop-ins come after the file, in order of their names; others are not read" {
	export XDG_CONFIG_HOME=$T/config
	d=$T/config/containers/registries.conf.d
	mkdir -p "$d"
	conf <<-X
		[[registry]]
		location = "$HTTP"
		blocked = true
	X
	printf '[[registry]]\nlocation = "%s"\ninsecure = true\n' "$HTTP" >"$d/10-allow.conf"
	printf '[[registry]]\nlocation = "%s"\nblocked = true\n' "$HTTP" >"$d/20-no.config"
	get 0 "$HTTP/good"
	mv "$d/20-no.config" "$d/20-no.conf"
	get 125 "$HTTP/good"
	has "$stderr" blocks
	echo 'unqualified-search-registries = [' >"$d/30-broken.conf"
	get 125 "$HTTP/good"
	has "$stderr" 30-broken.conf
	# without the variable: the user's own file
	rm "$d"/*
	unset CONTAINERS_REGISTRIES_CONF
	printf '[[registry]]\nlocation = "%s"\ninsecure = true\n' "$HTTP" >"$T/config/containers/registries.conf"
	get 0 "$HTTP/good"
	CONTAINERS_REGISTRIES_CONF=$T/none get 125 "$HTTP/good"
	has "$stderr" "$T/none"
}
