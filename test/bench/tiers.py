"""Tenants of tier B beside one of tier A: what creating them costs, what they cost their neighbour, how long a move makes writers wait.

The neighbour's starts are counted in a database with no tenant of tier B and in one with HOMES of them, in turns. The moved tenant has
ENTRIES entries; the pause is what the mover says of its turn, while two clients start runs.

SPDX-License-Identifier: PostgreSQL
"""
import re
import subprocess
import threading
import time
from pathlib import Path
from statistics import median

from measure import pgbench, psql

HERE = Path(__file__).parent
HOMES = 300
ENTRIES = 100000
CLIENTS = 4


def prepare(database):
    psql(f"create database {database}", "postgres")
    psql("create extension portarium; call portarium.install()", database)
    psql((HERE / "setup.sql").read_text(), database)


def create(database, tier, count):
    """Milliseconds a tenant."""
    begun = time.monotonic()
    psql("\n".join(f"select portarium.create_tenant('{tier.lower()}-{n}', tier => '{tier}');" for n in range(count)), database)
    return (time.monotonic() - begun) * 1000 / count


def neighbours(empty, full, rounds, seconds):
    """Starts of a tier-A tenant beside HOMES homes, as a share of those beside none."""
    def starts(database):
        return pgbench(HERE / "start_one.sql", database, CLIENTS, seconds=seconds, user="bench_app")[0]

    return median(starts(empty) / starts(full) for _ in range(rounds))


def pause(database):
    """The longest that the turn of a move made the tenant's writers wait, in milliseconds."""
    psql(f"set session authorization bench_app; select count(portarium.append_evidence('app.bench', '{{}}')) from generate_series(1, {ENTRIES})",
         database)
    writers = threading.Thread(target=pgbench, args=(HERE / "start_one.sql", database, 2), kwargs={"seconds": 8, "user": "bench_app"})
    writers.start()
    moved = subprocess.run(["psql", "-XAtq", "-d", database, "-c", "call portarium.move_tenant(portarium.tenant_by_slug('bench'), 'B')"],
                           capture_output=True, text=True, check=True)
    writers.join()
    return int(re.search(r"moved after (\d+) ms", moved.stderr)[1])
