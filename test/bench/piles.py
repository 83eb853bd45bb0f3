"""What piles of waiting things cost those who do not wait: a million timers that are not due, a million approvals that nobody decides.

The piles are copies of rows that the engine has made for one run each, since making a million runs is not what is measured. Governed runs
are compared before and after, and the stack must be as idle with the piles as without. Then runs that all wait for one moment are
let go: how many timers a second the clock fires.

SPDX-License-Identifier: PostgreSQL
"""
import time

import governed
from measure import psql

DUE = 5000
DUE_SECONDS = 120

WAITING = """
set session authorization bench_app;
select version from portarium.register_workflow('later',
    '{"StartAt": "W", "States": {"W": {"Type": "Wait", "TimestampPath": "$", "Next": "E"}, "E": {"Type": "Succeed"}}}');
select version from portarium.register_workflow('asking',
    '{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "portarium:approval", "TimeoutSeconds": 90000000, "End": true}}}');
select portarium.start_run('later', '"2100-01-01T00:00:00Z"'), portarium.start_run('asking');
"""

# the copies' numbers stand in the second half of their ids
COPY = """
create function pg_temp.nth(p_id uuid, p_n int) returns uuid language sql immutable as $$
    select (left(p_id::text, 24) || lpad(to_hex(p_n), 12, '0'))::uuid $$;
insert into portarium_data.run select (jsonb_populate_record(r, jsonb_build_object('run_id', pg_temp.nth(r.run_id, n)))).*
    from portarium_data.run r, generate_series(1, :pile) n where r.workflow in ('later', 'asking');
insert into portarium_data.timer select (jsonb_populate_record(t, jsonb_build_object('run_id', pg_temp.nth(t.run_id, n)))).*
    from portarium_data.timer t, generate_series(1, :pile) n where t.kind in ('wait', 'approval');
insert into portarium_data.approval select (jsonb_populate_record(a,
        jsonb_build_object('run_id', pg_temp.nth(a.run_id, n), 'approval_id', pg_temp.nth(a.approval_id, n)))).*
    from portarium_data.approval a, generate_series(1, :pile) n where a.status = 'PENDING';
vacuum analyze portarium_data.run, portarium_data.timer, portarium_data.approval;
"""

LET_GO = """
set session authorization bench_app;
select count(*) from generate_series(1, :due / 1000), portarium.start_runs('later',
    array_fill(to_jsonb(to_char(now() at time zone 'UTC' + interval '20 s', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')), array[1000]));
"""


def fire(database):
    """Timers a second, from the moment that all are due."""
    psql(LET_GO, database, due=DUE)
    began = psql("select extract(epoch from max(due)) from portarium_data.timer where due < now() + interval '1 h'", database)
    give_up = time.monotonic() + DUE_SECONDS
    while psql("select count(*) from portarium_data.timer where due < now() + interval '1 h'", database) != "0":
        if time.monotonic() > give_up:
            raise RuntimeError("timers are not fired")
        time.sleep(0.1)
    return DUE / (time.time() - float(began))


def run(report, database, pile, seconds, idle):
    """idle: measures the stack at rest, and tells."""
    before = governed.run(database, governed.TEN, seconds)
    psql(WAITING, database)
    psql(COPY, database, pile=pile)
    after = governed.run(database, governed.TEN, seconds)
    goal = 1.5 * before["cpu"]
    report.add("server CPU a run, nothing waits", before["cpu"], "µs")
    report.add(f"server CPU a run, {pile:,} timers and approvals wait", after["cpu"], "µs", goal, after["cpu"] <= goal, "at most 1.5 x")
    governed.finish(database, governed.TEN)
    idle(report, f"idle, {pile:,} timers and approvals wait")
    report.add("timers fired that are due at once", fire(database), "/s")
