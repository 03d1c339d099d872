#!/usr/bin/env bats
# 113-transfer.bats: what a transfer shows, what is left when it is interrupted, what two share,
# and proxies.

load helpers
load hostile

setup_file() {
	H=$PODLITE_TEST_TMP/transfer
	hostile_start "$H" tls
	export H
}

teardown_file() { hostile_stop; store_is_clean; }

setup() {
	rm -rf "$T"
	mkdir -p "$T"
	podlite rmi -a -f >/dev/null 2>&1 || :
	podlite system prune -a -f >/dev/null 2>&1 || :
	: >"$H/log"
}

blobs() { grep -c "$1/blobs" "$H/log" || :; }

# on_terminal COLUMNS LINES ARG...: podlite on a terminal of its own; what it showed is in $T/seen
on_terminal() {
	cat >"$T/term.py" <<-X
		import fcntl, os, pty, struct, sys, termios
		pid, fd = pty.fork()
		if pid == 0:
		    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", int(sys.argv[2]), int(sys.argv[1]), 0, 0))
		    os.execvp(sys.argv[3], sys.argv[3:])
		try:
		    while True:
		        data = os.read(fd, 65536)
		        if not data: break
		        sys.stdout.buffer.write(data)
		except OSError:
		    pass
		sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
	X
	timeout 60 python3 "$T/term.py" "$1" "$2" "$PODLITE" --root "$ROOT" --runroot "$RUNROOT" "${@:3}" >"$T/seen"
}

