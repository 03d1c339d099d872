#!/usr/bin/env bats
# 410-runtime-clients.bats: engines that drive podlite-runtime in place of runc: podman, buildah and
# containerd, where they are installed; as root.

load helpers
load threats

runtime=$PODLITE_BIN/podlite-runtime
# this machine may be in a container that cannot raise limits, which podman and buildah ask for
ulimits=(--ulimit nofile=512:512 --ulimit nproc=4096:4096)
setup() {
	RFS=$T/rootfs
	[ -d "$RFS" ] || rootfs
}
setup_file() { :; }
teardown() {
	[ ! -e "$T/p" ] || eng podman rm -t 0 -fa
	[ ! -S "$T/c/sock" ] || [ "$(type -t d)" != function ] || d rm -f xx
	[ -z "${daemon:-}" ] || { kill "$daemon" && wait "$daemon" || :; }
	# rootless podman leaves a process that holds its namespaces
	find "$T/p" -name pause.pid -exec sh -c 'kill "$(cat "$1")"' - {} \; 2>/dev/null || :
	if [ "$(id -u)" = 0 ]; then rm -rf "$T/p" "$T/c"; else unshare -r --map-auto rm -rf "$T/p"; fi
	# the parents that engines name and nobody removes
	local d
	for d in /sys/fs/cgroup/*/{docker,default,libpod_parent}; do
		[ "$(id -u)" != 0 ] || [ ! -d "$d" ] || find "$d" -depth -type d -exec rmdir {} + 2>/dev/null || :
	done
	wait_for 5 no_orphans
}

# eng PROGRAM ARG...: podman or buildah with a store of this test
eng() {
	local program=$1
	shift
	local how=(--root "$T/p/root" --runroot "$T/p/run" --storage-driver vfs)
	[ "$program" != podman ] || how+=(--runtime "$runtime" --cgroup-manager cgroupfs --events-backend file --tmpdir "$T/p/tmp")
	timeout --foreground -k 5 60 "$program" "${how[@]}" "$@" 3>&- 4>&-
}
# says STATUS TEXT COMMAND...: with this status (-: any), and this in what it says
says() {
	local want=$1 text=$2
	shift 2
	status=0
	output=$("$@" 2>&1) || status=$?
	printf '$ %s\n%s\n' "$*" "$output"
	[ "$want" = - ] || is "$status" "$want"
	has "$output" "$text"
}

@test "runtime: podman runs, execs, pauses, kills and deletes with --runtime podlite-runtime, as root and rootless" {
	need_command podman
	local limits=(--memory 50m --pids-limit 60)
	[ "$(id -u)" = 0 ] || limits=()
	export HOME=$T/p/home XDG_RUNTIME_DIR=$T/p/x
	mkdir -p "$HOME" "$XDG_RUNTIME_DIR"
	chmod 700 "$XDG_RUNTIME_DIR"
	tar -C "$RFS" -c . | eng podman import - bb
	local run=(eng podman run "${ulimits[@]}" --network none)
	says 0 hello "${run[@]}" --rm bb echo hello
	says 7 "" "${run[@]}" --rm bb sh -c 'exit 7'
	says 127 'executable file not found in $PATH' "${run[@]}" --rm bb no-such-command
	says 126 "" "${run[@]}" --rm bb /etc
	says 0 "" "${run[@]}" -d --name x "${limits[@]}" bb sh -c 'echo logged; sleep 1000'
	says 0 logged eng podman logs x
	says 0 "in exec" eng podman exec x echo "in exec"
	says 5 "" eng podman exec x sh -c 'exit 5'
	says 127 'executable file not found in $PATH' eng podman exec x no-such-command
	says 0 sleep eng podman top x
	if [ "$(id -u)" = 0 ]; then
		says 0 "" eng podman pause x
		says 0 Paused eng podman ps -a
		says 0 "" eng podman unpause x
	fi
	says 0 "" eng podman kill x
	says 0 137 eng podman wait x
	says 0 "" eng podman rm x
	# with a terminal
	{
		declare -p T runtime ulimits
		declare -p HOME XDG_RUNTIME_DIR
		declare -f eng
		echo 'eng podman run "${ulimits[@]}" --network none --rm -t bb tty'
	} >"$T/tty.sh"
	timeout 30 script -qec "bash '$T/tty.sh'" /dev/null </dev/null >"$T/tty" 3>&- 4>&-
	has "$(cat "$T/tty")" /dev/pts/0
}

@test "runtime: buildah runs build steps with --runtime podlite-runtime" {
	need_root
	need_command buildah
	need_command podman
	tar -C "$RFS" -c . | eng podman import - bb
	run eng buildah from "${ulimits[@]}" bb
	local c=${lines[-1]}
	says 0 "uid=0" eng buildah run --isolation oci --runtime "$runtime" --network none "$c" id
	says 3 "" eng buildah run --isolation oci --runtime "$runtime" --network none "$c" sh -c 'exit 3'
	says 0 "" eng buildah rm "$c"
}

@test "runtime: containerd's shim runs, execs, pauses and deletes with --runc-binary podlite-runtime" {
	need_root
	need_command ctr
	need_command containerd
	mkdir -p "$T/c"
	cat >"$T/c/config.toml" <<-X
		version = 2
		root = "$T/c/root"
		state = "$T/c/state"
		disabled_plugins = ["io.containerd.grpc.v1.cri"]
		[grpc]
		  address = "$T/c/sock"
	X
	containerd --config "$T/c/config.toml" >"$T/c/log" 2>&1 3>&- 4>&- &
	daemon=$!
	c() { timeout --foreground -k 5 30 ctr -a "$T/c/sock" "$@" 3>&- 4>&-; }
	wait_for 10 c version
	local run=(c run --rootfs --runc-binary "$runtime" --runc-root "$T/c/runc")
	says 0 hello "${run[@]}" --rm "$RFS" t1 echo hello
	says 1 'exec: "no-such": executable file not found in $PATH' "${run[@]}" --rm "$RFS" t1 no-such
	says 0 "" "${run[@]}" -d "$RFS" t2 sleep 1000
	says 0 "in exec" c task exec --exec-id e1 t2 echo "in exec"
	says 4 "" c task exec --exec-id e2 t2 sh -c 'exit 4'
	says 0 "" c task pause t2
	says 0 PAUSED c task ls
	says 0 "" c task resume t2
	says 0 "" c task kill -s KILL t2
	ended() { c task ls | grep -q STOPPED; }
	wait_for 10 ended
	c task rm t2 || : # its status is the task's
	says 0 "" c c rm t2
	is "$(find "$T/c/runc/default" -mindepth 1 -maxdepth 1 ! -name .seccomp)" ""
}

@test "runtime: Docker Engine runs, execs, pauses, updates, stops and removes with --add-runtime" {
	need_root
	need_command dockerd
	mkdir -p "$T/c"
	dockerd --data-root "$T/c/root" --exec-root "$T/c/x" -H "unix://$T/c/sock" -p "$T/c/pid" --iptables=false \
		--ip6tables=false --bridge=none --storage-driver vfs --add-runtime "podlite=$runtime" \
		--default-runtime podlite >"$T/c/log" 2>&1 3>&- 4>&- &
	daemon=$!
	d() { timeout --foreground -k 5 60 /usr/bin/docker -H "unix://$T/c/sock" "$@" 3>&- 4>&-; }
	wait_for 20 d version
	tar -C "$RFS" -c . | d import - bb
	local run=(d run --network none)
	says 0 hello "${run[@]}" --rm bb echo hello
	says 127 'executable file not found in $PATH' "${run[@]}" --rm bb no-such-command
	says 126 "permission denied" "${run[@]}" --rm bb /etc
	says 0 tmpfs-ok "${run[@]}" --rm --read-only --tmpfs /tmp bb sh -c 'touch /x || touch /tmp/x && echo tmpfs-ok'
	says 0 "" "${run[@]}" --rm --privileged bb true
	says 0 "" "${run[@]}" -d --name xx --memory 50m --pids-limit 60 bb sh -c 'echo logged; sleep 1000'
	says 0 logged d logs xx
	says 5 "" d exec xx sh -c 'exit 5'
	says - 'executable file not found in $PATH' d exec xx no-such-command
	says 0 "sleep 1000" d top xx
	says 0 "" d pause xx
	says 0 Paused d ps
	says 0 "" d unpause xx
	says 0 "" d update --memory 60m --memory-swap 120m xx
	says 0 60MiB d stats --no-stream xx
	says 0 "" d stop -t 1 xx
	says 0 "" d rm xx
}
