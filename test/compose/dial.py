# SPDX-License-Identifier: PostgreSQL
"""dial.py COLUMN=ADDRESS:PORT … name=HOST: dials from where it is run and prints COLUMN yes or COLUMN no, one a line.

It is run inside a container's network namespace; all places are dialled at the same time, each for two seconds.  A column may
have several addresses; one that answers is enough.
"""

import random
import socket
import struct
import sys
from concurrent.futures import ThreadPoolExecutor

PATIENCE_SECONDS = 2


def connects(address: str) -> bool:
    host, port = address.rsplit(":", 1)
    try:
        socket.create_connection((host, int(port)), PATIENCE_SECONDS).close()
    except OSError:
        return False
    return True


def resolves(name: str) -> bool:
    """Asks the engine's resolver, as every program in the container would."""
    number = random.getrandbits(16)
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    query = struct.pack(">6H", number, 0x0100, 1, 0, 0, 0) + labels + b"\0\0\1\0\1"
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
            asker.settimeout(PATIENCE_SECONDS)
            asker.sendto(query, ("127.0.0.11", 53))
            answer = asker.recv(512)
    except OSError:
        return False
    return struct.unpack(">H", answer[6:8])[0] > 0


def dial(place: str) -> tuple[str, bool]:
    column, target = place.split("=", 1)
    return column, resolves(target) if column == "name" else connects(target)


with ThreadPoolExecutor(max_workers=32) as pool:
    results: dict[str, bool] = {}
    for key, reached in pool.map(dial, sys.argv[1:]):
        results[key] = results.get(key, False) or reached
for key, reached in results.items():
    print(key, "yes" if reached else "no")
