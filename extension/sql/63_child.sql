-- SPDX-License-Identifier: PostgreSQL
-- Child runs as the engine has them: started in the commit of their parent's move, ended with it, heard of by it.

-- The start of a move's child; of a state that does not wait, also what the state's result makes of its run.
create function portarium_int.start_child(p_run portarium_int.run_fact, p_move portarium_int.move)
    returns portarium_int.move[]
    language plpgsql
    as $$
declare
    v_child record;
    v_workflow portarium_int.workflow_ref;
    v_occasion portarium_int.occasion;
    v_moves portarium_int.move[];
begin
    select c.* into v_child
    from definition_state s
    cross join lateral portarium_int.child_of(s.resource) c
    where s.tenant_id = p_run.tenant_id and s.def_id = p_run.def_id and s.name = p_run.cur;
    v_workflow := portarium_int.workflow_of(p_run.tenant_id, v_child.reference);
    v_workflow.tier := portarium_int.stricter_tier(v_workflow.tier, p_run.tier);
    -- what was planned ahead knows neither the parent nor its tier
    v_workflow.head := null;
    v_moves := portarium_int.first_moves(p_run.tenant_id, v_workflow, array[coalesce(p_move.arg, p_run.raw)], array[p_move.child],
        p_run.initiator, p_run.run_id, case when v_child.mode is not null then p_run.visit end,
        row (null, p_run.priority)::portarium_int.start_option);
    if v_workflow.timeout_seconds is not null then
        perform portarium_int.set_deadlines(v_moves, v_workflow.timeout_seconds);
    end if;
    v_moves[1].traceparent := (
        select portarium_int.trace_under(r.traceparent, portarium_int.run_span(r.run_id))
        from run r
        where r.tenant_id = p_run.tenant_id and r.run_id = p_run.run_id);
    if v_child.mode is not null then
        return v_moves;
    end if;
    v_occasion.kind := 'child.started';
    v_occasion.actor := 'system:engine';
    v_occasion.child := p_move.child;
    v_occasion.outcome := pg_catalog.jsonb_build_object('ExecutionArn', p_move.child, 'run_id', p_move.child,
        'StartDate', portarium_int.iso_ms(pg_catalog.clock_timestamp()));
    return v_moves || portarium_int.plan_result(p_run, v_occasion);
end
$$;

-- What a parent is told of its child, as AWS describes an execution; with .sync input and output are JSON text.
create function portarium_int.child_description(p_tenant uuid, p_child uuid, p_mode text)
    returns jsonb
    language plpgsql
    stable
    as $$
declare
    v_row record;
begin
    select r.*, coalesce(r.input, i.data) as whole_input, coalesce(r.output, o.data) as whole_output into v_row
    from run r
    left join payload i on i.tenant_id = r.tenant_id and i.hash = r.input_ref
    left join payload o on o.tenant_id = r.tenant_id and o.hash = r.output_ref
    where r.tenant_id = p_tenant and r.run_id = p_child;
    return pg_catalog.jsonb_build_object('ExecutionArn', p_child, 'Name', p_child, 'StateMachineArn', v_row.workflow, 'Status', v_row.state,
            'StartDate', pg_catalog.floor(extract(epoch from v_row.started_at) * 1000), 'StopDate', pg_catalog.floor(extract(epoch from v_row.ended_at) * 1000),
            'InputDetails', '{"Included": true}'::jsonb,
            'Input', case p_mode when 'sync:2' then v_row.whole_input else pg_catalog.to_jsonb(portarium_int.asl_json_text(v_row.whole_input)) end)
        || case when v_row.whole_output is null then '{}' else pg_catalog.jsonb_build_object('OutputDetails', '{"Included": true}'::jsonb,
            'Output', case p_mode when 'sync:2' then v_row.whole_output else pg_catalog.to_jsonb(portarium_int.asl_json_text(v_row.whole_output)) end) end
        || case when v_row.error is null then '{}' else pg_catalog.jsonb_build_object('Error', v_row.error) end
        || case when v_row.cause is null then '{}' else pg_catalog.jsonb_build_object('Cause', v_row.cause) end;
end
$$;

-- A child has ended whose parent waits for it.
create function portarium_int.plan_child_end(p_tenant uuid, p_parent uuid, p_child uuid, p_state text)
    returns portarium_int.move
    language plpgsql
    as $$
declare
    v_run portarium_int.run_fact := portarium_int.run_fact_of(p_tenant, p_parent);
    v_occasion portarium_int.occasion;
    v_description jsonb;
begin
    select portarium_int.child_description(p_tenant, p_child, (portarium_int.child_of(s.resource)).mode) into v_description
    from definition_state s
    where s.tenant_id = p_tenant and s.def_id = v_run.def_id and s.name = v_run.cur;
    v_occasion.kind := 'child.ended';
    v_occasion.actor := 'system:engine';
    v_occasion.child := p_child;
    if p_state = 'SUCCEEDED' then
        v_occasion.outcome := v_description;
        v_occasion.expected := true;
        return portarium_int.plan_result(v_run, v_occasion);
    end if;
    v_occasion.error := 'States.TaskFailed';
    return portarium_int.plan_error(v_run, v_occasion, portarium_int.asl_json_text(v_description));
end
$$;

-- Children have ended: what it makes of the parents that wait for them.
create function portarium_int.plan_child_ends(p_moves portarium_int.move[])
    returns portarium_int.move[]
    language sql
    as $$
    select array(
        select portarium_int.plan_child_end(m.tenant_id, m.parent_id, m.run_id, m.state)
        from pg_catalog.unnest(p_moves) m
        join expectation x on x.tenant_id = m.tenant_id and x.run_id = m.parent_id and x.child_id = m.run_id
        where m.root_id is null and portarium_int.is_terminal(m.state))
$$;

-- Ends children that are not waited for any more. One that has ended, or that the clock was to start, is none; one that undoes what it has
-- done goes on with that.
create function portarium_int.abort_child(p_tenant uuid, p_child uuid, p_spares boolean)
    returns portarium_int.move[]
    language plpgsql
    as $$
declare
    v_occasion portarium_int.occasion;
begin
    if not exists (
        select from run r
        where r.tenant_id = p_tenant and r.run_id = p_child and not portarium_int.is_terminal(r.state) and not portarium_int.is_undoing(r.state))
    then
        return '{}';
    end if;
    v_occasion.kind := 'run.aborted';
    v_occasion.actor := 'system:engine';
    v_occasion.spares := p_spares;
    perform portarium_int.close_approvals(p_tenant, p_child);
    return array[portarium_int.plan_end(portarium_int.lock_run(p_tenant, p_child), v_occasion, 'abort', 'the run that started it no longer waits')];
end
$$;
