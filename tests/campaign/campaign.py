"""campaign.py - what the campaigns share: stores that are restored for each point, an oracle that reads
them without podlite's help, the commands under test, and TAP."""
import hashlib, io, json, multiprocessing, os, pwd, re, shutil, stat, subprocess, sys, tarfile, time

STAGE = os.environ["CAMPAIGN_STAGE"]
REGISTRY = os.environ["CAMPAIGN_REGISTRY"]
USER = pwd.getpwnam(os.environ["CAMPAIGN_USER"])
POINTS = float(os.environ.get("CAMPAIGN_POINTS", "1"))
ONLY, AT = os.environ.get("CAMPAIGN_ONLY", ""), os.environ.get("CAMPAIGN_AT", "")
BIN = STAGE + "/bin"
ONE, TWO = REGISTRY + "/one", REGISTRY + "/two"  # they share their lower layer
ENV = {"HOME": STAGE + "/home", "USER": USER.pw_name, "LOGNAME": USER.pw_name, "TMPDIR": STAGE + "/tmp",
       "LANG": "C.UTF-8", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
       "CONTAINERS_REGISTRIES_CONF": STAGE + "/registries.conf"}
HEX = re.compile(r"[0-9a-f]{64}")


# ---- images ----

def tar(*entries):
    """entries: (name, content) or (name, None) for a directory; uid 33 below www/"""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as t:
        for name, content in entries:
            i = tarfile.TarInfo(name)
            i.mtime = 1600000000
            i.uid = i.gid = 33 if name.startswith("www") else 0
            i.mode = 0o755
            if content is None:
                i.type = tarfile.DIRTYPE
            elif isinstance(content, str):
                i.type, i.linkname = (tarfile.LNKTYPE, content[1:]) if content[0] == "=" else (tarfile.SYMTYPE, content)
            else:
                i.size = len(content)
            t.addfile(i, io.BytesIO(content) if isinstance(content, bytes) else None)
    return out.getvalue()


def make_images():
    """two images of two layers with all that layers can have: links, whiteouts, replaced files,
    other owners, parents without an entry; and one layer large enough that a pull keeps its beginning (storage/partial.h)"""
    with open(BIN + "/nothing", "rb") as f:
        nothing = f.read()
    base = tar(("bin", None), ("bin/nothing", nothing), ("bin/same", "=bin/nothing"), ("bin/link", "nothing"),
               ("www", None), ("www/page", b"page\n" * 2000), ("old", None), ("old/gone", b"gone\n"), ("deep/er/file", b"x"))
    uppers = {"one": tar(("old/.wh.gone", b""), ("www/page", b"1\n"), ("www/page", b"2\n"), ("www/own", b"own\n"),
                         ("big", os.urandom(3 << 19))),
              "two": tar(("two", b"two\n"), ("www/two", os.urandom(100000)))}
    for name, upper in uppers.items():
        files = []
        for n, data in enumerate((base, upper)):
            files += ["-l", f"{STAGE}/tmp/{name}{n}.tar:gzip"]
            with open(f"{STAGE}/tmp/{name}{n}.tar", "wb") as f:
                f.write(data)
        subprocess.run([os.environ["MKIMAGE"], f"{REGISTRY}/{name}:latest", "--cmd", "/bin/nothing", *files],
                       check=True, stdout=subprocess.DEVNULL)


# ---- stores ----

class Result:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err


