"""The daemons' C is clean under clang-tidy with the checks of .clang-tidy. Repair it; a false alarm gets
`NOLINT(check)` on its line, with the reason.

SPDX-License-Identifier: PostgreSQL
"""
import re
import subprocess

PACKAGES = ("libpq", "libcurl", "jansson", "libcrypto")
FLAGS = ["-std=gnu17", "-D_GNU_SOURCE", '-DPORTARIUM_VERSION="0"', "-Iworkers", "-Isidecar", "-Isidecar/src"]


def check(tree):
    sources = tree.files("workers/*.c", "sidecar/*.c")
    if not sources:
        return []
    flags = FLAGS + output(["pkg-config", "--cflags", *PACKAGES]).split() + llhttp_include()
    command = ["clang-tidy", "--quiet", *sources, "--", *flags]
    done = subprocess.run(command, cwd=tree.root, capture_output=True, text=True, check=False)
    lines = (line.removeprefix(str(tree.root.resolve()) + "/") for line in done.stdout.splitlines())
    return [line for line in lines if re.match(r"[^:\s]+:\d+:\d+: (warning|error):", line)]


def output(command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def llhttp_include():
    """Both folders by which llhttp.h may be named, wherever the Debian package keeps it."""
    listed = output(["dpkg", "-L", "node-llhttp"]).splitlines()
    header = next(path for path in listed if path.endswith("/llhttp/llhttp.h"))
    return [f"-I{header.removesuffix('/llhttp.h')}", f"-I{header.removesuffix('/llhttp/llhttp.h')}"]


PLANTED = {
    ".clang-tidy": "Checks: '-*,bugprone-sizeof-expression'\n",
    "sidecar/src/a.c": "#include <string.h>\nvoid f(char *p);\nvoid\nf(char *p)\n{\n\tmemset(p, 0, sizeof(sizeof(p)));\n}\n",
}
FOUND = ["sidecar/src/a.c:6:"]
