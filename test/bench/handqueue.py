"""The hand-written queue that every rate is compared with: SKIP LOCKED, key only, claim is a HOT update.

SPDX-License-Identifier: PostgreSQL
"""
from pathlib import Path

from measure import Meter, pgbench, psql

HERE = Path(__file__).parent
CLIENTS = 8

# A claim whose plan flips to a sequential scan measures the planner, not the queue.
SETUP = """
drop table if exists queue;
create table queue (id bigint primary key, payload jsonb not null, claimed_at timestamptz)
    with (fillfactor = 70, autovacuum_enabled = off);
insert into queue select n, jsonb_build_object('id', n) from generate_series(1, :jobs) n;
vacuum analyze queue;
"""


def prepare(database):
    psql("alter database bench_queue set enable_seqscan = off", database)


def run(database, seconds):
    """jobs/s, server CPU µs a job, WAL bytes a job; claim 1 + complete 1, two commits, 8 clients."""
    psql(SETUP, database, jobs=int(seconds * 30000))
    with Meter(database) as meter:
        rate, _ = pgbench(HERE / "queue_claim.sql", database, CLIENTS, seconds=seconds)
    jobs = rate * seconds
    return {"rate": rate, "cpu": meter.cpu_us / jobs, "wal": meter.wal_bytes / jobs}
