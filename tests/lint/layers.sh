#!/bin/bash
# layers: each #include of a file of ours obeys the table: a folder includes itself and what lies
# below, the three peers (storage, net, oci's runtime) never each other. HACKING.md has the picture.
. "$(dirname "$0")/lib.sh"

common='common/'
docs="$common|oci/(ref|mediatype|seccomp_profile|spec_[a-z_]*)\.h"
rt="$docs|oci/"
netin='net/(slirp|pasta|port|publish|bridge|hosts|netns|network|cidr)[a-z_]*\.h'
netconf='net/(regconf|auth|policy|credhelper)[a-z_]*\.h'
netout='net/(http|auth|base64|registry|regconf|fetch|policy|sigstore)[a-z_]*\.h'
shared='monitor/(proto|logfile|eventlog|health|join)\.h'

# what files matching the first pattern may include; the first match counts
rules=(
	"common/ $common"
	"oci/(ref|mediatype|seccomp_profile|spec_) $docs"
	"oci/ $rt"
	"storage/ $docs|storage/"
	"net/ $docs|net/"
	"netd/ $common|net/publish_proto\.h|netd/"
	"bridged/ $common|net/(bridge_proto|cidr|slirp)\.h|bridged/"
	"quadlet/ $common|quadlet/"
	"monitor/ $rt|monitor/|storage/(image|rootfs|volume)\.h|$netin"
	"podlite/transfer/ $docs|storage/|$netout|podlite/transfer/"
	"podlite/engine/ $docs|oci/rt\.h|storage/|$netin|$netconf|$shared|podlite/(engine/|called\.h|context\.h|report\.h|version\.h|transfer/request\.h)"
	"podlite/cmd/ $docs|storage/|quadlet/|$netin|$netconf|$shared|podlite/(cmd/|engine/|[a-z_]*\.h)"
	"podlite/[a-z_]*\.[ch] $docs|oci/rt_seal\.h|storage/|$netin|$netconf|$shared|podlite/(cmd/cmd\.h|engine/|transfer/request\.h|[a-z_]*\.h)"
)

for f in $(sources c h); do
	for rule in "${rules[@]}"; do
		[[ $f =~ ^${rule%% *} ]] || continue
		wrong=$(grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "$f" |
			grep -vE "\"(config\.h|${rule#* })" || :)
		# ours are named with their folder
		result "$f" "$wrong"
		break
	done
done
finish
