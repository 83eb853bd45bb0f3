"""Every public function, procedure, view and type (schema portarium) has its `comment on` in the same part:
meaning, units, errors.

SPDX-License-Identifier: PostgreSQL
"""
import re

from tree import line_of, sql_code

CREATED = re.compile(r"\bcreate\s+(?:function|procedure|view|type)\s+(portarium\.\w+)")
COMMENTED = re.compile(r"\bcomment\s+on\s+(?:function|procedure|view|type)\s+(portarium\.\w+)")


def check(tree):
    findings = []
    for path in tree.files("extension/sql/*.sql"):
        code = sql_code(tree.text(path))
        commented = set(COMMENTED.findall(code))
        for match in CREATED.finditer(code):
            if match.group(1) not in commented:
                findings.append(f"{path}:{line_of(code, match.start())}: {match.group(1)} has no comment")
    return findings


PLANTED = {
    "extension/sql/10_a.sql":
        "create function portarium.good() as $$ $$;\ncomment on function portarium.good() is 'says';\n"
        "create view portarium.bad as select 1;\n-- comment on view portarium.bad is 'no';\n"
        "create function portarium_int.internal() as $$ $$;\n",
}
FOUND = ["extension/sql/10_a.sql:3: portarium.bad"]
