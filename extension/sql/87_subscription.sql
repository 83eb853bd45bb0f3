-- SPDX-License-Identifier: PostgreSQL
-- Webhook subscriptions: what a tenant wants to be told, where, and how far each has got. Carrying events out is the relay's work (87_webhook).
-- A subscription holds no secret: credential names a file in the relay's credential directory.
--
-- state: ACTIVE; GONE when the subscriber said 410 or never agreed to be called; subscribe() makes it ACTIVE again.

create function portarium_int.stamp_subscription()
    returns void
    language plpgsql
    as $$
begin
    create table subscription (
        tenant_id uuid not null,
        name text not null,
        url text not null,
        mode text not null,
        filters jsonb not null,
        credential text,
        max_attempts int not null,
        created_by text not null,
        created_at timestamptz not null,
        state text not null,
        agreed boolean not null,        -- the subscriber has answered the handshake
        rate int,                       -- requests a minute that it allows; null: any number
        epoch int not null,
        next_idx bigint not null,       -- the first index of epoch that it has not got
        failures int not null,          -- in a row
        last_error text,
        delivered_at timestamptz,
        due_at timestamptz not null,    -- not before
        lease bigint not null,          -- the number that proves a lease; counts up
        leased_at timestamptz,
        lease_until timestamptz not null,
        prompt boolean not null,        -- the last lease delivered all that it took, in time
        primary key (tenant_id, name),
        constraint subscription_mode_is_known check (mode in ('structured', 'binary', 'batch')),
        constraint subscription_state_is_known check (state in ('ACTIVE', 'GONE'))
    ) with (fillfactor = 50);
    create index subscription_due on subscription (due_at) where state = 'ACTIVE';

    -- What a subscriber would not take. The event itself stays in the log.
    create table dead_letter (
        tenant_id uuid not null,
        name text not null,
        epoch int not null,
        idx bigint not null,
        attempts int not null,
        reason text not null,
        at timestamptz not null,
        primary key (tenant_id, name, epoch, idx)
    );
end
$$;

create function portarium_int.stamp_subscription_views()
    returns void
    language plpgsql
    as $$
begin
    create view subscriptions as
    select s.tenant_id, s.name, s.url, s.mode, s.filters, s.credential, s.max_attempts, s.state, s.agreed,
        case when s.next_idx = 0 then 'start' else s.epoch || '-' || s.next_idx - 1 end as "position",
        (select coalesce(pg_catalog.sum(t.size), 0)::bigint - case when pg_catalog.bool_or(t.epoch = s.epoch) then s.next_idx else 0 end
        from tree t where t.tenant_id = s.tenant_id and t.epoch >= s.epoch) as behind,
        s.failures, s.last_error, s.delivered_at, case when s.failures > 0 then s.due_at end as retry_at, s.created_by, s.created_at
    from subscription s;
    comment on view subscriptions is
        'Webhook subscriptions: position is that of the last event they got (or did not want), behind how many events lie after it; failures in a row, the last error, and when the next attempt is due';

    create view dead_letters as
    select d.tenant_id, d.name as subscription, d.epoch || '-' || d.idx as "position", d.attempts, d.reason, d.at
    from dead_letter d;
    comment on view dead_letters is
        'Events that a subscriber did not take in max_attempts attempts. replay_subscription() sends them again';
end
$$;

create function portarium_int.check_subscription(p_name text, p_url text, p_mode text, p_credential text, p_attempts int)
    returns void
    language plpgsql
    immutable
    as $$
begin
    if coalesce(p_name, '') operator(pg_catalog.!~) '^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$' then
        raise exception using errcode = 'UP007', message = pg_catalog.format('subscription name "%s" is not a name', p_name);
    elsif coalesce(p_url, '') operator(pg_catalog.!~) '^https?://[^\s/?#@"<>\\^`{|}]+([/?][^\s#"<>\\^`{|}]*)?$' or pg_catalog.length(p_url) > 2000 then
        raise exception using
            errcode = 'UP007',
            message = 'subscription url is not an http or https URL without user, password and fragment';
    elsif coalesce(p_mode, '') not in ('structured', 'binary', 'batch') then
        raise exception using errcode = 'UP007', message = pg_catalog.format('subscription mode "%s" is not structured, binary or batch', p_mode);
    elsif p_credential operator(pg_catalog.!~) '^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$' then
        raise exception using errcode = 'UP007', message = pg_catalog.format('credential "%s" is not a name', p_credential);
    elsif coalesce(p_attempts, 0) not between 1 and 100 then
        raise exception using errcode = 'UP007', message = 'max_attempts is not between 1 and 100';
    end if;
end
$$;

create function portarium_int.check_subscription_count(p_tenant uuid, p_name text)
    returns void
    language plpgsql
    as $$
begin
    -- one at a time, so that the count holds
    perform from tenant t where t.tenant_id = p_tenant for no key update;
    if (select pg_catalog.count(*) from subscription s where s.tenant_id = p_tenant and s.name <> p_name) >= 100 then
        raise exception using errcode = 'UP501', message = 'tenant has 100 subscriptions';
    end if;
