"""Server-sent events: GET /events of the sidecar, resumed with Last-Event-ID.

SPDX-License-Identifier: PostgreSQL
"""
import http.client
import json
import os
import secrets
import socket
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "http"))

from client import SECRET, Sidecar, token  # noqa: E402

OTHER = "00000000-0000-4000-8000-0000000000e2"


class Stream:
    """One open stream; next() gives an event's position and the event."""

    def __init__(self, port, bearer, path="/events", **headers):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        self.connection.request("GET", path, headers={"Authorization": f"Bearer {bearer}", "Accept": "text/event-stream", **headers})
        self.answer = self.connection.getresponse()
        self.status = self.answer.status

    def next(self):
        fields = {}
        while line := self.answer.readline().decode():
            if line == "\n" and "data" in fields:
                return fields["id"], json.loads(fields["data"])
            name, _, value = line.rstrip("\n").partition(": ")
            fields[name] = value
        raise EOFError

    def take(self, count):
        return [self.next() for _ in range(count)]

    def problem(self):
        return json.loads(self.answer.read())["code"]

    def close(self):
        self.connection.sock.close() if self.connection.sock else None
        self.answer.close()


def start(suite):
    """Keys, a second tenant, a sidecar."""
    key = secrets.token_hex(32)
    suite.sql(f"select portarium.add_context_key('events', decode('{key}', 'hex'))")
    suite.sql("alter role portarium_sidecar login")
    for name, text in (("context.key", f"events {key}\n"), ("jwt.key", SECRET + "\n")):
        with os.fdopen(os.open(f"{suite.folder}/{name}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
    suite.sql(f"select portarium.create_tenant('other', null, '{OTHER}')")
    return Sidecar(suite.folder, TENANT_STREAMS="3")


def check_stream(suite):
    tenant = suite.sql("select portarium.tenant_id()")
    bearer = token(tenant=tenant)
    suite.write_events(200)
    total = suite.sealed()
    sidecar = start(suite)
    try:
        judge_refusals(suite, sidecar.port, bearer)
        judge_stream(suite, sidecar, bearer, total)
        judge_end(suite, sidecar, bearer)
    finally:
        sidecar.process.kill()


def judge_refusals(suite, port, bearer):
    suite.equal("without a token", Stream(port, "x").status, 401)
    suite.equal("with a place that is none", Stream(port, bearer, "/events?after=there").problem(), "UP007")
    suite.equal("with another parameter", Stream(port, bearer, "/events?limit=1").problem(), "UP007")
    suite.equal("as JSON", Stream(port, bearer, Accept="application/json").status, 406)


def judge_stream(suite, sidecar, bearer, total):
    first = Stream(sidecar.port, bearer, "/events?after=start")
    suite.equal("it is an event stream", first.answer.getheader("Content-Type"), "text/event-stream")
    half = first.take(total // 2)
    first.close()
    resumed = Stream(sidecar.port, bearer, **{"Last-Event-ID": half[-1][0]})
    found = half + resumed.take(total - total // 2)
    suite.equal("resumed with Last-Event-ID, nothing is missing", [int(e["sequence"]) for _, e in found], list(range(total)))
    suite.check("an id is the position", all(p == f"1-{int(e['sequence'])}" for p, e in found))
    live = Stream(sidecar.port, bearer)
    lags = []
    for _ in range(10):
        before = time.time()
        suite.write_events(1)
        position, _ = resumed.next()
        lags.append(time.time() - before)
        suite.equal("whoever begins now gets what is new", live.next()[0], position)
    suite.check(f"an event is there soon ({max(lags) * 1000:.0f} ms at most)", max(lags) < 2.5, lags)
    third = Stream(sidecar.port, bearer)
    suite.equal("a tenant has so many streams and no more", Stream(sidecar.port, bearer).problem(), "UP501")
    suite.equal("but another tenant has its own", Stream(sidecar.port, token(tenant=OTHER)).status, 200)
    for stream in (resumed, live, third):
        stream.close()
    suite.eventually("a closed stream counts no more", 5, lambda: gauge(sidecar) <= 1, lambda: gauge(sidecar))


def gauge(sidecar):
    connection = http.client.HTTPConnection("127.0.0.1", sidecar.admin_port, timeout=5)
    connection.request("GET", "/metrics")
    lines = connection.getresponse().read().decode().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("portarium_sidecar_streams ")))


def judge_end(suite, sidecar, bearer):
    short = Stream(sidecar.port, token(tenant=suite.sql("select portarium.tenant_id()"), exp=int(time.time()) + 2))
    suite.check("a stream ends with its token", ends(short, 10))
    deaf = socket.create_connection(("127.0.0.1", sidecar.port))
    deaf.sendall(f"GET /events?after=start HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {bearer}\r\n\r\n".encode())
    suite.write_events(100)
    hearing = Stream(sidecar.port, bearer, "/events?after=start")
    suite.equal("who does not read holds up nobody", len(hearing.take(200)), 200)
    since = time.time()
    suite.equal("SIGTERM ends the streams and the program", sidecar.stop(), 0)
    suite.check("at once", time.time() - since < 3, time.time() - since)
    suite.check("the client hears of it", ends(hearing, 5))


def ends(stream, seconds):
    deadline = time.time() + seconds
    try:
        while time.time() < deadline:
            stream.next()
    except (EOFError, ConnectionError):
        return True
    return False
