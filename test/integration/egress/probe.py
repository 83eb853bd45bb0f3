#!/usr/bin/env python3
"""Talks to the egress proxy as clients do, good ones and bad ones.

    probe.py SOCKET TENANT PORT TLS_PORT [CASE …]     without CASE: all of them but those named status_…

Prints "ok NAME" or "FAILED NAME: REASON" for each case; a case's name is its function's docstring.

SPDX-License-Identifier: PostgreSQL
"""
import socket
import ssl
import sys
import time

SOCKET, TENANT, PORT, TLS_PORT = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])


def connect():
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(10)
    client.connect(SOCKET)
    return client


def everything(client):
    answer = b""
    try:
        while part := client.recv(65536):
            answer += part
    except ConnectionResetError:
        pass
    return answer


def identity(adapter="web", tenant=TENANT):
    return f"Portarium-Identity: {tenant}/{adapter}\r\n"


def ask(text):
    """The proxy's whole answer to these bytes."""
    with connect() as client:
        client.sendall(text if isinstance(text, bytes) else text.encode())
        return everything(client)


def get(host="ledger.test", port=PORT, path="/ok/get", who=None, more=""):
    return ask(f"GET http://{host}:{port}{path} HTTP/1.1\r\n{identity() if who is None else who}{more}\r\n")


def status(answer):
    words = answer.split(maxsplit=2)
    return int(words[1]) if len(words) > 1 and words[0] == b"HTTP/1.1" else None


def wants(code, answer, reason=None):
    assert status(answer) == code, f"wanted {code}, got {answer[:200]!r}"
    assert reason is None or reason.encode() in answer, f"wanted {reason!r}, got {answer[:200]!r}"


