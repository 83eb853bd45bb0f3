-- SPDX-License-Identifier: PostgreSQL
-- The clock: what time alone brings about. Timers that are due, leases that were not renewed, approvals past their deadline, runs past
-- theirs, lanes that fell asleep, rings to turn, entries to seal.
--
-- tick_step does one bounded share of all of it and says when the next is due. Each run is handled in a subtransaction of its own: one
-- that cannot be moved is set aside with its error, and the others go on.

create function portarium_int.stamp_clock()
    returns void
    language plpgsql
    as $$
begin
    -- Dead letters (76_api_dead.sql): timers and leases whose handling failed, jobs that were lost too often: what, of which run, why.
    create table quarantine (
        tenant_id uuid not null,
        run_id uuid not null,
        epoch int not null,
        what text not null,
        sqlstate text not null,
        message text not null,
        at timestamptz not null default pg_catalog.now(),
        primary key (tenant_id, run_id, epoch, what)
    );
end
$$;

-- Carries out one occasion of one run in a subtransaction; false when somebody else holds the run: they go first, and the occasion comes
-- again. The clock waits for no transaction of an application, and what it plans is planned from a run that nobody moves meanwhile.
create function portarium_int.attempt_occasion(p_tenant uuid, p_run uuid, p_epoch int, p_what text)
    returns boolean
    language plpgsql
    as $$
declare
    v_move portarium_int.move;
    v_entered boolean;
    v_free boolean;
begin
    v_entered := portarium_int.enter(p_tenant);
    v_free := portarium_int.try_lock_run(p_tenant, p_run);
    if v_free then
        v_move := portarium_int.plan_due(p_tenant, p_run, p_epoch, p_what);
        if v_move.run_id is not null then
            perform portarium_int.apply(array[v_move]);
        end if;
    end if;
    perform portarium_int.leave(v_entered);
    return v_free;
exception
    -- the subtransaction's end has put the path back; a lock or a deadlock is nobody's fault: the whole step is done again
    when serialization_failure or deadlock_detected or lock_not_available or query_canceled then
        raise;
    when others then
        raise warning using
            errcode = sqlstate,
            message = pg_catalog.format('run "%s" could not be moved by "%s": %s', p_run, p_what, sqlerrm);
        insert into quarantine (tenant_id, run_id, epoch, what, sqlstate, message)
        values (p_tenant, p_run, p_epoch, p_what, sqlstate, sqlerrm)
        on conflict do nothing;
        return true;
end
$$;

-- What a due timer or a lost lease makes of its run; null when the run has moved on and nothing is to be done.
create function portarium_int.plan_due(p_tenant uuid, p_run uuid, p_epoch int, p_what text, p_actor text default 'system:clock')
    returns portarium_int.move
    language plpgsql
    as $$
declare
    v_run portarium_int.run_fact := portarium_int.run_fact_of(p_tenant, p_run);
    v_occasion portarium_int.occasion;
begin
    v_occasion.actor := p_actor;
    if p_what = 'deadline' then
        return portarium_int.plan_deadline(v_run, v_occasion);
    elsif p_what = 'approval' then
        return portarium_int.plan_expiry(v_run, v_occasion);
    elsif p_what = 'expect' then
        return portarium_int.plan_expectation_due(v_run, v_occasion, p_epoch);
    elsif p_what = 'again' and v_run.epoch = p_epoch and v_run.state = 'COMPENSATING' then
        v_occasion.kind := 'run.continued';
        return portarium_int.plan_aside(v_run, v_occasion, 'undo', null);
    elsif v_run.epoch = p_epoch and v_run.state = 'UNKNOWN' then
        return portarium_int.plan_question_due(v_run, v_occasion, p_what);
    elsif v_run.epoch <> p_epoch or v_run.state <> 'RUNNING' then
        return null;
    end if;
    case p_what
        when 'wait' then
            v_occasion.kind := 'wait.elapsed';
            return portarium_int.plan_waited(v_run, v_occasion);
        when 'start' then
            v_occasion.kind := 'run.begun';
            return portarium_int.plan_begin(v_run, v_occasion);
        when 'retry' then
            v_occasion.kind := 'action.retried';
            return portarium_int.plan_again(v_run, v_occasion);
        when 'again' then
            v_occasion.kind := 'run.continued';
            return portarium_int.plan_again(v_run, v_occasion);
        when 'States.Timeout', 'States.HeartbeatTimeout' then
            v_occasion.kind := 'action.timed_out';
            v_occasion.error := p_what;
            return portarium_int.plan_error(v_run, v_occasion, null);
        when 'lost' then
            return portarium_int.plan_lost(v_run, v_occasion);
    end case;
end
$$;

create function portarium_int.plan_deadline(p_run portarium_int.run_fact, p_occasion portarium_int.occasion)
    returns portarium_int.move
    language plpgsql
    as $$
begin
    if portarium_int.is_terminal(p_run.state) or portarium_int.is_undoing(p_run.state) then
        return null;
    end if;
    p_occasion.kind := 'run.timed_out';
    perform portarium_int.close_approvals(p_run.tenant_id, p_run.run_id);
    return portarium_int.plan_end(p_run, p_occasion, 'time_out', null);
