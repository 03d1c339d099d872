# shellcheck shell=bash disable=SC2154
# images.bash: what bench/run measures of images; sourced by it, with its functions and variables.
#
#   row pull     the image of four layers beside igzip | tar one layer after the other, podman, umoci
#   row images   pull of 1, 4 and 20 layers beside both processors unpacking, podman, containerd and
#                umoci; push and rmi beside podman; the list of 500 images. About 15 minutes, so asked for by name
#
# The images are one Debian of about 850 MB, made once by mmdebstrap, its files dealt to 1, 4 or 20
# layers of about one size, put together and compressed by umoci.

# deal N FROM DIR: the tar FROM cut into DIR/00.tar and so on; files in their order, directories as they come
deal() {
	python3 - "$@" <<-'PY'
		import sys, tarfile
		n, where = int(sys.argv[1]), sys.argv[3]
		out = [tarfile.open(f"{where}/{i:02}.tar", "w", format=tarfile.PAX_FORMAT) for i in range(n)]
		with tarfile.open(sys.argv[2]) as t:
		    members = [m for m in t if not m.isdev()]
		    left, layer, size, layer_of = sum(m.size for m in members), 0, 0, {}
		    for m in members:
		        if size > left / (n - layer):  # never true of the last
		            left, layer, size = left - size, layer + 1, 0
		        layer_of[m.name] = layer_of[m.linkname] if m.islnk() else layer
		        out[layer_of[m.name]].addfile(m, t.extractfile(m) if m.isreg() else None)
		        size += m.size
		for o in out:
		    o.close()
	PY
}

# big_image N: pushes the image of N layers to big:N
big_image() {
	local t dir=$big_cache/new
	mkdir "$dir"
	deal "$1" "$big_cache/debian.tar" "$dir"
	umoci init --layout "$dir/oci"
	umoci new --image "$dir/oci:x"
	for t in "$dir"/??.tar; do umoci raw add-layer --image "$dir/oci:x" "$t"; done
	umoci config --image "$dir/oci:x" --config.cmd bash
	skopeo copy -q --insecure-policy --dest-tls-verify=false "oci:$dir/oci:x" "docker://$REGISTRY/big:$1"
	remove "$dir"
}

# big_store: sets big_cache, whose store/ is a registry's with big:1, big:4 and big:20
big_store() {
	local mirror n
	big_cache=${images%/*}/bench-images-$(cat /etc/debian_version)
	[ ! -e "$big_cache/complete" ] || return 0
	say "making Debian images of 850 MB"
	mkdir -p "$big_cache"
	remove "$big_cache/new" "$big_cache/store"
	if [ ! -e "$big_cache/debian.tar" ]; then
		mirror=$(sed -n 's/^URIs:[[:space:]]*//p; s/^deb \(\[[^]]*\] \)\?\([^ ]*\) bookworm main.*/\2/p' \
			/etc/apt/sources.list.d/debian.sources /etc/apt/sources.list 2>/dev/null | head -n 1)
		mmdebstrap --quiet --mode=unshare --variant=minbase --format=tar \
			--include=build-essential,clang,python3,git,perl bookworm "$big_cache/debian.tar.new" \
			${mirror:+"$mirror"} </dev/null >&2
		mv "$big_cache/debian.tar.new" "$big_cache/debian.tar"
	fi
	(
		registry_start "$big_cache/store"
		trap registry_stop EXIT
		for n in 1 4 20; do big_image "$n"; done
	) >"$big_cache/log" 2>&1 || { tail -n 5 "$big_cache/log" >&2; return 1; }
	rm "$big_cache/debian.tar"
	touch "$big_cache/complete"
}

# big N: sets big, the reference of the image of N layers; with BENCH_SMALL a small one, whatever N is
big() {
	if [ -n "${BENCH_SMALL:-}" ]; then
		big=$image
		return
	fi
	big_store
	cp -rln "$big_cache/store/." w/store 2>/dev/null || cp -rn "$big_cache/store/." w/store
	big=$REGISTRY/big:$1
}

