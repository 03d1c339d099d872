#!/usr/bin/env bats
# 121-networks-commands.bats: named networks as records: `podlite network`, and what run and create
# ask of networks. What goes over them is in 122.

load helpers

# What standard error says about a command that must fail with 125.
refused() {
	local want=$1; shift
	pl 125 "$@"
	has "$stderr" "$want"
}

@test "network: a container cannot ask for a network that is not there, nor have an address without one" {
	pl 125 create --network nope "$BUSYBOX" true
	has "$stderr" 'unable to find network with name or ID nope: network not found'
	refused 'there is no bridge that containers share by default' create --network bridge "$BUSYBOX" true
	refused 'cannot be combined with other networks' create --network host --network a "$BUSYBOX" true
	refused 'unknown option "vlan"' create --network a:vlan=5 "$BUSYBOX" true
	for o in --ip=10.89.0.9 --ip6=fd00::9 --mac-address=92:d0:c6:0a:29:33 --network-alias=db --net-alias=db; do
		refused 'is for named networks' create "$o" "$BUSYBOX" true
		refused 'is for named networks' create --network none "$o" "$BUSYBOX" true
	done
	refused '--ip can only be set for a single network' create --network a --network b --ip 10.89.0.9 "$BUSYBOX" true
	refused 'is not the Ethernet address of one machine' create --network a --mac-address ff:ff:ff:ff:ff:ff "$BUSYBOX" true
}

