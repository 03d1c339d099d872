#!/usr/bin/env bats
# 190-script-contract.bats: what scripts rely on: podlite.conf and the variables.

load helpers

setup_file() { :; }

setup() {
	export HOME=$T/home XDG_CONFIG_HOME=$T/config
	mkdir -p "$HOME"
	rm -rf "$XDG_CONFIG_HOME"
	unset PODLITE_CONF
}

# conf FILE: standard input becomes that file of the user's
conf() {
	mkdir -p "$(dirname "$XDG_CONFIG_HOME/podlite/$1")"
	cat >"$XDG_CONFIG_HOME/podlite/$1"
}

# --- podlite.conf --------------------------------------------------------------------------------

@test "podlite.conf: defaults of options, below the name of the command" {
	conf podlite.conf <<-'E'
		log-level = "debug"
		[version]
		format = "from-file"
		[volume.create]
		label = ["a=1", "b=2"]
	E
	PL_QUIET=0 pl 0 version
	is "$output" from-file
	pl 0 version --format x
	is "$output" x
	name v
	pl 0 volume create "$name"
	pl 0 volume inspect --format '{{json .Labels}}' "$name"
	is "$output" '{"a":"1","b":"2"}'
	# a list of the command line replaces the one of the file
	pl 0 volume create --label c=3 "$name-2"
	pl 0 volume inspect --format '{{json .Labels}}' "$name-2"
	is "$output" '{"c":"3"}'
	pl 0 volume rm "$name" "$name-2"
}

