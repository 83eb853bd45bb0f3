# shellcheck shell=bash
# Many tenants of tier B in one database, with the lock table of a fresh server: created, at work, sealed, looked at.
#
# SPDX-License-Identifier: PostgreSQL

# For each of the tenants of tier B that the query names, one transaction: a workflow, a run, an entry of its own.
everybody_works()
{
    sql tiers -c "select format('select portarium.bind_login(session_user, %L, %L, %L);', t.tenant_id, 'ada', '{admin,operator}')
            || 'select portarium.register_workflow(''pure'', ''{\"StartAt\": \"Done\", \"States\": {\"Done\": {\"Type\": \"Succeed\"}}}''::jsonb);'
            || 'select portarium.start_run(''pure''); select portarium.append_evidence(''app.test'', ''{}'');'
        from portarium_data.tenant t where t.home is not null and t.slug like 'many-%'" | sql tiers >/dev/null
}

# test_many COUNT
test_many()
{
    local n
    for n in $(seq 1 "$1"); do
        printf "select portarium.create_tenant('many-%s', tier => 'B');\n" "$n"
    done | sql tiers >/dev/null
    check "$1 tenants are created" sql_is "$1" tiers "select count(*) from portarium_data.tenant where slug like 'many-%' and home is not null"
    check 'each works' everybody_works
    sql tiers -c 'call portarium.tick()'
    check 'one session seals them all' sql_is "$1" tiers "
        select count(*) from portarium_data.tree join portarium_data.tenant using (tenant_id) where slug like 'many-%' and size = 3"
    check 'and leaves nothing to look for' sql_is 0 tiers 'select count(*) from portarium_data.stirred'
    act_for tiers "many-$1"
    check 'the last one has its run' sql_is 'pure SUCCEEDED' tiers "select workflow || ' ' || state from portarium.runs"
    check 'its evidence is good' same true "$(verdict tiers)"
    act_for tiers many-1
    check 'so is the first one''s' same true "$(verdict tiers)"
    check 'health() finds nothing wrong with them' sql_is 0 tiers "select count(*) from portarium.health() where severity = 'error'"
    [ "$1" -lt 300 ] ||
        check 'but that a dump of all locks more than there is room for' sql_is 1 tiers "
            select count(*) from portarium.health() where severity = 'warning' and subject = 'max_locks_per_transaction'"
}
