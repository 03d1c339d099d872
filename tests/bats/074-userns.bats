#!/usr/bin/env bats
# 074-userns.bats: user namespaces beyond keep-id: --uidmap and --gidmap, --userns auto,
# container:ID and ns:PATH, seen from inside.

load helpers

setup() { need_fuse; }

@test "userns: --uidmap and --gidmap map what they say; files of the image keep their owners" {
	c 0 --uidmap 0:1:100 --uidmap 100:0:1 --gidmap 0:1:200 -- sh -c 'cat /proc/self/uid_map /proc/self/gid_map; stat -c %u:%g /etc; touch /x; stat -c %u:%g /x'
	is "$(maps)" $'0 1 100\n100 0 1\n0 1 200\n0:0\n0:0'
	# one of the two stands for both
	c 0 --uidmap 0:5:50 -- cat /proc/self/gid_map
	is "$(maps)" "0 5 50"
	# @: as the host calls it
	c 0 --uidmap "0:1:10,10:@$(id -u)" --gidmap "0:1:10" -- cat /proc/self/uid_map
	is "$(maps)" $'0 1 10\n10 0 1'
	c 0 --userns private --uidmap 0:1:10 -- id -u
	is "$output" 0
	local bad
	for bad in x 0 0:1:0 0:1:2:3 0:@4294967294:1 0:4000000000:10 -1:0:1 x0:1:1; do
		c 125 --uidmap "$bad" -- true
		has "$stderr" "$bad"
	done
	c 125 --userns keep-id --uidmap 0:1:10 -- true
	has "$stderr" "mutually exclusive"
	c 125 --userns private -- true
	has "$stderr" "at least one"

}

@test "X20: userns: auto gives each container ids of its own" {
	name
	pl 0 run -d --network none --name "$name-a" --userns auto "$BUSYBOX" sleep 1000
	pl 0 run -d --network none --name "$name-b" --userns auto:size=2000 "$BUSYBOX" sleep 1000
	local a b
	pl 0 exec "$name-a" cat /proc/self/uid_map
	read -r inner a n <<<"$output"
	is "$inner $n" "0 1024"
	pl 0 exec "$name-b" cat /proc/self/uid_map
	read -r inner b n <<<"$output"
	is "$inner $n" "0 2000"
	[ "$a" -ge 1 ]
	[ "$b" -ge $((a + 1024)) ] || [ "$a" -ge $((b + 2000)) ]
	pl 0 exec "$name-a" sh -c 'touch /f && stat -c %u /f /etc'
	is "$output" $'0\n0'
	# a gap is used again
	pl 0 rm -t 0 -f "$name-a"
	pl 0 create --name "$name-c" --network none --userns auto "$BUSYBOX" cat /proc/self/uid_map
	pl 0 start -a "$name-c"
	is "$(maps)" "0 $a 1024"
	c 125 --userns auto:size=4000000 -- true
	has "$stderr" "subordinate ids"
	c 125 --userns auto:size=x -- true
	c 125 --userns auto:uidmapping=0:1:1 -- true
}

@test "userns: container:ID is the other's namespace, also after a restart" {
	name
	pl 0 run -d --network none --name "$name" --userns keep-id:uid=5,gid=5 "$BUSYBOX" sleep 1000
	pl 0 exec "$name" readlink /proc/self/ns/user
	local ns=$output
	c 0 --userns "container:$name" -- sh -c 'readlink /proc/self/ns/user; id -u; stat -c %u /etc; touch /t; stat -c %u /t'
	is "$output" "$ns"$'\n0\n0\n0'
	pl 0 create --name "$name-b" --network none --userns "container:$name" --user 5 "$BUSYBOX" sh -c 'readlink /proc/self/ns/user; id -u'
	pl 0 stop -t 0 "$name"
	pl 0 start -a "$name-b"
	is "${lines[1]}" 5
	ns=${lines[0]}
	pl 0 exec "$name" readlink /proc/self/ns/user
	is "$output" "$ns"
	# one in the shared namespace is joined by being there
	pl 0 run -d --network none --name "$name-h" "$BUSYBOX" sleep 1000
	pl 0 exec "$name-h" readlink /proc/self/ns/user
	ns=$output
	c 0 --userns "container:$name-h" -- readlink /proc/self/ns/user
	is "$output" "$ns"
	c 125 --userns container:nosuch -- true
	# by path
	local pid
	pid=$(podlite inspect --format '{{.State.Pid}}' "$name")
	pl 0 exec "$name" readlink /proc/self/ns/user
	ns=$output
	c 0 --userns "ns:/proc/$pid/ns/user" -- sh -c 'readlink /proc/self/ns/user; stat -c %u /etc'
	is "$output" "$ns"$'\n0'
	c 125 --userns ns:/proc/self/ns/user -- true
	c 125 --userns ns:/etc/passwd -- true
	c 125 --userns ns:relative -- true
}

@test "userns: keep-id of an id beyond those that are mapped" {
	c 0 --userns keep-id:uid=70000,gid=80000 -- sh -c 'id -u; id -g; stat -c %u:%g /etc; touch /tmp/x; stat -c %u:%g /tmp/x'
	is "$output" $'70000\n80000\n0:0\n70000:80000'
	c 0 --userns keep-id:uid=70000 -- id -u
	is "$output" 70000
	c 125 --userns keep-id:uid=70000 -u 70001 -- true
	has "$stderr" "does not exist in the user namespace"
}

@test "userns: --uidmap: numbers that only wrapping around makes small are none" {
	for map in 18446744073709551615:0:1 0:18446744073709551615:2 0:0:18446744073709551615 4294967296:0:1; do
		pl 125 run --rm --uidmap "$map" "$BUSYBOX" true
		has "$stderr" "expected CONTAINER:FROM"
	done
}
