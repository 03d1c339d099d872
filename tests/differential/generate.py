"""Random valid config.json documents for run.py: generate(seed, rootfs, work) -> dict. What a seed
gives never depends on the machine. Limits of memory and processes are left out: they would make
the inspection fail or not by chance."""

import random

CAPS = """CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP NET_BIND_SERVICE
NET_ADMIN NET_RAW IPC_LOCK SYS_CHROOT SYS_PTRACE SYS_ADMIN SYS_NICE MKNOD AUDIT_WRITE SETFCAP""".split()
LIMITS = {"CORE": 1 << 30, "CPU": 500, "DATA": 1 << 34, "FSIZE": 1 << 34, "LOCKS": 100, "MSGQUEUE": 10000,
          "NOFILE": 512, "SIGPENDING": 500, "STACK": 1 << 23, "RTTIME": 10**7}


def pick(r, items, k=None):
    return r.sample(items, r.randint(0, len(items)) if k is None else k)


def capabilities(r):
    bounding = pick(r, CAPS)
    permitted = [c for c in bounding if r.random() < 0.8]
    effective = [c for c in permitted if r.random() < 0.8]
    inheritable = [c for c in permitted if r.random() < 0.3]
    ambient = [c for c in inheritable if r.random() < 0.5]
    sets = {"bounding": bounding, "permitted": permitted, "effective": effective,
            "inheritable": inheritable, "ambient": ambient}
    return {k: ["CAP_" + c for c in v] for k, v in sets.items() if v or r.random() < 0.7}


def user(r):
    u = {"uid": r.choice([0, 0, 1, 33, 1000, 65534]), "gid": r.choice([0, 0, 1, 34, 1000])}
    if r.random() < 0.5:
        u["additionalGids"] = sorted(pick(r, [0, 4, 10, 34, 50, 1000, 5000]))
    if r.random() < 0.4:
        u["umask"] = r.choice([0, 0o22, 0o77, 0o27])
    return u


