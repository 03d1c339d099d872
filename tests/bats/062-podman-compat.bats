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

@test "-w may be where something is mounted or below it, and be brought by a cp before the start" {
	local d=$T/$name
	mkdir -p "$d/work"
	echo made >"$d/work/file"
	pl 0 run --rm -v "$d:/work/src" -w /work "$BUSYBOX" pwd
	is "$output" /work
	pl 0 run --rm --tmpfs /t1/a -w /t1 "$BUSYBOX" pwd
	is "$output" /t1
	pl 0 run --rm -v "$name:/cache/pip" -w /cache "$BUSYBOX" ls
	is "$output" pip
	pl 0 secret create "$name" - <<<x
	pl 0 run --rm --secret "$name,target=/sec/ret/s" -w /sec "$BUSYBOX" ls
	is "$output" ret
	pl 0 secret rm "$name"
	pl 126 run --rm --tmpfs /t1x -w /t1 "$BUSYBOX" pwd
	has "$stderr" 'workdir "/t1" does not exist on container'
	# looked for at the start
	pl 0 create --name "$name" -w /work "$BUSYBOX" cat file
	pl 126 start -a "$name"
	has "$stderr" 'workdir "/work" does not exist on container'
	pl 0 cp "$d/work" "$name:/"
	pl 0 start -a "$name"
	is "$output" made
	pl 126 run --name "$name-b" -w /no/such "$BUSYBOX" true
	is "$(podlite ps -a --filter "name=$name-b" --format '{{.State}}')" created
}

@test "empty values, as scripts have them, are as if the option was not given; two say something" {
	local o empty=()
	for o in name cidfile pidfile conmon-pidfile memory memory-swap shm-size platform arch pull sdnotify stop-signal umask \
		requires group-add restart systemd tz user workdir hostname expose cap-add cgroups cpuset-cpus; do
		empty+=("--$o" "")
	done
	cd "$T"
	pl 0 run --rm --network none "${empty[@]}" "$BUSYBOX" sh -c 'umask; echo a b'
	is "$output" $'0022\na b'
	is "$(find . -maxdepth 1 -type f)" ""
	pl 0 run --rm --network none --umask 077 --umask "" "$BUSYBOX" sh -c umask
	is "$output" 0022
	pl 0 run --rm --network none --entrypoint "" --detach-keys "" "$BUSYBOX" echo x
	is "$output" x
	# a list may have an empty word in it no more than before
	pl 126 run --rm --group-add "5,,6" "$BUSYBOX" true
}

@test "exec in a working directory that is missing exits with 127, in a file with 126" {
	pl 0 run -d --name "$name" "$BUSYBOX" sleep 1000
	pl 127 exec -w /no/such "$name" pwd
	pl 126 exec -w /etc/passwd "$name" pwd
	pl 126 exec -u nosuch "$name" pwd
	pl 0 exec -w /etc "$name" pwd
	is "$output" /etc
	pl 0 exec -w tmp "$name" pwd
	is "$output" /tmp
}

@test "a bind without source is of the same path, a port given twice is one, a host has several names" {
	mkdir -p "$T/same"
	echo here >"$T/same/file"
	pl 0 run --rm --network none --mount "type=bind,target=$T/same" "$BUSYBOX" cat "$T/same/file"
	is "$output" here
	pl 0 create --name "$name" --network slirp4netns -p 18071:80/tcp -p 18071:80 "$BUSYBOX" true
	pl 0 inspect --format '{{json .HostConfig.PortBindings}}' "$name"
	is "$output" '{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"18071"}]}'
	pl 125 create --network slirp4netns -p 18071:80 -p 18071:81 "$BUSYBOX" true
	has "$stderr" "conflicting port mappings"
	pl 0 run --rm --network none --add-host "b;c:2.2.2.2" --add-host gw:host-gateway "$BUSYBOX" cat /etc/hosts
	is "${lines[0]}" $'2.2.2.2	b c'
	is "${lines[1]}" "$(outward)"$'	gw'
	hasnt "$output" host.containers.internal
	pl 125 run --rm --network none --add-host "b;:2.2.2.2" "$BUSYBOX" true
	pl 125 run --rm --network none --add-host $'b;c
d:2.2.2.2' "$BUSYBOX" true
}

