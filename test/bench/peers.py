"""Peers of the npm registry, in their pinned versions, and a queue in the manner of pgmq written here, beside governed runs: jobs of
nothing, made and done, each on the same server in a database of its own.

The peers are what they are by default, one job at a time, and judge nothing and prove nothing. Where they cannot be had, that is said by
name. The registry is asked once; build/bench/peers keeps what came.

SPDX-License-Identifier: PostgreSQL
"""
import os
import shutil
import subprocess
from pathlib import Path

import governed
import handqueue
from measure import Meter, pgbench, psql

HERE = Path(__file__).parent
FOLDER = HERE.parent.parent / "build" / "bench" / "peers"
VERSIONS = {"graphile-worker": "0.18.0", "pg-boss": "12.38.0", "@dbos-inc/dbos-sdk": "5.3.0", "pg": "8.23.1"}
JOBS = {"graphile-worker": 4000, "pg-boss": 2000, "dbos": 800}
INSTALL_SECONDS = 300
PHASE_SECONDS = 300
BAR = 40

VISIBILITY = """
drop table if exists message;
create table message (msg_id bigint primary key generated always as identity, read_ct int not null default 0,
    enqueued_at timestamptz not null default now(), vt timestamptz not null, body jsonb);
create index message_vt on message (vt);
"""


def install():
    """Why the peers cannot be had, or nothing."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        return "there is no node with npm"
    wanted = [f"{name}@{version}" for name, version in VERSIONS.items()]
    complete = FOLDER / "complete"
    if complete.exists() and complete.read_text() == " ".join(wanted):
        return None
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "package.json").write_text("{}")
    done = subprocess.run(["npm", "--prefix", str(FOLDER), "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", *wanted],
                          capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS)
    if done.returncode != 0:
        return f"the npm registry does not give them: {(done.stdout + done.stderr).strip()[-200:]}"
    complete.write_text(" ".join(wanted))
    return None


def phase(peer, name, database):
    """Seconds that the peer says, and the meter."""
    with Meter(database) as meter:
        done = subprocess.run(["node", str(HERE / "peers.mjs"), str(FOLDER), peer, name, str(JOBS[peer])], capture_output=True, text=True,
                              check=False, timeout=PHASE_SECONDS, env=os.environ | {"PGDATABASE": database})
    if done.returncode != 0:
        raise RuntimeError(f"{peer} {name}: {done.stderr.strip()[-500:]}")
    return float(done.stdout.split()[-1]), meter


def run_peer(peer):
    """Jobs/s of the whole path, server CPU µs and WAL bytes a job."""
    database = "bench_" + peer.replace("-", "_")
    psql(f"drop database if exists {database}", "postgres")
    psql(f"create database {database}", "postgres")
    phase(peer, "prepare", database)
    phases = [phase(peer, name, database) for name in ("start", "work")]
    jobs = JOBS[peer]
    return {"rate": jobs / sum(seconds for seconds, _ in phases), "cpu": sum(m.cpu_us for _, m in phases) / jobs,
            "wal": sum(m.wal_bytes for _, m in phases) / jobs}


def run_visibility(database, seconds):
    """The queue with a time of visibility: send one; read one and delete it."""
    psql(VISIBILITY, database)
    with Meter(database) as sending:
        sent, _ = pgbench(HERE / "peer_send.sql", database, governed.CLIENTS, seconds=seconds)
    done = int(sent * seconds * 0.9 / governed.CLIENTS)
    with Meter(database) as reading:
        rate, _ = pgbench(HERE / "peer_read.sql", database, governed.CLIENTS, transactions=done)
    made, read = sent * seconds, done * governed.CLIENTS
    return {"rate": 1 / (1 / sent + 1 / rate), "cpu": sending.cpu_us / made + reading.cpu_us / read,
            "wal": sending.wal_bytes / made + reading.wal_bytes / read}


def plot(report, measured):
    """Bars of the ratios, the longest of them BAR wide."""
    widest = max(got["ratio"] for got in measured.values())
    report.say("\nratio to B_q of jobs or runs, made and done")
    for title, got in sorted(measured.items(), key=lambda item: -item[1]["ratio"]):
        report.say(f"  {title:<40} {got['ratio']:6.2f} {'#' * max(1, round(BAR * got['ratio'] / widest))}")


def run(report, queue, portarium, seconds):
    missing = install()
    subjects = {"governed: start 10 + exchange 10": lambda: governed.run(portarium, governed.TEN, seconds),
                "governed: start 1 + exchange 10": lambda: governed.run(portarium, governed.ONE, seconds),
                "queue in the manner of pgmq": lambda: run_visibility(queue, seconds)}
    for peer in JOBS if missing is None else ():
        subjects[peer] = lambda peer=peer: run_peer(peer)
    measured = {}
    before = handqueue.run(queue, seconds)["rate"]
    for title, subject in subjects.items():
        got = subject()
        after = handqueue.run(queue, seconds)["rate"]
        measured[title] = got | {"ratio": 2 * got["rate"] / (before + after)}
        before = after
        report.add(f"{title}: ratio to B_q", measured[title]["ratio"], "x")
        report.add("    server CPU", got["cpu"], "µs")
        report.add("    WAL", got["wal"], "bytes")
    plot(report, measured)
    if missing is not None:
        report.say(f"graphile-worker, pg-boss and DBOS were not measured: {missing}")
