# shellcheck shell=bash
# What became of the demo's runs, by SQL and by HTTP; another tenant sees none of it; ./portarium run ends with the run's outcome.
#
# shellcheck disable=SC2154  # variables of run.sh
# SPDX-License-Identifier: PostgreSQL

examples=$root/examples

test_runs()
{
    check 'every run is at its end' sql_is 0 \
        "select count(*) from portarium.runs where state not in ('SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED')"
    check 'the runs ended as they should' same "$(wanted_outcomes)" outcomes
    check 'each effect is there once' effects_match_runs
    check 'the requester decided nothing' sql_is 0 \
        "select count(*) from portarium.entries where kind = 'approval.decided' and actor = 'demo'"
    check 'HTTP shows the same runs' same "$(sql -c 'select count(*) from portarium.runs')" http_count runs
    check 'another tenant sees no run' other_tenant_sees_nothing
    check 'a refused order is not in the ledger' same '{"effects": []}' ledger '/effects?reference=PO-2026-1053'
    test_run_verb
}

test_run_verb()
{
    local folder=$examples/nightly-reconciliation
    check 'run ends with 0 for SUCCEEDED' status 0 "$launcher" run "$folder/workflow.asl.json" "$folder/2026-03-31.json"
    check 'run ends with 1 for FAILED' status 1 "$launcher" run "$folder/workflow.asl.json" "$folder/2026-04-01.json"
    check 'run ends with 2 for a missing file' status 2 "$launcher" run "$folder/workflow.asl.json" /nonexistent
    printf '{"a": 1,}' >"$work/malformed.json"
    check 'run ends with 2 for malformed JSON' status 2 "$launcher" run "$folder/workflow.asl.json" "$work/malformed.json"
    printf '{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "portarium:action:nobody.nothing", "End": true}}}' \
        >"$work/unregistered.asl.json"
    check 'run refuses an adapter that is not registered' says UP006 "$launcher" run "$work/unregistered.asl.json" "$folder/2026-03-31.json"
    check 'run waits for an approval and shows its end' approve_a_followed_run
}

# says TEXT COMMAND …: the command's output has the text.
says()
{
    local text=$1
    shift
    "$@" >"$work/said" 2>&1
    grep -qF -- "$text" "$work/said" || { cat "$work/said"; return 1; }
}

approve_a_followed_run()
{
    local follower id
    "$launcher" run "$examples/access-grant/workflow.asl.json" "$examples/access-grant/request.json" >"$work/followed" 2>&1 &
    follower=$!
    eventually 20 grep -q 'portarium approve' "$work/followed" || return 1
    id=$(sed -n 's/.*portarium approve \([0-9a-f-]*\).*/\1/p' "$work/followed")
    same APPROVED "$launcher" approve "$id" || return 1
    wait "$follower" || { cat "$work/followed"; return 1; }
    grep -q SUCCEEDED "$work/followed"
}

outcomes()
{
    sql -F ' ' -c "select workflow, state, coalesce(error, '-'), count(*) from portarium.runs group by 1, 2, 3 order by 1, 2, 3"
}

wanted_outcomes()
{
    cat <<'OUTCOMES'
access-grant FAILED Access.Expired 1
access-grant SUCCEEDED - 1
nightly-reconciliation FAILED Reconciliation.Mismatch 1
nightly-reconciliation SUCCEEDED - 1
purchase-orders FAILED Order.Denied 1
purchase-orders FAILED Order.Invalid 1
purchase-orders FAILED Order.Refused 1
purchase-orders SUCCEEDED - 53
OUTCOMES
}

# The orders in the ledger are those of the runs that succeeded, each once.
effects_match_runs()
{
    sql -c "select input ->> 'order_id' from portarium.runs where workflow = 'purchase-orders' and state = 'SUCCEEDED'" | sort >"$work/runs"
    ledger '/effects?kind=order' |
        python3 -c 'import json, sys; print("\n".join(e["reference"] for e in json.load(sys.stdin)["effects"]))' | sort >"$work/effects"
    diff "$work/runs" "$work/effects"
}

http_count()
{
    http "$("$launcher" token demo auditor operator)" GET "/$1?select=run_id&limit=1000" >"$work/answer"
    sed 's/^[0-9]* //' "$work/answer" | python3 -c 'import json, sys; print(len(json.load(sys.stdin)))'
}

other_tenant_sees_nothing()
{
    "$launcher" psql --superuser -XAtqc "select portarium.create_tenant('other')" >/dev/null || return 1
    same '200 []' http "$("$launcher" token other somebody admin)" GET /runs &&
        same '200 []' http "$("$launcher" token other somebody admin)" GET /entries
}
