#!/usr/bin/env python3
"""The numbers of Portarium, each beside its baseline: medians of interleaved rounds.

ROUNDS (default 5) and SECONDS (default 5) set how long it takes, EVENTS (200000) how long a log is delivered and replayed, ENTRIES
(200000) how long one is sealed and verified, HELD (100000) and FINISHED (1000000) how long the history
of runs becomes, PILE (1000000) how much waits, PARTS (all) which parts are measured, SHAPES (all) which shapes of runs, by a piece
of their title. A baseline is measured before and after whatever is compared with it, since neighbours move absolute rates; CPU
and WAL are the steady figures. Exits 0 whatever the numbers are, and 1 only when something could not be measured.

SPDX-License-Identifier: PostgreSQL
"""
import os
import sys
import time
from pathlib import Path
from statistics import median

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import events  # noqa: E402  (needs the path above)
import evidence  # noqa: E402
import governed  # noqa: E402
import handqueue  # noqa: E402
import latency  # noqa: E402
import peers  # noqa: E402
import piles  # noqa: E402
import sealing  # noqa: E402
import shapes  # noqa: E402
import snapshot  # noqa: E402
import telemetry  # noqa: E402
import tiers  # noqa: E402
import timing  # noqa: E402
from measure import Meter, psql  # noqa: E402
from report import Report  # noqa: E402

ROUNDS = int(os.environ.get("ROUNDS", "5"))
SECONDS = int(os.environ.get("SECONDS", "5"))
SAMPLES = int(os.environ.get("SAMPLES", "200"))
ENTRIES = int(os.environ.get("ENTRIES", "200000"))
EVENTS = int(os.environ.get("EVENTS", "200000"))
HELD = int(os.environ.get("HELD", "100000"))
FINISHED = int(os.environ.get("FINISHED", "1000000"))
PILE = int(os.environ.get("PILE", "1000000"))
IDLE_SECONDS = 10
QUIET_SECONDS = 120
QUEUE, PORTARIUM, MANAGED = "bench_queue", "bench_portarium", "bench_managed"


def prepare():
    for database in (QUEUE, PORTARIUM, MANAGED):
        psql(f"create database {database}", "postgres")
    handqueue.prepare(QUEUE)
    psql("create role bench_app login", "postgres")
    psql("create extension portarium; call portarium.install()", PORTARIUM)
    governed.prepare(PORTARIUM)
    psql("create extension portarium version '0.1.0'; call portarium.install()", MANAGED)
    governed.prepare(MANAGED)
    evidence.prepare(PORTARIUM)
    latency.prepare()


def written_since(lsn):
    """WAL bytes since then but for the server's own records of running transactions, which follow any activity."""
    return int(psql(f"""select coalesce(sum(record_length), 0)
        from pg_get_wal_records_info_till_end_of_wal('{lsn}') where resource_manager <> 'Standby'""", QUEUE))


def await_quiet():
    """Until the lanes of finished work have fallen asleep: before that, the stack is not idle."""
    give_up = time.monotonic() + QUIET_SECONDS
    while psql("select exists (select from portarium_data.lane_hot)", PORTARIUM) == "t":
        if time.monotonic() > give_up:
            raise RuntimeError("lanes do not fall asleep")
        time.sleep(1)
    governed.await_sealed(PORTARIUM)
    # what autovacuum owes to the phases before is not the idle stack's; analyzing leaves dead statistics
    for database in psql("select datname from pg_database where datallowconn", QUEUE).splitlines():
        psql("vacuum analyze", database)
        psql("vacuum", database)


def idle(report, what="idle"):
    """The stack of the database alone: background workers, nobody else, and no work."""
    psql("create extension if not exists pg_walinspect", QUEUE)
    await_quiet()
    with Meter(PORTARIUM) as meter:
        time.sleep(IDLE_SECONDS)
    written = written_since(meter.lsn) if meter.wal_bytes else 0
    report.add(f"{what}: WAL bytes in 10 s", written, "bytes", 0, written == 0)
    share = meter.cpu_us / 1e4 / IDLE_SECONDS
    report.add(f"{what}: share of a core", share, "%", 1, share <= 1)


def rounds(report):
    shapes.run(report, QUEUE, PORTARIUM, MANAGED, ROUNDS, SECONDS, os.environ.get("SHAPES", ""))


def appending(report):
    got = [evidence.run(PORTARIUM, SECONDS) for _ in range(ROUNDS)]
    ratio = median(append["rate"] / plain["rate"] for append, plain in got)
    report.add("plain insert + sha256, 32 writers", median(plain["rate"] for _, plain in got), "/s")
    report.add("plain insert + sha256: server CPU", median(plain["cpu"] for _, plain in got), "µs")
    report.add("append_evidence, 32 writers, one tenant", median(append["rate"] for append, _ in got), "/s")
    report.add("append_evidence: ratio to plain insert", ratio, "x", 0.7, ratio >= 0.7)
    report.add("append_evidence: server CPU", median(append["cpu"] for append, _ in got), "µs")
    report.add("append_evidence: WAL", median(append["wal"] for append, _ in got), "bytes")


def waiting(report):
    piles.run(report, PORTARIUM, PILE, SECONDS, idle)


def rivals(report):
    peers.run(report, QUEUE, PORTARIUM, SECONDS)


