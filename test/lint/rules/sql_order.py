"""A part of the extension uses only what parts with lower numbers define, and every part is listed in SQL_PARTS.
Move the object down, or the use up; the number of a part is its layer.

SPDX-License-Identifier: PostgreSQL
"""
import re

from tree import line_of, sql_code, sql_parts

DEFINES = re.compile(r"\bcreate\s+(?:or\s+replace\s+)?(?:function|procedure|view|type|table|aggregate|domain)\s+"
                     r"(portarium(?:_int)?\.\w+)")
USES = re.compile(r"\bportarium(?:_int)?\.\w+")


def check(tree):
    parts = sql_parts(tree)
    findings = [f"{p}: not in SQL_PARTS" for p in tree.files("extension/sql/*.sql") if p not in parts]
    findings += [f"{b}: listed after {a}" for a, b in zip(parts, parts[1:]) if number(a) > number(b)]
    code = {p: sql_code(tree.text(p)) for p in parts if p in tree.paths}
    defined = {}
    for part in code:
        for name in DEFINES.findall(code[part]):
            defined.setdefault(name, part)
    for part in code:
        for use in USES.finditer(code[part]):
            home = defined.get(use.group(0), part)
            if parts.index(home) > parts.index(part):
                findings.append(f"{part}:{line_of(code[part], use.start())}: uses {use.group(0)} of {home}")
    return findings


def number(part):
    return int(re.match(r"\d+", part.rsplit("/", 1)[1]).group(0))


PLANTED = {
    "extension/Makefile": "SQL_PARTS = sql/10_low.sql \\\n\tsql/20_high.sql sql/15_mid.sql\n",
    "extension/sql/10_low.sql":
        "create function portarium.low() as $$\n select portarium.high() -- portarium.high\n$$;\n"
        "comment on function portarium.low() is 'portarium.high';\n",
    "extension/sql/20_high.sql": "create function portarium.high() as $$ select portarium.low() $$;\n",
    "extension/sql/15_mid.sql": "",
    "extension/sql/30_lost.sql": "",
}
FOUND = ["extension/sql/10_low.sql:2: uses portarium.high of", "extension/sql/15_mid.sql: listed after",
         "extension/sql/30_lost.sql: not in SQL_PARTS"]
