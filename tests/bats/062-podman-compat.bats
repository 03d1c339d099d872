#!/usr/bin/env bats
# What scripts written for podman rely on: exit codes, the fields of --format, tolerated repetition.

load helpers

setup_file() {
	image "$BUSYBOX"
}

setup() {
	name compat
}

teardown() {
	pl - rm -t 0 -af
	pl - volume rm -af
}

@test "run exits with 126 for a user, group or working directory that the image lacks" {
	pl 126 run --rm -u nosuch "$BUSYBOX" true
	has "$stderr" "unable to find user nosuch"
	pl 126 run --rm -u root:nosuch "$BUSYBOX" true
	has "$stderr" "unable to find group nosuch"
	pl 126 run --rm -w /no/such "$BUSYBOX" true
	has "$stderr" 'workdir "/no/such" does not exist'
	pl 126 run --rm -w /etc/passwd "$BUSYBOX" true
	has "$stderr" "is not a directory"
	pl 125 create -u nosuch "$BUSYBOX" true
	pl 0 ps -aq
	is "$output" ""
}

@test "exec in a working directory that is missing exits with 127, in a file with 126" {
	pl 0 run -d --name "$name" "$BUSYBOX" sleep 1000
	pl 127 exec -w /no/such "$name" pwd
	pl 126 exec -w /etc/passwd "$name" pwd
	pl 126 exec -u nosuch "$name" pwd
	pl 0 exec -w /etc "$name" pwd
	is "$output" /etc
}

@test "the same -v twice is one mount, two sources for one place are refused" {
	mkdir -p "$T/a" "$T/b"
	echo here >"$T/a/f"
	pl 0 run --rm -v "$T/a:/x" -v "$T/a:/x" "$BUSYBOX" sh -c 'cat /x/f; grep -c " /x " /proc/mounts'
	is "$output" $'here\n1'
	pl 125 run --rm -v "$T/a:/x" -v "$T/b:/x" "$BUSYBOX" true
	has "$stderr" "duplicate mount destination"
	pl 125 run --rm -v "$T/a:/x" -v "$T/a:/x:ro" "$BUSYBOX" true
	has "$stderr" "duplicate mount destination"
}

@test "ps --format: labels are a map, mounts a list, -q gives way" {
	pl 0 create --name "$name" -l a=b -l c=d -v /one -v /two "$BUSYBOX" true
	pl 0 ps -a --format '{{.Labels}} {{.Labels.a}} {{index .Labels "c"}} {{.Label "c"}}'
	is "$output" "map[a:b c:d origin:test] b d d"
	pl 0 ps -a --format '{{range $k, $v := .Labels}}{{$k}}={{$v}};{{end}} {{len .Labels}}'
	is "$output" "a=b;c=d;origin=test; 3"
	pl 0 ps -a --format '{{join .Mounts ","}}'
	matches "$output" '^(/one,/two|/two,/one)$'
	pl 0 ps -aq --format '{{.Names}}'
	is "$output" "$name"
	pl 0 ps -a --format '{{len .ImageID}}'
	is "$output" 12
	pl 0 ps -a --no-trunc --format '{{len .ImageID}}'
	is "$output" 64
}

