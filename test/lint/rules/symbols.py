"""portarium.so exports portarium_*, pg_finfo_portarium_*, Pg_magic_func, _PG_init and nothing else.
Make a function static, or give it the prefix.

SPDX-License-Identifier: PostgreSQL
"""
import re
import subprocess

LIBRARY = "extension/portarium.so"
ALLOWED = re.compile(r"(portarium_\w+|pg_finfo_portarium_\w+|Pg_magic_func|_PG_init|_fini|_init)$")


def check(tree):
    library = tree.root / LIBRARY
    if not library.exists():
        return [f"{LIBRARY}: not built; run make build"]
    names = subprocess.run(["nm", "-D", "--defined-only", str(library)], check=True, capture_output=True, text=True).stdout
    symbols = [line.split()[-1] for line in names.splitlines()]
    return [f"{LIBRARY}: exports {name}" for name in symbols if not ALLOWED.match(name)]


def plant(root):
    source = "int portarium_good(void) { return 1; } int act_bad(void) { return 2; }"
    subprocess.run(["gcc", "-shared", "-fPIC", "-x", "c", "-", "-o", str(root / LIBRARY)], check=True, input=source.encode())


PLANTED = {"extension/portarium.control": ""}
FOUND = ["extension/portarium.so: exports act_bad"]
