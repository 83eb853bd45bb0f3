-- SPDX-License-Identifier: PostgreSQL
-- Where a tenant lives, and the databases that tenants of tier C have for themselves.
--
-- A tenant of tier C is a tenant of tier A in a database of its own; here it is a row that names that database. Nothing in this database
-- acts for it: its tokens are refused here (UP204), and route() says where they are good.
-- Creating one is a request, because no function can make a database. docker/operations/provision, outside, reads the requests, makes the
-- database, has it run what provision_script() says, and reports. Each of its steps finds what is there already. A change of the context
-- keys makes a request of every database again, so that tokens are good everywhere.

create function portarium_int.stamp_tenant_database()
    returns void
    language plpgsql
    as $$
begin
    create table tenant_database (
        tenant_id uuid primary key,
        slug text not null,
        display_name text,
        database name not null,
        epoch int not null default 1,
        requested_at timestamptz not null default pg_catalog.now(),
        ready_at timestamptz,       -- null: it is not there yet
        keys text,                  -- which context keys it knows
        reason text,                -- why the last attempt failed
        constraint tenant_database_slug_is_a_name check (slug operator(pg_catalog.~) '^[a-z][a-z0-9-]{0,62}$')
    );
    create unique index tenant_database_slug on tenant_database (slug);
end
$$;

-- The context keys of this database in one word.
create function portarium_int.context_keys_digest()
    returns text
    language plpgsql
    stable
    as $$
begin
    return (
        select pg_catalog.encode(pg_catalog.sha256(coalesce(
            pg_catalog.string_agg(pg_catalog.convert_to(k.kid, 'UTF8') || k.inner_block, '' order by k.kid), '')), 'hex')
        from context_key k);
end
$$;

create function portarium.route(
    tenant_id uuid,
    out tier text,
    out database name,
    out epoch int)
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_ready boolean := true;
begin
    -- it would tell anybody else which tenants exist
    if not pg_has_role(session_user, 'portarium_sidecar', 'member') and not pg_has_role(session_user, 'portarium_admin', 'member') then
        raise exception using
            errcode = '42501',
            message = format('role "%s" does not mint context tokens', session_user);
    end if;
    select t.tier, current_database(), t.epoch into tier, database, epoch from tenant t where t.tenant_id = route.tenant_id;
    if tier is null then
        select 'C', d.database, d.epoch, d.ready_at is not null into tier, database, epoch, v_ready
        from tenant_database d
        where d.tenant_id = route.tenant_id;
    end if;
    if tier is null then
        raise exception using
            errcode = 'UP404',
            message = format('tenant "%s" does not exist', route.tenant_id);
    elsif not v_ready then
        raise exception using
            errcode = 'UP111',
            message = format('database of tenant "%s" is being made', route.tenant_id),
            hint = 'Try again in a moment; health() says what holds it up.';
    end if;
end
$$;
comment on function portarium.route(uuid) is
    'Where a tenant lives: its tier, the database that serves it, and the route''s epoch, which a context token must carry; no secret. For who mints context tokens, and for portarium_admin. Errors: 42501 any other login, UP111 its database is being made, UP404';

create function portarium.databases()
    returns setof name
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
begin
    return next current_database();
    return query select d.database from tenant_database d where d.ready_at is not null order by d.database;
end
$$;
comment on function portarium.databases() is
    'The databases that hold tenants: this one, and those of tenants of tier C. For daemons, which work in each of them';

create function portarium.provision_requests()
    returns table (tenant_id uuid, database name, keys text)
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_keys text := portarium_int.context_keys_digest();
begin
    return query
    select d.tenant_id, d.database, v_keys
    from tenant_database d
    where d.ready_at is null or d.keys is distinct from v_keys
    order by d.requested_at, d.tenant_id;
end
$$;
comment on function portarium.provision_requests() is
    'The databases of tenants of tier C that are to be made, or do not know the context keys as they are now (keys, for provisioned()). For portarium_admin';

create function portarium.provision_script(tenant_id uuid)
    returns text
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_keys jsonb := (
        select coalesce(jsonb_agg(jsonb_build_object('kid', k.kid,
            'inner_block', encode(k.inner_block, 'hex'), 'outer_block', encode(k.outer_block, 'hex'))), '[]')
        from context_key k);
    v_script text := (
        select format('select portarium.receive_tenant(%L, %L, %L, %s, %L);', d.tenant_id, d.slug, d.display_name, d.epoch, v_keys)
        from tenant_database d
        where d.tenant_id = provision_script.tenant_id);
