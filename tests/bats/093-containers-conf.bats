#!/usr/bin/env bats
# 093-containers-conf.bats: what CONTAINERS_CONF and CONTAINERS_CONF_OVERRIDE name, and what of it counts.

load helpers

# conf [NAME]: standard input becomes that file
conf() { cat >"$T/${1:-c.conf}"; }

setup() {
	unset CONTAINERS_CONF CONTAINERS_CONF_OVERRIDE
	rm -rf "$T"
	mkdir -p "$T"
}

@test "containers.conf: only where it is named; missing and broken files" {
	local home=$T/home
	mkdir -p "$home/.config/containers"
	echo 'containers.umask = "0077"' >"$home/.config/containers/containers.conf"
	HOME=$home XDG_CONFIG_HOME='' c 0 -- sh -c umask
	is "$output" 0022
	CONTAINERS_CONF=$home/.config/containers/containers.conf c 0 -- sh -c umask
	is "$output" 0077
	CONTAINERS_CONF='' CONTAINERS_CONF_OVERRIDE=/dev/null c 0 -- sh -c umask
	is "$output" 0022
	CONTAINERS_CONF=$T/none pl 125 version
	is "$stderr" "podlite: CONTAINERS_CONF: no file $T/none"
	CONTAINERS_CONF_OVERRIDE=$T/none pl 125 version
	is "$stderr" "podlite: CONTAINERS_CONF_OVERRIDE: no file $T/none"
	conf <<<$'[containers]\numask = '
	CONTAINERS_CONF=$T/c.conf pl 125 version
	has "$stderr" "CONTAINERS_CONF: $T/c.conf: line 2"
	conf <<<'containers.umask = "9"'
	CONTAINERS_CONF=$T/c.conf c 125 -- true
	has "$stderr" umask
	# a value that cannot be one
	conf <<<'containers.read_only = "perhaps"'
	CONTAINERS_CONF=$T/c.conf c 125 -- true
	has "$stderr" "$T/c.conf: [run]: read-only"
}

@test "containers.conf: what a container gets of it" {
	conf <<-'E'
		[containers]
		env = ["FOO=conf", "BAR=conf", "PATH=/conf"]
		annotations = ["a.b=conf"]
		default_sysctls = ["net.ipv4.ip_default_ttl=77"]
		default_ulimits = ["nofile=500:600"]
		mounts = ["type=tmpfs,destination=/conmount"]
		volumes = ["/etc:/convol:ro"]
		log_driver = "json-file"
		log_size_max = 9000
		log_tag = "tagged"
		pids_limit = 0
		init = true
		oom_score_adj = 500
		shm_size = "1048576"
		tz = "UTC"
		umask = "0077"
		utsns = ""
		[engine]
		stop_timeout = 3
		pull_policy = "never"
	E
	export CONTAINERS_CONF=$T/c.conf
	c 0 -- sh -c 'echo $FOO $BAR; umask; cat /proc/1/comm /proc/self/oom_score_adj; ulimit -Sn; ulimit -Hn
		cat /proc/sys/net/ipv4/ip_default_ttl; grep -c " /conmount tmpfs \| /convol " /proc/mounts; df -k /dev/shm | tail -n 1 | awk "{print \$2}"'
	is "$output" $'conf conf\n0077\npodlite-init\n500\n500\n600\n77\n2\n1024'
	# the image's PATH is stronger, and so is the command line; lists of these kinds are added to
	c 0 -e FOO=cli --annotation c.d=cli --sysctl net.ipv4.ip_forward=1 --ulimit core=0 --mount type=tmpfs,destination=/climount \
		-v "$T:/clivol" --umask 0002 --init=false -- sh -c 'echo $FOO $BAR; umask; ulimit -Sn; ulimit -c
		cat /proc/sys/net/ipv4/ip_default_ttl /proc/sys/net/ipv4/ip_forward; grep -o " /c[a-z]* " /proc/mounts | sort | tr -d "\n"'
	is "$output" $'cli conf\n0002\n500\n0\n77\n1\n /climount  /clivol  /conmount '
	c 0 --ulimit nofile=400:400 --sysctl net.ipv4.ip_default_ttl=66 -- sh -c 'ulimit -Hn; cat /proc/sys/net/ipv4/ip_default_ttl'
	is "$output" $'400\n66'
	name
	pl 0 create --name "$name" --network none --annotation c.d=cli "$BUSYBOX" true
	pl 0 inspect --format '{{index .Config.Annotations "a.b"}} {{index .Config.Annotations "c.d"}} {{.HostConfig.LogConfig.Type}} {{.HostConfig.LogConfig.Tag}} {{.HostConfig.LogConfig.Size}} {{.Config.StopTimeout}} {{.HostConfig.PidsLimit}}' "$name"
	is "$output" "conf cli json-file tagged 9kB 3 0"
	pl 125 create "$REGISTRY/debian:12" true
	has "$stderr" "not known"
	# podlite.conf and variables are stronger
	PODLITE_RUN_UMASK=0007 c 0 -- sh -c umask
	is "$output" 0007
	echo 'run.umask = "0027"' >"$T/podlite.conf"
	PODLITE_CONF=$T/podlite.conf c 0 -- sh -c umask
	is "$output" 0027
}

@test "containers.conf: the one that overrides, appends, and what is not used" {
	conf <<-'E'
		[containers]
		env = ["A=1", "B=1"]
		umask = "0077"
		label = false
		[engine]
		runtime = "crun"
	E
	conf o.conf <<-'E'
		[containers]
		env = ["B=2", {append=true}]
		tz = "UTC"
	E
	export CONTAINERS_CONF=$T/c.conf CONTAINERS_CONF_OVERRIDE=$T/o.conf
	c 0 -- sh -c 'echo $A $B $(umask)'
	is "$output" "1 2 0077"
	PL_QUIET=0 pl 0 --log-level debug version
	has "$stderr" "not used by podlite: containers.label, engine.runtime"
	pl 0 version
	is "$stderr" ""
	conf o.conf <<<'containers.env = ["B=2"]'
	c 0 -- sh -c 'echo $A $B $(umask)'
	is "$output" "2 0077"
	unset CONTAINERS_CONF
	c 0 -- sh -c 'echo $A $B $(umask)'
	is "$output" "2 0022"
}

@test "containers.conf: [engine] detach_keys, cgroup_manager, cdi_spec_dirs; a seccomp profile" {
	mkdir -p "$T/cdi"
	cat >"$T/cdi/v.json" <<-'E'
		{"cdiVersion": "0.5.0", "kind": "vendor.com/thing", "devices": [{"name": "a", "containerEdits": {"env": ["FROM_CDI=yes"]}}]}
	E
	echo '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":95}]}' >"$T/s.json"
	conf <<-E
		[containers]
		seccomp_profile = "$T/s.json"
		[engine]
		cgroup_manager = "cgroupfs"
		cdi_spec_dirs = ["/nowhere", "$T/cdi"]
		detach_keys = "ctrl-z,z,z,z"
	E
	export CONTAINERS_CONF=$T/c.conf
	c 1 --device vendor.com/thing=a -- sh -c 'echo $FROM_CDI; mkdir /x'
	is "$output" yes
	has "$stderr" "not supported"
	c 0 --security-opt seccomp=unconfined -- mkdir /x
	pl 0 info --format '{{.Host.CgroupManager}}'
	is "$output" cgroupfs
	conf <<<'engine.detach_keys = "nonsense-keys"'
	c 125 -- true
	has "$stderr" "detach"
}
