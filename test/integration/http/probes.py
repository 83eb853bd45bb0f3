"""The wire: what a strict HTTP/1.1 server refuses, and its deadlines and sizes.

SPDX-License-Identifier: PostgreSQL
"""
import time

from client import drain, statuses, wait_for

HEAD = b"POST /rpc/echo HTTP/1.1\r\nHost: a\r\n"

# name, bytes, the statuses that must come back; each refusal closes the connection
REFUSED = (
    ("Content-Length and Transfer-Encoding", HEAD + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", [400]),
    ("two Content-Length", HEAD + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde", [400]),
    ("Content-Length: +4", HEAD + b"Content-Length: +4\r\n\r\nabcd", [400]),
    ("Content-Length: -1", HEAD + b"Content-Length: -1\r\n\r\n", [400]),
    ("Content-Length beyond 64 bits", HEAD + b"Content-Length: 99999999999999999999\r\n\r\n", [400]),
    ("blank before the colon", HEAD + b"Content-Length : 4\r\n\r\nabcd", [400]),
    ("Transfer-Encoding: xchunked", HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", [400]),
    ("Transfer-Encoding: gzip, chunked", HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", [400]),
    ("Transfer-Encoding in HTTP/1.0", b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", [400]),
    ("chunk size 0x3", HEAD + b"Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\n", [400]),
    ("chunk size overflow", HEAD + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n", [400]),
    ("bare line feeds", b"GET / HTTP/1.1\nHost: a\n\n", [400]),
    ("NUL in a header", b"GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", [400]),
    ("carriage return in a header", b"GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", [400]),
    ("folded header", b"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", [400]),
    ("no Host", b"GET / HTTP/1.1\r\n\r\n", [400]),
    ("two Hosts", b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", [400]),
    ("method G@T", b"G@T / HTTP/1.1\r\nHost: a\r\n\r\n", [400]),
    ("HTTP/2.0", b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", [505]),
    ("a TLS hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", [400]),
    ("target of 100 KB", b"GET /" + b"x" * 100000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", [414]),
    ("header of 100 KB", b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 100000 + b"\r\n\r\n", [431]),
    ("101 headers", b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 100 + b"\r\n", [431]),
    ("body by Content-Length", HEAD + b"Content-Length: 65537\r\n\r\n", [413]),
    ("body by chunks", HEAD + b"Transfer-Encoding: chunked\r\n\r\n10001\r\n", [413]),
    ("Expect: gold", HEAD + b"Expect: gold\r\nContent-Length: 1\r\n\r\n", [417]),
)

ACCEPTED = (
    ("plain", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", [200]),
    ("three in one packet", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 3, [200, 200, 200]),
    ("HTTP/1.0", b"GET / HTTP/1.0\r\n\r\n", [200]),
    ("empty lines first", b"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", [200]),
    ("HEAD", b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", [200]),
    ("upgrade is ignored", b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n", [200]),
    ("chunks and a trailer", HEAD + b"Transfer-Encoding: chunked\r\n\r\n2;a=b\r\n{}\r\n0\r\nX: y\r\n\r\n", [401]),
)


def check_refused(suite):
    for name, data, expected in REFUSED:
        answer = suite.sidecar.raw(data, 4)
        suite.equal(f"refused: {name}", statuses(answer), expected)
        suite.check(f"refused: {name}: closes with a problem", b"Connection: close" in answer and b"HTTP4" in answer or
                    b"HTTP505" in answer, answer)


def check_accepted(suite):
    for name, data, expected in ACCEPTED:
        with suite.sidecar.connect() as connection:
            connection.sendall(data)
            suite.equal(f"accepted: {name}", statuses(drain(connection, 0.5)), expected)


def check_smuggling(suite):
    """What follows a refused request is never taken for another one."""
    data = (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    suite.equal("one answer for a smuggled request", statuses(suite.sidecar.raw(data, 4)), [400])


def check_head_has_no_body(suite):
    answer = suite.sidecar.raw(b"HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 4)
    head, _, body = answer.partition(b"\r\n\r\n")
    suite.check("HEAD says a length and sends nothing", b"Content-Length: " in head and b"Content-Length: 0" not in head
                and body == b"", answer)


def check_continue(suite):
    with suite.sidecar.connect() as connection:
        connection.sendall(HEAD + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        first = connection.recv(1000)
        connection.sendall(b"{}")
        suite.equal("100 Continue, then the answer", statuses(first + drain(connection, 0.5)), [100, 401])


def check_half_close(suite):
    with suite.sidecar.connect() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        connection.shutdown(1)
        suite.equal("a client that has said all still gets its answer", statuses(drain(connection, 4)), [200])


def drip(suite, first, piece, pause):
    """Sends first, then piece again and again; the seconds until the server has had enough, and what it said."""
    start = time.monotonic()
    with suite.sidecar.connect() as connection:
        connection.sendall(first)
        connection.settimeout(pause)
        while time.monotonic() - start < 10:
            try:
                answer = connection.recv(1000)
                return time.monotonic() - start, answer
            except TimeoutError:
                pass
            try:
                connection.sendall(piece)
            except OSError:
                return time.monotonic() - start, b""
    return 99, b""


def check_slow_loris(suite):
    seconds, answer = drip(suite, b"GET / HTTP/1.1\r\nHost: a\r\n", b"X: y\r\n", 0.1)
    suite.check("header drip ends at the deadline", statuses(answer) == [408] and 0.6 < seconds < 2, (seconds, answer))
    seconds, answer = drip(suite, HEAD + b"Content-Length: 60000\r\n\r\n", b"x", 0.1)
    suite.check("body drip ends at the deadline", statuses(answer) == [408] and 0.6 < seconds < 3, (seconds, answer))


def check_idle(suite):
    start = time.monotonic()
    answer = suite.sidecar.raw(b"", 5)
    suite.check("a silent connection is closed", answer == b"" and time.monotonic() - start < 2, answer)
    start = time.monotonic()
    answer = suite.sidecar.raw(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 6)
    suite.check("an idle connection is closed", statuses(answer) == [200] and 1 < time.monotonic() - start < 4, answer)


def check_connection_limit(suite):
    connections = []
    try:
        for _ in range(40):
            connections.append(suite.sidecar.connect())
        connections[0].sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        suite.equal("connections up to the limit are served", statuses(connections[0].recv(1000)), [200])
        suite.equal("one more is closed", suite.sidecar.raw(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 3), b"")
    finally:
        for connection in connections:
            connection.close()
    suite.check("and served when others have left", wait_for(lambda: suite.sidecar.metric("connections") == 0) and
                suite.sidecar.get("/", bearer="").status == 200)
