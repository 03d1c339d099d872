#!/usr/bin/env bats
# 310-nothing-lost.bats: whatever is killed or fills up, the next command works and shows no half
# image and no ghost.

load helpers

# the store holds what it says it does: images run, nothing is left in staging
sound() {
	pl 0 ps -a
	pl 0 images -q
	pl 0 run --rm "$BUSYBOX" sh -c 'test -x /bin/busybox && cat /etc/os-release'
	has "$output" ID=busybox
	podlite rm -t 0 -af >/dev/null
	# a monitor deletes what is out of sight when nobody waits for it any more
	wait_for 10 no_staging || {
		ls -lRA "$ROOT/tmp"
		false
	}
}

no_staging() { [ -z "$(ls -A "$ROOT/tmp")" ]; }

kill_after() { # kill_after SECONDS COMMAND...: kill -9 it
	local delay=$1
	shift
	"$PODLITE" --root "$ROOT" --runroot "$RUNROOT" "$@" >/dev/null 2>&1 3>&- 4>&- </dev/null &
	local pid=$!
	sleep "$delay"
	kill -9 $pid 2>/dev/null || :
	wait $pid 2>/dev/null || :
}

@test "run: podlite killed at any moment" {
	store run
	pl 0 pull -q "$BUSYBOX"
	for delay in 0 .002 .004 .006 .008 .010 .014 .020 .030 .060; do
		kill_after $delay run --rm "$BUSYBOX" true
		kill_after $delay run -d "$BUSYBOX" true
		kill_after $delay run --rm "$BUSYBOX" sleep 1000
	done
	sleep 0.5
	pl 0 ps --format '{{.ID}} {{.State}}'
	podlite rm -t 0 -af >/dev/null
	sound
	name
	pl 0 run --name "$name" "$BUSYBOX" true
	pl 0 rm "$name"
}

@test "run: the monitor killed at any moment ends its container" {
	store mon
	pl 0 pull -q "$BUSYBOX"
	for delay in 0 .002 .005 .010 .030; do
		rm -f "$T/mon"
		"$PODLITE" --root "$ROOT" --runroot "$RUNROOT" run --conmon-pidfile "$T/mon" "$BUSYBOX" sleep 1000 >"$T/o" 2>&1 3>&- 4>&- </dev/null &
		pid=$!
		wait_for 5 test -s "$T/mon"
		sleep $delay
		kill -9 "$(cat "$T/mon")"
		status=0
		wait $pid || status=$?
		[ $status != 0 ]
	done
	pl 0 ps -q
	is "$output" ""
	podlite rm -af >/dev/null
	rm "$T"/*
	sound
}

@test "pull: podlite, its worker and the unpacker killed at any moment" {
	store pull
	for victim in podlite podlite-transfer podlite-unpack; do
		for delay in .02 .06 .12 .25 .5; do
			"$PODLITE" --root "$ROOT" --runroot "$RUNROOT" pull -q "$DEBIAN" >/dev/null 2>&1 3>&- 4>&- </dev/null &
			pid=$!
			sleep $delay
			if [ $victim = podlite ]; then
				kill -9 $pid 2>/dev/null || :
			else
				worker=$(pgrep -P $pid -x podlite-transfe || :) # the kernel keeps 15 letters
				[ $victim = podlite-transfer ] || [ -z "$worker" ] || worker=$(below "$worker" podlite-unpack | head -n 1)
				[ -z "$worker" ] || kill -9 "$worker" 2>/dev/null || :
			fi
			wait $pid 2>/dev/null || :
			# an image that is shown is whole
			if podlite image exists "$DEBIAN"; then
				pl 0 run --rm --network none "$DEBIAN" /bin/sh -c 'test -x /bin/bash && cat /etc/debian_version'
				pl 0 rmi -f "$DEBIAN"
			fi
		done
	done
	pl 0 pull -q "$DEBIAN"
	pl 0 run --rm --network none "$DEBIAN" cat /etc/os-release
	has "$output" Debian
	pl 0 pull -q "$BUSYBOX"
	sound
}

@test "a full disk: one clear error, nothing half-made, and all is well with room again" {
	store full
	need_command unshare
	cat >"$T/script" <<-'SCRIPT'
		set -eu
		mount -t tmpfs -o size=6m,mode=700 none "$ROOT"
		p() { "$PODLITE" --root "$ROOT" --runroot "$RUNROOT" "$@"; }
		# what is out of sight may be deleted a moment later
		no_rest() {
			for _ in {1..50}; do [ -n "$(ls -A "$ROOT/tmp")" ] || return 0; sleep .1; done
			ls -A "$ROOT/tmp"
			return 1
		}
		p images -q
		head -c 5m /dev/zero >"$ROOT/ballast" || :
		if p pull -q "$BUSYBOX" 2>"$T/err"; then echo "pulled on a full disk"; exit 1; fi
		grep -qiE "space|no room" "$T/err" || { cat "$T/err"; exit 1; }
		[ "$(wc -l <"$T/err")" = 1 ] || { cat "$T/err"; exit 1; }
		[ -z "$(p images -q)" ]
		rm "$ROOT/ballast"
		p pull -q "$BUSYBOX"
		no_rest
		[ "$(p run --rm --network none "$BUSYBOX" echo ok)" = ok ]
		dd if=/dev/zero of="$ROOT/ballast" bs=4k 2>/dev/null || :
		if p run --rm --network none "$BUSYBOX" true 2>"$T/err"; then echo "ran on a full disk"; else
			grep -qi "space" "$T/err" || { cat "$T/err"; exit 1; }
		fi
		[ -z "$(p ps -aq)" ]
		rm "$ROOT/ballast"
		[ "$(p run --rm --network none "$BUSYBOX" echo ok)" = ok ]
		no_rest
	SCRIPT
	export ROOT RUNROOT T
	unshare -rm --map-auto bash "$T/script" 3>&- 4>&-
}

@test "a damaged record hides no other container" {
	store damaged
	pl 0 pull -q "$BUSYBOX"
	pl 0 create --name good "$BUSYBOX" true
	pl 0 create --name bad "$BUSYBOX" true
	id=$output
	: >"$ROOT/containers/$id/record.json"
	PL_QUIET=0 pl 0 ps -a --format '{{.Names}}'
	is "$output" good
	PL_QUIET=0 pl 0 rm -af
	PL_QUIET=0 pl - rm -f "$id"
	rm -rf "$ROOT/containers/$id" "$ROOT/cnames/bad"
}

@test "names: 32 at once for one name: one wins" {
	store race
	pl 0 pull -q "$BUSYBOX"
	for i in $(seq 32); do
		(podlite create --name same "$BUSYBOX" true >"$T/$i" 2>"$T/$i.err" && echo won >"$T/$i.won" || :) &
	done
	wait
	is "$(ls "$T"/*.won | wc -l)" 1
	pl 0 ps -aq
	is "${#lines[@]}" 1
	pl 0 rm same
	rm -f "$T"/*
	sound
}

@test "16 at once run and remove themselves" {
	store many
	pl 0 pull -q "$BUSYBOX"
	for i in $(seq 16); do
		podlite run --rm "$BUSYBOX" echo "$i" >"$T/$i" &
	done
	wait
	is "$(cat "$T"/* | sort -n | tr '\n' ' ')" "$(seq 16 | tr '\n' ' ')"
	rm "$T"/*
	sound
}
