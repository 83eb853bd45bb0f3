#!/usr/bin/env bash
# Tenants of tier C at work: one in the control database, others in databases of their own, and the daemons in all of them by
# portarium-everywhere: executor, relay, notary and keeper. One more tenant comes meanwhile; a supervisor is killed; all are told to stop.
#
#   test/integration/databases/run.sh
#
# Needs the extension installed and the daemons built. Both flavours: in the managed one the relays are the clocks, in the native one the
# background workers, of which there are fewer than databases. Ends with: N passed, N failed, N skipped
#
# SPDX-License-Identifier: PostgreSQL
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
export PG_CONFIG=${PG_CONFIG:-/usr/lib/postgresql/15/bin/pg_config}

# shellcheck source=test/integration/extension/lib.sh
. "$root/test/integration/extension/lib.sh"
# shellcheck source=test/integration/databases/daemons.sh
. "$here/daemons.sh"

provision()
{
    PGDATABASE=control NOTARY_KEYS=$work/notary-keys PORTARIUM_NOTARY=$root/build/portarium-notary "$root/docker/operations/provision"
}

# database_of SLUG
database_of()
{
    sql control -c "select database from portarium.route(portarium.tenant_by_slug('$1'))"
}

# furnish SLUG: in the tenant's database the superuser's session is the tenant's, with a workflow that needs the executor.
furnish()
{
    local database
    database=$(database_of "$1")
    sql "$database" -v url="$web_url" >/dev/null <<'SQL'
select portarium.bind_login(session_user, t.tenant_id, 'ada', '{admin,operator,requester}')
from portarium_data.tenant t;
select portarium.register_adapter('web', 'http', '{"get": {"tier": "Auto", "idempotent": true, "method": "GET", "path": "/ok"}}', :'url');
select portarium.register_workflow('work', '{"StartAt": "Rest", "States": {
    "Rest": {"Type": "Wait", "Seconds": 1, "Next": "Get"},
    "Get": {"Type": "Task", "Resource": "portarium:action:web.get", "End": true}}}'::jsonb);
select portarium.set_retention('scans', 'Operational', 30);
SQL
}

# begin_work SLUG: a run that the clock and the executor must carry to its end, and a payload for the keeper.
begin_work()
{
    sql "$(database_of "$1")" -c "select portarium.start_run('work'), portarium.put_payload('\\x01', 'scans', 'text/plain', 'ann')" >/dev/null
}

# What must come about of the work of N calls of begin_work: work_of SLUG N
work_of()
{
    local database
    database=$(database_of "$1")
    check "$1: runs end" eventually 120 sql_is "SUCCEEDED $2" "$database" \
        "select string_agg(distinct state, ' ') || ' ' || count(*) from portarium.runs"
    check "$1: payloads are kept" eventually 120 sql_is "STORED $2" "$database" \
        "select string_agg(distinct status, ' ') || ' ' || count(*) from portarium_data.attachment"
    check "$1: the notary has signed" eventually 120 sql_is t "$database" \
        "select count(*) filter (where index is null) = 0 and max(index) < (select max(covers) from portarium.checkpoints) from portarium.entries"
    check "$1: events are published" eventually 120 has_event "$database" "$2"
    check "$1: evidence is good" sql_is t "$database" 'select ok from portarium.verify_evidence()'
}

# act DATABASE ACTOR ROLES: the superuser's session there is this person's.
act()
{
    sql "$1" -c "select portarium.bind_login(session_user, t.tenant_id, '$2', '$3') from portarium_data.tenant t" >/dev/null
}

# forgets SLUG: what is kept about a subject is erased by shredding its key, in the tenant's database and no other; its bundle is good after
# that, by the key of that database.
forgets()
{
    local database id
    database=$(database_of "$1")
    act "$database" rex '{records}'
    id=$(sql "$database" -c "select portarium.propose_forgetting('ann', 'she asked for it')")
    act "$database" ada '{admin,operator,requester}'
    sql "$database" -c "select portarium.decide_disposition('$id', 'approve')" >/dev/null
    check "$1: a subject is forgotten" eventually 120 sql_is DONE "$database" "select portarium.dispose('$id')"
    check "$1: its key is shredded" eventually 120 sql_is '0' "$database" \
        "select count(*) from portarium_data.attachment where status not in ('SHREDDED', 'DESTROYED') or gone_at is null"
    check "$1: its evidence leaves the server" eventually 120 verifies "$database"
}

# verifies DATABASE
verifies()
{
    sql "$1" -c 'select portarium.export_evidence()' >"$work/bundle" && "$root/build/portarium-verify" --key "$work/notary-keys/$1.pem.vkey" "$work/bundle"
}

# has_event DATABASE N: its relay has written the end of N runs.
has_event()
{
    same "$2" "$(grep -c 'run\.succeeded' "$work/events/$1")"
}

test_databases()
{
    local slug
    check 'two databases are made' provision
    for slug in one two near; do furnish "$slug"; begin_work "$slug"; done
    start_daemons
    for slug in one two near; do work_of "$slug" 1; done

    sql control -c "select portarium.create_tenant('late', tier => 'C')" >/dev/null
    check 'a third one is made meanwhile' provision
    furnish late
    begin_work late
    work_of late 1
    check 'each daemon is in four databases' same '4 4 4 4' "$(children executor) $(children relay) $(children notary) $(children keeper)"

    check 'killed, the supervisor takes its children along' ends_with_children executor
    start_everywhere executor
    for slug in two near; do forgets "$slug"; done
    check 'the others keep what they have' sql_is 'STORED 1' "$(database_of one)" \
        "select string_agg(distinct status, ' ') || ' ' || count(*) from portarium_data.attachment"
    for slug in one late; do begin_work "$slug"; work_of "$slug" 2; done
    stop_daemons >"$work/stopped" 2>&1
    check 'all stop when they are told' same 0 "$?"
}

# The native flavour's workers come and go: with four databases there is room for two.
run_flavour()
{
    make_work
    trap end_work EXIT
    start_web
    make_database control "$1"
    sql control -c "select portarium.create_tenant('one', tier => 'C'), portarium.create_tenant('two', tier => 'C'), portarium.create_tenant('near')" \
        >/dev/null
    for daemon in executor relay notary keeper; do sql control -c "alter role portarium_$daemon login"; done
    trust_control
    test_databases
}

if [ "${1:-}" = --inside ]; then
    cluster=$2
    run_flavour "$2"
    printf '%s %s %s\n' "$passed" "$failed" "$skipped" >"$3"
    exit
fi

for version in "$managed" "$native"; do
    options='-c max_connections=200'
    [ "$version" = "$managed" ] || options="$options -c shared_preload_libraries=portarium -c max_worker_processes=4 -c max_parallel_workers=0"
    counts=$(mktemp)
    "$root/test/cluster.sh" run -o "$options" -- bash "$here/run.sh" --inside "$version" "$counts"
    if [ -s "$counts" ]; then
        read -r ok bad left <"$counts"
        passed=$((passed + ok)) failed=$((failed + bad)) skipped=$((skipped + left))
    else
        printf 'FAILED   %s: the suite did not come to its end\n' "$version"
        failed=$((failed + 1))
    fi
    rm -f "$counts"
done
printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ]
