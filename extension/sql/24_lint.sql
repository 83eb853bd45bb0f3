-- SPDX-License-Identifier: PostgreSQL
-- What is wrong with the wall, read from the catalogs: tables and their policies, keys, privileges, definer functions, the functions
-- that say who is asking, and the server itself. Each function gives rows of subject and finding, none when all is well; health()
-- shows them in production. No table is named but those that span tenants by their nature, so that a new one is judged, too.

-- Tables with a tenant that no tenant writes: the registry's slug, the login's name and the meta-log are unique over all tenants.
create function portarium_int.spanning_tables()
    returns name[]
    language sql
    immutable
    parallel safe
    as $$ select array['tenant', 'tenant_database', 'login_binding', 'meta_leaf']::name[] $$;

-- The tables of a data schema that the wall has to guard.
create function portarium_int.walled_tables(p_schema name)
    returns table (table_oid oid, subject text, tenant_column smallint)
    language sql
    stable
    as $$
    select c.oid, n.nspname || '.' || c.relname, a.attnum
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
    where n.nspname = p_schema and c.relkind in ('r', 'p')
$$;

create function portarium_int.wall_findings(p_schema name)
    returns table (subject text, finding text)
    language sql
    stable
    as $$
    select t.subject, f.finding
    from portarium_int.walled_tables(p_schema) t
    join pg_catalog.pg_class c on c.oid = t.table_oid
    left join pg_catalog.pg_policy p on p.polrelid = t.table_oid and p.polname = 'pt_wall'
    cross join lateral (
        values
            (not c.relrowsecurity, 'row-level security is off'),
            (not c.relforcerowsecurity, 'row-level security is not forced'),
            (c.relowner <> 'portarium_owner'::regrole, 'the owner is not portarium_owner'),
            (p.oid is null, 'the wall is missing'),
            (p.polpermissive, 'the wall is permissive'),
            (p.polcmd <> '*', 'the wall does not stand for every command'),
            (not p.polroles operator(pg_catalog.@>) array['portarium_owner'::regrole::oid, 'portarium_app'::regrole::oid],
                'the wall does not hold owner and applications'),
            (p.oid is not null and not coalesce(
                pg_catalog.pg_get_expr(p.polqual, p.polrelid) operator(pg_catalog.~) '^\(tenant_id = (\( SELECT )?portarium\.tenant_id\(\)( AS tenant_id)?\)?\)$'
                and pg_catalog.pg_get_expr(p.polqual, p.polrelid) = pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), false),
                'the wall does not compare with the tenant of the context')
    ) f (wrong, finding)
    where f.wrong
    union all
    select t.subject, pg_catalog.format('policy "%s" opens the table to others', p.polname)
    from portarium_int.walled_tables(p_schema) t
    join pg_catalog.pg_policy p on p.polrelid = t.table_oid and p.polpermissive
    where p.polname not in ('pt_allow', 'pt_backup')
$$;

-- A key that does not begin with the tenant tells one tenant what another has.
create function portarium_int.key_findings(p_schema name)
    returns table (subject text, finding text)
    language sql
    stable
    as $$
    select t.subject, pg_catalog.format('unique key "%s" does not begin with the tenant', i.indexrelid::regclass)
    from portarium_int.walled_tables(p_schema) t
    join pg_catalog.pg_class c on c.oid = t.table_oid
    join pg_catalog.pg_index i on i.indrelid = t.table_oid and i.indisunique
    where i.indkey[0] <> t.tenant_column and c.relname <> all (portarium_int.spanning_tables())
    union all
    select t.subject, pg_catalog.format('foreign key "%s" does not carry the tenant', k.conname)
    from portarium_int.walled_tables(p_schema) t
    join pg_catalog.pg_constraint k on k.conrelid = t.table_oid and k.contype = 'f'
    join portarium_int.walled_tables(p_schema) r on r.table_oid = k.confrelid
    where not exists (
        select from pg_catalog.generate_subscripts(k.conkey, 1) i
        where k.conkey[i] = t.tenant_column and k.confkey[i] = r.tenant_column)
    union all
    select t.subject, pg_catalog.format('trigger "%s" acts on data', g.tgname)
    from portarium_int.walled_tables(p_schema) t
    join pg_catalog.pg_trigger g on g.tgrelid = t.table_oid and not g.tgisinternal
$$;

