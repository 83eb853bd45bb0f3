# SPDX-License-Identifier: PostgreSQL
"""Prints free ports of 127.0.0.1, one for each argument: that port when it still is free, else another; 0 is any."""

import socket
import sys


def bound(port: int) -> socket.socket | None:
    """A socket bound to the port (0 = any), or None when somebody else has it."""
    taken = socket.socket()
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind(("127.0.0.1", port))
    except OSError:
        taken.close()
        return None
    return taken


def main() -> None:
    sockets = [bound(int(text)) or bound(0) for text in sys.argv[1:]]
    print(*(taken.getsockname()[1] for taken in sockets))


main()
