#!/usr/bin/env python3
"""random_tar.py - archives for 119-round-trip.bats.

make SEED FILE: a tar of a random tree: zeros of all lengths at all places of files, hard links, symbolic links,
FIFOs, long and strange names, owners, modes and times. list FILE [NAME...]: what it comes to, a line a path, without what is
below these top-level names, for comparing.
"""
import hashlib
import io
import random
import sys
import tarfile

SIZES = [1, 511, 512, 4095, 4096, 4097, 32767, 32768, 32769, 65536, 131072, 262144, 300000]
DIRS = ['d%d', 'Ü%d', 'a b%d', '.d%d', 'n' * 90 + '%d']
FILES = ['f%d', 'é%d', 'sp ace%d', 'x' * 120 + '%d', '-rf%d']


def content(r):
    parts = []
    for _ in range(r.randint(0, 6)):
        n = r.choice(SIZES + [r.randint(0, 400000)])
        parts.append(r.choice([bytes(n), bytes(n), r.randbytes(n), b'x' * n]))
    return b''.join(parts)


def member(r, name):
    m = tarfile.TarInfo(name)
    m.uid, m.gid, m.mtime = r.choice([0, 33, 1000]), r.choice([0, 50]), r.randint(0, 2**31 - 1)
    return m


def make(seed, path):
    r = random.Random(seed)
    dirs, files = [''], []
    with tarfile.open(path, 'w', format=r.choice([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])) as t:
        for i in range(r.randint(1, 12)):
            name = r.choice(dirs) + r.choice(DIRS) % i
            m = member(r, name)
            m.type, m.mode = tarfile.DIRTYPE, r.choice([0o755, 0o700, 0o2755, 0o1777])
            t.addfile(m)
            dirs.append(name + '/')
        for i in range(r.randint(5, 40)):
            m = member(r, r.choice(dirs) + r.choice(FILES) % i)
            kind = r.random()
            if kind < 0.65:
                data = content(r)
                m.size, m.mode = len(data), r.choice([0o644, 0o755, 0o600, 0o4755, 0o2755, 0])
                t.addfile(m, io.BytesIO(data))
                files.append(m.name)
                continue
            if kind < 0.8 and files:
                m.type, m.linkname = tarfile.LNKTYPE, r.choice(files)
            elif kind < 0.93:
                m.type, m.linkname = tarfile.SYMTYPE, r.choice(['/etc/passwd', '../..', 'a' * 150, 'x'])
            else:
                m.type, m.mode = tarfile.FIFOTYPE, 0o644
            t.addfile(m)


def clean(name):
    return name.strip('/').removeprefix('./')


def line(t, m):
    body = t.getmember(m.linkname) if m.islnk() else m
    what = hashlib.sha256(t.extractfile(m).read()).hexdigest() if body.isreg() else m.linkname
    # an archive need not tell the mode of a link, nor keep a directory's time when something is made in it
    mode, time = 0 if m.issym() else body.mode, 0 if m.isdir() else int(body.mtime)
    return f'{clean(m.name)!r} {body.type} {mode:o} {body.uid}:{body.gid} {body.size} {time} {what}'


def show(path, skip):
    with tarfile.open(path) as t:
        members = [m for m in t if clean(m.name) not in ('', '.') and clean(m.name).split('/')[0] not in skip]
        print('\n'.join(sorted(line(t, m) for m in members)))


if sys.argv[1] == 'make':
    make(int(sys.argv[2]), sys.argv[3])
else:
    show(sys.argv[2], sys.argv[3:])
