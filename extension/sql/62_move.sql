-- SPDX-License-Identifier: PostgreSQL
-- The mover: the only function that writes run.state. It takes any number of planned moves and carries them out as a few set-based
-- statements in the caller's transaction: runs, entries, jobs, timers, approvals, payloads. A move whose run has moved on since it was
-- planned (another epoch) changes nothing and is missing from the answer.
--
-- Lock order: run rows in the order of the moves, then what is derived from them.

-- Payloads over the inline limit, content-addressed.
create function portarium_int.store_payloads(p_moves portarium_int.move[])
    returns void
    language plpgsql
    as $$
begin
    insert into payload (tenant_id, hash, data)
    select distinct on (x.tenant_id, x.hash) x.tenant_id, x.hash, x.data
    from (
        select m.tenant_id, portarium_int.payload_hash(v.data) as hash, v.data
        from pg_catalog.unnest(p_moves) m
        cross join lateral (values (m.input), (m.output)) v (data)
        where portarium_int.is_large(v.data)
    ) x
    on conflict do nothing;
end
$$;

create function portarium_int.is_large(p_data jsonb)
    returns boolean
    language sql
    stable
    parallel safe
    as $$ select pg_catalog.pg_column_size(p_data) > portarium_int.inline_limit() $$;

create function portarium_int.insert_runs(p_moves portarium_int.move[])
    returns int
    language plpgsql
    as $$
declare
    v_rows int;
begin
    insert into run (tenant_id, run_id, started_at, def_id, workflow, tier, initiator, root_id, parent_id, parent_visit, slot, item,
        input, input_ref, traceparent, state, held, cur, epoch, attempt, visit,
        retries, data, arg, limits, vars, output, output_ref, error, cause, ends, ended_at, priority)
    select m.tenant_id, m.run_id, m.started_at, m.def_id, m.workflow, m.tier, m.initiator, m.root_id, m.parent_id, m.parent_visit, m.slot, m.item,
        case when not portarium_int.is_large(m.input) then m.input end,
        case when portarium_int.is_large(m.input) then portarium_int.payload_hash(m.input) end,
        m.traceparent, m.state, m.held, m.cur, 1, m.attempt, m.visit, m.retries, m.data, m.arg, m.limits, nullif(m.vars, '{}'),
        case when not portarium_int.is_large(m.output) then m.output end,
        case when portarium_int.is_large(m.output) then portarium_int.payload_hash(m.output) end,
        m.error, m.cause, m.ends,
        case when m.state in ('SUCCEEDED', 'FAILED') then m.started_at end, m.priority
    from pg_catalog.unnest(p_moves) m;
    get diagnostics v_rows = row_count;
    return v_rows;
end
$$;

-- Moves existing runs and returns the positions of the moves that found their run as it was planned.
create function portarium_int.update_runs(p_moves portarium_int.move[], p_at timestamptz)
    returns int[]
    language plpgsql
    as $$
declare
    v_applied int[];
begin
    with u as (
        update run r
        set state = m.state, held = m.held, cur = m.cur, epoch = r.epoch + 1, attempt = m.attempt, visit = m.visit, retries = m.retries,
            data = m.data, arg = m.arg, limits = m.limits, vars = nullif(m.vars, '{}'),
            output = case when not portarium_int.is_large(m.output) then m.output end,
            output_ref = case when portarium_int.is_large(m.output) then portarium_int.payload_hash(m.output) end,
            error = m.error, cause = m.cause, ends = m.ends,
            def_id = coalesce(m.def_id, r.def_id), tier = coalesce(m.tier, r.tier),
            ended_at = case when m.state in ('SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED') then p_at end
        from pg_catalog.unnest(p_moves) with ordinality m
        where r.tenant_id = m.tenant_id and r.run_id = m.run_id and r.epoch = m.from_epoch
        returning m.ordinality::int as position
    )
    select pg_catalog.array_agg(u.position) into v_applied from u;
    return coalesce(v_applied, '{}');
end
$$;

create function portarium_int.insert_entries(p_moves portarium_int.move[], p_at timestamptz)
    returns int
    language plpgsql
    as $$
declare
    v_rows int;
    v_xid bigint := pg_catalog.pg_current_xact_id()::text::bigint;
begin
    insert into entry (tenant_id, stream_id, seq, xid, at, kind, actor, canon, salt)
    select m.tenant_id, m.run_id, m.from_epoch + 1, v_xid, p_at, m.kind, m.actor, m.canon, m.salt
    from pg_catalog.unnest(p_moves) m;
    get diagnostics v_rows = row_count;
    if portarium_int.is_away() then
        perform portarium_int.stir(p_moves[1].tenant_id, v_rows);
    end if;
    return v_rows;
end
$$;

-- What follows from the moves: jobs, timers, approvals, payloads, what can be undone, waypoints; whether there was a job.
create function portarium_int.dispatch(p_moves portarium_int.move[], p_at timestamptz)
    returns boolean
    language plpgsql
    as $$
declare
    v_jobs boolean;
    v_timers boolean;
    v_gates boolean;
    v_large boolean;
    v_undos boolean;
    v_waypoints boolean;
    v_lanes int;
begin
    select pg_catalog.bool_or(m.next = 'ready'), pg_catalog.bool_or(m.next = 'timer'), pg_catalog.bool_or(m.next = 'approval'),
        pg_catalog.bool_or(portarium_int.is_large(m.output) or portarium_int.is_large(m.input)), pg_catalog.bool_or(m.undo is not null),
        pg_catalog.bool_or(portarium_int.leaves_waypoint(m))
    into v_jobs, v_timers, v_gates, v_large, v_undos, v_waypoints
    from pg_catalog.unnest(p_moves) m;
    if v_jobs then
        v_lanes := portarium_int.enqueue(p_moves);
    end if;
    if v_timers then
        insert into timer (due, tenant_id, run_id, epoch, kind)
        select m.due, m.tenant_id, m.run_id, m.from_epoch + 1, m.timer_kind
        from pg_catalog.unnest(p_moves) m
        where m.next = 'timer';
    end if;
    if v_gates then
        perform portarium_int.open_approvals(p_moves, p_at);
    end if;
    if v_large then
        perform portarium_int.store_payloads(p_moves);
    end if;
    if v_undos then
        perform portarium_int.push_undos(p_moves);
    end if;
    if v_waypoints then
        perform portarium_int.keep_waypoints(p_moves);
    end if;
    perform portarium_int.wake();
    return v_jobs;
end
$$;

-- All moves are of new runs, or none is. Returns the moves that were made.
create function portarium_int.move_runs(p_moves portarium_int.move[])
    returns portarium_int.move[]
    language plpgsql
    as $$
declare
    v_at timestamptz := pg_catalog.clock_timestamp();
    v_applied int[];
    v_rows int;
    v_jobs boolean;
begin
    if p_moves[1].from_epoch = 0 then
        v_rows := portarium_int.insert_runs(p_moves);
    else
        v_applied := portarium_int.update_runs(p_moves, v_at);
        if pg_catalog.cardinality(v_applied) < pg_catalog.cardinality(p_moves) then
            p_moves := array(select p_moves[p.position] from pg_catalog.unnest(v_applied) p (position));
        end if;
    end if;
    if pg_catalog.cardinality(p_moves) > 0 then
        v_rows := portarium_int.insert_entries(p_moves, v_at);
        v_jobs := portarium_int.dispatch(p_moves, v_at);
    end if;
    return p_moves;
end
$$;
