-- SPDX-License-Identifier: PostgreSQL
-- The relay's side of subscriptions. Any number of relays share them: each takes what is due and not taken (SKIP LOCKED) under a lease,
-- reads the events behind the cursor, sends them, and reports. A report whose lease is no longer the subscription's changes nothing.
-- The cursor moves by reports only, after delivery: an event can arrive twice, never not at all, and never before an earlier one.
-- No transaction is open while anything is sent.
--
-- A relay has so many places and no more. So that those who hold a place for long cannot hold them all, it says how many are left for
-- suspects: everybody but those who took all of their last events within half a second. A relay ends a lease after half of that.

create type portarium_int.delivery as (
    tenant_id uuid,
    name text,
    url text,
    mode text,
    credential text,
    agreed boolean,
    failures int,
    rate int,
    lease bigint,
    suspect boolean
);

-- Two relays take different ones. All active subscriptions are looked through, most of them in vain: hashing the trees once, and one look at
-- the clock, are five times cheaper than a look for each.
create function portarium_int.due_subscriptions(p_suspect boolean, p_want int)
    returns table (tenant_id uuid, name text, due_at timestamptz)
    language plpgsql
    volatile
    set enable_nestloop = off
    set enable_mergejoin = off
    set jit = off
    as $$
declare
    v_now timestamptz := pg_catalog.clock_timestamp();
begin
    return query
    select s.tenant_id, s.name, s.due_at
    from subscription s
    where s.state = 'ACTIVE' and s.due_at <= v_now and s.lease_until <= v_now and s.prompt <> p_suspect
        and exists (
            select from tree t
            where t.tenant_id = s.tenant_id and (t.epoch, t.size) > (s.epoch, s.next_idx))
    order by s.due_at
    limit p_want
    for no key update skip locked;
end
$$;

create function portarium.relay_lease(want int, lease_ms int, suspects int default 1000)
    returns setof portarium_int.delivery
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
begin
    if coalesce(relay_lease.want, 0) not between 1 and 1000 or coalesce(relay_lease.lease_ms, 0) not between 100 and 600000
        or coalesce(relay_lease.suspects, -1) not between 0 and 1000 then
        raise exception using
            errcode = 'UP007',
            message = 'want is not between 1 and 1000, lease_ms not between 100 and 600000, or suspects not between 0 and 1000';
    end if;
    return query
    with due as (
        select d.tenant_id, d.name
        from (
            select * from portarium_int.due_subscriptions(false, relay_lease.want)
            union all
            select * from portarium_int.due_subscriptions(true, least(relay_lease.suspects, relay_lease.want))
        ) d
        order by d.due_at
        limit relay_lease.want
    )
    update subscription s
    set lease = s.lease + 1, leased_at = clock_timestamp(), lease_until = clock_timestamp() + make_interval(secs => relay_lease.lease_ms / 1000.0)
    from due d
    where s.tenant_id = d.tenant_id and s.name = d.name
    returning s.tenant_id, s.name, s.url, s.mode, s.credential, s.agreed, s.failures, s.rate, s.lease, not s.prompt;
end
$$;
comment on function portarium.relay_lease(int, int, int) is
    'Takes subscriptions that have events to send and are not taken, for lease_ms (100 to 600000); want: 1 to 1000; suspects: at most so many of them (0 to 1000) may be others than those that took all of their last events within half a second. Errors: UP007';

create function portarium.relay_events(tenant_id uuid, name text, lease bigint, max_rows int)
    returns table (epoch int, idx bigint, event jsonb)
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
    set jit = off
    as $$
declare
    v_sub record;
    v_from record;
    v_entered boolean := portarium_int.enter(relay_events.tenant_id);
begin
    select s.epoch, s.next_idx, s.filters into v_sub
    from subscription s
    where s.tenant_id = relay_events.tenant_id and s.name = relay_events.name and s.lease = relay_events.lease
        and s.lease_until > clock_timestamp();
    if not found then
        return;
    end if;
    select t.epoch, case when t.epoch = v_sub.epoch then v_sub.next_idx else 0 end as idx into v_from
    from tree t
    where t.tenant_id = relay_events.tenant_id and (t.epoch > v_sub.epoch or t.epoch = v_sub.epoch and t.size > v_sub.next_idx)
    order by t.epoch
    limit 1;
    -- about a megabyte at a time, so that a relay's memory is bounded whatever the events hold
    return query
    select v_from.epoch, f.idx, case when v_sub.filters = '[]' or portarium_int.filters_hold(v_sub.filters, f.event) then f.event end
    from (
        select e.*, sum(pg_column_size(e.event)) over (order by e.idx) - pg_column_size(e.event) as before
        from portarium_int.events_from(relay_events.tenant_id, v_from.epoch, v_from.idx, relay_events.max_rows) e
    ) f
    where f.before < 1048576
    order by f.idx;
end
$$;
comment on function portarium.relay_events(uuid, text, bigint, int) is
    'The events behind a leased subscription''s cursor, in order; event is null where the filters do not hold. No row: the lease is gone, or there is none';

