"""LICENSE is the PostgreSQL License, and every licence named in the tree is that one.

SPDX-License-Identifier: PostgreSQL
"""
import re

NAMED = re.compile(r"SPDX-License-Identifier: (?!PostgreSQL\b)([\w.+-]+)")
WORDS = ("permission to use, copy, modify, and distribute", "without fee", "AS IS")


def check(tree):
    if "LICENSE" not in tree.paths:
        return ["LICENSE: missing"]
    text = " ".join(tree.text("LICENSE").split()).replace('"', "")
    findings = [f"LICENSE: lacks \"{words}\"" for words in WORDS if words.lower() not in text.lower()]
    for path in tree.paths:
        findings += [f"{path}: names {name}" for name in NAMED.findall(tree.text(path))]
    return findings


PLANTED = {
    "LICENSE": "Permission to use, copy, modify, and distribute this software without fee is granted.\n",
    "a.c": "/* SPDX-License-Identifier: " "MIT */\n",
}
FOUND = ["LICENSE: lacks \"AS IS\"", "a.c: names MIT"]
