"""From the call that enqueues until a worker holds the job, at low load: start_run against LISTEN and NOTIFY by hand.

SPDX-License-Identifier: PostgreSQL
"""
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
BINARY = HERE.parent.parent / "build" / "bench" / "latency"


def prepare():
    BINARY.parent.mkdir(parents=True, exist_ok=True)
    include = subprocess.run(["pg_config", "--includedir"], check=True, capture_output=True, text=True).stdout.strip()
    subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-Werror", f"-I{include}", str(HERE / "latency.c"), "-o", str(BINARY), "-lpq"],
                   check=True)


def run(mode, database, samples, worker="postgres", enqueuer="postgres"):
    """p50 and p95 in µs."""
    command = [str(BINARY), mode, str(samples), f"dbname={database} user={worker}", f"dbname={database} user={enqueuer}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    return [float(value) for value in done.stdout.split()]
