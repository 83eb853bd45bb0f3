-- SPDX-License-Identifier: PostgreSQL
-- Keeping dispatch narrow: lanes that are asleep leave lane_hot, jobs below a low-water mark are found again, used slots are emptied.
-- Table names in dynamic statements are this file's own constants.

-- What the jobs of a lane wait for; null when nobody waits for them any more. The first job mostly tells; the settings keep the planner from
-- reading all of them to sort them.
create function portarium_int.queue_of(p_lane bigint)
    returns text
    language plpgsql
    set enable_sort = off
    set enable_bitmapscan = off
    as $$
declare
    v_job record;
    v_queue text;
begin
    for v_job in
        select r.tenant_id, r.run_id from ready r where r.lane_id = p_lane order by r.pass
    loop
        v_queue := (
            select portarium_int.queue_name(a.tenant_id, a.kind, a.name, a.operations -> portarium_int.operation_of(s.resource))
            from run r
            join definition_state s on s.tenant_id = r.tenant_id and s.def_id = r.def_id and s.name = r.cur
            join adapter a on a.tenant_id = r.tenant_id and a.name = portarium_int.adapter_of(s.resource)
            where r.tenant_id = v_job.tenant_id and r.run_id = v_job.run_id);
        exit when v_queue is not null;
    end loop;
    return v_queue;
end
$$;

-- The same where the tenant of the lane's first job is at home.
create function portarium_int.queue_away(p_lane bigint)
    returns text
    language plpgsql
    as $$
declare
    v_entered boolean := portarium_int.enter((select r.tenant_id from ready r where r.lane_id = p_lane limit 1));
    v_queue text;
begin
    if v_entered then
        v_queue := portarium_int.queue_of(p_lane);
        perform portarium_int.leave(true);
    end if;
    return v_queue;
end
$$;

-- The lanes that have jobs and that no claim can see, and whose queue each is; by a step through the index for each lane, never by
-- reading the jobs.
create function portarium_int.hidden_lanes()
    returns table (lane_id bigint, queue text)
    language sql
    volatile
    as $$
    with recursive l (lane_id) as (
        select pg_catalog.min(r.lane_id) from ready r
        union all
        select (select pg_catalog.min(r.lane_id) from ready r where r.lane_id > l.lane_id) from l where l.lane_id is not null
    )
    select l.lane_id, coalesce(portarium_int.queue_of(l.lane_id), portarium_int.queue_away(l.lane_id))
    from l
    where l.lane_id is not null and not exists (select from lane_hot h where h.lane_id = l.lane_id)
$$;

-- A claim drops the jobs that nobody waits for any more; where none has come lately, this does, if a lane has no others. It looks into some
-- of these lanes, by chance, so that many cost no more than a few. One statement: it deletes what it saw when it began, and looks at it
-- later, so a job that comes meanwhile stays.
create function portarium_int.drop_unwanted()
    returns void
    language sql
    volatile
    as $$
    with h as materialized (
        select h.lane_id from lane_hot h
        where h.served_at < pg_catalog.clock_timestamp() - interval '2 s' order by pg_catalog.random() limit 8
    ), x as materialized (
        select h.lane_id from h where coalesce(portarium_int.queue_of(h.lane_id), portarium_int.queue_away(h.lane_id)) is null
    )
    delete from ready r using x where r.lane_id = x.lane_id
$$;

-- A late committer's job, or one that a failed claimer gave back, may lie below its lane's mark, and a lane may have been dropped
-- while such a job was on its way. Nothing stays hidden longer than until the next sweep.
create function portarium_int.sweep_lanes()
    returns void
    language plpgsql
    as $$
begin
    update lane_hot h
    set low_water = 0
    where h.low_water > 0 and exists (select from ready r where r.lane_id = h.lane_id and r.pass < h.low_water);
    delete from lane_hot h
    where h.served_at < pg_catalog.clock_timestamp() - interval '2 s'
        and not exists (select from ready r where r.lane_id = h.lane_id) or h.tenant_id is null;
    with x as materialized (
        select l.* from portarium_int.hidden_lanes() l
    ), unwanted as (
        delete from ready r using x where x.queue is null and r.lane_id = x.lane_id
    )
    insert into lane_hot (lane_id, queue, vtime, low_water, served_at, tenant_id)
    select x.lane_id, x.queue, 0, 0, pg_catalog.clock_timestamp(), (select r.tenant_id from ready r where r.lane_id = x.lane_id limit 1)
    from x
    where x.queue is not null;
    perform portarium_int.drop_unwanted();
