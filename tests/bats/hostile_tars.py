#!/usr/bin/env python3
"""hostile_tars.py: layers as an attacker writes them, row by row of the threat list's U table.

  hostile_tars.py run UNPACK DIR ROW...   unpack each case of those rows below DIR with podlite-unpack
                                          and check what came of it (as root of a user namespace)
  hostile_tars.py packed UNPACK DIR       the same with compressed input: members, frames, damage
  hostile_tars.py faults UNPACK DIR       kill -9, a full disk, what confinement looks like from outside
                                          (in a mount namespace of its own)
  hostile_tars.py pairs UNPACK DIR        every kind of entry after every other
  hostile_tars.py one UNPACK DIR TAR      unpack an ordinary layer to DIR/diff
  hostile_tars.py write DIR               write the cases as files (a corpus for the fuzz targets)

A canary tree beside the destination is hashed before and after each case. Prints one line a failure.
"""
import gzip, hashlib, io, os, stat, struct, subprocess, sys, time, zlib

BLOCK = 512
INDEX = ".tar-index.zst", ".tar-files.zst", ".inventory.zst" # beside the directory


def octal(n, width):
    return b"%0*o\0" % (width - 1, n)


def base256(n, width):
    return (n & (1 << 8 * width) - 1 | 1 << 8 * width - 1).to_bytes(width, "big")


def pad(data):
    return data + b"\0" * (-len(data) % BLOCK)


def head(name, kind=b"0", size=0, mode=0o644, uid=0, gid=0, mtime=1600000000, link=b"", dev=(0, 0), magic=b"ustar\x0000",
         raw=None, extra=b""):
    """One header block. Numbers may be given as bytes of the field. raw: {offset: bytes} written last."""
    def num(v, w):
        return v if isinstance(v, bytes) else octal(v, w)
    h = bytearray(BLOCK)
    for at, v in ((0, name[:100]), (100, num(mode, 8)), (108, num(uid, 8)), (116, num(gid, 8)), (124, num(size, 12)),
                  (136, num(mtime, 12)), (156, kind), (157, link[:100]), (257, magic), (329, num(dev[0], 8)),
                  (337, num(dev[1], 8))):
        h[at:at + len(v)] = v
    for at, v in (raw or {}).items():
        h[at:at + len(v)] = v
    h[148:156] = b" " * 8
    h[148:156] = b"%06o\0 " % sum(h)
    return bytes(h) + extra


def file(name, data=b"", **k):
    return head(name, size=k.pop("size", len(data)), **k) + pad(data)


def directory(name, **k):
    return head(name, kind=b"5", mode=k.pop("mode", 0o755), **k)


def symlink(name, target, **k):
    if len(target) > 100:
        return long_name(target, b"K") + head(name, kind=b"2", link=b"x", **k)
    return head(name, kind=b"2", link=target, mode=0o777, **k)


def hardlink(name, target, **k):
    return head(name, kind=b"1", link=target, **k)


def record(key, value):
    n = len(key) + len(value) + 3
    while len(b"%d" % n) + len(key) + len(value) + 3 != n:
        n = len(b"%d" % n) + len(key) + len(value) + 3
    return b"%d %s=%s\n" % (n, key, value)


def pax(*pairs, kind=b"x", body=None):
    data = body if body is not None else b"".join(record(k, v) for k, v in pairs)
    return head(b"PaxHeaders/x", kind=kind, size=len(data)) + pad(data)


def long_name(name, kind=b"L"):
    return head(b"././@LongLink", kind=kind, size=len(name) + 1) + pad(name + b"\0")


def fifo(name, **k):
    return head(name, kind=b"6", **k)


def char(name, major, minor, **k):
    return head(name, kind=b"3", dev=(major, minor), **k)


END = b"\0" * 1024
CAP2 = struct.pack("<IIIII", 0x02000001, 1 << 10, 0, 0, 0)


def cap3(root):
    return struct.pack("<IIIIII", 0x03000001, 1 << 10, 0, 0, 0, root)


# --- looking at the result ---------------------------------------------------------------------------

class Tree:
    def __init__(self, root):
        self.root = root

    def path(self, name):
        return os.path.join(os.fsencode(self.root), name)

    def st(self, name):
        return os.lstat(self.path(name))

    def has(self, name):
        return os.path.lexists(self.path(name))

    def text(self, name):
        with open(self.path(name), "rb") as f:
            return f.read()

    def whiteout(self, name):
        s = self.st(name) if self.has(name) else None
        return s is not None and stat.S_ISCHR(s.st_mode) and s.st_rdev == 0

    def opaque(self, name):
        return self.xattr(name, "user.overlay.opaque") == b"y"

    def xattr(self, name, key):
        try:
            return os.getxattr(self.path(name), key, follow_symlinks=False)
        except OSError:
            return None

    def names(self):
        return sorted(os.listdir(self.root))


CASES = []


def case(row, name, data, want="ok", check=None, end=END):
    """want: "ok", or a part of the error message."""
    CASES.append((row, name, data + end, want, check))


# --- U1: names -----------------------------------------------------------------------------------------
for n, bad in ((b"../x", "\"..\""), (b"a/../b", "\"..\""), (b"a/..", "\"..\""), (b"..", "\"..\""), (b"/..", "\"..\"")):
    case("U1", "name %s" % n.decode(), file(n, b"x"), bad)
case("U1", "absolute", file(b"/abs", b"1"), check=lambda t: t.text(b"abs") == b"1")
case("U1", "several slashes", file(b"///a//b/./c", b"1"), check=lambda t: t.text(b"a/b/c") == b"1")
case("U1", "./ first", file(b"./a", b"1") + file(b"././b", b"2"), check=lambda t: t.text(b"a") == b"1" and t.text(b"b") == b"2")
case("U1", "three dots are a name", file(b"...", b"1"), check=lambda t: t.text(b"...") == b"1")
case("U1", "empty", file(b"", b"x"), "empty name")
case("U1", "NUL in a PAX path", pax((b"path", b"a\0b")) + file(b"x", b"1"), "malformed name")
case("U1", "directory with a slash", directory(b"d/", mode=0o700), check=lambda t: stat.S_ISDIR(t.st(b"d").st_mode))
case("U1", "file with a slash and data", file(b"d/", b"x"), "")
case("U1", "root as directory", directory(b"./", mode=0o711), check=lambda t: stat.S_IMODE(t.st(b".").st_mode) == 0o711)
case("U1", "root as link", symlink(b"./", b"/etc") + file(b"x", b"1"), "not a directory")
case("U1", "root as / link", symlink(b"/", b"/etc"), "not a directory")
case("U1", "root as file", file(b".", b"x"), "not a directory")
case("U1", "root as hard link", file(b"a", b"x") + hardlink(b".", b"a"), "not a directory")

# --- U2: entries below links ---------------------------------------------------------------------------
CANARY = b"@CANARY@"  # replaced by the canary's real path
for n, to in (("absolute", CANARY), ("/etc", b"/etc"), ("dots", b"../../../canary"), ("cwd", b"/proc/self/cwd"),
              ("root", b"/proc/self/root"), ("fd", b"/proc/self/fd/3")):
    case("U2", "file below a link: " + n, symlink(b"a", to) + file(b"a/f", b"evil"), None)
