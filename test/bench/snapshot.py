"""Does a claim get slower with history, while somebody holds an old snapshot? Dead rows cannot be removed then.

Runs are started and finished in stretches; after the first ones a REPEATABLE READ transaction is opened and stays open
until there are 100,000 finished runs. What an exchange costs in the last stretches is compared with the first ones.

SPDX-License-Identifier: PostgreSQL
"""
import subprocess
from contextlib import contextmanager
from statistics import median

from governed import drain, start
from measure import psql

FINISHED = 100_000
STRETCHES = 3
STRETCH_SECONDS = 2


@contextmanager
def held_snapshot(database):
    holder = subprocess.Popen(["psql", "-Xq", "-d", database], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    holder.stdin.write("begin isolation level repeatable read;\nselect 1;\n")
    holder.stdin.flush()
    try:
        yield
    finally:
        holder.communicate("rollback;\n")


def stretch(database):
    """Starts and finishes some runs; returns runs finished, mean ms of an exchange and server CPU µs a run."""
    _, started, _ = start(database, "start_ten.sql", 10, STRETCH_SECONDS)
    _, meter, done, latency = drain(database, started)
    if done == 0:
        raise RuntimeError("no run was finished")
    return done, latency, meter.cpu_us / done


def middle(stretches):
    return {"ms": median(s[1] for s in stretches), "cpu": median(s[2] for s in stretches)}


def run(database, finished=FINISHED):
    """An exchange of ten without history, and after 100,000 finished runs under a held snapshot."""
    fresh = [stretch(database) for _ in range(STRETCHES)]
    late = []
    with held_snapshot(database):
        while sum(s[0] for s in late) < finished or len(late) < STRETCHES:
            late.append(stretch(database))
    return middle(fresh), middle(late[-STRETCHES:])
