#!/usr/bin/env bats
# 050-images.bats: images in the store: list, inspect, history, names, removal.

load helpers

setup_file() { image "$BUSYBOX"; }

# id NAME: the full id in $id
id() {
	pl 0 image inspect --format '{{.Id}}' "$1"
	id=$output
}

@test "images: podman's columns, a line for each name" {
	id "$BUSYBOX"
	pl 0 tag "$BUSYBOX" columns:one
	pl 0 images
	matches "${lines[0]}" '^REPOSITORY +TAG +IMAGE ID +CREATED +SIZE$'
	matches "$output" "localhost/columns +one +${id:0:12} +[0-9].* ago +[0-9.]+ [kM]B"
	matches "$output" "${BUSYBOX%:*} +latest +${id:0:12} "
	pl 0 image ls -n
	hasnt "$output" REPOSITORY
	pl 0 images --noheading --no-trunc
	has "$output" "sha256:$id"
	pl 0 images -q
	is "$(grep -c "${id:0:12}" <<<"$output")" 1
	pl 0 images --quiet --no-trunc columns
	is "$output" "sha256:$id"
	pl 0 images --digests
	matches "${lines[0]}" '^REPOSITORY +TAG +DIGEST +IMAGE ID'
	matches "$output" 'sha256:[0-9a-f]{64} +[0-9a-f]{12} '
	pl 0 images --all --sort size
	pl 0 images -a --sort repository
	pl 125 images --sort nothing
	pl 125 images --history
	has "$stderr" "not kept"
	pl 0 untag columns:one columns:one
}

@test "images: a name, wildcards, filters" {
	pl 0 tag "$BUSYBOX" pick:a pick:b other:c
	pl 0 images --format '{{.Repository}}:{{.Tag}}' pick
	is "$output" $'localhost/pick:a\nlocalhost/pick:b'
	pl 0 images --format '{{.Tag}}' pick:b
	is "$output" b
	pl 0 images -q nothing-like-it
	is "$output" ""
	pl 0 images --format '{{.Tag}}' -f 'reference=*/oth*'
	is "$output" c
	pl 0 images -f dangling=true -q
	is "$output" ""
	pl 0 images --filter dangling=false --filter label=nobody=has-this -q
	is "$output" ""
	pl 0 images -q --filter until=2001-01-01
	is "$output" ""
	pl 0 images -q --filter before=pick:a
	is "$output" ""
	pl 0 images -q --filter since=pick:a
	is "$output" ""
	pl 0 images -q --filter containers=true
	is "$output" ""
	id pick:a
	pl 0 images -q -f id="${id:0:8}"
	is "$output" "${id:0:12}"
	pl 125 images -f nosuch=x
	has "$stderr" nosuch
	pl 125 images -f dangling
	has "$stderr" KEY=VALUE
	pl 125 images -f dangling=perhaps
	pl 125 images -f '!=x'
	pl 125 images -f 'nosuch!=x'
	pl 0 untag pick:a pick:a pick:b other:c
}

