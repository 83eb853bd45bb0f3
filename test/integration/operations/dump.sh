# shellcheck shell=bash
# A dump by a login that is in portarium_backup and nothing else: it has every row behind the wall, of both tiers, and is restored into
# another cluster, where the same notary goes on.
#
# shellcheck disable=SC2154,SC2034  # variables of run.sh and lib.sh
# SPDX-License-Identifier: PostgreSQL

# rows: of every stamped table, as the superuser sees it.
rows()
{
    sql <<'SQL'
select format('select %L, count(*) from %I.%I', s.data_schema || '.' || c.relname, s.data_schema, c.relname)
from portarium_int.data_schemas() s
join pg_class c on c.relnamespace = s.data_schema::regnamespace and c.relkind = 'r'
order by s.tenant_id is not null, c.relname collate "C" \gexec
SQL
}

# The tenant cleo has a schema of its own, and work there.
make_home()
{
    sql -c 'create role evidence_cleo login in role portarium_app' \
        -c "select portarium.bind_login('evidence_cleo', portarium.create_tenant('cleo', tier => 'B'), 'cleo', '{operator}')" >/dev/null &&
        append cleo 2
}

dump_as_backup()
{
    sql -c 'create role night login in role portarium_backup'
    PGUSER=night pg_dump -Fc --enable-row-security -f "$home/dump" evidence_test
}

restore_dump()
{
    psql -XqAt -d postgres -f "$home/roles.sql" >/dev/null 2>&1
    createdb evidence_test && PGOPTIONS='-c portarium.guard=off' pg_restore --exit-on-error -d evidence_test "$home/dump" &&
        sql -c 'set client_min_messages = warning' -c 'call portarium.install()'
}

test_restored_dump()
{
    home=$work/dump store=$home/store
    check 'restored' restore_dump
    rows >"$work/rows.now"
    check 'every row of every table is there' diff "$work/rows" "$work/rows.now"
    check 'the evidence is adopted' sql -c 'select portarium_int.adopt_evidence()'
    append ann 1 && seal
    check 'the restored evidence is whole, and goes on' all_is_well
    check 'in the tenant'\''s own schema, too' same t "$(as cleo 'select ok from portarium.verify_evidence()')"
}

test_dump()
{
    make_database dump
    append ann 3 && append bob 2 && make_home && seal && notary --once
    rows >"$work/rows"
    check 'there is something to lose' grep -q 'portarium_data.entry|5' "$work/rows"
    check 'the backup role dumps everything' dump_as_backup
    pg_dumpall --roles-only >"$home/roles.sql"
    "$root/test/cluster.sh" run -o "$options" -- bash "$suite/run.sh" --restored "$flavour" "$work" "$archive"
    read -r ok bad <"$work/restored" || { ok=0 bad=1; }
    passed=$((passed + ok)) failed=$((failed + bad))
}
