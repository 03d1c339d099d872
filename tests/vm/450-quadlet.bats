#!/usr/bin/env bats
# 450-quadlet.bats: quadlet files as services of the user's systemd, from the generator to the journal.

load helpers

Q=$HOME/.config/podlite/systemd

setup_file() {
	root_do "mkdir -p /etc/systemd/user-generators && ln -sf $PODLITE_BIN/podlite-user-generator /etc/systemd/user-generators/"
	mkdir -p "$Q"
}
teardown_file() {
	systemctl --user stop 'web*' 'job*' 'crash*' data-volume front-network || :
	rm -rf "$Q"
	root_do "rm /etc/systemd/user-generators/podlite-user-generator"
	systemctl --user daemon-reload
}

show() { systemctl --user show --value -p "$2" "$1"; }
is_in() { [ "$(show "$1" ActiveState)" = "$2" ]; }
# reload NAME: a file from standard input, then systemd reads it
reload() {
	mkdir -p "$(dirname "$Q/$1")"
	cat >"$Q/$1"
	systemctl --user daemon-reload
}
LOOP='sh -c "trap '"'exit 0'"' TERM; echo it is here; while :; do sleep 0.1; done"'

@test "quadlet: start, the journal, the cgroup, restart, stop" {
	reload web.container <<-E
		[Container]
		Image=$BUSYBOX
		Exec=$LOOP
		Network=none
		[Service]
		MemoryMax=64M
		[Install]
		WantedBy=default.target
	E
	is "$(systemctl --user is-enabled web)" generated
	has "$(show default.target Wants)" web.service
	systemctl --user start web
	is "$(show web ActiveState)" active
	pl 0 inspect --format '{{.Id}} {{index .Config.Labels "PODMAN_SYSTEMD_UNIT"}}' systemd-web
	first=${output% *}
	is "${output#* }" web.service
	is "$(show web MainPID)" "$(jq .monitor_pid "$ROOT/containers/$first/state.json")"
	like "$(group_of systemd-web)" "*/app.slice/web.service/podlite-*"
	pl 0 exec systemd-web cat /proc/self/cgroup
	is "$output" 0::/
	said() { journalctl --user -u web -o cat | grep -qx 'it is here'; }
	wait_for 10 said
	pl 0 logs systemd-web
	is "$output" "it is here"
	pl 0 quadlet list --format '{{.Name}} {{.Status}}'
	is "$output" "web.container active/running"
	systemctl --user restart web
	second=$(podlite inspect --format '{{.Id}}' systemd-web)
	[ "$first" != "$second" ]
	systemctl --user stop web
	is "$(show web Result)" success
	is "$(show web ActiveState)" inactive
	pl 1 container exists systemd-web
	systemctl --user start web # a file with the id that was left is no obstacle
	is "$(show web ActiveState)" active
	systemctl --user stop web
	rm "$Q/web.container"
}

