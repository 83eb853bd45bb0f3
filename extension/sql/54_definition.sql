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
        operations jsonb not null,
        enabled boolean not null default true,
        updated_at timestamptz not null default pg_catalog.now(),
        primary key (tenant_id, name),
        constraint adapter_kind_is_known check (kind in ('http', 'exec'))
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

-- The adapter and the operation that a resource names; null for a resource that is no action.
create function portarium_int.adapter_of(p_resource text)
    returns text
    language sql
    immutable
    parallel safe
    as $$
    select case when p_resource operator(pg_catalog.^@) 'portarium:action:'
        then pg_catalog.split_part(pg_catalog.substr(p_resource, 18), '.', 1) end
$$;

create function portarium_int.operation_of(p_resource text)
    returns text
    language sql
    immutable
    parallel safe
    as $$
    select case when p_resource operator(pg_catalog.^@) 'portarium:action:'
        then pg_catalog.substr(p_resource, 18 + pg_catalog.strpos(pg_catalog.substr(p_resource, 18), '.')) end
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
            when p_kind = 'http' and not (v_op ? 'method' and v_op ? 'path') then 'names no method and path'
            when p_kind = 'exec' and coalesce(v_op ->> 'program', '/') like '%/%' then 'names no program in the executor''s directory'
        end;
        if v_wrong is not null then
            raise exception using errcode = 'UP007', message = pg_catalog.format('operation "%s" %s', v_name, v_wrong);
        end if;
    end loop;
end
$$;

create function portarium.register_adapter(name text, kind text, operations jsonb, base_url text default null)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
begin
    perform portarium_int.require_role('admin', 'operator');
    if register_adapter.name is null or register_adapter.name !~ '^[a-z][a-z0-9_-]{0,62}$' then
        raise exception using errcode = 'UP007', message = format('adapter name "%s" is not a name', register_adapter.name);
    end if;
    if register_adapter.kind is null or register_adapter.kind not in ('http', 'exec') then
        raise exception using errcode = 'UP007', message = format('adapter kind "%s" is neither http nor exec', register_adapter.kind);
    end if;
    if register_adapter.kind = 'http' and coalesce(register_adapter.base_url, '') !~ '^https?://[^/?#]+' then
        raise exception using errcode = 'UP007', message = 'an http adapter needs a base_url with http or https';
    end if;
    perform portarium_int.check_operations(register_adapter.kind, register_adapter.operations);
    insert into adapter as a (tenant_id, name, kind, base_url, operations)
    values (v_tenant, register_adapter.name, register_adapter.kind, register_adapter.base_url, register_adapter.operations)
    on conflict on constraint adapter_pkey do update
    set kind = excluded.kind, base_url = excluded.base_url, operations = excluded.operations, enabled = true, updated_at = now();
    perform portarium_int.append(v_tenant, portarium_int.uuid7(), 1, 'adapter.registered', portarium.actor(),
        portarium_int.canonical(jsonb_build_object('adapter', register_adapter.name, 'kind', register_adapter.kind,
            'digest', encode(portarium_int.payload_hash(register_adapter.operations), 'hex'))),
        portarium_int.salt());
end
$$;
comment on function portarium.register_adapter(text, text, jsonb, text) is
    'Registers an adapter of the tenant, or replaces it. kind: http or exec; operations: object of operation name to its description (docs/interfaces.md). Errors: UP007, UP201, UP205';

create function portarium.enable_adapter(name text, enabled boolean)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
begin
    perform portarium_int.require_role('admin', 'operator');
    update adapter a set enabled = enable_adapter.enabled, updated_at = now()
    where a.tenant_id = v_tenant and a.name = enable_adapter.name;
    if not found then
        raise exception using errcode = 'UP006', message = format('adapter "%s" is not registered', enable_adapter.name);
    end if;
    perform portarium_int.append(v_tenant, portarium_int.uuid7(), 1, case when enable_adapter.enabled then 'adapter.enabled' else 'adapter.disabled' end,
        portarium.actor(), portarium_int.canonical(jsonb_build_object('adapter', enable_adapter.name)), portarium_int.salt());
end
$$;
comment on function portarium.enable_adapter(text, boolean) is
    'Enables or disables an adapter. Actions of a disabled one are denied when a run comes to them, and no document that names it is registered. Errors: UP006, UP201, UP205';
