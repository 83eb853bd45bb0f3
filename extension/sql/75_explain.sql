-- SPDX-License-Identifier: PostgreSQL
-- Why a run is where it is: the one reason that it is not moving, and what would move it.
-- The dispatch tables know runs only by scan; this is for a person's question, not for a loop.

create type portarium_int.explanation as (
    reason text,
    message text,
    moves_when text,
    facts jsonb
);

create function portarium_int.because(p_reason text, p_message text, p_moves_when text default null, p_facts jsonb default null)
    returns portarium_int.explanation
    language sql
    immutable
    parallel safe
    as $$ select row (p_reason, p_message, p_moves_when, p_facts)::portarium_int.explanation $$;

create function portarium_int.explain_approval(p_run portarium_int.run_fact)
    returns portarium_int.explanation
    language plpgsql
    stable
    as $$
declare
    v_row record;
begin
    select a.*, (select pg_catalog.count(*) from decision d where d.tenant_id = a.tenant_id and d.approval_id = a.approval_id) as given into v_row
    from approval a
    where a.tenant_id = p_run.tenant_id and a.run_id = p_run.run_id and a.status = 'PENDING';
    return portarium_int.because('approval', pg_catalog.format('%s of %s approvals are given', v_row.given, v_row.required),
        pg_catalog.format('somebody else than "%s" with one of the roles %s decides', v_row.requested_by, pg_catalog.array_to_string(v_row.roles, ', ')),
        pg_catalog.jsonb_build_object('approval_id', v_row.approval_id, 'due_at', v_row.due_at, 'prompt', v_row.prompt));
end
$$;

-- A quota that leaves no room.
create function portarium_int.explain_room(p_room portarium_int.room, p_key text)
    returns portarium_int.explanation
    language sql
    immutable
    parallel safe
    as $$
    select portarium_int.because('quota',
        pg_catalog.format('the quota of %s leaves no room: %s', case p_room.scope
            when 'tenant' then 'the tenant' when 'share' then 'the tenant''s share' when 'adapter' then 'adapter "' || p_room.name || '"'
            when 'queue' then 'all tenants for adapter "' || p_room.name || '"'
            else 'key "' || p_key || '" of adapter "' || p_room.name || '"' end, p_room.what),
        case p_room.what when 'max_running' then 'a job under way ends, or the quota is raised' else 'its time has come, or the quota is raised' end,
        pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('scope', p_room.scope, 'adapter', nullif(p_room.name, ''), 'key', p_key,
            'quota', p_room.what, 'free_at', p_room.free_at)))
$$;

-- The quota that a queued job waits for; null when none holds it back.
create function portarium_int.explain_quota(p_run portarium_int.run_fact, p_adapter text)
    returns portarium_int.explanation
    language plpgsql
    stable
    as $$
declare
    v_quota portarium_int.quota_ref;
    v_room portarium_int.room := portarium_int.queue_room(p_adapter);
    v_key text;
begin
    if v_room.jobs = 0 then
        return portarium_int.explain_room(v_room, null);
    end if;
    foreach v_quota in array portarium_int.quotas_on(p_run.tenant_id, p_adapter) loop
        v_room := portarium_int.room_of(v_quota, '', 0);
        if v_room.jobs = 0 then
            return portarium_int.explain_room(v_room, null);
        end if;
    end loop;
    select p.key into v_key from parked p
    where p.tenant_id = p_run.tenant_id and p.run_id = p_run.run_id and p.epoch = p_run.epoch;
    if found then
        v_room := portarium_int.room_of(portarium_int.quota_on_key(p_run.tenant_id, p_adapter), v_key, 0);
        return portarium_int.explain_room(v_room, v_key);
    end if;
    return null;
end
$$;

-- That nobody has announced what the job needs; null when somebody has.
create function portarium_int.explain_nobody(p_queue text)
    returns portarium_int.explanation
    language plpgsql
    stable
    as $$
declare
    v_adapter text := portarium_int.adapter_in(p_queue);
    v_requires text[] := (pg_catalog.string_to_array(p_queue, '+'))[2:];
