"""The HTTP suite: prepares the database and the keys, starts the sidecar, runs every check.

Each module of CHECKS has functions check_*(suite); they call suite.check(name, good, detail). A function that throws
is a failure of its own, and the next one goes on.

SPDX-License-Identifier: PostgreSQL
"""
import os
import secrets
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

sys.dont_write_bytecode = True

import api  # noqa: E402
import auth  # noqa: E402
import databases  # noqa: E402
import faults  # noqa: E402
import injection  # noqa: E402
import probes  # noqa: E402
import settings  # noqa: E402
from client import OTHER_TENANT, SECRET, TENANT, Sidecar, psql  # noqa: E402

HERE = Path(__file__).resolve().parent
CHECKS = (settings, probes, auth, api, injection, databases, faults)


class Suite:
    def __init__(self, folder):
        self.folder, self.passed, self.failed = folder, 0, 0
        self.sidecar = None

    def check(self, name, good, detail=""):
        if good:
            self.passed += 1
            print(f"ok       http {name}", flush=True)
        else:
            self.failed += 1
            print(f"FAILED   http {name}: {detail}", flush=True)

    def equal(self, name, found, expected):
        self.check(name, found == expected, f"found {found!r}, expected {expected!r}")

    def run(self, function):
        try:
            function(self)
        except Exception:  # the suite goes on, the failure is counted
            self.check(function.__name__, False, traceback.format_exc())


def write_secret(path, text):
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)


def prepare(folder):
    """The database and the files: two tenants, a context key, a JWT secret."""
    subprocess.run(["psql", "-Xqf", str(HERE / "fixture.sql")], check=True, stdout=subprocess.DEVNULL)
    key = secrets.token_hex(32)
    psql(f"select portarium.create_tenant('one', null, '{TENANT}'), portarium.create_tenant('two', null, '{OTHER_TENANT}')")
    psql(f"select portarium.add_context_key('suite', decode('{key}', 'hex'))")
    write_secret(f"{folder}/context.key", f"suite {key}\n")
    write_secret(f"{folder}/jwt.key", SECRET + "\n")


def main():
    with tempfile.TemporaryDirectory() as folder:
        suite = Suite(folder)
        prepare(folder)
        suite.sidecar = Sidecar(folder, HEADER_TIMEOUT_MS=800, BODY_TIMEOUT_MS=800, IDLE_TIMEOUT_MS=1500, BODY_MAX=65536,
                                CONNECTIONS_PER_ADDRESS=40, TENANT_IN_FLIGHT=20, READ_CONNECTIONS=1, WRITE_CONNECTIONS=4)
        try:
            for module in CHECKS:
                for name in [name for name in vars(module) if name.startswith("check_")]:
                    suite.run(getattr(module, name))
            suite.equal("SIGTERM at the end: exit status", suite.sidecar.stop(), 0)
        finally:
            suite.sidecar.process.kill()
    print(f"{suite.passed} passed, {suite.failed} failed, 0 skipped")
    return 0 if suite.failed == 0 and suite.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
