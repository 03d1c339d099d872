#!/usr/bin/env bats
# 201-threats-env.bats: what an image's configuration and files, the caller's environment and other
# users must not change or see (rows V24-V41 of the threat list; see also 070 and 083).

load helpers
load threats

@test "V24: a path in a volume that became a link is looked up inside, or such paths are refused" {
	canary
	name v
	pl 0 volume create "$name"
	pl 0 run --rm -v "$name:/data" "$BUSYBOX" sh -c "ln -s $CANARY /data/sub; ln -s ../../../../../../../../..$CANARY /data/up"
	for sub in sub up sub/sub ../_data; do
		pl - run --rm --network none --mount "type=volume,src=$name,dst=/x,subpath=$sub" "$BUSYBOX" sh -c 'echo x >/x/written'
		[ "$status" != 0 ]
		canary_same
	done
	# the link is the container's: it leads into its own root
	pl 0 run --rm -v "$name:/data" "$BUSYBOX" sh -c 'ls /data/sub 2>/dev/null; :'
	is "$output" ""
	pl 0 volume rm "$name"
}

@test "V24: an image's VOLUME below links of its own" {
	canary
	hostile vollink --volume /abs/data --volume /up/data --volume /self/data <<-L
		l abs $CANARY
		l up ../../../../../../../../..$CANARY
		l self /proc/self/root$CANARY
	L
	pl - run --rm --network none "$HOSTILE" sh -c 'ls /abs /up; echo x >/abs/data/x'
	[ "$status" = 0 ] || matches "$status" '^12[567]$'
	canary_same
	# copied up from the image: what is a link to the host there is a link in the volume
	hostile copyup --volume /srv <<-L
		d srv 755
		l srv/out $CANARY/file
		l srv/dir $CANARY
		f srv/real 644 real
	L
	pl 0 run --rm "$HOSTILE" sh -c 'cat /srv/real; readlink /srv/out; cat /srv/out 2>/dev/null; :'
	is "${lines[0]}${lines[1]:-}" "real$CANARY/file"
	canary_same
}

@test "V25: odd names reach helpers as one argument or not at all" {
	local odd
	for odd in --network=host -v '' 'a b' $'a\nb' 'a%sb' 'a,b' '../x' . ..; do
		pl - create --name="$odd" "$BUSYBOX"
		[ "$status" = 125 ] || { [ -z "$odd" ] && podlite rm -a -f >/dev/null; }
		pl 125 volume create -- "$odd" || [ -z "$odd" ]
	done
	# the store's path goes to fuse-overlayfs, the run directory's to slirp4netns
	store 'o,d:d %s'
	image "$BUSYBOX"
	pl - run --rm --network none "$BUSYBOX" echo works
	[ "$status" = 0 ] && is "$output" works || has "$stderr" podlite
	remove_store
}

@test "V26: nothing is installed with privileges, and no file system image of a user is mounted" {
	is "$(find "$PODLITE_BIN" -type f -perm /7000)" ""
	if command -v getcap >/dev/null; then is "$(getcap -r "$PODLITE_BIN")" ""; fi
	truncate -s 1M "$T/fs.img"
	for type in ext4 squashfs erofs image; do
		pl 125 run --rm --mount "type=$type,src=$T/fs.img,dst=/mnt" "$BUSYBOX" true
	done
}

@test "V28: an option of a security module is applied, or is an error" {
	for opt in apparmor=some-profile label=type:container_t label=level:s0 seccomp=/nonexistent seccomp= \
		no-new-privileges=perhaps proc-opts=hidepid=2 selinux=x unknown=1 apparmor; do
		pl 125 run --rm --security-opt "$opt" "$BUSYBOX" true
		matches "$stderr" '^podlite: .+'
	done
	name c
	pl 0 run -d --name "$name" --security-opt no-new-privileges "$BUSYBOX" sleep 1000
	for cmd in "cat /proc/1/status" "cat /proc/self/status"; do
		# shellcheck disable=SC2086
		pl 0 exec "$name" $cmd
		matches "$output" $'NoNewPrivs:\t1'
		matches "$output" $'Seccomp:\t2'
	done
}

