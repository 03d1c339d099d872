#!/usr/bin/env bats
# 172-mount.bats: root file systems of images and containers mounted inside `podlite unshare`.

load helpers

# inside COMMANDS: a shell in `podlite unshare`, in which podlite has this store
inside() {
	pl "$1" unshare bash -uc 'podlite() { "$PODLITE" --root "$ROOT" --runroot "$RUNROOT" "$@"; }
		'"$2" - "${@:3}"
}
setup() { export PODLITE ROOT RUNROOT; }

@test "mount: outside of podlite unshare nothing is mounted, and it says what to do" {
	[ "$(id -u)" != 0 ] || skip "root mounts where it is"
	local command
	for command in "image mount $BUSYBOX" "image mount" "image unmount -a" mount "mount x" "container mount" "unmount -a"; do
		# shellcheck disable=SC2086
		pl 125 $command
		has "$stderr" "podlite unshare"
	done
}

@test "image mount: the tree of the image, read-only; a list; json; unmounted it is gone" {
	pl 0 image inspect --format '{{.Id}} {{.Digest}}' "$BUSYBOX"
	local id=${output% *} digest=${output#* }
	# shellcheck disable=SC2016
	inside 0 'dir=$(podlite image mount "$1") || exit
		echo "$dir"
		(cd "$dir" && find . -mindepth 1) >"$2"
		touch "$dir/new" 2>/dev/null && echo written
		[ "$(podlite image mount "$1")" = "$dir" ] && echo same
		echo list: $(podlite image mount)
		podlite image mount --format json >"$2.json"
		podlite image unmount "$1"
		ls "$dir"
		echo list: $(podlite image mount)
		podlite image unmount "$1" && podlite image umount "$1"' "$BUSYBOX" "$T/tree"
	local dir=${lines[0]}
	is "${lines[1]}" same
	is "${lines[2]}" "list: $BUSYBOX $dir"
	is "${lines[3]}" "$id"
	is "${lines[4]}" "list:"
	is "${lines[5]}" "$id"
	is "$(jq -rc '.[] | [.id, .Names, .Repositories, .mountpoint]' "$T/tree.json")" \
		"$(jq -nc '$ARGS.positional | [.[0], [.[1]], [.[2]], .[3]]' --args "$id" "$digest" "$BUSYBOX" "$dir")"
	local l
	is "$(sort "$T/tree")" "$(for l in busybox extra; do tar -tf "$IMAGES/layers/$l.tar"; done |
		sed 's:/*$::; s:^\./*::; /^$/d; s:^:./:' | sort -u)"
}

@test "image mount: --all, several, and unmount --all; --force where a process is inside" {
	pl 0 tag "$BUSYBOX" localhost/second:1
	podlite import -q -c 'CMD sh' "$IMAGES/layers/busybox.tar" localhost/third:1 >/dev/null
	# shellcheck disable=SC2016
	inside 0 'podlite image mount "$1" localhost/third:1 | wc -l
		podlite image unmount -a | wc -l
		podlite image mount --all | wc -l
		cd "$(podlite image mount "$1")"
		podlite image unmount "$1" && echo unmounted a busy one
		podlite image unmount --force "$1" >/dev/null && ls bin/busybox
		podlite image unmount --all >/dev/null
		podlite image mount | wc -l' "$BUSYBOX"
	is "$output" "$(printf '%s\n' 2 2 2 bin/busybox 0)"
	has "$stderr" "--force"
	pl 0 rmi localhost/third:1 localhost/second:1
}

@test "image mount: an image that is not there, and a mount that nobody sees from outside" {
	inside 125 'podlite image mount no/such:image'
	has "$stderr" "image not known"
	# shellcheck disable=SC2016
	inside 0 'podlite image mount "$1"' "$BUSYBOX"
	[ ! -e "$output/bin" ]
	inside 0 'podlite image mount'
	is "$output" ""
}

@test "mount: a stopped container's files, written from the shell and seen by its next run" {
	name
	pl 0 run --name "$name" --network none "$BUSYBOX" sh -c 'echo old >/file'
	# shellcheck disable=SC2016
	inside 0 'dir=$(podlite mount "$1") || exit
		cat "$dir/file"
		echo new >"$dir/file"
		echo "$dir"
		podlite mount
		podlite container mount --no-trunc --latest --format json
		podlite container unmount "$1"; podlite umount "$1"
		podlite mount' "$name"
	is "${lines[0]}" old
	local dir=${lines[1]} id
	id=$(podlite inspect --format '{{.Id}}' "$name")
	is "${lines[2]}" "${id:0:12}  $dir"
	is "$(sed -n '/^\[/,/^\]/p' <<<"$output" | jq -rc '.[] | [.id, .Names[0], .mountpoint]')" "[\"$id\",\"$name\",\"$dir\"]"
	is "${lines[-1]} ${lines[-2]}" "$name $name"
	pl 0 cp "$name:/file" -
	has "$(tar -xO <"$OUT")" new
}

