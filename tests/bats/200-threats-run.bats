#!/usr/bin/env bats
# 200-threats-run.bats: what a hostile image, volume or root directory must not get from run and exec
# (rows V1-V22 of the threat list; see also 070, 081 and 091).

load helpers
load threats

# what is masked or read-only in each container; the mask of a file reads as empty
MASKED="/proc/kcore /proc/keys /proc/key-users /proc/timer_list /proc/interrupts"
KERNEL="/proc/sysrq-trigger /proc/sys/kernel/core_pattern /proc/sys/kernel/hostname /proc/irq/default_smp_affinity"

# the container that made $output with `guarded ...` had a real /proc with every mask
guard="stat -f -c 'procfs %T' /proc; for f in $MASKED; do [ ! -e \$f ] || { stat -c %t:%T \$f; wc -c <\$f; }; done;
	for f in $KERNEL; do [ ! -e \$f ] || (: >\$f) 2>/dev/null && [ -e \$f ] && echo OPEN \$f; done; echo guarded"
guarded() {
	has "$output" "procfs proc"
	hasnt "$output" OPEN
	has "$output" guarded
	is "$(sed -e '/procfs/d' -e '/guarded/d' -e '/^1:3$/d' -e '/^0$/d' <<<"$output")" ""
}
# either an error of ours or a guarded container
refused_or_guarded() {
	[ "$status" != 0 ] || { guarded && return; }
	matches "$status" '^12[567]$'
	has "$stderr" "podlite"
}

@test "V1: an entry point of #!/proc/self/exe and a container that opens every program for writing" {
	local sums
	sums=$(sha256sum "$PODLITE_BIN"/podlite*)
	hostile selfexe --entrypoint /evil <<-'L'
		f evil 755 #!/proc/self/exe\n
		l evil-link /proc/self/exe
	L
	pl - run --rm --network none "$HOSTILE" --version
	[ "$status" != 0 ]
	pl - run --rm --network none --entrypoint /evil-link "$HOSTILE" --help
	name spy
	pl 0 run -d --name "$name" --entrypoint probe "$HOSTILE" spy 3
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		pl 0 exec "$name" true
	done
	pl 0 wait "$name"
	pl 0 logs "$name"
	has "$output" spied
	for word in WRITABLE FOREIGN REACHED; do hasnt "$output" $word; done
	# a static program runs wherever it is found, as a process of the container; none may be written to
	name spy
	pl 0 run -d --name "$name" --entrypoint probe "$HOSTILE" spy 3
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		pl - exec "$name" /evil --version
		[ "$status" != 0 ]
		pl - exec "$name" /evil-link help
	done
	pl 0 wait "$name"
	pl 0 logs "$name"
	has "$output" spied
	hasnt "$output" WRITABLE
	is "$(sha256sum "$PODLITE_BIN"/podlite*)" "$sums"
}

@test "V2: descriptors of the caller: none in the container, none as its directory" {
	FDS=1 pl 0 run --rm --network none "$BUSYBOX" probe fds
	is "$(cut -d' ' -f1 <<<"$output" | sort -n | tr '\n' ' ')" "0 1 2 "
	name c
	FDS=1 pl 0 run -d --name "$name" "$BUSYBOX" sleep 1000
	for n in 3 4 5 6 7 8 9 10 11 12 13 14 15 16 20 50 100 200; do
		FDS=1 pl - exec -w /proc/self/fd/$n "$name" pwd
		[ "$status" != 0 ]
		FDS=1 pl - run --rm --network none -w /proc/self/fd/$n "$BUSYBOX" pwd
		[ "$status" != 0 ]
	done
	FDS=1 pl 0 exec "$name" probe fds
	is "$(cut -d' ' -f1 <<<"$output" | sort -n | tr '\n' ' ')" "0 1 2 "
	pl 0 exec "$name" ln -s /proc/self/fd/6 /fd6
	FDS=1 pl - exec -w /fd6 "$name" pwd
	[ "$status" != 0 ]
}

