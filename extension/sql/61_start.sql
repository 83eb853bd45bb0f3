-- SPDX-License-Identifier: PostgreSQL
-- Planning new runs: of one version of a workflow, for whoever asks or for the run whose state starts them. Where the start was planned ahead
-- (69_start_plan.sql) only the rest is filled in.

-- A move that needs only its ids, salt, commitment and input.
create function portarium_int.planned_start(p_tenant uuid, p_ref portarium_int.workflow_ref)
    returns portarium_int.move
    language plpgsql
    stable
    as $$
declare
    v_move portarium_int.move;
begin
    v_move.tenant_id := p_tenant;
    v_move.from_epoch := 0;
    v_move.state := portarium_int.next_state('NEW', 'advance');
    v_move.cur := p_ref.cur;
    v_move.attempt := 0;
    v_move.visit := 1;
    v_move.limits := p_ref.limits;
    v_move.vars := '{}';
    v_move.kind := 'run.started';
    v_move.next := 'ready';
    v_move.queue := p_ref.adapter;
    return v_move;
end
$$;

-- When and how runs are to be started.
create type portarium_int.start_option as (
    at timestamptz,         -- not before; null: at once
    priority int            -- null: none
);

-- The first moves of new runs. p_parent: the run whose state starts them; p_visit: of that state, when it waits for their end.
create function portarium_int.first_moves(
    p_tenant uuid,
    p_ref portarium_int.workflow_ref,
    p_inputs jsonb[],
    p_runs uuid[],
    p_actor text,
    p_parent uuid,
    p_visit int,
    p_option portarium_int.start_option)
    returns portarium_int.move[]
    language plpgsql
    as $$
declare
    v_now timestamptz := pg_catalog.clock_timestamp();
    v_moves portarium_int.move[] := '{}';
    v_move portarium_int.move;
    v_fact portarium_int.run_fact;
begin
    if p_ref.head is not null and p_option is null then
        v_move := portarium_int.planned_start(p_tenant, p_ref);
        v_move.actor := p_actor;
    end if;
    for i in 1 .. pg_catalog.cardinality(p_inputs) loop
        if p_ref.head is not null and p_option is null then
            v_move.run_id := p_runs[i];
            v_move.salt := portarium_int.salt();
            v_move.canon := pg_catalog.convert_to(
                p_ref.head || portarium_int.commitment(v_move.salt, portarium_int.check_input(p_inputs[i])) || p_ref.tail, 'UTF8');
        else
            v_fact := row (p_tenant, p_runs[i], p_ref.def_id, p_ref.name, p_ref.tier, p_actor, v_now, 'NEW', null, 0, 0, 0,
                null, portarium_int.check_input(p_inputs[i]), '{}'::jsonb, p_inputs[i], p_ref.needs_context,
                null, p_parent, p_visit, null, null, null, p_option.priority)::portarium_int.run_fact;
            v_move := case when p_option.at > v_now
                then portarium_int.plan_delayed(v_fact, p_ref.start_at, p_ref.hash, p_ref.version, p_option.at)
                else portarium_int.plan_start(v_fact, p_ref.start_at, p_ref.hash, p_ref.version, v_move) end;
        end if;
        v_move.def_id := p_ref.def_id;
        v_move.workflow := p_ref.name;
        v_move.tier := p_ref.tier;
        v_move.initiator := p_actor;
        v_move.started_at := v_now;
        v_move.traceparent := portarium_int.current_trace();
        v_move.input := p_inputs[i];
        v_moves[i] := v_move;
    end loop;
    return v_moves;
end
$$;

-- The deadlines of new runs, counted from their beginning.
create function portarium_int.set_deadlines(p_moves portarium_int.move[], p_seconds int)
    returns void
    language plpgsql
    as $$
begin
    insert into timer (due, tenant_id, run_id, epoch, kind)
    select case when m.timer_kind = 'start' then m.due else m.started_at end + pg_catalog.make_interval(secs => p_seconds), m.tenant_id, m.run_id, 1, 'deadline'
    from pg_catalog.unnest(p_moves) m;
end
$$;