case("U2", "link to ..", symlink(b"a", b"..") + file(b"a/f", b"1"), check=lambda t: t.text(b"f") == b"1")
case("U2", "inside the layer", directory(b"etc") + symlink(b"a", b"/etc") + file(b"a/f", b"1"),
     check=lambda t: t.text(b"etc/f") == b"1")
case("U2", "to what is not there yet", symlink(b"a", b"/x/y") + file(b"a/f", b"1"), check=lambda t: t.text(b"x/y/f") == b"1")
case("U2", "chain", symlink(b"a", b"b") + symlink(b"b", b"c") + directory(b"c") + file(b"a/f", b"1"),
     check=lambda t: t.text(b"c/f") == b"1")
case("U2", "loop", symlink(b"a", b"b") + symlink(b"b", b"a") + file(b"a/f", b"1"), "")
case("U2", "link to itself", symlink(b"a", b"a") + file(b"a/f", b"1"), "")
case("U2", "many links", b"".join(symlink(b"l%d" % i, b"l%d" % (i + 1)) for i in range(100)) + file(b"l0/f", b"1"), "")
case("U2", "a link replaced by a directory", symlink(b"a", CANARY) + directory(b"a") + file(b"a/f", b"1"),
     check=lambda t: t.text(b"a/f") == b"1")

# --- U3: link text ---------------------------------------------------------------------------------------
for to in (b"/etc/passwd", b"../../../../x", b"x\n\x1b[31m", b"\xff\xfe", b"a" * 1000, b"//", b"."):
    case("U3", "text %r" % to[:20], symlink(b"l", to), check=lambda t, to=to: os.readlink(t.path(b"l")) == to)
case("U3", "no text", head(b"l", kind=b"2"), "without target")

# --- U4: hard links --------------------------------------------------------------------------------------
case("U4", "plain", file(b"a", b"1") + hardlink(b"b", b"a"), check=lambda t: t.st(b"a").st_ino == t.st(b"b").st_ino)
case("U4", "absolute and ./", file(b"a", b"1") + hardlink(b"b", b"/a") + hardlink(b"c", b"./a"),
     check=lambda t: t.st(b"a").st_nlink == 3)
for to in (b"../canary/file", b"a/../../canary/file"):
    case("U4", "to %s" % to.decode(), hardlink(b"b", to), "\"..\"")
case("U4", "to the canary", hardlink(b"b", CANARY + b"/file"), "does not have")
case("U4", "via a link", symlink(b"l", CANARY) + hardlink(b"b", b"l/file"), "does not have")
case("U4", "to a link links the link", symlink(b"l", CANARY + b"/file") + hardlink(b"b", b"l"),
     check=lambda t: stat.S_ISLNK(t.st(b"b").st_mode) and t.st(b"b").st_ino == t.st(b"l").st_ino)
case("U4", "to a link, then written", symlink(b"l", CANARY + b"/file") + hardlink(b"b", b"l") + file(b"b", b"evil"),
     check=lambda t: t.text(b"b") == b"evil" and stat.S_ISLNK(t.st(b"l").st_mode))
case("U4", "to a directory", directory(b"d") + hardlink(b"b", b"d"), "to a directory")
case("U4", "to the root", hardlink(b"b", b"/"), "the root")
case("U4", "to nothing", file(b"b", b"old") + hardlink(b"b", b"none"), "does not have", lambda t: t.text(b"b") == b"old")
case("U4", "to itself", file(b"b", b"1") + hardlink(b"b", b"b"), "itself", lambda t: t.text(b"b") == b"1")
case("U4", "to itself, not there", hardlink(b"b", b"b"), "does not have")
case("U4", "twice", file(b"a", b"1") + hardlink(b"b", b"a") * 2, check=lambda t: t.st(b"a").st_nlink == 2)
case("U4", "with data", file(b"a", b"1") + file(b"b", b"evil", kind=b"1", link=b"a"), "with data")
case("U4", "with a PAX size", file(b"a", b"1") + pax((b"size", b"512")) + hardlink(b"b", b"a") + pad(b"x"), "with data")
case("U4", "to a whiteout", file(b".wh.a") + hardlink(b"b", b"a"), "does not have")
case("U4", "to a whiteout's name", file(b".wh.a") + hardlink(b"b", b".wh.a"), "to a whiteout")
case("U4", "over the directory that holds its target", directory(b"d") + file(b"d/f", b"1") + hardlink(b"d", b"d/f"), "")

# --- U5: whiteouts -----------------------------------------------------------------------------------------
case("U5", "whiteout", file(b"d/.wh.x"), check=lambda t: t.whiteout(b"d/x") and t.st(b"d/x").st_size == 0)
for n in (b".wh.", b".wh..", b".wh..."):
    case("U5", "name %s" % n.decode(), file(n), "whiteout of")
case("U5", "opaque", file(b"d/.wh..wh..opq"), check=lambda t: t.opaque(b"d") and not t.has(b"d/.wh..wh..opq"))
case("U5", "opaque last", file(b"d/a", b"1") + file(b"d/.wh..wh..opq"), check=lambda t: t.opaque(b"d") and t.text(b"d/a") == b"1")
case("U5", "opaque root", file(b".wh..wh..opq") + file(b"a", b"1"), check=lambda t: t.opaque(b".") and t.result["opaque_root"] == 1)
case("U5", "opaque with content", file(b"d/.wh..wh..opq", b"x"), "no empty file")
case("U5", "opaque as directory", directory(b"d/.wh..wh..opq"), "no empty file")
case("U5", "opaque as link", symlink(b"d/.wh..wh..opq", b"/"), "no empty file")
case("U5", "whiteout as directory", directory(b".wh.x"), "no empty file")
case("U5", "whiteout as link", symlink(b".wh.x", CANARY), "no empty file")
case("U5", "whiteout with content", file(b".wh.x", b"x"), "no empty file")
case("U5", "aufs: whiteouts linked", file(b".wh.a") + hardlink(b".wh.b", b".wh.a"), check=lambda t: t.whiteout(b"b"))
case("U5", "entry below a whiteout", file(b".wh.x/y", b"1"), "below a whiteout")
case("U5", "entry below an opaque", file(b".wh..wh..opq/y", b"1"), "below a whiteout")
case("U5", "aufs files", directory(b".wh..wh.plnk") + file(b".wh..wh.plnk/1.2", b"x") + file(b".wh..wh.aufs") + file(b"a", b"1"),
     check=lambda t: t.names() == [b"a".decode()])
case("U5", "file, then whiteout", file(b"x", b"1") + file(b".wh.x"), check=lambda t: t.text(b"x") == b"1")
case("U5", "whiteout, then file", file(b".wh.x") + file(b"x", b"1"), check=lambda t: t.text(b"x") == b"1")
case("U5", "whiteout, then directory", file(b".wh.x") + directory(b"x"), check=lambda t: t.opaque(b"x"))
case("U5", "directory, then whiteout", directory(b"x") + file(b"x/f", b"1") + file(b".wh.x"),
     check=lambda t: t.opaque(b"x") and t.text(b"x/f") == b"1")
