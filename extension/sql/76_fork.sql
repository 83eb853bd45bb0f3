-- SPDX-License-Identifier: PostgreSQL
-- Forking: a new run of the same definition that stands where another one stood behind one of its entries. What was done up to there is not
-- done again; policies and required approvals are asked anew. Its first entry cites the entry that it begins at by its hash.
-- Lock order: the run that is forked, then what it can undo.

-- Where a run stood behind one of its entries.
create type portarium_int.fork_point as (
    at timestamptz,
    entry_hash bytea,
    cur text,
    data jsonb,             -- raw input of cur; null: the run's input
    vars jsonb,
    definition text         -- the hash of the definition that it was of
);

create function portarium_int.refuse_fork(p_code text, p_run uuid, p_seq int, p_why text)
    returns void
    language plpgsql
    immutable
    as $$
begin
    raise exception using
        errcode = p_code,
        message = pg_catalog.format('run "%s" cannot be forked at entry %s', p_run, p_seq),
        detail = p_why;
end
$$;

-- The run's row has what its last entry left, waypoints what those before it left, and what the first left is mostly its input.
create function portarium_int.fork_point_of(p_run portarium_int.run_fact, p_seq int)
    returns portarium_int.fork_point
    language plpgsql
    stable
    as $$
declare
    v_entry entry%rowtype;
    v_point portarium_int.fork_point;
begin
    select e.* into v_entry from entry e where e.tenant_id = p_run.tenant_id and e.stream_id = p_run.run_id and e.seq = p_seq;
    if not found or portarium_int.run_data_moved(p_run.tenant_id, p_run.run_id) then
        perform portarium_int.refuse_fork('UP107', p_run.run_id, p_seq, 'The entry or the run''s data was disposed of or archived.');
    elsif v_entry.kind = 'run.succeeded' then
        perform portarium_int.refuse_fork('UP101', p_run.run_id, p_seq, 'Nothing is left to do behind it.');
    end if;
    v_point.at := v_entry.at;
    v_point.entry_hash := portarium_int.entry_hash(v_entry.salt, v_entry.tenant_id, v_entry.stream_id, v_entry.seq, v_entry.at, v_entry.kind,
        v_entry.actor, v_entry.canon);
    v_point.cur := pg_catalog.convert_from(v_entry.canon, 'UTF8')::jsonb ->> 'state';
    if p_seq = p_run.epoch then
        v_point.data := p_run.raw;
        v_point.vars := p_run.vars;
    else
        select w.data, w.vars into v_point.data, v_point.vars from waypoint w
        where w.tenant_id = p_run.tenant_id and w.run_id = p_run.run_id and w.seq = p_seq;
        if not found and p_seq > 1 then
            perform portarium_int.refuse_fork('UP107', p_run.run_id, p_seq, 'What the run had there was not kept.');
        end if;
    end if;
    select pg_catalog.convert_from(e.canon, 'UTF8')::jsonb ->> 'definition' into v_point.definition
    from entry e
    where e.tenant_id = p_run.tenant_id and e.stream_id = p_run.run_id and e.seq <= p_seq
        and e.kind in ('run.started', 'run.forked', 'run.migrated')
    order by e.seq desc
    limit 1;
    return v_point;
end
$$;

-- What a run had pushed up to a point, by the times of the entries that say so.
create function portarium_int.pushed_until(p_run portarium_int.run_fact, p_at timestamptz)
    returns table (place int[], status text)
    language sql
    stable
    as $$
    select c.place, c.status
    from compensation c
    join entry e on e.tenant_id = c.tenant_id and e.stream_id = c.by_id and e.seq = c.seq
    where c.tenant_id = p_run.tenant_id and c.run_id = p_run.run_id and e.at <= p_at
$$;

-- What was done up to the point stays the forked run's to undo while that has not ended, and is the new run's from then on.
create function portarium_int.hand_over_undos(p_run portarium_int.run_fact, p_at timestamptz, p_fork uuid)
    returns void
    language plpgsql
    as $$
begin
    if not portarium_int.is_terminal(p_run.state) then
        return;
    end if;
    insert into compensation (tenant_id, run_id, place, by_id, seq, state, start_at, input, vars, item, certain)
    select c.tenant_id, p_fork, c.place, c.by_id, c.seq, c.state, c.start_at, c.input, c.vars, c.item, c.certain
    from portarium_int.pushed_until(p_run, p_at) u
    join compensation c on c.tenant_id = p_run.tenant_id and c.run_id = p_run.run_id and c.place = u.place
    where u.status = 'PUSHED';
    update compensation c set status = 'HANDED_OVER'
    from compensation n
    where c.tenant_id = p_run.tenant_id and c.run_id = p_run.run_id and n.tenant_id = c.tenant_id and n.run_id = p_fork and n.place = c.place;
end
$$;

-- The first move of the new run. Its visits count on, so that what it does comes after what it has taken over.
create function portarium_int.plan_fork(
    p_run portarium_int.run_fact,
    p_seq int,
    p_point portarium_int.fork_point,
    p_fork uuid,
    p_actor text)
    returns portarium_int.move
    language plpgsql
    as $$
