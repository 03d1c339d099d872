#!/bin/bash
# links: each program needs exactly the shared libraries it is meant to, so that starting `podlite`
# does not load what only the transfer needs.
. "$(dirname "$0")/lib.sh"

libc='libc\.so\.|ld-linux|libgcc_s\.so\.'
check() {
	local f=$BIN/$1 wrong
	if [ ! -f "$f" ]; then
		result "$1" "there is no $f"
		return
	fi
	wrong=$(objdump -p "$f" | awk '$1 == "NEEDED" { print $2 }' | grep -vE "^($2)" || :)
	result "$1 needs nothing but ${3:-libc}" "$wrong"
}
check podlite "$libc|libjson-c\." "json-c"
check podlite-runtime "$libc|libjson-c\.|libseccomp\." "json-c, libseccomp"
check podlite-monitor "$libc|libjson-c\." "json-c"
check podlite-transfer "$libc|libjson-c\.|libcurl\.|libcrypto\.|libz\.|libzstd\.|liblzma\.|libisal\." "json-c, libcurl, libcrypto, zlib, zstd, lzma, isa-l"
check podlite-unpack "$libc|libarchive\.|libcrypto\.|libz\.|libzstd\.|libisal\." "libarchive, libcrypto, zlib, zstd, isa-l"
for static in podlite-init podlite-net podlite-bridge podlite-user-generator; do
	if [ -f "$BIN/$static" ]; then
		result "$static is static" "$(objdump -p "$BIN/$static" | grep -E 'NEEDED|INTERP' || :)"
	else
		result "$static is static" "there is no $BIN/$static"
	fi
done

# position independent, read-only after relocation, nothing bound later
hardened() {
	local headers dynamic
	headers=$(readelf -hlW "$1") dynamic=$(readelf -dW "$1")
	grep -qE 'Type: +DYN' <<<"$headers" || echo "not position independent"
	grep -q GNU_RELRO <<<"$headers" || echo "no relro"
	! grep -q NEEDED <<<"$dynamic" || grep -q BIND_NOW <<<"$dynamic" || echo "symbols are bound late"
}
for f in "$BIN"/podlite "$BIN"/podlite-*; do
	case $f in *-init) continue ;; esac # a static program for any image
	[ ! -f "$f" ] || result "${f##*/} is linked hardened" "$(hardened "$f")"
done
finish
