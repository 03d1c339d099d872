#!/usr/bin/env bats
# 111-login.bats: credentials: tried, kept in the field's files, used by pull, removed. Against
# docker-registry with htpasswd, and a registry whose token server is on another host.

load helpers
load hostile

setup_file() {
	H=$PODLITE_TEST_TMP/login
	mkdir -p "$H/data"
	python3 -W ignore -c 'import crypt; print("user:" + crypt.crypt("geheim", crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=16)))' \
		>"$H/htpasswd"
	port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	cat >"$H/config.yml" <<-X
		version: 0.1
		storage: {filesystem: {rootdirectory: $H/data}}
		http: {addr: "127.0.0.1:$port"}
		auth: {htpasswd: {realm: here, path: $H/htpasswd}}
	X
	docker-registry serve "$H/config.yml" >"$H/log" 2>&1 3>&- 4>&- &
	registry_pid=$!
	: >"$H/asked"
	ln -s asked "$H/log2"
	hostile_start "$H/hostile" tls
	export H registry_pid R=127.0.0.1:$port NAMED=localhost:${HTTP#*:} BASIC=$HTTP TLS=${HTTPS#*:}
	wait_for 20 curl -s -o /dev/null "http://$R/v2/"
	skopeo copy -q --dest-tls-verify=false --src-tls-verify=false --dest-creds user:geheim \
		"docker://$BUSYBOX" "docker://$R/private/busybox:latest"
}

teardown_file() {
	kill "$registry_pid" 2>/dev/null || :
	hostile_stop
	store_is_clean
}

setup() {
	rm -rf "$T"
	mkdir -p "$T/run" "$T/home" "$T/bin"
	chmod 700 "$T/run"
	export XDG_RUNTIME_DIR=$T/run HOME=$T/home
	unset REGISTRY_AUTH_FILE XDG_CONFIG_HOME
	A=$T/run/containers/auth.json
	podlite rmi -a -f >/dev/null 2>&1 || :
}

login() { # STATUS ARG...: the password is standard input
	local want=$1
	shift
	pl "$want" login --tls-verify=false "$@"
}
pulls() { pl 0 pull -q --tls-verify=false "$R/private/busybox" "$@"; }
fails_to_pull() { pl 125 pull -q --tls-verify=false --retry 0 "$R/private/busybox"; }

@test "login: kept in the run directory's auth.json, used by pull, removed by logout" {
	fails_to_pull
	has "$stderr" "podlite login $R"
	login 0 -u user --password-stdin "$R" <<<geheim
	is "$output" "Login Succeeded!"
	is "$(jq -r ".auths.\"$R\".auth" "$A" | base64 -d)" user:geheim
	is "$(stat -c %a "$A")" 600
	is "$(ls -A "$T/run/containers")" auth.json
	pl 0 login --get-login "$R"
	is "$output" user
	pulls
	pl 0 logout "$R"
	is "$output" "Removed login credentials for $R"
	is "$(jq -c .auths "$A")" "{}"
	pl 125 login --get-login "$R"
	has "$stderr" "not logged into $R"
	pl 125 logout "$R"
	has "$stderr" "not logged into $R"
	podlite rmi -a -f >/dev/null
	fails_to_pull
}

@test "login: wrong credentials are refused and not kept" {
	login 125 -u user --password-stdin "$R" <<<falsch
	has "$stderr" refused
	hasnt "$stderr" falsch
	[ ! -e "$A" ]
	login 125 -u user:x --password-stdin "$R" <<<geheim
	has "$stderr" "cannot hold ':'"
	login 125 -u user --password-stdin "$R" </dev/null
	login 125 --password-stdin "$R" <<<geheim
	has "$stderr" --username
	login 125 -u user "$R" </dev/null
	has "$stderr" --password-stdin
	login 125 -u user --password-stdin "a b" <<<geheim
	login 125 --secret x "$R"
	pl 125 login -u user --password-stdin --tls-verify "$R" <<<geheim
	has "$stderr" "--tls-verify=false"
	[ ! -e "$A" ]
}

