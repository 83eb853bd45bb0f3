-- SPDX-License-Identifier: PostgreSQL
-- Registering workflows.

create function portarium.register_workflow(
    name text,
    definition jsonb,
    tier text default 'Auto',
    out version int,
    out hash text,
    out findings jsonb)
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_actor text := portarium_int.require_role('admin', 'operator');
    v_definition jsonb := portarium_int.map_resources(v_tenant, register_workflow.definition);
    v_def int;
    v_last workflow%rowtype;
begin
    if register_workflow.name is null or register_workflow.name !~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$' then
        raise exception using errcode = 'UP007', message = format('workflow name "%s" is not a name', register_workflow.name),
            hint = 'Use letters, digits, dots, hyphens and underscores, 80 at most.';
    elsif register_workflow.tier is null or register_workflow.tier not in ('Auto', 'Assisted', 'HumanApprove', 'ManualOnly') then
        raise exception using errcode = 'UP007', message = format('execution tier "%s" is unknown', register_workflow.tier),
            hint = 'Use Auto, Assisted, HumanApprove or ManualOnly.';
    end if;
    findings := portarium_int.check_definition(v_definition);
    perform portarium_int.check_resources(v_tenant, v_definition);
    perform portarium_int.check_requirements(v_tenant, register_workflow.name, v_definition);
    -- definition and version numbers are given out under the lock of the tenant's row
    perform from tenant t where t.tenant_id = v_tenant for no key update;
    v_def := portarium_int.store_definition(v_tenant, v_definition);
    hash := encode(portarium_int.payload_hash(v_definition), 'hex');
    select w.* into v_last from workflow w
    where w.tenant_id = v_tenant and w.name = register_workflow.name order by w.version desc limit 1;
    version := v_last.version;
    if v_last.def_id = v_def and v_last.tier = register_workflow.tier then
        return;
    end if;
    version := coalesce(v_last.version, 0) + 1;
    insert into workflow (tenant_id, name, version, def_id, tier, findings, created_by)
    values (v_tenant, register_workflow.name, register_workflow.version, v_def, register_workflow.tier, register_workflow.findings, v_actor);
    perform portarium_int.plan_ahead(v_tenant, register_workflow.name);
    perform portarium_int.append(v_tenant, portarium_int.uuid7(), 1, 'workflow.registered', v_actor,
        portarium_int.canonical(jsonb_build_object('workflow', register_workflow.name, 'version', register_workflow.version,
            'definition', register_workflow.hash, 'source', encode(portarium_int.payload_hash(register_workflow.definition), 'hex'),
            'tier', register_workflow.tier)),
        portarium_int.salt());
end
$$;
comment on function portarium.register_workflow(text, jsonb, text) is
    'Registers an Amazon States Language document under a name and returns its version, the SHA-256 of its canonical form (foreign resources replaced by what map_resource says of them) and the warnings. The same document and tier again: the version that exists. tier: Auto, Assisted, HumanApprove, ManualOnly, the least strict of its actions. Errors: UP002 errors in the document, UP006 unknown adapter or operation, UP007, UP008 feature not offered, UP105 adapter disabled, UP201, UP205, UP207 leads around a required approval';

create function portarium.register_workflow(
    name text,
    definition text,
    tier text default 'Auto',
    out version int,
    out hash text,
    out findings jsonb)
    language plpgsql
    volatile
    set search_path = pg_catalog, pg_temp
    as $$
declare
    -- raises for text that is no JSON, names a member twice, or is too deep: all of it would be lost in jsonb
    v_canonical bytea := portarium.canonical_json(register_workflow.definition);
begin
    if pg_catalog.length(v_canonical) > 1048576 then
        raise exception using errcode = 'UP005', message = 'workflow document is larger than 1 MiB';
    end if;
    select w.version, w.hash, w.findings into register_workflow.version, register_workflow.hash, register_workflow.findings
    from portarium.register_workflow(register_workflow.name, register_workflow.definition::jsonb, register_workflow.tier) w;
end
$$;
comment on function portarium.register_workflow(text, text, text) is
    'As the form with jsonb, from the document''s text: malformed JSON (UP001), members named twice (UP003) and documents too large or deep (UP005) are refused, too';
