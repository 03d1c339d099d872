#!/usr/bin/env bats
# 410-life.bats: --cgroups, freezing, and what a container's life has to do with sessions and units.

load helpers

start() { name; pl 0 "${FRONT[@]}" run -d --network none --name "$name" "$@"; }
leave() { pl 0 rm -t 0 -f "$name"; }
state() { podlite inspect --format '{{.State.Status}}' "$1"; }
frozen() { grep -qx "frozen $1" "$(group_of "$name")/cgroup.events"; }
monitor_pid() { jq .monitor_pid "$ROOT/containers/$(podlite inspect --format '{{.Id}}' "$1")/state.json"; }
group_line() { sed -n 's/^0:://p' "/proc/$1/cgroup"; }
is_state() { [ "$(state "$name")" = "$1" ]; }
FRONT=()

@test "pause: everything stands still until unpause, and is shown so" {
	FRONT=(--cgroup-manager systemd)
	start "$BUSYBOX" sh -c 'while :; do echo x >>/tmp/n; sleep 0.1; done'
	wait_for 10 podlite exec "$name" test -s /tmp/n
	root=/proc/$(podlite inspect --format '{{.State.Pid}}' "$name")/root
	pl 0 pause "$name"
	frozen 1
	is "$(state "$name")" paused
	pl 0 ps --format '{{.Status}} {{.State}}'
	has "$output" Paused
	has "$output" paused
	before=$(wc -c <"$root/tmp/n")
	sleep 1
	is "$(wc -c <"$root/tmp/n")" "$before"
	pl 125 pause "$name"
	pl 0 unpause "$name"
	frozen 0
	is "$(state "$name")" running
	wait_for 10 bash -c "[ \$(wc -c <'$root/tmp/n') -gt $before ]"
	pl 125 unpause "$name"
	leave
}

@test "pause: a paused container can be stopped, killed and removed" {
	FRONT=(--cgroup-manager systemd)
	start "$BUSYBOX" sh -c 'trap "exit 7" TERM; while :; do sleep 0.1; done'
	pl 0 pause "$name"
	pl 0 stop -t 20 "$name"
	is "$(podlite inspect --format '{{.State.ExitCode}}' "$name")" 7
	leave
	start "$BUSYBOX" sleep 1000
	pl 0 pause "$name"
	pl 0 kill "$name"
	pl 0 wait "$name"
	is "$output" 137
	leave
	start "$BUSYBOX" sleep 1000
	pl 0 pause "$name"
	pl 0 rm -f -t 0 "$name"
}

@test "pause: without a cgroup it is refused, and the way to have one is named" {
	start "$BUSYBOX" sleep 1000
	pl 125 pause "$name"
	has "$stderr" "--cgroup-manager systemd"
	leave
}

@test "cgroups: disabled makes none and refuses limits" {
	start --cgroups disabled "$BUSYBOX" sleep 1000
	is "$(podlite inspect --format '{{.State.CgroupPath}}' "$name")" ""
	is "$(group_line "$(podlite inspect --format '{{.State.Pid}}' "$name")")" "$(group_line self)"
	leave
	pl 125 run --rm --cgroups disabled --memory 64m "$BUSYBOX" true
	has "$stderr" "--cgroups disabled"
}

