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
        pass bigint not null,       -- microseconds: when it came, less what its priority is worth; the smallest is next in its lane
        tenant_id uuid not null,
        run_id uuid not null,
        epoch int not null,         -- of the run when it was queued; another epoch means that nobody waits for it
        key text                    -- by which its adapter's quota counts it
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
        asks boolean,                   -- the action only asks for the result, which comes with a task token
        queue text,                     -- the adapter, where a quota counts it
        key text
    ) partition by list (slot);
    create table lease_0 partition of lease for values in (0);
    create table lease_1 partition of lease for values in (1);
    create table lease_2 partition of lease for values in (2);
    create table lease_3 partition of lease for values in (3);
    create index lease_token on lease (token);
    create index lease_quota on lease (tenant_id, queue, key) where queue is not null;
    create index lease_queue on lease (queue) where queue is not null;
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
        vtime bigint not null,          -- virtual time in microseconds, counted from the first claim on; 0: it has just woken
        low_water bigint not null,      -- nothing below this pass is left, as far as the last claim saw
        served_at timestamptz not null,
        tenant_id uuid,
        looked_at bigint                -- by a claim, in microseconds
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
        kind text not null,             -- wait | retry | start | approval | deadline | expect | again | ask
        constraint timer_kind_is_known check (kind in ('wait', 'retry', 'start', 'approval', 'deadline', 'expect', 'again', 'ask'))
    );
    create index timer_due on timer (due);
    -- a pause and explain_run ask for one run's; a deadline, which most runs leave behind, costs it nothing
    create index timer_run on timer (run_id) where kind in ('wait', 'retry', 'start', 'ask');

    create table executor (
        executor_id int primary key generated always as identity,
        name text not null unique,
        epoch int not null,
        adapters text[] not null,       -- and its capabilities, each with a plus before it
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

-- What a step of priority is worth, in microseconds. Who has waited that much longer is served first all the same: priorities age.
create function portarium_int.head_start()
    returns bigint
    language sql
    immutable
    parallel safe
    as $$ select 60000000::bigint $$;

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
        select portarium_int.lane_of(m.tenant_id, m.queue, v_sub) as lane_id, m.queue, m.tenant_id, m.run_id, m.from_epoch + 1 as epoch, m.key,
            v_pass + pg_catalog.row_number() over () - coalesce(m.priority, 0)::bigint * portarium_int.head_start() as pass
        from pg_catalog.unnest(p_moves) m
        where m.next = 'ready'
    ), r as (
        insert into ready (slot, lane_id, pass, tenant_id, run_id, epoch, key)
        select (select g.ready_slot from ring g), j.lane_id, j.pass, j.tenant_id, j.run_id, j.epoch, j.key
        from j
    )
    insert into lane_hot (lane_id, queue, vtime, low_water, served_at, tenant_id)
    select distinct j.lane_id, j.queue, coalesce((select pg_catalog.min(h.vtime) from lane_hot h where h.lane_id = j.lane_id), 0), 0::bigint, v_now,
        j.tenant_id
    from j
    where not exists (select from lane_hot h where h.lane_id = j.lane_id and h.low_water <= j.pass);
    get diagnostics v_lanes = row_count;
    return v_lanes;
end
$$;
