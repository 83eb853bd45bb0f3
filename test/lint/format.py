#!/usr/bin/env python3
"""make format: repairs what needs no judgement, blanks at line ends, the last newline, spaces before C code.

SPDX-License-Identifier: PostgreSQL
"""
import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from tree import Tree  # noqa: E402  (needs the path above)

FILES = ("*.c", "*.h", "extension/sql/*.sql", "sql/*.sql", "test/*.sql", "*.sh", "*.py", "*Makefile", "*.md", "*.yml")


def repaired(path, text):
    lines = [line.rstrip() for line in text.rstrip("\n").splitlines()]
    if path.endswith((".c", ".h")):
        lines = [re.sub(r"^(?: {4})+", lambda m: "\t" * (len(m.group(0)) // 4), line) for line in lines]
    return "".join(line + "\n" for line in lines)


def main():
    tree = Tree(Path(__file__).resolve().parent.parent.parent)
    for path in tree.files(*FILES):
        text = repaired(path, tree.text(path))
        if text != tree.text(path):
            (tree.root / path).write_text(text, encoding="utf-8")
            print(f"formatted {path}")


if __name__ == "__main__":
    main()
