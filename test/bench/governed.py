"""Governed runs of one action: started by an application, acknowledged by an executor that executes nothing, evidence on.

A round is a start phase (8 clients, one login bound to a tenant) and an exchange phase (8 clients, one executor) that
drains nine tenths of it. The rate of whole runs is 1 / (1 / start rate + 1 / exchange rate), as both share the machine.
The background workers seal meanwhile; CPU and WAL are read when the last entry of the phase has its leaf.

SPDX-License-Identifier: PostgreSQL
"""
import time
from pathlib import Path

from measure import Meter, pgbench, psql

HERE = Path(__file__).parent
CLIENTS = 8
WANT = 10
SEAL_SECONDS = 60
POLL_SECONDS = 0.25


def prepare(database):
    psql((HERE / "setup.sql").read_text(), database)


def register(database):
    """Registers the executor anew, which voids what an earlier round left leased."""
    sql = "set session authorization portarium_executor; select * from portarium.register_executor('bench', array['bench'])"
    executor, epoch = psql(sql, database).splitlines()[-1].split("|")
    return {"executor": executor, "epoch": epoch, "acks": "[]", "want": WANT}


def succeeded(database):
    return int(psql("select count(*) from portarium_data.run where state = 'SUCCEEDED'", database))


def await_sealed(database):
    """Until every entry there is has its leaf. Each poll is a new backend, so polls are rare."""
    entries = int(psql("select count(*) from portarium_data.entry", database))
    give_up = time.monotonic() + SEAL_SECONDS
    while int(psql("select coalesce(sum(size), 0) from portarium_data.tree", database)) < entries:
        if time.monotonic() > give_up:
            raise RuntimeError("entries are not sealed")
        time.sleep(POLL_SECONDS)


def start(database, script, batch, seconds):
    """Runs started a second, the runs started, and the meter."""
    with Meter(database) as meter:
        rate, _ = pgbench(HERE / script, database, CLIENTS, seconds=seconds, user="bench_app")
        await_sealed(database)
    return rate * batch, rate * batch * seconds, meter


def drain(database, runs):
    """Exchanges until nine tenths of the runs are done; returns runs/s, the meter, the runs done, mean ms a call."""
    before = succeeded(database)
    calls = max(1, int(runs * 0.9 / WANT / CLIENTS))
    with Meter(database) as meter:
        rate, latency = pgbench(HERE / "exchange.sql", database, CLIENTS, transactions=calls,
                                user="portarium_executor", **register(database))
        await_sealed(database)
    done = succeeded(database) - before
    return done * rate / (calls * CLIENTS), meter, done, latency


def run(database, script, batch, seconds):
    """runs/s, server CPU µs and WAL bytes a run of the whole path."""
    start_rate, started, start_meter = start(database, script, batch, seconds)
    exchange_rate, exchange_meter, done, latency = drain(database, started)
    return {
        "rate": 1 / (1 / start_rate + 1 / exchange_rate),
        "cpu": start_meter.cpu_us / started + exchange_meter.cpu_us / done,
        "wal": start_meter.wal_bytes / started + exchange_meter.wal_bytes / done,
        "start_cpu": start_meter.cpu_us / started,
        "exchange_cpu": exchange_meter.cpu_us / done,
        "call_ms": latency,
    }