begin
    if exists (select from executor e where portarium_int.serves(p_queue, e.adapters)) then
        return null;
    end if;
    return portarium_int.because('no_executor',
        pg_catalog.format('no executor has announced the adapter "%s"', v_adapter)
            || case when v_requires <> '{}' then pg_catalog.format(' with %s', pg_catalog.array_to_string(v_requires, ', ')) else '' end,
        'an executor registers for it', pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('adapter', v_adapter,
            'requires', pg_catalog.to_jsonb(nullif(v_requires, '{}')))));
end
$$;

create function portarium_int.explain_queue(p_run portarium_int.run_fact)
    returns portarium_int.explanation
    language plpgsql
    stable
    as $$
declare
    v_adapter text;
    v_queue text;
    v_ahead bigint;
    v_why portarium_int.explanation;
begin
    select a.name, portarium_int.queue_name(a.tenant_id, a.kind, a.name, a.operations -> portarium_int.operation_of(s.resource))
    into v_adapter, v_queue
    from definition_state s
    join adapter a on a.tenant_id = s.tenant_id and a.name = portarium_int.adapter_of(s.resource)
    where s.tenant_id = p_run.tenant_id and s.def_id = p_run.def_id and s.name = p_run.cur;
    v_why := portarium_int.explain_nobody(v_queue);
    if v_why.reason is not null then
        return v_why;
    end if;
    v_why := portarium_int.explain_quota(p_run, v_adapter);
    if v_why.reason is not null then
        return v_why;
    end if;
    select pg_catalog.count(*) into v_ahead
    from ready mine
    join ready other on other.lane_id = mine.lane_id and other.pass < mine.pass
    where mine.tenant_id = p_run.tenant_id and mine.run_id = p_run.run_id and mine.epoch = p_run.epoch;
    return portarium_int.because('queued', pg_catalog.format('%s jobs are ahead in its lane', v_ahead), 'an executor claims it',
        pg_catalog.jsonb_build_object('adapter', v_adapter, 'ahead', v_ahead));
end
$$;

-- What a run waits for from outside; null when it waits for nothing, or when an executor has to ask first.
create function portarium_int.explain_expectation(p_run portarium_int.run_fact)
    returns portarium_int.explanation
    language plpgsql
    stable
    as $$
declare
    v_row expectation%rowtype;
begin
    select x.* into v_row from expectation x
    where x.tenant_id = p_run.tenant_id and x.run_id = p_run.run_id
        and not exists (select from ready q where q.tenant_id = p_run.tenant_id and q.run_id = p_run.run_id and q.epoch = p_run.epoch)
        and not exists (select from parked k where k.tenant_id = p_run.tenant_id and k.run_id = p_run.run_id and k.epoch = p_run.epoch);
    if not found then
        return null;
    end if;
    return portarium_int.because(v_row.kind,
        case v_row.kind when 'token' then 'it waits for the answer to its task token' when 'child' then 'it waits for the run that it started'
            else pg_catalog.format('it waits for the signal "%s"', v_row.name) end,
        case v_row.kind when 'token' then 'who has the token answers' when 'child' then 'that run ends' else 'the signal is sent' end
            || case when v_row.due_at is not null or v_row.beat_due_at is not null then ', or its time is over' else '' end,
        pg_catalog.jsonb_build_object('correlation', v_row.correlation, 'child_id', v_row.child_id, 'due', v_row.due_at, 'heartbeat_due', v_row.beat_due_at));
end
$$;

create function portarium_int.explain_running(p_run portarium_int.run_fact)
    returns portarium_int.explanation
    language plpgsql
    stable
    as $$
declare
    v_row record;
    v_why portarium_int.explanation;