@test "images: each filter keeps what matches and leaves out the rest; --sort" {
	store filters
	local n
	for n in 1 2 3; do
		"$MKIMAGE" "$REGISTRY/filter$n:1" -l "$IMAGES/layers/$([ $n = 3 ] && echo busybox || echo extra).tar:gzip" --cmd sh \
			--label "number=$n" --label common=yes --config-json "{\"created\":\"200$n-01-01T00:00:00Z\"}" >/dev/null
		pl 0 pull -q "$REGISTRY/filter$n:1"
	done
	kept() { # IMAGES-BY-NUMBER FILTER...: what they keep
		local want=$1 filters=()
		shift
		for n; do filters+=(-f "$n"); done
		pl 0 images --format '{{.Repository}}' "${filters[@]}"
		is "$(sed 's/.*filter//' <<<"$output" | sort | tr -d '\n')" "$want"
	}
	kept 123
	kept 1 before="$REGISTRY/filter2:1"
	kept 23 since="$REGISTRY/filter1:1"
	kept 23 after="$REGISTRY/filter1:1"
	kept 2 since="$REGISTRY/filter1:1" before="$REGISTRY/filter3:1"
	kept 3 label=number=3
	kept 123 label=common
	kept 12 until=2002-06-01
	kept 23 reference='*/filter2' reference="$REGISTRY/filter3:1"
	kept 13 'reference!=*/filter2'
	kept 3 'reference!=*/filter2' 'label!=number=1'
	kept 1 'since!='"$REGISTRY/filter1:1"
	kept "" 'dangling!=false'
	kept 123 dangling=false
	local digest
	digest=$(podlite image inspect --format '{{.Digest}}' "$REGISTRY/filter2:1")
	kept 2 "digest=$digest"
	kept 2 "digest=${digest:0:20}"
	kept 13 "digest!=$digest"
	kept "" digest=sha256:0000000000000
	kept "" manifest=true
	kept 123 manifest=false
	pl 125 images -f manifest=perhaps
	pl 0 manifest create localhost/some
	pl 0 images --format '{{.Repository}}' -f manifest=true -f 'manifest!=false'
	is "$output" localhost/some
	kept 123 manifest=false
	pl 0 manifest rm localhost/some
	kept 123 readonly=false
	kept "" readonly=true
	name
	pl 0 create --name "$name" "$REGISTRY/filter3:1" sh
	kept 3 containers=true
	kept 12 containers=false
	pl 0 rm "$name"
	pl 0 untag "$REGISTRY/filter2:1"
	pl 0 images -q -f dangling=true --no-trunc
	is "${#lines[@]}" 1
	kept 13 dangling=false

	pl 0 images --sort created --format '{{.Repository}}'
	is "$(sed 's/.*filter//; s/<none>/2/' <<<"$output" | tr -d '\n')" 321
	pl 0 images --sort size --format '{{.Repository}}'
	like "${lines[0]}" '*filter3'
	pl 0 images --sort repository --format '{{.Repository}}'
	is "$output" "$(LC_ALL=C sort <<<"$output")"
	pl 0 images --sort id --format '{{.ID}}'
	is "$output" "$(LC_ALL=C sort <<<"$output")"

	pl 0 image prune --all --force --filter label=number=1
	is "${#lines[@]}" 1
	pl 0 image prune --all --force --filter until=2002-06-01
	is "${#lines[@]}" 1
	kept 3
	pl 0 rmi "$(podlite images -q)"
	pl 0 pull -q "$REGISTRY/filter1:1"
	pl 0 rmi "$REGISTRY/filter1@$(podlite image inspect -f '{{.Digest}}' "$REGISTRY/filter1:1")"
	pl 0 pull -q "$REGISTRY/filter1:1"
	pl 0 rmi --all
	kept ""
}

@test "images: --format: fields, table, json, range" {
	id "$BUSYBOX"
	pl 0 images --format '{{.ID}}\t{{.Repository}}'
	is "$output" "${id:0:12}"$'\t'"${BUSYBOX%:*}"
	pl 0 images --format 'table {{.ID}}\t{{.CreatedSince}}\t{{.VirtualSize}}'
	matches "${lines[0]}" '^IMAGE ID +CREATED +VIRTUAL SIZE$'
	pl 0 images --format '{{range .}}<{{.Tag}}>{{end}}'
	is "$output" '<latest>'
	pl 0 images --format json
	is "$(json '.[0].Id')" "$id"
	is "$(json '.[0].Names[0]')" "$BUSYBOX"
	is "$(json '.[0] | has("RepoTags", "RepoDigests", "Size", "SharedSize", "VirtualSize", "Labels", "Containers", "Digest", "Created", "CreatedAt", "ParentId")' | sort -u)" true
	pl 125 images --format '{{.Nope}}'
	has "$stderr" "can't evaluate field Nope"
	has "$stderr" Repository
	pl 125 images --format '{{.ID'
	has "$stderr" "unclosed action"
}

@test "image inspect: podman's shape, by name and by id" {
	pl 0 image inspect "$BUSYBOX"
	is "$(json '.[0] | has("Id", "Digest", "RepoTags", "RepoDigests", "Parent", "Created", "Config", "Architecture", "Os", "Size", "GraphDriver", "RootFS", "Labels", "Annotations", "ManifestType", "User", "History", "NamesHistory")' | sort -u)" true
	is "$(json '.[0].RepoTags[0]')" "$BUSYBOX"
	is "$(json '.[0].RootFS.Type')" layers
	local full short
	full=$(json '.[0].Id')
	short=${full:0:7}
	pl 0 inspect --type image --format '{{.Id}} {{.Config.Cmd}} {{len .RootFS.Layers}}' "$short"
	like "$output" "$full \[*\] [1-9]*"
	pl 0 image inspect --format '{{.Config.User}}|{{.Config.WorkingDir}}|{{.Labels.nothing}}' "$short"
	is "$output" '||<no value>'
	# what is empty is left out, as podman does it; a template may name it all the same
	pl 0 image inspect "$BUSYBOX"
	is "$(json '.[0] | [.Config | (.. | select(. == "" or . == [] or . == {} or . == null))], has("Variant", "HealthCheck")' | jq -sc .)" '[[],false,false]'
	pl 0 image inspect --format '{{.Config.StopSignal}}|{{.Config.OnBuild}} {{.Config.Healthcheck}} {{.Variant}}' "$short"
	is "$output" '|[] <nil> '
	pl 125 image inspect no-such-image
	has "$stderr" "image not known"
}

