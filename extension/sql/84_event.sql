-- SPDX-License-Identifier: PostgreSQL
-- One sealed entry as a CloudEvent 1.0, and reading them in the order of the sealed index.
--
-- A position is "<epoch>-<index>": it names a place in a tenant's log for ever, so whoever keeps the last one it has seen can go on
-- behind it, and finds by the indexes that nothing is missing. Reading locks nothing and moves nothing. Plans are pinned (DESIGN 11): a
-- limit whose value is not known when a plan is made would pass for a tenth of the table.

-- The idempotency key of the action that an entry asks for; null for one that asks for none.
create function portarium_int.action_id(p_stream uuid, p_body jsonb)
    returns text
    language sql
    immutable
    parallel safe
    as $$ select p_stream::text || ':' || (p_body ->> 'state') || ':' || (p_body ->> 'visit') $$;

-- Structured JSON. Together source and id name the event for ever; sequence sorts as text; the data holds commitments, no payload.
create function portarium_int.cloud_event(
    p_epoch int,
    p_idx bigint,
    p_tenant uuid,
    p_stream uuid,
    p_kind text,
    p_at timestamptz,
    p_body jsonb,
    p_root uuid,                -- the run that the entry belongs to; null: to none
    p_trace text,
    p_action text)
    returns jsonb
    language sql
    stable
    as $$
    select pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
        'specversion', '1.0',
        'id', p_tenant || '/' || p_idx,
        'source', '/portarium/' || pg_catalog.current_database() || '/' || p_epoch,
        'type', 'portarium.' || p_kind,
        'subject', p_stream,
        'time', pg_catalog.to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'datacontenttype', 'application/json',
        'dataschema', portarium_int.event_schema_id(p_kind),
        'tenantid', p_tenant,
        'sequence', pg_catalog.lpad(p_idx::text, 20, '0'),
        'correlationid', coalesce(p_root, p_stream),
        'runid', p_root,
        'actionid', p_action,
        'traceparent', portarium_int.traceparent_of(p_trace),
        'tracestate', portarium_int.tracestate_of(p_trace))) || pg_catalog.jsonb_build_object('data', p_body)
$$;

-- A tenant's events of one epoch from an index on, at most p_limit, in order. An entry that was taken away keeps its place as an event
-- that says so, so that nobody waits for it.
create function portarium_int.events_from(p_tenant uuid, p_epoch int, p_from bigint, p_limit bigint)
    returns table (idx bigint, event jsonb)
    language sql
    stable
    as $$
    select l.idx, portarium_int.cloud_event(p_epoch, l.idx, p_tenant, l.stream_id, coalesce(e.kind, 'entry.gone'), coalesce(e.at, g.at),
        coalesce(b.body, pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('disposition', g.disposition_id))),
        coalesce(r.root_id, r.run_id), portarium_int.trace_under(r.traceparent, portarium_int.run_span(r.run_id)),
        case when r.run_id is null or e.kind is null then null
            when e.kind operator(pg_catalog.~) '^(action|approval)[.]' then (
                -- what was answered is what was asked for last
                select portarium_int.action_id(a.stream_id, pg_catalog.convert_from(a.canon, 'UTF8')::jsonb)
                from entry a
                where a.tenant_id = e.tenant_id and a.stream_id = e.stream_id and a.seq < e.seq
                    and pg_catalog.convert_from(a.canon, 'UTF8')::jsonb operator(pg_catalog.?) 'visit'
                order by a.seq desc
                limit 1)
            else portarium_int.action_id(e.stream_id, b.body) end)
    from (
        select leaf.* from leaf
        where leaf.tenant_id = p_tenant and leaf.epoch = p_epoch and leaf.idx >= p_from
        order by leaf.idx
        limit p_limit
    ) l
    left join entry e on e.tenant_id = l.tenant_id and e.stream_id = l.stream_id and e.seq = l.seq
    left join lateral (
        select i.at, i.disposition_id
        from disposition_item i
        join disposition d on d.tenant_id = p_tenant and d.disposition_id = i.disposition_id
        where e.tenant_id is null and i.tenant_id = p_tenant and i.item_id = l.stream_id and i.seq = l.seq and d.status = 'DONE'
        limit 1
    ) g on true
    cross join lateral (select pg_catalog.convert_from(e.canon, 'UTF8')::jsonb) b (body)
    left join run r on r.tenant_id = p_tenant and r.run_id = l.stream_id
    order by l.idx
$$;

create type portarium_int.place as (
    epoch int,
    next_idx bigint     -- the first index that has not been seen
);

-- Where reading goes on: 'start' before the first event, 'now' behind the last one that is sealed, else behind a position.
create function portarium_int.place_behind(p_tenant uuid, p_after text)
    returns portarium_int.place
    language plpgsql
    stable
    as $$
declare
    v_place portarium_int.place := row (1, 0);
    v_parts text[];
begin
    if p_after = 'start' then
        select min(t.epoch), 0 into v_place from tree t where t.tenant_id = p_tenant having pg_catalog.count(*) > 0;
    elsif p_after = 'now' then
        select t.epoch, t.size into v_place from tree t where t.tenant_id = p_tenant order by t.epoch desc limit 1;
    else
        v_parts := pg_catalog.regexp_match(p_after, '^([0-9]{1,9})-([0-9]{1,18})$');
        if v_parts is null then
            raise exception using
                errcode = 'UP007',
                message = pg_catalog.format('position "%s" is not a place in the log', p_after),
                hint = 'Use a position that an event came with, "start" or "now".';
        end if;
        v_place := row (v_parts[1]::int, v_parts[2]::bigint + 1);
    end if;
    -- nothing is sealed yet
    return case when v_place.epoch is null then row (1, 0)::portarium_int.place else v_place end;
end
$$;

create function portarium.events(after text default 'start', max_rows int default 100)
    returns table ("position" text, event jsonb)
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
    v_tenant uuid := portarium_int.require_tenant();
    v_place portarium_int.place := portarium_int.place_behind(v_tenant, coalesce(events.after, 'start'));
    v_left int := coalesce(events.max_rows, 0);
    v_rows int;
    v_epoch int;
begin
    if v_left not between 1 and 10000 then
        raise exception using errcode = 'UP007', message = 'max_rows is not between 1 and 10000';
    end if;
    for v_epoch in
        select t.epoch from tree t where t.tenant_id = v_tenant and t.epoch >= v_place.epoch order by t.epoch
    loop
        return query
        select v_epoch || '-' || f.idx, f.event
        from portarium_int.events_from(v_tenant, v_epoch, case when v_epoch = v_place.epoch then v_place.next_idx else 0 end, v_left) f;
        get diagnostics v_rows = row_count;
        v_left := v_left - v_rows;
        exit when v_left = 0;
    end loop;
end
$$;
comment on function portarium.events(text, int) is
    'The tenant''s sealed events as CloudEvents 1.0 behind a position, in the order of the log, at most max_rows (1 to 10000). after: the position of the last event that was read, start, or now. In each epoch (the source) the sequence counts from 0 without a gap. Errors: UP007, UP201';

create function portarium.events_end()
    returns text
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_place portarium_int.place := portarium_int.place_behind(portarium_int.require_tenant(), 'now');
begin
    return case when v_place.next_idx = 0 then 'start' else v_place.epoch || '-' || v_place.next_idx - 1 end;
end
$$;
comment on function portarium.events_end() is
    'The position of the tenant''s last sealed event, start when there is none: what reading goes on behind to see only what is new. Errors: UP201';