begin
    select l.until, l.deadline, e.name into v_row from lease l join executor e on e.executor_id = l.executor_id
    where l.tenant_id = p_run.tenant_id and l.run_id = p_run.run_id and l.epoch = p_run.epoch;
    if found then
        return portarium_int.because('executing', pg_catalog.format('executor "%s" is at work', v_row.name), 'it acknowledges, or its lease ends',
            pg_catalog.jsonb_build_object('executor', v_row.name, 'lease_until', v_row.until, 'deadline', v_row.deadline));
    end if;
    select t.due, t.kind into v_row from timer t
    where t.tenant_id = p_run.tenant_id and t.run_id = p_run.run_id and t.epoch = p_run.epoch and t.kind in ('wait', 'retry', 'start');
    if found then
        return portarium_int.because(v_row.kind, case v_row.kind when 'wait' then 'it waits' when 'start' then 'it was started to begin later'
            else 'an attempt failed and the next one is not due yet' end,
            'its time has come', pg_catalog.jsonb_build_object('due', v_row.due));
    end if;
    select pg_catalog.count(*) filter (where s.status in ('PENDING', 'RUNNING')) as open, pg_catalog.count(*) as total into v_row from strand s
    where s.tenant_id = p_run.tenant_id and s.run_id = p_run.run_id and s.visit = p_run.visit;
    if v_row.open > 0 then
        return portarium_int.because('strands', pg_catalog.format('%s of %s branches or iterations are open', v_row.open, v_row.total),
            'the last of them ends, or one fails', pg_catalog.jsonb_build_object('open', v_row.open, 'total', v_row.total));
    end if;
    v_why := portarium_int.explain_expectation(p_run);
    if v_why.reason is not null then
        return v_why;
    end if;
    if exists (select from timer t where t.tenant_id = p_run.tenant_id and t.run_id = p_run.run_id and t.epoch = p_run.epoch and t.kind = 'again') then
        return portarium_int.because('continuing', 'it has taken many steps in one transaction', 'the clock goes on with it');
    end if;
    return portarium_int.explain_queue(p_run);
end
$$;

-- Where the adapter can be asked what became of its action, that is as good as a person.
create function portarium_int.explain_unknown(p_run portarium_int.run_fact)
    returns portarium_int.explanation
    language plpgsql
    stable
    as $$
declare
    v_question portarium_int.question := portarium_int.question_of(p_run.tenant_id, p_run.def_id, p_run.cur);
    v_executor text;
    v_due timestamptz;
begin
    select e.name into v_executor from lease l join executor e on e.executor_id = l.executor_id
    where l.tenant_id = p_run.tenant_id and l.run_id = p_run.run_id and l.epoch = p_run.epoch;
    select t.due into v_due from timer t
    where t.tenant_id = p_run.tenant_id and t.run_id = p_run.run_id and t.epoch = p_run.epoch and t.kind = 'ask';
    return portarium_int.because('unknown_outcome', 'nobody knows whether its action has happened',
        'portarium.reconcile_run says what became of it'
            || coalesce(pg_catalog.format(', or "%s" of the adapter "%s" does', v_question.operation, v_question.adapter), ''),
        nullif(pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('asks', v_question.operation, 'executor', v_executor, 'due', v_due)), '{}'));
end
$$;

-- What has ended goes on only when a person says so, and not when what it had done is undone or another run's.
create function portarium_int.explain_ended(p_run portarium_int.run_fact)
    returns portarium_int.explanation
    language plpgsql
    stable
    as $$
begin
    return portarium_int.because('ended', 'it has ended', case
        when p_run.root_id is null and p_run.state <> 'SUCCEEDED' and not exists (
            select from compensation c
            where c.tenant_id = p_run.tenant_id and c.run_id = p_run.run_id and c.status in ('DONE', 'GIVEN_UP', 'HANDED_OVER'))
        then 'portarium.retry_run has it go on where it ended' end);
end
$$;

-- What the clock was to do failed and was set aside; null when nothing was that the run still waits for.
create function portarium_int.explain_set_aside(p_run portarium_int.run_fact)
    returns portarium_int.explanation
    language plpgsql
    stable
    as $$
declare
    v_row quarantine%rowtype;
begin
    select q.* into v_row from quarantine q
    where q.tenant_id = p_run.tenant_id and q.run_id = p_run.run_id and q.epoch = p_run.epoch
        -- what else it waits for can still come, or ends the run when it does
        and q.what not in ('deadline', 'approval', 'expect');
    if not found then
        return null;
    end if;
    return portarium_int.because('set_aside', pg_catalog.format('the clock could not go on with it: %s', v_row.message),
        'once the cause is mended, portarium.pause_run and portarium.resume_run have it planned anew',
        pg_catalog.jsonb_build_object('what', v_row.what, 'sqlstate', v_row.sqlstate, 'at', v_row.at));
