#!/usr/bin/env bats
# 075-cdi.bats: --device VENDOR/CLASS=NAME and --gpus by files of the Container Device Interface.

load helpers

cdi() { # NAME TEXT: a file of the directory that is looked at
	mkdir -p "$T/cdi"
	cat >"$T/cdi/$1"
	export PODLITE_CDI_DIRS=$T/none:$T/cdi
}
c() {
	local want=$1
	shift
	pl "$want" run --rm --network none "$@"
}

@test "cdi: nodes, mounts, variables, groups and what is for all devices, once" {
	echo data >"$T/file"
	cdi one.json <<-E
	{"cdiVersion": "0.6.0", "kind": "vendor.com/class",
	 "containerEdits": {"env": ["ALL=yes"]},
	 "devices": [
	  {"name": "a", "containerEdits": {"env": ["A=1"], "deviceNodes": [{"path": "/dev/my-null", "hostPath": "/dev/null"}],
	   "mounts": [{"hostPath": "$T/file", "containerPath": "/opt/file", "options": ["ro", "bind"]}], "additionalGids": [0, 7]}},
	  {"name": "b:1", "containerEdits": {"env": ["B=2"], "deviceNodes": [{"path": "/dev/zero2", "hostPath": "/dev/zero", "permissions": "rw"}]}}]}
	E
	c 0 --device vendor.com/class=a --device vendor.com/class=b:1 "$BUSYBOX" sh -c 'echo $ALL $A $B; echo x >/dev/my-null; head -c 3 /dev/zero2 | wc -c; cat /opt/file; (: >/opt/file) 2>/dev/null || echo ro; id -G'
	is "$output" $'yes 1 2\n3\ndata\nro\n0 7'
	c 0 --device vendor.com/class=b:1 "$BUSYBOX" sh -c 'echo $ALL $A $B; test -e /dev/my-null || echo none'
	is "$output" $'yes 2\nnone'
	# beside a device by its path
	c 0 --device vendor.com/class=a --device /dev/null:/dev/other "$BUSYBOX" ls /dev/other /dev/my-null
	rm -r "$T/cdi" "$T/file"
}

@test "cdi: hooks run" {
	cdi hook.json <<-E
	{"cdiVersion": "0.5.0", "kind": "v.com/h", "devices": [{"name": "x", "containerEdits": {"hooks": [
	 {"hookName": "createRuntime", "path": "/bin/sh", "args": ["sh", "-c", "cat >$T/state"], "env": ["PATH=/bin:/usr/bin"]}]}}]}
	E
	c 0 --device v.com/h=x "$BUSYBOX" true
	has "$(cat "$T/state")" '"ociVersion"'
	rm -r "$T/cdi" "$T/state"
}

@test "cdi: the later directory comes first; --gpus names nvidia's" {
	mkdir -p "$T/first"
	cdi gpu.json <<-E
	{"cdiVersion": "0.5.0", "kind": "nvidia.com/gpu", "devices": [{"name": "all", "containerEdits": {"env": ["FROM=cdi"]}}, {"name": "0", "containerEdits": {"env": ["FROM=zero"]}}]}
	E
	sed s/FROM=cdi/FROM=first/ "$T/cdi/gpu.json" >"$T/first/gpu.json"
	export PODLITE_CDI_DIRS=$T/first:$T/cdi
	c 0 --gpus all "$BUSYBOX" sh -c 'echo $FROM'
	is "$output" cdi
	export PODLITE_CDI_DIRS=$T/cdi:$T/first
	c 0 --gpus all "$BUSYBOX" sh -c 'echo $FROM'
	is "$output" first
	c 0 --gpus 0 "$BUSYBOX" sh -c 'echo $FROM'
	is "$output" zero
	c 125 --gpus 'a b' "$BUSYBOX" true
	c 125 --gpus 9 "$BUSYBOX" true
	has "$stderr" "nvidia.com/gpu=9"
	rm -r "$T/cdi" "$T/first"
}

@test "cdi: what is not there, not JSON or not built is named" {
	cdi x.yaml <<<'kind: a.b/c'
	c 125 --device a.b/c=d "$BUSYBOX" true
	has "$stderr" "unresolvable CDI device"
	has "$stderr" YAML
	cdi bad.json <<<'{'
	c 125 --device a.b/c=d "$BUSYBOX" true
	has "$stderr" bad.json
	cdi bad.json <<<'{"kind": "a.b/c", "devices": [{"name": "d", "containerEdits": {"intelRdt": {}}}, {"name": "e", "containerEdits": {"deviceNodes": [{"path": "/etc/passwd"}]}},
		{"name": "f", "containerEdits": {"mounts": [{"hostPath": "/etc", "containerPath": "/"}]}}, {"name": "g", "containerEdits": {"env": ["X"]}}]}'
	c 125 --device a.b/c=d "$BUSYBOX" true
	has "$stderr" intelRdt
	c 125 --device a.b/c=e "$BUSYBOX" true
	has "$stderr" "not a device node"
	c 125 --device a.b/c=f "$BUSYBOX" true
	c 125 --device a.b/c=g "$BUSYBOX" true
	rm -r "$T/cdi"
}
