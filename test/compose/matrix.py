# SPDX-License-Identifier: PostgreSQL
"""matrix.py PROJECT: every cell of matrix.tsv, dialled from inside the running services.

The services have no shell, so the dialling program enters their network namespace from here.  "outside" is a network namespace of
this test's own behind a route of this machine, so that a refusal is the stack's doing and not an empty wire; a process on this machine listens for
"gateway" and "host".  At the end the proxy is asked what its list and its rules refuse.
"""

import contextlib
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

from report import check, close, containers, docker

HERE = Path(__file__).resolve().parent
OUTSIDE = "198.51.100.2"
OUTSIDE_NAME = "deb.debian.org"
METADATA = "169.254.169.254:80"
LISTENER = f"""
import socket
with socket.create_server(("{OUTSIDE}", 8000), backlog=64) as server:
    while True:
        server.accept()[0].close()
"""


def run(*command: str, quiet: bool = False) -> None:
    subprocess.run(command, check=not quiet, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL if quiet else None)


@contextlib.contextmanager
def outside():
    """A host beyond this one: an own namespace that knows the way to its neighbour and nowhere else."""
    space = f"portarium-out-{os.getpid()}"
    link = f"pout{os.getpid() % 100000}"
    run("ip", "netns", "add", space)
    try:
        run("ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", space)
        run("ip", "address", "add", "198.51.100.1/30", "dev", link)
        run("ip", "link", "set", link, "up")
        run("ip", "-n", space, "address", "add", f"{OUTSIDE}/30", "dev", "eth0")
        run("ip", "-n", space, "link", "set", "eth0", "up")
        with subprocess.Popen(["ip", "netns", "exec", space, "python3", "-c", LISTENER]) as server:
            try:
                await_listener(OUTSIDE, 8000)
                yield
            finally:
                server.terminate()
    finally:
        run("ip", "netns", "delete", space)
        run("ip", "link", "delete", link, quiet=True)


def await_listener(host: str, port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection((host, port), 1).close()
            return
        except ConnectionRefusedError:
            threading.Event().wait(0.1)
    raise RuntimeError(f"nothing listens at {host}:{port}")


@contextlib.contextmanager
def listener():
    """A server on every address of this machine; gives its port."""
    with socket.create_server(("0.0.0.0", 0), backlog=64) as server:
        yield server.getsockname()[1]


def addresses(about: dict) -> list[str]:
    return [network["IPAddress"] for network in about["NetworkSettings"]["Networks"].values() if network["IPAddress"]]


def own_address() -> str:
    """The address that this machine's default route leaves from."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        return probe.getsockname()[0]


def gateways(project: str) -> list[str]:
    names = docker("network", "ls", "-q", "--filter", f"label=com.docker.compose.project={project}").split()
    form = "{{range .IPAM.Config}}{{.Gateway}} {{end}}"
    return [address.split("/")[0] for name in names for address in docker("network", "inspect", "-f", form, name).split()]


def places(running: dict[str, dict], project: str, port: int) -> list[str]:
    listens = {"api": ("sidecar", 8080), "admin": ("sidecar", 8081), "ledger": ("ledger", 8090)}
    found = [f"{column}={address}:{number}" for column, (service, number) in listens.items()
             for address in addresses(running[service])]
    found += [f"gateway={address}:{port}" for address in gateways(project)]
    return found + [f"host={own_address()}:{port}", f"outside={OUTSIDE}:8000", f"metadata={METADATA}", f"name={OUTSIDE_NAME}"]


def reach(about: dict, targets: list[str]) -> dict[str, str]:
    """What this service reaches; the sockets by their volumes, the rest by dialling from its namespace."""
    done = subprocess.run(["nsenter", "-t", str(about["State"]["Pid"]), "-n", "python3", HERE / "dial.py", *targets],
                          stdout=subprocess.PIPE, text=True, check=True)
    answers = dict(line.split() for line in done.stdout.splitlines())
    for column, place in (("database", "/run/postgresql"), ("proxy", "/run/egress")):
        answers[column] = "yes" if any(mount["Destination"] == place for mount in about["Mounts"]) else "no"
    return answers


def table() -> dict[str, dict[str, str]]:
    lines = [line.split("\t") for line in (HERE / "matrix.tsv").read_text().splitlines() if line and not line.startswith("#")]
    return {row[0]: dict(zip(lines[0][1:], row[1:], strict=True)) for row in lines[1:]}


def compare(service: str, expected: dict[str, str], found: dict[str, str]) -> None:
    for column, word in expected.items():
        if word not in ("any", "-"):
            check(f"{service} -> {column}: {word}", found.get(column) == word, f"it is {found.get(column)}")


def ask_proxy(running: dict[str, dict]) -> None:
    """Through the proxy's socket, as the executor's user and with the tenant and adapter of the demo: the listed system answers, all else is refused."""
    tenant = docker("exec", "-u", "10000", running["postgres"]["Id"], "psql", "-XAtq", "-U", "postgres", "-d", "portarium",
                    "-c", "select tenant_id from portarium_data.tenant where slug = 'demo'").strip()
    mount = next(one["Source"] for one in running["executor"]["Mounts"] if one["Destination"] == "/run/egress")
    # an open directory, so that the users need no way to where the engine keeps its volumes
    folder = os.open(mount, os.O_PATH | os.O_DIRECTORY)
    for user, host, port, word in (
        ("10002", "ledger", 8090, "allowed"),
        ("10002", "ledger", 8091, "refused"),
        ("10002", OUTSIDE, 8000, "refused"),
        ("10002", METADATA.split(":")[0], 80, "refused"),
        ("10002", "127.0.0.1", 8090, "refused"),
        ("10004", "ledger", 8090, "no entry"),
    ):
        done = subprocess.run(["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "python3", HERE / "socks.py",
                               f"/proc/self/fd/{folder}/proxy.sock", tenant, "ledger", host, str(port)],
                              pass_fds=[folder], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        check(f"user {user} through the proxy to {host}:{port}: {word}", done.stdout.strip() == word, done.stdout.strip())
    os.close(folder)


def main() -> None:
    project = sys.argv[1]
    running = containers(project)
    expected = table()
    check("the table has a line for each service", set(expected) == set(running), f"{set(expected) ^ set(running)}")
    with outside(), listener() as port:
        targets = places(running, project, port)
        for service in sorted(expected):
            compare(service, expected[service], reach(running[service], targets))
        ask_proxy(running)


main()
close()
