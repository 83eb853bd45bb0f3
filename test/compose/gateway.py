# SPDX-License-Identifier: PostgreSQL
"""gateway.py: the forward proxy of the clusters, alone with a ledger on a network without a way out: what is listed answers, all else is
refused by the proxy itself, whatever the name resolves to.
"""

import os
import re
import subprocess
from pathlib import Path

from report import check, close, docker, inspect

ROOT = Path(__file__).resolve().parents[2]
VERSION = re.search(r"default_version = '([0-9.]+)", (ROOT / "extension/portarium.control").read_text()).group(1)
NAME = f"portarium-gateway-{os.getpid()}"
ASK = ("import http.client, sys\n"
       "c = http.client.HTTPConnection(sys.argv[1], 3128, timeout=5)\n"
       "c.request(sys.argv[2], sys.argv[3])\n"
       "r = c.getresponse(); print(r.status, r.getheader('X-Squid-Error', '-').split()[0])\n")
CASES = (
    ("GET", "http://ledger:8090/effects/count", "200 -"),
    ("GET", "http://ledger:8091/", "403 ERR_ACCESS_DENIED"),
    ("GET", "http://elsewhere:8090/", "403 ERR_ACCESS_DENIED"),
    ("GET", "http://169.254.169.254/", "403 ERR_ACCESS_DENIED"),
    ("GET", "http://127.0.0.1:8090/", "403 ERR_ACCESS_DENIED"),
    ("CONNECT", "198.51.100.2:8000", "403 ERR_ACCESS_DENIED"),
)


def start(name: str, image: str, *options: str) -> str:
    return docker("run", "-d", "--network", NAME, "--name", f"{NAME}-{name}", "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL",
                  "--security-opt", "no-new-privileges:true", *options, f"portarium-{image}:{VERSION}").strip()


def await_health(container: str) -> None:
    subprocess.run(["timeout", "60", "sh", "-c", f"until docker inspect -f '{{{{.State.Health.Status}}}}' {container} | grep -qx healthy; do sleep 0.2; done"],
                   check=True)


def main() -> None:
    docker("network", "create", "--internal", NAME)
    made: list[str] = []
    try:
        made.append(start("ledger", "ledger", "--network-alias", "ledger", "--tmpfs", "/var/lib/portarium:uid=10007,gid=10007"))
        made.append(start("gateway", "gateway", "--add-host", "elsewhere:127.0.0.1"))
        for container in made:
            await_health(container)
        proxy = inspect(made[1])[0]
        address = proxy["NetworkSettings"]["Networks"][NAME]["IPAddress"]
        for method, target, answer in CASES:
            done = subprocess.run(["nsenter", "-t", str(proxy["State"]["Pid"]), "-n", "python3", "-c", ASK, address, method, target],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
            check(f"{method} {target}: {answer}", done.stdout.strip() == answer, done.stdout.strip())
    finally:
        for container in made:
            docker("rm", "-f", container)
        docker("network", "rm", NAME)


main()
close()
