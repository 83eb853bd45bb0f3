-- SPDX-License-Identifier: PostgreSQL
-- Dead letters: what dispatch has given up on. Timers and lost leases whose handling raised an error, of runs that nothing moves since; jobs
-- that were lost five times, of runs that failed of it. Each can be replayed by a person, or put away. A dead letter whose run has
-- gone on by other means is none any more.

create function portarium_int.stamp_dead_views()
    returns void
    language plpgsql
    as $$
begin
    create view dead_jobs as
    select q.tenant_id, q.run_id, q.what, q.sqlstate, q.message, q.at, r.workflow, portarium_int.shown_state(r.state, r.held) as state,
        r.cur as current_state
    from quarantine q
    left join run r on r.tenant_id = q.tenant_id and r.run_id = q.run_id
    where case when q.what = 'exhausted' then r.state = 'FAILED' and r.error = 'Portarium.ExecutorLost'
        else r.state is null or not portarium_int.is_terminal(r.state) and (q.what in ('deadline', 'approval', 'expect') or r.epoch = q.epoch) end;
    comment on view dead_jobs is
        'What dispatch has given up on: what is the timer or lease that could not be handled, with sqlstate and message of the error, or exhausted, a job that was lost five times; runs that have gone on by other means are not among them';
end
$$;

-- Carries one out, in this person's name, unless the run has gone on by other means.
create function portarium_int.replay_letter(p_run portarium_int.run_fact, p_epoch int, p_what text, p_actor text)
    returns void
    language plpgsql
    as $$
declare
    v_move portarium_int.move;
    v_moved portarium_int.move[];
    v_state text;
begin
    if p_what <> 'exhausted' then
        v_move := portarium_int.plan_due(p_run.tenant_id, p_run.run_id, p_epoch, p_what, p_actor);
        if v_move.run_id is not null then
            v_moved := portarium_int.apply(array[v_move]);
        end if;
    elsif exists (
        select from run r
        where r.tenant_id = p_run.tenant_id and r.run_id = p_run.run_id and r.state = 'FAILED' and r.error = 'Portarium.ExecutorLost')
    then
        v_state := portarium_int.retry(p_run, p_actor, null);
    end if;
end
$$;

create function portarium.replay_job(run_id uuid)
    returns text
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_actor text := portarium_int.require_role('operator', 'admin');
    v_run portarium_int.run_fact := portarium_int.lock_run(v_tenant, replay_job.run_id);
    v_letter record;
    v_letters int := 0;
begin
    for v_letter in
        delete from quarantine q where q.tenant_id = v_tenant and q.run_id = replay_job.run_id returning q.epoch, q.what
    loop
        perform portarium_int.replay_letter(v_run, v_letter.epoch, v_letter.what, v_actor);
        v_letters := v_letters + 1;
    end loop;
    if v_letters = 0 then
        raise exception using errcode = 'UP401', message = format('nothing of run "%s" was given up', replay_job.run_id);
    end if;
    return (select portarium_int.shown_state(r.state, r.held) from run r where r.tenant_id = v_tenant and r.run_id = replay_job.run_id);
end
$$;
comment on function portarium.replay_job(uuid) is
    'Does once more what dispatch has given up on (portarium.dead_jobs): a timer or a lost lease is handled again, a job that was lost too often is given out again. What fails again raises its error, and stays. Returns the run''s state. Errors: those of what is done, UP201, UP205, UP401 no such run, or nothing of it was given up';

create function portarium.discard_job(run_id uuid)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_actor text := portarium_int.require_role('operator', 'admin');
begin
    delete from quarantine q where q.tenant_id = v_tenant and q.run_id = discard_job.run_id;
    if not found then
        raise exception using errcode = 'UP401', message = format('nothing of run "%s" was given up', discard_job.run_id);
    end if;
    perform portarium_int.append(v_tenant, portarium_int.uuid7(), 1, 'job.discarded', v_actor,
        portarium_int.canonical(jsonb_build_object('run', discard_job.run_id)), portarium_int.salt());
end
$$;
comment on function portarium.discard_job(uuid) is
    'Puts away what dispatch has given up on of a run, which stays as it is: cancel it, or leave it. An entry job.discarded. Errors: UP201, UP205, UP401 nothing of it was given up';