# below a directory of mode 0700 it does not matter: what the walk prunes
exposed() {
	find "$ROOT" "$RUNROOT" -path '*/layers/*' -prune -o -path '*/upper' -prune -o -path '*/merged' -prune -o \
		-path '*/_data' -prune -o -path '*/work' -prune -o -path '*/containers/*/hosts' -o -path '*/containers/*/hostname' -o -path '*/containers/*/resolv.conf' -o -path "$ROOT/mountpoints*" -prune -o -path '*/cache/dirs-*/diff' -prune -o -type l -o -perm /077 -print 2>/dev/null
}

@test "V29: with umask 000 nothing of store and run directory is open to others" {
	umask 000
	store umask
	image "$BUSYBOX"
	name c
	pl 0 volume create "v$name"
	pl 0 run -d --name "$name" -v "v$name:/v" -v /anonymous -p 127.0.0.1::80 --health-cmd true "$BUSYBOX" sleep 1000
	local id=$output
	pl 0 exec "$name" true
	pl 0 exec -d "$name" sleep 500
	pl 0 cp /etc/passwd "$name:/tmp/x"
	pl 0 logs "$name"
	pl 0 tag "$BUSYBOX" "t$name"
	is "$(exposed)" ""
	is "$(stat -c %a "$ROOT" "$RUNROOT" "$ROOT/layers" "$ROOT/containers" "$ROOT/containers/$id" | sort -u)" 700
	pl 0 stop -t 0 "$name"
	pl 0 start "$name"
	pl 0 rm -t 0 -f "$name"
	pl 0 volume rm "v$name"
	is "$(exposed)" ""
	# files that commands write for the user
	pl 0 run --rm --cidfile "$T/cid" "$BUSYBOX" true
	# a user of the subordinate ids is another one to the host
	if unshare --map-auto -r setpriv --reuid 7 --clear-groups ls "$ROOT" >/dev/null 2>&1; then
		echo "# another user may list $ROOT"
		return 1
	fi
	remove_store
}

@test "V29: what is made for the container has the usual modes, whatever the caller's umask" {
	local mask
	hostile modes --workdir /work/dir --volume /vol/dir </dev/null
	for mask in 000 077 027; do
		umask $mask
		pl 0 run --rm -v /made/dir --tmpfs /tmp/x/y "$HOSTILE" sh -c 'umask; : >/f; stat -c "%a %n" /f /made /made/dir \
			/work /work/dir /vol /vol/dir /tmp/x /etc/hosts /etc/resolv.conf /etc/hostname'
		is "${lines[0]}" 0022
		is "$(sed 1d <<<"$output" | cut -d' ' -f1 | tr '\n' ' ')" "644 755 755 755 755 755 755 755 644 644 644 "
	done
	umask 022
}

@test "V31: programs and libraries of the image never run for podlite" {
	# each leaves a mark where only the host would see it
	local mark="#!/bin/sh\\\\ntouch $T/ran /ran\\\\nexec /bin/busybox sh \"\$@\"\\\\n" files=""
	for f in bin/ps bin/gzip bin/xz usr/bin/unpigz bin/tar bin/nsenter bin/mount usr/bin/newuidmap bin/cp \
		usr/bin/podlite-monitor usr/bin/podlite-unpack; do
		files+="f $f 755 $mark"$'\n'
	done
	files+="f etc/ld.so.preload 644 /lib/evil.so\\n"$'\n'
	files+="f lib/evil.so 755 junk"$'\n'"f lib/x86_64-linux-gnu/libnss_files.so.2 755 junk"$'\n'
	files+="f etc/nsswitch.conf 644 passwd: evil\\n"$'\n'"f lib/x86_64-linux-gnu/libnss_evil.so.2 755 junk"
	hostile programs <<<"${files//\\\\n/\\n}"
	name c
	pl 0 run -d --name "$name" -u daemon "$HOSTILE" sleep 1000
	local id=$output
	pl 0 top "$name"
	pl 0 cp "$name:/etc/passwd" "$T/copied"
	pl 0 cp "$T/copied" "$name:/tmp/in"
	pl 0 exec -u www-data "$name" true
	pl - exec "$name" ls /ran /tmp
	[ "$status" = 1 ]
	hasnt "$output" /ran
	# no process of ours maps a file of the root
	local pid
	for pid in $(jq -r '.monitor_pid, .network_pid // empty' "$ROOT/containers/$id/state.json"); do
		is "$(grep -E 'merged|layers' "/proc/$pid/maps" 2>/dev/null || :)" ""
	done
	[ ! -e "$T/ran" ]
	pl 0 stop -t 0 "$name"
	pl 0 cp "$name:/etc/passwd" "$T/copied"
	pl 0 rm "$name"
	[ ! -e "$T/ran" ]
}