class Store:
    """a store and a run directory at a fixed place (containers name it), restored from copies"""

    def __init__(self, name):
        self.dir = f"{STAGE}/w-{name}"
        self.root, self.run = self.dir + "/root", self.dir + "/run"
        self.copies = 0
        os.makedirs(self.dir, exist_ok=True)
        os.chown(self.dir, USER.pw_uid, USER.pw_gid)
        self.clear()

    def clear(self):
        for d in (self.root, self.run):
            shutil.rmtree(d, ignore_errors=True)
            os.mkdir(d, 0o700)
            os.chown(d, USER.pw_uid, USER.pw_gid)

    def settle(self):
        """what is out of sight may be deleted a moment later"""
        for _ in range(100):
            if not os.path.isdir(self.root + "/tmp") or not os.listdir(self.root + "/tmp"):
                return
            time.sleep(.02)

    def keep(self):
        self.settle()
        self.copies += 1
        copy = f"{self.dir}/copy{self.copies}"
        subprocess.run(["cp", "-a", self.root, copy], check=True)
        return copy

    def restore(self, copy):
        self.clear()
        os.rmdir(self.root)
        subprocess.run(["cp", "-a", copy, self.root], check=True)

    def argv(self, *args):
        return [BIN + "/podlite", "--root", self.root, "--runroot", self.run, *args]

    def podlite(self, *args, timeout=60):
        try:
            p = subprocess.run(self.argv(*args), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               env={**ENV, "XDG_RUNTIME_DIR": self.run}, user=USER.pw_uid, group=USER.pw_gid,
                               extra_groups=[], cwd=self.dir, timeout=timeout)
        except subprocess.TimeoutExpired:
            return Result(124, "", f"no end within {timeout} s")
        return Result(p.returncode, p.stdout.decode(errors="replace"), p.stderr.decode(errors="replace"))

    def must(self, *args):
        r = self.podlite(*args)
        if r.status:
            raise AssertionError(f"podlite {' '.join(args)}: status {r.status}: {r.err.strip()}")
        return r.out.strip()

    def strike(self, how, *args):
        """podlite under strike: its Result and the report as a dictionary"""
        report = self.dir + "/report"
        p = subprocess.run([BIN + "/strike", "-u", f"{USER.pw_uid}:{USER.pw_gid}", "-t", "40", "-o", report, *how,
                            *self.argv(*args)],
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           env={**ENV, "XDG_RUNTIME_DIR": self.run}, cwd=self.dir)
        with open(report) as f:
            info = dict(item.split("=", 1) for item in f.read().split())
        return Result(p.returncode, p.stdout.decode(errors="replace"), p.stderr.decode(errors="replace")), info


# ---- the oracle: what is on the disk, read without podlite ----

def file_facts(path, st):
    kind = stat.S_IFMT(st.st_mode)
    xattrs = [(n, os.getxattr(path, n, follow_symlinks=False)) for n in sorted(os.listxattr(path, follow_symlinks=False))]
    content = ""
    if kind == stat.S_IFREG:
        with open(path, "rb") as f:
            content = hashlib.sha256(f.read()).hexdigest()
    elif kind == stat.S_IFLNK:
        content = os.readlink(path)
    return (kind, stat.S_IMODE(st.st_mode), st.st_uid, st.st_gid, st.st_rdev,
            st.st_size if kind != stat.S_IFDIR else 0, content, str(xattrs))


def walk(top):
    """{relative path: lstat} of all below"""
    found = {}
    for folder, dirs, files in os.walk(top):
        for name in dirs + files:
            path = os.path.join(folder, name)
            found[os.path.relpath(path, top)] = os.lstat(path)
    return found


def fingerprint(layer):
    """of a layer's directory: its tree to the last byte, and that its papers are there"""
    h = hashlib.sha256()
    for path, st in sorted(walk(layer + "/diff").items()):
        h.update(repr((path, file_facts(os.path.join(layer, "diff", path), st))).encode())
    for paper in ("layer.json", "tar-index.zst"):
        h.update(str(os.path.getsize(os.path.join(layer, paper)) > 0).encode())
    return h.hexdigest()


def blob_is_whole(store, digest):
    hex_ = digest.split(":")[-1]
    with open(f"{store.root}/blobs/sha256/{hex_}", "rb") as f:
        return hashlib.sha256(f.read()).hexdigest() == hex_


def damage(store, known):
    """What is wrong with what podlite shows: a list of sentences. known: fingerprints that layers may have."""
    bad = []
    r = store.podlite("images", "-a", "-q", "--no-trunc")
    if r.status or r.err:
        return [f"images: status {r.status}: {r.err.strip()}"]
    shown = set(re.findall(r"sha256:([0-9a-f]{64})", r.out))
    for image in shown:
        try:
            with open(f"{store.root}/images/{image}.json") as f:
                record = json.load(f)
            for key in ("config", "manifest", "index"):
                if key in record and not blob_is_whole(store, record[key]):
                    bad.append(f"image {image[:12]}: {key} is damaged")
            for layer in record["layers"]:
                if not os.path.isdir(f"{store.root}/layers/{layer[7:]}/diff"):
                    bad.append(f"image {image[:12]}: layer {layer[7:19]} is not there")
        except (OSError, ValueError, KeyError) as e:
            bad.append(f"image {image[:12]}: {e}")
    # a layer that is visible is taken for whole by every later pull, whoever uses it now
    for layer in os.listdir(store.root + "/layers") if os.path.isdir(store.root + "/layers") else []:
        if HEX.fullmatch(layer):
            try:
                if fingerprint(f"{store.root}/layers/{layer}") not in known:
                    bad.append(f"layer {layer[:12]} is not what was pulled")
            except OSError as e:
                bad.append(f"layer {layer[:12]}: {e}")
    r = store.podlite("ps", "-a", "-q", "--no-trunc")
    if r.status or r.err:
        bad.append(f"ps: status {r.status}: {r.err.strip()}")
    return bad


