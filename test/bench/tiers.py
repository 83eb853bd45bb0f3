"""Many tenants beside one of tier A: what creating them costs, what they cost their neighbour, how long a move makes writers wait, and
what it costs to know whose a call is.

The neighbour's starts are counted in a database of its own and in one with HOMES tenants of tier B, or CROWD of tier A, in turns. The
moved tenant has ENTRIES entries and their leaves; the pause is what the mover says of its turn, while WRITES runs start a second. Of the
context the cost is the difference of two statements, one of which sets a token and asks for the tenant.

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
CROWD = 10000
ENTRIES = 150000
WRITES = 1000
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
    """Starts of a tier-A tenant that is alone, as a multiple of those beside the tenants of the other database."""
    def starts(database):
        return pgbench(HERE / "start_one.sql", database, CLIENTS, seconds=seconds, user="bench_app")[0]

    return median(starts(empty) / starts(full) for _ in range(rounds))


def pause(database):
    """The longest that the turn of a move made the tenant's writers wait, in milliseconds."""
    psql(f"set session authorization bench_app; select count(portarium.append_evidence('app.bench', '{{}}')) from generate_series(1, {ENTRIES})",
         database)
    writers = threading.Thread(target=pgbench, args=(HERE / "start_one.sql", database, 2), kwargs={"seconds": 20, "user": "bench_app", "rate": WRITES})
    writers.start()
    moved = subprocess.run(["psql", "-XAtq", "-d", database, "-c", "call portarium.move_tenant(portarium.tenant_by_slug('bench'), 'B')"],
                           capture_output=True, text=True, check=True)
    writers.join()
    return int(re.search(r"moved after (\d+) ms", moved.stderr)[1])


def context_share(database, rounds, seconds):
    """What a token's verification takes, as a share of a start that comes with one."""
    psql("select portarium.add_context_key('bench', sha256('bench'))", database)
    token = psql("select portarium.context_token(portarium.tenant_by_slug('bench'), 'bench', '{requester}', 'bench', sha256('bench'), "
                 "'1 day', 'bench_app')", database)

    def latency(script):
        return 1000 / pgbench(HERE / script, database, 1, seconds=seconds, user="bench_app", token=token)[0]

    return median((latency("context_set.sql") - latency("context_none.sql")) / latency("context_start.sql") for _ in range(rounds))
