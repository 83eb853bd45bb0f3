# shellcheck shell=bash
# Switching flavours in place gives what a fresh installation gives, and keeps what is there.
#
# shellcheck disable=SC2154  # variables of run.sh and lib.sh
# SPDX-License-Identifier: PostgreSQL

# everything DATABASE: members of the extension with owner, privileges, comment and text, and the policies.
everything()
{
    sql "$1" <<'SQL'
select pg_describe_object(d.classid, d.objid, 0), obj_description(d.objid, d.classid::regclass::name),
    r.proowner::regrole, r.proacl, md5(pg_get_functiondef(r.oid))
from pg_depend d
left join pg_proc r on d.classid = 'pg_proc'::regclass and r.oid = d.objid
where d.refclassid = 'pg_extension'::regclass and d.deptype = 'e'
    and d.refobjid = (select oid from pg_extension where extname = 'portarium')
order by 1;
select tablename, policyname, permissive, roles, cmd, qual, with_check from pg_policies order by 1, 2;
SQL
}

# same_everything DATABASE DATABASE
same_everything()
{
    everything "$1" >"$work/one"
    everything "$2" >"$work/other"
    [ -s "$work/one" ] && diff "$work/one" "$work/other"
}

fill()
{
    sql "$1" -c "select portarium.create_tenant('acme', null, '00000000-0000-7000-8000-000000000001')" \
        -c "select portarium.bind_login(session_user, '00000000-0000-7000-8000-000000000001', 'ana', '{}')" \
        -c "select portarium.append_evidence('app.note', '{\"n\": 1}')" >/dev/null
}

# What a switch keeps: the data, who is asking, and the identity of every function, policy, table and view.
fingerprint()
{
    sql "$1" -c "select (select sum(hashtext(canon::text)) from portarium_data.entry), portarium.tenant_id(),
        (select md5(string_agg(p.oid::text, ',' order by p.oid)) from pg_proc p where p.pronamespace::regnamespace::text like 'portarium%'),
        (select md5(string_agg(p.oid || p.polname, ',' order by p.oid)) from pg_policy p),
        (select md5(string_agg(c.oid::text, ',' order by c.oid)) from pg_class c where c.relnamespace::regnamespace::text like 'portarium%')"
}

as_plain_owner()
{
    psql -Xq -d postgres -c "create role plain_owner login createrole" -c "create database by_file owner plain_owner" &&
        PGUSER=plain_owner psql -XAtq -1 -v ON_ERROR_STOP=1 -d by_file -f "$("$PG_CONFIG" --sharedir)/extension/portarium-managed.sql" >/dev/null
}

test_flavours()
{
    local before
    make_database fresh_native "$native"
    make_database fresh_managed "$managed"
    make_database switched "$native"
    fill switched
    before=$(fingerprint switched)
    check 'to managed' sql switched -c "alter extension portarium update to '$managed'"
    check 'to managed: as fresh' same_everything fresh_managed switched
    check 'to managed: no C is left' sql_is 0 switched "select count(*) from pg_proc where probin like '%portarium%'"
    check 'to managed: same functions, same data, same context' same "$before" "$(fingerprint switched)"
    check 'to native' sql switched -c "alter extension portarium update to '$native'"
    check 'to native: as fresh' same_everything fresh_native switched
    check 'to native: same functions, same data, same context' same "$before" "$(fingerprint switched)"
    check 'the file for psql' as_plain_owner
    check 'the file for psql: works' sql by_file -c 'call portarium.install()' \
        -c "select portarium.create_tenant('acme')" -c "select portarium.canonical_json('{}')"
    psql -Xq -d postgres -c 'drop database fresh_native' -c 'drop database fresh_managed' -c 'drop database switched' -c 'drop database by_file'
}
