#!/usr/bin/env bats
# 020-run.bats: the main job: run a command, get its output and its exit status, leave nothing.

load helpers

@test "run: prints what the command prints, on the same descriptors" {
	pl 0 run --rm "$BUSYBOX" sh -c 'echo out; echo err >&2'
	is "$output" out
	is "$stderr" err
}

@test "run: the image's command, environment and a real root file system" {
	pl 0 run --rm "$BUSYBOX" </dev/null
	is "$output" ""
	pl 0 run --rm "$BUSYBOX" sh -c 'echo $IMAGE; cat /etc/os-release; id -u; pwd'
	is "${lines[0]}" busybox
	has "$output" ID=busybox
	is "${lines[-2]}" 0
	is "${lines[-1]}" /
}

@test "run: the command's exit status is podlite's" {
	pl 0 run --rm "$BUSYBOX" true
	pl 1 run --rm "$BUSYBOX" false
	pl 42 run --rm "$BUSYBOX" sh -c 'exit 42'
	pl 255 run --rm "$BUSYBOX" sh -c 'exit 255'
}

@test "run: 127 where there is no such command, 126 where it cannot be executed" {
	pl 127 run --rm "$BUSYBOX" no-such-command
	has "$stderr" no-such-command
	pl 127 run --rm "$BUSYBOX" /no/such/path
	pl 126 run --rm "$BUSYBOX" /etc/passwd
	has "$stderr" /etc/passwd
	pl 126 run --rm "$BUSYBOX" /etc
	is "$(wc -l <"$ERR")" 1
}

@test "run: 125 for podlite's own errors, one line each" {
	pl 125 run
	pl 125 run --no-such-option "$BUSYBOX" true
	has "$stderr" --no-such-option
	pl 125 run --rm --pull never "$REGISTRY/never/pulled" true
	pl 125 run --rm -w relative "$BUSYBOX" true
	pl 126 run --rm -u no-such-user "$BUSYBOX" true # as podman 5
	is "$(wc -l <"$ERR")" 1
	has "$stderr" no-such-user
}

@test "run: 128+n where a signal ended the command" {
	pl 137 run --rm "$BUSYBOX" sh -c 'sh -c "kill -9 \$\$"; exit $?'
	pl 143 run --rm "$BUSYBOX" sh -c 'sh -c "kill -15 \$\$"; exit $?'
	pl 139 run --rm --init "$BUSYBOX" sh -c 'kill -11 $$'
	pl 143 run --rm --init "$BUSYBOX" probe die 15
	name
	pl 0 run -d --name "$name" "$BUSYBOX" sleep 1000
	pl 0 kill "$name"
	pl 0 wait "$name"
	is "$output" 137
}

@test "run: -e, --env-file, --unsetenv and the order between them" {
	printf 'A=file\nB=file\n# comment\n\nHOSTVAR\n' >"$T/env"
	HOSTVAR=from-host pl 0 run --rm --env-file "$T/env" -e A=option -e C= -e HOSTVAR2=x -e NOTSET "$BUSYBOX" probe env
	is "$(field A=)" option
	is "$(field B=)" file
	is "$(field C=)" ""
	has "$output" $'\nC='
	is "$(field HOSTVAR=)" from-host
	hasnt "$output" NOTSET
	is "$(field IMAGE=)" busybox
	pl 0 run --rm --unsetenv IMAGE "$BUSYBOX" probe env
	hasnt "$output" IMAGE=
	has "$output" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
	has "$output" HOME=/root
	has "$output" HOSTNAME=
}

@test "run: --env-file from a pipe and from standard input" {
	pl 0 run --rm --env-file <(echo P=piped) "$BUSYBOX" sh -c 'echo $P'
	is "$output" piped
	pl 0 run --rm --env-file /dev/stdin "$BUSYBOX" sh -c 'echo $S' < <(echo S=stdin)
	is "$output" stdin
	pl 125 run --rm --env-file "$T" "$BUSYBOX" true
	has "$stderr" "directory"
	pl 125 run --rm --env-file "$T/nosuch" "$BUSYBOX" true
	has "$stderr" nosuch
}