def latencies(report):
    hand, ours = [], []
    psql(handqueue.SETUP, QUEUE, jobs=0)
    for _ in range(ROUNDS):
        hand.append(latency.run("hand", QUEUE, SAMPLES))
        ours.append(latency.run("governed", PORTARIUM, SAMPLES, "portarium_executor", "bench_app"))
    floor, value = median(p50 for p50, _ in hand), median(p50 for p50, _ in ours)
    report.add("hand queue: enqueue to start, p50", floor, "µs")
    report.add("governed: enqueue to start, p50", value, "µs", floor, value <= floor, "the hand queue's")
    report.add("governed: enqueue to start, p95", median(p95 for _, p95 in ours), "µs")


def delivery(report):
    full = governed.run(PORTARIUM, governed.ONE, SECONDS)["rate"]
    ages = [events.lag(PORTARIUM, full, SECONDS) for _ in range(ROUNDS)]
    p99 = median(p99 for _, p99 in ages)
    report.add("event: written to webhook at half load, p50", median(p50 for p50, _ in ages), "ms")
    report.add("event: written to webhook at half load, p99", p99, "ms", 500, p99 <= 500)
    first, again, total, peak = events.replay(PORTARIUM, EVENTS)
    report.add("relay: to one subscriber, in batches", first, "/s", 10000, first >= 10000)
    report.add(f"relay: replay of {total:,} events", again, "/s", 10000, again >= 10000)
    report.add("relay: memory after it", peak, "MiB", 32, peak <= 32)


def evidence_at_scale(report):
    sealing.prepare(PORTARIUM)
    got = sealing.run(PORTARIUM, ENTRIES, SECONDS)
    report.add("seal: wait for it at half load, p50", got["p50"], "ms")
    report.add("seal: wait for it at half load, p99", got["p99"], "ms", 300, got["p99"] <= 300)
    report.add(f"sealer alone, {ENTRIES:,} entries, one core", got["rate"], "/s", 100000, got["rate"] >= 100000)
    report.add("entry of 200 bytes: entry, leaf, indexes", got["size"], "bytes", 450, got["size"] <= 450)
    goal = got["limit"] / 2
    report.add("SHA-256 of as many bytes, one core", got["limit"], "/s")
    report.add("verify_evidence, one core", got["inside"], "/s", goal, got["inside"] >= goal, "half of that SHA-256")
    report.add("portarium-verify, one core", got["outside"], "/s")
    report.add("portarium-verify, all cores, by the clock", got["clock"], "/s", goal, got["clock"] >= goal, "half of that SHA-256")
    report.add("portarium-verify: memory", got["memory"], "MiB", 64, got["memory"] <= 64)


def tracing(report):
    measured = [telemetry.run(PORTARIUM, SECONDS) for _ in range(ROUNDS)]
    ratio = median(2 * on["rate"] / (before["rate"] + after["rate"]) for before, on, after in measured)
    report.add("telemetry on, all runs traced: ratio to off", ratio, "x", 0.95, ratio >= 0.95)
    report.add("telemetry off: server CPU a run", median((b["cpu"] + a["cpu"]) / 2 for b, _, a in measured), "µs")
    report.add("telemetry on: server CPU a run", median(on["cpu"] for _, on, _ in measured), "µs")


def tenancy(report):
    for database in ("bench_alone", "bench_homes", "bench_crowd"):
        tiers.prepare(database)
    single, home = tiers.create("bench_homes", "A", 100), tiers.create("bench_homes", "B", tiers.HOMES)
    report.add("creating a tenant of tier A", single, "ms", 10, single <= 10)
    report.add("creating a tenant of tier B", home, "ms", 500, home <= 500)
    ratio = tiers.neighbours("bench_alone", "bench_homes", ROUNDS, SECONDS)
    report.add(f"tier A: a start beside {tiers.HOMES} homes", ratio, "x", 1.05, ratio <= 1.05, "of one beside none")
    tiers.create("bench_crowd", "A", tiers.CROWD)
    ratio = tiers.neighbours("bench_alone", "bench_crowd", ROUNDS, SECONDS)
    report.add(f"tier A: a start beside {tiers.CROWD:,} tenants", ratio, "x", 1.1, ratio <= 1.1, "of one alone")
    share = tiers.context_share("bench_alone", ROUNDS, SECONDS)
    report.add("tier A: the context's part of a start", share, "x", 0.05, share <= 0.05, "of one that comes with a token")
    paused = tiers.pause("bench_alone")
    report.add(f"moving {tiers.ENTRIES:,} entries: the pause", paused, "ms", 300, paused <= 300)


def history(report):
    fresh, held, old = snapshot.run(PORTARIUM, HELD, FINISHED)
    goal = 1.5 * fresh["cpu"]
    report.add("exchange CPU a run, no history", fresh["cpu"], "µs")
    report.add(f"exchange CPU a run, {HELD:,} finished, snapshot held", held["cpu"], "µs", goal, held["cpu"] <= goal, "at most 1.5 x")
    report.add(f"exchange CPU a run, {FINISHED:,} finished", old["cpu"], "µs", goal, old["cpu"] <= goal, "at most 1.5 x")
    for title, state in (("no history", fresh), ("snapshot held", held), (f"{FINISHED:,} finished", old)):
        report.add(f"exchange of ten, {title}", state["ms"], "ms")


def existence(report):
    timing.report(report, 10 * SAMPLES)


def main():
    report = Report(ROUNDS, SECONDS)
    prepare()
    for part in (latencies, idle, history, rounds, appending, rivals, waiting, delivery, evidence_at_scale, tracing, existence, tenancy):
        if part.__name__ not in os.environ.get("PARTS", part.__name__).split():
            continue
        try:
            part(report)
        except RuntimeError as error:
            report.broken(part.__name__, error)
    report.close()
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
