"""A time stamp of a checkpoint (RFC 3161): whose bytes it is of, and when. Its signature is not judged here.

SPDX-License-Identifier: PostgreSQL
"""
import base64
import binascii

from form import Finding, members, require, sha256

SHA256 = bytes.fromhex("608648016503040201")


def elements(data):
    """The elements of some DER as (tag, content)."""
    while data:
        require(len(data) >= 2, "not a time stamp")
        tag, length, start = data[0], data[1], 2
        if length & 0x80:
            start = 2 + (length & 0x7F)
            length = int.from_bytes(data[2:start], "big")
        require(start + length <= len(data), "not a time stamp")
        yield tag, data[start:start + length]
        data = data[start + length:]


def inside(data, *path):
    """Down a path of places; each gives the content there."""
    for place in path:
        found = list(elements(data))
        require(place < len(found), "not a time stamp")
        data = found[place][1]
    return data


def check_stamp(line, note):
    _, answer = members(line, "stamp", ("type", "answer"))
    try:
        answer = base64.b64decode(answer, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Finding("not a time stamp") from error
    require(len(list(elements(answer))) == 1, "not a time stamp")
    require(inside(answer, 0, 0, 0) in (b"\x00", b"\x01"), "no time stamp was granted")
    # answer, token, signed data, what is signed, the octets, the statement, its imprint
    imprint = inside(answer, 0, 1, 1, 0, 2, 1, 0, 0, 2)
    require(inside(imprint, 0, 0) == SHA256 and inside(imprint, 1) == sha256(note.encode()), "the time stamp is of something else")
