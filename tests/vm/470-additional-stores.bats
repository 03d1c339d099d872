#!/usr/bin/env bats
# 470-additional-stores.bats: images of root's, which no id of the user's can write.

load helpers

MADE=localhost/made:1
OTHER=$HOME/w/other # a store of the user's that has no image
other() { # STATUS ARG...
	local want=$1
	shift
	ROOT=$OTHER/root RUNROOT=$OTHER/run pl "$want" "$@"
}
listing='find /srv/images -printf "%P %y %m %U %G %s %T@ %C@\n" | sort'

setup_file() {
	mkdir -p "$OTHER/run"
	chmod 700 "$OTHER/run"
	pl 0 create --name made "$BUSYBOX" true
	echo secret >"$T/secret"
	pl 0 cp "$T/secret" made:/secret
	pl 0 commit -q made "$MADE"
	pl 0 rm made
	pl 0 save -q -o "$HOME/w/made.tar" "$MADE"
	root_do "$PL --root /srv/store --runroot /run/podlite-root load -q -i $HOME/w/made.tar &&
		$PL --root /srv/store --runroot /run/podlite-root save -q --format oci-dir -o /srv/images $MADE"
	is "$status" 0
}
teardown_file() {
	pl 0 rmi -f "$MADE"
	ROOT=$OTHER/root RUNROOT=$OTHER/run pl 0 rmi -a -f
	root_do "rm -rf /srv/store /srv/opened /srv/images /etc/podlite"
}

@test "additional stores: a layout of root's serves a user, from the system's podlite.conf, and stays as it is" {
	unset PODLITE_CONF
	root_do "$listing"
	before=$output
	root_do "mkdir -p /etc/podlite/podlite.conf.d && echo 'additional-stores = [\"/srv/images\"]' >/etc/podlite/podlite.conf.d/10.conf"
	other 0 images --format '{{.Repository}} {{.ReadOnly}}'
	is "$output" "localhost/made true"
	other 0 run --rm --network none "$MADE" cat /secret
	is "$output" secret
	other 0 images --format '{{.Repository}} {{.ReadOnly}}'
	is "$output" "localhost/made false"
	other 0 system check --deep
	other 0 rmi "$MADE"
	other 125 rmi "$MADE"
	has "$stderr" "read-only image"
	root_do "$listing"
	is "$output" "$before"
	root_do "rm -r /etc/podlite"
}

@test "additional stores: root's store itself is closed, and one that was opened names what stays closed" {
	PL_QUIET=0 other 0 --storage-opt additionalimagestore=/srv/store images -q
	is "$output" ""
	has "$stderr" "additional store /srv/store is left out: open: Permission denied; for others its owner fills an OCI layout"
	root_do "cp -a /srv/store /srv/opened && chmod -R go+rX-w /srv/opened && chmod 600 /srv/opened/layers/*/diff/secret"
	other 125 --storage-opt additionalimagestore=/srv/opened run --rm --pull never "$MADE" true
	has "$stderr" "additional store /srv/opened: layer"
	has "$stderr" "open file /secret: Permission denied"
	root_do "chmod 644 /srv/opened/layers/*/diff/secret"
	other 0 --storage-opt additionalimagestore=/srv/opened run --rm --network none --pull never "$MADE" cat /secret
	is "$output" secret
	other 0 rmi "$MADE"
}

@test "additional stores: root takes images from a user's store" {
	root_do "$PL --root /srv/second --runroot /run/podlite-root --storage-opt additionalimagestore=$ROOT images --format '{{.ReadOnly}}' $MADE"
	is "$output" true
	root_do "$PL --root /srv/second --runroot /run/podlite-root --storage-opt additionalimagestore=$ROOT save -o /srv/out.tar $MADE && rm -r /srv/second"
	is "$status" 0
}
