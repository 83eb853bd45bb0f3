-- SPDX-License-Identifier: PostgreSQL
-- What is wrong with this installation, as rows: no row of severity "error" means that the promises hold.

create function portarium_int.wall_findings()
    returns table (subject text, finding text)
    language sql
    stable
    as $$
    select n.nspname || '.' || c.relname, f.finding
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_roles o on o.oid = c.relowner
    left join pg_catalog.pg_policy p on p.polrelid = c.oid and p.polname = 'pt_wall'
    cross join lateral (
        values
            (not c.relrowsecurity, 'row-level security is off'),
            (not c.relforcerowsecurity, 'row-level security is not forced'),
            (p.oid is null, 'the wall is missing'),
            (p.polpermissive, 'the wall is permissive'),
            (o.rolname <> 'portarium_owner', 'the owner is not portarium_owner')
    ) f (wrong, finding)
    where n.nspname = 'portarium_data' and c.relkind in ('r', 'p') and f.wrong
        and exists (select from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)
$$;

create function portarium_int.definer_findings()
    returns table (subject text, finding text)
    language sql
    stable
    as $$
    select p.oid::regprocedure::text, f.finding
    from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    join pg_catalog.pg_roles o on o.oid = p.proowner
    cross join lateral (
        values
            (not coalesce(p.proconfig::text operator(pg_catalog.~~) '%search_path=%', false), 'a SECURITY DEFINER function without a pinned search_path'),
            (o.rolsuper, 'a SECURITY DEFINER function of a superuser')
    ) f (wrong, finding)
    where n.nspname in ('portarium', 'portarium_int') and p.prosecdef and f.wrong
$$;

create function portarium.health()
    returns table (severity text, subject text, finding text)
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
begin
    if to_regnamespace('portarium_data') is null then
        return query select 'error', 'portarium_data', 'not installed: CALL portarium.install()';
        return;
    end if;
    return query
    select 'error', 'role ' || f.role_name, f.finding from portarium_int.role_findings() f
    union all
    select 'error', 'table ' || f.subject, f.finding from portarium_int.wall_findings() f
    union all
    select 'error', 'function ' || f.subject, f.finding from portarium_int.definer_findings() f
    union all
    select 'warning', 'flavour', 'managed: portarium.tick() must be called from outside' where portarium_int.flavour() = 'managed'
    union all
    select 'warning', 'quarantine', format('%s runs could not be moved by the clock', q.n)
    -- a tenant hears of its own only; without a tenant, of all
    from (select count(*) as n from quarantine x where x.tenant_id = coalesce(portarium.tenant_id(), x.tenant_id)) q where q.n > 0
    union all
    select 'info', 'flavour', portarium_int.flavour();
end
$$;
comment on function portarium.health() is
    'Findings about this installation: roles, wall, definer functions, flavour, runs set aside by the clock. Severity error: a promise does not hold; warning: somebody should look; info';
