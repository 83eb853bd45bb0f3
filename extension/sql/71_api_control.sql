-- SPDX-License-Identifier: PostgreSQL
-- What people do to a run under way, and what it tells them.

-- Ends a run that is locked, with its strands and approvals; the state that it comes to.
create function portarium_int.abort_run(p_run portarium_int.run_fact, p_actor text, p_reason text, p_compensate boolean default true)
    returns text
    language plpgsql
    as $$
declare
    v_occasion portarium_int.occasion;
    v_moves portarium_int.move[];
begin
    v_occasion.kind := 'run.aborted';
    v_occasion.actor := p_actor;
    v_occasion.spares := not p_compensate;
    if portarium_int.is_undoing(p_run.state) then
        perform portarium_int.give_up_undo(p_run);
    end if;
    v_moves := portarium_int.apply(array[portarium_int.plan_end(p_run, v_occasion, 'abort', p_reason)]);
    perform portarium_int.close_approvals(p_run.tenant_id, p_run.run_id);
    return (select r.state from run r where r.tenant_id = p_run.tenant_id and r.run_id = p_run.run_id);
end
$$;

create function portarium.cancel_run(run_id uuid, reason text default null, compensate boolean default true)
    returns text
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    set plan_cache_mode = force_generic_plan
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
    set join_collapse_limit = 1
    set jit = off
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_run portarium_int.run_fact;
begin
    perform portarium_int.require_role('operator', 'admin');
    v_run := portarium_int.lock_own_run(v_tenant, cancel_run.run_id);
    if v_run.state = 'ABORTED' or v_run.state = 'COMPENSATING' and coalesce(cancel_run.compensate, true) then
        return v_run.state;
    elsif v_run.state = 'COMPENSATION_FAILED' and coalesce(cancel_run.compensate, true) then
        raise exception using errcode = 'UP101', message = format('run in state "%s" cannot be cancelled with compensation', v_run.state),
            hint = 'Have it tried again with retry_run, say with reconcile_run that it was undone by hand, or give it up with compensate false.';
    end if;
    return portarium_int.abort_run(v_run, portarium.actor(), cancel_run.reason, coalesce(cancel_run.compensate, true));
end
$$;
comment on function portarium.cancel_run(uuid, text, boolean) is
    'Ends a run that has not ended. What it has done is undone first where its document says how: COMPENSATING, then ABORTED. With compensate false it is ABORTED at once, and a run that undoes gives that up. Its job, if one is under way, is told by the next heartbeat, and its result changes nothing. Cancelling again is no error. Returns the run''s state. Errors: UP101 the run has ended otherwise or could not be undone, UP201, UP205, UP401';

create function portarium.reconcile_run(run_id uuid, output jsonb default null, error text default null, cause text default null)
    returns text
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    set plan_cache_mode = force_generic_plan
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
    set join_collapse_limit = 1
    set jit = off
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_run portarium_int.run_fact;
    v_occasion portarium_int.occasion;
    v_move portarium_int.move;
begin
    perform portarium_int.require_role('operator', 'admin');
    if (reconcile_run.output is null) = (reconcile_run.error is null) then
        raise exception using errcode = 'UP007', message = 'a reconciliation needs either an output or an error';
    end if;
    v_run := portarium_int.lock_run(v_tenant, reconcile_run.run_id);
    if v_run.state = 'COMPENSATION_FAILED' then
        v_move := portarium_int.plan_undone_by_hand(v_run, portarium.actor(), reconcile_run.output);
        perform portarium_int.apply(array[v_move]);
        return (select r.state from run r where r.tenant_id = v_tenant and r.run_id = reconcile_run.run_id);
    elsif v_run.state <> 'UNKNOWN' then
        raise exception using errcode = 'UP101', message = format('run in state "%s" has no unknown outcome', v_run.state);
    end if;
    v_occasion.kind := 'action.reconciled';
    v_occasion.actor := portarium.actor();
    if reconcile_run.error is null then
        v_occasion.outcome := reconcile_run.output;
        -- an action with a task token gives no more than this
        v_occasion.expected := exists (select from expectation x where x.tenant_id = v_tenant and x.run_id = reconcile_run.run_id);
        v_move := portarium_int.plan_result(v_run, v_occasion);
    else
        v_occasion.error := reconcile_run.error;
        v_move := portarium_int.plan_error(v_run, v_occasion, coalesce(reconcile_run.cause, ''));
    end if;
    perform portarium_int.apply(array[v_move]);
    return v_move.state;
end
$$;
comment on function portarium.reconcile_run(uuid, jsonb, text, text) is
    'Says what became of an effect whose outcome nobody knew, as output (it happened) or error (it did not); the run goes on from there. With an output also that a person has undone what a run in state COMPENSATION_FAILED could not; it undoes the rest. Returns the run''s state. Errors: UP007, UP101 the run is in neither state, UP201, UP205, UP401';

-- The strands of a run, all the way down: the id of each and its place, as slots joined by dots.
create function portarium_int.strands_of(p_tenant uuid, p_run uuid)
    returns table (run_id uuid, strand text)
    language sql
    stable
    as $$
    with recursive t (run_id, strand) as (
        select p_run, null::text
        union all
        select s.child_id, pg_catalog.concat_ws('.', t.strand, s.visit || '/' || s.slot)
        from t
        join strand s on s.tenant_id = p_tenant and s.run_id = t.run_id
        where s.child_id is not null
    )
    select t.run_id, t.strand from t
$$;

create function portarium.run_history(run_id uuid)
    returns table (seq int, at timestamptz, kind text, actor text, body jsonb, index bigint, strand text)
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
begin
    if not exists (select from run r where r.tenant_id = v_tenant and r.run_id = run_history.run_id) then
        raise exception using errcode = 'UP401', message = format('run "%s" does not exist', run_history.run_id);
    end if;
    return query
    select h.seq, h.at, h.kind, h.actor, h.body, h.index, s.strand
    from portarium_int.strands_of(v_tenant, run_history.run_id) s
    join entries h on h.tenant_id = v_tenant and h.run_id = s.run_id
    order by h.at, s.strand nulls first, h.seq;
end
$$;
comment on function portarium.run_history(uuid) is
    'The entries of a run and of its strands (branches and iterations), as they came; strand is null for the run''s own, else visit/slot of each level; index is the place in the sealed log, null until it is sealed. Errors: UP201, UP401';
