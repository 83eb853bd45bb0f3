"""Terraform, called by the gates: in a folder, without a word to the outside, its answer as findings.

SPDX-License-Identifier: PostgreSQL
"""
import json
import os
import subprocess

from yamls import tool


def run(folder, *arguments, config="/dev/null"):
    """One call of terraform; config is its own configuration, which may name a mirror of providers."""
    surroundings = {**os.environ, "CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": str(config), "TF_IN_AUTOMATION": "1", "TF_DISABLE_PLUGIN_TLS": "1"}
    verb, *rest = arguments
    color = [] if verb == "fmt" else ["-no-color"]
    return subprocess.run([tool("terraform"), verb, *color, *rest], cwd=folder, env=surroundings, capture_output=True, text=True, check=False)


def first_error(done):
    lines = [line for line in (done.stdout + done.stderr).splitlines() if "Error" in line]
    return (lines or ["failed"])[0].strip(" │")


def tests(folder, name, config="/dev/null"):
    """The runs of "terraform test" in folder, called name, that did not pass."""
    done = run(folder, "test", "-json", config=config)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    for line in lines:
        result = line.get("test_run", {})
        if result.get("status") in ("fail", "error", "skip"):
            yield f"{name}/{result['path']}: {result['run']}: {result['status']}"
    summary = next((line["test_summary"] for line in lines if "test_summary" in line), {"passed": 0})
    if done.returncode == 0 and summary["passed"] == 0:
        yield f"{name}: no test was run"
