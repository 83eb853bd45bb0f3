-- SPDX-License-Identifier: PostgreSQL
-- Expectations: what a run waits for from outside, be it a task's token, a signal or the end of a child run. One row for each waiting run
-- or strand, made and taken away in the commit of the move that begins or ends the waiting. The run is RUNNING meanwhile, and
-- nothing of it is queued, unless an executor has a token's action to do.
--
-- One timer is armed for the nearer of the two ends. A heartbeat only writes the row: the timer that comes too early is armed anew.
-- Lock order: the runs above, the run, its expectation. A heartbeat locks nothing but the expectation.

create function portarium_int.stamp_expectation()
    returns void
    language plpgsql
    as $$
begin
    create table expectation (
        tenant_id uuid not null,
        run_id uuid not null,           -- the run or the strand that waits
        root_id uuid not null,          -- the run that it is, or is a strand of
        kind text not null,
        visit int not null,
        attempt int not null,
        epoch int not null,             -- of the run when it began to wait; the timer's
        name text,                      -- of the signal
        correlation text,
        child_id uuid,
        since timestamptz not null,
        due_at timestamptz,             -- TimeoutSeconds
        heartbeat_seconds int,
        beat_due_at timestamptz,
        primary key (tenant_id, run_id),
        constraint expectation_kind_is_known check (kind in ('token', 'signal', 'child'))
    );
    create index expectation_root on expectation (tenant_id, root_id);
    create index expectation_signal on expectation (tenant_id, name, correlation) where kind = 'signal';
end
$$;

-- Takes away what is not waited for any more, and writes down what is waited for; the ends of children that were given up.
create function portarium_int.settle_expectations(p_moves portarium_int.move[], p_at timestamptz)
    returns portarium_int.move[]
    language plpgsql
    as $$
declare
    v_given_up record;
    v_planned portarium_int.move[] := '{}';
begin
    for v_given_up in
        delete from expectation x
        using pg_catalog.unnest(p_moves) m
        where x.tenant_id = m.tenant_id and x.run_id = m.run_id
            and (m.expected or m.expects is not null or m.state = 'COMPENSATING' or portarium_int.is_terminal(m.state))
        returning x.tenant_id, x.child_id, m.spares
    loop
        if v_given_up.child_id is not null then
            v_planned := v_planned || portarium_int.abort_child(v_given_up.tenant_id, v_given_up.child_id, v_given_up.spares);
        end if;
    end loop;
    with x as (
        insert into expectation (tenant_id, run_id, root_id, kind, visit, attempt, epoch, name, correlation, child_id, since, due_at,
            heartbeat_seconds, beat_due_at)
        select m.tenant_id, m.run_id, coalesce(m.root_id, m.run_id), m.expects ->> 'kind', m.visit, m.attempt, m.from_epoch + 1,
            m.expects ->> 'name', m.expects ->> 'correlation', m.child, p_at,
            p_at + pg_catalog.make_interval(secs => (m.expects ->> 'timeout')::int), (m.expects ->> 'heartbeat')::int,
            p_at + pg_catalog.make_interval(secs => (m.expects ->> 'heartbeat')::int)
        from pg_catalog.unnest(p_moves) m
        where m.expects is not null
        returning *
    )
    insert into timer (due, tenant_id, run_id, epoch, kind)
    select least(x.due_at, x.beat_due_at), x.tenant_id, x.run_id, x.epoch, 'expect'
    from x
    where least(x.due_at, x.beat_due_at) is not null;
    return v_planned;
end
$$;

-- The clock's part: an expectation that is past its end is an error of the state; a timer that came too early is armed anew.
-- The caller has locked the run.
create function portarium_int.plan_expectation_due(p_run portarium_int.run_fact, p_occasion portarium_int.occasion, p_epoch int)
    returns portarium_int.move
    language plpgsql
    as $$
declare
    v_row expectation%rowtype;
    v_now timestamptz := pg_catalog.clock_timestamp();
begin
    select x.* into v_row from expectation x
    where x.tenant_id = p_run.tenant_id and x.run_id = p_run.run_id and x.epoch = p_epoch
    for no key update;
    if v_row.due_at <= v_now then
        p_occasion.error := 'States.Timeout';
    elsif v_row.beat_due_at <= v_now then
        p_occasion.error := 'States.HeartbeatTimeout';
    elsif v_row.run_id is not null then
        insert into timer (due, tenant_id, run_id, epoch, kind)
        values (least(v_row.due_at, v_row.beat_due_at), p_run.tenant_id, p_run.run_id, p_epoch, 'expect');
    end if;
    if p_occasion.error is null then
        return null;
    end if;
    p_occasion.kind := 'task.timed_out';
    return portarium_int.plan_error(p_run, p_occasion, null);
end
$$;
