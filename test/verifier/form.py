"""The byte forms of docs/formats.md: canonical lines, entries, leaves, trees, checkpoints.

SPDX-License-Identifier: PostgreSQL
"""
import base64
import binascii
import datetime
import hashlib
import json
import re
import struct
import uuid

import ed25519

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.A)


class Finding(Exception):
    """Something is not as it must be; index: of the entry, where it is about one."""

    def __init__(self, reason, index=None):
        super().__init__(reason)
        self.index = index


def require(condition, reason, index=None):
    if not condition:
        raise Finding(reason, index)


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def canonical(value):
    """RFC 8785 of what a line may hold: no numbers but integers."""
    if isinstance(value, dict):
        members = sorted(value.items(), key=lambda item: item[0].encode("utf-16-be"))
        return "{" + ",".join(canonical(name) + ":" + canonical(member) for name, member in members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    require(not isinstance(value, float), "a number is not an integer")
    return json.dumps(value, ensure_ascii=False)


def unique(pairs):
    members = dict(pairs)
    require(len(members) == len(pairs), "an object names a member twice")
    return members


def parse_json(data, index=None):
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        raise Finding(f"not JSON: {error}", index) from error
    require(isinstance(value, dict), "not an object", index)
    return value


def parse_line(line, index=None):
    """A line of a bundle: an object in its canonical form and a line end."""
    value = parse_json(line, index)
    try:
        same = canonical(value).encode("utf-8") + b"\n" == line
    except UnicodeEncodeError as error:
        raise Finding("a lone surrogate", index) from error
    require(same, "the line is not in its canonical form", index)
    return value


def members(value, kind, names, index=None):
    """Exactly these members, in this order of names."""
    require(value.get("type", kind) == kind, f"not a line of type {kind}", index)
    require(set(value) == set(names), f"a {kind} with other members", index)
    return [value[name] for name in names]


def number(value, index=None, least=0):
    require(type(value) is int and least <= value < 2 ** 63, "not a number in its range", index)
    return value


def text(value, index=None):
    require(isinstance(value, str), "not a text", index)
    return value.encode("utf-8")


def unhex(value, size, index=None):
    require(isinstance(value, str) and re.fullmatch(r"[0-9a-f]*", value) and len(value) == 2 * size, "not hex of its size", index)
    return bytes.fromhex(value)


def uuid_bytes(value, index=None):
    require(isinstance(value, str) and re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value), "not a uuid", index)
    return uuid.UUID(value).bytes


def microseconds(value, index=None):
    require(isinstance(value, str) and TIME.fullmatch(value), "not a time", index)
    try:
        at = datetime.datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=datetime.timezone.utc)
    except ValueError as error:
        raise Finding("a time that does not exist", index) from error
    return (at - EPOCH) // datetime.timedelta(microseconds=1)


def entry_hash(tenant, entry, index=None):
    kind, actor, canon = (text(entry[name], index) for name in ("kind", "actor", "body"))
    require(len(kind) < 2 ** 16 and len(actor) < 2 ** 16, "a name that is too long", index)
    seq = number(entry["seq"], index, 1)
    require(seq < 2 ** 32, "not a number in its range", index)
    return sha256(b"\x10", unhex(entry["salt"], 16, index), tenant, uuid_bytes(entry["stream"], index),
                  struct.pack(">Iq", seq, microseconds(entry["at"], index)),
                  struct.pack(">H", len(kind)), kind, struct.pack(">H", len(actor)), actor, struct.pack(">Q", len(canon)), canon)


def leaf_hash(tenant, epoch, index, previous, hashed):
    return sha256(b"\x00EVL1", tenant, struct.pack(">IQ", epoch, index), previous, hashed)


def meta_data(tenant_salt, tenant, epoch, size, root, round_number):
    tenant_hash = sha256(b"portarium tenant", tenant_salt, tenant)
    return b"EVM1" + tenant_hash + struct.pack(">IQ", epoch, size) + root + struct.pack(">Q", round_number)


class Tree:
    """An RFC 6962 tree that is only appended to: the roots of its perfect subtrees, largest first, each with its size."""

    def __init__(self):
        self.nodes = []

    def append(self, leaf):
        size = 1
        while self.nodes and self.nodes[-1][0] == size:
            leaf = sha256(b"\x01", self.nodes.pop()[1], leaf)
            size *= 2
        self.nodes.append((size, leaf))

    def root(self):
        if not self.nodes:
            return sha256()
        result = self.nodes[-1][1]
        for _, node in reversed(self.nodes[:-1]):
            result = sha256(b"\x01", node, result)
        return result


def root_from_proof(index, size, leaf, proof):
    """RFC 9162, 2.1.3.2."""
    require(index < size, "an index behind the tree")
    place, last = index, size - 1
    for node in proof:
        require(last > 0, "a proof that is too long")
        if place & 1 or place == last:
            leaf = sha256(b"\x01", node, leaf)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            leaf = sha256(b"\x01", leaf, node)
        place, last = place >> 1, last >> 1
    require(last == 0, "a proof that is too short")
    return leaf


def unbase64(value, size=None):
    try:
        data = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Finding("not base64") from error
    require(size in (None, len(data)) and base64.b64encode(data).decode() == value, "not base64 of its size")
    return data


def parse_vkey(vkey, algorithm=1):
    name, key_id, key = vkey.split("+", 2)
    data = unbase64(key, 33)
    require(data[0] == algorithm, "not a key of Ed25519 for this")
    require(sha256(name.encode(), b"\n", data)[:4].hex() == key_id, "a key that does not have its id")
    return name, bytes.fromhex(key_id), data[1:]


def parse_checkpoint(note, vkeys):
    """Size and root of a checkpoint that one of the keys has signed."""
    require(isinstance(note, str) and note.count("\n\n") >= 1 and note.endswith("\n"), "not a signed note")
    signed, signatures = note.split("\n\n", 1)
    lines = signed.split("\n")
    require(len(lines) == 3 and lines[0] and re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1]), "not a checkpoint")
    root, good = unbase64(lines[2], 32), False
    for line in signatures[:-1].split("\n"):
        match = re.fullmatch(r"— ([^ +]+) ([A-Za-z0-9+/=]+)", line)
        require(match, "not a signature line")
        for name, key_id, public_key in map(parse_vkey, vkeys):
            if name == match[1] and unbase64(match[2])[:4] == key_id:
                data = unbase64(match[2], 68)
                require(ed25519.verify(public_key, (signed + "\n").encode(), data[4:]), "a signature that is forged")
                good = True
    require(good, "no signature by a trusted key")
    return int(lines[1]), root
