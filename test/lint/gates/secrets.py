"""No secret in the tree: private keys, tokens, long random text given to a name like password, secret, token or key.
Take it out and change it wherever it was used; test vectors that must hold a key live in test/vectors/.

SPDX-License-Identifier: PostgreSQL
"""
import math
import re

ASSIGNED = re.compile(r"(?i)(password|passwd|secret|token|api_?key|private_?key)['\"]?\s*[:=]\s*['\"]([\w+/=.~!@#&*?-]{8,})['\"]", re.A)
SHAPES = (
    ("a private key", re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s*\n[A-Za-z0-9+/=]{20}")),
    ("an access key", re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    ("a service token", re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|xox[abp]-[A-Za-z0-9-]{20,}|hvs\.[A-Za-z0-9_-]{24,})")),
    ("a signed JWT", re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}")),
    ("a password in a URL", re.compile(r"\b[a-z]{3,10}://[^\s/:@'\"$]+:[^\s/@'\"$%{]{8,}@")),
)
# Keys that are published as test vectors, and the planted ones of this rule.
EXEMPT = ("test/vectors/*", "test/lint/gates/secrets.py")
# Access keys of published test suites, which open nothing.
PUBLISHED = ("AKIDEXAMPLE", "AKIAIOSFODNN7" "EXAMPLE")
MIN_BITS = 3.0


def check(tree):
    skipped = set(tree.files(*EXEMPT))
    findings = []
    for path in tree.paths:
        if path in skipped:
            continue
        text = tree.text(path)
        for number, line in tree.lines(path):
            for match in ASSIGNED.finditer(line):
                if entropy(match.group(2)) > MIN_BITS:
                    findings.append(f"{path}:{number}: a value for {match.group(1)}")
        for kind, pattern in SHAPES:
            for match in pattern.finditer(text):
                if match.group(0) in PUBLISHED:
                    continue
                findings.append(f"{path}:{text.count(chr(10), 0, match.start()) + 1}: {kind}")
    return findings


def entropy(text):
    """Bits per character: words stay below 3, random text is above."""
    shares = [text.count(c) / len(text) for c in set(text)]
    return -sum(share * math.log2(share) for share in shares)


PLANTED = {
    "a.conf": "password = 'hunter2-Xk9QzR4'\nsecret = \"$SECRET_FROM_FILE\"\n",
    "b.pem": "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA\n",
    "c.sh": "psql postgres://app:s3cr3tpw@db/x\npsql postgres://app:$PASSWORD@db/x\n",
    "d.md": "key AKIAABCDEFGHIJKLMNOP\n",
}
FOUND = ["a.conf:1: a value for password", "b.pem:1: a private key", "c.sh:1: a password in a URL", "d.md:1: an access key"]
