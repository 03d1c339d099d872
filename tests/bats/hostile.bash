# shellcheck shell=bash disable=SC2034
# The hostile registry (hostile_registry.py) for a whole file: load after helpers.
#
#   hostile_start DIR [tls]   starts it in DIR, where log is what it was asked; exports HTTP, OTHER, MUTE and,
#                             with tls, HTTPS (host:port) with DIR/cert.pem, key.pem and certs/ca.crt
#   hostile_stop              ends it, in teardown_file
#   hostile_certificate DIR   only the certificate of 127.0.0.1 and its key

hostile_certificate() {
	mkdir -p "$1/certs"
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$1/key.pem" -out "$1/cert.pem" -days 2 \
		-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 2>/dev/null
	cp "$1/cert.pem" "$1/certs/ca.crt"
}

hostile_start() {
	local pair=() plain other tls mute
	mkdir -p "$1"
	: >"$1/log"
	if [ "${2:-}" = tls ]; then
		hostile_certificate "$1"
		pair=("$1/cert.pem" "$1/key.pem")
	fi
	"$BATS_TEST_DIRNAME/hostile_registry.py" "$1" "${pair[@]}" >"$1/out" 2>&1 3>&- 4>&- &
	hostile_pid=$!
	wait_for 20 test -e "$1/ports" || { cat "$1/out"; return 1; }
	read -r plain other tls mute <"$1/ports"
	export hostile_pid HTTP=127.0.0.1:$plain OTHER=127.0.0.1:$other HTTPS=127.0.0.1:$tls MUTE=127.0.0.1:$mute
}

hostile_stop() { kill "$hostile_pid" 2>/dev/null || :; }