@test "V35: what an image calls a variable does not reach into the host's environment" {
	export AWS_SECRET=leaked HOMEWORK=leaked PODLITE_X=leaked
	hostile env --env AWS_SECRET --env 'HOME*' --env '*' --env =x --env A=1 --env 'PODLITE_*' --env '$AWS_SECRET' \
		--env 'B=$AWS_SECRET' --env '${AWS_SECRET}=1' </dev/null
	PL_QUIET=0 pl 0 run --rm "$HOSTILE" env
	hasnt "$output" leaked
	has "$output" A=1
	has "$output" 'B=$AWS_SECRET'
	name c
	PL_QUIET=0 pl 0 run -d --name "$name" "$HOSTILE" sleep 1000
	PL_QUIET=0 pl 0 exec "$name" env
	hasnt "$output" leaked
	PL_QUIET=0 pl 0 exec "$name" cat /proc/1/environ
	hasnt "$output" leaked
}

@test "V36: the caller's environment stays outside, also of exec, of the pull and of the store" {
	export SECRET_X=very-secret http_proxy='' HTTPS_PROXY=http://user:very-secret@127.0.0.1:9
	export no_proxy=127.0.0.1
	name c
	pl 0 run -d --name "$name" "$BUSYBOX" sleep 1000
	for p in 1 self; do
		pl 0 exec "$name" cat /proc/$p/environ
		hasnt "$output" SECRET_X
	done
	is "$(grep -rl very-secret "$ROOT/containers" "$RUNROOT" 2>/dev/null | grep -v -e record.json -e config.json)" ""
	is "$(grep -rl SECRET_X "$ROOT/containers" "$RUNROOT" 2>/dev/null)" ""
}

@test "V37: a name or value with a line break, a colon or a control character makes no further line" {
	local nl=$'x\nroot::0:0::/:/bin/sh'
	for opt in "--hostname=$nl" "--add-host=$nl:1.2.3.4" "--add-host=a:1.2.3.4"$'\n'"5.6.7.8 b" "--dns-search=$nl" "--dns=$nl" \
		"--dns-option=$nl" "--user=$nl" "--user=a:b:c" "--passwd-entry=$nl" "--hostname=a b" "--hostname=a:b/c" "--name=$nl" \
		"--group-add=$nl" "--tz=../../etc/passwd" "--tz=$nl" "--workdir=relative" "--uts=$nl"; do
		pl - run --rm --network none -u 4000 "$opt" "$BUSYBOX" true
		matches "$status" '^12[567]$'
		# one line, in which the foreign text cannot forge another
		is "$(wc -l <"$ERR")" 1
	done
	pl 0 run --rm --env HOME="/x"$'\n'"evil::0:0::/:/bin/sh" --env USER="a:b" -u 4000 "$BUSYBOX" cat /etc/passwd
	hasnt "$output" evil
	is "$(grep -c :4000: <<<"$output")" 1
	# and from the image
	hostile lines --user $'4001\nevil::0:0' </dev/null
	pl - run --rm --network none "$HOSTILE" cat /etc/passwd
	matches "$status" '^12[567]$'
	hostile home --env $'HOME=/x\nevil::0:0::/:/bin/sh' --workdir $'/w\nevil::0:0::/:/bin/sh' <<<"d w 755"
	pl - run --rm --network none -u 4001 "$HOSTILE" cat /etc/passwd
	[ "$status" != 0 ] || hasnt "$output" evil
	pl 0 run --rm --hostname web --add-host db:10.1.2.3 "$BUSYBOX" cat /etc/hosts /etc/hostname
	is "$(grep -cw db <<<"$output")" 1
}

