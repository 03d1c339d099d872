#!/usr/bin/env bats
# 055-volume.bats: volumes, and what scripts clean up: networks, pods, the system.

load helpers

@test "volume: create, ls, inspect, exists, rm" {
	name vol
	pl 0 volume create "$name"
	is "$output" "$name"
	pl 125 volume create "$name"
	has "$stderr" exists
	pl 0 volume create --ignore "$name"
	pl 0 volume exists "$name"
	pl 1 volume exists "$name-no"
	pl 0 volume ls
	matches "${lines[0]}" '^DRIVER +VOLUME NAME$'
	matches "$output" "local +$name"
	pl 0 volume ls -q --filter name="^$name\$"
	is "$output" "$name"
	pl 0 volume ls -n
	hasnt "$output" DRIVER
	pl 0 volume ls --noheading --format '{{.Name}} {{.Driver}} {{.Scope}}'
	has "$output" "$name local local"
	pl 0 volume inspect "$name"
	is "$(json '.[0] | has("Name", "Driver", "Mountpoint", "CreatedAt", "Labels", "Scope", "Options", "MountCount")' | sort -u)" true
	pl 0 volume inspect --format '{{.Mountpoint}}' "$name"
	[ -d "$output" ]
	pl 0 volume rm "$name"
	is "$output" "$name"
	pl 1 volume rm "$name"
	has "$stderr" "no such volume"
	pl 0 volume rm -f "$name"
	pl 125 volume inspect "$name"
	pl 125 volume rm
	pl 125 volume create ../evil
	pl 125 volume create -o type=ext4 -o device=/dev/null "$name"
	has "$stderr" ext4
	pl 125 volume create -o foo=bar "$name"
	has "$stderr" "invalid mount option foo"
	pl 125 volume create -o o=bind "$name"
	pl 125 volume create -o type=none -o device=/ "$name"
	pl 125 volume create -o type=tmpfs -o o=nonsense "$name"
	pl 1 volume exists "$name"
	pl 125 volume create --driver other "$name"
}

@test "volume: labels, filters, json" {
	store filters
	pl 0 volume create -l a=1 --label team one
	pl 0 volume create two
	pl 0 volume create
	local random=$output
	matches "$random" '^[0-9a-f]{64}$'
	pl 0 volume ls -q --filter label=a=1
	is "$output" one
	pl 0 volume ls -q -f label=team -f label=a
	is "$output" one
	pl 0 volume ls -q -f 'label!=a' -f name=t
	is "$output" two
	pl 0 volume ls -q --filter anonymous=true
	is "$output" "$random"
	pl 0 volume ls -q --filter driver=local --filter name=one --filter name=two
	is "$output" $'one\ntwo'
	pl 0 volume ls -q --filter until=2001-01-01
	is "$output" ""
	local key
	for key in since after; do
		pl 0 volume ls -q --filter "$key=one"
		is "$(sort <<<"$output")" "$(printf '%s\n' two "$random" | sort)"
		pl 0 volume ls -q --filter "$key=two"
		is "$output" "$random"
		pl 0 volume ls -q --filter "$key=1h" --filter name=one
		is "$output" one
		pl 125 volume ls --filter "$key=nosuch"
		has "$stderr" "filter $key: \"nosuch\""
	done
	pl 125 volume ls --filter nosuch=1
	pl 125 volume ls --filter dangling=perhaps
	pl 0 volume ls --format json
	is "$(json length)" 3
	pl 0 volume inspect --all
	is "$(json '.[] | select(.Name == "one").Labels.a')" 1
	pl 0 volume rm --all
	pl 0 volume ls -q
	is "$output" ""
}

@test "volume: in use by a container" {
	name vol
	local vol=$name
	name
	pl 0 create --name "$name" -v "$vol:/data" "$BUSYBOX" true
	pl 0 volume ls -q --filter dangling=true
	is "$output" ""
	pl 2 volume rm "$vol"
	has "$stderr" "used by container $name"
	pl 0 volume prune -f
	is "$output" ""
	pl 0 volume exists "$vol"
	pl 125 volume rm --time 0 "$vol"
	pl 0 volume rm -f -t 0 "$vol"
	is "$output" "$vol"
	pl 1 container exists "$name"
}

