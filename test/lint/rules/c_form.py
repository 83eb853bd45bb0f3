"""C looks like PostgreSQL's: tabs, braces and return types on lines of their own, /* */ comments, at most 132 columns.
`make format` repairs blanks at line ends and missing last newlines; the rest is for the author.

SPDX-License-Identifier: PostgreSQL
"""
import re

from tree import blank, c_code

WIDTH = 132
TAB = 4
LINE_RULES = (
    (re.compile(r"^ {4}"), "indented by spaces"),
    (re.compile(r"\s$"), "blank at the end of the line"),
)
CODE_RULES = (
    (re.compile(r"^(?!struct|enum|union|typedef|static const|extern)\w[^=;]*\)\s*\{\s*$"), "brace not on its own line"),
    (re.compile(r"^\s+(if|for|while|switch|else|do)\b.*[^{=,(]\{\s*$"), "brace not on its own line"),
    (re.compile(r"^\s*\}\s*else\b"), "else beside a brace"),
    (re.compile(r"^(static\s+|const\s+|inline\s+)*(int|void|bool|char|size_t|Datum)\s+\**\w+\([^;=]*\)$"),
     "return type beside the name"),
)
# In the daemons; the server's own idiom fills fixed arrays that way.
BANNED = re.compile(r"\b(sprintf|strcpy|strcat|strtok|gets|atoi|atol)\s*\(")
BLOCKS = re.compile(r"/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.S)


def check(tree):
    findings = []
    for path in tree.files("*.c", "*.h"):
        text = tree.text(path)
        if not text.endswith("\n"):
            findings.append(f"{path}: no newline at the end")
        bare = zip(text.splitlines(), c_code(text).splitlines(), BLOCKS.sub(blank, text).splitlines())
        for number, (line, code, no_blocks) in enumerate(bare, 1):
            findings += [f"{path}:{number}: {message}" for message in broken(line, code)]
            if "//" in no_blocks:
                findings.append(f"{path}:{number}: a // comment")
            if not path.startswith("extension/") and BANNED.search(code):
                findings.append(f"{path}:{number}: a banned function")
    return findings


def broken(line, code):
    found = [message for pattern, message in LINE_RULES if pattern.search(line)]
    # a line that leaves a parenthesis open is part of an expression
    if code.count("(") == code.count(")"):
        found += [message for pattern, message in CODE_RULES if pattern.search(code.rstrip())]
    if len(line.expandtabs(TAB)) > WIDTH:
        found.append(f"{len(line.expandtabs(TAB))} columns")
    return found


PLANTED = {
    "a.c": "/* https://example.org */\nint f(void)\n{\n    x();\n\tif (a) {\n\t} else\n\t\ty();\n\tz(); // why\n"
           "\tu = \"http://x\";\n\tsprintf(b, \"x\");\n\tw(); \n}\n\nint\ng(void) {\n}\n" + "/* " + "x" * 130 + " */\n",
    "b.h": "extern int f(void);",
}
FOUND = ["a.c:10: a banned", "a.c:11: blank", "a.c:15: brace", "a.c:17: 136 columns", "a.c:2: return type", "a.c:4: indented",
         "a.c:5: brace", "a.c:6: else", "a.c:8: a //", "b.h: no newline"]
