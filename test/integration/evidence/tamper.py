#!/usr/bin/env python3
"""Changes an evidence bundle in many ways and asks both verifiers about each: portarium-verify, and the one in Python.

    tamper.py VERIFIER KEY BUNDLE [bytes]        bytes: these only, for a bundle with other lines than entries

Bytes: a sample of every line's, each flipped; whole lines: taken out, doubled, exchanged; the file: cut; contents:
edited with every hash behind them computed again, as somebody would who owns the database and not the key. Nothing may
hold, and where one entry was changed its index must be the one that is named.

SPDX-License-Identifier: PostgreSQL
"""
import hashlib
import io
import json
import pathlib
import random
import struct
import subprocess
import sys
import uuid
from datetime import datetime, timezone

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "verifier"))
from form import Finding  # noqa: E402
from verify import read_keys, verify_bundle  # noqa: E402

verifier, key, path, *only_bytes = sys.argv[1:]
lines = open(path, "rb").read().splitlines(keepends=True)
entries = len(lines) - 4
random.seed(20240229)
tried = 0


def judge(content, expected_index=None):
    """Both must refuse; expected_index is that of the entry to be named."""
    global tried
    tried += 1
    result = subprocess.run([verifier, "--json", "--key", key, "-"], input=content, capture_output=True)
    report = json.loads(result.stdout)
    assert result.returncode != 0, f"change {tried} was not seen: {content!r}"
    assert report["reason"], report
    if expected_index is not None:
        assert report["bad_index"] == expected_index, (expected_index, report)
    try:
        verify_bundle(io.BytesIO(content), read_keys(key, None))
    except Finding as finding:
        assert expected_index is None or finding.index == expected_index, (expected_index, finding)
    else:
        raise AssertionError(f"change {tried} was not seen by the second verifier: {content!r}")


def canonical(members):
    text = json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode() + b"\n"


def index_of(number):
    """Of the entry that a line stands for by itself; what is said of a missing one is judged with others."""
    line = json.loads(lines[number])
    return line["index"] if line["type"] in ("entry", "withheld") else None


def flips():
    for number, line in enumerate(lines):
        for at in sorted(random.sample(range(len(line) - 1), min(20, len(line) - 1))):
            changed = bytearray(line)
            changed[at] ^= 1 << random.randrange(8)
            judge(b"".join(lines[:number] + [bytes(changed)] + lines[number + 1:]), index_of(number))


def whole_lines():
    for number in range(1, entries + 1):
        judge(b"".join(lines[:number] + lines[number + 1:]), number - 1)
        judge(b"".join(lines[:number] + [lines[number]] + lines[number:]), number)
        if number < entries:
            judge(b"".join(lines[:number] + [lines[number + 1], lines[number]] + lines[number + 2:]), number - 1)
    for number in (0, entries + 1, entries + 2, entries + 3):
        judge(b"".join(lines[:number] + lines[number + 1:]))
    judge(b"".join(lines) + b"\n")
    content = b"".join(lines)
    for size in random.sample(range(1, len(content)), 30):
        judge(content[:size])


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def entry_hash(tenant, entry):
    at = datetime.strptime(entry["at"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)
    micros = (at - datetime(1970, 1, 1, tzinfo=timezone.utc)) // (datetime.resolution)
    kind, actor, body = (entry[name].encode() for name in ("kind", "actor", "body"))
    return sha256(b"\x10", bytes.fromhex(entry["salt"]), tenant, uuid.UUID(entry["stream"]).bytes,
                  struct.pack(">IqH", entry["seq"], micros, len(kind)), kind, struct.pack(">H", len(actor)), actor,
                  struct.pack(">Q", len(body)), body)


def tree_root(hashes):
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return sha256(b"\x01", tree_root(hashes[:split]), tree_root(hashes[split:]))


def recomputed(edit):
    """The bundle after an edit of its objects, with every hash made to fit but for what only the key can make."""
    objects = [json.loads(line) for line in lines]
    objects = edit(objects)
    manifest, body, meta = objects[0], objects[1:-3], objects[-3]
    tenant = uuid.UUID(manifest["tenant"]).bytes
    previous, hashes = bytes(32), []
    for index, entry in enumerate(body):
        hashed = entry_hash(tenant, entry)
        data = b"EVL1" + tenant + struct.pack(">IQ", manifest["epoch"], index) + previous + hashed
        previous = sha256(b"\x00", data)
        hashes.append(previous)
        entry.update(index=index, entry_hash=hashed.hex(), leaf_hash=previous.hex())
    manifest["size"] = meta["size"] = len(body)
    meta["root"] = tree_root(hashes).hex()
    digest, written = bytes(32), []
    for item in objects[:-1]:
        written.append(canonical(item))
        if item["type"] != "entry":
            digest = sha256(digest, written[-1])
    objects[-1].update(lines=len(written), sha256=digest.hex())
    return b"".join(written) + canonical(objects[-1])


def edits():
    def edited(objects):
        objects[3]["body"] = '{"n":1000000}'
        return objects

    def another_actor(objects):
        objects[1]["actor"] = "eve"
        return objects

    def cut(objects):
        return objects[:-5] + objects[-3:]

    def added(objects):
        return objects[:-3] + [dict(objects[1], seq=2)] + objects[-3:]

    def another_key(objects):
        objects[0]["vkeys"] = []
        return objects

    def another_tenant(objects):
        objects[0]["tenant"] = str(uuid.UUID(int=1))
        return objects

    assert recomputed(lambda objects: objects) == b"".join(lines), "the bundle cannot be made again from its contents"
    for edit in (edited, another_actor, cut, added, another_tenant):
        judge(recomputed(edit))
    without_keys = recomputed(another_key)
    result = subprocess.run([verifier, "-"], input=without_keys, capture_output=True)
    assert result.returncode == 2, "a bundle without keys was judged"


flips()
if not only_bytes:
    whole_lines()
    edits()
print(f"{tried} changes, none held")
