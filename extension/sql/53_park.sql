-- SPDX-License-Identifier: PostgreSQL
-- Jobs whose key has no room: out of their lane into parked, and back into a lane when a job of their key ends, when their time has come, or
-- when the quota changes. Who comes back is asked anew, so that one too many costs a claim a look and no more.
--
-- A job that is parked while the last one of its key ends finds nobody to bring it back: the clock's step does, within a second.

-- Out of the lane, until p_due. Jobs that wait for the rate of their key stand in a line, a step apart, and not all at its next moment.
create function portarium_int.park(p_job portarium_int.claimed, p_queue text, p_due timestamptz, p_per_minute int)
    returns void
    language plpgsql
    as $$
begin
    insert into parked (tenant_id, adapter, key, due, pass, queue, run_id, epoch)
    select p_job.tenant_id, p_job.queue, p_job.key,
        greatest(p_due, (
            select pg_catalog.max(k.due) + portarium_int.gcra_step(p_per_minute)
            from parked k
            where k.tenant_id = p_job.tenant_id and k.adapter = p_job.queue and k.key = p_job.key and k.due < 'infinity')),
        p_job.pass, p_queue, p_job.run_id, p_job.epoch;
end
$$;


-- Back into a lane, with the pass that they had. Where the lane's mark is above them it gets a spare row, in its turn.
create function portarium_int.put_back(p_jobs portarium_int.claimed[])
    returns void
    language plpgsql
    as $$
declare
    v_sub int := pg_catalog.floor(pg_catalog.random() * 16)::int;
begin
    with j as materialized (
        select portarium_int.lane_of(p.tenant_id, p.queue, v_sub) as lane_id, p.queue, p.tenant_id, p.run_id, p.epoch, p.key, p.pass
        from pg_catalog.unnest(p_jobs) p
    ), r as (
        insert into ready (slot, lane_id, pass, tenant_id, run_id, epoch, key)
        select (select g.ready_slot from ring g), j.lane_id, j.pass, j.tenant_id, j.run_id, j.epoch, j.key
        from j
    )
    insert into lane_hot (lane_id, queue, vtime, low_water, served_at, tenant_id)
    select j.lane_id, j.queue, coalesce((select pg_catalog.min(h.vtime) from lane_hot h where h.lane_id = j.lane_id), 0), pg_catalog.min(j.pass),
        pg_catalog.clock_timestamp(), j.tenant_id
    from j
    where not exists (select from lane_hot h where h.lane_id = j.lane_id and h.low_water <= j.pass)
    group by j.lane_id, j.queue, j.tenant_id;
    perform portarium_int.wake();
end
$$;

-- The first p_limit jobs of a key that wait for one of it to end; all keys of the adapter without one.
create function portarium_int.unpark_key(p_tenant uuid, p_adapter text, p_key text, p_limit int)
    returns void
    language plpgsql
    as $$
declare
    v_jobs portarium_int.claimed[];
begin
    with k as materialized (
        select p.ctid as tid
        from parked p
        where p.tenant_id = p_tenant and p.adapter = p_adapter and (p.key = p_key and p.due = 'infinity' or p_key is null)
        order by p.key, p.due, p.pass
        limit p_limit
        for update skip locked
    ), d as (
        delete from parked p using k where p.ctid = k.tid
        returning p.pass, p.tenant_id, p.run_id, p.epoch, p.queue, p.key
    )
    select pg_catalog.array_agg(row (null, d.pass, d.tenant_id, d.run_id, d.epoch, d.queue, d.key)::portarium_int.claimed) into v_jobs from d;
    if v_jobs is not null then
        perform portarium_int.put_back(v_jobs);
    end if;
end
$$;

-- Those whose time has come; how many.
create function portarium_int.unpark_due(p_limit int)
    returns int
    language plpgsql
    as $$
declare
    v_jobs portarium_int.claimed[];
begin
    with k as materialized (
        select p.ctid as tid from parked p
        where p.due <= pg_catalog.clock_timestamp() order by p.due limit p_limit for update skip locked
    ), d as (
        delete from parked p using k where p.ctid = k.tid
        returning p.pass, p.tenant_id, p.run_id, p.epoch, p.queue, p.key
    )
    select pg_catalog.array_agg(row (null, d.pass, d.tenant_id, d.run_id, d.epoch, d.queue, d.key)::portarium_int.claimed) into v_jobs from d;
    if v_jobs is null then
        return 0;
    end if;
    perform portarium_int.put_back(v_jobs);
    return pg_catalog.cardinality(v_jobs);
end
$$;

-- A job that has ended, for the quotas that counted it.
create type portarium_int.ended_job as (
    tenant_id uuid,
    adapter text,
    key text,
    retry_after_ms int      -- the other side asked to be left alone for so long
);

-- What ended jobs mean for their quotas: those that were told so hold still, and for each job of a key one that waits comes back.
create function portarium_int.settle_ended(p_ended portarium_int.ended_job[])
    returns void
    language plpgsql
    as $$
declare
    v_ended record;
begin
    for v_ended in
        select e.tenant_id, e.adapter, e.key, pg_catalog.count(*)::int as jobs, pg_catalog.max(e.retry_after_ms) as retry_after_ms
        from pg_catalog.unnest(p_ended) e
        group by e.tenant_id, e.adapter, e.key
        order by e.tenant_id, e.adapter, e.key
    loop
        if v_ended.retry_after_ms > 0 then
            perform portarium_int.hold_quota(v_ended.tenant_id, v_ended.adapter, v_ended.key, v_ended.retry_after_ms);
        end if;
        if v_ended.key is not null then
            perform portarium_int.unpark_key(v_ended.tenant_id, v_ended.adapter, v_ended.key, v_ended.jobs);
        end if;
    end loop;
end
$$;

-- The keys that jobs wait for, by a step through the index for each: never by reading the jobs.
create function portarium_int.parked_keys()
    returns table (tenant_id uuid, adapter text, key text)
    language sql
    stable
    as $$
    with recursive k (tenant_id, adapter, key) as (
        (select p.tenant_id, p.adapter, p.key from parked p order by p.tenant_id, p.adapter, p.key limit 1)
        union all
        select n.tenant_id, n.adapter, n.key
        from k
        cross join lateral (
            select p.tenant_id, p.adapter, p.key from parked p
            where (p.tenant_id, p.adapter, p.key) > (k.tenant_id, k.adapter, k.key)
            order by p.tenant_id, p.adapter, p.key limit 1) n
    )
    select k.tenant_id, k.adapter, k.key from k
$$;

-- Brings back as many as there is room for of the keys that nobody holds back any more.
create function portarium_int.sweep_parked()
    returns void
    language plpgsql
    as $$
declare
    v_key record;
    v_quota portarium_int.quota_ref;
    v_room int;
begin
    for v_key in
        select k.tenant_id, k.adapter, k.key from portarium_int.parked_keys() k
    loop
        v_quota := portarium_int.quota_on_key(v_key.tenant_id, v_key.adapter);
        v_room := coalesce(v_quota.max_running, 2147483647) - portarium_int.running(v_quota, v_key.key);
        if v_quota.scope is null or v_room > 0 then
            perform portarium_int.unpark_key(v_key.tenant_id, v_key.adapter, v_key.key, v_room);
        end if;
    end loop;
end
$$;
