"""Nothing unfinished, no path of one machine, no commented-out excuse. Finish it, or file it as an issue.

SPDX-License-Identifier: PostgreSQL
"""
import re

# The words are spelled apart so that this file does not find itself.
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b|\b(for" r" now|st" r"ub|st" r"ubs|stub" r"bed|not yet"
                        r" implemented|lorem" r" ipsum|work" r"around for)\b", re.I)
MACHINE = re.compile(r"(?<![\w.:$}/~-])/(?:(?:home|Users|work)/[\w.]|root/\.)")
NOT_TEXT = ("*.csv", "*.out", "*.png", "*.svg", "*.ico", "*.gz", "LICENSE")


def check(tree):
    skipped = set(tree.files(*NOT_TEXT))
    findings = []
    for path in tree.paths:
        if path in skipped or path == "test/lint/rules/words.py":
            continue
        for number, line in tree.lines(path):
            for pattern, kind in ((UNFINISHED, "unfinished"), (MACHINE, "a path of one machine")):
                match = pattern.search(line)
                if match:
                    findings.append(f"{path}:{number}: {kind}: {line[match.start():match.start() + 30].strip()}")
    return findings


PLANTED = {
    "a.c": "/* TO" "DO: later */\n/* all the stu" "bborn rest */\n",
    "b.md": "see /home" "/someone/x and https://example.org/home" "/page\nfor" " now it is so\n",
    "c.sh": "cd /usr/lib\n$HOME/work" "/x\n",
}
FOUND = ["a.c:1: unfinished", "b.md:1: a path", "b.md:2: unfinished"]
