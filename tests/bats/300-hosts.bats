#!/usr/bin/env bats
# 300-hosts.bats: hosts that lack something: podlite does its job or says what is missing.

load helpers

@test "driver vfs: a copy of the image, owners kept, writes kept over a restart" {
	store vfs
	pl 0 --storage-driver vfs pull -q "$BUSYBOX"
	pl 0 --storage-driver vfs run --name c "$BUSYBOX" sh -c 'echo x >>/f; stat -c %u /var/www/index.html; wc -l </f'
	is "$output" $'33\n1'
	pl 0 --storage-driver vfs start -a c
	is "${lines[1]}" 2
	pl 0 --storage-driver vfs info -f '{{.Store.GraphDriverName}}'
	is "$output" vfs
	pl 0 --storage-driver vfs rm c
	pl 0 --storage-driver vfs rmi -a -f
}

@test "driver fuse-overlayfs: where the kernel's overlay cannot serve" {
	need_fuse
	need_command fuse-overlayfs
	store fuse
	pl 0 --storage-driver fuse-overlayfs pull -q "$BUSYBOX"
	pl 0 --storage-driver fuse-overlayfs run --name c "$BUSYBOX" sh -c 'echo x >>/f; stat -c %u /var/www/index.html; wc -l </f; grep " / " /proc/mounts'
	is "${lines[0]}" 33
	has "$output" fuse
	pl 0 --storage-driver fuse-overlayfs start -a c
	is "${lines[1]}" 2
	pl 0 --storage-driver fuse-overlayfs rm c
}

@test "--storage-opt overlay.mount_program: that program mounts the container, now and later" {
	need_fuse
	need_command fuse-overlayfs
	store program
	pl 0 pull -q "$BUSYBOX"
	cat >"$T/mount" <<-X
		#!/bin/sh
		echo "\$*" >>"$T/mounted"
		exec $(command -v fuse-overlayfs) "\$@"
	X
	chmod 755 "$T/mount"
	pl 0 --storage-opt "overlay.mount_program=$T/mount" create --name c "$BUSYBOX" grep " / " /proc/mounts
	rm -f "$T/mounted"
	pl 0 start -a c
	has "$output" fuse
	has "$(<"$T/mounted")" lowerdir=
	pl 0 rm c
	pl 125 --storage-driver vfs --storage-opt "overlay.mount_program=$T/mount" images
	has "$stderr" mount_program
}

@test "no newuidmap: one id, images and containers work all the same" {
	store single
	[ "$(id -u)" != 0 ] || skip "root needs no newuidmap"
	mkdir "$T/bin"
	ln -s "$(command -v slirp4netns)" "$T/bin"
	one() { PATH=$T/bin "$PODLITE" --root "$ROOT" --runroot "$RUNROOT" "$@" 3>&- 4>&-; }
	one pull -q "$BUSYBOX"
	out=$(one run --rm "$BUSYBOX" sh -c 'id -u; cat /proc/self/uid_map; stat -c %u /var/www/index.html')
	matches "$out" $'^0\n *0 +[0-9]+ +1\n0$'
	has "$(one run --rm --userns keep-id "$BUSYBOX" true 2>&1 || :)" "--userns keep-id needs more ids than one: newuidmap"
	has "$(one run --rm --uidmap 0:0:1 "$BUSYBOX" true 2>&1 || :)" "--uidmap needs more ids than one: newuidmap"
	one rm -a -f
	has "$(one doctor || :)" newuidmap
}

@test "inside another user namespace: unshare -r" {
	store nested
	run_in() { unshare -r "$PODLITE" --root "$ROOT" --runroot "$RUNROOT" "$@" 3>&- 4>&-; }
	run_in pull -q "$BUSYBOX"
	is "$(run_in run --rm "$BUSYBOX" id -u)" 0
	is "$(run_in run --rm -i "$BUSYBOX" cat <<<text)" text
	run_in rm -a -f
	unshare -r rm -rf "$STORE"
}

@test "inside a container: podlite in podlite" {
	dir=$(dirname "$PODLITE")
	pl 0 run --rm --privileged --network host -v "$dir:/pl:ro" -v /lib:/lib:ro -v /lib64:/lib64:ro -v /usr:/usr:ro \
		-v "$CONTAINERS_REGISTRIES_CONF:/etc/containers/registries.conf:ro" "$BUSYBOX" \
		sh -c "/pl/podlite --root /s pull -q $BUSYBOX && /pl/podlite --root /s run --rm --network none $BUSYBOX echo inside"
	is "${lines[-1]}" inside
}

@test "no XDG_RUNTIME_DIR, no session, no terminal, closed descriptors" {
	store bare
	mkdir "$T/home"
	bare() {
		env -i HOME="$T/home" PATH="$PATH" CONTAINERS_REGISTRIES_CONF="$CONTAINERS_REGISTRIES_CONF" \
			setsid -w "$PODLITE" --root "$ROOT" "$@" 3>&- 4>&- <&-
	}
	bare pull -q "$BUSYBOX"
	is "$(bare run --rm "$BUSYBOX" echo hello)" hello
	dir=$(bare info -f '{{.Store.RunRoot}}')
	is "$(stat -c %a:%u "$dir")" "700:$(id -u)"
	id=$(bare run -d "$BUSYBOX" sleep 1000)
	is "$(bare ps -q --no-trunc)" "$id"
	bare rm -t 0 -f "$id"
	bare run --rm "$BUSYBOX" true >&- 2>&-
}

@test "limits where there is no delegated cgroup: refused by the controller's name; nothing is said unasked" {
	pl 0 run --rm "$BUSYBOX" true
	is "$stderr" ""
	if [ -w "$(cgroup_dir)/cgroup.procs" ]; then skip "this host delegates cgroups"; fi
	pl 125 run --rm --memory 64m "$BUSYBOX" true
	has "$stderr" memory
	is "$(wc -l <"$ERR")" 1
	pl 125 run --rm --cpus 0.5 "$BUSYBOX" true
	has "$stderr" cpu
	pl 125 run --rm --pids-limit 50 "$BUSYBOX" true
	has "$stderr" pids
	pl 0 ps -aq
	is "$output" ""
}
