#!/usr/bin/env bats
# 040-network.bats: the ways out of a container and into it, and what must stay closed.

load helpers

# listen ADDRESS: a server on the host that says "reached"; sets $port and $server
listen() {
	rm -f "$T/port"
	perl -MIO::Socket::INET -e '
		my $s = IO::Socket::INET->new(LocalAddr => $ARGV[0], Listen => 5, ReuseAddr => 1) or die "listen: $!";
		$| = 1; print $s->sockport, "\n"; while (my $c = $s->accept) { print $c "reached\n"; close $c }' "$1" >"$T/port" 3>&- 4>&- &
	server=$!
	wait_for 5 test -s "$T/port"
	port=$(cat "$T/port")
}
fetch() { perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(PeerAddr => $ARGV[0], Timeout => 3) or exit 1; print $s "GET /index.html HTTP/1.0\r\n\r\n"; print <$s>' "$1"; }
teardown() {
	[ -z "${server:-}" ] || kill "$server" 2>/dev/null || :
	podlite rm -t 0 -a -f >"$STORE/teardown" 2>&1
	no_leaks
}
serve='mkdir /tmp/w; echo published >/tmp/w/index.html; exec httpd -f -p 8080 -h /tmp/w'

@test "network: none has lo alone, and it is up" {
	pl 0 run --rm --network none "$BUSYBOX" sh -c 'ls /sys/class/net 2>/dev/null || ip -o link | cut -d: -f2; ip -o addr show lo; ping -c 1 -W 1 127.0.0.1 >/dev/null 2>&1; cat /proc/net/route | wc -l'
	has "$output" 127.0.0.1/8
	hasnt "$output" eth0
	hasnt "$output" tap0
}

@test "network: the default is slirp4netns, with address, route and resolv.conf" {
	need_tun
	pl 0 run --rm "$BUSYBOX" sh -c 'ip -o addr show tap0; ip route; cat /etc/resolv.conf'
	has "$output" 10.0.2.100/24
	has "$output" "default via 10.0.2.2"
	hasnt "$output" "nameserver 127."
}

@test "network: host shows the host's interfaces" {
	pl 0 run --rm --network host "$BUSYBOX" cat /proc/net/dev
	is "$(cut -d: -f1 <<<"$output" | sort)" "$(cut -d: -f1 /proc/net/dev | sort)"
}

@test "network: V33: the host's loopback is out of reach from slirp4netns and pasta" {
	need_tun
	# on IPv4 and IPv6 loopback alike
	perl -MIO::Socket::IP -e '
		my @s = map { IO::Socket::IP->new(LocalHost => $_, LocalPort => $p, Listen => 5, V6Only => 1) or die "listen: $!" } "127.0.0.1";
		push @s, IO::Socket::IP->new(LocalHost => "::1", LocalPort => $s[0]->sockport, Listen => 5, V6Only => 1);
		$| = 1; print $s[0]->sockport, "\n"; $SIG{ALRM} = sub { exit }; alarm 120;
		while (1) { my $r = ""; vec($r, fileno $_, 1) = 1 for @s; select($r, undef, undef, undef);
			for (@s) { if (vec($r, fileno $_, 1)) { my $c = $_->accept; print $c "reached\n"; close $c } } }' >"$T/port" 3>&- 4>&- &
	server=$!
	wait_for 5 test -s "$T/port"
	port=$(cat "$T/port")
	is "$(fetch "127.0.0.1:$port")" reached
	is "$(perl -MIO::Socket::IP -e 'my $s = IO::Socket::IP->new(PeerHost => "::1", PeerPort => $ARGV[0]); print <$s>' "$port")" reached
	for net in slirp4netns slirp4netns:enable_ipv6=true pasta; do
		[ $net != pasta ] || need_command pasta
		pl 0 run --rm --network $net "$BUSYBOX" sh -c "sleep 1.5; for a in 10.0.2.2 10.0.2.3 127.0.0.1 ::1 fd00::2 fd00::3 \$(ip -6 route | sed -n 's/default via \\([^ ]*\\).*/\\1/p') \$(ip route | sed -n 's/default via \\([^ ]*\\).*/\\1/p'); do \
			nc -w 2 \$a $port </dev/null; done 2>/dev/null; cat /proc/net/unix | grep -c @; :"
		hasnt "$output" reached
		is "${lines[-1]}" 0
	done
	# and is reached when it is asked for
	pl 0 run --rm --network slirp4netns:allow_host_loopback=true "$BUSYBOX" nc -w 3 10.0.2.2 "$port"
	is "$output" reached
}

@test "network: a host address that is not loopback is reached through slirp4netns" {
	need_tun
	ip=$(outward) || skip "no outward address"
	listen "$ip"
	pl 0 run --rm "$BUSYBOX" nc -w 3 "$ip" "$port"
	is "$output" reached
}

@test "network: V33, V34: slirp4netns runs sandboxed, with no capability but one, and dies with the monitor" {
	need_tun
	name flags
	pl 0 run -d --name "$name" "$BUSYBOX" sleep 1000
	net=$(state_of "$output" .network_pid)
	argv=$(tr '\0' ' ' <"/proc/$net/cmdline")
	for flag in --disable-host-loopback --enable-sandbox --enable-seccomp; do has "$argv" $flag; done
	matches "$(cat "/proc/$net/status")" $'CapEff:\t0000000000000400'
	matches "$(cat "/proc/$net/status")" $'Seccomp:\t2'
	pl 0 rm -t 0 -f "$name"
	wait_for 3 test ! -e "/proc/$net"
}

@test "network: V34: junk from a container with NET_RAW harms nobody but itself, and not for long" {
	need_tun
	image "$DEBIAN"
	ip=$(outward) || skip "no outward address"
	listen "$ip"
	name other
	pl 0 run -d --name "$name" "$BUSYBOX" sleep 1000
	other=$name
	name junk
	# frames of random length and contents: Ethernet with IPv4, IPv6, ARP or nothing known, headers true or not
	pl 0 run -d --name "$name" --cap-add NET_RAW "$DEBIAN" perl -MSocket -e '
		socket(my $s, 17, SOCK_RAW, 0) or die "socket: $!";
		open my $f, "<", "/sys/class/net/tap0/ifindex"; my $i = defined $f ? <$f> + 0 : 2;
		my $to = pack("S n i S C C a8", 17, 3, $i, 1, 0, 6, "\x52\x55\x0a\x00\x02\x02");
		srand 7; print "going\n"; $| = 1;
		for my $n (1 .. 20000) {
			my $type = (0x0800, 0x86dd, 0x0806, int rand 65536)[$n % 4];
			my $body = join "", map { chr int rand 256 } 1 .. int rand 200;
			substr($body, 0, 1) = chr 0x45 if $n % 8 == 0 and length $body;
			substr($body, 9, 1) = chr((1, 6, 17)[$n % 3]) if $n % 16 == 0 and length $body > 40;
			send($s, "\x52\x55\x0a\x00\x02\x02\x02\x00\x00\x00\x00\x01" . pack("n", $type) . $body, 0, $to);
		}
		print "done\n"; sleep 1000'
	wait_for 30 flooded
	# slirp4netns lives or has been started again; the other container has not noticed
	pl 0 exec "$other" nc -w 3 "$ip" "$port"
	is "$output" reached
	wait_for 10 reaches
}
flooded() { podlite logs "$name" | grep -q 'done'; }
reaches() { podlite exec "$name" perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(PeerAddr => $ARGV[0], Timeout => 2) or exit 1; exit(<$s> !~ /reached/)' "$ip:$port"; }

@test "network: V32: published ports answer on the host: one, a range, an address" {
	need_tun
	name web
	pl 0 run -d --name "$name" -p 28080:8080 -p 127.0.0.1:28081:8080 -p 28090-28092:9000-9002 "$BUSYBOX" sh -c "$serve"
	wait_for 5 fetch 127.0.0.1:28080
	has "$(fetch 127.0.0.1:28080)" published
	has "$(fetch 127.0.0.1:28081)" published
	ip=$(outward) && {
		has "$(fetch "$ip:28080")" published
		if fetch "$ip:28081"; then return 1; fi
	}
	pl 0 port "$name"
	has "$output" "8080/tcp -> 0.0.0.0:28080"
	pl 0 rm -t 0 -f "$name"
	# a service on the container's loopback is not published
	pl 0 run -d --name "$name" -p 28080:8080 "$BUSYBOX" httpd -f -p 127.0.0.1:8080 -h /
	sleep 0.5
	hasnt "$(fetch 127.0.0.1:28080 || :)" HTTP
}

@test "network: a taken port fails before the command runs, and says so" {
	need_tun
	listen 127.0.0.1
	name taken
	pl 125 run --rm -v "$T:/out" -p "127.0.0.1:$port:80" "$BUSYBOX" touch /out/ran
	has "$stderr" "already in use"
	has "$stderr" "$port"
	[ ! -e "$T/ran" ]
	pl 125 run --rm -p 80:80 "$BUSYBOX" true
	has "$stderr" ip_unprivileged_port_start
}

@test "network: the same port can be taken again at once" {
	need_tun
	for i in 1 2 3; do
		pl 0 run --rm -p 28080:8080 "$BUSYBOX" echo $i
		is "$output" $i
	done
}

@test "network: container: shares the network of another" {
	need_tun
	name first
	first=$name
	pl 0 run -d --name "$first" "$BUSYBOX" sh -c "$serve"
	pl 0 run --rm --network "container:$first" "$BUSYBOX" sh -c 'sleep 0.3; wget -q -O - http://127.0.0.1:8080/index.html; ip -o addr show tap0'
	has "$output" published
	has "$output" 10.0.2.100
	pl 125 run --rm --network container:no-such "$BUSYBOX" true
	has "$stderr" no-such
}

@test "network: slirp4netns options are heard, unknown ones refused" {
	need_tun
	pl 0 run --rm --network slirp4netns:mtu=1400 "$BUSYBOX" sh -c 'cat /sys/class/net/tap0/mtu; ip -o addr show tap0'
	has "$output" 1400
	# another network: addresses, names and the forwarder of ports follow
	name cidr
	pl 0 run -d --name "$name" --network slirp4netns:cidr=172.20.0.0/16,port_handler=rootlesskit,mtu=1500 -p 28080:8080 "$BUSYBOX" sh -c "$serve"
	pl 0 exec "$name" sh -c 'ip -o addr show tap0; ip route; cat /etc/hosts /sys/class/net/tap0/mtu'
	has "$output" 172.20.0.100/16
	has "$output" "default via 172.20.0.2"
	matches "$output" $'172.20.0.100[\t ]+'
	has "$output" 1500
	wait_for 5 fetch 127.0.0.1:28080
	has "$(fetch 127.0.0.1:28080)" published
	pl 0 rm -t 0 -f "$name"
	pl 0 run --rm --network slirp4netns:enable_ipv6=false "$BUSYBOX" sh -c 'sleep 1.5; cat /proc/net/if_inet6'
	hasnt "$output" fd00
	if ip=$(outward); then
		pl 0 run --rm --network "slirp4netns:outbound_addr=$ip" "$BUSYBOX" true
	fi
	pl 125 run --rm --network slirp4netns:outbound_addr=--evil "$BUSYBOX" true
	pl 125 run --rm --network slirp4netns:cidr=10.0.0.0/30 "$BUSYBOX" true
	has "$stderr" cidr
	pl 125 run --rm --network slirp4netns:port_handler=other "$BUSYBOX" true
	has "$stderr" port_handler
	pl 125 run --rm --network slirp4netns:nonsense=1 "$BUSYBOX" true
	has "$stderr" nonsense
	pl 125 run --rm --network slirp4netns:mtu=1 "$BUSYBOX" true
	pl 125 run --rm --network nosuchmode:x "$BUSYBOX" true
}

@test "network: pasta configures the interface and publishes" {
	need_tun
	need_command pasta
	name pasta
	pl 0 run -d --name "$name" --network pasta -p 28084:8080 "$BUSYBOX" sh -c "$serve"
	wait_for 5 fetch 127.0.0.1:28084
	has "$(fetch 127.0.0.1:28084)" published
	net=$(state_of "$(podlite inspect --format '{{.Id}}' "$name")" .network_pid)
	argv=$(tr '\0' ' ' <"/proc/$net/cmdline")
	for flag in "--tcp-ns none" "--udp-ns none" --no-map-gw; do has "$argv" "$flag"; done
	pl 0 rm -t 0 -f "$name"
}

@test "network: V37: names and addresses with newlines are refused; hosts gains exactly its lines" {
	pl 0 run --rm --network none --add-host db:10.1.2.3 --hostname box "$BUSYBOX" cat /etc/hosts
	matches "$output" $'10.1.2.3[\t ]+db'
	matches "$output" box
	pl 125 run --rm --add-host $'db:1.2.3.4\n6.6.6.6 evil' "$BUSYBOX" true
	pl 125 run --rm --hostname $'a\n1.2.3.4 b' "$BUSYBOX" true
	pl 125 run --rm --dns $'1.1.1.1\nsearch evil' "$BUSYBOX" true
	pl 0 run --rm --dns 192.0.2.53 --dns-search corp --dns-option ndots:1 "$BUSYBOX" cat /etc/resolv.conf
	has "$output" "nameserver 192.0.2.53"
	has "$output" "search corp"
	has "$output" "options ndots:1"
}

@test "network: slirp4netns that is killed is started again; the container goes on" {
	need_tun
	name lost
	pl 0 run -d --name "$name" "$BUSYBOX" sleep 1000
	id=$output
	for _ in 1 2; do
		was=$(state_of "$id" .network_pid)
		kill -9 "$was"
		pl 0 exec "$name" echo alive
		is "$output" alive
		wait_for 5 another_helper
	done
	pl 0 exec "$name" sh -c 'ip -o addr show tap0; ip route'
	has "$output" 10.0.2.100/24
	has "$output" "default via 10.0.2.2"
}
another_helper() { local now; now=$(state_of "$id" '.network_pid // 0'); [ "$now" -gt 0 ] && [ "$now" != "$was" ]; }

@test "network: pasta's options are heard; those that are not for containers are refused" {
	need_tun
	need_command pasta
	pl 0 run --rm --network pasta:--mtu,1400,-I,eth7,-4 "$BUSYBOX" sh -c 'cat /sys/class/net/eth7/mtu; ip -o -6 addr show eth7 scope global'
	is "$output" 1400
	listen 127.0.0.1
	pl 0 run --rm --network "pasta:-T,$port" "$BUSYBOX" nc -w 3 127.0.0.1 "$port"
	is "$output" reached
	pl 125 run --rm --network "pasta:--pcap,$T/pcap" "$BUSYBOX" true
	has "$stderr" --pcap
	[ ! -e "$T/pcap" ]
	pl 125 run --rm --network pasta:-t,9000 -p 28086:80 "$BUSYBOX" true
	has "$stderr" "cannot be used together"
}