@test "quadlet: healthy, drop-ins, templates, volumes, a command that runs once" {
	reload data.volume <<<'[Volume]'
	reload job@.container <<-E
		[Container]
		Image=$BUSYBOX
		Exec=sh -c "echo %i >/data/%i; touch /tmp/ok; sleep 1000"
		Volume=data.volume:/data
		Network=none
	E
	reload job@.container.d/10.conf <<-E
		[Container]
		HealthCmd=test -e /tmp/ok
		HealthInterval=500ms
		Notify=healthy
		StopTimeout=1
	E
	systemctl --user start job@3
	is "$(show job@3 ActiveState)" active
	is "$(show data-volume ActiveState)" active
	pl 0 inspect --format '{{.State.Health.Status}}' systemd-job_3
	is "$output" healthy
	reload web.container <<-E
		[Container]
		Image=$BUSYBOX
		Exec=cat /data/3
		Volume=data.volume:/data
		Network=none
		[Service]
		Type=oneshot
	E
	systemctl --user start web
	said() { journalctl --user -u web -o cat | grep -qx 3; }
	wait_for 10 said || {
		journalctl --user -u web -n 20
		false
	}
	is "$(show web Result)" success
	systemctl --user stop job@3
	pl 1 container exists systemd-job_3
	systemctl --user stop data-volume
	pl 0 volume rm systemd-data
	rm "$Q"/*.container "$Q/data.volume"
}

@test "quadlet: a network and its members, which find each other; it goes when its service stops" {
	reload front.network <<-E
		[Network]
		Subnet=10.173.0.0/24
		NetworkDeleteOnStop=yes
	E
	reload web.container <<-E
		[Container]
		Image=$BUSYBOX
		Exec=sh -c "echo hello >/index.html; exec httpd -f -h /"
		Network=front.network:ip=10.173.0.80
		NetworkAlias=shop
		StopTimeout=1
	E
	reload job.container <<-E
		[Unit]
		After=web.service
		[Container]
		Image=$BUSYBOX
		Exec=sh -c "for i in 1 2 3 4 5 6 7 8 9; do wget -qO- http://shop && break; sleep 0.5; done"
		Network=front.network
		[Service]
		Type=oneshot
	E
	systemctl --user start web
	is "$(show front-network ActiveState)" active
	pl 0 network inspect --format '{{range .Containers}}{{.Name}}{{end}}' systemd-front
	is "$output" systemd-web
	systemctl --user start job
	said() { journalctl --user -u job -o cat | grep -qx hello; }
	wait_for 10 said || {
		journalctl --user -u job -n 20
		false
	}
	systemctl --user stop front-network # and with it, who requires it
	is "$(show web ActiveState)" inactive
	pl 1 container exists systemd-web
	pl 1 network exists systemd-front
	rm "$Q"/*.container "$Q/front.network"
}

@test "quadlet: a container that fails is started again by systemd, and one that is killed" {
	reload crash.container <<-E
		[Container]
		Image=$BUSYBOX
		Exec=sh -c "sleep 1; exit 3"
		Network=none
		[Service]
		Restart=on-failure
		RestartSec=100ms
	E
	systemctl --user start crash
	again() { [ "$(show crash NRestarts)" -ge "$1" ]; }
	wait_for 20 again 1
	systemctl --user stop crash
	pl 1 container exists systemd-crash
	reload crash.container <<-E
		[Container]
		Image=$BUSYBOX
		Exec=sleep 1000
		Network=none
		StopTimeout=1
		[Service]
		Restart=always
		RestartSec=100ms
	E
	systemctl --user start crash
	first=$(podlite inspect --format '{{.Id}}' systemd-crash)
	kill -9 "$(show crash MainPID)"
	new() { i=$(podlite inspect --format '{{.Id}}' systemd-crash) && [ "$i" != "$first" ]; }
	wait_for 20 new
	wait_for 10 is_in crash active
	systemctl --user stop crash
	pl 1 container exists systemd-crash
	rm "$Q/crash.container"
}

@test "quadlet: sockets of a .socket unit reach the container with their names; the next start of the user's systemd starts what is wanted" {
	mkdir -p ~/.config/systemd/user
	printf '[Socket]\nListenStream=127.0.0.1:18080\nFileDescriptorName=front\n' >~/.config/systemd/user/web.socket
	reload web.container <<-E
		[Container]
		Image=$BUSYBOX
		Exec=sh -c 'echo "sockets $\$LISTEN_FDS $\$LISTEN_FDNAMES"; exec sleep 1000'
		Network=none
		StopTimeout=1
		[Install]
		WantedBy=default.target
	E
	systemctl --user start web.socket
	is "$(show web ActiveState)" inactive
	echo >/dev/tcp/127.0.0.1/18080
	wait_for 20 is_in web active
	said() { journalctl --user -u web -o cat | grep -qx 'sockets 1 front'; }
	wait_for 10 said
	systemctl --user stop web.socket web
	rm ~/.config/systemd/user/web.socket
	# what a boot does for a user who lingers
	root_do "systemctl restart user@1000.service"
	wait_for 30 is_in web active
	is "$(podlite inspect --format '{{.State.Status}}' systemd-web)" running
	systemctl --user stop web
	rm "$Q/web.container"
}

@test "auto-update: a service is restarted with the newer image of its name; a bad one is rolled back" {
	pl 0 tag "$BUSYBOX" localhost/app:1
	old=$(podlite image inspect --format '{{.Id}}' localhost/app:1)
	reload web.container <<-E
		[Container]
		Image=localhost/app:1
		Exec=sleep 1000
		Network=none
		StopTimeout=1
		AutoUpdate=local
	E
	systemctl --user start web
	pl 0 auto-update --format '{{.Unit}} {{.Policy}} {{.Updated}}'
	is "$output" "web.service local false"
	pl 0 tag localhost/busybox:v2 localhost/app:1
	new=$(podlite image inspect --format '{{.Id}}' localhost/app:1)
	pl 0 auto-update --dry-run --format '{{.Unit}} {{.Updated}}'
	is "$output" "web.service pending"
	is "$(podlite inspect --format '{{.Image}}' systemd-web)" "$old"
	pl 0 auto-update --format '{{.Unit}} {{.Updated}}'
	is "$output" "web.service true"
	is "$(podlite inspect --format '{{.Image}}' systemd-web)" "$new"
	is "$(show web ActiveState)" active
	pl 0 tag localhost/busybox:bad localhost/app:1
	pl 125 auto-update --format '{{.Unit}} {{.Updated}}'
	is "$output" "web.service rolled back"
	is "$(podlite inspect --format '{{.Image}}' systemd-web)" "$new"
	is "$(show web ActiveState)" active
	systemctl --user stop web
	rm "$Q/web.container"
}

@test "quadlet: install and rm have systemd read its units; what systemd thinks of them" {
	printf '[Container]\nImage=%s\nExec=sleep 1000\nNetwork=none\nStopTimeout=1\n' "$BUSYBOX" >"$T/web.container"
	pl 0 quadlet install "$T/web.container"
	systemd-analyze --user verify /run/user/1000/systemd/generator/web.service
	systemctl --user start web
	pl 125 quadlet rm web
	has "$stderr" "web.service is active"
	pl 0 quadlet rm --force web
	is "$(show web LoadState)" not-found
	pl 1 container exists systemd-web
}
