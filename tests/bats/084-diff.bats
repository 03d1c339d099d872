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

@test "diff: images and what is not there are refused by name" {
	name
	pl 125 diff "$BUSYBOX"
	has "$stderr" "images cannot be compared"
	pl 0 create --name "$name" "$BUSYBOX" true
	pl 125 diff "$name" "$BUSYBOX"
	has "$stderr" "$BUSYBOX"
	pl 125 diff nosuch
	has "$stderr" nosuch
	pl 125 diff
}