@test "V2: an image's WORKDIR on a descriptor, direct and through links" {
	for n in 3 4 5 6 7 8 9 10; do
		hostile "wd$n" --workdir "/proc/self/fd/$n" <<<"l link /proc/self/fd/$n"
		FDS=1 pl - run --rm --network none "$HOSTILE" pwd
		[ "$status" != 0 ]
		FDS=1 pl - run --rm --network none -w /link "$HOSTILE" pwd
		[ "$status" != 0 ]
		FDS=1 pl - run --rm --network none -w /link/sub "$HOSTILE" pwd
		[ "$status" != 0 ]
	done
}

@test "V3: /proc as a link, as the image's volume, as a bind" {
	canary
	hostile proclink <<<"l proc /tmp"
	pl - run --rm --network none "$HOSTILE" sh -c "$guard"
	refused_or_guarded
	hostile procabs <<<"l proc $CANARY"
	pl - run --rm --network none "$HOSTILE" sh -c "$guard"
	refused_or_guarded
	hostile procvol --volume /proc </dev/null
	pl - run --rm --network none "$HOSTILE" sh -c "$guard"
	refused_or_guarded
	hostile procsys --volume /proc/sys </dev/null
	pl - run --rm --network none "$HOSTILE" sh -c "$guard"
	refused_or_guarded
	pl - run --rm --network none -v "$CANARY:/proc" "$BUSYBOX" sh -c "$guard"
	refused_or_guarded
	canary_same
}

