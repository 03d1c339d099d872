#!/usr/bin/env bats
# 041-publish.bats: published ports, as clients on the host see them and as the container does.

bats_require_minimum_version 1.5.0
load helpers

setup_file() { image "$BUSYBOX" "$DEBIAN"; }
PEER=$BATS_TEST_DIRNAME/peer.pl
peer() { timeout 40 perl "$PEER" "$@"; }
# a global IPv6 address of this host
outward6() { perl -MSocket=:all -e 'my ($e, $a) = getaddrinfo("2001:db8::1", 9, {flags => AI_NUMERICHOST, socktype => SOCK_DGRAM});
	socket(my $s, AF_INET6, SOCK_DGRAM, 0) && connect($s, $a->{addr}) or exit 1; print((getnameinfo(getsockname($s), NI_NUMERICHOST))[1])'; }
state() { jq -r "$1" "$ROOT/containers/$id/state.json"; }
# serve RUN-OPTION...: a container with the server on 9000/tcp and 9001/udp; sets $name and $id
serve() {
	name pub
	cp "$PEER" "$T/peer.pl"
	chmod 644 "$T/peer.pl"
	pl 0 run -d --name "$name" -v "$T/peer.pl:/peer.pl:ro" "$@"
	id=$output
	wait_for 10 serving
}
serving() { podlite logs "$name" 2>&1 | grep -q serving; }
run_serve="perl /peer.pl serve 9000 9001"

@test "publish: V32: TCP and UDP, IPv4 and IPv6, from loopback and from another address; the client's address is seen" {
	need_tun
	serve -p 28000:9000 -p 28001:9001/udp "$DEBIAN" $run_serve
	# loopback addresses mean nothing in there: the gateway, and never a loopback address that is trusted
	like "$(peer who 127.0.0.1 28000)" "10.0.2.2 *"
	like "$(peer udp 127.0.0.1 28001 ping)" "10.0.2.2 * ping"
	# the answer comes from the address that was asked, not from the one the host would choose
	like "$(peer udp 127.0.0.5 28001 ping)" "10.0.2.2 * ping"
	matches "$(peer who ::1 28000)" '^(fd00::2|10\.0\.2\.2) [0-9]+$'
	matches "$(peer udp ::1 28001 ping)" '^(fd00::2|10\.0\.2\.2) [0-9]+ ping$'
	if ip=$(outward); then
		is "$(peer who "$ip" 28000 | cut -d' ' -f1,3)" "$ip mine"
		is "$(peer udp "$ip" 28001 ping | cut -d' ' -f1,3-)" "$ip mine ping"
	fi
	if ip=$(outward6) && [ -n "$ip" ]; then
		# the container's own address comes with a router advertisement
		wait_for 10 podlite exec "$name" sh -c 'grep -q "^fd.* tap0" /proc/net/if_inet6'
		is "$(peer who "$ip" 28000 | cut -d' ' -f1,3)" "$ip mine"
		is "$(peer udp "$ip" 28001 ping | cut -d' ' -f1,3-)" "$ip mine ping"
	fi
	is "$(peer udp 127.0.0.1 28001 x30000 | cut -d' ' -f3)" 30000
}

@test "publish: a server with IPv4 alone is reached over IPv6, too" {
	need_tun
	serve -p 28000:9000 -p 28001:9001/udp "$DEBIAN" $run_serve 4
	like "$(peer who ::1 28000)" "10.0.2.2 *"
	like "$(peer udp ::1 28001 ping)" "10.0.2.2 * ping"
	wait_for 10 podlite exec "$name" sh -c 'grep -q "^fd.* tap0" /proc/net/if_inet6'
	like "$(peer who ::1 28000)" "10.0.2.2 *"
	like "$(peer udp ::1 28001 ping)" "10.0.2.2 * ping"
}

@test "publish: one address alone; ranges; -P; port tells them all" {
	need_tun
	serve -p 127.0.0.1:28000:9000 -p '[::1]:28010:9000' -p 28020-28022:8999-9001 -p 28020-28022:8999-9001/udp \
		--expose 9000 --expose 9100/udp -P "$DEBIAN" $run_serve
	like "$(peer who 127.0.0.1 28000)" "10.0.2.2 *"
	matches "$(peer who ::1 28010)" ' [0-9]+$'
	run -3 peer who ::1 28000
	run -3 peer who 127.0.0.1 28010
	if ip=$(outward); then run -3 peer who "$ip" 28000; fi
	like "$(peer who 127.0.0.1 28021)" "10.0.2.2 *"
	like "$(peer udp 127.0.0.1 28022 ping)" "10.0.2.2 * ping"
	pl 0 port "$name"
	for line in "8999/tcp -> 0.0.0.0:28020" "9000/tcp -> 0.0.0.0:28021" "9001/tcp -> 0.0.0.0:28022" "9001/udp -> 0.0.0.0:28022" \
		"9000/tcp -> 127.0.0.1:28000" "9000/tcp -> [::1]:28010"; do
		has "$output" "$line"
	done
	matches "$output" '9100/udp -> 0\.0\.0\.0:[0-9]+'
	pl 0 create --name "$name-2" -p 28050:9000 -p 28051-28052:80-81 --expose 100-102 --expose 80 --expose 7/udp "$BUSYBOX" true
	pl 0 ps -a --filter "name=$name-2" --format '{{.Ports}}'
	is "$output" "0.0.0.0:28050->9000/tcp, 0.0.0.0:28051-28052->80-81/tcp, 100-102/tcp, 7/udp"
	pl 0 ps -a --filter "name=$name-2" --format json
	is "$(json '.[0].ExposedPorts."101"[0]')" tcp
	pl 0 inspect --format '{{json .NetworkSettings.Ports}}' "$name-2"
	is "$(json '."9000/tcp"[0].HostIp + ":" + ."81/tcp"[0].HostPort + " " + (."7/udp" | tostring)')" "0.0.0.0:28052 null"
	pl 0 port "$name" 9001/udp
	is "$output" 0.0.0.0:28022
}

@test "publish: 100 MB each way arrive intact, beside a client that does not read" {
	need_tun
	serve -p 28000:9000 "$DEBIAN" $run_serve
	perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:28000"); print $s "source 200000000\n"; $s->flush; sleep 60' 3>&- 4>&- &
	lazy=$!
	is "$(peer source 127.0.0.1 28000 100000000)" "100000000 intact"
	is "$(peer sink 127.0.0.1 28000 100000000)" "100000000 intact"
	# what nobody reads is not kept by the forwarder either
	rss=$(awk '/^VmRSS/ { print $2 }' "/proc/$(state .forwarder_pid)/status")
	kill $lazy
	[ -n "${PODLITE_SANITIZED:-}" ] || [ "$rss" -lt 2048 ]
}

@test "publish: half-closed connections, from either end; resets and refusals are passed on" {
	need_tun
	serve -p 28000:9000 -p 28005:9005 "$DEBIAN" $run_serve
	is "$(peer half 127.0.0.1 28000 300000)" "300000 intact"
	is "$(peer first 127.0.0.1 28000 300000)" hello
	wait_for 5 podlite exec "$name" grep -q "300000 intact" /tmp/first
	run -3 peer reset 127.0.0.1 28000
	has "$output" "reset by peer"
	# nobody listens on 9005: the connection is made by the kernel of the host, and reset at once
	run -3 peer who 127.0.0.1 28005
	run -3 peer who ::1 28005
}

@test "publish: many clients at once, TCP and UDP" {
	need_tun
	serve -p 28000:9000 -p 28001:9001/udp "$DEBIAN" $run_serve
	is "$(peer many 127.0.0.1 28000 60 5)" 300
	is "$(peer udp_many 127.0.0.1 28001 150)" 300
	if ip=$(outward); then is "$(peer udp_many "$ip" 28001 150)" 300; fi
}

@test "publish: more UDP clients than there is room for: the oldest go, new ones are served" {
	need_tun
	serve -p 28001:9001/udp "$DEBIAN" $run_serve
	perl -MSocket -e 'for my $i (1 .. 3000) { socket(my $s, AF_INET, SOCK_DGRAM, 0); send($s, "x", 0, pack_sockaddr_in(28001, inet_aton("127.0.0.1"))) }'
	like "$(peer udp 127.0.0.1 28001 ping)" "10.0.2.* ping"
	rules=$(podlite exec "$name" sh -c 'wc -l </proc/net/udp')
	[ "$rules" -le 1100 ]
	[ "$(ls "/proc/$(state .forwarder_pid)/fd" 2>/dev/null | wc -l)" -le 1100 ]
}

@test "publish: what the container sends from a published port by itself goes its own way" {
	need_tun
	ip=$(outward) || skip "no outward address"
	perl -MSocket -e 'socket(my $s, AF_INET, SOCK_DGRAM, 0); bind($s, pack_sockaddr_in(0, inet_aton($ARGV[0]))); $| = 1;
		print((unpack_sockaddr_in(getsockname $s))[0], "\n"); recv($s, my $b, 100, 0); print "$b\n"' "$ip" >"$T/out" 3>&- 4>&- &
	listener=$!
	wait_for 5 test -s "$T/out"
	name own
	pl 0 run --rm --name "$name" -p 28001:9001/udp "$DEBIAN" perl -MSocket -e 'socket(my $s, AF_INET, SOCK_DGRAM, 0);
		bind($s, pack_sockaddr_in(9001, INADDR_ANY)); for (1 .. 20) { send($s, "out", 0, pack_sockaddr_in($ARGV[1], inet_aton($ARGV[0]))); select undef, undef, undef, 0.05 }' \
		"$ip" "$(head -1 "$T/out")"
	wait_for 3 grep -q out "$T/out"
	kill $listener 2>/dev/null || :
}

@test "publish: a port that is taken for one family only is taken" {
	need_tun
	perl -MSocket=:all -e 'socket(my $s, AF_INET6, SOCK_STREAM, 0); setsockopt($s, IPPROTO_IPV6, IPV6_V6ONLY, 1);
		bind($s, pack_sockaddr_in6(28030, inet_pton(AF_INET6, "::1"))) or die; listen($s, 1); open(my $f, ">", $ARGV[0]); sleep 60' "$T/up" 3>&- 4>&- &
	holder=$!
	wait_for 5 test -e "$T/up"
	pl 125 run --rm -v "$T:/out" -p 28030:80 "$BUSYBOX" touch /out/ran
	kill $holder
	has "$stderr" "28030/tcp: the port is already in use"
	[ ! -e "$T/ran" ]
	# what was bound before it is free again
	pl 125 run --rm -p 28031:80 -p 192.0.2.77:28032:80 "$BUSYBOX" true
	has "$stderr" "192.0.2.77:28032/tcp"
	has "$stderr" "does not have that address"
	pl 0 run --rm -p 28031:80 "$BUSYBOX" true
}

@test "publish: without published ports there is no forwarder" {
	need_tun
	name none
	pl 0 run -d --name "$name" "$BUSYBOX" sleep 1000
	id=$output
	is "$(state '.forwarder_pid // 0')" 0
}

@test "publish: V34: the forwarder is confined, small, and ends with the container" {
	need_tun
	serve -p 28000:9000 "$DEBIAN" $run_serve
	like "$(peer who 127.0.0.1 28000)" "10.0.2.2 *"
	pid=$(state .forwarder_pid)
	status=$(cat "/proc/$pid/status")
	matches "$status" $'Seccomp:\t2'
	matches "$status" $'NoNewPrivs:\t1'
	matches "$status" $'CapEff:\t0000000000001000'
	matches "$status" $'CapPrm:\t0000000000001000'
	is "$(find "/proc/$pid/fd" -lname '/*' ! -lname /dev/null)" ""
	[ -n "${PODLITE_SANITIZED:-}" ] || [ "$(awk '/^VmRSS/ { print $2 }' <<<"$status")" -lt 1536 ]
	pl 0 rm -t 0 -f "$name"
	wait_for 3 test ! -e "/proc/$pid"
	run -3 peer who 127.0.0.1 28000
}

@test "publish: a forwarder that is killed is started again, and clients wait for it" {
	need_tun
	serve -p 28000:9000 "$DEBIAN" $run_serve
	for _ in 1 2; do
		pid=$(state .forwarder_pid)
		kill -9 "$pid"
		# the socket never went: a client that comes now is served
		like "$(peer who 127.0.0.1 28000)" "10.0.2.2 *"
		wait_for 5 eval '[ "$(state .forwarder_pid)" != '"$pid"' ] && [ "$(state .forwarder_pid)" -gt 0 ]'
	done
	like "$(peer who 127.0.0.1 28000)" "10.0.2.2 *"
}

@test "publish: a restart keeps the port, by command and by policy" {
	need_tun
	serve --restart always -p 28000:9000 "$DEBIAN" $run_serve
	first=$(state .forwarder_pid)
	kill -9 "$(state .pid)"
	wait_for 10 eval '[ "$(state .restarts)" = 1 ] && [ "$(state .status)" = running ]'
	[ "$(state .forwarder_pid)" != "$first" ]
	wait_for 5 peer who 127.0.0.1 28000
	pl 0 restart -t 0 "$name"
	wait_for 5 peer who 127.0.0.1 28000
}

@test "publish: more ports than the soft limit of open files allows; the container's limit stays" {
	need_tun
	ulimit -Sn 300
	name wide
	pl 0 run --rm --name "$name" -p 28100-28399:100-399 "$BUSYBOX" sh -c 'ulimit -Sn'
	is "$output" 300
	ulimit -Hn 400
	pl 125 run --rm -p 28100-28399:100-399 "$BUSYBOX" true
	has "$stderr" "ulimit -Hn"
}

@test "publish: keep-id and nested user namespaces; a container that changes its own network harms itself alone" {
	need_tun
	serve --userns keep-id -p 28000:9000 "$DEBIAN" $run_serve
	like "$(peer who 127.0.0.1 28000)" "10.0.2.* *"
	pl 0 rm -t 0 -f "$name"
	serve --cap-add NET_ADMIN --security-opt unmask=ALL -p 28000:9000 -p 28001:9001/udp "$DEBIAN" $run_serve
	like "$(peer who 127.0.0.1 28000)" "10.0.2.2 *"
	podlite exec "$name" sh -c 'echo 0 >/proc/sys/net/ipv4/tcp_fwmark_accept' || :
	pid=$(state .forwarder_pid)
	peer udp 127.0.0.1 28001 ping || :
	is "$(state .forwarder_pid)" "$pid"
}

@test "publish: with strict reverse path filters, too; a container reaches its own published port" {
	need_tun
	serve --sysctl net.ipv4.conf.all.rp_filter=1 --sysctl net.ipv4.conf.default.rp_filter=1 -p 28000:9000 -p 28001:9001/udp "$DEBIAN" $run_serve
	like "$(peer who 127.0.0.1 28000)" "10.0.2.2 *"
	like "$(peer udp 127.0.0.1 28001 ping)" "10.0.2.2 * ping"
	ip=$(outward) || skip "no outward address"
	is "$(peer who "$ip" 28000 | cut -d' ' -f1,3)" "$ip mine"
	is "$(peer udp "$ip" 28001 ping | cut -d' ' -f1,3-)" "$ip mine ping"
	pl 0 exec "$name" perl /peer.pl who "$ip" 28000
	like "$output" "$ip *"
	pl 0 exec "$name" perl /peer.pl udp "$ip" 28001 ping
	like "$output" "$ip * ping"
}

@test "publish: the client's address is seen after slirp4netns had to be started again" {
	need_tun
	serve -p 28000:9000 -p 28001:9001/udp "$DEBIAN" $run_serve
	ip=$(outward) || skip "no outward address"
	is "$(peer who "$ip" 28000 | cut -d' ' -f1,3)" "$ip mine"
	was=$(state .network_pid)
	kill -9 "$was"
	wait_for 5 another_uplink
	is "$(peer who "$ip" 28000 | cut -d' ' -f1,3)" "$ip mine"
	is "$(peer udp "$ip" 28001 ping | cut -d' ' -f1,3-)" "$ip mine ping"
}
another_uplink() { [ "$(state '.network_pid // 0')" -gt 0 ] && [ "$(state .network_pid)" != "$was" ]; }

@test "publish: more connections than descriptors: they wait, and nobody is turned away" {
	need_tun
	ulimit -n 160
	serve -p 28000:9000 "$DEBIAN" $run_serve
	# 160, less what is set aside, make some 60 connections
	perl -MIO::Socket::INET -e '$| = 1; my @s = map { my $s = IO::Socket::INET->new(PeerAddr => "127.0.0.1:28000") or die; print $s "echo\n"; $s->flush; $s } 1 .. 90;
		print "up\n"; sleep 60' >"$T/up" 3>&- 4>&- &
	holder=$!
	wait_for 10 grep -q up "$T/up"
	peer who 127.0.0.1 28000 >"$T/late" 3>&- 4>&- &
	late=$!
	sleep 0.5
	[ ! -s "$T/late" ]
	[ "$(podlite exec "$name" sh -c 'grep -c " 01 " /proc/net/tcp6')" -lt 150 ]
	kill $holder
	wait $late
	like "$(cat "$T/late")" "10.0.2.2 *"
}

@test "publish: pasta does it itself, IPv4 and IPv6; a taken port is told the same way" {
	need_tun
	need_command pasta
	serve --network pasta -p 28000:9000 -p 28001:9001/udp "$DEBIAN" $run_serve
	wait_for 5 peer who 127.0.0.1 28000
	wait_for 5 peer who ::1 28000
	# UDP from this host to itself is nothing that pasta can do with --no-map-gw
	[ -n "$(perl -MSocket -e 'socket(my $s, AF_INET, SOCK_DGRAM, 0); bind($s, pack_sockaddr_in(28001, INADDR_ANY)) or print "taken"')" ]
	pl 125 run --rm --network pasta -p 28000:80 "$BUSYBOX" true
	has "$stderr" "28000/tcp: the port is already in use"
}

# activated SOCKET... -- ARG...: podlite ARG with listening sockets from descriptor 3 on, as systemd passes them
activated() {
	perl -MSocket=:all -MPOSIX -e '
		my $next = 3;
		while (($_ = shift) ne "--") {
			my ($type, $ip, $port) = split " ";
			my $v6 = $ip =~ /:/;
			socket(my $s, $v6 ? AF_INET6 : AF_INET, $type eq "udp" ? SOCK_DGRAM : SOCK_STREAM, 0) or die;
			setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1) if $type eq "tcp";
			bind($s, $v6 ? pack_sockaddr_in6($port, inet_pton(AF_INET6, $ip)) : pack_sockaddr_in($port, inet_aton($ip))) or die "$_: $!";
			listen($s, 8) if $type eq "tcp";
			push @s, $s;
		}
		my @high = map { POSIX::dup2(fileno($_), 50 + $k++); 49 + $k } @s;
		POSIX::dup2($_, $next++) for @high;
		POSIX::close($_) for $next .. 49 + @high;
		$ENV{LISTEN_PID} = $$; $ENV{LISTEN_FDS} = @s;
		$ENV{LISTEN_FDNAMES} = join ":", map "n$_", 0 .. $#s;
		exec @ARGV or die' "$@" 3>&- 4>&-
}