@test "V38: account files of an image that lead elsewhere or never end" {
	canary
	echo "stolen:x:7777:7777::/:/bin/sh" >"$CANARY/passwd"
	canary_was=$(tree_sum "$CANARY")
	local kind
	for kind in "l FILE $CANARY/passwd" "l FILE ../../../../../../../..$CANARY/passwd" "l FILE /dev/zero" \
		"l FILE /proc/self/root$CANARY/passwd" "p FILE" "d FILE 755" "f FILE 644 big" "l FILE FILE" "l FILE /proc/1/mem"; do
		hostile accounts <<<"${kind//FILE/etc/passwd}
${kind//FILE/etc/group}
${kind//FILE/etc/mtab}
${kind//FILE/etc/hosts}
${kind//FILE/etc/resolv.conf}
${kind//FILE/etc/localtime}"
		[ "$kind" != "f FILE 644 big" ] || hostile accounts <<<"z etc/passwd 83886080"
		local begin=$SECONDS
		pl - run --rm --network none -u stolen "$HOSTILE" id
		[ "$status" != 0 ]
		# no command may need more than 64 MiB, whatever the image has (the programs' own mappings included)
		(ulimit -d 65536 && pl - run --rm --network none -u 1234 "$HOSTILE" true && [ "$status" != 139 ] && [ "$status" != 134 ])
		pl - run --rm --network none -u 0 --tz UTC "$HOSTILE" true
		[ $((SECONDS - begin)) -le 15 ]
		canary_same
	done
}

@test "V39: export of nothing but the volume; a volume is filled once" {
	canary
	hostile fill --volume /srv <<-L
		d srv 755
		f srv/a 644 from the image
		l srv/link $CANARY/file
	L
	name v
	pl 0 volume create "$name"
	local dir
	dir=$(podlite volume inspect --format '{{.Mountpoint}}' "$name")
	# a link where the copy would write: it is not followed, and a volume that has something is left alone
	ln -s "$CANARY/file" "$dir/a"
	pl 0 run --rm -v "$name:/srv" "$HOSTILE" ls /srv
	is "$output" a
	canary_same
	pl 0 volume rm "$name"
	pl 0 run --rm -v "$name:/srv" "$HOSTILE" cat /srv/a
	is "$output" "from the image"
	canary_same
	pl 0 volume rm "$name"
}

@test "V40: hosts and resolv.conf over links that the image or a volume planted" {
	canary
	hostile planted --workdir / <<-L
		l etc/hosts $CANARY/file
		l etc/resolv.conf ../../../../../../../../..$CANARY/file
		l etc/hostname /proc/self/root$CANARY/sub/null
		l run/.containerenv $CANARY/file
		l etc/mtab $CANARY/file
		l run/podlite-init $CANARY/file
	L
	for opt in "" "--init" "--tz UTC" "--read-only" "-u 4000"; do
		# shellcheck disable=SC2086
		pl - run --rm --network none $opt "$HOSTILE" cat /etc/hosts
		[ "$status" = 0 ] || matches "$status" '^12[567]$|^1$'
		canary_same
	done
	name c
	pl 0 create --name "$name" "$HOSTILE" true
	pl - start -a "$name"
	pl - start -a "$name"
	canary_same
}

@test "V41: /dev/shm is bounded and goes with the container" {
	name c
	pl 0 run -d --name "$name" --shm-size 1m "$BUSYBOX" sleep 1000
	pl 0 exec "$name" sh -c 'head -c 10m /dev/zero >/dev/shm/big 2>/dev/null; stat -c %s /dev/shm/big'
	[ "$output" -le 1048576 ]
	pl 0 exec "$name" sh -c 'mount -o remount,size=100m /dev/shm 2>&1; :'
	has "$output" "mount"
	pl 0 kill "$name"
	pl 0 wait "$name"
	is "$(find "$ROOT/containers" "$RUNROOT" -name big -o -name shm -type f)" ""
	pl 0 start "$name"
	pl 0 exec "$name" ls /dev/shm
	is "$output" ""
}
