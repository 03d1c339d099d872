# shellcheck shell=bash disable=SC2034,SC2015
# What every bats file loads. A file has a store and a run directory of its own, shared by its
# tests; containers go after each test, images stay until the end of the file.
#
#   pl STATUS ARG...     run podlite with ARG; it must exit with STATUS ("-": any). Sets $output (stdout),
#                        $stderr, $status, $lines. Standard input is passed on. Files: $OUT, $ERR.
#   podlite ARG...       the same program and store, plain: for pipes and background jobs
#   client_of PID        the process of podlite itself in `podlite ... & PID=$!`, to send signals to
#   below PID NAME       the processes of that name below it, outer ones first; the kernel knows 15 letters of a name
#   BUSYBOX, DEBIAN      references of the test images at $REGISTRY; IMAGES is where they were made
#   image NAME...        pulls the test image, once a file
#   name [WORD]          a name not used before, in $name: word-random
#   wait_for SECS CMD... until CMD succeeds
#   is A B, like A GLOB, matches A REGEX, has TEXT PART, hasnt TEXT PART
#   status_is NAME STATUS, health_is NAME STATUS, state_of ID FILTER, gone PID
#   need_cgroup2, need_fuse, need_tun, need_command NAME, need_plain_build: skip without
#   c STATUS OPTION... -- COMMAND...  run a busybox container without network, removed at its end
#   probe VIEW [RUN-OPTION...]   run the probe in a new busybox container
#
# A test that wants a store of its own calls `store NAME`; see 000-TEMPLATE.

: "${PODLITE_TEST_TMP:?run the tests with tests/bats/run}" "${PODLITE:?}" "${REGISTRY:?}"
TESTS=$(dirname "$BATS_TEST_DIRNAME")
BUSYBOX=$REGISTRY/busybox:latest
DEBIAN=$REGISTRY/debian:12
IMAGES=$PODLITE_TEST_IMAGES
MKIMAGE=$TESTS/images/mkimage
export BUSYBOX DEBIAN IMAGES MKIMAGE
export PODLITE_CONF= # whatever defaults this machine has
file=$(basename "${BATS_TEST_FILENAME%.bats}")

# short names: a socket's path may have 108 bytes
store() {
	STORE=$PODLITE_TEST_TMP/${file%%-*}${1:+.$1}
	ROOT=$STORE/root RUNROOT=$STORE/run
	T=$STORE/t OUT=$STORE/out ERR=$STORE/err
	mkdir -p "$ROOT" "$RUNROOT" "$T"
	chmod 700 "$RUNROOT"
}
store ""

# for files that give each test a store
remove_store() {
	if [ "$(id -u)" = 0 ]; then rm -rf "$STORE"; else unshare -r --map-auto rm -rf "$STORE"; fi
}

# 3 and 4 are bats' own: a monitor that held them would hold up bats
podlite() {
	timeout --foreground -k 5 "${PODLITE_TIMEOUT:-90}" \
		"$PODLITE" --root "$ROOT" --runroot "$RUNROOT" "$@" 3>&- 4>&-
}

pl() {
	local want=$1
	shift
	status=0
	podlite "$@" >"$OUT" 2>"$ERR" || status=$?
	output=$(tr -d '\0' <"$OUT") stderr=$(tr -d '\0' <"$ERR")
	mapfile -t lines <<<"$output"
	[ -n "$output" ] || lines=()
	local shown="${output:0:4000}"
	printf '$ podlite %s\n%s\n' "${*@Q}" "$shown${shown:+$'\n'}${stderr:0:4000}"
	if [ "$want" != - ] && [ "$status" != "$want" ]; then
		echo "# exit status $status, expected $want"
		[ "$status" != 124 ] || echo "# (124: it did not end within ${PODLITE_TIMEOUT:-90} s)"
		return 1
	fi
	case $stderr in
	*"AddressSanitizer"* | *"runtime error:"* | *"LeakSanitizer"*)
		echo "# a sanitizer complained"
		return 1
		;;
	esac
	# a success says nothing but what was asked for; --debug and pull's progress are asked for
	if [ "$want" = 0 ] && [ "${PL_QUIET:-1}" = 1 ] && grep -Eqi '^(podlite: )?warn' "$ERR"; then
		echo "# a success with a warning"
		return 1
	fi
}

# below the background shell and timeout
client_of() {
	local p
	for p in $(pgrep -P "$1"); do
		if [ "$(cat "/proc/$p/comm")" = podlite ]; then echo "$p"; else client_of "$p"; fi
	done
}

below() {
	local p
	for p in $(pgrep -P "$1"); do
		[ "$(cat "/proc/$p/comm")" != "$2" ] || echo "$p"
		below "$p" "$2"
	done
}

image() {
	local i
	for i; do
		podlite image exists "$i" 2>/dev/null || pl 0 pull -q "$i"
	done
}

name() {
	name=${1:-c}-$RANDOM$RANDOM
}

wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		if [ $SECONDS -ge $end ]; then
			echo "# waited in vain for: $*"
			return 1
		fi
		sleep 0.05
	done
}