begin
    if v_script is null then
        raise exception using
            errcode = 'UP404',
            message = format('tenant "%s" has no database of its own', provision_script.tenant_id);
    end if;
    return v_script;
end
$$;
comment on function portarium.provision_script(uuid) is
    'The statement that the database of a tenant of tier C runs after install(); what tokens are checked with is in it. Again it changes nothing but keys that have changed. For portarium_admin. Errors: UP404';

create function portarium.provisioned(tenant_id uuid, keys text)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
begin
    update tenant_database d
    set ready_at = coalesce(d.ready_at, now()), keys = provisioned.keys, reason = null
    where d.tenant_id = provisioned.tenant_id;
    if not found then
        raise exception using
            errcode = 'UP404',
            message = format('tenant "%s" has no database of its own', provisioned.tenant_id);
    end if;
end
$$;
comment on function portarium.provisioned(uuid, text) is
    'The database of a tenant of tier C is there and knows these context keys (as provision_requests() named them); route() tells it from now on. For portarium_admin. Errors: UP404';

create function portarium.provision_failed(tenant_id uuid, reason text)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
begin
    update tenant_database d set reason = left(provision_failed.reason, 1000) where d.tenant_id = provision_failed.tenant_id;
    if not found then
        raise exception using
            errcode = 'UP404',
            message = format('tenant "%s" has no database of its own', provision_failed.tenant_id);
    end if;
end
$$;
comment on function portarium.provision_failed(uuid, text) is
    'Why a database could not be made; health() shows it until it is. For portarium_admin. Errors: UP404';

-- In the tenant's own database: the tenant, and the keys that its tokens are checked with.
create function portarium.receive_tenant(tenant_id uuid, slug text, display_name text, epoch int, keys jsonb)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
begin
    if exists (select from tenant t where t.tenant_id <> receive_tenant.tenant_id) then
        raise exception using
            errcode = 'UP106',
            message = format('database "%s" has another tenant', current_database());
    end if;
    insert into tenant (tenant_id, slug, display_name, epoch, salt, token_key)
    values (receive_tenant.tenant_id, receive_tenant.slug, receive_tenant.display_name, receive_tenant.epoch,
        portarium_int.salt(), portarium_int.salt() || portarium_int.salt())
    on conflict on constraint tenant_pkey do nothing;
    delete from context_key k where k.kid not in (select x ->> 'kid' from jsonb_array_elements(receive_tenant.keys) x);
    insert into context_key (kid, inner_block, outer_block)
    select x ->> 'kid', decode(x ->> 'inner_block', 'hex'), decode(x ->> 'outer_block', 'hex') from jsonb_array_elements(receive_tenant.keys) x
    on conflict on constraint context_key_pkey do update
    set inner_block = excluded.inner_block, outer_block = excluded.outer_block;
end
$$;
comment on function portarium.receive_tenant(uuid, text, text, int, jsonb) is
    'In the database of a tenant of tier C: makes the tenant if it is not there, and takes these context keys instead of those that were. Called by what provision_script() says. For portarium_admin. Errors: UP106 the database has another tenant';

-- Databases that are waited for, for health().
create function portarium_int.provision_findings()
    returns table (subject text, finding text)
    language plpgsql
    stable
    as $$
begin
    return query
    select 'database ' || d.database, coalesce('could not be made: ' || d.reason, 'is asked for since ' || d.requested_at)
    from tenant_database d
    where d.ready_at is null and (d.reason is not null or d.requested_at < pg_catalog.now() - interval '5 min');
end
$$;

-- Databases of tenants that all applications, or everybody, may connect to.
create function portarium_int.database_findings()
    returns table (subject text, finding text)
    language sql
    stable
    as $$
    select 'database ' || d.database, pg_catalog.format('%s has %s',
        case a.grantee when 0 then 'PUBLIC' else pg_catalog.pg_get_userbyid(a.grantee) end,
        pg_catalog.string_agg(a.privilege_type, ', ' order by a.privilege_type))
    from tenant_database d
    join pg_catalog.pg_database b on b.datname = d.database
    cross join lateral pg_catalog.aclexplode(coalesce(b.datacl, pg_catalog.acldefault('d', b.datdba))) a
    where d.ready_at is not null and a.grantee in (0, 'portarium_app'::pg_catalog.regrole)
    group by d.database, a.grantee
$$;
