-- SPDX-License-Identifier: PostgreSQL
-- Strands: the branches of a Parallel and the iterations of a Map. Each is a row of run with a parent, moved by the same planner and
-- mover, with jobs, timers, approvals and entries of its own; strand keeps what the parent needs to join them.
--
-- Order: the parent's move forks; strands are started, as many at a time as MaxConcurrency allows; the end of a strand starts the next
-- one, or joins, or fails the parent's state and ends the others.
-- Nothing is moved here: each function writes its part of the table strand and answers with planned moves (64_apply.sql).
-- Lock order: the root run first, before any strand's last move; so the strands of one run end one after the other.

create function portarium_int.stamp_strand()
    returns void
    language plpgsql
    as $$
begin
    create table strand (
        tenant_id uuid not null,
        run_id uuid not null,           -- the parent
        visit int not null,             -- of the parent's state
        slot int not null,
        child_id uuid,                  -- null while it waits for its turn
        start_at text not null,
        input jsonb not null,
        item jsonb,
        status text not null default 'PENDING',
        output jsonb,
        error text,
        cause text,
        primary key (tenant_id, run_id, visit, slot),
        constraint strand_status_is_known check (status in ('PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'ABORTED')),
        -- a strand that runs or ran has a run of its own
        constraint strand_started_has_child check (status in ('PENDING', 'ABORTED') or child_id is not null)
    );
end
$$;

-- The step that a Map stands at, as the interpreter made it.
create function portarium_int.step_of(p_run portarium_int.run_fact, p_state portarium_int.asl_state)
    returns portarium_int.asl_step
    language sql
    volatile
    as $$ select portarium_int.asl_enter(p_state, p_run.raw, p_run.vars, portarium_int.context_of(p_run)) $$;

-- Writes down the strands of a fork; the starts of the first of them.
create function portarium_int.fork(p_run portarium_int.run_fact, p_arg jsonb)
    returns portarium_int.move[]
    language plpgsql
    as $$
declare
    v_state portarium_int.asl_state := portarium_int.asl_load(p_run.tenant_id, p_run.def_id, p_run.cur);
    v_input jsonb := coalesce(p_arg, p_run.raw);
    v_step portarium_int.asl_step;
    v_context jsonb := portarium_int.context_of(p_run);
begin
    if v_state.type = 'Parallel' then
        insert into strand (tenant_id, run_id, visit, slot, start_at, input)
        select p_run.tenant_id, p_run.run_id, p_run.visit, b.n - 1, b.machine ->> 'StartAt', v_input
        from pg_catalog.jsonb_array_elements(v_state.machines) with ordinality b (machine, n);
    else
        v_step := portarium_int.step_of(p_run, v_state);
        insert into strand (tenant_id, run_id, visit, slot, start_at, input, item, status, error, cause)
        select p_run.tenant_id, p_run.run_id, p_run.visit, i.n - 1, v_state.machines -> 0 ->> 'StartAt', coalesce(x.input, 'null'),
            x.ctx -> 'Map' -> 'Item',
            case when x.problem is null then 'PENDING' else 'ABORTED' end,
            case when x.problem is not null then 'States.Runtime' end, x.problem
        from portarium_int.asl_map_problem(v_state, v_step, v_context) m
        cross join lateral pg_catalog.jsonb_array_elements(m.items) with ordinality i (value, n)
        cross join lateral portarium_int.asl_map_item(v_state, v_step, coalesce(v_context, '{}'), i.value, i.n::int - 1) x;
    end if;
    return portarium_int.advance_strands(p_run, v_state);
end
$$;

-- How many strands may run at once; null: all of them.
create function portarium_int.strand_limit(p_run portarium_int.run_fact, p_state portarium_int.asl_state)
    returns int
    language plpgsql
    as $$
declare
    v_step portarium_int.asl_step;
begin
    if p_state.type <> 'Map' then
        return null;
    end if;
    v_step := portarium_int.step_of(p_run, p_state);
    return (select nullif(n.value, 0)::int
        from portarium_int.asl_map_number(p_state, 'MaxConcurrency', v_step.input, v_step.vars, portarium_int.context_of(p_run)) n);
end
$$;

create function portarium_int.start_strands(p_run portarium_int.run_fact, p_many int)
    returns portarium_int.move[]
    language plpgsql
    as $$
declare
    v_due record;
    v_trace text := (select r.traceparent from run r where r.tenant_id = p_run.tenant_id and r.run_id = p_run.run_id);
    v_moves portarium_int.move[] := '{}';
    v_move portarium_int.move;
    v_fact portarium_int.run_fact;
begin
    for v_due in
        update strand s
        set status = 'RUNNING', child_id = portarium_int.uuid7()
        where s.tenant_id = p_run.tenant_id and s.run_id = p_run.run_id and s.visit = p_run.visit and s.status = 'PENDING'
            and s.slot in (
                select n.slot from strand n
                where n.tenant_id = p_run.tenant_id and n.run_id = p_run.run_id and n.visit = p_run.visit and n.status = 'PENDING'
                order by n.slot
                limit p_many)
        returning s.slot, s.child_id, s.start_at, s.input, s.item
    loop
        v_fact := row (p_run.tenant_id, v_due.child_id, p_run.def_id, p_run.workflow, p_run.tier, p_run.initiator, pg_catalog.clock_timestamp(),
            'NEW', null, 0, 0, 0, null, v_due.input, p_run.vars, v_due.input, p_run.needs_context,
            coalesce(p_run.root_id, p_run.run_id), p_run.run_id, p_run.visit, v_due.slot,
            -- a branch inside an iteration is of the same item
            coalesce(v_due.item, p_run.item), p_run.held, p_run.priority)::portarium_int.run_fact;
        v_move := portarium_int.plan_start(v_fact, v_due.start_at, null, null, v_move);
        v_move.def_id := p_run.def_id;
        v_move.workflow := p_run.workflow;
        v_move.tier := p_run.tier;
        v_move.initiator := p_run.initiator;
        v_move.started_at := v_fact.started_at;
        v_move.input := v_due.input;
        v_move.traceparent := v_trace;
        v_moves := v_moves || v_move;
    end loop;
    return v_moves;
end
$$;

-- What the strands of a visit have come to.
create type portarium_int.tally as (
    pending int,
    running int,
    failed int,
    total int,
    error text,
    cause text
);

create function portarium_int.tally_strands(p_run portarium_int.run_fact)
    returns portarium_int.tally
    language plpgsql
    as $$
declare
    v_tally portarium_int.tally;
begin
    select pg_catalog.count(*) filter (where s.status = 'PENDING'), pg_catalog.count(*) filter (where s.status = 'RUNNING'),
        pg_catalog.count(*) filter (where s.error is not null or s.status = 'FAILED'), pg_catalog.count(*),
        (pg_catalog.array_agg(s.error order by s.slot) filter (where s.status in ('FAILED', 'ABORTED') and s.error is not null))[1],
        (pg_catalog.array_agg(s.cause order by s.slot) filter (where s.status in ('FAILED', 'ABORTED') and s.error is not null))[1]
    into v_tally
    from strand s
    where s.tenant_id = p_run.tenant_id and s.run_id = p_run.run_id and s.visit = p_run.visit;
    return v_tally;
end
$$;

-- Whether the failures so far fail the state, and with which error: without a tolerance the first one does with its own.
create function portarium_int.judge_failures(
    p_run portarium_int.run_fact,
    p_state portarium_int.asl_state,
    p_tally portarium_int.tally,
    out error text,
    out cause text)
    language plpgsql
    as $$
declare
    v_map record;
begin
    if p_tally.failed = 0 then
        return;
    end if;
    if p_state.type = 'Map' then
        select m.* into v_map
        from portarium_int.asl_map_problem(p_state, portarium_int.step_of(p_run, p_state), portarium_int.context_of(p_run)) m;
        if p_tally.failed > v_map.tolerated_count or p_tally.failed * 100 > v_map.tolerated_percentage * p_tally.total then
            error := 'States.ExceedToleratedFailureThreshold';
            cause := 'The specified tolerated failure threshold was exceeded';
            return;
        elsif v_map.tolerated_count is not null or v_map.tolerated_percentage is not null then
            return;
        end if;
    end if;
    error := coalesce(p_tally.error, '');
    cause := p_tally.cause;
end
$$;

-- One step of a fork: fail the state, start more strands, or join.
create function portarium_int.advance_strands(p_run portarium_int.run_fact, p_state portarium_int.asl_state)
    returns portarium_int.move[]
    language plpgsql
    as $$
declare
    v_tally portarium_int.tally := portarium_int.tally_strands(p_run);
    v_failure record;
    v_limit int;
    v_occasion portarium_int.occasion;
begin
    select f.* into v_failure from portarium_int.judge_failures(p_run, p_state, v_tally) f;
    v_occasion.actor := 'system:engine';
    v_occasion.items := v_tally.total;
    if v_failure.error is not null then
        v_occasion.kind := 'strands.failed';
        v_occasion.error := nullif(v_failure.error, '');
        return portarium_int.abort_strands(p_run.tenant_id, p_run.run_id, p_run.visit, null) || portarium_int.plan_error(p_run, v_occasion, v_failure.cause);
    elsif v_tally.pending > 0 then
        v_limit := portarium_int.strand_limit(p_run, p_state);
        if v_limit is null or v_limit > v_tally.running then
            return portarium_int.start_strands(p_run, v_limit - v_tally.running);
        end if;
    elsif v_tally.running = 0 then
        v_occasion.kind := 'strands.joined';
        v_occasion.outcome := (
            select pg_catalog.jsonb_agg(case when s.status = 'SUCCEEDED' then coalesce(s.output, 'null')
                else pg_catalog.jsonb_build_object('Error', s.error, 'Cause', s.cause) end order by s.slot)
            from strand s
            where s.tenant_id = p_run.tenant_id and s.run_id = p_run.run_id and s.visit = p_run.visit);
        return array[portarium_int.plan_result(p_run, v_occasion)];
    end if;
    return '{}';
end
$$;

-- The ends of a run's strands, up to a visit, that are not at their end; their moves end theirs. What they have under way is pushed at once,
-- because the run's own move may be planned next.
create function portarium_int.abort_strands(p_tenant uuid, p_run uuid, p_visit int, p_spares boolean)
    returns portarium_int.move[]
    language plpgsql
    as $$
declare
    v_child record;
    v_occasion portarium_int.occasion;
    v_fact portarium_int.run_fact;
    v_moves portarium_int.move[] := '{}';
begin
    v_occasion.kind := 'strand.aborted';
    v_occasion.actor := 'system:engine';
    v_occasion.spares := p_spares;
    for v_child in
        with open as (
            select s.tenant_id, s.run_id, s.visit, s.slot, s.status from strand s
            where s.tenant_id = p_tenant and s.run_id = p_run and s.visit <= p_visit and s.status in ('PENDING', 'RUNNING')
        )
        update strand s set status = 'ABORTED'
        from open o
        where s.tenant_id = o.tenant_id and s.run_id = o.run_id and s.visit = o.visit and s.slot = o.slot
        returning s.child_id, o.status
    loop
        if v_child.status = 'RUNNING' then
            perform from run r where r.tenant_id = p_tenant and r.run_id = v_child.child_id for no key update;
            v_fact := portarium_int.run_fact_of(p_tenant, v_child.child_id);
            perform portarium_int.close_approvals(p_tenant, v_child.child_id);
            if not portarium_int.is_terminal(v_fact.state) then
                v_occasion.undo := case when p_spares is not true then portarium_int.undo_of_abandoned(v_fact) end;
                v_moves := v_moves || portarium_int.plan_aside(v_fact, v_occasion, 'abort', null);
            end if;
        end if;
    end loop;
    perform portarium_int.push_undos(v_moves);
    return v_moves;
end
$$;

-- Strands have ended: each parent hears of all of its own at once, unless it has gone on without them.
create function portarium_int.join_strands(p_moves portarium_int.move[])
    returns portarium_int.move[]
    language plpgsql
    as $$
declare
    v_joined record;
    v_parent portarium_int.run_fact;
    v_moves portarium_int.move[] := '{}';
begin
    for v_joined in
        with u as (
            update strand s
            set status = m.state, output = m.output, error = m.error, cause = m.cause
            from pg_catalog.unnest(p_moves) m
            where s.tenant_id = m.tenant_id and s.run_id = m.parent_id and s.visit = m.parent_visit and s.slot = m.slot
                and s.status = 'RUNNING' and portarium_int.is_terminal(m.state)
            returning s.tenant_id, s.run_id, s.visit
        )
        select distinct u.tenant_id, u.run_id, u.visit from u
    loop
        v_parent := portarium_int.run_fact_of(v_joined.tenant_id, v_joined.run_id);
        if v_parent.state = 'RUNNING' and v_parent.visit = v_joined.visit then
            v_moves := v_moves || portarium_int.advance_strands(v_parent, portarium_int.asl_load(v_parent.tenant_id, v_parent.def_id, v_parent.cur));
        elsif v_parent.state = 'COMPENSATING' and v_parent.visit = v_joined.visit then
            v_moves := v_moves || portarium_int.plan_undone(v_parent, v_joined.visit);
        end if;
    end loop;
    return v_moves;
end
$$;

-- After moves: the strands of a run that ended early, or undoes what they have done, end with it; strands that ended join.
create function portarium_int.settle_strands(p_moves portarium_int.move[])
    returns portarium_int.move[]
    language plpgsql
    as $$
declare
    v_move portarium_int.move;
    v_planned portarium_int.move[] := '{}';
begin
    foreach v_move in array p_moves loop
        if v_move.state in ('FAILED', 'TIMED_OUT', 'ABORTED', 'COMPENSATING') then
            -- a strand that undoes is of the visit that the run's move has begun
            v_planned := v_planned || portarium_int.abort_strands(v_move.tenant_id, v_move.run_id,
                v_move.visit - (v_move.state = 'COMPENSATING')::int, v_move.spares);
        end if;
    end loop;
    return v_planned || portarium_int.join_strands(p_moves);
end
$$;

