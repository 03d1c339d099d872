#!/usr/bin/env bats
# 070-create-options.bats: each option of run and create, looked at from inside the container; what
# is not built is refused by name and nothing is accepted and ignored.

load helpers

setup_file() { image "$BUSYBOX"; }

# config NAME FILTER: jq over the container's config.json
config() {
	local id
	id=$(podlite inspect --format '{{.Id}}' "$1")
	jq -r "$2" "$ROOT/containers/$id/config.json"
}

@test "options: V11: --user is exactly what was said, or an error" {
	local row
	for row in 1=1:1 1:2=1:2 0=0:0 root=0:0 =0:0 1234=1234:0 www-data=33:33 33:staff=33:50 user=1000:1000; do
		c 0 --user "${row%=*}" -- sh -c 'echo $(id -u):$(id -g)'
		is "$output" "${row##*=}"
	done
	for row in 4294967295 4294967296 2147483648 1: :1 1:2:3; do
		c 125 "--user=$row" -- true
		is "$(wc -l <"$ERR")" 1
	done
	for row in -1 +1 '1 ' ' 1' 0x1 nosuch user:nosuch; do
		c 126 "--user=$row" -- true
		is "$(wc -l <"$ERR")" 1
	done
}

@test "options: V12: the primary group is in the list; memberships; --group-add" {
	c 0 --user daemon -- id -G
	is "$output" "1 50"
	c 0 --user 1000:33 -- id -G
	is "$output" "33"
	c 0 --user user --group-add tty --group-add 77,78 -- id -G
	is "$output" "1000 5 29 50 77 78" # the kernel sorts
	c 126 --group-add nosuch -- true
	c 125 --group-add keep-groups --group-add 5 -- true
	has "$stderr" keep-groups
}

@test "options: a user without a passwd entry gets one, as podman does" {
	c 0 --user 1234:5 -- sh -c 'whoami; tail -n1 /etc/passwd; echo $HOME'
	is "${lines[0]}" 1234
	is "${lines[1]}" "1234:*:1234:5:container user:/:/bin/sh"
	is "${lines[2]}" /
	c 0 --user 1234 --passwd=false -- grep -c 1234 /etc/passwd || [ "$output" = 0 ]
	c 0 --user 1234 --passwd-entry 'app:x:$UID:0:app:/app:/bin/sh' -- tail -n1 /etc/passwd
	is "$output" "app:x:1234:0:app:/app:/bin/sh"
	c 125 --user 1234 --passwd-entry $'app:x:0:0\nroot2:x:0:0' -- true
}

@test "options: V10: capabilities: eleven by default, none but a bounding set for others than root" {
	local set=00000000800405fb
	c 0 -- grep ^Cap /proc/self/status
	is "$output" "CapInh:	0000000000000000
CapPrm:	$set
CapEff:	$set
CapBnd:	$set
CapAmb:	0000000000000000"
	c 0 --user 1000 --cap-add NET_ADMIN -- grep ^Cap /proc/self/status
	is "$output" "CapInh:	0000000000000000
CapPrm:	0000000000000000
CapEff:	0000000000000000
CapBnd:	00000000800415fb
CapAmb:	0000000000000000"
	c 0 --cap-drop ALL --cap-add cap_chown -- grep ^CapEff /proc/self/status
	has "$output" 0000000000000001
	c 0 --cap-add all --cap-drop sys_admin,chown -- grep ^CapBnd /proc/self/status
	hasnt "$output" 00000000800405fb
	c 125 --cap-add nosuch -- true
	c 125 --cap-add chown --cap-drop chown -- true
}

@test "options: --privileged: every capability, no filter, nothing masked; --cap-drop still counts" {
	c 0 --privileged -- sh -c 'grep -E "^(CapEff|Seccomp:)" /proc/self/status; grep -c " /proc/" /proc/mounts; cat /run/.containerenv'
	has "$output" "CapEff:	000001ffffffffff"
	has "$output" "Seccomp:	0"
	has "$output" rootless=
	is "${lines[2]}" 0
	c 0 --privileged --cap-drop SYS_ADMIN -- grep ^CapBnd /proc/self/status
	hasnt "$output" 000001ffffffffff
}

