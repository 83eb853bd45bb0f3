#!/usr/bin/env python3
"""A second verifier of evidence, written from docs/formats.md alone, with nothing but the standard library.

    verify.py [--key VKEY-OR-FILE] [--policy FILE] BUNDLE        "-" is the standard input
    verify.py --proof --key VKEY-OR-FILE [--policy FILE] PROOF

It shares no line with portarium-verify; whoever doubts one has the other. Exit status: 0 it holds, 1 it does not.

SPDX-License-Identifier: PostgreSQL
"""
import argparse
import base64
import json
import pathlib
import re
import sys

from form import (Finding, Tree, entry_hash, leaf_hash, members, meta_data, number, parse_checkpoint, parse_json, parse_line,
                  require, root_from_proof, sha256, text, unbase64, unhex, uuid_bytes)
from lawful import Lawful
from policy import Policy
from stamp import check_stamp

WITHHELD = ("type", "index", "entry_hash", "leaf_hash")
DISPOSED = ("type", "index", "stream", "seq", "kind", "at", "disposition", "entry_hash", "leaf_hash")
ENTRY = ("type", "index", "stream", "seq", "kind", "actor", "at", "body", "salt", "entry_hash", "leaf_hash")
OF_ENTRIES = ("entry", "withheld", "disposed", "payload")


class Lines:
    """The lines of a bundle, with the running digest of those that stand for no entry."""

    def __init__(self, lines):
        self.lines, self.count, self.entry = iter(lines), 0, None
        self.digest = self.before = bytes(32)

    def next(self, index=None):
        """The next line that is not a payload of the entry before."""
        value = self.read(index)
        while value.get("type") == "payload":
            check_payload(value, self.entry)
            value = self.read(index)
        return value

    def read(self, index=None):
        line = next(self.lines, None)
        require(line is not None, "the bundle is cut", index)
        value = parse_line(line, index)
        if value.get("type") not in OF_ENTRIES:
            self.before, self.digest = self.digest, sha256(self.digest, line)
        self.count += 1
        return value

    def end(self, line):
        _, count, digest = members(line, "end", ("type", "lines", "sha256"))
        require(number(count) == self.count - 1 and unhex(digest, 32) == self.before, "the last line does not count those before")
        require(next(self.lines, None) is None, "lines behind the last")


def check_entry(entry, index, tenant, epoch, previous):
    """The leaf of an entry's line."""
    values = members(entry, "entry", ENTRY, index)
    require(number(values[1], index) == index, "an entry out of its place", index)
    hashed = entry_hash(tenant, entry, index)
    require(unhex(values[9], 32, index) == hashed, "entry does not have its hash", index)
    leaf = leaf_hash(tenant, epoch, index, previous, hashed)
    require(unhex(values[10], 32, index) == leaf, "leaf does not follow from the entry and the leaf before it", index)
    return leaf


def check_payload(payload, entry):
    """A payload is what the entry before it commits to."""
    _, index, member, data = members(payload, "payload", ("type", "index", "member", "data"))
    require(entry is not None, "a payload without its entry")
    require(number(index) == entry["index"], "a payload behind another entry", entry["index"])
    index = entry["index"]
    commitment = sha256(unhex(entry["salt"], 16), text(data))
    require(parse_json(text(entry["body"])).get(member) == base64.urlsafe_b64encode(commitment).decode().rstrip("="),
            "a payload that its entry does not commit to", index)


def check_place(lines, index, tenant, epoch, previous, lawful):
    """The leaf of what stands for the entry of an index."""
    line = lines.next(index)
    kind = line.get("type")
    if kind not in ("withheld", "disposed"):
        leaf = check_entry(line, index, tenant, epoch, previous)
        lawful.entry(line)
        lines.entry = line
        return leaf
    members(line, kind, WITHHELD if kind == "withheld" else DISPOSED, index)
    require(number(line["index"], index) == index, "an entry out of its place", index)
    leaf = leaf_hash(tenant, epoch, index, previous, unhex(line["entry_hash"], 32, index))
    require(unhex(line["leaf_hash"], 32, index) == leaf, "leaf does not follow from the entry and the leaf before it", index)
    if kind == "disposed":
        lawful.disposed(line, index)
    lines.entry = None
    return leaf


def check_anchor(meta, tenant_salt, tenant, epoch, size, root, note, vkeys):
    """From the tenant's root to the signature."""
    _, index, round_number, meta_size, meta_root, proof = members(meta, "meta", ("type", "index", "round", "size", "root", "proof"))
    require(number(meta_size) == size and unhex(meta_root, 32) == root, "the meta leaf is of another tree")
    require(isinstance(proof, list), "not a proof")
    leaf = sha256(b"\x00", meta_data(tenant_salt, tenant, epoch, size, root, number(round_number)))
    signed_size, signed_root = parse_checkpoint(note, vkeys)
    hashes = [unhex(node, 32) for node in proof]
    require(root_from_proof(number(index), signed_size, leaf, hashes) == signed_root, "the meta leaf is not in the checkpoint")


