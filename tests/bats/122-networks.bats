#!/usr/bin/env bats
# 122-networks.bats: named networks: who reaches whom, by which name, and what happens when something dies.

load helpers

setup_file() { image "$BUSYBOX" "$DEBIAN"; }

setup() { need_tun; }

# net NAME OPTION...: a network of this file's store
net() { pl 0 network create "${@:2}" "$1"; }

# up NAME NET OPTION...: a container that serves its name on port 80, with the address of who asks, and stays
server='use IO::Socket::IP; my $s = IO::Socket::IP->new(LocalHost => "::", LocalPort => 80, Listen => 50, ReuseAddr => 1) or die; $SIG{TERM} = sub { exit };
	while (1) { my $c = $s->accept or next; print $c "I am $ARGV[0]\n"; close $c }'
up() { pl 0 run -d --name "$1" --network "$2" "${@:3}" "$DEBIAN" perl -e "$server" "$1"; }
# get CONTAINER WHOM [PORT]: what WHOM serves, as CONTAINER sees it; its server may not be ready yet
client='use IO::Socket::IP; for (1 .. 20) { my $s = IO::Socket::IP->new(PeerHost => $ARGV[0], PeerPort => $ARGV[1] // 80, Timeout => 3);
	if ($s) { print <$s>; exit } if ($_ == 20 || $@ !~ /refused/) { print "$@\n"; exit 1 } select undef, undef, undef, 0.1 }'
