-- SPDX-License-Identifier: PostgreSQL
-- Undoing, as the planner sees it. A run that fails, is out of time or is cancelled, and has something to undo, is COMPENSATING first; run.ends
-- is the event that ends it when all is undone. Each row of the stack is undone by a strand of its own (63_undo.sql), which has
-- policies, approvals, retries and entries like any other. The order is a promise: when one cannot be undone, the run waits as
-- COMPENSATION_FAILED for a person, and what was done before it stays as it is.

-- How what a run has under way is undone when it is given up: an executor has it, or had it and somebody still answers for it.
create function portarium_int.undo_of_abandoned(p_run portarium_int.run_fact)
    returns jsonb
    language plpgsql
    stable
    as $$
declare
    v_state portarium_int.asl_state;
begin
    if p_run.state not in ('RUNNING', 'UNKNOWN') or p_run.cur is null then
        return null;
    end if;
    v_state := portarium_int.asl_load(p_run.tenant_id, p_run.def_id, p_run.cur);
    if v_state.compensate is null or v_state.type <> 'Task' or p_run.state = 'RUNNING'
        and not exists (select from lease l where l.tenant_id = p_run.tenant_id and l.run_id = p_run.run_id and l.epoch = p_run.epoch)
        and not exists (select from expectation x where x.tenant_id = p_run.tenant_id and x.run_id = p_run.run_id and x.kind = 'token')
    then
        return null;
    end if;
    return portarium_int.undo_of(p_run, v_state, p_run.vars, portarium_int.context_of(p_run), 'null', false);
end
$$;

-- Ends a run from outside: p_event is abort or time_out. Unless the occasion spares it, what it has done is undone first.
create function portarium_int.plan_end(
    p_run portarium_int.run_fact,
    p_occasion portarium_int.occasion,
    p_event text,
    p_cause text)
    returns portarium_int.move
    language plpgsql
    as $$
begin
    if p_occasion.spares or portarium_int.is_undoing(p_run.state) then
        return portarium_int.plan_aside(p_run, p_occasion, p_event, p_cause);
    end if;
    p_occasion.undo := portarium_int.undo_of_abandoned(p_run);
    if portarium_int.has_undo(p_run, p_occasion.undo) then
        p_occasion.kind := 'run.compensating';
        p_occasion.ends := p_event;
        p_event := 'undo';
    end if;
    return portarium_int.plan_aside(p_run, p_occasion, p_event, p_cause);
end
$$;

-- One row is settled: the one before it is next, or the run ends as it was to.
create function portarium_int.plan_next_undo(p_run portarium_int.run_fact, p_occasion portarium_int.occasion)
    returns portarium_int.move
    language plpgsql
    as $$
declare
    v_ends text;
begin
    if exists (select from compensation c where c.tenant_id = p_run.tenant_id and c.run_id = p_run.run_id and c.status = 'PUSHED') then
        return portarium_int.plan_aside(p_run, p_occasion, 'undo', null);
    end if;
    select r.ends into v_ends from run r where r.tenant_id = p_run.tenant_id and r.run_id = p_run.run_id;
    p_occasion.kind := case v_ends when 'fail' then 'run.failed' when 'time_out' then 'run.timed_out' else 'run.aborted' end;
    return portarium_int.plan_aside(p_run, p_occasion, v_ends, null);
end
$$;

-- Gives the rows of one status another one; the state that the first of them undoes.
create function portarium_int.settle_undo(p_run portarium_int.run_fact, p_from text, p_to text)
    returns text
    language sql
    volatile
    as $$
    with u as (
        update compensation c
        set status = p_to, visit = case when p_to <> 'PUSHED' then c.visit end
        where c.tenant_id = p_run.tenant_id and c.run_id = p_run.run_id and c.status = p_from
        returning c.state, c.place
    )
    select u.state from u order by u.place desc limit 1
$$;

-- The strand that undoes a row has ended.
create function portarium_int.plan_undone(p_run portarium_int.run_fact, p_visit int)
    returns portarium_int.move
    language plpgsql
    as $$
declare
    v_occasion portarium_int.occasion;
    v_strand strand%rowtype;
begin
    select s.* into v_strand from strand s
    where s.tenant_id = p_run.tenant_id and s.run_id = p_run.run_id and s.visit = p_visit and s.slot = 0;
    v_occasion.actor := 'system:engine';
    if v_strand.status = 'SUCCEEDED' then
        v_occasion.kind := 'run.step_undone';
        v_occasion.undone := portarium_int.settle_undo(p_run, 'RUNNING', 'DONE');
        return portarium_int.plan_next_undo(p_run, v_occasion);
    end if;
    v_occasion.kind := 'run.undo_failed';
    v_occasion.undone := portarium_int.settle_undo(p_run, 'RUNNING', 'FAILED');
    v_occasion.error := v_strand.error;
    return portarium_int.plan_aside(p_run, v_occasion, 'stick', null);
end
$$;