-- When the next attempt is due: what the subscriber asks for, else twice as late each time, an hour at most, and not in step with others.
create function portarium_int.delivery_delay(p_failures int, p_wait_ms int)
    returns interval
    language sql
    volatile
    as $$
    select pg_catalog.make_interval(secs => greatest(p_wait_ms / 1000.0,
        least(pg_catalog.power(2, least(p_failures, 12) - 1), 3600) * (0.5 + pg_catalog.random() / 2)))
$$;

create function portarium_int.delivery_failed(p_tenant uuid, p_name text, p_reason text, p_wait_ms int)
    returns void
    language plpgsql
    as $$
declare
    v_sub subscription%rowtype;
begin
    update subscription s
    set failures = s.failures + 1, last_error = pg_catalog.left(p_reason, 500),
        due_at = pg_catalog.clock_timestamp() + portarium_int.delivery_delay(s.failures + 1, p_wait_ms)
    where s.tenant_id = p_tenant and s.name = p_name
    returning s.* into v_sub;
    if v_sub.failures < v_sub.max_attempts then
        return;
    elsif not v_sub.agreed then
        update subscription s set state = 'GONE' where s.tenant_id = p_tenant and s.name = p_name;
        return;
    end if;
    insert into dead_letter (tenant_id, name, epoch, idx, attempts, reason, at)
    values (p_tenant, p_name, v_sub.epoch, v_sub.next_idx, v_sub.failures, v_sub.last_error, pg_catalog.clock_timestamp())
    on conflict on constraint dead_letter_pkey do update
    set attempts = excluded.attempts, reason = excluded.reason, at = excluded.at;
    update subscription s set next_idx = s.next_idx + 1, failures = 0 where s.tenant_id = p_tenant and s.name = p_name;
end
$$;

-- Whether moving a cursor from one place to another leaves an event behind it; into the next epoch none does.
create function portarium_int.place_passes(p_epoch int, p_next_idx bigint, p_to_epoch int, p_to_idx bigint)
    returns boolean
    language sql
    immutable
    parallel safe
    as $$ select coalesce(p_to_idx > case when p_to_epoch = p_epoch then p_next_idx else 0 end, false) $$;

-- Moves the cursor to the first event that was not delivered, and says what stopped there.
create function portarium.relay_report(
    tenant_id uuid,
    name text,
    lease bigint,
    epoch int,
    next_idx bigint,
    outcome text,
    reason text default null,
    wait_ms int default 0)
    returns boolean
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
begin
    if coalesce(relay_report.outcome, '') not in ('delivered', 'agreed', 'failed', 'gone') then
        raise exception using errcode = 'UP007', message = format('outcome "%s" is not delivered, agreed, failed or gone', relay_report.outcome);
    end if;
    update subscription s
    set epoch = coalesce(relay_report.epoch, s.epoch), next_idx = coalesce(relay_report.next_idx, s.next_idx), lease_until = '-infinity',
        prompt = relay_report.outcome = 'delivered' and clock_timestamp() < s.leased_at + interval '500 ms',
        -- a delivery of some of the events begins a new count
        failures = case when relay_report.outcome in ('delivered', 'agreed')
            or portarium_int.place_passes(s.epoch, s.next_idx, relay_report.epoch, relay_report.next_idx) then 0 else s.failures end,
        delivered_at = case when relay_report.outcome = 'delivered'
            or portarium_int.place_passes(s.epoch, s.next_idx, relay_report.epoch, relay_report.next_idx) then clock_timestamp() else s.delivered_at end,
        last_error = case when relay_report.outcome in ('delivered', 'agreed') then null else left(relay_report.reason, 500) end,
        agreed = s.agreed or relay_report.outcome = 'agreed',
        rate = case when relay_report.outcome = 'agreed' then nullif(relay_report.wait_ms, 0) else s.rate end,
        state = case when relay_report.outcome = 'gone' then 'GONE' else s.state end,
        due_at = clock_timestamp() + case when relay_report.outcome = 'delivered' then make_interval(secs => relay_report.wait_ms / 1000.0)
            else interval '0' end
    where s.tenant_id = relay_report.tenant_id and s.name = relay_report.name and s.lease = relay_report.lease
        and s.lease_until > clock_timestamp()
        and (coalesce(relay_report.epoch, s.epoch), coalesce(relay_report.next_idx, s.next_idx)) >= (s.epoch, s.next_idx);
    if not found then
        return false;
    elsif relay_report.outcome = 'failed' then
        perform portarium_int.delivery_failed(relay_report.tenant_id, relay_report.name, relay_report.reason, relay_report.wait_ms);
    end if;
    return true;
end
$$;
comment on function portarium.relay_report(uuid, text, bigint, int, bigint, text, text, int) is
    'Ends a lease: next_idx of epoch is the first event that was not delivered (null: none was). outcome: delivered; agreed (to be called, at most wait_ms times a minute, 0: any number); failed (try again after wait_ms or later); gone (never again). False: the lease was gone, nothing changed. Errors: UP007';
