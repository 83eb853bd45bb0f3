-- SPDX-License-Identifier: PostgreSQL
-- What can happen to a run, one function each: it says which step of the interpreter follows and has the planner settle it.

create function portarium_int.plan_start(
    p_run portarium_int.run_fact,
    p_start_at text,
    p_definition text,
    p_version int,
    p_known portarium_int.move)
    returns portarium_int.move
    language plpgsql
    as $$
declare
    v_step portarium_int.asl_step;
    v_occasion portarium_int.occasion;
begin
    v_step.kind := 'next';
    v_step.next := p_start_at;
    v_step.data := p_run.raw;
    v_step.vars := p_run.vars;
    v_occasion.kind := case when p_run.root_id is null then 'run.started' else 'strand.started' end;
    v_occasion.definition := p_definition;
    v_occasion.version := p_version;
    v_occasion.actor := p_run.initiator;
    return portarium_int.settle(p_run, v_occasion, v_step, portarium_int.context_of(p_run), p_known);
end
$$;

-- A run that is to begin later: it stands before its first state, with nothing planned.
create function portarium_int.plan_delayed(
    p_run portarium_int.run_fact,
    p_start_at text,
    p_definition text,
    p_version int,
    p_at timestamptz)
    returns portarium_int.move
    language plpgsql
    as $$
declare
    v_occasion portarium_int.occasion;
    v_none portarium_int.asl_step;
    v_verdict portarium_int.verdict;
    v_move portarium_int.move;
begin
    v_occasion.kind := 'run.started';
    v_occasion.definition := p_definition;
    v_occasion.version := p_version;
    v_occasion.actor := p_run.initiator;
    p_run.cur := p_start_at;
    v_move := portarium_int.plan_aside(p_run, v_occasion, 'advance', null);
    v_move.next := 'timer';
    v_move.timer_kind := 'start';
    v_move.due := p_at;
    v_move.priority := p_run.priority;
    v_move.canon := portarium_int.describe(p_run, v_occasion, v_none, v_verdict, v_move);
    return v_move;
end
$$;

-- Its time has come.
create function portarium_int.plan_begin(p_run portarium_int.run_fact, p_occasion portarium_int.occasion)
    returns portarium_int.move
    language plpgsql
    as $$
declare
    v_step portarium_int.asl_step;
begin
    v_step.kind := 'next';
    v_step.next := p_run.cur;
    v_step.data := p_run.raw;
    v_step.vars := p_run.vars;
    return portarium_int.settle(p_run, p_occasion, v_step, portarium_int.context_of(p_run));
end
$$;

-- The state's task gave a result: an action was done, an approval was given, a token or a signal came.
create function portarium_int.plan_result(p_run portarium_int.run_fact, p_occasion portarium_int.occasion)
    returns portarium_int.move
    language plpgsql
    as $$
declare
    v_context jsonb := portarium_int.context_of(p_run);
    v_state portarium_int.asl_state := portarium_int.asl_load(p_run.tenant_id, p_run.def_id, p_run.cur);
    v_step portarium_int.asl_step := portarium_int.asl_result(v_state, p_run.raw, p_run.vars, v_context, p_occasion.outcome, p_run.retries);
begin
    if v_state.compensate is not null and v_step.kind <> 'retry' then
        p_occasion.undo := portarium_int.undo_of(p_run, v_state, v_step.vars, v_context, p_occasion.outcome, true);
    end if;
    return portarium_int.settle(p_run, p_occasion, v_step, v_context);
end
$$;

-- The state's task failed: its Retry decides, then its Catch, else the run fails.
create function portarium_int.plan_error(p_run portarium_int.run_fact, p_occasion portarium_int.occasion, p_cause text)
    returns portarium_int.move
    language plpgsql
    as $$
declare
    v_context jsonb := portarium_int.context_of(p_run);
    v_state portarium_int.asl_state := portarium_int.asl_load(p_run.tenant_id, p_run.def_id, p_run.cur);
    v_step portarium_int.asl_step := portarium_int.asl_error(v_state, p_run.raw, p_run.vars, v_context, p_occasion.error, p_cause, p_run.retries);
begin
    p_occasion.expected := portarium_int.is_awaited(v_state.resource);
    if v_state.compensate is not null and v_step.kind <> 'retry' and portarium_int.asl_gives_up(v_state, p_occasion.error) then
        p_occasion.undo := portarium_int.undo_of(p_run, v_state, v_step.vars, v_context, 'null', false);
    end if;
    return portarium_int.settle(p_run, p_occasion, v_step, v_context);
end
$$;

create function portarium_int.plan_waited(p_run portarium_int.run_fact, p_occasion portarium_int.occasion)
    returns portarium_int.move
    language plpgsql
    as $$
declare
    v_context jsonb := portarium_int.context_of(p_run);
begin
    return portarium_int.settle(p_run, p_occasion,
        portarium_int.asl_after_wait(portarium_int.asl_load(p_run.tenant_id, p_run.def_id, p_run.cur), p_run.raw, p_run.vars, v_context),
        v_context);
end
$$;