end
$$;

-- Takes the exclusive lock only when it is free within 20 ms, so that claimers never queue behind it for long.
create function portarium_int.lock_briefly(p_table name)
    returns boolean
    language plpgsql
    as $$
declare
    v_timeout text := pg_catalog.current_setting('lock_timeout');
begin
    perform pg_catalog.set_config('lock_timeout', '20ms', true);
    execute pg_catalog.format('lock table %I in access exclusive mode', p_table);
    perform pg_catalog.set_config('lock_timeout', v_timeout, true);
    return true;
exception
    when lock_not_available then
        -- the subtransaction's end has put the setting back
        return false;
end
$$;

create function portarium_int.size_of(p_table name)
    returns bigint
    language sql
    volatile
    as $$ select pg_catalog.pg_relation_size(pg_catalog.to_regclass(pg_catalog.quote_ident(p_table))) $$;

-- Empties a slot that has pages and no rows. A writer that has not committed yet holds a lock on the slot, so nothing is lost.
create function portarium_int.empty_slot(p_slot name)
    returns void
    language plpgsql
    as $$
declare
    v_used boolean;
begin
    execute pg_catalog.format('select exists (select from %I)', p_slot) into v_used;
    if v_used or not portarium_int.lock_briefly(p_slot) then
        return;
    end if;
    execute pg_catalog.format('select exists (select from %I)', p_slot) into v_used;
    if not v_used then
        execute pg_catalog.format('truncate %I', p_slot);
    end if;
end
$$;

-- Turns a ring when its current slot has grown past 256 kB and the next one is clean, then empties the slots behind.
create function portarium_int.turn_ring(p_ring name, p_current smallint)
    returns smallint
    language plpgsql
    as $$
declare
    v_next smallint := (p_current + 1) % 4;
begin
    if portarium_int.size_of(p_ring || '_' || p_current) > 262144 and portarium_int.size_of(p_ring || '_' || v_next) = 0 then
        p_current := v_next;
    end if;
    for i in 0 .. 3 loop
        if i <> p_current and portarium_int.size_of(p_ring || '_' || i) > 0 then
            perform portarium_int.empty_slot(p_ring || '_' || i);
        end if;
    end loop;
    return p_current;
end
$$;

create function portarium_int.turn_rings()
    returns void
    language plpgsql
    as $$
declare
    v_ring ring%rowtype;
    v_ready smallint;
    v_lease smallint;
begin
    select r.* into v_ring from ring r;
    v_ready := portarium_int.turn_ring('ready', v_ring.ready_slot);
    v_lease := portarium_int.turn_ring('lease', v_ring.lease_slot);
    if (v_ready, v_lease) is distinct from (v_ring.ready_slot, v_ring.lease_slot) then
        update ring r set ready_slot = v_ready, lease_slot = v_lease, rotated_at = pg_catalog.clock_timestamp();
    end if;
end
$$;

-- lane_hot has few rows and many versions. When its pages outgrow them, because somebody holds an old snapshot, it is written anew.
create function portarium_int.rewrite_lanes()
    returns void
    language plpgsql
    as $$
declare
    v_lanes jsonb;
begin
    if portarium_int.size_of('lane_hot') <= 131072 or not portarium_int.lock_briefly('lane_hot') then
        return;
    end if;
    select pg_catalog.jsonb_agg(pg_catalog.to_jsonb(h)) into v_lanes from lane_hot h;
    truncate lane_hot;
    insert into lane_hot
    select l.*
    from pg_catalog.jsonb_to_recordset(coalesce(v_lanes, '[]')) l (lane_id bigint, queue text, vtime bigint, low_water bigint, served_at timestamptz,
        tenant_id uuid, looked_at bigint);
end
$$;
