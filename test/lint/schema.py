"""Kubernetes objects against Kubernetes' own schemas, unknown fields refused. Needs test/tools.sh.

SPDX-License-Identifier: PostgreSQL
"""
import json
import subprocess
import tempfile
from pathlib import Path

from kube import KUBERNETES
from yamls import tool

# The kinds whose definition is another project's; their fields are checked by that project's own admission.
FOREIGN = ("postgresql.cnpg.io/v1", "monitoring.coreos.com/v1")


def against_schema(things):
    with tempfile.TemporaryDirectory() as folder:
        for thing in (thing for thing in things if thing["apiVersion"] not in FOREIGN):
            (Path(folder) / f"{thing['kind']}-{thing['metadata']['name']}.yaml").write_text(json.dumps(thing), encoding="utf-8")
        files = sorted(str(path) for path in Path(folder).iterdir())
        done = subprocess.run([tool("kubernetes-validate"), "-k", KUBERNETES, "--strict", "--quiet", *files],
                              capture_output=True, text=True, check=False)
        lines = [line for line in (done.stdout + done.stderr).splitlines() if not line.startswith("INFO")]
        yield from (line.removeprefix("ERROR ").replace(f"{folder}/", "") for line in lines)
        if done.returncode != 0 and not lines:
            yield f"kubernetes-validate ended with status {done.returncode}"
