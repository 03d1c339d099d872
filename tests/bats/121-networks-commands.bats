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
