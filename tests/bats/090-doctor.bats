#!/usr/bin/env bats
# 090-doctor.bats: `podlite doctor` names what the host lacks, by stable codes, with its remedy.

load helpers

setup_file() { :; }

# doctor STATUS NAME=VALUE...: with that in the environment, and without --runroot
doctor() {
	local want=$1 status=0
	shift
	output=$(env "$@" "$PODLITE" --root "$ROOT" doctor 2>&1) || status=$?
	echo "$output"
	is "$status" "$want"
}

# item CODE FIELD: of the JSON in $output
item() { jq -r --arg c "$1" --arg f "$2" '.[] | select(.code == $c) | .[$f]' <<<"$output"; }

@test "doctor: the test host can run podlite" {
	pl 0 doctor
	has "$output" "podlite can run here"
	hasnt "$output" FAIL
}

@test "doctor: --all shows every check, without it what is in order is left out" {
	pl 0 doctor --all
	has "$output" "PL001 subordinate-ids"
	has "$output" "PL051 kernel"
	local all=${#lines[@]}
	pl 0 doctor -a
	pl 0 doctor
	[ "${#lines[@]}" -lt "$all" ]
	hasnt "$output" "ok   PL"
}

@test "doctor: --format json has code, name, status, what, why, fix, needs_root for each" {
	pl 0 doctor --format json
	is "$(json 'map(keys_unsorted | join(" ")) | unique | .[]')" \
		"code name status what why fix needs_root"
	is "$(json '[.[] | select(.code | test("^PL[0-9]{3}$") | not)] | length')" 0
	is "$(json '[.[] | select(.status | IN("ok", "warn", "fail") | not)] | length')" 0
	is "$(json '(map(.code) | unique | length) == length')" true
	is "$(item PL007 status)" ok
	is "$(item PL042 status)" ok
}

@test "doctor: --format takes a template" {
	pl 0 doctor --format '{{.code}} {{.status}}'
	has "$output" "PL007 ok"
}

@test "doctor: a wrong XDG_RUNTIME_DIR is a finding with its remedy, and exit status 1" {
	: >"$T/file"
	doctor 1 XDG_RUNTIME_DIR="$T/file"
	has "$output" "FAIL PL040 runtime-directory: XDG_RUNTIME_DIR=$T/file is not a directory"
	has "$output" "mend: unset XDG_RUNTIME_DIR"
	has "$output" "podlite cannot run here"
	mkdir -p "$T/open"
	chmod 777 "$T/open"
	doctor 1 XDG_RUNTIME_DIR="$T/open"
	has "$output" "mend: chmod 700 $T/open"
}

@test "doctor: no_new_privs is found where newuidmap is needed" {
	[ "$(id -u)" != 0 ] || skip "root maps ids itself"
	doctor 1 setpriv --no-new-privs
	has "$output" "FAIL PL004 id-map-helpers-blocked"
	hasnt "$output" "run: podlite doctor"
}

@test "doctor: programs that are not in PATH are named with the package, and it still runs" {
	[ "$(id -u)" != 0 ] || skip "root maps ids itself"
	doctor 0 PATH=/nowhere
	has "$output" "warn PL003 id-map-helpers: newuidmap is not installed"
	has "$output" "warn PL020 network-helper"
	matches "$output" 'mend: sudo .*uidmap|mend: sudo .*shadow'
}

@test "doctor: leaves nothing in the store and takes no time" {
	pl 0 doctor
	is "$(find "$ROOT" -name 'probe-*')" ""
	local start=${EPOCHREALTIME/./}
	pl 0 doctor
	# 50 ms is the aim; here only that it is no matter of seconds
	[ $((${EPOCHREALTIME/./} - start)) -lt 2000000 ]
}

@test "doctor: arguments are refused" {
	pl 125 doctor extra
	pl 125 doctor --no-such-option
	has "$stderr" --no-such-option
}
