#!/usr/bin/env bats
# 083-cp.bats: files in and out of containers; V30.

load helpers

both() { # both FUNCTION: with a running container, then with a stopped one
	name
	pl 0 run -d --name "$name" "$BUSYBOX" sleep 1000
	"$1"
	pl 0 rm -t 0 -f "$name"
	pl 0 create --name "$name" "$BUSYBOX" sleep 1000
	"$1"
}

round_trip() {
	echo content >"$T/f"
	chmod 640 "$T/f"
	pl 0 cp "$T/f" "$name:/tmp/g"
	pl 0 cp "$name:/tmp/g" "$T/back"
	is "$(cat "$T/back")" content
	is "$(stat -c %a "$T/back")" 640
	is "$(stat -c %u "$T/back")" "$(id -u)"
	pl 0 cp "$T/f" "$name:/tmp/"
	pl 0 cp "$name:/tmp/f" "$T/back2"
	pl 0 cp "$name:/etc/passwd" "$T/"
	has "$(cat "$T/passwd")" root
	rm -rf "${T:?}"/*
}

@test "cp: a file in and out, running and stopped" {
	both round_trip
}

trees() {
	mkdir -p "$T/d/sub"
	echo 1 >"$T/d/one"
	echo 2 >"$T/d/sub/two"
	ln -s one "$T/d/link"
	pl 0 cp "$T/d" "$name:/new"           # does not exist: becomes it
	pl 0 cp "$name:/new" "$T/out"
	diff -r --no-dereference "$T/d" "$T/out"
	pl 0 cp "$T/d" "$name:/tmp"           # exists: goes into it
	pl 0 cp "$name:/tmp/d/sub/two" "$T/two"
	is "$(cat "$T/two")" 2
	pl 0 cp "$T/d/." "$name:/tmp"         # its content
	pl 0 cp "$name:/tmp/one" "$T/one"
	pl 0 cp "$name:/new/." "$T/out2"
	diff -r --no-dereference "$T/d" "$T/out2"
	pl 125 cp "$T/d" "$name:/etc/passwd"
	pl 125 cp "$T/d/one" "$name:/no/such/dir/x"
	pl 125 cp "$T/d/one" "$name:/nosuchdir/"
	pl 125 cp "$name:/nosuch" "$T/x"
	has "$stderr" nosuch
	rm -rf "${T:?}"/*
}

@test "cp: directories, by docker's rules for what exists and what ends in / or /." {
	both trees
}

@test "cp: what goes in belongs to the container's user" {
	name
	pl 0 run -d --name "$name" -u 33:33 "$BUSYBOX" sleep 1000
	echo x >"$T/f"
	pl 0 cp "$T/f" "$name:/tmp/f"
	pl 0 exec "$name" stat -c %u:%g /tmp/f
	is "$output" 33:33
	pl 0 cp -a=false "$T/f" "$name:/tmp/g"
	pl 0 exec -u 0 "$name" stat -c %u:%g /tmp/g
	is "$output" 0:0
	rm "$T/f"
}

@test "cp: V30: links in the container are resolved in it, and planted ones lead nowhere" {
	name
	echo secret >"$T/canary"
	pl 0 run -d --name "$name" "$BUSYBOX" sh -c "mkdir /x; ln -s $T/canary /x/leak; ln -s $T /x/dir; ln -s /etc /x/abs; ln -s ../../../../../../../../$T/canary /x/up; mkfifo /x/fifo; sleep 1000"
	ready() { podlite exec "$name" test -p /x/fifo; }
	wait_for 5 ready
	pl 125 cp "$name:/x/leak" "$T/out"
	pl 125 cp "$name:/x/up" "$T/out"
	pl 0 cp "$name:/x/abs/passwd" "$T/out"       # an absolute link still works, inside
	has "$(cat "$T/out")" root
	echo evil >"$T/evil"
	pl - cp "$T/evil" "$name:/x/leak"
	pl - cp "$T/evil" "$name:/x/dir/canary"
	is "$(cat "$T/canary")" secret
	pl 0 cp "$name:/x" "$T/tree"
	[ -L "$T/tree/leak" ] && [ -p "$T/tree/fifo" ]
	is "$(cat "$T/canary")" secret
	# the tree has a link "dir" out of it: copying again must not write through it
	pl 0 exec "$name" sh -c 'rm /x/dir; mkdir /x/dir; echo evil >/x/dir/canary'
	ln -sfn "$T" "$T/tree/dir"
	pl - cp "$name:/x/." "$T/tree"
	is "$(cat "$T/canary")" secret
	rm -rf "${T:?}"/*
}

@test "cp: into a volume of a stopped container; two host paths are refused" {
	name
	pl 0 create --name "$name" -v "$name-v:/data" "$BUSYBOX" cat /data/f
	echo in-volume >"$T/f"
	pl 0 cp "$T/f" "$name:/data/f"
	pl 0 start -a "$name"
	is "$output" in-volume
	pl 125 cp "$T/f" "$T/g"
	pl 0 rm "$name"
	pl 0 volume rm "$name-v"
	rm "$T/f"
}

@test "cp: what a stopped container has mounted: read-only stays so, a file is found, a directory keeps its name" {
	name
	mkdir -p "$T/ro" "$T/out"
	echo mine >"$T/ro/x"
	echo other >"$T/f"
	pl 0 create --name "$name" -v "$T/ro:/ro:ro" -v "$T/ro/x:/etc/file" -v "$T/ro:/rw" "$BUSYBOX" sh
	for to in /ro/x /ro/ /ro/new; do
		pl 125 cp "$T/f" "$name:$to"
		has "$stderr" "/ro is mounted read-only in the container"
	done
	tar -C "$T" -c f | pl 125 cp - "$name:/ro"
	is "$(ls "$T/ro") $(cat "$T/ro/x")" "x mine"
	pl 0 cp "$name:/ro/x" "$T/out/x"
	pl 0 cp "$name:/etc/file" "$T/out/"
	is "$(cat "$T/out/file")" mine
	pl 125 cp "$T/f" "$name:/etc/file"
	has "$stderr" "/etc/file is a file of the host's"
	is "$(cat "$T/ro/x")" mine
	pl 0 cp "$name:/rw" "$T/out"
	is "$(cat "$T/out/rw/x")" mine
	pl 0 cp "$T/f" "$name:/rw/"
	is "$(cat "$T/ro/f")" other
	pl 0 rm "$name"
	rm -r "${T:?}"/*
}

@test "cp: a file does not take the place of a FIFO or socket" {
	name
	pl 0 create --name "$name" "$BUSYBOX" sh
	mkdir "$T/d"
	mkfifo "$T/fifo" "$T/d/passwd"
	for to in "$T/fifo" "$T/d"; do
		pl 125 cp "$name:/etc/passwd" "$to"
		has "$stderr" "is no regular file: it would be replaced"
	done
	test -p "$T/fifo"
	test -p "$T/d/passwd"
	perl -MIO::Socket::UNIX -e 'chdir shift; IO::Socket::UNIX->new(Local => "sock", Listen => 1) or die' "$T"
	pl 125 cp "$name:/etc/passwd" "$T/sock"
	test -S "$T/sock"
	rm -r "${T:?}"/*
}

@test "cp: a tree of more levels than descriptors, out, in, and as an archive" {
	name deep
	pl 0 run --name "$name" "$BUSYBOX" sh -c 'p=$(yes d | head -n 1010 | tr "\n" /); mkdir -p "/root/$p"; echo last >"/root/$p/f"; echo z >/root/z'
	pl 0 cp "$name:/root" "$T/out"
	is "$(find "$T/out" -type d -printf x | wc -c) $(find "$T/out" -name f -exec cat {} \;) $(cat "$T/out/z")" "1011 last z"
	pl 0 cp "$T/out" "$name:/srv"
	is "$(podlite cp "$name:/srv" - | tar -t | grep -c '^srv/[d/]*f*$')" 1012
	pl 0 rm "$name"
	rm -r "${T:?}"/*
}

@test "cp: from one container to another" {
	name
	pl 0 run --name "$name-a" "$BUSYBOX" sh -c 'echo hello >/f'
	pl 0 create --name "$name-b" "$BUSYBOX" cat /f
	pl 0 cp "$name-a:/f" "$name-b:/f"
	pl 0 start -a "$name-b"
	is "$output" hello
}

@test "cp: --overwrite lets a directory replace a file and the reverse; without it neither" {
	name
	pl 0 run --name "$name" "$BUSYBOX" sh -c 'mkdir -p /t/x/deep; echo file >/t/y'
	mkdir -p "$T/s/y"
	echo x >"$T/s/x"
	echo y >"$T/s/y/in"
	pl 125 cp "$T/s/." "$name:/t"
	pl 0 cp --overwrite "$T/s/." "$name:/t"
	pl 0 cp "$name:/t" "$T/back"
	is "$(cat "$T/back/x" "$T/back/y/in")" $'x\ny'
	pl 0 rm "$name"
	rm -rf "${T:?}"/*
}

@test "cp: --archive gives files to the container's user; --archive=false leaves them root's" {
	name
	pl 0 create --name "$name" --user 1000:33 "$BUSYBOX" stat -c %u:%g /a /b
	echo f >"$T/f"
	pl 0 cp --archive "$T/f" "$name:/a"
	pl 0 cp --archive=false "$T/f" "$name:/b"
	pl 0 start -a "$name"
	is "${lines[*]}" "1000:33 0:0"
	pl 0 rm "$name"
	rm "$T/f"
}

archives() {
	local long
	long=$(printf 'd%.0s' {1..120})
	mkdir -p "$T/d/$long/sub"
	echo one >"$T/d/one"
	ln "$T/d/one" "$T/d/$long/again"
	ln -s /etc/passwd "$T/d/link"
	echo ".wh. is a name like any other" >"$T/d/.wh.kept"
	chmod 4755 "$T/d/one"
	head -c 300000 /dev/urandom >"$T/d/$long/sub/big"
	tar -C "$T" -c d | pl 0 cp - "$name:/tmp"
	pl 0 cp "$name:/tmp/d" "$T/out"
	diff -r --no-dereference "$T/d" "$T/out"
	# out again as an archive, which GNU tar understands
	pl 0 cp "$name:/tmp/d" -
	mkdir "$T/untar"
	tar -C "$T/untar" -xpf "$OUT"
	diff -r --no-dereference "$T/d" "$T/untar/d"
	is "$(stat -c %a "$T/untar/d/one")" 4755
	pl 0 cp "$name:/tmp/d/." -
	tar -tf "$OUT" | grep -qx "./$long/sub/big"
	pl 0 cp "$name:/etc/passwd" -
	is "$(tar -tvf "$OUT" | awk '{ print $2, $6 }')" "0/0 passwd"
	# compressed, too
	tar -C "$T/d" -cz one | pl 0 cp - "$name:/"
	pl 0 cp "$name:/one" "$T/one"
	is "$(cat "$T/one")" one
	rm -rf "${T:?}"/*
}

@test "cp: - is a tar archive: in and out, hard links, long names, gzip" {
	both archives
}

@test "cp: -: a destination that is no directory, and what is no archive, are refused" {
	name
	pl 0 create --name "$name" "$BUSYBOX" true
	tar -C /etc -c passwd >"$T/a.tar"
	pl 125 cp - "$name:/etc/passwd" <"$T/a.tar"
	has "$stderr" "destination must be a directory"
	pl 125 cp - "$name:/nosuch" <"$T/a.tar"
	has "$stderr" nosuch
	head -c 5000 /dev/urandom >"$T/noise"
	echo text >"$T/text"
	for f in noise text; do
		pl 125 cp - "$name:/tmp" <"$T/$f"
		has "$stderr" "standard input: this is no tar archive"
	done
	head -c 700 "$T/a.tar" | podlite cp - "$name:/tmp" 2>"$T/e" || :
	has "$(cat "$T/e")" "standard input: entry passwd: tar entry 2: the archive is cut off"
	pl 125 cp - - <"$T/a.tar"
	has "$stderr" "one of the two"
}

@test "cp: -: U1 V30: an archive's names and links lead nowhere" {
	name
	echo secret >"$T/canary"
	pl 0 run -d --name "$name" "$BUSYBOX" sh -c "ln -s $T /tmp/out; sleep 1000"
	ready() { podlite exec "$name" test -L /tmp/out; }
	wait_for 5 ready
	echo evil >"$T/evil"
	tar -C "$T" -c --transform='s,^,out/,' evil | pl 125 cp - "$name:/tmp"
	[ ! -e "$T/out" ]
	tar -C "$T" -cP --transform='s,^,../../../,' evil | pl 125 cp - "$name:/tmp"
	ln -s "$T" "$T/ln"
	tar -C "$T" -c ln >"$T/a.tar"
	tar -C "$T" -r -f "$T/a.tar" --transform='s,evil,ln/planted,' evil
	# the link is followed inside the staged tree only
	pl 0 cp - "$name:/var" <"$T/a.tar"
	pl 0 exec "$name" cat "/var$T/planted"
	is "$output" evil
	[ ! -e "$T/planted" ]
	is "$(cat "$T/canary")" secret
	rm -rf "${T:?}"/*
}

@test "cp: -: owners are the container's user's, with -a=false the archive's" {
	name
	pl 0 create --name "$name" -u 33:34 "$BUSYBOX" stat -c %u:%g /tmp/passwd /var/passwd
	tar -C /etc --owner=7 --group=8 -c passwd >"$T/a.tar"
	pl 0 cp - "$name:/tmp" <"$T/a.tar"
	pl 0 cp -a=false - "$name:/var" <"$T/a.tar"
	pl 0 start -a "$name"
	is "$output" $'33:34\n7:8'
	pl 0 cp "$name:/tmp/passwd" -
	is "$(tar --numeric-owner -tvf "$OUT" | awk '{ print $2 }')" 33/34
	rm "$T/a.tar"
}

mapped() { # mapped: $name runs or ran with --userns keep-id, user 5
	echo x >"$T/f"
	pl 0 cp "$T/f" "$name:/tmp/f"
	tar -C "$T" --owner=9 --group=0 -c f | pl 0 cp -a=false - "$name:/var"
	pl 0 cp "$name:/tmp/f" -
	is "$(tar --numeric-owner -tvf "$OUT" | awk '{ print $2 }')" 5/5
	rm -f "$T/f"
}

@test "cp: into a container with an id map: the owners that its processes see are right" {
	need_fuse
	name
	pl 0 run -d --name "$name" --userns keep-id:uid=5,gid=5 "$BUSYBOX" sleep 1000
	mapped
	pl 0 exec "$name" stat -c %u:%g /tmp/f /var/f
	is "$output" $'5:5\n9:0'
	pl 0 rm -t 0 -f "$name"
	pl 0 create --name "$name" --userns keep-id:uid=5,gid=5 "$BUSYBOX" stat -c %u:%g /tmp/f /var/f
	mapped
	pl 0 start -a "$name"
	is "$output" $'5:5\n9:0'
}

@test "cp: a slash at the end means a directory, and is none of a file" {
	echo new >"$T/new"
	echo old >"$T/old"
	pl 0 create --name slash --network none "$BUSYBOX" true
	pl 125 cp "$T/new" slash:/etc/passwd/
	has "$stderr" "not a directory"
	pl 125 cp slash:/etc/passwd "$T/old/"
	has "$stderr" "not a directory"
	is "$(cat "$T/old")" old
	pl 0 cp "$T/new" slash:/etc/
	pl 0 rm slash
}
