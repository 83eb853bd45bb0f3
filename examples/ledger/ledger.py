#!/usr/bin/env python3
# SPDX-License-Identifier: PostgreSQL
"""The system of record of the examples: a small ledger that speaks HTTP.

One request, in order: read and check the JSON body, consult the armed faults,
look the Idempotency-Key up, store the effect, answer.  An effect is stored
exactly once under its key: a repeat of the key gets the stored answer, a repeat
with another body gets 409.  Effects live in the SQLite file that is named on the
command line (store.py); faults live in memory (faults.py) and are gone after a
restart.  Each connection has a thread of its own; Store and Faults lock
themselves, nothing else is shared.

    ledger.py --database FILE [--host ADDRESS] [--port PORT, 0 = a free one]
"""

import argparse
import json
import signal
import socket
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from faults import Faults
from rules import KINDS, Refused, check
from store import Conflict, Store

MAX_BODY_BYTES = 65536
IDLE_SECONDS = 60


class Answer(Exception):
    """Ends a request with this status and JSON body."""

    def __init__(self, status: int, body: dict, replayed: bool = False):
        super().__init__(status)
        self.status = status
        self.body = body
        self.replayed = replayed


class Drop(Exception):
    """Ends a request by closing the connection without an answer."""


class Handler(BaseHTTPRequestHandler):
    """Routes one connection's requests to the store."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    server: "Ledger"

    def do_GET(self) -> None:
        self.serve(self.read_view)

    def do_POST(self) -> None:
        self.serve(self.write)

    def do_DELETE(self) -> None:
        self.serve(self.disarm)

    def serve(self, action) -> None:
        """Runs one action and sends what it ended with."""
        try:
            action(urllib.parse.urlsplit(self.path))
        except Answer as answer:
            self.send(answer)
        except Drop:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    def read_view(self, url) -> None:
        store = self.server.store
        query = dict(urllib.parse.parse_qsl(url.query))
        if url.path == "/":
            raise Answer(200, {"service": "ledger", "effects": store.count()["effects"]})
        if url.path == "/effects/count":
            raise Answer(200, store.count())
        if url.path == "/effects":
            raise Answer(200, {"effects": store.find(query)})
        if url.path == "/_faults":
            raise Answer(200, {"faults": self.server.faults.armed()})
        if url.path.startswith("/totals/"):
            date = urllib.parse.unquote(url.path[len("/totals/"):])
            raise Answer(200, store.totals(date))
        raise Answer(404, {"error": f'there is no resource "{url.path}"'})

    def write(self, url) -> None:
        body = self.read_body()
        if url.path == "/_faults":
            self.arm(body)
        kind = KINDS.get(url.path)
        if kind is None:
            raise Answer(404, {"error": f'there is no resource "{url.path}"'})
        key = self.headers.get("Idempotency-Key", "")
        if not 1 <= len(key) <= 200:
            raise Answer(400, {"error": "the Idempotency-Key header must have 1 to 200 characters"})
        self.post_effect(kind, key, body)

    def post_effect(self, kind, key: str, body: dict) -> None:
        """Stores an effect once, with the armed faults before and after it."""
        fault = self.server.faults.take(kind.name, str(body.get(kind.reference, "")))
        if fault is not None:
            self.fail_before(fault)
        try:
            check(kind, body)
            status, answer, replayed = self.server.store.put(kind, key, body)
        except Refused as refused:
            raise Answer(422, {"error": str(refused)}) from None
        except Conflict as conflict:
            raise Answer(409, {"error": str(conflict)}) from None
        if fault is not None:
            self.fail_after(fault)
        raise Answer(status, answer, replayed)

    def fail_before(self, fault) -> None:
        """Faults that strike before anything is stored."""
        if fault.mode == "fail":
            raise Answer(fault.status, {"error": "a fault was asked for"})
        if fault.mode == "hang":
            self.server.stopping.wait(fault.seconds)
            raise Drop
        if fault.mode == "drop-before":
            raise Drop

    def fail_after(self, fault) -> None:
        """Faults that strike when the effect is stored and the caller does not know it."""
        if fault.mode == "late":
            self.server.stopping.wait(fault.seconds)
        if fault.mode == "drop-after":
            raise Drop

    def arm(self, body: dict) -> None:
        try:
            self.server.faults.arm(body)
        except ValueError as error:
            raise Answer(400, {"error": str(error)}) from None
        raise Answer(201, {"faults": self.server.faults.armed()})

    def disarm(self, url) -> None:
        if url.path != "/_faults":
            raise Answer(404, {"error": f'there is nothing to delete at "{url.path}"'})
        self.server.faults.clear()
        raise Answer(200, {"faults": []})

    def read_body(self) -> dict:
        """The request's JSON object; ends the request when there is none."""
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > MAX_BODY_BYTES:
            self.close_connection = True
            raise Answer(413, {"error": f"Content-Length must be at most {MAX_BODY_BYTES}"})
        try:
            body = json.loads(self.rfile.read(int(length)))
        except ValueError:
            raise Answer(400, {"error": "the body is not JSON"}) from None
        if not isinstance(body, dict):
            raise Answer(400, {"error": "the body is not a JSON object"})
        return body

    def send(self, answer: Answer) -> None:
        payload = json.dumps(answer.body).encode() + b"\n"
        try:
            self.send_response(answer.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            if answer.replayed:
                self.send_header("Idempotent-Replay", "true")
            self.end_headers()
            self.wfile.write(payload)
        except (BrokenPipeError, ConnectionResetError):
            self.log_message("the caller was gone before the answer")
            self.close_connection = True


class Ledger(ThreadingHTTPServer):
    """The server and what its handlers share."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], store: Store):
        super().__init__(address, Handler)
        self.store = store
        self.faults = Faults()
        self.stopping = threading.Event()


def main() -> int:
    parser = argparse.ArgumentParser(description="The system of record of the examples.")
    parser.add_argument("--database", required=True, help="SQLite file; made when it is not there")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    options = parser.parse_args()

    server = Ledger((options.host, options.port), Store(options.database))

    def stop(_signal, _frame) -> None:
        server.stopping.set()
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    host, port = server.server_address[:2]
    print(f"ledger ready http://{host}:{port}", flush=True)
    server.serve_forever(poll_interval=0.5)
    server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