case("U5", "whiteout, then entry below", file(b".wh.x") + file(b"x/f", b"1"), check=lambda t: t.opaque(b"x") and t.text(b"x/f") == b"1")
case("U5", "whiteout, file, directory", file(b".wh.x") + file(b"x") + directory(b"x"), check=lambda t: t.opaque(b"x"))
case("U5", "whiteout twice", file(b".wh.x") * 2, check=lambda t: t.whiteout(b"x"))
case("U5", "below a link to the canary", symlink(b"l", CANARY) + file(b"l/.wh.file"), None)
case("U5", "below a link in the layer", directory(b"d") + symlink(b"l", b"d") + file(b"l/.wh.x") + file(b"l/.wh..wh..opq"),
     check=lambda t: not t.has(b"d/x") and not t.opaque(b"d"))
case("U5", "below a file of the layer, as umoci writes", file(b"d", b"1") + file(b"d/.wh.x") + file(b"d/.wh..wh..opq"), check=lambda t: t.text(b"d") == b"1")
case("U5", "below what becomes a file", file(b"d/.wh.x") + file(b"d", b"1"), check=lambda t: t.text(b"d") == b"1")
case("U5", "below a whiteout of the layer", file(b".wh.d") + file(b"d/.wh.x"), check=lambda t: t.whiteout(b"d"))
case("U5", "opaque below a link to the canary", symlink(b"l", CANARY) + file(b"l/.wh..wh..opq"), None)
case("U5", "of a name with dots", file(b".wh....") + file(b".wh..a"), check=lambda t: t.whiteout(b"...." [:3]) and t.whiteout(b".a"))

# --- U6: forged overlay state ------------------------------------------------------------------------------
case("U6", "device 0:0", char(b"x", 0, 0), check=lambda t: not t.has(b"x") and t.result["skipped_devices"] == 1)
for key in (b"user.overlay.opaque", b"user.overlay.redirect", b"user.overlay.metacopy", b"user.overlay.whiteout",
            b"trusted.overlay.opaque", b"user.fuseoverlayfs.opaque", b"user.containers.override_stat", b"trusted.x"):
    case("U6", key.decode(), pax((b"SCHILY.xattr." + key, b"y")) + directory(b"d"),
         check=lambda t, key=key: t.xattr(b"d", key.decode()) is None and t.result["dropped_xattrs"] == 1)
case("U6", "LIBARCHIVE.xattr", pax((b"LIBARCHIVE.xattr.user.overlay.opaque", b"eQ==")) + directory(b"d"),
     check=lambda t: t.xattr(b"d", "user.overlay.opaque") is None)

# --- U7: devices ---------------------------------------------------------------------------------------------
case("U7", "null", char(b"dev/null", 1, 3) + file(b"a", b"1"), check=lambda t: not t.has(b"dev/null") and t.result["skipped_devices"] == 1)
case("U7", "block device", head(b"b", kind=b"4", dev=(8, 0)), check=lambda t: not t.has(b"b"))
case("U7", "major 2^12", char(b"x", 1 << 12, 0), "out of range")
case("U7", "minor 2^20", char(b"x", 0, 1 << 20), "out of range")
case("U7", "negative", char(b"x", base256(-1, 8), 0), "out of range")

# --- U8: types -----------------------------------------------------------------------------------------------
case("U8", "FIFO", fifo(b"p", mode=0o622), check=lambda t: stat.S_ISFIFO(t.st(b"p").st_mode) and stat.S_IMODE(t.st(b"p").st_mode) == 0o622)
case("U8", "FIFO then file", fifo(b"p") + file(b"p", b"1"), check=lambda t: t.text(b"p") == b"1")
case("U8", "contiguous", file(b"c", b"1", kind=b"7"), check=lambda t: t.text(b"c") == b"1")
case("U8", "old file type", file(b"c", b"1", kind=b"\0", magic=b"\0" * 8), check=lambda t: t.text(b"c") == b"1")
for k in b"DMVNAX89z\x01\xff":
    case("U8", "type %r" % chr(k), file(b"x", b"1", kind=bytes([k])), "is not supported")

# --- U9: mode bits --------------------------------------------------------------------------------------------
for m in (0o4755, 0o2755, 0o6755, 0o1755, 0o7777, 0o000):
    case("U9", "mode %o" % m, file(b"f", b"1", mode=m, uid=33, gid=33) + directory(b"d", mode=m, uid=33, gid=33),
         check=lambda t, m=m: stat.S_IMODE(t.st(b"f").st_mode) == m and stat.S_IMODE(t.st(b"d").st_mode) == m and t.st(b"f").st_uid == 33)
case("U9", "setgid parent", directory(b"d", mode=0o2755, gid=33) + file(b"d/f", b"1") + directory(b"d/e"),
     check=lambda t: t.st(b"d/f").st_gid == 0 and t.st(b"d/e").st_gid == 0 and stat.S_IMODE(t.st(b"d/e").st_mode) == 0o755)

# --- U10: file capabilities ------------------------------------------------------------------------------------
CAPKEY = b"SCHILY.xattr.security.capability"


def cap_case(name, value, kept):
    case("U10", name, pax((CAPKEY, value)) + file(b"f", b"1", mode=0o755, uid=33),
         check=lambda t: (t.xattr(b"f", "security.capability") is not None) == kept)


cap_case("version 2", CAP2, True)
cap_case("version 3, root 0", cap3(0), True)
cap_case("version 3, foreign root", cap3(1000), False)
cap_case("version 1", struct.pack("<III", 0x01000000, 1, 0), False)
cap_case("short", CAP2[:-1], False)
cap_case("long", CAP2 + b"x", False)
cap_case("wrong version", struct.pack("<IIIII", 0x04000000, 1, 0, 0, 0), False)
cap_case("empty", b"", False)

# --- U11: extended attributes ------------------------------------------------------------------------------------
for key in (b"security.selinux", b"security.ima", b"security.evm", b"security.apparmor", b"system.posix_acl_access",
            b"system.posix_acl_default", b"nonsense", b"user."):
    case("U11", key.decode(), pax((b"SCHILY.xattr." + key, b"value")) + file(b"f", b"1"),
         check=lambda t, key=key: t.xattr(b"f", key.decode()) is None)
case("U11", "user.x", pax((b"SCHILY.xattr.user.x", b"v\0\xff")) + file(b"f", b"1"), check=lambda t: t.xattr(b"f", "user.x") == b"v\0\xff")
case("U11", "on a directory", pax((b"SCHILY.xattr.user.x", b"v")) + directory(b"f"), check=lambda t: t.xattr(b"f", "user.x") == b"v")
case("U11", "on a link", pax((b"SCHILY.xattr.user.x", b"v")) + symlink(b"l", CANARY + b"/file"), check=lambda t: t.has(b"l"))
case("U11", "129 of them", pax(*((b"SCHILY.xattr.user.%d" % i, b"v") for i in range(129))) + file(b"f"), "more than 128")
case("U11", "above 64 KiB", pax((b"SCHILY.xattr.user.x", b"v" * 65537)) + file(b"f"), "64 KiB")
case("U11", "SCHILY.acl on a link", pax((b"SCHILY.acl.access", b"user::rwx,group::r-x,other::r-x")) + symlink(b"l", CANARY + b"/file"),
     check=lambda t: t.has(b"l"))

