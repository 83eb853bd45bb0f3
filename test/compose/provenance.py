# SPDX-License-Identifier: PostgreSQL
"""provenance.py: every image is signed and verified; an attestation that was changed, another key and another image are refused."""

import base64
import json
import subprocess
import tempfile
from pathlib import Path

from report import check, close, docker

ROOT = Path(__file__).resolve().parents[2]
ATTESTATIONS = ROOT / "build" / "attestations"


def attest(*arguments: str) -> tuple[int, str]:
    done = subprocess.run(["python3", ROOT / "docker" / "attest.py", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    return done.returncode, done.stdout


def make_key(folder: str, name: str) -> tuple[str, str]:
    private, public = f"{folder}/{name}.pem", f"{folder}/{name}.pub"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", private], check=True)
    subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True)
    return private, public


def refused(name: str, why: str, image: str, key: str) -> None:
    status, output = attest("verify", "--key", key, image)
    check(name, status == 1 and why in output, output.strip())


def main() -> None:
    images = [built["name"] for built in json.loads((ROOT / "build" / "images.json").read_text())]
    image = next(name for name in images if name.startswith("portarium-verify:"))
    with tempfile.TemporaryDirectory() as folder:
        private, public = make_key(folder, "builder")
        _, stranger = make_key(folder, "stranger")
        status, output = attest("sign", "--key", private)
        check("every image is signed", status == 0 and output.count("signed ") == len(images), output)
        status, output = attest("verify", "--key", public, *images)
        check("every attestation holds", status == 0 and output.count("good ") == len(images), output)
        refused("another key", "the signature is not", image, stranger)
        change(image, public)
        replace(image, public)


def change(image: str, public: str) -> None:
    """One byte of the signed text, the commit, is another."""
    path = ATTESTATIONS / (image.split(":")[0] + ".json")
    kept = path.read_text()
    envelope = json.loads(kept)
    payload = json.loads(base64.b64decode(envelope["payload"]))
    payload["predicate"]["buildDefinition"]["resolvedDependencies"][0]["digest"]["gitCommit"] = "0" * 40
    envelope["payload"] = base64.b64encode(json.dumps(payload, sort_keys=True).encode()).decode()
    path.write_text(json.dumps(envelope))
    refused("a changed attestation", "the signature is not", image, public)
    path.write_text(kept)


def replace(image: str, public: str) -> None:
    """Another image takes the name; then it is given back."""
    kept = docker("image", "inspect", "-f", "{{.Id}}", image).strip()
    container = docker("create", image, "x").strip()
    try:
        docker("commit", "-c", "LABEL changed=yes", container, image)
        refused("another image of the same name", "another one than was signed", image, public)
    finally:
        docker("rm", container)
        docker("tag", kept, image)
    status, output = attest("verify", "--key", public, image)
    check("the image that was signed, again", status == 0, output)


main()
close()