@test "login: what is kept is tried first" {
	login 0 -u user --password geheim "$R"
	login 0 "$R" </dev/null
	has "$output" "Already logged in to $R"
	# it is not believed, but tried
	jq ".auths.\"$R\".auth = \"$(printf user:old | base64)\"" "$A" >"$T/new"
	cp "$T/new" "$A"
	login 125 "$R" </dev/null
	has "$output" "Existing credentials are invalid"
	has "$stderr" "no terminal to ask for the user name; use --username and --password-stdin"
}

@test "login: the password is asked for on a terminal and not shown" {
	cat >"$T/ask.py" <<-X
		import os, pty, sys, time
		pid, fd = pty.fork()
		if pid == 0:
		    os.execvp(sys.argv[1], sys.argv[1:])
		said = b""
		for question, answer in ((b"Username: ", b"user\n"), (b"Password: ", b"geheimX\x7f\n")):
		    while question not in said:
		        said += os.read(fd, 1000)
		    time.sleep(0.2)
		    os.write(fd, answer)
		try:
		    while True:
		        more = os.read(fd, 1000)
		        if not more: break
		        said += more
		except OSError:
		    pass
		print(said.decode())
		sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
	X
	timeout 30 python3 "$T/ask.py" "$PODLITE" --root "$ROOT" --runroot "$RUNROOT" login --tls-verify=false "$R" >"$T/said"
	has "$(cat "$T/said")" "Login Succeeded!"
	hasnt "$(cat "$T/said")" geheim
	is "$(jq -r ".auths.\"$R\".auth" "$A" | base64 -d)" user:geheim
}

@test "login: --authfile, REGISTRY_AUTH_FILE, --compat-auth-file; the rest of a file stays" {
	echo '{"auths": {"other.invalid": {"auth": "eDp5"}}, "HttpHeaders": {"X": "y"}}' >"$T/mine.json"
	login 0 -u user --password-stdin --authfile "$T/mine.json" "$R" <<<geheim
	is "$(jq -r '.HttpHeaders.X + .auths."other.invalid".auth' "$T/mine.json")" yeDp5
	[ ! -e "$A" ]
	pulls --authfile "$T/mine.json"
	pl 0 logout --authfile "$T/mine.json" "$R"
	is "$(jq -c '.auths | keys' "$T/mine.json")" '["other.invalid"]'
	ln -s mine.json "$T/link.json"
	export REGISTRY_AUTH_FILE=$T/link.json
	login 0 -v -u user --password-stdin "https://$R/" <<<geheim
	has "$output" "$T/link.json"
	[ -L "$T/link.json" ]
	is "$(jq -c '.auths | keys | length' "$T/mine.json")" 2
	pl 0 logout --all
	is "$(jq -c .auths "$T/mine.json")" "{}"
	unset REGISTRY_AUTH_FILE
	login 0 -u user --password-stdin --compat-auth-file "$HOME/.docker/config.json" "$R" <<<geheim
	pulls
	pl 125 logout "$R"
	has "$stderr" "another file"
	pl 0 logout --compat-auth-file "$HOME/.docker/config.json" "$R"
	login 125 --authfile a --compat-auth-file b "$R"
	echo '{"auths": ' >"$T/broken.json"
	login 125 -u user --password-stdin --authfile "$T/broken.json" "$R" <<<geheim
	is "$(cat "$T/broken.json")" '{"auths": '
}

@test "login: skopeo reads what login wrote, and login what skopeo wrote" {
	login 0 -u user --password-stdin "$R" <<<geheim
	skopeo inspect --authfile "$A" --tls-verify=false "docker://$R/private/busybox" >/dev/null
	pl 0 logout "$R"
	skopeo login --authfile "$A" --tls-verify=false -u user -p geheim "$R"
	pulls
	pl 0 login --get-login "$R"
	is "$output" user
}

