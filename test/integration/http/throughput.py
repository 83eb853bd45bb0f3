"""How fast the HTTP API is beside the database alone: requests a second against pgbench with the same batch.

    test/cluster.sh run -o '-c shared_preload_libraries=portarium' -- python3 test/integration/http/throughput.py [seconds]

Both run the same function by its primary key, with the same context token, three rounds in turn. It prints medians and
their ratio and the CPU time that a request costs the sidecar; it asserts nothing. Needs wrk.

SPDX-License-Identifier: PostgreSQL
"""
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True

from client import TENANT, Sidecar, psql, token  # noqa: E402
from suite import prepare  # noqa: E402

ROWS = 100000
SCHEMA = f"""
create table portarium.item (id int primary key, name text);
insert into portarium.item select g, 'item ' || g from pg_catalog.generate_series(1, {ROWS}) g;
analyze portarium.item;
create function portarium.item_by_id(id int) returns jsonb language sql stable security definer
    as 'select pg_catalog.to_jsonb(i) from portarium.item i where i.id = item_by_id.id and portarium.tenant_id() is not null';
grant execute on function portarium.item_by_id(int) to portarium_app
"""
PGBENCH = f"""
\\set id random(1, {ROWS})
\\startpipeline
select pg_catalog.set_config('portarium.ctx', '%s', true), pg_catalog.set_config('portarium.traceparent', '', true);
select coalesce(pg_catalog.to_json(r), 'null')::text from portarium.item_by_id(:id) r;
\\endpipeline
"""
WRK = f"""
wrk.headers["Authorization"] = "Bearer %s"
request = function() return wrk.format("GET", "/rpc/item_by_id?id=" .. math.random(1, {ROWS})) end
"""


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def write(folder, name, text):
    Path(folder, name).write_text(text, encoding="ascii")
    return f"{folder}/{name}"


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def database_rate(script, seconds):
    said = output("pgbench", "-n", "-M", "prepared", "-U", "portarium_sidecar", "-f", script, "-c8", "-j1", f"-T{seconds}")
    return float(re.search(r"tps = ([0-9.]+)", said)[1])


def http_rate(sidecar, script, seconds):
    """Requests a second, and the sidecar's CPU microseconds for one."""
    before = cpu_seconds(sidecar.process.pid)
    said = output("wrk", "-t1", "-c32", f"-d{seconds}", "-s", script, f"http://127.0.0.1:{sidecar.port}")
    if "Non-2xx" in said:
        raise RuntimeError(said)
    count = int(re.search(r"(\d+) requests in", said)[1])
    return float(re.search(r"Requests/sec: *([0-9.]+)", said)[1]), (cpu_seconds(sidecar.process.pid) - before) / count * 1e6


def main(seconds):
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder)
        psql(SCHEMA)
        sidecar = Sidecar(folder)
        try:
            kid, key = Path(folder, "context.key").read_text(encoding="ascii").split()
            context = psql(f"select portarium.context_token('{TENANT}', 'ana', '{{}}', '{kid}', decode('{key}', 'hex'), '1 hour', "
                           "'portarium_sidecar')")
            scripts = write(folder, "bench.sql", PGBENCH % context), write(folder, "wrk.lua", WRK % token())
            rounds = [(database_rate(scripts[0], seconds), *http_rate(sidecar, scripts[1], seconds)) for _ in range(3)]
        finally:
            sidecar.stop()
    database, http, cpu = (statistics.median(column) for column in zip(*rounds))
    print(f"database alone {database:.0f}/s, over HTTP {http:.0f}/s, ratio {http / database:.2f}, sidecar {cpu:.1f} us of CPU a request")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