@test "V3: /proc swapped for a link while the container starts" {
	canary
	rootfs
	ln -s ../../../../../../../../"$CANARY" "$RFS/evil"
	racer "$RFS/proc" "$RFS/evil" 3
	# the names go on being swapped while it runs; the real one is masked wherever it is
	while racer_runs; do
		pl - run --rm --network none --rootfs "$RFS" sh -c "for i in 1 2 3 4 5; do for d in /proc /evil; do for f in $MASKED; do
			stat -c %t:%T \$d/\${f#/proc/} 2>/dev/null; done; (: >\$d/sys/kernel/hostname) 2>/dev/null && echo OPEN; done; done"
		[ "$status" -lt 125 ] || has "$stderr" podlite
		is "$(sed '/^1:3$/d' <<<"$output")" ""
	done
	racer_end
	canary_same
}

@test "V5: a /dev whose null is a link or missing does not unmask anything" {
	name dev
	mkdir "$T/dev"
	ln -s /proc/sys/kernel/core_pattern "$T/dev/null"
	pl - run --rm --network none -v "$T/dev:/dev" "$BUSYBOX" sh -c "$guard"
	refused_or_guarded
	rm "$T/dev/null"
	pl - run --rm --network none -v "$T/dev:/dev" "$BUSYBOX" sh -c "$guard"
	refused_or_guarded
	hostile devnull --volume /dev <<-'L'
		l dev/null /proc/sys/kernel/core_pattern
		l dev/zero /proc/sysrq-trigger
	L
	pl - run --rm --network none "$HOSTILE" sh -c "$guard"
	refused_or_guarded
}

@test "V6: the terminal is a fresh /dev/console, whatever the image has there" {
	hostile console <<-'L'
		l dev/console /proc/sys/kernel/core_pattern
		l dev/pts /etc
		l dev/ptmx /etc/passwd
		l dev/tty /etc/passwd
	L
	pl 0 run --rm --network none -t "$HOSTILE" sh -c 'stat -c "%F" /dev/console; tty; [ ! -L /dev/pts ] && echo fresh; test -s /etc/passwd && echo kept'
	has "$output" "character special file"
	has "$output" fresh
	has "$output" kept
}

@test "V7: links of the image's /dev lead nowhere" {
	canary
	local links
	for links in "l dev $CANARY" "l dev ../../../../../../../../..$CANARY" "l dev /etc" "l dev /proc/self/root" \
		"l dev/pts $CANARY
l dev/shm $CANARY
l dev/fd $CANARY
l dev/mqueue $CANARY
l dev/null $CANARY/file
l dev/stdin $CANARY/file"; do
		hostile devlink <<<"$links"
		for opt in "-t" "-v $T/canary/file:/dev/extra:ro" "--tmpfs /dev/shm/x --device /dev/zero:/dev/sub/zero"; do
			# shellcheck disable=SC2086
			pl - run --rm --network none $opt "$HOSTILE" sh -c 'stat -f -c %T /dev; [ ! -L /dev ] && stat -c %t:%T /dev/null'
			[ "$status" != 0 ] || {
				is "${lines[0]%$'\r'}" tmpfs
				is "${lines[1]%$'\r'}" 1:3
			}
			canary_same
		done
	done
}

@test "V8: the parent of a nested mount swapped for a link to the host" {
	canary
	rootfs
	mkdir -p "$RFS/a/b/c" "$T/one/c" "$T/two"
	echo two >"$T/two/mark"
	ln -s ../../../../../../../../../"$CANARY" "$RFS/evil"
	racer "$RFS/a" "$RFS/evil" 3
	while racer_runs; do
		pl - run --rm --network none -v "$T/one:/a/b" -v "$T/two:/a/b/c" --tmpfs /a/t --rootfs "$RFS" true
		[ "$status" = 0 ] || matches "$status" '^12[567]$'
	done
	racer_end
	canary_same
}

@test "V9: targets below links are made in the root or refused" {
	canary
	hostile targets <<-L
		l abs $CANARY
		l up ../../../../../../../../../../..$CANARY
		l self /proc/self/root$CANARY
		l cwd /proc/self/cwd
		l dangling /nowhere/at/all
		l loop loop
		l file /etc/passwd
	L
	mkdir -p "$T/src"
	for link in abs up self cwd dangling loop file; do
		for opt in "-w /$link/new/dir" "-v $T/src:/$link/new" "--tmpfs /$link/new" \
			"--mount type=bind,src=$T/src,dst=/$link/new" "-v /$link/volume" "--device /dev/zero:/$link/new"; do
			# shellcheck disable=SC2086
			pl - run --rm --network none $opt "$HOSTILE" true
			[ "$status" = 0 ] || matches "$status" '^12[567]$'
		done
	done
	canary_same
	[ ! -e /nowhere ]
}

@test "V9: a directory that is made, while its parent is swapped for a link to the host" {
	canary
	rootfs
	mkdir -p "$RFS/a" "$T/src"
	ln -s ../../../../../../../../../"$CANARY" "$RFS/evil"
	racer "$RFS/a" "$RFS/evil" 3
	while racer_runs; do
		pl - run --rm --network none -w /a/new/work --tmpfs /a/new/tmp -v "$T/src:/a/x/y" --rootfs "$RFS" true
		rm -rf "$RFS/a/new" "$RFS/a/x" 2>/dev/null || :
	done
	racer_end
	canary_same
}

@test "V10: no inheritable capabilities; a file that has some gives nothing to others than root" {
	# permitted none, inheritable all of the first 32, not effective
	tar -C "$T" -xf "$IMAGES/layers/busybox.tar" --strip-components 3 ./usr/bin/probe
	hostile inheritable <<<"x bin/inh $T/probe 755 0 0 0000000200000000ffffffff0000000000000000"
	for user in 0 1000 33:33; do
		pl 0 run --rm --network none -u $user "$HOSTILE" inh caps
		is "$(field CapInh)$(field CapAmb)" 00000000000000000000000000000000
		[ $user = 0 ] || is "$(field CapPrm)$(field CapEff)" 00000000000000000000000000000000
	done
	name c
	pl 0 run -d --name "$name" --cap-add ALL "$HOSTILE" sleep 1000
	pl 0 exec -u 1000 "$name" inh caps
	is "$(field CapInh)$(field CapAmb)$(field CapPrm)$(field CapEff)" "$(printf %064d 0)"
	pl 0 exec --privileged -u 1000 "$name" inh caps
	is "$(field CapInh)$(field CapAmb)" 00000000000000000000000000000000
}

@test "V11: an image's USER is exactly what it says, or an error" {
	local user want
	while IFS='|' read -r user want; do
		hostile user --user "$user" <<<"f etc/passwd 644 root:x:0:0::/root:/bin/sh\n1000:x:0:0::/:/bin/sh\nevil:x:-1:0::/:/bin/sh\nwrap:x:4294967296:4294967296::/:/bin/sh\nhex:x:0x0:0::/:/bin/sh\n"
		pl - run --rm --network none "$HOSTILE" sh -c 'id -u; id -g'
		if [ "$want" = error ]; then
			matches "$status" '^12[567]$'
		else
			is "$status ${lines[0]}:${lines[1]}" "0 $want"
		fi
	done <<-'L'
		1|1:0
		1:2|1:2
		0|0:0
		root|0:0
		1000|1000:0
		1000:1000|1000:1000
		60000:60000|60000:60000
		2147483648|error
		4294967295|error
		4294967296|error
		18446744073709551616|error
		-1|error
		+1|error
		0x1|error
		1:-1|error
		1:4294967296|error
		1:|error
		:|error
		evil|error
		wrap|error
		hex|error
		nobody-here|error
		1 |error
		 1|error
	L
}

@test "V12: a group that is denied cannot be dropped by a setgid program" {
	tar -C "$T" -xf "$IMAGES/layers/busybox.tar" --strip-components 3 ./usr/bin/probe
	echo secret >"$T/secret"
	hostile groups <<-L
		x denied $T/secret 604 0 2000
		x bin/sg $T/probe 2755 0 33
	L
	pl 0 run --rm --network none -u 1000:2000 "$HOSTILE" sg ids
	matches "$output" 'gid 2000 33 33'
	matches "$(field groups)" '^([0-9]+ )*2000( |$)'
	pl 0 run --rm --network none -u 1000:2000 "$HOSTILE" sg open /denied
	is "$output" "/denied EACCES EACCES"
	name c
	pl 0 run -d --name "$name" "$HOSTILE" sleep 1000
	pl 0 exec -u 1000:2000 "$name" sg open /denied
	is "$output" "/denied EACCES EACCES"
	pl 0 exec -u 1001:33 "$name" sg open /denied
	is "$output" "/denied READ EACCES"
}

@test "V13: keep-groups keeps what denies, and stands alone" {
	pl 125 run --rm --group-add keep-groups --group-add 33 "$BUSYBOX" true
	has "$stderr" keep-groups
	pl 0 run --rm --network none "$BUSYBOX" probe setgroups
	is "$output" OK
	pl 0 run --rm --network none --cap-drop SETGID "$BUSYBOX" probe setgroups
	is "$output" EPERM
}

@test "V15: labels and annotations of an image choose nothing" {
	hostile labels --label run.oci.handler=krun --label run.oci.keep_original_groups=1 \
		--label io.podman.annotations.privileged=TRUE --label io.podman.annotations.seccomp=unconfined \
		--label io.kubernetes.cri-o.Devices=/dev/mem --label io.container.manager=x --label org.criu.config=/etc/criu \
		--label containerd.io/restart.loguri=binary:///bin/sh --label cdi.k8s.io/x=vendor.com/device=all \
		--label io.podman.annotations.init=TRUE --label io.podman.annotations.userns=host \
		--manifest-json '{"annotations": {"run.oci.handler": "krun", "run.oci.hooks.stderr": "/tmp/x",
			"org.systemd.property.ExecStart": "x", "io.podman.annotations.cap-add": "ALL"}}' </dev/null
	pl 0 run --rm --network none --cap-drop ALL "$HOSTILE" sh -c 'cat /proc/self/status | grep -E "^(Cap|Seccomp:|NoNew|Groups)"; ls /dev'
	local with=$output
	pl 0 run --rm --network none --cap-drop ALL "$BUSYBOX" sh -c 'cat /proc/self/status | grep -E "^(Cap|Seccomp:|NoNew|Groups)"; ls /dev'
	is "$with" "$output"
}