@test "login: a key with a path is for what lies below" {
	login 0 -u user --password-stdin "$R/private" <<<geheim
	is "$(jq -c '.auths | keys' "$A")" "[\"$R/private\"]"
	pulls
	pl 125 login --get-login "$R"
	pl 125 login --get-login "$R/privat"
	pl 0 login --get-login "$R/private/deeper"
}

helper() { # a docker-credential-test that keeps everything in $T/kept and notes how it was called
	cat >"$T/bin/docker-credential-test" <<-X
		#!/bin/sh
		cat >"$T/input"
		echo "\$*" >>"$T/calls"
		env >>"$T/env"
		case \$1 in
		store) cp "$T/input" "$T/kept" ;;
		get) if [ -e "$T/kept" ]; then cat "$T/kept"; else echo 'credentials not found in native keychain'; exit 1; fi ;;
		erase) [ -e "$T/kept" ] && rm "$T/kept" ;;
		esac
	X
	chmod +x "$T/bin/docker-credential-test"
	export PATH=$T/bin:$PATH
}

@test "R14: login by credHelpers and credsStore: secret on standard input only" {
	helper
	mkdir -p "$T/run/containers"
	for conf in "{\"credHelpers\": {\"$R\": \"test\"}}" '{"credsStore": "test"}'; do
		rm -f "$T/calls"
		echo "$conf" >"$A"
		login 0 -u user --password-stdin "$R" <<<geheim
		is "$(jq -c '[.ServerURL, .Username, .Secret]' "$T/kept")" "[\"$R\",\"user\",\"geheim\"]"
		is "$(cat "$T/calls")" store
		hasnt "$(cat "$A" "$T/env")" geheim
		hasnt "$(cat "$A" "$T/env")" "$(printf user:geheim | base64)"
		pl 0 login --get-login "$R"
		is "$output" user
		pulls
		podlite rmi -a -f >/dev/null
		pl 0 logout "$R"
		[ ! -e "$T/kept" ]
		fails_to_pull
	done
	printf '#!/bin/sh\ncat >/dev/null\necho geheim; exit 3\n' >"$T/bin/docker-credential-test"
	login 125 -u user --password-stdin "$R" <<<geheim
	has "$stderr" "docker-credential"
	hasnt "$stderr" geheim
}

@test "R14: credential-helpers of registries.conf: where login keeps, pull looks and logout removes" {
	helper
	printf 'credential-helpers = ["test", "containers-auth.json"]\n' >"$T/registries.conf"
	export CONTAINERS_REGISTRIES_CONF=$T/registries.conf
	login 0 -u user --password-stdin "$R" <<<geheim
	is "$(jq -r .Secret "$T/kept")" geheim
	[ ! -e "$A" ]
	pulls
	podlite rmi -a -f >/dev/null
	pl 0 logout "$R"
	[ ! -e "$T/kept" ]
	fails_to_pull
	# the file comes second; a named one comes alone
	login 0 --authfile "$T/mine.json" -u user --password-stdin "$R" <<<geheim
	[ ! -e "$T/kept" ]
	mkdir -p "$T/run/containers"
	cp "$T/mine.json" "$A"
	pulls
	printf 'credential-helpers = ["../x"]\n' >"$T/registries.conf"
	fails_to_pull
	has "$stderr" "credential helper"
}

@test "R14: no secret in argv, in a core file's reach or in --debug" {
	login 0 -u user --password-stdin "$R" <<<geheim
	"$PODLITE" --debug --root "$ROOT" --runroot "$RUNROOT" pull -q --tls-verify=false "$R/private/busybox" >"$T/debug" 2>&1
	hasnt "$(cat "$T/debug")" geheim
	hasnt "$(cat "$T/debug")" "$(printf user:geheim | base64)"
	# while the worker waits for an answer: nobody of the same user may look into it
	podlite login --tls-verify=false -u user --password-stdin "$BASIC" <<<"falsch-$$" >/dev/null 2>&1 || :
	printf '#!/bin/sh\nsleep 3\nexit 1\n' >"$T/bin/docker-credential-slow"
	chmod +x "$T/bin/docker-credential-slow"
	echo '{"credsStore": "slow"}' >"$T/slow.json"
	PATH=$T/bin:$PATH podlite login --authfile "$T/slow.json" --tls-verify=false -u user --password-stdin "$R" <<<geheim >/dev/null 2>&1 &
	local job=$! p
	wait_for 5 pgrep -f docker-credential-slow
	p=$(client_of "$job")
	[ ! -r "/proc/$p/mem" ] || { head -c 1 "/proc/$p/maps" && return 1; }
	hasnt "$(tr '\0' ' ' <"/proc/$p/cmdline")" geheim
	wait "$job" || :
}

