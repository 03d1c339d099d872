#!/usr/bin/env bats
# 174-resume.bats: a pull that was cut leaves the beginnings of layers; the next goes on from there, from whatever was left
# and whatever the registry then says, and ends with the image or an error, never with something else.

load helpers
load hostile

setup_file() {
	H=$PODLITE_TEST_TMP/resume
	hostile_start "$H"
	export H
	export PODLITE_STALL_TIMEOUT=2
	BLOB=$(curl -s "$HTTP/v2/good/manifests/latest" | jq -r '.layers[0].digest')
	SIZE=$(curl -s "$HTTP/v2/good/manifests/latest" | jq -r '.layers[0].size')
	SLOW=$(curl -s "$HTTP/v2/slow/manifests/latest" | jq -r '.layers[1].digest')
	export BLOB SIZE SLOW
	# they break off the first transfer, whoever asks
	for repo in resume resume-none resume-416 resume-lies resume-wrong; do
		! curl -s -o /dev/null "$HTTP/v2/$repo/blobs/$BLOB"
	done
}

teardown_file() { hostile_stop; }

setup() {
	store "$BATS_TEST_NUMBER"
	: >"$H/log"
}

teardown() {
	no_leaks
	remove_store
}

pull() { # STATUS REPO
	pl "$1" pull -q --tls-verify=false --retry 0 "$HTTP/$2"
}
partials() { find "$ROOT/cache" -name 'partial-*' 2>/dev/null; }
# sets $partial and $half: what a registry that broke off in the middle left
broken_off() {
	pull 125 truncated
	is "$(wc -l <"$ERR")" 1
	partial=$(partials)
	[ -f "$partial" ]
	half=$(stat -c %s "$partial")
	[ "$half" -gt 1000000 ]
	: >"$H/log"
}
# the image is there, all of it, and nothing else
whole() { # REPO
	is "$(partials)" ""
	is "$(ls -A "$ROOT/tmp")" ""
	pl 0 system check --deep --max 0s
	pl 0 images -q
	is "${#lines[@]}" 1
}
# the requests for the layer: each the first byte that was wanted, "-" for all
wanted() { # REPO [BLOB]
	grep "/$1/blobs/${2:-$BLOB}" "$H/log" | cut -d' ' -f4 | sed 's/bytes=\([0-9]*\)-/\1/' | paste -sd' '
}

@test "resume: what came before a connection broke is not fetched again" {
	broken_off
	pull 0 resume
	is "$(wanted resume)" "$half"
	whole
}

@test "resume: from another registry that has the same layer" {
	broken_off
	pull 0 resume-none
	is "$(wanted resume-none)" "$half"
	whole
}

@test "resume: from a transfer that ended too early without a word" {
	pull 125 short-blob
	has "$stderr" "size: expected"
	half=$(stat -c %s "$(partials)")
	[ "$half" -gt 1000000 ]
	: >"$H/log"
	pull 0 resume-none
	is "$(wanted resume-none)" "$half"
	whole
}

@test "resume: a registry that leads nowhere spoils nothing" {
	broken_off
	pull 125 redirect-loop
	has "$stderr" redirects
	is "$(stat -c %s "$partial")" "$half"
	is "$(wanted redirect-loop)" "$half"
}

@test "resume: a registry that ignores Range, that has no such range, that sends another" {
	for repo in resume-none resume-416 resume-lies; do
		broken_off
		pull 0 $repo # --retry 0: that is no failure
		like "$(wanted $repo)" "$half*"
		whole
		podlite rmi -a -f >/dev/null
	done
}

@test "resume: a registry that goes on with other bytes is asked for all of them" {
	broken_off
	pull 0 resume-wrong
	is "$(wanted resume-wrong)" "$half -"
	whole
}

