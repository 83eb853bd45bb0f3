-- SPDX-License-Identifier: PostgreSQL
-- Levels of this database that an operator watches: what waits, what is late, what somebody must look at. Each is read from an index
-- or stops counting at a hundred thousand, so that asking costs little whatever has piled up. No tenant is named.

create function portarium_int.level_of_work()
    returns table (name text, value bigint)
    language sql
    volatile
    as $$
    select 'jobs.ready', pg_catalog.count(*) from (select from ready limit 100000) r
    union all
    select 'jobs.leased', pg_catalog.count(*) from (select from lease limit 100000) l
    union all
    select 'timers.late', coalesce(greatest(extract(epoch from pg_catalog.clock_timestamp() - pg_catalog.min(t.due)), 0), 0)::bigint from timer t
    union all
    select 'horizon.age', portarium_int.horizon_age()
    union all
    select 'runs.quarantined', pg_catalog.count(*) from (select from quarantine limit 100000) q
$$;

create function portarium_int.level_of_evidence()
    returns table (name text, value bigint)
    language sql
    stable
    as $$
    select 'entries.unsealed', pg_catalog.count(*) + (select coalesce(pg_catalog.sum(s.entries), 0) from stirred s)::bigint
    from (
        select from entry e
        where e.xid >= (select c.top from seal_cursor c) or e.xid = any ((select c.running from seal_cursor c)::bigint[])
        limit 100000) e
    union all
    select 'rounds.unsigned', greatest(m.size - coalesce((select pg_catalog.max(c.meta_size) from checkpoint c), 0), 0) from meta_tree m
    union all
    -- how long the oldest round that no checkpoint covers has waited cannot be known from here; how old the last checkpoint is, can
    select 'checkpoint.age', coalesce(extract(epoch from pg_catalog.clock_timestamp() - (
        select c.recorded_at from checkpoint c order by c.meta_size desc limit 1)), 0)::bigint
    union all
    select 'verifications.broken', pg_catalog.count(*) from verification v where not v.good
    union all
    select 'verifications.late', pg_catalog.count(*) from verification v
    where v.hours > 0 and greatest(v.since, v.ended) < pg_catalog.clock_timestamp() - pg_catalog.make_interval(hours => 2 * v.hours)
$$;

create function portarium_int.level_of_delivery()
    returns table (name text, value bigint)
    language sql
    stable
    as $$
    select 'subscriptions.active', pg_catalog.count(*) from subscription s where s.state = 'ACTIVE'
    union all
    select 'subscriptions.gone', pg_catalog.count(*) from subscription s where s.state = 'GONE'
    union all
    select 'subscriptions.failing', pg_catalog.count(*) from subscription s where s.state = 'ACTIVE' and s.failures > 2
    union all
    select 'subscriptions.behind', coalesce(pg_catalog.max(t.size - s.next_idx), 0)
    from subscription s
    join tree t on t.tenant_id = s.tenant_id and t.epoch = s.epoch
    where s.state = 'ACTIVE'
    union all
    select 'dead_letters', pg_catalog.count(*) from (select from dead_letter limit 100000) d
$$;

create function portarium_int.level_of_clock()
    returns table (name text, value bigint)
    language sql
    volatile
    as $$
    select n.name, case when n.name in ('clock.busy', 'clock.idle') then n.value / 1000000 else n.value end
    from rows from (
        pg_catalog.unnest('{clock.ticks,clock.failures,clock.busy,clock.idle,clock.wakes}'::text[]),
        pg_catalog.unnest(portarium_int.clock_counts())) n (name, value)
    where n.value is not null
$$;

create function portarium.relay_gauges()
    returns table (name text, value bigint)
    language sql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
    select * from portarium_int.level_of_clock()
    union all
    select * from portarium_int.level_of_work()
    union all
    select * from portarium_int.level_of_evidence()
    union all
    select * from portarium_int.level_of_delivery()
$$;
comment on function portarium.relay_gauges() is
    'Levels of this database for metrics: jobs ready and leased, seconds by which the oldest timer is late, seconds for which somebody holds back the horizon (horizon() says who), entries not sealed, rounds not signed, seconds since the last checkpoint, tenants whose log was found broken, and whose verification is late, subscriptions and dead letters; what the clock has done since the server started: ticks, those that failed, seconds that they took, seconds since the last one, commits that made work, as far as somebody counts them. Counts of rows stop at 100000';
