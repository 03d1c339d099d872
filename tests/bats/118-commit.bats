#!/usr/bin/env bats
# 118-commit.bats: commit, export, import: a container's files become an image or archive, with deletions,
# links, owners and capabilities; other tools agree.

load helpers

setup_file() { image "$BUSYBOX" "$DEBIAN"; }
teardown_file() { store_is_clean && remove_store; }

config() { pl 0 image inspect -f "{{$2}}" "$1"; }

@test "commit: what was added, changed, deleted, replaced; owners, modes, links, attributes" {
	name
	pl 0 run --name "$name" --network none "$DEBIAN" sh -c '
		cd /srv && rm lower-file && rm -r www && mkdir www && echo new >www/new &&
		echo changed >/etc/issue && rm -r /usr/share/man && ln /etc/issue /srv/hard && ln -s nowhere /srv/soft &&
		mkdir -m 1777 /srv/sticky && chown 33:34 /srv/sticky && mkfifo /srv/pipe && touch -d 2001-02-03 /srv/old &&
		echo x >/usr/bin/setuid && chmod 4755 /usr/bin/setuid && cp -a /usr/local/bin/probe-capable /srv/capable &&
		mkdir /srv/new-dir && mv /srv/opaque /srv/moved && echo file >/srv/opaque'
	pl 0 commit -q "$name" made:1
	id=$output
	matches "$id" '^[0-9a-f]{64}$'
	pl 0 run --rm --network none made:1 sh -c '
		test ! -e /srv/lower-file && ls -A /srv/www && cat /etc/issue && test ! -e /usr/share/man &&
		test /etc/issue -ef /srv/hard && readlink /srv/soft && stat -c "%a %u:%g %F" /srv/sticky /srv/pipe /usr/bin/setuid &&
		date -u -r /srv/old +%F && ls /srv/moved && cat /srv/opaque'
	is "$output" "new
changed
nowhere
1777 33:34 directory
644 0:0 fifo
4755 0:0 regular file
2001-02-03
only
file"
	# times to the nanosecond
	pl 0 run --rm --network none made:1 stat -c '%y' /etc/issue /srv/www/new
	local times=$output
	podlite cp "$name:/etc/issue" - | tar -x -C "$T"
	is "$(TZ=UTC0 stat -c %y "$T/issue")" "${times%%$'\n'*}"
	matches "$times" '\.[0-9]*[1-9][0-9]* '
	# a base with one layer more
	config "$DEBIAN" "len .RootFS.Layers"
	n=$output
	config made:1 "len .RootFS.Layers"
	is "$output" $((n + 1))
	# the layer as other tools see it: whiteouts, nothing of podlite's own
	pl 0 save -q -o "$T/made.tar" made:1
	layer=$(tar -xOf "$T/made.tar" manifest.json | jq -r '.[0].Layers[-1]')
	tar -xOf "$T/made.tar" "$layer" >"$T/layer.tar"
	tar -tf "$T/layer.tar" >"$T/names"
	grep -qx 'srv/.wh.lower-file' "$T/names"
	grep -qx 'usr/share/.wh.man' "$T/names"
	grep -qx 'srv/www/.wh..wh..opq' "$T/names"
	is "$(grep -E '^(dev|proc|sys|etc/(hosts|resolv.conf|hostname))(/|$)' "$T/names" || :)" ""
	tar --xattrs -tvvf "$T/layer.tar" srv/capable >"$T/caps"
	python3 -c '
import sys, tarfile
m = tarfile.open(sys.argv[1]).getmember("srv/capable")
cap = m.pax_headers["SCHILY.xattr.security.capability"].encode("utf-8", "surrogateescape")
assert len(cap) == 20 and cap[3] == 2, cap' "$T/layer.tar"
	skopeo copy -q "docker-archive:$T/made.tar" "oci:$T/oci:made"
	unshare -r --map-auto umoci raw unpack --image "$T/oci:made" "$T/un"
	[ ! -e "$T/un/srv/lower-file" ]
	is "$(ls -A "$T/un/srv/www")" new
	unshare -r --map-auto rm -rf "$T/un"
	# the same tree gives the same image but for the time
	pl 0 commit -q "$name" made:2
	pl 0 image inspect -f '{{json .RootFS.Layers}}' made:1
	layers=$output
	pl 0 image inspect -f '{{json .RootFS.Layers}}' made:2
	is "$output" "$layers"
}

