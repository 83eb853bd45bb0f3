-- SPDX-License-Identifier: PostgreSQL
-- Claiming jobs: lanes by virtual time, each from its low-water mark on. Lanes under a quota are not served here but in 53_govern.sql.

create type portarium_int.claimed as (
    lane_id bigint,
    pass bigint,
    tenant_id uuid,
    run_id uuid,
    epoch int,
    queue text,     -- the adapter, where a quota counts it
    key text
);

-- Whose actions wait in a queue: queue_name() has put a worker's tenant before the adapter, and what is required behind it.
create function portarium_int.adapter_in(p_queue text)
    returns text
    language sql
    immutable
    parallel safe
    as $$ select pg_catalog.split_part(pg_catalog.substr(p_queue, pg_catalog.strpos(p_queue, '/') + 1), '+', 1) $$;

-- Whether who serves these does the jobs of a queue: * is for all but those of tenants' own workers; what the queue requires must be there, with
-- its plus.
create function portarium_int.serves(p_queue text, p_serves text[])
    returns boolean
    language sql
    immutable
    parallel safe
    as $$
    select (pg_catalog.split_part(p_queue, '+', 1) = any (p_serves) or '*' = any (p_serves) and pg_catalog.strpos(p_queue, '/') = 0)
        and (pg_catalog.strpos(p_queue, '+') = 0 or pg_catalog.array_remove(pg_catalog.string_to_array(
            pg_catalog.replace(pg_catalog.substr(p_queue, pg_catalog.strpos(p_queue, '+')), '+', ' +'), ' '), '') operator(pg_catalog.<@) p_serves)
$$;

-- Whether a quota bears on any lane that a claim would look at.
create function portarium_int.is_governed(p_serves text[])
    returns boolean
    language plpgsql
    stable
    as $$
begin
    if not exists (select from quota) then
        return false;
    end if;
    return exists (
        select from lane_hot h
        where portarium_int.serves(h.queue, p_serves) and exists (
            select from quota q
            where q.tenant_id = h.tenant_id or q.tenant_id = portarium_int.nobody() and q.scope = 'queue' and q.name = portarium_int.adapter_in(h.queue)));
end
$$;

-- The lanes that a claim may serve, with what decides their order: the virtual time of their tenant, which is the mean of its lanes', then how
-- long nobody has looked. So tenants get the same, in however many lanes their jobs lie, and no row is a tenant's alone for claims to wait for.
-- A lane that has just woken stands at 0 and changes nothing of its tenant's time. No tenant counts as further back than the one whose
-- turn is next, or than a minute behind the last: who was not served for long does not keep the others waiting.
create function portarium_int.lane_order(p_serves text[])
    returns table (tid tid, lane_id bigint, tenant_id uuid, queue text, low_water bigint, vtime bigint, looked_at bigint,
        tenant_time bigint, lanes bigint, floor bigint)
    language sql
    stable
    as $$
    select w.*, coalesce(greatest(pg_catalog.min(w.tenant_time) filter (where w.tenant_time > 0) over (),
        pg_catalog.max(w.tenant_time) over () - 60000000), 0)
    from (
        select h.ctid, h.lane_id, h.tenant_id, h.queue, h.low_water, h.vtime, h.looked_at,
            coalesce(pg_catalog.avg(h.vtime) filter (where h.vtime > 0) over (partition by h.tenant_id), 0)::bigint as tenant_time,
            pg_catalog.count(*) filter (where h.vtime > 0) over (partition by h.tenant_id) as lanes
        from lane_hot h
        where portarium_int.serves(h.queue, p_serves)) w
$$;

-- A lane's virtual time after a visit: each job moves its tenant's time, the mean, by a millisecond over its weight. A visit that finds nothing
-- counts as one job, until its tenant is a tenth of a second ahead: who has little to do is not made to wait for having been asked.
create function portarium_int.lane_charged(p_vtime bigint, p_tenant_time bigint, p_lanes bigint, p_floor bigint, p_jobs bigint, p_weight int)
    returns bigint
    language sql
    immutable
    parallel safe
    as $$
    select case when p_vtime > 0 then p_vtime else p_tenant_time end
        + (p_lanes + (p_vtime = 0)::int) * (greatest(p_floor - p_tenant_time, 0)
            + case when p_jobs > 0 then p_jobs * 1000 / p_weight else least(greatest(p_floor + 100000 - p_tenant_time, 0), 1000) end)
$$;

-- One round of a claim over at most p_lanes lanes.
create function portarium_int.claim_round(
    p_serves text[],
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
        select h.ctid as tid, h.lane_id, h.low_water, h.vtime, o.tenant_time, o.lanes, o.floor
        from portarium_int.lane_order(p_serves) o
        join lane_hot h on h.ctid = o.tid
        order by o.tenant_time, o.looked_at nulls first
        limit p_lanes
        for update of h skip locked
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
        returning r.lane_id, r.pass, r.tenant_id, r.run_id, r.epoch, r.key
    ), s as (
        select l.tid, portarium_int.lane_charged(l.vtime, l.tenant_time, l.lanes, l.floor, pg_catalog.count(d.run_id), 1) as vtime,
            pg_catalog.count(d.run_id) > 0 as served, pg_catalog.max(d.pass) as top
        from l
        left join d on d.lane_id = l.lane_id
        group by l.tid, l.vtime, l.tenant_time, l.lanes, l.floor
    ), u as (
        update lane_hot h
        set vtime = s.vtime, low_water = coalesce(s.top, h.low_water), looked_at = v_now,
            served_at = case when s.served then pg_catalog.clock_timestamp() else h.served_at end
        from s
        where h.ctid = s.tid
    )
    select pg_catalog.array_agg(row (d.lane_id, d.pass, d.tenant_id, d.run_id, d.epoch, null, d.key)::portarium_int.claimed),
        (select pg_catalog.count(*) from l)
    into claim_round.jobs, claim_round.lanes
    from d;
    claim_round.jobs := coalesce(claim_round.jobs, '{}');
end
$$;

-- Claims up to p_want jobs of the queues that the executor serves, lanes of the tenant with the smallest virtual time first, each lane in order
-- of pass from its low-water mark on. Rounds widen: one lane, then more, so that claimers do not lock lanes they have no use for.
-- A lane that had nothing is put behind the others. Null, and nothing is claimed, where a quota bears on one of the lanes.
create function portarium_int.claim(p_serves text[], p_want int)
    returns portarium_int.claimed[]
    language plpgsql
    as $$
declare
    v_found portarium_int.claimed[] := '{}';
    v_round portarium_int.claimed[];
    v_lanes int := 1;
    v_seen int;
begin
    if portarium_int.is_governed(p_serves) then
        return null;
    end if;
    loop
        select r.jobs, r.lanes into v_round, v_seen
        from portarium_int.claim_round(p_serves, p_want - pg_catalog.cardinality(v_found), v_lanes) r;
        v_found := v_found || v_round;
        exit when pg_catalog.cardinality(v_found) >= p_want or v_seen < v_lanes or v_lanes >= 16;
        v_lanes := v_lanes * 4;
    end loop;
    return v_found;
end
$$;
