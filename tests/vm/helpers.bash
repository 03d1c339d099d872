# shellcheck shell=bash disable=SC2034,SC2154
# What the files here load: tests/bats/helpers.bash over the user's default store, and what only a
# machine of one's own allows.
#
#   root_do COMMAND...      a shell command as root, outside every login session: $output, $stderr, $status
#   from PLACE COMMAND...   a shell command as the user, from where PLACE says, likewise:
#                           session (a login of its own), su (no session, no environment), service
#                           (a system service with User=), user-service (a unit of the
#                           user's systemd), delegated (the same with Delegate=yes)
#   need_cron               skips the test where the host had no cron to take into the machine
#   cron_here               puts it where Debian's package does
#   group_of CONTAINER      its cgroup's directory below /sys/fs/cgroup
#   PL                      podlite as a word for such commands
load ../bats/helpers
ROOT=$HOME/.local/share/podlite RUNROOT=/run/user/1000/podlite
PL=$PODLITE
BUSYBOX=localhost/busybox:latest

root_do() {
	local d ended
	d=$(mktemp -d "$T/door.XXXXXX")
	printf '%s\n' "$*" >"$d/cmd"
	mkfifo "$d/done"
	exec {ended}<>"$d/done"
	echo "$d" >/run/podlite-door
	# waiting without looking: processes are dear in this machine
	read -r -t "${DOOR_SECONDS:-60}" -u "$ended" || {
		echo "# waited in vain for: $*"
		return 1
	}
	exec {ended}<&-
	status=$(cat "$d/status") output=$(tr -d '\0' <"$d/stdout") stderr=$(tr -d '\0' <"$d/stderr")
	printf '# %s\n%s\n%s(status %s)\n' "$*" "$output" "$stderr" "$status"
	rm -rf "$d"
}

as_user() {
	status=0
	"$@" >"$OUT" 2>"$ERR" </dev/null || status=$?
	output=$(tr -d '\0' <"$OUT") stderr=$(tr -d '\0' <"$ERR")
	printf '$ %s\n%s\n%s(status %s)\n' "${*@Q}" "$output" "$stderr" "$status"
}

from() {
	local place=$1
	shift
	case $place in
	session) root_do "setsid -w runuser -l dev -c ${*@Q}" ;;
	su) root_do "cd / && setpriv --reuid 1000 --regid 1000 --init-groups env -i HOME=/home/dev PATH=/usr/bin:/bin bash -c ${*@Q}" ;;
	service) root_do "systemd-run -q --wait --pipe -p User=dev -- bash -c ${*@Q}" ;;
	user-service) as_user systemd-run -q --user --wait --pipe -- bash -c "$*" ;;
	delegated) as_user systemd-run -q --user --wait --pipe -p Delegate=yes -- bash -c "$*" ;;
	esac
}

CRON=$HOME/tree/cron
need_cron() { [ -x "$CRON/cron" ] || skip "no cron to take into the machine"; }
cron_here() {
	root_do "getent group crontab || groupadd -r crontab; mkdir -p /var/spool/cron/crontabs && chgrp crontab /var/spool/cron/crontabs &&
		chmod 1730 /var/spool/cron/crontabs && cp $CRON/cron /usr/sbin/ && install -g crontab -m 2755 $CRON/crontab /usr/bin/ &&
		printf '@include common-auth\n@include common-account\n@include common-session-noninteractive\n' >/etc/pam.d/cron &&
		printf '[Service]\nExecStart=/usr/sbin/cron -f\nKillMode=process\n' >/etc/systemd/system/cron.service && systemctl daemon-reload"
	is "$status" 0
}

group_of() {
	echo "/sys/fs/cgroup$(podlite inspect --format '{{.State.CgroupPath}}' "$1")"
}

groups() { find /sys/fs/cgroup -type d -name 'podlite-*' ! -name podlite-job.service; }
no_groups() { [ -z "$(groups)" ]; }

setup_file() { :; }

teardown() {
	podlite rm -t 0 -a -f >"$STORE/teardown" 2>&1 || {
		cat "$STORE/teardown"
		return 1
	}
	no_leaks
	wait_for 5 no_groups || {
		groups | sed 's/^/# left: /'
		return 1
	}
}
