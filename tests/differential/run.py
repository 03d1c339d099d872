#!/usr/bin/env python3
"""run.py RUNTIME REFERENCE ROOTFS WORKDIR COUNT [SEED]: random documents under two OCI runtimes; what
a process sees inside must be the same, but for what intended.txt lists. Prints the seed of each
document that differs, and how; `run.py ... 1 SEED` repeats one. Status 1 when one differs.
As many documents at a time as there are processors, each worker in a directory of its own."""

import json
import os
import queue
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from generate import generate  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))


def intended():
    """[(pattern, replacement)]: PATTERN => REPLACEMENT  # reason"""
    rules = []
    with open(HERE + "/intended.txt", encoding="utf-8") as f:
        for line in f:
            if line.strip() and not line.startswith("#"):
                rule = re.split(r"\s+## ", line.rstrip("\n"))[0]
                pattern, replacement = rule.split(" => ") if " => " in rule else (rule.removesuffix(" =>"), "")
                rules.append((re.compile(pattern), replacement))
    return rules


def host_namespaces():
    return {os.readlink("/proc/self/ns/" + n) for n in os.listdir("/proc/self/ns")}


def level(text, host, name, work, rules):
    facts = []
    for line in text.splitlines():
        if line.startswith("ns "):
            line = " ".join(line.split(" ")[:2]) + (" host" if line.split(" ")[2] in host else " own")
        elif line.startswith("mount "):
            f = line.split(" ")[1:]
            end = f.index("-")
            tags = sorted(re.sub(r":\d+", "", t) for t in f[6:end])
            root = f[3] if f[end + 1] != "ext4" else f[3].split("/")[-1]
            line = " ".join(["mount", f[4], root, ",".join(sorted(f[5].split(","))), *tags, f[end + 1], f[end + 2],
                             ",".join(sorted(f[end + 3].split(",")))])
        line = line.replace(name, "NAME").replace(work, "WORK")
        for pattern, replacement in rules:
            line = pattern.sub(replacement, line)
        if line.strip():
            facts.append(line)
    return facts


def run(runtime, doc, name, work):
    bundle = work + "/" + name
    os.makedirs(bundle, exist_ok=True)
    if not os.path.islink(bundle + "/rootfs") and not os.path.isdir(bundle + "/rootfs"):
        shutil.copytree(work + "/rootfs", bundle + "/rootfs", symlinks=True)
    for leftover in ("w", "tmp/w", "m1", "m2", "m3", "m4", "mf", "new", "ro-dir/w", "mask-dir/w"):
        path = bundle + "/rootfs/" + leftover
        shutil.rmtree(path, ignore_errors=True)
        if os.path.exists(path):
            os.unlink(path)
    shutil.rmtree(work + "/source-dir", ignore_errors=True)
    os.makedirs(work + "/source-dir")
    with open(work + "/source-file", "w", encoding="utf-8") as f:
        f.write("source\n")
    with open(bundle + "/config.json", "w", encoding="utf-8") as f:
        json.dump(doc, f)
    state = work + "/state-" + name
    try:
        done = subprocess.run([runtime, "--root", state, "run", "--bundle", bundle, name], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=30, check=False)
    except subprocess.TimeoutExpired:
        subprocess.run([runtime, "--root", state, "delete", "--force", name], check=False)
        return -1, "", "took more than 30 s"
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def compare(seed, runtimes, work, rules, host):
    """Lines that tell the difference; empty if there is none."""
    doc = generate(seed, work)
    results = []
    for runtime, who in zip(runtimes, "ab"):
        name = "diff-%s-%s" % (os.path.basename(work), who)
        status, out, err = run(runtime, doc, name, work)
        results.append(({"status %d" % status, *level(out, host, name, work, rules)}, err.strip()))
    (a, a_err), (b, b_err) = results
    if a == b:
        return []
    said = ["#   %s said: %s" % (who, err.replace("\n", " | ")[:400]) for who, err in (("+", a_err), ("-", b_err)) if err]
    return ["# seed %d: podlite-runtime (+) and the reference (-) differ" % seed,
            *("#   + " + fact[:300] for fact in sorted(a - b)),
            *("#   - " + fact[:300] for fact in sorted(b - a)), *said]


def prepare(work, rootfs):
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    shutil.copytree(rootfs, work + "/rootfs", symlinks=True)
    shutil.copy(HERE + "/inspect.sh", work + "/rootfs/inspect.sh")
    os.chmod(work + "/rootfs/inspect.sh", 0o755)
    for d in ("ro-dir", "mask-dir", "tmp", "proc", "sys", "dev", "etc"):
        os.makedirs(work + "/rootfs/" + d, exist_ok=True)
    for f in ("mask-file", "mask-dir/hidden"):
        with open(work + "/rootfs/" + f, "w", encoding="utf-8") as out:
            out.write("secret\n")


def main():
    runtime, reference, rootfs, work, count = sys.argv[1:6]
    first = int(sys.argv[6]) if len(sys.argv) > 6 else int(time.time()) % 10**6 * 1000
    rules, host = intended(), host_namespaces()
    free = queue.SimpleQueue()
    workers = min(len(os.sched_getaffinity(0)), int(count))
    for i in range(workers):
        prepare("%s/%d" % (work, i), rootfs)
        free.put("%s/%d" % (work, i))

    def one(seed):
        place = free.get()
        try:
            return compare(seed, (runtime, reference), place, rules, host)
        finally:
            free.put(place)

    start, bad = time.time(), 0
    with ThreadPoolExecutor(workers) as pool:
        for lines in pool.map(one, range(first, first + int(count))):
            bad += bool(lines)
            print("\n".join(lines), end="\n" if lines else "")
    print("# %s documents, seeds %d to %d, %d differ, %.1f s" % (count, first, first + int(count) - 1, bad, time.time() - start))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
