"""Daemons know function names and SQLSTATEs, never tables: no string of theirs names a data table after FROM, INTO,
UPDATE or JOIN, and none names the schemas of internals and data. Put a function into the extension.

SPDX-License-Identifier: PostgreSQL
"""
import re

from tree import line_of

TABLE = re.compile(r"\bcreate\s+(?:unlogged\s+)?table\s+(?:if not exists\s+)?(?:\w+\.)?(\w+)")
STRING = re.compile(r'"(?:\\.|[^"\\\n])*"')
INNER = re.compile(r"\bportarium_(int|data)\b")


def check(tree):
    tables = set()
    for path in tree.files("extension/sql/*.sql"):
        tables |= set(TABLE.findall(tree.text(path)))
    named = re.compile(r"\b(?:from|into|update|join)\s+(?:\w+\.)?(" + "|".join(sorted(tables) or ["-"]) + r")\b(?!\s*\()", re.I)
    findings = []
    for path in tree.files("sidecar/*.[ch]", "workers/*.[ch]"):
        text = tree.text(path)
        for string in STRING.finditer(text):
            match = named.search(string.group(0)) or INNER.search(string.group(0))
            if match:
                findings.append(f"{path}:{line_of(text, string.start())}: {match.group(0)}")
    return findings


PLANTED = {
    "extension/sql/10_a.sql": "create table run (a int);\ncreate table entry (a int);\n",
    "workers/a.c": 's = "select * from portarium.run_history($1)";\nt = "select 1 from portarium_data.run";\n'
                   'u = "update entry set a = 1";\n/* from run */\n',
}
FOUND = ["workers/a.c:2: from portarium_data.run", "workers/a.c:3: update entry"]