@test "what has no effect is taken, what cannot be is refused by name" {
	pl 0 run --rm --network none --init-path /no/such "$BUSYBOX" true
	pl 125 run --rm --device /dev/null:rwx "$BUSYBOX" true
	has "$stderr" '"rwx" is not made of r, w and m'
	[ "$(id -u)" != 0 ] || return 0
	pl 125 create --sysctl kernel.domainname=foo "$BUSYBOX" true
	has "$stderr" "--sysctl kernel.domainname=foo: the kernel allows it to root of the host alone"
	pl 125 create --sysctl kernel.hostname=foo "$BUSYBOX" true
	has "$stderr" "use --hostname"
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

@test "templates: a field that JSON leaves out when it is empty is empty, as Go's types have it" {
	name
	mkdir -p "$T/b"
	pl 0 create --name "$name" --network none -v "$T/b:/b" "$BUSYBOX" true
	pl 0 inspect -f '{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}{{with .State.Health}}x{{end}} {{json .State.Health}}' "$name"
	is "$output" "none null"
	pl 0 inspect -f '{{range .Mounts}}{{.Name}}|{{.Destination}}{{end}} {{.SizeRw}} {{.SizeRootFs}} {{.State.ConmonPid}} {{.State.Restored}} {{.State.RestoreLog}}|' "$name"
	is "$output" "|/b <nil> 0 0 false |"
	pl 0 inspect -f '{{.Config.Timezone}}|{{.Config.Healthcheck}} {{.Config.Secrets}} {{.Config.ExposedPorts}} {{.HostConfig.IDMappings}} {{.NetworkSettings.SecondaryIPAddresses}}' "$name"
	is "$output" "|<nil> [] map[] <nil> []"
	# a null that is there
	pl 0 inspect -f '{{.Config.Entrypoint}} {{.HostConfig.Links}} {{.HostConfig.LogConfig.Config}} {{.Config.Annotations}} {{json .Config.Annotations}}' "$name"
	is "$output" "[] [] map[] map[] null"
	pl 0 inspect -f '{{index .Config.Annotations "x"}}|{{.Config.Annotations.x}}' "$name"
	is "$output" "|<no value>"
	for field in .Health .State.Nope .Config.Nope .State.Health.Status; do
		pl 125 inspect -f "{{$field}}" "$name"
	done
	pl 0 ps -a --format '{{.Cgroup}}|{{.ExposedPorts}}|{{.Labels.x}}'
	is "$output" "|map[]|<no value>"
	pl 0 rm "$name"
	pl 0 image inspect -f '{{.Config.ArgsEscaped}} {{.Config.Healthcheck}} {{.Config.Volumes}} {{.HealthCheck}}' "$BUSYBOX"
	is "$output" "false <nil> map[] <nil>"
	pl 0 images --format '{{.Os}}|' "$BUSYBOX"
	is "$output" "|"
	pl 0 network create "$name"
	pl 0 network inspect -f '{{.Labels}} {{.Options}} {{.NetworkDNSServers}} {{.Routes}} {{(index .Subnets 0).LeaseRange}}' "$name"
	is "$output" "map[] map[] [] [] <nil>"
	pl 0 network rm "$name"
	pl 0 volume create "$name"
	pl 0 volume inspect -f '{{.Status}} {{.UID}} {{.GID}} {{.Timeout}} {{.StorageID}}|' "$name"
	is "$output" "map[] 0 0 0 |"
	pl 0 volume rm "$name"
	echo x | pl 0 secret create "$name" -
	pl 0 secret inspect -f '{{.SecretData}}|' "$name"
	is "$output" "|"
	pl 0 secret rm "$name"
	pl 0 info -f '{{.Host.BuildahVersion}}{{.Host.DatabaseBackend}}|{{.Host.FreeLocks}} {{.Host.RuntimeInfo}}'
	is "$output" "|0 map[]"
	pl 0 info -f '{{eq .Host.CgroupsVersion .Host.CgroupVersion}} {{eq .Host.Security.DefaultCapabilities .Host.Security.Capabilities}}'
	is "$output" "true true"
}

@test "templates: times have Go's methods" {
	name
	pl 0 create --name "$name" --network none "$BUSYBOX" true
	pl 0 inspect -f '{{.State.StartedAt.IsZero}} {{.State.StartedAt.Unix}} {{.Created.IsZero}}' "$name"
	is "$output" "true -62135596800 false"
	pl 0 inspect -f '{{.Created.Unix}}' "$name"
	local seconds=$output
	pl 0 inspect -f '{{.Created.Format "2006-01-02T15:04:05Z07:00"}}' "$name"
	is "$(date -d "$output" +%s)" "$seconds"
	pl 0 image inspect -f '{{.Created.Year}}' "$BUSYBOX"
	matches "$output" '^[0-9]+$'
	# in rows of ps Created is a time, in its JSON a number
	pl 0 ps -a --format '{{.Created}}'
	matches "$output" '^[0-9]{4}-[0-9-]+ [0-9:]+\.[0-9]+ [+-][0-9]{4} [A-Z0-9+-]+$'
	pl 0 ps -a --format '{{.Created.Unix}} {{eq .Created .CreatedAt}}'
	is "$output" "$seconds true"
	pl 0 ps -a --format json
	is "$(json '.[0].Created')" "$seconds"
}

@test "version, volume ls and history have podman's fields" {
	pl 0 version -f '{{.Client.Version}}'
	version=$output
	pl 0 version -f '{{.Version}}'
	is "$output" "$version"
	# there is no server: podman tells its own version
	pl 0 version -f '{{.Server.Version}} {{.Server.APIVersion}} {{.Server.Os}}'
	is "$output" "$version $version linux"
	pl 0 version -f json
	is "$(json 'has("Server")')" false
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

@test "called as podman it tells podman's version and its own, as docker only its own" {
	pl 0 version -f '{{.Client.Version}}'
	local own=$output
	pl 0 version -f json
	is "$(json '.Client | has("Podlite")')" false
	ln -sf "$PODLITE" "$T/podman"
	ln -sf "$PODLITE" "$T/docker"
	PODLITE=$T/podman pl 0 --version
	is "$output" "podman version 5.4.2"
	PODLITE=$T/podman pl 0 -v
	is "$output" "podman version 5.4.2"
	PODLITE=$T/podman pl 0 version
	matches "$output" "(^|"$'\n'")Version: +5.4.2"$'\n'
	matches "$output" "(^|"$'\n'")Podlite: +$own"$'\n'
	PODLITE=$T/podman pl 0 version -f json
	is "$(json '.Client | "\(.Version) \(.APIVersion) \(.Podlite)"')" "5.4.2 5.4.2 $own"
	PODLITE=$T/podman pl 0 info -f '{{.Version.Version}} {{.Version.Podlite}}'
	is "$output" "5.4.2 $own"
	PODLITE=$T/docker pl 0 --version
	is "$output" "podlite version $own"
	PODLITE=$T/docker pl 0 version -f '{{.Client.Version}}'
	is "$output" "$own"
}

@test "called as podman or docker, the line of an error begins as theirs" {
	local as
	for as in podman docker; do
		ln -sf "$PODLITE" "$T/$as"
		PODLITE=$T/$as pl 125 rm --nope
		like "$stderr" "Error: unknown option: --nope*"
		PODLITE=$T/$as pl 125 nope
		like "$stderr" "Error: unknown command*"
		PODLITE=$T/$as pl 125 login --get-login registry.example
		has "$stderr" "Error: not logged into"
	done
	pl 125 nope
	like "$stderr" "podlite: unknown command*"
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
	pl 0 builder prune -a -f
	is "$output" "Total reclaimed space: 0B"
	pl 0 buildx prune --force --filter until=24h
	is "$output" "Total reclaimed space: 0B"
	pl 0 images --all --format '{{.Repository}}:{{.Tag}}'
	has "$output" "$BUSYBOX"
}

@test "system migrate and renumber succeed and change nothing" {
	pl 0 run -d --name "$name" "$BUSYBOX" sleep 1000
	pl 0 system migrate
	is "$output$stderr" ""
	pl 0 system migrate --new-runtime crun
	is "$output$stderr" ""
	pl 0 system renumber
	is "$output$stderr" ""
	status_is "$name" running
	pl 125 system migrate now
	pl 125 system renumber now
}

@test "options have the other names that podman knows them by" {
	pl 0 create --name "$name" --network none --healthcheck-command 'test -e /x' --healthcheck-interval 5s --healthcheck-retries 2 \
		--healthcheck-start-period 1m --healthcheck-timeout 7s --pull never --override-os linux "$BUSYBOX" true
	pl 0 inspect --format '{{json .Config.Healthcheck}}' "$name"
	is "$(json '"\(.Test[1]) \(.Interval / 1e9) \(.Retries) \(.StartPeriod / 1e9) \(.Timeout / 1e9)"')" "test -e /x 5 2 60 7"
	pl 0 update --healthcheck-timeout 8s "$name"
	pl 0 inspect --format '{{.Config.Healthcheck.Timeout}}' "$name"
	is "$output" 8000000000
	c 125 --pull never --override-arch s390x -- true
	has "$stderr" "the image here is for another platform"
	pl 125 pull --override-arch arm64 --platform linux/arm64 "$BUSYBOX"
	has "$stderr" "--platform excludes --arch"
	pl 0 pull -q --tls-verify=false --override-os linux --override-variant v1 --policy missing "$BUSYBOX"
	pl 0 ps -a --no-trunc
	local long=$output
	pl 0 ps -a --notruncate --storage
	is "$output" "$long"
	pl 0 images --no-trunc
	long=$output
	pl 0 images --notruncate
	is "$output" "$long"
	pl 0 run --help
	hasnt "$output" --override
	hasnt "$output" --healthcheck-
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