declare
    v_def record;
    v_fact portarium_int.run_fact;
    v_occasion portarium_int.occasion;
    v_step portarium_int.asl_step;
    v_move portarium_int.move;
    v_around jsonb;
begin
    select d.def_id, d.body, d.needs_context into v_def
    from definition d where d.tenant_id = p_run.tenant_id and d.hash = pg_catalog.decode(p_point.definition, 'hex');
    v_around := portarium_int.bypasses(p_run.tenant_id, p_run.workflow,
        pg_catalog.jsonb_set(v_def.body, '{StartAt}', pg_catalog.to_jsonb(p_point.cur)));
    if v_around is not null then
        perform portarium_int.refuse_findings('fork leads around a required approval', 'UP207', v_around);
    end if;
    v_fact := row (p_run.tenant_id, p_fork, v_def.def_id, p_run.workflow, p_run.tier, p_actor, pg_catalog.clock_timestamp(), 'NEW', null, 0, 0,
        p_run.visit, null, coalesce(p_point.data, p_run.input), coalesce(p_point.vars, '{}'), p_run.input, v_def.needs_context,
        null, null, null, null, null, null, p_run.priority)::portarium_int.run_fact;
    v_step.kind := 'next';
    v_step.next := p_point.cur;
    v_step.data := v_fact.raw;
    v_step.vars := v_fact.vars;
    v_occasion.kind := 'run.forked';
    v_occasion.actor := p_actor;
    v_occasion.definition := p_point.definition;
    v_occasion.fork := pg_catalog.jsonb_build_object('run', p_run.run_id, 'seq', p_seq, 'entry', pg_catalog.encode(p_point.entry_hash, 'hex'));
    v_move := portarium_int.settle(v_fact, v_occasion, v_step, portarium_int.context_of(v_fact));
    v_move.def_id := v_fact.def_id;
    v_move.workflow := v_fact.workflow;
    v_move.tier := v_fact.tier;
    v_move.initiator := p_actor;
    v_move.started_at := v_fact.started_at;
    v_move.traceparent := portarium_int.current_trace();
    v_move.input := p_run.input;
    return v_move;
end
$$;

create function portarium_int.begin_fork(p_run portarium_int.run_fact, p_seq int, p_fork uuid, p_actor text)
    returns void
    language plpgsql
    as $$
declare
    v_point portarium_int.fork_point := portarium_int.fork_point_of(p_run, p_seq);
    v_moves portarium_int.move[];
    v_seconds int;
begin
    if exists (select from portarium_int.pushed_until(p_run, v_point.at) u where u.status <> 'PUSHED') then
        perform portarium_int.refuse_fork('UP101', p_run.run_id, p_seq, 'What was done before it is not, or not only, this run''s to undo any more.');
    end if;
    perform portarium_int.hand_over_undos(p_run, v_point.at, p_fork);
    v_moves := portarium_int.apply(array[portarium_int.plan_fork(p_run, p_seq, v_point, p_fork, p_actor)]);
    select d.timeout_seconds into v_seconds from definition d where d.tenant_id = p_run.tenant_id and d.def_id = v_moves[1].def_id;
    if v_seconds is not null then
        perform portarium_int.set_deadlines(v_moves, v_seconds);
    end if;
end
$$;

create function portarium.fork_run(run_id uuid, seq int, idempotency_key text default null)
    returns uuid
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_actor text := portarium_int.require_role('operator', 'admin');
    v_run portarium_int.run_fact := portarium_int.lock_own_run(v_tenant, fork_run.run_id);
    v_fork uuid := portarium_int.uuid7();
    v_reserved uuid := v_fork;
begin
    if coalesce(fork_run.seq, 0) not between 1 and v_run.epoch then
        raise exception using errcode = 'UP007', message = format('entry of run "%s" is not between 1 and %s', fork_run.run_id, v_run.epoch);
    elsif fork_run.idempotency_key is not null then
        v_reserved := portarium_int.reserve_key(v_tenant, fork_run.idempotency_key, 'fork ' || fork_run.run_id, to_jsonb(fork_run.seq), v_fork);
    end if;
    if v_reserved = v_fork then
        perform portarium_int.begin_fork(v_run, fork_run.seq, v_fork, v_actor);
    end if;
    return v_reserved;
end
$$;
comment on function portarium.fork_run(uuid, int, text) is
    'Starts a run of the same definition that stands where another one stood behind its entry seq, with the data and variables that it had there, and returns its id. What was done up to there is not done again; the state is entered anew and policies are asked again. The first entry, run.forked, cites the entry by its hash. What a run that has ended could undo up to there is the fork''s to undo. The same idempotency key with the same run and seq returns the same fork. Errors: UP007, UP101 nothing is left to do there or what was done is undone or another fork''s, UP103, UP107 the entry or the data is not there any more, UP201, UP205, UP207 a required approval would be led around, UP401';
