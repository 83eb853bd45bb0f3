-- SPDX-License-Identifier: PostgreSQL
-- Registering adapters, enabling and disabling them. Each change plans the starts of the tenant's workflows anew.

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
    if register_adapter.kind is null or register_adapter.kind not in ('http', 'exec', 'worker') then
        raise exception using errcode = 'UP007', message = format('adapter kind "%s" is neither http nor exec nor worker', register_adapter.kind);
    elsif exists (
        select from adapter a
        where a.tenant_id = v_tenant and a.name = register_adapter.name and (a.kind = 'worker') <> (register_adapter.kind = 'worker'))
    then
        raise exception using
            errcode = 'UP007',
            message = format('adapter "%s" does not become one of kind "%s"', register_adapter.name, register_adapter.kind),
            detail = 'Its actions that wait lie where its workers, or the executors, find them.';
    end if;
    if register_adapter.kind = 'http' and coalesce(register_adapter.base_url, '') !~ '^https?://[^/?#]+' then
        raise exception using errcode = 'UP007', message = 'an http adapter needs a base_url with http or https';
    end if;
    perform portarium_int.check_operations(register_adapter.kind, register_adapter.operations);
    insert into adapter as a (tenant_id, name, kind, base_url, operations)
    values (v_tenant, register_adapter.name, register_adapter.kind, register_adapter.base_url, register_adapter.operations)
    on conflict on constraint adapter_pkey do update
    set kind = excluded.kind, base_url = excluded.base_url, operations = excluded.operations, enabled = true, updated_at = now();
    perform portarium_int.plan_all_ahead(v_tenant);
    perform portarium_int.append(v_tenant, portarium_int.uuid7(), 1, 'adapter.registered', portarium.actor(),
        portarium_int.canonical(jsonb_build_object('adapter', register_adapter.name, 'kind', register_adapter.kind,
            'digest', encode(portarium_int.payload_hash(register_adapter.operations), 'hex'))),
        portarium_int.salt());
end
$$;
comment on function portarium.register_adapter(text, text, jsonb, text) is
    'Registers an adapter of the tenant, or replaces it. kind: http, exec or worker; operations: object of operation name to its description (docs/interfaces.md). Errors: UP007, UP201, UP205';

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
    perform portarium_int.plan_all_ahead(v_tenant);
    perform portarium_int.append(v_tenant, portarium_int.uuid7(), 1, case when enable_adapter.enabled then 'adapter.enabled' else 'adapter.disabled' end,
        portarium.actor(), portarium_int.canonical(jsonb_build_object('adapter', enable_adapter.name)), portarium_int.salt());
end
$$;
comment on function portarium.enable_adapter(text, boolean) is
    'Enables or disables an adapter. Actions of a disabled one are denied when a run comes to them, and no document that names it is registered. Errors: UP006, UP201, UP205';
