-- SPDX-License-Identifier: PostgreSQL
-- What is wrong with this installation, as rows: no row of severity "error" means that the promises hold.

-- What must hold for tenants to be apart: a finding is an error.
create function portarium_int.isolation_findings()
    returns table (subject text, finding text)
    language sql
    stable
    as $$
    select 'role ' || f.role_name, f.finding from portarium_int.role_findings() f
    union all
    select 'table ' || f.subject, f.finding
    from portarium_int.data_schemas() d
    cross join lateral (
        select * from portarium_int.wall_findings(d.data_schema)
        union all
        select * from portarium_int.key_findings(d.data_schema)
        union all
        select * from portarium_int.privilege_findings(d.data_schema)
    ) f
    union all
    select 'function ' || f.subject, f.finding from portarium_int.definer_findings() f
    union all
    select f.subject, f.finding from portarium_int.database_findings() f
$$;

-- Data of the version before are served, older ones are not.
create function portarium_int.version_findings()
    returns table (severity text, subject text, finding text)
    language sql
    stable
    as $$
    select case when v.version = any (portarium_int.served_versions()) then 'warning' else 'error' end, 'data ' || s.data_schema,
        pg_catalog.format('are of version %s, the code is of version %s: CALL portarium.migrate()', coalesce(v.version, 'unknown'), portarium_int.version())
    from portarium_int.data_schemas() s
    cross join lateral portarium_int.version_of(s.data_schema) v
    where v.version is distinct from portarium_int.version()
    union all
    select 'warning', 'data ' || s.data_schema, 'a migration is under way: CALL portarium.migrate() goes on with it'
    from portarium_int.data_schemas() s
    cross join lateral portarium_int.version_of(s.data_schema) v
    where v.version = portarium_int.version() and v.state = 'EXPANDED'
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
    select 'error', f.subject, f.finding from portarium_int.isolation_findings() f
    union all
    select * from portarium_int.version_findings()
    union all
    select f.severity, 'table ' || p.polrelid::regclass, f.finding
    from pg_policy p
    join pg_class c on c.oid = p.polrelid
        and not exists (select from portarium_int.data_schemas() d where c.relnamespace = to_regnamespace(d.data_schema))
    cross join portarium_int.protection_findings(p.polrelid) f
    where p.polname = 'pt_wall'
    union all
    select 'error', 'server ' || f.subject, f.finding
    from portarium_int.server_findings(current_setting('server_version_num')::int) f
    union all
    select 'warning', f.subject, f.finding from portarium_int.lock_findings(portarium_int.lock_slots()) f
    union all
    select 'warning', f.subject, f.finding from portarium_int.provision_findings() f
    union all
    select 'warning', 'tier B', 'portarium_owner may not create schemas in this database: CALL portarium.install()'
    where not has_database_privilege('portarium_owner', current_database(), 'create')
    union all
    select f.severity, 'horizon', f.finding from portarium_int.horizon_findings() f
    union all
    select 'warning', 'flavour', 'managed: portarium.tick() must be called from outside' where portarium_int.flavour() = 'managed'
    union all
    select 'error', 'evidence', 'sealing waits: the timeline is new, or the notary has refused the log, and it has not confirmed that nothing is missing'
    where (select h.waiting from portarium.notary_head() h)
    union all
    select 'warning', 'quarantine', format('%s jobs or timers were given up: see portarium.dead_jobs', q.n)
    -- a tenant hears of its own; of everybody's only a login of the operator
    from (
        select count(*) as n from quarantine x
        where x.tenant_id = portarium.tenant_id()
            or portarium.tenant_id() is null and pg_has_role(session_user, 'portarium_admin', 'member')
    ) q
    where q.n > 0
    union all
    select 'info', 'flavour', portarium_int.flavour();
end
$$;
comment on function portarium.health() is
    'Findings about this installation: roles, wall, keys, privileges, definer functions, faults of the server''s release, room for locks, version of the data, flavour, jobs and timers that were given up, who holds back the horizon. Severity error: a promise does not hold; warning: somebody should look; info';
