# SPDX-License-Identifier: PostgreSQL
"""The stack's other doors: the launcher itself and the ledger."""

import json
import os
import subprocess
from pathlib import Path

from api import fetch

ROOT = Path(os.environ["PORTARIUM_ROOT"])
EXAMPLES = ROOT / "examples"


def launcher(*arguments: str) -> subprocess.CompletedProcess:
    """Runs ./portarium with these arguments in the top folder."""
    return subprocess.run([ROOT / "portarium", *arguments], cwd=ROOT, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, text=True, check=False)


def psql_lines(*arguments: str) -> list[str]:
    """The rows that psql prints, each as text; an error of psql is an error here."""
    done = launcher("psql", "-XAtq", "-v", "ON_ERROR_STOP=1", *arguments)
    done.check_returncode()
    return done.stdout.split()


def ledger(path: str, body: dict | None = None, method: str | None = None) -> dict:
    return fetch(os.environ["PORTARIUM_LEDGER"] + path, None if body is None else json.dumps(body), method=method)


def effects(kind: str, reference: str | None = None) -> list[dict]:
    """The ledger's effects of a kind, in the order they were stored."""
    query = f"/effects?kind={kind}" + ("" if reference is None else f"&reference={reference}")
    return ledger(query)["effects"]