@test "options: V28: --security-opt is applied or refused, never passed over" {
	c 0 --security-opt seccomp=unconfined --security-opt no-new-privileges -- grep -E '^(Seccomp|NoNewPrivs):' /proc/self/status
	is "$output" "NoNewPrivs:	1
Seccomp:	0"
	c 0 --security-opt no-new-privileges:true --security-opt label=disable --security-opt apparmor=unconfined -- grep ^NoNewPrivs /proc/self/status
	has "$output" 1
	echo '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO"}]}' >"$T/profile"
	c 1 --security-opt "seccomp=$T/profile" -- mkdir /x
	c 0 --security-opt mask=/etc/passwd:/var/www -- sh -c 'cat /etc/passwd; ls /var/www'
	is "$output" ""
	c 0 --security-opt unmask=/proc/keys -- sh -c 'grep -c . /proc/keys'
	c 0 --security-opt unmask=ALL -- grep -c ' /proc/' /proc/mounts || [ "$output" = 0 ]
	local o
	for o in apparmor=foo label=type:x label=level:s0 proc-opts=hidepid=2 seccomp=/nonexistent seccomp= nonsense mask=relative no-new-privileges=maybe; do
		c 125 --security-opt "$o" -- true
		is "$(wc -l <"$ERR")" 1
	done
}

@test "options: V54: --sysctl only of namespaces the container has" {
	c 0 --sysctl kernel.shmmax=12345 --sysctl net/ipv4/ip_forward=1 -- cat /proc/sys/kernel/shmmax /proc/sys/net/ipv4/ip_forward
	is "$output" "12345
1"
	c 0 -- cat /proc/sys/net/ipv4/ip_unprivileged_port_start
	is "$output" 0
	local o
	for o in kernel.core_pattern=x $'kernel.shmmax=1\nkernel.sem=1' net.ipv4.ip_forward=1+x kernel.shmmax vm.swappiness=1; do
		c 125 --sysctl "$o" -- true
	done
	pl 125 run --rm --network host --sysctl net.ipv4.ip_forward=1 "$BUSYBOX" true
	has "$stderr" "no network namespace of its own"
	c 125 --ipc host --sysctl kernel.shmmax=1 -- true
}

@test "options: -v binds: relative, read-only, nosuid and nodev, private, missing source" {
	mkdir -p "$T/dir"
	echo data >"$T/dir/file"
	chmod 755 "$T/dir"
	cd "$T"
	c 0 -v ./dir:/v:ro -- sh -c 'cat /v/file; touch /v/x 2>&1; grep " /v " /proc/self/mountinfo'
	has "$output" data
	has "$output" "Read-only file system"
	matches "${lines[-1]}" 'ro,.*nosuid,nodev'
	hasnt "${lines[-1]}" shared: # V18
	c 0 -v "$T/dir:/v" -- sh -c 'echo more >/v/new'
	is "$(<"$T/dir/new")" more
	c 0 -v "$T/dir/file:/etc/file" -- cat /etc/file
	is "$output" data
	c 0 --mount "type=bind,src=$T/dir,dst=/v,ro" -- cat /v/file
	is "$output" data
	c 125 -v "$T/nothing:/v" -- true
	has "$stderr" "statfs $T/nothing: no such file or directory"
	c 125 -v "$T/dir:relative" -- true
	c 125 -v "$T/dir:/v:ro,rw" -- true
	c 125 -v "$T/dir:/v" -v "$T:/v/" -- true
	has "$stderr" "duplicate mount destination"
	c 125 -v "$T/dir:/v:idmap" -- true
}

@test "options: X2: a read-only bind is so for what is mounted below it" {
	mkdir -p "$T/outer/inner"
	[ "$(id -u)" != 0 ] || skip "needs an unprivileged user"
	pl 0 unshare sh -c "mount -t tmpfs tmpfs '$T/outer/inner' && exec '$PODLITE' --root '$ROOT' --runroot '$RUNROOT' run --rm --network none -v '$T/outer:/v:ro' '$BUSYBOX' sh -c 'touch /v/inner/x; echo \$?'"
	is "${lines[-1]}" 1
}

