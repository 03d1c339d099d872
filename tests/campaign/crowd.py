"""crowd.py - 32 processes use one store for CROWD_SECONDS (default 30): they pull, tag, untag, remove, create and
run the same and different images and list them. None may fail as none would alone; what is left is whole and
goes without rest. Readers never wait for a lock: those of images and ps are counted, and how long they slept."""
import random, threading
from campaign import *

SECONDS = float(os.environ.get("CROWD_SECONDS") or "30")
CROWD = 32
ABSENT = "image not known|not known|no such"
USED = "is in use"


class Talk:
    """what happened, from all threads"""

    def __init__(self):
        self.lock = threading.Lock()
        self.done, self.refused, self.wrong, self.slept = {}, 0, [], []

    def say(self, verb, r, allowed):
        with self.lock:
            self.done[verb] = self.done.get(verb, 0) + 1
            if r.status and allowed and re.search(allowed, r.err):
                self.refused += 1
            elif r.status:
                self.wrong.append(f"{verb}: status {r.status}: {r.err.strip()[:300]}")


def act(store, talk, rng, me, n):
    """one step of one of the crowd"""
    image = rng.choice((ONE, TWO))
    mine = f"localhost/mine{me}:{n % 3}"
    verb, argv, allowed = rng.choice((
        ("pull", ["pull", "-q", image], None),
        ("run", ["run", "--rm", "--network", "none", image], None),
        ("run", ["run", "--rm", "--network", "none", image], None),
        ("create", ["create", "--name", f"c{me}-{n}", "--network", "none", image], None),
        ("tag", ["tag", image, mine], ABSENT),
        ("untag", ["untag", mine], ABSENT),
        ("rmi", ["rmi", image], ABSENT + "|" + USED),
        ("prune", ["image", "prune", "-f"], None),
    ))
    talk.say(verb, store.podlite(*argv), allowed)
    if verb == "create":
        talk.say("rm", store.podlite("rm", f"c{me}-{n}"), None)


def read_on(store, talk, verb):
    """a reader all the time: what it slept and took"""
    p = subprocess.run([BIN + "/reader", f"{USER.pw_uid}:{USER.pw_gid}", str(SECONDS), *store.argv(*verb)], cwd=store.dir,
                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env={**ENV, "XDG_RUNTIME_DIR": store.run}, check=True)
    for line in p.stdout.decode().splitlines():
        slept, wall, status = map(int, line.split())
        talk.say(verb[0], Result(status, "", ""), None)
        with talk.lock:
            talk.slept.append((slept / 1e6, wall / 1e6))


def crowd(store, talk):
    end = time.monotonic() + SECONDS

    def one_of_them(me):
        rng, n = random.Random(me), 0
        while time.monotonic() < end:
            act(store, talk, rng, me, n)
            n += 1

    threads = [threading.Thread(target=one_of_them, args=(i,)) for i in range(CROWD)]
    threads += [threading.Thread(target=read_on, args=(store, talk, v)) for v in (["images", "-a"], ["ps", "-a"])]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


def lock_waits(store):
    """how often readers may wait for a lock"""
    return {v[0]: int(store.strike(["count"], *v)[1]["wait"]) for v in (["images", "-a"], ["ps", "-a"], ["image", "inspect", ONE])}


def quantiles(values):
    v = sorted(values)
    return ", ".join(f"{name} {1000 * v[min(len(v) - 1, int(len(v) * q))]:.1f} ms" for name, q in (("median", .5), ("p99", .99), ("max", 1)))


def main():
    make_images()
    tap, talk, store = Tap(), Talk(), Store("crowd")
    both(store)
    known = fingerprints(store)
    waits = lock_waits(store)
    crowd(store, talk)
    store.settle()
    steps = ", ".join(f"{n} {verb}" for verb, n in sorted(talk.done.items()))
    tap.result(not talk.wrong, f"crowd: {CROWD} processes for {SECONDS:.0f} s: {sum(talk.done.values())} commands, {talk.refused} refused as one "
               f"alone would be, {len(talk.wrong)} otherwise", [steps, *talk.wrong[:30]])
    bad = damage(store, known) + checked(store, "--deep")
    tap.result(not bad, "crowd: what is left is whole", bad)
    store.must("system", "prune", "-a", "-f", "--volumes")
    store.settle()
    rest = [p for p, st in walk(store.root).items() if re.match("(tmp|layers|images|names|containers|cnames|blobs/sha256)/.", p)]
    tap.result(not rest, "crowd: and goes without rest", rest[:20])
    tap.result(not any(waits.values()), f"crowd: readers wait for no lock: {waits}")
    # what is left is the file system's: a directory whose writer waits for the journal, or for blocks to be freed (a rename that
    # replaces something and rmdir do that under its lock, which takes as long as the disk takes where there is no journal)
    late = [s for s, _ in talk.slept if s > .05]
    tap.result(len(late) <= len(talk.slept) / 10, f"crowd: {len(talk.slept)} readers in the crowd: {len(late)} slept more than 50 ms",
               ["neither running nor waiting for a processor: " + quantiles([s for s, _ in talk.slept]),
                "from beginning to end: " + quantiles([w for _, w in talk.slept])])
    tap.end()


main()
