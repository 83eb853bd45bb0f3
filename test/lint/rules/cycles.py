"""The modules of a part include one another without a circle (X.c and X.h are one module).
Move what both need into a third module below them.

SPDX-License-Identifier: PostgreSQL
"""
import re
from pathlib import PurePosixPath

PARTS = ("extension/src", "sidecar", "workers")
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)\.h"', re.M)


def check(tree):
    edges = {}
    for path in tree.files(*(f"{part}/*.[ch]" for part in PARTS)):
        name = module(path)
        for include in INCLUDE.findall(tree.text(path)):
            target = resolve(tree, path, include)
            if target and target != name:
                edges.setdefault(name, set()).add(target)
    circle = find_circle(edges)
    return [f"{circle[0]}: includes itself through {' -> '.join(circle[1:])}"] if circle else []


def module(path):
    return str(PurePosixPath(path).with_suffix(""))


def resolve(tree, path, include):
    """The module meant by an include: beside the file first, then below a part's folder."""
    for folder in (str(PurePosixPath(path).parent), *PARTS):
        if f"{folder}/{include}.h" in tree.paths:
            return f"{folder}/{include}"
    return None


def find_circle(edges):
    done = set()

    def walk(node, trail):
        if node in trail:
            return trail[trail.index(node):] + [node]
        if node in done:
            return None
        for target in sorted(edges.get(node, ())):
            circle = walk(target, trail + [node])
            if circle:
                return circle
        done.add(node)
        return None

    for node in sorted(edges):
        circle = walk(node, [])
        if circle:
            return circle
    return None


PLANTED = {
    "workers/common/buf.h": "#include <stdio.h>\n",
    "sidecar/a.h": '#include "b.h"\n',
    "sidecar/b.c": '#include "b.h"\n#include "c.h"\n#include "common/buf.h"\n',
    "sidecar/b.h": "\n",
    "sidecar/c.h": '#include "a.h"\n',
}
FOUND = ["sidecar/a: includes itself through sidecar/b -> sidecar/c -> sidecar/a"]