# --- U12: odd names ------------------------------------------------------------------------------------------------
case("U12", "case twins", file(b"Name", b"1") + file(b"name", b"2"), check=lambda t: t.text(b"Name") == b"1" and t.text(b"name") == b"2")
case("U12", "Unicode twins", file("\u00e9".encode(), b"1") + file("e\u0301".encode(), b"2"), check=lambda t: len(t.names()) == 2)
case("U12", "control bytes", file(b"a\n\x1b[31m\x7f", b"1"), check=lambda t: t.text(b"a\n\x1b[31m\x7f") == b"1")
case("U12", "invalid UTF-8", file(b"\xff\xfe\x80", b"1"), check=lambda t: t.text(b"\xff\xfe\x80") == b"1")
case("U12", "invalid UTF-8 in PAX", pax((b"path", b"\xff\xfe")) + file(b"x", b"1"), check=lambda t: t.text(b"\xff\xfe") == b"1")
case("U12", "255 bytes", long_name(b"n" * 255) + file(b"x", b"1"), check=lambda t: t.text(b"n" * 255) == b"1")
case("U12", "256 bytes", long_name(b"n" * 256) + file(b"x", b"1"), "longer than 255")
case("U12", "256 bytes in PAX", pax((b"path", b"n" * 256)) + file(b"x", b"1"), "longer than 255")
case("U12", "1,024 deep", long_name(b"d/" * 1023 + b"f") + file(b"x", b"1"), check=lambda t: t.text(b"d/" * 1023 + b"f") == b"1")
case("U12", "1,025 deep", long_name(b"d/" * 1024 + b"f") + file(b"x", b"1"), "deep")
case("U12", "10,000 deep", long_name(b"d/" * 10000 + b"f") + file(b"x", b"1"), "")
case("U12", "4,096 bytes", long_name((b"d" * 200 + b"/") * 21 + b"f") + file(b"x", b"1"), "longer than")
case("U12", "the message is one line", file(b"\n\x1b[31mevil\xe2\x80\xae/../x", b"1"), "entry", check=lambda t: all(
    0x20 <= ord(c) < 0x7f for c in t.result["message"]))

# --- U13: extended headers -------------------------------------------------------------------------------------------
case("U13", "path wins over the header", pax((b"path", b"pax")) + file(b"ustar", b"1"), check=lambda t: t.names() == ["pax"])
case("U13", "last path wins", pax((b"path", b"one"), (b"path", b"two")) + file(b"x", b"1"), check=lambda t: t.names() == ["two"])
case("U13", "path with ..", pax((b"path", b"../x")) + file(b"x", b"1"), "\"..\"")
case("U13", "linkpath", file(b"a", b"1") + pax((b"linkpath", b"a")) + hardlink(b"b", b"zzz"), check=lambda t: t.st(b"a").st_nlink == 2)
case("U13", "linkpath with ..", pax((b"linkpath", b"../canary/file")) + hardlink(b"b", b"a"), "\"..\"")
case("U13", "size wins", pax((b"size", b"3")) + head(b"f", size=0) + pad(b"abc"), check=lambda t: t.text(b"f") == b"abc")
case("U13", "last size wins", pax((b"size", b"600"), (b"size", b"3")) + head(b"f", size=0) + pad(b"abc"), check=lambda t: t.text(b"f") == b"abc")
case("U13", "size of a directory", pax((b"size", b"512")) + directory(b"d") + file(b"x", b"1"), "data in an entry")
case("U13", "ids", pax((b"uid", b"33"), (b"gid", b"34")) + file(b"f", b"1"), check=lambda t: (t.st(b"f").st_uid, t.st(b"f").st_gid) == (33, 34))
for k, v in ((b"size", b"-1"), (b"size", b"1x"), (b"size", b""), (b"size", b"9223372036854775808"), (b"uid", b"-1"),
             (b"uid", b"4294967295"), (b"gid", b"nan"), (b"mtime", b"nan"), (b"mtime", b""), (b"mtime", b"1e9"), (b"path", b""), (b"linkpath", b"")):
    case("U13", "%s=%s" % (k.decode(), v.decode()), pax((k, v)) + file(b"f", b"1"), "extended header")
for k in (b"path", b"linkpath", b"size", b"uid", b"SCHILY.xattr.user.x"):
    case("U13", "global " + k.decode(), pax((k, b"1"), kind=b"g") + file(b"f", b"1"), "global header")
case("U13", "global comment", pax((b"comment", b"git"), kind=b"g") + file(b"f", b"1"), check=lambda t: t.text(b"f") == b"1")
for n, body in (("no length", b"path=x\n"), ("length too large", b"99 path=x\n"), ("length too small", b"5 path=x\n"), ("zero", b"0 path=x\n"),
                ("no newline", b"9 path=xy"), ("no =", b"8 pathx\n"), ("no key", b"5 =x\n"), ("huge", b"99999999999999999999 a=b\n"), ("NUL", b"\0" * 20)):
    case("U13", "record: " + n, pax(body=body) + file(b"f", b"1"), "malformed extended header")
case("U13", "1 MiB and a byte", pax(body=b"x" * ((1 << 20) + 1)) + file(b"f"), "above 1 MiB")
case("U13", "1 GiB said", head(b"x", kind=b"x", size=1 << 30), "above 1 MiB")
case("U13", "long name of 1 GiB", head(b"x", kind=b"L", size=1 << 30), "above 1 MiB")
case("U13", "long name with NUL inside", head(b"x", kind=b"L", size=4) + pad(b"a\0b\0") + file(b"f"), "long name")
case("U13", "many extended headers", pax((b"comment", b"x")) * 100 + file(b"f"), "too many extended")
case("U13", "and then nothing", pax((b"path", b"x")), "extended header")
case("U13", "L and x", long_name(b"gnu") + pax((b"path", b"pax")) + file(b"x", b"1"), check=lambda t: len(t.names()) == 1)

# --- U14: sparse files -------------------------------------------------------------------------------------------------


def sparse_old(name, parts, size, data, more=b"", **k):
    raw = {}
    for i, (o, n) in enumerate(parts[:4]):
        raw[386 + 24 * i] = octal(o, 12) + octal(n, 12)
    raw[483] = octal(size, 12)
    if more:
        raw[482] = b"\1"
    return head(name, kind=b"S", size=len(data), magic=b"ustar  \0", raw=raw, **k) + more + pad(data)


def sparse_10(name, parts, size, data):
    m = b"%d\n" % len(parts) + b"".join(b"%d\n%d\n" % p for p in parts)
    body = pad(m) + data
    return pax((b"GNU.sparse.major", b"1"), (b"GNU.sparse.minor", b"0"), (b"GNU.sparse.name", name),
               (b"GNU.sparse.realsize", b"%d" % size)) + head(b"GNUSparseFile.0/x", size=len(body)) + pad(body)


