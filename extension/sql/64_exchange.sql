-- SPDX-License-Identifier: PostgreSQL
-- What executors call. exchange takes a batch of acknowledgements and gives a batch of claims, all of it one commit.
-- It spans tenants: it belongs to portarium_sys, and the tenant of every row comes from the lease, never from the caller.
--
-- Order: the executor's epoch; leases that the acknowledgements name are taken away; their runs are planned and moved; jobs are
-- claimed and leased. An acknowledgement whose lease is gone changes nothing and comes back as stale.

-- How long an executor may be silent before its jobs are taken from it: the state's heartbeat when it has one.
create function portarium_int.lease_time(p_beat int)
    returns interval
    language sql
    immutable
    parallel safe
    as $$ select pg_catalog.make_interval(secs => coalesce(p_beat, 30)) $$;

create type portarium_int.ack as (
    run_id uuid,
    token bigint,
    output jsonb,
    error text,
    cause text,
    outcome text,       -- succeeded | failed | unknown
    weak text,          -- what the sandbox of its program lacked
    asks boolean,       -- of the lease: the action only asks for the result
    retry_after_ms int  -- the other side asked to be left alone for so long
);

create function portarium_int.read_acks(p_acks jsonb)
    returns portarium_int.ack[]
    language plpgsql
    immutable
    as $$
begin
    return array(
        select row (a.run_id, a.token, a.output, a.error, a.cause,
            case when a.unknown then 'unknown' when a.error is not null then 'failed' else 'succeeded' end,
            pg_catalog.left(a.weak, 200), null, a.retry_after_ms)::portarium_int.ack
        from pg_catalog.jsonb_to_recordset(p_acks) a (run_id uuid, token bigint, output jsonb, error text, cause text, unknown boolean, weak text,
            retry_after_ms int)
    );
exception
    when invalid_text_representation or numeric_value_out_of_range or invalid_parameter_value or datatype_mismatch then
        raise exception using errcode = 'UP007', message = 'acknowledgements are not an array of objects with run_id and token', detail = sqlerrm;
end
$$;

-- What one acknowledgement makes of its run.
create function portarium_int.plan_ack(p_run portarium_int.run_fact, p_ack portarium_int.ack, p_executor text)
    returns portarium_int.move
    language plpgsql
    as $$
declare
    v_occasion portarium_int.occasion;
begin
    v_occasion.actor := 'executor:' || p_executor;
    v_occasion.token := p_ack.token;
    v_occasion.weak := p_ack.weak;
    if p_run.state = 'UNKNOWN' then
        return portarium_int.plan_answer(p_run, v_occasion, p_ack.outcome, p_ack.output, p_ack.error, p_ack.cause);
    elsif p_ack.outcome = 'succeeded' and p_ack.asks then
        v_occasion.kind := 'action.acknowledged';
        return portarium_int.plan_aside(p_run, v_occasion, 'advance', null);
    elsif p_ack.outcome = 'succeeded' then
        v_occasion.kind := 'action.succeeded';
        v_occasion.outcome := coalesce(p_ack.output, 'null');
        return portarium_int.plan_result(p_run, v_occasion);
    elsif p_ack.outcome = 'failed' then
        v_occasion.kind := 'action.failed';
        v_occasion.error := p_ack.error;
        return portarium_int.plan_error(p_run, v_occasion, p_ack.cause);
    end if;
    v_occasion.kind := 'action.unknown';
    v_occasion.error := 'Portarium.UnknownOutcome';
    return portarium_int.plan_aside(p_run, v_occasion, 'park', p_ack.cause);
end
$$;

-- An acknowledgement whose run was not as its lease says, in the snapshot of the statement that took the lease.
create type portarium_int.late_ack as (
    tenant_id uuid,
    run_id uuid,
    epoch int,
    ack portarium_int.ack
);

-- Looks again: the lease may have been waited for, while its run was paused or resumed and the lease carried over to the new epoch; or it is
-- a question's, whose run is not RUNNING.
create function portarium_int.plan_late_acks(p_late portarium_int.late_ack[], p_name text)
    returns portarium_int.move[]
    language plpgsql
    as $$
declare
    v_late portarium_int.late_ack;
    v_run portarium_int.run_fact;
    v_moves portarium_int.move[] := '{}';
begin
    foreach v_late in array p_late loop
        v_run := portarium_int.run_fact_of(v_late.tenant_id, v_late.run_id);
        if v_run.epoch = v_late.epoch and v_run.state in ('RUNNING', 'UNKNOWN') then
            v_moves := v_moves || portarium_int.plan_ack(v_run, v_late.ack, p_name);
        end if;
    end loop;
    return v_moves;
end
$$;

