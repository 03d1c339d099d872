"""faults.py - one system call of a command fails, or all of its kind from there on: a full disk (ENOSPC), a broken
one (EIO), no descriptors (EMFILE), no memory (ENOMEM), at as many points as there is time for. The command ends
by itself with 125 and one line that says why, or does without and has done its work; what the store shows is
whole, the same command works afterwards, and nothing is left that it would not leave otherwise."""
from campaign import *

# kind: (class of calls, from there on?, share of a command's points)
KINDS = {"ENOSPC": ("write", "+", .25), "EIO": ("write", "", .25), "EMFILE": ("open", "", .18), "ENOMEM": ("alloc", "", .18)}


def gave_up(r):
    """glibc's malloc ends a process when one system call of its first growth fails, the one that aligns the heap"""
    return r.status == 134 and r.err.startswith("Fatal glibc error: malloc")


def said_well(c, r):
    """sentences about an error that is not 125 and one line"""
    bad = []
    lines = r.err.strip("\n").split("\n")
    # the dynamic loader speaks for itself before a program has begun, and podlite after it
    lines = [l for l in lines if "error while loading shared libraries" not in l or l.startswith("podlite: ")]
    if r.status != 125:
        bad.append(f"status {r.status}")
    if len(lines) != 1 or not lines[0].startswith("podlite: "):
        bad.append("not one line: " + " | ".join(lines))
    if r.out and not c.partial:
        bad.append("an error, and yet on standard output: " + r.out.strip())
    return bad


def fault(store, c, base, how):
    kind, at = how
    class_, on, _ = KINDS[kind]
    r, info = store.strike(["fail", class_, kind, at + on], *c.argv)
    info["libc"] = str(int(gave_up(r)))
    info["refused"] = str(int(r.status != 0))
    bad = []
    if AT:
        info["at"] += f" ({r.status}, {r.out!r}, {r.err!r})"
    if info["hang"] == "1":
        bad.append("it hung")
    elif r.status == 0 and not c.done(store):
        bad.append("it said success, and its effect is not there")
    elif r.status != 0 and not gave_up(r):
        bad += said_well(c, r)
    return info, afterwards(store, c, base, bad)


def main():
    make_images()
    tap = Tap()
    names = {c.name: c for c in commands()}
    counts = counts_of(names)
    tasks = [(n, (kind, str(k))) for kind, (class_, _, share) in KINDS.items() for n, c in names.items()
             for k in spread(counts[n].get(class_, 0), max(1, int(c.points * share)))]
    if AT:
        tasks = [(n, tuple(AT.split(":"))) for n in names]
    found = {kind: dict.fromkeys(("struck", "refused", "libc", "bad"), 0) for kind in KINDS}
    said = {kind: [] for kind in KINDS}
    for name, (kind, at), info, bad, _ in points(tasks, fault):
        found[kind]["struck"] += info.get("struck") == "1"
        found[kind]["libc"] += info.get("libc") == "1"
        found[kind]["refused"] += info.get("refused") == "1"
        found[kind]["bad"] += bool(bad)
        if bad or AT:
            said[kind].append(f"{name}: {at} ({info.get('at')}): " + "; ".join(bad)[:600])
    for kind, n in found.items():
        tap.result(n["struck"] and not n["bad"], f"faults: {kind} at {n['struck']} points: {n['refused'] - n['libc']} refused in one line, "
                   f"{n['struck'] - n['refused']} done without, {n['libc']} where libc gave up; {n['bad']} with damage, false success or leftovers", said[kind][:40])
    tap.end()


main()
