#!/bin/sh
# What a process sees from inside its container, one fact a line; for run.py, which compares it.
# Busybox only; everything that differs from run to run by nature is left to run.py to level.
# fd 0 is the script's source when it is read from standard input, so it is a file of the bundle.
echo "cwd $(pwd)"
echo "args $*"
env | sort | grep -v -e ^SHLVL= -e ^_= -e ^PWD= -e ^OLDPWD= | sed 's/^/env /'
echo "hostname $(hostname)"
echo "domainname $(cat /proc/sys/kernel/domainname 2>/dev/null)"
grep -E '^(Umask|Uid|Gid|Groups|Cap...|NoNewPrivs|Seccomp|Cpus_allowed_list):' /proc/$$/status | tr -s '[:space:]' ' ' | sed 's/ *$//; s/^/status /;s/$/\n/' | grep .
sed 's/  */ /g; s/ $//; s/^/limit /' /proc/$$/limits
echo "oom $(cat /proc/$$/oom_score_adj)"
echo "sched $(cut -d' ' -f18,19,40,41 /proc/$$/stat)"
for f in /proc/$$/uid_map /proc/$$/gid_map /proc/$$/setgroups; do
	echo "$f $(tr -s ' \n' ' ;' <$f)" | sed "s,/proc/$$/,map ,"
done
for n in cgroup ipc mnt net pid pid_for_children time user uts; do
	echo "ns $n $(readlink /proc/$$/ns/$n)"
done
for fd in /proc/$$/fd/*; do
	# the shell's own: its script, and the directory that this loop has read
	to=$(readlink "$fd") && [ "$to" != /inspect.sh ] && echo "fd ${fd##*/} $to"
done
sed 's/^/mount /' /proc/$$/mountinfo
# %N is also what a link leads to
find /dev -xdev | sort | xargs stat -c 'dev %n %F %a %u:%g %t:%T %N'
cat /proc/$$/cgroup | sed 's/^/cgroup /'
for f in kernel/msgmax kernel/shm_rmid_forced net/ipv4/ip_forward net/ipv4/ping_group_range fs/mqueue/msg_max; do
	echo "sysctl $f $(cat /proc/sys/$f 2>&1)"
done
for f in /proc/kcore /proc/keys /proc/acpi /proc/scsi /proc/timer_list /sys/firmware /mask-dir /mask-file /no/such; do
	if [ -d "$f" ]; then
		echo "look $f dir $(ls -A "$f" 2>&1 | wc -l)"
	elif [ -e "$f" ]; then
		echo "look $f file $(head -c 20 "$f" 2>/dev/null | wc -c)"
	else
		echo "look $f none"
	fi
done
for f in /w /proc/sys/kernel/msgmax /ro-dir/w /mask-dir/w /tmp/w /m1/w /m2/w /m3/w /m4/w; do
	# in a subshell: a failing redirection ends it
	why=$( (: >>$f) 2>&1) && echo "write $f ok" || echo "write $f ${why##*: }"
done
stat -c 'stat %n %F %a %u:%g' /proc /sys /dev /dev/pts /dev/shm /dev/mqueue /sys/fs/cgroup /m1 /m2 /m3 /m4 /ro-dir 2>/dev/null
ip link 2>/dev/null | sed -n 's/^[0-9]*: \([^:@]*\).*<\(.*\)>.*/link \1 \2/p'
cat /proc/$$/personality 2>/dev/null | sed 's/^/personality /'
cat /proc/$$/timens_offsets 2>/dev/null | tr -s ' ' | sed 's/^/time /'
exit "${EXIT:-0}"
