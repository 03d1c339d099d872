#!/usr/bin/env bats
# 450-journal.bats: logs and events in the systemd journal: --log-driver journald, --events-backend journald.

load helpers

@test "--log-driver journald: entries with podman's fields; logs reads them back" {
	name
	pl 0 run --name "$name" --network none --log-driver journald --log-opt tag=mine "$BUSYBOX" sh -c 'echo out; echo err >&2; printf "no end"'
	pl 0 logs "$name"
	is "$output" $'out\nno end'
	is "$stderr" err
	root_do "journalctl --quiet --all -o json CONTAINER_NAME=$name"
	is "$(jq -rs '[.[] | select(.MESSAGE == "err")][0] | "\(.PRIORITY) \(.SYSLOG_IDENTIFIER) \(.CONTAINER_TAG) \(._UID) \(.CONTAINER_ID_FULL[0:12] == .CONTAINER_ID)"' <<<"$output")" \
		"3 mine mine 1000 true"
	is "$(jq -rs '[.[] | select(.MESSAGE == "no end")][0].CONTAINER_PARTIAL_MESSAGE' <<<"$output")" true
	# of two streams either may hold the last line
	pl 0 logs -t --tail 1 "$name"
	matches "$output$stderr" '^[0-9-]+T[0-9:.]+[^ ]* (no end|err)$'
	pl 0 logs -t "$name"
	matches "$output" '(^|'$'\n'')[0-9-]+T[0-9:.]+[^ ]* no end($|'$'\n'')'
	pl 0 logs --since 1h --until 1h "$name"
	is "$output" ""
	# a second run: both are there, each once
	pl 0 start -a "$name"
	pl 0 logs "$name"
	is "$output" $'out\nno endout\nno end'
	pl 0 inspect --format '{{.HostConfig.LogConfig.Type}}' "$name"
	is "$output" journald
	pl 0 rm "$name"
}

@test "--log-driver journald: logs -f ends with the last byte; binary and long lines come whole" {
	name
	pl 0 create --name "$name" --network none --log-driver journald "$BUSYBOX" \
		sh -c 'for i in $(seq 300); do echo line $i; done; printf "a\001\377b\n"; head -c 30000 /dev/zero | tr "\0" x; echo; sleep 1; echo last'
	podlite start "$name" >/dev/null
	podlite logs -f "$name" >"$T/followed"
	podlite logs "$name" >"$T/read"
	cmp "$T/followed" "$T/read"
	is "$(head -n 300 "$T/read" | md5sum)" "$(seq -f 'line %g' 300 | md5sum)"
	is "$(sed -n 301p "$T/read" | od -An -tx1 | tr -d ' \n')" 6101ff620a
	is "$(sed -n 302p "$T/read" | wc -c)" 30001
	is "$(tail -n 1 "$T/read")" last
	pl 0 rm "$name"
}

@test "--events-backend journald: events are told and read there, of this store alone" {
	name
	PL_=(--events-backend journald)
	pl 0 "${PL_[@]}" run --name "$name" --network none -l k=v "$BUSYBOX" true
	pl 0 "${PL_[@]}" rm "$name"
	gone() { podlite "${PL_[@]}" events --stream=false --filter container="$name" --format '{{.Status}}' | grep -qx remove; }
	wait_for 10 gone
	pl 0 "${PL_[@]}" events --stream=false --filter container="$name" --format '{{.Status}}'
	is "$output" $'create\ninit\nstart\nattach\ndied\ncleanup\nremove'
	pl 0 "${PL_[@]}" events --stream=false --filter container="$name" --filter event=died --format json
	is "$(json '"\(.ContainerExitCode) \(.Attributes.k) \(.Type)"')" "0 v container"
	pl 0 events --stream=false --filter container="$name"
	is "$output" ""
	# a stream from now on, ended by --until
	(sleep 1; podlite "${PL_[@]}" run --rm --name "$name-2" --network none "$BUSYBOX" true) &
	pl 0 "${PL_[@]}" events --until "$(($(date +%s) + 8))" --filter container="$name-2" --filter event=start --format '{{.Name}}'
	wait
	is "$output" "$name-2"
	root_do "journalctl --quiet -o json SYSLOG_IDENTIFIER=podlite _UID=1000"
	is "$(jq -rs 'length > 5' <<<"$output")" true
}
