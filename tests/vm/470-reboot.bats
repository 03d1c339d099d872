#!/usr/bin/env bats
# 470-reboot.bats: the machine loses its power while containers run, and boots again from the same disk. Before it (in
# setup_file, on the first boot) both users of the machine did what `doctor` told them to: dev, who lingers, enabled the
# unit; nolinger, who has no systemd between logins, has a line for cron.

load helpers

FRONT=/usr/local/bin/podlite # as installed, with its unit; /opt/podlite is a copy without one
boot_id() { cat /proc/sys/kernel/random/boot_id; }
# as_nolinger COMMAND...: no session, no environment
as_nolinger() {
	root_do "cd / && setpriv --reuid nolinger --regid nolinger --init-groups env -i HOME=/home/nolinger PATH=/usr/bin:/bin bash -c ${*@Q}"
}
# advice PODLITE: the command of doctor's check that asks what starts containers after a boot
advice() { "$1" doctor --format json | jq -r '.[] | select(.code == "PL043") | .fix'; }

install_programs() {
	root_do "mkdir -p /srv/dev /opt/podlite /usr/local/lib/systemd/user /etc/systemd/user-generators && chown dev /srv/dev && cp $PODLITE_BIN/* /opt/podlite &&
		cp $PODLITE_BIN/podlite* /usr/local/bin && ln -sf /usr/local/bin/podlite-user-generator /etc/systemd/user-generators/ &&
		sed 's|@bindir@|/usr/local/bin|' $BATS_TEST_DIRNAME/podlite-restart.service.in >/usr/local/lib/systemd/user/podlite-restart.service &&
		useradd -m -s /bin/bash nolinger && loginctl disable-linger nolinger"
	is "$status" 0
	# what boots the machine gives all below /home/dev to dev, and files of a store are other ids', too
	mv "$ROOT" /srv/dev/podlite
	ln -s /srv/dev/podlite "$ROOT"
}

of_dev() {
	from session "$FRONT run -d --name up-always --network none --restart always $BUSYBOX sleep 1000"
	is "$status" 0
	from su "$FRONT run -d --name up-limited --network none --memory 64m --restart unless-stopped $BUSYBOX sleep 1000"
	is "$status" 0
	pl 0 run -d --name up-no --network none "$BUSYBOX" sleep 1000
	pl 0 run -d --name down --network none --restart unless-stopped "$BUSYBOX" sleep 1000
	pl 0 stop -t 0 down
	mkdir -p ~/.config/podlite/systemd
	printf '[Container]\nImage=%s\nExec=sleep 1000\nNetwork=none\n[Install]\nWantedBy=default.target\n' "$BUSYBOX" \
		>~/.config/podlite/systemd/web.container
	systemctl --user daemon-reload
	systemctl --user start web
	is "$(advice $FRONT)" "systemctl --user enable podlite-restart.service"
	from session "$(advice $FRONT)"
	is "$status" 0
}

of_nolinger() {
	[ -x "$CRON/cron" ] || return 0 # the test of it is skipped
	cron_here
	root_do "ln -s ../cron.service /etc/systemd/system/multi-user.target.wants/"
	pl 0 save -o "$T/box.tar" "$BUSYBOX"
	as_nolinger "/opt/podlite/podlite load -i $T/box.tar && /opt/podlite/podlite run -d --name by-cron --network none --restart always $BUSYBOX sleep 1000"
	is "$status" 0
	as_nolinger "/opt/podlite/podlite doctor --format json"
	is "$(json '.[] | select(.code == "PL043") | .fix')" \
		"(crontab -l; echo '@reboot /opt/podlite/podlite start --all --filter should-start-on-boot=true') | crontab -"
	as_nolinger "$(json '.[] | select(.code == "PL043") | .fix')"
	is "$status" 0
}

setup_file() {
	[ ! -e "$HOME/tree/rebooted" ] || return 0
	install_programs
	of_dev
	of_nolinger
	boot_id >~/boot_id
	echo "${BATS_TEST_FILENAME##*/}" >~/tree/rebooted
	echo "# the power is cut" >&3
	root_do "sync; echo b >/proc/sysrq-trigger; sleep 60"
	echo "the machine did not reboot"
	return 1
}
teardown() { :; }
teardown_file() {
	systemctl --user stop podlite-restart web || :
	podlite rm -fa -t 0
	[ ! -x "$CRON/cron" ] || as_nolinger "/opt/podlite/podlite rm -fa -t 0"
}

names() { podlite ps --format '{{.Names}}' | sort | tr '\n' ' '; }
are_up() { [ "$(names)" = "$1" ]; }
monitor_group() { cat "/proc/$(jq .monitor_pid "$ROOT/containers/$(podlite inspect --format '{{.Id}}' "$1")/state.json")/cgroup"; }

@test "reboot: of one who lingers: what has a policy is there, started by the unit that doctor names; nothing else claims to run" {
	[ "$(boot_id)" != "$(<~/boot_id)" ]
	wait_for 60 are_up "systemd-web up-always up-limited "
	for name in systemd-web up-always up-limited; do
		pl 0 exec "$name" true
	done
	is "$(systemctl --user is-active podlite-restart web | sort -u)" active
	has "$(monitor_group up-always)" /podlite-restart.service
	has "$(monitor_group systemd-web)" /web.service
	is "$(cat "$(group_of up-limited)/memory.max")" $((64 << 20))
	pl 0 inspect --format '{{.State.Status}} {{.State.ExitCode}} {{.State.Error}}' up-no
	has "$output" "exited 137 "
	has "$output" "went down while it ran"
	pl 0 inspect --format '{{.State.Status}} {{.State.Error}}' down
	is "$output" "exited "
	pl 0 system check
}

@test "reboot: of one who does not: the line for cron that doctor names does the same" {
	need_cron
	up() {
		as_nolinger "/opt/podlite/podlite ps --format '{{.Names}}'"
		[ "$output" = by-cron ]
	}
	wait_for 60 up || {
		root_do "systemctl status cron; cat /var/spool/cron/crontabs/*"
		as_nolinger "/opt/podlite/podlite ps -a"
		false
	}
	as_nolinger "/opt/podlite/podlite exec by-cron true && cat /proc/\$(/opt/podlite/podlite inspect --format '{{.State.Pid}}' by-cron)/cgroup"
	is "$status" 0
	has "$output" /system.slice/cron.service
	# it comes back from a failure there as well: whoever watches is not the shell of cron
	as_nolinger "kill -9 \$(/opt/podlite/podlite inspect --format '{{.State.Pid}}' by-cron)"
	again() {
		as_nolinger "/opt/podlite/podlite inspect --format '{{.State.Status}} {{.RestartCount}}' by-cron"
		[ "$output" = "running 1" ]
	}
	wait_for 30 again
}
