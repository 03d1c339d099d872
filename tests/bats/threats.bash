# shellcheck shell=bash disable=SC2034
# What the files of the threat list (200 and up) share; loaded after helpers.
#
#   hostile NAME [MKIMAGE-OPTION...] <<<LINES    makes $HOSTILE: busybox and a layer with these entries
#       l PATH TARGET   f PATH MODE TEXT   d PATH MODE   p PATH (a FIFO)   z PATH SIZE (zeros)
#       x PATH FILE MODE UID GID [HEX]     a file's bytes, and its security.capability
#   canary               a tree that nothing may touch, in $CANARY; canary_same checks it
#   rootfs               a directory for --rootfs, in $RFS: the busybox image, owned by this user
#   racer A B SECONDS    exchanges two names on the host in the background; racer_end
#   FDS=1 pl ...         starts podlite with descriptors 3-200 open on host directories

hostile() {
	local name=$1 tar=$T/$1.tar
	shift
	python3 "$BATS_TEST_DIRNAME/hostile_layer.py" "$tar"
	HOSTILE=$REGISTRY/hostile-$name:latest
	"$MKIMAGE" "$HOSTILE" -l "$IMAGES/layers/busybox.tar:none" -l "$tar:none" --cmd sh "$@" >/dev/null
	pl 0 pull -q "$HOSTILE"
}

tree_sum() {
	(cd "$1" && find . -printf '%p %y %m %U:%G %s %n %l %T@ %C@\n' | sort &&
		find . -type f -print0 | sort -z | xargs -0 sha256sum)
}
canary() {
	CANARY=$T/canary
	mkdir -p "$CANARY/sub"
	echo "do not touch" >"$CANARY/file"
	echo "nor this" >"$CANARY/sub/null"
	canary_was=$(tree_sum "$CANARY")
}
canary_same() {
	is "$(tree_sum "$CANARY")" "$canary_was"
	! grep -F " $T/" /proc/self/mountinfo
}

rootfs() {
	RFS=$T/rootfs
	[ ! -e "$RFS" ] || rm -rf "$RFS"
	mkdir -p "$RFS"
	tar -C "$RFS" -xf "$IMAGES/layers/busybox.tar" --no-same-owner
}

racer() {
	[ -x "$T/probe" ] || tar -C "$T" -xf "$IMAGES/layers/busybox.tar" --strip-components 3 ./usr/bin/probe
	"$T/probe" swap "$1" "$2" "$3" >"$T/racer.out" 2>&1 3>&- 4>&- &
	racer=$!
}
racer_runs() { kill -0 "$racer" 2>/dev/null; }
racer_end() {
	wait "$racer"
	grep -q swapped "$T/racer.out"
}

# replaces the helpers' own: FDS=1 pl ... starts podlite with descriptors 3-200 on host directories
podlite() (
	if [ -n "${FDS:-}" ]; then
		for ((fd = 5; fd <= 200; fd++)); do
			eval "exec $fd</etc"
		done
		exec 3</etc 4</
	else
		exec 3>&- 4>&-
	fi
	exec timeout --foreground -k 5 "${PODLITE_TIMEOUT:-90}" \
		"$PODLITE" --root "$ROOT" --runroot "$RUNROOT" "$@"
)
