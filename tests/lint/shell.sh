#!/bin/bash
# shell: every script of ours passes shellcheck and holds no path of one machine.
. "$(dirname "$0")/lib.sh"

for f in $(git ls-files -co --exclude-standard 2>/dev/null | LC_ALL=C sort -u || find . -type f); do
	[ -f "$f" ] || continue
	extra=
	case $f in
	*.bats | tests/bats/000-TEMPLATE) kind=bats ;;
	*.bash | *.sh) kind=bash ;;
	*) head -c 64 "$f" | head -n 1 | grep -qaE '^#!/bin/(ba)?sh' || continue
		kind='' ;;
	esac
	# $output, $stderr, $name come from helpers.bash; single quotes hold programs for the container
	# a bats file's variables may be meant for the helpers
	[ "$kind" != bats ] || extra=,SC2034,SC2174
	result "$f" "$(shellcheck -f gcc -S warning -e SC2154,SC2016,SC1091,SC2030,SC2031${extra:-} ${kind:+-s $kind} "$f" | head -n 20)"
done
finish
