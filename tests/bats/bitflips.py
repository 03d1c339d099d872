#!/usr/bin/python3
"""bitflips.py ROOT COUNT SEED CHECK...: turns COUNT single bits in the content of files of the layers of
a store, times kept, each in a file of its own as long as there are files; after each round CHECK
(`podlite system check --deep --format json`) must name every one. Turns them back. Inside the user
namespace."""
import json, os, random, stat, subprocess, sys


def files_of(root):
    for layer in sorted(os.listdir(f"{root}/layers")):
        top = f"{root}/layers/{layer}/diff"
        for at, _, names in os.walk(top):
            for name in names:
                path = f"{at}/{name}"
                st = os.lstat(path)
                if stat.S_ISREG(st.st_mode) and st.st_size and st.st_nlink == 1:
                    yield layer, path[len(top):], path


def flip(path, where, bit):
    st = os.stat(path)
    with open(path, "r+b") as f:
        f.seek(where)
        old = f.read(1)[0]
        f.seek(where)
        f.write(bytes([old ^ 1 << bit]))
    os.utime(path, ns=(st.st_atime_ns, st.st_mtime_ns))


def check(command):
    p = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if p.returncode not in (0, 1):
        sys.exit(f"# the check ended with {p.returncode}")
    found = {(e["id"], e["path"]) for e in json.loads(p.stdout)["problems"]}
    if p.returncode != bool(found):
        sys.exit(f"# {len(found)} problems and exit status {p.returncode}")
    return found


def main():
    root, count, seed, command = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
    rnd = random.Random(seed)
    files, done, missed, false = list(files_of(root)), 0, 0, 0
    while done < count:
        batch = []
        for layer, name, path in rnd.sample(files, min(count - done, len(files))):
            batch.append((layer, name, path, rnd.randrange(os.stat(path).st_size), rnd.randrange(8)))
        for layer, name, path, where, bit in batch:
            flip(path, where, bit)
        found = check(command)
        for layer, name, path, where, bit in batch:
            flip(path, where, bit)
            if (layer, name) not in found:
                missed += 1
                print(f"# missed: {name} byte {where} bit {bit}")
        false += len(found - {b[:2] for b in batch})
        done += len(batch)
    clean = check(command)
    print(f"# bit flips: {done} in {len(files)} files, {done - missed} found, {false} false, seed {seed}")
    sys.exit(missed or false or clean or done != count)


main()
