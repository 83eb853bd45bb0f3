"""YAML as Python values, by Debian's python3-yaml (which the Python that runs the rules need not have), and tools by name.

SPDX-License-Identifier: PostgreSQL
"""
import json
import os
import shutil
import subprocess
from pathlib import Path

PYTHON = "/usr/bin/python3"
READ = "import json, sys, yaml; json.dump(list(yaml.safe_load_all(sys.stdin)), sys.stdout, default=str)"
TOOLS = Path(__file__).resolve().parents[2] / "build" / "tools"


def documents(text):
    """The documents of a YAML text; OSError says what is wrong with it."""
    done = subprocess.run([PYTHON, "-c", READ], input=text, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OSError("no YAML, or python3-yaml is not installed: " + (done.stderr.strip().splitlines() or ["?"])[-1])
    return [document for document in json.loads(done.stdout) if document]


def tool(name):
    """The path of a program that test/tools.sh installs, or that is on the PATH; OSError names the one that is missing."""
    found = shutil.which(name, path=f"{TOOLS}{os.pathsep}{os.environ.get('PATH', '')}")
    if found is None:
        raise OSError(f"{name} is not installed: run test/tools.sh")
    return found
