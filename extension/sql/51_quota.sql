-- SPDX-License-Identifier: PostgreSQL
-- Quotas: how much may be under way at once, how often work may begin, how much of it a day. The tenant sets them for all its jobs (scope
-- tenant), for those of one adapter (adapter), or for each key of an adapter's jobs by itself (key). The operator sets a tenant's share (share),
-- and what all tenants together may ask of one adapter (queue).
--
-- What is under way is counted from the leases, which is where it is: nothing is given back and nothing can leak, and what a dead
-- executor held comes free with its lease. What has begun is one time and one count of the day (quota_use), written by the claim that
-- takes the jobs and rolled back with it.
--
-- Locks: a claim under a quota holds its advisory lock until it ends, so that no room is given twice. Every claim reads the table quota,
-- and who changes it locks it against them all: a quota is in force for every claim after its commit, and counts what is under way.

create function portarium_int.stamp_quota()
    returns void
    language plpgsql
    as $$
begin
    create table quota (
        tenant_id uuid not null,        -- nobody's for scope queue
        scope text not null,
        name text not null,             -- the adapter; empty: all of the tenant's
        max_running int,
        per_minute int,
        burst int not null,
        per_day int,
        reset_hour int not null,        -- UTC, at which the day of per_day begins
        weight int not null,            -- of a share
        updated_by text not null,
        updated_at timestamptz not null,
        primary key (tenant_id, scope, name),
        constraint quota_scope_is_known check (scope in ('tenant', 'adapter', 'key', 'share', 'queue'))
    );
    create table quota_use (
        tenant_id uuid not null,
        scope text not null,
        name text not null,
        key text not null,              -- empty but for scope key
        tat timestamptz,                -- when all that has begun will have had its time (GCRA)
        day timestamptz,                -- the day that used is of
        used int not null default 0,
        held_until timestamptz,         -- the other side said so
        wake_at timestamptz,            -- when somebody waits for it to come free; of a key, when the row means nothing any more
        primary key (tenant_id, scope, name, key)
    ) with (fillfactor = 50);
    create index quota_use_wake on quota_use (wake_at) where wake_at is not null;

    -- Jobs whose key has no room, taken out of their lane so that no claim meets them twice.
    create table parked (
        tenant_id uuid not null,
        adapter text not null,
        key text not null,
        due timestamptz not null,       -- when it is to be tried again; infinity: when a job of its key ends
        pass bigint not null,
        queue text not null,
        run_id uuid not null,
        epoch int not null
    );
    create index parked_key on parked (tenant_id, adapter, key, due, pass);
    create index parked_due on parked (due);
end
$$;

create function portarium_int.nobody()
    returns uuid
    language sql
    immutable
    parallel safe
    as $$ select '00000000-0000-0000-0000-000000000000'::uuid $$;

create type portarium_int.quota_ref as (
    tenant_id uuid,
    scope text,
    name text,
    max_running int,
    per_minute int,
    burst int,
    per_day int,
    reset_hour int,
    weight int
);

-- How many jobs may begin now, which quota says so, and, where time frees them, when.
create type portarium_int.room as (
    jobs int,
    scope text,
    name text,
    what text,              -- max_running | per_minute | per_day | retry_after
    free_at timestamptz
);

-- The generic cell rate algorithm: tat runs ahead of now by one step for each job that has begun; it may be burst steps ahead.
create function portarium_int.gcra_step(p_per_minute int)
    returns interval
    language sql
    immutable
    parallel safe
    as $$ select interval '1 min' / p_per_minute $$;

create function portarium_int.gcra_room(p_tat timestamptz, p_now timestamptz, p_per_minute int, p_burst int)
    returns int
    language sql
    immutable
    parallel safe
    as $$
    select greatest(pg_catalog.floor(extract(epoch from p_now + p_burst * portarium_int.gcra_step(p_per_minute) - greatest(p_tat, p_now))
        / extract(epoch from portarium_int.gcra_step(p_per_minute))), 0)::int
$$;

create function portarium_int.gcra_after(p_tat timestamptz, p_now timestamptz, p_per_minute int, p_jobs int)
    returns timestamptz
    language sql
    immutable
    parallel safe
    as $$ select greatest(p_tat, p_now) + p_jobs * portarium_int.gcra_step(p_per_minute) $$;

