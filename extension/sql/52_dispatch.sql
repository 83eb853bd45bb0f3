-- SPDX-License-Identifier: PostgreSQL
-- Dispatch: who is to do what next. All of it is derived from the runs and may be thrown away and rebuilt.
--
-- ready and lease are rings of four slots. Writers insert into the current slot; a slot that is empty is emptied for good by TRUNCATE,
-- which needs no vacuum and does not care who holds an old snapshot. A lane is tenant x queue x sub-lane; lane_hot has a row for
-- each lane with recent work, and only there. It has no unique key: two transactions may add the same lane without waiting for
-- each other, and the spare row goes with the others when the lane falls idle.
--
-- Lock order: run, lease, ready, lane_hot; SKIP LOCKED on the last two, so that they never take part in a deadlock.

create function portarium_int.stamp_ready()
    returns void
    language plpgsql
    as $$
begin
    create table ready (
        slot smallint not null,
        lane_id bigint not null,
        pass bigint not null,       -- microseconds: when it may be claimed in fairness
        tenant_id uuid not null,
        run_id uuid not null,
        epoch int not null          -- of the run when it was queued; another epoch means that nobody waits for it
    ) partition by list (slot);
    create table ready_0 partition of ready for values in (0);
    create table ready_1 partition of ready for values in (1);
    create table ready_2 partition of ready for values in (2);
    create table ready_3 partition of ready for values in (3);
    create index ready_lane_pass on ready (lane_id, pass);
end
$$;

create function portarium_int.stamp_lease()
    returns void
    language plpgsql
    as $$
begin
    create table lease (
        slot smallint not null,
        token bigint not null,
        tenant_id uuid not null,
        run_id uuid not null,
        epoch int not null,
        executor_id int not null,
        executor_epoch int not null,
        until timestamptz not null,     -- the executor must have renewed it by then
        deadline timestamptz,           -- the state's timeout, from the claim
        beat int,                       -- the state's heartbeat in seconds: how far each renewal reaches
        asks boolean                    -- the action only asks for the result, which comes with a task token
    ) partition by list (slot);
    create table lease_0 partition of lease for values in (0);
    create table lease_1 partition of lease for values in (1);
    create table lease_2 partition of lease for values in (2);
    create table lease_3 partition of lease for values in (3);
    create index lease_token on lease (token);
end
$$;

create function portarium_int.stamp_lanes()
    returns void
    language plpgsql
    as $$
begin
    -- One row: the slots that writers use now, and since when.
    create table ring (
        one boolean primary key default true check (one),
        ready_slot smallint not null default 0,
        lease_slot smallint not null default 0,
        rotated_at timestamptz not null default pg_catalog.now()
    );
    insert into ring default values;

    create table lane_hot (
        lane_id bigint not null,
        queue text not null,
        vtime bigint not null,          -- virtual time in microseconds; the smallest is served first
        low_water bigint not null,      -- nothing below this pass is left, as far as the last claim saw
        served_at timestamptz not null
    ) with (fillfactor = 50);
    create index lane_hot_lane on lane_hot (lane_id);
end
$$;

create function portarium_int.stamp_dispatch()
    returns void
    language plpgsql
    as $$
begin
    perform portarium_int.stamp_ready();
    perform portarium_int.stamp_lease();
    perform portarium_int.stamp_lanes();
    create table timer (
        due timestamptz not null,
        tenant_id uuid not null,
        run_id uuid not null,
        epoch int not null,
        kind text not null,             -- wait | retry | approval | deadline | expect | again
        constraint timer_kind_is_known check (kind in ('wait', 'retry', 'approval', 'deadline', 'expect', 'again'))
    );
    create index timer_due on timer (due);
    -- a pause and explain_run ask for one run's; a deadline, which most runs leave behind, costs it nothing
    create index timer_run on timer (run_id) where kind in ('wait', 'retry');

    create table executor (
        executor_id int primary key generated always as identity,
        name text not null unique,
        epoch int not null,
        adapters text[] not null,
        version text,
        login name not null,
        registered_at timestamptz not null
    ) with (fillfactor = 50);
end
$$;

-- A lane's number is a hash, so that queueing a job looks nothing up; two queues that met in one would merely share a lane.
-- 16 sub-lanes for each tenant and queue, so that claimers of one busy tenant do not wait for one row. All jobs of one call go
-- into one sub-lane: a later claim then finds them side by side. They differ in pass by a microsecond each, so that the mark of a
-- lane leaves none of those behind it that a claim has taken.
create function portarium_int.lane_of(p_tenant uuid, p_queue text, p_sub int)
    returns bigint
    language sql
    immutable
    parallel safe
    as $$ select (pg_catalog.hashtextextended(p_queue, pg_catalog.uuid_hash_extended(p_tenant, 0)) & -16) | p_sub $$;