is() { [ "$1" = "$2" ] || differ "$1" "$2" is; }
# shellcheck disable=SC2053 # a pattern
like() { [[ $1 == $2 ]] || differ "$1" "$2" "is like"; }
matches() { [[ $1 =~ $2 ]] || differ "$1" "$2" "matches"; }
has() { [[ $1 == *"$2"* ]] || differ "$1" "$2" "contains"; }
hasnt() { [[ $1 != *"$2"* ]] || differ "$1" "$2" "does not contain"; }
differ() {
	printf '# expected that this:\n%s\n# %s this:\n%s\n' "$1" "$3" "$2"
	return 1
}

# json FILTER: applies jq to $output
json() { jq -r "$1" <<<"$output"; }

c() { # STATUS OPTION... -- COMMAND...
	local want=$1 options=()
	shift
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	pl "$want" run --rm --network none "${options[@]}" "$BUSYBOX" "$@"
}

probe() {
	local view=$1
	shift
	pl 0 run --rm "$@" "$BUSYBOX" probe "$view"
}
# field KEY: the rest of the line in $output that starts with KEY (and a colon, or not)
field() { sed -n "s/^$1:\{0,1\}[[:space:]]*//p" <<<"$output"; }

# --- how a container is ------------------------------------------------------------------------

status_is() { [ "$(podlite inspect --format '{{.State.Status}}' "$1")" = "$2" ]; }
health_of() { podlite inspect --format '{{.State.Health.Status}}' "$1"; }
health_is() { [ "$(health_of "$1")" = "$2" ]; }
state_of() { jq -r "$2" "$ROOT/containers/$1/state.json"; }
gone() { [ ! -e "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"; }
maps() { tr -s ' ' <<<"$output" | sed 's/^ //'; } # an id map in $output, one blank between numbers

# --- what the host has ---------------------------------------------------------------------------

# this host's address towards others
outward() { perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(Proto => "udp", PeerAddr => "192.0.2.1:9") or exit 1; print $s->sockhost'; }
need_command() { command -v "$1" >/dev/null || skip "no $1"; }
need_root() { [ "$(id -u)" = 0 ] || skip "for root"; }
need_fuse() { [ -r /dev/fuse ] && [ -w /dev/fuse ] || skip "no /dev/fuse"; }
# for tests that measure memory or time of the programs themselves
need_plain_build() { [ -z "${PODLITE_SANITIZED:-}" ] || skip "sanitizers take memory of their own"; }
need_tun() { [ -r /dev/net/tun ] && [ -w /dev/net/tun ] || skip "no /dev/net/tun"; }

cgroup_dir() {
	local d
	for d in /sys/fs/cgroup /sys/fs/cgroup/unified; do
		if [ -e "$d/cgroup.procs" ] && [ "$(stat -f -c %T "$d")" = cgroup2fs ]; then
			echo "$d$(sed -n 's/^0:://p' /proc/self/cgroup)"
			return
		fi
	done
	return 1
}
# a cgroup v2 directory where this user may make groups
need_cgroup2() {
	local d
	d=$(cgroup_dir) || skip "no cgroup v2"
	[ -w "$d" ] && [ -w "$d/cgroup.procs" ] && [ -w "${d%/*}/cgroup.procs" ] ||
		skip "no delegated cgroup v2"
}
# --- set-up and leak check ------------------------------------------------------------------------

setup_file() { image "$BUSYBOX"; }

teardown() {
	# the store may be one that the test meant to break
	[ ! -d "$ROOT" ] || podlite rm -t 0 -a -f >"$STORE/teardown" 2>&1 || {
		cat "$STORE/teardown"
		echo "# podlite rm -a -f failed in teardown"
		return 1
	}
	no_leaks
}

# Processes that a test started and did not end: they have lost their parent, so the reaper has them.
orphans() {
	[ -n "${PODLITE_REAPER:-}" ] || return 0
	ps -o pid=,stat=,args= --ppid "$PODLITE_REAPER" | awk '$2 !~ /Z/ && !/\/bats --tap/ { print }'
}
no_orphans() { [ -z "$(orphans)" ]; }

# After all that a file did its store is what it should be: no false alarm after ordinary use. A file with a
# teardown_file of its own may call it.
store_is_clean() {
	[ ! -d "$ROOT/layers" ] || podlite system check >"$STORE/check" 2>&1 || {
		cat "$STORE/check"
		echo "# podlite system check found something after the last test"
		return 1
	}
}
teardown_file() { store_is_clean; }

no_leaks() {
	local bad=0
	wait_for 5 no_orphans || { orphans | sed 's/^/# left running: /'; bad=1; }
	if grep -F " $STORE/" /proc/self/mountinfo; then
		echo "# left mounted"
		bad=1
	fi
	if [ -d "$ROOT/containers" ] && [ -n "$(ls -A "$ROOT/containers")" ]; then
		find "$ROOT/containers" -maxdepth 2 | sed 's/^/# left in the store: /'
		bad=1
	fi
	# what is left must not fail the next test too
	[ $bad = 0 ] || orphans | awk '{ print $1 }' | xargs -r kill -9 2>/dev/null || :
	return $bad
}
