#!/usr/bin/env bats
# 203-threats-bounds.bats: archives and documents that lie about what they are or never end, and a store whose
# path has what mount options are made of (rows V55, V57, X16 and R5 of the threat list).

load helpers
load threats

# one line, nothing of it stays, nothing outside is touched
refused() { # WHY COMMAND...
	local why=$1
	shift
	state >"$T/before"
	pl 125 "$@"
	is "$(wc -l <"$ERR")" 1
	has "$stderr" "$why"
	state | diff "$T/before" -
	canary_same
}
state() { find "$ROOT" -mindepth 1 -not -path "*/diff/*" -not -path "$ROOT/cache*" -not -path "$ROOT/driver" | sort; }

# bent KIND NAME: $T/good.tar with NAME made into that
bent() {
	python3 - "$T/good.tar" "$T/bent.tar" "$1" "$2" "$CANARY" <<-'X'
		import io, sys, tarfile
		good, bent, kind, name, canary = sys.argv[1:]
		kinds = {"symlink": (tarfile.SYMTYPE, canary + "/index.json"), "relative": (tarfile.SYMTYPE, "../" * 12 + canary[1:] + "/index.json"),
		         "loop": (tarfile.SYMTYPE, name), "hardlink": (tarfile.LNKTYPE, "/etc/passwd"), "itself": (tarfile.LNKTYPE, name),
		         "directory": (tarfile.DIRTYPE, ""), "fifo": (tarfile.FIFOTYPE, ""), "device": (tarfile.CHRTYPE, "")}
		with tarfile.open(good) as a, tarfile.open(bent, "w") as b:
		    for m in a:
		        data = a.extractfile(m).read() if m.isreg() else b""
		        for n in range(1 + (kind == "twice" and m.name == name)):
		            if m.name == name and kind in kinds:
		                m.type, m.linkname = kinds[kind]
		                m.size = 0
		            b.addfile(m, io.BytesIO(data) if m.isreg() else None)
	X
}

