# shellcheck shell=bash disable=SC2034
# What quickstart, check, tests/bats/run and bench/run share: packages, the unprivileged user, the
# build, a registry on loopback. Sourced, never run. All state goes below one directory that the
# caller made with stage_make and that is removed by stage_done.

BUILD_PACKAGES=(autoconf automake pkg-config gcc make libc6-dev libjson-c-dev libseccomp-dev
	libcurl4-openssl-dev libarchive-dev libssl-dev zlib1g-dev libzstd-dev liblzma-dev libisal-dev go-md2man)
RUN_PACKAGES=(uidmap fuse-overlayfs slirp4netns passt)
DEMO_PACKAGES=(docker-registry busybox-static umoci skopeo jq)
# what check needs beyond that
TEST_PACKAGES=(bats runc mmdebstrap clang libclang-rt-14-dev python3 attr libcap2-bin iproute2 procps
	util-linux shellcheck universal-ctags zstd binutils git openssl strace crun podman buildah
	curl xz-utils zsh fish cron)

say() { printf '\033[1m==> %s\033[0m\n' "$*" >&2; }
die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "needs root or sudo for: $*"
	fi
}

# Seconds since the epoch with three digits, without starting a program.
now() { printf '%s' "${EPOCHREALTIME%???}"; }
since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.2f s", b - a }'; }

# need_packages NAME...: installs those that are not there, and starts no service doing so.
need_packages() {
	local p missing=() policy=/usr/sbin/policy-rc.d
	for p; do
		dpkg-query -W -f='${db:Status-Status}\n' "$p" 2>/dev/null | grep -qx installed ||
			missing+=("$p")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	say "installing ${missing[*]}"
	# docker-registry's package would start a registry of its own on every interface
	if [ -e "$policy" ]; then
		policy=
	else
		printf '#!/bin/sh\nexit 101\n' | as_root sh -c "cat >$policy; chmod 755 $policy"
	fi
	local ok=0
	apt_install "${missing[@]}" || { as_root apt-get update -q && apt_install "${missing[@]}"; } || ok=1
	[ -z "$policy" ] || as_root rm -f "$policy"
	[ $ok = 0 ] || die "apt-get could not install: ${missing[*]}"
	# nor does a cron that is here for a test alone belong into the next boot
	local service
	for service in docker-registry cron; do
		case " ${missing[*]} " in
		*" $service "*) [ ! -d /run/systemd/system ] || as_root systemctl -q disable "$service" || : ;;
		esac
	done
}

apt_install() {
	local log status=0
	log=$(mktemp)
	as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -qqy --no-install-recommends -o Dpkg::Use-Pty=0 "$@" >"$log" 2>&1 || status=$?
	[ $status = 0 ] || tail -n 20 "$log" >&2
	rm -f "$log"
	return $status
}

# add_subids USER FILE FLAG: gives USER 65536 ids beyond every range in FILE, if it has fewer.
add_subids() {
	local have first
	have=$(awk -F: -v u="$1" '$1 == u { n += $3 } END { print n + 0 }' "$2" 2>/dev/null || echo 0)
	[ "$have" -lt 65536 ] || return 0
	first=$(awk -F: 'BEGIN { e = 100000 } $2 + $3 > e { e = $2 + $3 } END { print e }' "$2" 2>/dev/null ||
		echo 100000)
	as_root usermod "$3" "$first-$((first + 65535))" "$1"
}