@test "image exists: 0 and 1" {
	pl 0 image exists "$BUSYBOX"
	pl 1 image exists no-such-image
	pl 1 image exists "$BUSYBOX-no"
	is "$stderr" ""
}

@test "history: the newest first, sizes of layers" {
	id "$BUSYBOX"
	pl 0 history "$BUSYBOX"
	matches "${lines[0]}" '^ID +CREATED +CREATED BY +SIZE +COMMENT$'
	pl 0 image history -q "$BUSYBOX"
	is "${lines[0]}" "${id:0:12}"
	pl 0 history --format json "$BUSYBOX"
	is "$(json '.[0].id')" "$id"
	pl 0 history --no-trunc --human=false --format '{{.ID}} {{.Created}} {{.Size}}' "$BUSYBOX"
	matches "${lines[0]}" "^$id [12][0-9]{3}-.*Z "
	pl 125 history no-such-image
}

@test "tag and untag: canonical names, all names at once, what is malformed" {
	pl 0 tag "$BUSYBOX" short 127.0.0.1:5000/x/y:z
	pl 0 image exists localhost/short:latest
	pl 0 image exists 127.0.0.1:5000/x/y:z
	pl 0 image tag short again:v1
	pl 0 untag short localhost/short
	pl 1 image exists localhost/short:latest
	pl 0 image untag 127.0.0.1:5000/x/y:z again:v1
	pl 125 untag "$BUSYBOX" no-such-name
	has "$stderr" "tag not known"
	pl 125 tag no-such-image x
	has "$stderr" "image not known"
	pl 125 tag "$BUSYBOX" 'UPPER CASE'
	pl 125 tag "$BUSYBOX" "x@sha256:$(printf '0%.0s' {1..64})"
	pl 125 tag "$BUSYBOX"
	id "$BUSYBOX"
	pl 0 tag "$BUSYBOX" keep:1
	pl 0 untag "$BUSYBOX" keep:1
	pl 0 untag "$id"
	pl 0 images --format '{{.Repository}} {{.Tag}}'
	is "$output" "<none> <none>"
	pl 0 tag "$id" "$BUSYBOX"
}

@test "rmi: a name, the last name, exit status 1 and 2" {
	store rmi
	image "$BUSYBOX"
	id "$BUSYBOX"
	pl 0 tag "$BUSYBOX" two:x
	pl 0 rmi two:x
	is "$output" "Untagged: localhost/two:x"
	pl 0 tag "$BUSYBOX" two:x
	pl 125 rmi "${id:0:10}"
	has "$stderr" "more than one name"
	pl 1 rmi no-such-image
	has "$stderr" "image not known"
	pl 0 rmi --ignore no-such-image
	pl 1 image rm no-such-image two:x
	has "$output" "Untagged: localhost/two:x"
	name
	pl 0 create --name "$name" "$BUSYBOX" true
	pl 0 images -q --filter containers=true
	is "$output" "${id:0:12}"
	pl 2 rmi "$BUSYBOX"
	has "$stderr" "in use by container $name"
	pl 0 image exists "$BUSYBOX"
	pl 0 rm "$name"
	pl 0 rmi --no-prune "$BUSYBOX"
	is "$output" "Untagged: $BUSYBOX"$'\n'"Deleted: $id"
	[ -z "$(ls "$ROOT/layers")" ]
	[ -z "$(ls "$ROOT/blobs/sha256")" ]
	pl 0 rmi --all
	pl 0 rmi -a -f
	pl 125 rmi
	pl 125 rmi -a x
}

@test "rmi -f: all names, and the containers" {
	store force
	image "$BUSYBOX"
	id "$BUSYBOX"
	pl 0 tag "$BUSYBOX" two:x
	name
	pl 0 create --name "$name" "$BUSYBOX" true
	pl 0 rmi --force "$id"
	has "$output" "Deleted: $id"
	pl 1 container exists "$name"
	pl 0 images -q
	is "$output" ""
}

