"""No literal password in SQL, scripts or compose files: a role's password comes from a variable or a file.

SPDX-License-Identifier: PostgreSQL
"""
import re

FILES = ("extension/*.sql", "*.sh", "portarium", "docker/*", "*.yaml", "*.yml", "*.tf", "*.py")
LITERAL = re.compile(r"(?i)\bpassword\s+'(?!\$|%|:|\{)[^']+'|\b(?:PGPASSWORD|POSTGRES_PASSWORD)\s*[:=]\s*['\"]?(?!['\"]?[$:{])[\w-]+")


def check(tree):
    return [f"{path}:{number}: {match.group(0)}"
            for path in tree.files(*FILES) if not path.endswith("gates/passwords.py")
            for number, line in tree.lines(path) for match in LITERAL.finditer(line)]


PLANTED = {
    "a.sh": "psql -c \"alter role x password 'abc'\"\npsql -c \"alter role x password '$pw'\"\n",
    "docker/compose.yaml": "POSTGRES_PASSWORD: postgres\nPOSTGRES_PASSWORD: ${POSTGRES_PASSWORD}\n",
}
FOUND = ["a.sh:1: password 'abc'", "docker/compose.yaml:1: POSTGRES_PASSWORD"]