@test "resume: bytes that are not the layer's are dropped and all of it is fetched" {
	for change in early late; do
		broken_off
		# in gzip's header the unpacker sees it, in the content only the digest
		at=$((half - 100))
		[ $change = late ] || at=3
		printf '\377\377\377' | dd of="$partial" bs=1 seek="$at" conv=notrunc status=none
		pull 0 resume-none
		# the unpacker may say so before the rest is asked for
		[ $change = early ] && [ "$(wanted resume-none)" = - ] || is "$(wanted resume-none)" "$half -"
		whole
		podlite rmi -a -f >/dev/null
	done
}

@test "resume: more bytes than the layer has, none, and all of them" {
	for left in 0 $((SIZE + 1)) "$SIZE"; do
		broken_off
		curl -s -o "$partial" "$HTTP/v2/good/blobs/$BLOB"
		is "$(stat -c %s "$partial")" "$SIZE"
		truncate -s "$left" "$partial"
		: >"$H/log"
		pull 0 resume-none
		# all of them: nothing is left to ask for
		want=-
		[ "$left" != "$SIZE" ] || want=
		is "$(wanted resume-none)" "$want"
		whole
		podlite rmi -a -f >/dev/null
	done
}

@test "resume: a registry whose layer is no longer what its digest says is an error, and nothing of it stays" {
	broken_off
	for repo in flipped-byte wrong-blob size-small; do
		cp "$partial" "$T/left"
		pull 125 $repo
		is "$(wc -l <"$ERR")" 1
		has "$stderr" expected
		is "$(partials)" ""
		pl 0 images -a -q
		is "$output" ""
		cp "$T/left" "$partial"
	done
	# a truncated one is perhaps only the network's fault; what came may be of use
	pull 125 truncated
	pull 0 good
	whole
}

