#!/usr/bin/env bats
# 400-limits.bats: what a container may use, and where its cgroup is.

load helpers

# value FILE [CONTAINER]: of the container's cgroup
value() { cat "$(group_of "${2:-$name}")/$1"; }
start() { name; pl 0 run -d --network none --name "$name" "$@"; }
leave() { pl 0 rm -t 0 -f "$name"; }
group_line() { sed -n 's/^0:://p' "/proc/$1/cgroup"; }
monitor_pid() { jq .monitor_pid "$ROOT/containers/$(podlite inspect --format '{{.Id}}' "$1")/state.json"; }

@test "limits: none asked for, nothing is said and nothing is needed" {
	for place in session service delegated; do
		from $place "$PL run --rm --network none $BUSYBOX echo ran"
		is "$status" 0
		is "$output" ran
		is "$stderr" ""
	done
}

@test "limits: from a login session each is in the kernel's files, and seen inside" {
	start --memory 64m --memory-reservation 32m --memory-swap 96m --cpus 0.5 --cpu-shares 512 --pids-limit 20 "$BUSYBOX" sleep 1000
	is "$(value memory.max)" $((64 << 20))
	is "$(value memory.low)" $((32 << 20))
	is "$(value memory.swap.max)" $((32 << 20))
	is "$(value cpu.max)" "50000 100000"
	is "$(value pids.max)" 20
	[ "$(value cpu.weight)" -lt 100 ]
	pl 0 exec "$name" cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids.max /proc/self/cgroup
	is "$output" "$((64 << 20))"$'\n20\n0::/'
	leave
}

@test "limits: the group is in a scope of the user's systemd, the monitor in a leaf beside it" {
	local group self
	start --memory 64m "$BUSYBOX" sleep 1000
	group=$(group_of "$name") id=$(podlite inspect --format '{{.Id}}' "$name")
	like "$group" "*/user@1000.service/app.slice/podlite-$id.scope/podlite-$id"
	self=$(group_line "$(monitor_pid "$name")")
	is "/sys/fs/cgroup$self" "${group%/*}/podlite-self"
	is "$(systemctl --user show -P Delegate "podlite-$id.scope")" yes
	leave
	wait_for 5 no_groups
	is "$(systemctl --user list-units --all --no-legend 'podlite-*')" ""
}

@test "limits: more memory than allowed ends the container, and inspect says why" {
	name
	pl 137 run --network none --name "$name" --memory 16m --memory-swap 16m "$BUSYBOX" sh -c 'x=$(cat /dev/zero | tr "\0" x)'
	pl 0 inspect "$name"
	is "$(json '.[0].State | [.OOMKilled, .ExitCode, .Status] | join(" ")')" "true 137 exited"
	# a kill is not one for lack of memory
	start --memory 64m "$BUSYBOX" sleep 1000
	pl 0 kill "$name"
	pl 0 wait "$name"
	is "$output" 137
	pl 0 inspect "$name"
	is "$(json '.[0].State.OOMKilled')" false
}

@test "limits: no more processes than allowed" {
	pl - run --network none --rm --pids-limit 5 "$BUSYBOX" sh -c 'for i in 1 2 3 4 5 6 7 8; do sleep 1 & done; wait'
	[ "$status" != 0 ]
	has "$stderr" fork
	pl 0 run --network none --rm --pids-limit 5 "$BUSYBOX" true
}

@test "limits: --cpus holds back" {
	start --cpus 0.1 "$BUSYBOX" sh -c 'while :; do :; done'
	wait_for 20 bash -c "[ \$(sed -n 's/^nr_throttled //p' '$(group_of "$name")/cpu.stat') -gt 3 ]"
	leave
}

@test "limits: one that not even the program fits in" {
	pl 0 run --network none --rm --memory 1m "$BUSYBOX" echo small
	is "$output" small
	pl 125 run --network none --rm --memory 20k "$BUSYBOX" echo small
	is "$(wc -l <"$ERR")" 1
	has "$stderr" "the memory limit is too small for the container to start"
}

@test "limits: a controller that is not delegated is named, with what mends it" {
	name
	pl 0 create --name "$name" "$BUSYBOX" true
	# Debian's systemd delegates cpu, memory and pids; the block devices' is not there
	dir=$ROOT/containers/$(podlite inspect --format '{{.Id}}' "$name")
	jq '.linux.resources = {"blockIO": {"weight": 100}}' "$dir/config.json" >"$T/config.json"
	jq '.limits = true' "$dir/monitor.json" >"$T/monitor.json"
	cp "$T/config.json" "$T/monitor.json" "$dir"
	pl 125 start "$name"
	has "$stderr" 'block I/O weight: the cgroup controller "io" is not delegated'
	has "$stderr" /etc/systemd/system/user@.service.d/delegate.conf
}

@test "limits: from su, cron and user units as well" {
	local place
	for place in su user-service delegated; do
		from $place "$PL run --rm --network none --memory 64m --cpus 1 $BUSYBOX cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/cpu.max"
		is "$status" 0
		is "$output" "$((64 << 20))"$'\n100000 100000'
		is "$stderr" ""
	done
}

@test "limits: --cgroup-manager cgroupfs uses a delegated unit, and nothing else" {
	from delegated "$PL --cgroup-manager cgroupfs run --rm --network none --memory 64m $BUSYBOX cat /sys/fs/cgroup/memory.max"
	is "$output" $((64 << 20))
	pl 125 --cgroup-manager cgroupfs run --rm --memory 64m "$BUSYBOX" true
	has "$stderr" 'memory limit: needs the cgroup v2 controller "memory", and no cgroup is writable here'
}

@test "limits: --cgroup-manager systemd makes a scope without any limit" {
	name
	pl 0 --cgroup-manager systemd run -d --name "$name" --network none "$BUSYBOX" sleep 1000
	like "$(group_of "$name")" "*/user@1000.service/app.slice/podlite-*.scope/podlite-*"
	pl 0 inspect --format '{{.HostConfig.CgroupManager}}' "$name"
	is "$output" systemd
	leave
}

@test "limits: without --memory-swap as much swap as memory" {
	start --memory 64m "$BUSYBOX" sleep 1000
	is "$(value memory.swap.max)" $((64 << 20))
	leave
}

@test "limits: --cgroup-parent with a slice" {
	start --cgroup-parent podtest.slice "$BUSYBOX" sleep 1000
	like "$(group_of "$name")" "*/user@1000.service/podtest.slice/podlite-*.scope/podlite-*"
	leave
	systemctl --user stop podtest.slice
	pl 125 --cgroup-manager cgroupfs run --rm --cgroup-parent podtest.slice "$BUSYBOX" true
	has "$stderr" "--cgroup-parent podtest.slice"
}

@test "limits: root's are made by the system's systemd" {
	root_do "mkdir -p /root/store && tar -C /root/store -xpf /home/dev/tree/store.tar && chown -R root: /root/store && setsid -w runuser -l root -c '$PL --root /root/store --runroot /run/rootpl run --rm --network none --memory 64m $BUSYBOX cat /sys/fs/cgroup/memory.max'"
	is "$output" $((64 << 20))
	is "$stderr" ""
	is "$status" 0
}
