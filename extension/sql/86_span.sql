-- SPDX-License-Identifier: PostgreSQL
-- Spans of runs and states, worked out from sealed entries: whoever exports them may die and begin again at its cursor, and none is
-- lost. The cursor is a sink's (86_relay). Runs that are not traced are told as well, because durations are counted from the same rows.

-- A point of a run that is a span of its own beside the states.
create function portarium_int.point_span(p_run uuid, p_seq int, p_what bytea)
    returns text
    language sql
    immutable
    strict
    parallel safe
    as $$
    select pg_catalog.encode(pg_catalog.substr(pg_catalog.sha256(pg_catalog.uuid_send(p_run) || pg_catalog.int4send(p_seq) || p_what), 1, 8), 'hex')
$$;

create function portarium_int.ends_run(p_kind text)
    returns boolean
    language sql
    immutable
    parallel safe
    as $$
    select p_kind in ('run.succeeded', 'run.failed', 'run.timed_out', 'run.aborted', 'strand.succeeded', 'strand.failed', 'strand.aborted')
$$;

-- What an entry ends: the state that the run stood in since its last entry, and, with the run's last entry, the run itself.
create function portarium_int.spans_ended(
    p_tenant uuid,
    p_run uuid,
    p_seq int,
    p_kind text,
    p_parent uuid,
    p_trace text,
    p_workflow text,
    p_started_at timestamptz)
    returns table (span_id text, parent_id text, what text, subject text, started_at timestamptz, action_id text)
    language sql
    stable
    as $$
    select portarium_int.state_span(p_run, p_seq - 1), portarium_int.run_span(p_run),
        case when b.body ? 'required' then 'approval' when b.body ? 'visit' then 'action' else 'state' end, b.body ->> 'state', e.at,
        portarium_int.action_id(p_run, b.body)
    from entry e
    cross join lateral (select pg_catalog.convert_from(e.canon, 'UTF8')::jsonb offset 0) b (body)
    where p_seq > 1 and e.tenant_id = p_tenant and e.stream_id = p_run and e.seq = p_seq - 1 and b.body ->> 'state' is not null
    union all
    select portarium_int.run_span(p_run),
        case when p_parent is null then pg_catalog.substr(p_trace, 37, 16) else portarium_int.run_span(p_parent) end,
        case when p_parent is null then 'run' else 'strand' end, p_workflow, p_started_at, null
    where portarium_int.ends_run(p_kind)
$$;

-- All spans of an entry of a run: what it ends; the policies' verdict that it was written with, a point in time, because it is part of
-- the transition's transaction; with a run's last entry, how long it took until a round had given that its index; and that a run began,
-- which is no span but is counted. The body is that of an entry that has a verdict or an error, and need not be read otherwise.
create function portarium_int.spans_of(
    p_tenant uuid,
    p_tenant_hash bytea,
    p_epoch int,
    p_idx bigint,
    p_run uuid,
    p_seq int,
    p_kind text,
    p_at timestamptz,
    p_body jsonb,
    p_parent uuid,
    p_trace text,
    p_workflow text,
    p_started_at timestamptz)
    returns table (
        span_id text,
        parent_id text,
        what text,
        subject text,
        outcome text,
        started_at timestamptz,
        ended_at timestamptz,
        error text,
        action_id text)
    language sql
    stable
    as $$
    select s.span_id, s.parent_id, s.what, s.subject,
        case when s.what <> 'approval' then pg_catalog.split_part(p_kind, '.', 2)
            when p_body ->> 'error' = 'States.Timeout' then 'expired'
            else 'decided' end,
        s.started_at, p_at,
        case when pg_catalog.split_part(p_kind, '.', 2) in ('failed', 'timed_out', 'aborted', 'lost', 'expired', 'unknown', 'undo_failed') then
            coalesce(p_body ->> 'error', p_kind) end,
        s.action_id
    from portarium_int.spans_ended(p_tenant, p_run, p_seq, p_kind, p_parent, p_trace, p_workflow, p_started_at) s
    union all
    select portarium_int.point_span(p_run, p_seq, 'policy'), portarium_int.run_span(p_run), 'policy',
        coalesce(p_body ->> 'state', p_kind), p_body ->> 'verdict', p_at, p_at, null, null
    where p_body ? 'verdict'
    union all
    select portarium_int.point_span(p_run, p_seq, 'seal'), portarium_int.run_span(p_run), 'seal', p_kind, 'sealed', p_at, (
            select m.sealed_at from meta_leaf m
            where m.tenant_hash = p_tenant_hash and m.epoch = p_epoch and m.size > p_idx
            order by m.size limit 1
        ), null, null
    where portarium_int.ends_run(p_kind)
    union all
    select null, null, 'start', p_kind, 'started', p_at, p_at, null, null
    where p_kind in ('run.started', 'run.forked')
