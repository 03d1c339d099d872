#!/bin/bash
# sizes: files of at most 1,000 lines (a reason is needed above 600), functions of at most 100.
. "$(dirname "$0")/lib.sh"

for f in $(sources c h) $(find tests -name '*.[ch]' | LC_ALL=C sort); do
	lines=$(wc -l <"$f")
	wrong=
	[ "$lines" -le 1000 ] || wrong="$lines lines"$'\n'
	wrong+=$(ctags --languages=C --kinds-C=f --fields=+ne --_xformat='%N %n %e' -x "$f" 2>/dev/null |
		awk '$3 - $2 + 1 > 100 { print $1 ": " $3 - $2 + 1 " lines" }')
	result "$f" "$wrong"
	[ "$lines" -le 600 ] || echo "# note: $f has $lines lines"
done
all=$(sources c | ctags --languages=C --kinds-C=f --fields=+ne --_xformat='%N %n %e' -x -L - 2>/dev/null |
	awk '{ print $3 - $2 + 1 }' | sort -n | awk '{ v[NR] = $1 } END { if (NR) print NR " functions, median " v[int((NR + 1) / 2)] ", p95 " v[int(NR * .95 + .5)] " lines" }')
echo "# $all"
finish