-- Each tenant's late acknowledgements where its runs are.
create function portarium_int.settle_late_acks(p_late portarium_int.late_ack[], p_name text)
    returns portarium_int.move[]
    language plpgsql
    as $$
declare
    v_tenant uuid;
    v_entered boolean;
    v_made portarium_int.move[] := '{}';
begin
    for v_tenant in
        select distinct l.tenant_id from pg_catalog.unnest(p_late) l order by l.tenant_id
    loop
        v_entered := portarium_int.enter(v_tenant);
        v_made := v_made || portarium_int.apply(portarium_int.plan_late_acks(
            array(select l from pg_catalog.unnest(p_late) l where l.tenant_id = v_tenant), p_name));
        perform portarium_int.leave(v_entered);
    end loop;
    return v_made;
end
$$;

-- Takes the leases and plans their runs in one statement; the order of the moves is the order of the runs. What finds no run among the
-- shared ones is late: it has moved on, or it is at home elsewhere.
create function portarium_int.plan_acks(
    p_executor int,
    p_name text,
    p_acks portarium_int.ack[],
    out moves portarium_int.move[],
    out late portarium_int.late_ack[],
    out ended portarium_int.ended_job[])
    language plpgsql
    as $$
begin
    with l as (
        delete from lease l
        using pg_catalog.unnest(p_acks) a
        where l.token = a.token and l.run_id = a.run_id and l.executor_id = p_executor and l.until > pg_catalog.clock_timestamp()
        returning l.tenant_id, l.run_id, l.epoch,
            row (a.run_id, a.token, a.output, a.error, a.cause, a.outcome, a.weak, l.asks, a.retry_after_ms)::portarium_int.ack as ack,
            case when l.key is not null or l.queue is not null and a.retry_after_ms is not null
                then row (l.tenant_id, l.queue, l.key, a.retry_after_ms)::portarium_int.ended_job end as ended
    ), r as (
        select row (r.tenant_id, r.run_id, r.def_id, r.workflow, r.tier, r.initiator, r.started_at, r.state, r.cur, r.epoch, r.attempt, r.visit, r.retries,
            coalesce(r.data, r.input, p.data), coalesce(r.vars, '{}'), coalesce(r.input, p.data), d.needs_context,
            r.root_id, r.parent_id, r.parent_visit, r.slot, r.item, r.held, r.priority)::portarium_int.run_fact as fact, r.run_id is null as late,
            row (l.tenant_id, l.run_id, l.epoch, l.ack)::portarium_int.late_ack as taken, l.ended
        from l
        left join run r on r.tenant_id = l.tenant_id and r.run_id = l.run_id and r.epoch = l.epoch and r.state = 'RUNNING'
        left join definition d on d.tenant_id = r.tenant_id and d.def_id = r.def_id
        left join payload p on p.tenant_id = r.tenant_id and p.hash = r.input_ref
        order by l.tenant_id, l.run_id
    )
    select pg_catalog.array_agg(portarium_int.plan_ack(r.fact, (r.taken).ack, p_name)) filter (where not r.late),
        pg_catalog.array_agg(r.taken) filter (where r.late), pg_catalog.array_agg(r.ended) filter (where not r.ended is null)
    into moves, late, ended
    from r;
    moves := coalesce(moves, '{}');
end
$$;

-- Acknowledges a batch that only ends runs with results, without making moves of them: the runs whose acknowledgement was stale, or null
-- when it could not. Here the planner and the mover do it all; the native flavour (result.c) writes the rows at once.
create function portarium_int.take_results(p_executor int, p_name text, p_acks jsonb)
    returns uuid[]
    language sql
    volatile
    as $$ select null::uuid[] $$;

-- Acknowledges; the runs whose acknowledgement changed nothing.
create function portarium_int.take_acks(p_executor int, p_name text, p_acks jsonb)
    returns uuid[]
    language plpgsql
    as $$
declare
    v_stale uuid[] := portarium_int.take_results(p_executor, p_name, p_acks);
    v_acks portarium_int.ack[];
    v_plan record;
    v_moved portarium_int.move[];
begin
    if v_stale is null then
        v_acks := portarium_int.read_acks(p_acks);
        select p.moves, p.late, p.ended into v_plan from portarium_int.plan_acks(p_executor, p_name, v_acks) p;
        v_moved := portarium_int.apply(v_plan.moves);
        if v_plan.late is not null then
            v_moved := v_moved || portarium_int.settle_late_acks(v_plan.late, p_name);
        end if;
        if v_plan.ended is not null then
            perform portarium_int.settle_ended(v_plan.ended);
        end if;
        v_stale := array(
            select a.run_id from pg_catalog.unnest(v_acks) a
            where not exists (select from pg_catalog.unnest(v_moved) m where m.run_id = a.run_id));
    end if;
    return v_stale;
