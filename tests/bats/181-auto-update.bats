#!/usr/bin/env bats
# 181-auto-update.bats: newer images for containers that ask for them, with and without services of systemd, and back
# again; and units of systemd for containers that are there. With a real systemd: tests/vm/450-quadlet.bats.

load helpers
load registry

setup_file() {
	image "$BUSYBOX"
	registry_at "$T/registry"
	registries_insecure "$T/registries.conf" "$addr" "$REGISTRY"
	export TWO=$addr APP=$addr/app:1 pid CONTAINERS_REGISTRIES_CONF=$T/registries.conf
}
teardown_file() {
	kill "$pid"
	store_is_clean
}

# version NAME CHANGE...: an image of that name, made of busybox, that differs by the changes
version() {
	local to=$1 changes=()
	shift
	for i; do changes+=(--change "$i"); done
	podlite container exists base || pl 0 create --name base "$BUSYBOX"
	pl 0 commit -q "${changes[@]}" base "$to"
}
# publish CHANGE...: such an image under the name $APP in the registry, not here
publish() {
	version "$TWO/staged:1" "$@"
	pl 0 push -q "$TWO/staged:1" "$APP"
	pl 0 untag "$TWO/staged:1"
}
label_v() { podlite inspect --format '{{index .Config.Labels "v"}}' "$1"; }
update() { pl "$1" auto-update --format '{{.ContainerName}} {{.Policy}} {{.Updated}}' "${@:2}"; }
RUN=(run -d --network none --stop-timeout 0)

@test "auto-update: from the registry, without a service: made anew by its own command, from its directory" {
	publish 'LABEL v=1'
	mkdir -p "$T/dir/data" && cd "$T/dir"
	pl 0 "${RUN[@]}" --name web --hostname first -v ./data:/data -v keep:/keep --label io.containers.autoupdate=registry "$APP" \
		sh -c 'echo "$0 $HOSTNAME" >>/data/log; exec sleep 1000' "--detach and more"
	pl 0 "${RUN[@]}" --name other "$APP" sleep 1000
	pl 0 "${RUN[@]}" --name off --label io.containers.autoupdate=disabled "$APP" sleep 1000
	cd /
	update 0
	is "$output" "web registry false"
	publish 'LABEL v=2'
	before=$(podlite inspect --format '{{.Id}}' web)
	update 0 --dry-run
	is "$output" "web registry pending"
	is "$(podlite image inspect --format '{{index .Labels "v"}}' "$APP")" 1
	is "$(podlite inspect --format '{{.Id}}' web)" "$before"
	update 0
	is "$output" "web registry true"
	is "$(label_v web)" 2
	[ "$(podlite inspect --format '{{.Id}}' web)" != "$before" ]
	pl 0 inspect --format '{{.State.Running}} {{.Config.Hostname}} {{len .Mounts}}' web
	is "$output" "true first 2"
	wait_for 5 bash -c "[ \$(grep -c '^--detach and more' '$T/dir/data/log') = 2 ]"
	is "$(label_v other)" 1
	is "$(label_v off)" 1
	update 0
	is "$output" "web registry false"
	pl 0 auto-update --format json
	is "$(json '.[0] | .Unit + "|" + .ContainerName + "|" + .Image + "|" + .Updated')" "|web|$APP|false"
	pl 0 auto-update
	matches "${lines[0]}" "^UNIT +CONTAINER +IMAGE +POLICY +UPDATED"
	pl 0 rm -f -t 0 web other off
	pl 0 volume rm keep
}

@test "auto-update: a bad image is rolled back: one that ends, one that is unhealthy; --rollback=false leaves it" {
	publish 'LABEL v=1'
	pl 0 "${RUN[@]}" --name web --pull always --label io.containers.autoupdate=registry --health-cmd '[ "$V" != sick ]' --health-interval 200ms \
		--health-retries 1 "$APP" sh -c '[ "$V" != ends ] || exit 3; sleep 1000'
	for how in ends sick; do
		publish "ENV V=$how" "LABEL v=$how"
		update 125
		is "$output" "web registry rolled back"
		has "$stderr" "it runs with the old image again"
		is "$(label_v web)" 1
		is "$(podlite inspect --format '{{.State.Running}}' web)" true
	done
	update 125 --rollback=false
	is "$output" "web registry failed"
	is "$(label_v web)" sick
	pl 0 rm -f -t 0 web
}

@test "auto-update: local images, created and started ones, several containers; mistakes do not stop the others" {
	version localhost/app:1 'LABEL v=1'
	pl 0 create --network none --name made --stop-timeout 0 --label io.containers.autoupdate=local -- localhost/app:1 sleep 1000
	pl 0 start made
	pl 0 "${RUN[@]}" --label io.containers.autoupdate=local --name=ran localhost/app:1 sleep 1000
	pl 0 "${RUN[@]}" --label io.containers.autoupdate=registry --name wrong localhost/app:1 sleep 1000
	pl 0 "${RUN[@]}" --label io.containers.autoupdate=sometimes --name worse localhost/app:1 sleep 1000
	pl 0 create --label io.containers.autoupdate=local --name stopped localhost/app:1 true
	pl 0 rename ran renamed
	version localhost/app:1 'LABEL v=2'
	update 125
	is "$(sort <<<"$output")" $'made local true\nrenamed local true\nwrong registry failed'
	has "$stderr" "container wrong: auto-update from the registry needs an image with a full name"
	has "$stderr" "container worse: label io.containers.autoupdate=sometimes: expected"
	is "$(label_v made)$(label_v renamed)$(label_v stopped)" 221
	pl 0 inspect --format '{{.State.Running}}' made renamed
	is "$output" $'true\ntrue'
	pl 1 container exists ran
	pl 0 rm -f -t 0 made renamed wrong worse stopped
}