@test "options: volumes: made, kept, filled from the image, anonymous ones gone with --rm" {
	name vol
	c 0 -v "$name:/var/www" -- cat /var/www/index.html
	is "$output" "hello from the image"
	c 0 -v "$name:/var/www" -- sh -c 'echo changed >/var/www/index.html'
	c 0 -v "$name:/var/www" -- sh -c 'cat /var/www/index.html; stat -c %u:%g /var/www'
	is "$output" "changed
33:33"
	c 0 -v "$name-2:/var/www:nocopy" -- ls /var/www
	is "$output" ""
	c 0 -v /var/www -- cat /var/www/index.html
	is "$output" "hello from the image"
	c 0 -v "$name-3:/new" --user user -- sh -c 'touch /new/x; stat -c %u /new'
	is "$output" 1000
	pl 0 volume ls -q
	is "$(wc -l <"$OUT")" 3
	c 125 -v '-x:/v' -- true
	c 125 -v 'a b:/v' -- true
	pl 0 volume rm -a -f
}

@test "options: V39: a volume that has something is not copied over" {
	name vol
	pl 0 volume create "$name"
	local dir
	dir=$(podlite volume inspect --format '{{.Mountpoint}}' "$name")
	echo mine >"$dir/mine"
	c 0 -v "$name:/var/www" -- ls /var/www
	is "$output" mine
	pl 0 volume rm "$name"
}

@test "options: V9: targets below links stay in the root" {
	mkdir -p "$T/canary" "$T/dir"
	local target
	for target in /proc/self/root/../../../../"$T/canary/x" "/../../../..$T/canary/x"; do
		c - -v "$T/dir:$target" -- true
	done
	is "$(ls -A "$T/canary")" ""
	mkdir -p "$T/rootfs/bin" "$T/rootfs/proc" "$T/rootfs/dev" "$T/rootfs/sys"
	cp "$(command -v busybox)" "$T/rootfs/bin/sh"
	ln -s "$T/canary" "$T/rootfs/out"
	pl - run --rm --network none --rootfs -v "$T/dir:/out/new" "$T/rootfs" /bin/sh -c true
	pl - run --rm --network none --rootfs -w /out/work "$T/rootfs" /bin/sh -c true
	is "$(ls -A "$T/canary")" ""
}

@test "options: V3, V7: /proc and /dev as links of the root are refused, the canary stays" {
	mkdir -p "$T/evil/bin" "$T/evil/sys" "$T/canary2"
	cp "$(command -v busybox)" "$T/evil/bin/sh"
	ln -s "$T/canary2" "$T/evil/proc"
	ln -s "$T/canary2" "$T/evil/dev"
	pl - run --rm --network none --rootfs "$T/evil" /bin/sh -c 'echo ran'
	[ "$status" != 0 ]
	is "$(ls -A "$T/canary2")" ""
}

@test "options: --tmpfs and --mount type=tmpfs" {
	c 0 --tmpfs /t:size=1m,mode=700 -- sh -c 'grep " /t " /proc/mounts; stat -c %a /t'
	matches "${lines[0]}" 'rw,nosuid,nodev,noexec.*size=1024k'
	is "${lines[1]}" 700
	c 0 --mount type=tmpfs,dst=/t,tmpfs-size=2m -- grep ' /t ' /proc/mounts
	has "$output" size=2048k
	c 0 --tmpfs /var/www -- cat /var/www/index.html
	is "$output" "hello from the image"
	c 125 --tmpfs /t:size=huge -- true
	c 125 --tmpfs relative -- true
	c 125 --mount type=image,src=x,dst=/x -- true
	c 125 --mount type=bind,dst=/x -- true
}

@test "options: --read-only, with and without writable /run, /tmp, /var/tmp" {
	c 0 --read-only -- sh -c 'touch /x 2>&1; touch /tmp/x /run/x /var/tmp/x && echo ok'
	is "${lines[-1]}" ok
	has "$output" "Read-only file system"
	c 1 --read-only --read-only-tmpfs=false -- touch /tmp/x
	c 0 --read-only --read-only-tmpfs=false -t --tmpfs /dev/mine -- sh -c '
		for f in /dev/x /dev/shm/x; do (: >$f) 2>/dev/null || echo "no $f"; done
		echo x >/dev/null && (: >/dev/mine/x) && tty'
	is "$(tr -d '\r' <<<"$output")" $'no /dev/x\nno /dev/shm/x\n/dev/pts/0'
	c 0 --read-only -- sh -c '(: >/dev/x) && : >/dev/shm/x'
}