get() { podlite exec "$1" perl -e "$client" "${@:2}" 2>&1 || :; }
# listen ADDRESS: a server of the host that says "reached"; sets $port, and $ip, where the outside is
outward() { perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(Proto => "udp", PeerAddr => "192.0.2.1:9") or exit; print $s->sockhost'; }
listen() {
	ip=$(outward)
	[ -n "$ip" ] || skip "no outward address"
	rm -f "$T/port"
	perl -MIO::Socket::INET -e '
		my $s = IO::Socket::INET->new(LocalAddr => $ARGV[0], Listen => 5) or die; $| = 1; print $s->sockport, "\n";
		$SIG{ALRM} = sub { exit }; alarm 90; while (my $c = $s->accept) { print $c "reached\n"; close $c }' "$1" >"$T/port" 3>&- 4>&- &
	listener=$!
	wait_for 5 test -s "$T/port"
	port=$(cat "$T/port")
}
state_of() { jq -r "$2" "$ROOT/containers/$(podlite inspect -f '{{.Id}}' "$1")/state.json"; }
ip_of() { state_of "$1" ".networks[${2:-0}].ip"; }
# The helper of a network is two processes: the inner one is the other's child.
helpers() { pgrep -u "$(id -u)" -x podlite-bridge || :; }
halves_of() { fuser_lock "$ROOT/net/$1/lock"; }
fuser_lock() {
	local p
	for p in $(helpers); do
		[ "$(stat -L -c %i "/proc/$p/fd/5" 2>/dev/null)" != "$(stat -c %i "$1")" ] || echo "$p"
	done
}
kill_helper() { halves_of "$1" | xargs -r kill -9 2>/dev/null || :; } # one may end with the other
none_left() { [ -z "$(ls -A "$ROOT/net" 2>/dev/null)" ]; }
reaches() { [ "$(get "$1" "$2")" = "I am ${3:-$2}" ]; }

teardown() {
	[ -z "${listener:-}" ] || kill "$listener" 2>/dev/null || :
	podlite rm -t 0 -a -f >"$STORE/teardown" 2>&1
	podlite network prune -f >>"$STORE/teardown" 2>&1 || :
	wait_for 5 none_left || { find "$ROOT/net"; return 1; }
	no_leaks
}

@test "networks: two containers reach each other by name, alias, short id and address, both ways" {
	net n --subnet 10.89.7.0/24
	up web n --network-alias www --network-alias Shop.example
	up db n
	is "$(ip_of web)" 10.89.7.2
	is "$(ip_of db)" 10.89.7.3
	is "$(podlite inspect -f '{{.NetworkSettings.Networks.n.IPAddress}} {{.NetworkSettings.Networks.n.Gateway}} {{.NetworkSettings.Networks.n.MacAddress}}' web)" \
		"10.89.7.2 10.89.7.1 02:70:0a:59:07:02"
	id=$(podlite inspect -f '{{.Id}}' web)
	for whom in web www WWW shop.example "${id:0:12}" 10.89.7.2 web.dns.podman; do
		is "$(get db "$whom")" "I am web"
	done
	is "$(get web db)" "I am db"
	# itself, by its own name and address
	is "$(get web web)" "I am web"
	pl 0 exec web cat /etc/hosts
	has "$output" "10.89.7.2	"
	pl 0 exec web cat /etc/resolv.conf
	has "$output" "nameserver 10.89.7.1"
	is "$(grep -c nameserver <<<"$output")" 1
	pl 0 run --rm --network container:web "$BUSYBOX" ip -o addr
	has "$output" "inet 10.89.7.2/24 brd 10.89.7.255"
	pl 0 run --rm --network container:web "$BUSYBOX" ip route
	has "$output" "default via 10.89.7.1 dev eth0"
	# who has left has no name, and the address rests
	pl 0 rm -f -t 0 db
	hasnt "$(get web db.dns.podman)" "I am"
	up other n
	is "$(ip_of other)" 10.89.7.4
}

@test "networks: the outside is reached, the host's loopback is not" {
	listen 0.0.0.0
	net n
	net inside --internal
	pl 0 run --rm --network n "$BUSYBOX" nc -w 3 "$ip" "$port"
	is "$output" reached
	for a in 127.0.0.1 10.0.2.2 10.0.2.3 10.0.2.100; do
		pl - run --rm --network n "$BUSYBOX" nc -w 2 "$a" "$port"
		hasnt "$output" reached
	done
	# an internal network has no way out at all, and no slirp4netns
	pl 0 run -d --name in --network inside "$BUSYBOX" sleep 1000
	pl - exec in nc -w 2 "$ip" "$port"
	hasnt "$output" reached
	pl 0 exec in ip route
	hasnt "$output" default
	pl 1 exec in nslookup example.com
	has "$output" NXDOMAIN
}

@test "networks: names of the outside go to the host's resolver" {
	# the way there, slirp4netns' own resolver, is the same as without a network; here its answer, whatever it is, comes back
	net n
	pl - run --rm --network n "$BUSYBOX" sh -c 'time nslookup no-such-name.invalid 2>&1'
	has "$output" "Server:"
	hasnt "$output" "connection refused"
}

@test "networks: --dns servers answer what is no member's name, by UDP and TCP, and get no name of a member" {
	net n --subnet 10.89.10.0/24
	# a resolver that answers everything with 192.0.2.99 and, by UDP, names that begin with "long" with TC
	pl 0 run -d --name ns --network n "$DEBIAN" perl -MIO::Socket::INET -MIO::Select -e '
		$| = 1; $SIG{TERM} = sub { exit };
		my $u = IO::Socket::INET->new(LocalPort => 53, Proto => "udp") or die; my $t = IO::Socket::INET->new(LocalPort => 53, Listen => 9) or die;
		sub answer { my ($q, $tc) = @_; my $end = 12; $end += 1 + ord substr $q, $end, 1 while ord substr $q, $end, 1; $end += 5;
			print "asked ", join(".", unpack "x12 (C/a)2", $q), "\n";
			substr($q, 0, 2) . pack("n5", $tc ? 0x8380 : 0x8180, 1, $tc ? 0 : 1, 0, 0) . substr($q, 12, $end - 12) . ($tc ? "" : "\xc0\x0c\0\1\0\1\0\0\0\5\0\4\xc0\0\2\x63") }
		my $s = IO::Select->new($u, $t);
		while (my @r = $s->can_read) { for (@r) {
			if ($_ == $u) { my $from = recv $u, my $q, 4096, 0; send $u, answer($q, $q =~ /long/), 0, $from if $from }
			else { my $c = $t->accept; read $c, my $n, 2; read $c, my $q, unpack "n", $n; my $a = answer($q, 0); print $c pack("n", length $a) . $a; close $c } } }'
	up web n
	for name in plain.example long.example; do
		pl 0 run --rm --network n --dns 10.89.10.2 "$DEBIAN" perl -MSocket -e 'print inet_ntoa(scalar gethostbyname $ARGV[0]), " ", inet_ntoa(scalar gethostbyname "web"), "\n"' "$name"
		is "$output" "192.0.2.99 10.89.10.3"
	done
	pl 0 run --rm --network n --dns 10.89.10.2 "$BUSYBOX" cat /etc/resolv.conf
	has "$output" "search dns.podman"
	is "$(grep nameserver <<<"$output")" "nameserver 10.89.10.1"
	pl 0 logs ns
	has "$output" "asked plain.example"
	hasnt "$output" web
	# a server that does not answer costs five seconds, and others nothing
	pl 0 run --rm --network n --dns 10.89.10.99 "$DEBIAN" perl -MSocket -e 'my $t = time; gethostbyname("web") or die; print time - $t < 2 ? "quick" : "slow", "\n"'
	is "$output" quick
}

@test "networks: without DNS, with a given name of the interface, with another MTU" {
	net n --disable-dns --subnet 10.89.9.0/24 --opt mtu=1400
	pl 0 run --rm --network n:interface_name=lan0 "$BUSYBOX" sh -c 'ip -o link show lan0; ip -o -4 addr show lan0; cat /etc/resolv.conf; ip route'
	has "$output" "mtu 1400"
	has "$output" 10.89.9.2/24
	hasnt "$output" "nameserver 10.89.9.1"
	hasnt "$output" dns.podman
	has "$output" "default via 10.89.9.1 dev lan0"
}

@test "networks: two networks cannot reach each other, who is in both is reached from both" {
	net a --subnet 10.89.11.0/24
	net b --subnet 10.89.12.0/24
	up ina a
	up inb b
	up both a --network b
	for t in "inb" 10.89.12.2; do
		hasnt "$(get ina $t)" "I am"
	done
	# not even through the other's gateway
	hasnt "$(get ina 10.89.12.1 53)" "I am"
	is "$(get ina both)" "I am both"
	is "$(get inb both)" "I am both"
	# it finds names in both
	is "$(get both ina)" "I am ina"
	is "$(get both inb)" "I am inb"
	pl 0 run --rm --network container:both "$BUSYBOX" ip -o addr
	has "$output" "eth0    inet 10.89.11.3/24"
	has "$output" "eth1    inet 10.89.12.3/24"
	pl 0 run --rm --network container:both "$BUSYBOX" ip route
	is "$(grep -c default <<<"$output")" 1
	has "$output" "default via 10.89.11.1"
	# and does not lead from one to the other
	pl 0 exec both cat /proc/sys/net/ipv4/ip_forward
	is "$output" 0
}

@test "networks: addresses and Ethernet addresses that are asked for, and those that cannot be had" {
	net n --subnet 10.89.13.0/24
	up one "n:ip=10.89.13.77,mac=02:11:22:33:44:55"
	is "$(ip_of one)" 10.89.13.77
	pl 0 exec one cat /sys/class/net/eth0/address
	is "$output" 02:11:22:33:44:55
	is "$(state_of one '.networks[0].mac')" 02:11:22:33:44:55
	pl 125 run --rm --network n:ip=10.89.13.77 "$BUSYBOX" true
	has "$stderr" "IPv4 address is in use"
	# a failed start leaves nothing
	pl 0 ps -aq
	is "${#lines[@]}" 1
}

@test "networks: IPv6 within the network, by address and name" {
	[ -e /proc/net/if_inet6 ] || skip "no IPv6"
	net n --subnet 10.89.14.0/24 --subnet fd12:3456:789a::/64
	up web n
	up db n
	is "$(state_of web '.networks[0].ip6')" fd12:3456:789a::2
	pl 0 run --rm --network n "$BUSYBOX" nslookup -type=aaaa web.dns.podman
	has "$output" fd12:3456:789a::2
	is "$(get db fd12:3456:789a::2)" "I am web"
	net other --subnet 10.89.26.0/24
	pl 0 run --rm --name both --hostname box --network n:ip=10.89.14.9,ip6=fd12:3456:789a::9 --network other:ip=10.89.26.9 "$BUSYBOX" grep box /etc/hosts
	is "$output" $'10.89.14.9\tbox both\nfd12:3456:789a::9\tbox both\n10.89.26.9\tbox both'
}

@test "networks: published ports of a member are reached from the host, and by other members as they are" {
	net n --subnet 10.89.15.0/24
	up web n -p 127.0.0.1::80
	up db n
	pl 0 port web 80
	is "$(perl -e "$client" 127.0.0.1 "${output##*:}")" "I am web"
	is "$(get db web)" "I am web"
	# after the helper was started again, too
	kill_helper n
	is "$(perl -e "$client" 127.0.0.1 "${output##*:}")" "I am web"
}

@test "networks: --network container:X joins one that is in a network" {
	net n --subnet 10.89.16.0/24
	up web n
	up db n
	pl 0 run --rm --network container:web "$DEBIAN" sh -c 'perl -e "$0" db; perl -e "$0" 127.0.0.1; grep -c 10.89.16.2 /etc/hosts' "$client"
	is "$output" "I am db
I am web
1"
}

@test "networks: nested user namespaces and external runtimes are members, too" {
	net n
	up web n
	pl 0 run --rm --network n --userns keep-id "$DEBIAN" perl -e "$client" web
	is "$output" "I am web"
	command -v runc >/dev/null || return 0
	pl 0 run --rm --runtime runc --network n "$DEBIAN" perl -e "$client" web
	is "$output" "I am web"
}

@test "networks: either half of the helper is killed: names, addresses and the way out come back" {
	net n --subnet 10.89.17.0/24
	up web n
	up db n
	for half in 1 2; do
		pid=$(halves_of n | sed -n "${half}p")
		netns=$(podlite exec db readlink /proc/self/ns/net)
		kill -9 "$pid"
		# those who are connected need no helper for each other
		is "$(get db 10.89.17.2)" "I am web"
		wait_for 10 reaches db web
		wait_for 10 reaches web db
		is "$(ip_of web)" 10.89.17.2
		is "$(podlite exec db readlink /proc/self/ns/net)" "$netns"
		# a newcomer does not get an address of those who were here before
		up "new$half" n
		is "$(ip_of "new$half")" "10.89.17.$((3 + half))"
		is "$(get "new$half" db)" "I am db"
	done
	is "$(halves_of n | wc -l)" 2
	# and all at once, while nobody else is there
	kill_helper n
	wait_for 10 reaches db web
}

@test "networks: slirp4netns is killed: another one takes over the tap" {
	listen "$(outward)"
	net n
	up web n
	slirp=$(for p in $(halves_of n); do pgrep -P "$p" -x slirp4netns || :; done)
	[ -n "$slirp" ]
	# V33, V34: as it is started for a container alone, but that the tap is there
	tr '\0' ' ' <"/proc/$slirp/cmdline" >"$T/argv"
	has "$(cat "$T/argv")" "--disable-host-loopback --enable-sandbox --enable-seccomp --mtu=16384"
	hasnt "$(cat "$T/argv")" --configure
	is "$(get web "$ip" "$port")" reached
	kill -9 "$slirp"
	out() { [ "$(get web "$ip" "$port")" = reached ]; }
	wait_for 10 out
}

@test "networks: a killed monitor takes its name with it, the others stay" {
	net n --subnet 10.89.18.0/24
	up web n
	up db n
	up third n
	monitor=$(state_of web .monitor_pid)
	kill -9 "$monitor"
	gone() { hasnt "$(get db web.dns.podman)" "I am"; }
	wait_for 10 gone
	is "$(get db third)" "I am third"
	is "$(get third db)" "I am db"
	# everything of the network is killed: the next start finds nothing that is in its way
	kill_helper n
	kill -9 "$(state_of db .monitor_pid)" "$(state_of third .monitor_pid)"
	pl 0 start web
	is "$(get web web)" "I am web"
}

@test "networks: sixteen first starters at once are in one network" {
	net n --subnet 10.89.19.0/24
	for i in $(seq 16); do
		podlite run -d --name "c$i" --network n "$DEBIAN" perl -e "$server" "c$i" >"$T/o$i" 2>&1 &
		pids[i]=$!
	done
	for i in $(seq 16); do wait "${pids[i]}" || { cat "$T/o$i"; false; }; done
	is "$(halves_of n | wc -l)" 2
	is "$(for i in $(seq 16); do ip_of "c$i"; done | sort -u | wc -l)" 16
	up one n
	for i in 1 2 9 16; do is "$(get one "c$i")" "I am c$i"; done
}

@test "networks: the last one leaves while another one joins, again and again" {
	net n
	pl 0 run -d --name first --network n "$BUSYBOX" sleep 0.2
	for i in $(seq 25); do
		pl 0 run --rm --network n "$BUSYBOX" sh -c 'ip -o -4 addr show eth0 | grep -q "inet 10"'
	done
	for i in $(seq 10); do
		podlite run --rm --network n "$BUSYBOX" true 2>"$T/e1" & a=$!
		podlite run --rm --network n "$BUSYBOX" true 2>"$T/e2" & b=$!
		wait "$a" || { cat "$T/e1"; false; }
		wait "$b" || { cat "$T/e2"; false; }
	done
}

@test "networks: fifty runs in a row leave nothing: no process, no file, no namespace" {
	net n
	before=$(lsns -t net -n -o NS 2>/dev/null | wc -l)
	for i in $(seq 50); do
		pl 0 run --rm --network n "$BUSYBOX" true
	done
	wait_for 5 none_left
	no_helpers() { [ -z "$(find "$ROOT/net" -mindepth 1 -maxdepth 1)" ]; }
	wait_for 5 no_helpers
	fewer() { [ "$(lsns -t net -n -o NS 2>/dev/null | wc -l)" -le "$before" ]; }
	wait_for 10 fewer
}

@test "networks: what restarts by itself joins anew, and keeps its address" {
	net n --subnet 10.89.20.0/24
	up web n
	pl 0 run -d --name again --restart always --network n "$DEBIAN" sh -c 'sleep 1; grep again /etc/hosts; perl -e "$0" web' "$client"
	three() { [ "$(podlite logs again | grep -c "I am web")" -ge 3 ]; }
	wait_for 20 three
	is "$(podlite logs again | grep again | cut -f1 | sort -u)" 10.89.20.3
}

@test "networks: connected and disconnected while it runs" {
	net a --subnet 10.89.21.0/24
	net b --subnet 10.89.22.0/24
	up web a
	up inb b
	pl 0 network connect --alias www b web
	is "$(get inb www)" "I am web"
	is "$(get web inb)" "I am inb"
	is "$(podlite inspect -f '{{.NetworkSettings.Networks.b.IPAddress}}' web)" 10.89.22.3
	pl 0 run --rm --network container:web "$BUSYBOX" ip -o addr show eth1
	has "$output" 10.89.22.3/24
	is "$(state_of web '.networks | length')" 2
	pl 0 network disconnect a web
	pl 0 run --rm --network container:web "$BUSYBOX" ip -o addr
	hasnt "$output" 10.89.21
	# the way out is the other network's now
	pl 0 run --rm --network container:web "$BUSYBOX" ip route
	has "$output" "default via 10.89.22.1"
	is "$(get inb web)" "I am web"
	# what fails changes nothing
	pl 0 network connect --ip 10.89.21.9 a inb
	pl 125 network connect --ip 10.89.21.9 a web
	has "$stderr" "is in use"
	is "$(podlite inspect -f '{{len .NetworkSettings.Networks}}' web)" 1
	# a restart has what was changed
	pl 0 restart -t 0 web
	is "$(get inb web)" "I am web"
}

@test "networks: published ports follow a running container from network to network" {
	local tcp udp
	net a --subnet 10.89.24.0/24
	net b --subnet 10.89.25.0/24
	up web a --network b -p 127.0.0.1::80 -p 127.0.0.1::81/udp
	podlite exec web perl -MIO::Socket::INET -e '
		my $s = IO::Socket::INET->new(Proto => "udp", LocalPort => 81) or die;
		while (defined $s->recv(my $x, 100)) { $s->send("$x here") }' >/dev/null 2>&1 &
	tcp=$(podlite port web 80/tcp) udp=$(podlite port web 81/udp)
	tcp=${tcp##*:} udp=${udp##*:}
	from_host() { is "$(perl -e "$client" 127.0.0.1 "$tcp")" "I am web"; }
	# always from one port: the forwarder knows this client, and its network, already
	say() { perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(Proto => "udp", LocalAddr => "127.0.0.1:$ARGV[1]", PeerAddr => "127.0.0.1:$ARGV[0]") or die;
		$SIG{ALRM} = sub { exit 1 }; alarm 1; $s->send("hello"); $s->recv(my $x, 100) // exit 1; print $x' "$udp" "$own"; }
	own=$((20000 + RANDOM % 10000))
	hears() { [ "$(say)" = "hello here" ]; }
	from_host
	wait_for 10 hears
	pl 0 network disconnect a web
	from_host
	hears
	is "$(state_of web .ip)" 10.89.25.2
	# in none it is in nobody's
	pl 0 network disconnect b web
	perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$ARGV[0]", Timeout => 5) or exit;
		alarm 5; sysread $s, my $x, 100 and die "somebody answers"' "$tcp"
	is "$(state_of web .ip)" null
	pl 0 network connect a web
	from_host
	hears
	# a new forwarder is told the same
	kill -9 "$(state_of web .forwarder_pid)"
	from_host
	pl 0 restart -t 0 web
	from_host
}

@test "networks: a running container that is renamed is found by its new name, and by no old one" {
	net a --subnet 10.89.29.0/24
	net b --subnet 10.89.30.0/24
	up web a --network b --network-alias www --hostname box
	up db b
	is "$(get db web)" "I am web"
	pl 0 rename web shop
	for n in shop www box; do is "$(get db "$n")" "I am web"; done
	hasnt "$(get db web)" "I am web"
	pl 0 exec shop sh -c 'grep box /etc/hosts; grep -c ^nameserver /etc/resolv.conf'
	is "$output" $'10.89.29.2\tbox shop\n10.89.30.2\tbox shop\n1'
	# a helper that is started again is told the new one
	kill_helper b
	wait_for 10 reaches db shop web
	hasnt "$(get db web)" "I am web"
	# the old one is free for another container
	up web b
	is "$(get db web)" "I am web"
	pl 0 network disconnect b shop
	hasnt "$(get db shop)" "I am web"
	pl 0 exec shop grep box /etc/hosts
	is "$output" $'10.89.29.2\tbox shop'
}

@test "networks: hosts and resolv.conf follow a running container from network to network" {
	net a --subnet 10.89.27.0/24
	net b --subnet 10.89.28.0/24
	up inb b --ip 10.89.28.9
	up web a --network b --hostname box
	pl 0 run -d --name guest --network container:web "$BUSYBOX" sleep 1000
	own() { podlite exec "$1" sh -c 'grep box /etc/hosts; grep ^nameserver /etc/resolv.conf'; }
	is "$(own web)" $'10.89.27.2\tbox web\n10.89.28.2\tbox web\nnameserver 10.89.27.1'
	pl 0 exec web sh -c 'echo 192.0.2.7 mine >>/etc/hosts; stat -c %i /etc/hosts /etc/resolv.conf'
	inodes=$output
	pl 0 network disconnect a web
	is "$(own web)" $'10.89.28.2\tbox web\nnameserver 10.89.28.1'
	# who shares its network has the same files
	is "$(own guest)" "$(own web)"
	is "$(get web inb)" "I am inb"
	pl 0 exec web sh -c 'getent hosts mine box | tr -s " "'
	is "$output" $'192.0.2.7 mine\n10.89.28.2 box web'
	pl 0 network disconnect b web
	pl 0 exec web cat /etc/hosts /etc/resolv.conf
	hasnt "$output" 10.89.2
	pl 0 network connect a web
	is "$(own web)" $'10.89.27.2\tbox web\nnameserver 10.89.27.1'
	pl 0 exec web sh -c 'grep -c mine /etc/hosts; grep -c localhost /etc/hosts; stat -c %i /etc/hosts /etc/resolv.conf'
	is "$output" $'1\n2\n'"$inodes"
	# a start in no network has nothing of the last one's
	pl 0 network disconnect a web
	pl 0 restart -t 0 web
	pl 0 exec web cat /etc/hosts /etc/resolv.conf
	hasnt "$output" 10.89.2
	hasnt "$output" mine
}

@test "networks: hostile questions are refused or dropped, and the next one is answered" {
	net n --subnet 10.89.23.0/24
	up web n
	pl 0 run --rm --network n "$DEBIAN" perl -MIO::Socket::INET -e '
		my @bad = ("", "x", "\0" x 12, "\xff" x 12, "\xff" x 4000, pack("n6", 1, 0x100, 2, 0, 0, 0) . "\3web\0\0\1\0\1" x 2,
			pack("n6", 1, 0x100, 1, 0, 0, 0) . "\xc0\x0c\0\1\0\1", pack("n6", 1, 0x100, 1, 0, 0, 0) . ("\x3f" . "a" x 63) x 5 . "\0\0\1\0\1",
			pack("n6", 1, 0x8180, 1, 0, 0, 0) . "\3web\0\0\1\0\1", pack("n6", 1, 0x2800, 1, 0, 0, 0) . "\3web\0\0\6\0\1",
			pack("n6", 1, 0x100, 1, 0, 0, 65535) . "\3web\0\0\1\0\1\0\0\x29");
		my $good = pack("n6", 77, 0x100, 1, 0, 0, 1) . "\3web\0\0\1\0\1" . "\0\0\x29\x04\xd0\0\0\0\0\0\0";
		my $s = IO::Socket::INET->new(Proto => "udp", PeerAddr => "10.89.23.1:53");
		srand 7;
		for my $round (1 .. 200) { for (@bad) { my $m = $_; substr($m, int rand length $m, 1) = chr int rand 256 if $round > 1 && length $m; send $s, $m, 0 }
			my $r = ""; vec($r, fileno $s, 1) = 1; my $junk; recv $s, $junk, 4096, 0 while select(my $x = $r, undef, undef, 0.001) > 0; }
		send $s, $good, 0; my $answer; $SIG{ALRM} = sub { die "no answer" }; alarm 5;
		do { recv $s, $answer, 4096, 0 } until unpack("n", $answer) == 77;
		my ($id, $flags, $qd, $an, $ns, $ar) = unpack "n6", $answer;
		print "rcode ", $flags & 15, " answers $an additional $ar ", join(".", unpack "C4", substr($answer, 12 + 9 + 12, 4)), "\n";
		my $t = IO::Socket::INET->new(PeerAddr => "10.89.23.1:53") or die; print $t pack("n", length $good) . $good; read $t, $answer, 2;
		read $t, $answer, unpack "n", $answer; print "tcp ", unpack("n", substr $answer, 6), "\n";
		my $u = IO::Socket::INET->new(PeerAddr => "10.89.23.1:53") or die; print $u "\xff\xff" . "x" x 100; print "huge ", (read($u, $answer, 2) // 0), "\n"'
	has "$output" "rcode 0 answers 1 additional 1 10.89.23.2"
	has "$output" "tcp 1"
	has "$output" "huge 0"
	pl 0 run --rm --network n "$BUSYBOX" nslookup web
}

@test "networks: the helper has no privileges, no files and few system calls left" {
	net n
	up web n
	for p in $(halves_of n); do
		is "$(awk '/NoNewPrivs/ { print $2 }' "/proc/$p/status")" 1
	done
	# the inner one, whose parent is the other: NET_ADMIN alone, a filter, N's network namespace
	for p in $(halves_of n); do
		grep -q podlite-bridge "/proc/$(awk '/PPid/ { print $2 }' "/proc/$p/status")/comm" || continue
		inner=$p
	done
	is "$(awk '/CapEff/ { print $2 }' "/proc/$inner/status")" 0000000000001000
	is "$(awk '/CapPrm/ { print $2 }' "/proc/$inner/status")" 0000000000001000
	is "$(awk '/^Seccomp:/ { print $2 }' "/proc/$inner/status")" 2
}
