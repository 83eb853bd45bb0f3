"""A webhook subscriber that answers as the first part of the path says, and remembers every request.

SPDX-License-Identifier: PostgreSQL
"""
import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """The requests are kept in the subscriber."""

    def reply(self, status, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_OPTIONS(self):
        self.server.owner.handshakes.append((self.path, dict(self.headers)))
        if self.path.startswith("/stranger"):
            self.reply(200)
        elif self.path.startswith("/rate"):
            self.reply(200, WebHook_Allowed_Origin="*", WebHook_Allowed_Rate="20")
        else:
            self.reply(200, WebHook_Allowed_Origin=self.headers["WebHook-Request-Origin"])

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if len(body) < int(self.headers["Content-Length"]):  # the relay died in the middle
            self.close_connection = True
            return
        if self.server.owner.tls:
            self.server.owner.certificates.append(dict(field[0] for field in self.connection.getpeercert()["subject"]))
        times = self.server.owner.keep(self.path, dict(self.headers), body)
        behave = getattr(self, "behave_" + self.path.split("/")[1], None)
        if behave is None:
            self.reply(204)
        else:
            behave(times, body)

    def behave_slow(self, _times, _body):
        time.sleep(0.5)
        self.reply(204)

    def behave_silent(self, _times, _body):
        time.sleep(20)
        self.close_connection = True

    def behave_gone(self, _times, _body):
        self.reply(410)

    def behave_busy(self, times, _body):
        if times == 1:
            self.reply(429, Retry_After="2")
        else:
            self.reply(204)

    def behave_rate_refuses(self, _times, _body):
        self.reply(503)

    def behave_moved(self, _times, _body):
        self.reply(302, Location="/ok")

    def behave_reset(self, times, _body):
        if times % 3 != 1:
            self.reply(204)
            return
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.close_connection = True
        self.connection.close()

    def behave_garbage(self, times, _body):
        if times == 1:
            self.wfile.write(b"\x00\xff this is no HTTP\r\n\r\n" * 10)
            self.close_connection = True
        elif times == 2:
            self.send_response(200)
            self.end_headers()
            self.endless()
        else:
            self.reply(204)

    def endless(self):
        try:
            for _ in range(1000):
                self.wfile.write(b"x" * 65536)
        except OSError:
            self.server.owner.cut_off += 1
        self.close_connection = True

    def behave_picky(self, _times, body):
        """Never takes an event of this kind."""
        self.reply(422 if b"app.poison" in body else 204)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A relay that was killed leaves broken connections."""


class Subscriber:
    """tls: an ssl.SSLContext; then certificates holds the subject of the certificate that came with each request."""

    def __init__(self, port=0, tls=None):
        self.requests, self.handshakes, self.cut_off, self.certificates = [], [], 0, []
        self.lock, self.tls = threading.Lock(), tls
        self.start(port)

    def start(self, port):
        self.server = Server(("127.0.0.1", port), Handler)
        self.server.owner = self
        if self.tls:
            # the handshake belongs to the connection's own thread
            self.server.socket = self.tls.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        """What it has taken stays; start() begins again at the same port."""
        self.server.shutdown()
        self.server.server_close()

    def keep(self, path, headers, body):
        with self.lock:
            self.requests.append((time.time(), path, headers, body))
            return sum(1 for r in self.requests if r[1] == path)

    def of(self, path):
        with self.lock:
            return [r for r in self.requests if r[1] == path]

    def events(self, path):
        """The events in the order in which they came, out of any mode but binary."""
        found = []
        for _, _, _, body in self.of(path):
            parsed = json.loads(body)
            found += parsed if isinstance(parsed, list) else [parsed]
        return found

    def indexes(self, path):
        return [int(e["sequence"]) for e in self.events(path)]

    def url(self, path):
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}{path}"
