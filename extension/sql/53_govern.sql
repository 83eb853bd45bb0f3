-- SPDX-License-Identifier: PostgreSQL
-- Claiming under quotas, lane by lane in the same order as 53_claim.sql. A lane whose quotas leave no room is passed over and costs no
-- write; of the others as many jobs are taken as there is room for. A job whose key has no room is parked: it comes back when a job of its
-- key ends, or when its time has come.
--
-- Order: a lane's quotas are locked, their room is computed, the lane is locked, its jobs are taken, keys are asked, what begins is taken
-- down. Nothing here waits for a lock but a claim that has found nothing and holds none.

-- Null: all are locked. Else the lock of one that another claim holds.
create function portarium_int.lock_quotas(p_quotas portarium_int.quota_ref[])
    returns bigint
    language plpgsql
    as $$
declare
    v_quota portarium_int.quota_ref;
    v_lock bigint;
begin
    foreach v_quota in array p_quotas loop
        v_lock := portarium_int.quota_lock(v_quota.tenant_id, v_quota.scope, v_quota.name, '');
        if not pg_catalog.pg_try_advisory_xact_lock(v_lock) then
            return v_lock;
        end if;
    end loop;
    return null;
end
$$;

-- How many of the jobs that were claimed and are not leased yet a quota counts.
create function portarium_int.taken_of(p_quota portarium_int.quota_ref, p_key text, p_found portarium_int.claimed[])
    returns int
    language sql
    immutable
    parallel safe
    as $$
    select pg_catalog.count(*)::int from pg_catalog.unnest(p_found) f
    where (p_quota.scope = 'queue' or f.tenant_id = p_quota.tenant_id) and (p_quota.name = '' or f.queue = p_quota.name)
        and (p_quota.scope <> 'key' or f.key = p_key)
$$;

-- The least room that these quotas leave; each that time frees is taken down as waited for.
create function portarium_int.least_room(p_quotas portarium_int.quota_ref[], p_found portarium_int.claimed[])
    returns int
    language plpgsql
    as $$
declare
    v_quota portarium_int.quota_ref;
    v_room portarium_int.room;
    v_least int := 2147483647;
begin
    foreach v_quota in array p_quotas loop
        v_room := portarium_int.room_of(v_quota, '', portarium_int.taken_of(v_quota, '', p_found));
        v_least := least(v_least, v_room.jobs);
        if v_room.free_at is not null then
            perform portarium_int.wait_for(v_quota.tenant_id, v_room);
        end if;
    end loop;
    return v_least;
end
$$;

-- Whether a job's key lets it begin; if not, it is parked. One that another claim is counting is tried again at once.
create function portarium_int.admit_key(p_job portarium_int.claimed, p_queue text, p_found portarium_int.claimed[])
    returns boolean
    language plpgsql
    as $$
declare
    v_quota portarium_int.quota_ref := portarium_int.quota_on_key(p_job.tenant_id, p_job.queue);
    v_room portarium_int.room;
begin
    if v_quota.scope is null then
        return true;
    elsif not pg_catalog.pg_try_advisory_xact_lock(portarium_int.quota_lock(p_job.tenant_id, 'key', p_job.queue, p_job.key)) then
        perform portarium_int.park(p_job, p_queue, pg_catalog.clock_timestamp(), null);
        return false;
    end if;
    v_room := portarium_int.room_of(v_quota, p_job.key, portarium_int.taken_of(v_quota, p_job.key, p_found));
    if v_room.jobs > 0 then
        perform portarium_int.spend(v_quota, p_job.key, 1);
        return true;
    end if;
    perform portarium_int.park(p_job, p_queue, coalesce(v_room.free_at, 'infinity'), case when v_room.what = 'per_minute' then v_quota.per_minute end);
    return false;
end
$$;

-- Takes jobs out of a lane, in order of pass.
create function portarium_int.take_jobs(p_lane bigint, p_adapter text, p_from bigint, p_want int)
    returns portarium_int.claimed[]
    language plpgsql
    as $$
declare
    v_jobs portarium_int.claimed[];
begin
    with c as materialized (
        select r.tableoid as rel, r.ctid as tid
        from ready r
        where r.lane_id = p_lane and r.pass >= p_from
        order by r.pass
        limit p_want
        for update skip locked
    ), d as (
        delete from ready r using c
        where r.ctid = c.tid and r.tableoid = c.rel
        returning r.lane_id, r.pass, r.tenant_id, r.run_id, r.epoch, r.key
    )
    select pg_catalog.array_agg(row (d.lane_id, d.pass, d.tenant_id, d.run_id, d.epoch, p_adapter, d.key)::portarium_int.claimed order by d.pass)
    into v_jobs
    from d;
    return coalesce(v_jobs, '{}');
end
$$;

-- Of lane_order(), and whose jobs its queue has.
create type portarium_int.lane_seen as (
    tid tid,
    lane_id bigint,
    tenant_id uuid,
    queue text,
    low_water bigint,
    vtime bigint,
    looked_at bigint,
    tenant_time bigint,
    lanes bigint,
    floor bigint,
    adapter text
);