@test "cgroups: split divides a unit with Delegate=yes" {
	name
	# a unit whose shell goes on beside the container
	systemd-run -q --user --unit "$name" -p Delegate=yes bash -c \
		"$PL run --name $name --network none --cgroups split --memory 64m $BUSYBOX sleep 1000; echo over"
	wait_for 20 is_state running
	group=$(group_of "$name")
	like "$group" "*/app.slice/$name.service/podlite-*"
	is "$(cat "$group/memory.max")" $((64 << 20))
	is "/sys/fs/cgroup$(group_line "$(monitor_pid "$name")")" "${group%/*}/podlite-self"
	is "$(cat "${group%/*}/cgroup.procs")" ""
	# whoever comes from elsewhere is let in and counted there, and what it starts stays
	for place in session su user-service; do
		from $place "$PL exec $name cat /proc/self/cgroup"
		is "$stderr" ""
		is "$output" 0::/
	done
	pl 0 exec -d "$name" sleep 1000
	wait_for 5 bash -c "[ \$(wc -l <'$group/cgroup.procs') = 2 ]"
	# where no systemd can be asked the reason is told
	root_do "unshare -m sh -c 'mount -t tmpfs none /run/user/1000/systemd && mount --bind /dev/null /run/user/1000/bus &&
		exec setpriv --reuid 1000 --regid 1000 --init-groups env HOME=/home/dev $PL --runroot $RUNROOT exec $name true'"
	is "$status" 125
	has "$stderr" "start a process in the container's cgroup: Permission denied"
	has "$stderr" "no systemd of this user answers"
	# the unit's end is the container's
	systemctl --user stop "$name"
	wait_for 20 is_state exited
	leave
}

@test "cgroups: exec from a login session into a container with limits in a unit with Delegate=yes" {
	name
	systemd-run -q --user --unit "$name" -p Delegate=yes "$PL" --cgroup-manager cgroupfs run --name "$name" --network none --memory 64m "$BUSYBOX" sleep 1000
	wait_for 20 is_state running
	like "$(group_of "$name")" "*/app.slice/$name.service/podlite-*"
	from session "$PL exec $name cat /sys/fs/cgroup/memory.max /proc/self/cgroup"
	is "$stderr" ""
	is "$output" $'67108864\n0::/'
	systemctl --user stop "$name"
	wait_for 20 is_state exited
	leave
}

@test "cgroups: split where nothing is delegated is refused" {
	pl 125 run --rm --cgroups split "$BUSYBOX" true
	has "$stderr" "--cgroups split: the cgroup /user.slice/user-1000.slice/session-c1.scope is not this user's to divide"
	has "$stderr" Delegate=yes
}

@test "cgroups: no-conmon leaves the monitor where it was" {
	start --cgroups no-conmon "$BUSYBOX" sleep 1000
	is "$(group_line "$(monitor_pid "$name")")" "$(group_line self)"
	leave
	pl 125 run --rm --cgroups no-conmon --memory 64m "$BUSYBOX" true
	has "$stderr" "--cgroups no-conmon"
}

@test "exec: into a scope, from another cgroup, is counted there" {
	start --memory 64m --pids-limit 30 "$BUSYBOX" sleep 1000
	group=$(group_of "$name")
	for place in su user-service; do
		from $place "$PL exec $name sh -c 'sleep 0.1; cat /proc/self/cgroup'"
		is "$status" 0
		is "$output" 0::/
	done
	pl 0 exec -d "$name" sleep 1000
	wait_for 5 bash -c "[ \$(wc -l <'$group/cgroup.procs') = 2 ]"
	leave
}

@test "logout: a container in a scope outlives the session that started it" {
	name
	from session "$PL --cgroup-manager systemd run -d --name $name --network none $BUSYBOX sleep 1000; echo \$XDG_SESSION_ID"
	session=${output##*$'\n'}
	root_do "loginctl terminate-session $session || :"
	wait_for 10 test ! -e "/sys/fs/cgroup/user.slice/user-1000.slice/session-$session.scope"
	is "$(state "$name")" running
	pl 0 exec "$name" true
	leave
}

@test "logout: one that the session's end kills is shown as ended" {
	name
	root_do "setsid runuser -l dev -c '$PL run -d --name $name --network none $BUSYBOX sleep 1000; echo \$XDG_SESSION_ID >$T/session; sleep 1000' >/dev/null 2>&1 &"
	wait_for 20 test -s "$T/session"
	is "$(state "$name")" running
	root_do "loginctl terminate-session $(<"$T/session")"
	wait_for 20 is_state exited
	pl 0 ps --format '{{.Names}}'
	hasnt "$output" "$name"
	leave
}

# without a session or an environment, as cron and su have it
visitor() { root_do "cd / && setpriv --reuid visitor --regid visitor --init-groups env -i HOME=/home/visitor PATH=/usr/bin:/bin ${*@Q}"; }

@test "logout: the last one takes /run/user/UID along, and no container that was started without a session" {
	local uid p=/opt/podlite/podlite
	root_do "mkdir -p /opt/podlite && cp $PODLITE_BIN/* /opt/podlite && useradd -m -s /bin/bash visitor && id -u visitor"
	is "$status" 0
	uid=$output
	pl 0 save -o "$T/box.tar" "$BUSYBOX"
	root_do "setsid runuser -l visitor -c 'sleep 1000' >/dev/null 2>&1 &"
	wait_for 20 test -d "/run/user/$uid"
	visitor $p load -q -i "$T/box.tar"
	visitor $p run -d --name stays --network none "$BUSYBOX" sleep 1000
	is "$status" 0
	visitor $p info --format '{{.Store.RunRoot}}'
	is "$output" "/run/user/$uid/podlite"
	root_do "loginctl terminate-user visitor"
	wait_for 40 test ! -e "/run/user/$uid"
	visitor $p ps --format '{{.Names}} {{.State}}'
	is "$output" "stays running"
	visitor $p start stays
	visitor env "XDG_RUNTIME_DIR=/run/user/$uid" $p exec stays ps
	is "$status" 0
	is "$(grep -c 'sleep 1000' <<<"$output")" 1
	visitor $p stop -t 0 stays
	visitor $p ps -a --format '{{.Names}} {{.State}}'
	is "$output" "stays exited"
	visitor $p rm stays
	is "$status" 0
	root_do "userdel -r visitor; rm -rf /tmp/podlite-$uid"
}

@test "restart: a policy makes the group anew, with its limits" {
	start --memory 64m --restart on-failure:2 "$BUSYBOX" sh -c 'cat /sys/fs/cgroup/memory.max; exit 1'
	three() { [ "$(podlite logs "$name" | wc -l)" = 3 ]; }
	wait_for 30 three
	wait_for 10 is_state exited
	pl 0 logs "$name"
	is "$output" $'67108864\n67108864\n67108864'
	leave
}

@test "doctor: what it says of cgroups is so" {
	pl - doctor --format json
	is "$(json '.[] | select(.code == "PL030") | .status + " " + .what')" "ok version 2"
	is "$(json '.[] | select(.code == "PL031") | .status + " " + .what')" "ok cpu memory pids"
}

@test "--systemd always: a cgroup of the container's own, which it can divide" {
	start --systemd always "$BUSYBOX" sh -c 'mkdir /sys/fs/cgroup/mine && echo $$ >/sys/fs/cgroup/mine/cgroup.procs && cat /proc/self/cgroup; sleep 1000'
	made() { podlite logs "$name" | grep -q .; }
	wait_for 10 made
	pl 0 logs "$name"
	is "$output" 0::/mine
	[ -d "$(group_of "$name")/mine" ]
	leave
	# without it the group is not the container's to write
	start "$BUSYBOX" sh -c 'mkdir /sys/fs/cgroup/mine || echo refused; sleep 1000'
	wait_for 10 made
	pl 0 logs "$name"
	has "$output" refused
	leave
}
