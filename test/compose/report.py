# SPDX-License-Identifier: PostgreSQL
"""Counting for the programs of this suite: check() prints a line and counts, close() prints the closing line."""

import json
import subprocess
import sys

counts = {"passed": 0, "failed": 0, "skipped": 0}


def check(name: str, good: bool, reason: str = "") -> None:
    counts["passed" if good else "failed"] += 1
    print(f"ok       {name}" if good else f"FAILED   {name}: {reason}")


def close() -> None:
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**counts))
    sys.exit(1 if counts["failed"] or not counts["passed"] else 0)


def docker(*arguments: str, check_status: bool = True) -> str:
    done = subprocess.run(["docker", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if check_status and done.returncode != 0:
        raise RuntimeError(f"docker {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


def inspect(*names: str) -> list[dict]:
    return json.loads(docker("inspect", *names))


def containers(project: str) -> dict[str, dict]:
    """The running containers of a Compose project by the name of their service."""
    ids = docker("ps", "-q", "--filter", f"label=com.docker.compose.project={project}").split()
    return {one["Config"]["Labels"]["com.docker.compose.service"]: one for one in inspect(*ids)}