# test_user: sets TEST_USER to whom containers run as, and makes the host fit for that, as a
# distribution's own set-up would: subordinate ids, device nodes that everyone may open.
test_user() {
	if [ "$(id -u)" = 0 ]; then
		TEST_USER=${PODLITE_TEST_USER:-podlite-test}
		id "$TEST_USER" >/dev/null 2>&1 || useradd -m -s /bin/bash "$TEST_USER"
	else
		TEST_USER=$(id -un)
	fi
	if [ "$TEST_USER" != root ]; then
		add_subids "$TEST_USER" /etc/subuid --add-subuids
		add_subids "$TEST_USER" /etc/subgid --add-subgids
	fi
	set -- /dev/fuse 229 /dev/net/tun 200
	while [ $# -gt 0 ]; do
		if [ ! -e "$1" ]; then
			as_root mkdir -p "${1%/*}"
			as_root mknod -m 666 "$1" c 10 "$2" 2>/dev/null || :
		elif [ "$(stat -L -c %a "$1")" != 666 ]; then
			as_root chmod 666 "$1" 2>/dev/null || :
		fi
		shift 2
	done
}

# stage_make NAME: STAGE, a directory of TEST_USER's with home, run and tmp. It lies outside the
# checkout, which that user may not be able to reach.
stage_make() {
	STAGE=$(mktemp -d "/var/tmp/podlite-$1.XXXXXX")
	mkdir "$STAGE"/{bin,home,run,tmp}
	chmod 755 "$STAGE"
	chmod 700 "$STAGE/run"
	[ "$(id -u)" != 0 ] || chown -R "$TEST_USER:" "$STAGE"
}

# stage_run_in_memory: the run directory on tmpfs, as systemd's /run/user/UID is; stays where it is
# if there is no tmpfs.
stage_run_in_memory() {
	[ "$(stat -f -c %T /dev/shm 2>/dev/null)" = tmpfs ] || return 0
	STAGE_RUN=$(mktemp -d "/dev/shm/podlite-run.XXXXXX") || { STAGE_RUN=; return 0; }
	[ "$(id -u)" != 0 ] || chown "$TEST_USER:" "$STAGE_RUN"
}

# stage_done: ends what still runs from the stage and removes it, subordinate ids' files included.
stage_done() {
	[ -n "${STAGE:-}" ] && [ -d "$STAGE" ] || return 0
	registry_stop
	cgroup_done
	remove "$STAGE" ${STAGE_RUN:+"$STAGE_RUN"}
	STAGE='' STAGE_RUN=''
}

# remove PATH...: files of this user's subordinate ids, too
remove() {
	if [ "$(id -u)" = 0 ]; then
		rm -rf --one-file-system "$@"
	else
		unshare -r --map-auto rm -rf --one-file-system "$@"
	fi
}

# run_as_user [VAR=VALUE...] COMMAND...: in the user's stage, with nothing of the caller's environment.
run_as_user() {
	local drop=()
	[ "$(id -u)" != 0 ] ||
		drop=(setpriv --reuid "$TEST_USER" --regid "$(id -g "$TEST_USER")" --init-groups)
	(
		cd "$STAGE" || exit
		exec "${drop[@]}" env -i HOME="$STAGE/home" USER="$TEST_USER" LOGNAME="$TEST_USER" \
			XDG_RUNTIME_DIR="${STAGE_RUN:-$STAGE/run}" TMPDIR="$STAGE/tmp" TERM="${TERM:-dumb}" LANG=C.UTF-8 \
			PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
	)
}

# cgroup_enter: on cgroup v2 with controllers, move this shell into a group that TEST_USER owns, as
# a systemd user session would have. Elsewhere nothing: the tests that need it skip.
cgroup_enter() {
	CGROUP=
	[ "$(id -u)" = 0 ] && [ -f /sys/fs/cgroup/cgroup.controllers ] || return 0
	CGROUP_HOME=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
	local top=/sys/fs/cgroup/podlite-test.$$
	mkdir "$top" "$top/run" 2>/dev/null || return 0
	CGROUP=$top
	chown "$TEST_USER:" "$top" "$top"/cgroup.{procs,subtree_control,threads} "$top/run" "$top"/run/cgroup.*
	echo $BASHPID >"$top/run/cgroup.procs" || { cgroup_done; return 0; }
	local c
	for c in cpu memory pids io cpuset; do
		echo "+$c" 2>/dev/null >"$top/cgroup.subtree_control" || :
	done
}

cgroup_done() {
	[ -n "${CGROUP:-}" ] || return 0
	{ echo $BASHPID >"$CGROUP_HOME/cgroup.procs" ||
		echo $BASHPID >/sys/fs/cgroup/cgroup.procs; } 2>/dev/null || :
	find "$CGROUP" -depth -type d -exec rmdir {} + 2>/dev/null || :
	CGROUP=
}

# build_here: configures the tree in the current directory if needed, and builds it; what the tools
# say is in build.log.
build_here() {
	{
		if [ ! -x configure ] || [ configure.ac -nt configure ]; then ./autogen.sh; fi &&
			if [ ! -f Makefile ] || [ configure -nt Makefile ]; then ./configure -q; fi &&
			make -j "$(nproc)"
	} >build.log 2>&1 || {
		tail -n 40 build.log >&2
		die "the build failed; all of it is in $PWD/build.log"
	}
}

# programs_in BUILDDIR: where its programs are; DIR/podlite is a folder of sources in the source tree
programs_in() {
	local d
	for d in "$(realpath "$1")/bin" "$1"; do
		if [ -f "$d/podlite" ] && [ -x "$d/podlite" ]; then
			echo "$d"
			return
		fi
	done
	die "no program podlite in $1 or $1/bin: build it first"
}

# stage_programs BUILDDIR DIR: copies of the programs, which find each other beside themselves.
stage_programs() {
	local f from
	from=$(programs_in "$1")
	mkdir -p "$2"
	for f in "$from"/podlite "$from"/podlite-*; do
		[ ! -f "$f" ] || [ ! -x "$f" ] || install -m 755 "$f" "$2/"
	done
}

# registry_start STORE: docker-registry over the directory STORE on a free port of 127.0.0.1. Sets
# REGISTRY (host:port) and REGISTRY_PID. Runs as whoever calls.
registry_start() {
	local log=$1.log i
	mkdir -p "$1"
	cat >"$1.yml" <<-YML
		version: 0.1
		log: {level: info, accesslog: {disabled: true}}
		storage: {filesystem: {rootdirectory: $1}, delete: {enabled: true}}
		http: {addr: "127.0.0.1:0"}
	YML
	: >"$log" # it is read before the server may have opened it
	docker-registry serve "$1.yml" >"$log" 2>&1 3>&- 4>&- &
	REGISTRY_PID=$!
	for ((i = 0; i < 100; i++)); do
		REGISTRY=$(sed -n 's/.*listening on \(127\.0\.0\.1:[0-9]*\).*/\1/p' "$log")
		[ -z "$REGISTRY" ] || return 0
		kill -0 "$REGISTRY_PID" 2>/dev/null || break
		sleep 0.1
	done
	cat "$log" >&2
	die "docker-registry did not start"
}

registry_stop() {
	[ -n "${REGISTRY_PID:-}" ] || return 0
	kill "$REGISTRY_PID" 2>/dev/null || :
	wait "$REGISTRY_PID" 2>/dev/null || :
	REGISTRY_PID=
}
