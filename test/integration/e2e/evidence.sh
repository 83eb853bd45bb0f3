# shellcheck shell=bash
# The evidence verifies in the database and offline, and no byte of it can be changed unseen.
#
# shellcheck disable=SC2154  # variables of run.sh
# SPDX-License-Identifier: PostgreSQL

test_evidence()
{
    check 'the database finds the evidence good' verifies_in_database
    check 'export writes a bundle' "$launcher" export "$work/bundle"
    check 'the bundle holds every entry' same "$(sql -c 'select count(*) from portarium.entries')" grep -c '"type":"entry"' "$work/bundle"
    check 'verify finds the bundle good' status 0 "$launcher" verify "$work/bundle"
    sed '20s/"actor":"[a-z]*"/"actor":"mallory"/' "$work/bundle" >"$work/tampered"
    check 'verify finds a changed actor' status 1 "$launcher" verify "$work/tampered"
    sed 20d "$work/bundle" >"$work/shortened"
    check 'verify finds a missing line' status 1 "$launcher" verify "$work/shortened"
    printf 'not a bundle\n' >"$work/nonsense"
    check 'verify says when a file is no bundle' status 2 "$launcher" verify "$work/nonsense"
    check 'the relay published every entry' eventually 20 published_all
    check 'the superuser cannot change an entry unseen' superuser_is_seen
}

verifies_in_database()
{
    sql -c 'select ok, bad_index, reason from portarium.verify_evidence()' >"$work/verdict"
    if ! grep -q '^t|' "$work/verdict" || grep -q '^f|' "$work/verdict"; then
        cat "$work/verdict"
        return 1
    fi
}

# Every entry of the tenant is an event in the relay's file; an event may be there twice, its id is there once.
published_all()
{
    local tenant
    tenant=$(sql -c 'select portarium.tenant_id()')
    same "$(sql -c 'select count(*) from portarium.entries')" count_events "$tenant"
}

count_events()
{
    python3 - "$PORTARIUM_STATE/events.jsonl" "$1" <<'PYTHON'
import json, sys

with open(sys.argv[1]) as events:
    print(len({event["id"] for event in map(json.loads, events) if event["tenantid"] == sys.argv[2]}))
PYTHON
}

# An entry changed behind everybody's back is named, and is good again when it is put back.
superuser_is_seen()
{
    local run seq actor verdict=0
    read -r run seq actor < <(sql -F ' ' -c 'select run_id, seq, actor from portarium.entries where index = 7')
    set_actor "$run" "$seq" mallory || return 1
    "$launcher" export "$work/changed" || return 1
    "$launcher" verify "$work/changed" >"$work/said" 2>&1 || verdict=$?
    set_actor "$run" "$seq" "$actor" || return 1
    if [ "$verdict" -ne 1 ] || ! grep -qw 7 "$work/said"; then
        cat "$work/said"
        return 1
    fi
    verifies_in_database
}

set_actor()
{
    "$launcher" psql --superuser -XAtq -v ON_ERROR_STOP=1 \
        -c "update portarium_data.entry set actor = '$3' where stream_id = '$1' and seq = $2"
}