@test "auto-update: a service is restarted as such, once, with the options for the registry passed on" {
	publish 'LABEL v=1'
	PODMAN_SYSTEMD_UNIT=web.service pl 0 "${RUN[@]}" --name web --pull always --label io.containers.autoupdate=registry "$APP" sleep 1000
	PODMAN_SYSTEMD_UNIT=web.service pl 0 "${RUN[@]}" --name side --label io.containers.autoupdate=registry "$APP" sleep 1000
	publish 'LABEL v=2'
	mkdir -p "$T/bin"
	printf '#!/bin/sh\necho "$@" >>"%s/asked"\n! [ -e "%s/broken" ] || { rm "%s/broken"; echo "Job failed." >&2; exit 1; }\n' "$T" "$T" "$T" >"$T/bin/systemctl"
	chmod +x "$T/bin/systemctl"
	echo '{"auths": {}}' >"$T/auth"
	PATH=$T/bin:$PATH update 0 --authfile "$T/auth" --tls-verify=false
	is "$(sort <<<"$output")" $'side registry true\nweb registry true'
	is "$(<"$T/asked")" "--user restart -- web.service"
	pl 0 auto-update --dry-run --format '{{.Unit}}'
	is "${lines[0]}" web.service
	pl 125 auto-update --authfile "$T/nowhere/auth" --dry-run
	: >"$T/asked"
	touch "$T/broken"
	PATH=$T/bin:$PATH pl 125 auto-update --format '{{.ContainerName}} {{.Updated}}'
	is "$output" $'web rolled back\nside rolled back'
	has "$stderr" "systemctl --user restart -- web.service: Job failed."
	is "$(wc -l <"$T/asked")" 2
	is "$(podlite image inspect --format '{{index .Labels "v"}}' "$APP")" 1
	pl 0 rm -f -t 0 web side
}

@test "generate systemd: a unit for the container that is there, or that makes it" {
	cd "$T"
	pl 0 create --name web -e 'A=50% $x' --restart always "$BUSYBOX" sh -c 'echo "a b" %i'
	id=$(podlite inspect --format '{{.Id}}' web)
	globals="$PODLITE --root $ROOT --runroot $RUNROOT"
	pl 0 generate systemd web
	has "$stderr" "podlite-systemd.unit(5)"
	is "${lines[0]}" "# container-$id.service"
	has "$output" "ExecStart=$globals start --attach $id"
	has "$output" "ExecStop=$globals stop -i -t 10 $id"
	has "$output" Restart=on-failure
	has "$output" TimeoutStopSec=70
	pl 0 generate systemd --new --name --no-header --restart-policy always --restart-sec 3 --start-timeout 40 --time 5 --after a.service --wants b.service \
		--requires c.service,d.service -e B=1 web
	is "${lines[0]}" "[Unit]"
	has "$output" "ExecStart=$globals run --name web -e \"A=50%% \$\$x\" --restart always --cidfile=%t/%n.ctr-id --cgroups=split --rm --sdnotify=conmon -d --replace --name web --restart=no --env B=1 $BUSYBOX sh -c \"echo \\\"a b\\\" %%i\""
	has "$output" "ExecStop=$globals rm -f -v -i -t 5 --cidfile=%t/%n.ctr-id"
	for line in Type=notify NotifyAccess=all Delegate=yes Environment=PODMAN_SYSTEMD_UNIT=%n "WorkingDirectory=$T" Restart=always RestartSec=3 \
		TimeoutStartSec=40 TimeoutStopSec=65 After=a.service Wants=b.service "Requires=c.service d.service" WantedBy=default.target; do
		grep -qxF "$line" "$OUT" || differ "$output" "$line" "has the line"
	done
	pl 0 generate systemd --new --template --name --container-prefix c --separator + --files web
	is "$output" "$T/c+web@.service"
	has "$(<"$output")" "--name web-%i"
	pl 0 generate systemd --format json --stop-timeout 1 --name web
	has "$(json '.["container-web"]')" "[Service]"
	pl 125 generate systemd --template web
	pl 125 generate systemd --restart-policy never web
	pl 125 generate systemd --env A=b web
	pl 125 generate systemd nothing
	# what it prints is a command that works
	pl 0 generate systemd --new --name --no-header web
	command=$(sed -n 's/^ExecStart=//p' "$OUT" | sed 's/%t\/%n/$T\/n/; s/--cgroups=split //; s/%%/%/g; s/\$\$x/\\$x/')
	eval "$command" >"$T/id" 2>"$ERR" || { cat "$ERR"; false; }
	pl 0 rm -f -t 0 web
}