end
$$;

-- The executor is gone. What is declared idempotent is done again, five times in all, and is then a dead letter of the run that fails of it;
-- anything else may have happened, so the run is parked for a person or the adapter to reconcile.
create function portarium_int.plan_lost(p_run portarium_int.run_fact, p_occasion portarium_int.occasion)
    returns portarium_int.move
    language plpgsql
    as $$
begin
    if not portarium_int.is_idempotent(p_run) then
        p_occasion.kind := 'action.unknown';
        p_occasion.error := 'Portarium.UnknownOutcome';
        return portarium_int.plan_aside(p_run, p_occasion, 'park', 'the executor was lost before it acknowledged');
    elsif p_run.attempt >= 5 then
        p_occasion.kind := 'action.failed';
        p_occasion.error := 'Portarium.ExecutorLost';
        insert into quarantine (tenant_id, run_id, epoch, what, sqlstate, message)
        values (p_run.tenant_id, coalesce(p_run.root_id, p_run.run_id), p_run.epoch, 'exhausted', 'UP301',
            pg_catalog.format('the job of state "%s" was lost five times', p_run.cur))
        on conflict do nothing;
        return portarium_int.plan_error(p_run, p_occasion, 'the executor was lost five times before it acknowledged');
    end if;
    p_occasion.kind := 'action.lost';
    p_run.attempt := p_run.attempt + 1;
    return portarium_int.plan_again(p_run, p_occasion);
end
$$;

create function portarium_int.is_idempotent(p_run portarium_int.run_fact)
    returns boolean
    language sql
    stable
    as $$
    select coalesce((
        select (a.operations -> portarium_int.operation_of(s.resource) ->> 'idempotent')::boolean
        from definition_state s
        join adapter a on a.tenant_id = s.tenant_id and a.name = portarium_int.adapter_of(s.resource)
        where s.tenant_id = p_run.tenant_id and s.def_id = p_run.def_id and s.name = p_run.cur), false)
$$;

-- A timer whose run somebody holds is passed over and stays; those behind it have their turn.
create function portarium_int.fire_timers(p_limit int)
    returns int
    language plpgsql
    as $$
declare
    v_due record;
    v_fired int := 0;
begin
    for v_due in
        select t.ctid as tid, t.tenant_id, t.run_id, t.epoch, t.kind from timer t
        where t.due <= pg_catalog.clock_timestamp() order by t.due for update skip locked
    loop
        exit when v_fired >= p_limit;
        if portarium_int.attempt_occasion(v_due.tenant_id, v_due.run_id, v_due.epoch, v_due.kind) then
            delete from timer t where t.ctid = v_due.tid;
            v_fired := v_fired + 1;
        end if;
    end loop;
    return v_fired;
end
$$;

-- Locking a lease reads it again, so one that was renewed or acknowledged meanwhile is left alone; one whose run somebody holds stays.
create function portarium_int.reap_leases(p_limit int)
    returns int
    language plpgsql
    as $$
declare
    v_lost record;
    v_ended portarium_int.ended_job[] := '{}';
    v_reaped int := 0;
begin
    for v_lost in
        select l.token, l.tenant_id, l.run_id, l.epoch, l.queue, l.key, case
            when l.until > pg_catalog.clock_timestamp() then 'States.Timeout'
            -- void since its executor registered again, or silent without a heartbeat that the state asks for
            when l.until = '-infinity' or l.beat is null then 'lost'
            else 'States.HeartbeatTimeout' end as what
        from lease l
        where l.until <= pg_catalog.clock_timestamp() or l.deadline <= pg_catalog.clock_timestamp() - interval '1 s'
        for update skip locked
    loop
        exit when v_reaped >= p_limit;
        if portarium_int.attempt_occasion(v_lost.tenant_id, v_lost.run_id, v_lost.epoch,
            portarium_int.loss_of(v_lost.tenant_id, v_lost.run_id, v_lost.what))
        then
            if v_lost.queue is not null then
                v_ended := v_ended || row (v_lost.tenant_id, v_lost.queue, v_lost.key, null)::portarium_int.ended_job;
            end if;
            delete from lease l where l.token = v_lost.token and l.run_id = v_lost.run_id;
            v_reaped := v_reaped + 1;
        end if;
    end loop;
    if v_ended <> '{}' then
        -- what they held is free, also of a run that nobody moves
        perform portarium_int.settle_ended(v_ended);
        perform portarium_int.wake();
    end if;
    return v_reaped;
end
$$;

-- A task past its timeout or without its heartbeat is an error of its state, unless its effect may not be repeated: then nobody knows.
create function portarium_int.loss_of(p_tenant uuid, p_run uuid, p_what text)
    returns text
    language plpgsql
    as $$
declare
    v_entered boolean := portarium_int.enter(p_tenant);
    v_known boolean := portarium_int.is_idempotent(portarium_int.run_fact_of(p_tenant, p_run));
begin
    perform portarium_int.leave(v_entered);
    return case when v_known then p_what else 'lost' end;
end
$$;
