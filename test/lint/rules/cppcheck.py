"""C is clean under cppcheck (warnings, performance, portability). Repair it; a false alarm is suppressed on its line
with `cppcheck-suppress NAME` and the reason.

SPDX-License-Identifier: PostgreSQL
"""
import re
import subprocess

# PostgreSQL's macros and llhttp's headers are not read: what they hide is the compiler's job (-Wall -Wextra -Werror).
COMMAND = ["cppcheck", "--quiet", "--std=c11", "--enable=warning,performance,portability", "--inline-suppr",
           "--suppress=missingIncludeSystem", "--suppress=unknownMacro", "--template={file}:{line}: {id}: {message}",
           "-j", "2"]


def check(tree):
    sources = tree.files("extension/src/*.c", "sidecar/*.c", "workers/*.c")
    if not sources:
        return []
    includes = [f"-I{folder}" for folder in ("workers", "sidecar", "extension/src")]
    done = subprocess.run(COMMAND + includes + sources, cwd=tree.root, capture_output=True, text=True, check=False)
    return [line for line in (done.stdout + done.stderr).splitlines() if re.match(r"[^\s:]+:\d+:", line)]


PLANTED = {"sidecar/a.c": "int\nf(void)\n{\n\tint\t\tx;\n\n\treturn x;\n}\n"}
FOUND = ["sidecar/a.c:6: uninitvar"]
