#!/usr/bin/env bats
# 180-quadlet.bats: quadlet files become the services that podman's generator would make, as far as podlite can do what
# they say, and every mistake is told with its line. The services run in tests/vm/450-quadlet.bats.

load helpers

setup_file() { :; }
setup() {
	Q=$(mktemp -d "$T/q.XXXXXX")
	export QUADLET_UNIT_DIRS=$Q
	GEN=$PODLITE_BIN/podlite-user-generator
}

# quadlet NAME: a file, from standard input
quadlet() {
	mkdir -p "$(dirname "$Q/$1")"
	cat >"$Q/$1"
}
# dry [STATUS]: what the generator prints
dry() {
	status=0
	"$GEN" --dryrun >"$OUT" 2>"$ERR" || status=$?
	output=$(<"$OUT") stderr=$(<"$ERR")
	printf '%s\n%s\n' "$output" "$stderr"
	is "$status" "${1:-0}"
}
# of SERVICE KEY: its values in the service
of() { awk -v s="---$1---" -v k="$2=" '/^---/ { on = $0 == s } on && index($0, k) == 1 { print substr($0, length(k) + 1) }' "$OUT"; }
# command SERVICE: its ExecStart without the program
command_of() { of "$1" ExecStart | sed "s|^$PODLITE_BIN/podlite ||"; }

@test "quadlet: a container with everything becomes podlite run" {
	touch "$Q/env"
	quadlet data.volume <<<'[Volume]'
	quadlet web.container <<-'E'
		# a web server
		[Unit]
		Description=A %n
		[Container]
		Image=docker.io/library/busybox:latest
		Exec=sh -c "echo 'a b' %i $$HOME; \x41" \
		  more
		Environment=A=1 "B=two words"
		Environment=A=2
		EnvironmentFile=./env %h/e
		Label=a=b
		AddCapability=CAP_NET_RAW CAP_SYS_TIME
		AddDevice=-/dev/nope
		AddDevice=-/dev/null
		AutoUpdate=registry
		HealthCmd=wget -q http://x || exit 1
		HealthOnFailure=kill
		Notify=healthy
		Volume=data.volume:/data:Z
		Volume=/host dir:/x:ro
		Volume=./rel:/y
		Volume=/anon
		Mount=type=bind,source=./rel,destination=/m
		Network=host
		PublishPort=8080:80
		User=1000
		Group=2000
		ReadOnly=yes
		RunInit=no
		NoNewPrivileges=true
		Mask=/a:/b
		PodmanArgs=--cpus=2 "--annotation=a=b c"
		GlobalArgs=--log-level=debug
		[Service]
		Restart=always
		[Install]
		WantedBy=default.target other.target
		Alias=www.service
	E
	dry
	is "$(command_of web.service)" '--log-level=debug run --name systemd-%N --cidfile=%t/%N.cid --replace --rm --cgroups=split --log-driver journald --sdnotify=healthy -d --cap-add CAP_NET_RAW --cap-add CAP_SYS_TIME --device /dev/null --label io.containers.autoupdate=registry --env-file '"$Q"'/env --env-file %h/e --env A=2 --env "B=two words" --health-cmd "wget -q http://x || exit 1" --health-on-failure kill --label a=b --security-opt mask=/a:/b --mount type=bind,source='"$Q"'/rel,destination=/m --network host --security-opt no-new-privileges --publish 8080:80 --read-only --init=false --user 1000:2000 -v systemd-data:/data:Z -v "/host dir:/x:ro" -v '"$Q"'/rel:/y -v /anon --cpus=2 "--annotation=a=b c" docker.io/library/busybox:latest sh -c "echo '"'a b'"' %i $$HOME; A" more'
	is "$(of web.service Description)" 'A %n'
	is "$(of web.service Restart)" always
	is "$(of web.service Type)" notify
	is "$(of web.service KillMode)" mixed
	is "$(of web.service Delegate)" yes
	is "$(of web.service Environment | tail -n 1)" PODMAN_SYSTEMD_UNIT=%n
	is "$(of web.service ExecStopPost)" "-$PODLITE_BIN/podlite --log-level=debug rm -v -f -i --cidfile=%t/%N.cid"
	is "$(of web.service Requires)" data-volume.service
	has "$(of web.service RequiresMountsFor)" '"/host dir"'
	hasnt "$output" network-online
	has "$output" "# link default.target.wants/web.service"
	has "$output" "# link other.target.wants/web.service"
	has "$output" "# link www.service"
	is "$(command_of data-volume.service)" "volume create --ignore systemd-data"
}