@test "volume prune: asks, and says what goes" {
	store prune
	pl 0 volume create keep
	pl 0 volume prune <<<n
	is "$output" ""
	# a terminal is asked, on standard error
	has "$(script -qec "'$PODLITE' --root '$ROOT' --runroot '$RUNROOT' volume prune 2>&1 >/dev/null" /dev/null <<<n)" keep
	pl 0 volume exists keep
	pl 125 volume prune </dev/null
	pl 0 volume prune --force --filter label=x
	pl 0 volume exists keep
	pl 0 volume prune <<<yes
	pl 1 volume exists keep
	pl 0 volume prune --force
	is "$output" ""
}

@test "volume: content of container users is removed" {
	name vol
	local vol=$name
	pl 0 run --rm -v "$vol:/data" "$BUSYBOX" sh -c 'touch /data/f; chown 33:33 /data/f /data; chmod 700 /data'
	pl 0 system df -v
	has "$output" "$vol"
	pl 0 volume rm "$vol"
	pl 1 volume exists "$vol"
}

@test "container: exists, prune, and the group's other names" {
	name
	pl 0 container create --name "$name" "$BUSYBOX" true
	pl 0 container exists "$name"
	pl 0 container exists --external "$name"
	pl 1 container exists "$name-no"
	pl 0 container ls -a -q
	[ -n "$output" ]
	pl 0 container ps --all --external --format '{{.Names}}'
	has "$output" "$name"
	pl 0 container inspect --format '{{.Name}}' "$name"
	is "$output" "$name"
	pl 0 container prune <<<n
	pl 0 container exists "$name"
	pl 0 container prune --force --filter label=nothing
	pl 0 container exists "$name"
	pl 0 container prune -f
	matches "$output" '^[0-9a-f]{64}$'
	pl 1 container exists "$name"
}

@test "container: the same commands as without the word" {
	name
	pl 0 container run -d --name "$name" "$BUSYBOX" sleep 1000
	pl 0 container exec "$name" true
	pl 0 container logs "$name"
	pl 0 container top "$name"
	pl 0 container port "$name"
	pl 0 container cp "$name:/etc/passwd" "$T/passwd"
	pl 0 container rename "$name" "$name-2"
	pl 0 container stop -t 0 "$name-2"
	pl 0 container start "$name-2"
	pl 0 container restart -t 0 "$name-2"
	pl 0 container kill "$name-2"
	pl 0 container wait "$name-2"
	pl 125 container attach "$name-2"
	pl - container pause "$name-2"
	pl - container unpause "$name-2"
	pl 0 container rm -f -t 0 "$name-2"
	pl 0 image pull -q "$BUSYBOX"
}

@test "network and pod: there are none, and that is said truthfully" {
	pl 0 network ls
	matches "$output" '^NETWORK ID +NAME +DRIVER$'
	pl 0 network ls -q --filter name=x
	is "$output" ""
	pl 0 network ls --format json --no-trunc
	is "$output" "[]"
	pl 0 network ls --noheading
	is "$output" ""
	pl 0 network prune --force
	pl 0 network prune -f --filter until=1h
	pl 1 network exists podman
	pl 0 pod ls
	matches "$output" '^POD ID +NAME +STATUS'
	pl 0 pod ls --noheading --ctr-ids --ctr-names --ctr-status --ns --sort name --latest
	is "$output" ""
	pl 0 pod rm --all --force --ignore
	pl 0 pod rm -t 0 --latest --ignore --pod-id-file "$T/none"
	pl 1 pod rm no-such-pod
	pl 125 pod rm
	pl 1 pod exists x
}