@test "commit: the container's settings, --change, --author, --message, --iidfile, --format, --include-volumes" {
	name
	pl 0 create --name "$name" -e FROM_RUN=yes -w /bin --user 33 --label run=label -v data:/data --entrypoint /bin/echo "$BUSYBOX" one two
	pl 0 commit --quiet --author "A U Thor" --message "a comment" --iidfile "$T/iid" --include-volumes --format docker \
		--change 'CMD ["three"]' -c 'ENV=ADDED="with blanks"' -c 'LABEL a=b c="d e"' -c EXPOSE=80 -c 'STOPSIGNAL SIGINT' "$name" set:1
	is "$(cat "$T/iid")" "$output"
	config set:1 "json .Config"
	is "$(json '.Entrypoint[0] + " " + .Cmd[0]')" "/bin/echo three"
	is "$(json '.User + " " + .WorkingDir + " " + .StopSignal')" "33 /bin SIGINT"
	is "$(json '[.Env[] | select(test("^(FROM_RUN|ADDED|HOME|HOSTNAME)="))] | join(",")')" "FROM_RUN=yes,ADDED=with blanks"
	is "$(json '[.Labels.run, .Labels.a, .Labels.c] | join(",")')" "label,b,d e"
	is "$(json '(.ExposedPorts | keys[0]) + " " + (.Volumes | keys[0])')" "80/tcp /data"
	config set:1 .Author
	is "$output" "A U Thor"
	pl 0 history --format '{{.Comment}}' set:1
	is "${lines[0]}" "a comment"
	config set:1 .ManifestType
	has "$output" docker.distribution.manifest
	pl 0 run --rm --network none set:1
	is "$output" three
	pl 125 commit -c 'RUN x' "$name"
	has "$stderr" 'unknown instruction "RUN"'
	pl 125 commit no-such-container
	has "$stderr" no-such-container
	pl 0 volume rm -f data
}

@test "commit: a running container, --squash, without changes, without a name" {
	name
	pl 0 run -d --name "$name" --network none "$BUSYBOX" sh -c 'echo alive >/f; exec sleep 1000'
	wait_for 10 podlite exec "$name" test -s /f
	pl 0 container commit -q -s "$name" flat
	config flat "len .RootFS.Layers"
	is "$output" 1
	pl 0 run --rm --network none flat cat /f
	is "$output" alive
	# without a cgroup of its own it cannot be paused, which is said
	pl - commit -q --pause "$name"
	[ "$status" = 0 ] || has "$stderr" "pausing needs a cgroup"
	pl 0 exec "$name" true
	pl 0 commit -q "$name"
	pl 0 image exists "$output"
	name
	pl 0 create --name "$name" "$BUSYBOX" true
	pl 0 commit -q "$name" same
	pl 0 run --rm --network none same echo ok
	is "$output" ok
}