def checked(store, *options, leftovers=False):
    """what `system check` says, apart from what a killed command may leave to the next writer"""
    r = store.podlite("system", "check", "--format", "json", *options)
    if r.status not in (0, 1):
        return [f"system check: status {r.status}: {r.err.strip()}"]
    return [f"system check: {p['code']} {p['message']}" for p in json.loads(r.out)["problems"] if leftovers or not p["leftover"]]


def fingerprints(store):
    top = store.root + "/layers"
    return {fingerprint(f"{top}/{d}") for d in os.listdir(top) if HEX.fullmatch(d)}


def shape(store):
    """Every file of the store, its kind, owner, mode and size, and its content where that does not
    contain a time or a random name; and the bytes that du would count. Identifiers that are new each time
    are written as their kind."""
    found, size = [], 0
    for path, st in walk(store.root).items():
        if path.startswith("events.log"):
            continue  # tells what was done, whatever became of it
        facts = file_facts(os.path.join(store.root, path), st)
        if not stat.S_ISDIR(st.st_mode):
            size += st.st_blocks * 512
        # compressed times and inode numbers are as long as they are; system check --deep looks into these
        length = st.st_blocks * 512 if path.endswith(("/inventory.zst", "/tar-files.zst", "/tar-index.zst")) else facts[5]
        found.append((HEX.sub("ID", path), facts[:5], length))
    return sorted(found), size


def difference(have, want):
    """sentences that say which files are too many or missing"""
    have, want = list(have), list(want)
    for item in list(have):
        if item in want:
            have.remove(item)
            want.remove(item)
    return [f"left over: {p} ({size} bytes)" for p, _, size in have] + [f"missing: {p} ({size} bytes)" for p, _, size in want]


# ---- the commands ----

def afterwards(store, c, base, bad):
    """What is wrong beside `bad` after c was struck: in the store at once, and after c again."""
    _, known, (want, size) = base
    bad = bad + damage(store, known) + checked(store) + c.again(store)
    store.settle()
    bad += damage(store, known) + checked(store, "--deep", "--max", "0s", leftovers=True)
    have, now = shape(store)
    bad += difference(have, want)
    if now != size and not bad:
        bad.append(f"{now} bytes on the disk, not {size}")
    return bad


class Command:
    """argv on the state that prepare makes. done(store): the effect is there. repeat: the status of the same
    command when the effect was there already, and what it then says; undo: what makes it possible again.
    partial: it names what it has done, and then an error may follow."""

    def __init__(self, name, argv, prepare, done, repeat=(0, ""), points=60, undo=None, partial=False):
        self.name, self.argv, self.prepare, self.done, self.repeat = name, argv, prepare, done, repeat
        self.points, self.undo, self.partial = max(1, int(points * POINTS)), undo, partial

    def again(self, store):
        """the same command, and the next writer: what is wrong with that"""
        was_done = self.done(store)
        r = store.podlite(*self.argv)
        if was_done and r.status == self.repeat[0] and re.search(self.repeat[1], r.err):
            if self.undo:
                store.must(*self.undo)
                store.must(*self.argv)
        elif r.status:
            return [f"the same command again: status {r.status}: {r.err.strip()}"]
        bad = [] if self.done(store) else ["the same command again: its effect is not there"]
        store.must("image", "prune", "-f")
        return bad


def has_image(name):
    return lambda s: s.podlite("image", "exists", name).status == 0


def has_container(name):
    return lambda s: s.podlite("container", "exists", name).status == 0


def lacks(question):
    return lambda s: not question(s)


def nothing(s):
    s.must("images", "-q")


def one(s):
    s.must("pull", "-q", ONE)
    s.must("run", "--rm", "--network", "none", ONE)


def both(s):
    one(s)
    s.must("pull", "-q", TWO)