@test "quadlet: every key of podman 5.4 is done or refused with its line" {
	local keys="AddCapability AddDevice AddHost Annotation AutoUpdate CgroupsMode ContainerName ContainersConfModule DNS DNSOption DNSSearch
		DropCapability Entrypoint Environment EnvironmentFile EnvironmentHost Exec ExposeHostPort GIDMap GlobalArgs Group GroupAdd HealthCmd
		HealthInterval HealthLogDestination HealthMaxLogCount HealthMaxLogSize HealthOnFailure HealthRetries HealthStartPeriod HealthStartupCmd
		HealthStartupInterval HealthStartupRetries HealthStartupSuccess HealthStartupTimeout HealthTimeout HostName Image IP IP6 Label LogDriver
		LogOpt Mask Mount Network NetworkAlias NoNewPrivileges Notify PidsLimit Pod PodmanArgs PublishPort Pull ReadOnly ReadOnlyTmpfs Rootfs RunInit
		SeccompProfile Secret SecurityLabelDisable SecurityLabelFileType SecurityLabelLevel SecurityLabelNested SecurityLabelType ServiceName ShmSize
		StartWithPod StopSignal StopTimeout SubGIDMap SubUIDMap Sysctl Timezone Tmpfs UIDMap Ulimit Unmask User UserNS Volume WorkingDir"
	local volume="ContainersConfModule Copy Device Driver GlobalArgs Group Image Label Options PodmanArgs Type User VolumeName"
	local image="AllTags Arch AuthFile CertDir ContainersConfModule Creds DecryptionKey GlobalArgs Image ImageTag OS PodmanArgs TLSVerify Variant"
	local refused="ContainersConfModule Pod SecurityLabelFileType SecurityLabelLevel SecurityLabelNested SecurityLabelType StartWithPod"
	local k value
	local -A user=([Group]=$'User=u\n')
	for k in $keys; do
		value=yes=no
		case $k in EnvironmentHost | NoNewPrivileges | Notify | ReadOnly* | RunInit | SecurityLabelDisable) value=true ;; AutoUpdate) value=local ;; Mount) value=type=tmpfs ;; Network) value=none ;; ServiceName) value=svc ;; esac
		[ "$k" = Rootfs ] || printf '[Container]\nImage=i\n%s=%s\n%s' "$k" "$value" "${user[$k]:-}" >"$Q/k-$k.container"
		[ "$k" != Rootfs ] || printf '[Container]\nRootfs=/%s\n' "$value" >"$Q/k-$k.container"
	done
	for k in $volume; do
		value=yes=no
		case $k in Copy) value=true ;; Driver) value=local ;; Device) value=tmpfs ;; esac
		printf '[Volume]\nDevice=tmpfs\n%s=%s\n' "$k" "$value" >"$Q/v-$k.volume"
	done
	for k in $image; do
		value=yes=no
		case $k in AllTags | TLSVerify) value=true ;; esac
		printf '[Image]\nImage=i\n%s=%s\n' "$k" "$value" >"$Q/i-$k.image"
	done
	dry 1
	hasnt "$stderr" "no such key"
	for k in $keys; do
		case " $refused " in
		*" $k "*) has "$stderr" "k-$k.container:3: $k=: " ;;
		*) hasnt "$stderr" "k-$k.container" ;;
		esac
		# what is done changes the service
		case " $refused ContainerName GlobalArgs Image Rootfs Exec ServiceName Group " in
		*" $k "*) ;;
		*) [ "$(command_of "k-$k.service")" != "run --name systemd-%N --cidfile=%t/%N.cid --replace --rm --cgroups=split --log-driver journald --sdnotify=conmon -d i" ] || differ "$k" ignored is ;;
		esac
	done
	is "$(command_of k-ContainerName.service | cut -d' ' -f1-3)" "run --name yes=no"
	is "$(command_of k-GlobalArgs.service | cut -d' ' -f1-2)" "yes=no run"
	has "$(command_of k-Rootfs.service)" "--rootfs /yes=no"
	like "$(command_of k-Exec.service)" "* i yes=no"
	like "$(command_of k-Group.service)" "*--user u:yes=no*"
	is "$(grep -cx -e '---svc.service---' "$OUT")" 1
	is "$(grep -c 'v-.*volume' "$ERR")" 2
	has "$stderr" "v-Image.volume:3: Image=: "
	is "$(grep -c 'i-.*image' "$ERR")" 2
	has "$stderr" "i-DecryptionKey.image:3: "
	has "$(command_of v-User-volume.service)" "--opt o=uid=yes=no"
	has "$(command_of i-Creds-image.service)" "pull --policy missing --creds yes=no i"
	is "$(command_of i-AllTags-image.service)" "pull --all-tags i"
}