@test "options: --shm-size, --ipc" {
	c 0 --shm-size 1m -- grep ' /dev/shm ' /proc/mounts
	has "$output" size=1024k
	c 0 -- grep ' /dev/shm ' /proc/mounts
	has "$output" size=65536k
	c 0 --ipc none -- sh -c 'test -e /dev/shm || echo none'
	is "$output" none
	c 0 --ipc host -- readlink /proc/self/ns/ipc
	is "$output" "$(readlink /proc/self/ns/ipc)"
	c 125 --ipc none --shm-size 1m -- true
	c 125 --shm-size big -- true
}

@test "options: --pid, --uts, --cgroupns, --network host" {
	c 0 --pid host -- readlink /proc/self/ns/pid
	is "$output" "$(readlink /proc/self/ns/pid)"
	c 0 --uts host -- sh -c 'hostname; readlink /proc/self/ns/uts'
	is "$output" "$(hostname)
$(readlink /proc/self/ns/uts)"
	c 0 --cgroupns host -- readlink /proc/self/ns/cgroup
	is "$output" "$(readlink /proc/self/ns/cgroup)"
	c 1 --cgroupns host -- sh -c 'mkdir /sys/fs/cgroup/x 2>/dev/null' # V16
	pl 0 run --rm --network host "$BUSYBOX" readlink /proc/self/ns/net
	is "$output" "$(readlink /proc/self/ns/net)"
	c 125 --pid nonsense -- true
	c 125 --uts host --hostname x -- true
	pl 125 run --rm --network nosuchnet "$BUSYBOX" true
	pl 125 run --rm --network slirp4netns:--disable-sandbox "$BUSYBOX" true
}

@test "options: --network and --uts container:ID join it, also after it was started again" {
	name web
	pl 0 run -d --network none --name "$name" --hostname shared "$BUSYBOX" sleep 1000
	pl 0 create --name "$name-2" --network "container:$name" --uts "container:$name" "$BUSYBOX" sh -c 'hostname; readlink /proc/self/ns/net'
	pl 0 exec "$name" readlink /proc/self/ns/net
	local net=$output
	pl 0 start -a "$name-2"
	is "$output" "shared
$net"
	pl 0 stop -t 0 "$name"
	pl 0 start -a "$name-2" # starts what it depends on, as podman does
	is "${lines[0]}" shared
	pl 0 exec "$name" true
	c 0 --uts "container:$name" -- sh -c 'echo $HOSTNAME; cat /etc/hostname; grep -cw shared /etc/hosts'
	is "$output" $'shared\nshared\n1'
	c 125 --uts "container:$name" --hostname x -- true
	has "$stderr" "in the container:$name UTS namespace"
	c 125 --uts ns:/proc/self/ns/uts --hostname x -- true
	has "$stderr" "in the ns:/proc/self/ns/uts UTS namespace"
	pl 125 run --rm --network container:nosuch "$BUSYBOX" true
	pl 125 run --rm --network "container:$name" -p 1:1 "$BUSYBOX" true
	pl 125 run --rm --network "container:$name" --dns 1.1.1.1 "$BUSYBOX" true
	pl 0 rm -f -t 0 "$name" "$name-2"
}

@test "options: namespaces of a container that ends at once: that is what is said" {
	name m
	pl 0 create --name "$name" --network none "$BUSYBOX" true
	local id=$output type
	for type in pid ipc uts network; do
		set -- run --rm "--$type" "container:$name"
		[ "$type" = network ] || set -- "$@" --network none
		pl - "$@" "$BUSYBOX" true
		# the other may have lived long enough
		[ "$status" = 0 ] || is "$stderr" "podlite: container ${id:0:12} has ended, its $type namespace cannot be joined"
	done
}

