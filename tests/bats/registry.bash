# shellcheck shell=bash disable=SC2034,SC2154
# What files about registries share: registries of their own, and what one has.
#
#   registry_at DIR [tls]  starts docker-registry with data and log (requests) in DIR: sets $addr and $pid. tls: with
#                          a certificate of its own, DIR/ca.crt
#   registries_insecure FILE ADDR...  a registries.conf that lets them speak http
#   peer podman|buildah ARG...  the host's, as root of a user namespace of its own, with its storage in $T/peer and
#                          $H/registries.conf; leaves no process
#   raw NAME, digest_of NAME, uploads LOG

registry_certificate() { # DIR
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1 \
		-addext subjectAltName=IP:127.0.0.1 -keyout "$1/tls.key" -out "$1/ca.crt" 2>/dev/null
}

registry_at() { # DIR [tls]
	local port scheme=http tls=
	port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	mkdir -p "$1/data"
	if [ "${2:-}" = tls ]; then
		registry_certificate "$1"
		scheme=https tls=", tls: {certificate: $1/ca.crt, key: $1/tls.key}"
	fi
	cat >"$1/config.yml" <<-X
		version: 0.1
		log: {accesslog: {disabled: false}}
		storage: {filesystem: {rootdirectory: $1/data}}
		http: {addr: "127.0.0.1:$port"$tls}
	X
	docker-registry serve "$1/config.yml" >>"$1/log" 2>&1 3>&- 4>&- &
	pid=$! addr=127.0.0.1:$port
	wait_for 20 curl -sk -o /dev/null "$scheme://$addr/v2/"
}

registries_insecure() {
	local file=$1
	shift
	printf '[[registry]]\nlocation = "%s"\ninsecure = true\n' "$@" >"$file"
}

raw() { skopeo inspect --raw --tls-verify=false "docker://$1"; }
digest_of() { raw "$1" | sha256sum | cut -d' ' -f1; }
# the requests that brought bytes of blobs
uploads() { grep -cE '"(PATCH|PUT) /v2/[^"]*/blobs/uploads/' "$1" || :; }

peer() {
	local tool=$1 options=(--root "$T/peer/root" --runroot "$T/peer/run" --storage-driver vfs)
	shift
	[ "$tool" = podman ] || options+=(--registries-conf "$H/registries.conf")
	[ "$tool" = buildah ] || options+=(--events-backend none --cgroup-manager cgroupfs)
	# shellcheck disable=SC2016
	CONTAINERS_REGISTRIES_CONF=$H/registries.conf unshare -rm --map-auto --propagation private \
		sh -c 'for d in /run /dev/shm /var/lib/containers; do [ ! -d $d ] || mount -t tmpfs none $d; done; exec "$@"' - "$tool" "${options[@]}" "$@"
}