create function portarium_int.now_us()
    returns bigint
    language sql
    volatile
    as $$ select (extract(epoch from pg_catalog.clock_timestamp()) * 1000000)::bigint $$;

-- Queues the jobs of the moves that want one, and wakes lanes that were asleep; how many lanes that was.
create function portarium_int.enqueue(p_moves portarium_int.move[])
    returns int
    language plpgsql
    as $$
declare
    v_lanes int;
    v_sub int := pg_catalog.floor(pg_catalog.random() * 16)::int;
    v_pass bigint := portarium_int.now_us();
    v_now timestamptz := pg_catalog.clock_timestamp();
begin
    with j as materialized (
        select portarium_int.lane_of(m.tenant_id, m.queue, v_sub) as lane_id, m.queue, m.tenant_id, m.run_id, m.from_epoch + 1 as epoch
        from pg_catalog.unnest(p_moves) m
        where m.next = 'ready'
    ), r as (
        insert into ready (slot, lane_id, pass, tenant_id, run_id, epoch)
        select (select g.ready_slot from ring g), j.lane_id, v_pass + pg_catalog.row_number() over (), j.tenant_id, j.run_id, j.epoch
        from j
    )
    insert into lane_hot (lane_id, queue, vtime, low_water, served_at)
    select distinct j.lane_id, j.queue, v_pass, 0::bigint, v_now
    from j
    where not exists (select from lane_hot h where h.lane_id = j.lane_id);
    get diagnostics v_lanes = row_count;
    return v_lanes;
end
$$;

create type portarium_int.claimed as (
    lane_id bigint,
    pass bigint,
    tenant_id uuid,
    run_id uuid,
    epoch int
);

-- One round of a claim over at most p_lanes lanes. A served lane pays a millisecond of virtual time a job; the debt is bounded by
-- ten seconds, so that a lane that was flooded is not punished for long. An empty lane goes behind the others.
create function portarium_int.claim_round(
    p_queues text[],
    p_want int,
    p_lanes int,
    out jobs portarium_int.claimed[],
    out lanes int)
    language plpgsql
    as $$
declare
    v_now bigint := portarium_int.now_us();
begin
    with l as materialized (
        select h.ctid as tid, h.lane_id, h.low_water
        from lane_hot h
        where h.queue = any (p_queues) or '*' = any (p_queues) and pg_catalog.strpos(h.queue, '/') = 0
        order by h.vtime
        limit p_lanes
        for update skip locked
    ), c as materialized (
        select x.rel, x.tid
        from l
        cross join lateral (
            select r.tableoid as rel, r.ctid as tid
            from ready r
            where r.lane_id = l.lane_id and r.pass >= l.low_water
            order by r.pass
            limit p_want
            for update skip locked
        ) x
        limit p_want
    ), d as (
        delete from ready r using c
        where r.ctid = c.tid and r.tableoid = c.rel
        returning r.lane_id, r.pass, r.tenant_id, r.run_id, r.epoch
    ), s as (
        select l.tid, pg_catalog.count(d.run_id) as served, pg_catalog.max(d.pass) as top
        from l
        left join d on d.lane_id = l.lane_id
        group by l.tid
    ), u as (
        update lane_hot h
        set vtime = least(greatest(h.vtime, v_now) + greatest(s.served, 1) * 1000, v_now + 10000000),
            low_water = coalesce(s.top, h.low_water),
            served_at = case when s.served > 0 then pg_catalog.clock_timestamp() else h.served_at end
        from s
        where h.ctid = s.tid
    )
    select pg_catalog.array_agg(row (d.lane_id, d.pass, d.tenant_id, d.run_id, d.epoch)::portarium_int.claimed), (select pg_catalog.count(*) from l)
    into claim_round.jobs, claim_round.lanes
    from d;
    claim_round.jobs := coalesce(claim_round.jobs, '{}');
end
$$;

-- Claims up to p_want jobs of the queues that the executor serves (* for all but those of tenants' own workers), lanes with the smallest virtual time first, each lane in order
-- of pass from its low-water mark on. Rounds widen: one lane, then more, so that claimers do not lock lanes they have no use for.
-- A lane that had nothing is put behind the others.
create function portarium_int.claim(p_queues text[], p_want int)
    returns portarium_int.claimed[]
    language plpgsql
    as $$
declare
    v_found portarium_int.claimed[] := '{}';
    v_round portarium_int.claimed[];
    v_lanes int := 1;
    v_seen int;
begin
    loop
        select r.jobs, r.lanes into v_round, v_seen
        from portarium_int.claim_round(p_queues, p_want - pg_catalog.cardinality(v_found), v_lanes) r;
        v_found := v_found || v_round;
        exit when pg_catalog.cardinality(v_found) >= p_want or v_seen < v_lanes or v_lanes >= 16;
        v_lanes := v_lanes * 4;
    end loop;
    return v_found;
end
$$;
