-- SPDX-License-Identifier: PostgreSQL
-- Tenants of each tier: creating them, the schema that is a tenant's home, and the role that reads it.

-- The tables of a home. Runs as portarium_owner with the home first on the search path.
create function portarium_int.stamp_home_tables()
    returns void
    language plpgsql
    as $$
begin
    perform portarium_int.stamp_own_tables();
    -- the shared table's blocks are summarised by the sealer, which keeps a mark for it
    alter index entry_xid set (autosummarize = on);
end
$$;

-- A home: the tenant's tables, the views on them, the wall, the grants. The owner may create schemas in this database for this.
create function portarium_int.stamp_home(p_home name)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
begin
    if not has_database_privilege(current_database(), 'create') then
        raise exception using
            errcode = '42501',
            message = format('cannot create schema "%s"', p_home),
            detail = 'The role portarium_owner has no CREATE privilege on this database.',
            hint = 'Call portarium.install() again as the owner of the database.';
    end if;
    execute format('create schema %I', p_home);
    perform set_config('search_path', format('%I, portarium_data, pg_catalog', p_home), true);
    perform portarium_int.stamp_home_tables();
    perform portarium_int.stamp_all_views(p_home);
    perform portarium_int.raise_wall(p_home);
    perform portarium_int.grant_tables(p_home);
end
$$;

-- A slug and an id are taken by a tenant of whatever tier. Two sessions that want the same wait for each other.
create function portarium_int.require_free_name(p_slug text, p_tenant uuid)
    returns void
    language plpgsql
    as $$
begin
    perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('portarium tenant ' || n.name, 0))
    from (values (p_slug), (p_tenant::text)) n (name);
    if exists (select from tenant t where t.slug = p_slug or t.tenant_id = p_tenant)
        or exists (select from tenant_database d where d.slug = p_slug or d.tenant_id = p_tenant)
    then
        raise exception using
            errcode = 'UP106',
            message = pg_catalog.format('tenant "%s" exists', p_slug);
    end if;
end
$$;

create function portarium.create_tenant(
    slug text,
    display_name text default null,
    tenant_id uuid default null,
    tier text default 'A')
    returns uuid
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := coalesce(create_tenant.tenant_id, portarium_int.uuid7());
    v_home name := case when create_tenant.tier = 'B' then portarium_int.home_name(v_tenant) end;
begin
    if create_tenant.slug is null or create_tenant.slug !~ '^[a-z][a-z0-9-]{0,62}$' then
        raise exception using
            errcode = 'UP007',
            message = format('tenant slug "%s" is not a name', create_tenant.slug),
            hint = 'Use lower-case letters, digits and hyphens, a letter first, 63 at most.';
    elsif create_tenant.tier is null or create_tenant.tier not in ('A', 'B', 'C') then
        raise exception using
            errcode = 'UP007',
            message = format('tier "%s" is not A, B or C', create_tenant.tier);
    end if;
    perform portarium_int.require_free_name(create_tenant.slug, v_tenant);
    if create_tenant.tier = 'C' then
        insert into tenant_database (tenant_id, slug, display_name, database)
        values (v_tenant, create_tenant.slug, create_tenant.display_name, portarium_int.home_name(v_tenant));
        return v_tenant;
    end if;
    insert into tenant (tenant_id, slug, display_name, tier, home, salt, token_key)
    values (v_tenant, create_tenant.slug, create_tenant.display_name, create_tenant.tier, v_home,
        portarium_int.salt(), portarium_int.salt() || portarium_int.salt());
    if v_home is not null then
        perform portarium_int.stamp_home(v_home);
    end if;
    return v_tenant;
end
$$;
comment on function portarium.create_tenant(text, text, uuid, text) is
    'Creates a tenant and returns its id. tier: A, whose rows are among everybody''s behind the wall, B, which has the same tables in a schema of its own, or C, which gets a database of its own as soon as provision has made it. Errors: UP007 slug is not a name or tier not A, B or C, UP106 slug or id taken';

-- What a reader needs beside the views: the functions that they are made of, and the wall's.
create function portarium_int.functions_of_views(p_home name)
    returns setof regprocedure
    language sql
    stable
    as $$
    select distinct d.refobjid::regprocedure
    from pg_catalog.pg_class v
    join pg_catalog.pg_rewrite w on w.ev_class = v.oid
    join pg_catalog.pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = w.oid and d.refclassid = 'pg_proc'::regclass
    where v.relnamespace = pg_catalog.to_regnamespace(p_home) and v.relkind = 'v'
    union
    select 'portarium.tenant_id()'::regprocedure
$$;

-- The reader of a home may read its views, whichever they are now.
create function portarium_int.grant_reader(p_home name, p_reader name)
    returns void
    language plpgsql
    as $$
declare
    v_name text;
begin
    execute pg_catalog.format('grant usage on schema %I, portarium, portarium_int to %I', p_home, p_reader);
    for v_name in
        select c.oid::regclass::text from pg_catalog.pg_class c where c.relnamespace = pg_catalog.to_regnamespace(p_home) and c.relkind = 'v'
    loop
        execute pg_catalog.format('grant select on %s to %I', v_name, p_reader);
    end loop;
    for v_name in
        select f::text from portarium_int.functions_of_views(p_home) f
    loop
        execute pg_catalog.format('grant execute on function %s to %I', v_name, p_reader);
    end loop;
end
$$;

create function portarium.create_reader(tenant_id uuid)
    returns name
    language plpgsql
    volatile
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_home name;
    v_reader name;
begin
    perform portarium_int.lend_roles(true);
    v_home := portarium_int.home_of(create_reader.tenant_id);
    v_reader := v_home || '_reader';
    if v_home is null then
        raise exception using
            errcode = 'UP404',
            message = format('tenant "%s" has no schema of its own', create_reader.tenant_id);
    elsif to_regrole(v_reader) is not null then
        raise exception using
            errcode = 'UP106',
            message = format('role "%s" exists', v_reader);
    end if;
    execute format('create role %I nologin', v_reader);
    perform portarium_int.grant_reader(v_home, v_reader);
    perform portarium_int.lend_roles(false);
    return v_reader;
end
$$;
comment on function portarium.create_reader(uuid) is
    'Makes the role that may read the views in the schema of a tenant of tier B and nothing else, and returns its name. A login needs membership in it and bind_login() to the tenant, or a token. For who may create roles. Errors: UP106 the role exists, UP404 the tenant has no schema of its own';
