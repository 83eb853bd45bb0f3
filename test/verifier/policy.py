"""Witnesses and their quorum (C2SP tlog-policy, tlog-cosignature), for verify.py.

SPDX-License-Identifier: PostgreSQL
"""
import re

import ed25519
from form import parse_vkey, require, unbase64


class Policy:
    """The logs' keys, and a judgement of a note by what its witnesses have signed."""

    def __init__(self, lines):
        self.logs, self.parties, self.quorum = [], {}, None
        for line in lines:
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            require(words[0] in ("log", "witness", "group", "quorum") and len(words) > 1, "a policy that says something else")
            getattr(self, "read_" + words[0])(*words[1:])
        require(self.logs and self.quorum, "a policy without a log or a quorum")

    def read_log(self, vkey, _url=None):
        self.logs.append(vkey)

    def read_witness(self, name, vkey, _url=None):
        require(name not in self.parties and name != "none", "a name that is taken")
        self.parties[name] = parse_vkey(vkey, 4)

    def read_group(self, name, needed, *members):
        require(name not in self.parties and all(member in self.parties for member in members), "a group of nobody")
        needed = {"any": 1, "all": len(members)}.get(needed) or int(needed)
        require(0 < needed <= len(members), "a group that can never be enough")
        self.parties[name] = (needed, members)

    def read_quorum(self, name):
        require(name == "none" or name in self.parties, "a quorum of nobody")
        self.quorum = name

    def judge(self, note):
        """Raises a Finding when too few have signed; returns how many witnesses have."""
        signed, signatures = note.split("\n\n", 1)
        good = set()
        for name, party in self.parties.items():
            if len(party) == 2:
                if sum(member in good for member in party[1]) >= party[0]:
                    good.add(name)
            elif cosigned(signed + "\n", signatures, *party):
                good.add(name)
        require(self.quorum == "none" or self.quorum in good, "too few witnesses")
        return sum(len(self.parties[name]) == 3 for name in good)


def cosigned(signed, signatures, witness, key_id, public_key):
    good = False
    for line in signatures[:-1].split("\n"):
        match = re.fullmatch(r"— ([^ +]+) ([A-Za-z0-9+/=]+)", line)
        if match and match[1] == witness and unbase64(match[2])[:4] == key_id:
            data = unbase64(match[2], 76)
            message = f"cosignature/v1\ntime {int.from_bytes(data[4:12], 'big')}\n{signed}"
            require(ed25519.verify(public_key, message.encode(), data[12:]), "a witness's signature that is forged")
            good = True
    return good
