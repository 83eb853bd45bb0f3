"""Does a claim get slower with history, while somebody holds an old snapshot? Dead rows cannot be removed then.

A REPEATABLE READ transaction is opened; runs are started and finished until there are 100,000 finished ones; the mean
time of an exchange in the last stretch is compared with the first.

SPDX-License-Identifier: PostgreSQL
"""
import subprocess
from contextlib import contextmanager

from governed import drain, start
from measure import psql

FINISHED = 100_000
STRETCH_SECONDS = 3


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
    """Starts and finishes some runs; returns runs finished and mean ms of an exchange."""
    rate, meter = start(database, "start_ten.sql", 10, STRETCH_SECONDS)
    _, _, done, latency = drain(database, rate * meter.seconds)
    return done, latency


def run(database, finished=FINISHED):
    """Mean ms of an exchange of ten: without history, and after 100,000 finished runs under a held snapshot."""
    _, fresh = stretch(database)
    with held_snapshot(database):
        total, late = 0, fresh
        while total < finished:
            done, late = stretch(database)
            if done == 0:
                raise RuntimeError("no run was finished")
            total += done
    return fresh, late
