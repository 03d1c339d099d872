# peer.pl - both ends of what the tests of published ports send through them.
#
#   perl peer.pl serve TCP-PORT UDP-PORT   a server on all addresses; the first line is a command
#   perl peer.pl COMMAND HOST PORT [ARG]   a client; prints what it got; status 3: refused or reset
use strict;
use warnings;
use Socket qw(:all);
use Time::HiRes qw(alarm sleep);
$| = 1;
$SIG{PIPE} = 'IGNORE';

sub address { # the numeric host of a sockaddr, and its port
	my ($e, $host, $port) = getnameinfo(shift, NI_NUMERICHOST | NI_NUMERICSERV);
	$host =~ s/^::ffff://;
	return ($host, $port);
}

sub pattern { # bytes that differ at every place of a block
	my $seed = shift;
	return join '', map { pack 'N', ($_ * 2654435761 + $seed) & 0xffffffff } 0 .. 16383;
}

sub sum { return unpack('%32C*', shift) }

sub write_all {
	my ($s, $data) = @_;
	my $off = 0;
	while ($off < length $data) {
		my $n = syswrite($s, $data, length($data) - $off, $off);
		return 0 unless $n;
		$off += $n;
	}
	return 1;
}

sub send_bytes { # N bytes of the pattern
	my ($s, $n) = @_;
	my $block = pattern(7);
	while ($n > 0) {
		my $part = $n < length $block ? substr($block, 0, $n) : $block;
		write_all($s, $part) or return 0;
		$n -= length $part;
	}
	return 1;
}

sub take_bytes { # until the end: how many, and are they the pattern?
	my $s = shift;
	my ($n, $block, $good, $buf) = (0, pattern(7), 1, '');
	while (1) {
		my $off = $n % length $block;
		my $r = sysread($s, $buf, length($block) - $off);
		return "error $!" unless defined $r;
		last unless $r;
		$good = 0 if $buf ne substr($block, $off, $r);
		$n += $r;
	}
	return "$n " . ($good ? 'intact' : 'damaged');
}

sub read_line {
	my ($s, $line, $c) = (shift, '');
	while (my $r = sysread($s, $c, 1) // die "end: $!\n") {
		return $line if $c eq "\n";
		$line .= $c;
	}
	return $line;
}

sub serve_one {
	my ($s, $from) = @_;
	my ($cmd, $arg) = split ' ', read_line($s), 2;
	$cmd = '' unless defined $cmd;
	if ($cmd eq 'who') { write_all($s, join(' ', address($from)) . "\n") }
	elsif ($cmd eq 'source') { send_bytes($s, $arg) }
	elsif ($cmd eq 'sink' or $cmd eq 'half') { write_all($s, take_bytes($s) . "\n") }
	elsif ($cmd eq 'first') { # the server ends its half first
		write_all($s, "hello\n"); shutdown($s, 1);
		open my $f, '>', "/tmp/first" or die; print $f take_bytes($s), "\n"; close $f;
	}
	elsif ($cmd eq 'reset') { setsockopt($s, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0)) }
	elsif ($cmd eq 'wait') { sleep 60 }
	elsif ($cmd eq 'echo') { my $l; write_all($s, "$l\n") while length($l = read_line($s)) }
	close $s;
	exit 0;
}

sub listener {
	my ($type, $port, $family, $ip) = @_;
	socket(my $s, $family, $type, 0) or return;
	setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1);
	my $any = $family == AF_INET6 ? pack_sockaddr_in6($port, inet_pton(AF_INET6, '::'))
		: pack_sockaddr_in($port, inet_aton($ip || '0.0.0.0'));
	bind($s, $any) or return;
	listen($s, 512) if $type == SOCK_STREAM;
	return $s;
}

