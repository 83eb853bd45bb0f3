"""Evidence appends by 32 writers of one tenant beside a plain INSERT with a SHA-256.

SPDX-License-Identifier: PostgreSQL
"""
from pathlib import Path

from measure import Meter, pgbench, psql

HERE = Path(__file__).parent
WRITERS = 32

PLAIN = """
create table plain (tenant_id uuid not null, id bigint generated always as identity, body text not null, hash bytea not null,
    primary key (tenant_id, id));
grant insert on plain to bench_app;
"""


def prepare(database):
    psql(PLAIN, database)


def one(database, script, seconds, **variables):
    with Meter(database) as meter:
        rate, _ = pgbench(HERE / script, database, WRITERS, seconds=seconds, user="bench_app", **variables)
    rows = rate * seconds
    return {"rate": rate, "cpu": meter.cpu_us / rows, "wal": meter.wal_bytes / rows}


def run(database, seconds):
    """Appends, then the floor."""
    tenant = psql("select portarium.tenant_by_slug('bench')", database)
    return one(database, "append_evidence.sql", seconds), one(database, "append_plain.sql", seconds, tenant=tenant)
