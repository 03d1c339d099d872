#!/bin/bash
# headers: each compiles by itself, has a guard named after its path, and at most 200 lines.
. "$(dirname "$0")/lib.sh"

flags=$(sed -n 's/^\(JSONC\|SECCOMP\|CURL\|ARCHIVE\|CRYPTO\|ZLIB\|ZSTD\|ISAL\)_CFLAGS = //p' "$BUILDDIR/Makefile" 2>/dev/null | xargs)
for f in $(sources h); do
	# twice: the guard works
	# shellcheck disable=SC2086
	wrong=$(printf '#include "%s"\n#include "%s"\n' "$f" "$f" |
		${CC:-gcc} -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -fsyntax-only -I"$SRC" -I"$BUILDDIR" $flags -x c - 2>&1 | head -n 20)
	lines=$(wc -l <"$f")
	[ "$lines" -le 200 ] || wrong+=$'\n'"$lines lines, 200 are allowed"
	result "$f" "$wrong"
done
finish