$$;

-- The spans of a tenant's entries from p_from on, read where it is at home. Every entry's text is looked at, few are parsed.
create function portarium_int.spans_from(p_tenant uuid, p_epoch int, p_from bigint, p_limit int)
    returns table (
        idx bigint,
        tenant_id uuid,
        trace_id text,
        span_id text,
        parent_id text,
        what text,
        subject text,
        outcome text,
        start_us bigint,
        end_us bigint,
        error text,
        run_id uuid,
        action_id text,
        trace_state text)
    language sql
    stable
    as $$
    select l.idx, l.tenant_id, case when s.span_id is not null then t.trace_id end,
        s.span_id, s.parent_id, s.what, s.subject, s.outcome,
        (pg_catalog.date_part('epoch', s.started_at) * 1000000)::bigint, (pg_catalog.date_part('epoch', s.ended_at) * 1000000)::bigint,
        s.error, coalesce(r.root_id, r.run_id), s.action_id, t.trace_state
    from (
        select leaf.* from leaf
        where leaf.tenant_id = p_tenant and leaf.epoch = p_epoch and leaf.idx >= p_from
        order by leaf.idx limit p_limit
    ) l
    left join tree h on h.tenant_id = l.tenant_id and h.epoch = l.epoch
    left join entry e on e.tenant_id = l.tenant_id and e.stream_id = l.stream_id and e.seq = l.seq
    left join run r on r.tenant_id = e.tenant_id and r.run_id = e.stream_id
    -- offset 0: what is worked out here is worked out once, not wherever it is looked at
    cross join lateral (
        select pg_catalog.convert_from(e.canon, 'UTF8') as canon,
            case when pg_catalog.strpos('13579bdf', pg_catalog.substr(r.traceparent, 55, 1)) > 0
                then pg_catalog.substr(r.traceparent, 4, 32) end as trace_id,
            portarium_int.tracestate_of(r.traceparent) as trace_state
        offset 0
    ) t
    cross join lateral (
        select case when pg_catalog.strpos(t.canon, '"verdict"') > 0 or pg_catalog.strpos(t.canon, '"error"') > 0 then t.canon::jsonb end
        offset 0
    ) b (body)
    left join lateral portarium_int.spans_of(l.tenant_id, h.tenant_hash, l.epoch, l.idx, r.run_id, e.seq, e.kind, e.at, b.body,
        r.parent_id, r.traceparent, r.workflow, r.started_at) s on r.run_id is not null
    order by l.idx
$$;

create function portarium.relay_spans(sink text, max_rows int)
    returns table (
        idx bigint,
        tenant_id uuid,
        trace_id text,
        span_id text,
        parent_id text,
        what text,
        subject text,
        outcome text,
        start_us bigint,
        end_us bigint,
        error text,
        run_id uuid,
        action_id text,
        trace_state text)
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
    set plan_cache_mode = force_generic_plan
    set jit = off
    as $$
declare
    v_pending record;
    v_entered boolean;
begin
    perform portarium_int.check_sink(relay_spans.sink);
    if coalesce(relay_spans.max_rows, 0) not between 1 and 10000 then
        raise exception using errcode = 'UP007', message = 'max_rows is not between 1 and 10000';
    end if;
    if not portarium_int.take_turn(relay_spans.sink) then
        return;
    end if;
    for v_pending in
        select p.*, greatest(relay_spans.max_rows / count(*) over (), 1)::int as share
        from portarium_int.relay_pending(relay_spans.sink) p
        limit relay_spans.max_rows
    loop
        v_entered := portarium_int.enter(v_pending.tenant_id);
        return query select s.*
            from portarium_int.spans_from(v_pending.tenant_id, v_pending.epoch, v_pending.next_idx, v_pending.share) s;
        perform portarium_int.leave(v_entered);
    end loop;
end
$$;
comment on function portarium.relay_spans(text, int) is
    'What the entries behind a sink''s cursor ended, as spans: states, approvals, actions, runs, verdicts of policies, sealing. what: run, strand, state, approval, action, policy or seal, or start, which is no span and says that a run began; subject: the workflow, the state or the entry''s kind; outcome: how it ended. An entry that ended none is a row without what, and a run that is not traced gives rows without trace_id. relay_commit() moves the cursor. No row while another session has its turn at the sink. Errors: UP007';
