"""Does a claim get slower with history, and while somebody holds an old snapshot? Dead rows cannot be removed then.

Runs are started and finished in stretches. What an exchange costs is compared: with no history; in the last stretches under a
REPEATABLE READ transaction that stays open until so many more runs are finished; and when there are as many finished runs as asked for.

SPDX-License-Identifier: PostgreSQL
"""
import subprocess
from contextlib import contextmanager
from statistics import median

from governed import TEN, Shape, drain, start, succeeded

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


def stretch(database, shape=TEN):
    """Starts and finishes some runs; returns runs finished, mean ms of an exchange and server CPU µs a run."""
    _, started, _ = start(database, shape, STRETCH_SECONDS)
    _, meter, done, latency = drain(database, shape, started)
    return done, latency, meter.cpu_us / done


def stretches(database):
    return [stretch(database) for _ in range(STRETCHES)]


def middle(measured):
    return {"ms": median(s[1] for s in measured), "cpu": median(s[2] for s in measured)}


def run(database, held, finished):
    """Without history; after "held" runs under a held snapshot; with "finished" runs."""
    fresh = stretches(database)
    late = []
    with held_snapshot(database):
        while sum(s[0] for s in late) < held or len(late) < STRETCHES:
            late.append(stretch(database))
    while succeeded(database, TEN) < finished:
        stretch(database, Shape(1000, 100))
    return middle(fresh), middle(late[-STRETCHES:]), middle(stretches(database))