@test "quadlet: lists of words, in one assignment or several" {
	quadlet web.container <<-'E'
		[Container]
		Image=i
		Mask=/a /b:/c
		Mask="/d e"
		Unmask=/gone
		Unmask=
		Unmask=/f
		Unmask=/g
		UIDMap=0:1:1 1:2:3
		GIDMap=0:1:1 \
		  1:2:3
		AddDevice=/dev/null "-/dev/zero:/dev/z" -/dev/nope \
		  "/dev/a b"
		LogOpt=tag=x "path=/y z"
		Secret=one "two,type=env"
		Secret=three
	E
	dry
	has "$(command_of web.service)" '--device /dev/null --device /dev/zero:/dev/z --device "/dev/a b" --gidmap 0:1:1 --gidmap 1:2:3 --log-opt tag=x --log-opt "path=/y z" --security-opt mask=/a --security-opt mask=/b:/c --security-opt "mask=/d e" --secret one --secret two,type=env --secret three --uidmap 0:1:1 --uidmap 1:2:3 --security-opt unmask=/f --security-opt unmask=/g i'
}

@test "quadlet: mounts with quotes: around a word, around a field" {
	quadlet a.volume <<<'[Volume]'
	quadlet web.container <<-'E'
		[Container]
		Image=i
		Mount=type=volume,"source=a.volume",destination=/m1
		Mount=type=bind,"source=./a b",destination=/m2
		Mount="type=bind,source=/c d,destination=/m3" type=tmpfs,destination=/m4
		Mount='type=bind,"source=./e,f ""g""",destination=/m5'
	E
	dry
	has "$(command_of web.service)" '--mount type=volume,source=systemd-a,destination=/m1 --mount "type=bind,source='"$Q"'/a b,destination=/m2" --mount "type=bind,source=/c d,destination=/m3" --mount type=tmpfs,destination=/m4 --mount "type=bind,\"source='"$Q"'/e,f \"\"g\"\"\",destination=/m5" i'
	is "$(of web.service Requires)" a-volume.service
	is "$(of web.service After)" a-volume.service
	is "$(of web.service RequiresMountsFor)" "\"$Q/a b\""$'\n''"/c d"'$'\n'"\"$Q/e,f \\\"g\\\"\""
	quadlet bad.container <<<$'[Container]\nImage=i\nMount=type=bind,source=/a b,destination=/m\nMount=type=bind,\'"source=/a\'\nMount=type="bind'
	dry 1
	has "$stderr" 'bad.container:3: Mount=: "b,destination=/m" has no type='
	has "$stderr" "bad.container:4: Mount=: a quote is not closed"
	has "$stderr" "bad.container:5: Mount=: a quote is not closed"
}

@test "quadlet: quotes around a single value are not part of it" {
	quadlet base.image <<<$'[Image]\nImage="example.com/base:1"\nCreds="a:b"\nAllTags="no"'
	quadlet data.volume <<<$'[Volume]\nVolumeName="stuff"\nDriver="local"\nDevice="/x y"\nType="none"\nUser="3"\nOptions="bind,ro"'
	quadlet web.container <<-'E'
		[Container]
		Image="base.image"
		ContainerName="front"
		ServiceName="shop"
		HealthCmd="true a"
		HealthStartupCmd=test "a b"
		HealthInterval=""
		HostName="h"
		User="u"
		User="1000"
		Group="2000"
		ReadOnly="yes"
		Notify="healthy"
		AutoUpdate=registry
		AutoUpdate="local"
		LogDriver="none"
		Timezone="UTC"
		WorkingDir="/a b"
		Exec="one word"
		[Quadlet]
		DefaultDependencies="yes"
	E
	quadlet job@.container <<<$'[Container]\nRootfs="./r"\nEntrypoint=\'["a"]\'\n[Install]\nWantedBy="default.target"\nDefaultInstance="7"'
	dry
	is "$(command_of shop.service)" 'run --name front --cidfile=%t/%N.cid --replace --rm --cgroups=split --log-driver none --sdnotify=healthy -d --label io.containers.autoupdate=local --health-cmd "true a" --health-startup-cmd "test \"a b\"" --hostname h --read-only --tz UTC --user 1000:2000 --workdir "/a b" example.com/base:1 "one word"'
	has "$(of shop.service Wants)" wait-network-online
	is "$(command_of base-image.service)" "pull --policy missing --all-tags=false --creds a:b example.com/base:1"
	is "$(command_of data-volume.service)" 'volume create --ignore --opt "device=/x y" --opt type=none --opt o=uid=3,bind,ro stuff'
	has "$(command_of job@.service)" "--entrypoint \"'[\\\"a\\\"]'\" --rootfs $Q/r"
	has "$output" "# link default.target.wants/job@7.service"
}

