# shellcheck shell=bash disable=SC2034
# What the tests of podlite-runtime's command line share; loaded after helpers and threats.

# rt STATUS ARG...: as pl, for podlite-runtime with a state directory of this test file
rt() {
	local want=$1
	shift
	status=0
	timeout --foreground -k 5 60 "$PODLITE_BIN/podlite-runtime" --root "$T/state" "$@" \
		>"$OUT" 2>"$ERR" 3>&- 4>&- || status=$?
	output=$(cat "$OUT") stderr=$(cat "$ERR")
	mapfile -t lines <<<"$output"
	printf '$ podlite-runtime %s\n%s\n%s\n' "${*@Q}" "$output" "$stderr"
	is "$status" "$want"
}

# bundle FILTER ARG...: $T/b with this command; FILTER is jq's, on the template of `spec`
bundle() {
	local filter=$1 rootless=()
	shift
	[ -d "$T/rootfs" ] || rootfs
	rm -rf "$T/b"
	mkdir -p "$T/b"
	[ "$(id -u)" = 0 ] || rootless=(--rootless)
	rt 0 spec --bundle "$T/b" "${rootless[@]}"
	jq --arg r "$RFS" '.process.terminal = false | .root.path = $r | .process.args = $ARGS.positional
		| del(.process.rlimits) | '"${filter:-.}" "$T/b/config.json" --args -- "$@" >"$T/new.json"
	mv "$T/new.json" "$T/b/config.json"
}
# what is in the state directory besides the cache of filters
left() { find "$T/state" -mindepth 1 -maxdepth 1 ! -name .seccomp; }
state_of() { rt 0 state "$1" && json .status; }

# $T/state, and $T/rootfs once
setup() {
	mkdir -p "$T/state"
	chmod 700 "$T/state"
	RFS=$T/rootfs
}
teardown() {
	local id
	for id in $("$PODLITE_BIN/podlite-runtime" --root "$T/state" list -q); do
		"$PODLITE_BIN/podlite-runtime" --root "$T/state" delete --force "$id"
	done
	rm -rf "$T/state"
	wait_for 5 no_orphans
}
create() { rt 0 create --bundle "$T/b" --pid-file "$T/pid" "$@" </dev/null; }
