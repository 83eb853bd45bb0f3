#!/usr/bin/env python3
"""Runs the rules of one folder over the tree: test/lint/run.py rules|gates [NAME…]

A rule is a module with
    a docstring     what it wants, and what to do when it is red
    check(tree)     -> findings, "path:line: message" or "path: message", none when the tree is good
    PLANTED         {path: text}: a small tree with defects
    FOUND           the beginnings of exactly the findings that check must make there, sorted
and optionally
    plant(root)     builds what text cannot say (a library) into the planted tree.

Each rule first proves itself on its planted tree, then reads the real one: a rule that cannot fail proves nothing.
One closing line at the end: N passed, N failed, N skipped.

SPDX-License-Identifier: PostgreSQL
"""
import importlib.util
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

from tree import Tree, write_tree  # noqa: E402  (needs the path above)


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def prove(rule):
    """The difference between what the rule finds in its planted tree and what it must find, or nothing."""
    with tempfile.TemporaryDirectory() as root:
        write_tree(root, rule.PLANTED)
        if hasattr(rule, "plant"):
            rule.plant(Path(root))
        found = sorted(rule.check(Tree(root)))
    if len(found) == len(rule.FOUND) and all(f.startswith(w) for f, w in zip(found, rule.FOUND)):
        return []
    return ["the rule does not find its planted defects"] + \
        [f"wanted {line}" for line in rule.FOUND] + [f"found  {line}" for line in found]


def run(name, rule, tree):
    try:
        findings = prove(rule) or sorted(rule.check(tree))
    except OSError as error:
        findings = [str(error)]
    print(f"{'FAILED  ' if findings else 'ok      '} {name}")
    for line in findings:
        print(f"    {line}")
    if findings:
        print("    " + rule.__doc__.split("\n\nSPDX")[0].replace("\n", "\n    "))
    return not findings


def main(folder, names):
    paths = [p for p in sorted((HERE / folder).glob("*.py")) if not names or p.stem in names]
    tree = Tree(HERE.parent.parent)
    results = [run(p.stem, load(p), tree) for p in paths]
    failed = results.count(False) + (0 if results else 1)
    print(f"{results.count(True)} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2:]))
