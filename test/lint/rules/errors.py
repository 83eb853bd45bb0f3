"""Every SQLSTATE of class UP stands once in the one table (extension/sql/05_errors.sql), is raised somewhere and is named
by a test. Add the row, the raise or the test; delete a code that nothing raises.

SPDX-License-Identifier: PostgreSQL
"""
import re

from tree import line_of

TABLE = "extension/sql/05_errors.sql"
CODE = re.compile(r"\bUP\d{3}\b")
SOURCES = ("extension/sql/*.sql", "extension/src/*.[ch]", "sidecar/*.[ch]", "workers/*.[ch]")
TESTS = ("sql/*.sql", "expected/*.out", "test/pgtap/*", "test/isolation/*", "test/unit/*", "test/integration/*")


def check(tree):
    listed = re.findall(r"\('(UP\d{3})'", tree.text(TABLE))
    known = set(listed)
    findings = [f"{TABLE}: {code} stands for two things" for code in sorted(known) if listed.count(code) > 1]
    raised, tested = set(), set()
    for path in tree.files(*SOURCES):
        if path == TABLE:
            continue
        text = tree.text(path)
        for match in CODE.finditer(text):
            if match.group(0) not in known:
                findings.append(f"{path}:{line_of(text, match.start())}: {match.group(0)} is not in the table")
        raised |= codes_raised(path, text)
    for path in tree.files(*TESTS):
        tested |= set(CODE.findall(tree.text(path)))
    findings += [f"{TABLE}: {code} is never raised" for code in sorted(known - raised)]
    findings += [f"{TABLE}: {code} has no test" for code in sorted(known - tested)]
    return findings


def codes_raised(path, text):
    """In SQL a code counts where it is quoted; in C it may be spelled by MAKE_SQLSTATE or a string."""
    if path.endswith(".sql"):
        return set(re.findall(r"'(UP\d{3})'", text))
    spelled = re.findall(r"MAKE_SQLSTATE\('U',\s*'P',\s*'(\d)',\s*'(\d)',\s*'(\d)'\)", text)
    return set(CODE.findall(text)) | {"UP" + "".join(digits) for digits in spelled}


PLANTED = {
    TABLE: "values\n('UP001', 'a'),\n('UP002', 'b'),\n('UP003', 'c'),\n('UP001', 'd')\n",
    "extension/sql/10_a.sql": "raise exception using errcode = 'UP001'; -- errors: UP002\n"
                              "raise exception using errcode = 'UP777';\n",
    "extension/src/a.c": "MAKE_SQLSTATE('U', 'P', '0', '0', '3')\n",
    "expected/a.out": "ERROR: UP001\nERROR: UP002\n",
}
FOUND = ["extension/sql/05_errors.sql: UP001 stands for two things",
         "extension/sql/05_errors.sql: UP002 is never raised", "extension/sql/05_errors.sql: UP003 has no test",
         "extension/sql/10_a.sql:2: UP777 is not in the table"]