end
$$;

create function portarium_int.explain_standing(p_run portarium_int.run_fact)
    returns portarium_int.explanation
    language plpgsql
    stable
    as $$
declare
    v_aside portarium_int.explanation := portarium_int.explain_set_aside(p_run);
begin
    return case
        when portarium_int.is_terminal(p_run.state) then portarium_int.explain_ended(p_run)
        when p_run.held is not null then portarium_int.because('paused', 'it is paused', 'portarium.resume_run is called')
        when p_run.state = 'WAITING_FOR_APPROVAL' then portarium_int.explain_approval(p_run)
        when p_run.state = 'UNKNOWN' then portarium_int.explain_unknown(p_run)
        when v_aside.reason is not null then v_aside
        when portarium_int.is_undoing(p_run.state) then portarium_int.explain_undoing(p_run)
        else portarium_int.explain_running(p_run) end;
end
$$;

-- A run that undoes stands where the strand does that undoes its present step.
create function portarium_int.explain_undoing(p_run portarium_int.run_fact)
    returns portarium_int.explanation
    language plpgsql
    stable
    as $$
declare
    v_step record;
    v_due timestamptz;
    v_why portarium_int.explanation;
begin
    select c.state, c.status, s.child_id, s.error, s.cause,
        (select pg_catalog.count(*) from compensation o
            where o.tenant_id = c.tenant_id and o.run_id = c.run_id and o.status <> 'DONE') as open
    into v_step
    from compensation c
    left join strand s on s.tenant_id = c.tenant_id and s.run_id = c.run_id and s.visit = c.visit and s.slot = 0
    where c.tenant_id = p_run.tenant_id and c.run_id = p_run.run_id and c.status in ('RUNNING', 'FAILED');
    if p_run.state = 'COMPENSATION_FAILED' then
        return portarium_int.because('compensation_failed', pg_catalog.format('"%s" could not be undone', v_step.state),
            'portarium.retry_run has it tried again, portarium.reconcile_run says that a person has undone it, '
                || 'portarium.cancel_run without compensation gives it up',
            pg_catalog.jsonb_build_object('undoes', v_step.state, 'open', v_step.open, 'strand_id', v_step.child_id,
                'error', v_step.error, 'cause', v_step.cause));
    elsif v_step.child_id is null then
        select t.due into v_due from timer t
        where t.tenant_id = p_run.tenant_id and t.run_id = p_run.run_id and t.epoch = p_run.epoch and t.kind = 'again';
        return portarium_int.because('compensating', 'an executor may still be at work on what is undone next', 'it acknowledges, or its lease ends',
            pg_catalog.jsonb_build_object('due', v_due));
    end if;
    v_why := portarium_int.explain_standing(portarium_int.run_fact_of(p_run.tenant_id, v_step.child_id));
    return portarium_int.because('compensating', pg_catalog.format('it undoes "%s": %s', v_step.state, v_why.message), v_why.moves_when,
        coalesce(v_why.facts, '{}') || pg_catalog.jsonb_build_object('undoes', v_step.state, 'open', v_step.open, 'strand_id', v_step.child_id,
            'reason', v_why.reason));
end
$$;

create function portarium.explain_run(run_id uuid)
    returns table (state text, current_state text, reason text, message text, moves_when text, facts jsonb)
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_run portarium_int.run_fact := portarium_int.run_fact_of(portarium_int.require_tenant(), explain_run.run_id);
    v_why portarium_int.explanation;
begin
    v_why := portarium_int.explain_standing(v_run);
    return query select portarium_int.shown_state(v_run.state, v_run.held), v_run.cur, v_why.reason, v_why.message, v_why.moves_when, v_why.facts;
end
$$;
comment on function portarium.explain_run(uuid) is
    'The one reason why a run (or a strand, by its id) is not moving and what would move it. reason: ended, paused, approval, unknown_outcome, executing, wait, retry, start, strands, token, signal, child, no_executor, quota, queued, continuing, set_aside, compensating, compensation_failed. Errors: UP201, UP401';
