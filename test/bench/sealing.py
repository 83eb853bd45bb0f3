"""Evidence at scale: how soon an entry is sealed at half load, what the sealer does alone, what entries take, how fast they are verified.

Many entries of one tenant are appended while the sealer is held, then all are sealed while nobody appends. The verifier's limit
is the machine's SHA-256 of messages as long as these entries, by openssl speed. Rates are of CPU time, as openssl's is:
neighbours take the time of the wall.

SPDX-License-Identifier: PostgreSQL
"""
import os
import re
import subprocess
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path

from measure import Meter, pgbench, psql

HERE = Path(__file__).parent
TOP = HERE.resolve().parents[1]
WRITERS = 8
METADATA = 200
# what is hashed of an entry beside its body: salt, ids, lengths, kind, actor
FRAME = 90
SEAL_SECONDS = 300

SETUP = """
select portarium.create_tenant('sealing') as tenant;
create role bench_seal login in role portarium_app;
select portarium.bind_login('bench_seal', portarium.tenant_by_slug('sealing'), 'seal', array['operator']);
"""

# a thousand entries a transaction; a body of so many bytes
APPEND = """
set search_path = pg_catalog, portarium_data;
do $$ begin
    for b in 1 .. {batches} loop
        perform portarium_int.append(portarium.tenant_by_slug('sealing'), portarium_int.uuid7(), 1, 'app.bench', 'seal',
            portarium.canonical_entry(jsonb_build_object('n', b * 1000 + i, 'text', repeat('x', {filler}))::text), portarium_int.salt())
        from generate_series(1, 1000) i;
        commit;
    end loop;
end $$;
"""

SEAL = "do $$ begin while portarium_int.seal(10000) > 0 loop commit; end loop; end $$"

BYTES = """
select sum(pg_total_relation_size(oid)) from pg_class
where relnamespace = 'portarium_data'::regnamespace and relname in ('entry', 'leaf', 'chunk')
"""


def prepare(database):
    psql(SETUP, database)


@contextmanager
def held(database):
    """Nobody seals until this ends."""
    holder = subprocess.Popen(["psql", "-XqAt", "-d", database], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    holder.stdin.write("begin; select 1 from portarium_data.seal_cursor for update;\n")
    holder.stdin.flush()
    holder.stdout.readline()
    try:
        yield
    finally:
        holder.communicate("commit;\n")


def sealed(database):
    return int(psql("select coalesce(sum(size), 0) from portarium_data.tree where tenant_id = portarium.tenant_by_slug('sealing')", database))


def alone(database, entries):
    """Entries that the sealer takes in a second of one core, and bytes that an entry takes, indexes and leaf included."""
    before = int(psql(BYTES, database))
    with held(database):
        psql(APPEND.format(batches=entries // 1000, filler=METADATA - len('{"n":100000,"text":""}')), database)
    give_up = time.monotonic() + SEAL_SECONDS
    with Meter(database) as meter:
        while sealed(database) < entries:
            psql(SEAL, database)
            if time.monotonic() > give_up:
                raise RuntimeError("the sealer does not keep up")
    return entries * 1e6 / meter.cpu_us, (int(psql(BYTES, database)) - before) / entries


def lag(database, seconds):
    """Milliseconds, p50 and p99, until an appended entry is sealed, while others append at half of their full rate."""
    full, _ = pgbench(HERE / "append_evidence.sql", database, WRITERS, seconds=seconds, user="bench_app")
    load = threading.Thread(target=pgbench, args=(HERE / "append_evidence.sql", database, WRITERS),
                            kwargs={"seconds": 2 * seconds, "user": "bench_app", "rate": full / 2})
    with tempfile.TemporaryDirectory() as folder:
        load.start()
        subprocess.run(["pgbench", "-n", "-T", str(seconds), "-l", f"--log-prefix={folder}/log", "-f", str(HERE / "append_wait.sql"),
                        "-U", "bench_seal", database], check=True, capture_output=True)
        load.join()
        waits = sorted(int(line.split()[2]) for path in Path(folder).iterdir() for line in path.read_text().splitlines())
    return waits[len(waits) // 2] / 1000, waits[len(waits) * 99 // 100] / 1000


def in_database(database):
    """Entries that verify_evidence reads and hashes again in a second of one core."""
    with Meter(database) as meter:
        good, checked = psql("set session authorization bench_seal; select ok, checked from portarium.verify_evidence()", database).split("|")
    if good != "t":
        raise RuntimeError("the evidence does not hold")
    return int(checked) * 1e6 / meter.cpu_us


def sign(database, folder):
    """A bundle of everything, signed by a notary of its own."""
    notary = str(TOP / "build" / "portarium-notary")
    origin = psql("select origin from portarium.notary_head()", database)
    subprocess.run([notary, "keygen", "--name", origin, "--key", f"{folder}/key"], check=True)
    psql(f"alter role portarium_notary login; select portarium.trust_notary_key('{Path(folder, 'key.vkey').read_text().strip()}')", database)
    os.mkdir(f"{folder}/store")
    settings = {"DATABASE_URL": f"user=portarium_notary dbname={database}", "NOTARY_KEY_FILE": f"{folder}/key", "LOG_LEVEL": "error",
                "NOTARY_STORE": f"{folder}/store", "NOTARY_STATE": f"{folder}/state"}
    subprocess.run([notary, "--once"], check=True, env={**os.environ, **settings})
    with open(f"{folder}/bundle", "w", encoding="utf-8") as bundle:
        subprocess.run(["psql", "-XqAt", "-d", database, "-c", "set session authorization bench_seal", "-c", "\\set FETCH_COUNT 10000",
                        "-c", "select portarium.export_evidence()"], check=True, stdout=bundle)


def offline(database):
    """Entries that portarium-verify checks in a second of one core and of the clock, on all cores, and its memory in MiB."""
    with tempfile.TemporaryDirectory() as folder:
        sign(database, folder)
        began = time.monotonic()
        verifier = subprocess.Popen([str(TOP / "build" / "portarium-verify"), "--key", f"{folder}/key.vkey", f"{folder}/bundle"],
                                    stdout=subprocess.PIPE, text=True)
        report = verifier.stdout.read()
        _, status, usage = os.wait4(verifier.pid, 0)
        seconds = time.monotonic() - began
    if status != 0:
        raise RuntimeError(report)
    entries = int(re.search(r"entries +(\d+) of", report)[1])
    return entries / (usage.ru_utime + usage.ru_stime), entries / seconds, usage.ru_maxrss / 1024


def hashing(seconds=1):
    """Messages as long as an entry's that one core hashes a second."""
    done = subprocess.run(["openssl", "speed", "-seconds", str(seconds), "-bytes", str(METADATA + FRAME), "sha256"],
                          capture_output=True, text=True, check=True)
    return int(re.search(r"blocks: (\d+) sha256", done.stderr)[1]) / seconds


def run(database, entries, seconds):
    rate, size = alone(database, entries)
    p50, p99 = lag(database, seconds)
    inside = in_database(database)
    outside, clock, memory = offline(database)
    return {"rate": rate, "size": size, "p50": p50, "p99": p99, "inside": inside, "outside": outside, "clock": clock, "memory": memory,
            "limit": hashing()}