def sparse_01(name, parts, size, data):
    return pax((b"GNU.sparse.size", b"%d" % size), (b"GNU.sparse.numblocks", b"%d" % len(parts)), (b"GNU.sparse.name", name),
               (b"GNU.sparse.map", b",".join(b"%d,%d" % p for p in parts))) + file(b"x", data)


def is_sparse(t):
    d = t.text(b"s")
    return len(d) == 1 << 20 and d[4096:4100] == b"data" and not d[:4096].strip(b"\0") and t.st(b"s").st_blocks * 512 < 1 << 19


case("U14", "old", sparse_old(b"s", [(4096, 4), (1 << 20, 0)], 1 << 20, b"data"), check=is_sparse)
case("U14", "1.0", sparse_10(b"s", [(4096, 4), (1 << 20, 0)], 1 << 20, b"data"), check=is_sparse)
case("U14", "0.1", sparse_01(b"s", [(4096, 4), (1 << 20, 0)], 1 << 20, b"data"), check=is_sparse)
for f, n in ((sparse_old, "old"), (sparse_10, "1.0"), (sparse_01, "0.1")):
    case("U14", n + ": overlap", f(b"s", [(0, 4), (2, 4)], 100, b"dataDATA"), "")
    case("U14", n + ": backwards", f(b"s", [(50, 4), (0, 4)], 100, b"dataDATA"), "")
    case("U14", n + ": outside", f(b"s", [(98, 4)], 100, b"data"), "")
    case("U14", n + ": then an ordinary file", f(b"s", [(4096, 4), (1 << 20, 0)], 1 << 20, b"data") + file(b"a", b"1"),
         check=lambda t: is_sparse(t) and t.text(b"a") == b"1")
for f, n in ((sparse_10, "1.0"), (sparse_01, "0.1")):
    case("U14", n + ": 8 EiB", f(b"s", [(0, 4)], (1 << 63) - 1, b"data"), "larger than")
    case("U14", n + ": 256 GiB and a byte", f(b"s", [(0, 4)], (256 << 30) + 1, b"data"), "larger than")
case("U14", "100,001 parts", pax((b"GNU.sparse.size", b"1"), (b"GNU.sparse.numblocks", b"100001")) + file(b"s"), "too many parts")
case("U14", "realsize negative", pax((b"GNU.sparse.major", b"1"), (b"GNU.sparse.minor", b"0"), (b"GNU.sparse.realsize", b"-5")) + file(b"s"), "malformed map")

# --- U15: duplicates -----------------------------------------------------------------------------------------------------
case("U15", "file, directory, link, file", file(b"x", b"1") + directory(b"x") + file(b"x/y", b"2") + symlink(b"x", CANARY) + file(b"x", b"3"),
     check=lambda t: t.text(b"x") == b"3")
case("U15", "link to the canary's file, then file", symlink(b"x", CANARY + b"/file") + file(b"x", b"evil"),
     check=lambda t: t.text(b"x") == b"evil" and stat.S_ISREG(t.st(b"x").st_mode))
case("U15", "directory tree, then link, then entry", directory(b"d") + file(b"d/f", b"1") + symlink(b"d", CANARY) + file(b"d/file", b"evil"), None)
case("U15", "hard link, then file", file(b"a", b"1") + hardlink(b"b", b"a") + file(b"b", b"2"), check=lambda t: t.text(b"a") == b"1" and t.text(b"b") == b"2")
case("U15", "FIFO, then link, then FIFO", fifo(b"p") + symlink(b"p", CANARY) + fifo(b"p"), check=lambda t: stat.S_ISFIFO(t.st(b"p").st_mode))
case("U15", "file below a file", file(b"a", b"1") + file(b"a/b", b"2"), "is a file")
case("U15", "directory twice keeps its content", directory(b"d") + file(b"d/f", b"1") + directory(b"d", mode=0o700),
     check=lambda t: t.text(b"d/f") == b"1" and stat.S_IMODE(t.st(b"d").st_mode) == 0o700)
case("U15", "a deep tree replaced", long_name(b"d/" * 900 + b"f") + file(b"x", b"1") + file(b"d", b"2"), check=lambda t: t.text(b"d") == b"2")

# --- U16: metadata of what is linked -----------------------------------------------------------------------------------------
case("U16", "mode and owner of a link", symlink(b"l", CANARY + b"/file", uid=33, gid=33, mtime=5),
     check=lambda t: t.st(b"l").st_uid == 33 and int(t.st(b"l").st_mtime) == 5)
case("U16", "directory entry after a link of that name", symlink(b"l", CANARY) + directory(b"l", mode=0o777, uid=33),
     check=lambda t: stat.S_ISDIR(t.st(b"l").st_mode) and t.st(b"l").st_uid == 33)
case("U16", "times of directories", directory(b"d", mtime=1000) + file(b"d/f", b"1") + directory(b"d/e", mtime=2000) + file(b"d/e/g", b"1") + file(b"d/h", b"1"),
     check=lambda t: int(t.st(b"d").st_mtime) == 1000 and int(t.st(b"d/e").st_mtime) == 2000)
case("U16", "directory after its children", file(b"d/f", b"1") + directory(b"d", mtime=1000, mode=0o711) + file(b"d/g", b"2"),
     check=lambda t: int(t.st(b"d").st_mtime) == 1000 and stat.S_IMODE(t.st(b"d").st_mode) == 0o711)
case("U16", "the root's time", file(b"a", b"1") + directory(b"./", mtime=1000) + file(b"b", b"1"), check=lambda t: int(t.st(b".").st_mtime) == 1000)

# --- U17: parents that only lower layers have -----------------------------------------------------------------------------------
case("U17", "missing parents", file(b"a/b/c", b"1"), check=lambda t: t.text(b"a/b/c") == b"1" and t.result["implied_dirs"] == 2)
case("U17", "one comes later", file(b"a/b/c", b"1") + directory(b"a/b", mode=0o700, mtime=1000),
     check=lambda t: stat.S_IMODE(t.st(b"a/b").st_mode) == 0o700 and int(t.st(b"a/b").st_mtime) == 1000)

# --- U18: many of a thing -------------------------------------------------------------------------------------------------------
case("U18", "5,000 entries", b"".join(file(b"f%d" % i) for i in range(5000)), check=lambda t: t.result["inodes"] == 5000 and len(t.names()) == 5000)
case("U18", "2,000 links", file(b"a", b"1") + b"".join(hardlink(b"l%d" % i, b"a") for i in range(2000)), check=lambda t: t.st(b"a").st_nlink == 2001)

# --- U19: times -------------------------------------------------------------------------------------------------------------------
case("U19", "negative", pax((b"mtime", b"-86400.5")) + file(b"f", b"1"), check=lambda t: -86402 < t.st(b"f").st_mtime < -86399)
case("U19", "year 2500", pax((b"mtime", b"16725225600")) + file(b"f", b"1"), check=lambda t: t.st(b"f").st_mtime > 1 << 32)
case("U19", "nanoseconds", pax((b"mtime", b"1600000000.123456789")) + file(b"f", b"1"), check=lambda t: t.st(b"f").st_mtime_ns == 1600000000123456789)
case("U19", "many digits", pax((b"mtime", b"1600000000." + b"9" * 300)) + file(b"f", b"1"), check=lambda t: t.has(b"f"))
case("U19", "10^18", pax((b"mtime", b"9" * 18)) + file(b"f", b"1"), check=lambda t: t.has(b"f"))
case("U19", "10^30", pax((b"mtime", b"9" * 30)) + file(b"f", b"1"), "malformed time")
case("U19", "base 256 negative", file(b"f", b"1", mtime=base256(-5, 12)), check=lambda t: t.has(b"f"))
case("U19", "no number", file(b"f", b"1", mtime=b"nan\0\0\0\0\0\0\0\0\0"), "malformed time")

