"""Every source file opens with a comment that says what it does, and carries the line
`SPDX-License-Identifier: PostgreSQL` in its first 40 lines.

SPDX-License-Identifier: PostgreSQL
"""
import re

FILES = ("*.c", "*.h", "*.sh", "*.py", "*.awk", "extension/sql/*.sql", "extension/src/*.sql", "Makefile", "*/Makefile",
         "portarium", ".ci/run", "*.tf", "docker/*.Dockerfile", "*.spec")
SPDX = "SPDX-License-Identifier: PostgreSQL"
COMMENT = re.compile(r'\s*(/\*|--|#|""")')


def check(tree):
    findings = []
    for path in tree.files(*FILES):
        lines = [line for line in tree.text(path).splitlines()[:40] if not line.startswith(("#!", "\\echo"))]
        if not lines:
            findings.append(f"{path}: empty")
        elif not COMMENT.match(lines[0]):
            findings.append(f"{path}: does not open with a comment")
        if not any(SPDX in line for line in lines):
            findings.append(f"{path}: no SPDX line")
    return findings


PLANTED = {
    "a.c": "/*\n * a.c\n *\n * " + SPDX + "\n */\n",
    "b.sh": "#!/bin/sh\nset -e\n# " + SPDX + "\n",
    "c.py": '#!/usr/bin/env python3\n"""Does it."""\n',
    "extension/sql/10_a.sql": "\\echo Use it. \\quit\n-- " + SPDX + "\n",
}
FOUND = ["b.sh: does not open", "c.py: no SPDX"]