-- When the next one may begin, if none may now.
create function portarium_int.gcra_free_at(p_tat timestamptz, p_per_minute int, p_burst int)
    returns timestamptz
    language sql
    immutable
    parallel safe
    as $$ select p_tat - (p_burst - 1) * portarium_int.gcra_step(p_per_minute) $$;

-- The beginning of the day that is under way, where days begin at this hour.
create function portarium_int.day_of(p_now timestamptz, p_hour int)
    returns timestamptz
    language sql
    immutable
    parallel safe
    as $$
    select (pg_catalog.date_trunc('day', (p_now at time zone 'UTC') - pg_catalog.make_interval(hours => p_hour))
        + pg_catalog.make_interval(hours => p_hour)) at time zone 'UTC'
$$;

-- The lock of a quota, or of one key under it.
create function portarium_int.quota_lock(p_tenant uuid, p_scope text, p_name text, p_key text)
    returns bigint
    language sql
    immutable
    parallel safe
    as $$
    select pg_catalog.hashtextextended(pg_catalog.concat_ws(' ', 'portarium quota', p_scope, p_name, p_key), pg_catalog.uuid_hash_extended(p_tenant, 0))
$$;

-- The quotas that all jobs of a lane are under, in the order in which they are locked.
create function portarium_int.quotas_on(p_tenant uuid, p_adapter text)
    returns portarium_int.quota_ref[]
    language plpgsql
    stable
    as $$
begin
    return array(
        select row (q.tenant_id, q.scope, q.name, q.max_running, q.per_minute, q.burst, q.per_day, q.reset_hour, q.weight)::portarium_int.quota_ref
        from quota q
        where q.tenant_id = p_tenant and (q.scope in ('tenant', 'share') or q.scope = 'adapter' and q.name = p_adapter)
            or q.tenant_id = portarium_int.nobody() and q.scope = 'queue' and q.name = p_adapter
        order by q.tenant_id, q.scope, q.name);
end
$$;

create function portarium_int.quota_on_key(p_tenant uuid, p_adapter text)
    returns portarium_int.quota_ref
    language plpgsql
    stable
    as $$
declare
    v_quota portarium_int.quota_ref;
begin
    select q.tenant_id, q.scope, q.name, q.max_running, q.per_minute, q.burst, q.per_day, q.reset_hour, q.weight into v_quota
    from quota q where q.tenant_id = p_tenant and q.scope = 'key' and q.name = p_adapter;
    return v_quota;
end
$$;

-- How many jobs are under way under a quota.
create function portarium_int.running(p_quota portarium_int.quota_ref, p_key text)
    returns int
    language plpgsql
    volatile
    as $$
begin
    return case p_quota.scope
        when 'key' then (select pg_catalog.count(*) from lease l
            where l.tenant_id = p_quota.tenant_id and l.queue = p_quota.name and l.key = p_key)
        when 'adapter' then (select pg_catalog.count(*) from lease l where l.tenant_id = p_quota.tenant_id and l.queue = p_quota.name)
        when 'queue' then (select pg_catalog.count(*) from lease l where l.queue = p_quota.name)
        else (select pg_catalog.count(*) from lease l where l.tenant_id = p_quota.tenant_id and l.queue is not null) end;
end
$$;

-- The room that a quota leaves, beside p_taken jobs that were claimed and are not leased yet.
create function portarium_int.room_of(p_quota portarium_int.quota_ref, p_key text, p_taken int)
    returns portarium_int.room
    language plpgsql
    volatile
    as $$
declare
    v_now timestamptz := pg_catalog.clock_timestamp();
    v_day timestamptz := portarium_int.day_of(v_now, p_quota.reset_hour);
    v_use record;
    v_room portarium_int.room;
    v_left int;