@test "quadlet: mistakes are told with file and line, all of them; other files are not affected" {
	quadlet bad.container <<-'E'
		Before=x
		[Container]
		Image=i \
		  j
		Imagee=x
		just words
		ReadOnly=perhaps
		Exec=echo "open
		Environment=NOVALUE
		Network=mine.pod
		[Service]
		Type=forking
		KillMode=none
		[Install]
		WantedBy=../../x
	E
	quadlet no-section.container <<<'[Unit]'
	quadlet nothing.container <<<'[Container]'
	quadlet both.container <<<$'[Container]\nImage=i\nRootfs=/r'
	quadlet ref.container <<<$'[Container]\nImage=gone.image\nVolume=gone.volume:/x'
	printf '[Container]\nImage=\xff\xfe\n' >"$Q/bytes.container"
	for k in network build pod kube; do quadlet "x.$k" <<<"[Kube]"; done
	quadlet good.container <<<$'[Container]\nImage=i'
	dry 1
	is "$(grep -c . <<<"$(of good.service ExecStart)")" 1
	is "$(grep -c '^---' "$OUT")" 1
	b="podlite-user-generator: $Q/bad.container"
	has "$stderr" "$b:1: an assignment outside of every section"
	has "$stderr" "$b:5: Imagee=: there is no such key in [Container]"
	has "$stderr" "$b:6: neither KEY=VALUE"
	has "$stderr" "$b:7: ReadOnly=: \"perhaps\""
	has "$stderr" "$b:8: Exec=: a quote is not closed"
	has "$stderr" "$b:9: Environment=: \"NOVALUE\" is not NAME=VALUE"
	has "$stderr" "$b:10: Network=: pods are not built yet"
	has "$stderr" "$b:12: Type=: \"forking\""
	has "$stderr" "$b:13: KillMode=: "
	has "$stderr" "$b:15: WantedBy=: \"../../x\" is not the name of a unit"
	has "$stderr" "no-section.container: it has no section [Container]"
	has "$stderr" "nothing.container: it has neither Image= nor Rootfs="
	has "$stderr" "both.container:3: Rootfs=: "
	has "$stderr" "ref.container:2: Image=: there is no file gone.image"
	has "$stderr" "ref.container:3: Volume=: there is no file gone.volume"
	has "$stderr" "bytes.container:2: not text in UTF-8"
	has "$stderr" "x.network: it has no section [Network]"
	has "$stderr" "x.build: images cannot be built yet"
	has "$stderr" "x.pod: pods are not built"
	has "$stderr" "x.kube: Kubernetes"
}

@test "quadlet: drop-ins, nearer ones win, lists are forgotten by an empty value" {
	quadlet a-b-c.container <<<$'[Container]\nImage=one\nEnvironment=A=1\nExec=first'
	quadlet container.d/10.conf <<<$'[Container]\nHostName=all'
	quadlet container.d/20.conf <<<$'[Container]\nExec=kept'
	quadlet a-.container.d/10.conf <<<$'[Container]\nHostName=far'
	quadlet a-b-.container.d/10.conf <<<$'[Container]\nHostName=near'
	quadlet sub/a-b-c.container.d/30.conf <<<$'[Container]\nEnvironment=\nEnvironment=B=2\n[Service]\nRestart=no'
	quadlet a-b-c.container.d/ignored.txt <<<"nonsense"
	dry
	has "$(command_of a-b-c.service)" "--env B=2 --hostname near one kept"
	hasnt "$(command_of a-b-c.service)" A=1
	is "$(of a-b-c.service Restart)" no
}

