-- SPDX-License-Identifier: PostgreSQL
-- Requirements: before which actions a document must ask for an approval, on every path. Checked when a workflow is registered, so
-- that a document which leads around an approval never runs. What is asked of an action by its tier or by a policy is another matter:
-- that is judged when a run comes to it.

create function portarium_int.stamp_requirement()
    returns void
    language plpgsql
    as $$
begin
    create table requirement (
        tenant_id uuid not null,
        workflow text not null,         -- a name, or * for any
        adapter text not null,          -- a name, or * for any
        operation text not null,        -- a name, or * for any
        created_by text not null,
        created_at timestamptz not null default pg_catalog.now(),
        primary key (tenant_id, workflow, adapter, operation)
    );
end
$$;

-- The findings: actions of the document that a requirement speaks of and that some path reaches without an approval.
create function portarium_int.bypasses(p_tenant uuid, p_workflow text, p_definition jsonb)
    returns jsonb
    language plpgsql
    stable
    as $$
declare
    v_reached portarium_int.asl_ungated_state[];
begin
    if not exists (select from requirement r where r.tenant_id = p_tenant and r.workflow in (p_workflow, '*')) then
        return null;
    end if;
    v_reached := array(select u from portarium_int.asl_ungated('', p_definition, null) u);
    return (
        select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('severity', 'error', 'code', 'APPROVAL_BYPASS', 'pointer', u.pointer,
            'message', pg_catalog.format('The action "%s.%s" is reached without an approval', portarium_int.adapter_of(u.resource),
                portarium_int.operation_of(u.resource)),
            'hint', 'Put a state with the resource portarium:approval before it, on every path; its Catch does not count.',
            'path', pg_catalog.to_jsonb(portarium_int.asl_path_to(v_reached, u.pointer))) order by u.pointer)
        from pg_catalog.unnest(v_reached) u
        where portarium_int.adapter_of(u.resource) is not null and exists (
            select from requirement r
            where r.tenant_id = p_tenant and r.workflow in (p_workflow, '*')
                and r.adapter in (portarium_int.adapter_of(u.resource), '*')
                and r.operation in (portarium_int.operation_of(u.resource), '*')));
end
$$;

-- "adapter.operation", "adapter.*" or "*" in its parts.
create function portarium_int.read_action_pattern(p_before text, out adapter text, out operation text)
    language plpgsql
    immutable
    as $$
begin
    if p_before is null or p_before !~ '^(\*|[a-z][a-z0-9_-]{0,62}\.(\*|[^.*]+))$' then
        raise exception using errcode = 'UP007', message = pg_catalog.format('action "%s" is not an action', p_before),
            hint = 'Use adapter.operation, adapter.* or *.';
    end if;
    adapter := pg_catalog.split_part(p_before, '.', 1);
    operation := case when p_before = '*' then '*' else pg_catalog.substr(p_before, pg_catalog.length(adapter) + 2) end;
end
$$;

create function portarium.require_approval(workflow text, before text, required boolean default true)
    returns table (name text, version int, findings jsonb)
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_action record;
    v_rows int;
begin
    perform portarium_int.require_role('admin');
    select p.adapter, p.operation into v_action from portarium_int.read_action_pattern(require_approval.before) p;
    if require_approval.workflow is null or require_approval.workflow !~ '^(\*|[A-Za-z0-9][A-Za-z0-9._-]{0,79})$' then
        raise exception using errcode = 'UP007', message = format('workflow name "%s" is not a name', require_approval.workflow);
    elsif require_approval.required then
        insert into requirement as r (tenant_id, workflow, adapter, operation, created_by)
        values (v_tenant, require_approval.workflow, v_action.adapter, v_action.operation, portarium.actor())
        on conflict do nothing;
    else
        delete from requirement r where r.tenant_id = v_tenant and r.workflow = require_approval.workflow
            and r.adapter = v_action.adapter and r.operation = v_action.operation;
    end if;
    get diagnostics v_rows = row_count;
    if v_rows > 0 then
        perform portarium_int.append(v_tenant, portarium_int.uuid7(), 1,
            case when require_approval.required then 'approval.required' else 'approval.not_required' end, portarium.actor(),
            portarium_int.canonical(jsonb_build_object('workflow', require_approval.workflow, 'before', require_approval.before)), portarium_int.salt());
    end if;
    return query
    select w.name, w.version, b.findings
    from (select distinct on (x.name) x.name, x.version, x.def_id from workflow x where x.tenant_id = v_tenant order by x.name, x.version desc) w
    join definition d on d.tenant_id = v_tenant and d.def_id = w.def_id
    cross join lateral (select portarium_int.bypasses(v_tenant, w.name, d.body)) b (findings)
    where b.findings is not null
    order by w.name;
end
$$;
comment on function portarium.require_approval(text, text, boolean) is
    'Requires of a workflow''s documents (* for all) that every path to an action (adapter.operation, adapter.* or *) leads through an approval, or no longer requires it. A document that does not is refused when it is registered. Returns the newest versions registered so far that lead around some requirement, with findings. Errors: UP007, UP201, UP205';
