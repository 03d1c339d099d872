#!/usr/bin/env bats
# 071-mounts.bats: mounts that are more than a bind: overlays, images, parts of volumes, owners,
# --volumes-from, --image-volume, and /dev/shm shared with --ipc container:ID.

load helpers

@test "mounts: O: writes stay in the container and end with it; the source is untouched" {
	mkdir "$T/src"
	echo old >"$T/src/file"
	c 0 -v "$T/src:/m:O" -- sh -c 'echo new >/m/file; echo more >/m/more; cat /m/file /m/more'
	is "$output" $'new\nmore'
	is "$(ls "$T/src")" file
	is "$(cat "$T/src/file")" old
	name
	pl 0 create --name "$name" --network none -v "$name-v:/v" -v "$T/src:/m:O" "$BUSYBOX" sh -c 'ls /m; echo x >/m/x; ls /m'
	pl 0 start -a "$name"
	is "$output" $'file\nfile\nx'
	# a new layer at each start
	pl 0 start -a "$name"
	is "$output" $'file\nfile\nx'
	pl 0 inspect --format '{{range .Mounts}}{{if eq .Destination "/m"}}{{.Source}} {{json .Options}}{{end}}{{end}}' "$name"
	has "$output" "$T/src"
	has "$output" '"O"'
	pl 0 rm "$name"
	# over a volume
	pl 0 run --rm --network none -v "$name-v:/v" "$BUSYBOX" sh -c 'echo 1 >/v/one'
	c 0 -v "$name-v:/v:O" -- sh -c 'rm /v/one; ls -A /v'
	is "$output" ""
	c 0 -v "$name-v:/v" -- ls /v
	is "$output" one
	pl 0 volume rm "$name-v"
	c 125 -v /v:O -- true
	c 125 -v "$T/src:/m:O,upperdir=$T" -- true
	has "$stderr" upperdir
	rm -r "$T/src"
}

@test "mounts: U: the source is given to the container's user, links are not followed" {
	mkdir -p "$T/u/sub"
	touch "$T/u/sub/f"
	ln -s /etc/passwd "$T/u/link"
	touch "$T/outside"
	ln -s "$T/outside" "$T/u/out"
	c 0 --user 33:34 -v "$T/u:/u:U" -- stat -c '%n %u:%g' /u /u/sub /u/sub/f
	is "$output" $'/u 33:34\n/u/sub 33:34\n/u/sub/f 33:34'
	is "$(stat -c %u "$T/outside")" "$(id -u)"
	c 0 -v "$T/u:/u:U" -- stat -c %u:%g /u/sub/f
	is "$output" 0:0
	name
	c 0 --user 5:6 --mount "type=volume,src=$name,dst=/v,U=true" -- stat -c %u:%g /v
	is "$output" 5:6
	pl 0 volume rm "$name"
	rm -r "$T/u" "$T/outside"
}

@test "mounts: --mount type=image: read-only, with rw thrown away, a part of it" {
	c 0 --mount "type=image,source=$BUSYBOX,destination=/img" -- sh -c 'ls /img/bin/busybox; (: >/img/x) 2>/dev/null || echo read-only'
	is "$output" $'/img/bin/busybox\nread-only'
	c 0 --mount "type=image,source=$BUSYBOX,destination=/img,rw=true" -- sh -c 'echo x >/img/x && cat /img/x'
	is "$output" x
	c 0 --mount "type=image,source=$BUSYBOX,destination=/img" -- ls -d /img/x || is "$output" ""
	c 0 --mount "type=image,source=$BUSYBOX,destination=/img,subpath=/etc" -- grep -c ^root: /img/passwd
	is "$output" 1
	name
	pl 0 create --name "$name" --mount "type=image,source=$BUSYBOX,destination=/img" "$BUSYBOX" true
	pl 0 inspect --format '{{range .Mounts}}{{.Type}} {{.Source}} {{.RW}}{{end}}' "$name"
	is "$output" "image $BUSYBOX false"
	c 125 --mount type=image,destination=/img -- true
	c 125 --mount "type=image,source=$REGISTRY/nosuch:1,destination=/img" -- true
}

