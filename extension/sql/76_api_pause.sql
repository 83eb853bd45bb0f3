-- SPDX-License-Identifier: PostgreSQL
-- Pausing, resuming and retrying. A paused run starts no new effect: what an executor has under way is acknowledged as ever and timers
-- go on, but the next job, wait or approval is held back until the run is resumed.
--
-- run.held: null; hold: paused; work: paused, and something is held back. The strands of a run are paused with it.
-- Pausing is a transition, so leases and timers, which name the run's epoch, are carried over to the new one; but no question what became of
-- an action (60_question.sql), which is asked anew.

create function portarium_int.carry_over(p_tenant uuid, p_run uuid, p_from int)
    returns boolean
    language plpgsql
    as $$
declare
    v_leased boolean;
begin
    if (select r.state from run r where r.tenant_id = p_tenant and r.run_id = p_run) = 'UNKNOWN' then
        return false;
    end if;
    update lease l set epoch = p_from + 1 where l.tenant_id = p_tenant and l.run_id = p_run and l.epoch = p_from;
    v_leased := found;
    update timer t set epoch = p_from + 1
    where t.tenant_id = p_tenant and t.run_id = p_run and t.epoch = p_from and t.kind in ('wait', 'retry', 'start');
    return v_leased or found;
end
$$;

-- The runs that are paused or resumed together: the run, then its strands that have not ended.
create function portarium_int.family_of(p_tenant uuid, p_run uuid)
    returns setof uuid
    language sql
    volatile
    as $$
    select r.run_id
    from portarium_int.strands_of(p_tenant, p_run) x
    join run r on r.tenant_id = p_tenant and r.run_id = x.run_id
    where not portarium_int.is_terminal(r.state)
    order by x.strand nulls first
$$;

-- Whether nothing of a run is under way that no lease or timer stands for: at most its next thing is queued.
create function portarium_int.is_idle(p_run portarium_int.run_fact)
    returns boolean
    language sql
    stable
    as $$
    select p_run.state in ('RUNNING', 'COMPENSATING')
        and not exists (select from strand s where s.tenant_id = p_run.tenant_id and s.run_id = p_run.run_id and s.visit = p_run.visit
            and s.status in ('PENDING', 'RUNNING'))
        and (not exists (select from expectation x where x.tenant_id = p_run.tenant_id and x.run_id = p_run.run_id)
            or exists (select from ready q where q.tenant_id = p_run.tenant_id and q.run_id = p_run.run_id and q.epoch = p_run.epoch))
$$;

create function portarium_int.hold(p_run portarium_int.run_fact, p_actor text, p_reason text)
    returns void
    language plpgsql
    as $$
declare
    v_occasion portarium_int.occasion;
    v_move portarium_int.move;
    v_moves portarium_int.move[];
begin
    v_occasion.kind := case when p_run.root_id is null then 'run.paused' else 'strand.paused' end;
    v_occasion.actor := p_actor;
    v_move := portarium_int.plan_aside(p_run, v_occasion, 'pause', p_reason);
    v_move.held := case
        when portarium_int.carry_over(p_run.tenant_id, p_run.run_id, p_run.epoch) or not portarium_int.is_idle(p_run) then 'hold'
        else 'work' end;
    -- what was to be asked for has not been, and is asked for anew
    v_move.expected := v_move.held = 'work';
    v_moves := portarium_int.apply(array[v_move]);
end
$$;

create function portarium.pause_run(run_id uuid, reason text default null)
    returns text
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_actor text := portarium_int.require_role('operator', 'admin');
    v_run portarium_int.run_fact := portarium_int.lock_own_run(v_tenant, pause_run.run_id);
    v_member uuid;
begin
    if portarium_int.is_terminal(v_run.state) or v_run.state = 'COMPENSATION_FAILED' then
        raise exception using errcode = 'UP101', message = format('run in state "%s" cannot be paused', v_run.state);
    elsif v_run.held is not null then
        return 'PAUSED';
    end if;
    for v_member in select f from portarium_int.family_of(v_tenant, pause_run.run_id) f loop
        perform portarium_int.hold(portarium_int.lock_run(v_tenant, v_member), v_actor, pause_run.reason);
    end loop;
    return 'PAUSED';
end
$$;
comment on function portarium.pause_run(uuid, text) is
    'Pauses a run and its strands: no new effect is started; what is under way is acknowledged, timers go on. Pausing again is no error. Errors: UP101 the run has ended or could not be undone, UP201, UP205, UP401';

-- What was held back is planned anew, policies included; otherwise only the hold ends.
create function portarium_int.release(p_run portarium_int.run_fact, p_actor text)
    returns void
    language plpgsql
    as $$
declare
    v_occasion portarium_int.occasion;
    v_work boolean := p_run.held = 'work';
    v_move portarium_int.move;
    v_moves portarium_int.move[];
