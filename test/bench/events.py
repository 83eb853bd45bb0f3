"""Events on their way to one webhook subscriber: how soon at half load, how many a second, in how much memory.

The load are governed runs of one action, started and acknowledged at half of the rate that they reach otherwise. An event's
age counts from when its entry was written, which is before its commit, until the subscriber has read it.

SPDX-License-Identifier: PostgreSQL
"""
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import governed
from measure import pgbench, psql

TOP = Path(__file__).resolve().parents[2]
SUITE = TOP / "test" / "integration" / "events"
sys.path.append(str(SUITE))

from journal import RECORD  # noqa: E402
from memory import peak_mib  # noqa: E402

PORTION = 5000
DELIVERY_SECONDS = 600


def as_app(sql, database):
    return psql(f"set session authorization bench_app; {sql}", database)


class Stage:
    """A subscriber and a relay; the journal has a record for each event that came."""

    def __init__(self, folder, database):
        self.database, self.journal = database, Path(folder, "journal")
        self.journal.touch()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        url = f"host={os.environ['PGHOST']} dbname={database} user=portarium_relay"
        settings = {"DATABASE_URL": url, "RELAY_WEBHOOKS": "on", "RELAY_PRIVATE_NETWORK": "on", "LOG_LEVEL": "error"}
        self.processes = [subprocess.Popen([sys.executable, "-B", str(SUITE / "journal.py"), str(self.port), str(self.journal)]),
                          subprocess.Popen([str(TOP / "build" / "portarium-relay")], env={**os.environ, **settings}, stdout=subprocess.DEVNULL)]

    def subscribe(self, after):
        as_app(f"select portarium.subscribe('bench', 'http://127.0.0.1:{self.port}/', 'batch', after => '{after}')", self.database)

    def arrived(self):
        return self.journal.stat().st_size // RECORD

    def await_all(self, wanted):
        give_up = time.monotonic() + DELIVERY_SECONDS
        while self.arrived() < wanted:
            if time.monotonic() > give_up or any(process.poll() is not None for process in self.processes):
                raise RuntimeError(f"{self.arrived()} of {wanted} events arrived")
            time.sleep(0.01)

    def ages(self):
        return sorted(int(record.split()[1]) for record in self.journal.read_text().splitlines())


@contextmanager
def stage(database):
    with tempfile.TemporaryDirectory() as folder:
        made = Stage(folder, database)
        try:
            yield made
        finally:
            for process in made.processes:
                process.terminate()
                process.wait()


def size(database):
    governed.await_sealed(database)
    return int(psql("select sum(size) from portarium_data.tree", database))


def lag(database, full_rate, seconds):
    """p50 and p99 of the events' ages in ms, at half of a rate of runs/s."""
    psql("alter role portarium_relay login", database)
    half = full_rate / 2
    with stage(database) as s:
        s.subscribe("now")
        first = size(database) - 1  # subscribing is an entry, too
        exchange = threading.Thread(target=pgbench, args=(governed.HERE / "exchange.sql", database, 2), kwargs={
            "seconds": seconds, "rate": half / governed.TEN.want, "user": "portarium_executor", **governed.register(database)})
        exchange.start()
        pgbench(governed.HERE / "start_one.sql", database, 4, seconds=seconds, rate=half, user="bench_app")
        exchange.join()
        s.await_all(size(database) - first)
        ages = s.ages()
        as_app("select portarium.unsubscribe('bench')", database)
    return ages[len(ages) // 2], ages[len(ages) * 99 // 100]


def write(database, events):
    for _ in range(0, events, PORTION):
        as_app(f"select count(portarium.append_evidence('app.note', jsonb_build_object('n', n))) from generate_series(1, {PORTION}) n", database)
        governed.await_sealed(database)


def replay(database, events):
    """Events a second in a first delivery and in a replay of the log, its length, and the relay's peak in MiB."""
    write(database, max(0, events - size(database)))
    rates = []
    with stage(database) as s:
        s.subscribe("start")
        total = size(database)
        for number in range(2):
            s.await_all(number * total + 1)
            since = time.monotonic()
            s.await_all((number + 1) * total)
            rates.append(total / (time.monotonic() - since))
            if number == 0:
                as_app("select portarium.replay_subscription('bench')", database)
        return *rates, total, peak_mib(s.processes[1].pid)
