# SPDX-License-Identifier: PostgreSQL
"""images.py: what is in the built images.

Of each: a user that is not root, labels, a health check where it serves, nothing setuid or setgid, nothing that others may
write outside /tmp, a bill of materials that names what is really there.  Of the daemons': no shell, no package manager, one
program of ours and its probe.  Sizes have a limit each, so that growth is a decision.
"""

import json
import os
import re
import tarfile
from pathlib import Path

from report import check, close, docker, inspect

ROOT = Path(__file__).resolve().parents[2]
VERSION = re.search(r"default_version = '([0-9.]+)", (ROOT / "extension/portarium.control").read_text()).group(1)
DAEMONS = {"sidecar", "executor", "egress", "notary", "relay", "verify"}
JOBS = {"setup", "demo", "verify"}
LABELS = {"title", "description", "version", "revision", "licenses"}
LIMIT_MB = {"sidecar": 25, "executor": 25, "notary": 25, "relay": 25, "verify": 12, "egress": 25, "gateway": 300, "ledger": 260,
            "setup": 300, "demo": 320, "postgres": 560}
# Programs and libraries that must be in no image but their own plane's.
FOREIGN = {
    "executor": ("portarium-sidecar", "portarium-notary", "portarium-relay", "portarium.so", "psql"),
    "egress": ("portarium-executor", "portarium-sidecar", "portarium-notary", "portarium-relay", "portarium.so", "psql"),
    "gateway": ("portarium-", "psql"),
    "sidecar": ("portarium-executor", "portarium-notary", "portarium-relay", "squid"),
    "notary": ("portarium-executor", "portarium-sidecar", "squid"),
    "relay": ("portarium-executor", "portarium-sidecar", "portarium-notary", "squid"),
    "postgres": ("portarium-executor", "portarium-notary", "squid"),
}

SHELLS = {"sh", "bash", "dash", "busybox", "apt-get", "dpkg", "perl", "python3", "curl"}
LIBRARIES = {"libpq.so.5": "libpq5", "libcurl.so.4": "libcurl4", "libcrypto.so.3": "libssl3", "libjansson.so.4": "libjansson4"}


def files_of(image: str) -> tuple[list[tarfile.TarInfo], dict | None]:
    """The image's file system as docker export gives it, and its bill of materials."""
    container = docker("create", image, "x").strip()
    try:
        path = f"/tmp/portarium-image-{os.getpid()}.tar"
        docker("export", "-o", path, container)
        with tarfile.open(path) as archive:
            members = archive.getmembers()
            sbom = [m for m in members if m.name == "usr/share/portarium/sbom.json"]
            text = archive.extractfile(sbom[0]).read() if sbom else b"null"
        os.unlink(path)
        return members, json.loads(text)
    finally:
        docker("rm", container)


def user(about: dict) -> str:
    name = about["Config"]["User"]
    return "" if re.fullmatch(r"[1-9]\d{4}:[1-9]\d{4}", name) else f"the user is \"{name}\""


def labels(about: dict) -> str:
    has = about["Config"]["Labels"] or {}
    missing = sorted(label for label in LABELS if not has.get(f"org.opencontainers.image.{label}"))
    return f"lacks the labels {', '.join(missing)}" if missing else ""


def health(name: str, about: dict) -> str:
    test = (about["Config"].get("Healthcheck") or {}).get("Test") or ["missing"]
    return "" if (test == ["NONE"] if name in JOBS else test[0] == "CMD") else f"the health check is {test}"


def size(name: str, about: dict) -> str:
    megabytes = about["Size"] / 1e6
    return "" if megabytes <= LIMIT_MB[name] else f"{megabytes:.0f} MB are more than {LIMIT_MB[name]}"


def setuid(members: list) -> str:
    found = [m.name for m in members if m.isfile() and m.mode & 0o6000]
    return f"setuid or setgid: {', '.join(found[:5])}" if found else ""


def writable(members: list) -> str:
    usual = ("tmp", "var/tmp", "run/lock", "dev")
    found = [m.name for m in members if m.mode & 0o002 and not m.issym() and not m.name.startswith(usual)]
    return f"others may write {', '.join(found[:5])}" if found else ""


def programs(members: list) -> set[str]:
    return {os.path.basename(m.name) for m in members
            if (m.isfile() or m.issym()) and m.mode & 0o111 or m.name.endswith(".so")}


def shells(name: str, members: list) -> str:
    found = sorted(programs(members) & SHELLS) if name in DAEMONS else []
    return f"has {', '.join(found)}" if found else ""


def foreign(name: str, members: list) -> str:
    found = sorted(p for p in programs(members) if p.startswith(FOREIGN.get(name, ())))
    return f"has {', '.join(found[:5])} of another plane" if found else ""


def materials(name: str, members: list, sbom: dict | None) -> str:
    """The bill is CycloneDX, has each part once with its version, and names our programs and the libraries that are there."""
    if sbom is None or (sbom["bomFormat"], sbom["specVersion"]) != ("CycloneDX", "1.5"):
        return "has no CycloneDX 1.5 bill of materials"
    refs = [part["bom-ref"] for part in sbom["components"]]
    if len(refs) != len(set(refs)) or not all(part["version"] for part in sbom["components"]):
        return "the bill of materials has a part twice or without a version"
    names = {os.path.basename(m.name) for m in members if m.isfile()}
    own = {os.path.basename(m.name) for m in members if m.isfile() and m.name.startswith("usr/bin/portarium-")} - {"portarium-postgres"}
    there = own | {package for library, package in LIBRARIES.items() if library in names}
    missing = sorted(there - {part["name"] for part in sbom["components"]})
    return f"the bill of materials lacks {', '.join(missing)}" if missing else ""


def findings(name: str, about: dict, members: list, sbom: dict | None) -> list[str]:
    answers = (user(about), labels(about), health(name, about), size(name, about), setuid(members), writable(members),
               shells(name, members), foreign(name, members), materials(name, members, sbom))
    return [answer for answer in answers if answer]


def planted() -> list[str]:
    """A bad image, in memory: every rule must find something."""
    def member(name: str, mode: int) -> tarfile.TarInfo:
        info = tarfile.TarInfo(name)
        info.mode = mode
        return info

    about = {"Config": {"User": "", "Labels": None, "Healthcheck": None}, "Size": 10**9}
    members = [member("usr/bin/su", 0o4755), member("etc/shadow", 0o666), member("bin/sh", 0o755),
               member("usr/bin/portarium-sidecar", 0o755)]
    sbom = {"bomFormat": "CycloneDX", "specVersion": "1.5", "components": []}
    return findings("executor", about, members, sbom)


found = planted()
check("every rule finds the planted fault", len(found) == 9, str(found))
for folder in sorted((ROOT / "docker").glob("*/Dockerfile")):
    image = folder.parent.name
    found = findings(image, inspect(f"portarium-{image}:{VERSION}")[0], *files_of(f"portarium-{image}:{VERSION}"))
    check(f"portarium-{image} is as an image should be", not found, "; ".join(found))
close()
