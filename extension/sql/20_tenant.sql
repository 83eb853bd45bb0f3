-- SPDX-License-Identifier: PostgreSQL
-- Tenants: the registry, and whose transaction this is. A tenant is its uuid; the slug is for people.

create function portarium_int.stamp_tenant()
    returns void
    language plpgsql
    as $$
begin
    create table tenant (
        tenant_id uuid primary key,
        slug text not null,
        display_name text,
        tier text not null default 'A',
        home name,                  -- the schema of its own tables; null: they are among the shared ones
        epoch int not null default 1,
        moving boolean not null default false,
        salt bytea not null,
        token_key bytea not null,   -- of task tokens
        created_at timestamptz not null default pg_catalog.now(),
        -- a slug goes into file names and URLs
        constraint tenant_slug_is_a_name check (slug operator(pg_catalog.~) '^[a-z][a-z0-9-]{0,62}$'),
        constraint tenant_tier_is_known check (tier in ('A', 'B') and (home is not null) = (tier = 'B')),
        constraint tenant_salt_is_16_bytes check (pg_catalog.length(salt) = 16)
    );
    create unique index tenant_slug on tenant (slug);
end
$$;

-- Tenants between two tiers (88_move.sql).
create function portarium_int.stamp_move()
    returns void
    language plpgsql
    as $$
begin
    create table tenant_move (
        tenant_id uuid primary key,
        tier text not null,             -- where it goes
        phase text not null,
        waits text[],                   -- the transactions that it waits for
        started_at timestamptz not null,
        epoch int not null,             -- the place in the log up to which it is copied
        idx bigint not null,
        seen bigint,                    -- of the other tables
        copied bigint not null,         -- rows so far
        share bigint,                   -- rows of the last share
        places jsonb not null default '{}',     -- of each table, the copy's rows and digest
        verified boolean not null default false,    -- every row of both places was compared once
        written xid[] not null default '{}',    -- the transactions that wrote the copy
        constraint tenant_move_phase_is_known check (phase in ('BEGUN', 'COPYING', 'COPIED', 'LEFT'))
    );
end
$$;

create function portarium.tenant_by_slug(slug text)
    returns uuid
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid;
begin
    select t.tenant_id into v_tenant from tenant t where t.slug = tenant_by_slug.slug;
    if v_tenant is null then
        select d.tenant_id into v_tenant from tenant_database d where d.slug = tenant_by_slug.slug;
    end if;
    if v_tenant is null then
        raise exception using
            errcode = 'UP404',
            message = format('tenant "%s" does not exist', tenant_by_slug.slug);
    end if;
    return v_tenant;
end
$$;
comment on function portarium.tenant_by_slug(text) is 'The id of the tenant with this slug. Errors: UP404';

-- The context's tenant, whose home the rest of the calling function then works in (19_home.sql), or the refusal that every API function
-- gives without one.
create function portarium_int.require_tenant()
    returns uuid
    language plpgsql
    stable
    as $$
declare
    v_tenant uuid := portarium.tenant_id();
    v_away boolean;
begin
    if v_tenant is null then
        raise exception using
            errcode = 'UP201',
            message = 'no tenant in this transaction',
            hint = 'Set portarium.ctx to a context token with SET LOCAL, or have the login bound to a tenant.';
    end if;
    v_away := portarium_int.enter(v_tenant);
    return v_tenant;
end
$$;

-- The context's actor, or the refusal when it has none of these roles.
create function portarium_int.require_role(variadic p_any text[])
    returns text
    language plpgsql
    stable
    as $$
begin
    if not coalesce(portarium.roles() operator(pg_catalog.&&) p_any, false) then
        raise exception using
            errcode = 'UP205',
            message = pg_catalog.format('actor "%s" lacks the role', portarium.actor()),
            detail = pg_catalog.format('One of these is needed: %s.', pg_catalog.array_to_string(p_any, ', '));
    end if;
    return portarium.actor();
end
$$;
