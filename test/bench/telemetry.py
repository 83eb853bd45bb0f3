"""What telemetry costs: governed runs with every run traced, a relay that reads their spans, and a collector that takes them.

The spans that the relay has not read when a round ends are read before the next one begins, so that no round pays for another.
As a program of its own, telemetry.py PORT, it is the collector.

SPDX-License-Identifier: PostgreSQL
"""
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import governed
from measure import psql

TOP = Path(__file__).resolve().parents[2]
CATCH_UP_SECONDS = 300


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Nothing is said of what is taken."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()


def unread(database):
    """Entries that the relay has not read."""
    return int(psql("""select coalesce(sum(t.size - coalesce(c.next_idx, 0)), 0) from portarium_data.tree t
        left join portarium_data.relay_cursor c on c.tenant_id = t.tenant_id and c.sink = 'spans'""", database))


def await_read(database, relay):
    give_up = time.monotonic() + CATCH_UP_SECONDS
    while unread(database) > 0:
        if time.monotonic() > give_up or relay.poll() is not None:
            raise RuntimeError("the relay does not read its spans")
        time.sleep(0.2)


@contextmanager
def exporting(database):
    """A collector and a relay that sends it what it reads; both have nothing to do when this begins and when it ends."""
    psql("alter role portarium_relay login", database)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {"DATABASE_URL": f"host={os.environ['PGHOST']} dbname={database} user=portarium_relay", "RELAY_SPANS": "on",
                "LOG_LEVEL": "error", "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}"}
    collector = subprocess.Popen([sys.executable, "-B", __file__, str(port)])
    relay = subprocess.Popen([str(TOP / "build" / "portarium-relay")], env={**os.environ, **settings}, stdout=subprocess.DEVNULL)
    try:
        await_read(database, relay)
        yield
        await_read(database, relay)
    finally:
        for process in (relay, collector):
            process.terminate()
            process.wait()


def run(database, seconds):
    """Governed runs without telemetry, with it, and without it again."""
    before = governed.run(database, governed.ONE, seconds)
    with exporting(database):
        on = governed.run(database, replace(governed.ONE, script="start_traced.sql"), seconds)
    return before, on, governed.run(database, governed.ONE, seconds)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
