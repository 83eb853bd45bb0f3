"""A Kafka broker of one node, from the jars that kafka.sh has brought; it may be killed and starts again with what it has kept.

SPDX-License-Identifier: PostgreSQL
"""
import signal
import socket
import subprocess
from pathlib import Path

TOOLS = Path(__file__).resolve().parents[3] / "build" / "tools" / "kafka"
SETTINGS = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
controller.listener.names=CONTROLLER
log.dirs={folder}/kafka
num.partitions=3
offsets.topic.replication.factor=1
"""


def free_ports(count):
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


class Broker:
    def __init__(self, suite):
        self.suite, self.settings = suite, f"{suite.folder}/kafka.properties"
        self.port, controller = free_ports(2)
        Path(self.settings).write_text(SETTINGS.format(port=self.port, controller=controller, folder=suite.folder))
        cluster = (TOOLS / "complete").read_text().split()[-1]
        subprocess.run(self.java("kafka.tools.StorageTool", "format", "-t", cluster, "-c", self.settings), check=True, capture_output=True)
        self.start()

    def java(self, program, *arguments):
        return ["java", "-Xmx256m", "-cp", f"{TOOLS}/lib/*", program, *arguments]

    def start(self):
        log = open(f"{self.suite.folder}/kafka.log", "a")
        self.process = subprocess.Popen(self.java("kafka.Kafka", self.settings), stdout=log, stderr=log)
        self.suite.relays.append(self.process)
        self.suite.eventually("a broker answers", 60, self.answers)

    def answers(self):
        return subprocess.run(["kcat", "-L", "-b", self.address(), "-m", "2"], capture_output=True).returncode == 0

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def address(self):
        return f"127.0.0.1:{self.port}"

    def messages(self, topic):
        """Key, headers and value of each, in the order of its partition."""
        done = subprocess.run(["kcat", "-C", "-q", "-e", "-o", "beginning", "-b", self.address(), "-t", topic, "-f", "%k\\t%h\\t%s\\n"],
                              capture_output=True, text=True)
        return [line.split("\t", 2) for line in done.stdout.splitlines()]
