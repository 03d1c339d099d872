#!/usr/bin/env bats
# 440-without.bats: what is missing is told, and missed only by what needs it.

load helpers

teardown_file() {
	root_do "systemctl start user@1000.service; cd /lib/x86_64-linux-gnu && [ ! -e away.so ] || mv away.so libsystemd.so.0"
}

@test "limits: no systemd to ask, no library to ask it with: said in one line" {
	root_do "systemctl stop user@1000.service"
	pl 125 run --rm --memory 64m "$BUSYBOX" true
	is "$(wc -l <"$ERR")" 1
	has "$stderr" 'memory limit: needs the cgroup v2 controller "memory", and no cgroup is writable here'
	pl - doctor --format json
	is "$(json '.[] | select(.code == "PL031") | .status + " " + .fix')" "warn loginctl enable-linger dev"
	pl 125 --cgroup-manager systemd run --rm "$BUSYBOX" true
	has "$stderr" "no systemd of this user runs"
	has "$stderr" "loginctl enable-linger"
	root_do "systemctl start user@1000.service"
	root_do "mv /lib/x86_64-linux-gnu/libsystemd.so.0 /lib/x86_64-linux-gnu/away.so"
	pl 125 run --rm --memory 64m "$BUSYBOX" true
	is "$(wc -l <"$ERR")" 1
	has "$stderr" "needs libsystemd.so.0"
	pl 0 run --rm "$BUSYBOX" true
	root_do "mv /lib/x86_64-linux-gnu/away.so /lib/x86_64-linux-gnu/libsystemd.so.0"
	pl 0 run --rm --network none --memory 64m "$BUSYBOX" true
}
