#!/usr/bin/env bats
# 115-archives.bats: save and load, between stores of podlite and with tools no one here wrote; foreign
# archives that lie. Every layer of every test image is rebuilt byte for byte.

load helpers

setup_file() {
	image "$BUSYBOX" "$DEBIAN"
	export SKOPEO_TMPDIR=$T
}

teardown_file() { store_is_clean && remove_store; }

# another store, to load into
second() {
	[ -n "${FIRST:-}" ] || FIRST=$ROOT
	ROOT=$STORE/second$BATS_TEST_NUMBER
	mkdir -p "$ROOT"
}
id_of() {
	pl 0 image inspect -f '{{.Id}}' "$1"
	id=$output
}
layers_of() {
	pl 0 image inspect -f '{{range .RootFS.Layers}}{{println .}}{{end}}' "$1"
	mapfile -t layers < <(grep . <<<"$output")
}
# the same image, and it runs
same_image() { # NAME
	local want=$id
	id_of "$1"
	is "$id" "$want"
	pl 0 run --rm --network none "$1" sh -c 'echo runs'
	is "$output" runs
}

@test "save: every layer comes back byte for byte (its DiffID)" {
	local l n=0
	for i in "$BUSYBOX" "$DEBIAN" "$REGISTRY/busybox:docker" "$REGISTRY/special:latest"; do
		podlite image exists "$i" || podlite pull -q "$i" || continue
		n=$((n + 1))
		mkdir "$T/x"
		pl 0 save -q -o "$T/a.tar" "$i"
		tar -xf "$T/a.tar" -C "$T/x"
		layers_of "$i"
		[ ${#layers[@]} -gt 0 ]
		for l in "${layers[@]#sha256:}"; do
			is "$(sha256sum <"$T/x/$l.tar")" "$l  -"
		done
		id_of "$i"
		is "$(sha256sum <"$T/x/$id.json")" "$id  -"
		rm -r "$T/x"
	done
	[ $n -ge 2 ]
}

@test "save and load: each format into another store: same ID, same name" {
	id_of "$BUSYBOX"
	for format in docker-archive oci-archive oci-dir docker-dir; do
		pl 0 save -q --format $format -o "$T/$format" "$BUSYBOX"
	done
	second
	for format in docker-archive oci-archive oci-dir docker-dir; do
		pl 0 load -q -i "$T/$format"
		want=$BUSYBOX
		[ $format != docker-dir ] || want=sha256:$id
		is "$output" "Loaded image: $want"
		same_image "${want#sha256:}"
		pl 0 rmi -a -f
	done
}

@test "load: what gzip, zstd and xz compressed, from a file, a pipe and a file on standard input" {
	id_of "$BUSYBOX"
	pl 0 save -q -o "$T/b.tar" "$BUSYBOX"
	gzip -k "$T/b.tar"
	zstd -q "$T/b.tar" -o "$T/b.tar.zst"
	xz -k "$T/b.tar"
	second
	for f in b.tar b.tar.gz b.tar.zst b.tar.xz; do
		pl 0 load -q -i "$T/$f"
		is "$output" "Loaded image: $BUSYBOX"
		pl 0 rmi -f "$BUSYBOX"
		pl 0 load -q < <(cat "$T/$f")
		pl 0 rmi -f "$BUSYBOX"
		pl 0 load -q <"$T/$f"
		pl 0 image exists "$BUSYBOX"
		pl 0 rmi -f "$BUSYBOX"
	done
	is "$(ls -A "$ROOT/tmp")" ""
}

@test "save: several images in one archive share layers; further names; an ID has none" {
	pl 0 tag "$BUSYBOX" other/name:1
	id_of "$BUSYBOX"
	pl 0 save -q -m -o "$T/m.tar" "$BUSYBOX" "$DEBIAN" other/name:1
	is "$(tar -tf "$T/m.tar" | sort | uniq -d)" ""
	is "$(tar -xOf "$T/m.tar" manifest.json | jq length)" 3
	pl 0 save -q -o "$T/n.tar" "$BUSYBOX" extra:2 quay.io/a/b
	is "$(tar -xOf "$T/n.tar" manifest.json | jq -c '.[0].RepoTags')" "[\"$BUSYBOX\",\"localhost/extra:2\",\"quay.io/a/b:latest\"]"
	pl 0 image save --quiet --output "$T/i.tar" "$id"
	is "$(tar -xOf "$T/i.tar" manifest.json | jq -c '.[0].RepoTags')" null
	second
	pl 0 load -q -i "$T/m.tar"
	is "$output" "Loaded image: $BUSYBOX"$'\n'"Loaded image: $DEBIAN"$'\n'"Loaded image: localhost/other/name:1"
	pl 0 image load --quiet --input "$T/i.tar"
	is "$output" "Loaded image: sha256:$id"
}

@test "save: options that do not fit, terminals and full directories are refused; a failure leaves no file" {
	pl 125 save --multi-image-archive --format oci-archive -o "$T/z" "$BUSYBOX"
	has "$stderr" "--multi-image-archive needs --format docker-archive"
	pl 125 save --compress -o "$T/z" "$BUSYBOX"
	has "$stderr" "--compress needs --format docker-dir"
	pl 125 save --format oci-dir "$BUSYBOX"
	has "$stderr" "--output DIR"
	pl 125 save --format docker-dir -o "$T" "$BUSYBOX"
	has "$stderr" "not empty"
	pl 125 save -o "$T/z" no/such:image
	has "$stderr" "no/such:image"
	# a layer that lost a file
	second
	pl 0 pull -q "$BUSYBOX"
	layers_of "$BUSYBOX"
	unshare -r --map-auto rm "$ROOT/layers/${layers[0]#sha256:}/diff/bin/busybox"
	pl 125 save -q -o "$T/z" "$BUSYBOX"
	has "$stderr" "file /bin/busybox is damaged: it is missing"
	is "$(find "$T" -name 'z*')" ""
}

@test "save: who reads standard output may leave and nothing is said; when another reader leaves, it is" {
	pl 0 pull -q "$DEBIAN"
	run bash -c "'$PODLITE' --root '$ROOT' save -q '$DEBIAN' | head -c 100 >/dev/null; echo \${PIPESTATUS[0]}"
	is "$output" 125
	mkfifo "$T/fifo"
	head -c 100 "$T/fifo" >/dev/null &
	pl 125 save -q -o "$T/fifo" "$DEBIAN"
	wait $!
	has "$stderr" "Broken pipe"
	is "$(wc -l <"$ERR")" 1
	rm "$T/fifo"
}

@test "save: skopeo and umoci read what podlite wrote" {
	id_of "$DEBIAN"
	pl 0 save -q -o "$T/d.tar" "$DEBIAN"
	pl 0 save -q --format oci-archive -o "$T/o.tar" "$DEBIAN"
	pl 0 save -q --format oci-dir -o "$T/oci" "$DEBIAN"
	pl 0 save -q --format docker-dir -o "$T/dir" "$DEBIAN"
	pl 0 save -q --format docker-dir --compress -o "$T/dirz" "$BUSYBOX"
	pl 0 save -q --format oci-dir --uncompressed -o "$T/ociu" "$DEBIAN"
	layers_of "$DEBIAN"
	for from in "docker-archive:$T/d.tar" "oci-archive:$T/o.tar" "oci:$T/oci:$DEBIAN" "dir:$T/dir" "oci:$T/ociu:$DEBIAN"; do
		is "$(skopeo inspect --config --raw "$from" | sha256sum)" "$id  -"
		rm -rf "$T/to"
		# copying checks every digest, and every DiffID on the way to uncompressed
		skopeo copy -q --dest-decompress "$from" "dir:$T/to"
		for l in "${layers[@]#sha256:}"; do [ -e "$T/to/$l" ]; done
	done
	skopeo copy -q --dest-decompress "dir:$T/dirz" "dir:$T/to2"
	umoci ls --layout "$T/oci" | grep -qF "$DEBIAN"
	unshare -r --map-auto umoci raw unpack --image "$T/ociu:$DEBIAN" "$T/unpacked"
	[ -x "$T/unpacked/bin/sh" ] || [ -L "$T/unpacked/bin" ]
	unshare -r --map-auto rm -rf "$T/unpacked"
}

@test "load: podlite reads what skopeo and umoci wrote, in every format and compression" {
	local src=docker://$BUSYBOX
	id_of "$BUSYBOX"
	skopeo copy -q --src-tls-verify=false "$src" "docker-archive:$T/s.tar:named/debian:1"
	skopeo copy -q --src-tls-verify=false "$src" "oci-archive:$T/so.tar:named/debian:2"
	skopeo copy -q --src-tls-verify=false "$src" "oci:$T/soci:tagged"
	skopeo copy -q --src-tls-verify=false "$src" "dir:$T/sdir"
	skopeo copy -q --src-tls-verify=false --dest-compress-format zstd --dest-compress "$src" "oci:$T/szst:zs/td:1"
	skopeo copy -q --src-tls-verify=false --dest-decompress "$src" "dir:$T/splain"
	second
	pl 0 load -q -i "$T/s.tar"
	is "$output" "Loaded image: docker.io/named/debian:1"
	same_image docker.io/named/debian:1
	pl 0 load -q -i "$T/so.tar"
	is "$output" "Loaded image: localhost/named/debian:2"
	for d in soci sdir szst splain; do
		pl 0 rmi -a -f
		pl 0 load -q -i "$T/$d"
		same_image "$id"
	done
	# an image that umoci changed: a layer of its own
	mkdir "$T/ins"
	echo inserted >"$T/ins/file"
	umoci insert --rootless --image "$T/soci:tagged" --tag changed "$T/ins/file" /etc/podlite-was-here
	pl 0 load -q -i "$T/soci"
	has "$output" "Loaded image: localhost/changed:latest"
	pl 0 run --rm --network none localhost/changed cat /etc/podlite-was-here
	is "$output" inserted
}

# lies FILE TEXT: load fails, says TEXT in one line, leaves nothing
lies() {
	pl 125 load -q -i "$1"
	has "$stderr" "$2"
	is "$(wc -l <"$ERR")" 1
	pl 0 images -a -q
	is "$output" ""
	is "$(ls -A "$ROOT/tmp")" ""
}

@test "V46-V48: archives that lie: digests, sizes, DiffIDs, names, links, ends" {
	pl 0 save -q --format oci-dir --uncompressed -o "$T/good" "$BUSYBOX"
	pl 0 save -q -o "$T/good.tar" "$BUSYBOX"
	layers_of "$BUSYBOX"
	layer=${layers[0]#sha256:}
	second
	cp -r "$T/good" "$T/bad"
	printf x | dd of="$T/bad/blobs/sha256/$layer" bs=1 seek=600 conv=notrunc status=none
	lies "$T/bad" "digest: expected sha256:$layer"
	printf x >>"$T/bad/blobs/sha256/$layer"
	lies "$T/bad" "size: expected"
	rm "$T/bad/blobs/sha256/$layer"
	lies "$T/bad" "$layer"
	ln -s /etc/passwd "$T/bad/blobs/sha256/$layer"
	lies "$T/bad" "$layer"
	echo '{"schemaVersion":2,"manifests":[]}' >"$T/bad/index.json"
	lies "$T/bad" "there is no image in it"
	echo '{' >"$T/bad/index.json"
	lies "$T/bad" "index.json"
	# docker's: a layer that is not the config's
	mkdir "$T/x"
	tar -xf "$T/good.tar" -C "$T/x"
	tar -cf "$T/x/$layer.tar" -C "$T" bad
	tar -cf "$T/lie.tar" -C "$T/x" .
	lies "$T/lie.tar" "the image's config says sha256:$layer"
	jq -c '.[0].Layers[0]="../../etc/passwd"' "$T/x/manifest.json" >"$T/m" && mv "$T/m" "$T/x/manifest.json"
	tar -cf "$T/lie.tar" -C "$T/x" .
	lies "$T/lie.tar" "the archive has no ../../etc/passwd"
	head -c 700000 "$T/good.tar" >"$T/cut.tar"
	lies "$T/cut.tar" "cut off"
	head -c 3000 /dev/urandom >"$T/noise"
	lies "$T/noise" "noise"
	: >"$T/empty"
	lies "$T/empty" "no archive"
	tar -cf "$T/none.tar" -C /etc hostname
	lies "$T/none.tar" "podlite import"
	gzip -c "$T/good.tar" | head -c 500000 >"$T/cut.gz"
	lies "$T/cut.gz" "cut off"
	# nothing of it was left, and the good one loads
	pl 0 load -q -i "$T/good"
}

@test "save, load: a signal ends it, and nothing is left" {
	mkfifo "$T/in"
	second
	exec 7<>"$T/in"
	podlite load -q <"$T/in" 2>"$ERR" 7>&- &
	local job=$! p
	sleep 0.5
	p=$(client_of $job)
	kill -TERM "$p"
	# the worker waits for its input: a second signal does not
	sleep 0.2
	kill -TERM "$p" 2>/dev/null || :
	exec 7>&-
	wait $job && return 1 || :
	wait_for 5 eval '[ -z "$(pgrep -u "$(id -u)" -f "podlite-transfer --file" || :)" ]'
	pl 0 images -a -q
	is "$output" ""
	is "$(ls -A "$ROOT/tmp")" ""
}

@test "save: a damaged configuration is named, nothing is written, no event tells of a save" {
	store damaged-config
	pl 0 pull -q "$BUSYBOX"
	local id=$output
	sed -i 's/origin/0rigin/' "$ROOT/blobs/sha256/$id"
	for format in docker-archive oci-archive; do
		pl 125 save -q --format $format -o "$T/damaged.tar" "$BUSYBOX"
		has "$stderr" "is damaged"
		[ ! -e "$T/damaged.tar" ]
	done
	pl 0 events --stream=false --filter event=save
	is "$output" ""
}

@test "save: an OCI layout that is there takes another image, readable for others" {
	mkdir "$T/lay"
	image "$BUSYBOX" "$DEBIAN"
	(umask 000; podlite save -q --format oci-dir -o "$T/lay" "$BUSYBOX")
	pl 0 save -q --format oci-dir -o "$T/lay" "$DEBIAN"
	is "$(jq '.manifests | length' "$T/lay/index.json")" 2
	# a name moves: one entry, the new image
	for i in "$BUSYBOX" "$DEBIAN"; do
		pl 0 tag "$i" localhost/moves:1
		pl 0 save -q --format oci-dir -o "$T/lay" localhost/moves:1
	done
	pl 0 rmi localhost/moves:1
	is "$(jq '.manifests | length' "$T/lay/index.json")" 3
	for i in "$BUSYBOX" "$DEBIAN"; do
		skopeo inspect "oci:$T/lay:$i" >/dev/null
	done
	is "$(skopeo inspect --raw "oci:$T/lay:localhost/moves:1")" "$(skopeo inspect --raw "oci:$T/lay:$DEBIAN")"
	is "$(find "$T/lay" -mindepth 1 -type d -printf '%m\n' | sort -u)" 755
	is "$(find "$T/lay" -mindepth 1 -type f ! -perm 644 -o -name '.*')" ""

	# one writer at a time
	exec 9<"$T/lay"
	flock 9
	pl 125 save -q --format oci-dir -o "$T/lay" "$BUSYBOX"
	exec 9<&-
	has "$stderr" "another command writes"
	# a damaged index is not overwritten
	echo '{' >"$T/lay/index.json"
	pl 125 save -q --format oci-dir -o "$T/lay" "$BUSYBOX"
	is "$(cat "$T/lay/index.json")" '{'
	# a directory with other things stays what it is
	mkdir "$T/things"
	touch "$T/things/x"
	pl 125 save -q --format oci-dir -o "$T/things" "$BUSYBOX"
	has "$stderr" "no OCI image layout"
	is "$(ls "$T/things")" x
}

@test "save, export: an interrupted one leaves nothing, a complete one takes the place and permissions of what it replaces" {
	local pid i ended=0
	mkdir "$T/kept"
	echo old >"$T/kept/old.tar"
	chmod 600 "$T/kept/old.tar"
	ln -s old.tar "$T/kept/link.tar"
	pl 0 save -q -o "$T/kept/link.tar" "$BUSYBOX"
	is "$(readlink "$T/kept/link.tar")" old.tar
	is "$(stat -c %a "$T/kept/old.tar")" 600
	pl 0 load -q -i "$T/kept/old.tar"
	# one that is quicker than the signal ends as ever
	for ((i = 0; i < 20 && !ended; i++)); do
		"$PODLITE" --root "$ROOT" --runroot "$RUNROOT" save -q -o "$T/kept/new.tar" "$DEBIAN" 3>&- 4>&- &
		pid=$!
		until find "/proc/$pid/fd" -lname "$T/kept/*" 2>/dev/null | grep -q .; do kill -0 "$pid" 2>/dev/null || break; done
		kill -TERM "$pid" 2>/dev/null || :
		status=0
		wait "$pid" || status=$?
		if [ "$status" = 0 ]; then rm "$T/kept/new.tar"; else ended=1; fi
	done
	is "$status" 143
	is "$(ls "$T/kept")" $'link.tar\nold.tar'
}

@test "save, load: a closed standard stream is no file of the store" {
	local status=0
	podlite save -q "$BUSYBOX" >&- 2>"$T/err" || status=$?
	is "$status" 125
	has "$(cat "$T/err")" "Bad file descriptor"
	is "$(find "$ROOT" -maxdepth 1 -name '*.json' -o -maxdepth 1 -name '*.tar')" ""
	status=0
	podlite load <&- 2>"$T/err" || status=$?
	is "$status" 125
	has "$(cat "$T/err")" "empty"
	pl 0 run --rm --network none "$BUSYBOX" cat <&-
}

@test "save: annotations of the manifest stay" {
	skopeo copy -q --insecure-policy --src-tls-verify=false "docker://$BUSYBOX" "oci:$T/noted:x"
	umoci config --image "$T/noted:x" --manifest.annotation org.example.note=kept
	pl 0 pull -q "oci:$T/noted:x"
	id=$output
	for i in oci-dir oci-archive; do
		pl 0 save -q --format $i -o "$T/noted.$i" "$id"
	done
	is "$(skopeo inspect --raw "oci:$T/noted.oci-dir" | jq -r '.annotations["org.example.note"]')" kept
	is "$(skopeo inspect --raw "oci-archive:$T/noted.oci-archive" | jq -r '.annotations["org.example.note"]')" kept
	pl 0 rmi "$id"
}

@test "save --format oci-dir: what an earlier one left behind is gone on with" {
	mkdir -p "$T/begun/blobs/sha256"
	pl 0 save -q --format oci-dir -o "$T/begun" "$BUSYBOX"
	pl 0 load -q -i "$T/begun"
}

@test "save, export: what is reported as written is on the disk, and what names others is written after them" {
	need_command strace
	local format
	# traced TO COMMAND...: renames and syncs of all its processes, in order, "sync" and "name FILE", in $steps
	traced() {
		local to=$1
		shift
		# in a namespace that needs no newuidmap, which a tracer takes its privileges from
		rm -f "$T"/trace.*
		unshare -r --map-auto strace -ff -ttt -y -o "$T/trace" -e trace=rename,renameat,renameat2,fsync,syncfs \
			"$PODLITE" --root "$ROOT" --runroot "$RUNROOT" "$@" -o "$to"
		steps=$(sort -n "$T"/trace.* | sed -nE "s|.* fsync\(.*<${to%/*}/#[0-9]* ?[^>]*>.*\) += 0|sync|p; s|.* fsync\(.*<${to%/*}>\) += 0|sync|p; s|.* syncfs\(.*<$to>\) += 0|sync|p
			s|.* rename.*\"([^\"]*/)?([^\"]*)\"\) += 0|name \2|p")
	}
	traced "$T/s.tar" save -q "$BUSYBOX"
	is "$steps" $'sync\nname s.tar\nsync'
	traced "$T/s.tar" save -q --format oci-archive "$BUSYBOX"
	is "$steps" $'sync\nname s.tar\nsync'
	for format in oci-dir docker-dir; do
		traced "$T/s.$format" save -q --format $format "$BUSYBOX"
		like "$steps" $'name *\nname *\nsync\nname *.json\nsync'
	done
	name
	pl 0 create --name "$name" "$BUSYBOX" true
	traced "$T/e.tar" export "$name"
	is "$steps" $'sync\nname e.tar\nsync'
}

@test "save: a limit of the shell on file sizes is an error in words, and nothing is left" {
	image "$DEBIAN"
	run bash -c 'ulimit -f 100; exec "$@"' _ "$PODLITE" --root "$ROOT" --runroot "$RUNROOT" save -q -o "$T/limited.tar" "$DEBIAN"
	is "$status" 125
	has "$output" "File too large"
	[ ! -e "$T/limited.tar" ]
}