@test "quadlet: templates, instances and references between files" {
	quadlet job@.container <<<$'[Container]\nImage=base.image\nExec=sleep %i\nVolume=data.volume:/d\n[Install]\nWantedBy=default.target\nDefaultInstance=7'
	quadlet plain@.container <<<$'[Container]\nImage=i\n[Install]\nWantedBy=default.target'
	ln -s job@.container "$Q/job@9.container"
	quadlet job@9.container.d/x.conf <<<$'[Container]\nContainerName=nine'
	quadlet job@.container.d/y.conf <<<$'[Container]\nHostName=t'
	quadlet base.image <<<$'[Image]\nImage=example.com/base:1\nServiceName=fetch'
	quadlet data.volume <<<$'[Volume]\nVolumeName=stuff\nDevice=tmpfs\nType=tmpfs\nOptions=size=1m\nUser=3'
	quadlet side.container <<<$'[Container]\nImage=i\nNetwork=main.container\nMount=type=image,source=base.image,destination=/b'
	quadlet main.container <<<$'[Container]\nImage=i\nContainerName=front\n[Quadlet]\nDefaultDependencies=true'
	dry
	like "$(command_of job@.service)" "run --name systemd-%p_%i *--hostname t -v stuff:/d example.com/base:1 sleep %i"
	like "$(command_of job@9.service)" "run --name nine *--hostname t *"
	has "$(of job@.service Requires | tr '\n' ' ')" "data-volume.service fetch.service"
	has "$output" "# link default.target.wants/job@7.service"
	has "$output" "# link default.target.wants/job@9.service"
	hasnt "$output" "wants/plain@"
	is "$(command_of fetch.service)" "pull --policy missing example.com/base:1"
	is "$(command_of data-volume.service)" "volume create --ignore --opt device=tmpfs --opt type=tmpfs --opt o=uid=3,size=1m stuff"
	has "$(command_of side.service)" "--mount type=image,source=example.com/base:1,destination=/b --network container:front"
	has "$(of side.service After | tr '\n' ' ')" "main.service"
	is "$(of main.service Wants)" podlite-user-wait-network-online.service
}

@test "quadlet: a name with specifiers is what it is in its own service" {
	quadlet svc.container <<<$'[Container]\nImage=i\nServiceName=my-svc'
	quadlet job@.container <<<$'[Container]\nImage=i'
	quadlet named.container <<<$'[Container]\nImage=i\nContainerName=x-%N-%p'
	quadlet d1@.volume <<<'[Volume]'
	quadlet d2@.volume <<<$'[Volume]\nVolumeName=fix-%i-%I-%u-100%%'
	quadlet d3@.volume <<<$'[Volume]\nVolumeName=%j'
	quadlet tag@.image <<<$'[Image]\nImage=example.com/base:%i'
	ln -s d2@.volume "$Q/d2@y.volume"
	quadlet k.container <<-'E'
		[Container]
		Image=tag@3.image
		Network=svc.container
		Network=job@7.container
		Network=named.container
		Volume=d1@x.volume:/d1
		Volume=d2@x.volume:/d2
		Volume=d2@y.volume:/d3
	E
	quadlet t@.container <<<$'[Container]\nImage=i\nVolume=d2@%i.volume:/d2'
	dry
	has "$(command_of k.service)" "--network container:systemd-my-svc --network container:systemd-job_7 --network container:x-named-named -v systemd-d1_x:/d1 -v fix-x-x-%u-100%%:/d2 -v fix-y-y-%u-100%%:/d3 example.com/base:3"
	has "$(command_of t@.service)" "-v fix-%i-%I-%u-100%%:/d2"
	has "$(of t@.service Requires)" d2-volume@%i.service
	has "$(command_of my-svc.service)" "--name systemd-%N"
	# what only systemd knows
	quadlet bad.container <<<$'[Container]\nImage=i\nVolume=d3@x.volume:/a\nVolume=d2@a-b.volume:/b\nNetwork=job@.container'
	dry 1
	has "$stderr" "bad.container:3: Volume=: what it names has specifiers"
	has "$stderr" "bad.container:4: Volume=: what it names has specifiers"
	has "$stderr" "bad.container:5: Network=: job@.container gives its container no fixed name"
}