def tunnel(host="ledger.test", port=TLS_PORT, who=None):
    """A connection behind CONNECT; the proxy has answered 200."""
    client = connect()
    client.sendall(f"CONNECT {host}:{port} HTTP/1.1\r\n{identity('secure') if who is None else who}\r\n".encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        part = client.recv(1)
        assert part, f"closed after {answer!r}"
        answer += part
    wants(200, answer)
    return client


def context():
    trusting = ssl.create_default_context()
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    return trusting


def over_tls(name, host="ledger.test"):
    with context().wrap_socket(tunnel(host), server_hostname=name) as secure:
        secure.sendall(b"GET /ok/get HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        return everything(secure)


def refuses_tls(name, host="ledger.test"):
    try:
        answer = over_tls(name, host)
    except (ssl.SSLError, OSError):
        return
    raise AssertionError(f"got {answer[:100]!r}")


def plain():
    """a host on the list is reached"""
    wants(201, get())


def host_header():
    """the other side hears of the host that was judged, and of nothing that concerns the proxy"""
    answer = get(path="/echo", more="Host: evil.test\r\nProxy-Authorization: Basic eDp5\r\nX-Mine: 1\r\n")
    wants(200, answer)
    assert f"ledger.test:{PORT}".encode() in answer and b"evil" not in answer and b"X-Mine" in answer, answer
    assert b"Identity" not in answer and b"Proxy" not in answer, answer


def body():
    """a body goes along"""
    wants(200, ask(f"POST http://ledger.test:{PORT}/echo HTTP/1.1\r\n{identity()}Content-Length: 5\r\n\r\nhello"), "hello")


def tls():
    """a tunnel carries TLS"""
    wants(201, over_tls("ledger.test"))


def tls_case():
    """the name in the greeting is compared without case"""
    wants(201, over_tls("LEDGER.test"))


def tls_address():
    """an address is reached by a greeting without a name"""
    wants(201, over_tls(None, "127.0.0.1"))


def tls_other_name():
    """a greeting that names another host is refused"""
    refuses_tls("other.test")


def tls_no_name():
    """a greeting without a name is refused"""
    refuses_tls(None)


def tls_hidden():
    """a greeting cannot name a host behind an address"""
    refuses_tls("ledger.test", "127.0.0.1")


def not_tls():
    """a tunnel carries nothing but TLS"""
    with tunnel() as client:
        client.sendall(b"GET /ok/smuggled HTTP/1.1\r\nHost: x\r\n\r\n")
        assert everything(client) == b""


def silent():
    """a tunnel without a greeting is closed"""
    with tunnel() as client:
        assert everything(client) == b""


def unlisted():
    """a host that is not on the list is refused"""
    wants(403, get("other.test"), "not on the adapter's list")


def other_port():
    """a port that is not on the list is refused"""
    wants(403, get(port=TLS_PORT), "not on the adapter's list")


def other_adapter():
    """another adapter's list does not count"""
    wants(403, get(who=identity("secure")), "not on the adapter's list")


def other_tenant():
    """another tenant's list does not count"""
    wants(403, get(who=identity(tenant="00000000-0000-4000-8000-0000000000d2")), "not on the adapter's list")


def nobody():
    """who does not say in whose name is refused"""
    wants(407, get(who=""))


def identities():
    """who says two names, or none that is one, is refused"""
    wants(400, get(who=identity() + identity("secure")))
    wants(400, get(who="Portarium-Identity: web\r\n"))
    wants(400, get(who=identity("web' or true --")))


def rebound():
    """a listed name with a private address is refused"""
    wants(403, get("rebound.test"), "may not be reached")


def mixed():
    """a name with a good and a bad address is refused"""
    wants(403, get("mixed.test"), "may not be reached")


def metadata():
    """link-local addresses are refused even where private ones are allowed"""
    wants(403, get("metadata.test"), "may not be reached")


def spellings():
    """an address in another spelling is not the one on the list"""
    for host in ("0x7f.0.0.1", "2130706433", "127.1", "0177.0.0.1", "[::ffff:127.0.0.1]", "[::1]"):
        wants(403, get(host), "not on the adapter's list")


def malformed():
    """what could be understood in two ways is refused"""
    head = f"GET http://ledger.test:{PORT}/ok/get HTTP/1.1\r\n{identity()}"
    for request in (
            f"GET http://a@ledger.test:{PORT}/ok/get HTTP/1.1\r\n{identity()}\r\n",
            f"GET http://ledger.test:{PORT} HTTP/1.1\r\n{identity()}\r\n",
            f"GET http://ledger.test:99999/ HTTP/1.1\r\n{identity()}\r\n",
            f"GET http://ledger.test:{PORT}/a b HTTP/1.1\r\n{identity()}\r\n",
            f"GET http://ledger.test.:{PORT}/ HTTP/1.1\r\n{identity()}\r\n",
            f"GET /ok/get HTTP/1.1\r\nHost: ledger.test:{PORT}\r\n{identity()}\r\n",
            f"GET ftp://ledger.test:{PORT}/ HTTP/1.1\r\n{identity()}\r\n",
            f"CONNECT ledger.test HTTP/1.1\r\n{identity()}\r\n",
            head.replace("1.1", "1.0", 1) + "\r\n",
            head + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            head + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            head + "Content-Length: +1\r\n\r\na",
            head + "X: a\n\r\n",
            head + " folded: x\r\n\r\n",
            head + "X : a\r\n\r\n",
            head + "X: a\x00b\r\n\r\n",
            "\r\n\r\n"):
        wants(400, ask(request))


def two_requests():
    """a second request does not ride on the first"""
    first = f"GET http://ledger.test:{PORT}/ok/first HTTP/1.1\r\n{identity()}\r\n"
    wants(400, ask(first + first.replace("first", "second")), "more than one request")


def slow():
    """a request that does not come is not waited for"""
    with connect() as client:
        began = time.monotonic()
        client.sendall(b"GET http://")
        wants(400, everything(client))
        assert time.monotonic() - began < 3


def too_long():
    """a head without end is refused"""
    wants(400, ask(b"GET http://ledger.test/ HTTP/1.1\r\nX: " + b"x" * 70000))


def endless():
    """a response without end is cut"""
    assert len(get(path="/endless")) <= 1200000


def hangs():
    """a connection that is silent is closed"""
    began = time.monotonic()
    assert get(path="/hang") == b"" and time.monotonic() - began < 6


def socks(host="ledger.test", port=PORT, user=TENANT, word="web"):
    """A SOCKS connection and the proxy's reply code."""
    client = connect()
    client.sendall(b"\5\1\2")
    assert client.recv(2) == b"\5\2"
    client.sendall(b"\1" + bytes([len(user)]) + user.encode() + bytes([len(word)]) + word.encode())
    assert client.recv(2) == b"\1\0"
    client.sendall(b"\5\1\0\3" + bytes([len(host)]) + host.encode() + port.to_bytes(2, "big"))
    return client, client.recv(10)[1]


def socks_plain():
    """by SOCKS plain HTTP goes to the host that it names, also the second time"""
    client, code = socks()
    assert code == 0, code
    for _ in range(2):
        client.sendall(f"GET /ok/get HTTP/1.1\r\nHost: ledger.test:{PORT}\r\n\r\n".encode())
        answer = b""
        while not answer.endswith(b"}"):
            part = client.recv(65536)
            assert part, f"closed after {answer!r}"
            answer += part
        wants(201, answer)


def socks_other_host():
    """by SOCKS a request for another host is refused"""
    for host in ("other.test", f"ledger.test:{TLS_PORT}", f"ledger.test:{PORT}\r\nHost: other.test"):
        client, code = socks()
        assert code == 0, code
        client.sendall(f"GET /ok/get HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        assert everything(client) == b""


def socks_no_protocol():
    """by SOCKS nothing else goes through"""
    client, code = socks()
    assert code == 0, code
    client.sendall(b"\0\0\0\x8binitial bytes of something\r\n\r\n")
    assert everything(client) == b""


def socks_refused():
    """by SOCKS the same lists and addresses are asked"""
    assert [socks(host)[1] for host in ("other.test", "mixed.test", "rebound.test", "metadata.test")] == [2, 2, 2, 2]
    assert socks(word="secure")[1] == 2


def socks_malformed():
    """by SOCKS what is not understood is refused"""
    for message in (b"\5\1\0", b"\5\1\2\1\1a\1b", b"\5\0"):
        answer = ask(message + bytes(600))
        assert b"\5\2\0\1" in answer and len(answer) <= 14, answer


def status_200():
    """reached"""
    wants(201, get())


def status_403():
    """refused"""
    wants(403, get())


def status_503():
    """not asked"""
    wants(503, get())


CASES = {name: case for name, case in list(globals().items()) if callable(case) and case.__doc__ and name not in ("ask", "tunnel", "socks")}

for chosen in sys.argv[5:] or [name for name in CASES if not name.startswith("status_")]:
    try:
        CASES[chosen]()
        print("ok", CASES[chosen].__doc__)
    except (AssertionError, OSError) as error:
        print(f"FAILED {CASES[chosen].__doc__}: {error}")