@test "image prune: without a name, with --all all that are unused, asks first" {
	store prune
	image "$BUSYBOX"
	id "$BUSYBOX"
	pl 0 image prune -f
	is "$output" ""
	pl 0 untag "$BUSYBOX"
	pl 125 image prune </dev/null
	has "$stderr" "--force"
	pl 0 image prune <<<n
	is "$output$stderr" ""
	# a terminal is asked, on standard error
	has "$(script -qec "'$PODLITE' --root '$ROOT' --runroot '$RUNROOT' image prune 2>&1 >/dev/null" /dev/null <<<n)" WARNING
	pl 0 image prune --force --filter until=2001-01-01
	is "$output" ""
	pl 0 image prune <<<y
	has "$output" "$id"
	image "$BUSYBOX"
	name
	pl 0 create --name "$name" "$BUSYBOX" true
	pl 0 image prune --all --force
	is "$output" ""
	pl 0 rm "$name"
	pl 0 image prune -a -f
	is "$output" "$id"
}

@test "rmi and image prune: what an image costs does not grow with their number" {
	store many
	need_command strace
	mkdir "$T/tree"
	echo x >"$T/tree/x"
	tar -C "$T/tree" -cf "$T/x.tar" .
	# calls N COMMAND...: how many system calls it makes for N images
	calls() {
		local n=$1 i id base
		shift
		pl 0 import -q "$T/x.tar" localhost/base:1
		base=$(cd "$ROOT/images" && echo *.json)
		for ((i = 2; i <= n; i++)); do
			id=$(printf '%064x' "$i")
			sed "s/\"config\":\"sha256:[0-9a-f]*\"/\"config\":\"sha256:$id\"/" "$ROOT/images/$base" >"$ROOT/images/$id.json"
			ln -s "../images/$id.json" "$ROOT/names/localhost+many$i:1"
		done
		pl 0 images -q --no-trunc
		is "${#lines[@]}" "$n"
		strace -o "$T/trace" "$PODLITE" --root "$ROOT" --runroot "$RUNROOT" "$@" >"$OUT" || return
		is "$(grep -cE "^(Deleted: )?[0-9a-f]{64}$" "$OUT")" "$n"
		is "$(find "$ROOT/images" "$ROOT/names" "$ROOT/layers" "$ROOT/blobs" -type f -o -type l)" ""
		calls=$(wc -l <"$T/trace")
	}
	local few command names
	names=$(printf 'many%d:1 ' {2..200})
	for command in "rmi -a" "rmi -a -f" "image prune -a -f" "rmi base:1 NAMES"; do
		calls 20 ${command/NAMES/${names%% many21:1*}}
		few=$calls
		calls 200 ${command/NAMES/$names}
		echo "# $command: $few calls for 20, $calls for 200"
		[ $(((calls - few) / 180)) -lt 25 ]
	done
}

@test "R11: what an image says cannot write to the terminal" {
	store evil
	need_command script
	mkdir -p "$T/layer/etc"
	printf 'x\n' >"$T/layer/etc/evil"
	image "$BUSYBOX"
	name
	pl 0 create --name "$name" --label "evil=$(printf '\033[31mred\r')" "$BUSYBOX" true
	script -qec "$PODLITE --root $ROOT --runroot $RUNROOT inspect --format '{{.Config.Labels.evil}}' $name" /dev/null >"$T/seen"
	hasnt "$(<"$T/seen")" $'\033'
	has "$(<"$T/seen")" '\x1b[31mred'
	pl 0 inspect --format '{{.Config.Labels.evil}}' "$name"
	has "$output" $'\033'
	pl 0 rm "$name"
}

