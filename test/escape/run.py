#!/usr/bin/env python3
"""The escape suite: every way out of the sandbox, against each layer alone and all of them.

    run.py [--write]     --write: puts the matrix into docs/sandbox.md, for this kernel

Runs as an unprivileged user; as root it takes a number that is nobody's, whose processes can be counted. A way out that is closed already without any layer proves
nothing here and is counted as skipped; every way out must be held by all layers together.
Ends with: N passed, N failed, N skipped

SPDX-License-Identifier: PostgreSQL
"""
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGE = f"{TOP}/docs/sandbox.md"
MARK = "<!-- the matrix: make escape -->\n"
# name, layers
COLUMNS = (("bare", None), ("limits", 0), ("namespaces", 1), ("landlock", 2), ("seccomp", 4), ("all", 7))
NOBODYS = 64123


def demote():
    """Child processes run as the unprivileged user."""
    if os.geteuid() != 0:
        return {}
    return {"user": NOBODYS, "group": NOBODYS, "extra_groups": []}


class Outside:
    """What there is to reach, and the programs in a place that the user can execute."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="portarium-escape.", dir="/tmp")
        for name in ("escape", "confine"):
            shutil.copy(f"{TOP}/build/test/escape/{name}", self.directory)
        if os.geteuid() == 0:
            os.chown(self.directory, NOBODYS, NOBODYS)
        here = os.path.dirname(os.path.abspath(__file__))
        shutil.copy(f"{here}/outside.py", self.directory)
        self.server = subprocess.Popen(["/usr/bin/python3", f"{self.directory}/outside.py", self.directory], text=True,
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, **demote())
        port, process, abstract = self.server.stdout.readline().split()
        self.arguments = [port, process, self.directory, abstract]

    def close(self):
        self.server.stdin.close()
        self.server.wait()
        shutil.rmtree(self.directory)

    def attempt(self, layers):
        """The verdicts behind these layers; without any, the program is run as it is."""
        command = [f"{self.directory}/escape", *self.arguments]
        if layers is not None:
            command = [f"{self.directory}/confine", str(layers), "", *command]
        # Room for a fork bomb that is not held, but not for the whole machine; another's variable to be seen.
        limited = ["prlimit", "--nproc=4096", "env", "LEAKED=1", *command]
        done = subprocess.run(limited, text=True, capture_output=True, timeout=180, **demote())
        if done.returncode != 0:
            raise SystemExit(f"layers {layers}: exit status {done.returncode}: {done.stderr}")
        return json.loads(done.stdout)


def table(verdicts):
    names = [name for name, _ in COLUMNS]
    lines = ["| way out | " + " | ".join(names) + " |", "|---|" + "---|" * len(names)]
    for attempt in verdicts["all"]:
        cells = ("**open**" if verdicts[name][attempt] == "leaked" else "held" for name in names)
        lines.append(f"| {attempt} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def write_page(matrix):
    with open(PAGE, encoding="utf-8") as page:
        head = page.read().split(MARK)[0]
    with open(PAGE, "w", encoding="utf-8") as page:
        page.write(f"{head}{MARK}Linux {platform.release().split('-')[0]}, {platform.machine()}; bare: started by the service's user as it is.\n\n{matrix}")


def main():
    outside = Outside()
    try:
        verdicts = {name: outside.attempt(layers) for name, layers in COLUMNS}
    finally:
        outside.close()
    matrix = table(verdicts)
    print(matrix)
    if "--write" in sys.argv:
        write_page(matrix)
    open_bare = {name for column in ("bare", "limits") for name, verdict in verdicts[column].items() if verdict == "leaked"}
    leaked = {name for name, verdict in verdicts["all"].items() if verdict == "leaked"}
    for name in sorted(leaked):
        print(f"FAILED   all layers: {name}")
    for name in sorted(verdicts["all"].keys() - open_bare - leaked):
        print(f"skipped  {name}: closed on this machine without any layer")
    held = len(open_bare - leaked)
    print(f"{held} passed, {len(leaked)} failed, {len(verdicts['all']) - held - len(leaked)} skipped")
    return 1 if leaked else 0


sys.exit(main())
