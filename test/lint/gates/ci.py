""".ci/run and the hosted workflow run the same targets: make test, test-integration, lint and gates, in this order.

SPDX-License-Identifier: PostgreSQL
"""
import re

PLACES = (".ci/run", ".github/workflows/ci.yml")
TARGETS = ["test", "test-integration", "lint", "gates"]


def check(tree):
    findings = []
    for path in PLACES:
        if path not in tree.paths:
            findings.append(f"{path}: missing")
            continue
        called = re.findall(r"^\s*(?:- run: |run: |part )?make ([a-z-]+)", tree.text(path), flags=re.M)
        if [target for target in called if target in TARGETS] != TARGETS:
            findings.append(f"{path}: runs {' '.join(called) or 'no target'}")
    return findings


PLANTED = {".ci/run": "part make test\npart make test-integration\npart make lint\npart make gates\n",
           ".github/workflows/ci.yml": "  - run: make test\n  - run: make lint\n"}
FOUND = [".github/workflows/ci.yml: runs test lint"]