@test "publish: sockets that systemd passes are served, one for both families too; others go to the container" {
	need_tun
	cp "$PEER" "$T/peer.pl"
	chmod 644 "$T/peer.pl"
	name pub
	# were they not used, the ports would be taken
	activated "tcp :: 28000" "udp :: 28001" "tcp 127.0.0.1 28002" -- \
		"$PODLITE" --root "$ROOT" --runroot "$RUNROOT" run -d --name "$name" -v "$T/peer.pl:/peer.pl:ro" -p 28000:9000 -p 28001:9001/udp "$DEBIAN" \
		sh -c "echo env \$LISTEN_FDS \$LISTEN_PID \$LISTEN_FDNAMES; readlink /proc/self/fd/3 /proc/self/fd/4; exec $run_serve" >"$T/id"
	id=$(cat "$T/id")
	wait_for 10 serving
	pl 0 logs "$name"
	has "$output" "env 1 1 n2"
	is "$(grep -c socket: <<<"$output")" 1
	like "$(peer who 127.0.0.1 28000)" "10.0.2.2 *"
	matches "$(peer who ::1 28000)" ' [0-9]+$'
	like "$(peer udp 127.0.0.5 28001 ping)" "10.0.2.2 * ping"
	matches "$(peer udp ::1 28001 ping)" ' ping$'
	if ip=$(outward); then
		is "$(peer who "$ip" 28000 | cut -d' ' -f1,3)" "$ip mine"
		is "$(peer udp "$ip" 28001 ping | cut -d' ' -f1,3-)" "$ip mine ping"
	fi
	pl 0 rm -t 0 -f "$name"
	# another address or protocol is another port: bound as always, here in vain
	run activated "tcp 127.0.0.1 28002" -- "$PODLITE" --root "$ROOT" --runroot "$RUNROOT" run --rm -p 127.0.0.2:28002:80 "$BUSYBOX" sh -c 'echo $LISTEN_FDS'
	is "$output" 1
	run activated "tcp 127.0.0.1 28002" -- "$PODLITE" --root "$ROOT" --runroot "$RUNROOT" run --rm -p 28002:80 "$BUSYBOX" sh -c 'echo "none $LISTEN_FDS"'
	is "$output" "none "
	# meant for somebody else
	LISTEN_PID=1 LISTEN_FDS=1 pl 0 run --rm "$BUSYBOX" sh -c 'echo "none $LISTEN_FDS"'
	is "$output" "none "
}