end
$$;

create function portarium.subscribe(
    name text,
    url text,
    mode text default 'structured',
    filters jsonb default '[]',
    credential text default null,
    after text default 'now',
    max_attempts int default 12)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_actor text := portarium_int.require_role('admin');
    v_place portarium_int.place;
begin
    perform portarium_int.check_subscription(subscribe.name, subscribe.url, subscribe.mode, subscribe.credential, subscribe.max_attempts);
    perform portarium_int.check_filters(subscribe.filters);
    perform portarium_int.check_subscription_count(v_tenant, subscribe.name);
    v_place := portarium_int.place_behind(v_tenant, coalesce(subscribe.after, 'now'));
    insert into subscription as s (tenant_id, name, url, mode, filters, credential, max_attempts, created_by, created_at, state, agreed,
        epoch, next_idx, failures, due_at, lease, lease_until, prompt)
    values (v_tenant, subscribe.name, subscribe.url, subscribe.mode, subscribe.filters, subscribe.credential, subscribe.max_attempts, v_actor,
        clock_timestamp(), 'ACTIVE', false, v_place.epoch, v_place.next_idx, 0, clock_timestamp(), 0, '-infinity', false)
    on conflict on constraint subscription_pkey do update
    set url = excluded.url, mode = excluded.mode, filters = excluded.filters, credential = excluded.credential, max_attempts = excluded.max_attempts,
        agreed = s.agreed and s.state = 'ACTIVE' and s.url = excluded.url, prompt = s.prompt and s.url = excluded.url,
        rate = case when s.url = excluded.url then s.rate end,
        state = 'ACTIVE', failures = 0, last_error = null, due_at = excluded.due_at, lease = s.lease + 1, lease_until = '-infinity';
    perform portarium_int.append(v_tenant, portarium_int.uuid7(), 1, 'subscription.set', v_actor,
        portarium_int.canonical(jsonb_build_object('subscription', subscribe.name, 'mode', subscribe.mode,
            -- a URL may hold a secret
            'digest', encode(sha256(convert_to(subscribe.url, 'UTF8')), 'hex'))), portarium_int.salt());
end
$$;
comment on function portarium.subscribe(text, text, text, jsonb, text, text, int) is
    'Has the tenant''s events sent to a URL, or changes a subscription, which then goes on where it stood. mode: structured, binary or batch (CloudEvents HTTP binding); filters: list of {"exact": {"type": "…"}}, prefix, suffix, all, any, not, which all must hold; credential: the file that the relay signs with; after: where a new one begins, now, start or a position; max_attempts: after so many an event is a dead letter. The URL must agree by the CloudEvents webhook handshake first. Errors: UP007, UP201, UP205, UP501';

create function portarium_int.refuse_subscription(p_name text)
    returns void
    language plpgsql
    immutable
    as $$
begin
    raise exception using errcode = 'UP406', message = pg_catalog.format('subscription "%s" does not exist', p_name);
end
$$;

create function portarium.unsubscribe(name text)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_actor text := portarium_int.require_role('admin');
begin
    delete from subscription s where s.tenant_id = v_tenant and s.name = unsubscribe.name;
    if not found then
        perform portarium_int.refuse_subscription(unsubscribe.name);
    end if;
    delete from dead_letter d where d.tenant_id = v_tenant and d.name = unsubscribe.name;
    perform portarium_int.append(v_tenant, portarium_int.uuid7(), 1, 'subscription.removed', v_actor,
        portarium_int.canonical(jsonb_build_object('subscription', unsubscribe.name)), portarium_int.salt());
end
$$;
comment on function portarium.unsubscribe(text) is
    'Ends a subscription and forgets its dead letters. A delivery that is under way may still arrive. Errors: UP201, UP205, UP406';

create function portarium.replay_subscription(name text, after text default 'start')
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_actor text := portarium_int.require_role('admin', 'operator');
    v_place portarium_int.place := portarium_int.place_behind(v_tenant, coalesce(replay_subscription.after, 'start'));
begin
    update subscription s
    set epoch = v_place.epoch, next_idx = v_place.next_idx, failures = 0, last_error = null, due_at = clock_timestamp(),
        lease = s.lease + 1, lease_until = '-infinity'
    where s.tenant_id = v_tenant and s.name = replay_subscription.name;
    if not found then
        perform portarium_int.refuse_subscription(replay_subscription.name);
    end if;
    delete from dead_letter d
    where d.tenant_id = v_tenant and d.name = replay_subscription.name and (d.epoch, d.idx) >= (v_place.epoch, v_place.next_idx);
    perform portarium_int.wake();
end
$$;
comment on function portarium.replay_subscription(text, text) is
    'Sends a subscription every event behind a position (start, now, or one that an event came with) again, dead letters among them. Errors: UP007, UP201, UP205, UP406';