@test "podlite.conf: run and create share a table, aliases use that of the command" {
	image "$BUSYBOX"
	conf podlite.conf <<-'E'
		[run]
		hostname = "fromconf"
		network = "none"
		detach = true
		[ps]
		all = true
		no_trunc = true
	E
	name
	pl 0 create --name "$name" "$BUSYBOX" true
	pl 0 inspect --format '{{.Config.Hostname}} {{.HostConfig.NetworkMode}}' "$name"
	is "$output" "fromconf none"
	pl 0 container ls --format '{{.ID}}'
	is ${#output} 64
	pl 0 ps --all=false -q
	is "$output" ""
	pl 0 run --rm --detach=false --network host "$BUSYBOX" hostname
	is "$output" fromconf
}

@test "podlite.conf: drop-ins, the user's over the system's, a variable over both" {
	local etc=$T/etc
	mkdir -p "$etc"/{up/podlite/podlite.conf.d,work}
	echo 'version.format = "system"' >"$etc/up/podlite/podlite.conf"
	cat >"$T/in-etc" <<-'E'
		#!/bin/sh
		mount -t overlay -o "userxattr,lowerdir=/etc,upperdir=$1/up,workdir=$1/work" o /etc || exit 9
		shift
		exec "$@"
	E
	in_etc() { unshare -rm sh "$T/in-etc" "$etc" "$PODLITE" version "$@"; }
	is "$(in_etc)" system
	echo 'version.format = "system drop-in"' >"$etc/up/podlite/podlite.conf.d/1.conf"
	is "$(in_etc)" "system drop-in"
	conf podlite.conf <<<'version.format = "user"'
	is "$(in_etc)" user
	conf podlite.conf.d/10-a.conf <<<'version.format = "a"'
	conf podlite.conf.d/20-b.conf <<<'version.format = "b"'
	conf podlite.conf.d/30-c.txt <<<'version.format = "c"'
	is "$(in_etc)" b
	is "$(PODLITE_VERSION_FORMAT=variable in_etc)" variable
	is "$(PODLITE_VERSION_FORMAT=variable in_etc --format line)" line
	rm -rf "$XDG_CONFIG_HOME"
	mkdir -p "$HOME/.config/podlite"
	echo 'version.format = "home"' >"$HOME/.config/podlite/podlite.conf"
	is "$(XDG_CONFIG_HOME='' in_etc)" home
	rm -r "$HOME/.config"
}

@test "podlite.conf: PODLITE_CONF names the only file, empty none" {
	conf podlite.conf <<<'version.format = "user"'
	echo 'version.format = "named"' >"$T/named"
	PODLITE_CONF=$T/named pl 0 version
	is "$output" named
	PODLITE_CONF='' pl 0 version
	has "$output" OS/Arch
	PODLITE_CONF=$T/nowhere pl 125 version
	has "$stderr" "PODLITE_CONF: no file $T/nowhere"
}

@test "podlite.conf: mistakes name the file, the line, the table and the key" {
	local f=$XDG_CONFIG_HOME/podlite/podlite.conf
	conf podlite.conf <<<$'log-level = "info"\nrun = {'
	pl 125 version
	has "$stderr" "$f: line 2:"
	conf podlite.conf <<<'rm.time = "soon"'
	pl 125 rm x
	has "$stderr" "$f: [rm]: time: invalid value \"soon\""
	pl 0 version
	conf podlite.conf <<<'run.memory = ["1g", "2g"]'
	pl 125 run x
	has "$stderr" "[run]: memory: it takes one value, not 2"
	conf podlite.conf <<<'run.volume = [["x"]]'
	pl 125 run x
	has "$stderr" "[run]: volume: expected a text"
	conf podlite.conf <<<'run.rdt-class = "x"'
	pl 125 run x
	has "$stderr" "option --rdt-class is not supported"
	PODLITE_CONF='' PODLITE_PS_LAST=many pl 125 ps
	has "$stderr" "variable PODLITE_PS_LAST: invalid value"
	conf podlite.conf <<<$'rooot = "/"\nversion = true\n[run]\nmemry = "1g"\n[ruun]\nx = 1\n[container.rm]\nall = true'
	PL_QUIET=0 pl 0 version
	for key in rooot version run.memry '[ruun]' '[container.rm]'; do has "$stderr" ": $key;"; done
	PL_QUIET=0 pl 0 --log-level error version
	is "$stderr" ""
}

@test "podlite.conf: every option of every command has a variable of its own" {
	# PODLITE_ + command + option, no two alike
	pl 0 help --dump
	# second names of commands are other paths to the same options
	awk -F'\t' '$2 != "-" { sub(/^podlite /, "", $1); v = toupper($1 "_" $2); gsub(/[ -]/, "_", v); print v "\t" $1 " " $2 }' "$OUT" |
		sort -u >"$T/variables"
	is "$(cut -f1 "$T/variables" | uniq -d)" ""
	[ "$(wc -l <"$T/variables")" -gt 400 ]
	PODLITE_LOG_LEVEL=nonsense pl 125 version
	has "$stderr" "variable PODLITE_LOG_LEVEL:"
	# an action is no setting, and other names that begin so are not ours
	PODLITE_VERSION=nonsense PODLITE_NOTHING=x PODLITE_RUN=x PODLITE_=x pl 0 version -f x
	is "$output" x
}

@test "podlite.conf: without files two looks and no more" {
	need_command strace
	need_plain_build
	strace -f -o "$T/trace" -e trace=%file "$PODLITE" version >/dev/null
	is "$(grep -c podlite.conf "$T/trace")" 0
	is "$(grep -c '"[^"]*/podlite", .*O_PATH' "$T/trace")" 2
}

# --- errors and events ---------------------------------------------------------------------------

# err KEY: of the last line of stderr
err() { tail -n 1 "$ERR" | jq -r ".$1"; }
# event FILTER...: of the lines in $T/status
event() { jq -rc "$@" "$T/status"; }

@test "--error-format json: one object an error, the parts apart" {
	pl 125 --error-format json inspect nope
	is "$(err code)" not-found
	is "$(err version)" 1
	is "$(jq -r 'keys|join(" ")' "$ERR")" "cause code errno fix message version"
	is "$(err fix)" null
	pl 125 --error-format json run --memry 1g x
	is "$(err code)" usage
	is "$(err message)" "unknown option: --memry"
	is "$(err fix)" "did you mean --memory?"
	pl 125 --error-format json --root /proc/nowhere images
	is "$(err errno)" ENOENT
	is "$(err cause)" "No such file or directory"
	PODLITE_ERROR_FORMAT=json pl 125 save -o "$T/x.tar" --format nonsense nope
	is "$(err code)" usage
	# what a name holds cannot pass for a part
	pl 125 --error-format json inspect $'a; b"\n{'
	is "$(err fix)" null
	has "$(err message)" 'a; b" {'
	# each of several
	pl 1 --error-format json volume rm nope1 nope2
	is "$(jq -rs 'map(.code) | join(" ")' "$ERR")" "not-found not-found"
	pl 1 --error-format json rm nope1
	is "$(err code)" not-found
	pl 125 --error-format perhaps images
	is "$stderr" 'podlite: invalid value "perhaps" for --error-format: expected one of text, json'
}

@test "--error-format json: codes of what goes wrong with a container" {
	image "$BUSYBOX"
	name
	pl 127 --error-format json run --name "$name" "$BUSYBOX" /nothing
	is "$(err code)" no-command
	pl 125 --error-format json run --name "$name" "$BUSYBOX" true
	is "$(err code)" exists
	pl 126 --error-format json run --rm "$BUSYBOX" /etc
	is "$(err code)" not-executable
	pl 125 --error-format json run --rdt-class x "$BUSYBOX"
	is "$(err code)" unsupported
	pl 125 --error-format json run --name 'a b' "$BUSYBOX"
	is "$(err code)" usage
	pl 125 --error-format json pull -q 127.0.0.1:1/x
	is "$(err code)" network
	name
	pl 0 run -d --name "$name" "$BUSYBOX" sleep 100
	pl 2 --error-format json rm "$name"
	is "$(err code)" in-use
	is "$(err fix)" "stop it first or remove it with -f"
}

@test "--status-fd: whose exit status it is" {
	image "$BUSYBOX"
	local how
	for how in "0:true" "125:sh -c 'exit 125'" "127:sh -c 'exit 127'" "137:sh -c 'kill -9 \$\$'"; do
		# shellcheck disable=SC2086 # words
		eval "pl ${how%%:*} --status-fd 7 run --rm --init \"\$BUSYBOX\" ${how#*:}" 7>"$T/status"
		is "$(event 'select(.event == "exit") | [.version, .code, .source]')" "[1,${how%%:*},\"container\"]"
		is "$(event 'select(.event == "container").id | length')" 64
	done
	pl 127 --status-fd 7 run --rm "$BUSYBOX" /nothing 7>"$T/status"
	is "$(event '.event' | tail -n 2 | paste -sd ' ')" "error exit"
	is "$(event 'select(.event == "error").code')" no-command
	is "$(event 'select(.event == "exit") | [.code, .source]')" '[127,"podlite"]'
	pl 125 --status-fd 7 run --nope 7>"$T/status"
	is "$(event '[.event, .code, .source]')" $'["error","usage",null]\n["exit",125,"podlite"]'
	pl 1 --status-fd 7 image exists nope 7>"$T/status"
	is "$(event '[.code, .source]')" '[1,"podlite"]'
	# nothing of it on the other streams
	is "$output$stderr" ""
}

@test "--status-fd: exec, attach, start and what is left in the background" {
	image "$BUSYBOX"
	name
	pl 0 --status-fd 7 run -d --name "$name" "$BUSYBOX" sh -c 'until [ -e /go ]; do sleep 0.1; done; exit 9' 7>"$T/status"
	is "$(event 'select(.event == "exit") | [.code, .source]')" '[0,"podlite"]'
	pl 3 --status-fd 7 exec "$name" sh -c 'exit 3' 7>"$T/status"
	is "$(event '[.event, .code, .source]')" '["exit",3,"container"]'
	pl 127 --status-fd 7 exec "$name" /nothing 7>"$T/status"
	is "$(event 'select(.event == "exit") | [.code, .source]')" '[127,"podlite"]'
	# nothing that stays behind holds the other end
	timeout 10 cat < <(podlite --status-fd 7 exec -d "$name" sleep 100 7>&1 >/dev/null) >"$T/status"
	is "$(event '[.event, .code, .source]')" '["exit",0,"podlite"]'
	# whatever its number
	if (ulimit -n 3000) 2>/dev/null; then
		timeout 10 cat < <(ulimit -n 3000 && exec 2500>&1 >/dev/null && podlite exec -d "$name" sleep 100 && echo over >&2500) >"$T/over"
		is "$(cat "$T/over")" over
	fi
	(sleep 0.3 && podlite exec "$name" touch /go) &
	pl 9 --status-fd 7 attach "$name" 7>"$T/status"
	is "$(event '[.event, .code, .source]')" '["exit",9,"container"]'
	wait $!
	pl 9 --status-fd 7 start -a "$name" 7>"$T/status"
	is "$(event '[.event, .code, .source]')" $'["started",null,null]\n["exit",9,"container"]'
}

@test "--status-fd: the stages of pull and push, the image, the container and its start" {
	store stages
	local id layers pid
	name
	pl 0 --status-fd 7 run -d --name "$name" --network none "$BUSYBOX" sleep 1000 7>"$T/status"
	same_keys status <(jq -s . "$T/status")
	is "$(event .event | uniq | paste -sd ' ')" "progress image container started exit"
	pl 0 image inspect --format '{{.Id}}' "$BUSYBOX"
	is "$(event 'select(.event == "image") | [.id, .name]')" "[\"$output\",\"$BUSYBOX\"]"
	pl 0 inspect --format '{{.Id}} {{.State.Pid}}' "$name"
	id=${output% *} pid=${output#* }
	is "$(event 'select(.event == "container").id')" "$id"
	is "$(event 'select(.event == "started") | "\(.id) \(.pid)"')" "$id $pid"
	# each layer of the manifest, from the first byte to the last
	pl 0 manifest inspect "docker://$BUSYBOX"
	layers=$(json '.layers[] | "\(.digest) \(.size)"' | sort)
	is "$(event 'select(.stage == "done") | "\(.blob) \(.total)"' | sort)" "$layers"
	is "$(event 'select(.stage == "done" and .bytes != .total)')" ""
	is "$(event 'select(.event == "progress") | [.operation, .name]' | uniq)" "[\"pull\",\"$BUSYBOX\"]"
	is "$(event 'select(.event == "progress").stage' | head -n 1)" fetching
	# what is here is not fetched
	pl 0 --status-fd 7 pull -q "$BUSYBOX" 7>"$T/status"
	is "$(event 'select(.event == "progress").stage' | sort -u)" exists
	pl 0 --status-fd 7 push -q "$BUSYBOX" "$REGISTRY/stages:1" 7>"$T/status"
	is "$(event 'select(.event == "progress") | [.operation, .name]' | sort -u)" "[\"push\",\"$REGISTRY/stages:1\"]"
	[ "$(event 'select(.stage == "done" or .stage == "exists")' | wc -l)" = "$(wc -l <<<"$layers")" ]
	# start of one that is there; init has not started it yet
	pl 0 rm -f -t 0 "$name"
	pl 0 create --name "$name" --network none "$BUSYBOX" sleep 1000
	pl 0 --status-fd 7 init "$name" 7>"$T/status"
	is "$(event .event)" exit
	pl 0 --status-fd 7 start "$name" 7>"$T/status"
	is "$(event .event | paste -sd ' ')" "started exit"
	pl 0 --status-fd 7 restart -t 0 "$name" 7>"$T/status"
	is "$(event .event | paste -sd ' ')" "started exit"
}

@test "--status-fd: a reader who is behind loses progress, one who never reads holds up nothing" {
	store behind
	mkfifo "$T/fifo"
	exec 7<>"$T/fifo"
	# a pipe that is half full: what matters fits
	head -c 40000 /dev/zero >&7
	pl 0 --status-fd 7 run --rm --network none "$BUSYBOX" true
	# shellcheck disable=SC2016 # jq's
	timeout 20 sh -c 'head -c 40000 >/dev/null; sed "/\"exit\"/q"' <&7 >"$T/status"
	is "$(event .event | paste -sd ' ')" "image container started exit"
	# full: one short wait in all
	head -c 65536 /dev/zero >&7
	SECONDS=0
	PODLITE_TIMEOUT=30 pl 1 --status-fd 7 volume rm nope{1..40}
	is "$(wc -l <"$ERR")" 40
	[ $SECONDS -lt 20 ]
	exec 7>&-
	# one who leaves in the middle
	pl 0 rmi -a -f
	podlite --status-fd 7 pull -q "$BUSYBOX" 7> >(head -n 1 >"$T/status") >"$OUT"
	pl 0 image exists "$BUSYBOX"
	wait_for 10 test -s "$T/status"
	is "$(event .event)" progress
}

@test "--status-fd: a descriptor that is none, or that the container would get" {
	pl 125 --status-fd 77 images
	has "$stderr" "--status-fd 77: no such descriptor is open"
	pl 125 --status-fd -1 images
	local said
	said=$("$PODLITE" --root "$ROOT" --runroot "$RUNROOT" --status-fd 4 run --preserve-fds 2 "$BUSYBOX" true \
		3</dev/null 4>"$T/status" 2>&1) && return 1
	has "$said" "--status-fd 4 is among the descriptors to preserve"
	# a reader that went away changes nothing
	(exec 7> >(:); sleep 0.1; PODLITE_TIMEOUT=20 pl 0 --status-fd 7 images)
}

# --- JSON ------------------------------------------------------------------------------------------

# golden NAME ARG...: every key that podlite ARG... prints is in json-keys/NAME.txt with its type, and
# the reverse. There, "KEY TYPE ?" is a key that is not always there; where either type is null the
# value was missing. podlite-json(7) includes these files.
golden() {
	pl 0 "${@:2}"
	same_keys "$1" "$OUT"
}
same_keys() { # NAME DOCUMENT
	local name=$1 file=$BATS_TEST_DIRNAME/json-keys/$1.txt
	jq -r -f "$BATS_TEST_DIRNAME/json-keys/keys.jq" "$2" | LC_ALL=C sort -u >"$T/keys.$name"
	[ -s "$T/keys.$name" ]
	awk -v name="$name" '
		NR == FNR { type[$1] = $2; optional[$1] = $3 == "?"; next }
		{ seen[$1] = 1 }
		!($1 in type) { print "# " name ": new key: " $1 " " $2; bad = 1; next }
		$2 != type[$1] && $2 != "null" && type[$1] != "null" { print "# " name ": " $1 " is " $2 ", not " type[$1]; bad = 1 }
		END {
			for (k in type) if (!(k in seen) && !optional[k]) { print "# " name ": no key " k; bad = 1 }
			exit bad
		}' "$file" "$T/keys.$name"
}

@test "JSON: every key of containers, with its type" {
	image "$BUSYBOX"
	name
	pl 0 volume create --label a=b "$name-v"
	pl 0 run -d --name "$name" --network slirp4netns -p 18190:80 -v "$name-v:/v" --tmpfs /t --device /dev/null --env A=1 --label x=y \
		--health-cmd true --health-interval 1h --annotation a=b --ulimit nofile=100:200 --restart on-failure:2 "$BUSYBOX" sh -c 'touch /f; sleep 1000'
	pl 0 healthcheck run "$name"
	local bad=0
	golden container inspect "$name" || bad=1
	golden ps ps --size --format json || bad=1
	golden volume volume inspect "$name-v" || bad=1
	golden volume-ls volume ls --format json || bad=1
	pl 0 network create --ip-range 10.175.0.0/25 --subnet 10.175.0.0/24 --label a=b --opt mtu=1400 --dns 192.0.2.1 "$name-n"
	golden network network inspect "$name-n" || bad=1
	golden network-ls network ls --format json || bad=1
	pl 0 network rm "$name-n"
	golden diff diff --format json "$name" || bad=1
	golden df system df --format json || bad=1
	pl 0 rm -t 0 -f "$name"
	golden events events --stream=false --format json || bad=1
	cp "$OUT" "$T/events"
	pl 0 volume rm "$name-v"
	is "$(jq -r .Type "$T/events" | sort -u | paste -sd ' ')" "container image network volume"
	[ $bad = 0 ]
}

@test "JSON: every key of images, secrets and the host, with its type" {
	image "$BUSYBOX"
	name
	local bad=0
	golden image image inspect "$BUSYBOX" || bad=1
	golden images images --format json || bad=1
	golden history history --format json "$BUSYBOX" || bad=1
	echo x | pl 0 secret create --label a=b "$name" -
	golden secret secret inspect "$name" || bad=1
	golden secret-ls secret ls --format json || bad=1
	pl 0 secret rm "$name"
	golden info info --format json || bad=1
	golden version version --format json || bad=1
	golden check system check --format json || bad=1
	# its exit status is that of the findings
	pl - doctor --format json
	same_keys doctor "$OUT" || bad=1
	golden search search --format json "$REGISTRY/busybox" || bad=1
	[ $bad = 0 ]
}

@test "JSON: lists without elements and with one are arrays" {
	local words count
	image "$BUSYBOX"
	name
	for count in 0 1; do
		[ $count = 0 ] || {
			pl 0 create --name "$name" "$BUSYBOX"
			pl 0 volume create "$name"
			echo x | pl 0 secret create "$name" -
		}
		for words in "ps -a --filter name=^$name\$" "volume ls --filter name=^$name\$" "secret ls --filter name=^$name\$"; do
			# shellcheck disable=SC2086 # words
			pl 0 $words --format json
			is "$(json type) $(json length)" "array $count"
		done
	done
	for words in "network ls" "images --filter dangling=true" images; do
		# shellcheck disable=SC2086 # words
		pl 0 $words --format json
		is "$(json type)" array
	done
	pl 0 rm "$name"
	pl 0 volume rm "$name"
	pl 0 secret rm "$name"
}

# --- files with ids, streams, questions --------------------------------------------------------------

@test "--cidfile, --pidfile: whole and there before the caller, or the container, goes on" {
	image "$BUSYBOX"
	name
	pl 0 run -d --name "$name" --cidfile "$T/cid" --pidfile "$T/pid" --conmon-pidfile "$T/mon" "$BUSYBOX" sleep 100
	is "$(cat "$T/cid")" "$output"
	is "$(wc -c <"$T/cid")" 64
	is "$(cat "$T/pid")" "$(podlite inspect --format '{{.State.Pid}}' "$name")"
	is "$(tr -d '\0' <"/proc/$(cat "$T/mon")/comm")" podlite-monitor
	# the container sees them: they were written before its process ran
	mkdir -p "$T/ids"
	pl 0 run --rm --cidfile "$T/ids/cid" --pidfile "$T/ids/pid" -v "$T/ids:/ids:ro" "$BUSYBOX" sh -c 'wc -c </ids/cid; grep -c "^[1-9][0-9]*" /ids/pid'
	is "$output" $'64\n1'
	pl 0 create --cidfile "$T/cid2" "$BUSYBOX"
	is "$(cat "$T/cid2")" "$output"
	# never in part: a reader who looks all the time sees nothing or all
	local seen=0
	(while [ ! -e "$T/stop" ]; do [ ! -e "$T/cid3" ] || wc -c <"$T/cid3"; done) >"$T/sizes" &
	pl 0 create --cidfile "$T/cid3" "$BUSYBOX"
	touch "$T/stop"
	wait $!
	seen=$(sort -u "$T/sizes")
	[ -z "$seen" ] || is "$seen" 64
	# a container that was not made leaves no file, and a running one's is not taken over
	pl 125 create --cidfile "$T/cid4" --name "$name" "$BUSYBOX"
	[ ! -e "$T/cid4" ]
	pl 125 create --cidfile "$T/cid" "$BUSYBOX"
	# a disk that is full: an error, no empty file, no container
	local n
	n=$(podlite ps -aq | wc -l)
	pl 125 create --cidfile /dev/full/cid "$BUSYBOX"
	is "$(podlite ps -aq | wc -l)" "$n"
}

@test "standard output has nothing but the answer" {
	image "$BUSYBOX"
	name
	local words
	pl 0 pull "$BUSYBOX"
	is "${#lines[@]} ${#lines[0]}" "1 64"
	pl 0 rmi "$BUSYBOX"
	pl 0 run -d --name "$name" "$BUSYBOX" sleep 100
	is "${#lines[@]} ${#lines[0]}" "1 64"
	pl 0 create "$BUSYBOX"
	is "${#lines[@]} ${#lines[0]}" "1 64"
	pl 0 images -q --no-trunc
	matches "$output" '^sha256:[0-9a-f]{64}$'
	# what is wrong is said on standard error alone
	for words in "rm nope" "inspect --format {{.Id}} nope" "run --nope" "images --format {{.Nope" "pull 127.0.0.1:1/x" "tag a b" nope; do
		# shellcheck disable=SC2086 # words
		pl - $words
		[ "$status" != 0 ]
		is "$output" ""
		has "$stderr" podlite:
	done
	# and warnings
	PL_QUIET=0 PODLITE_CONF=$T/warn pl 125 version
	has "$stderr" "no file $T/warn"
	echo 'nothing = 1' >"$T/warn"
	PL_QUIET=0 PODLITE_CONF=$T/warn pl 0 version --format x
	is "$output" x
	has "$stderr" "podlite: warning:"
	# output that cannot be written is a failure, a reader that went away is not worth a word
	"$PODLITE" version >/dev/full 2>"$T/err" && return 1
	has "$(cat "$T/err")" "write to standard output: No space left on device"
	"$PODLITE" help --dump 2>"$T/err" | head -n 1 >/dev/null
	is "$(cat "$T/err")" ""
	is "$(NO_COLOR='' TERM=xterm script -qec "$PODLITE version" /dev/null | grep -c $'\e')" 0
}

@test "nothing is asked without a terminal" {
	local words
	pl 0 volume create
	for words in "container prune" "volume prune" "image prune" "system prune" "login $REGISTRY"; do
		# shellcheck disable=SC2086 # words
		PODLITE_TIMEOUT=20 pl 125 $words </dev/null
		matches "$stderr" '(--force|--password-stdin|--username)'
		is "$output" ""
	done
	pl 0 volume rm -a
}
