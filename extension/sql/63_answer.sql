-- SPDX-License-Identifier: PostgreSQL
-- Asking what became of an action (60_question.sql), and what the answer makes of its run: the output of the operation that asked is the
-- action's; its error "absent" says that nothing has happened, which is an error of the state that Retry and Catch may match; anything else,
-- and silence, is no answer. So an action is done again only where its document says so, and only after it was said not to have happened.

-- The question is due: it is queued as a job.
create function portarium_int.plan_question(p_run portarium_int.run_fact, p_occasion portarium_int.occasion)
    returns portarium_int.move
    language plpgsql
    as $$
declare
    v_question portarium_int.question := portarium_int.question_of(p_run.tenant_id, p_run.def_id, p_run.cur);
    v_move portarium_int.move;
begin
    -- paused, or the adapter has been disabled or registered otherwise since
    if p_run.held is not null or v_question.operation is null then
        return null;
    end if;
    p_occasion.kind := 'action.asked';
    p_occasion.error := 'Portarium.UnknownOutcome';
    v_move := portarium_int.plan_aside(p_run, p_occasion, 'ask',
        (select r.cause from run r where r.tenant_id = p_run.tenant_id and r.run_id = p_run.run_id));
    v_move.next := 'ready';
    v_move.timer_kind := null;
    v_move.due := null;
    v_move.queue := v_question.queue;
    v_move.key := portarium_int.key_in(coalesce(v_move.arg, p_run.raw), v_question.key_path);
    return v_move;
end
$$;

create function portarium_int.plan_unanswered(p_run portarium_int.run_fact, p_occasion portarium_int.occasion, p_cause text)
    returns portarium_int.move
    language plpgsql
    as $$
begin
    p_occasion.kind := 'action.unanswered';
    p_occasion.error := 'Portarium.UnknownOutcome';
    return portarium_int.plan_aside(p_run, p_occasion, 'ask', p_cause);
end
$$;

-- What time makes of a run whose outcome nobody knows; null when nothing.
create function portarium_int.plan_question_due(p_run portarium_int.run_fact, p_occasion portarium_int.occasion, p_what text)
    returns portarium_int.move
    language plpgsql
    as $$
begin
    return case
        when p_what = 'ask' then portarium_int.plan_question(p_run, p_occasion)
        when p_what in ('lost', 'States.Timeout', 'States.HeartbeatTimeout')
            then portarium_int.plan_unanswered(p_run, p_occasion, 'the executor was lost before it answered') end;
end
$$;

-- The occasion has who answered.
create function portarium_int.plan_answer(p_run portarium_int.run_fact, p_occasion portarium_int.occasion, p_outcome text, p_output jsonb,
    p_error text, p_cause text)
    returns portarium_int.move
    language plpgsql
    as $$
declare
    v_absent text := (portarium_int.question_of(p_run.tenant_id, p_run.def_id, p_run.cur)).absent;
begin
    p_occasion.kind := 'action.reconciled';
    if p_outcome = 'succeeded' then
        p_occasion.outcome := coalesce(p_output, 'null');
        return portarium_int.plan_result(p_run, p_occasion);
    elsif p_outcome = 'failed' and p_error = v_absent then
        p_occasion.error := 'Portarium.NotDone';
        return portarium_int.plan_error(p_run, p_occasion, p_cause);
    end if;
    return portarium_int.plan_unanswered(p_run, p_occasion, pg_catalog.concat_ws(': ', p_error, p_cause));
end
$$;
