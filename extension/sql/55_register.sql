-- SPDX-License-Identifier: PostgreSQL
-- Registering a workflow: check the document, refuse what the engine cannot run, hash its canonical form, compile it once, give
-- the name its next version. A document that is registered already under its hash is only referred to again.

create function portarium_int.refuse_findings(p_message text, p_code text, p_findings jsonb)
    returns void
    language plpgsql
    immutable
    as $$
begin
    raise exception using
        errcode = p_code,
        message = p_message,
        detail = p_findings::text,
        hint = 'portarium.validate_workflow tells the same without registering.';
end
$$;

create function portarium_int.check_definition(p_definition jsonb)
    returns jsonb
    language plpgsql
    stable
    as $$
declare
    v_report jsonb := portarium.validate_workflow(p_definition);
    v_unsupported jsonb;
    v_endless jsonb;
begin
    if not (v_report -> 'valid')::boolean then
        perform portarium_int.refuse_findings('workflow document has errors', 'UP002', v_report -> 'findings');
    end if;
    v_endless := pg_catalog.jsonb_path_query_array(v_report, '$.findings[*] ? (@.code == "NO_EXIT")');
    if v_endless <> '[]' then
        perform portarium_int.refuse_findings('workflow document has states that lead to no end', 'UP002', v_endless);
    end if;
    select pg_catalog.jsonb_agg(pg_catalog.to_jsonb(u)) into v_unsupported from portarium_int.asl_unsupported(p_definition) u;
    if v_unsupported is not null then
        perform portarium_int.refuse_findings('workflow document uses a feature that is not offered', 'UP008', v_unsupported);
    end if;
    return v_report -> 'findings';
end
$$;

-- Every action of the document is registered and enabled; another resource than an action or an approval has no meaning yet.
create function portarium_int.check_resources(p_tenant uuid, p_definition jsonb)
    returns void
    language plpgsql
    stable
    as $$
declare
    v_found jsonb;
    v_disabled text;
begin
    select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('severity', 'error', 'code', 'UNKNOWN_RESOURCE', 'pointer', r.pointer,
            'message', pg_catalog.format('resource "%s" is not registered', r.resource),
            'hint', 'Register the adapter with portarium.register_adapter, or name one of its operations.')),
        pg_catalog.max(a.name) filter (where not a.enabled)
    into v_found, v_disabled
    from portarium_int.asl_resources(p_definition) r
    left join adapter a on a.tenant_id = p_tenant and a.name = portarium_int.adapter_of(r.resource)
    where r.resource <> 'portarium:approval' and (a.operations -> portarium_int.operation_of(r.resource) is null or not a.enabled);
    if v_disabled is not null then
        raise exception using errcode = 'UP105', message = pg_catalog.format('adapter "%s" is disabled', v_disabled);
    elsif v_found is not null then
        perform portarium_int.refuse_findings('workflow document names an adapter or operation that is not registered', 'UP006', v_found);
    end if;
end
$$;

-- No path leads around an approval that the tenant requires.
create function portarium_int.check_requirements(p_tenant uuid, p_name text, p_definition jsonb)
    returns void
    language plpgsql
    stable
    as $$
declare
    v_found jsonb := portarium_int.bypasses(p_tenant, p_name, p_definition);
begin
    if v_found is not null then
        perform portarium_int.refuse_findings('workflow document leads around a required approval', 'UP207', v_found);
    end if;
end
$$;

-- The states of a machine and of the machines inside its Parallel and Map states; names are unique over the whole document.
create function portarium_int.compile_all(p_machine jsonb)
    returns setof portarium_int.asl_state
    language sql
    immutable
    as $$
    with recursive m (machine) as (
        select p_machine
        union all
        select i.value
        from m
        cross join lateral portarium_int.asl_compile(m.machine) s
        cross join lateral pg_catalog.jsonb_array_elements(coalesce(s.machines, '[]')) i
    )
    select s.* from m cross join lateral portarium_int.asl_compile(m.machine) s
$$;

-- The tenant's number for this definition, compiled and stored when it is new.
create function portarium_int.store_definition(p_tenant uuid, p_definition jsonb)
    returns int
    language plpgsql
    as $$
declare
    v_hash bytea := portarium_int.payload_hash(p_definition);
    v_def int;
begin
    select d.def_id into v_def from definition d where d.tenant_id = p_tenant and d.hash = v_hash;
    if found then
        return v_def;
    end if;
    select coalesce(pg_catalog.max(d.def_id), 0) + 1 into v_def from definition d where d.tenant_id = p_tenant;
    insert into definition_state
    select p_tenant, v_def, (s).* from portarium_int.compile_all(p_definition) s;
    insert into definition (tenant_id, def_id, hash, body, start_at, timeout_seconds, needs_context)
    values (p_tenant, v_def, v_hash, p_definition, p_definition ->> 'StartAt', (p_definition ->> 'TimeoutSeconds')::int,
        exists (select from definition_state s where s.tenant_id = p_tenant and s.def_id = v_def and s.needs_ctx));
    return v_def;
end
$$;

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
    v_def int;
    v_last workflow%rowtype;
begin
    perform portarium_int.require_role('admin', 'operator');
    if register_workflow.name is null or register_workflow.name !~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$' then
        raise exception using errcode = 'UP007', message = format('workflow name "%s" is not a name', register_workflow.name),
            hint = 'Use letters, digits, dots, hyphens and underscores, 80 at most.';
    elsif register_workflow.tier is null or register_workflow.tier not in ('Auto', 'Assisted', 'HumanApprove', 'ManualOnly') then
        raise exception using errcode = 'UP007', message = format('execution tier "%s" is unknown', register_workflow.tier),
            hint = 'Use Auto, Assisted, HumanApprove or ManualOnly.';
    end if;
    findings := portarium_int.check_definition(register_workflow.definition);
    perform portarium_int.check_resources(v_tenant, register_workflow.definition);
    perform portarium_int.check_requirements(v_tenant, register_workflow.name, register_workflow.definition);
    -- definition and version numbers are given out under the lock of the tenant's row
    perform from tenant t where t.tenant_id = v_tenant for no key update;
    v_def := portarium_int.store_definition(v_tenant, register_workflow.definition);
    hash := encode(portarium_int.payload_hash(register_workflow.definition), 'hex');
    select w.* into v_last from workflow w
    where w.tenant_id = v_tenant and w.name = register_workflow.name order by w.version desc limit 1;
    version := v_last.version;
    if v_last.def_id = v_def and v_last.tier = register_workflow.tier then
        return;
    end if;
    version := coalesce(v_last.version, 0) + 1;
    insert into workflow (tenant_id, name, version, def_id, tier, findings, created_by)
    values (v_tenant, register_workflow.name, register_workflow.version, v_def, register_workflow.tier, register_workflow.findings, portarium.actor());
    perform portarium_int.append(v_tenant, portarium_int.uuid7(), 1, 'workflow.registered', portarium.actor(),
        portarium_int.canonical(jsonb_build_object('workflow', register_workflow.name, 'version', register_workflow.version,
            'definition', register_workflow.hash, 'tier', register_workflow.tier)),
        portarium_int.salt());
end
$$;
comment on function portarium.register_workflow(text, jsonb, text) is
    'Registers an Amazon States Language document under a name and returns its version, the SHA-256 of its canonical form and the warnings. The same document and tier again: the version that exists. tier: Auto, Assisted, HumanApprove, ManualOnly, the least strict of its actions. Errors: UP002 errors in the document, UP006 unknown adapter or operation, UP007, UP008 feature not offered, UP105 adapter disabled, UP201, UP205, UP207 leads around a required approval';

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
