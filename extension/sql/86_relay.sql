-- SPDX-License-Identifier: PostgreSQL
-- The relay's side of the event stream: sealed entries as CloudEvents 1.0, and how far each sink has got.
-- Events are read by the sealed index, so a sink sees every entry of a tenant once in order, whatever transactions were open in
-- between. The cursor moves only by relay_commit, after delivery: an event can arrive twice, never not at all.
--
-- A sink is one relay's at a time: whoever reads first has its turn, until its session ends or a minute has passed without a read; the others
-- are told of no events. So relays can stand by for one another. The lock is the row of sink_turn, held for a statement only.

create function portarium_int.stamp_relay()
    returns void
    language plpgsql
    as $$
begin
    -- next_idx is the first index of epoch that the sink has not got.
    create table relay_cursor (
        tenant_id uuid not null,
        sink text not null,
        epoch int not null,
        next_idx bigint not null,
        moved_at timestamptz not null,
        primary key (tenant_id, sink),
        constraint relay_cursor_next_idx_counts_from_0 check (next_idx >= 0)
    ) with (fillfactor = 50);

    -- Which session reads for a sink. Its number may be another's some day, therefore the turn ends by itself, too.
    create table sink_turn (
        sink text primary key,
        pid int not null,
        until timestamptz not null
    ) with (fillfactor = 50);
end
$$;

create function portarium_int.check_sink(p_sink text)
    returns void
    language plpgsql
    immutable
    as $$
begin
    if coalesce(p_sink, '') !~ '^[a-z0-9][a-z0-9._-]{0,62}$' then
        raise exception using
            errcode = 'UP007',
            message = pg_catalog.format('sink "%s" is not a name', p_sink),
            hint = 'Use lower-case letters, digits, dots, hyphens and underscores, a letter or digit first, 63 at most.';
    end if;
end
$$;

-- Takes or keeps the turn at a sink; false when another session has it. A write only once in half a minute.
create function portarium_int.take_turn(p_sink text)
    returns boolean
    language plpgsql
    volatile
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_now timestamptz := clock_timestamp();
begin
    if exists (
        select from sink_turn t
        where t.sink = p_sink and t.pid = pg_backend_pid() and t.until > v_now + interval '30 s') then
        return true;
    end if;
    insert into sink_turn as t (sink, pid, until)
    values (p_sink, pg_backend_pid(), v_now + interval '60 s')
    on conflict on constraint sink_turn_pkey do update
    set pid = excluded.pid, until = excluded.until
    where t.pid = excluded.pid or t.until < v_now or not exists (select from pg_stat_get_activity(t.pid));
    return found;
end
$$;

-- Where each tenant's next event for a sink lies, for tenants that have one: an epoch is left when all of it was delivered.
create function portarium_int.relay_pending(p_sink text)
    returns table (tenant_id uuid, epoch int, next_idx bigint)
    language sql
    stable
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
    select distinct on (t.tenant_id)
        t.tenant_id, t.epoch, case when t.epoch = c.epoch then c.next_idx else 0 end
    from tree t
    left join relay_cursor c on c.tenant_id = t.tenant_id and c.sink = p_sink
    where (c.epoch is null or t.epoch >= c.epoch)
        and t.size > case when t.epoch = c.epoch then c.next_idx else 0 end
    order by t.tenant_id, t.epoch
$$;

-- A tenant's events, from where it is at home.
create function portarium_int.events_at_home(p_tenant uuid, p_epoch int, p_from bigint, p_limit int)
    returns table (idx bigint, event jsonb)
    language plpgsql
    stable
    as $$
declare
    v_entered boolean := portarium_int.enter(p_tenant);
begin
    return query select f.idx, f.event from portarium_int.events_from(p_tenant, p_epoch, p_from, p_limit) f;
    perform portarium_int.leave(v_entered);
end
$$;

create function portarium.relay_batch(sink text, max_rows int)
    returns table (idx bigint, tenant_id uuid, event jsonb)
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
    set jit = off
    as $$
begin
    perform portarium_int.check_sink(relay_batch.sink);
    if coalesce(relay_batch.max_rows, 0) not between 1 and 10000 then
        raise exception using errcode = 'UP007', message = 'max_rows is not between 1 and 10000';
    end if;
    if not portarium_int.take_turn(relay_batch.sink) then
        return;
    end if;
    -- Every tenant gets its share of the batch, so that one whose events the sink refuses does not hold up the others.
    return query
    with p as materialized (
        select p.*, greatest(relay_batch.max_rows / count(*) over (), 1)::int as share
        from portarium_int.relay_pending(relay_batch.sink) p
    )
    select f.idx, p.tenant_id, f.event
    from p
    cross join lateral portarium_int.events_at_home(p.tenant_id, p.epoch, p.next_idx, p.share) f
    order by p.tenant_id, f.idx
    limit relay_batch.max_rows;
end
$$;
comment on function portarium.relay_batch(text, int) is
    'The next events of a sink as CloudEvents 1.0, tenant by tenant, each tenant''s in the order of its sealed index from its cursor
on; at most max_rows (1 to 10000), shared among the tenants. Reading moves nothing, but gives this
session its turn at the sink; no row for a session while another has it. Errors: UP007';

create function portarium.relay_commit(sink text, tenant_id uuid, idx bigint)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_epoch int;
    v_entered boolean := portarium_int.enter(relay_commit.tenant_id);
begin
    perform portarium_int.check_sink(relay_commit.sink);
    select coalesce(
        (select p.epoch from portarium_int.relay_pending(relay_commit.sink) p where p.tenant_id = relay_commit.tenant_id),
        (select c.epoch from relay_cursor c where c.tenant_id = relay_commit.tenant_id and c.sink = relay_commit.sink))
    into v_epoch;
    if not exists (
        select from leaf l
        where l.tenant_id = relay_commit.tenant_id and l.epoch = v_epoch and l.idx = relay_commit.idx)
    then
        raise exception using
            errcode = 'UP007',
            message = format('event "%s" of tenant "%s" is not sealed', relay_commit.idx, relay_commit.tenant_id);
    end if;
    insert into relay_cursor as c (tenant_id, sink, epoch, next_idx, moved_at)
    values (relay_commit.tenant_id, relay_commit.sink, v_epoch, relay_commit.idx + 1, clock_timestamp())
    on conflict on constraint relay_cursor_pkey do update
    set epoch = excluded.epoch, next_idx = excluded.next_idx, moved_at = excluded.moved_at
    where (c.epoch, c.next_idx) < (excluded.epoch, excluded.next_idx);
end
$$;
comment on function portarium.relay_commit(text, uuid, bigint) is
    'Says that a sink has got a tenant''s events up to and with this index. The cursor moves forward, never back; an index behind it
changes nothing. Errors: UP007 not a sink''s name, or an index that is not sealed';
