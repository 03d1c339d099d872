#!/bin/bash
# child: the code between clone and exec calls nothing but wrappers of system calls and the few
# functions listed in child.allow: no malloc, stdio, JSON, name service or lock. What it calls of ours
# is followed, function by function, through the relocations of the objects.
. "$(dirname "$0")/lib.sh"

mapfile -t list < <(objects | awk '$2 ~ /^(common|oci)\// { print $1 }')
mapfile -t roots < <(objects | awk '$2 ~ /^oci\/rt_child[a-z_]*\.c$/ { print $1 }')
if [ ${#roots[@]} = 0 ]; then
	result "oci/rt_child.c" "there is no object of it in $BUILDDIR"
	finish
fi
wrong=$(python3 - tests/lint/child.allow "${#roots[@]}" "${roots[@]}" "${list[@]}" <<'PY'
import re, subprocess, sys

with open(sys.argv[1]) as f:
    allowed = set(re.sub("#.*", "", f.read()).split())
n = int(sys.argv[2])
roots, others = sys.argv[3 : 3 + n], sys.argv[3 + n :]


def plain(name):
    """without what the compiler made of it"""
    return re.sub(r"^(unlikely|startup|exit|hot)\.|\.(cold|part|constprop|isra|lto_priv)\b.*", "", name)


def calls(path):
    """{function: what it refers to}; a function of the file itself is known by its section"""
    out, section = {}, None
    for line in subprocess.run(["objdump", "-r", path], capture_output=True, text=True).stdout.splitlines():
        if m := re.match(r"RELOCATION RECORDS FOR \[(.*)\]", line):
            section = m[1]
            if section.startswith(".text."):
                out.setdefault(plain(section[6:]), set())
        elif section and section.startswith(".text.") and (m := re.match(r"[0-9a-f]+ R_\S+ +(\S+?)([-+]0x[0-9a-f]+)?$", line)):
            out[plain(section[6:])].add(plain(m[1][6:] if m[1].startswith(".text.") else m[1]))
    return out


# a static function is its file's own; an external one is found by name
files = {p: calls(p) for p in dict.fromkeys(roots + others)}
external = {}
for p in files:
    for line in subprocess.run(["nm", "-g", "--defined-only", p], capture_output=True, text=True).stdout.splitlines():
        external.setdefault(line.split()[2], p)
todo = [(p, f, f) for p in roots for f in files[p]]
seen = set()
bad = set()
while todo:
    path, function, way = todo.pop()
    if (path, function) in seen:
        continue
    seen.add((path, function))
    for name in files[path].get(function, ()):
        if name.startswith(".") or name in allowed:
            continue
        where = path if name in files[path] else external.get(name)
        if where and name in files[where]:
            todo.append((where, name, way + " > " + name))
        elif not where:
            bad.add(f"{name} ({way})")
for b in sorted(bad):
    print(b)
PY
)
result "oci/rt_child*.c calls what is safe after clone" "$wrong"
finish