@test "quadlet: units and links are written, of good files alone, and once more the same" {
	quadlet web.container <<<$'[Container]\nImage=i\n[Install]\nWantedBy=default.target\nAlias=www.service\nRequiredBy=a.target'
	quadlet job@.container <<<$'[Container]\nImage=i\n[Install]\nWantedBy=default.target\nDefaultInstance=7'
	quadlet bad.container <<<$'[Container]\nX=y'
	mkdir "$T/units" && for _ in 1 2; do
		status=0
		"$GEN" "$T/units" "$T/units" "$T/units" || status=$?
		is "$status" 1
	done
	is "$(cd "$T/units" && find . -type f | sort | xargs)" "./job@.service ./web.service"
	is "$(readlink "$T/units/default.target.wants/web.service")" ../web.service
	is "$(readlink "$T/units/default.target.wants/job@7.service")" ../job@.service
	is "$(readlink "$T/units/a.target.requires/web.service")" ../web.service
	is "$(readlink "$T/units/www.service")" web.service
	"$GEN" /nonexistent 2>"$ERR" && false
	has "$(<"$ERR")" /nonexistent
}

@test "quadlet: directories in their order; loops, foreign kinds and huge files do no harm" {
	unset QUADLET_UNIT_DIRS
	export XDG_CONFIG_HOME=$Q/c XDG_RUNTIME_DIR=$Q/r
	mkdir -p "$Q/c/podlite/systemd/deep/deeper" "$Q/c/containers/systemd" "$Q/r/containers/systemd"
	echo $'[Container]\nImage=own' >"$Q/c/podlite/systemd/a.container"
	echo $'[Container]\nImage=podmans' >"$Q/c/containers/systemd/a.container"
	echo $'[Container]\nImage=deep' >"$Q/c/podlite/systemd/deep/deeper/d.container"
	echo $'[Container]\nImage=podmans' >"$Q/c/containers/systemd/b.container"
	echo "[Unit]" >"$Q/c/podlite/systemd/x.service"
	ln -s .. "$Q/c/podlite/systemd/deep/up"
	ln -s nowhere "$Q/c/podlite/systemd/broken.container"
	truncate -s 2M "$Q/c/podlite/systemd/huge.container"
	mkfifo "$Q/c/podlite/systemd/fifo.container"
	dry 1
	like "$(command_of a.service)" "* own"
	like "$(command_of d.service)" "* deep"
	if [ ! -e /usr/lib/systemd/user-generators/podman-user-generator ]; then like "$(command_of b.service)" "* podmans"; fi
	is "$(wc -l <"$ERR")" 2 || is "$(wc -l <"$ERR")" 1
	has "$stderr" "huge.container: larger than 1 MiB"
}

@test "quadlet install, list, print, rm" {
	unset QUADLET_UNIT_DIRS
	export XDG_CONFIG_HOME=$Q/c XDG_RUNTIME_DIR=$Q/r HOME=$Q
	mkdir -p "$Q/in" "$Q/r"
	echo $'[Container]\nImage=i\nVolume=data.volume:/d' >"$Q/in/web.container"
	echo '[Volume]' >"$Q/in/data.volume"
	echo $'[Container]\nImage=i\nOops=1' >"$Q/in/bad.container"
	# nothing is written while one is bad, or refers to what is not there
	pl 125 quadlet install --reload-systemd=false "$Q/in/data.volume" "$Q/in/bad.container"
	has "$stderr" "bad.container:3: Oops="
	pl 125 quadlet install --reload-systemd=false "$Q/in/web.container"
	has "$stderr" "there is no file data.volume"
	pl 0 quadlet list --quiet
	is "$output" ""
	pl 0 quadlet install --reload-systemd=false "$Q/in/web.container" "$Q/in/data.volume"
	is "$output" "$Q/c/podlite/systemd/web.container"$'\n'"$Q/c/podlite/systemd/data.volume"
	pl 125 quadlet install --reload-systemd=false "$Q/in/data.volume"
	has "$stderr" --replace
	# nor while one is there already, or has the name of another
	cp "$Q/in/data.volume" "$Q/in/new.volume"
	pl 125 quadlet install --reload-systemd=false "$Q/in/new.volume" "$Q/in/data.volume"
	has "$stderr" "$Q/c/podlite/systemd/data.volume is there already; use --replace"
	mkdir "$Q/in/other" && cp "$Q/in/new.volume" "$Q/in/other"
	pl 125 quadlet install --reload-systemd=false --replace "$Q/in/new.volume" "$Q/in/other/new.volume"
	has "$stderr" "$Q/in/other/new.volume have one name"
	pl 0 quadlet list --quiet
	is "$output" data.volume$'\n'web.container
	echo $'[Volume]\nLabel=a=b' >"$Q/in/data.volume"
	pl 0 quadlet install --reload-systemd=false --replace "$Q/in/data.volume"
	pl 0 quadlet print data.volume
	is "$output" $'[Volume]\nLabel=a=b'
	pl 0 quadlet print --unit web
	has "$output" "ExecStart=$PODLITE run --name systemd-%N"
	pl 0 quadlet list
	matches "${lines[0]}" "^NAME +UNIT NAME +PATH ON DISK +STATUS"
	matches "$output" "web.container +web.service +$Q/c/podlite/systemd/web.container +not loaded"
	pl 0 quadlet ls --filter name=data --noheading --format '{{.Name}} {{.UnitName}}'
	is "$output" "data.volume data-volume.service"
	pl 0 quadlet list --filter status=nonsense --format json
	is "$output" "[]"
	pl 125 quadlet list --filter no=1
	pl 125 quadlet rm nothing
	pl 0 quadlet rm --ignore --reload-systemd=false nothing
	pl 0 quadlet rm --force --reload-systemd=false web
	is "$output" web.container
	pl 0 quadlet rm --all --reload-systemd=false
	pl 0 quadlet list --quiet
	is "$output" ""
	# without a systemd to tell, that is said
	pl 125 quadlet install --replace "$Q/in/data.volume"
	has "$stderr" "daemon-reload"
}

