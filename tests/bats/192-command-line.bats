#!/usr/bin/env bats
# 192-command-line.bats: every option of run does something; names of containers; completion in
# real shells.
#
# A row of the tables below has an option, what is given, what must be seen, and the view, parted by
# bars. The same view without the option must show something else, so that a row fails when the
# option is ignored. The last table names the file whose tests show the effect of what needs more
# than a look. An option of `run --help` that is in no table fails.

load helpers

setup_file() { image "$BUSYBOX"; }

ns() { readlink "/proc/self/ns/$1" | tr -dc 0-9; }
trim() { sed 's/^[[:space:]]*//; s/[[:space:]]*$//' <<<"$1"; }

# rows TABLE FUNCTION: calls FUNCTION OPTION GIVEN EXPECTED VIEW for each; adds the options to $T/covered
rows() {
	local option given expected view bad=0
	while IFS='|' read -r option given expected view; do
		[ -n "$(trim "$option")" ] || continue
		option=$(trim "$option")
		echo "$option" >>"$T/covered"
		"$2" "$option" "$(trim "$given")" "$(trim "$expected")" "$(trim "$view")" || bad=1
	done <<<"$1"
	return $bad
}

# Views inside, run by sh. What is given is expanded here, and so is what is expected, a pattern.
# "base: A; B" gives A in both runs.
inside='
add-host        | --add-host h.x:1.2.3.4                    | 1.2.3.4*h.x*     | grep h.x /etc/hosts
cap-add         | --cap-add NET_ADMIN                       | *                | grep CapEff /proc/self/status
cap-drop        | --cap-drop ALL                            | *0000000000000000 | grep CapEff /proc/self/status
cgroupns        | --cgroupns host                           | $(ns cgroup) | readlink /proc/self/ns/cgroup | tr -dc 0-9
chrootdirs      | --chrootdirs /jail                        | *resolv.conf*    | ls /jail/etc
device          | --device /dev/null:/dev/mine              | c*/dev/mine      | ls -l /dev/mine
dns             | --network slirp4netns --dns 1.2.3.4       | *1.2.3.4*        | cat /etc/resolv.conf
dns-option      | --network slirp4netns --dns-option ndots:7 | *ndots:7*       | cat /etc/resolv.conf
dns-search      | --network slirp4netns --dns-search d.x    | *d.x*            | cat /etc/resolv.conf
entrypoint      | --entrypoint echo                         | sh -c *          | true
env             | --env A=b                                 | b                | echo "$A"
env-file        | --env-file $T/env                         | from-file        | echo "$FILE"
env-host        | --env-host                                | here             | echo "$OF_HOST"
env-merge       | --env-merge IMAGE=x-\${IMAGE}              | x-busybox        | echo "$IMAGE"
gidmap          | --gidmap 0:0:9 --uidmap 0:0:9             | * 8              | cat /proc/self/gid_map
group-add       | --group-add 1234                          | *1234*           | id -G
group-entry     | base: --user 4321:4322; --group-entry grp:x:4322: | *grp:x:4322* | cat /etc/group
hostname        | --hostname some                           | some             | hostname
hosts-file      | --hosts-file $T/hosts                     | *of-file*        | cat /etc/hosts
hostuser        | --hostuser $(id -un)                      | *$(id -un):*     | cat /etc/passwd
http-proxy      | --http-proxy                              | http://p.x       | echo "$http_proxy"
init            | --init                                    | podlite-init     | cat /proc/1/comm
interactive     | --interactive                             | of stdin         | cat
ipc             | --ipc host                                | $(ns ipc) | readlink /proc/self/ns/ipc | tr -dc 0-9
mount           | --mount type=tmpfs,destination=/m         | tmpfs*           | grep " /m " /proc/mounts
network         | --network host                            | $(ns net) | readlink /proc/self/ns/net | tr -dc 0-9
no-hostname     | --no-hostname                             | *                | grep " /etc/hostname " /proc/mounts
no-hosts        | --no-hosts                                | *                | grep " /etc/hosts " /proc/mounts
oom-score-adj   | --oom-score-adj 500                       | 500              | cat /proc/self/oom_score_adj
passwd          | base: --user 4321; --passwd=false         | *                | grep 4321 /etc/passwd
passwd-entry    | base: --user 4321; --passwd-entry zz:x:4321:0::/:/bin/sh | zz:* | grep 4321 /etc/passwd
pid             | --pid host                                | $(ns pid) | readlink /proc/self/ns/pid | tr -dc 0-9
privileged      | --privileged                              | *                | grep CapEff /proc/self/status
read-only       | --read-only                               | *Read-only*      | touch /x
read-only-tmpfs | base: --read-only; --read-only-tmpfs=false | *Read-only*     | touch /tmp/x
secret          | --secret made                             | hush             | cat /run/secrets/made
security-opt    | --security-opt no-new-privileges          | *1               | grep NoNewPrivs /proc/self/status
shm-size        | --shm-size 1m                             | *1024*           | df /dev/shm
shm-size-systemd | base: --systemd always; --shm-size-systemd 2m | *2048*       | df /run
sysctl          | --sysctl net.ipv4.ip_default_ttl=77       | 77               | cat /proc/sys/net/ipv4/ip_default_ttl
systemd         | --systemd always                          | tmpfs*           | grep " /run/lock " /proc/mounts
tmpfs           | --tmpfs /q                                | tmpfs*           | grep " /q " /proc/mounts
tty             | --tty                                     | /dev/pts/*       | tty
tz              | --tz local                                | *                | ls -l /etc/localtime
uidmap          | --uidmap 0:0:9 --gidmap 0:0:9             | * 8              | cat /proc/self/uid_map
ulimit          | --ulimit nofile=77:77                     | 77               | ulimit -n
umask           | --umask 0077                              | 0077             | umask
unsetenv        | --unsetenv IMAGE                          | none             | echo "${IMAGE:-none}"
unsetenv-all    | --unsetenv-all                            | none             | echo "${IMAGE:-none}"
user            | --user 12:34                              | uid=12*gid=34*   | id
userns          | --userns keep-id                          | $(id -u)         | id -u
uts             | --uts host                                | $(ns uts) | readlink /proc/self/ns/uts | tr -dc 0-9
volume          | --volume $T/shared:/shared                | file             | ls /shared
volumes-from    | --volumes-from made                       | *                | grep " /of-made " /proc/mounts
workdir         | --workdir /etc                            | /etc             | pwd
'

like_expanded() { # OPTION SEEN PATTERN
	local pattern
	eval "pattern=\"$3\""
	# shellcheck disable=SC2053 # a pattern
	[[ $2 == $pattern ]] || {
		echo "# --$1: ${2:0:300} is not like $pattern"
		return 1
	}
}

see() { # OPTION... -- VIEW: what is seen goes to $seen
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	case " ${options[*]} " in *" --network "*) ;; *) options+=(--network none) ;; esac
	seen=$(podlite run --rm "${options[@]}" "$BUSYBOX" sh -c "$2" <<<"of stdin" 2>&1) || :
	seen=${seen//$'\r'/}
}

row_inside() { # OPTION GIVEN EXPECTED VIEW
	local given=$2 base='' words without
	case $given in base:*) base=${given%%;*} base=${base#base: } given=${given#*; } ;; esac
	eval "words=($base)"
	without=$T/plain/$1
	if [ -n "$base" ]; then
		see "${words[@]}" -- "$4"
		echo "$seen" >"$without"
	fi
	eval "words=($base $given)"
	see "${words[@]}" -- "$4"
	if [ "$seen" = "$(cat "$without")" ]; then
		echo "# --$1: with and without $given the same is seen: ${seen:0:300}"
		return 1
	fi
	like_expanded "$1" "$seen" "$3"
}

row_plain() { # a line of the script that looks at everything without any option
	case $2 in base:*) return ;; esac
	printf '(%s) >/plain/%s 2>&1 <&-\n' "$4" "$1" >>"$T/plain.sh"
}

@test "options of run that show inside the container" {
	mkdir -p "$T/plain" "$T/shared"
	touch "$T/shared/file"
	echo FILE=from-file >"$T/env"
	echo 9.9.9.9 of-file >"$T/hosts"
	export OF_HOST=here http_proxy=http://p.x
	echo -n hush | pl 0 secret create made -
	pl 0 create --name made --volume /of-made "$BUSYBOX"
	: >"$T/plain.sh"
	rows "$inside" row_plain
	(
		unset http_proxy
		pl 0 run --rm --network none -v "$T/plain:/plain" -v "$T/plain.sh:/plain.sh" "$BUSYBOX" sh /plain.sh
	)
	rows "$inside" row_inside
	pl 0 secret rm made
}

# Views from outside: a template of inspect, of a container that was created.
inspected='
annotation      | --annotation a=b          | b          | index .Config.Annotations "a"
blkio-weight    | --blkio-weight 300        | 300        | .HostConfig.BlkioWeight
cgroup-parent   | --cgroup-parent /some     | /some      | .HostConfig.CgroupParent
cidfile         | --cidfile $T/cid          | $T/cid     | .HostConfig.ContainerIDFile
conmon-pidfile  | --conmon-pidfile $T/mon   | $T/mon     | .ConmonPidFile
cpu-period      | --cpu-period 50000        | 50000      | .HostConfig.CpuPeriod
cpu-quota       | --cpu-quota 20000         | 20000      | .HostConfig.CpuQuota
cpu-shares      | --cpu-shares 512          | 512        | .HostConfig.CpuShares
cpus            | --cpus 1.5                | 1500000000 | .HostConfig.NanoCpus
cpuset-cpus     | --cpuset-cpus 0           | 0          | .HostConfig.CpusetCpus
cpuset-mems     | --cpuset-mems 0           | 0          | .HostConfig.CpusetMems
expose          | --network host --expose 81 | *81/tcp*  | json .Config.ExposedPorts
label           | --label a=b               | b          | index .Config.Labels "a"
label-file      | --label-file $T/labels    | of-file    | index .Config.Labels "l"
memory          | --memory 64m              | 67108864   | .HostConfig.Memory
memory-reservation | --memory-reservation 32m | 33554432 | .HostConfig.MemoryReservation
memory-swap     | --memory 64m --memory-swap 96m | 100663296 | .HostConfig.MemorySwap
name            | --name mine-192           | mine-192   | .Name
pidfile         | --pidfile $T/pid          | $T/pid     | .PidFile
pids-limit      | --pids-limit 77           | 77         | .HostConfig.PidsLimit
requires        | --requires made           | \[*\] | json .Dependencies
restart         | --restart on-failure:3    | on-failure | .HostConfig.RestartPolicy.Name
stop-signal     | --stop-signal SIGUSR1     | *USR1      | .Config.StopSignal
stop-timeout    | --stop-timeout 33         | 33         | .Config.StopTimeout
timeout         | --timeout 44              | 44         | .Config.Timeout
'

row_inspected() { # OPTION GIVEN EXPECTED TEMPLATE
	local words with without
	eval "words=($2)"
	pl 0 create --replace --name probe-192 "${words[@]}" "$BUSYBOX"
	with=$(podlite inspect --format "{{$4}}" "$output")
	without=$(podlite inspect --format "{{$4}}" plain-192)
	if [ "$with" = "$without" ]; then
		echo "# --$1: with and without the same is seen: $with"
		return 1
	fi
	like_expanded "$1" "$with" "$3"
}

@test "options of run that inspect shows" {
	echo l=of-file >"$T/labels"
	pl 0 create --name made "$BUSYBOX"
	pl 0 create --name plain-192 "$BUSYBOX"
	rows "$inspected" row_inspected
}

# What takes more than a look: the file whose tests show the effect.
elsewhere='
arch 010-pull
attach 070-create-options
authfile 110-registry
blkio-weight-device 072-more-options
cgroup-conf 072-more-options
cgroups 070-create-options
detach 190-script-contract
detach-keys 087-container-commands
device-read-bps 072-more-options
device-read-iops 072-more-options
device-write-bps 072-more-options
device-write-iops 072-more-options
gpus 075-cdi
health-cmd 130-health
health-interval 130-health
health-log-destination 130-health
health-max-log-count 130-health
health-max-log-size 130-health
health-on-failure 130-health
health-retries 130-health
health-start-period 130-health
health-startup-cmd 130-health
health-startup-interval 130-health
health-startup-retries 130-health
health-startup-success 130-health
health-startup-timeout 130-health
health-timeout 130-health
image-volume 071-mounts
ip 121-networks-commands
ip6 121-networks-commands
init-path 202-threats-join
log-driver 082-logs
log-opt 082-logs
mac-address 121-networks-commands
network-alias 121-networks-commands
no-healthcheck 130-health
os 010-pull
personality 070-create-options
platform 010-pull
preserve-fd 086-container-options
preserve-fds 081-exec
publish|-p 041-publish
publish-all|-P 041-publish
pull 020-run
quiet 050-images
replace 020-run
retry 110-registry
retry-delay 110-registry
rm 020-run
rmi 086-container-options
rootfs 071-mounts
runtime 440-external-runtimes
sdnotify 132-notify
sig-proxy 030-monitor
subgidname 086-container-options
subuidname 086-container-options
tls-verify 110-registry
variant 010-pull
'

@test "every option of run is in a table" {
	local option file letter bad=0
	pl 0 help --dump
	awk -F'\t' '$1 == "podlite run" && $2 != "-" && $4 != "refused" { print $2 }' "$OUT" | sort -u >"$T/options"
	[ "$(wc -l <"$T/options")" -gt 130 ]
	while read -r option file; do
		[ -n "$option" ] || continue
		letter=
		case $option in *'|'*) letter="|[ '\"]${option#*|}" ;; esac
		option=${option%|*}
		echo "$option" >>"$T/covered"
		grep -qE -e "(--$option$letter)([^a-z-]|\$)" "$BATS_TEST_DIRNAME/$file.bats" || {
			echo "# no test in $file uses --$option"
			bad=1
		}
	done <<<"$elsewhere"
	awk -F'|' 'NF > 2 { gsub(/ /, "", $1); print $1 }' <<<"$inside$inspected" >>"$T/covered"
	sort -u -o "$T/covered" "$T/covered"
	is "$(comm -23 "$T/options" "$T/covered")" ""
	is "$(comm -13 "$T/options" "$T/covered")" ""
	[ $bad = 0 ]
}

# --- names ---------------------------------------------------------------------------------------

@test "a hundred names of containers: those that are allowed work everywhere, the others are refused" {
	local long good bad n
	long=$(printf 'n%.0s' {1..200})
	good=(a Z 0 9z a.b a-b a_b a.. a-- a__ a.-_ 1.2.3 v1.0-rc_2 A.B.C "$long" "${long}x" true false null none all json nil NaN
		0x10 1e5 007 -0x 00000000 deadbeef deadbeefcafe 123456789012 "$(printf 'f%.0s' {1..64})" "$(printf '0%.0s' {1..63})"
		ps run rm latest container image volume host private pod self root null.json a.json a.tar x.lock tmp lost.found
		con nul aux CON com1 constructor __proto__x toString length)
	# what is not allowed
	bad=("" . .. .a -a _a -- ' ' ' a' 'a ' 'a b' a/b /a / a/ ../x ./x a:b a@b 'a,b' a=b a+b 'a#b' a%b 'a&b' 'a|b' 'a<b' 'a>b' '~' a~b
		'$x' '$(x)' '`x`' 'a;b' "a'b" 'a"b' 'a\b' 'a*b' 'a?b' 'a[b' '[a]' '{a}' 'a{b' '(a)' 'a!b' 'a^b' 'ä' 'aß' $'\u4e2d' $'a\u200b'
		$'\u202ea' $'a\nb' $'a\n' $'a\tb' $'a\e[31m' $'a\x7f' $'a\xff' $'\xc0\xaf' '%s%n' 'a\0b')
	good=("${good[@]/#-/n-}") good=("${good[@]/#__/n__}")
	[ $((${#good[@]} + ${#bad[@]})) -ge 100 ]
	for n in "${good[@]}"; do
		podlite create -q --name "$n" "$BUSYBOX" >/dev/null || { echo "# refused: $n"; return 1; }
	done
	printf '%s\n' "${good[@]}" | LC_ALL=C sort >"$T/good"
	pl 0 ps -a --format '{{.Names}}'
	is "$(LC_ALL=C sort <<<"$output")" "$(cat "$T/good")"
	# by name, also where it looks like the beginning of an id
	is "$(podlite inspect --format '{{.Name}}' "${good[@]}")" "$(printf '%s\n' "${good[@]}")"
	pl 0 rename -- "${good[0]}" renamed
	pl 0 rename renamed "${good[0]}"
	pl 125 create --name "${good[3]}" "$BUSYBOX"
	for n in "${bad[@]}"; do
		# an empty one means that podlite chooses
		[ -n "$n" ] || continue
		podlite create -q --name="$n" "$BUSYBOX" >/dev/null 2>"$ERR" && { echo "# allowed: ${n@Q}"; return 1; }
		is "$(wc -l <"$ERR")" 1
		is "$(grep -c $'[\e\x7f]' "$ERR" || :)" 0
		podlite rename -- "${good[1]}" "$n" 2>/dev/null && { echo "# allowed by rename: ${n@Q}"; return 1; }
	done
	podlite create --name "$(printf 'n%.0s' {1..300})" "$BUSYBOX" 2>/dev/null && return 1
	pl 0 rm -- "${good[@]}"
	is "$(podlite ps -aq)" ""
}

# --- completion ----------------------------------------------------------------------------------

# what the shells below call is the program of the test with its store
setup_shell() {
	export PODLITE_ROOT=$ROOT PODLITE_RUNROOT=$RUNROOT HOME=$T/home
	PATH=$(dirname "$PODLITE"):$PATH
	mkdir -p "$HOME"
	name wonder
	pl 0 create --name "$name" "$BUSYBOX"
	pl 0 volume create "$name-v"
	echo x | pl 0 secret create "$name-s" -
}
undo_shell() {
	pl 0 rm "$name"
	pl 0 volume rm "$name-v"
	pl 0 secret rm "$name-s"
}

@test "completion: bash: commands, options, values, names, also those with a colon" {
	setup_shell
	cat >"$T/complete.bash" <<-'E'
		source <(podlite completion bash)
		compopt() { files=yes; }
		# c LINE WORD...: the words as readline parts them
		c() {
			COMP_LINE=$1 COMP_POINT=${#1} files=no
			shift
			COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
			_podlite
			echo "${COMPREPLY[*]} files=$files"
		}
		c "podlite star" podlite star
		c "podlite volume ins" podlite volume ins
		c "podlite run --read-only-t" podlite run --read-only-t
		c "podlite start won" podlite start won
		c "podlite -- " podlite -- ""
		c "podlite volume rm won" podlite volume rm won
		c "podlite run -v won" podlite run -v won
		c "podlite run --secret won" podlite run --secret won
		c "podlite run --volumes-from=won" podlite run --volumes-from = won
		c "podlite images --sort=repo" podlite images --sort = repo
		c "podlite rmi 127.0.0.1:" podlite rmi 127.0.0.1 :
		c "podlite rmi $BUSYBOX" podlite rmi 127.0.0.1 : "${BUSYBOX#*:}"
		c "podlite help vol" podlite help vol
		c "podlite exec $1 ca" podlite exec "$1" ca
	E
	bash "$T/complete.bash" "$name" >"$T/out"
	mapfile -t lines <"$T/out"
	is "${lines[0]}" "start files=no"
	is "${lines[1]}" "inspect files=no"
	is "${lines[2]}" "--read-only-tmpfs files=no"
	is "${lines[3]}" "$name files=no"
	is "${lines[5]}" "$name-v files=no"
	is "${lines[6]}" "$name-v files=yes"
	is "${lines[7]}" "$name-s files=no"
	is "${lines[8]}" "$name files=no"
	is "${lines[9]}" "repository files=no"
	is "${lines[10]}" "${BUSYBOX#*:} files=no"
	is "${lines[12]}" "volume files=no"
	is "${lines[13]}" " files=yes"
	undo_shell
}

# zpty_lines NAME SETUP LINE...: what a zsh set up like that makes of lines of NAME and a tab, in $T/out
zpty_lines() {
	cat >"$T/z.zsh" <<-'E'
		zmodload zsh/zpty
		zpty z zsh -f -i
		zpty -w z 'PS1= PS2=; stty -echo; '"$2; $1"'() { if [ "$1" = __complete ]; then command '"$1"' "$@"; else print -r -- "ran: $*"; fi }; print ready-now'
		zpty -r -m z text '*ready-now*'
		for line in "${@[3,-1]}"; do
			zpty -n -w z "$1 $line"$'\t'
			sleep 1
			zpty -n -w z $'\n'
			zpty -r -m z text '*ran: *'$'\n'
			print -r -- "${text##*ran: }"
		done
		zpty -d z
	E
	timeout 60 zsh -f "$T/z.zsh" "$@" </dev/null 2>/dev/null | tr -d '\r' | sed 's/[[:space:]]*$//' | grep . >"$T/out" || :
}

@test "completion: zsh and fish, themselves" {
	need_command zsh
	need_command fish
	setup_shell
	fish -c 'podlite completion fish | source
		for line in "podlite star" "podlite start won" "podlite images --sort=repo" "podlite rmi 127" "podlite volume rm won"
			complete -C $line
		end' >"$T/out"
	matches "$(cat "$T/out")" $'^start\t.*\n'"$name"$'\t.*\n--sort=repository\n'"$BUSYBOX"$'\t.*\n'"$name-v"'$'
	zpty_lines podlite 'autoload -U compinit; compinit -u -D; source <(podlite completion zsh)' "start won" "images --sort=repo" "rmi 127" \
		"volume rm won" volum
	is "$(cat "$T/out")" "start $name"$'\n'"images --sort=repository"$'\n'"rmi $BUSYBOX"$'\n'"volume rm $name-v"$'\nvolume'
	undo_shell
}

@test "completion: the name of a link is completed too" {
	need_command zsh
	need_command fish
	setup_shell
	mkdir -p "$T/links/functions"
	ln -sf "$PODLITE" "$T/links/podman"
	PATH=$T/links:$PATH
	is "$(bash -c 'source <(podman completion bash); complete -p podlite podman')" \
		"complete -F _podlite podlite"$'\n'"complete -F _podlite podman"
	matches "$(fish -c 'podman completion fish | source; complete -C "podman start won"; complete -C "podlite volume rm won"')" \
		"^$name"$'\t.*\n'"$name-v"'$'
	podman completion zsh -f "$T/links/functions/_podman"
	# from a file in fpath, and by source
	zpty_lines podman "fpath=($T/links/functions \$fpath); autoload -U compinit; compinit -u -D" "start won" "volume rm won"
	is "$(cat "$T/out")" "start $name"$'\n'"volume rm $name-v"
	zpty_lines podman 'autoload -U compinit; compinit -u -D; source <(podman completion zsh)' "start won" "volume rm won"
	is "$(cat "$T/out")" "start $name"$'\n'"volume rm $name-v"
	# a name that a shell would not read as one word
	(exec -a '$(x)' "$PODLITE" completion bash) >"$T/odd"
	is "$(tail -n 1 "$T/odd")" "complete -F _podlite podlite"
	undo_shell
}

@test "completion: a keystroke takes 30 ms of processor time at most" {
	need_plain_build
	local i times
	for i in {1..40}; do podlite create -q --name "many-$i" "$BUSYBOX" >/dev/null; done
	# user and system time of ten, in seconds
	TIMEFORMAT='%U %S'
	times=$({ time for i in {1..10}; do
		"$PODLITE" --root "$ROOT" --runroot "$RUNROOT" __complete -- inspect '' >/dev/null
	done; } 2>&1)
	echo "$times"
	awk '{ exit !($1 + $2 <= 0.3) }' <<<"$times"
	pl 0 __complete -- start many-4
	is "${#lines[@]}" 3
}
