# shellcheck shell=bash disable=SC2034
# What the lints share. Each lint is a script that prints TAP: one result for each file or rule, and
# for a bad one the lines that say where. SRC is the source tree, BUILDDIR where it was built.
SRC=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILDDIR=$(cd "${BUILDDIR:-$SRC}" && pwd)
cd "$SRC" || exit 1
FOLDERS=(common oci storage net monitor netd bridged quadlet podlite)
BIN=$BUILDDIR/bin
[ -d "$BIN" ] || BIN=$BUILDDIR
count=0 bad=0

# result TITLE [TEXT]: ok if TEXT is empty, else what is wrong
result() {
	count=$((count + 1))
	if [ -z "${2:-}" ]; then
		echo "ok $count $1"
	else
		echo "not ok $count $1"
		printf '%s\n' "#   ${2//$'\n'/$'\n'#   }"
		bad=1
	fi
}
skip() {
	count=$((count + 1))
	echo "ok $count $1 # skip $2"
}
finish() {
	echo "1..$count"
	exit $bad
}
# sources SUFFIX...: our files with these endings, in the folders that make up podlite
sources() {
	local s
	for s; do
		find "${FOLDERS[@]}" -name "*.$s" -type f
	done | LC_ALL=C sort
}
# code FILE: without comments; what is in quotes is emptied; line numbers stay
code() {
	awk '
	{
		line = $0; out = ""
		while (line != "") {
			if (in_comment) {
				p = index(line, "*/")
				if (!p) { line = ""; break }
				line = substr(line, p + 2); in_comment = 0
				continue
			}
			if (!match(line, /\/\*|\/\/|"|\047/)) { out = out line; break }
			out = out substr(line, 1, RSTART - 1)
			t = substr(line, RSTART, RLENGTH); line = substr(line, RSTART + RLENGTH)
			if (t == "/*") { in_comment = 1; out = out " " }
			else if (t == "//") line = ""
			else {
				# a quoted string or character: skip to its end
				while (line != "") {
					c = substr(line, 1, 1)
					if (c == "\\") { line = substr(line, 3); continue }
					line = substr(line, 2)
					if (c == t) break
				}
				out = out t t
			}
		}
		print out
	}' "$1"
}
# objects: "OBJECT SOURCE" for every object file of ours
objects() {
	local o base dir
	find "${FOLDERS[@]/#/$BUILDDIR/}" -name '*.o' 2>/dev/null | LC_ALL=C sort | while read -r o; do
		dir=${o%/*}
		base=${o##*/}
		base=${base%.o}
		base=${base##*-}
		[ ! -f "$SRC/${dir#"$BUILDDIR"/}/$base.c" ] || echo "$o ${dir#"$BUILDDIR"/}/$base.c"
	done
}
