"""The hosted workflows hold under actionlint. Needs test/tools.sh.

SPDX-License-Identifier: PostgreSQL
"""
import subprocess

from yamls import tool


def check(tree):
    files = tree.files(".github/workflows/*.yml")
    if not files:
        return []
    done = subprocess.run([tool("actionlint"), "-no-color", "-oneline", "-shellcheck=", "-pyflakes=", *files],
                          cwd=tree.root, capture_output=True, text=True, check=False)
    return done.stdout.splitlines() + done.stderr.splitlines()


PLANTED = {".github/workflows/ci.yml": "name: ci\non: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
                                        "      - run: echo ${{ github.event.issue.title }}\n"}
FOUND = [".github/workflows/ci.yml:7:23: \"github.event.issue.title\" is potentially untrusted"]