@test "mount: a running container's root is the live one, without what is mounted in it" {
	name
	pl 0 run -d --name "$name" --network none -v "$name-v:/vol" "$BUSYBOX" sh -c 'echo a >/file; echo b >/vol/f; sleep 1000'
	wait_for 10 podlite exec "$name" test -e /vol/f
	# shellcheck disable=SC2016
	inside 0 'dir=$(podlite mount "$1") || exit
		cat "$dir/file"; ls "$dir/vol" "$dir/proc"
		echo from outside >"$dir/outside"
		podlite unmount --all' "$name"
	is "${lines[0]}" a
	hasnt "$output" $'\nf\n'
	is "${lines[-1]}" "$(podlite inspect --format '{{.Id}}' "$name")"
	pl 0 exec "$name" cat /outside
	is "$output" "from outside"
	pl 0 rm -t 0 -f "$name"
	pl 0 volume rm "$name-v"
}

@test "mount: rm inside podlite unshare removes a container that is mounted there" {
	name
	pl 0 create --name "$name" "$BUSYBOX" true
	# shellcheck disable=SC2016
	inside 0 'podlite mount "$1" >/dev/null && podlite rm "$1" && podlite mount' "$name"
	is "$output" "$name"
	[ "$(podlite ps -aq | wc -l)" = 0 ]
	is "$(find "$ROOT/containers" "$ROOT/tmp" -mindepth 1 ! -name '.*')" ""
}

@test "mount: fuse-overlayfs stays as long as its mount" {
	need_fuse
	store fuse
	image "$BUSYBOX"
	# shellcheck disable=SC2016
	inside 0 'podlite() { "$PODLITE" --storage-driver fuse-overlayfs --root "$ROOT" --runroot "$RUNROOT" "$@"; }
		dir=$(podlite image mount "$1") || exit
		sleep 0.2
		ls -d "$dir/bin"
		podlite image unmount "$1" >/dev/null' "$BUSYBOX"
	has "$output" /merged/bin
	wait_for 5 bash -c "! pgrep -u $(id -u) -f '[f]use-overlayfs.*$RUNROOT'"
}

@test "mount: what is mounted in one place is not started in another" {
	name
	pl 0 create --name "$name" --network none "$BUSYBOX" sleep 1000
	# in the same shell, and from outside of it
	# shellcheck disable=SC2016
	inside 0 'podlite mount "$1" >/dev/null || exit
		podlite start "$1" && exit 9
		podlite unmount "$1" >/dev/null && podlite start "$1" && podlite stop -t 0 "$1"' "$name"
	has "$stderr" "is mounted in a podlite unshare"
	rm -f "$T/go"
	mkfifo "$T/go"
	# shellcheck disable=SC2016
	podlite unshare bash -uc 'podlite() { "$PODLITE" --root "$ROOT" --runroot "$RUNROOT" "$@"; }
		podlite mount "$1" >"$2.path"; touch "$2.there"; read -r <"$2"; podlite unmount "$1"; read -r <"$2"' - "$name" "$T/go" 3>&- 4>&- &
	wait_for 20 test -e "$T/go.there"
	pl 125 start "$name"
	has "$stderr" "is mounted in a podlite unshare (process "
	has "$stderr" "podlite unmount"
	pl 0 ps -q --filter name="$name"
	is "$output" ""
	echo >"$T/go"
	wait_for 20 podlite start "$name"
	pl 0 stop -t 0 "$name"
	echo >"$T/go"
	wait
	# nothing is left to look for
	[ ! -e "$ROOT/containers/$(podlite inspect --format '{{.Id}}' "$name")/looked-at" ]
}

@test "unshare: what enters a container refuses to do so from inside its user namespace" {
	[ "$(id -u)" != 0 ] || skip "root mounts where it is"
	name
	pl 0 run -d --name "$name" --network none "$BUSYBOX" sleep 1000
	# shellcheck disable=SC2016
	inside 0 'podlite exec "$1" true; echo $?; podlite ps -q --filter name="$1" | wc -l; podlite stop -t 0 "$1" >/dev/null; echo $?' "$name"
	is "$output" $'125\n1\n0'
	has "$stderr" "leave podlite unshare first"
}
