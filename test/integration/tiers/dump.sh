# shellcheck shell=bash
# A dump of one tenant, taken by who may read past the wall and nothing else; its loss and its return; a dump that is too old.
#
# shellcheck disable=SC2154  # work is run.sh's
# SPDX-License-Identifier: PostgreSQL

# dump FILE
dump()
{
    pg_dump -U tiers_dumper -d tiers -Fc --enable-row-security --schema "$home" -f "$1"
}

# restore FILE
restore()
{
    PGOPTIONS='-c portarium.guard=off' pg_restore -d tiers --exit-on-error "$1"
}

lose_home()
{
    sql tiers -c 'set portarium.guard = off' -c 'set client_min_messages = warning' -c "drop schema $home cascade"
}

test_dump()
{
    local home neighbour
    sql tiers -c "select portarium.create_tenant('acme', tier => 'B'), portarium.create_tenant('shared'), portarium.create_tenant('globex', tier => 'B')" >/dev/null
    home=$(sql tiers -c "select portarium_int.home_of(portarium.tenant_by_slug('acme'))")
    for neighbour in shared globex acme; do
        act_for tiers "$neighbour"
        work tiers 5
    done
    check 'evidence is good before' same true "$(verdict tiers)"
    check 'the reader of backups dumps one tenant' dump "$work/old"
    check 'nobody else is in it' same 0 "$(pg_restore -f - --data-only "$work/old" | grep -c "$(sql tiers -c "select portarium.tenant_by_slug('globex')")")"
    work tiers 5
    check 'and again, later' dump "$work/new"

    if [ "$cluster" = "$native" ]; then
        check 'the guard keeps a home' refused UP901 tiers "drop schema $home cascade"
    fi
    check 'a home is lost' lose_home
    check 'its tenant hears so' refused UP901 tiers 'select portarium.verify_evidence()'
    check 'and writes nowhere else' refused UP901 tiers "select portarium.append_evidence('app.test', '{}')"
    act_for tiers globex
    check 'its neighbour has' same true "$(verdict tiers)"
    act_for tiers acme
    check 'it comes back' restore "$work/new"
    check 'with good evidence' same true "$(verdict tiers)"
    check 'behind its wall' sql_is 0 tiers "select count(*) from portarium.health() where severity = 'error'"
    check 'with its runs' sql_is 20 tiers 'select count(*) from portarium.runs'
    sql tiers -c "update portarium_data.timer set due = '-infinity' where tenant_id = portarium.tenant_by_slug('acme')" -c 'call portarium.tick()'
    check 'which go on' sql_is '10 SUCCEEDED' tiers "
        select count(*) || ' ' || state from portarium.runs where workflow = 'later' group by state"
    check 'and leave good evidence' same true "$(verdict tiers)"

    lose_home
    restore "$work/old"
    check 'a dump that is older than the log is found out' same 'false leaf is missing' "$(verdict tiers)"
}