@test "R7: a token server elsewhere gets credentials once login was sent there, and no other" {
	export SSL_CERT_FILE=$H/hostile/cert.pem
	pl 125 pull -q --tls-verify=false --creds user:secret "$NAMED/pinned"
	has "$stderr" "credentials sent to another host"
	login 125 -u user --password-stdin "$NAMED" <<<wrong
	has "$stderr" "wrong user or password"
	login 0 -u user --password-stdin "$NAMED" <<<secret
	is "$(jq -r ".auths.\"$NAMED\".realm" "$A")" "https://127.0.0.1:$TLS/strict/token"
	pl 0 pull -q --tls-verify=false "$NAMED/pinned"
	# the same entry, another realm than at login
	jq ".auths.\"$NAMED\".realm = \"https://127.0.0.1:1/token\"" "$A" >"$T/new"
	cp "$T/new" "$A"
	podlite rmi -a -f >/dev/null
	pl 125 pull -q --tls-verify=false "$NAMED/pinned"
	has "$stderr" "log in to it again"
	# Basic goes to the registry itself: nothing to remember
	login 0 -u user --password-stdin "$BASIC" <<<secret
	is "$(jq -r ".auths.\"$BASIC\".realm" "$A")" null
}

@test "login: an identity token is exchanged, by POST, for a token" {
	mkdir -p "$T/run/containers"
	echo "{\"auths\": {\"$BASIC\": {\"identitytoken\": \"refresh-me\"}}}" >"$A"
	pl 0 pull -q --tls-verify=false "$BASIC/token-identity"
	pl 0 login --get-login "$BASIC"
	is "$output" "<token>"
	hasnt "$(grep identity "$H/hostile/log")" refresh-me
	echo "{\"auths\": {\"$BASIC\": {\"identitytoken\": \"another\"}}}" >"$A"
	podlite rmi -a -f >/dev/null
	pl 125 pull -q --tls-verify=false "$BASIC/token-identity"
	hasnt "$stderr" another
}

@test "login: --cert-dir and certificates; without a name the first search registry" {
	mkdir "$T/certs"
	cp "$H/hostile/cert.pem" "$T/certs/ca.crt"
	pl 125 login -u user --password-stdin "127.0.0.1:$TLS" <<<secret
	has "$stderr" certificate
	pl 0 login -u user --password-stdin --cert-dir "$T/certs" "127.0.0.1:$TLS" <<<secret
	echo "unqualified-search-registries = [\"$R\"]" >"$T/registries.conf"
	CONTAINERS_REGISTRIES_CONF=$T/registries.conf login 0 -u user --password-stdin <<<geheim
	is "$(jq -r ".auths.\"$R\".auth" "$A" | base64 -d)" user:geheim
	printf '[[registry]]\nlocation = "%s"\nblocked = true\n' "$R" >"$T/registries.conf"
	CONTAINERS_REGISTRIES_CONF=$T/registries.conf login 125 -u user --password-stdin "$R" <<<geheim
	has "$stderr" blocks
}

@test "login: two at once lose neither" {
	for i in 1 2 3 4 5 6; do
		podlite login --tls-verify=false -u user --password-stdin "$R/n$i" <<<geheim >/dev/null &
	done
	wait
	is "$(jq '.auths | length' "$A")" 6
}