@test "V16: cgroups are read-only without a namespace; with one the root is /" {
	# where the host has none to give, an empty directory stands in
	local how
	for how in "--cgroupns host" "--cgroupns host --cap-add ALL" "--cgroupns private"; do
		# shellcheck disable=SC2086
		pl 0 run --rm --network none $how "$BUSYBOX" sh -c \
			'for f in $(find /sys/fs/cgroup -type f 2>/dev/null | head -200); do (: >>$f) 2>/dev/null && echo WRITABLE $f; done; mkdir /sys/fs/cgroup/x 2>/dev/null && echo MADE; echo end'
		is "$output" end
	done
	pl 0 run --rm --network none "$BUSYBOX" sh -c 'sed "s/.*:.*:/:/" /proc/self/cgroup | sort -u'
	is "$output" :/
}

@test "V19: no cgroup hierarchy can be mounted, nor a release agent named" {
	pl 0 run --rm "$BUSYBOX" sh -c '
		mkdir /m
		for t in cgroup cgroup2; do mount -t $t none /m 2>/dev/null && echo "mounted $t"; done
		mount -t cgroup -o memory none /m 2>/dev/null && echo mounted memory
		unshare -Ur true 2>/dev/null && echo unshared
		(echo /x >/sys/fs/cgroup/release_agent) 2>/dev/null && echo named
		find /sys/fs/cgroup -name release_agent -writable 2>/dev/null
		echo end'
	is "$output" end
}

