#!/usr/bin/env bats
# 182-quadlet-network.bats: .network files, and containers that name them, become services as podman's
# generator makes them; the commands in them do what they say.

load helpers

setup() {
	Q=$(mktemp -d "$T/q.XXXXXX")
	export QUADLET_UNIT_DIRS=$Q
}

# quadlet NAME: a file, from standard input
quadlet() { cat >"$Q/$1"; }
# dry [STATUS]: what the generator prints
dry() {
	status=0
	"$PODLITE_BIN/podlite-user-generator" --dryrun >"$OUT" 2>"$ERR" || status=$?
	output=$(<"$OUT") stderr=$(<"$ERR")
	printf '%s\n%s\n' "$output" "$stderr"
	is "$status" "${1:-0}"
}
# of SERVICE KEY: its values in the service
of() { awk -v s="---$1---" -v k="$2=" '/^---/ { on = $0 == s } on && index($0, k) == 1 { print substr($0, length(k) + 1) }' "$OUT"; }
command_of() { of "$1" "${2:-ExecStart}" | sed "s|^$PODLITE_BIN/podlite ||"; }

@test "quadlet: a network with everything becomes network create" {
	quadlet front.network <<-'E'
		[Unit]
		Description=The front
		[Network]
		NetworkName="front"
		Driver="bridge"
		IPAMDriver=host-local
		Subnet=10.174.0.0/24
		Gateway=10.174.0.9
		IPRange=10.174.0.128/25
		Subnet=fd74::/64
		IPv6=yes
		Internal=true
		DisableDNS=no
		DNS=192.0.2.1
		DNS=192.0.2.2
		Label=a=b "c=d e"
		Options=mtu=1400 isolate=true
		InterfaceName=front0
		NetworkDeleteOnStop=yes
		GlobalArgs=--debug
		PodmanArgs=--label x=y
		[Install]
		WantedBy=default.target
	E
	dry
	is "$(command_of front-network.service)" "--debug network create --ignore --subnet 10.174.0.0/24 --gateway 10.174.0.9 --ip-range 10.174.0.128/25 --subnet fd74::/64 --dns 192.0.2.1 --dns 192.0.2.2 --disable-dns=false --ipv6 --interface-name front0 --internal --label a=b --label \"c=d e\" --opt mtu=1400 --opt isolate=true --label x=y front"
	is "$(command_of front-network.service ExecStopPost)" "--debug network rm front"
	is "$(of front-network.service Type)" oneshot
	is "$(of front-network.service RemainAfterExit)" yes
	is "$(of front-network.service Description)" "The front"

	# the commands run as they are written, also twice
	local create remove
	create=$(of front-network.service ExecStart) remove=$(of front-network.service ExecStopPost)
	eval "${create/podlite --debug/podlite --root "$ROOT" --runroot "$RUNROOT"}"
	eval "${create/podlite --debug/podlite --root "$ROOT" --runroot "$RUNROOT"}"
	pl 0 network inspect front
	is "$(json '.[0] | [.network_interface, .internal, .labels.c, .labels.x, .options.mtu, .subnets[0].gateway, .subnets[0].lease_range.start_ip, .subnets[1].subnet, .network_dns_servers[1]] | map(tostring) | join("|")')" \
		"front0|true|d e|y|1400|10.174.0.9|10.174.0.129|fd74::/64|192.0.2.2"
	eval "${remove/podlite --debug/podlite --root "$ROOT" --runroot "$RUNROOT"}"
	pl 1 network exists front
}

@test "quadlet: containers name networks: by file, by name, several, with addresses" {
	quadlet plain.network <<<'[Network]'
	quadlet named.network <<<$'[Network]\nNetworkName=other\nServiceName=net-of-mine'
	quadlet web.container <<-'E'
		[Container]
		Image=i
		Network=plain.network:ip=10.174.1.5,alias=www
		Network=named.network
		Network=third
		NetworkAlias=web
		NetworkAlias=shop
	E
	quadlet one.container <<-'E'
		[Container]
		Image=i
		Network=plain.network
		IP=10.174.1.6
		IP6=fd74::6
	E
	dry
	is "$(command_of plain-network.service)" "network create --ignore systemd-plain"
	is "$(command_of plain-network.service ExecStopPost)" ""
	is "$(command_of net-of-mine.service)" "network create --ignore other"
	has "$(command_of web.service)" "--network systemd-plain:ip=10.174.1.5,alias=www --network other --network third --network-alias web --network-alias shop"
	has "$(of web.service Requires)" plain-network.service
	has "$(of web.service Requires)" net-of-mine.service
	has "$(of web.service After)" plain-network.service
	has "$(command_of one.service)" "--ip 10.174.1.6 --ip6 fd74::6"
	has "$(command_of one.service)" "--network systemd-plain"
}

@test "quadlet: mistakes in networks are told with their line" {
	quadlet bad.network <<-'E'
		[Network]
		Driver=macvlan
		IPAMDriver=dhcp
		Gateway=10.1.1.1
		IPRange=10.1.1.0/25
		Internal=perhaps
		ContainersConfModule=x
		Subnett=10.1.1.0/24
		Label=nothing
	E
	quadlet many.network <<<$'[Network]\nSubnet=10.1.0.0/24\nSubnet=10.2.0.0/24\nSubnet=10.3.0.0/24'
	quadlet empty.network <<<'[Container]'
	quadlet web.container <<<$'[Container]\nImage=i\nNetwork=gone.network'
	quadlet pod.container <<<$'[Container]\nImage=i\nNetwork=x.pod'
	dry 1
	is "$(grep -c '^---' "$OUT")" 0
	has "$stderr" "bad.network:2: Driver=: the only driver is bridge"
	has "$stderr" "bad.network:3: IPAMDriver=: "
	has "$stderr" "bad.network:4: Gateway=: there is no Subnet= that it belongs to"
	has "$stderr" "bad.network:5: IPRange=: there is no Subnet= that it belongs to"
	has "$stderr" 'bad.network:6: Internal=: "perhaps"'
	has "$stderr" "bad.network:7: ContainersConfModule=: "
	has "$stderr" "bad.network:8: Subnett=: there is no such key in [Network]"
	has "$stderr" 'bad.network:9: Label=: "nothing" is not NAME=VALUE'
	has "$stderr" "many.network:4: Subnet=: a network has one subnet of IPv4 and one of IPv6"
	has "$stderr" "empty.network: it has no section [Network]"
	has "$stderr" "web.container:3: Network=: there is no file gone.network"
	has "$stderr" "pod.container:3: Network=: pods are not built"
}
