#!/usr/bin/env python3
"""Changes a field of a notary's state and makes its digest fit again.

    restate.py STATE origin|signed_us|epoch VALUE

SPDX-License-Identifier: PostgreSQL
"""
import hashlib
import sys

path, field, value = sys.argv[1:]
lines = open(path).read().splitlines()
if field == "origin":
    lines[1] = f"origin {value}"
elif field == "epoch":
    lines.insert(3, f"epoch {value}")
else:
    words = lines[2].split(" ")
    words[3] = value
    lines[2] = " ".join(words)
text = "".join(line + "\n" for line in lines[:-1])
digest = hashlib.sha256(text.encode()).hexdigest()
open(path, "w").write(f"{text}end {lines[-1].split(' ')[1]} {digest}\n")
