"""Kills of relays, of the database and of the subscriber while many events go out: nothing is lost, nothing overtakes.

Two relays share one subscription. Whenever another part of the events has arrived, something is killed with SIGKILL, in turn:
a relay, the subscriber, a backend (the server ends all others and recovers), the whole server; or a relay is stopped until
the other one has taken over, and goes on as if nothing had happened. EVENTS (20000) says how many events, KILLS (10) how
many kills.

SPDX-License-Identifier: PostgreSQL
"""
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from journal import RECORD
from load import Load
from memory import peak_mib

EVENTS = int(os.environ.get("EVENTS", "20000"))
KILLS = int(os.environ.get("KILLS", "10"))
BATCH = 500
RELAY_MIB = 32
HERE = Path(__file__).resolve().parent


class Stage:
    """Two relays and a subscriber, each a process that is started again when it was killed."""

    def __init__(self, suite):
        self.suite, self.peak = suite, 0
        self.journal = Path(suite.folder, "journal")
        self.journal.touch()
        self.port = suite.subscriber.port
        suite.subscriber.stop()  # its port is ours now
        self.subscriber = self.start_subscriber()
        self.relays = [self.start_relay(), self.start_relay()]

    def start_relay(self):
        return self.suite.relay(RELAY_BATCH=str(BATCH), RELAY_TIMEOUT_MS="1000")

    def start_subscriber(self):
        process = subprocess.Popen([sys.executable, "-B", str(HERE / "journal.py"), str(self.port), str(self.journal)])
        self.suite.relays.append(process)
        return process

    def kill(self, process):
        process.send_signal(signal.SIGKILL)
        process.wait()

    def kill_relay(self):
        self.peak = max(self.peak, peak_mib(self.relays[0].pid))
        self.kill(self.relays.pop(0))
        self.relays.append(self.start_relay())

    def kill_subscriber(self):
        self.kill(self.subscriber)
        self.subscriber = self.start_subscriber()

    def is_up(self):
        try:
            return self.suite.sql("select 1") == "1"
        except RuntimeError:
            return False

    def kill_backend(self):
        backend = "select pid from pg_stat_activity where usename = 'portarium_relay' limit 1"
        self.suite.eventually("a relay is connected", 60, lambda: self.is_up() and self.suite.sql(backend) != "")
        os.kill(int(self.suite.sql(backend)), signal.SIGKILL)
        self.suite.eventually("the database recovers", 60, self.is_up)

    def kill_server(self):
        data = Path(os.environ["PGHOST"], "data")
        user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        program = os.environ.get("PG_CONFIG", "/usr/lib/postgresql/15/bin/pg_config").removesuffix("pg_config") + "pg_ctl"
        start = [*user, program, "-D", str(data), "-o", "-c shared_preload_libraries=portarium", "-l", str(data.parent / "log"), "-w", "start"]
        os.kill(int((data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        # the backends hold the shared memory until they have noticed
        self.suite.eventually("the server starts again", 60, lambda: self.is_up() or subprocess.run(start, cwd="/", capture_output=True).returncode == 0)

    def stop_relay(self):
        relay = self.relays[0]
        relay.send_signal(signal.SIGSTOP)
        self.await_growth("another relay takes over", 3 * BATCH)
        relay.send_signal(signal.SIGCONT)
        self.relays.append(self.relays.pop(0))

    def arrived(self):
        """Events, those that came again included."""
        return self.journal.stat().st_size // RECORD

    def await_growth(self, name, events):
        wanted = self.arrived() + events
        self.suite.eventually(name, 120, lambda: self.arrived() >= wanted or self.last() >= self.suite.wanted_last, lambda: f"{self.arrived()} {wanted}")

    def last(self):
        """The index that came last, -1 when none did."""
        with self.journal.open("rb") as file:
            file.seek(max(self.arrived() - 1, 0) * RECORD)
            return int((file.read(RECORD).split() or [-1])[0])


def check_kills(suite):
    suite.sql("select portarium.unsubscribe(name) from portarium.subscriptions")
    start = suite.sealed()
    suite.wanted_last = start + EVENTS - 1
    suite.subscribe("killed", "/journal", mode="'batch'", after=f"'1-{start - 1}'", max_attempts="100")
    since, stage, load = time.time(), Stage(suite), Load(suite, EVENTS)
    deeds = (stage.kill_relay, stage.kill_subscriber, stage.kill_backend, stage.stop_relay, stage.kill_server)
    for number in range(KILLS):
        stage.await_growth(f"events go on before kill {number}", EVENTS // (KILLS + 2))
        deeds[number % len(deeds)]()
    load.finish()
    total = suite.sealed()
    suite.check("so many events there were", total - start >= EVENTS, total - start)
    suite.eventually("the last event arrives", 120 + EVENTS // 2000, lambda: stage.last() == total - 1, stage.last)
    judge(suite, stage, start, total)
    print(f"         {total - start} events, {KILLS} kills, {load.refused} refused portions, {time.time() - since:.0f} s, a relay {stage.peak} MiB at most")
    for relay in stage.relays:
        suite.equal("a relay stops", suite.stop(relay), 0)
    stage.kill(stage.subscriber)
    suite.subscriber.start(stage.port)


def judge(suite, stage, start, total):
    """Reads the journal as it was written: an event comes first behind all before it, and again only after a kill."""
    highest, previous, repeats, jumps, overtaken = start - 1, start - 1, 0, 0, []
    with stage.journal.open() as file:
        for index in (int(line.split()[0]) for line in file):
            if index > highest + 1:
                overtaken.append((highest, index))
            repeats += index <= highest
            jumps += index != previous + 1
            highest, previous = max(highest, index), index
    suite.equal("no event is missing or overtaken", (overtaken[:5], highest), ([], total - 1))
    suite.check("events come again only after a kill", jumps <= 2 * KILLS, jumps)
    suite.check("and what was under way at most", repeats <= 2 * KILLS * BATCH, repeats)
    suite.equal("each run's entries lie in its order", suite.sql("""select count(*) from (
        select seq, lag(seq, 1, 0) over (partition by run_id order by index) as before from portarium.entries where run_id is not null) e
        where seq <> before + 1"""), "0")
    suite.check("a relay's memory is bounded", max([stage.peak, *(peak_mib(relay.pid) for relay in stage.relays)]) <= RELAY_MIB, stage.peak)
