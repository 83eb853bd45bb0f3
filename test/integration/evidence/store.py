#!/usr/bin/env python3
"""Reads a notary's store and computes everything in it again, with no code of the notary's.

    store.py STORE

Leaves of each log without a gap and chained; each meta leaf with the root of its log at that size; each checkpoint
with the root of the meta-log at its size; ranges that two files share have the same bytes; each tile with the hashes of
its place, and for each checkpoint every tile that a reader needs, or the full one that followed it.

SPDX-License-Identifier: PostgreSQL
"""
import base64
import hashlib
import pathlib
import sys

LEAF, META = 96, 88


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def tree_root(hashes):
    if not hashes:
        return sha256()
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return sha256(b"\x01", tree_root(hashes[:split]), tree_root(hashes[split:]))


def records(folder, size):
    """The records of a folder of FIRST-COUNT files, in order."""
    found = []
    for path in sorted(folder.iterdir()):
        first, count = map(int, path.name.split("-"))
        content = path.read_bytes()
        assert len(content) == count * size, f"{path} does not have {count} records"
        assert first <= len(found), f"{path} leaves a gap before it"
        for number in range(count):
            record = content[number * size:(number + 1) * size]
            if first + number < len(found):
                assert found[first + number] == record, f"{path} disagrees with the file before it"
            else:
                found.append(record)
    return found


def logs(store):
    result = {}
    for folder in sorted(store.glob("leaves/*/*")):
        hashes, previous = [], bytes(32)
        for idx, data in enumerate(records(folder, LEAF)):
            assert data[:4] == b"EVL1" and int.from_bytes(data[24:32], "big") == idx, f"{folder}: leaf {idx}"
            assert int.from_bytes(data[20:24], "big") == int(folder.name) and data[32:64] == previous, f"{folder}: chain at {idx}"
            previous = sha256(b"\x00", data)
            hashes.append(previous)
        result[folder.parent.name, int(folder.name)] = hashes
    return result


def tile_path(number):
    text = f"{number % 1000:03}"
    while number >= 1000:
        number //= 1000
        text = f"x{number % 1000:03}/{text}"
    return text


def level(hashes, number):
    """The roots of the full runs of 256 ** number leaves."""
    width = 256 ** number
    return [tree_root(hashes[first:first + width]) for first in range(0, len(hashes) - width + 1, width)]


def tiles(store, records_of_meta, hashes, sizes):
    wanted = {}
    for folder, contents in [("entries", [len(data).to_bytes(2, "big") + data for data in records_of_meta]),
                             *((str(number), level(hashes, number)) for number in range(3))]:
        run = 1 if folder == "entries" else 256 ** int(folder)
        for size in sizes:
            for number in range(-(-(size // run) // 256)):
                tile = contents[number * 256:min(number * 256 + 256, size // run)]
                width = f".p/{len(tile)}" if len(tile) < 256 else ""
                wanted[f"{folder}/{tile_path(number)}{width}"] = b"".join(tile)
    found = {str(path.relative_to(store / "tile")): path.read_bytes() for path in (store / "tile").rglob("*") if path.is_file()}
    for name, content in wanted.items():
        tile = found.get(name) or found.get(name.split(".p/")[0])
        assert tile, f"no tile {name}, and no full one"
        assert tile[:len(content)] == content, f"tile {name} has other hashes"
    assert found.keys() <= wanted.keys(), f"tiles of no checkpoint: {sorted(found.keys() - wanted.keys())[:5]}"
    return len(found)


def main():
    store = pathlib.Path(sys.argv[1])
    leaves, meta_hashes = logs(store), []
    meta = records(store / "meta", META)
    for index, data in enumerate(meta):
        log = leaves[data[4:36].hex(), int.from_bytes(data[36:40], "big")]
        size = int.from_bytes(data[40:48], "big")
        assert data[:4] == b"EVM1" and data[48:80] == tree_root(log[:size]), f"meta leaf {index}"
        meta_hashes.append(sha256(b"\x00", data))
    checkpoints = sorted((store / "checkpoint").iterdir())
    for path in checkpoints:
        _, size, root, empty, *signatures = path.read_text().split("\n")
        assert int(size) == int(path.name) and empty == "" and signatures[0].startswith("— "), path
        assert base64.b64decode(root) == tree_root(meta_hashes[:int(size)]), f"{path} has another root"
    assert checkpoints, "no checkpoint"
    n_tiles = tiles(store, meta, meta_hashes, [int(path.name) for path in checkpoints])
    print(f"{len(leaves)} logs, {len(meta_hashes)} meta leaves, {len(checkpoints)} checkpoints, {n_tiles} tiles")


main()