-- Takes up to p_want jobs of a locked lane that their keys let begin. Of a lane full of jobs that must wait ten batches are parked; then
-- somebody is called for the rest.
create function portarium_int.take_admitted(inout lane portarium_int.lane_seen, p_want int, p_found portarium_int.claimed[],
    out jobs portarium_int.claimed[], out emptied boolean)
    language plpgsql
    as $$
declare
    v_batch portarium_int.claimed[];
    v_job portarium_int.claimed;
    v_asked int;
begin
    jobs := '{}';
    for i in 1 .. 10 loop
        v_asked := p_want - pg_catalog.cardinality(jobs);
        v_batch := portarium_int.take_jobs(lane.lane_id, lane.adapter, lane.low_water, v_asked);
        foreach v_job in array v_batch loop
            lane.low_water := v_job.pass;
            if v_job.key is null or portarium_int.admit_key(v_job, lane.queue, p_found || jobs) then
                jobs := jobs || v_job;
            end if;
        end loop;
        emptied := pg_catalog.cardinality(v_batch) < v_asked;
        exit when emptied or pg_catalog.cardinality(jobs) = p_want;
    end loop;
    if not emptied and pg_catalog.cardinality(jobs) < p_want then
        perform portarium_int.wake();
    end if;
end
$$;

-- Serves one lane, whose quotas leave room for p_want jobs: what is taken, what is taken down of it, what the lane pays.
create function portarium_int.serve_lane(
    p_lane portarium_int.lane_seen,
    p_quotas portarium_int.quota_ref[],
    p_want int,
    p_found portarium_int.claimed[])
    returns portarium_int.claimed[]
    language plpgsql
    as $$
declare
    v_taken record;
    v_quota portarium_int.quota_ref;
    v_jobs int;
    v_weight int := 1;
begin
    select h.low_water into p_lane.low_water from lane_hot h where h.ctid = p_lane.tid for update skip locked;
    if not found then
        return '{}';
    end if;
    select t.lane, t.jobs, t.emptied into v_taken from portarium_int.take_admitted(p_lane, p_want, p_found) t;
    v_jobs := pg_catalog.cardinality(v_taken.jobs);
    foreach v_quota in array p_quotas loop
        perform portarium_int.spend(v_quota, '', v_jobs);
        v_weight := greatest(v_weight, v_quota.weight);
    end loop;
    update lane_hot h
    set vtime = portarium_int.lane_charged(p_lane.vtime, p_lane.tenant_time, p_lane.lanes, p_lane.floor, v_jobs, v_weight),
        low_water = (v_taken.lane).low_water, looked_at = portarium_int.now_us(),
        served_at = case when v_jobs > 0 then pg_catalog.clock_timestamp() else h.served_at end
    where h.ctid = p_lane.tid;
    return v_taken.jobs;
end
$$;

create type portarium_int.governed_round as (
    jobs portarium_int.claimed[],
    busy bigint             -- the lock of a quota that another claim held
);

-- Once through the lanes. A tenant's adapter without room is not asked again.
create function portarium_int.govern_round(p_serves text[], p_want int)
    returns portarium_int.governed_round
    language plpgsql
    as $$
declare
    v_round portarium_int.governed_round := row ('{}'::portarium_int.claimed[], null);
    v_lane portarium_int.lane_seen;
    v_quotas portarium_int.quota_ref[];
    v_full text[] := '{}';
    v_busy bigint;
    v_room int;
    v_served int := 0;
begin
    for v_lane in
        select o.*, portarium_int.adapter_in(o.queue) from portarium_int.lane_order(p_serves) o
        order by o.tenant_time, o.looked_at nulls first
    loop
        exit when pg_catalog.cardinality(v_round.jobs) >= p_want or v_served >= 21;
        continue when v_lane.tenant_id || v_lane.adapter = any (v_full);
        v_quotas := portarium_int.quotas_on(v_lane.tenant_id, v_lane.adapter);
        v_busy := portarium_int.lock_quotas(v_quotas);
        v_room := case when v_busy is null then portarium_int.least_room(v_quotas, v_round.jobs) else 0 end;
        if v_room = 0 then
            v_full := v_full || (v_lane.tenant_id || v_lane.adapter);
            v_round.busy := coalesce(v_round.busy, v_busy);
            continue;
        end if;
        v_served := v_served + 1;
        v_round.jobs := v_round.jobs || portarium_int.serve_lane(v_lane, v_quotas,
            least(v_room, p_want - pg_catalog.cardinality(v_round.jobs)), v_round.jobs);
    end loop;
    return v_round;
end
$$;

-- What claim() leaves. One that finds nothing because another claim is counting waits for that one and looks again: it may have left room.
create function portarium_int.claim_governed(p_serves text[], p_want int)
    returns portarium_int.claimed[]
    language plpgsql
    as $$
declare
    v_round portarium_int.governed_round;
begin
    if pg_catalog.current_setting('transaction_isolation') <> 'read committed' then
        raise exception using
            errcode = 'UP008',
            message = 'jobs under quotas are not claimed in this isolation level',
            hint = 'Use READ COMMITTED, which is the default.';
    end if;
    v_round := portarium_int.govern_round(p_serves, p_want);
    if v_round.jobs = '{}' and v_round.busy is not null then
        perform pg_catalog.pg_advisory_xact_lock(v_round.busy);
        v_round := portarium_int.govern_round(p_serves, p_want);
    end if;
    return v_round.jobs;
end
$$;