-- Nobody but owner, system and backup reaches a table or one of its columns, and nobody changes evidence.
create function portarium_int.privilege_findings(p_schema name)
    returns table (subject text, finding text)
    language sql
    stable
    as $$
    with held as (
        select c.oid, n.nspname || '.' || c.relname as subject, c.relname, g.grantee, g.privilege_type
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        cross join lateral (
            select * from pg_catalog.aclexplode(c.relacl)
            union all
            select x.* from pg_catalog.pg_attribute a cross join lateral pg_catalog.aclexplode(a.attacl) x where a.attrelid = c.oid
        ) g
        where n.nspname = p_schema and c.relkind in ('r', 'p', 'S'))
    select h.subject, pg_catalog.format('role "%s" may %s', case h.grantee when 0 then 'public' else h.grantee::regrole::text end, h.privilege_type)
    from held h
    where h.grantee not in ('portarium_owner'::regrole, 'portarium_sys'::regrole, 'portarium_backup'::regrole)
        and not exists (
            select from portarium_int.narrow_grants() g
            where g.role_name = h.grantee::regrole::text and g.privilege = h.privilege_type and g.table_name = h.relname)
    union all
    select h.subject, pg_catalog.format('role "%s" may %s evidence', h.grantee::regrole, h.privilege_type)
    from held h
    where h.relname = any (portarium_int.append_only_tables()) and h.privilege_type in ('UPDATE', 'DELETE', 'TRUNCATE')
        and h.grantee in ('portarium_owner'::regrole, 'portarium_sys'::regrole, 'portarium_backup'::regrole)
$$;

create function portarium_int.definer_findings()
    returns table (subject text, finding text)
    language sql
    stable
    as $$
    select p.oid::regprocedure::text, f.finding
    from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    cross join lateral (
        values
            (p.prosecdef and not coalesce('search_path=pg_catalog, portarium_data, pg_temp' = any (p.proconfig), false),
                'a SECURITY DEFINER function without our search_path'),
            (p.prosecdef and p.proowner not in ('portarium_owner'::regrole, 'portarium_sys'::regrole)
                and (p.proname, p.proowner) not in (('take_away_entries', 'portarium_records'::regrole), ('take_copies', 'portarium_mover'::regrole)),
                'a SECURITY DEFINER function of another role'),
            (exists (
                select from pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) g where g.grantee = 0),
                'may be called by everybody')
    ) f (wrong, finding)
    where n.nspname in ('portarium', 'portarium_int') and f.wrong
    union all
    -- an IMMUTABLE one would be computed when a statement is prepared, for whoever comes next
    select p.oid::regprocedure::text, 'says who is asking and is not STABLE'
    from pg_catalog.pg_proc p
    where p.oid in ('portarium.tenant_id()'::regprocedure, 'portarium.actor()'::regprocedure, 'portarium.roles()'::regprocedure)
        and p.provolatile <> 's'
$$;

-- Faults of PostgreSQL in row-level security itself, and the first minor release of each major one without them.
create function portarium_int.server_faults()
    returns table (fault text, about text, mended int[])
    language sql
    immutable
    parallel safe
    as $$
    values
        ('CVE-2023-2455', 'policies after a change of role', array[150003, 140008]),
        ('CVE-2023-39418', 'policies of MERGE', array[150004]),
        ('CVE-2024-10976', 'policies after a change of role, in subqueries', array[170001, 160005, 150009, 140014]),
        ('CVE-2025-8713', 'statistics of rows behind a policy', array[170006, 160010, 150014, 140019])
$$;

create function portarium_int.server_findings(p_server int)
    returns table (subject text, finding text)
    language sql
    stable
    as $$
    select f.fault, pg_catalog.format('this minor release does not guard %s: update to %s.%s', f.about, m / 10000, m % 10000)
    from portarium_int.server_faults() f
    cross join lateral pg_catalog.unnest(f.mended) m
    where m / 10000 = p_server / 10000 and p_server < m
$$;

-- A dump of everything locks every table at once; it fails where the lock table is smaller, so half of it is the bound.
create function portarium_int.lock_findings(p_slots bigint)
    returns table (subject text, finding text)
    language sql
    stable
    as $$
    select 'max_locks_per_transaction', pg_catalog.format('a dump locks %s tables at once and the lock table has room for %s', t.n, p_slots)
    from (
        select pg_catalog.count(*) as n
        from pg_catalog.pg_class c
        where c.relkind in ('r', 'p', 'm', 'S')
    ) t
    where t.n > p_slots / 2
$$;

create function portarium_int.lock_slots()
    returns bigint
    language sql
    stable
    as $$
    select pg_catalog.current_setting('max_locks_per_transaction')::bigint
        * (pg_catalog.current_setting('max_connections')::bigint + pg_catalog.current_setting('max_prepared_transactions')::bigint)
$$;