@test "ps --ns and the fields of namespaces show those of the process" {
	pl 0 run -d --name "$name" "$BUSYBOX" sleep 1000
	pl 0 exec "$name" sh -c 'readlink /proc/1/ns/pid; readlink /proc/1/ns/net'
	pid=${lines[0]//[^0-9]/} net=${lines[1]//[^0-9]/}
	pl 0 ps --format '{{.PIDNS}} {{.NET}} {{.Namespaces.pid}}'
	is "$output" "$pid $net $pid"
	pl 0 ps --namespace
	has "$output" " $pid "
	pl 0 ps --ns
	matches "${lines[0]}" '^CONTAINER ID +NAMES +PID +CGROUPNS +IPC +MNT +NET +PIDNS +USERNS +UTS$'
	has "${lines[1]}" " $pid "
	pl 0 stop -t 0 "$name"
	pl 0 ps -a --format '{{.PIDNS}}|{{.NET}}'
	is "$output" "|"
}

@test "ps --size shows what the container wrote and what it shows in all" {
	pl 0 run --name "$name" "$BUSYBOX" dd if=/dev/zero of=/f bs=1M count=5
	pl 0 ps -as --format '{{.Size}}'
	matches "$output" '^5\.2[0-9]MB \(virtual [0-9.]+MB\)$'
}

@test "blanks part the columns of a table template" {
	pl 0 create --name "$name" "$BUSYBOX" true
	pl 0 ps -a --format 'table {{.Names}} {{.State}}'
	matches "${lines[0]}" '^NAMES +STATE$'
	matches "${lines[1]}" "^$name +created\$"
	is "${lines[0]%%STATE*}" "$(printf '%*s' $((${#lines[1]} - 7)) '' | sed 's/^...../NAMES/')"
}

@test "inspect --format walks over the networks, and empty maps are maps" {
	pl 0 create --name "$name" --network none "$BUSYBOX" true
	pl 0 inspect -f '{{range $k, $v := .NetworkSettings.Networks}}{{$k}}:{{$v.IPAddress}};{{end}}' "$name"
	is "$output" "none:;"
	pl 0 inspect -f '{{.Config.Annotations}}' "$name"
	is "$output" "map[]"
	pl 0 inspect -f '{{json .Config.Annotations}}' "$name"
	is "$output" null
}

@test "version, volume ls and history have podman's fields" {
	pl 0 version -f '{{.Client.Version}}'
	version=$output
	pl 0 version -f '{{.Version}}'
	is "$output" "$version"
	pl 0 volume create "$name"
	pl 0 volume ls --format '{{.Name}} {{.UID}} {{.GID}} {{.Status}} {{.Timeout}} {{.StorageID}}|'
	is "$output" "$name 0 0 map[] 0 |"
	pl 0 volume ls --format '{{.CreatedAt}}'
	matches "$output" '^[0-9-]+ [0-9:]+(\.[0-9]+)? [+-][0-9]{4} [A-Z0-9+-]+$'
	pl 0 history --format '{{.Tags}} {{.Size}}' "$BUSYBOX"
	matches "${lines[0]}" "^\[$BUSYBOX\] [0-9.]+[kM]?B\$"
	pl 0 history --format json "$BUSYBOX"
	is "$(json '.[0].tags[0]')" "$BUSYBOX"
	pl 0 images --format '{{.IsManifestList}}' "$BUSYBOX"
	is "$output" false
}

@test "scripts that clean up after podman run unchanged" {
	pl 0 run -d --name "$name" -v "$name:/d" "$BUSYBOX" sleep 1000
	pl 0 create --name "$name-2" "$BUSYBOX" true
	pl 0 ps --all --external --format '{{.ID}} {{.Names}}'
	is "${#lines[@]}" 2
	pl 0 rm -t 0 --all --force --ignore
	pl 0 ps -aq
	is "$output" ""
	pl 0 volume rm -a -f
	pl 0 volume ls -q
	is "$output" ""
	pl 0 rm -t 0 --all --force --ignore
	pl 0 pod rm --all --force --ignore
	pl 0 network prune --force
	pl 0 images --all --format '{{.Repository}}:{{.Tag}}'
	has "$output" "$BUSYBOX"
}

@test "rmi -f of an image that is not there succeeds, rmi without it does not" {
	pl 1 rmi no-such-image
	has "$stderr" "image not known"
	pl 0 rmi -f no-such-image
	is "$output$stderr" ""
	pl 0 image exists "$BUSYBOX"
}

@test "inspect --size tells what the container wrote and what it is in all" {
	pl 0 run --name "$name" "$BUSYBOX" dd if=/dev/zero of=/f bs=1M count=3
	pl 0 inspect -s -f '{{.SizeRw}} {{.SizeRootFs}}' "$name"
	read -r rw all <<<"$output"
	[ "$rw" -ge 3145728 ] && [ "$all" -gt "$rw" ]
}