@test "run: the service that started it is a label, and only the user gives labels that mean something" {
	image "$BUSYBOX"
	name
	PODMAN_SYSTEMD_UNIT=web.service pl 0 create --name "$name" "$BUSYBOX" true
	pl 0 inspect --format '{{index .Config.Labels "PODMAN_SYSTEMD_UNIT"}}' "$name"
	is "$output" web.service
	pl 0 commit --change 'LABEL PODMAN_SYSTEMD_UNIT=evil.service io.containers.autoupdate=registry other=1' "$name" labelled
	pl 0 create --name "$name-2" labelled true
	pl 0 inspect --format '{{json .Config.Labels}}' "$name-2"
	is "$(jq -c . <<<"$output")" '{"origin":"test","other":"1"}'
	pl 0 rm "$name" "$name-2"
	pl 0 rmi labelled
}

@test "cidfile: one that an ended container left, or that --replace removes, is no obstacle" {
	image "$BUSYBOX"
	name
	pl 0 run --rm --network none --cidfile "$T/cid" "$BUSYBOX" true
	first=$(<"$T/cid")
	pl 0 run -d --network none --name "$name" --cidfile "$T/cid" "$BUSYBOX" sleep 1000
	second=$(<"$T/cid")
	[ "$first" != "$second" ]
	pl 125 run --rm --network none --cidfile "$T/cid" "$BUSYBOX" true
	is "$(<"$T/cid")" "$second"
	pl 0 run -d --network none --replace --name "$name" --cidfile "$T/cid" "$BUSYBOX" sleep 1000
	is "$(<"$T/cid")" "$(podlite inspect --format '{{.Id}}' "$name")"
	echo precious >"$T/cid"
	pl 125 run --rm --network none --cidfile "$T/cid" "$BUSYBOX" true
	is "$(<"$T/cid")" precious
	pl 0 rm -f -t 0 "$name"
}

@test "quadlet: dependencies name files or units" {
	quadlet db.container <<<$'[Container]\nImage=x'
	quadlet data.volume <<<'[Volume]'
	quadlet job@.container <<<$'[Container]\nImage=x'
	quadlet own.network <<<$'[Network]\nServiceName=wire'
	quadlet web.container <<-'E'
		[Unit]
		After=db.container  network.target data.volume job@7.container
		Requires=own.network
		Wants=
		Documentation=http://db.container
		[Container]
		Image=x
	E
	dry
	has "$(of web.service After)" "db.service network.target data-volume.service job@7.service"
	is "$(of web.service Requires)" wire.service
	is "$(of web.service Documentation)" http://db.container
	quadlet bad.container <<<$'[Unit]\nAfter=none.container\n[Container]\nImage=x'
	dry 1
	has "$stderr" "bad.container:2"
	has "$stderr" "no file none.container"
}
