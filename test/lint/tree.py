"""The files that rules look at, and the few ways of looking that several rules share.

In a git checkout the tracked files count, elsewhere (a release archive, a planted tree) all but build products.

SPDX-License-Identifier: PostgreSQL
"""
import fnmatch
import re
import subprocess
from functools import lru_cache
from pathlib import Path

NOT_SOURCE = ("build/", "dist/", ".git/", ".portarium/")


class Tree:
    def __init__(self, root):
        self.root = Path(root)
        self.paths = sorted(p for p in self._list() if (self.root / p).is_file())

    def _list(self):
        if (self.root / ".git").exists():
            command = ["git", "-c", "safe.directory=*", "-C", str(self.root), "ls-files", "-z"]
            listed = subprocess.run(command, check=True, capture_output=True).stdout.decode()
            return [p for p in listed.split("\0") if p]
        found = (str(p.relative_to(self.root)) for p in self.root.rglob("*"))
        return [p for p in found if not p.startswith(NOT_SOURCE)]

    def files(self, *patterns):
        """Paths that match one of the patterns; * crosses slashes."""
        return [p for p in self.paths if any(fnmatch.fnmatch(p, pattern) for pattern in patterns)]

    @lru_cache(maxsize=None)
    def text(self, path):
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    def lines(self, path):
        return enumerate(self.text(path).splitlines(), 1)


def write_tree(root, files):
    for path, text in files.items():
        target = Path(root) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def blank(match):
    """Replaces a match by spaces, keeping its lines, so that offsets still tell the line."""
    return re.sub(r"[^\n]", " ", match.group(0))


def sql_code(text):
    """SQL without comments and quoted strings; bodies in dollar quotes are code and stay."""
    return re.sub(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'", blank, text, flags=re.S)


def c_code(text):
    """C without comments and strings."""
    pattern = r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"
    return re.sub(pattern, blank, text, flags=re.S)


def sql_parts(tree):
    """The parts of the extension in the order of SQL_PARTS in extension/Makefile."""
    text = tree.text("extension/Makefile").replace("\\\n", " ")
    listed = re.search(r"^SQL_PARTS\s*[:+]?=\s*(.*)$", text, flags=re.M)
    return ["extension/" + p if p.startswith("sql/") else "extension/sql/" + p for p in listed.group(1).split()]