@test "network: create, exists, inspect, ls, rm: what podman says, with podman's exit codes" {
	local id
	pl 0 network create --label x=y --opt mtu=1400 --opt isolate=true --dns 192.0.2.53 --interface-name web7 shop
	is "$output" shop
	pl 0 network exists shop
	pl 1 network exists nope
	pl 0 network inspect shop
	is "$(json '.[0] | [.name, .driver, .network_interface, .internal, .ipv6_enabled, .dns_enabled, .labels.x, .options.mtu, .options.isolate, .network_dns_servers[0], .ipam_options.driver, (.containers | length)] | map(tostring) | join(" ")')" \
		"shop bridge web7 false false true y 1400 true 192.0.2.53 host-local 0"
	[[ $(json '.[0].subnets[0].subnet') =~ ^10\.89\.[0-9]+\.0/24$ ]]
	is "$(json '.[0].subnets[0].gateway')" "$(json '.[0].subnets[0].subnet' | sed 's,0/24,1,')"
	id=$(json '.[0].id')
	[ ${#id} = 64 ]
	pl 0 network inspect --format '{{.Name}} {{.ID}} {{range .Subnets}}{{.Gateway}}{{end}} {{.NetworkInterface}} {{.DNSEnabled}} {{.Labels.x}}' "${id:0:10}"
	[[ $output =~ ^shop\ $id\ 10\.89\.[0-9]+\.1\ web7\ true\ y$ ]]
	pl 0 inspect --type network --format '{{.Name}}' shop
	is "$output" shop
	pl 0 network ls --noheading
	[[ $output =~ ^${id:0:12}\ +shop\ +bridge$ ]]
	pl 0 network ls --no-trunc --format '{{.ID}} {{.Name}} {{.Driver}} {{.Labels}} {{.Options.mtu}}'
	is "$output" "$id shop bridge x=y 1400"
	pl 0 network ls --format json
	is "$(json '.[0] | has("containers")')" false
	pl 125 network create shop
	has "$stderr" "network name shop already used: network already exists"
	pl 0 network create --ignore shop
	is "$output" shop
	pl 1 network rm nope
	has "$stderr" "unable to find network with name or ID nope: network not found"
	pl 0 network rm -f -t 0 nope
	is "$output$stderr" ""
	pl 1 network rm nope shop # the second goes nevertheless
	is "$output" shop
	pl 1 network exists shop
	pl 0 network ls -q
	is "$output" ""
}

@test "network: subnets: chosen, given, refused" {
	pl 0 network create --subnet 10.177.3.9/24 --ip-range 10.177.3.128/25 one
	pl 0 network inspect one
	is "$(json '.[0].subnets[0] | [.subnet, .gateway, .lease_range.start_ip, .lease_range.end_ip] | join(" ")')" \
		"10.177.3.0/24 10.177.3.1 10.177.3.129 10.177.3.254"
	pl 0 network create --subnet fd77:1::/64 --subnet 10.177.4.0/24 --gateway fd77:1::9 --gateway 10.177.4.250 --ip-range '' --ip-range 10.177.4.5-10.177.4.9 two
	pl 0 network inspect two
	is "$(json '.[0] | [.subnets[].subnet, .subnets[].gateway, .ipv6_enabled, .subnets[0].lease_range.end_ip] | map(tostring) | join(" ")')" \
		"10.177.4.0/24 fd77:1::/64 10.177.4.250 fd77:1::9 true 10.177.4.9"
	pl 0 network create --ipv6 --internal --disable-dns six
	pl 0 network inspect six
	[[ $(json '.[0].subnets[1].subnet') =~ ^fd[0-9a-f:]+::/64$ ]]
	is "$(json '.[0] | [.internal, .dns_enabled] | map(tostring) | join(" ")')" "true false"
	refused 'subnet 10.177.3.128/25 is already used on the host or by another config' network create --subnet 10.177.3.128/25 x
	refused 'subnet 127.0.0.0/24 is already used' network create --subnet 127.0.0.0/24 x
	refused 'cannot set gateway or range without subnet' network create --gateway 10.1.1.1 x
	refused 'cannot set gateway or range without subnet' network create --ip-range 10.1.1.0/25 x
	refused 'gateway 10.1.1.1 not in subnet 10.177.9.0/24' network create --subnet 10.177.9.0/24 --gateway 10.1.1.1 x
	refused 'gateway 10.177.9.255 not in subnet' network create --subnet 10.177.9.0/24 --gateway 10.177.9.255 x
	refused 'cannot set more gateways than subnets' network create --subnet 10.177.9.0/24 --gateway 10.177.9.1 --gateway 10.177.9.2 x
	refused 'not within subnet' network create --subnet 10.177.9.0/24 --ip-range 10.177.8.0/23 x
	refused 'expected ADDRESS/PREFIX or FIRST-LAST' network create --subnet 10.177.9.0/24 --ip-range 10.177.9.5 x
	refused 'ends before it begins' network create --subnet 10.177.9.0/24 --ip-range 10.177.9.9-10.177.9.5 x
	refused 'expected ADDRESS/PREFIX' network create --subnet 10.177.9.0 x
	refused 'the prefix must be from 8 to 30' network create --subnet 10.177.9.0/31 x
	refused 'one of IPv4 and one of IPv6 at most' network create --subnet 10.177.9.0/24 --subnet 10.177.8.0/24 x
	refused 'networks of IPv6 alone are not built' network create --subnet fd77:2::/64 x
	pl 0 network ls -q
	is "$(tr '\n' ' ' <<<"$output")" "one six two "
	pl 0 network rm one two six
}

@test "network: what is not built or means nothing is refused by name" {
	refused '--driver macvlan: an ordinary user can make bridges only' network create -d macvlan x
	refused '--ipam-driver dhcp' network create --ipam-driver dhcp x
	refused 'unsupported bridge network option vlan' network create -o vlan=5 x
	refused 'option isolate=false: networks are always isolated' network create --opt isolate=false x
	refused 'option mtu=70000: must be from 576 to 65520' network create --opt mtu=70000 x
	refused 'option mtu=600: must be from 1280' network create --ipv6 --opt mtu=600 x
	refused '--route' network create --route 10.1.0.0/16,10.2.0.1 x
	refused 'DNS servers for a network without DNS' network create --disable-dns --dns 192.0.2.1 x
	refused 'DNS server "foo": not an IP address' network create --dns foo x
	refused 'interface name "tap0" is not allowed' network create --interface-name tap0 x
	refused 'network name a b invalid' network create 'a b'
	refused 'network name ../x invalid' network create ../x
	refused 'network name host invalid' network create host
	refused 'expected NAME=VALUE' network create --label =x x
	local big i labels=()
	big=$(head -c 100000 /dev/zero | tr '\0' x)
	for i in {1..11}; do labels+=(--label "l$i=$big"); done
	refused 'its record would have more than 1048576 bytes' network create "${labels[@]}" x
	refused 'is an invalid network filter' network ls --filter foo=a
	refused 'is neither true nor false' network ls --filter dangling=x
	refused 'there are no firewall rules' network reload --all
	pl 125 network reload web
	refused 'for --force only' network rm --time 3 x
	refused 'give --dns-add or --dns-drop' network update x
	pl 0 network ls -q
	is "$output" ""
}

@test "network: names that podlite chooses, and sixteen at once: as many names and subnets" {
	local i out=$T/out
	: >"$out"
	for i in $(seq 16); do podlite network create >>"$out" & done
	wait
	is "$(sort -u "$out" | wc -l)" 16
	pl 0 network ls --format '{{range .Subnets}}{{.Subnet}}{{end}}'
	is "$(sort -u <<<"$output" | wc -l)" 16
	pl 0 network prune -f
	is "$(wc -l <<<"$output")" 16
	pl 0 network ls -q
	is "$output" ""
}

@test "network: members: inspect, ps, filters, what is in use stays" {
	pl 0 network create --subnet 10.178.0.0/24 --ipv6 front
	pl 0 network create --label tier=db --disable-dns back
	name c
	pl 0 create --name "$name" --network front:ip=10.178.0.9,alias=web,mac=92:d0:c6:0a:29:33,interface_name=web0 --network back -p 28099:80 --label a=b "$BUSYBOX" true
	front=$(podlite network inspect --format '{{.ID}}' front)
	pl 0 inspect "$name"
	is "$(json '.[0].HostConfig.NetworkMode')" bridge
	is "$(json '.[0].NetworkSettings.Networks | keys | join(" ")')" "back front"
	is "$(json '.[0].NetworkSettings.Networks.front | [.NetworkID, .Aliases[0], (.Aliases[1] | length), .IPAddress] | map(tostring) | join(" ")')" "$front web 12 "
	pl 0 inspect --format '{{range $k, $v := .NetworkSettings.Networks}}{{$k}} {{end}}' "$name"
	has "$output" front
	pl 0 create --name "$name-none" --network none "$BUSYBOX" true
	pl 0 inspect --format '{{.NetworkSettings.Networks.none.NetworkID}}' "$name-none"
	is "$output" none
	pl 0 ps -a --format '{{.Networks}}' --filter network=front
	is "$output" front,back
	pl 0 ps -a --format json --filter network=back
	is "$(json '.[0].Networks | join(" ")')" "front back"
	pl 0 network inspect --format '{{.ID}}' back
	pl 0 ps -a --format '{{.Names}}' --filter "network=$output"
	is "$output" "$name"
	pl 0 ps -aq --filter network=nothing
	is "$output" ""
	pl 0 network ls -q --filter dangling=false --filter label=tier
	is "$output" back
	pl 0 network ls -q --filter dangling=true
	is "$output" ""
	pl 0 network ls -q --filter name=^fr --filter driver=bridge --filter until=1h
	is "$output" ""
	pl 0 network ls -q --filter 'label!=tier'
	is "$output" front
	pl 2 network rm front
	has "$stderr" "network front is being used by container $name"
	pl 0 network prune -f
	is "$output" ""
	pl 0 network rm -f -t 0 front
	pl 125 inspect --type container "$name"
	pl 0 network prune -f --filter label=none
	is "$output" ""
	pl 0 network prune -f --filter label=tier=db
	is "$output" back
}

@test "network: --ip, --ip6, --mac-address and --network-alias are what the monitor is given" {
	pl 0 network create --subnet 10.178.5.0/24 --subnet fd78:5::/64 five
	name c
	pl 0 create --name "$name" --network five --ip 10.178.5.9 --ip6 FD78:5:0::9 --mac-address 92-D0-C6-0A-29-33 --network-alias db --network-alias sql "$BUSYBOX" true
	is "$(jq -c '[.network, .networks]' "$ROOT/containers/$output/monitor.json")" \
		'["bridge",[{"name":"five","aliases":["db","sql"],"ip":"10.178.5.9","ip6":"fd78:5::9","mac":"92:d0:c6:0a:29:33"}]]'
	pl 0 rm "$name"
	pl 0 network rm five
}

@test "network: a member's addresses are of the network" {
	pl 0 network create --subnet 10.178.1.0/24 --disable-dns plain
	refused 'requested static ip 10.178.2.9 not in any subnet on network plain' create --network plain --ip 10.178.2.9 "$BUSYBOX" true
	refused 'requested static ip fd00::9 not in any subnet on network plain' create --network plain:ip6=fd00::9 "$BUSYBOX" true
	for a in 0 1 255; do
		refused "requested static ip 10.178.1.$a of network plain" create --network plain --ip "10.178.1.$a" "$BUSYBOX" true
	done
	refused "aliases need the network's DNS" create --network plain --network-alias x "$BUSYBOX" true
	pl 0 network inspect --format '{{.ID}}' plain
	refused 'given twice' create --network plain --network "${output:0:12}" "$BUSYBOX" true
	pl 0 network create other
	refused 'the interface name a0 is given twice' create --network plain:interface_name=a0 --network other:interface_name=a0 "$BUSYBOX" true
	pl 0 ps -aq
	is "$output" ""
	pl 0 network rm plain other
}

@test "network: connect and disconnect change what a stopped container joins" {
	pl 0 network create --subnet 10.178.3.0/24 aa
	pl 0 network create --subnet 10.178.4.0/24 bb
	name c
	pl 0 create --name "$name" --network aa "$BUSYBOX" true
	pl 0 network connect --ip 10.178.4.7 --alias db,sql --mac-address 92:d0:c6:0a:29:44 bb "$name"
	pl 0 inspect "$name"
	is "$(json '.[0].NetworkSettings.Networks.bb.Aliases[0:2] | join(" ")')" "db sql"
	is "$(jq -c '[.networks[].name]' "$ROOT"/containers/*/record.json "$ROOT"/containers/*/monitor.json | sort -u)" '["aa","bb"]'
	is "$(jq -r '.networks[1].ip' "$ROOT"/containers/*/monitor.json)" 10.178.4.7
	refused 'is already connected to network bb' network connect bb "$name"
	refused 'not in any subnet on network bb' network connect --ip6 fd00::1 bb "$name"
	refused 'unable to find network' network connect nope "$name"
	refused 'unable to find network' network connect host "$name"
	refused 'no container with name or ID' network connect aa nope
	pl 0 network disconnect aa "$name"
	refused 'is not connected to network aa' network disconnect aa "$name"
	pl 0 network disconnect -f aa "$name"
	pl 0 ps -a --format '{{.Networks}}'
	is "$output" bb
	pl 0 network disconnect bb "$name"
	pl 0 ps -a --format '{{.Networks}}'
	is "$output" ""
	pl 0 network rm bb
	pl 0 rm "$name"
	pl 0 create --name "$name" "$BUSYBOX" true
	refused 'its network mode slirp4netns cannot be combined with named networks' network connect aa "$name"
	pl 0 rm "$name"
	pl 0 network rm aa
}

@test "network: connect and disconnect of a running container act at once, and are undone where they fail" {
	pl 0 network create --subnet 10.178.6.0/24 run1
	pl 0 network create --subnet 10.178.7.0/24 run2
	name c
	pl 0 run -d --name "$name" --network run1 --restart always "$BUSYBOX" sleep 1000
	pl 0 network connect --ip 10.178.7.7 --alias db run2 "$name"
	pl 0 exec "$name" ip -o -4 addr
	has "$output" "10.178.7.7/24"
	pl 0 run --rm --network run2 "$BUSYBOX" nslookup db
	has "$output" 10.178.7.7
	pl 0 inspect --format '{{(index .NetworkSettings.Networks "run2").IPAddress}}' "$name"
	is "$output" 10.178.7.7
	pl 0 network inspect --format '{{range .Containers}}{{.Name}}{{end}}' run2
	is "$output" "$name"
	pl 2 network rm run2

	# an address that another one has: nothing changes, in the container and on disk
	pl 0 network disconnect run2 "$name"
	pl 0 exec "$name" ip -o -4 addr
	hasnt "$output" 10.178.7.7
	pl 0 run -d --name "$name-2" --network run2 --ip 10.178.7.7 "$BUSYBOX" sleep 1000
	cp "$ROOT"/containers/"$(podlite inspect --format '{{.Id}}' "$name")"/monitor.json "$T/before"
	refused "$name" network connect --ip 10.178.7.7 run2 "$name"
	pl 0 ps --filter name="^$name\$" --format '{{.Networks}}'
	is "$output" run1
	is "$(jq -cS . "$ROOT"/containers/"$(podlite inspect --format '{{.Id}}' "$name")"/monitor.json)" "$(jq -cS . "$T/before")"
	pl 0 exec "$name" ip -o -4 addr
	hasnt "$output" 10.178.7.

	# what was joined while it ran is joined again
	pl 0 network connect run2 "$name"
	pl 0 restart -t 0 "$name"
	pl 0 exec "$name" ip -o -4 addr
	has "$output" 10.178.6.
	has "$output" 10.178.7.

	# a network is force-removed with its running members
	pl 0 network rm -f -t 0 run2
	pl 0 ps -aq
	is "$output" ""
	pl 0 network rm run1
}

@test "network: update changes DNS servers, and checks them" {
	pl 0 network create --dns 192.0.2.1 dd
	pl 0 network update --dns-add 192.0.2.2,192.0.2.3 --dns-drop 192.0.2.1 dd
	pl 0 network inspect --format '{{.NetworkDNSServers}}' dd
	is "$output" "[192.0.2.2 192.0.2.3]"
	refused '192.0.2.9 is not among its DNS servers' network update --dns-drop 192.0.2.9 dd
	refused 'not an IP address' network update --dns-add x dd
	pl 0 network rm dd
}

@test "network: events of networks and their members" {
	local since
	since=$(date +%s)
	pl 0 network create ee
	name c
	pl 0 create --name "$name" --network ee "$BUSYBOX" true
	pl 0 network disconnect ee "$name"
	pl 0 network connect ee "$name"
	pl 0 network rm -f -t 0 ee
	pl 0 events --stream=false --since "$since" --filter type=network --filter network=ee --format '{{.Status}} {{.Network}} {{len .ID}}'
	is "$output" $'create ee 64\ndisconnect ee 64\nconnect ee 64\nremove ee 64'
	pl 0 events --stream=false --since "$since" --filter network=ee
	has "$output" " network create "
	has "$output" "(name=ee, type=bridge)"
	has "$output" ", name=ee)"
}

@test "network: names are completed; info names the driver" {
	pl 0 network create shop
	pl 0 __complete -- network rm sh
	has "$output" shop
	pl 0 __complete -- run --network sh
	has "$output" shop
	pl 0 __complete -- network connect ''
	is "$output" $'shop\t\n:none'
	pl 0 __complete -- network connect shop ''
	is "$output" :none
	pl 0 __complete -- run --pid sh
	is "$output" :none
	pl 0 info --format '{{.Plugins.Network}}'
	has "$output" bridge
	pl 0 network rm shop
}

@test "network: system prune takes unused networks along, system reset all" {
	store prune
	image "$BUSYBOX"
	pl 0 network create --label keep=yes kept
	pl 0 network create gone
	pl 0 network create used
	name c
	pl 0 create --name "$name" --network used "$BUSYBOX" true
	pl 0 system prune -f --filter until=1h
	is "$(podlite network ls -q | wc -l)" 3
	pl 0 run --name "$name-2" --network none "$BUSYBOX" true
	pl 0 rm "$name-2"
	pl 0 system prune -f --filter 'label!=keep'
	has "$output" "Deleted Networks"
	has "$output" gone
	is "$(podlite network ls -q)" kept # that container never ran
	pl 0 system reset -f
	pl 0 network ls -q
	is "$output" ""
}

@test "network: hostile and damaged records are told, touch nothing, and can be removed" {
	store damaged
	image "$BUSYBOX"
	pl 0 network create --subnet 10.179.0.0/24 good
	local d=$ROOT/networks
	jq '.subnets[0].gateway = "10.200.0.1"' "$d/good.json" >"$d/gateway.json"
	jq '.name = "gateway"' "$d/gateway.json" >"$d/x" && mv "$d/x" "$d/gateway.json"
	jq '.name = "../../etc/passwd"' "$d/good.json" >"$d/path.json"
	cp "$d/good.json" "$d/copy.json"
	jq '.name = "if" | .network_interface = "tap0"' "$d/good.json" >"$d/if.json"
	head -c 30 "$d/good.json" >"$d/cut.json"
	ln -s /etc/passwd "$d/link.json"
	mkfifo "$d/fifo.json"
	mkdir "$d/dir.json"
	pl 0 network ls -q
	is "$output" good
	for n in gateway path copy if cut link fifo dir; do
		refused "network $n" network inspect "$n"
		refused "network $n" run --rm --network "$n" "$BUSYBOX" true
		[ "$n" = dir ] || pl 0 network rm "$n"
	done
	rmdir "$d/dir.json"
	[ -s /etc/passwd ]
	is "$(ls "$d")" good.json
	echo "{}" >"$d/odd.json"
	cp "$d/good.json" "$d/host.json"
	pl 1 system check --format json
	is "$(json '.problems[] | "\(.code) \(.kind) \(.id)"')" $'network-record network host\nnetwork-record network odd'
	pl 1 system check --repair
	has "$output$stderr" 'podlite network rm odd'
	pl 0 network rm odd
	rm "$d/host.json"
	pl 0 system check
	pl 0 network rm good
}