# --- U20: owners --------------------------------------------------------------------------------------------------------------------
case("U20", "inside", file(b"f", b"1", uid=1000, gid=65534), check=lambda t: (t.st(b"f").st_uid, t.st(b"f").st_gid) == (1000, 65534))
case("U20", "outside the map", pax((b"uid", b"4000000000")) + file(b"f", b"1"), "outside the ids")
case("U20", "-1", file(b"f", b"1", uid=base256(-1, 8)), "out of range")
case("U20", "2^32-1", file(b"f", b"1", uid=base256(4294967295, 8)), "out of range")
case("U20", "2^32", file(b"f", b"1", gid=base256(4294967296, 8)), "out of range")
case("U20", "2^63", pax((b"gid", b"9223372036854775808")) + file(b"f", b"1"), "out of range")
case("U20", "no number", file(b"f", b"1", uid=b"0x10\0\0\0\0"), "malformed owner")

# --- U21: ends ------------------------------------------------------------------------------------------------------------------------
case("U21", "no end blocks", file(b"f", b"1"), check=lambda t: t.text(b"f") == b"1", end=b"")
case("U21", "one end block", file(b"f", b"1"), check=lambda t: t.text(b"f") == b"1", end=b"\0" * 512)
case("U21", "in a header", file(b"f", b"1") + file(b"g", b"1")[:300], "", end=b"")
case("U21", "in the data", file(b"f", b"x" * 1000)[:700], "", end=b"")
case("U21", "in the padding", file(b"f", b"x" * 1000)[:-10], "", end=b"")
case("U21", "no padding after the last file, as umoci leaves it", file(b"f", b"x" * 1000)[:512 + 1000], check=lambda t: t.text(b"f") == b"x" * 1000, end=b"")
case("U21", "after the header", head(b"f", size=10), "", end=b"")
case("U21", "second archive is not read", file(b"f", b"1") + END + file(b"../evil", b"1"), check=lambda t: t.names() == ["f"])
case("U21", "bytes after the end", file(b"f", b"1") + END + b"garbage" * 1000, check=lambda t: t.names() == ["f"], end=b"")
case("U21", "nothing but an end", b"", check=lambda t: t.names() == [])
case("U21", "no tar", b"this is not a tar file at all" * 100, "no tar header", end=b"")
case("U21", "wrong checksum", file(b"a", b"1") + bytes(head(b"f"))[:148] + b"0000000\0" + head(b"f")[156:], "checksum")
case("U21", "size beyond the end", head(b"f", size=0o77777777777), "", end=b"")
case("U21", "size negative", head(b"f", size=base256(-512, 12)), "malformed size")
case("U21", "size 2^63", head(b"f", size=b"\x80\0\0\0" + (1 << 63).to_bytes(8, "big")), "")

# --- U22: modes that lock out -----------------------------------------------------------------------------------------------------------
case("U22", "directory of mode 0", directory(b"d", mode=0) + file(b"d/f", b"1", mode=0) + directory(b"d/e", mode=0) + file(b"d/e/g", b"2"),
     check=lambda t: t.text(b"d/f") == b"1" and t.text(b"d/e/g") == b"2" and stat.S_IMODE(t.st(b"d").st_mode) == 0)


# --- running --------------------------------------------------------------------------------------------------------------------------

def digest_tree(top):
    """Names, types, owners, modes, times, xattrs and contents of a tree."""
    h = hashlib.sha256()
    for base, dirs, files in os.walk(top):
        dirs.sort()
        for n in sorted(dirs + files) + ["."]:
            p = os.path.join(base, n)
            s = os.lstat(p)
            h.update(repr((p, s.st_mode, s.st_uid, s.st_gid, s.st_ino, s.st_nlink, s.st_size, s.st_mtime_ns, s.st_ctime_ns,
                           os.listxattr(p, follow_symlinks=False))).encode())
            if stat.S_ISREG(s.st_mode):
                with open(p, "rb") as f:
                    h.update(f.read())
    return h.hexdigest()


OUTSIDE = ("canary", "diff-x")  # diff-x: a sibling whose name begins like the destination's


def make_canary(top):
    os.makedirs(top + "/canary/dir")
    os.makedirs(top + "/diff-x")
    for n in ("canary/file", "canary/dir/f", "diff-x/file"):
        with open(os.path.join(top, n), "w") as f:
            f.write("untouched\n")
    os.symlink("file", top + "/canary/link")


def outside(top):
    return sorted(os.listdir(top)), [digest_tree(os.path.join(top, n)) for n in OUTSIDE]


def unpack(program, data, dest, args=()):
    """Start podlite-unpack as layer_spawn_unpack does; its struct layer_result as a dict."""
    os.mkdir(dest)
    os.chmod(dest, 0o755)
    r, w = os.pipe()
    dirfd = os.open(dest, os.O_RDONLY | os.O_DIRECTORY)

    def place():
        d, o = os.dup2(dirfd, 100), os.dup2(w, 101)
        index = [os.dup2(os.open(dest + n, os.O_WRONLY | os.O_CREAT, 0o600), 102 + k) for k, n in enumerate(INDEX)]
        for target, fd in enumerate([d, o, *index], 3):
            os.dup2(fd, target)
    p = subprocess.Popen([program, "--index", *args], stdin=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=place, close_fds=False)
    os.close(w)
    os.close(dirfd)
    try:
        p.stdin.write(data)
        p.stdin.close()
    except BrokenPipeError:
        pass
    raw = b""
    while part := os.read(r, 4096):
        raw += part
    os.close(r)
    noise = p.stderr.read()
    p.stderr.close()
    status = p.wait(60)
    if len(raw) < 600:
        return {"status": status, "crashed": True, "message": "no result, status %d: %s" % (status, noise.decode(errors="replace")[:2000])}
    kind, = struct.unpack_from("=i", raw)
    tar, disk, inodes, _sum, devices, xattrs, implied, replaced, opaque = struct.unpack_from("=QQQIIIIII", raw, 584)
    return {"status": status, "crashed": status not in (0, 1), "kind": kind, "message": raw[12:512].split(b"\0")[0].decode(errors="replace"),
            "diff_id": raw[512:576].decode(), "tar_size": tar, "disk_bytes": disk, "inodes": inodes, "skipped_devices": devices,
            "dropped_xattrs": xattrs, "implied_dirs": implied, "replaced": replaced, "opaque_root": opaque}


def number(f):
    v = shift = 0
    while True:
        c = f.read(1)[0]
        v |= (c & 127) << shift
        shift += 7
        if c < 128:
            return v


def pieces(f):
    out = b""
    while n := number(f):
        out += f.read(n)
    return out