@test "image tree: layers with sizes, images that end with them, and what is built on them" {
	"$MKIMAGE" "$REGISTRY/base:1" -l "$IMAGES/layers/busybox.tar:gzip" --cmd sh >/dev/null
	echo more >"$T/more"
	tar -C "$T" -cf "$T/more.tar" more
	"$MKIMAGE" "$REGISTRY/built:1" -l "$IMAGES/layers/busybox.tar:gzip" -l "$T/more.tar:gzip" --cmd sh >/dev/null
	image "$REGISTRY/base:1" "$REGISTRY/built:1" "$BUSYBOX"
	local layers
	pl 0 image inspect -f '{{range .RootFS.Layers}}{{println .}}{{end}}' "$REGISTRY/built:1"
	mapfile -t layers < <(cut -c 8-19 <<<"$output")
	pl 0 image tree "$REGISTRY/built:1"
	like "${lines[0]}" "Image ID: ????????????"
	is "${lines[1]}" "Tags:     [$REGISTRY/built:1]"
	is "${lines[3]}" "Image Layers"
	like "${lines[4]}" "├── ID: ${layers[0]} Size: *MB Top Layer of: \[*$REGISTRY/base:1*\]"
	like "${lines[5]}" "└── ID: ${layers[1]} Size: * Top Layer of: \[$REGISTRY/built:1\]"
	pl 0 image tree --whatrequires "$REGISTRY/base:1"
	has "$output" "$REGISTRY/built:1"
	has "$output" "$BUSYBOX"
	matches "${lines[-2]}" "^    ├── ID: "
	matches "${lines[-1]}" "^    └── ID: "
	pl 0 image tree "$REGISTRY/base:1"
	hasnt "$output" "$REGISTRY/built:1"
	pl 0 rmi "$REGISTRY/base:1" "$REGISTRY/built:1"
}

@test "images: one that has the same layer several times is as any other" {
	local i from=$BUSYBOX one
	for i in 1 2 3; do
		pl 0 create --name same "$from" true
		pl 0 commit -q same "same:$i"
		pl 0 rm same
		from=same:$i
		[ $i != 1 ] || one=$(podlite image inspect -f '{{.Size}}' "$from")
	done
	pl 0 image inspect -f '{{join .RootFS.Layers "\n"}}' same:3
	is "$(sort <<<"$output" | uniq -c | awk '{print $1}' | sort -n | tail -n 1)" 3
	pl 0 image inspect -f '{{.Size}}' same:3
	is "$output" "$one"
	pl 0 run --rm --network none same:3 echo runs
	is "$output" runs
	pl 0 --storage-driver vfs run --rm --network none same:3 echo copied
	pl 0 save -q -o "$T/same.tar" same:3
	pl 0 rmi same:1 same:2 same:3
	pl 0 load -q -i "$T/same.tar"
	pl 0 run --rm --network none same:3 cat /etc/passwd
	pl 0 rmi same:3
}

@test "image prune: an answer is its first word" {
	for i in y yes 'Y ' $'yes\t\n'; do
		pl 0 import -q -c "LABEL a=$i" - < <(tar -C /etc -c hostname)
		id=$output
		pl 0 image prune < <(printf '%s' "$i")
		is "sha256:$output" "$id"
	done
	pl 0 import -q - < <(tar -C /etc -c hostname)
	pl 0 image prune <<<yesterday
	is "$output" ""
	pl 0 image prune -f
}

@test "images: pulled by digest, the reference is a name: not dangling, listed, kept by prune, removed by it" {
	local digest at tag=$REGISTRY/busybox:none
	pl 0 pull -q "$tag"
	id=$output
	digest=$(podlite image inspect -f '{{.Digest}}' "$tag")
	at=$REGISTRY/busybox@$digest
	pl 0 rmi "$tag"
	pl 0 pull -q "$at"
	pl 0 images --format '{{.Repository}} {{.Tag}} {{.Dangling}} {{.Names}}' "$REGISTRY/busybox"
	has "$output" "$REGISTRY/busybox <none> false [$at]"
	pl 0 image inspect -f '{{len .RepoTags}} {{.RepoDigests}}' "$at"
	is "$output" "0 [$at]"
	pl 0 image prune -f
	pl 0 system prune -f
	pl 0 image exists "$at"
	pl 0 tag "$at" further
	pl 0 rmi further
	is "$output" "Untagged: localhost/further:latest"
	# with the tag beside it each goes on its own
	pl 0 pull -q "$tag"
	pl 0 rmi "$at"
	is "$output" "Untagged: $at"
	pl 0 image exists "$tag"
	pl 0 image exists "$at"
	pl 0 pull -q "$at"
	pl 0 rmi "$tag"
	is "$output" "Untagged: $tag"
	pl 0 save -q -o "$T/at.tar" "$at"
	is "$(tar -xOf "$T/at.tar" manifest.json | jq -r '.[0].RepoTags')" null
	pl 125 push "$at"
	has "$stderr" "no name"
	pl 0 system check
	pl 0 untag "$at"
	pl 0 images -q -f dangling=true --no-trunc
	has "$output" "$id"
	pl 0 rmi "$at"
	hasnt "$(podlite images -q --no-trunc)" "$id"
}
