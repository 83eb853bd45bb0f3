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
    v_carried jsonb;
    v_declared jsonb;
    v_ready boolean;
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
    perform portarium_int.check_declarations(register_adapter.kind, register_adapter.base_url, register_adapter.operations);
    v_carried := portarium_int.carried_part(register_adapter.operations);
    v_declared := portarium_int.declared_part(register_adapter.operations);
    v_ready := not portarium_int.has_contract(v_declared) or exists (
        select from adapter a
        where a.tenant_id = v_tenant and a.name = register_adapter.name and a.tested = portarium_int.contract_digest(
            register_adapter.kind, register_adapter.base_url, v_carried, v_declared));
    insert into adapter as a (tenant_id, name, kind, base_url, operations, declared, enabled, trial)
    values (v_tenant, register_adapter.name, register_adapter.kind, register_adapter.base_url, v_carried, v_declared, v_ready, not v_ready)
    on conflict on constraint adapter_pkey do update
    set kind = excluded.kind, base_url = excluded.base_url, operations = excluded.operations, declared = excluded.declared, enabled = excluded.enabled,
        trial = excluded.trial, updated_at = now();
    perform portarium_int.plan_all_ahead(v_tenant);
    perform portarium_int.append(v_tenant, portarium_int.uuid7(), 1, 'adapter.registered', portarium.actor(),
        portarium_int.canonical(jsonb_build_object('adapter', register_adapter.name, 'kind', register_adapter.kind,
            'digest', encode(portarium_int.payload_hash(register_adapter.operations), 'hex'))),
        portarium_int.salt());
end
$$;
comment on function portarium.register_adapter(text, text, jsonb, text) is
    'Registers an adapter of the tenant, or replaces it. kind: http, exec or worker; operations: object of operation name to its description (docs/interfaces.md). One with a contract that it has not passed as it is is disabled until record_adapter_test. Errors: UP007, UP201, UP205';

-- An adapter with a contract is enabled as what has passed, and as nothing else.
create function portarium_int.require_contract(p_tenant uuid, p_name text)
    returns void
    language plpgsql
    stable
    as $$
begin
    if exists (
        select from adapter a
        where a.tenant_id = p_tenant and a.name = p_name and portarium_int.has_contract(a.declared)
            and a.tested is distinct from portarium_int.contract_digest(a.kind, a.base_url, a.operations, a.declared))
    then
        raise exception using
            errcode = 'UP105',
            message = pg_catalog.format('adapter "%s" has not passed its contract', p_name),
            hint = 'Run its cases with ./portarium adapter test.';
    end if;
end
$$;

create function portarium.record_adapter_test(name text, digest text, checked int, broken text[])
    returns boolean
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_actor text := portarium_int.require_role('admin', 'operator');
    v_good boolean := record_adapter_test.checked > 0 and record_adapter_test.broken = '{}';
    v_digest bytea := (
        select portarium_int.contract_digest(a.kind, a.base_url, a.operations, a.declared) from adapter a
        where a.tenant_id = v_tenant and a.name = record_adapter_test.name and portarium_int.has_contract(a.declared));
begin
    if v_digest is null then
        raise exception using errcode = 'UP006', message = format('adapter "%s" with a contract is not registered', record_adapter_test.name);
    elsif v_good is null or encode(v_digest, 'hex') is distinct from record_adapter_test.digest then
        raise exception using
            errcode = 'UP007',
            message = format('what was tested is not adapter "%s" as it is', record_adapter_test.name),
            hint = 'The view adapters has its digest; test it again.';
    end if;
    update adapter a
    set tested = case when v_good then v_digest end, enabled = v_good, trial = not v_good, updated_at = now()
    where a.tenant_id = v_tenant and a.name = record_adapter_test.name;
    perform portarium_int.plan_all_ahead(v_tenant);
    perform portarium_int.append(v_tenant, portarium_int.uuid7(), 1, 'adapter.tested', v_actor,
        portarium_int.canonical(jsonb_build_object('adapter', record_adapter_test.name, 'digest', record_adapter_test.digest,
            'good', v_good, 'checked', record_adapter_test.checked, 'broken', record_adapter_test.broken)),
        portarium_int.salt());
    return v_good;
end
$$;
comment on function portarium.record_adapter_test(text, text, int, text[]) is
    'Says how the test of an adapter''s contract went: the digest of the view adapters, how many cases, the names of those that it broke. Without any the adapter is enabled, else disabled. An entry either way. Errors: UP006, UP007 tested was something else, UP201, UP205';

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
    if enable_adapter.enabled then
        perform portarium_int.require_contract(v_tenant, enable_adapter.name);
    end if;
    update adapter a set enabled = enable_adapter.enabled, trial = false, updated_at = now()
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
    'Enables or disables an adapter. Actions of a disabled one are denied when a run comes to them, and no document that names it is registered. Errors: UP006, UP105 its contract has not been passed, UP201, UP205';