@test "V18: what a container mounts is seen by nobody else" {
	mkdir -p "$T/shared/sub"
	name a
	pl 0 run -d --name "$name" -v "$T/shared:/shared" "$BUSYBOX" sleep 1000
	pl 0 run --rm --network none -v "$T/shared:/shared" --cap-add SYS_ADMIN "$BUSYBOX" sh -c \
		'grep shared: /proc/self/mountinfo; mount -t tmpfs none /shared/sub && : >/shared/sub/mark && ls /shared/sub'
	is "$output" mark
	pl 0 exec "$name" ls /shared/sub
	is "$output" ""
	is "$(ls "$T/shared/sub")" ""
	! grep -F " $T/shared" /proc/self/mountinfo
}

@test "V21: nothing can be typed into the caller's terminal" {
	need_command script
	local plain="'$PODLITE' --root '$ROOT' --runroot '$RUNROOT'"
	name c
	pl 0 run -d --name "$name" "$BUSYBOX" sleep 1000
	for cmd in "run --rm '$BUSYBOX'" "run --rm -i '$BUSYBOX'" "run --rm -t '$BUSYBOX'" "exec '$name'" "exec -t '$name'" \
		"run --rm --cap-add ALL '$BUSYBOX'"; do
		timeout 20 script -qec "$plain $cmd probe inject" /dev/null </dev/null >"$T/tty" 3>&- 4>&-
		cat "$T/tty"
		# six answers, and none of them is a success
		is "$(grep -cE '^TIOC' "$T/tty")" 6
		is "$(grep -cE '^TIOC.* (EPERM|EBADF)' "$T/tty")" 6
		case $cmd in *" -t "*) ;; *) grep -q '^controlling none' "$T/tty" ;; esac
	done
}

@test "V22: kill -9 0 as PID 1 in the foreground, with and without a terminal, ends that container only" {
	need_command script
	bash -c '"$0" "$@"; echo shell alive' "$PODLITE" --root "$ROOT" --runroot "$RUNROOT" run --rm "$BUSYBOX" \
		sh -c 'sleep 100 & kill -9 0; kill -9 -1; exit 0' >"$T/o" 3>&- 4>&-
	has "$(cat "$T/o")" "shell alive"
	timeout 20 script -qec "'$PODLITE' --root '$ROOT' --runroot '$RUNROOT' run --rm -t '$BUSYBOX' sh -c 'kill -STOP 0; kill -9 -1; kill -9 0; exit 0'; echo shell alive" \
		/dev/null </dev/null >"$T/o" 3>&- 4>&-
	has "$(cat "$T/o")" "shell alive"
}