@test "options: --userns keep-id: the caller's own id inside, files of the image stay root's" {
	need_fuse
	need_command fuse-overlayfs
	[ "$(id -u)" != 0 ] || skip "needs an unprivileged user"
	local me who
	me=$(id -u)
	# an account of the image with this number keeps its name
	who=$(tar -xOf "$IMAGES/layers/busybox.tar" ./etc/passwd | awk -F: -v u="$me" '$3 == u { print $1 }')
	mkdir -p "$T/mine"
	c 0 --userns keep-id -v "$T/mine:/v" -- sh -c 'id -u; whoami; stat -c %u /etc /bin/busybox; echo x >/v/x; touch /tmp/t; stat -c %u /tmp/t'
	is "$output" "$me
${who:-$(id -un)}
0
0
$me"
	is "$(stat -c %u "$T/mine/x")" "$me"
	c 0 --userns keep-id:uid=5,gid=6 -- sh -c 'echo $(id -u):$(id -g)'
	is "$output" 5:6
	c 0 --userns keep-id --user 0 -- sh -c 'touch /etc/new; stat -c %u /etc/new; chown 33:33 /etc/new; stat -c %u /etc/new'
	is "$output" "0
33"
	name kept
	c 0 --userns keep-id -v "$name:/var/www" -- stat -c %u /var/www /var/www/index.html
	is "$output" "33
33"
	pl 0 run -d --name "$name" --network none --userns keep-id "$BUSYBOX" sleep 1000
	pl 0 exec "$name" id -u
	is "$output" "$me"
	pl 0 rm -f -t 0 "$name"
	pl 0 volume rm "$name"
}

@test "options: --userns nomap: the caller's id is not there at all" {
	need_fuse
	need_command fuse-overlayfs
	[ "$(id -u)" != 0 ] || skip "needs an unprivileged user"
	mkdir -p "$T/mine2"
	c 0 --userns nomap -v "$T/mine2:/v" -- sh -c 'id -u; stat -c %u /etc /v; touch /x; stat -c %u /x'
	is "$output" "0
0
65534
0"
}

@test "options: --pid container:ID sees the other's processes" {
	name other
	pl 0 run -d --name "$name" --network none "$BUSYBOX" sleep 1234
	c 0 --pid "container:$name" -- ps
	has "$output" "sleep 1234"
	pl 0 rm -f -t 0 "$name"
}

@test "options: V37: --hostname, --add-host, --dns: exactly the lines asked for" {
	c 0 --hostname web.example --add-host db:10.0.0.1 -- sh -c 'hostname; cat /etc/hostname; echo $HOSTNAME; cat /etc/hosts'
	is "${lines[0]} ${lines[1]} ${lines[2]}" "web.example web.example web.example"
	matches "$output" $'(^|\n)10.0.0.1[ \t]db(\n|$)'
	pl 0 run --rm --network host --dns 1.2.3.4 --dns-search example.org --dns-option ndots:2 "$BUSYBOX" cat /etc/resolv.conf
	is "$output" "search example.org
nameserver 1.2.3.4
options ndots:2"
	c 0 --no-hosts --no-hostname -- sh -c 'ls /etc/hosts /etc/hostname 2>/dev/null; true'
	is "$output" ""
	c 125 --hostname $'a\nb' -- true
	c 125 --hostname 'a b' -- true
	c 125 --add-host $'a:1.2.3.4\n5.6.7.8 evil' -- true
	c 125 --add-host 'a b:1.2.3.4' -- true
	c 125 --no-hosts --add-host a:1.2.3.4 -- true
	c 125 --dns 1.2.3.4 -- true
	pl 125 run --rm --dns $'1.2.3.4\nnameserver 6.6.6.6' "$BUSYBOX" true
	pl 125 run --rm --dns-search $'a\nnameserver 6.6.6.6' "$BUSYBOX" true
}

