# shellcheck shell=bash
# What was updated and migrated is what is made anew: members of the extension with text, owner, privileges and comment; and every
# stamped table, view and policy, as pg_dump writes them. And data of the older version are served until then.
#
# shellcheck disable=SC2154  # variables of run.sh and lib.sh
# SPDX-License-Identifier: PostgreSQL

members()
{
    sql "$1" <<'SQL'
select pg_describe_object(d.classid, d.objid, 0), obj_description(d.objid, d.classid::regclass::name),
    r.proowner::regrole, (select array_agg(a::text order by a::text collate "C") from unnest(r.proacl) a), md5(pg_get_functiondef(r.oid)),
    (select string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' order by a.attnum)
    from pg_type t join pg_attribute a on a.attrelid = t.typrelid where d.classid = 'pg_type'::regclass and t.oid = d.objid)
from pg_depend d
left join pg_proc r on d.classid = 'pg_proc'::regclass and r.oid = d.objid
where d.refclassid = 'pg_extension'::regclass and d.deptype = 'e'
    and d.refobjid = (select oid from pg_extension where extname = 'portarium')
order by pg_describe_object(d.classid, d.objid, 0) collate "C";
select n.nspname, a::text from pg_namespace n, unnest(n.nspacl) a where n.nspname like 'portarium%' order by n.nspname, a::text collate "C";
SQL
}

# stamped DATABASE [portarium]: the tables, and the views where no routines are in the dump because they belong to the extension.
stamped()
{
    pg_dump -s -n portarium_data -n 'pt_*' ${2:+-n "$2"} "$1" | sed '/^\\\(un\)\?restrict /d'
}

# same_everything DATABASE DATABASE
same_everything()
{
    members "$1" >"$work/one" && members "$2" >"$work/other" && [ -s "$work/one" ] && diff -U2 "$work/one" "$work/other" &&
        stamped "$1" portarium >"$work/one" && stamped "$2" portarium >"$work/other" && [ -s "$work/one" ] && diff -U2 "$work/one" "$work/other"
}

tenant=00000000-0000-7000-8000-000000000001
other=00000000-0000-7000-8000-000000000002
home=pt_aaaaaaaaabyabaaaaaaaaaaaai

# old_database NAME FLAVOUR: the older version with data in it, a tenant with a schema of its own, and a view of the application's own
# on one of ours.
old_database()
{
    make_database "$1" "9.0.0$2" &&
        sql "$1" -c "select portarium.create_tenant('alpha', null, '$tenant')" \
            -c "select portarium.create_tenant('beta', null, '$other', 'B')" \
            -c "insert into $home.sample select '$other', i, 'name ' || i, 'old ' || i from generate_series(1, 10) i" \
            -c "select portarium.bind_login(session_user, '$tenant', 'ana', '{}')" \
            -c "select portarium.append_evidence('app.note', '{\"n\": 1}')" \
            -c "insert into portarium_data.sample select '$tenant', i, 'name ' || i, 'old ' || i from generate_series(1, 20000) i" \
            -c "insert into portarium_data.sample_gone select '$tenant', i from generate_series(1, 100) i" \
            -c 'create view public.mine as select id from portarium.samples' >/dev/null
}

# What must be as before: our functions' identity, evidence, rows, who is asking.
kept()
{
    sql "$1" -c "select 'portarium.tenant_id'::regproc::oid, (select sum(hashtext(canon::text)) from portarium_data.entry),
        portarium.tenant_id(), portarium.sample_count(), (select count(*) from public.mine)"
}

# The ways that PostgreSQL would take are the direct ones.
direct()
{
    sql_is "$2" same "select path from pg_extension_update_paths('portarium') where (source, target) = ('9.0.0$1', '9.1.0$1')"
}

test_same()
{
    local flavour='' before
    [ "$1" = managed ] || flavour=+native
    old_database same "$flavour"
    make_database fresh "9.1.0$flavour"
    sql fresh -c "select portarium.create_tenant('beta', null, '$other', 'B')" -c "select portarium.create_reader('$other')" >/dev/null
    before=$(kept same)
    check 'the way is direct' direct "$flavour" "9.0.0$flavour--9.1.0$flavour"
    check 'the code is updated' sql same -c "alter extension portarium update to '9.1.0$flavour'"
    check 'what was there is there' same "$before" "$(kept same)"
    # after the update, because what then stands in the extension's privileges is not in a dump
    sql same -c "select portarium_int.grant_reader('$home', '${home}_reader')"
    check 'health says that the data are older' sql_is 2 same \
        "select count(*) from portarium.health() where subject like 'data %' and severity = 'warning'"
    check 'there is a plan' sql_is 'check,contract,expand' same \
        "select string_agg(distinct phase, ',' order by phase) from portarium.migration_plan()"
    check 'which changes nothing' sql_is 0 same "select count(*) from pg_namespace where nspname = 'portarium_shape'"
    check 'the data are migrated' sql same -c 'call portarium.migrate()'
    check 'what was there is still there' same "$before" "$(kept same)"
    check 'a column is filled' sql_is 20000 same 'select count(*) from portarium_data.sample where length = length(name)'
    check 'and in the other schema' sql_is 10 same "select count(*) from $home.sample where length = length(name)"
    check 'nothing is dropped unasked' sql_is 100 same "select count(*) from portarium_data.sample_gone where note = 'none'"
    check 'nor a column' sql_is 20000 same 'select count(old_name) from portarium_data.sample'
    check 'contraction' sql same -c 'call portarium.migrate(contract => true)'
    check 'everything is as if made anew' same_everything fresh same
    check 'a further call changes nothing' sql same -c 'call portarium.migrate(contract => true)'
    check 'and there is no plan any more' sql_is 0 same 'select count(*) from portarium.migration_plan()'
    check 'health is content' sql_is 0 same "select count(*) from portarium.health() where severity = 'error' or subject like 'data %'"
    check 'evidence holds' sql_is t same 'select ok from portarium.verify_evidence()'
    psql -Xq -d postgres -c 'drop database same' -c 'drop database fresh' -c "drop role ${home}_reader"
}

