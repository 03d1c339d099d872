#!/usr/bin/env bats
# 120-events.bats: what happened is told once, in podman's words, cheaply, and without growing.

load helpers

# of one container: the words in order
told() { podlite events --stream=false --filter container="$1" --format '{{.Status}}' | tr '\n' ' '; }
tells() { [[ $(told "$1") == *"$2"* ]]; }

@test "events: a container's life in podman's words" {
	name life
	pl 0 run -d --name "$name" --label tier=web --network none "$BUSYBOX" sleep 1000
	id=$output
	pl 0 exec "$name" true
	pl 5 exec "$name" sh -c 'exit 5'
	pl 0 kill -s WINCH "$name"
	pl 0 stop -t 0 "$name"
	pl 0 start "$name"
	pl 0 restart -t 0 "$name"
	pl 0 rm -f -t 0 "$name"
	is "$(told "$id")" "create init start exec exec_died exec exec_died kill stop died cleanup init start restart stop died cleanup init start died cleanup remove "
	pl 0 events --stream=false --filter container="$id" --filter event=died --format json
	is "${#lines[@]}" 3
	is "$(jq -c 'keys_unsorted' <<<"${lines[0]}")" '["ContainerExitCode","ID","Image","Name","Status","time","timeNano","Type","Attributes"]'
	is "$(jq -r '"\(.ContainerExitCode) \(.ID) \(.Image) \(.Name) \(.Type) \(.Attributes.tier) \(.time == (.timeNano / 1000000000 | floor))"' <<<"${lines[0]}")" \
		"137 $id $BUSYBOX $name container web true"
	pl 0 events --stream=false --filter container="$name" --filter event=exec_died --format '{{.ContainerExitCode}}'
	is "$output" $'0\n5'
	pl 0 system events --stream=false --filter container="$name" --filter status=create
	matches "$output" "^[0-9-]{10} [0-9:]{8}\.[0-9]+ [+-][0-9]{4} [A-Z0-9+-]+ container create $id \(image=$BUSYBOX, name=$name, .*tier=web"
	pl 0 events --stream=false --no-trunc=false --filter container="$name" --filter status=create
	has "$output" "create ${id:0:12} (image"
}

@test "events: run --rm tells its end before it returns; a start that failed never started" {
	name gone
	pl 3 run --rm --name "$name" --network none -v /anon "$BUSYBOX" sh -c 'exit 3'
	is "$(told "$name")" "create init start attach died remove "
	pl 0 events --stream=false --filter container="$name" --filter event=die --format '{{.ContainerExitCode}}'
	is "$output" 3
	name never
	pl 127 run --rm --name "$name" --network none "$BUSYBOX" /no/such
	is "$(told "$name")" "create remove "
	name renamed
	pl 0 create --name old-"$name" "$BUSYBOX" true
	pl 0 rename old-"$name" "$name"
	is "$(told "$name")" "rename "
}

@test "events: restarts are told" {
	name again
	pl 0 run -d --name "$name" --network none --restart on-failure:1 "$BUSYBOX" false
	wait_for 5 tells "$name" cleanup
	is "$(told "$name")" "create init start died init start died cleanup "
}

@test "events: images and volumes" {
	pl 0 tag "$BUSYBOX" localhost/ev:1
	pl 0 untag "$BUSYBOX" localhost/ev:1
	pl 0 tag "$BUSYBOX" localhost/ev:2
	pl 0 rmi localhost/ev:2
	pl 0 pull -q "$BUSYBOX"
	id=$output
	pl 0 events --stream=false --since 1m --filter type=image --format '{{.ID}} {{.Status}} {{.Name}}'
	for want in "tag localhost/ev:1" "untag localhost/ev:1" "untag localhost/ev:2" "pull $BUSYBOX"; do
		has "$output" "$id $want"
	done
	pl 0 volume create ev
	pl 0 volume create --ignore ev
	pl 0 volume rm ev
	pl 0 events --stream=false --filter volume=ev --format '{{.Type}} {{.Status}}'
	is "$output" $'volume create\nvolume remove'
}

