# shellcheck shell=bash
# kill -9 at random moments while runs go on: of the executor, the sidecar, the notary and the server's processes, while the
# ledger fails, loses connections before and after it stored, and answers late.
# Afterwards every run is at its end, the ledger holds each effect once, and the evidence is good.
#
# shellcheck disable=SC2154  # variables of run.sh
# SPDX-License-Identifier: PostgreSQL

kills=14
batch=15

test_kills()
{
    local n
    for ((n = 1; n <= kills; n++)); do
        break_ledger "$n"
        eventually 30 start_batch "$n" || break
        kill_something "$n"
    done
    check 'after the kills the stack is ready again' eventually 60 "$launcher" status
    check 'all batches were started' same "$((kills * batch))" count_started
    check 'every run reaches its end' eventually 150 all_ended
    check 'every order of the batches was posted' same "$((kills * batch))" count_succeeded
    check 'each effect is there once after the kills' effects_match_runs
    check 'lost answers were asked for again under the same key' some_replays
    check 'the database finds the evidence good after the kills' verifies_in_database
    check 'export after the kills' "$launcher" export "$work/after"
    check 'verify after the kills' status 0 "$launcher" verify "$work/after"
}

# Orders of one batch; the fifth of each needs a person. The keys make a second try harmless.
start_batch()
{
    sql -v n="$1" -v batch="$batch" >/dev/null <<'SQL'
select count(*)
from portarium.start_runs(
    'purchase-orders',
    (select array_agg(jsonb_build_object(
        'order_id', 'KILL-' || :n || '-' || i, 'order_date', '2026-05-01', 'supplier', 'Nordlicht IT Services AG',
        'item', 'docking station USB-C', 'quantity', case i when 5 then 100 else 1 end, 'unit_price_cents', 18900,
        'total_cents', case i when 5 then 1890000 else 18900 end, 'currency', 'EUR', 'cost_center', 'CC-240',
        'requested_by', 's.okafor') order by i)
    from generate_series(1, :batch) i),
    (select array_agg('KILL-' || :n || '-' || i order by i) from generate_series(1, :batch) i));
SQL
}

# One kind of fault after the other, for two of the next orders.
break_ledger()
{
    local modes=('"drop-after"' '"fail"' '"drop-before"' '"late","seconds":0.5')
    curl -sf -m 10 -d "{\"mode\":${modes[$(($1 % ${#modes[@]}))]},\"times\":2,\"kind\":\"order\"}" "$ledger_url/_faults" >/dev/null
}

# Victims in turn, moments at random: at most 0.7 seconds after the batch was started.
kill_something()
{
    local victims=(executor sidecar backend notary backend) victim pid
    victim=${victims[$(($1 % ${#victims[@]}))]}
    sleep "0.$((RANDOM % 7))"
    if [ "$victim" = backend ]; then
        pid=$(pgrep -P "$(cat "$PORTARIUM_STATE/run/postgres.pid")" | shuf -n 1)
    else
        pid=$(cat "$PORTARIUM_STATE/run/$victim.pid")
    fi
    kill -9 "$pid"
}

of_batches="workflow = 'purchase-orders' and input ->> 'order_id' like 'KILL-%'"

count_started()
{
    sql -c "select count(*) from portarium.runs where $of_batches"
}

count_succeeded()
{
    sql -c "select count(*) from portarium.runs where $of_batches and state = 'SUCCEEDED'"
}

some_replays()
{
    ledger '/effects?kind=order' | python3 -c '
import json, sys
sys.exit(not any(e["replays"] for e in json.load(sys.stdin)["effects"] if e["reference"].startswith("KILL-")))'
}

# Decides what waits and looks whether anything is left.
all_ended()
{
    local id
    for id in $(sql -c "select approval_id from portarium.approvals where status = 'PENDING'"); do
        "$launcher" approve "$id" 'needed'
    done
    sql_is 0 "select count(*) from portarium.runs where state not in ('SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED')"
}

# The stack comes back from a stop with everything it had.
test_restart()
{
    local runs
    runs=$(sql -c 'select count(*) from portarium.runs')
    check 'down stops everything' "$launcher" down
    check 'nothing is left running' nothing_runs
    check 'status says so' status 1 "$launcher" status
    check 'up starts it again' "$launcher" up
    read_stack
    check 'the runs are still there' sql_is "$runs" 'select count(*) from portarium.runs'
    check 'the evidence is still good' status 0 "$launcher" verify
    lose_effect PO-2026-1001
    check 'the demo is not good when the ledger lost an effect' status 1 "$launcher" demo
    check 'destroy deletes it' "$launcher" destroy
    check 'nothing is left of it' test ! -e "$PORTARIUM_STATE"
}

lose_effect()
{
    python3 - "$PORTARIUM_STATE/ledger.sqlite" "$1" <<'PYTHON'
import sqlite3, sys

with sqlite3.connect(sys.argv[1]) as book:
    book.execute("delete from effect where reference = ?", (sys.argv[2],))
PYTHON
}

nothing_runs()
{
    ! pgrep -f "$PORTARIUM_STATE"
}