@test "system df: what there is" {
	pl 0 system df
	matches "${lines[0]}" '^TYPE +TOTAL +ACTIVE +SIZE +RECLAIMABLE$'
	matches "${lines[1]}" '^Images +1 +0 +[0-9.]+[kM]B +[0-9.]+[kM]B \(100%\)$'
	name
	pl 0 run --name "$name" "$BUSYBOX" dd if=/dev/zero of=/big bs=1M count=2
	pl 0 system df --format '{{.Type}}|{{.Total}}|{{.Active}}|{{.Size}}'
	has "$output" 'Images|1|1|'
	matches "$output" 'Containers\|1\|0\|2\.[0-9]+MB'
	pl 0 system df --format json
	is "$(json '.[0].TotalCount')" 1
	pl 0 system df --verbose
	has "$output" "Local Volumes space usage:"
	has "$output" "$name"
	pl 125 system df -v --format json
	pl 0 rm "$name"
}

@test "system prune: containers, images, with --volumes volumes" {
	store system
	image "$BUSYBOX"
	pl 0 create --name old "$BUSYBOX" true
	pl 0 volume create v
	pl 0 system prune <<<n
	pl 0 container exists old
	pl 125 system prune </dev/null
	pl 0 system prune -f --filter until=2001-01-01
	pl 0 container exists old
	pl 0 system prune --force
	has "$output" "Deleted Containers"
	has "$output" "Total reclaimed space:"
	pl 0 image exists "$BUSYBOX"
	pl 0 volume exists v
	pl 0 system prune -a -f --volumes
	has "$output" "Deleted Images"
	has "$output" "Deleted Volumes"
	pl 1 image exists "$BUSYBOX"
	pl 1 volume exists v
}

@test "volume: --opt o=bind: a directory of the host under a volume's name" {
	name
	mkdir "$T/dev"
	echo here >"$T/dev/f"
	pl 0 volume create --opt type=none --opt device="$T/dev" --opt o=bind,ro "$name"
	pl 0 volume inspect --format '{{.Options.device}} {{.Options.o}}' "$name"
	is "$output" "$T/dev bind,ro"
	pl 0 run --rm --network none -v "$name:/v" "$BUSYBOX" sh -c 'cat /v/f; (: >/v/g) 2>/dev/null || echo ro'
	is "$output" $'here\nro'
	pl 0 run --rm --network none -v "$name:/v:rw" "$BUSYBOX" sh -c 'echo x >/v/g'
	is "$(cat "$T/dev/g")" x
	pl 0 volume mount "$name"
	is "$output" "$T/dev"
	pl 0 volume rm "$name"
	[ -e "$T/dev/f" ]
	rm -r "${T:?}/dev"
}

@test "volume: --opt type=tmpfs: in memory, one for all containers that use it at a time" {
	name
	pl 0 volume create --opt type=tmpfs --opt device=tmpfs --opt o=size=2m,mode=0700,noexec "$name"
	pl 0 run -d --network none --name "$name-a" -v "$name:/v" "$BUSYBOX" sh -c 'echo one >/v/f; sleep 1000'
	written() { podlite exec "$name-a" test -s /v/f; }
	wait_for 5 written
	pl 0 exec "$name-a" grep ' /v ' /proc/mounts
	matches "$output" 'tmpfs /v tmpfs rw,nosuid,nodev,noexec.*size=2048k,mode=700'
	pl 0 run --rm --network none -v "$name:/other" "$BUSYBOX" sh -c 'cat /other/f; echo two >/other/g'
	is "$output" one
	pl 0 exec "$name-a" cat /v/g
	is "$output" two
	pl 0 rm -t 0 -f "$name-a"
	pl 0 run --rm --network none -v "$name:/v" "$BUSYBOX" ls -A /v
	is "$output" ""
	pl 125 run --rm --network none -v "$name:/v:O" "$BUSYBOX" true
	pl 125 volume mount "$name"
	has "$stderr" tmpfs
	pl 125 volume export -o "$T/x" "$name"
	rm -f "$T/x"
	pl 0 volume rm "$name"
}

