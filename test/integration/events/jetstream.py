"""A NATS server of one node with JetStream, and as much of a client as it takes to make a stream and to read it.

SPDX-License-Identifier: PostgreSQL
"""
import base64
import json
import signal
import socket
import subprocess

from broker import free_ports


class Server:
    """It may be killed and starts again with what it has kept, perhaps with other flags."""

    def __init__(self, suite, *flags):
        self.suite, self.port = suite, free_ports(1)[0]
        self.start(*flags)

    def start(self, *flags):
        log = open(f"{self.suite.folder}/nats.log", "a")
        self.process = subprocess.Popen(["nats-server", "-js", "-sd", f"{self.suite.folder}/nats", "-a", "127.0.0.1", "-p", str(self.port), *flags],
                                        stdout=log, stderr=log)
        self.suite.relays.append(self.process)
        self.suite.eventually("a NATS server answers", 60, self.answers)

    def answers(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def address(self):
        return f"127.0.0.1:{self.port}"

    def client(self):
        return Client(self.port)


class Client:
    """One connection; requests one after the other."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.file = self.socket.makefile("rb")
        self.file.readline()  # INFO
        self.socket.sendall(b'CONNECT {"verbose":false,"pedantic":false}\r\nSUB inbox 1\r\n')

    def close(self):
        self.file.close()
        self.socket.close()

    def ask(self, subject, body=""):
        data = json.dumps(body).encode() if body else b""
        self.socket.sendall(b"PUB %s inbox %d\r\n%s\r\n" % (subject.encode(), len(data), data))
        while True:
            line = self.file.readline().split()
            if line[:1] == [b"PING"]:
                self.socket.sendall(b"PONG\r\n")
            elif line[:1] == [b"MSG"]:
                answer = json.loads(self.file.read(int(line[-1])))
                self.file.readline()
                return answer
            elif not line or line[0] == b"-ERR":
                raise RuntimeError(f"the server says {line}")

    def call(self, subject, body=""):
        answer = self.ask(f"$JS.API.{subject}", body)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

    def make_stream(self, name, subjects, verb="CREATE", **more):
        self.call(f"STREAM.{verb}.{name}", {"name": name, "subjects": [subjects], "storage": "file", "duplicate_window": 120 * 10**9, **more})

    def messages(self, name):
        """Subject, headers and event of each, in the stream's order."""
        state = self.call(f"STREAM.INFO.{name}")["state"]
        for number in range(state["first_seq"], state["last_seq"] + 1) if state["messages"] else ():
            message = self.call(f"STREAM.MSG.GET.{name}", {"seq": number})["message"]
            lines = base64.b64decode(message["hdrs"]).decode().split("\r\n")[1:]
            yield message["subject"], dict(line.split(": ", 1) for line in lines if line), json.loads(base64.b64decode(message["data"]))
