#!/usr/bin/env bats
# 084-diff.bats: what a container changed against its image.

load helpers

change='echo x >/new; mkdir /dir; echo y >/dir/f; echo z >>/etc/passwd; rm /etc/group'

@test "diff: added, changed and deleted, while it runs and when it has ended" {
	name
	pl 0 run -d --name "$name" -v "$name-v:/v" "$BUSYBOX" sh -c "$change; echo in-volume >/v/f; touch /ready; exec sleep 1000"
	wait_for 10 podlite exec "$name" test -e /ready
	pl 0 diff "$name"
	local running=$output
	pl 0 rm -t 0 -f "$name"
	pl 0 volume rm "$name-v"
	local line
	for line in 'A /new' 'A /dir' 'A /dir/f' 'C /etc' 'C /etc/passwd' 'D /etc/group' 'A /ready'; do
		grep -qxF "$line" <<<"$running"
	done
	hasnt "$running" /v/f
	hasnt "$running" resolv.conf
	is "$(cut -c3- <<<"$running")" "$(cut -c3- <<<"$running" | LC_ALL=C sort)"

	pl 0 run --name "$name" "$BUSYBOX" sh -c "$change"
	pl 0 container diff "$name"
	is "$output" "$(grep -vxE 'A /(ready|v)' <<<"$running")"
}

@test "diff: of a container that did nothing there is nothing: places to mount at are not its own" {
	name
	pl 0 create --name "$name" "$BUSYBOX" true
	pl 0 diff --latest
	is "$output" ""
	pl 0 start -a "$name"
	pl 0 diff --latest
	is "$output" ""
}

@test "diff: --format json has a list for each kind" {
	name
	pl 0 run --name "$name" "$BUSYBOX" sh -c "$change"
	pl 0 diff --format json "$name"
	is "$(json '.changed | sort | join(" ")')" "/etc /etc/passwd"
	is "$(json '.added | sort | join(" ")')" "/dir /dir/f /new"
	is "$(json '.deleted | join(" ")')" /etc/group
	pl 125 diff --format yaml "$name"
}

@test "diff: what is not there is refused by name" {
	name
	pl 0 create --name "$name" "$BUSYBOX" true
	pl 125 diff "$name" nosuch
	has "$stderr" nosuch
	pl 125 diff nosuch
	has "$stderr" nosuch
	pl 125 diff
}

@test "diff: of an image its last layer, with a whiteout, and against another image or a container" {
	local d=$T/layer old
	mkdir -p "$d/etc"
	echo new >"$d/new"
	: >"$d/etc/.wh.group"
	echo x >"$d/etc/passwd"
	tar --owner=0:0 --group=0:0 -C "$d" -cf "$T/layer.tar" new etc
	"$MKIMAGE" "$REGISTRY/changed:1" -l "$IMAGES/layers/busybox.tar:gzip" -l "$T/layer.tar:gzip" --cmd sh >/dev/null
	"$MKIMAGE" "$REGISTRY/plain:1" -l "$IMAGES/layers/busybox.tar:gzip" --cmd sh >/dev/null
	image "$REGISTRY/changed:1" "$REGISTRY/plain:1"
	pl 0 image diff "$REGISTRY/changed:1"
	is "$output" "$(printf '%s\n' 'C /etc' 'D /etc/group' 'C /etc/passwd' 'A /new')"
	pl 0 diff "$REGISTRY/changed:1"
	is "$output" "$(printf '%s\n' 'C /etc' 'D /etc/group' 'C /etc/passwd' 'A /new')"
	pl 0 image diff --format json "$REGISTRY/changed:1" "$REGISTRY/plain:1"
	is "$(jq -Sc . <<<"$output")" '{"added":["/new"],"changed":["/etc","/etc/passwd"],"deleted":["/etc/group"]}'
	pl 0 image diff "$REGISTRY/plain:1" "$REGISTRY/changed:1"
	is "$output" "$(printf '%s\n' 'C /etc' 'A /etc/group' 'C /etc/passwd' 'D /new')"
	pl 0 image diff "$REGISTRY/plain:1" "$REGISTRY/plain:1"
	is "$output" ""

	name
	pl 0 create --name "$name" "$REGISTRY/changed:1" sh
	pl 0 diff "$name" "$REGISTRY/plain:1"
	is "$output" "$(printf '%s\n' 'C /etc' 'D /etc/group' 'C /etc/passwd' 'A /new')"
	pl 125 diff --latest x y
	pl 125 image diff no/such:image
	has "$stderr" "image not known"
	pl 0 rm "$name"
}

@test "diff: one that runs, against an image or another: what is mounted in it is not its own" {
	name
	pl 0 run -d --name "$name-a" -v "$name-v:/v" "$BUSYBOX" sh -c 'echo x >/a; echo x >/v/f; exec sleep 1000'
	pl 0 run -d --name "$name-b" "$BUSYBOX" sh -c 'echo y >/b; exec sleep 1000'
	pl 0 run --name "$name-c" "$BUSYBOX" sh -c 'echo z >/c'
	wait_for 10 podlite exec "$name-a" test -e /v/f
	wait_for 10 podlite exec "$name-b" test -e /b
	pl 0 diff "$name-a" "$name-b"
	is "$output" $'A /a\nD /b\nA /v'
	pl 0 diff "$name-b" "$name-c"
	is "$output" $'A /b\nD /c'
	pl 0 diff "$name-c" "$name-b"
	is "$output" $'D /b\nA /c'
	pl 0 diff "$name-a" "$BUSYBOX"
	is "$(grep -vx 'C /etc' <<<"$output")" $'A /a\nA /v'
	pl 0 rm -t 0 -f "$name-a"
	pl 0 volume rm "$name-v"
}
