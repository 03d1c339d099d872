#!/usr/bin/env bats
# 460-matrix.bats: the same life of a container from everywhere that people and programs start podlite. tests/vm/matrix
# prints it as a table; each test here is a row.

load helpers
load ../bats/registry

setup_file() {
	registry_at "$T/registry"
	export addr pid IMAGE=$addr/busybox:latest
	pl 0 push -q --tls-verify=false "$BUSYBOX" "$IMAGE"
	# a user of the machine who has no unit that stays: everything ends with the last session
	root_do "useradd -m -s /bin/bash visitor && loginctl disable-linger visitor; cp -r $PODLITE_BIN /opt/podlite"
	is "$status" 0
}
# the rows pull the image anew, which takes its other names away
teardown_file() {
	podlite image exists "$BUSYBOX" || podlite tag "$IMAGE" "$BUSYBOX" || :
	kill "$pid"
}

setup() { SECONDS=0; }
PLACE=$BATS_TEST_DIRNAME/matrix-place
export DOOR_SECONDS=200 PODLITE_TIMEOUT=200
# row PLACE: $output has the lines of matrix-place
row() {
	echo "# $1 took $SECONDS s" >&3
	echo "# matrix $1: $(sed -n 's/^\(ok\|not\) .*/\1/p' <<<"$output" | tr '\n' ' ')" >&3
	is "$(grep -c '^ok ' <<<"$output")" 10
	hasnt "$output" "not "
}

@test "matrix: a login" {
	from session "sh $PLACE $IMAGE $PL"
	row "login shell"
}

@test "matrix: a login of a user who does not linger" {
	root_do "setsid -w runuser -l visitor -c 'sh -s $IMAGE /opt/podlite/podlite' <$PLACE"
	row "login, no linger"
	# nothing that it started is left
	wait_for 20 bash -c '! pgrep -u visitor podlite'
}

@test "matrix: su, without a session and its variables" {
	from su "sh $PLACE $IMAGE $PL"
	row su
}

@test "matrix: a job of cron" {
	need_cron
	cron_here
	# run once, when cron starts
	echo "@reboot sh $PLACE $IMAGE $PL >$T/cron.out 2>&1; echo >$T/cron.done" | crontab -
	root_do "rm -f /run/crond.reboot && systemctl start cron"
	is "$status" 0
	wait_for 200 test -e "$T/cron.done"
	root_do "systemctl stop cron"
	crontab -r
	output=$(<"$T/cron.out")
	row cron
}

@test "matrix: a session of its own without a terminal" {
	as_user setsid -w sh "$PLACE" "$IMAGE" "$PL"
	row "setsid, no tty"
}

@test "matrix: a service of the user's systemd" {
	from user-service "sh $PLACE $IMAGE $PL"
	row "user service"
}

@test "matrix: inside a container" {
	pl 0 pull -q --tls-verify=false "$IMAGE"
	pl 0 run --rm --privileged --network host -v "$PODLITE_BIN:/pl:ro" -v /lib:/lib:ro -v /lib64:/lib64:ro -v /usr:/usr:ro \
		-v "$PLACE:/place:ro" -v /etc/ld.so.cache:/etc/ld.so.cache:ro -v /etc/ssl:/etc/ssl:ro "$IMAGE" \
		sh /place "$IMAGE" /pl/podlite --root /s
	row "in a container"
}

@test "matrix: root" {
	root_do "cd /; sh $PLACE $IMAGE /opt/podlite/podlite </dev/null"
	row root
}
