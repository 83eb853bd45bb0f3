"""What one measured stretch costs the server: time, CPU of all its processes, WAL; and how to drive it.

CPU is user + system time of every process of the cluster from /proc, plus what the postmaster has collected of
processes that ended. WAL is the distance of the insert position. pgbench and psql run as clients and are not counted.

SPDX-License-Identifier: PostgreSQL
"""
import os
import re
import subprocess
import time
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def psql(sql, database, **variables):
    """Runs SQL as superuser and returns its rows as text, one a line, columns separated by |."""
    command = ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", database]
    for name, value in variables.items():
        command += ["-v", f"{name}={value}"]
    done = subprocess.run(command, input=sql, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    return done.stdout.strip()


def pgbench(script, database, clients, seconds=None, transactions=None, user=None, rate=None, **variables):
    """Runs one script prepared, by time or by transactions for each client, rate of them a second at most; returns
    transactions/s and mean ms."""
    command = ["pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", "1", "-f", str(script)]
    command += ["-T", str(seconds)] if seconds else ["-t", str(transactions)]
    for name, value in variables.items():
        command += ["-D", f"{name}={value}"]
    if rate:
        command += ["-R", str(rate)]
    if user:
        command += ["-U", user]
    done = subprocess.run(command + [database], capture_output=True, text=True, check=False)
    if done.returncode != 0 or "aborted" in done.stderr:
        raise RuntimeError(done.stderr.strip()[-2000:])
    tps = re.search(r"tps = ([\d.]+) \(without", done.stdout)
    latency = re.search(r"latency average = ([\d.]+) ms", done.stdout)
    return float(tps.group(1)), float(latency.group(1))


class Meter:
    """with Meter(database) as m: …   then m.seconds, m.cpu_us and m.wal_bytes."""

    def __init__(self, database):
        self.database = database
        self.postmaster = int(Path(os.environ["PGHOST"], "data", "postmaster.pid").read_text().splitlines()[0])

    def __enter__(self):
        self.lsn = self._lsn()
        self.cpu = server_cpu(self.postmaster)
        self.began = time.monotonic()
        return self

    def __exit__(self, *_):
        self.seconds = time.monotonic() - self.began
        self.cpu_us = (server_cpu(self.postmaster) - self.cpu) * 1e6 / TICK
        self.wal_bytes = int(psql(f"select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '{self.lsn}')::bigint", self.database))

    def _lsn(self):
        return psql("select pg_current_wal_insert_lsn()", self.database)


def server_cpu(postmaster):
    """Ticks of the postmaster, of its living children, and of the children it has collected; looked up again when it has collected
    one meanwhile, which would be counted twice or not at all."""
    while True:
        own = stat_fields(postmaster)
        ticks = sum(own)
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                ticks += sum(stat_fields(int(entry), parent=postmaster)[:2])
        if stat_fields(postmaster)[2:] == own[2:]:
            return ticks


def stat_fields(pid, parent=None):
    """utime, stime, cutime, cstime of a process; zeros when it is gone or not a child of parent."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return [0, 0, 0, 0]
    fields = text.rsplit(")", 1)[1].split()
    if parent is not None and int(fields[1]) != parent:
        return [0, 0, 0, 0]
    return [int(field) for field in fields[11:15]]
