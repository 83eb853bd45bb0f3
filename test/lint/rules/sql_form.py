"""SQL of the extension: no `create or replace` outside the flip scripts (it would take over a stranger's function),
SECURITY DEFINER only with the pinned search path, keywords in lower case, no tabs, 160 columns at most (texts of
comments and messages may be longer).

SPDX-License-Identifier: PostgreSQL
"""
import re

from tree import line_of, sql_code

PINNED = re.compile(r"set\s+search_path\s*=\s*pg_catalog\s*,\s*portarium_data\s*,\s*pg_temp")
HEADER = re.compile(r"\bcreate\s+(?:function|procedure)\s+([\w.]+)(.*?)(?:\bas\s+\$|\bbegin\s+atomic|\breturn\s|;)", re.S)
UPPER = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|FROM|WHERE|CREATE|FUNCTION|RETURNS|LANGUAGE|BEGIN|DECLARE|RETURN)\b")
WIDTH = 160


def check(tree):
    findings = []
    for path in tree.files("extension/sql/*.sql"):
        code = sql_code(re.sub(r"^\\echo.*", "", tree.text(path), flags=re.M))
        for match in re.finditer(r"\bcreate\s+or\s+replace\b", code, re.I):
            findings.append(f"{path}:{line_of(code, match.start())}: create or replace")
        for match in HEADER.finditer(code):
            if "security definer" in match.group(2) and not PINNED.search(match.group(2)):
                findings.append(f"{path}:{line_of(code, match.start())}: {match.group(1)} is not pinned")
        for match in UPPER.finditer(code):
            findings.append(f"{path}:{line_of(code, match.start())}: {match.group(0)} in upper case")
        for (number, line), bare in zip(tree.lines(path), code.splitlines()):
            if "\t" in line or line != line.rstrip():
                findings.append(f"{path}:{number}: tab or trailing blank")
            if len(bare.rstrip("; ")) > WIDTH:
                findings.append(f"{path}:{number}: {len(line)} columns")
    return findings


PLANTED = {
    "extension/sql/10_a.sql":
        "create or replace function a() returns int language sql as $$ select 1 $$;\n"
        "create function b()\n    security definer\n    set search_path = pg_catalog\n    as $$ select 1 $$;\n"
        "create function c()\n    security definer\n    set search_path = pg_catalog, portarium_data, pg_temp\n"
        "    as $$ select 'SELECT' $$; -- FROM\n"
        "SELECT 1;\n\tselect 2;\nselect 3; \n" + "select '" + "x" * 160 + "';\n" + "select " + "x" * 160 + ";\n",
}
FOUND = ["extension/sql/10_a.sql:10: SELECT", "extension/sql/10_a.sql:11: tab", "extension/sql/10_a.sql:12: tab",
         "extension/sql/10_a.sql:14: 168 col", "extension/sql/10_a.sql:1: create or replace",
         "extension/sql/10_a.sql:2: b is not pinned"]