sub serve {
	my ($tcp_port, $udp_port, $family) = @_;
	my $f = ($family || '') eq '4' ? AF_INET : AF_INET6;
	my $tcp = listener(SOCK_STREAM, $tcp_port, $f) || listener(SOCK_STREAM, $tcp_port, AF_INET) or die "tcp: $!";
	my $udp = listener(SOCK_DGRAM, $udp_port, $f) || listener(SOCK_DGRAM, $udp_port, AF_INET) or die "udp: $!";
	$SIG{CHLD} = 'IGNORE';
	if (!fork) {
		my $b;
		while (defined(my $from = recv($udp, $b, 65535, 0))) {
			send($udp, join(' ', address($from), substr($b, 0, 60000)), 0, $from);
		}
		exit 0;
	}
	print "serving\n";
	while (1) {
		my $from = accept(my $c, $tcp) or next;
		my $pid = fork;
		if (!$pid) { close $tcp; serve_one($c, $from) }
		close $c;
	}
}

# --- client ---

sub dial {
	my ($host, $port, $type) = @_;
	my ($e, $a) = getaddrinfo($host, $port, {flags => AI_NUMERICHOST, socktype => $type});
	die "$host: $e\n" if $e;
	socket(my $s, $a->{family}, $type, 0) or die "socket: $!\n";
	alarm 20;
	if (!connect($s, $a->{addr})) { print "connect: $!\n"; exit 3 }
	return $s;
}

sub tcp {
	my ($cmd, $host, $port, $arg) = @_;
	my $s = dial($host, $port, SOCK_STREAM);
	my $me = join ' ', address(getsockname $s);
	if (!write_all($s, defined $arg ? "$cmd $arg\n" : "$cmd\n")) { print "end: $!\n"; exit 3 }
	if ($cmd eq 'sink' or $cmd eq 'half') { send_bytes($s, $arg); shutdown($s, 1) }
	if ($cmd eq 'source') { print take_bytes($s), "\n"; return }
	if ($cmd eq 'first') { print read_line($s), "\n"; send_bytes($s, $arg); return }
	my $line = eval { read_line($s) };
	if (!defined $line or $line eq '') { print $@ || "end: nothing came\n"; exit 3 }
	print $line eq $me ? "$line mine\n" : "$line\n";
}

sub udp {
	my ($host, $port, $text, $src) = @_;
	my ($s, $buf) = (dial($host, $port, SOCK_DGRAM), '');
	my $me = join ' ', address(getsockname $s);
	$text = 'x' x $1 if $text =~ /^x(\d+)$/;
	for (1 .. 8) { # datagrams may be lost while a server starts
		send($s, $text, 0);
		my $r = '';
		vec($r, fileno $s, 1) = 1;
		next unless select($r, undef, undef, 0.3);
		next unless defined recv($s, $buf, 65535, 0);
		my ($ip, $p, $got) = split ' ', $buf, 3;
		print "$ip $p", "$ip $p" eq $me ? ' mine ' : ' ', length $got > 100 ? length $got : $got, "\n";
		return;
	}
	exit 3;
}

# N clients at once, each M lines there and back
sub many {
	my ($host, $port, $n, $lines) = @_;
	my @s = map { my $s = dial($host, $port, SOCK_STREAM); write_all($s, "echo\n"); $s } 1 .. $n;
	my $good = 0;
	for my $k (1 .. $lines) { write_all($s[$_], "line $k of $_\n") for 0 .. $#s;
		for my $i (0 .. $#s) { $good++ if read_line($s[$i]) eq "line $k of $i" } }
	print "$good\n";
}

sub udp_many { # N clients of a port, each asks twice
	my ($host, $port, $n) = @_;
	my (@s, $buf, %seen);
	my $good = 0;
	for my $round (1, 2) {
		for my $i (0 .. $n - 1) {
			$s[$i] ||= dial($host, $port, SOCK_DGRAM);
			send($s[$i], "$round-$i", 0);
			my $r = '';
			vec($r, fileno $s[$i], 1) = 1;
			next unless select($r, undef, undef, 2) and defined recv($s[$i], $buf, 65535, 0);
			my ($ip, $p, $got) = split ' ', $buf, 3;
			$good++ if $got eq "$round-$i" and ($seen{$i} //= "$ip $p") eq "$ip $p";
		}
	}
	print "$good\n";
}

my $cmd = shift;
if ($cmd eq 'serve') { serve(@ARGV) }
elsif ($cmd eq 'udp') { udp(@ARGV) }
elsif ($cmd eq 'many') { many(@ARGV) }
elsif ($cmd eq 'udp_many') { udp_many(@ARGV) }
else { tcp($cmd, @ARGV) }