def in_root(root, path):
    """path's directory below root, links seen from there."""
    parts, at, hops = path.split(b"/"), root, 0
    while parts and hops < 100:
        part = parts.pop(0)
        if part == b"..":
            at = os.path.dirname(at) if at != root else root
        elif part and os.path.islink(at + b"/" + part):
            hops += 1
            text = os.readlink(at + b"/" + part)
            at = root if text.startswith(b"/") else at
            parts = text.split(b"/") + parts
        elif part not in (b"", b"."):
            at += b"/" + part
    return at


def contents(dest, f):
    """tar-files.zst (storage/tarindex.h): {entry: content}."""
    where, found, entry, ino, path = {}, {}, 0, 0, b""
    while kind := f.read(1):
        if kind == b"D":
            path, ino = f.read(number(f)), number(f)
        elif kind == b"F":
            entry += number(f)
            where[entry] = ino, f.read(number(f)), path
        elif kind == b"I":
            entry += number(f)
            found[entry] = pieces(f)
        else:
            old = number(f), f.read(number(f))
            data = pieces(f)
            of = [e for e, w in where.items() if w[:2] == old]
            if of:
                found[of[-1]] = data
                del where[of[-1]]
    for e, (_, name, path) in where.items():
        with open(in_root(dest.encode(), path) + b"/" + name, "rb") as g:
            found[e] = g.read()
    return found


def rebuild(dest):
    """The tar that the layer came from, from its tree and the index."""
    f, g = (io.BytesIO(subprocess.run(["zstd", "-dcq", dest + n], stdout=subprocess.PIPE, check=True).stdout) for n in INDEX[:2])
    content, entry, out = contents(dest, g), 0, []
    while f.tell() < f.getbuffer().nbytes:
        n, kind = divmod(number(f), 4)
        if kind == 2:
            entry += number(f)
            out.append(content[entry])
            if len(out[-1]) != n:
                raise OSError("content of entry %d has %d bytes, not %d" % (entry, len(out[-1]), n))
        else:
            out.append(bytes(n) if kind else f.read(n))
    return b"".join(out)


def judge(res, data, want, check, dest):
    """None, or what is wrong."""
    if res["crashed"]:
        return "crash: " + res["message"]
    ok = res["kind"] == 0
    if ok != (res["status"] == 0):
        return "status %d and kind %d" % (res["status"], res["kind"])
    if not ok and not res["message"]:
        return "no message"
    if want is not None and ok != (want == "ok"):
        return "refused: " + res["message"] if want == "ok" else "accepted"
    if want not in (None, "ok") and want not in res["message"]:
        return "the message is: " + res["message"]
    if ok and (res["diff_id"] != hashlib.sha256(data).hexdigest() or res["tar_size"] != len(data)):
        return "wrong DiffID or size"
    if ok:
        try:
            if rebuild(dest) != data:
                return "the rebuilt tar differs"
        except (OSError, KeyError, IndexError) as e:
            return "the tar cannot be rebuilt: %r" % e
    if check:
        t = Tree(dest)
        t.result = res
        try:
            if not check(t):
                return "the tree is not as it should be: %s; %s" % (t.names(), res["message"])
        except OSError as e:
            return "the tree is not as it should be: %s; %s" % (e, res["message"])
    return None


def remove(top):
    """As podlite does: whatever modes are inside. Deep trees need more than shutil's recursion."""
    subprocess.run(["rm", "-rf", top], check=True)


def run_case(program, top, row, name, data, want, check, pack=lambda d: d):
    make_canary(top)
    names, before = outside(top)
    data = repath(data, top)
    res = unpack(program, pack(data), top + "/diff")
    why = judge(res, data, want, check, top + "/diff")
    if outside(top) != (sorted(names + ["diff"] + ["diff" + n for n in INDEX]), before):
        why = "THE CANARY CHANGED"
    remove(top)
    if why:
        print("%s: %s: %s" % (row, name, why))
    return not why


def repath(data, top):
    """Put the canary's path into the names, in whose headers the checksum then has to be made anew."""
    real = (top + "/canary").encode()
    out = bytearray(data)
    at = out.find(CANARY)
    while at >= 0:
        block = at - at % BLOCK
        field = 157 if at - block >= 157 else 0
        end = block + field + 100
        text = bytes(out[block + field:end]).split(b"\0")[0].replace(CANARY, real)
        if len(text) > 100:
            raise SystemExit("the directory's path is too long for these tests: " + top)
        out[block + field:end] = text.ljust(100, b"\0")
        out[block + 148:block + 156] = b" " * 8
        out[block + 148:block + 156] = b"%06o\0 " % sum(out[block:block + BLOCK])
        at = out.find(CANARY, at + 1)
    return bytes(out)


def run(program, base, rows):
    good = True
    n = 0
    for i, (row, name, data, want, check) in enumerate(CASES):
        if row not in rows:
            continue
        n += 1
        good &= run_case(program, os.path.join(base, "c%d" % i), row, name, data, want, check)
    print("%d cases" % n)
    return good and n > 0


def pairs(program, base):
    """One of each kind after each other: whatever happens, nothing outside changes and nothing crashes."""
    kinds = [file(b"x", b"evil", mode=0o4777), directory(b"x", mode=0), symlink(b"x", CANARY), symlink(b"x", b".."), symlink(b"x", b"/"),
             hardlink(b"x", b"y"), hardlink(b"y", b"x"), fifo(b"x"), char(b"x", 0, 0), char(b"x", 1, 3), file(b".wh.x"), file(b".wh.y"),
             file(b"x/.wh..wh..opq"), file(b"x/file", b"evil"), directory(b"x/dir"), symlink(b"x/y", CANARY + b"/file"), hardlink(b"x/y", b"x/file"),
             file(b"x/y", b"evil"), file(b"x/.wh.file"), symlink(b"y", b"x"), file(b"y/file", b"evil"), directory(b"y"), file(b"y", b"evil"),
             hardlink(b"z", b"x/file"), pax((b"path", b"x/file")) + file(b"z", b"evil"), pax((b"SCHILY.xattr.user.overlay.opaque", b"y")) + directory(b"x"),
             sparse_old(b"x", [(4096, 4), (8192, 0)], 8192, b"data"), directory(b"./", mode=0), file(b".wh..wh..opq")]
    good = True
    for i, a in enumerate(kinds):
        for j, b in enumerate(kinds):
            c = kinds[(i * 7 + j * 3) % len(kinds)]
            good &= run_case(program, os.path.join(base, "p"), "pair", "%d %d" % (i, j), a + b + c + END, None, None)
    return good


def zstd(data, *args):
    return subprocess.run(["zstd", "-qc", *args], input=data, stdout=subprocess.PIPE, check=True).stdout