interrupt() { # SIGNAL PROGRAM: a pull that has more than 1 MiB of the slow layer
	: >"$H/hold" # however long the other layer takes
	podlite pull -q --tls-verify=false "$HTTP/slow" >"$T/out" 2>&1 &
	pid=$!
	wait_for 20 came 1500000
	victim=$(client_of $pid)
	[ "$2" = podlite ] || victim=$(below "$victim" podlite-transfe | head -n 1) # not its broker
	kill -"$1" "$victim"
	status=0
	wait $pid || status=$?
	rm "$H/hold"
	[ "$status" != 0 ]
}
# BYTES of the slow layer, and all of the other
came() { [ ! -e "$ROOT/cache/partial-${BLOB#*:}" ] && [ "$(stat -c %s "$ROOT/cache/partial-${SLOW#*:}")" -gt "$1" ]; }

@test "resume: Ctrl-C, SIGTERM, and kill -9 of podlite or of the transfer" {
	for how in "INT podlite" "TERM podlite" "KILL podlite" "KILL podlite-transfer"; do
		interrupt $how
		wait_for 10 no_leaks
		# the other layer was complete; nobody is alarmed
		is "$(partials | wc -l)" 1
		left=$(stat -c %s "$(partials)")
		pl 0 system check
		: >"$H/log"
		pull 0 slow
		is "$(grep -o 'bytes=[0-9]*' "$H/log")" "bytes=$left"
		whole
		podlite rmi -a -f >/dev/null
	done
}

@test "resume: again and again, each time a little further" {
	interrupt INT podlite
	first=$(stat -c %s "$(partials)")
	: >"$H/hold"
	podlite pull -q --tls-verify=false "$HTTP/slow" >"$T/out" 2>&1 &
	pid=$!
	wait_for 20 came $((first + 300000))
	kill -INT "$(client_of $pid)"
	wait $pid || :
	rm "$H/hold"
	second=$(stat -c %s "$(partials)")
	[ "$second" -gt "$first" ]
	: >"$H/log"
	pull 0 slow
	is "$(grep -o 'bytes=[0-9]*' "$H/log")" "bytes=$second"
	whole
}

@test "resume: what came quicker than it was unpacked is fetched again, and nothing that came slower" {
	podlite pull -q --tls-verify=false --retry 0 "$HTTP/burst" >"$T/out" 2>&1 &
	pid=$!
	start=$SECONDS
	wait_for 20 eval 'partial=$(partials) && [ -s "$partial" ]'
	unpacker=$(below $pid podlite-unpack)
	kill -STOP "$unpacker"
	: >"$H/go"
	sleep $((2 + 2 * (SECONDS - start))) # longer than the network was waited for
	kill -CONT "$unpacker"
	status=0
	wait $pid || status=$?
	is "$status" 125
	rm "$H/go"
	partial=$(partials)
	burst=sha256:${partial##*-}
	cat "$T/out"
	is "$(stat -c %s "$partial")" $((40 << 20))
	# the first part always, some of the burst not: a hole
	[ "$(stat -c %b "$partial")" -le $((37 << 11)) ]
	cp --sparse=always "$partial" "$T/left"
	: >"$H/log"
	pull 0 burst
	is "$(wanted burst "$burst")" "$((4 << 20)) $((40 << 20))"
	whole
	# what was in the hole when a pull was cut there counts, but for a last block
	podlite rmi -a -f >/dev/null
	cp --sparse=always "$T/left" "$partial"
	curl -s -o "$T/blob" "$HTTP/v2/burst/blobs/$burst" -r 1-
	tail -c +$((4 << 20)) "$T/blob" | head -c 2000001 | dd of="$partial" conv=notrunc bs=64k seek=64 status=none
	: >"$H/log"
	pull 0 burst
	is "$(wanted burst "$burst")" "$((((4 << 20) + 2000000) & ~0xfffff)) $((40 << 20))"
	whole
	# bytes in a wrong place spoil the digest: all is fetched
	podlite rmi -a -f >/dev/null
	cp --sparse=always "$T/left" "$partial"
	tail -c 100 "$T/blob" | dd of="$partial" conv=notrunc bs=64k seek=576 status=none
	: >"$H/log"
	: >"$H/go"
	pl 0 pull -q --tls-verify=false --retry 1 --retry-delay 10ms "$HTTP/burst"
	is "$(wanted burst "$burst")" "$((4 << 20)) $((40 << 20)) - $((40 << 20))"
	whole
}

@test "resume: the beginning is busy while a pull uses it, and nobody removes it" {
	: >"$H/hold"
	podlite pull -q --tls-verify=false "$HTTP/slow" >"$T/out" 2>&1 &
	pid=$!
	wait_for 20 came 500000
	pl 0 system df --format '{{.Type}} {{.Total}} {{.Active}} {{.RawReclaimable}}'
	has "$output" "Partial Downloads 1 1 0"
	pl 0 system prune -f
	hasnt "$output" Partial
	pl 0 system check --repair --max 0s
	came 500000
	rm "$H/hold"
	wait $pid
	whole
}

@test "resume: a full disk: what came is used when there is room" {
	export T HTTP
	mkdir "$T/disk"
	cat >"$T/full" <<-'X'
		set -eu
		mount -t tmpfs -o size=24m tmpfs "$T/disk"
		p() { "$PODLITE" --root "$T/disk/root" --runroot "$T/disk/run" "$@"; }
		if p pull -q --tls-verify=false "$HTTP/expands" 2>"$T/err"; then echo "it fitted?"; exit 1; fi
		cat "$T/err"
		grep -qE 'No space left|larger than the space' "$T/err"
		[ "$(wc -l <"$T/err")" = 1 ]
		left=$(stat -c %s "$T"/disk/root/cache/partial-*)
		[ "$left" -gt 0 ]
		mount -o remount,size=200m "$T/disk"
		: >"$T/log"
		p pull -q --tls-verify=false "$HTTP/expands"
		[ ! -e "$T"/disk/root/cache/partial-* ]
		p system check --deep --max 0s
		echo "$left" >"$T/left"
	X
	timeout 120 unshare -r --map-auto -m bash "$T/full" 3>&- 4>&-
	# the second of the two began where the first had ended, or had nothing to ask for
	read -r left <"$T/left"
	cat "$H/log"
	grep -q "bytes=$left-" "$H/log" || is "$(grep -c 'expands/blobs/' "$H/log")" 3 # the layer, and the configuration twice
}

@test "resume: where room is short nothing is kept, and what was kept goes" {
	export T HTTP H
	mkdir "$T/disk"
	cat >"$T/short" <<-'X'
		set -eu
		mount -t tmpfs -o size=30m tmpfs "$T/disk"
		p() { "$PODLITE" --root "$T/disk/root" --runroot "$T/disk/run" "$@"; }
		! p pull -q --tls-verify=false --retry 0 "$HTTP/truncated"
		partial=$(echo "$T"/disk/root/cache/partial-*)
		[ "$(stat -c %s "$partial")" -gt 1000000 ]
		# less than four times the layer: it is used, and gone even if this pull is cut, too
		fallocate -l 18M "$T/disk/fill"
		: >"$H/log"
		! p pull -q --tls-verify=false --retry 0 "$HTTP/truncated"
		grep -q 'bytes=' "$H/log"
		[ ! -e "$partial" ]
		! p pull -q --tls-verify=false --retry 0 "$HTTP/truncated"
		[ ! -e "$partial" ]
		# and before a pull is refused for want of room, what others left goes
		rm "$T/disk/fill"
		! p pull -q --tls-verify=false --retry 0 "$HTTP/truncated"
		mv "$partial" "${partial%-*}-$(printf %064d 1)"
		fallocate -l $(($(stat -f -c %a "$T/disk") * 4096 - 2000000)) "$T/disk/fill"
		p pull -q --tls-verify=false --retry 0 "$HTTP/good" 2>"$T/err" || grep -qE 'No space|no room' "$T/err"
		[ -z "$(find "$T/disk/root/cache" -name 'partial-*')" ]
	X
	timeout 120 unshare -r --map-auto -m bash -x "$T/short" 3>&- 4>&-
}

@test "resume: seen by system df and system check, removed by prune, repair and age" {
	broken_off
	pl 0 system df
	has "$output" "Partial Downloads"
	pl 0 system df -v
	has "$output" "$(basename "$partial" | cut -c9-20)"
	# a leftover when it is old, as are layers of such a pull
	pl 0 system check
	pl 1 system check --max 0s
	has "$output" partial-old
	pl 0 system check --max 0s --repair
	has "$output" "removed"
	is "$(partials)" ""
	pl 0 system df
	hasnt "$output" Partial

	broken_off
	pl 0 system prune -f --filter until=1h
	is "$(partials)" "$partial"
	pl 0 system prune -f
	has "$output" "Deleted Partial Downloads"
	hasnt "$output" "reclaimed space: 0B"
	is "$(partials)" ""

	broken_off
	touch -d '6 days ago' "$partial"
	pl 0 unshare true
	is "$(partials)" "$partial"
	touch -d '8 days ago' "$partial"
	pl 0 unshare true
	is "$(partials)" ""
}

@test "resume: at most 32 of them and 16 GiB in all, the oldest go" {
	pl 0 images
	for i in $(seq 40); do
		f=$ROOT/cache/partial-$(printf %064d "$i")
		echo x >"$f"
		touch -d "$i minutes ago" "$f"
	done
	# no names of ours: nobody's business
	echo x >"$ROOT/cache/partial-x"
	pl 0 unshare true
	is "$(partials | grep -c 'partial-0')" 32
	[ -e "$ROOT/cache/partial-$(printf %064d 32)" ]
	[ ! -e "$ROOT/cache/partial-$(printf %064d 33)" ]
	[ -e "$ROOT/cache/partial-x" ]
	: >"$ROOT/cache/partial-$(printf %064d 5)"
	pl 0 unshare true
	[ ! -e "$ROOT/cache/partial-$(printf %064d 5)" ]
}

@test "resume: layers below 1 MiB leave nothing" {
	pl - pull -q --tls-verify=false --retry 0 "$HTTP/garbage"
	is "$(partials)" ""
}

@test "resume: reset leaves nothing" {
	broken_off
	pl 0 system reset -f
	[ ! -e "$partial" ]
}
