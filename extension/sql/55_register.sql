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

-- Whether the tenant has what a resource names. A workflow need not be there: a document may start itself.
create function portarium_int.knows_resource(p_tenant uuid, p_resource text)
    returns boolean
    language plpgsql
    stable
    as $$
begin
    return case
        when p_resource in ('portarium:approval', 'portarium:callback.waitForTaskToken') then true
        when p_resource operator(pg_catalog.^@) 'portarium:action:' then exists (
            select from adapter a
            where a.tenant_id = p_tenant and a.name = portarium_int.adapter_of(p_resource) and a.enabled
                and a.operations ? portarium_int.operation_of(p_resource))
        when p_resource operator(pg_catalog.^@) 'portarium:sql:' then exists (
            select from sql_step s where s.tenant_id = p_tenant and s.name = portarium_int.operation_of(p_resource))
        else p_resource operator(pg_catalog.~)
                '^portarium:(signal:[A-Za-z0-9][A-Za-z0-9._-]{0,79}|workflow:[A-Za-z0-9][A-Za-z0-9._@:-]{0,159})$'
            and pg_catalog.right(p_resource, 17) <> '.waitForTaskToken' end;
end
$$;

-- Every resource of the document means something to the tenant, and no adapter of it is disabled.
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
            'hint', 'Register the adapter with register_adapter or the step with register_sql_step, or give a foreign URI its meaning with map_resource.')),
        pg_catalog.max(a.name) filter (where not a.enabled)
    into v_found, v_disabled
    from portarium_int.asl_resources(p_definition) r
    left join adapter a on a.tenant_id = p_tenant and a.name = portarium_int.adapter_of(r.resource)
    where not portarium_int.knows_resource(p_tenant, r.resource);
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
    insert into definition_state (tenant_id, def_id, name, type, next, is_end, resource, needs_ctx, input_path, parameters, result, result_selector,
        result_path, discards_result, output_path, assign, choices, choice_next, choice_assign, wait_seconds, wait_until, error, cause,
        timeout_seconds, timeout_path, heartbeat_seconds, heartbeat_path, retry, catch, machines, map, compensate,
        limit_key)
    select p_tenant, v_def, (s).* from portarium_int.compile_all(p_definition) s;
    insert into definition (tenant_id, def_id, hash, body, start_at, timeout_seconds, needs_context)
    values (p_tenant, v_def, v_hash, p_definition, p_definition ->> 'StartAt', (p_definition ->> 'TimeoutSeconds')::int,
        exists (select from definition_state s where s.tenant_id = p_tenant and s.def_id = v_def and s.needs_ctx));
    return v_def;
end
$$;
