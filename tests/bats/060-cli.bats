#!/usr/bin/env bats
# 060-cli.bats: the command line: options before the command, help, errors, exit status, completion.

load helpers

setup_file() { :; }

@test "version and --version" {
	pl 0 --version
	matches "$output" '^podlite version [0-9]+\.[0-9]+'
	pl 0 -v
	local version=${output##* }
	pl 0 version
	has "$output" "$version"
	has "$output" OS/Arch:
	pl 0 version --format '{{.Client.Version}} {{.Client.Os}}'
	is "$output" "$version linux"
	pl 0 version -f json
	is "$(json .Client.Version)" "$version"
	pl 125 version -f '{{.Client.Nope}}'
}

@test "help: every way to ask for it, for every command" {
	pl 0 --help
	has "$output" "Available Commands:"
	pl 0 help
	has "$output" "  run "
	hasnt "$output" __complete
	pl 0 run --help
	has "$output" "podlite run [options] IMAGE"
	local run=$output
	pl 0 help run
	is "$output" "$run"
	pl 0 volume ls --help
	has "$output" "podlite volume ls"
	pl 125 image
	pl 0 help --dump
	has "$output" $'podlite run\tname\t-\tstring\tNAME\t'
	local c
	for c in $(podlite help | sed -n '/^Available/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
		pl 0 "$c" --help
		has "$output" Usage:
	done
}

@test "errors: one line, exit status 125, a suggestion" {
	pl 125 iamges
	is "$stderr" "podlite: unknown command: podlite iamges; did you mean podlite images?"
	pl 125 volume lss
	has "$stderr" "did you mean podlite volume ls?"
	pl 125 volume
	has "$stderr" "missing command"
	pl 125 images --formt json
	has "$stderr" "did you mean --format?"
	pl 125 images -Z
	has "$stderr" "unknown option: -Z"
	pl 125 images --format
	has "$stderr" "needs a value"
	pl 125 images a b
	has "$stderr" "at most 1 argument"
	pl 125 tag a
	has "$stderr" "at least 2 arguments"
	pl 125 version x
	has "$stderr" "takes no arguments"
	pl 125 images --quiet=perhaps
	has "$stderr" "true or false"
	pl 125 --nope images
	pl 125
	is "$(grep -c '^podlite: ' <<<"$stderr")" 1
}

@test "options: all the ways to write them" {
	pl 0 images -qa
	pl 0 images -aq=false
	pl 0 images --quiet=true --all=false
	pl 0 images -fdangling=true -q
	pl 0 images -f=dangling=true -q
	pl 0 images --filter=dangling=true -q
	pl 0 images -q -- nothing
	pl 0 ps nothing --help
}

@test "remote: refused, with what to do instead" {
	for o in --remote --url=ssh://x --connection=x -r; do
		pl 125 "$o" ps
		has "$stderr" "no service to connect to"
	done
}

@test "--out, --noout, --log-level, --debug and what is accepted for podman's sake" {
	pl 0 --out "$T/out" version
	is "$output" ""
	has "$(<"$T/out")" Version:
	pl 0 --noout version
	is "$output" ""
	pl 125 --out /nonexistent/dir/file version
	pl 0 --log-level error --events-backend none --cgroup-manager systemd --runtime crun --runtime-flag debug images
	pl 0 --log-level=debug --debug images
	pl 125 --log-level loud images
	pl 125 --storage-driver zfs images
	pl 125 --cgroup-manager other images
	pl 0 --events-backend file images
}

@test "global options that are not built are refused by name, none is ignored" {
	local o
	[ -S /run/systemd/journal/socket ] || pl 125 --events-backend=journald info
	for o in --storage-opt=x=y \
		--storage-opt=ignore_chown_errors=true --storage-opt=overlay.mountopt=nodev \
		--storage-opt=overlay.mount_program=fuse-overlayfs; do
		pl 125 "$o" images
		is "$(wc -l <"$ERR")" 1
		has "$stderr" "${o%%=*}"
	done
	pl 125 --storage-opt overlay.mountopt=nodev images
	has "$stderr" overlay.mountopt
	has "$stderr" additionalimagestore=DIR
}

@test "a full disk and a reader that went away are errors" {
	run -125 bash -c "'$PODLITE' version >/dev/full"
	has "$output" "No space left"
	run bash -c "'$PODLITE' help --dump | head -n 1"
	hasnt "$output" "podlite: "
}

@test "X11: a run directory of somebody else, open to others, or a link, is refused" {
	mkdir -p "$T/run"
	chmod 755 "$T/run"
	run -125 "$PODLITE" --root "$ROOT" --runroot "$T/run" ps
	has "$output" "others may"
	chmod 700 "$T/run"
	run -0 "$PODLITE" --root "$ROOT" --runroot "$T/run" ps
	ln -s run "$T/link"
	run -125 "$PODLITE" --root "$ROOT" --runroot "$T/link" ps
	has "$output" "is not a directory"
	run -125 env XDG_RUNTIME_DIR=/etc "$PODLITE" --root "$ROOT" ps
	has "$output" "belongs to another user"
	(: >"$T/file")
	run -125 env XDG_RUNTIME_DIR="$T/file" "$PODLITE" --root "$ROOT" ps
	has "$output" XDG_RUNTIME_DIR
	# a new one is for the user alone, whatever the umask
	(umask 0 && "$PODLITE" --root "$ROOT" --runroot "$T/new/deep" ps)
	is "$(stat -c %a "$T/new/deep")" 700
}

@test "--tmpdir is the run directory, before --runroot" {
	run -0 "$PODLITE" --root "$ROOT" --runroot "$T/not" --tmpdir "$T/state" info --format '{{.Store.RunRoot}}'
	is "$output" "$T/state"
	is "$(stat -c %a "$T/state")" 700
	[ ! -e "$T/not" ]
}

@test "the store is for the user alone, and of a known format" {
	(umask 0 && "$PODLITE" --root "$T/store" --runroot "$RUNROOT" images)
	is "$(stat -c %a "$T/store")" 700
	echo 999 >"$T/store/version"
	run -125 "$PODLITE" --root "$T/store" --runroot "$RUNROOT" images
	has "$output" 999
}

@test "info: podman's shape" {
	pl 0 info
	has "$output" "graphRoot: $ROOT"
	pl 0 info --format json
	is "$(json .store.graphRoot)" "$ROOT"
	is "$(json .store.runRoot)" "$RUNROOT"
	is "$(json '.host | has("arch", "cgroupManager", "cgroupVersion", "cgroupControllers", "ociRuntime", "networkBackend", "security", "idMappings", "kernel", "memTotal", "distribution")' | sort -u)" true
	is "$(json .host.security.rootless)" true
	pl 0 info -f '{{.Host.OCIRuntime.Path}} {{.host.os}} {{.Store.GraphDriverName}}'
	matches "$output" '/podlite-runtime linux (overlay|vfs)$'
	pl 0 system info --format '{{.store.imageStore.number}}'
	is "$output" 0
}

@test "unshare: root of the namespace of the containers, exit status passed on" {
	pl 0 unshare cat /proc/self/uid_map
	matches "${lines[0]}" "^ +0 +$(id -u) +1$"
	pl 7 unshare sh -c 'exit 7'
	pl 127 unshare no-such-program
	pl 126 unshare /etc
	SHELL=/bin/echo pl 0 unshare
	SHELL='' pl 0 unshare <<<'id -u'
	is "$output" 0
	pl 0 unshare sh -c 'echo $CONTAINERS_GRAPHROOT'
	is "$output" "$ROOT"
	pl 0 unshare sh -c 'touch "$0/f"; chown 33:33 "$0/f"; stat -c %u "$0/f"' "$T"
	is "$output" 33
	pl 0 unshare rm "$T/f"
	pl 125 unshare --rootless-netns true
	has "$stderr" "not supported"
}

@test "completion: scripts that shells take, words from the tables" {
	pl 0 completion bash
	bash -n <<<"$output"
	pl 0 completion zsh
	pl 0 completion fish
	pl 125 completion tcsh
	pl 0 completion bash
	printf '%s\n' "$output" >"$T/bash"
	pl 0 completion bash -f "$T/file"
	is "$output" ""
	cmp "$T/file" "$T/bash"
	pl 125 completion bash --file "$T/no/such/dir"
	pl 0 __complete -- imag
	has "$output" $'image\t'
	has "$output" $'images\t'
	pl 0 __complete -- volume ''
	has "$output" $'prune\t'
	pl 0 __complete -- run --rea
	has "$output" $'--read-only\t'
	pl 0 __complete -- images --sort ''
	has "$output" $'repository\t'
	pl 0 __complete -- images --sort=si
	is "${lines[0]}" $'--sort=size\t'
	pl 0 __complete -- ps --filter ''
	is "$(grep -c '^status=' <<<"$output")" 1
	has "$output" $'ancestor=\t'
	has "$output" :none
	pl 0 __complete -- ps --filter status=ex
	is "${lines[0]}" $'status=exited\t'
	pl 0 __complete -- ps --filter=status=ex
	is "${lines[0]}" $'--filter=status=exited\t'
	pl 0 __complete -- events --filter event=p
	is "$output" $'event=pause\t\nevent=pull\t\nevent=push\t\n:none'
	pl 0 __complete -- images --filter ''
	is "$output" :none
	pl 0 __complete -- wait --condition e
	is "$output" $'exited\t\n:none'
	pl 0 __complete -- completion ''
	is "$output" $'bash\t\nfish\t\nzsh\t\n:none'
	pl 0 __complete -- top some pid ar
	is "$output" $'args\t\n:none'
	pl 0 __complete -- run --network ''
	has "$output" $'host\t'
	has "$output" $'none\t'
	pl 0 __complete -- exec some ''
	is "$output" :file
	pl 0 __complete -- cp ./
	has "$output" :
}