@test "V55: fixed names of an archive that are links, directories, no files, or there twice" {
	canary
	echo '{"schemaVersion":2,"manifests":[]}' >"$CANARY/index.json"
	canary_was=$(tree_sum "$CANARY")
	for format in docker-archive:manifest.json oci-archive:index.json; do
		pl 0 save -q --format "${format%:*}" -o "$T/good.tar" "$BUSYBOX"
		name=${format#*:}
		tar -tf "$T/good.tar" | grep -qxF "$name"
		for kind in symlink relative loop hardlink itself directory fifo device twice; do
			bent $kind "$name"
			echo "# $name: $kind"
			refused "$([ $kind = twice ] && echo more than once || echo podlite)" load -q -i "$T/bent.tar"
		done
		rm "$T/good.tar"
	done
	# a directory: a link in it leads nowhere but into it
	pl 0 save -q --format oci-dir -o "$T/good" "$BUSYBOX"
	for target in "$CANARY/index.json" "../../../../../../../..$CANARY/index.json" index.json /dev/zero; do
		ln -sfn "$target" "$T/good/index.json"
		refused "index.json" load -q -i "$T/good"
	done
	rm "$T/good/index.json"
	mkfifo "$T/good/index.json"
	PODLITE_TIMEOUT=20 refused "index.json" load -q -i "$T/good"
}

@test "V57: a document above its limit is refused before it is read" {
	canary
	c 0 -- true # so that the store has all that it ever has
	pl 0 save -q --format oci-dir -o "$T/large" "$BUSYBOX"
	truncate -s 5G "$T/large/index.json"
	refused "the limit is" load -q -i "$T/large"
	truncate -s 5G "$T/5g"
	(
		ulimit -v 2000000 # KiB: none of them is taken into memory
		refused "5g" run --rm --network none --security-opt "seccomp=$T/5g" "$BUSYBOX" true
		refused "5g" create --env-file "$T/5g" "$BUSYBOX"
		PODLITE_CONF=$T/5g refused "5g" ps
		REGISTRY_AUTH_FILE=$T/5g refused "5g" login --get-login "$REGISTRY"
		CONTAINERS_REGISTRIES_CONF=$T/5g refused "5g" pull -q "$BUSYBOX-no"
	)
	name
	pl 0 create --name "$name" --network none "$BUSYBOX" true
	local dir=$ROOT/containers/$output
	mv "$dir/config.json" "$T/config.json"
	truncate -s 5G "$dir/config.json"
	pl 125 start "$name"
	is "$(wc -l <"$ERR")" 1
	has "$stderr" config.json
	mv "$T/config.json" "$dir/config.json"
	pl 0 start -a "$name"
	pl 0 rm "$name"
}

@test "X16: a store whose path has colons, commas, backslashes, blanks and quotes works" {
	store 'odd'
	ROOT="$STORE/a:b,c\\d e=f'g\"h%s/lowerdir=x" RUNROOT="$STORE/r:u,n\\ '"
	mkdir -p "$ROOT" "$RUNROOT"
	chmod 700 "$RUNROOT"
	image "$BUSYBOX"
	pl 0 run --rm --network none -v "data:/data" "$BUSYBOX" sh -c 'echo kept >/data/f; cat /proc/1/comm; ls /'
	has "$output" data
	name
	pl 0 run -d --name "$name" --network none "$BUSYBOX" sh -c 'echo written >/f; echo said; sleep 1000'
	wait_for 20 podlite exec "$name" test -e /f
	pl 0 exec "$name" cat /f
	is "$output" written
	pl 0 logs "$name"
	is "$output" said
	pl 0 diff "$name"
	has "$output" "A /f"
	pl 0 cp "$name:/f" "$T/f"
	is "$(cat "$T/f")" written
	pl 0 stop -t 0 "$name"
	pl 0 commit -q "$name" odd:1
	pl 0 run --rm --network none -v data:/data odd:1 cat /f /data/f
	is "$output" $'written\nkept'
	pl 0 rm -f "$name"
	pl 0 system check --quick
	remove_store
}

@test "R5: a compressed archive and a download that do not end are given up while there is room" {
	head -c 200M /dev/zero | gzip -1 >"$T/bomb.gz"
	python3 - "$T/port" <<-'X' 3>&- 4>&- &
		import http.server, sys
		class H(http.server.BaseHTTPRequestHandler):
		    def do_GET(self):
		        self.send_response(200)
		        self.end_headers()
		        try:
		            while True:
		                self.wfile.write(bytes(1 << 16))
		        except OSError:
		            pass
		    def log_message(self, *a):
		        pass
		s = http.server.HTTPServer(("127.0.0.1", 0), H)
		open(sys.argv[1] + ".new", "w").write(str(s.server_port))
		import os
		os.rename(sys.argv[1] + ".new", sys.argv[1])
		s.timeout = 60
		s.handle_request()
	X
	local server=$!
	wait_for 10 test -s "$T/port"
	mkdir "$T/disk"
	cat >"$T/small" <<-'X'
		set -eu
		mount -t tmpfs -o size=32m tmpfs "$T/disk"
		p() { "$PODLITE" --root "$T/disk/root" --runroot "$T/disk/run" "$@"; }
		for words in "load -q -i $T/bomb.gz" "import -q http://127.0.0.1:$(cat "$T/port")/x"; do
			status=0
			p $words 2>"$T/err" || status=$?
			cat "$T/err"
			[ $status = 125 ]
			[ "$(wc -l <"$T/err")" = 1 ]
			grep -q 'larger than the space for it' "$T/err"
			[ -z "$(find "$T/disk/root/tmp" "$T/disk/root/layers" -mindepth 1)" ]
		done
	X
	export T
	timeout 120 unshare -r --map-auto -m bash "$T/small" 3>&- 4>&-
	kill "$server" 2>/dev/null || :
}

@test "store: a FIFO in the place of any of its files holds nothing up" {
	local dir path words
	name
	pl 0 create --name "$name" --network none "$BUSYBOX" true
	# an image of its own, so that the others stay whole
	pl 0 commit -q "$name" fifo:1
	pl 0 image inspect -f '{{.Id}}' fifo:1
	local id=${output#sha256:}
	pl 0 image inspect -f '{{index .RootFS.Layers 1}}' fifo:1
	dir=$ROOT/layers/${output#sha256:}
	for path in "$dir/layer.json" "$dir/tar-index.zst" "$dir/tar-files.zst" "$dir/inventory.zst" "$ROOT/images/$id.json" \
		"$ROOT/blobs/sha256/$id" "$ROOT/events.log"; do
		[ -e "$path" ] || continue
		echo "# $path"
		mv "$path" "$T/kept"
		mkfifo "$path"
		for words in "system check" "save -q -o $T/out.tar fifo:1" "tag $BUSYBOX other:1" "image inspect fifo:1" "images" "run --rm --network none fifo:1 true"; do
			# shellcheck disable=SC2086
			PODLITE_TIMEOUT=30 pl - $words
			[ "$status" != 124 ] && [ "$status" -lt 128 ]
			rm -f "$T/out.tar"
		done
		rm "$path"
		mv "$T/kept" "$path"
	done
	pl 0 system check --quick
	pl 0 rm "$name"
	pl 0 rmi fifo:1 other:1
}