def check_manifest(manifest):
    names = ("type", "format", "tenant", "tenant_salt", "epoch", "first", "size", "vkeys")
    _, form, tenant, salt, epoch, first, size, vkeys = members(manifest, "manifest", names)
    require(form == "portarium-evidence/1", "another format")
    require(number(first) == 0 and number(epoch) < 2 ** 32, "another kind of bundle")
    require(isinstance(vkeys, list) and all(isinstance(vkey, str) for vkey in vkeys), "not keys")
    return uuid_bytes(tenant), unhex(salt, 16), epoch, number(size, least=1), vkeys


def verify_bundle(source, keys=None, policy=None):
    """Raises a Finding when the bundle does not hold; returns how many entries it has, and how many witnesses."""
    lines = Lines(source)
    tenant, salt, epoch, size, vkeys = check_manifest(lines.read())
    tree, previous, lawful = Tree(), bytes(32), Lawful()
    for index in range(size):
        previous = check_place(lines, index, tenant, epoch, previous, lawful)
        tree.append(previous)
    meta = lines.next()
    require(meta.get("type") not in ("entry", "withheld", "disposed"), "an entry behind the last", size)
    _, note = members(lines.read(), "checkpoint", ("type", "note"))
    check_anchor(meta, salt, tenant, epoch, size, tree.root(), note, keys or vkeys)
    last = lines.read()
    if last.get("type") == "stamp":
        check_stamp(last, note)
        last = lines.read()
    lines.end(last)
    lawful.judge()
    return size, policy.judge(note) if policy else 0


def read_tlog_proof(data):
    """Extra, index, hashes and note of a C2SP tlog-proof."""
    head, _, note = data.decode("utf-8").partition("\n\n")
    lines = head.split("\n")
    require(lines[0] == "c2sp.org/tlog-proof@v1" and len(lines) >= 3, "not a tlog-proof")
    require(lines[1].startswith("extra ") and re.fullmatch(r"index (0|[1-9][0-9]*)", lines[2]), "not a tlog-proof of an entry")
    return parse_json(base64.b64decode(lines[1][6:])), int(lines[2][6:]), [unbase64(line, 32).hex() for line in lines[3:]], note


def verify_proof(data, keys, policy=None):
    """The same for a proof of one entry."""
    extra, meta_index, meta_proof, note = read_tlog_proof(data)
    names = ("format", "tenant", "tenant_salt", "epoch", "entry", "prev_leaf", "proof", "meta")
    form, tenant, salt, epoch, entry, previous, hashes, meta = members(extra, "proof", names)
    require(form == "portarium-proof/1", "another format")
    require(isinstance(entry, dict) and isinstance(meta, dict) and isinstance(hashes, list), "not a proof")
    tenant, epoch = uuid_bytes(tenant), number(epoch)
    index, size = number(entry.get("index")), number(meta.get("size"))
    leaf = check_entry(entry, index, tenant, epoch, unhex(previous, 32))
    root = root_from_proof(index, size, leaf, [unhex(node, 32) for node in hashes])
    meta = dict(meta, type="meta", index=meta_index, proof=meta_proof)
    check_anchor(meta, unhex(salt, 16), tenant, epoch, size, root, note, keys)
    return 1, policy.judge(note) if policy else 0


def read_keys(value, policy):
    given = [] if value is None else [value if "+" in value else pathlib.Path(value).read_text(encoding="utf-8").strip()]
    return given + (policy.logs if policy else [])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--key")
    parser.add_argument("--policy")
    parser.add_argument("--proof", action="store_true")
    parser.add_argument("file")
    options = parser.parse_args()
    policy = Policy(pathlib.Path(options.policy).read_text(encoding="utf-8").splitlines()) if options.policy else None
    keys = read_keys(options.key, policy)
    with sys.stdin.buffer if options.file == "-" else open(options.file, "rb") as file:
        try:
            checked, witnesses = verify_proof(file.read(), keys, policy) if options.proof else verify_bundle(file, keys, policy)
        except Finding as finding:
            print(json.dumps({"holds": False, "bad_index": finding.index, "reason": str(finding)}))
            return 1
    print(json.dumps({"holds": True, "checked": checked, "witnesses": witnesses, "key_from": "argument" if keys else "evidence"}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
