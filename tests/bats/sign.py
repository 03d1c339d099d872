#!/usr/bin/env python3
"""sign.py: signs an image in a registry (plain HTTP) as cosign and skopeo do, or as a forger would: the signature is
made by openssl, and put beside the image under the tag sha256-HEX.sig.

  sign.py HOST:PORT/REPO:TAG -k KEY.pem... [options]     prints the digest that was signed
  sign.py HOST:PORT/REPO:TAG --replay FILE               puts an image with its signature there: sigstore/skopeo.json
"""
import argparse, base64, hashlib, importlib.machinery, importlib.util, json, os, subprocess, sys

here = os.path.dirname(os.path.abspath(__file__))
loader = importlib.machinery.SourceFileLoader("mkimage", os.path.join(here, "../images/mkimage"))
spec = importlib.util.spec_from_loader("mkimage", loader)
mkimage = importlib.util.module_from_spec(spec)
sys.dont_write_bytecode = True
loader.exec_module(mkimage)

p = argparse.ArgumentParser()
p.add_argument("image")
p.add_argument("-k", "--key", action="append", default=[], help="one signature by each")
p.add_argument("--replay")
p.add_argument("--identity", help="docker-reference instead of the image's name")
p.add_argument("--digest", help="manifest that the payload speaks of instead of the image's")
p.add_argument("--type", default="cosign container image signature")
p.add_argument("--add", action="store_true", help="one more member among the critical ones")
p.add_argument("--swap", action="store_true", help="the payload is not what was signed")
p.add_argument("--media", default="application/vnd.dev.cosign.simplesigning.v1+json")
p.add_argument("--garbage", action="store_true", help="no base64")
p.add_argument("--count", type=int, default=1, help="so many of each")
o = p.parse_args()

repo, _, tag = o.image.rpartition(":")
host, _, path = repo.partition("/")
r = mkimage.Registry(host, path)
if o.replay:
    doc = json.load(open(o.replay))
    for blob in doc["blobs"]:
        r.blob(base64.b64decode(blob))
    media = mkimage.OCI + "manifest.v1+json"
    digest = r.manifest(tag, doc["manifest"].encode(), media)
    r.manifest(digest.replace(":", "-") + ".sig", doc["signatures"].encode(), media)
    print(digest)
    sys.exit()
accept = ",".join([mkimage.OCI + "index.v1+json", mkimage.OCI + "manifest.v1+json",
                   mkimage.DOCKER + "distribution.manifest.v2+json"])
image = mkimage.request("GET", f"{r.base}/manifests/{tag}", Accept=accept).read()
digest = mkimage.sha256(image)
critical = {"identity": {"docker-reference": o.identity or o.image},
            "image": {"docker-manifest-digest": o.digest or digest}, "type": o.type}
if o.add:
    critical["more"] = 1
payload = json.dumps({"critical": critical, "optional": {"creator": "test"}}).encode()
layers = []
for key in o.key * o.count:
    sig = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=payload, stdout=subprocess.PIPE, check=True).stdout
    text = "*" if o.garbage else base64.b64encode(sig).decode()
    data = payload.replace(b'"creator"', b'"Creator"') if o.swap else payload
    layers.append({"mediaType": o.media, "digest": r.blob(data), "size": len(data),
                   "annotations": {"dev.cosignproject.cosign/signature": text}})
config = b"{}"
manifest = {"schemaVersion": 2, "mediaType": mkimage.OCI + "manifest.v1+json", "layers": layers,
            "config": {"mediaType": mkimage.OCI + "config.v1+json", "digest": r.blob(config), "size": len(config)}}
r.manifest(digest.replace(":", "-") + ".sig", json.dumps(manifest).encode(), mkimage.OCI + "manifest.v1+json")
print(digest)
