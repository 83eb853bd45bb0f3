# SPDX-License-Identifier: PostgreSQL
"""socks.py SOCKET TENANT ADAPTER HOST PORT: asks the egress proxy for a connection as an executor does, by SOCKS 5 with the
tenant as the name and the adapter as the password.  Prints "allowed", "refused", or "no entry" when the socket cannot be opened.
"""

import socket
import sys

path, tenant, adapter, host, port = sys.argv[1:]


def pascal(text: str) -> bytes:
    return bytes([len(text)]) + text.encode()


with socket.socket(socket.AF_UNIX) as proxy:
    proxy.settimeout(10)
    try:
        proxy.connect(path)
    except PermissionError:
        print("no entry")
        sys.exit()
    proxy.sendall(b"\5\1\2")
    assert proxy.recv(2) == b"\5\2", "the proxy does not ask who it is"
    proxy.sendall(b"\1" + pascal(tenant) + pascal(adapter))
    assert proxy.recv(2) == b"\1\0", "the proxy does not know who it is"
    proxy.sendall(b"\5\1\0\3" + pascal(host) + int(port).to_bytes(2, "big"))
    print("allowed" if proxy.recv(2) == b"\5\0" else "refused")