@test "options: V36: the host's environment gets in only on request" {
	export SECRET_X=secret http_proxy=http://u:p@proxy
	c 0 -- env
	hasnt "$output" secret
	hasnt "$output" proxy
	has "$output" container=podlite
	hasnt "$output" TERM=
	c 0 --env-host -- env
	has "$output" SECRET_X=secret
	c 0 --http-proxy -- env
	has "$output" http_proxy=http://u:p@proxy
	hasnt "$output" SECRET_X
	c 0 -e 'SECRET*' -- env
	has "$output" SECRET_X=secret
	c 0 --unsetenv-all -- env
	hasnt "$output" IMAGE=
	hasnt "$output" container=
	c 0 -t -- sh -c 'echo $TERM'
	like "$output" xterm*
	c 125 -e =x -- true
}

@test "options: --ulimit, --umask, --oom-score-adj, --workdir, --tz" {
	c 0 --ulimit nofile=100:200 -- sh -c 'ulimit -n; ulimit -Hn; ulimit -c'
	is "$output" "100
200
0"
	c 0 --ulimit core=-1 -- sh -c 'ulimit -c'
	c 0 --ulimit host -- true
	c 125 --ulimit nofile=2:1 -- true
	c 125 --ulimit nosuch=1 -- true
	c 125 --ulimit nofile=999999999 -- true
	has "$stderr" "hard limit"
	c 0 --umask 077 -- sh -c umask
	is "$output" 0077
	c 0 -- sh -c umask
	is "$output" 0022
	c 125 --umask 999 -- true
	c 0 --oom-score-adj 100 -- cat /proc/self/oom_score_adj
	is "$output" 100
	c 125 --oom-score-adj 5000 -- true
	c 126 -w /no/such/dir -- true
	has "$stderr" 'workdir "/no/such/dir" does not exist'
	c 0 -w /new --tmpfs /new -- pwd
	is "$output" /new
	[ ! -e /usr/share/zoneinfo/Asia/Tokyo ] || {
		c 0 --tz Asia/Tokyo -- date +%Z
		is "$output" JST
	}
	c 125 --tz ../../etc/passwd -- true
	c 125 --tz Not/AZone -- true
}

@test "options: V2: no descriptor of the caller gets in; the working directory is inside" {
	local fd
	exec 30<"$T" 31</etc
	c 0 -- sh -c 'ls /proc/self/fd | wc -l'
	[ "$output" -le 4 ] # 0, 1, 2 and ls's own
	for fd in 3 5 7 30 31 100; do
		c - -w "/proc/self/fd/$fd" -- sh -c 'cat /proc/self/mountinfo; pwd'
		[ "$status" != 0 ]
	done
	exec 30<&- 31<&-
}

@test "options: V14: --preserve-fds is exact or refused" {
	echo passed >"$T/passed"
	pl 0 run --rm --network none --preserve-fds 1 "$BUSYBOX" sh -c 'cat <&3' 3<"$T/passed" || true
	for n in '' 3x -1 2147483648 1.5; do
		c 125 --preserve-fds "$n" -- true
	done
	c 125 --preserve-fds 40 -- true
	has "$stderr" "not available"
}

@test "options: --device is bound; what is none is refused" {
	c 0 --device /dev/zero:/dev/other -- sh -c 'head -c 3 /dev/other | wc -c'
	is "$output" 3
	c 0 -- sh -c 'test -e /dev/fuse || echo none'
	is "$output" none
	c 125 --device /etc/passwd -- true
	c 125 --device /dev/nosuch -- true
	c 125 --device /dev/zero:/dev/x:r -- true
	c 125 --device vendor.com/class=all -- true
}

@test "options: --init runs a first process that reaps" {
	c 0 --init -- sh -c 'tr "\0" " " </proc/1/cmdline; echo; echo $PPID'
	like "${lines[0]}" "*init*"
	is "${lines[1]}" 1
}