@test "run: -w enters a directory; the image's own is made if missing" {
	pl 0 run --rm -w /tmp "$BUSYBOX" pwd
	is "$output" /tmp
	"$MKIMAGE" "$REGISTRY/workdir:$$" -l "$IMAGES/layers/busybox.tar" --workdir /made/by/podlite
	pl 0 run --rm "$REGISTRY/workdir:$$" pwd
	is "$output" /made/by/podlite
	pl 0 rmi "$REGISTRY/workdir:$$"
}

@test "run: -u by name, number and group; supplementary groups of the image" {
	probe ids -u 1000
	is "$(field uid)" "1000 1000 1000"
	is "$(field gid)" "1000 1000 1000"
	is "$(field groups)" "29 50 1000"
	probe ids --user user:daemon
	is "$(field gid)" "1 1 1"
	probe ids -u 12345:54321
	is "$(field uid)" "12345 12345 12345"
	is "$(field gid)" "54321 54321 54321"
	probe ids -u nobody --group-add 77
	has " $(field groups) " " 77 "
	pl 0 run --rm -u user "$BUSYBOX" sh -c 'echo $HOME'
	is "$output" /home/user
}

@test "run: --entrypoint, and arguments kept as they are" {
	pl 0 run --rm --entrypoint probe "$BUSYBOX" args 'a b' '' '*' $'new\nline' '"'
	is "$output" $'[a b]\n[]\n[*]\n[new\nline]\n["]'
	pl 0 run --rm --entrypoint '["probe", "args", "x"]' "$BUSYBOX" y
	is "$output" $'[x]\n[y]'
}

@test "run: standard input only with -i" {
	pl 0 run --rm -i "$BUSYBOX" cat <<<"piped"
	is "$output" piped
	pl 0 run --rm "$BUSYBOX" cat <<<"piped"
	is "$output" ""
	head -c 3000000 /dev/urandom >"$T/in"
	pl 0 run --rm -i "$BUSYBOX" sha256sum <"$T/in"
	is "${output%% *}" "$(sha256sum <"$T/in" | cut -d' ' -f1)"
	# a closed input ends the command also when it does not read to the end
	pl 0 run --rm -i "$BUSYBOX" head -c 1 <"$T/in"
}

@test "run: --rm leaves nothing; without it the container stays" {
	pl 0 run --rm "$BUSYBOX" true
	pl 0 ps -a -q
	is "$output" ""
	name
	pl 3 run --name "$name" "$BUSYBOX" sh -c 'exit 3'
	pl 0 ps -a --format '{{.Names}} {{.Status}}'
	like "$output" "$name Exited (3)*"
	pl 0 inspect --format '{{.State.ExitCode}} {{.State.Status}}' "$name"
	is "$output" "3 exited"
	pl 0 rm "$name"
	pl 0 ps -aq
	is "$output" ""
}

@test "run: -d prints the id; logs, stop, rm" {
	name
	pl 0 run -d --name "$name" "$BUSYBOX" sh -c 'echo one; echo two >&2; trap "exit 7" TERM; while :; do sleep 0.1; done'
	matches "$output" '^[0-9a-f]{64}$'
	id=$output
	pl 0 ps -q --no-trunc
	is "$output" "$id"
	sees_two() { podlite logs "$name" 2>&1 | grep -q two; }
	wait_for 5 sees_two
	pl 0 logs "$name"
	is "$output" one
	is "$stderr" two
	pl 0 stop "$name"
	is "$output" "$name"
	pl 0 wait "$name"
	is "$output" 7
	pl 0 rm "$name"
	is "$output" "$name"
	pl 0 ps -aq
	is "$output" ""
}

@test "run: -d returns although the container holds its output open" {
	name
	# through a pipe: the monitor or the container would keep it open
	id=$(podlite run -d --name "$name" "$BUSYBOX" sleep 1000 | cat)
	matches "$id" '^[0-9a-f]{64}$'
	pl 0 rm -f -t 0 "$name"
}

@test "run: stop of a process that cannot see the signal does not wait ten seconds" {
	name
	pl 0 run -d --name "$name" "$BUSYBOX" sleep 1000
	start=$SECONDS
	pl 0 stop "$name"
	[ $((SECONDS - start)) -lt 5 ]
	pl 0 inspect --format '{{.State.ExitCode}}' "$name"
	is "$output" 137
}

