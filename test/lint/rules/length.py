"""No file over 400 lines, no function over 60 (C, SQL, shell, Python). Split by concept, not by size.

SPDX-License-Identifier: PostgreSQL
"""
import re

from tree import line_of

FILES = ("*.c", "*.h", "extension/sql/*.sql", "sql/*.sql", "*.sh", "*.py", "portarium", "*Makefile", "test/pgtap/*.sql")
FILE_LINES = 400
FUNCTION_LINES = 60
SQL_FUNCTION = re.compile(r"^(?:create (?:function|procedure)\b|do \$).*?\$(\w*)\$.*?\$\1\$", re.M | re.S)


def check(tree):
    findings = []
    for path in tree.files(*FILES):
        lines = tree.text(path).splitlines()
        if len(lines) > FILE_LINES:
            findings.append(f"{path}: {len(lines)} lines")
        for first, length in functions(path, tree.text(path)):
            if length > FUNCTION_LINES:
                findings.append(f"{path}:{first}: a function of {length} lines")
    return findings


def functions(path, text):
    """(first line, length) of each function."""
    if path.endswith(".sql"):
        return [(line_of(text, match.start()), match.group(0).count("\n") + 1) for match in SQL_FUNCTION.finditer(text)]
    if path.endswith(".py"):
        return python_spans(text.splitlines())
    return brace_spans(text.splitlines())


def brace_spans(lines):
    """C and shell: between a brace that stands alone at the margin and the next one that closes it."""
    first = None
    for number, line in enumerate(lines, 1):
        if first is not None and line.startswith("}"):
            yield first, number - first - 1
            first = None
        elif line.rstrip() == "{":
            first = number


def python_spans(lines):
    first, indent = None, 0
    for number, line in enumerate(lines + ["end"], 1):
        depth = len(line) - len(line.lstrip())
        if first is not None and line.strip() and depth <= indent:
            yield first, number - first
            first = None
        if first is None and line.lstrip().startswith("def "):
            first, indent = number, depth


PLANTED = {
    "a.c": "int\nf(void)\n{\n" + "\tx();\n" * 61 + "}\n\nint\ng(void)\n{\n" + "\tx();\n" * 60 + "}\n",
    "b.sh": "x=1\n" * 401,
    "extension/sql/10_a.sql": "create function f()\n    as $$\n" + "create table a ();\n" * 58 + "$$;\n"
                              "create function g()\n    as $$\n" + "select 1;\n" * 57 + "$$;\n",
    "c.py": "def f():\n" + "    x = 1\n" * 60 + "\n\ndef g():\n" + "    x = 1\n" * 56 + "\n",
}
FOUND = ["a.c:3: a function of 61", "b.sh: 401", "c.py:1: a function of", "extension/sql/10_a.sql:1: a function of 61"]