@test "options: labels, annotations, ports, health: stored and shown" {
	name shown
	printf '# comment\nfile=label\n' >"$T/labels"
	pl 0 create --name "$name" -l a=b --label c --label-file "$T/labels" --annotation x=y --expose 81 \
		--health-cmd 'test -e /x' --health-interval 5s --health-retries 2 --stop-signal INT --stop-timeout 3 \
		--restart on-failure:3 -p 127.0.0.1::80 "$BUSYBOX" true
	pl 0 inspect "$name"
	is "$(json '.[0].Config.Labels.a')" b
	is "$(json '.[0].Config.Labels.file')" label
	is "$(json '.[0].Config.Healthcheck.Test[1] // .[0].Config.Healthcheck.Test')" 'test -e /x'
	is "$(json '.[0].HostConfig.RestartPolicy.Name')" on-failure
	is "$(config "$name" '.annotations.x')" y
	is "$(config "$name" '.annotations | length')" 1
	pl 0 ps -a --filter "name=$name" --format '{{.Ports}}'
	matches "$output" '^127.0.0.1:[0-9]+->80/tcp'
	pl 0 rm "$name"
	c 125 --health-interval 5s -- true
	c 125 --health-cmd x --no-healthcheck -- true
	c 125 --restart sometimes -- true
	c 125 --restart always -- true # with --rm
	c 125 --stop-signal NOSUCH -- true
	c 125 -p 80:80:80:80 -- true
	c 125 -p 127.0.0.1:1-3:1-2 -- true
	if [ ! -S /run/systemd/journal/socket ]; then
		c 125 --log-driver journald -- true
		has "$stderr" "no systemd journal"
	fi
	c 125 --log-opt nosuch=1 -- true
}

@test "options: times and action of a health check are stored; nonsense is refused" {
	name health
	pl 0 create --name "$name" --health-cmd 'test -e /x' --health-timeout 7s --health-start-period 1m \
		--health-on-failure none "$BUSYBOX" true
	pl 0 inspect "$name"
	is "$(json '.[0].Config.Healthcheck | "\(.Timeout) \(.StartPeriod)"')" "7000000000 60000000000"
	pl 0 rm "$name"
	c 125 --health-cmd x --health-timeout soon -- true
	c 125 --health-cmd x --health-start-period -1s -- true
	c 125 --health-cmd x --health-on-failure explode -- true
}

@test "options: --os and --variant choose the image of an index" {
	c 125 --os windows --pull always -- true
	has "$stderr" windows
	pl 125 create --arch arm64 --variant vX "$REGISTRY/busybox:multi"
	has "$stderr" vX
}

@test "options: resources: a section only where something was asked" {
	name res
	pl 0 create --name "$name" "$BUSYBOX" true
	is "$(config "$name" '.linux.resources')" null
	pl 0 create --name "$name-2" --memory 64m --cpus 1.5 --pids-limit 50 --cpu-shares 512 "$BUSYBOX" true
	is "$(config "$name-2" '.linux.resources | "\(.memory.limit) \(.cpu.quota)/\(.cpu.period) \(.cpu.shares) \(.pids.limit)"')" "67108864 150000/100000 512 50"
	pl 0 create --name "$name-3" --cpu-period 50000 --cpu-quota 25000 --memory 64m --memory-reservation 32m "$BUSYBOX" true
	is "$(config "$name-3" '.linux.resources | "\(.cpu.quota)/\(.cpu.period) \(.memory.reservation)"')" "25000/50000 33554432"
	pl 0 rm "$name" "$name-2" "$name-3"
	c 125 --memory-reservation 64m --memory 32m -- true
	c 125 --cgroup-parent ../../x -- true
	c 125 --cgroups disabled --cgroup-parent /x -- true
	c 125 --cgroups disabled --cpuset-cpus 0 -- true
	c 125 --cpu-quota 25000 --cpus 1 -- true
	c 125 --memory lots -- true
	c 125 --cpus 0 -- true
	c 125 --memory-swap 1g -- true
	c 125 --cgroups disabled --memory 64m -- true
}

@test "options: V15: an image's labels and annotations change nothing in config.json" {
	name evil
	local ref=$REGISTRY/$name:1
	"$MKIMAGE" "$ref" -l "$IMAGES/layers/busybox.tar" --cmd true --env AWS_SECRET --env 'HOME*' --env '*' --env =x --env A=1 \
		--label run.oci.keep_original_groups=1 --label io.podman.annotations.seccomp=unconfined --label org.criu.config=/x \
		--volume /proc --volume /dev --manifest-json '{"annotations":{"run.oci.handler":"krun","io.podman.annotations.privileged":"TRUE"}}'
	image "$ref"
	export AWS_SECRET=leaked
	pl 0 run --rm --network none "$ref" env
	hasnt "$output" leaked
	has "$output" A=1
	pl 0 create --name "$name" --cap-drop ALL "$ref"
	is "$(config "$name" '.annotations')" null
	is "$(config "$name" '.linux.seccomp | type')" object
	is "$(config "$name" '.mounts[] | select(.destination == "/proc") | .type')" proc
	pl 0 rm "$name"
}

