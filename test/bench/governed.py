"""Governed runs: started by an application, acknowledged by an executor that executes nothing, evidence on; in several shapes.

A round is a start phase (8 clients, one login bound to a tenant) and an exchange phase (8 clients, one executor) that
drains what was started. The rate of whole runs is 1 / (1 / start rate + 1 / exchange rate), as both share the machine.
The background workers seal meanwhile, or whoever waits for it where there are none; CPU and WAL are read when the last entry of the
phase has its leaf.

SPDX-License-Identifier: PostgreSQL
"""
import time
from dataclasses import dataclass
from pathlib import Path

from measure import Meter, pgbench, psql

HERE = Path(__file__).parent
CLIENTS = 8
SEAL_SECONDS = 60
FINISH_SECONDS = 120
POLL_SECONDS = 0.25
RINGS = ("ready", "lease")


@dataclass(frozen=True)
class Shape:
    """How runs are started and drained: runs a start, jobs an exchange, actions a run (each a state of its document)."""
    start: int
    want: int
    actions: int = 1
    script: str = "start_many.sql"

    @property
    def workflow(self):
        return "bench" if self.actions == 1 else f"bench{self.actions}"


TEN = Shape(10, 10)
ONE = Shape(1, 10, script="start_one.sql")


def prepare(database):
    psql((HERE / "setup.sql").read_text(), database)


def register(database, shape=TEN):
    """Registers the executor anew, which voids what an earlier round left leased."""
    sql = "set session authorization portarium_executor; select * from portarium.register_executor('bench', array[:'adapter'])"
    executor, epoch = psql(sql, database, adapter=shape.workflow).splitlines()[-1].split("|")
    return {"executor": executor, "epoch": epoch, "acks": "[]", "want": shape.want}


def succeeded(database, shape):
    return int(psql("select count(*) from portarium_data.run where state = 'SUCCEEDED' and workflow = :'workflow'", database,
                    workflow=shape.workflow))


def await_sealed(database):
    """Until every entry there is has its leaf. Each poll is a new backend, so polls are rare."""
    entries = int(psql("select count(*) from portarium_data.entry", database))
    alone = psql("select portarium_int.flavour()", database) == "managed"
    give_up = time.monotonic() + SEAL_SECONDS
    while int(psql("select coalesce(sum(size), 0) from portarium_data.tree", database)) < entries:
        if time.monotonic() > give_up:
            raise RuntimeError("entries are not sealed")
        if alone:
            psql("call portarium.tick()", database)
        else:
            time.sleep(POLL_SECONDS)


def start(database, shape, seconds):
    """Runs started a second, the runs started, and the meter."""
    with Meter(database) as meter:
        rate, _ = pgbench(HERE / shape.script, database, CLIENTS, seconds=seconds, user="bench_app",
                          workflow=shape.workflow, batch=shape.start)
        await_sealed(database)
    return rate * shape.start, rate * shape.start * seconds, meter


def drain(database, shape, runs):
    """Exchanges until nine tenths of the runs are done; returns runs/s, the meter, the runs done, mean ms a call. Runs of several
    actions end all at once, as a queue is served in order: they are drained whole, with some calls that find little."""
    before = succeeded(database, shape)
    share = 0.9 if shape.actions == 1 else shape.actions + 0.2
    calls = max(1, int(runs * share / shape.want / CLIENTS))
    with Meter(database) as meter:
        rate, latency = pgbench(HERE / "exchange.sql", database, CLIENTS, transactions=calls,
                                user="portarium_executor", **register(database, shape))
        await_sealed(database)
    done = succeeded(database, shape) - before
    if done == 0:
        raise RuntimeError("no run was finished")
    return done * rate / (calls * CLIENTS), meter, done, latency


def finish(database, shape):
    """Exchanges until no job is left, ready or leased."""
    give_up = time.monotonic() + FINISH_SECONDS
    while (left := int(psql("select (select count(*) from portarium_data.ready) + (select count(*) from portarium_data.lease)", database))) > 0:
        if time.monotonic() > give_up:
            raise RuntimeError("jobs are left")
        pgbench(HERE / "exchange.sql", database, CLIENTS, transactions=left // shape.want // CLIENTS + 3, user="portarium_executor",
                **register(database, shape))
        # what an earlier executor held is queued again by the clock
        time.sleep(POLL_SECONDS)


def written(database):
    """What was done to rows so far: rows of runs that were updated, heap-only ones of these, rows left dead otherwise."""
    sql = """select pg_stat_force_next_flush();
        select sum(n_tup_upd) filter (where relname = 'run'), sum(n_tup_hot_upd) filter (where relname = 'run'),
            sum(n_tup_del + n_tup_upd - n_tup_hot_upd), sum(n_tup_del + n_tup_upd - n_tup_hot_upd) filter (where relname !~ '^(ready|lease)_')
        from pg_stat_user_tables where schemaname = 'portarium_data'"""
    return [int(value) for value in psql(sql, database).splitlines()[-1].split("|")]


def run(database, shape, seconds):
    """runs/s, server CPU µs and WAL bytes a run of the whole path, and of its two phases; what it did to rows."""
    rows = written(database)
    start_rate, started, start_meter = start(database, shape, seconds)
    exchange_rate, exchange_meter, done, latency = drain(database, shape, started)
    updated, hot, dead, elsewhere = (later - before for later, before in zip(written(database), rows))
    return {
        "rate": 1 / (1 / start_rate + 1 / exchange_rate),
        "start_rate": start_rate,
        "exchange_rate": exchange_rate,
        "cpu": start_meter.cpu_us / started + exchange_meter.cpu_us / done,
        "wal": start_meter.wal_bytes / started + exchange_meter.wal_bytes / done,
        "start_cpu": start_meter.cpu_us / started,
        "exchange_cpu": exchange_meter.cpu_us / done,
        "call_ms": latency,
        "dead": dead / done,
        "dead_elsewhere": elsewhere / done,
        "hot": 100 * hot / updated,
    }