-- The state is entered once more in the same visit: a retry is due, or its action was approved. Templates are evaluated anew.
create function portarium_int.plan_again(p_run portarium_int.run_fact, p_occasion portarium_int.occasion)
    returns portarium_int.move
    language plpgsql
    as $$
declare
    v_context jsonb := portarium_int.context_of(p_run);
    v_step portarium_int.asl_step;
begin
    v_step := portarium_int.asl_enter(portarium_int.asl_load(p_run.tenant_id, p_run.def_id, p_run.cur), p_run.raw, p_run.vars, v_context);
    v_step.retries := p_run.retries;
    p_occasion.again := true;
    p_occasion.approved := p_occasion.approved or exists (
        select from approval a
        where a.tenant_id = p_run.tenant_id and a.run_id = p_run.run_id and a.kind = 'policy' and a.visit = p_run.visit and a.status = 'APPROVED');
    return portarium_int.settle(p_run, p_occasion, v_step, v_context);
end
$$;

-- A move of a run that undoes what it has done: it keeps the error that it will end with, and goes on with the next row of its stack unless
-- it stands still.
create function portarium_int.as_undoing(
    p_run portarium_int.run_fact,
    p_occasion portarium_int.occasion,
    p_event text,
    p_move portarium_int.move)
    returns portarium_int.move
    language plpgsql
    stable
    as $$
begin
    p_move.ends := p_occasion.ends;
    if p_occasion.ends is null then
        select r.error, case p_event when 'abort' then coalesce(p_move.cause, r.cause) else r.cause end,
            case when not portarium_int.is_terminal(p_move.state) then r.ends end
        into p_move.error, p_move.cause, p_move.ends
        from run r
        where r.tenant_id = p_run.tenant_id and r.run_id = p_run.run_id;
    else
        p_move.error := p_occasion.error;
    end if;
    if p_event in ('undo', 'retry') then
        p_move.visit := p_run.visit + 1;
        p_move.next := 'undo';
        if p_move.held is not null then
            p_move.held := 'work';
            p_move.next := null;
        end if;
    elsif p_event = 'stick' then
        -- a person decides anyway
        p_move.held := null;
    end if;
    return p_move;
end
$$;

-- A move that the interpreter has no part in: the run stays where it is (a vote, a lost lease, parking, a question) or is ended from outside.
create function portarium_int.plan_aside(p_run portarium_int.run_fact, p_occasion portarium_int.occasion, p_event text, p_cause text)
    returns portarium_int.move
    language plpgsql
    as $$
declare
    v_move portarium_int.move;
    v_none portarium_int.asl_step;
    v_verdict portarium_int.verdict;
begin
    v_move.tenant_id := p_run.tenant_id;
    v_move.run_id := p_run.run_id;
    v_move.from_epoch := p_run.epoch;
    v_move.state := portarium_int.next_state(p_run.state, p_event);
    v_move.cur := p_run.cur;
    v_move.attempt := p_run.attempt;
    v_move.visit := p_run.visit;
    v_move.undo := p_occasion.undo;
    v_move.retries := p_run.retries;
    v_move.vars := p_run.vars;
    v_move.data := nullif(p_run.raw, p_run.input);
    v_move.error := case when p_event in ('abort', 'time_out', 'park', 'ask') then p_occasion.error end;
    v_move.cause := p_cause;
    v_move.held := case when p_event <> 'resume' then p_run.held end;
    v_move.spares := p_occasion.spares;
    if portarium_int.is_undoing(v_move.state) or portarium_int.is_undoing(p_run.state) then
        v_move := portarium_int.as_undoing(p_run, p_occasion, p_event, v_move);
    elsif v_move.state = 'UNKNOWN' then
        v_move := portarium_int.ask_later(p_run, v_move);
    end if;
    v_move.kind := p_occasion.kind;
    v_move.actor := p_occasion.actor;
    v_move.root_id := p_run.root_id;
    v_move.parent_id := p_run.parent_id;
    v_move.parent_visit := p_run.parent_visit;
    v_move.slot := p_run.slot;
    v_move.salt := portarium_int.salt();
    v_move.canon := portarium_int.describe(p_run, p_occasion, v_none, v_verdict, v_move);
    return v_move;
end
$$;

-- A pending approval whose deadline has passed; the state's error is States.Timeout. The caller has locked the run.
create function portarium_int.plan_expiry(p_run portarium_int.run_fact, p_occasion portarium_int.occasion)
    returns portarium_int.move
    language plpgsql
    as $$
declare
    v_approval uuid;
begin
    select a.approval_id into v_approval from approval a
    where a.tenant_id = p_run.tenant_id and a.run_id = p_run.run_id and a.status = 'PENDING' and a.due_at <= pg_catalog.clock_timestamp()
    for no key update;
    if v_approval is null or p_run.state <> 'WAITING_FOR_APPROVAL' then
        return null;
    end if;
    perform portarium_int.settle_approval(p_run.tenant_id, v_approval, 'EXPIRED');
    p_occasion.kind := 'approval.expired';
    p_occasion.approval := v_approval;
    p_occasion.error := 'States.Timeout';
    return portarium_int.plan_error(p_run, p_occasion, '');
end
$$;
