"""In scripts with pipefail no pipe ends in a program that stops reading early: the one before it dies of SIGPIPE now and then,
and what was found counts as failed. Let grep read from <(command), or read all: sed -n 1p instead of head.

SPDX-License-Identifier: PostgreSQL
"""
import re

EARLY = re.compile(r"(?<!\|)\|&?\s*(grep\s+(-\S+\s+)*-[a-zA-Z]*[qm]|grep\s[^|;&]*>\s*/dev/null|head\b|sed\s+(-\S+\s+)*\S*q\b)")


def check(tree):
    scripts = set(tree.files("*.sh", ".ci/run", "portarium", "docker/*"))
    return [f"{path}:{number}: a pipe into {match.group(1)}"
            for path in sorted(scripts) if "pipefail" in tree.text(path) or is_part(tree, path)
            for number, line in tree.lines(path) if not line.lstrip().startswith("#") and (match := EARLY.search(line))]


def is_part(tree, path):
    """Read by another script, which may have set it."""
    return tree.text(path).startswith("# shellcheck shell=bash")


PLANTED = {
    "a.sh": "#!/usr/bin/env bash\nset -o pipefail\nls | grep -q x\nls | head -n 1\ngrep -q x <(ls)\nls | sed -n 1p\n",
    "part.sh": "# shellcheck shell=bash\nls | grep -E -q 'x|y'\nls | grep x >/dev/null\n# ls | head\n",
    "plain.sh": "#!/bin/sh\nls | head -n 1\n",
}
FOUND = ["a.sh:3: a pipe into grep -q", "a.sh:4: a pipe into head", "part.sh:2: a pipe into grep -E -q",
         "part.sh:3: a pipe into grep x >/dev/null"]