@test "run: no output is lost: 100 MB to a pipe, and exit at once" {
	want=$("$IMAGES/probe" spew 100000000 | sha256sum)
	want=${want%% *}
	sum=$(podlite run --rm --log-driver none "$BUSYBOX" probe spew 100000000 5 | sha256sum)
	is "${sum%% *}" "$want"
	name
	set -o pipefail
	sum=$(podlite run --name "$name" --log-opt max-size=1g "$BUSYBOX" probe spew 100000000 | sha256sum)
	is "${sum%% *}" "$want"
	sum=$(podlite logs "$name" | sha256sum)
	is "${sum%% *}" "$want"
}

@test "run: no output is lost to the log of a detached container" {
	name
	pl 0 run -d --name "$name" --log-opt max-size=1g "$BUSYBOX" probe spew 20000000
	pl 0 wait "$name"
	podlite logs "$name" >"$T/log"
	"$IMAGES/probe" spew 20000000 | cmp - "$T/log"
}

@test "run: a slow reader gets everything" {
	set -o pipefail
	sum=$(podlite run --rm "$BUSYBOX" probe spew 3000000 | (sleep 1; sha256sum))
	is "$sum" "$("$IMAGES/probe" spew 3000000 | sha256sum)"
}

@test "run: a reader that goes away ends the run, and nothing stays" {
	is "$(podlite run --rm "$BUSYBOX" probe spew 100000000 2>"$ERR" | head -n 1)" 000000000000000
	wait_for 10 eval '[ -z "$(ls -A "$ROOT/containers")" ]'
}

@test "run: signals to podlite reach the command" {
	name
	podlite run --name "$name" "$BUSYBOX" probe trap >"$T/out" 2>&1 &
	pid=$!
	wait_for 10 grep -q ready "$T/out"
	client=$(client_of "$pid")
	kill -HUP "$client"
	wait_for 5 grep -q 'got HUP' "$T/out"
	kill -USR1 "$client"
	wait_for 5 grep -q 'got USR1' "$T/out"
	kill -TERM "$client"
	status=0
	wait $pid || status=$?
	is $status 42
}

@test "run: a name is taken once, --replace takes it over" {
	name
	pl 0 run -d --name "$name" "$BUSYBOX" sleep 1000
	first=$output
	pl 125 run --name "$name" "$BUSYBOX" true
	has "$stderr" "$name"
	pl 0 run -d --replace --name "$name" "$BUSYBOX" sleep 1000
	[ "$output" != "$first" ]
	pl 0 ps -q
	is "${#lines[@]}" 1
}

@test "run: --cidfile, --pidfile and --conmon-pidfile" {
	name
	pl 0 run -d --name "$name" --cidfile "$T/cid" --pidfile "$T/pid" --conmon-pidfile "$T/mon" "$BUSYBOX" sleep 1000
	is "$(cat "$T/cid")" "$output"
	kill -0 "$(cat "$T/mon")"
	like "$(tr '\0' ' ' <"/proc/$(cat "$T/pid")/cmdline")" "sleep 1000 "
	pl 125 run --cidfile "$T/cid" "$BUSYBOX" true
	has "$stderr" "$T/cid"
}

@test "run: pulls what is missing, and --pull says otherwise" {
	store fresh
	pl 125 run --rm --pull never "$BUSYBOX" true
	pl 0 run --rm "$BUSYBOX" echo pulled
	is "$output" pulled
	pl 0 run --rm --pull always "$BUSYBOX" echo again
	is "$output" again
	pl 0 run --rm --pull newer "$BUSYBOX" echo newer
	is "$output" newer
}

@test "run: --rootfs runs a directory" {
	mkdir "$T/rootfs"
	tar -C "$T/rootfs" -xf "$IMAGES/layers/busybox.tar" --no-same-owner
	pl 0 run --rm --rootfs "$T/rootfs" sh -c 'echo here >/file; echo ok'
	is "$output" ok
	is "$(cat "$T/rootfs/file")" here
}

@test "run: sixteen at once" {
	for i in {1..16}; do
		podlite run --rm "$BUSYBOX" echo "number $i" >"$T/$i" 2>&1 &
		pids[i]=$!
	done
	for i in {1..16}; do
		wait "${pids[i]}" || { cat "$T/$i"; false; }
		is "$(cat "$T/$i")" "number $i"
	done
	pl 0 ps -aq
	is "$output" ""
}
