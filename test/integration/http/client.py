"""The suite's own HTTP client: tokens, requests, raw sockets, and the sidecar as a child process.

SPDX-License-Identifier: PostgreSQL
"""
import base64
import hashlib
import hmac
import http.client
import json
import os
import re
import select
import signal
import socket
import subprocess
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[3]
PROGRAM = os.environ.get("SIDECAR", str(TOP / "build" / "portarium-sidecar"))
TENANT = "018f0d3c-7a10-7c3e-9b1a-2f6f5d0c4b11"
OTHER_TENANT = "018f0d3c-7a10-7c3e-9b1a-2f6f5d0c4b22"
SECRET = "a secret of the suite, thirty-two bytes and more"


def b64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(secret=SECRET, header=None, **claims):
    """A JWT; a claim given as None is left out."""
    body = {"sub": "ana", "tenant": TENANT, "roles": ["admin", "operator", "requester"], "aud": "portarium",
            "iss": "suite", "exp": int(time.time()) + 600} | claims
    body = {name: value for name, value in body.items() if value is not None}
    text = ".".join(b64url(json.dumps(part).encode()) for part in (header or {"alg": "HS256", "typ": "JWT"}, body))
    return text + "." + b64url(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest())


def psql(sql):
    done = subprocess.run(["psql", "-XAtqv", "ON_ERROR_STOP=1", "-c", sql], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def psql_when_up(sql):
    """The same while the server may be recovering from a killed backend."""
    found = []

    def attempt():
        try:
            found.append(psql(sql))
        except subprocess.CalledProcessError:
            return False
        return True

    if not wait_for(attempt):
        raise RuntimeError("the server did not come back")
    return found[0]


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, {k.lower(): v for k, v in headers}, body

    def json(self):
        return json.loads(self.body)

    def code(self):
        """The problem's code, or what is there instead of a problem."""
        if self.headers.get("content-type") != "application/problem+json":
            return f"not a problem but {self.status} {self.body[:80]!r}"
        return self.json()["code"]


class Sidecar:
    """A running portarium-sidecar; its log goes to build/test/http-sidecar.log."""

    def __init__(self, folder, **settings):
        self.log = open(TOP / "build" / "test" / "http-sidecar.log", "a", encoding="utf-8")
        database = f"host={os.environ['PGHOST']} port={os.environ['PGPORT']} dbname={os.environ['PGDATABASE']} user=portarium_sidecar"
        self.environment = {
            "PATH": os.environ["PATH"], "LISTEN": "127.0.0.1:0", "ADMIN_LISTEN": "127.0.0.1:0", "DATABASE": database,
            "CONTEXT_KEY_FILE": f"{folder}/context.key", "JWT_KEYS": f"hs256:{folder}/jwt.key",
            "JWT_AUDIENCE": "portarium", "JWT_ISSUER": "suite",
        } | {name: str(value) for name, value in settings.items()}
        self.environment |= {name: os.environ[name] for name in ("ASAN_OPTIONS", "LSAN_OPTIONS") if name in os.environ}
        self.process = subprocess.Popen([PROGRAM], env=self.environment, stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.ready_line(20)
        found = re.fullmatch(r"portarium-sidecar ready http://127\.0\.0\.1:(\d+) admin http://127\.0\.0\.1:(\d+)\n", line)
        if not found:
            raise RuntimeError(f"no ready line but {line!r}")
        self.port, self.admin_port = int(found[1]), int(found[2])

    def ready_line(self, seconds):
        readable, _, _ = select.select([self.process.stdout], [], [], seconds)
        return self.process.stdout.readline() if readable else ""

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self, seconds=30):
        """SIGTERM, and the exit status."""
        self.signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None

    def call(self, method, path, body=None, headers=None, bearer=None, port=None, timeout=40):
        """One request on a connection of its own; bearer "" sends none, None a good one."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=timeout)
        headers = dict(headers or {})
        if bearer != "":
            headers.setdefault("Authorization", f"Bearer {bearer or token()}")
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.getheaders(), answer.read())
        finally:
            connection.close()

    def get(self, path, **options):
        return self.call("GET", path, **options)

    def rpc(self, name, arguments=None, **options):
        return self.call("POST", f"/rpc/{name}", body=arguments if arguments is not None else {}, **options)

    def admin(self, path):
        return self.call("GET", path, bearer="", port=self.admin_port)

    def metric(self, name):
        """One number of /metrics; name with its labels."""
        text = self.admin("/metrics").body.decode()
        return float(re.search(rf"^portarium_sidecar_{re.escape(name)} (\S+)$", text, re.M)[1])

    def connect(self):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def raw(self, data, seconds=10):
        """Sends bytes as they are and gives everything that comes until the other side closes."""
        with self.connect() as connection:
            connection.sendall(data)
            return drain(connection, seconds)


def drain(connection, seconds=10):
    """What comes until the end or until the time is over; a reset counts as the end."""
    found, end = b"", time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        connection.settimeout(left)
        try:
            piece = connection.recv(65536)
        except (TimeoutError, ConnectionResetError):
            break
        if not piece:
            break
        found += piece
    return found


def statuses(data):
    """The status codes of the responses in a byte stream."""
    return [int(code) for code in re.findall(rb"HTTP/1\.1 (\d{3}) ", data)]


def wait_for(condition, seconds=20):
    """Polls until the condition holds; False when it never does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False
