#!/usr/bin/env python3
"""hostile_registry.py DIR [CERT KEY]: a registry whose repositories misbehave, each in one way
(threats.md R1-R16, V44-V51). The repository's name says how; `good` is an ordinary image.

Serves plain HTTP, and HTTPS if a certificate is given, on free ports of 127.0.0.1, a second
plain port, "other", for redirects and realms, and one, "mute", that takes connections, speaks plain HTTP
and does not answer TLS. Writes DIR/ports (HTTP OTHER HTTPS MUTE) when ready, and a line for every request to DIR/log: PORT-NAME METHOD PATH RANGE AUTHORIZATION.
"""
import base64, gzip, hashlib, io, json, os, select, shutil, socket, ssl, struct, subprocess, sys, tarfile, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DIR = sys.argv[1]
OCI = "application/vnd.oci.image."
MANIFEST, INDEX, CONFIG = OCI + "manifest.v1+json", OCI + "index.v1+json", OCI + "config.v1+json"
LAYER = OCI + "layer.v1.tar+gzip"
DOCKER = "application/vnd.docker.distribution.manifest."
PORTS = {}
LOCK = threading.Lock()
COUNT = {}


def sha(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def tar(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as t:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), 0o644
            t.addfile(info, io.BytesIO(data))
    return out.getvalue()


def huge_claim():
    """A header that claims a file of 1 PiB, then zeros."""
    info = tarfile.TarInfo("huge")
    info.size = 1 << 50
    return info.tobuf(tarfile.GNU_FORMAT) + bytes(1 << 20)


# incompressible, so that there is something to break off in the middle
NOISE = hashlib.shake_256(b"podlite").digest(3 << 20)
TAR = tar({"hello": b"hello\n", "noise": NOISE})
BLOB = gzip.compress(TAR, mtime=0)
OTHER_TAR = tar({"hello": b"other\n", "noise": NOISE})
OTHER_BLOB = gzip.compress(OTHER_TAR, mtime=0)
LONG_TAR = tar({"noise": NOISE * 2})
LONG_BLOB = gzip.compress(LONG_TAR, 0, mtime=0)
WIDE_TAR = tar({"noise": NOISE, "wide": b"podlite " * (4 << 20)})


class Image:
    """config, manifest and blobs, any part of them wrong"""

    def __init__(self, blob=BLOB, diff=None, config=None, descriptor=None, manifest=None, layers=None):
        self.blobs = {}
        c = {"architecture": "amd64", "os": "linux", "config": {"Cmd": ["/hello"]},
             "rootfs": {"type": "layers", "diff_ids": [diff or sha(TAR)]}}
        if os.uname().machine == "aarch64":
            c["architecture"] = "arm64"
        c.update(config or {})
        if layers is not None:
            c["rootfs"]["diff_ids"] = [sha(TAR)] * layers
        self.config = json.dumps(c).encode()
        d = {"mediaType": LAYER, "digest": sha(blob), "size": len(blob)}
        d.update(descriptor or {})
        m = {"schemaVersion": 2, "mediaType": MANIFEST,
             "config": {"mediaType": CONFIG, "digest": sha(self.config), "size": len(self.config)},
             "layers": [d] * (1 if layers is None else layers)}
        m.update(manifest or {})
        self.manifest = json.dumps({k: v for k, v in m.items() if v is not None}).encode()
        self.blobs[sha(self.config)] = self.config
        self.blobs[d["digest"]] = blob


def two_layers():
    layers = [{"mediaType": LAYER, "digest": sha(b), "size": len(b)} for b in (BLOB, OTHER_BLOB)]
    img = Image(config={"rootfs": {"type": "layers", "diff_ids": [sha(TAR), sha(OTHER_TAR)]}}, manifest={"layers": layers})
    img.blobs[sha(OTHER_BLOB)] = OTHER_BLOB
    return img


def large():
    data = tar({"noise": NOISE * 14})
    return Image(blob=gzip.compress(data, 0, mtime=0), diff=sha(data))


def zstd(data):
    return subprocess.run(["zstd", "-q", "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout


def zstd_chunked():
    """as zstd:chunked writes it: many frames, and a table of contents in frames that readers skip"""
    half = len(TAR) // 2
    blob = b""
    for part in (TAR[:half], TAR[half:]):
        blob += zstd(part) + struct.pack("<II", 0x184D2A50, 64) + b"chunk data".ljust(64)
    return blob + struct.pack("<II", 0x184D2A50, 64) + b"GNUlInUx".ljust(64)


GOOD = Image()


def index_of(*entries, **more):
    doc = {"schemaVersion": 2, "mediaType": INDEX, "manifests": list(entries)}
    doc.update(more)
    return json.dumps(doc).encode()


def entry(body, media=MANIFEST, **more):
    e = {"mediaType": media, "digest": sha(body), "size": len(body),
         "platform": {"os": "linux", "architecture": json.loads(GOOD.config)["architecture"]}}
    e.update(more)
    return e


def special_images():
    other_arch = "s390x"
    yield "good", Image()
    yield "other", Image(blob=OTHER_BLOB, diff=sha(OTHER_TAR))
    yield "wrong-diffid", Image(diff="sha256:" + "0" * 64)
    yield "claim", Image(blob=OTHER_BLOB)  # other bytes under good's DiffID
    yield "recompressed", Image(blob=gzip.compress(TAR, 1, mtime=1))
    yield "size-small", Image(descriptor={"size": len(BLOB) - 1})
    yield "size-large", Image(descriptor={"size": len(BLOB) + 1})
    yield "size-negative", Image(descriptor={"size": -1})
    yield "size-beyond", Image(descriptor={"size": 1 << 63})
    yield "size-float", Image(descriptor={"size": 1.5})
    yield "digest-path", Image(descriptor={"digest": "sha256:../../../../etc/passwd"})
    yield "digest-upper", Image(descriptor={"digest": sha(BLOB).upper().replace("SHA", "sha")})
    yield "digest-short", Image(descriptor={"digest": sha(BLOB)[:-1]})
    yield "digest-sha1", Image(descriptor={"digest": "sha1:" + hashlib.sha1(BLOB).hexdigest()})
    yield "digest-newline", Image(descriptor={"digest": sha(BLOB) + "\n"})
    yield "both-keys", Image(manifest={"manifests": []})
    yield "media-differs", Image(manifest={"mediaType": INDEX})
    yield "layer-type", Image(descriptor={"mediaType": "application/x-shell"})
    yield "artifact", Image(manifest={"config": {"mediaType": "application/vnd.oci.empty.v1+json",
                                                 "digest": sha(b"{}"), "size": 2}})
    yield "many-layers", Image(layers=501)
    yield "twice-the-layer", Image(layers=2)
    yield "slow", two_layers()
    yield "expands", Image(blob=gzip.compress(WIDE_TAR, 1, mtime=0), diff=sha(WIDE_TAR))
    if shutil.which("zstd"):
        yield "zstd-chunked", Image(blob=zstd_chunked(), descriptor={
            "mediaType": OCI + "layer.v1.tar+zstd",
            "annotations": {"io.github.containers.zstd-chunked.manifest-checksum": sha(b"x")}})
    yield "foreign", Image(descriptor={"mediaType": OCI + "layer.nondistributable.v1.tar+gzip",
                                       "urls": [f"http://127.0.0.1:{PORTS['other']}/leak"],
                                       "data": base64.b64encode(b"x").decode()})
    yield "arch", Image(config={"architecture": other_arch})
    yield "layers-differ", Image(config={"rootfs": {"type": "layers", "diff_ids": []}})
    yield "config-both", Image(config={"layers": []})
    yield "huge-file", Image(blob=gzip.compress(huge_claim(), mtime=0), diff=sha(huge_claim()))
    yield "garbage", Image(blob=b"\x1f\x8b" + NOISE[:5000])
    yield "empty-layer", Image(blob=b"", diff=sha(b""))
    yield "trailing", Image(blob=BLOB + NOISE[:5000])
    yield "cut", Image(blob=BLOB[:-1000])
    yield "burst", large()
    yield "expires", Image(blob=LONG_BLOB, diff=sha(LONG_TAR))


IMAGES = {}


def manifest_of(repo):
    """(body, content type) of a repository's tag"""
    img = IMAGES.get(repo, GOOD)
    deep = {"a": None}
    for _ in range(100):
        deep = {"a": deep}
    special = {
        "bad-json": b'{"schemaVersion": 2,',
        "nul-json": b'{"schemaVersion": 2, "mediaType": "\\u0000"}',
        "duplicate-keys": GOOD.manifest[:-1] + b', "layers": []}',
        "trailing-json": GOOD.manifest + b" {}",
        "deep-json": json.dumps(deep).encode(),
        "not-utf8": GOOD.manifest[:-1] + b', "x": "\xff"}',
        "array": b"[]",
        "many-keys": b'{"schemaVersion": 2,' + b",".join(b'"%d":0' % i for i in range(300000)) + b"}",
        "huge-manifest": GOOD.manifest[:-1] + b" " * (5 << 20) + b"}",
        "nested-index": None, "self-index": None, "many-manifests": None, "attestation": None,
    }
    if repo == "schema1":
        return json.dumps({"schemaVersion": 1, "fsLayers": [], "history": []}).encode(), DOCKER + "v1+prettyjws"
    if repo == "schema1-hidden":
        return json.dumps({"schemaVersion": 1, "fsLayers": [], "history": []}).encode(), MANIFEST
    if repo == "no-type":
        return Image(manifest={"mediaType": None}).manifest, None
    if repo == "text-type":
        return GOOD.manifest, "text/plain; charset=utf-8"
    if repo == "json-type":
        return GOOD.manifest, "application/json; charset=utf-8"
    if repo == "docker-type":
        return GOOD.manifest, DOCKER + "v2+json"
    if repo == "nested-index":
        return index_of(entry(index_of(entry(GOOD.manifest)), INDEX)), INDEX
    if repo == "self-index":
        return index_of(entry(b"x", INDEX)), INDEX
    if repo == "many-manifests":
        return index_of(*[entry(GOOD.manifest)] * 1001), INDEX
    if repo == "attestation":
        a = entry(b"attestation", annotations={"vnd.docker.reference.type": "attestation-manifest"})
        return index_of(a, entry(GOOD.manifest)), INDEX
    if repo == "index-size":
        return index_of(entry(GOOD.manifest, size=len(GOOD.manifest) + 1)), INDEX
    if repo == "index-digest":
        return index_of(entry(GOOD.manifest, digest="sha256:" + "1" * 64)), INDEX
    if repo in special:
        return special[repo], MANIFEST
    return img.manifest, MANIFEST


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def note(self):
        with LOCK, open(os.path.join(DIR, "log"), "a") as f:
            f.write("%s %s %s %s %s\n" % (self.server.label, self.command, self.path,
                                          self.headers.get("Range", "-"), self.headers.get("Authorization", "-")))

    def nth(self, what):
        """how often this was asked before"""
        with LOCK:
            COUNT[what] = COUNT.get(what, 0) + 1
            return COUNT[what] - 1

    def send(self, status, body=b"", ctype=None, length=None, **headers):
        self.send_response(status)
        if ctype:
            self.send_header("Content-Type", ctype)
        if length is not False:
            self.send_header("Content-Length", str(len(body) if length is None else length))
        for k, v in headers.items():
            self.send_header(k.replace("_", "-"), v)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def error(self, status, code="DENIED", message="no", **headers):
        body = json.dumps({"errors": [{"code": code, "message": message}]}).encode()
        self.send(status, body, "application/json", **headers)

    def hang_up(self):
        self.close_connection = True
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)

    def endless(self, status):
        self.send(status, ctype="application/octet-stream", length=False, Connection="close")
        self.close_connection = True
        for _ in range(4000):  # 4 GB: nobody waits for the end
            self.wfile.write(NOISE[:1 << 20])

    def do_GET(self):
        self.note()
        try:
            self.answer()
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.close_connection = True

    do_POST = do_HEAD = do_PATCH = do_PUT = do_GET

    def do_CONNECT(self):
        """a proxy's tunnel: whatever name is asked for, it leads to our own https"""
        self.note()
        if not self.path.startswith("secure."):
            return self.error(502)
        with socket.create_connection(("127.0.0.1", PORTS["https"])) as up:
            self.send_response(200)
            self.end_headers()
            self.wfile.flush()
            self.close_connection = True
            pair = {self.connection: up, up: self.connection}
            while True:
                for s in select.select(list(pair), [], [])[0]:
                    data = s.recv(1 << 16)
                    if not data:
                        return
                    pair[s].sendall(data)

    def answer(self):
        if self.path.startswith("http://"):  # we are the proxy
            self.path = "/" + self.path.split("/", 3)[3]
        path = self.path.split("?")[0]
        parts = path.strip("/").split("/")
        if path == "/token" or path.endswith("/token"):
            return self.token()
        if path.startswith("/blob/"):
            return self.send(200, IMAGES["good"].blobs.get(parts[1], b""))
        if path.startswith("/loop"):
            return self.send(307, Location="/loop" + str(self.nth("loop")))
        if path == "/v2/":
            return self.ping()
        if path == "/v1/search" and self.server.label == "http":
            return self.send(200, json.dumps({"results": [
                {"name": "first", "description": "of \x1b[31m all " + "x" * 60, "star_count": 7, "is_official": True},
                {"name": "team/second", "description": "plain", "star_count": 3},
                {"name": "team/third", "description": "", "star_count": 0}]}).encode(), "application/json")
        if path == "/v2/_catalog":
            return self.catalog()
        if len(parts) < 4 or parts[0] != "v2":
            return self.error(404)
        repo, kind, ref = parts[1], parts[2], parts[3]
        if repo.startswith("push"):
            return self.push(repo, kind, ref)
        if self.authenticate(repo):
            return getattr(self, kind, self.unknown)(repo, ref)

    def unknown(self, repo, ref):
        self.error(404)

    # ---- authentication ----

    def base(self):
        return ("https" if self.server.label == "https" else "http") + "://" + self.headers["Host"]

    def ping(self):
        """by the name we are called: localhost has its token server elsewhere, 127.0.0.1 wants Basic"""
        auth = self.headers.get("Authorization", "")
        if self.headers["Host"].startswith("localhost"):
            if auth == "Bearer sesame":
                return self.send(200, b"{}")
            return self.error(401, WWW_Authenticate=f'Bearer realm="{self.elsewhere()}",service="x"')
        if auth == "Basic " + base64.b64encode(b"user:secret").decode():
            return self.send(200, b"{}")
        self.error(401, WWW_Authenticate='Basic realm="here"')

    def elsewhere(self):
        return f"https://127.0.0.1:{PORTS.get('https', 0)}/strict/token"

    def authenticate(self, repo):
        auth = self.headers.get("Authorization", "")
        basic = "Basic " + base64.b64encode(b"user:secret").decode()
        realm = {
            "token": self.base() + "/token",
            "token-private": self.base() + "/private/token",
            "token-redirect": self.base() + "/token",
            "realm-http": f"http://localhost:{PORTS['other']}/token",
            "realm-other": f"https://localhost:{PORTS['other']}/token",
            "realm-third": "https://token.invalid/token",
            "realm-metadata": "https://169.254.169.254/token",
            "realm-file": "file:///etc/passwd",
            "realm-user": "https://a:b@127.0.0.1/token",
            "pinned": self.elsewhere(),
            "token-identity": self.base() + "/identity/token",
            "token-endless": self.base() + "/endless/token",
            "token-header": self.base() + "/header/token",
            "token-json": self.base() + "/json/token",
        }.get(repo)
        if repo == "auth-loop":
            self.error(401, WWW_Authenticate=f'Bearer realm="{self.base()}/token",service="x"')
            return False
        if repo == "basic-loop" or (repo in ("basic", "basic-redirect") and auth != basic):
            self.error(401, WWW_Authenticate='Basic realm="here"')
            return False
        if repo == "auth-odd":
            self.error(401, WWW_Authenticate='Digest realm="here", nonce="1"')
            return False
        if realm and auth != "Bearer sesame":
            self.error(401, WWW_Authenticate=f'Bearer realm="{realm}",service="x",scope="repository:all:push,pull"')
            return False
        return True

    def token(self):
        if "/private/" in self.path and not self.headers.get("Authorization"):
            return self.error(401)
        if "/strict/" in self.path and \
                self.headers.get("Authorization") != "Basic " + base64.b64encode(b"user:secret").decode():
            return self.error(401, message="wrong user or password")
        if "/identity/" in self.path:
            form = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            if self.command != "POST" or "refresh_token=refresh-me" not in form.split("&"):
                return self.error(401)
        if "/endless/" in self.path:
            return self.endless(200)
        if "/tired/" in self.path and self.nth("tired") % 4 == 3:
            return self.error(503, "UNAVAILABLE", "back soon")
        token = "sesame"
        if "/header/" in self.path:
            token = "x\r\nX-Injected: yes"
        if "/json/" in self.path:
            return self.send(200, b'{"token": 17}', "application/json")
        self.send(200, json.dumps({"token": token}).encode(), "application/json")

    def catalog(self):
        if "last=" in self.path:
            return self.send(200, b'{"repositories": ["team/apple", "zebra"]}', "application/json")
        self.send(200, b'{"repositories": ["apple", "banana"]}', "application/json",
                  Link='</v2/_catalog?last=banana&n=2>; rel="next"')

    # ---- taking uploads ----

    def read_body(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while n := int(self.rfile.readline(), 16):
            body += self.rfile.read(n)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def push(self, repo, kind, ref):
        if repo == "push-early" and self.command == "PATCH":
            self.close_connection = True
            return self.send(202, Location=self.path)
        if repo == "push-slow" and self.command == "PATCH":
            time.sleep(3)
        body = self.read_body()
        if repo == "push-token" and self.headers.get("Authorization") != "Bearer sesame":
            return self.error(401, WWW_Authenticate=f'Bearer realm="{self.base()}/strict/token",service="x"')
        if repo == "push-away" and self.server.label == "http" and \
                self.headers.get("Authorization") != "Basic " + base64.b64encode(b"user:secret").decode():
            return self.error(401, WWW_Authenticate='Basic realm="here"')
        if self.command == "HEAD":
            return self.send(404)
        if kind == "manifests":
            got = "sha256:" + "3" * 64 if repo == "push-digest" else sha(body)
            return self.send(201, Location=self.path, Docker_Content_Digest=got)
        n = self.nth((repo, self.command))
        if self.command == "POST":
            if repo == "push-rate" and n == 0:
                return self.error(429, "TOOMANYREQUESTS", "slow down", Retry_After="1")
            if repo == "push-denied":
                return self.error(403, "DENIED", "not yours")
            where = {"push-away": f"http://127.0.0.1:{PORTS['other']}", "push-odd": "gopher://127.0.0.1"}.get(repo, "")
            if repo == "push-nowhere":
                return self.send(202)
            return self.send(202, Location=f"{where}/v2/{repo}/blobs/uploads/{n}?state=x")
        if repo == "push-expires" and n == 0:
            return self.error(401, WWW_Authenticate=f'Bearer realm="{self.base()}/strict/token",service="x"')
        if repo == "push-redirect":
            return self.send(307, Location=f"http://127.0.0.1:{PORTS['other']}/v2/push/blobs/uploads/1")
        if repo == "push-broken" and n == 0:
            return self.hang_up()
        if repo == "push-500" and n == 0:
            return self.error(500, "UNKNOWN", "oops")
        with LOCK, open(os.path.join(DIR, "bodies"), "a") as f:
            f.write(f"{repo} {self.command} {len(body)} {sha(body)}\n")
        self.send(201 if self.command == "PUT" else 202, Location=self.path)

    # ---- the API ----

    def manifests(self, repo, ref):
        n = self.nth(("manifest", repo))
        if repo == "hang-manifest":
            return time.sleep(60)
        if repo == "endless-manifest":
            return self.endless(200)
        if repo == "endless-error":
            return self.endless(404)
        if repo == "many-headers":
            return self.send(200, GOOD.manifest, MANIFEST, **{"X_%d" % i: "x" * 1000 for i in range(80)})
        if repo == "missing":
            return self.error(404, "MANIFEST_UNKNOWN", "manifest unknown")
        if repo == "escapes":
            return self.error(404, "MANIFEST_UNKNOWN", "\x1b[31mred\x1b]0;title\x07\u202e\n second line")
        if repo == "rate" and n < 2:
            return self.error(429, "TOOMANYREQUESTS", "slow down", Retry_After="1")
        if repo == "rate-forever":
            return self.error(429, "TOOMANYREQUESTS", "slow down", Retry_After="0")
        if repo == "rate-long":
            return self.error(429, "TOOMANYREQUESTS", "slow down", Retry_After="86400")
        if repo == "broken" and n < 2:
            return self.error(503, "UNAVAILABLE", "back soon")
        if repo == "broken-forever":
            return self.error(500, "UNKNOWN", "internal")
        if repo == "redirect-down":
            return self.send(307, Location=f"http://127.0.0.1:{PORTS['http']}/v2/good/manifests/{ref}")
        if repo == "redirect-odd":
            return self.send(307, Location="gopher://127.0.0.1:70/1")
        if repo == "redirect-metadata":
            return self.send(307, Location="http://169.254.169.254/latest")
        if repo == "redirect-none":
            return self.send(307)
        body, ctype = manifest_of(repo)
        if ref.startswith("sha256:") and repo.startswith("by-digest"):
            body = OTHER.manifest
        elif ref.startswith("sha256:") and sha(body) != ref:
            body, ctype = next(((i.manifest, MANIFEST) for i in IMAGES.values() if sha(i.manifest) == ref),
                               (GOOD.manifest, MANIFEST))
        if repo.startswith("encoded"):
            body = gzip.compress(body) if repo == "encoded-body" else body
            return self.send(200, body, ctype, Content_Encoding="gzip")
        headers = {"Docker_Content_Digest": "sha256:" + "2" * 64} if repo == "header-digest" else {}
        self.send(200, body, ctype, **headers)

    def blobs(self, repo, digest):
        img = IMAGES.get(repo, GOOD)
        data = img.blobs.get(digest)
        if data is None:
            return self.error(404, "BLOB_UNKNOWN", "blob unknown")
        rng = self.headers.get("Range")
        start = int(rng[6:].split("-")[0]) if rng else 0
        if repo == "slow" and data is OTHER_BLOB:
            return self.trickle(data, start)
        if repo == "burst" and data is not img.config:
            return self.burst(data, start)
        if data is not BLOB and repo not in IMAGES:
            return self.send(200, data)  # the config
        if repo == "expires" and data is LONG_BLOB:
            return self.expires(data, start, 5 << 18)
        if repo == "expires-early":
            return self.expires(data, start, 5 << 16)
        n = self.nth(("blob", repo))
        half = len(data) // 2
        if repo == "wrong-blob":
            return self.send(200, OTHER_BLOB.ljust(len(data), b"\0")[:len(data)])
        if repo == "flipped-byte":
            return self.send(200, data[:half] + bytes([data[half] ^ 1]) + data[half + 1:])
        if repo in ("blob-basic-redirect", "basic-redirect", "token-redirect", "redirect-other"):
            return self.send(307, Location=f"http://127.0.0.1:{PORTS['other']}/blob/{digest}")
        if repo == "redirect-loop":
            return self.send(307, Location="/loop")
        if repo == "endless-blob":
            return self.endless(200)
        if repo == "hang-blob":
            self.send(200, data[:half], length=len(data))
            return time.sleep(60)
        if repo == "hang-once" and n == 0:
            return time.sleep(60)
        if repo == "truncated":
            self.send(200, data[:half], length=len(data))
            return self.hang_up()
        if repo == "short-blob":
            return self.send(200, data[:half])
        if repo.startswith("resume") and n == 0:
            self.send(200, data[:half], length=len(data))
            return self.hang_up()
        if repo == "resume" and rng:
            return self.send(206, data[start:], Content_Range=f"bytes {start}-{len(data) - 1}/{len(data)}")
        if repo == "resume-lies" and rng and n < 2:
            return self.send(206, data[start + 7:], Content_Range=f"bytes {start + 7}-{len(data) - 1}/{len(data)}")
        if repo == "resume-416" and rng:
            return self.error(416)
        if repo == "resume-wrong" and rng:
            return self.send(206, bytes(len(data) - start), Content_Range=f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send(200, data)

    def expires(self, data, start, part):
        """a part for each token"""
        if self.nth(("expires", part)) % 2:
            return self.error(401, WWW_Authenticate=f'Bearer realm="{self.base()}/tired/token",service="x"')
        self.send(206 if start else 200, data[start:start + part], length=len(data) - start,
            Content_Range=f"bytes {start}-{len(data) - 1}/{len(data)}")
        if start + part < len(data):
            self.hang_up()

    def burst(self, data, start):
        """first 1 MiB, as the file DIR/go appears all up to 16 MiB, and then 6 MiB/s up to 40, where it breaks off"""
        if start:
            return self.send(206, data[start:], Content_Range=f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send(200, data[:1 << 20], length=len(data))
        for _ in range(2000):
            if os.path.exists(os.path.join(DIR, "go")):
                break
            time.sleep(0.01)
        self.wfile.write(data[1 << 20:16 << 20])
        for at in range(16 << 20, 40 << 20, 1 << 16):
            self.wfile.write(data[at:at + (1 << 16)])
            time.sleep(0.01)
        self.hang_up()

    def trickle(self, data, start):
        """640 KiB/s; as long as there is the file DIR/hold a byte now and then"""
        if start:
            self.send(206, length=len(data) - start, Content_Range=f"bytes {start}-{len(data) - 1}/{len(data)}")
        else:
            self.send(200, length=len(data))
        at = start
        while at < len(data):
            last = at + (1 << 16) >= len(data) and os.path.exists(os.path.join(DIR, "hold"))
            n = 1 if last else 1 << 16
            self.wfile.write(data[at:at + n])
            self.wfile.flush()
            at += n
            time.sleep(0.1)

    def tags(self, repo, ref):
        if repo == "tags-loop":
            return self.send(200, b'{"tags": ["a"]}', "application/json", Link='</v2/tags-loop/tags/list?n=1>; rel="next"')
        if repo == "tags-away":
            return self.send(200, b'{"tags": ["latest"]}', "application/json",
                             Link=f'<http://127.0.0.1:{PORTS["other"]}/v2/tags-away/tags/list?n=1>; rel="next"')
        if repo == "tags-endless":
            n = self.nth("endless")
            return self.send(200, b'{"tags": ["latest"]}', "application/json",
                             Link=f'</v2/tags-endless/tags/list?n={n}>; rel="next"')
        if repo == "tags-evil":
            return self.send(200, b'{"tags": ["../../../../tmp/x"]}', "application/json")
        if repo == "tags-bad":
            return self.send(200, b'{"tags": ["ok", "../../x", 5]}', "application/json")
        self.send(200, b'{"name": "x", "tags": ["a", "b"]}', "application/json")


OTHER = Image(blob=OTHER_BLOB, diff=sha(OTHER_TAR))


class MuteHandler(Handler):
    def handle(self):
        if self.connection.recv(1, socket.MSG_PEEK) == b"\x16":  # TLS
            with LOCK, open(os.path.join(DIR, "log"), "a") as f:
                f.write("mute TLS\n")
            time.sleep(60)
        else:
            super().handle()


def serve(label, context=None, handler=Handler):
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.label = label
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    PORTS[label] = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()


serve("http")
serve("other")
serve("mute", handler=MuteHandler)
if len(sys.argv) > 2:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(sys.argv[2], sys.argv[3])
    serve("https", tls)
IMAGES.update(special_images())
with open(os.path.join(DIR, "ports.new"), "w") as out:
    out.write("%d %d %d %d\n" % (PORTS["http"], PORTS["other"], PORTS.get("https", 0), PORTS["mute"]))
os.rename(os.path.join(DIR, "ports.new"), os.path.join(DIR, "ports"))
while os.getppid() != 1:  # ends with whoever started it
    time.sleep(1)
