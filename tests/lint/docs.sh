#!/bin/bash
# docs: commands and options as the program itself lists them (--help, made from the tables that
# parse) against the manual pages and the tests: each has an entry in the one and a mention in the
# other, and no page speaks of an option that is not there.
. "$(dirname "$0")/lib.sh"

podlite=$BIN/podlite
if [ ! -x "$podlite" ]; then
	result "podlite" "there is no $podlite"
	finish
fi
commands_of() { sed -n '/^Available Commands:/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p'; }
options_of() { sed -n '/^Options:/,$s/^  \(-., \|    \)--\([a-z0-9-]*\).*/\2/p'; }
# page FILE: the manual page with its shared options put in
page() {
	awk '/^@@option / { f = "man/options/" $2 ".md"; while ((getline line < f) > 0) print line; close(f); next } { print }' "$1"
}
# what bats files say, without comments
tests=$(cat tests/bats/*.bats | sed 's/^[[:space:]]*#.*//')

# one "PATH..." (the words of a command)
one() {
	local help page wrong='' o file=man/podlite${1:+-${*// /-}}.1.md
	file=${file// /-}
	help=$("$podlite" "$@" --help 2>&1) || {
		result "podlite $*" "--help fails: ${help:0:300}"
		return
	}
	# `container ls` is `ps`: the same rows; a page of its own or a mention on the group's
	if [ ! -f "$file" ] && [ $# -gt 1 ] && [ -f "man/podlite-$1.1.md" ]; then
		grep -qE "(podlite-)?$1[ -]$2" "man/podlite-$1.1.md" || wrong+="man/podlite-$1.1.md does not mention $1 $2"$'\n'
	elif [ ! -f "$file" ]; then
		wrong+="there is no $file"$'\n'
	else
		page=$(page "$file")
		for o in $(options_of <<<"$help"); do
			grep -qE "^#+ .*\*\*--$o\*\*" <<<"$page" || wrong+="$file has no entry for --$o"$'\n'
		done
		while read -r o; do
			[ -n "$o" ] || continue
			grep -qE "^  (-., |    )--$o( |=|\[|\$)" <<<"$help" || wrong+="$file describes --$o, which is no option"$'\n'
		done < <(grep -E '^#+ .*\*\*--' <<<"$page" | grep -oE '\*\*--[a-z0-9-]+\*\*' | tr -d '*' | sed 's/^--//')
	fi
	if [ $# -gt 0 ]; then
		# pl STATUS words, or podlite words, with options in between
		grep -qE "(pl (-|[0-9]+)|podlite|\\\$PODLITE\"?) ([^|;]* )?${*// / }( |\$|\")" <<<"$tests" ||
			wrong+="no test in tests/bats runs podlite $*"$'\n'
	fi
	for o in $(options_of <<<"$help"); do
		all_options[$o]=1
	done
	result "podlite $*" "${wrong%$'\n'}"
	for o in $(commands_of <<<"$help"); do
		one "$@" "$o"
	done
}
declare -A all_options
one
# every code of an error that scripts may see
wrong=
for o in $(sed -n '/^} kinds\[\]/,/^};/s/.*{"\([a-z-]*\)".*/\1/p' common/err.c); do
	[ "$o" = ok ] || grep -qxF "**$o**" man/podlite-scripting.7.md || wrong+="$o"$'\n'
done
result "codes of errors are in podlite-scripting(7)" "${wrong%$'\n'}"
# every setting that is no option
wrong=
for o in $(sed -n 's/^\tCONF("\([a-z-]*\)".*/\1/p' podlite/global.c); do
	grep -q "^\*\*$o\*\* = " man/podlite.conf.5.md || wrong+="$o"$'\n'
done
result "settings are in podlite.conf(5)" "${wrong%$'\n'}"
wrong=
for o in $(printf '%s\n' "${!all_options[@]}" | sort); do
	grep -qE -- "--$o([^a-z0-9-]|\$)" <<<"$tests" && continue
	# or by its letter, where that is what people write
	letter=$(for c in run create ps exec logs rm stop kill; do "$podlite" "$c" --help 2>/dev/null; done |
		sed -n "s/^  -\(.\), --${o}[ =[].*/\1/p; s/^  -\(.\), --${o}\$/\1/p" | head -n 1)
	[ -n "$letter" ] && grep -qE -- " -[a-zA-Z]*$letter" <<<"$tests" && continue
	wrong+="--$o"$'\n'
done
result "every option is used by a test" "${wrong%$'\n'}"

# keys of quadlet files, as the tables have them
page=$(<man/podlite-systemd.unit.5.md) wrong=
for k in $(sed -n 's/^\t{"\([A-Za-z0-9]*\)", CONV_.*/\1/p' quadlet/conv_*.c | sort -u); do
	[[ $page == *"**$k=**"* ]] || wrong+="$k="$'\n'
done
result "every key of quadlet files is in the manual" "${wrong%$'\n'}"
finish
