"""One version: extension/portarium.control says it; the other control files, extension/Makefile, the function version(), the charts and the
newest section of CHANGELOG.md agree.

SPDX-License-Identifier: PostgreSQL
"""
import re

CONTROL = "extension/portarium.control"
PLACES = (
    ("extension/Makefile", re.compile(r"^EXTVERSION\s*[:?]?=\s*([0-9]+\.[0-9]+\.[0-9]+)", re.M)),
    ("extension/sql/01_version.sql", re.compile(r"select '([0-9.]+)'::text")),
    ("CHANGELOG.md", re.compile(r"^## \[?([0-9]+\.[0-9]+\.[0-9]+)", re.M)),
    ("charts/portarium/Chart.yaml", re.compile(r"^appVersion:\s*\"?([0-9.]+)", re.M)),
)


def check(tree):
    version = re.search(r"default_version\s*=\s*'([0-9.]+)\+native'", tree.text(CONTROL))
    if not version:
        return [f"{CONTROL}: default_version is not X.Y.Z+native"]
    findings = []
    for path, pattern in PLACES:
        found = pattern.search(tree.text(path)) if path in tree.paths else None
        if found and found.group(1) != version.group(1):
            findings.append(f"{path}: says {found.group(1)}, {CONTROL} says {version.group(1)}")
    for path in tree.files("extension/portarium--*.control"):
        if not path.startswith(f"extension/portarium--{version.group(1)}"):
            findings.append(f"{path}: is not of version {version.group(1)}")
    return findings


PLANTED = {
    CONTROL: "default_version = '0.2.0+native'\n",
    "extension/portarium--0.1.0.control": "",
    "extension/portarium--0.2.0+native.control": "",
    "CHANGELOG.md": "# Changes\n\n## 0.1.0\n",
}
FOUND = ["CHANGELOG.md: says 0.1.0", "extension/portarium--0.1.0.control: is not"]