end
$$;

create type portarium_int.job as (
    kind text,
    tenant_id uuid,
    run_id uuid,
    token bigint,
    adapter text,
    operation text,
    spec jsonb,
    input jsonb,
    idempotency_key text,
    attempt int,
    timeout_ms int,
    traceparent text
);

-- 48 random bits: the token comes to stand in the tenant's entry, and a serial number would tell what all tenants do. It names a lease
-- together with its run.
create function portarium_int.fencing_token()
    returns bigint
    language sql
    volatile
    parallel safe
    as $$ select ('x' || pg_catalog.right(pg_catalog.gen_random_uuid()::text, 12))::bit(48)::bigint $$;

-- Leases what was claimed. A job whose run has moved on, ended or been cancelled since it was queued falls out here.
create function portarium_int.lease_jobs(p_executor int, p_epoch int, p_claimed portarium_int.claimed[])
    returns setof portarium_int.job
    language plpgsql
    as $$
declare
    v_now timestamptz := pg_catalog.clock_timestamp();
begin
    return query
    with j as materialized (
        select c.tenant_id, c.run_id, c.epoch, portarium_int.fencing_token() as token, x.adapter, x.operation,
            (a.operations -> x.operation) || pg_catalog.jsonb_build_object('kind', a.kind, 'base_url', a.base_url) as spec,
            r.limits[1] as timeout, r.limits[2] as beat, nullif(pg_catalog.right(s.resource, 17) = '.waitForTaskToken', false) as asks,
            coalesce(r.arg, r.data, r.input, p.data) as input, r.run_id || ':' || r.cur || ':' || r.visit as idempotency_key,
            c.queue, c.key, r.attempt, portarium_int.trace_under(r.traceparent, portarium_int.state_span(r.run_id, r.epoch)) as traceparent,
            least(coalesce((a.operations -> x.operation ->> 'timeout_ms')::int, 60000), r.limits[1]::bigint * 1000)::int as timeout_ms
        from pg_catalog.unnest(p_claimed) c
        join run r on r.tenant_id = c.tenant_id and r.run_id = c.run_id and r.epoch = c.epoch and r.state = 'RUNNING' and r.held is null
        join definition_state s on s.tenant_id = r.tenant_id and s.def_id = r.def_id and s.name = r.cur
        cross join lateral (select portarium_int.adapter_of(s.resource), portarium_int.operation_of(s.resource)) x (adapter, operation)
        join adapter a on a.tenant_id = r.tenant_id and a.name = x.adapter
        left join payload p on p.tenant_id = r.tenant_id and p.hash = r.input_ref
    ), l as (
        insert into lease (slot, token, tenant_id, run_id, epoch, executor_id, executor_epoch, until, deadline, beat, asks,
            queue, key)
        select (select g.lease_slot from ring g), j.token, j.tenant_id, j.run_id, j.epoch, p_executor, p_epoch, v_now + portarium_int.lease_time(j.beat),
            v_now + pg_catalog.make_interval(secs => j.timeout), j.beat, j.asks, j.queue, j.key
        from j
    )
    select 'job', j.tenant_id, j.run_id, j.token, j.adapter, j.operation,
        case when j.beat is null then j.spec else j.spec || pg_catalog.jsonb_build_object('heartbeat_ms', j.beat::bigint * 1000) end,
        j.input, j.idempotency_key, j.attempt, j.timeout_ms, j.traceparent
    from j;
end
$$;

-- Leases the questions among what was claimed: of runs whose outcome nobody knows, each for the operation that asks.
create function portarium_int.lease_questions(p_executor int, p_epoch int, p_claimed portarium_int.claimed[])
    returns setof portarium_int.job
    language plpgsql
    as $$
begin
    return query
    with j as materialized (
        select c.tenant_id, c.run_id, c.epoch, c.queue, c.key, portarium_int.fencing_token() as token, q.adapter, q.operation, o.spec,
            portarium_int.question_input(coalesce(r.arg, r.data, r.input, p.data), k.key) as input, k.key as idempotency_key,
            portarium_int.trace_under(r.traceparent, portarium_int.state_span(r.run_id, r.epoch)) as traceparent
        from pg_catalog.unnest(p_claimed) c
        join run r on r.tenant_id = c.tenant_id and r.run_id = c.run_id and r.epoch = c.epoch and r.state = 'UNKNOWN' and r.held is null
        cross join lateral portarium_int.question_of(r.tenant_id, r.def_id, r.cur) q
        join adapter a on a.tenant_id = r.tenant_id and a.name = q.adapter
        cross join lateral (select r.run_id || ':' || r.cur || ':' || r.visit) k (key)
        cross join lateral (select (a.operations -> q.operation) || pg_catalog.jsonb_build_object('kind', a.kind, 'base_url', a.base_url)) o (spec)
        left join payload p on p.tenant_id = r.tenant_id and p.hash = r.input_ref
    ), l as (
        insert into lease (slot, token, tenant_id, run_id, epoch, executor_id, executor_epoch, until, queue, key)
        select (select g.lease_slot from ring g), j.token, j.tenant_id, j.run_id, j.epoch, p_executor, p_epoch,
            pg_catalog.clock_timestamp() + portarium_int.lease_time(null), j.queue, j.key
        from j
    )
    select 'job', j.tenant_id, j.run_id, j.token, j.adapter, j.operation, j.spec, j.input, j.idempotency_key, 0,
        coalesce((j.spec ->> 'timeout_ms')::int, 60000), j.traceparent
    from j;
