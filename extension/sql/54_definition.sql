-- SPDX-License-Identifier: PostgreSQL
-- What may run: adapters with their operations, immutable definitions named by the hash of their canonical form, workflows as
-- named, versioned references to them.

create function portarium_int.stamp_definition()
    returns void
    language plpgsql
    as $$
begin
    create table adapter (
        tenant_id uuid not null,
        name text not null,
        kind text not null,
        base_url text,
        operations jsonb not null,          -- what jobs carry
        declared jsonb,                     -- what else each declares (54_capability.sql); null: nothing
        enabled boolean not null default true,
        updated_at timestamptz not null default pg_catalog.now(),
        tested bytea,                       -- the contract_digest that has passed last
        trial boolean not null default false,   -- it waits for its test: it may be tried, and reach what it may
        primary key (tenant_id, name),
        constraint adapter_trial_is_off check (not (trial and enabled)),
        constraint adapter_kind_is_known check (kind in ('http', 'exec', 'worker'))
    );

    create table definition (
        tenant_id uuid not null,
        def_id int not null,
        hash bytea not null,
        body jsonb not null,
        start_at text not null,
        timeout_seconds int,
        needs_context boolean not null,     -- some state reads the context object
        created_at timestamptz not null default pg_catalog.now(),
        primary key (tenant_id, def_id),
        unique (tenant_id, hash)
    );

    create table workflow (
        tenant_id uuid not null,
        name text not null,
        version int not null,
        def_id int not null,
        tier text not null,
        findings jsonb not null,            -- the warnings of registration
        created_by text not null,
        created_at timestamptz not null default pg_catalog.now(),
        primary key (tenant_id, name, version),
        foreign key (tenant_id, def_id) references definition (tenant_id, def_id),
        constraint workflow_tier_is_known check (tier in ('Auto', 'Assisted', 'HumanApprove', 'ManualOnly'))
    );
end
$$;

-- The adapter and the operation that a resource names; null for a resource that is not judged. A SQL step is judged as an operation of an
-- adapter that nobody can register.
create function portarium_int.adapter_of(p_resource text)
    returns text
    language sql
    immutable
    parallel safe
    as $$
    select case
        when p_resource operator(pg_catalog.^@) 'portarium:action:' then pg_catalog.split_part(pg_catalog.substr(p_resource, 18), '.', 1)
        when p_resource operator(pg_catalog.^@) 'portarium:sql:' then 'portarium:sql' end
$$;

create function portarium_int.operation_of(p_resource text)
    returns text
    language sql
    immutable
    parallel safe
    as $$
    select case
        when p_resource operator(pg_catalog.^@) 'portarium:action:' then pg_catalog.replace(
            pg_catalog.substr(p_resource, 18 + pg_catalog.strpos(pg_catalog.substr(p_resource, 18), '.')), '.waitForTaskToken', '')
        when p_resource operator(pg_catalog.^@) 'portarium:sql:' then pg_catalog.substr(p_resource, 15) end
$$;

-- Whether a state with this resource waits for something from outside.
create function portarium_int.is_awaited(p_resource text)
    returns boolean
    language sql
    immutable
    parallel safe
    as $$
    select pg_catalog.right(p_resource, 17) = '.waitForTaskToken'
        or p_resource operator(pg_catalog.^@) 'portarium:signal:' or p_resource operator(pg_catalog.^@) 'portarium:workflow:'
$$;

-- Where an adapter's actions wait. Executors serve adapters by name, whoever's they are; a tenant's own workers serve its own only, so the
-- tenant is in their queue's name. What the operation requires of who does it stands behind the adapter, each with a plus before it. No
-- adapter's name has a slash or a plus.
create function portarium_int.queue_name(p_tenant uuid, p_kind text, p_adapter text, p_operation jsonb default null)
    returns text
    language sql
    immutable
    parallel safe
    as $$
    select case when p_kind = 'worker' then p_tenant || '/' || p_adapter else p_adapter end || case when p_operation ? 'requires' then coalesce((
        select pg_catalog.string_agg('+' || c, '' order by c) from (
            select distinct r from pg_catalog.jsonb_array_elements_text(p_operation -> 'requires') r) d (c)), '') else '' end
$$;

-- The name of something that an executor can do, which it announces and operations require; with a version behind an @ if it has one.
create function portarium_int.is_capability(p_name text)
    returns boolean
    language sql
    immutable
    parallel safe
    as $$ select coalesce(p_name, '') operator(pg_catalog.~) '^[A-Za-z0-9][A-Za-z0-9._@-]{0,62}$' $$;

create function portarium_int.check_requires(p_requires jsonb)
    returns boolean
    language sql
    immutable
    parallel safe
    as $$
    select pg_catalog.jsonb_typeof(p_requires) = 'array' and pg_catalog.jsonb_array_length(p_requires) <= 16 and not exists (
        select from pg_catalog.jsonb_array_elements(p_requires) r
        where pg_catalog.jsonb_typeof(r) <> 'string' or not portarium_int.is_capability(r #>> '{}'))
$$;

create function portarium_int.check_operations(p_kind text, p_operations jsonb)
    returns void
    language plpgsql
    immutable
    as $$
declare
    v_name text;
    v_op jsonb;
    v_wrong text;
begin
    if pg_catalog.jsonb_typeof(p_operations) is distinct from 'object' or p_operations = '{}' then
        raise exception using errcode = 'UP007', message = 'operations of an adapter are not a non-empty object';
    end if;
    for v_name, v_op in select o.key, o.value from pg_catalog.jsonb_each(p_operations) o loop
        v_wrong := case
            when pg_catalog.jsonb_typeof(v_op) <> 'object' then 'is not an object'
            when coalesce(v_op ->> 'tier', 'Auto') not in ('Auto', 'Assisted', 'HumanApprove', 'ManualOnly') then 'has an unknown tier'
            when v_op ? 'idempotent' and pg_catalog.jsonb_typeof(v_op -> 'idempotent') <> 'boolean' then 'has an "idempotent" that is not boolean'
            when v_op ? 'timeout_ms'
                and not (pg_catalog.jsonb_typeof(v_op -> 'timeout_ms') = 'number' and (v_op ->> 'timeout_ms')::numeric between 1 and 3600000)
                then 'has a "timeout_ms" outside 1 to 3600000'
            when v_op ? 'requires' and not portarium_int.check_requires(v_op -> 'requires')
                then 'has a "requires" that is not an array of at most 16 capabilities'
            when v_op ? 'requires' and p_kind = 'worker' then 'has a "requires", but workers announce nothing: admit those that can do it'
            when v_op ? 'limit_key' and coalesce(v_op ->> 'limit_key', '') operator(pg_catalog.!~) '^\$(\.[A-Za-z_][A-Za-z0-9_-]*)+$'
                then 'has a "limit_key" that is not a path like $.member'
            when p_kind = 'http' and not (v_op ? 'method' and v_op ? 'path') then 'names no method and path'
            when p_kind = 'exec' and coalesce(v_op ->> 'program', '/') like '%/%' then 'names no program in the executor''s directory'
        end;
        if v_wrong is not null then
            raise exception using errcode = 'UP007', message = pg_catalog.format('operation "%s" %s', v_name, v_wrong);
        end if;
    end loop;
end
$$;
