"""Starting: --check-config, and every setting that keeps the program from starting.

SPDX-License-Identifier: PostgreSQL
"""
import os
import subprocess

from client import PROGRAM, SECRET


def run(suite, *arguments, **settings):
    """Exit status, standard output and standard error; a setting given as None is left out."""
    environment = {"PATH": os.environ["PATH"], "CONTEXT_KEY_FILE": f"{suite.folder}/context.key",
                   "JWT_KEYS": f"hs256:{suite.folder}/jwt.key"} | settings
    done = subprocess.run([PROGRAM, *arguments], env={k: v for k, v in environment.items() if v is not None},
                          capture_output=True, text=True, timeout=20, check=False)
    return done.returncode, done.stdout, done.stderr


def write(suite, name, text, mode=0o600):
    path = f"{suite.folder}/{name}"
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    os.chmod(path, mode)
    return path


def check_good_settings(suite):
    password = write(suite, "password", "the database password")
    status, out, err = run(suite, "--check-config", DATABASE_PASSWORD_FILE=password, JWT_AUDIENCE="portarium")
    suite.equal("--check-config is content", (status, err), (0, ""))
    suite.check("it prints the settings", "READ_DEPTH=8\n" in out and "JWT_AUDIENCE=portarium\n" in out, out)
    suite.check("and no secret", "(set)" in out and SECRET not in out and "the database password" not in out, out)
    file = write(suite, "sidecar.conf", f"LISTEN=127.0.0.1:1\nCONTEXT_KEY_FILE={suite.folder}/context.key\n")
    status, out, _ = run(suite, "--config", file, "--check-config", CONTEXT_KEY_FILE=None)
    suite.check("from a file", status == 0 and "LISTEN=127.0.0.1:1\n" in out, out)
    _, out, _ = run(suite, "--config", file, "--check-config", LISTEN="127.0.0.1:2")
    suite.check("the environment comes first", "LISTEN=127.0.0.1:2\n" in out, out)


def check_bad_settings(suite):
    for name, settings in (
            ("no context key", {"CONTEXT_KEY_FILE": None}),
            ("no JWT key", {"JWT_KEYS": None}),
            ("a context key that is none", {"CONTEXT_KEY_FILE": write(suite, "bad.key", "k1 abc")}),
            ("a secret that others can read", {"JWT_KEYS": "hs256:" + write(suite, "open.key", SECRET, 0o644)}),
            ("a short secret", {"JWT_KEYS": "hs256:" + write(suite, "short.key", "short")}),
            ("a key file that is not there", {"JWT_KEYS": "rs256:/nonexistent"}),
            ("a private key for a public one", {"JWT_KEYS": f"es256:{suite.folder}/jwt.key"}),
            ("a password in the conninfo", {"DATABASE": "dbname=x password=opensesame"}),
            ("a number out of range", {"READ_DEPTH": "1000"}),
            ("a number that is none", {"BODY_MAX": "1M"}),
            ("a level that is none", {"LOG_LEVEL": "loud"})):
        status, _, err = run(suite, "--check-config", **settings)
        suite.check(f"refused: {name}", status == 1 and '"level":"error"' in err and "opensesame" not in err and SECRET not in err, err)
    file = write(suite, "misspelt.conf", "LISTENN=127.0.0.1:1\n")
    suite.equal("refused: a misspelt setting", run(suite, "--config", file, "--check-config")[0], 1)
    suite.equal("refused: an address that is none", run(suite, LISTEN="nowhere")[0], 1)
    suite.equal("refused: an address in use", run(suite, LISTEN=f"127.0.0.1:{suite.sidecar.port}")[0], 1)


def check_usage(suite):
    suite.equal("wrong usage", run(suite, "--nonsense")[0], 2)
    suite.equal("an argument too many", run(suite, "more")[0], 2)
    status, out, _ = run(suite, "--help")
    suite.check("--help names every setting", status == 0 and "READ_CONNECTIONS" in out and "JWT_KEYS" in out, out)
    status, out, _ = run(suite, "--version")
    suite.check("--version", status == 0 and out.startswith("portarium-sidecar "), out)