end
$$;

-- The same for jobs that are all plain, without a query: the jobs, or null when it could not. Here the function above does it all; the
-- native flavour (grant.c) writes the leases at once.
create function portarium_int.lease_plain(p_executor int, p_epoch int, p_claimed portarium_int.claimed[])
    returns portarium_int.job[]
    language sql
    volatile
    as $$ select null::portarium_int.job[] $$;

-- The same for jobs whose runs are at home elsewhere.
create function portarium_int.lease_jobs_away(p_executor int, p_epoch int, p_claimed portarium_int.claimed[])
    returns setof portarium_int.job
    language plpgsql
    as $$
declare
    v_tenant uuid;
    v_entered boolean;
begin
    for v_tenant in
        select distinct c.tenant_id from pg_catalog.unnest(p_claimed) c where portarium_int.home_of(c.tenant_id) is not null
    loop
        v_entered := portarium_int.enter(v_tenant);
        return query
        select j.*
        from (select array(select c from pg_catalog.unnest(p_claimed) c where c.tenant_id = v_tenant)) x (own)
        cross join lateral (
            select o.* from portarium_int.lease_jobs(p_executor, p_epoch, x.own) o
            union all
            select q.* from portarium_int.lease_questions(p_executor, p_epoch, x.own) q) j;
        perform portarium_int.leave(v_entered);
    end loop;
end
$$;

create function portarium.exchange(executor_id int, epoch int, acks jsonb, want int)
    returns setof portarium_int.job
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
    v_executor portarium_int.executor_ref := portarium_int.check_executor(exchange.executor_id, exchange.epoch);
    v_stale uuid[];
    v_claimed portarium_int.claimed[];
    v_plain portarium_int.job[];
    v_leased int;
begin
    if coalesce(exchange.want, -1) not between 0 and 900 then
        raise exception using errcode = 'UP007', message = 'wanted jobs are not between 0 and 900';
    end if;
    if jsonb_typeof(exchange.acks) = 'array' and exchange.acks <> '[]' then
        v_stale := portarium_int.take_acks(exchange.executor_id, v_executor.name, exchange.acks);
    end if;
    if v_stale <> '{}' then
        return query
        select 'stale', null::uuid, a.run_id, a.token, null, null, null::jsonb, null::jsonb, null, null::int, null::int, null
        from jsonb_to_recordset(exchange.acks) a (run_id uuid, token bigint)
        where a.run_id = any (v_stale);
    end if;
    if exchange.want > 0 then
        v_claimed := portarium_int.claim(v_executor.adapters, exchange.want);
        if v_claimed is null then
            v_claimed := portarium_int.claim_governed(v_executor.adapters, exchange.want);
        end if;
        v_plain := portarium_int.lease_plain(exchange.executor_id, exchange.epoch, v_claimed);
        if v_plain is null then
            return query
            select j.* from portarium_int.lease_jobs(exchange.executor_id, exchange.epoch, v_claimed) j;
        else
            return query
            select j.* from unnest(v_plain) j;
        end if;
        get diagnostics v_leased = row_count;
        if v_leased < cardinality(v_claimed) then
            return query
            select j.* from portarium_int.lease_questions(exchange.executor_id, exchange.epoch, v_claimed) j
            union all
            select j.* from portarium_int.lease_jobs_away(exchange.executor_id, exchange.epoch, v_claimed) j;
        end if;
    end if;
end
$$;
comment on function portarium.exchange(int, int, jsonb, int) is
    'Acknowledges and claims in one commit. acks: array of {"run_id","token","output"} | {…,"error","cause"} | {…,"unknown":true,"cause"}, each with "weak" when a program''s sandbox lacked something, which its entry then says; want: jobs wanted, 0 to 900. Rows of kind "job" are leased for 30 s, or for the HeartbeatSeconds of their states (spec.heartbeat_ms); rows of kind "stale" name acknowledgements that changed nothing. Errors: UP007, UP302 stale epoch, UP405';