# seconds BEFORE COMMAND
# A host takes memory from a virtual machine that does not use it, and every page costs when it comes back, a
# quarter of a pull in all: so as much as the longest needs is had back before each.
seconds() {
	local start
	"$1" || return 1
	sync -f .
	python3 -c 'b"x" * (3 << 30)' || :
	start=$EPOCHREALTIME
	bash -c "$2" >/dev/null 2>command.err || { tail -n 3 command.err >&2; return 1; }
	calc "$EPOCHREALTIME - $start"
}
# quickest [ROW BEFORE COMMAND]...: adds the rows, each the quickest of some runs, BEFORE ahead of each. All take turns, so
# that what the machine does meanwhile meets all alike.
quickest() {
	local n i rows=("$@")
	rm -f w/t.*
	for ((n = 0; n < times; n++)); do
		for ((i = 0; i < ${#rows[@]}; i += 3)); do
			seconds "${rows[i + 1]}" "${rows[i + 2]}" >>"w/t.$i" || :
		done
	done
	for ((i = 0; i < ${#rows[@]}; i += 3)); do
		[ ! -s "w/t.$i" ] || add "${rows[i]}" "$(sort -n "w/t.$i" | head -n 1)" s
	done
}
# memory ROW BEFORE COMMAND: rows for the memory that one more run takes
memory() {
	local all largest
	"$2" && "$top/bench/peak" bash -c "$3" >w/peak && read -r _ all largest <w/peak || return 0
	add "$1, memory of all its processes" "$all" MiB 64 MiB
	add "$1, largest process" "$largest" MiB 64 MiB
}

# ext4 without a journal takes no inode that was deleted in the last minute, five more until that is on the
# disk, and searches past all of them for each file: whoever comes after a deletion would pay for it, up to
# twice the time. So what was made goes aside, and is deleted before the next rows, with a pause.
aside() {
	local d
	mkdir -p w/aside
	for d; do
		[ ! -e "$d" ] || mv "$d" "$(mktemp -d w/aside/XXXXXX)"
	done
}
forget_aside() {
	remove "$PWD/w/aside"
	sync -f .
	sleep 62 # also what other rows deleted
}
no_tar() { aside w/out; }
no_podlite() { aside "$HOME/.local/share/podlite"; }
no_podman() { aside "$HOME/.local/share/containers/storage"; }
no_umoci() { aside w/umoci w/bundle2; }

# layers_of REFERENCE: its compressed layers as w/layers/N.gz
layers_of() {
	local d i=0
	rm -rf w/layers w/dir
	mkdir w/layers
	skopeo copy -q --src-tls-verify=false "docker://$1" "dir:$PWD/w/dir"
	for d in $(jq -r '.layers[].digest' w/dir/manifest.json); do
		i=$((i + 1))
		mv "w/dir/${d#sha256:}" "w/layers/$i.gz"
	done
}

# pull_rows SUFFIX [ROW BEFORE COMMAND]...: pull of $big by podlite, podman and umoci, beside those rows
pull_rows() {
	local s=$1 pull="$podlite pull -q $big"
	shift
	quickest "$@" "podlite pull$s" no_podlite "$pull" "podman pull$s" no_podman "podman pull -q $big" \
		"skopeo copy, umoci unpack$s" no_umoci "skopeo copy -q --src-tls-verify=false docker://$big oci:w/umoci:x &&
		unshare -r --map-auto umoci unpack --image w/umoci:x w/bundle2"
	memory "podlite pull$s" no_podlite "$pull"
	no_tar
	no_umoci
	no_podman
}

pull_row() {
	say "pull"
	forget_aside
	big 4
	layers_of "$big"
	# shellcheck disable=SC2016
	pull_rows '' 'igzip | tar -x' no_tar "unshare -r --map-auto bash -eu -c 'mkdir w/out; for l in w/layers/*.gz; do
		igzip -dc \"\$l\" | tar -C w/out -x; done'"
	ratio 'pull: of igzip | tar' 'podlite pull' 'igzip | tar -x' 1.5
	ratio 'pull: of podman' 'podlite pull' 'podman pull' 0.334
}

# containerd's own start is not measured, only what its client waits for
containerd_start() {
	local i
	containerd_stop
	aside w/ctr
	mkdir w/ctr
	cat >w/ctr/toml <<-T
		version = 2
		root = "$PWD/w/ctr/root"
		state = "$PWD/w/ctr/state"
		disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
		[grpc]
		address = "$PWD/w/ctr/sock"
	T
	unshare -r --map-auto -m containerd -c w/ctr/toml >w/ctr/log 2>&1 &
	containerd_pid=$!
	for ((i = 0; i < 100; i++)); do
		! ctr -a "$PWD/w/ctr/sock" version >/dev/null 2>&1 || return 0
		sleep 0.1
	done
	return 1
}
containerd_stop() {
	[ -n "${containerd_pid:-}" ] || return 0
	kill "$containerd_pid" 2>/dev/null || :
	wait "$containerd_pid" 2>/dev/null || :
	containerd_pid=
}

# layers_row N: pull of N layers; each floor layer into a directory of its own, as podlite does it
layers_row() {
	local s=", $1 layers"
	say "pull of $1 layers"
	forget_aside
	big "$1"
	layers_of "$big"
	# shellcheck disable=SC2016
	pull_rows "$s" "igzip | tar -x, all processors$s" no_tar "unshare -r --map-auto bash -eu -c 'ls w/layers |
		xargs -P $(nproc) -I@ bash -o pipefail -euc \"mkdir -p w/out/@; igzip -dc w/layers/@ | tar -C w/out/@ -x\"'" \
		"ctr image pull$s" containerd_start "ctr -a w/ctr/sock image pull --plain-http $big >/dev/null"
	containerd_stop
	remove "$PWD/w/ctr"
	ratio "pull$s: of igzip | tar, all processors" "podlite pull$s" "igzip | tar -x, all processors$s" 1.3
	ratio "pull$s: of podman" "podlite pull$s" "podman pull$s" 0.25
	ratio "pull$s: of containerd" "podlite pull$s" "ctr image pull$s" 0.5
	ratio "pull$s: of skopeo and umoci" "podlite pull$s" "skopeo copy, umoci unpack$s" 0.5
}

# read_all DIR: the files in it that the user may read, once
read_all() { find "$1" -type f -exec cat {} + >/dev/null 2>&1 || :; }

# push to a registry that has nothing, of an image that is only a tree by now
push_row() {
	local main=$REGISTRY main_pid=$REGISTRY_PID t sizes=()
	say "push"
	podlite pull -q "$big" >/dev/null
	podman pull -q "$big" >/dev/null 2>&1
	registry_start "$PWD/w/pushed"
	empty() { rm -rf w/pushed/docker; }
	# what either has of the image is in memory, whatever came in between
	empty_podlite() { empty && read_all "$HOME/.local/share/podlite/layers"; }
	empty_podman() { empty && read_all "$HOME/.local/share/containers/storage/overlay"; }
	cat >>"$HOME/.config/containers/registries.conf" <<-X
		[[registry]]
		location = "$REGISTRY"
		insecure = true
	X
	quickest 'podlite push' empty_podlite "$podlite push -q $big $REGISTRY/pushed:x" \
		'podman push' empty_podman "podman push -q $big $REGISTRY/pushed:x"
	memory 'podlite push' empty "$podlite push -q $big $REGISTRY/pushed:x"
	for t in "$podlite" podman; do
		empty
		"$t" push -q "$big" "$REGISTRY/pushed:x"
		sizes+=("$(skopeo inspect --raw --tls-verify=false "docker://$REGISTRY/pushed:x" | jq '[.layers[].size] | add')")
	done
	ratio 'push: of podman' 'podlite push' 'podman push' 0.334
	add 'push: size, of podman' "$(calc "${sizes[0]} / ${sizes[1]}")" x 1.03 'within 3 %'
	registry_stop
	REGISTRY=$main REGISTRY_PID=$main_pid
	no_podman
	no_podlite
}

rmi_row() {
	say "rmi"
	podlite_again() { podlite pull -q "$big" >/dev/null; }
	podman_again() { podman pull -q "$big" >/dev/null; }
	quickest 'podlite rmi, 850 MB' podlite_again "$podlite rmi $big" \
		'podman rmi, 850 MB' podman_again "podman rmi $big"
	ratio 'rmi: of podman' 'podlite rmi, 850 MB' 'podman rmi, 850 MB' 0.5
}

list_row() {
	local i t
	say "images with 500 images"
	mkdir w/small
	echo x >w/small/x
	tar -C w/small -cf w/small.tar x
	for ((i = 0; i < 500; i++)); do
		podlite import -q -c "LABEL number=$i" w/small.tar "example.org/small:$i" >/dev/null
	done
	t=$(ms "$podlite" images) && add 'podlite images, 500 images' "$t" ms 15 milliseconds
	podlite rmi -a -f >/dev/null
}

images_row() {
	local n
	for n in 1 4 20; do layers_row "$n"; done
	push_row
	rmi_row
	list_row
}
