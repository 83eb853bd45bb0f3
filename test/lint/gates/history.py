"""No secret in any commit either: what was added once is in every clone for ever. Change the secret wherever it was used; rewriting the
history is the owner's decision. The shapes are those of gates/secrets.py.

SPDX-License-Identifier: PostgreSQL
"""
import importlib.util
import subprocess
from pathlib import Path

_SPEC = importlib.util.spec_from_file_location("secrets_gate", Path(__file__).with_name("secrets.py"))
secrets_gate = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(secrets_gate)


def check(tree):
    if not (tree.root / ".git").exists():
        return []
    command = ["git", "-c", "safe.directory=*", "-C", str(tree.root), "log", "-p", "--no-color", "--no-renames", "--format=commit %h"]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode != 0:
        raise OSError(done.stderr.decode().strip())
    return sorted(set(scan(done.stdout.decode(errors="replace"))))


def scan(log):
    commit = path = ""
    added = []
    for line in [*log.splitlines(), "commit end"]:
        if line.startswith(("commit ", "diff --git ")):
            yield from judge(commit, path, "\n".join(added))
            added = []
            commit = line.split()[1] if line.startswith("commit ") else commit
        elif line.startswith("+++ b/"):
            path = line[6:]
        elif line.startswith("+") and not line.startswith("+++"):
            added.append(line[1:])


def judge(commit, path, text):
    if path.startswith(("test/vectors/", "test/lint/gates/")):
        return
    for kind, pattern in secrets_gate.SHAPES:
        for match in pattern.finditer(text):
            if match.group(0) not in secrets_gate.PUBLISHED:
                yield f"{path}: {kind} in {commit}"


def plant(root):
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", "-C", str(root)]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "add"], ["rm", "-q", "key.pem"], ["commit", "-q", "-m", "remove"]):
        subprocess.run([*git, *arguments], check=True)


PLANTED = {"key.pem": "-----BEGIN PRIVATE KEY-----\n" "MC4CAQAwBQYDK2VwBCIEIA\n", "good.txt": "x\n"}
FOUND = ["key.pem: a private key in "]
