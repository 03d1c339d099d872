"""crash.py - kill -9 of every process of a command, or of podlite alone, before the Nth system call that changes
something, for as many N as there is time for. Then the store shows nothing that is not whole, the same command works, and
what is left is byte for byte what it leaves when nobody kills it."""
from campaign import *


WAYS = {"kill": .8, "orphan": .2}  # share of a command's points


def crash(store, c, base, how):
    r, info = store.strike([*how], *c.argv)
    bad = []
    if info["hang"] == "1":
        bad.append("it hung")
    elif info["struck"] == "0" and r.status:
        bad.append(f"it was not struck and failed with {r.status}: {r.err.strip()}")
    if r.status == 0 and not c.done(store):
        bad.append("it said success, and its effect is not there")
    return info, afterwards(store, c, base, bad)


def main():
    make_images()
    tap = Tap()
    names = {c.name: c for c in commands()}
    counts = counts_of(names)
    tasks = [(n, (way, str(k))) for way, share in WAYS.items() for n, c in names.items()
             for k in spread(counts[n].get("change", 0), max(1, int(c.points * share)))]
    if AT:
        tasks = [(n, tuple(AT.split(":"))) for n in names]
    found = {n: [0, 0, 0.0] for n in names}
    said = {n: [] for n in names}
    for name, how, info, bad, took in points(tasks, crash):
        found[name][0] += info.get("struck") == "1"
        found[name][1] += bool(bad)
        found[name][2] += took
        if bad:
            said[name].append(f"{' '.join(how)} ({info.get('at')}): " + "; ".join(bad)[:600])
    for n in names:
        struck, broken, took = found[n]
        tap.result(struck and not broken, f"crash: {n}: killed at {struck} of {counts[n].get('change')} points: {broken} with damage, "
                   "false success or leftovers", said[n][:20] + [f"{took / max(1, struck):.2f} s a point"])
    total = sum(f[0] for f in found.values())
    tap.result(ONLY or AT or total >= 500 * min(1, POINTS), f"crash: {total} points in all")
    tap.end()


main()
