#!/usr/bin/env bats
# 063-podman-keys.bats: every key that podman 5.4 prints in inspect, info, version and JSON lists is
# there with the same name and type, but for those on a written list. podman-keys/*.txt were made
# from podman 5.4.2 by podman-keys/keys.jq; null stands for any type, as Go prints empty lists so.

load helpers

keys() { # keys NAME: compares $output with podman-keys/NAME.txt
	local dir=$BATS_TEST_DIRNAME/podman-keys key type ours bad=0
	jq -r -f "$dir/keys.jq" <<<"$output" | sort >"$T/ours"
	while read -r key type; do
		ours=$(awk -v k="$key" '$1 == k { print $2 }' "$T/ours")
		if [ -z "$ours" ] && ! grep -q "^$1 $key: " "$dir/omitted.txt"; then
			echo "# $1: no key $key"
			bad=1
		elif [ -n "$ours" ] && [ "$ours" != "$type" ] && [ "$ours" != null ] && [ "$type" != null ]; then
			echo "# $1: $key is of type $ours, podman's of $type"
			bad=1
		fi
	done <"$dir/$1.txt"
	# nothing is called omitted that is there
	while read -r key; do
		if grep -q "^$key " "$T/ours"; then
			echo "# $1: $key is on the list of omitted ones, but is there"
			bad=1
		fi
	done < <(sed -n "s/^$1 \([^:]*\): .*/\1/p" "$dir/omitted.txt" | grep -v RepoTags)
	return $bad
}

@test "keys: container inspect, ps, volume inspect" {
	name
	mkdir -p "$T/b"
	pl 0 run -d --name "$name" --network slirp4netns -p 18099:80 -v "$name-v:/v" -v "$T/b:/b" --tmpfs /t --device /dev/null \
		--health-cmd true -e A=1 --label x=y --annotation a=b --ulimit nofile=100:200 --add-host a:1.2.3.4 --dns 1.1.1.1 \
		--stop-timeout 3 --cidfile "$T/cid" "$BUSYBOX" sleep 1000
	pl 0 inspect "$name"
	keys container
	pl 0 ps -a --size --format json
	keys ps
	is "$(json '.[0].CIDFile')" "$T/cid"
	[ "$(json '.[0].Size.rootFsSize')" -gt 100000 ]
	pl 0 volume inspect "$name-v"
	keys volume
	pl 0 rm -t 0 -f "$name"
	pl 0 volume rm "$name-v"
	rm -rf "${T:?}"/*
}

@test "keys: network inspect" {
	name
	pl 0 network create --ipv6 --subnet 10.176.0.0/24 --subnet fd66::/64 --ip-range 10.176.0.0/25 --label a=b --opt mtu=1400 --dns 192.0.2.1 "$name"
	pl 0 network inspect "$name"
	keys network
	pl 0 network rm "$name"
}

@test "keys: image inspect, images" {
	pl 0 image inspect "$BUSYBOX"
	keys image
	pl 0 images --format json
	keys images
}

@test "keys: info, version; registries of registries.conf" {
	pl 0 info --format json
	keys info
	matches "$(json '.host.cpuUtilization | .userPercent + .systemPercent + .idlePercent | round')" '^(99|100)$'
	is "$(json .host.networkBackendInfo.backend)" slirp4netns
	pl 0 version --format json
	keys version
	printf '%s\n' 'unqualified-search-registries = ["a.example", "b.example"]' '[[registry]]' 'prefix = "x.example/team"' \
		'location = "y.example"' 'insecure = true' '[[registry.mirror]]' 'location = "m.example"' >"$T/registries.conf"
	CONTAINERS_REGISTRIES_CONF=$T/registries.conf pl 0 info --format json
	is "$(json '.registries.search | join(" ")')" "a.example b.example"
	is "$(json '.registries["x.example/team"] | "\(.Location) \(.Insecure) \(.Blocked) \(.Mirrors[0].Location)"')" "y.example true false m.example"
}

@test "keys: inspect tells what was asked: paths, dns, cgroup, files, dependencies" {
	name
	pl 0 create --name "$name" "$BUSYBOX" true
	local first=$output
	pl 0 create --name "$name-b" --network slirp4netns --cidfile "$T/cid" --pidfile "$T/pid" --conmon-pidfile "$T/cpid" --dns-search d.example \
		--dns-option ndots:2 --passwd=false --no-hostname --timeout 7 --cgroup-parent /some/where --cpuset-cpus 0 --blkio-weight 20 \
		--log-opt max-size=1m --log-opt tag=x --requires "$name" --volumes-from "$name" --expose 81 -P "$BUSYBOX" true
	pl 0 inspect "$name-b"
	is "$(json '.[0] | .HostConfig.ContainerIDFile, .PidFile, .ConmonPidFile')" "$T/cid"$'\n'"$T/pid"$'\n'"$T/cpid"
	is "$(json '.[0] | .HostConfig.DnsSearch[0], .HostConfig.DnsOptions[0], .Config.Passwd, .UseImageHostname, .UseImageHosts, .Config.Timeout')" \
		$'d.example\nndots:2\nfalse\ntrue\nfalse\n7'
	is "$(json '.[0].HostConfig | .CgroupParent, .CpusetCpus, .BlkioWeight, .LogConfig.Tag, .PublishAllPorts, .VolumesFrom[0]')" \
		$'/some/where\n0\n20\nx\ntrue\n'"$name"
	is "$(json '.[0] | .Dependencies[0], (.Config.ExposedPorts | keys[0]), .lockNumber > -1')" "$first"$'\n81/tcp\ntrue'
	[ -f "$(json '.[0].HostsPath')" ]
	[ -f "$(json '.[0].ResolvConfPath')" ]
	is "$(json '.[0].HostnamePath')" ""
	pl 0 rm "$name-b" "$name"
	rm -f "$T"/*
}
