"""YAML that people write is well formed under yamllint: Compose files, charts' values, workflows. Templates are judged as they render.

SPDX-License-Identifier: PostgreSQL
"""
import subprocess

from yamls import tool

CONFIG = """{extends: default, rules: {line-length: {max: 200}, document-start: disable, braces: {max-spaces-inside: 1},
truthy: {check-keys: false}, comments: {min-spaces-from-content: 1}, comments-indentation: disable, indentation: {indent-sequences: consistent}}}"""


def check(tree):
    files = tree.files("docker/*.yaml", "charts/*/values*.yaml", "charts/*/Chart.yaml", ".github/workflows/*.yml")
    if not files:
        return []
    done = subprocess.run([tool("yamllint"), "-s", "-f", "parsable", "-d", CONFIG, *files], cwd=tree.root, capture_output=True, text=True, check=False)
    return done.stdout.splitlines() + done.stderr.splitlines()


PLANTED = {"docker/compose.yaml": "a: 1\na: 2\n", "docker/good.yaml": "a: 1\n"}
FOUND = ["docker/compose.yaml:2:1: [error] duplication of key"]