def container(s):
    one(s)
    s.must("create", "--name", "c", "--network", "none", ONE)
    s.must("cp", BIN + "/nothing", "c:/www/new")
    s.must("start", "-a", "c")


def litter(s):
    """an image without a name, one that nothing uses, a container that has ended"""
    container(s)
    s.must("pull", "-q", TWO)
    s.must("untag", TWO)


def archive():
    path = STAGE + "/tmp/one.tar"
    if not os.path.exists(path):
        s = Store("archive")
        s.must("pull", "-q", ONE)
        s.must("save", "-q", "-o", path, ONE)
        shutil.rmtree(s.dir)
    return path


def commands():
    gone = (1, "no such|not known")
    every = [
        Command("pull", ["pull", "-q", ONE], nothing, has_image(ONE), points=130),
        Command("load", ["load", "-q", "-i", archive()], nothing, has_image(ONE), points=100),
        Command("commit", ["commit", "-q", "c", "localhost/new"], container, has_image("localhost/new"), points=80),
        Command("rmi", ["rmi", ONE], both, lacks(has_image(ONE)), gone, points=50, partial=True),
        Command("prune", ["system", "prune", "-a", "-f"], litter, lacks(has_image(ONE)), points=60, partial=True),
        Command("create", ["create", "--name", "c", "--network", "none", ONE], one, has_container("c"),
                (125, "in use"), points=30, undo=["rm", "-f", "c"]),
        Command("run", ["run", "--name", "c", "--network", "none", ONE], one, has_container("c"),
                (125, "in use"), points=70, undo=["rm", "-f", "c"]),
        Command("rm", ["rm", "c"], container, lacks(has_container("c")), gone, points=30, partial=True),
    ]
    return [c for c in every if ONLY in ("", c.name)]


# ---- points, in parallel, and what they came to ----

def spread(count, points):
    """at most POINTS of 1..COUNT, evenly"""
    n = min(count, points)
    return sorted({1 + i * count // n for i in range(n)}) if n else []


_worker = {}


def _worker_start(names, work):
    _worker.update(store=Store(f"worker{os.getpid()}"), commands={c.name: c for c in commands()}, bases={}, work=work)


def base_of(name):
    """what a point of the command NAME starts from, made once a worker: (copy, layers, shape when done)"""
    if name not in _worker["bases"]:
        store, c = _worker["store"], _worker["commands"][name]
        store.clear()
        c.prepare(store)
        known = fingerprints(store)
        copy = store.keep()
        store.must(*c.argv)
        store.must("image", "prune", "-f")
        store.settle()
        _worker["bases"][name] = (copy, known | fingerprints(store), shape(store))
    return _worker["bases"][name]


def _one_point(task):
    name, how = task
    started = time.time()
    try:
        store, c = _worker["store"], _worker["commands"][name]
        base = base_of(name)
        store.restore(base[0])
        return name, how, *_worker["work"](store, c, base, how), time.time() - started
    except Exception as e:  # a bug of the campaign, too, is a failed point
        return name, how, {}, [f"{type(e).__name__}: {e}"], time.time() - started


def points(tasks, work):
    """work(store, command, base, how) -> (report, sentences) for each (name, how)"""
    with multiprocessing.Pool(os.cpu_count(), _worker_start, ((), work)) as pool:
        yield from pool.imap_unordered(_one_point, tasks)


def counts_of(names):
    """how many calls of each class the commands make, each once"""
    def count(store, c, _, how):
        r, info = store.strike(["count"], *c.argv)
        return info, [] if r.status == 0 else [f"status {r.status} under strike: {r.err.strip()}"]
    with multiprocessing.Pool(1, _worker_start, ((), count)) as pool:
        found = pool.map(_one_point, [(n, ()) for n in names])
    for name, _, info, bad, _ in found:
        if bad:
            print(f"# {name}: {'; '.join(bad)}")
    return {name: {k: int(v) for k, v in info.items() if v.isdigit()} for name, _, info, _, _ in found}


class Tap:
    def __init__(self):
        self.n = self.failed = 0

    def result(self, good, title, notes=()):
        self.n += 1
        self.failed += not good
        print(("" if good else "not ") + f"ok {self.n} campaign: {title}")
        for line in notes:
            print("# " + line)
        sys.stdout.flush()

    def end(self):
        print(f"1..{self.n}")
        sys.exit(1 if self.failed else 0)
