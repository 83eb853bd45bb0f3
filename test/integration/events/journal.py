"""A webhook subscriber as a process of its own, which may be killed at any moment: journal.py PORT FILE

Each event is a line of FILE before its request is answered, one write for a request: its index and its age in ms, RECORD
bytes. So FILE is what the subscriber had taken whenever it died, and a new process at the same port goes on behind it.

SPDX-License-Identifier: PostgreSQL
"""
import json
import os
import sys
import threading
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RECORD = 20


def line(event, now):
    age = now - datetime.fromisoformat(event["time"].replace("Z", "+00:00"))
    return f"{int(event['sequence']):010d} {int(age.total_seconds() * 1000):8d}\n"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """The journal says it all."""

    def answer(self, *headers):
        self.send_response(204)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()

    def do_OPTIONS(self):
        self.answer(("WebHook-Allowed-Origin", "*"))

    def do_POST(self):
        wanted = int(self.headers["Content-Length"])
        body = self.rfile.read(wanted)
        if len(body) < wanted:  # the relay died in the middle
            self.close_connection = True
            return
        events = json.loads(body)
        now = datetime.now(timezone.utc)
        lines = "".join(line(event, now) for event in (events if isinstance(events, list) else [events]))
        with self.server.lock:
            os.write(self.server.journal, lines.encode())
        self.answer()


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A relay that was killed leaves broken connections."""


def main():
    server = Server(("127.0.0.1", int(sys.argv[1])), Handler)
    server.journal = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    server.lock = threading.Lock()
    server.serve_forever()


if __name__ == "__main__":
    main()