@test "commit: holes take no room, neither for the layer nor on the way, and zeros become holes" {
	name holes
	# a hole of 1 GB with something behind it, and zeros that were written with something between them
	pl 0 run --name "$name" --network none "$BUSYBOX" sh -c 'truncate -s 1G /hole && echo end >>/hole &&
		dd if=/dev/zero of=/zeros bs=1M count=64 2>/dev/null && echo middle >>/zeros && dd if=/dev/zero bs=1M count=8 >>/zeros 2>/dev/null'
	before=$(du -sk "$ROOT" | cut -f1)
	pl 0 commit -q "$name" holes
	is $(($(du -sk "$ROOT" | cut -f1) - before < 2000)) 1
	pl 0 run --rm --network none holes sh -c 'stat -c "%s %n" /hole /zeros; tail -c 4 /hole; tr -d "\0" </zeros; du -k /hole /zeros'
	has "$output" "1073741828 /hole"
	has "$output" "75497479 /zeros"
	has "$output" $'end\nmiddle'
	# a file keeps what stands between its holes
	is $(($(sed -n 's|\t/hole||p' <<<"$output") < 100)) 1
	is $(($(sed -n 's|\t/zeros||p' <<<"$output") < 500)) 1
	pl 0 system check --deep
	pl 0 rmi -f holes
}

@test "export and import: the whole tree, without mounts; --output, --os, --arch, --variant, URL" {
	name
	pl 0 run --name "$name" --network none --tmpfs /mounted "$DEBIAN" sh -c 'rm /srv/lower-file; echo e >/srv/exported; echo m >/mounted/x'
	pl 0 export --output "$T/e.tar" "$name"
	tar -tf "$T/e.tar" >"$T/names"
	grep -qx srv/exported "$T/names"
	is "$(grep -E '^(srv/lower-file|mounted/x)' "$T/names" || :)" ""
	podlite container export "$name" | cmp - "$T/e.tar"
	xz -k -0 "$T/e.tar"
	pl 0 import --quiet --message imported -c 'CMD ["cat", "/srv/exported"]' "$T/e.tar.xz" in:1
	matches "$output" '^sha256:[0-9a-f]{64}$'
	pl 0 run --rm --network none in:1
	is "$output" e
	config in:1 "len .RootFS.Layers"
	is "$output" 1
	pl 0 image import -q --os linux --arch arm64 --variant v8 - in:2 <"$T/e.tar"
	config in:2 '.Os}}/{{.Architecture'
	is "$output" linux/arm64
	head -c 100000 /dev/urandom >"$T/noise"
	pl 125 import -q "$T/noise"
	is "$(wc -l <"$ERR")" 1
	is "$(ls -A "$ROOT/tmp")" ""
}

@test "commit and export: a socket of two names is left out twice" {
	name sock
	pl 0 run --name "$name" --network none "$DEBIAN" perl -MIO::Socket::UNIX -e '
		IO::Socket::UNIX->new(Local => "/srv/one", Listen => 1) or die $!; link "/srv/one", "/srv/two" or die $!; link "/etc/issue", "/srv/linked" or die $!'
	podlite export "$name" >"$T/sock.tar"
	tar -tf "$T/sock.tar" >"$T/names"
	is "$(grep -E '^srv/(one|two)' "$T/names" || :)" ""
	pl 0 commit -q "$name" sock:1
	pl 0 run --rm --network none sock:1 sh -c 'test /etc/issue -ef /srv/linked && ls /srv'
	hasnt "$output" two
	has "$output" linked
}

