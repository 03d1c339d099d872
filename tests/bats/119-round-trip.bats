#!/usr/bin/env bats
# 119-round-trip.bats: random trees go in and come out again, by every way there is, as they were. PODLITE_SEEDS="1 2 3" tries others.

load helpers

setup() { rm -rf "$T" && mkdir -p "$T"; }

tree() { python3 "$BATS_TEST_DIRNAME/random_tar.py" "$@"; }
# what a container's archive has of its own beside the tree
own=(dev etc proc run sys)

# same IMAGE LIST: a container of it exports what is in the list
same() {
	pl 0 create --name "same" --network none "$1" x
	pl 0 export -o "$T/export.tar" same
	tree list "$T/export.tar" "${own[@]}" >"$T/exported"
	diff "$2" "$T/exported"
}

@test "round trip: import, export, commit, save, load, cp, of random trees" {
	for seed in ${PODLITE_SEEDS:-1 2 3 4 5 6 7 8}; do
		echo "seed $seed"
		tree make "$seed" "$T/in.tar"
		tree list "$T/in.tar" >"$T/is"
		pl 0 import -q "$T/in.tar" "tree$seed"
		same "tree$seed" "$T/is"
		pl 0 commit -q same "again$seed"
		pl 0 cp same:/ - >"$T/cp.tar"
		pl 0 rm same
		same "again$seed" "$T/is"
		pl 0 cp --archive=false - same:/ <"$T/in.tar"
		pl 0 export -o "$T/export.tar" same
		diff "$T/is" <(tree list "$T/export.tar" "${own[@]}")
		pl 0 rm same
		for format in docker-archive oci-archive; do
			pl 0 save -q --format $format -o "$T/saved.tar" "tree$seed"
			pl 0 rmi -f "tree$seed"
			pl 0 load -q -i "$T/saved.tar"
			rm "$T/saved.tar"
		done
		same "tree$seed" "$T/is"
		pl 0 system check --deep
		is "$output" ""
		pl 0 rm same
		pl 0 rmi -f "tree$seed" "again$seed"
	done
}

@test "round trip: volumes: import, export, copied up" {
	for seed in ${PODLITE_SEEDS:-11 12 13}; do
		echo "seed $seed"
		tree make "$seed" "$T/in.tar"
		tree list "$T/in.tar" >"$T/is"
		pl 0 volume create tree
		pl 0 volume import tree "$T/in.tar"
		pl 0 volume export -o "$T/out.tar" tree
		diff "$T/is" <(tree list "$T/out.tar")
		pl 0 volume rm tree
		mkdir -p "$T/below"
		podlite unshare sh -c 'tar -xpf "$1/in.tar" -C "$1/below" && tar -C "$1" -cf "$1/deep.tar" below && rm -r "$1/below"' - "$T"
		pl 0 import -q "$T/deep.tar" "deep$seed"
		pl 0 create --name up --network none -v tree:/below "deep$seed" x
		pl 0 volume export -o "$T/out.tar" tree
		diff "$T/is" <(tree list "$T/out.tar")
		pl 0 rm up
		pl 0 volume rm tree
		pl 0 rmi "deep$seed"
	done
}
