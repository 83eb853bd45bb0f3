#!/usr/bin/env python3
"""A small HTTP service that answers well, badly, late or not at all; the first part of the path says which.

    web.py REQUESTS [CERTIFICATE KEY]     REQUESTS: file that gets one JSON line for every request, before it is answered;
                                          with a certificate it speaks TLS

Prints "ready PORT". Paths: see the methods of Answers; what follows in the path is only written down.

SPDX-License-Identifier: PostgreSQL
"""
import json
import socket
import ssl
import sys
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LOCK = threading.Lock()
SEEN = {}
EFFECTS = set()


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "web"

    def handle_any(self):
        self.content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        name = self.path.split("/")[1].split("?")[0]
        with LOCK:
            SEEN[self.path] = SEEN.get(self.path, 0) + 1
            self.times = SEEN[self.path]
            print(json.dumps({"method": self.command, "path": self.path, "headers": dict(self.headers),
                              "body": self.content.decode()}), file=self.server.requests, flush=True)
        getattr(self, name)()

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = handle_any

    def log_message(self, *_):
        """The requests are written down by handle_any."""

    def reply(self, status, body=b"", content_type="application/json", **headers):
        self.send_response(status)
        if content_type:
            self.send_header("Content-Type", content_type)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def vanish(self, reset=False):
        """Closes the connection without another byte."""
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.close_connection = True
        self.connection.close()

    # the answers

    def ok(self):
        self.reply(201, b'{"amount": 12.10, "big": 12345678901234567890}', Location="/effects/1", ETag='"v1"', X_Other="x")

    def status(self):
        self.reply(int(self.path.split("/")[2]), b'{"why": "asked for"}')

    def echo(self):
        """What arrived, as it arrived."""
        self.reply(200, (str(self.headers) + self.content.decode()).encode(), "text/plain")

    def busy(self):
        """Wants to be left alone."""
        self.reply(503, b"{}", Retry_After="2")

    def flaky(self):
        """Fails twice, then works."""
        self.reply(503 if self.times < 3 else 201, b"{}")

    def late(self):
        time.sleep(2)
        self.reply(201, b"{}")

    def hang(self):
        time.sleep(20)
        self.vanish()

    def hang_once(self):
        """Has its effect and never says so, the first time."""
        if self.times == 1:
            self.hang()
        else:
            self.reply(201, b"{}")

    def drop(self):
        self.vanish()

    def reset(self):
        self.vanish(reset=True)

    def cut(self):
        """Promises more than it sends."""
        self.send_response(201)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b'{"half":')
        self.vanish()

    def garbage(self):
        self.wfile.write(b"I am not HTTP\r\n\r\n")
        self.vanish()

    def redirect(self):
        self.reply(302, Location="/ok/redirected")

    def large(self):
        self.reply(200, b'"' + b"x" * 5000 + b'"')

    def endless(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"400\r\n" + b"x" * 1024 + b"\r\n")
        except OSError:
            self.close_connection = True

    def not_json(self):
        self.reply(200, b"{")

    def twice(self):
        self.reply(200, b'{"a": 1, "a": 2}')

    def text(self):
        self.reply(200, "größer\n".encode(), "text/plain; charset=utf-8")

    def binary(self):
        self.reply(200, b"\xff\xfe\x00", "application/octet-stream")

    def empty(self):
        self.reply(204, content_type=None)

    def wire(self):
        """Has its effect and never says so."""
        EFFECTS.add(self.headers["Idempotency-Key"])
        self.vanish()

    def wire_slowly(self):
        """Has its effect, and says so later than anybody waits."""
        EFFECTS.add(self.headers["Idempotency-Key"])
        self.hang()

    def wire_lost(self):
        """Has no effect and does not say so, the first time."""
        if self.times == 1:
            self.vanish()
        else:
            EFFECTS.add(self.headers["Idempotency-Key"])
            self.reply(201, b"{}")

    def find(self):
        """Whether an effect has happened, but not the first time that it is asked."""
        key = urllib.parse.unquote(self.path.split("/")[2])
        self.reply(503 if self.times == 1 else 200 if key in EFFECTS else 404, b'{"found": true}')

    def events(self):
        """A sink for the relay that refuses every tenth event once."""
        event = json.loads(self.content)
        key = self.path + event["id"]
        with LOCK:
            SEEN[key] = SEEN.get(key, 0) + 1
            refused = event["sequence"].endswith("2") and SEEN[key] == 1
        self.reply(503 if refused else 202)

    def slow_events(self):
        """A sink that takes its time."""
        time.sleep(0.01)
        self.reply(204, content_type=None)


class Server(ThreadingHTTPServer):
    # two executors open hundreds of connections at once; with the five places of the default some would never be answered
    request_queue_size = 1024

    def handle_error(self, *_):
        """Clients that go away are what this service is for."""


def main():
    server = Server(("127.0.0.1", 0), Answers)
    server.daemon_threads = True
    if len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    with open(sys.argv[1], "a", encoding="utf-8") as server.requests:
        print(f"ready {server.server_address[1]}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
