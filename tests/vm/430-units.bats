#!/usr/bin/env bats
# 430-units.bats: podlite as a service of the user's systemd: Type=notify, who the main process is, the watchdog, and
# the unit that starts containers after a boot.

load helpers

unit() { systemctl --user show -P "$1" "$unit"; }
monitor_pid() { jq .monitor_pid "$ROOT/containers/$(podlite inspect --format '{{.Id}}' "$name")/state.json"; }
status_is() { [ "$(podlite inspect --format '{{.State.Status}}' "$1")" = "$2" ]; }
# service OPTION...: podlite run -d with these, as a unit of Type=notify
service() {
	name unit
	unit=$name.service
	timeout 60 systemd-run -q --user --unit "$unit" -p Type=notify -p NotifyAccess=all -p TimeoutStartSec=20 -p Delegate=yes \
		"${props[@]}" -- "$PL" run -d --name "$name" --network none "$@"
}
props=()

@test "units: Type=notify with --sdnotify conmon: active at once, the monitor is the main process, stop stops" {
	service --sdnotify conmon "$BUSYBOX" sh -c 'trap "exit 0" TERM; while :; do sleep 0.1; done'
	is "$(unit ActiveState)" active
	is "$(unit MainPID)" "$(monitor_pid)"
	systemctl --user stop "$unit"
	wait_for 10 status_is "$name" exited
	is "$(podlite inspect --format '{{.State.ExitCode}}' "$name")" 0
	is "$(unit Result)" success
	pl 0 rm "$name"
}

@test "units: Type=notify with --sdnotify healthy: start waits for the first good check, and fails without one" {
	SECONDS=0
	service --sdnotify healthy --health-cmd 'test -e /tmp/ok' --health-interval 500ms "$BUSYBOX" sh -c 'sleep 3; touch /tmp/ok; sleep 1000'
	[ $SECONDS -ge 2 ]
	is "$(unit ActiveState)" active
	is "$(unit MainPID)" "$(monitor_pid)"
	systemctl --user stop "$unit"
	wait_for 20 status_is "$name" exited
	pl 0 rm "$name"
	props=(-p TimeoutStartSec=4)
	if service --sdnotify healthy --health-cmd false --health-interval 500ms "$BUSYBOX" sleep 1000; then false; fi
	props=()
	wait_for 20 status_is "$name" exited
	pl 0 rm "$name"
}

@test "units: Type=notify, container mode: a process inside is heard" {
	# what the machine has must run inside: its own systemd-notify
	service -v /usr:/usr:ro -v /lib:/lib:ro -v /lib64:/lib64:ro "$BUSYBOX" sh -c 'sleep 1; /usr/bin/systemd-notify --ready --status="from inside"; sleep 1000'
	is "$(unit ActiveState)" active
	is "$(unit StatusText)" "from inside"
	is "$(unit MainPID)" "$(monitor_pid)"
	systemctl --user stop "$unit"
	wait_for 20 status_is "$name" exited
	pl 0 rm "$name"
}

@test "units: the watchdog: a process inside keeps the service alive, and its silence ends it" {
	props=(-p WatchdogSec=8)
	service --stop-timeout 0 -v /usr:/usr:ro -v /lib:/lib:ro -v /lib64:/lib64:ro "$BUSYBOX" sh -c '
		/usr/bin/systemd-notify --ready
		for i in 1 2 3 4 5; do sleep 2; /usr/bin/systemd-notify WATCHDOG=1; done
		sleep 1000'
	props=()
	failed() { [ "$(unit Result)" = watchdog ]; }
	wait_for 60 failed
	# longer than it could live without a word
	[ $(($(unit ActiveExitTimestampMonotonic) - $(unit ActiveEnterTimestampMonotonic))) -gt 12000000 ]
	wait_for 20 status_is "$name" exited
	systemctl --user reset-failed "$unit"
	pl 0 rm "$name"
}

@test "units: after a boot the unit starts what has a policy" {
	mkdir -p ~/.config/systemd/user
	sed "s|@bindir@|${PL%/*}|" "$BATS_TEST_DIRNAME/podlite-restart.service.in" >~/.config/systemd/user/podlite-restart.service
	systemctl --user daemon-reload
	systemctl --user enable podlite-restart.service
	for p in always unless-stopped no; do
		pl 0 run -d --name "boot-$p" --network none --restart "$p" "$BUSYBOX" sleep 1000
	done
	pl 0 doctor --all
	matches "$output" "ok +PL043"
	# the machine goes down: every process dies, the run directory with them
	jq -r '.monitor_pid, .pid' "$ROOT"/containers/*/state.json | xargs kill -9 || :
	sleep 1
	find "$RUNROOT" -mindepth 1 -delete
	root_do "cat /proc/sys/kernel/random/uuid >/run/boot_id && mount --bind /run/boot_id /proc/sys/kernel/random/boot_id"
	pl 0 ps -q
	is "$output" ""
	pl 0 ps -a --filter name=boot- --format '{{.State}}'
	is "$(sort -u <<<"$output")" exited
	# over /proc it would keep user namespaces from mounting theirs
	root_do "umount /proc/sys/kernel/random/boot_id"
	systemctl --user start podlite-restart.service || {
		journalctl --user -u podlite-restart.service -o cat -n 20
		false
	}
	pl 0 ps --format '{{.Names}}'
	is "$(sort <<<"$output" | tr '\n' ' ')" "boot-always boot-unless-stopped "
	# they live in the unit, not in this session
	has "$(cat "/proc/$(jq .monitor_pid "$ROOT/containers/$(podlite inspect --format '{{.Id}}' boot-always)/state.json")/cgroup")" podlite-restart.service
	systemctl --user stop podlite-restart.service
	wait_for 20 status_is boot-always exited
	systemctl --user disable podlite-restart.service
	rm ~/.config/systemd/user/podlite-restart.service
}
