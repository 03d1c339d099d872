#!/bin/bash
# symbols: every external symbol starts with its file's name, or with that of the module the file is
# a part of (context_userns.c may export context_join, since there is a context.h beside it).
. "$(dirname "$0")/lib.sh"

declare -A bad_of seen
while read -r object source; do
	dir=${source%/*} base=$(basename "$source" .c)
	prefixes=$base p=$base
	while [[ $p == *_* ]]; do
		p=${p%_*}
		[ ! -f "$dir/$p.h" ] || prefixes+="|$p"
	done
	# families of several files
	case $source in
	common/alloc.c) prefixes+='|x[a-z]+' ;;
	oci/spec_*) prefixes+='|spec' ;;
	monitor/*) prefixes+='|mon' ;;
	podlite/cmd/cmd_*) prefixes+="|${base#cmd_}" ;;
	esac
	seen["$source"]=1
	wrong=$(nm -g --defined-only "$object" | awk '{ print $3 }' |
		grep -vE "^(($prefixes)(_|\$)|main\$|__|_\.|\.)" | sort -u | xargs || :)
	[ -z "$wrong" ] || bad_of["$source"]=$wrong
done < <(objects)
while read -r source; do
	[ -z "$source" ] || result "$source" "${bad_of["$source"]:-}"
done < <(printf '%s\n' "${!seen[@]}" | LC_ALL=C sort)
[ "$count" -gt 0 ] || result "object files" "there are none in $BUILDDIR"
finish