@test "export, commit, volume export: a tree of more levels than descriptors; the reason where it is too deep" {
	name deep
	pl 0 run --name "$name" --network none -v "$name:/v" "$BUSYBOX" sh -c 'p=$(yes d | head -n 1200 | tr "\n" /); mkdir -p "/root/$p" "/v/$p"; echo last >"/root/$p/f"; echo z >/root/z'
	podlite export "$name" >"$T/deep.tar"
	is "$(tar -tf "$T/deep.tar" | grep -cE '^root/(d/)+(f)?$')" 1201
	tar -tf "$T/deep.tar" | grep -qx root/z
	pl 125 commit -q "$name" deep:1
	has "$stderr" "more than 1024 directories deep" # in an image
	podlite volume export "$name" | tar -t >"$T/names"
	is "$(wc -l <"$T/names")" 1201
	pl 0 rm "$name"
	pl 0 volume rm "$name"
	name less
	pl 0 run --name "$name" --network none "$BUSYBOX" sh -c 'p=$(yes d | head -n 1020 | tr "\n" /); mkdir -p "/root/$p"; echo last >"/root/$p/f"'
	pl 0 commit -q "$name" deep:1
	pl 0 run --rm --network none deep:1 sh -c 'cat /root/$(yes d | head -n 1020 | tr "\n" /)f'
	is "$output" last
	name deeper
	pl 0 run --name "$name" --network none "$BUSYBOX" sh -c 'p=$(yes d | head -n 1500 | tr "\n" /); mkdir -p "/root/$p"; cd "/root/$p"; mkdir -p "$p"'
	pl 125 export --output "$T/no.tar" "$name"
	matches "$stderr" "^podlite: export $name: /root/d/d/.*\\.\\.\\..*/d: more than 2048 directories deep\$"
	rm "$T/deep.tar"
}

@test "commit: a name that a layer reads as a deletion is refused, never written" {
	for how in '(: >.wh.issue)' 'echo text >.wh.issue' 'mkdir .wh.issue'; do
		name wh
		pl 0 run --name "$name" --network none "$DEBIAN" sh -c "cd /etc && $how"
		for option in --squash=false --squash; do
			pl 125 commit -q "$option" "$name" wh:1
			is "$stderr" "podlite: commit $name: /etc/.wh.issue: layers cannot hold names that begin with .wh."
		done
		pl 0 rm "$name"
	done
	pl 1 image exists wh:1
}

@test "export: a name that is not there leaves the file as it was" {
	echo keep >"$T/keep"
	pl 125 export -o "$T/keep" nosuch
	is "$(cat "$T/keep")" keep
	pl 125 volume export -o "$T/keep" nosuch
	is "$(cat "$T/keep")" keep
	is "$(ls "$T"/keep*)" "$T/keep"
}

@test "import: an answer without end that is not the archive is not read to its end" {
	python3 - "$T/port" 3>&- 4>&- <<-'END' &
		import socket, sys
		s = socket.create_server(("127.0.0.1", 0))
		s.settimeout(60)
		port = str(s.getsockname()[1])
		open(sys.argv[1], "w").write(port)
		for answer in "301 Moved\r\nLocation: /x", "404 Not Found":
		    c = s.accept()[0]
		    c.recv(65536)
		    try:
		        c.sendall(("HTTP/1.1 %s\r\n\r\n" % answer).encode())
		        while True:
		            c.sendall(b"x" * 65536)
		    except OSError:
		        c.close()
	END
	pid=$!
	wait_for 5 test -s "$T/port"
	PODLITE_TIMEOUT=20 pl 125 import -q "http://127.0.0.1:$(cat "$T/port")/tree.tar"
	has "$stderr" "127.0.0.1 answered 404"
	wait $pid
}

@test "import -c: ports and signals are checked, ranges become ports, keys may be quoted" {
	local i
	tar -C /etc -cf "$T/one.tar" hostname
	for i in 'EXPOSE abc' 'EXPOSE 0' 'EXPOSE 99999' 'EXPOSE 80/x' 'EXPOSE 82-80' 'STOPSIGNAL BOGUS'; do
		pl 125 import -q -c "$i" "$T/one.tar" checked:1
		has "$stderr" "--change"
	done
	pl 0 import -q -c 'EXPOSE 80-82 53/udp' -c 'STOPSIGNAL 9' -c 'LABEL "a.b"=c "d e"="f g"' "$T/one.tar" checked:1
	pl 0 image inspect checked:1
	is "$(json '.[0].Config.ExposedPorts | keys | join(" ")')" "53/udp 80/tcp 81/tcp 82/tcp"
	is "$(json '.[0].Config.StopSignal + .[0].Labels["a.b"] + .[0].Labels["d e"]')" "9cf g"
	pl 0 rmi checked:1
}
