\echo Use "CREATE EXTENSION portarium" to load this file. \quit
-- SPDX-License-Identifier: PostgreSQL
-- The ground everything stands on: the encoding, the private schema, the roles.
-- Order: refuse a database that is not UTF8, make the schema of internals, make each role that is missing and verify each that
-- exists (roles belong to the whole cluster, so the second database of a cluster always finds them there).

do $$
begin
    if pg_catalog.getdatabaseencoding() <> 'UTF8' then
        raise exception using
            errcode = 'UP007',
            message = pg_catalog.format('database encoding "%s" is not UTF8', pg_catalog.getdatabaseencoding()),
            hint = 'Create the database with ENCODING ''UTF8''.';
    end if;
end
$$;

create schema portarium_int;
comment on schema portarium_int is 'Internals of the extension portarium; nobody but its own roles has USAGE';

-- The roles as data: who may have LOGIN, and what each is for.
create function portarium_int.role_list()
    returns table (role_name name, may_login boolean, purpose text)
    language sql
    immutable
    parallel safe
    as $$
    values
        ('portarium_owner'::name, false, 'owns the tables, the views and the API functions; inside the wall'),
        ('portarium_sys', false, 'definer of the few routines that span tenants'),
        ('portarium_records', false, 'takes entries away under a signed disposition; inside the wall'),
        ('portarium_mover', false, 'takes evidence away where its tenant does not live, while it moves'),
        ('portarium_app', false, 'what an application login is a member of'),
        ('portarium_admin', false, 'creates tenants, binds logins, keeps context keys'),
        ('portarium_backup', false, 'reads past the wall, writes nothing'),
        ('portarium_sidecar', true, 'the HTTP API'),
        ('portarium_executor', true, 'claims and acknowledges jobs'),
        ('portarium_notary', true, 'reads leaves, records signed checkpoints'),
        ('portarium_keeper', true, 'keeps payloads: objects and keys'),
        ('portarium_relay', true, 'reads sealed events'),
        ('portarium_egress', true, 'asks where adapters may go')
$$;

-- What is wrong with a role as it stands; no row when nothing is.
create function portarium_int.role_findings()
    returns table (role_name name, finding text)
    language sql
    stable
    as $$
    select l.role_name, f.finding
    from portarium_int.role_list() l
    left join pg_catalog.pg_roles r on r.rolname = l.role_name
    cross join lateral (
        values
            (r.oid is null, 'does not exist'),
            (r.rolsuper, 'has SUPERUSER'),
            (r.rolbypassrls, 'has BYPASSRLS'),
            (r.rolcreaterole, 'has CREATEROLE'),
            (r.rolcreatedb, 'has CREATEDB'),
            (r.rolreplication, 'has REPLICATION'),
            (r.rolcanlogin and not l.may_login, 'has LOGIN'),
            (l.role_name in ('portarium_owner', 'portarium_sys', 'portarium_records', 'portarium_mover') and exists (
                select from pg_catalog.pg_auth_members m
                join pg_catalog.pg_roles g on g.oid = m.member
                where m.roleid = r.oid and not g.rolsuper), 'has members')
    ) f (wrong, finding)
    where f.wrong
$$;

do $$
declare
    v_role name;
    v_found text;
begin
    for v_role in
        select f.role_name from portarium_int.role_findings() f where f.finding = 'does not exist'
    loop
        execute pg_catalog.format('create role %I nologin', v_role);
        execute pg_catalog.format('comment on role %I is %L', v_role,
            (select l.purpose from portarium_int.role_list() l where l.role_name = v_role));
    end loop;
    select pg_catalog.string_agg(pg_catalog.format('role "%s" %s', f.role_name, f.finding), ', ')
    into v_found
    from portarium_int.role_findings() f;
    if v_found is not null then
        raise exception using
            errcode = 'UP208',
            message = v_found,
            detail = 'The isolation of tenants rests on these roles having no privilege of their own.',
            hint = 'Remove the attribute or the membership, or drop the role, and install again.';
    end if;
end
$$;

grant portarium_app to portarium_sidecar;

-- Giving functions and schemas to the roles needs membership in them. A superuser has it; for anybody else it is lent while a
-- script runs and taken back by the same function.
create function portarium_int.lend_roles(p_lend boolean)
    returns void
    language plpgsql
    as $$
begin
    if (select r.rolsuper from pg_catalog.pg_roles r where r.rolname = current_user) then
        return;
    end if;
    if p_lend then
        execute pg_catalog.format('grant portarium_owner, portarium_sys, portarium_records, portarium_mover to %I', current_user);
    else
        execute pg_catalog.format('revoke portarium_owner, portarium_sys, portarium_records, portarium_mover from %I', current_user);
    end if;
end
$$;
do $$ begin perform portarium_int.lend_roles(true); end $$;

-- Which flavour runs: the native script replaces it.
create function portarium_int.flavour()
    returns text
    language sql
    immutable
    parallel safe
    as $$ select 'managed'::text $$;
