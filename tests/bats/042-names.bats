#!/usr/bin/env bats
# 042-names.bats: resolv.conf and hosts of containers, on hosts of different kinds. The host's files
# are replaced in a mount namespace of the test's own.

load helpers

# on_host RESOLV UPSTREAM ARG...: podlite ARG where /etc/resolv.conf has the text RESOLV and, unless
# it is empty, /run/systemd/resolve/resolv.conf has UPSTREAM
on_host() {
	printf '%b' "$1" >"$T/resolv"
	printf '%b' "$2" >"$T/upstream"
	local upstream=$2
	shift 2
	# shellcheck disable=SC2016
	pl_in='
		mount --bind "$T/resolv" "$(realpath /etc/resolv.conf)"
		mount -t tmpfs tmpfs /run
		[ -z "$upstream" ] || { mkdir -p /run/systemd/resolve; cp "$T/upstream" /run/systemd/resolve/resolv.conf; }
		exec "$PODLITE" --root "$T/root" --runroot "$T/runroot" "$@"'
	status=0
	T=$T upstream=$upstream PODLITE=$PODLITE timeout 60 unshare -r --map-auto -m bash -ec "$pl_in" - "$@" >"$OUT" 2>"$ERR" 3>&- 4>&- || status=$?
	output=$(cat "$OUT") stderr=$(cat "$ERR")
	printf '$ podlite %s\n%s\n%s\n' "$*" "$output" "$stderr"
	[ "$status" = 0 ]
}
clean() { unshare -r --map-auto rm -rf "$T/root" "$T/runroot"; }
show='cat /etc/resolv.conf'


@test "names: resolv.conf: the host's servers, search and options; loopback ones are left out" {
	need_tun
	[ "$(id -u)" != 0 ] || skip "needs a user namespace of an ordinary user"
	on_host 'nameserver 192.0.2.53\n' '' pull -q "$BUSYBOX"
	on_host 'domain old.example\nsearch a.example b.example\nnameserver 192.0.2.53 # main\n; other\nnameserver 127.0.0.1\nnameserver 2001:db8::53\noptions ndots:2 edns0\n' '' \
		run --rm "$BUSYBOX" sh -c "$show"
	is "$output" $'search a.example b.example\nnameserver 192.0.2.53\nnameserver 2001:db8::53\noptions ndots:2 edns0'
	clean
}

@test "names: resolv.conf: systemd-resolved's stub means its own list; where that is missing, slirp4netns forwards" {
	need_tun
	[ "$(id -u)" != 0 ] || skip "needs a user namespace of an ordinary user"
	stub='nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch lan\n'
	on_host "$stub" 'nameserver 192.0.2.9\nnameserver 192.0.2.10\nsearch lan\n' pull -q "$BUSYBOX"
	on_host "$stub" 'nameserver 192.0.2.9\nnameserver 192.0.2.10\nsearch lan\n' run --rm "$BUSYBOX" sh -c "$show"
	is "$output" $'search lan\nnameserver 192.0.2.9\nnameserver 192.0.2.10'
	on_host "$stub" '' run --rm "$BUSYBOX" sh -c "$show"
	is "$output" $'search lan\nnameserver 10.0.2.3\noptions edns0 trust-ad'
	on_host "$stub" '' run --rm --network slirp4netns:cidr=172.20.0.0/16 "$BUSYBOX" sh -c "$show"
	has "$output" "nameserver 172.20.0.3"
	# V33: where nothing forwards, a dead address is not named, and an internal one sends nothing
	on_host "$stub" '' run --rm --network none "$BUSYBOX" sh -c "$show"
	is "$output" ""
	on_host "$stub" '' run --rm --network host "$BUSYBOX" sh -c "$show"
	has "$output" "nameserver 127.0.0.53"
	on_host "" '' run --rm --dns 192.0.2.1 --dns-search . "$BUSYBOX" sh -c "$show"
	is "$output" "nameserver 192.0.2.1"
	clean
}

@test "names: resolv.conf follows the host when a container is started again" {
	need_tun
	[ "$(id -u)" != 0 ] || skip "needs a user namespace of an ordinary user"
	on_host 'nameserver 192.0.2.1\n' '' pull -q "$BUSYBOX"
	on_host 'nameserver 192.0.2.1\n' '' create --name c --network private "$BUSYBOX" sh -c "$show"
	on_host 'nameserver 192.0.2.1\n' '' start -a c
	is "$output" "nameserver 192.0.2.1"
	sleep 0.1
	on_host 'nameserver 192.0.2.2\n' '' start -a c
	is "$output" "nameserver 192.0.2.2"
	sleep 0.1
	on_host 'nameserver 127.0.0.1\n' '' start -a c
	is "$output" "nameserver 10.0.2.3"
	clean
}

@test "names: --dns none and --no-hosts leave the image's files; hosts has the container's names" {
	pl 0 run --rm --dns none "$BUSYBOX" sh -c 'cat /etc/resolv.conf 2>/dev/null; grep -c resolv.conf /proc/mounts; :'
	is "${lines[-1]}" 0
	pl 0 run --rm --no-hosts "$BUSYBOX" sh -c 'grep -c etc/hosts /proc/mounts; :'
	is "${lines[-1]}" 0
	pl 125 run --rm --dns none --dns 192.0.2.1 "$BUSYBOX" true
	need_tun
	pl 0 run --rm --name named --hostname box --add-host gw:host-gateway --add-host two:192.0.2.2 "$BUSYBOX" cat /etc/hosts
	matches "$output" $'127.0.0.1[\t ]+localhost'
	matches "$output" $'10.0.2.100[\t ]+box named'
	matches "$output" $'192.0.2.2[\t ]+two'
	matches "$output" $'[0-9.]+[\t ]+gw'
	matches "$output" $'[0-9.]+[\t ]+host.containers.internal'
	pl 0 run --rm --network slirp4netns:cidr=172.20.0.0/16 --hostname box "$BUSYBOX" cat /etc/hosts
	matches "$output" $'172.20.0.100[\t ]+box'
}