@test "volume: export and import: owners, links, what was there stays" {
	name
	pl 0 run --rm --network none -v "$name:/v" "$BUSYBOX" sh -c 'mkdir -p /v/d; echo 1 >/v/d/one; chown 33:34 /v/d/one; ln /v/d/one /v/two; ln -s d/one /v/l; chmod 2750 /v/d; chmod 0711 /v'
	pl 0 volume export "$name" --output "$T/v.tar"
	is "$(tar --numeric-owner -tvf "$T/v.tar" ./d/ | awk '{ print substr($1, 2), $2 }')" "rwxr-s--- 0/0
rw-r--r-- 33/34"
	pl 0 volume export "$name"
	cmp "$OUT" "$T/v.tar"
	pl 0 volume create "$name-b"
	pl 0 run --rm --network none -v "$name-b:/v" "$BUSYBOX" sh -c 'mkdir /v/d; echo old >/v/d/old; echo old >/v/two'
	pl 0 volume import "$name-b" "$T/v.tar"
	pl 0 run --rm --network none -v "$name-b:/v" "$BUSYBOX" sh -c 'cd /v; stat -c "%n %a %u:%g %h" . d d/one two; cat l d/old'
	is "$output" ". 711 0:0 3
d 2750 0:0 2
d/one 644 33:34 2
two 644 33:34 2
1
old"
	# from standard input, compressed; the root of the volume stays as it was
	echo x >"$T/f"
	tar -C "$T" -czf "$T/f.tgz" f
	pl 0 volume import "$name-b" - <"$T/f.tgz"
	pl 0 run --rm --network none -v "$name-b:/v" "$BUSYBOX" sh -c 'cat /v/f; stat -c %a /v'
	is "$output" $'x\n711'
	# hostile
	tar -C "$T" -cPf "$T/e.tar" --transform='s,^,../../,' f
	pl 125 volume import "$name-b" "$T/e.tar"
	pl 125 volume import "$name-b" /etc/passwd
	pl 125 volume import "$name-none" "$T/v.tar"
	pl 125 volume export "$name-none" -o "$T/x"
	rm -f "$T"/*
	pl 0 volume rm "$name" "$name-b"
}

@test "volume: mount, unmount, reload" {
	name
	pl 0 volume create "$name"
	pl 0 volume mount "$name"
	[ -d "$output" ]
	pl 0 volume unmount "$name"
	is "$output" "$name"
	pl 125 volume mount "$name-no"
	pl 125 volume unmount "$name-no"
	pl 0 volume reload
	is "$output" ""
	pl 0 volume rm "$name"
}

@test "volume: it belongs to whom its options say, else to the user of the first container, also when it was made before" {
	image "$BUSYBOX"
	pl 0 volume create before
	pl 0 run --rm -u 1000:50 -v before:/new "$BUSYBOX" stat -c '%u %g' /new
	is "$output" "1000 50"
	# not again: somebody has it
	pl 0 run --rm -u 1001 -v before:/new "$BUSYBOX" stat -c '%u %g' /new
	is "$output" "1000 50"
	pl 0 volume create --opt o=uid=7,gid=8 given
	is "$(podlite unshare stat -c '%u %g' "$(podlite volume inspect -f '{{.Mountpoint}}' given)")" "7 8"
	pl 0 run --rm -u 1000 -v given:/new "$BUSYBOX" stat -c '%u %g' /new
	is "$output" "7 8"
	# also over what the image has there, whose files keep their owners
	pl 0 run --rm -v given:/etc "$BUSYBOX" stat -c '%u %g' /etc /etc/passwd
	is "$output" $'7 8\n0 0'
	pl 0 volume create -o o=gid=5 group
	pl 0 run --rm -v group:/new "$BUSYBOX" stat -c '%u %g' /new
	is "$output" "0 5"
	for o in uid=x uid= uid=-1 uid=4294967295 uid=1,size=5 uid=99999999; do
		pl 125 volume create -o "o=$o" wrong
		pl 1 volume exists wrong
	done
	pl 125 volume create -o o=uid=1 -o device=/tmp wrong
	pl 0 volume rm before given group
}