def damage(whole):
    """A bit flipped after the middle, the first one that zlib sees: in a run of zeros a wrong distance gives the same bytes."""
    for at in range(len(whole) // 2, len(whole)):
        damaged = bytearray(whole)
        damaged[at] ^= 1
        try:
            gzip.decompress(damaged)
        except (OSError, EOFError, zlib.error):
            return bytes(damaged)


def packed(program, base):
    plain = b"".join(file(b"f%d" % i, os.urandom(3000)) for i in range(300)) + END
    whole = gzip.compress(plain, 1)
    empty = gzip.compress(b"")
    cases = [
        ("gzip", whole, "ok"),
        ("gzip members", b"".join(gzip.compress(plain[i:i + 10000]) for i in range(0, len(plain), 10000)), "ok"),
        ("gzip, padded with zeros", whole + b"\0" * 1000, "ok"),
        ("gzip, empty members", empty * 10 + whole + empty * 10, "ok"),
        ("gzip, too many empty members", whole + empty * 5000, "empty gzip members"),
        ("gzip, foreign bytes after it", whole + b"evil", "foreign bytes"),
        ("gzip cut off", whole[:-1], "cut off"),
        ("gzip cut off early", whole[:5], "cut off"),
        ("gzip cut off between", whole[:len(whole) // 2], "cut off"),
        ("gzip checksum", whole[:-8] + b"evil" + whole[-4:], "damaged"),
        ("gzip data", damage(whole), ""), # a flipped bit may first be seen as a strange tar
        ("gzip with a name", b"\x1f\x8b\x08\x08\0\0\0\0\0\3name\0" + whole[10:], "ok"),
        ("bzip2", b"BZh91AY&SY" + b"x" * 100, "bzip2"),
        ("xz", b"\xfd7zXZ\0" + b"x" * 100, "xz"),
        ("nothing", b"", "empty"),
    ]
    if subprocess.run(["sh", "-c", "command -v zstd"], stdout=subprocess.DEVNULL).returncode == 0:
        z = zstd(plain, "-1")
        skip = struct.pack("<II", 0x184D2A53, 5) + b"hello"
        cases += [
            ("zstd", z, "ok"),
            ("zstd frames", b"".join(zstd(plain[i:i + 50000]) for i in range(0, len(plain), 50000)), "ok"),
            ("zstd, skippable frames", skip + z + skip, "ok"),
            ("zstd cut off", z[:-1], "cut off"),
            ("zstd, foreign bytes after it", z + b"evil", ""),
            ("zstd, window of 2 GiB", zstd(plain, "--ultra", "--long=31", "--single-thread"), None),
            ("zstd, window of 128 MiB", zstd(plain, "--long=27"), "ok"),
            ("zstd, too many empty frames", z + zstd(b"") * 3000, "empty zstd frames"),
        ]
    good = True
    for name, data, want in cases:
        top = os.path.join(base, "z")
        make_canary(top)
        res = unpack(program, data, top + "/diff")
        why = judge(res, plain, want, None, top + "/diff")
        remove(top)
        if why:
            print("R5: %s: %s" % (name, why))
            good = False
    return good


def start(program, dest):
    """The unpacker with its input still open."""
    os.mkdir(dest)
    dirfd = os.open(dest, os.O_RDONLY | os.O_DIRECTORY)
    r, w = os.pipe()

    def place():
        d, o = os.dup2(dirfd, 100), os.dup2(w, 101)
        os.dup2(d, 3)
        os.dup2(o, 4)
    p = subprocess.Popen([program], stdin=subprocess.PIPE, preexec_fn=place, close_fds=False)
    os.close(w)
    os.close(dirfd)
    return p, r


def killed(program, base):
    """U23: kill -9 after each of some entries; the pieces can be removed, and nothing else has changed."""
    data = b"".join(directory(b"d%d" % i, mode=0) + file(b"d%d/f" % i, b"x" * 5000, mode=0) for i in range(100)) + END
    for cut in (0, 100, 512, 1024, 20000, 100000, len(data) - 1):
        top = os.path.join(base, "k")
        make_canary(top)
        names, before = outside(top)
        p, r = start(program, top + "/diff")
        p.stdin.write(data[:cut])
        p.stdin.flush()
        time.sleep(0.02)
        p.kill()
        p.wait(30)
        if os.read(r, 1):
            return "a result although it was killed after %d bytes" % cut
        os.close(r)
        if outside(top) != (sorted(names + ["diff"]), before):
            return "the canary changed"
        remove(top)
    return None


def full(program, base):
    """U23: a full disk is an error that says so."""
    top = os.path.join(base, "full")
    os.mkdir(top)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1M", "tmpfs", top], check=True)
    res = unpack(program, file(b"f", b"x" * (3 << 20)) + END, top + "/diff")
    small = unpack(program, b"".join(file(b"f%d" % i, b"x" * 5000) for i in range(1000)) + END, top + "/diff2")
    subprocess.run(["umount", top], check=True)
    os.rmdir(top)
    if res["crashed"] or "larger than the space" not in res["message"]:
        return "a file above the free space: " + res["message"]
    if small["crashed"] or not ("larger than" in small["message"] or "No space" in small["message"]):
        return "many files: " + small["message"]
    return None


def confined(program, base):
    """U24: what /proc shows of an unpacker that waits for its input."""
    top = os.path.join(base, "s")
    os.mkdir(top)
    p, r = start(program, top + "/diff")
    want = {"Seccomp": "2", "NoNewPrivs": "1", "CapEff": "000000008800001b", "CapPrm": "000000008800001b"}
    got = {}
    for _ in range(200):
        with open("/proc/%d/status" % p.pid) as f:
            got = dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)
        if got.get("Threads") == "2":
            break
        time.sleep(0.01)
    with open("/proc/%d/limits" % p.pid) as f:
        core = [line.split()[4] for line in f if line.startswith("Max core")]
    p.kill()
    p.wait(30)
    os.close(r)
    remove(top)
    if "libasan" in subprocess.run(["ldd", program], stdout=subprocess.PIPE).stdout.decode():
        want.pop("Seccomp")
    wrong = ["%s is %s" % (k, got.get(k)) for k, v in want.items() if got.get(k) != v]
    return ", ".join(wrong) or (None if core == ["0"] else "core dumps of %s" % core)


def faults(program, base):
    good = True
    for f in (killed, full, confined):
        why = f(program, base)
        if why:
            print("%s: %s" % (f.__doc__.split(":")[0], why))
            good = False
    return good


def main():
    if sys.argv[1] == "write":
        os.makedirs(sys.argv[2], exist_ok=True)
        for i, (row, name, data, want, check) in enumerate(CASES):
            if len(data) <= 8192:
                clean = "".join(c if c.isalnum() and c.isascii() else "-" for c in name)[:40]
                with open(os.path.join(sys.argv[2], "%s-%s-%d.tar" % (row, clean, i)), "wb") as f:
                    f.write(repath(data, "/tmp/x"))
        return 0
    base = os.path.realpath(sys.argv[3])
    os.makedirs(base, exist_ok=True)
    if sys.argv[1] == "one":
        with open(sys.argv[4], "rb") as f:
            res = unpack(sys.argv[2], f.read(), base + "/diff")
        print(res["message"])
        return 1 if res["crashed"] or res["kind"] else 0
    others = {"pairs": pairs, "packed": packed, "faults": faults}
    if sys.argv[1] in others:
        return 0 if others[sys.argv[1]](sys.argv[2], base) else 1
    return 0 if run(sys.argv[2], base, sys.argv[4:]) else 1


if __name__ == "__main__":
    sys.exit(main())
