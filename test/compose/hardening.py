# SPDX-License-Identifier: PostgreSQL
"""hardening.py PROJECT: what the running processes may do, read from the kernel rather than from the Compose file.

Of each service's first process: not root, no capability, none to be gained, a seccomp filter, a root file system that cannot be
written, a limit on memory and processes.  Then what is where: a secret's volume at one service only, no secret in an
environment, no port published but the API's and that on loopback, nothing of the engine's own.
"""

import re
import sys
from pathlib import Path

from report import check, close, containers

SERVICES = {"postgres", "sidecar", "executor", "egress", "notary", "relay", "ledger"}


def process(service: str, about: dict) -> None:
    folder = Path("/proc") / str(about["State"]["Pid"])
    status = dict(line.split(":\t", 1) for line in (folder / "status").read_text().splitlines() if ":\t" in line)
    check(f"{service}: not root", "0" not in status["Uid"].split() + status["Gid"].split(), status["Uid"])
    capabilities = {status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")}
    check(f"{service}: no capability, and none to gain", capabilities == {"0" * 16}, str(capabilities))
    check(f"{service}: no new privileges", status["NoNewPrivs"] == "1", status["NoNewPrivs"])
    check(f"{service}: a seccomp filter", status["Seccomp"] == "2", status["Seccomp"])
    mounts = [line.split() for line in (folder / "mounts").read_text().splitlines()]
    root = next(fields for fields in mounts if fields[1] == "/")
    check(f"{service}: its root cannot be written", "ro" in root[3].split(","), root[3])
    limits = about["HostConfig"]
    check(f"{service}: limits on memory and processes", limits["Memory"] > 0 and 0 < (limits["PidsLimit"] or 0) <= 100, str(limits["Memory"]))


def secrets(running: dict[str, dict]) -> None:
    holders: dict[str, list[str]] = {}
    for service, about in running.items():
        for mount in about["Mounts"]:
            if "_secrets-" in mount.get("Name", ""):
                holders.setdefault(mount["Name"].split("_secrets-")[1], []).append(service)
    check("each secret's volume is at its own service only", all(names == [volume] for volume, names in holders.items()), str(holders))
    check("every daemon with a login has its volume", set(holders) == {"sidecar", "executor", "egress", "notary", "relay"}, str(set(holders)))
    shown = [f"{service}: {text}" for service, about in running.items() for text in about["Config"]["Env"]
             if re.search(r"(PASSWORD|SECRET|TOKEN|KEY)=.", text)]
    check("no secret in an environment", not shown, str(shown))


def doors(running: dict[str, dict]) -> None:
    published = {(service, binding["HostIp"]) for service, about in running.items()
                 for bindings in (about["NetworkSettings"]["Ports"] or {}).values() for binding in bindings or []}
    check("only the API is published, and on loopback", published == {("sidecar", "127.0.0.1")}, str(published))
    sockets = [service for service, about in running.items() for mount in about["Mounts"] if "docker" in mount["Source"].split("/")[-1]]
    check("nobody has the engine's socket", not sockets, str(sockets))
    shared = [service for service, about in running.items()
              if about["HostConfig"]["PidMode"] or about["HostConfig"]["IpcMode"] == "host" or about["HostConfig"]["Privileged"]
              or about["HostConfig"]["NetworkMode"] == "host"]
    check("nobody shares the host's namespaces", not shared, str(shared))


running = containers(sys.argv[1])
check("the services are these", set(running) == SERVICES, str(set(running)))
for name in sorted(running):
    process(name, running[name])
secrets(running)
doors(running)
close()
