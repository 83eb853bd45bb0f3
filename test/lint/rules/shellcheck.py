"""Shell scripts are clean under shellcheck. Follow what it says; disable a check only on the line, with the reason.

SPDX-License-Identifier: PostgreSQL
"""
import subprocess


def check(tree):
    scripts = tree.files("*.sh", ".ci/run", "portarium") + [p for p in tree.files("docker/*") if is_shell(tree, p)]
    if not scripts:
        return []
    command = ["shellcheck", "-x", "-f", "gcc", *sorted(set(scripts))]
    done = subprocess.run(command, cwd=tree.root, capture_output=True, text=True, check=False)
    return done.stdout.splitlines() + done.stderr.splitlines()


def is_shell(tree, path):
    return tree.text(path).startswith(("#!/bin/sh", "#!/usr/bin/env bash"))


PLANTED = {"a.sh": "#!/bin/sh\nrm -rf $1/x\n", "b.sh": "#!/bin/sh\necho good\n"}
FOUND = ["a.sh:2:8: note: Double quote"]