begin
    p_run.held := null;
    v_occasion.kind := case when p_run.root_id is null then 'run.resumed' else 'strand.resumed' end;
    v_occasion.actor := p_actor;
    if v_work and p_run.state = 'COMPENSATING' then
        v_move := portarium_int.plan_aside(p_run, v_occasion, 'undo', null);
    elsif v_work then
        v_move := portarium_int.plan_again(p_run, v_occasion);
    else
        v_move := portarium_int.plan_aside(p_run, v_occasion, 'resume', null);
        perform portarium_int.carry_over(p_run.tenant_id, p_run.run_id, p_run.epoch);
    end if;
    v_moves := portarium_int.apply(array[v_move]);
end
$$;

create function portarium.resume_run(run_id uuid)
    returns text
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_actor text := portarium_int.require_role('operator', 'admin');
    v_run portarium_int.run_fact := portarium_int.lock_own_run(v_tenant, resume_run.run_id);
    v_member uuid;
begin
    if v_run.held is null then
        raise exception using errcode = 'UP101', message = format('run in state "%s" is not paused', v_run.state);
    end if;
    for v_member in select f from portarium_int.family_of(v_tenant, resume_run.run_id) f loop
        v_run := portarium_int.lock_run(v_tenant, v_member);
        if v_run.held is not null and not portarium_int.is_terminal(v_run.state) then
            perform portarium_int.release(v_run, v_actor);
        end if;
    end loop;
    return (select portarium_int.shown_state(r.state, r.held) from run r where r.tenant_id = v_tenant and r.run_id = resume_run.run_id);
end
$$;
comment on function portarium.resume_run(uuid) is
    'Resumes a paused run and its strands. What was held back is planned anew: templates are evaluated and policies asked again. Returns the run''s state. Errors: UP101 not paused, UP201, UP205, UP401';

-- What was undone cannot be gone on with.
create function portarium_int.refuse_undone(p_run portarium_int.run_fact)
    returns void
    language plpgsql
    stable
    as $$
begin
    if exists (
        select from compensation c where c.tenant_id = p_run.tenant_id and c.run_id = p_run.run_id and c.status in ('DONE', 'GIVEN_UP', 'HANDED_OVER'))
    then
        raise exception using errcode = 'UP101', message = pg_catalog.format('run "%s" has undone what it had done, or handed it over to a fork', p_run.run_id),
            hint = 'Start another run.';
    end if;
end
$$;

-- Enters the state of a locked run once more; the run's state.
create function portarium_int.retry(p_run portarium_int.run_fact, p_actor text, p_reason text)
    returns text
    language plpgsql
    as $$
declare
    v_occasion portarium_int.occasion;
    v_moves portarium_int.move[];
begin
    if portarium_int.run_data_moved(p_run.tenant_id, p_run.run_id) then
        raise exception using errcode = 'UP107', message = pg_catalog.format('data of run "%s" was disposed of or archived', p_run.run_id);
    end if;
    perform portarium_int.refuse_undone(p_run);
    perform portarium_int.regain_unique(p_run.tenant_id, p_run.run_id);
    v_occasion.actor := p_actor;
    v_occasion.kind := 'run.retried';
    p_run.retries := null;
    p_run.attempt := 0;
    v_moves := portarium_int.apply(array[portarium_int.plan_aside(p_run, v_occasion, 'retry', p_reason)]);
    p_run := portarium_int.run_fact_of(p_run.tenant_id, p_run.run_id);
    v_occasion.kind := 'action.retried';
    v_moves := portarium_int.apply(array[portarium_int.plan_again(p_run, v_occasion)]);
    return v_moves[1].state;
end
$$;

create function portarium.retry_run(run_id uuid, reason text default null)
    returns text
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_actor text := portarium_int.require_role('operator', 'admin');
    v_run portarium_int.run_fact := portarium_int.lock_own_run(v_tenant, retry_run.run_id);
    v_moves portarium_int.move[];
begin
    if v_run.state = 'COMPENSATION_FAILED' then
        v_moves := portarium_int.apply(array[portarium_int.plan_undo_again(v_run, v_actor, retry_run.reason)]);
        return v_moves[1].state;
    end if;
    return portarium_int.retry(v_run, v_actor, retry_run.reason);
end
$$;
comment on function portarium.retry_run(uuid, text) is
    'Enters the state once more in which a run failed, timed out or was aborted, with the data that it had and its Retry counts at zero; of a run in state COMPENSATION_FAILED, undoes the step once more that could not be undone. Returns the run''s state. Errors: UP101 the run has not ended that way, or has undone what it had done or handed it over to a fork, UP106 another run has its unique key, UP107 its data was disposed of or archived, UP201, UP205, UP401';
