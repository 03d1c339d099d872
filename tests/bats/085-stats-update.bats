#!/usr/bin/env bats
# 085-stats-update.bats: stats and update without any cgroup: what is refused, and what works all the
# same. With cgroups, in a machine of its own: tests/vm/420-stats-update.bats.

load helpers

@test "stats: a container without a cgroup is refused in one line, with the way to have one" {
	name
	pl 0 run -d --cgroups disabled --network none --name "$name" "$BUSYBOX" sleep 1000
	pl 125 stats --no-stream "$name"
	is "$(wc -l <"$ERR")" 1
	has "$stderr" "container $name has no cgroup of its own"
	has "$stderr" "--cgroup-manager systemd"
	pl 125 container stats --no-stream
	pl 125 stats --no-stream no-such-container
	has "$stderr" "no such container"
}

@test "stats: no running container: the heading alone; stopped ones with --all, all forms" {
	pl 0 stats --no-stream
	matches "$output" '^ID +NAME +CPU % +MEM USAGE / LIMIT +MEM % +NET IO +BLOCK IO +PIDS +CPU TIME +AVG CPU %$'
	name
	pl 0 create --name "$name" "$BUSYBOX" true
	id=$output
	pl 0 stats --no-stream
	is "${#lines[@]}" 1
	pl 0 stats --no-stream --all
	has "${lines[1]}" "$name"
	has "${lines[1]}" "0B / 0B"
	pl 0 stats --no-stream -l --no-trunc --format '{{.ID}} {{.PIDS}}'
	is "$output" "$id 0"
	pl 0 stats --no-stream --format '{{.AVGCPU}} {{.AvgCPU}} {{.CPU}} {{.CPUNano}} {{.CPUSystemNano}} {{.MemLimit}} {{.BlockInput}} {{.BlockOutput}} {{.Duration}} {{.Up}} {{len .ContainerID}}' "$name"
	is "$output" "0.00% 0 0 0 0 0 0 0 0 0s 64"
	pl 0 stats --no-stream --format json "$name"
	is "$(json '.[0] | keys_unsorted | join(" ")')" "id name cpu_time cpu_percent avg_cpu mem_usage mem_percent net_io block_io pids"
	is "$(json '.[0].id')" "${id:0:12}"
	pl 125 stats --no-stream --all "$name"
	pl 125 stats --interval 0 --no-reset
	has "$stderr" --interval
}

@test "update: limits of a stopped container are for its next start" {
	name
	pl 0 create --name "$name" --cpus 2 "$BUSYBOX" true
	id=$output
	pl 0 update --memory 64m --pids-limit 50 "$name"
	is "$output" "$id"
	pl 0 inspect "$name"
	is "$(json '.[0].HostConfig | [.Memory, .PidsLimit, .CpuQuota, .CpuPeriod] | join(" ")')" "$((64 << 20)) 50 200000 100000"
	is "$(jq -c .linux.resources "$ROOT/containers/$id/config.json")" \
		'{"cpu":{"quota":200000,"period":100000},"memory":{"limit":67108864,"swap":134217728},"pids":{"limit":50}}'
	pl 0 update --memory 0 --pids-limit -1 "$name"
	is "$(jq -c '.linux.resources | [.memory.limit, .memory.swap, .pids.limit]' "$ROOT/containers/$id/config.json")" '[-1,-1,-1]'
	pl 0 inspect --format '{{.HostConfig.Memory}}' "$name"
	is "$output" 0
}

@test "update: a running container without a cgroup is refused and stays as it was" {
	name
	pl 0 run -d --cgroups disabled --network none --name "$name" "$BUSYBOX" sleep 1000
	pl 125 update --memory 64m "$name"
	is "$(wc -l <"$ERR")" 1
	has "$stderr" "stop it, update it, and start it again"
	pl 0 inspect --format '{{.HostConfig.Memory}}' "$name"
	is "$output" 0
	pl 0 update "$name" # nothing to do
	pl 125 update --memory lots "$name"
	has "$stderr" --memory
}

@test "update: --restart changes the policy of a running container" {
	name
	pl 0 run -d --cgroups disabled --network none --name "$name" "$BUSYBOX" sh -c 'trap "exit 3" USR1; while :; do sleep 0.1; done'
	pl 0 container update --restart on-failure:1 "$name"
	pl 0 inspect --format '{{.HostConfig.RestartPolicy.Name}} {{.HostConfig.RestartPolicy.MaximumRetryCount}}' "$name"
	is "$output" "on-failure 1"
	pl 0 exec "$name" kill -USR1 1
	again() { [ "$(podlite inspect --format '{{.RestartCount}} {{.State.Status}}' "$name")" = "1 running" ]; }
	wait_for 20 again
	pl 125 update --restart sometimes "$name"
	pl 0 update --restart no "$name"
}