# The tests of the engine, on code that is newer than its data; they roll back what they do.
engine_passes()
{
    local file bad=0
    sql served -c 'select portarium.unbind_login(session_user)' >/dev/null
    for file in "$root"/test/pgtap/engine_*.sql; do
        if ! (cd "$root" && psql -XqAt -v ON_ERROR_STOP=1 -d served <"$file" >"$work/tap" 2>&1) || grep -q '^not ok' "$work/tap"; then
            printf '%s\n' "$file"
            grep -m 5 -E '^(not ok|#|psql|ERROR)' "$work/tap"
            bad=1
        fi
    done
    return "$bad"
}

# versions SHARED HOME
versions()
{
    sql_is "$1 $2" served "select string_agg(v.version, ' ' order by s.tenant_id is not null)
        from portarium_int.data_schemas() s, portarium_int.version_of(s.data_schema) v"
}

# By the script that an operator calls.
by_script()
{
    PGDATABASE=served PORTARIUM_VERSION=9.1.0 sh "$root/docker/operations/upgrade" "$@"
}

# Both tenants read their rows through the same view and add evidence, whatever their data's version.
both_work()
{
    local id
    for id in "$tenant 20000" "$other 10"; do
        sql served -c "select portarium.bind_login(session_user, '${id% *}', 'ana', '{}')" -c "select portarium.append_evidence('app.note', '{}')" >/dev/null &&
            sql_is "${id#* }" served 'select count(*) from portarium.samples' || return
    done
}

test_served()
{
    local flavour=''
    [ "$1" = managed ] || flavour=+native
    old_database served "$flavour"
    sql served -c 'create extension pgtap'
    check 'updated' sql served -c "alter extension portarium update to '9.1.0$flavour'"
    check 'the newer code serves the older data' engine_passes
    check 'a canary is migrated' by_script expand beta
    check 'and nobody else' versions 9.0.0 9.1.0
    check 'two versions of data are served at once' both_work
    check 'the engine among them' engine_passes
    check 'the others follow' by_script expand
    check 'all of them' versions 9.1.0 9.1.0
    check 'the newer code serves the newer data' both_work
    check 'and drops the older data'\''s rest when asked' by_script contract
    check 'and that was all' sql_is 0 served 'select count(*) from portarium.migration_plan()'
    check 'data that are too old refuse the update' too_old "$flavour"
    psql -Xq -d postgres -c 'drop database served' -c 'drop database ancient'
}

# The data say that they are older than what the newer version serves.
too_old()
{
    make_database ancient "9.0.0$1" && sql ancient -c "update portarium_data.data_version set version = '8.0.0'" &&
        refused UP109 ancient "alter extension portarium update to '9.1.0$1'" && sql_is "9.0.0$1" ancient 'select extversion from pg_extension where extname = '\''portarium'\'
}

# Without CREATE EXTENSION: by psql, as a role that may do no more than make roles.
test_psql_file()
{
    psql -Xq -d postgres -c 'create role plain_owner login createrole' -c 'create database by_file owner plain_owner'
    export PGUSER=plain_owner
    psql -XAtq -1 -v ON_ERROR_STOP=1 -d by_file -f "$work/old/portarium-managed.sql" >/dev/null
    sql by_file -c 'call portarium.install()' >/dev/null
    check 'the update for psql' psql -XAtq -1 -v ON_ERROR_STOP=1 -d by_file -f "$work/new/portarium-managed--9.0.0--9.1.0.sql"
    check 'a second time it refuses' grep -q 'this file updates version "9.0.0", and "9.1.0" is installed' \
        <(psql -XAtq -1 -v ON_ERROR_STOP=1 -d by_file -f "$work/new/portarium-managed--9.0.0--9.1.0.sql" 2>&1)
    check 'the data follow, for a role that is no superuser' sql by_file -c 'call portarium.migrate(contract => true)'
    check 'the role is no member of ours afterwards' sql_is 0 by_file \
        "select count(*) from pg_auth_members where member = 'plain_owner'::regrole and roleid in ('portarium_owner'::regrole, 'portarium_sys'::regrole)"
    export PGUSER=postgres
    make_database fresh_file 9.1.0
    check 'the tables are as if made anew' tables_alike fresh_file by_file
}

tables_alike()
{
    stamped "$1" >"$work/one" && stamped "$2" >"$work/other" && diff -U2 "$work/one" "$work/other"
}
