-- SPDX-License-Identifier: PostgreSQL
-- One step of the clock, and the loop around it for servers without the background workers.

-- Whether there are lanes to look over. Jobs whose lane fell asleep before they were committed have none.
create function portarium_int.has_lanes()
    returns boolean
    language plpgsql
    stable
    as $$
begin
    return exists (select from lane_hot) or exists (select from ready);
end
$$;

create function portarium_int.next_due()
    returns timestamptz
    language sql
    volatile
    as $$
    select least(
        (select t.due from timer t order by t.due limit 1),
        (select s.next_at from schedule s where s.enabled order by s.next_at limit 1),
        (select pg_catalog.min(least(l.until, l.deadline + interval '1 s')) from lease l),
        (select n.due from portarium_int.next_verification() n),
        (select pg_catalog.min(u.wake_at) from quota_use u where u.wake_at is not null),
        (select p.due from parked p order by p.due limit 1),
        (select pg_catalog.clock_timestamp() + interval '1 s' from parked p where p.due = 'infinity' limit 1),
        (select pg_catalog.clock_timestamp() + interval '1 s' from quota q where q.updated_at > pg_catalog.clock_timestamp() - interval '1 min' limit 1),
        (select pg_catalog.clock_timestamp() + interval '1 s' where portarium_int.has_lanes()))
$$;

-- Milliseconds until then, a minute at most. What is due and was not done is locked by somebody: it is tried again soon. A lease that
-- is void is due since ever.
create function portarium_int.nap_until(p_due timestamptz)
    returns int
    language sql
    volatile
    as $$
    select case
        when p_due <= pg_catalog.clock_timestamp() then 100
        when p_due < pg_catalog.clock_timestamp() + interval '1 min' then pg_catalog.ceil(extract(epoch from p_due - pg_catalog.clock_timestamp()) * 1000)
        else 60000 end::int
$$;

-- Seals; what goes wrong there must not stop the clock.
create function portarium_int.seal_step(p_limit int)
    returns bigint
    language plpgsql
    as $$
begin
    return portarium_int.seal(p_limit);
exception
    when others then
        raise warning using errcode = sqlstate, message = pg_catalog.format('entries could not be sealed: %s', sqlerrm);
        return 0;
end
$$;

create function portarium_int.tick_step(p_sweeps boolean default true)
    returns int
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    set plan_cache_mode = force_generic_plan
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
    set jit = off
    as $$
declare
    v_done bigint;
begin
    v_done := portarium_int.fire_timers(100) + portarium_int.reap_leases(100) + portarium_int.fire_schedules(20)
        + portarium_int.unpark_due(100) + portarium_int.wake_quotas();
    if p_sweeps and (v_done > 0 or portarium_int.has_lanes()) then
        perform portarium_int.sweep_lanes();
    end if;
    perform portarium_int.count_recent();
    if exists (select from parked p where p.due = 'infinity') then
        perform portarium_int.sweep_parked();
    end if;
    perform portarium_int.turn_rings();
    perform portarium_int.rewrite_lanes();
    v_done := v_done + portarium_int.seal_step(5000);
    perform portarium_int.verify_step();
    if v_done > 0 then
        return 0;
    end if;
    return portarium_int.nap_until(portarium_int.next_due());
end
$$;
comment on function portarium_int.tick_step(boolean) is
    'One bounded step of everything that time brings about; milliseconds until the next is due, 0 when there may be more to do. p_sweeps: lanes are looked over, too, which need not be each time';

-- What the clock has done since the server's statistics began: ticks, those that failed, microseconds that they took, microseconds since
-- the last one, commits that made work. Null where nobody counts. Here PostgreSQL's own statistics of functions say what they know; the
-- native flavour counts in shared memory.
create function portarium_int.clock_counts()
    returns bigint[]
    language sql
    volatile
    as $$
    select array[pg_catalog.pg_stat_get_function_calls(f.tick), null,
        (pg_catalog.pg_stat_get_function_total_time(f.tick) * 1000)::bigint, null, null]
    from (select pg_catalog.to_regprocedure('portarium_int.tick_step(boolean)')::oid) f (tick)
$$;

create procedure portarium.tick(max_steps int default 100)
    language plpgsql
    as $$
begin
    for i in 1 .. max_steps loop
        exit when portarium_int.tick_step(i = 1) > 0;
        commit;
    end loop;
end
$$;
comment on procedure portarium.tick(int) is
    'Does what the background workers do: timers, leases, sealing. For servers that cannot load the library: call it once a second, from pg_cron or the relay';