@test "options: --personality: uname tells of a machine of 32 bits, exec too" {
	name
	pl 0 run -d --name "$name" --network none --personality LINUX32 "$BUSYBOX" sh -c 'uname -m; exec sleep 1000'
	pl 0 exec "$name" uname -m
	local there=$output
	[ "$there" != "$(uname -m)" ]
	pl 0 logs "$name"
	is "$output" "$there"
	pl 0 rm -f -t 0 "$name"
	c 0 --personality LINUX -- uname -m
	is "$output" "$(uname -m)"
	c 125 --personality BSD -- true
	has "$stderr" "LINUX32"
}

@test "options: what is not built is refused by name, with 125" {
	local o
	for o in --memory-swappiness=1 --cpu-rt-runtime=1 --rdt-class=x --link=x --volume-driver=x --oom-kill-disable=x --pod=x --seccomp-policy=image --decryption-key=x \
		--device-cgroup-rule="c 1:1 r" --storage-opt=size=1g; do
		c 125 "$o" -- true
		has "$stderr" "${o%%=*}"
		is "$(wc -l <"$ERR")" 1
	done
}

@test "options: --replace, --rm with --restart, --name, --attach, --platform" {
	c 125 --replace -- true
	c 125 --name 'a/b' -- true
	c 125 --name ../x -- true
	c 125 --platform linux/amd64 --arch arm64 -- true
	c 125 -a nonsense -- true
	c 125 -d -a stdout -- true
	c 0 -a stdout -- sh -c 'echo out; echo err >&2'
	is "$output" out
	is "$stderr" ""
	c 125 --detach-keys ctrl-1 -- true
}

@test "start, restart: several, attached, --all, --running" {
	name s
	pl 0 create --name "$name" --network none "$BUSYBOX" sh -c 'echo started; exit 7'
	pl 7 start -a "$name"
	is "$output" started
	pl 0 start "$name"
	is "$output" "$name"
	pl 0 run -d --name "$name-2" --network none "$BUSYBOX" sleep 1000
	pl 0 start "$name-2" # runs already
	pl 0 inspect --format '{{.State.Pid}}' "$name-2"
	local before=$output
	pl 0 restart -t 0 "$name-2"
	pl 0 inspect --format '{{.State.Pid}}' "$name-2"
	[ "$output" != "$before" ]
	pl 0 restart --running -t 0
	local id
	id=$(podlite inspect --format '{{.Id}}' "$name-2")
	is "$output" "$id"
	pl 125 start -a "$name" "$name-2"
	pl 125 start nosuch
	pl 125 start
	pl 125 restart -t x "$name"
	pl 0 rm -f -t 0 "$name" "$name-2"
}

@test "run: --runtime drives another OCI runtime with the same bundle and the same results" {
	need_command runc
	name
	pl 7 run --name "$name" --runtime runc -e A=b -w /tmp "$BUSYBOX" sh -c 'echo $A; pwd; exit 7'
	is "$output" $'b\n/tmp'
	pl 0 inspect -f '{{.OCIRuntime}}' "$name"
	has "$output" runc
	pl 0 rm "$name"
	# a runtime gets a clean environment: a sanitizer's options would not reach it
	printf '#!/bin/sh\nASAN_OPTIONS=detect_leaks=0 exec "%s" "$@"\n' "$(dirname "$PODLITE")/podlite-runtime" >"$T/own-runtime"
	chmod 755 "$T/own-runtime"
	pl 0 run --rm --runtime "$T/own-runtime" "$BUSYBOX" echo own
	is "$output" own
	pl 125 run --rm --runtime no-such-runtime "$BUSYBOX" true
	has "$stderr" no-such-runtime
}
