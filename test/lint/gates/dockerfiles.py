"""Dockerfiles: bases by digest, a numeric user that is not root, labels, a word on health, no ADD, packages without
recommendations and without their lists left behind, and shell in RUN that is clean under shellcheck.

SPDX-License-Identifier: PostgreSQL
"""
import re
import subprocess

BASE = re.compile(r"debian:bookworm-slim@sha256:[0-9a-f]{64}")


def check(tree):
    return [f"{path}: {text}" for path in tree.files("docker/*/Dockerfile") for text in file_findings(tree.text(path))]


def file_findings(text):
    steps = instructions(text)
    words = [word for word, _ in steps]
    arguments = dict(reversed([value.partition("=")[::2] for word, value in steps if word == "ARG"]))
    stages = set()
    for value in (value for word, value in steps if word == "FROM"):
        name = value.split()[0]
        if name == "${DEBIAN}" and not BASE.fullmatch(arguments.get("DEBIAN", "")) or name not in {"${DEBIAN}", "scratch"} | stages:
            yield f"FROM {name} is not a base by digest"
        stages |= set(value.split()[2:])
    last = words[len(words) - words[::-1].index("FROM"):] if "FROM" in words else []
    users = [value for word, value in steps if word == "USER"]
    if not users or not re.fullmatch(r"[1-9]\d*:[1-9]\d*", users[-1]) or "USER" not in last:
        yield "runs as root, or as a user whose number is not told"
    for word in ("LABEL", "HEALTHCHECK", "ENTRYPOINT"):
        if word not in last:
            yield f"has no {word}"
    if "ADD" in words:
        yield "uses ADD"
    for value in (value for word, value in steps if word == "RUN"):
        yield from run_findings(value)


def instructions(text):
    """(word, value) of each instruction, continuation lines joined, comments left out."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [(line.split(None, 1)[0], line.split(None, 1)[1].strip()) for line in joined.splitlines()]


def run_findings(script):
    if re.search(r"apt-get[^&|;]*\binstall\b", script):
        if re.search(r"apt-get(?![^&|;]*--no-install-recommends)[^&|;]*\binstall\b", script):
            yield "installs recommended packages"
        if "rm -rf /var/lib/apt/lists" not in script:
            yield "leaves the lists of packages behind"
    if re.search(r"(curl|wget)\b[^&;]*\|\s*(ba)?sh\b", script):
        yield "runs what it downloads"
    done = subprocess.run(["shellcheck", "-s", "sh", "-f", "gcc", "-"], input=script, capture_output=True, text=True, check=False)
    yield from (f"RUN: {line.partition(' ')[2]}" for line in done.stdout.splitlines())


PLANTED = {
    "docker/good/Dockerfile": "ARG DEBIAN=debian:bookworm-slim@sha256:" + "a" * 64 + """
FROM ${DEBIAN} AS build
RUN make
FROM scratch
COPY --from=build /x /x
USER 10:10
LABEL a=b
HEALTHCHECK NONE
ENTRYPOINT ["/x"]
""",
    "docker/bad/Dockerfile": """ARG DEBIAN=debian:latest
FROM ${DEBIAN}
ADD https://example.org/x /x
RUN apt-get update && apt-get install -y x
RUN curl https://example.org | sh
RUN rm -rf $X/y
""",
}
FOUND = sorted("docker/bad/Dockerfile: " + text for text in (
    "FROM ${DEBIAN}", "RUN: note: Double quote", "has no ENTRYPOINT", "has no HEALTHCHECK", "has no LABEL", "installs recommended",
    "leaves the lists", "runs as root", "runs what it downloads", "uses ADD"))
