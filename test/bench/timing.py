"""Existence as a matter of time: how long an answer about another tenant's thing takes, by one about a thing that nobody has.

SPDX-License-Identifier: PostgreSQL
"""
from pathlib import Path

from measure import psql

SCRIPT = Path(__file__).resolve().parent / "timing.sql"
DATABASE = "bench_timing"
LIMIT = 1.1


def run(samples):
    """(call, ratio theirs to nobody's, ratio of nobody's to nobody's again) of each call."""
    psql(f"create database {DATABASE}", "postgres")
    rows = [line.split("|") for line in psql(SCRIPT.read_text(encoding="utf-8"), DATABASE, samples=samples).splitlines() if line.count("|") == 3]
    return [(name, float(theirs) / float(nobodys), float(again) / float(nobodys)) for name, theirs, nobodys, again in rows]


def report(table, samples):
    for name, ratio, noise in run(samples):
        far = max(ratio, 1 / ratio)
        table.add(f"{name}: another tenant's by nobody's", ratio, "x", LIMIT, far <= LIMIT, f"nobody's by nobody's {noise:.2f}")