@test "progress: on a terminal one live line a layer, with bytes, rate and state" {
	on_terminal 100 30 pull --tls-verify=false "$HTTP/slow"
	seen=$(tr '\r' '\n' <"$T/seen")
	matches "$seen" 'Copying blob [0-9a-f]{12}  fetching  [0-9.]+ [kM]B / 3[0-9.]* MB  [0-9.]+ [kM]?B/s'
	# they change in place: the cursor goes up, each layer is last said to be done
	has "$seen" $'\e[2A'
	last=${seen##*$'\e[2A'}
	is "$(grep -cE 'Copying blob [0-9a-f]{12}  done' <<<"$last")" 2
	# done once more: nothing is fetched, and it is said
	on_terminal 100 30 pull --tls-verify=false "$HTTP/slow"
	is "$(grep -oE 'blob [0-9a-f]{12}  skipped: already exists' "$T/seen" | sort -u | wc -l)" 2
}

@test "progress: a narrow and low window is not overrun" {
	on_terminal 40 4 pull --tls-verify=false "$HTTP/slow"
	is "$(sed 's/\x1b\[[0-9]*[AKJ]//g' "$T/seen" | tr '\r' '\n' | grep Copying | grep -cE '^.{40,}$')" 0
	hasnt "$(cat "$T/seen")" $'\e[4A'
}

@test "progress: plain lines elsewhere, and none with -q" {
	pl 0 pull --tls-verify=false "$HTTP/slow"
	is "$(grep -cE '^Copying blob [0-9a-f]{12} done$' "$ERR")" 2
	hasnt "$stderr" $'\e'
	hasnt "$stderr" $'\r'
	podlite rmi -a -f >/dev/null
	pl 0 pull -q --tls-verify=false "$HTTP/slow"
	is "$stderr" ""
	matches "$output" '^[0-9a-f]{64}$'
}

@test "R12: Ctrl-C and TERM leave no staging and no lock, and what is whole is not fetched again" {
	for signal in INT TERM; do
		: >"$H/log"
		rm -f "$T/out" # of the round before
		podlite pull --tls-verify=false "$HTTP/slow" >"$T/out" 2>&1 &
		local job=$! r=0
		wait_for 20 grep -q "^Copying blob .* done" "$T/out"
		kill "-$signal" "$(client_of "$job")"
		wait "$job" || r=$?
		is "$r" $((128 + $(kill -l "$signal")))
		is "$(ls -A "$ROOT/tmp")" ""
		is "$(find "$ROOT/layers" -name '.lock-*' | wc -l)" 0
		pl 0 images -q
		is "$output" ""
		is "$(blobs slow)" 3
		pl 0 pull -q --tls-verify=false "$HTTP/slow"
		is "$(blobs slow)" 5 # the configuration and the other layer
		pl 0 rmi "$HTTP/slow"
	done
}

@test "R12: Ctrl-C from the terminal, where every process gets it" {
	cat >"$T/group.sh" <<-X
		trap '' TERM
		exec "$PODLITE" --root "$ROOT" --runroot "$RUNROOT" pull --tls-verify=false "$HTTP/slow"
	X
	rm -f "$T/out"
	env --default-signal=INT setsid sh "$T/group.sh" >"$T/out" 2>&1 3>&- 4>&- &
	local job=$! r=0
	wait_for 20 grep -q "^Copying blob .* done" "$T/out"
	kill -INT -- "-$job"
	wait "$job" || r=$?
	is "$r" 130
	is "$(ls -A "$ROOT/tmp")" ""
	is "$(find "$ROOT/layers" -mindepth 1 -maxdepth 1 -not -name '.*' | wc -l)" 1
	# and what nobody comes back for is collected
	pl 0 system prune -f
	is "$(find "$ROOT/layers" -mindepth 1 -maxdepth 1 -not -name '.*' | wc -l)" 0
	pl 0 pull -q --tls-verify=false "$HTTP/slow"
}

@test "pull: two pulls of one image at once share one download" {
	for i in 1 2 3; do
		podlite pull -q --tls-verify=false "$HTTP/slow" >"$T/$i" 2>&1 &
	done
	wait
	is "$(cat "$T"/[123] | sort -u | wc -l)" 1
	matches "$(cat "$T/1")" '^[0-9a-f]{64}$'
	for layer in $(skopeo inspect --raw --tls-verify=false "docker://$HTTP/slow" | jq -r '.layers[].digest'); do
		is "$(grep -c "slow/blobs/$layer" "$H/log")" 1
	done
}

@test "pull: zstd:chunked is zstd" {
	need_command zstd
	pl 0 pull -q --tls-verify=false "$HTTP/zstd-chunked"
	pl 0 image inspect --format '{{index .RootFS.Layers 0}}' "$HTTP/zstd-chunked"
	chunked=$output
	pl 0 pull -q --tls-verify=false "$HTTP/good"
	pl 0 image inspect --format '{{index .RootFS.Layers 0}}' "$HTTP/good"
	is "$output" "$chunked"
}

@test "proxies: http_proxy, https_proxy and no_proxy are taken from the environment" {
	export http_proxy=http://$OTHER https_proxy=http://$OTHER
	printf '[[registry]]\nlocation = "plain.invalid:5000"\ninsecure = true\n[[registry]]\nlocation = "%s"\ninsecure = true\n' "$HTTP" >"$T/registries.conf"
	export CONTAINERS_REGISTRIES_CONF=$T/registries.conf
	pl 0 pull -q --tls-verify=false secure.invalid/good
	grep -q '^other CONNECT secure.invalid:443' "$H/log"
	grep -q '^https GET /v2/good' "$H/log"
	podlite rmi -a -f >/dev/null
	pl 0 pull -q plain.invalid:5000/good
	grep -q '^other GET http://plain.invalid:5000/v2/good/' "$H/log"
	podlite rmi -a -f >/dev/null
	: >"$H/log"
	no_proxy=127.0.0.1 pl 0 pull -q "$HTTP/good"
	is "$(grep -c ^other "$H/log")" 0
	# a proxy's password is not for the log
	podlite rmi -a -f >/dev/null
	http_proxy=http://me:geheim@$OTHER https_proxy=http://me:geheim@$OTHER \
		"$PODLITE" --debug --root "$ROOT" --runroot "$RUNROOT" pull -q plain.invalid:5000/good >"$T/debug" 2>&1
	hasnt "$(cat "$T/debug")" geheim
}
