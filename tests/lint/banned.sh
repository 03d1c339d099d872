#!/bin/bash
# banned: functions that make descriptors without O_CLOEXEC, that do not know the size of what they
# write, that start a shell, or that hide errors, wherever banned.allow does not excuse them; and no
# typedef of a struct, no mutable variable at file scope.
. "$(dirname "$0")/lib.sh"

fds='open|openat|open64|creat|pipe|pipe2|socket|socketpair|dup|dup2|dup3|accept|accept4|fopen|fdopen|freopen|epoll_create|epoll_create1|eventfd|signalfd|timerfd_create|inotify_init|inotify_init1|memfd_create|tmpfile|mkstemp|opendir|opendir64'
unsafe='strcpy|strcat|stpcpy|sprintf|vsprintf|gets|strtok|strncpy|strncat|alloca|mktemp|tmpnam|tempnam|system|popen|atoi|atol|atoll|atof|setjmp|longjmp|getenv_s|bcopy|usleep|readdir_r'
memory='malloc|calloc|realloc|strdup|strndup|asprintf|vasprintf|reallocarray'

mapfile -t excused < <(sed -e 's/[[:space:]]*#.*//' -e '/^$/d' tests/lint/banned.allow)
# allowed FILE NAME: does a line of banned.allow excuse it?
allowed() {
	local line
	for line in "${excused[@]}"; do
		[[ $1 =~ ^${line%% *}$ && " ${line#* } " == *" $2 "* ]] && return
		[[ $1 =~ ^${line%% *}$ && ${line#* } == "*" ]] && return
	done
	return 1
}

for f in $(sources c h); do
	wrong=
	while IFS= read -r hit; do
		[ -n "$hit" ] || continue
		line=${hit%%:*}
		text=${hit#*:}
		while read -r fn; do
			# signalfd and the like say CLOEXEC themselves; files are opened by common/fd.h
			[[ $text != *CLOEXEC* || $fn =~ ^(open|openat|open64|openat64|creat)$ || ! $fn =~ ^($fds)$ ]] || continue
			allowed "$f" "$fn" || wrong+="$f:$line: $fn"$'\n'
		done < <(grep -oE "(^|[^A-Za-z0-9_>.])($fds|$unsafe|$memory)[[:space:]]*\(" <<<"$text" |
			sed -E 's/^[^A-Za-z_]//; s/[[:space:]]*\($//')
	done < <(code "$f" | grep -nE "(^|[^A-Za-z0-9_>.])($fds|$unsafe|$memory)[[:space:]]*\(" || :)
	while IFS= read -r hit; do
		[ -n "$hit" ] || continue
		wrong+="$f:${hit%%:*}: typedef of a struct"$'\n'
	done < <(code "$f" | grep -nE '^[[:space:]]*typedef[[:space:]]+(struct|enum|union)' || :)
	result "$f" "${wrong%$'\n'}"
done

# data that programs change: in .data or .bss of an object, but for those excused
declare -A vars
while read -r object source; do
	# constant tables that hold pointers lie in .data.rel.ro, which is read-only once loaded
	for v in $(objdump -t "$object" | awk '/ O / && / (\.data|\.bss|\*COM\*)/ && !/ \.data\.rel\.ro/ { print $NF }' |
		sed 's/\.[0-9]*$//' | sort -u); do
		case $v in __* | *.__*) continue ;; esac
		allowed "$source" "$v" || vars["$source: $v"]=1
	done
done < <(objects)
result "no mutable variables at file scope" "$(printf '%s\n' "${!vars[@]}" | LC_ALL=C sort)"
finish