begin
    v_room := row (2147483647, p_quota.scope, p_quota.name, null, null)::portarium_int.room;
    select u.tat, u.held_until, case when u.day = v_day then u.used else 0 end as used into v_use from quota_use u
    where u.tenant_id = p_quota.tenant_id and u.scope = p_quota.scope and u.name = p_quota.name and u.key = p_key;
    if v_use.held_until > v_now then
        return row (0, p_quota.scope, p_quota.name, 'retry_after', v_use.held_until)::portarium_int.room;
    end if;
    if p_quota.max_running is not null then
        v_room.jobs := greatest(p_quota.max_running - portarium_int.running(p_quota, p_key) - p_taken, 0);
        v_room.what := 'max_running';
    end if;
    if p_quota.per_minute is not null then
        v_left := portarium_int.gcra_room(v_use.tat, v_now, p_quota.per_minute, p_quota.burst);
        if v_left < v_room.jobs then
            v_room := row (v_left, p_quota.scope, p_quota.name, 'per_minute', case when v_left = 0
                then portarium_int.gcra_free_at(v_use.tat, p_quota.per_minute, p_quota.burst) end)::portarium_int.room;
        end if;
    end if;
    if p_quota.per_day - coalesce(v_use.used, 0) < v_room.jobs then
        v_left := greatest(p_quota.per_day - coalesce(v_use.used, 0), 0);
        v_room := row (v_left, p_quota.scope, p_quota.name, 'per_day', case when v_left = 0 then v_day + interval '1 day' end)::portarium_int.room;
    end if;
    return v_room;
end
$$;

-- Takes down that jobs begin.
create function portarium_int.spend(p_quota portarium_int.quota_ref, p_key text, p_jobs int)
    returns void
    language plpgsql
    as $$
declare
    v_now timestamptz := pg_catalog.clock_timestamp();
    v_day timestamptz := portarium_int.day_of(v_now, p_quota.reset_hour);
begin
    if p_jobs = 0 or p_quota.per_minute is null and p_quota.per_day is null then
        return;
    end if;
    insert into quota_use as u (tenant_id, scope, name, key, tat, day, used, wake_at)
    values (p_quota.tenant_id, p_quota.scope, p_quota.name, p_key, portarium_int.gcra_after(v_now, v_now, p_quota.per_minute, p_jobs), v_day, p_jobs,
        case when p_quota.scope = 'key' then v_now + interval '1 day' end)
    on conflict (tenant_id, scope, name, key) do update
    set tat = portarium_int.gcra_after(u.tat, v_now, p_quota.per_minute, p_jobs), day = v_day,
        used = case when u.day = v_day then u.used else 0 end + p_jobs,
        wake_at = case when p_quota.scope = 'key' then excluded.wake_at else u.wake_at end;
end
$$;

-- Takes down that somebody waits for a quota to come free.
create function portarium_int.wait_for(p_tenant uuid, p_room portarium_int.room)
    returns void
    language plpgsql
    as $$
begin
    update quota_use u set wake_at = p_room.free_at
    where u.tenant_id = p_tenant and u.scope = p_room.scope and u.name = p_room.name and u.key = '' and u.wake_at is distinct from p_room.free_at;
end
$$;

-- The other side of an adapter wants to be left alone: the quota of the job's key holds still, else the adapter's, if there is one.
create function portarium_int.hold_quota(p_tenant uuid, p_adapter text, p_key text, p_ms int)
    returns void
    language plpgsql
    as $$
begin
    insert into quota_use as u (tenant_id, scope, name, key, held_until, wake_at)
    select q.tenant_id, q.scope, q.name, case q.scope when 'key' then p_key else '' end, x.until,
        case q.scope when 'key' then pg_catalog.clock_timestamp() + interval '1 day' end
    from quota q
    cross join (select pg_catalog.clock_timestamp() + pg_catalog.make_interval(secs => least(p_ms, 86400000) / 1000.0)) x (until)
    where q.tenant_id = p_tenant and q.name = p_adapter and (q.scope = 'adapter' or q.scope = 'key' and p_key is not null)
    order by q.scope = 'key' desc
    limit 1
    on conflict (tenant_id, scope, name, key) do update
    set held_until = greatest(u.held_until, excluded.held_until), wake_at = coalesce(excluded.wake_at, u.wake_at);
end
$$;

-- What the clock does for quotas: wakes executors for those that have come free, forgets keys that were not used for a day.
create function portarium_int.wake_quotas()
    returns int
    language plpgsql
    as $$
declare
    v_freed int;
begin
    if not exists (select from quota_use u where u.wake_at <= pg_catalog.clock_timestamp()) then
        return 0;
    end if;
    delete from quota_use u where u.wake_at <= pg_catalog.clock_timestamp() and u.scope = 'key';
    update quota_use u set wake_at = null where u.wake_at <= pg_catalog.clock_timestamp();
    get diagnostics v_freed = row_count;
    perform portarium_int.wake();
    return v_freed;
end
$$;
