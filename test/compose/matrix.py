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
    listens = {"api": ("sidecar", 8080), "admin": ("sidecar", 8081), "proxy": ("egress", 3128), "ledger": ("ledger", 8090)}
    found = [f"{column}={address}:{number}" for column, (service, number) in listens.items()
             for address in addresses(running[service])]
    found += [f"gateway={address}:{port}" for address in gateways(project)]
    return found + [f"host={own_address()}:{port}", f"outside={OUTSIDE}:8000", f"metadata={METADATA}", f"name={OUTSIDE_NAME}"]


def reach(about: dict, targets: list[str]) -> dict[str, str]:
    """What this service reaches; the database by the socket's volume, the rest by dialling from its namespace."""
    done = subprocess.run(["nsenter", "-t", str(about["State"]["Pid"]), "-n", "python3", HERE / "dial.py", *targets],
                          stdout=subprocess.PIPE, text=True, check=True)
    answers = dict(line.split() for line in done.stdout.splitlines())
    answers["database"] = "yes" if any(mount["Destination"] == "/run/postgresql" for mount in about["Mounts"]) else "no"
    return answers


def table() -> dict[str, dict[str, str]]:
    lines = [line.split("\t") for line in (HERE / "matrix.tsv").read_text().splitlines() if line and not line.startswith("#")]
    return {row[0]: dict(zip(lines[0][1:], row[1:], strict=True)) for row in lines[1:]}


def compare(service: str, expected: dict[str, str], found: dict[str, str]) -> None:
    for column, word in expected.items():
        if word not in ("any", "-"):
            check(f"{service} -> {column}: {word}", found.get(column) == word, f"it is {found.get(column)}")


def ask_proxy(running: dict[str, dict]) -> None:
    """Through the proxy, as the executor would: the listed system answers; everything else is refused by the proxy itself."""
    pid = str(running["executor"]["State"]["Pid"])
    program = ("import http.client, sys\n"
               "c = http.client.HTTPConnection(sys.argv[1], 3128, timeout=5)\n"
               "c.request(sys.argv[2], sys.argv[3])\n"
               "r = c.getresponse(); print(r.status, r.getheader('X-Squid-Error', '-').split()[0])\n")
    proxy = next(network["IPAddress"] for name, network in running["egress"]["NetworkSettings"]["Networks"].items()
                 if name.endswith("_execution"))
    for method, target, answer in (
        ("GET", "http://ledger:8090/effects/count", "200 -"),
        ("GET", "http://ledger:8091/", "403 ERR_ACCESS_DENIED"),
        ("GET", f"http://{OUTSIDE}:8000/", "403 ERR_ACCESS_DENIED"),
        ("GET", f"http://{METADATA}/", "403 ERR_ACCESS_DENIED"),
        ("GET", "http://127.0.0.1:8090/", "403 ERR_ACCESS_DENIED"),
        ("CONNECT", f"{OUTSIDE}:8000", "403 ERR_ACCESS_DENIED"),
    ):
        done = subprocess.run(["nsenter", "-t", pid, "-n", "python3", "-c", program, proxy, method, target],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        check(f"through the proxy, {method} {target}: {answer}", done.stdout.strip() == answer, done.stdout.strip())


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