def process(r):
    p = {"terminal": False, "user": user(r), "cwd": r.choice(["/", "/", "/tmp", "/etc", "/new/dir"]),
         "args": ["sh", "/inspect.sh", *pick(r, ["a b", "$HOME", "'", "", "--", "ü"])],
         "env": ["PATH=/bin:/usr/bin:/sbin"]}
    p["env"] += pick(r, ["A=1", "B=", "C=x=y", "TERM=xterm", "HOME=/somewhere", "LONG=" + "z" * 2000])
    if r.random() < 0.3:
        p["env"].append("EXIT=%d" % r.choice([1, 3, 100, 255]))
    if r.random() < 0.9:
        p["capabilities"] = capabilities(r)
    if r.random() < 0.5:
        p["noNewPrivileges"] = r.random() < 0.7
    if r.random() < 0.5:
        p["rlimits"] = [{"type": "RLIMIT_" + k, "hard": LIMITS[k], "soft": r.choice([LIMITS[k], LIMITS[k] // 2])}
                        for k in pick(r, sorted(LIMITS), r.randint(1, 4))]
    if r.random() < 0.4:
        p["oomScoreAdj"] = r.choice([0, 100, 500, 1000])
    return p


def namespaces(r):
    kinds = [k for k in ["pid", "network", "ipc", "uts", "cgroup"] if r.random() < 0.8]
    ns = [{"type": "mount"}] + [{"type": k} for k in kinds]
    r.shuffle(ns)
    return ns


def bind(r, i, work):
    kind = r.choice(["dir", "file"])
    options = [r.choice(["bind", "rbind"])] + pick(r, ["ro", "nosuid", "nodev", "noexec", "noatime"])
    if r.random() < 0.4:
        options.append(r.choice(["private", "rprivate", "slave", "rslave", "shared", "rshared"]))
    return {"destination": "/m%d" % i if kind == "dir" else "/mf/%d" % i, "type": r.choice(["bind", "none"]),
            "source": "%s/source-%s" % (work, kind), "options": options}


def tmpfs(r, i):
    options = pick(r, ["ro", "nosuid", "nodev", "noexec", "size=1m", "mode=1777", "mode=0700", "strictatime", "nr_inodes=50"])
    if len([o for o in options if o.startswith("mode")]) > 1:
        options.remove("mode=0700")
    return {"destination": "/m%d" % i, "type": "tmpfs", "source": "tmpfs", "options": options}


def mounts(r, ns, work):
    own = {n["type"] for n in ns}
    m = [{"destination": "/proc", "type": "proc", "source": "proc", "options": pick(r, ["nosuid", "noexec", "nodev"])}]
    m.append({"destination": "/dev", "type": "tmpfs", "source": "tmpfs",
              "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]})
    if r.random() < 0.9:
        m.append({"destination": "/dev/pts", "type": "devpts", "source": "devpts",
                  "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]})
    if r.random() < 0.8:
        m.append({"destination": "/dev/shm", "type": "tmpfs", "source": "shm",
                  "options": ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]})
    if r.random() < 0.7 and "ipc" in own:
        m.append({"destination": "/dev/mqueue", "type": "mqueue", "source": "mqueue", "options": ["nosuid", "noexec", "nodev"]})
    if r.random() < 0.8 and "network" in own:
        m.append({"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"]})
        if r.random() < 0.7:
            m.append({"destination": "/sys/fs/cgroup", "type": "cgroup", "source": "cgroup",
                      "options": ["nosuid", "noexec", "nodev", "relatime", "ro"]})
    for i in range(1, r.randint(1, 5)):
        m.append(bind(r, i, work) if r.random() < 0.6 else tmpfs(r, i))
    return m


def sysctls(r, own):
    s = {}
    if "ipc" in own:
        s.update({"kernel.msgmax": "5000", "kernel.shm_rmid_forced": "1", "fs.mqueue.msg_max": "20"})
    if "network" in own:
        s.update({"net.ipv4.ip_forward": "1", "net.ipv4.ping_group_range": "0 100"})
    return {k: s[k] for k in pick(r, sorted(s))}


def seccomp(r):
    s = {"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
         "syscalls": [{"names": ["swapon", "reboot"], "action": "SCMP_ACT_ERRNO"}]}
    if r.random() < 0.5:
        s["syscalls"].append({"names": ["sethostname"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38})
    return s


def permit_what_the_filter_takes(p):
    """podlite-runtime sets the filter last, for which CAP_SYS_ADMIN stays until exec where there is no
    noNewPrivileges (oci/rt_child_id.c, for_filter). A uid 0 that gets only that one more from its
    bounding set by the exec has got nothing new then and stays dumpable; with runc it has and does
    not. ptrace's own rule, no more capabilities than the tracer, holds either way."""
    caps = p.get("capabilities", {})
    if not p.get("noNewPrivileges") and "CAP_SYS_ADMIN" in caps.get("bounding", []):
        permitted = caps.setdefault("permitted", [])
        permitted += ["CAP_SYS_ADMIN"] if "CAP_SYS_ADMIN" not in permitted else []


def generate(seed, work):
    r = random.Random(seed)
    ns = namespaces(r)
    own = {n["type"] for n in ns}
    linux = {"namespaces": ns}
    doc = {"ociVersion": r.choice(["1.0.0", "1.0.2"]), "process": process(r),
           "root": {"path": "rootfs", "readonly": r.random() < 0.6}, "mounts": mounts(r, ns, work), "linux": linux}
    if "uts" in own and r.random() < 0.7:
        doc["hostname"] = r.choice(["box", "a.b.c", "x" * 60])
    if r.random() < 0.7:
        linux["maskedPaths"] = pick(r, ["/proc/kcore", "/proc/keys", "/proc/acpi", "/proc/scsi", "/proc/timer_list",
                                        "/sys/firmware", "/mask-dir", "/mask-file", "/no/such"])
    if r.random() < 0.7:
        linux["readonlyPaths"] = pick(r, ["/proc/sys", "/proc/irq", "/proc/bus", "/ro-dir", "/no/such"])
    if r.random() < 0.5:
        linux["sysctl"] = sysctls(r, own)
    if r.random() < 0.3:
        linux["rootfsPropagation"] = r.choice(["private", "rprivate", "slave", "rslave"])
    if r.random() < 0.3:
        linux["seccomp"] = seccomp(r)
        permit_what_the_filter_takes(doc["process"])
    if r.random() < 0.3:
        linux["devices"] = [{"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229, "fileMode": 0o640, "uid": 1, "gid": 2}]
    if r.random() < 0.3:
        ns.append({"type": "user"})
        for m in doc["mounts"]:  # runc 1.1 then fails to change times of access, which are locked
            m["options"] = [o for o in m["options"] if o != "noatime"]
        first = r.choice([0, 100000])
        linux["uidMappings"] = [{"containerID": 0, "hostID": first, "size": 65536}]
        linux["gidMappings"] = [{"containerID": 0, "hostID": first, "size": 65536}]
    if r.random() < 0.3:
        doc["annotations"] = {"some.note": "value"}
    return doc