@test "mounts: layers of a mounted image are kept while the container is there" {
	store keep
	image "$BUSYBOX" "$DEBIAN"
	name
	pl 0 create --network none --name "$name" --mount "type=image,source=$DEBIAN,destination=/d" "$BUSYBOX" cat /d/etc/debian_version
	pl 0 rmi -f "$DEBIAN"
	pl 0 start -a "$name"
	matches "$output" '^1[0-9]'
	pl 0 rm "$name"
}

@test "mounts: V9: subpath of a volume is looked up in the volume, whatever links say" {
	name
	pl 0 volume create "$name"
	echo secret >"$T/canary"
	c 0 -v "$name:/v" -- sh -c "mkdir -p /v/a/b; echo in >/v/a/b/f; ln -s /a /v/abs; ln -s $T /v/evil; ln -s ../../../.. /v/up"
	c 0 --mount "type=volume,src=$name,dst=/m,subpath=a/b" -- cat /m/f
	is "$output" in
	c 0 --mount "type=volume,src=$name,dst=/m,volume-subpath=abs" -- ls /m
	is "$output" b
	c 0 --mount "type=volume,src=$name,dst=/m,subpath=a/b/f" -- cat /m
	is "$output" in
	c 125 --mount "type=volume,src=$name,dst=/m,subpath=evil" -- cat /m/canary
	hasnt "$output" secret
	c 0 --mount "type=volume,src=$name,dst=/m,subpath=up" -- ls /m
	has "$output" evil
	c 125 --mount "type=volume,src=$name,dst=/m,subpath=nosuch" -- true
	has "$stderr" nosuch
	c 125 --mount "type=bind,src=$T,dst=/m,subpath=x" -- true
	# cp into a stopped one finds the part, too
	pl 0 create --name "$name" --network none --mount "type=volume,src=$name,dst=/m,subpath=a" "$BUSYBOX" cat /m/new
	echo new >"$T/new"
	pl 0 cp "$T/new" "$name:/m/new"
	pl 0 start -a "$name"
	is "$output" new
	pl 0 rm "$name"
	pl 0 volume rm "$name"
	rm -f "$T"/*
}

@test "mounts: --mount type=ramfs, devpts, glob" {
	c 0 --mount type=ramfs,destination=/r -- sh -c 'grep " /r " /proc/mounts; echo x >/r/x; cat /r/x'
	matches "${lines[0]}" '^[a-z]+ /r ramfs rw,nosuid,nodev,noexec'
	is "${lines[1]}" x
	c 0 --mount type=devpts,destination=/pts,mode=0600 -- sh -c 'grep " /pts " /proc/mounts; ls /pts'
	matches "${lines[0]}" '^devpts /pts devpts rw,nosuid,noexec.*mode=600'
	is "${lines[1]}" ptmx
	mkdir "$T/g"
	echo 1 >"$T/g/lib1"
	echo 2 >"$T/g/lib2"
	echo 3 >"$T/g/other"
	c 0 --mount "type=glob,src=$T/g/lib*,destination=/l,ro" -- sh -c 'cat /l/*; (: >/l/lib1) 2>/dev/null || echo ro'
	is "$output" $'1\n2\nro'
	c 0 --mount "type=glob,src=$T/g/lib*" -- ls "$T/g"
	is "$output" $'lib1\nlib2'
	c 125 --mount "type=glob,src=$T/g/nosuch*,destination=/l" -- true
	c 125 --mount type=ramfs,src=/x,destination=/r -- true
	local form
	for form in "--mount type=bind,src=$T,dst=/m,idmap" "--mount type=volume,src=v,dst=/m,idmap=uids=0-1-10;gids=0-1-10" "-v $T:/m:idmap=uids=0-1-10"; do
		# shellcheck disable=SC2086
		c 125 $form -- true
		has "$stderr" "idmap"
		has "$stderr" "CAP_SYS_ADMIN in the user namespace that mounted the file system"
	done
	pl 1 volume exists v
	rm -r "$T/g"
}

@test "mounts: --volumes-from: volumes and binds of another, read-only on request" {
	name
	echo bound >"$T/b"
	pl 0 create --name "$name" -v "$name-v:/v" -v "$T/b:/b:ro" -v /anon --tmpfs /t "$BUSYBOX" true
	c 0 --volumes-from "$name" -- sh -c 'echo x >/v/x; cat /b; (: >/b) 2>/dev/null || echo ro; grep -c " /anon " /proc/mounts; grep -c " /t " /proc/mounts; :'
	is "$output" $'bound\nro\n1\n0'
	# they are the donor's: --rm took none away
	pl 0 volume exists "$name-v"
	pl 0 start -a "$name"
	c 0 --volumes-from "$name:ro" -- sh -c 'cat /v/x >/dev/null; (: >/v/x) 2>/dev/null || echo ro'
	is "$output" ro
	# the command line's own mount comes first
	c 0 --volumes-from "$name" --tmpfs /v -- ls -A /v
	is "$output" ""
	c 125 --volumes-from nosuch -- true
	c 125 --volumes-from "$name:x" -- true
	# its anonymous volume outlives it while another container has it
	pl 0 inspect --format '{{range .Mounts}}{{if eq .Destination "/anon"}}{{.Name}}{{end}}{{end}}' "$name"
	local anon=$output
	pl 0 create --name "$name-b" --volumes-from "$name" "$BUSYBOX" true
	pl 0 rm -v "$name"
	pl 0 volume exists "$anon"
	pl 0 rm -v "$name-b"
	pl 0 volume rm "$name-v" "$anon"
	rm "$T/b"
}

@test "mounts: --image-volume anonymous, tmpfs, ignore" {
	name
	pl 0 create --name "$name" "$BUSYBOX" true
	pl 0 cp "$name:/bin" -
	cp "$OUT" "$T/l.tar"
	"$MKIMAGE" "$REGISTRY/withvolume:1" -l "$T/l.tar" --volume /data
	pl 0 run --rm --network none "$REGISTRY/withvolume:1" grep -c ' /data ' /proc/mounts
	is "$output" 1
	pl 0 run --rm --network none --image-volume tmpfs "$REGISTRY/withvolume:1" grep ' /data ' /proc/mounts
	has "$output" tmpfs
	pl - run --rm --network none --image-volume ignore "$REGISTRY/withvolume:1" grep -c ' /data ' /proc/mounts
	is "$output" 0
	pl 125 run --rm --image-volume other "$REGISTRY/withvolume:1" true
	pl 0 rmi "$REGISTRY/withvolume:1"
}

@test "mounts: --rootfs DIR:O leaves the directory alone" {
	mkdir -p "$T/root"
	tar -C "$T/root" -xf "$IMAGES/busybox.tar" 2>/dev/null || {
		name
		pl 0 create --name "$name" "$BUSYBOX" true
		pl 0 cp "$name:/" "$T/root"
	}
	pl 0 run --rm --network none --rootfs "$T/root:O" sh -c 'echo x >/new && cat /new'
	is "$output" x
	[ ! -e "$T/root/new" ]
	rm -rf "$T/root"
}

@test "mounts: --ipc container:ID: the namespace and /dev/shm are the other's" {
	name
	pl 0 run -d --network none --name "$name" "$BUSYBOX" sleep 1000
	pl 0 exec "$name" readlink /proc/self/ns/ipc
	local ns=$output
	c 0 --ipc "container:$name" -- sh -c 'readlink /proc/self/ns/ipc; echo hello >/dev/shm/x'
	is "$output" "$ns"
	pl 0 exec "$name" cat /dev/shm/x
	is "$output" hello
	# started again, also the donor, which is started if need be
	pl 0 create --network none --name "$name-b" --ipc "container:$name" "$BUSYBOX" sh -c 'readlink /proc/self/ns/ipc; ls /dev/shm; touch /dev/shm/b'
	pl 0 stop -t 0 "$name"
	pl 0 start -a "$name-b"
	ns=${lines[0]}
	is "${#lines[@]}" 1
	pl 0 exec "$name" sh -c 'readlink /proc/self/ns/ipc; ls /dev/shm'
	is "$output" "$ns"$'\nb'
	# what cannot be shared
	pl 0 run -d --network none --name "$name-p" --ipc private "$BUSYBOX" sleep 1000
	c 125 --ipc "container:$name-p" -- true
	has "$stderr" "non-shareable IPC"
	pl 0 create --name "$name-h" --ipc host "$BUSYBOX" true
	c 0 --ipc "container:$name-h" -- readlink /proc/self/ns/ipc
	is "$output" "$(readlink /proc/self/ns/ipc)"
	c 125 --ipc container:nosuch -- true
	c 125 --ipc "container:$name" --shm-size 1m -- true
	pl 0 inspect --format '{{.HostConfig.IpcMode}}' "$name-b"
	is "$output" "container:$name"
	# a namespace by path
	local pid
	pid=$(podlite inspect --format '{{.State.Pid}}' "$name")
	c 0 --ipc "ns:/proc/$pid/ns/ipc" -- readlink /proc/self/ns/ipc
	is "$output" "$ns"
}

@test "mounts: --ipc container:ID: a link in place of the other's /dev/shm leads nowhere outside" {
	name
	echo secret >"$T/canary"
	pl 0 run -d --network none --name "$name" --privileged "$BUSYBOX" sh -c "umount /dev/shm; rmdir /dev/shm; ln -s $T /dev/shm; sleep 1000"
	ready() { podlite exec "$name" test -L /dev/shm; }
	wait_for 5 ready
	c 125 --ipc "container:$name" -- cat /dev/shm/canary
	hasnt "$output" secret
	rm "$T/canary"
}

@test "mounts: U with a subpath changes the owner of that part alone" {
	name v
	pl 0 volume create "$name"
	c 0 -v "$name:/v" -- sh -c 'mkdir /v/sub /v/other; echo x >/v/sub/f; echo y >/v/other/f'
	c 0 --user 5:6 --mount "type=volume,src=$name,dst=/v,subpath=sub,U=true" -- stat -c %u:%g /v /v/f
	is "$output" "5:6
5:6"
	c 0 -v "$name:/v" -- stat -c %u:%g /v /v/other /v/other/f
	is "$output" "0:0
0:0
0:0"
	pl 0 volume rm "$name"
}

@test "mounts: /etc/mtab is a link to /proc/mounts where the image has none, at no start's cost" {
	local opt
	for opt in "" --no-hosts --no-hostname "--dns=none --network slirp4netns" --read-only; do
		# shellcheck disable=SC2086
		pl 0 run --rm $opt "$BUSYBOX" sh -c 'readlink /etc/mtab; grep -c " / " /etc/mtab'
		is "$output" $'/proc/mounts\n1'
	done
	c 0 --no-hosts -- sh -c 'ls /etc/hosts 2>&1; :'
	has "$output" "No such file"
	name
	pl 0 run --name "$name" --network none "$BUSYBOX" true
	[ ! -e "$(echo "$ROOT"/containers/*/upper)/etc" ]
	# what the image has stays
	pl 0 run --name "$name-own" --network none "$BUSYBOX" sh -c 'rm /etc/mtab; echo own >/etc/mtab'
	pl 0 diff "$name-own"
	is "$output" "C /etc"
	pl 0 import -q - "$name:own" < <(podlite export "$name-own")
	pl 0 run --rm --network none "$name:own" cat /etc/mtab
	is "$output" own
	# a store from before
	rm -f "$ROOT/mountpoints/etc/mtab"
	c 0 -- readlink /etc/mtab
	is "$output" /proc/mounts
}
