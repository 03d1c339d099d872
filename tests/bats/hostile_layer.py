#!/usr/bin/env python3
"""hostile_layer.py OUT.tar: makes a layer of the entries on standard input; see threats.bash."""
import io, sys, tarfile

with tarfile.open(sys.argv[1], "w", format=tarfile.PAX_FORMAT) as t:
    for line in sys.stdin.read().splitlines():
        if not line.strip():
            continue
        kind, name, *rest = line.split(" ")
        i, data = tarfile.TarInfo(name), b""
        i.mode, i.mtime = 0o755, 1600000000
        if kind == "l":
            i.type, i.linkname = tarfile.SYMTYPE, rest[0]
        elif kind == "f":
            i.mode, data = int(rest[0], 8), " ".join(rest[1:]).encode().decode("unicode_escape").encode("latin-1")
        elif kind == "d":
            i.type, i.mode = tarfile.DIRTYPE, int(rest[0], 8)
        elif kind == "p":
            i.type = tarfile.FIFOTYPE
        elif kind == "z":
            data = bytes(int(rest[0]))
        elif kind == "x":
            with open(rest[0], "rb") as f:
                data = f.read()
            i.mode, i.uid, i.gid = int(rest[1], 8), int(rest[2]), int(rest[3])
            if len(rest) > 4:
                value = bytes.fromhex(rest[4]).decode("latin-1").encode("utf-8", "surrogateescape").decode()
                i.pax_headers = {"SCHILY.xattr.security.capability": value}
        else:
            sys.exit(f"unknown entry {line}")
        i.size = len(data)
        t.addfile(i, io.BytesIO(data))
