#!/usr/bin/env python3
# SPDX-License-Identifier: PostgreSQL
"""The provenance of the images: made where they were built, checked before they are promoted.

    attest.py sign --key KEY.pem [IMAGE ...]        writes build/attestations/NAME.json for the images of build/images.json
    attest.py verify --key PUBLIC.pem IMAGE ...     the image that is here against its attestation; status 1 when one does not hold

An attestation is an in-toto Statement (SLSA provenance v1) in a DSSE envelope, signed with Ed25519 by openssl.  It names the
image by its id, which is the SHA-256 of its configuration and so of all its layers, the commit and the base that it was
made from, and the digest of the bill of materials inside it.  verify checks the signature first, then that the image here has
the id, the commit's label and the bill that were signed.
"""

import argparse
import base64
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "build" / "attestations"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
BILL = "/usr/share/portarium/sbom.json"


class Bad(Exception):
    """An attestation that does not hold, and why."""


def run(*command: str) -> bytes:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise Bad(f"{command[0]} {command[1]}: {done.stderr.decode().strip()}")
    return done.stdout


def pre_authentication(payload: bytes) -> bytes:
    """What DSSE signs: the type and the payload with their lengths."""
    return b"DSSEv1 %d %s %d %s" % (len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode(), len(payload), payload)


def openssl(data: bytes, *arguments: str, signature: bytes | None = None) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "data").write_bytes(data)
        extra = []
        if signature is not None:
            (Path(folder) / "signature").write_bytes(signature)
            extra = ["-sigfile", f"{folder}/signature"]
        return run("openssl", "pkeyutl", "-rawin", "-in", f"{folder}/data", *arguments, *extra)


def image_facts(image: str) -> dict:
    about = json.loads(run("docker", "image", "inspect", image))[0]
    container = run("docker", "create", image, "x").decode().strip()
    try:
        bill = run("docker", "cp", f"{container}:{BILL}", "-")
    finally:
        run("docker", "rm", container)
    # docker cp gives a tar archive of the one file
    size = int(bill[124:135], 8)
    return {
        "id": about["Id"].removeprefix("sha256:"),
        "revision": about["Config"]["Labels"]["org.opencontainers.image.revision"],
        "bill": hashlib.sha256(bill[512:512 + size]).hexdigest(),
    }


def statement(image: str, base: str) -> dict:
    facts = image_facts(image)
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": image, "digest": {"sha256": facts["id"]}}],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": {
                "buildType": "urn:portarium:build:docker/build.sh",
                "externalParameters": {"image": image},
                "resolvedDependencies": [
                    {"uri": "git+portarium", "digest": {"gitCommit": facts["revision"]}},
                    {"uri": f"docker-image:{base}"},
                ],
            },
            "runDetails": {
                "builder": {"id": "urn:portarium:builder:docker/build.sh"},
                "byproducts": [{"name": "sbom.json", "digest": {"sha256": facts["bill"]}}],
            },
        },
    }


def path_of(image: str) -> Path:
    return FOLDER / (image.split(":")[0] + ".json")


def sign(images: list[str], key: str) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for built in json.loads((ROOT / "build" / "images.json").read_text()):
        if images and built["name"] not in images:
            continue
        payload = json.dumps(statement(built["name"], built["base"]), sort_keys=True).encode()
        signature = openssl(pre_authentication(payload), "-sign", "-inkey", key)
        envelope = {
            "payloadType": PAYLOAD_TYPE,
            "payload": base64.b64encode(payload).decode(),
            "signatures": [{"sig": base64.b64encode(signature).decode()}],
        }
        path_of(built["name"]).write_text(json.dumps(envelope, indent=2) + "\n")
        print(f"signed   {built['name']}")


def verify(image: str, key: str) -> None:
    envelope = json.loads(path_of(image).read_text())
    payload = base64.b64decode(envelope["payload"])
    signature = base64.b64decode(envelope["signatures"][0]["sig"])
    if envelope["payloadType"] != PAYLOAD_TYPE:
        raise Bad(f"the payload is of type {envelope['payloadType']}")
    try:
        openssl(pre_authentication(payload), "-verify", "-pubin", "-inkey", key, signature=signature)
    except Bad:
        raise Bad("the signature is not that of this key over this attestation") from None
    signed = json.loads(payload)
    facts = image_facts(image)
    if signed["subject"] != [{"name": image, "digest": {"sha256": facts["id"]}}]:
        raise Bad("the image is another one than was signed")
    predicate = signed["predicate"]
    if predicate["buildDefinition"]["resolvedDependencies"][0]["digest"]["gitCommit"] != facts["revision"]:
        raise Bad("the image's label names another commit")
    if predicate["runDetails"]["byproducts"][0]["digest"]["sha256"] != facts["bill"]:
        raise Bad("the bill of materials is another one than was signed")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("verb", choices=("sign", "verify"))
    parser.add_argument("--key", required=True)
    parser.add_argument("images", nargs="*")
    options = parser.parse_intermixed_args()
    if options.verb == "sign":
        sign(options.images, options.key)
        return 0
    if not options.images:
        parser.error("verify needs the images' names")
    status = 0
    for image in options.images:
        try:
            verify(image, options.key)
            print(f"good     {image}")
        except (Bad, OSError, KeyError, ValueError) as error:
            print(f"bad      {image}: {error}")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