@test "events: --since, --until, filters of one key are alternatives, of several all must match; wrong ones are refused" {
	name a
	pl 0 run --name "$name" --label side=a --network none "$BUSYBOX" true
	mid=$(date +%s.%N)
	a=$name
	name b
	pl 0 run --name "$name" --label side=b --network none "$BUSYBOX" true
	pl 0 events --stream=false --until "$mid" --filter event=create --filter label=side --format '{{.Name}}'
	has "$output" "$a"
	hasnt "$output" "$name"
	pl 0 events --since "$mid" --until 0s --filter event=create --filter label=side --format '{{.Name}}'
	is "$output" "$name"
	pl 0 events --stream=false --since 1h --filter label=side=a --filter label=side=b --filter event=died --format '{{.Name}}'
	is "$output" "$a"$'\n'"$name"
	pl 0 events --stream=false --filter label=side=c
	is "$output" ""
	pl 125 events --stream=false --filter nosuch=x
	has "$stderr" "nosuch is an invalid filter"
	pl 125 events --stream=false --filter event
	has "$stderr" "event is an invalid filter"
	pl 125 events --since yesterdayish
}

@test "events: a stream shows what comes, also across a rotation, and nothing twice" {
	store stream
	image "$BUSYBOX"
	podlite events --format '{{.Type}} {{.Status}} {{.Name}}' >"$T/seen" 2>&1 3>&- 4>&- &
	stream=$!
	sleep 0.5
	pl 0 volume create first
	wait_for 5 grep -q "volume create first" "$T/seen"
	# a foreign line, and as much as the file may hold
	yes '{"Type":"filler","Status":"x","Name":"y","time":1,"timeNano":1}' | head -c 1100000 >>"$ROOT/events.log"
	echo 'torn{' >>"$ROOT/events.log"
	for i in $(seq 20); do pl 0 volume create "v$i"; done
	wait_for 10 grep -q "volume create v20" "$T/seen"
	is "$(grep -c '^volume create v' "$T/seen")" 20
	client_of $stream | xargs kill
	wait $stream || :
	[ -e "$ROOT/events.log.1" ]
	[ "$(stat -c %s "$ROOT/events.log")" -lt 100000 ]
	is "$(stat -c %a "$ROOT/events.log")" 600
	# what came before the rotation is still told
	pl 0 events --stream=false --filter type=volume --format '{{.Name}}'
	is "${#lines[@]}" 21
	rm "$ROOT/events.log"
	yes '{"Type":"filler"}' | head -c 1100000 >"$ROOT/events.log"
	pids=()
	for i in $(seq 8); do
		podlite tag "$BUSYBOX" "localhost/p:$i" 3>&- 4>&- &
		pids+=($!)
	done
	wait "${pids[@]}"
	is "$(cat "$ROOT"/events.log* | grep -c '"localhost/p:[1-8]"')" 8
	[ "$(cat "$ROOT"/events.log* | grep -c filler)" -gt 1000 ]
	rm -f "$ROOT"/events.log*
}

@test "events: --events-backend none writes nothing and says so; what a name holds cannot break a line" {
	name quiet
	podlite --events-backend none run --rm --name "$name" --network none "$BUSYBOX" true
	is "$(told "$name")" ""
	pl 125 --events-backend none events --stream=false
	has "$stderr" none
	pl 0 --events-backend none info --format '{{.Host.EventLogger}}'
	is "$output" none
	pl 0 info --format '{{.Host.EventLogger}}'
	is "$output" file
	name odd
	pl 0 create --name "$name" --label "x=a\"b\\c"$'\n'"{\"Status\":\"forged\"}" --label "big=$(head -c 60000 /dev/zero | tr '\0' x)" "$BUSYBOX" true
	pl 0 events --stream=false --filter container="$name" --format json
	is "${#lines[@]}" 1
	is "$(jq -r .Attributes.x <<<"$output")" "a\"b\\c"$'\n'"{\"Status\":\"forged\"}"
	is "$(jq -r '.Attributes | has("big")' <<<"$output")" false
}
