#!/usr/bin/env bats
# 073-secrets.bats: secrets are made, listed, given to containers as files and variables, and shown
# only where that was asked for.

load helpers

@test "secret: create, ls, inspect, exists, rm" {
	echo "top secret" >"$T/s"
	pl 0 secret create one "$T/s"
	matches "$output" '^[0-9a-f]{25}$'
	local id=$output
	pl 125 secret create one "$T/s"
	has "$stderr" "secret name in use"
	pl 0 secret create --label a=b two - <"$T/s"
	FROM_ENV=value pl 0 secret create --env three FROM_ENV
	pl 125 secret create --env four NOT_SET_AT_ALL
	pl 0 secret ls
	matches "${lines[0]}" '^ID +NAME +DRIVER +CREATED +UPDATED$'
	matches "${lines[1]}" "^$id +one +file +"
	is "${#lines[@]}" 4
	pl 0 secret ls --quiet --filter name='^o' --filter name=nosuch
	is "$output" "$id"
	pl 0 secret ls --noheading --format '{{.Name}} {{.Driver}}' --filter id="${id:0:6}"
	is "$output" "one file"
	pl 125 secret ls --filter label=x
	pl 125 secret inspect not-there
	is "$output" "[]"
	pl 125 secret inspect --pretty not-there
	is "$output" ""
	pl 125 secret inspect not-there one
	is "$(jq -r '.[].Spec.Name' "$OUT")" one
	pl 0 secret inspect one
	is "$(json '.[0] | .ID, .Spec.Name, .Spec.Driver.Name')" "$id"$'\none\nfile'
	hasnt "$output" "top secret"
	pl 0 secret inspect --showsecret --format '{{.SecretData}}' "${id:0:8}"
	is "$output" "top secret"
	pl 0 secret inspect --format '{{.Spec.Labels.a}}' two
	is "$output" b
	pl 0 secret inspect --pretty one
	has "$output" "Name:            one"
	pl 0 secret exists one
	pl 1 secret exists nosuch
	pl 0 secret create --replace one - <<<new
	[ "$output" != "$id" ]
	pl 0 secret inspect --showsecret --format '{{.SecretData}}' one
	is "$output" new
	pl 0 secret rm one
	pl 125 secret rm one
	has "$stderr" "no such secret"
	pl 0 secret rm --ignore one
	pl 125 secret rm
	pl 0 secret rm --all
	pl 0 secret ls -q
	is "$output" ""
	rm "$T/s"
}

@test "secret: what is none, and names that are none, are refused" {
	pl 125 secret create empty /dev/null
	head -c 512001 /dev/zero >"$T/big"
	pl 125 secret create big "$T/big"
	for name in ../x a/b .x a=b a,b ''; do
		pl 125 secret create "$name" - <<<x
	done
	pl 125 secret create --driver pass x - <<<x
	pl 125 secret create --driver-opts a=b x - <<<x
	pl 0 secret ls -q
	is "$output" ""
	rm "$T/big"
}

@test "secret: on disk nobody else can read it" {
	pl 0 secret create one - <<<hidden
	is "$(stat -c %a "$ROOT/secrets" "$ROOT/secrets/one" "$ROOT/secrets/one/data" | tr '\n' ' ')" "700 700 600 "
	pl 0 secret rm -a
}

@test "secret: --secret: a file with owner and mode, a variable; inspect shows neither" {
	printf 'line\nbytes\0' | podlite secret create one - >/dev/null
	pl 0 secret create two - <<<two
	pl 0 run --rm --network none --secret one "$BUSYBOX" sh -c 'stat -c "%a %u:%g %s" /run/secrets/one; (: >/run/secrets/one) 2>/dev/null || echo read-only'
	is "$output" $'444 0:0 11\nread-only'
	pl 0 run --rm --network none --secret two,target=/etc/token,uid=33,gid=34,mode=0400 --secret source=two,target=sub/x "$BUSYBOX" \
		sh -c 'stat -c "%a %u:%g" /etc/token; cat /run/secrets/sub/x'
	is "$output" $'400 33:34\ntwo'
	name
	pl 0 create --name "$name" --network none --secret two,type=env,target=TOKEN --secret two "$BUSYBOX" sh -c 'echo $TOKEN'
	pl 0 start -a "$name"
	is "$output" two
	pl 0 inspect "$name"
	is "$(json '.[0].Config.Env | map(select(startswith("TOKEN"))) | length')" 0
	is "$(json '.[0].Config.Secrets | map(.Name) | join(" ")')" "two two"
	# a container keeps what it was given
	pl 0 secret rm two
	pl 0 start -a "$name"
	is "$output" two
	pl 125 run --rm --secret two "$BUSYBOX" true
	has "$stderr" "no such secret"
	pl 125 run --rm --secret one,type=env "$BUSYBOX" true
	local bad
	for bad in one,type=x one,mode=9 one,uid=-1 one,foo=1 one,type=env,mode=0400 ,target=x one,target=/; do
		pl 125 run --rm --secret "$bad" "$BUSYBOX" true
		has "$stderr" "--secret $bad"
	done
	pl 0 rm "$name"
	pl 0 secret rm -a
}

@test "secret: a mapped container's user owns its secret" {
	need_fuse
	pl 0 secret create one - <<<mapped
	pl 0 run --rm --network none --userns keep-id:uid=7,gid=7 --secret one,uid=7,gid=7,mode=0400 "$BUSYBOX" sh -c 'id -u; stat -c %u:%g /run/secrets/one; cat /run/secrets/one'
	is "$output" $'7\n7:7\nmapped'
	pl 0 secret rm one
}
