"""A file that begins with #! is executable, no other file is, and none may be written by others.

SPDX-License-Identifier: PostgreSQL
"""
import os
import stat

# Sourced or called by name with an interpreter; their #! tells editors the language.
EITHER = ("*.py",)


def check(tree):
    either = set(tree.files(*EITHER))
    findings = []
    for path in tree.paths:
        mode = os.stat(tree.root / path).st_mode
        script = tree.text(path).startswith("#!")
        if path not in either and script != bool(mode & stat.S_IXUSR):
            findings.append(f"{path}: {'not executable' if script else 'executable'}")
        if mode & stat.S_IWOTH:
            findings.append(f"{path}: others may write it")
    return findings


def plant(root):
    for name, mode in (("good.sh", 0o755), ("bad.sh", 0o644), ("data.txt", 0o755), ("open.txt", 0o666)):
        os.chmod(root / name, mode)


PLANTED = {"good.sh": "#!/bin/sh\n", "bad.sh": "#!/bin/sh\n", "data.txt": "x\n", "open.txt": "x\n"}
FOUND = ["bad.sh: not executable", "data.txt: executable", "open.txt: others may write"]
