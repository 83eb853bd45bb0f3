-- SPDX-License-Identifier: PostgreSQL
-- Runs: the truth about them, the transition table, and the type that carries one transition from the planner to the mover.
-- A run's epoch is the number of its transitions and the seq of its last entry; every write to a run is fenced by it.

create function portarium_int.stamp_payload()
    returns void
    language plpgsql
    as $$
begin
    -- Content-addressed: the hash is SHA-256 of the canonical JSON. Written once, removed by retention only.
    create table payload (
        tenant_id uuid not null,
        hash bytea not null,
        data jsonb not null,
        created_at timestamptz not null default pg_catalog.now(),
        primary key (tenant_id, hash)
    );

    create table idempotency (
        tenant_id uuid not null,
        key text not null,
        fingerprint bytea not null,
        run_id uuid not null,
        created_at timestamptz not null default pg_catalog.now(),
        primary key (tenant_id, key),
        constraint idempotency_key_is_short check (pg_catalog.octet_length(key) <= 255)
    );

    -- Runs that were started as the only one of their key. Of those that have not ended at most one is current.
    create table unique_run (
        tenant_id uuid not null,
        run_id uuid not null,
        key text not null,
        current boolean not null,
        primary key (tenant_id, run_id)
    );
    create unique index unique_run_key on unique_run (tenant_id, key) where current;
end
$$;

create function portarium_int.stamp_run()
    returns void
    language plpgsql
    as $$
begin
    -- Constant columns first. Only the primary key is indexed, so that every update is heap-only; half of each page is left for them.
    create table run (
        tenant_id uuid not null,
        run_id uuid not null,
        started_at timestamptz not null,
        def_id int not null,
        workflow text not null,
        tier text not null,     -- of the workflow's version
        initiator text not null,
        root_id uuid,           -- a strand (58_strand.sql): the run it belongs to,
        parent_id uuid,         -- the run or strand whose state it is a branch or an iteration of, or whose state started it (59_child.sql),
        parent_visit int,       -- the visit of that state; null when nothing waits for its end,
        slot int,               -- its place in it,
        item jsonb,             -- and what the context object says of a Map's item
        input jsonb,            -- null when it lies in payload under input_ref
        input_ref bytea,
        traceparent text,
        state text not null,
        held text,              -- paused: hold, or work when something is held back
        cur text,               -- the ASL state it stands in
        epoch int not null,
        attempt int not null,   -- of the current visit of cur, from 0
        visit int not null,     -- entries into a task so far: part of the idempotency key
        retries int[],          -- attempts used up, per retrier of cur
        data jsonb,             -- raw input of cur; null: the run's input
        arg jsonb,              -- effective input of cur; null: its raw input
        limits int[],           -- of cur's task in seconds: its timeout and its heartbeat; null: neither
        vars jsonb,
        output jsonb,           -- null when it lies in payload under output_ref
        output_ref bytea,
        error text,
        cause text,
        ends text,              -- while what it has done is being undone: the event that ends it then
        ended_at timestamptz,
        priority int,           -- its jobs are queued so many minutes earlier than they come; null: none
        primary key (tenant_id, run_id),
        constraint run_held_is_known check (held in ('hold', 'work'))
    ) with (fillfactor = 45);
    perform portarium_int.stamp_payload();
end
$$;

-- The transition table. NEW is a run that is being started. Nobody but portarium_int.apply writes run.state, and only by these rows.
create function portarium_int.transition()
    returns table (from_state text, event text, to_state text, comment text)
    language sql
    immutable
    parallel safe
    as $$
    values ('NEW', 'advance', 'RUNNING', 'started; a job is queued, or a timer is set, also one for a later beginning'),
        ('NEW', 'gate', 'WAITING_FOR_APPROVAL', 'started; the first effect needs a person'),
        ('NEW', 'succeed', 'SUCCEEDED', 'started and finished without an effect'),
        ('NEW', 'fail', 'FAILED', 'started and failed without an effect'),
        ('RUNNING', 'advance', 'RUNNING', 'a state was left; the next one has work or time before it'),
        ('RUNNING', 'gate', 'WAITING_FOR_APPROVAL', 'the next effect needs a person'),
        ('RUNNING', 'succeed', 'SUCCEEDED', 'the last state was left'),
        ('RUNNING', 'fail', 'FAILED', 'an error that nothing catches'),
        ('RUNNING', 'time_out', 'TIMED_OUT', 'the document''s TimeoutSeconds have passed'),
        ('RUNNING', 'abort', 'ABORTED', 'cancelled'),
        ('RUNNING', 'park', 'UNKNOWN', 'an effect may or may not have happened'),
        ('RUNNING', 'pause', 'RUNNING', 'paused: no new effect is started'),
        ('RUNNING', 'resume', 'RUNNING', 'resumed, and nothing was held back'),
        ('WAITING_FOR_APPROVAL', 'pause', 'WAITING_FOR_APPROVAL', 'paused: a decision is taken down and nothing follows yet'),
        ('WAITING_FOR_APPROVAL', 'resume', 'WAITING_FOR_APPROVAL', 'resumed, and nothing was held back'),
        ('WAITING_FOR_APPROVAL', 'vote', 'WAITING_FOR_APPROVAL', 'approved by one, more are needed'),
        ('WAITING_FOR_APPROVAL', 'advance', 'RUNNING', 'decided; work or time is next'),
        ('WAITING_FOR_APPROVAL', 'gate', 'WAITING_FOR_APPROVAL', 'decided; the next effect needs a person again'),
        ('WAITING_FOR_APPROVAL', 'succeed', 'SUCCEEDED', 'decided, and nothing is left to do'),
        ('WAITING_FOR_APPROVAL', 'fail', 'FAILED', 'denied or expired, and nothing catches it'),
        ('WAITING_FOR_APPROVAL', 'time_out', 'TIMED_OUT', 'the document''s TimeoutSeconds have passed'),
        ('WAITING_FOR_APPROVAL', 'abort', 'ABORTED', 'cancelled'),
        ('UNKNOWN', 'advance', 'RUNNING', 'reconciled; work or time is next'),
        ('UNKNOWN', 'gate', 'WAITING_FOR_APPROVAL', 'reconciled; the next effect needs a person'),
        ('UNKNOWN', 'succeed', 'SUCCEEDED', 'reconciled as done, and nothing is left to do'),
        ('UNKNOWN', 'fail', 'FAILED', 'reconciled as failed, and nothing catches it'),
        ('UNKNOWN', 'time_out', 'TIMED_OUT', 'the document''s TimeoutSeconds have passed'),
        ('UNKNOWN', 'abort', 'ABORTED', 'cancelled'),
        ('RUNNING', 'migrate', 'RUNNING', 'it goes on in another version of its workflow'),
        ('WAITING_FOR_APPROVAL', 'migrate', 'WAITING_FOR_APPROVAL', 'it goes on in another version of its workflow'),
        ('UNKNOWN', 'ask', 'UNKNOWN', 'its system is asked what became of the effect, or did not say'),
        ('UNKNOWN', 'migrate', 'UNKNOWN', 'it goes on in another version of its workflow'),
        ('UNKNOWN', 'pause', 'UNKNOWN', 'paused: reconciling is taken down and nothing follows yet'),
        ('UNKNOWN', 'resume', 'UNKNOWN', 'resumed, and nothing was held back'),
        ('NEW', 'undo', 'COMPENSATING', 'a fork that fails at once; what it has taken over is undone first'),
        ('RUNNING', 'undo', 'COMPENSATING', 'it will end without success; what it has done is undone first'),
        ('WAITING_FOR_APPROVAL', 'undo', 'COMPENSATING', 'it will end without success; what it has done is undone first'),
        ('UNKNOWN', 'undo', 'COMPENSATING', 'it will end without success; what it has done is undone first'),
        ('COMPENSATING', 'undo', 'COMPENSATING', 'a step is undone; the one before it is next'),
        ('COMPENSATING', 'stick', 'COMPENSATION_FAILED', 'a step could not be undone'),
        ('COMPENSATING', 'fail', 'FAILED', 'all is undone'),
        ('COMPENSATING', 'time_out', 'TIMED_OUT', 'all is undone'),
        ('COMPENSATING', 'abort', 'ABORTED', 'all is undone, or undoing is given up'),
        ('COMPENSATING', 'pause', 'COMPENSATING', 'paused: the next step is not undone yet'),
        ('COMPENSATING', 'resume', 'COMPENSATING', 'resumed, and nothing was held back'),
        ('COMPENSATION_FAILED', 'retry', 'COMPENSATING', 'a person has the step undone again'),
        ('COMPENSATION_FAILED', 'undo', 'COMPENSATING', 'a person has undone the step; the one before it is next'),
        ('COMPENSATION_FAILED', 'fail', 'FAILED', 'a person has undone the first step'),
        ('COMPENSATION_FAILED', 'time_out', 'TIMED_OUT', 'a person has undone the first step'),
        ('COMPENSATION_FAILED', 'abort', 'ABORTED', 'a person has undone the first step, or undoing is given up'),
        ('FAILED', 'retry', 'RUNNING', 'a person has the failed state done again'),
        ('TIMED_OUT', 'retry', 'RUNNING', 'a person has the state done again that was not done in time'),
        ('ABORTED', 'retry', 'RUNNING', 'a person has the state done again that was cancelled')
$$;

-- The state as everybody sees it: a run that is held is PAUSED until it ends.
create function portarium_int.shown_state(p_state text, p_held text)
    returns text
    language sql
    immutable
    parallel safe
    as $$ select case when p_held is not null and p_state in ('RUNNING', 'WAITING_FOR_APPROVAL', 'UNKNOWN', 'COMPENSATING') then 'PAUSED' else p_state end $$;

create function portarium_int.next_state(p_from text, p_event text)
    returns text
    language plpgsql
    immutable
    parallel safe
    as $$
declare
    v_to text;
begin
    select t.to_state into v_to from portarium_int.transition() t where t.from_state = p_from and t.event = p_event;
    if v_to is null then
        raise exception using
            errcode = 'UP101',
            message = pg_catalog.format('run in state "%s" does not allow this', p_from),
            detail = pg_catalog.format('There is no transition "%s" from it.', p_event);
    end if;
    return v_to;
end
$$;

-- What all tiers and policies together say about one action.
create type portarium_int.verdict as (
    effect text,            -- allow | approve | deny
    required int,
    roles text[],
    digest text,            -- of every word that was weighed: base64url of 16 bytes
    reason text,
    queue text,             -- where the action waits for whoever does it
    key_path text           -- the member of the input that quotas count the operation's jobs by, as the adapter says
);

create function portarium_int.is_terminal(p_state text)
    returns boolean
    language sql
    immutable
    parallel safe
    as $$ select p_state in ('SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED') $$;

-- What it has done is being undone, or could not be.
create function portarium_int.is_undoing(p_state text)
    returns boolean
    language sql
    immutable
    parallel safe
    as $$ select p_state in ('COMPENSATING', 'COMPENSATION_FAILED') $$;

-- What the planner needs to know of a run.
create type portarium_int.run_fact as (
    tenant_id uuid,
    run_id uuid,
    def_id int,
    workflow text,
    tier text,
    initiator text,
    started_at timestamptz,
    state text,
    cur text,
    epoch int,
    attempt int,
    visit int,
    retries int[],
    raw jsonb,              -- raw input of cur
    vars jsonb,
    input jsonb,
    needs_context boolean,  -- the document reads the context object
    root_id uuid,
    parent_id uuid,
    parent_visit int,
    slot int,
    item jsonb,
    held text,
    priority int
);

-- One planned transition: what the run becomes, the entry that says so, what happens next.
create type portarium_int.move as (
    tenant_id uuid,
    run_id uuid,
    from_epoch int,         -- 0: a new run
    state text,
    held text,
    cur text,
    attempt int,
    visit int,
    retries int[],
    data jsonb,
    arg jsonb,
    limits int[],
    vars jsonb,
    output jsonb,
    error text,
    cause text,
    kind text,
    actor text,
    salt bytea,
    canon bytea,
    next text,              -- ready | timer | approval | fork | expect | child | sql | undo | null: nothing, the run has ended or is parked
    queue text,             -- ready: the adapter that must do it,
    key text,               -- and the key that its quota counts the job by
    due timestamptz,        -- timer: when; approval: its deadline
    timer_kind text,        -- wait | retry | start
    gate jsonb,             -- approval: its facts
    expects jsonb,          -- what the run waits for from outside (63_expectation.sql)
    expected boolean,       -- what it waited for has come, or is given up
    child uuid,             -- the run that its state starts
    undo jsonb,             -- how the state that it leaves is undone (58_compensation.sql)
    ends text,              -- what it has done is undone first: the event that ends it then
    spares boolean,         -- it ends and nothing is undone, be it its own or of what ends with it
    adapter text,           -- the action that was judged, and how: the next run of a batch need not ask again
    operation text,
    verdict portarium_int.verdict,
    root_id uuid,           -- a strand
    parent_id uuid,
    parent_visit int,
    slot int,
    item jsonb,
    def_id int,             -- for a new run, or one that goes on in another version of its workflow
    tier text,
    workflow text,          -- from here on: for a new run only
    initiator text,
    started_at timestamptz,
    traceparent text,
    input jsonb,
    priority int            -- of its jobs
);

-- Above this many bytes a payload leaves the run's row.
create function portarium_int.inline_limit()
    returns int
    language sql
    immutable
    parallel safe
    as $$ select 256 $$;

create function portarium_int.payload_hash(p_data jsonb)
    returns bytea
    language sql
    immutable
    parallel safe
    as $$ select pg_catalog.sha256(portarium_int.canonical(p_data)) $$;

-- The trace that the caller is in, W3C Trace Context: a traceparent and, behind a blank, the tracestate if there is one. What is not a
-- traceparent is as if nothing were there, what is not a tracestate as if the traceparent were alone. It is kept and handed on as this
-- one text.
create function portarium_int.current_trace()
    returns text
    language plpgsql
    stable
    as $$
declare
    v_given text := pg_catalog.current_setting('portarium.traceparent', true);
begin
    if pg_catalog.length(v_given) > 55 and (pg_catalog.length(v_given) > 568
        or v_given operator(pg_catalog.!~) '^.{55} [a-z0-9][a-z0-9_*/@-]*=[ -+.-<>-~-]+(,[ \t]*[a-z0-9][a-z0-9_*/@-]*=[ -+.-<>-~-]+)*$')
    then
        v_given := case when pg_catalog.substr(v_given, 56, 1) = ' ' then pg_catalog.left(v_given, 55) end;
    end if;
    if v_given operator(pg_catalog.~) '^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}( |$)' then
        return v_given;
    end if;
    return null;
end
$$;

-- Spans have ids that everybody can work out: a run's is the end of its own id; the time between two entries of a run, in which it
-- stands in one state, is named by the first of them.
create function portarium_int.run_span(p_run uuid)
    returns text
    language sql
    immutable
    strict
    parallel safe
    as $$ select pg_catalog.encode(pg_catalog.substr(pg_catalog.uuid_send(p_run), 9), 'hex') $$;

create function portarium_int.state_span(p_run uuid, p_seq int)
    returns text
    language sql
    immutable
    strict
    parallel safe
    as $$
    select pg_catalog.encode(pg_catalog.substr(pg_catalog.sha256(pg_catalog.uuid_send(p_run) || pg_catalog.int4send(p_seq)), 1, 8), 'hex')
$$;

create function portarium_int.traceparent_of(p_trace text)
    returns text
    language sql
    immutable
    strict
    parallel safe
    as $$ select pg_catalog.left(p_trace, 55) $$;

create function portarium_int.tracestate_of(p_trace text)
    returns text
    language sql
    immutable
    parallel safe
    as $$ select nullif(pg_catalog.substr(p_trace, 57), '') $$;

-- The same trace, with another span as the parent of what comes.
create function portarium_int.trace_under(p_traceparent text, p_span text)
    returns text
    language sql
    immutable
    strict
    parallel safe
    as $$ select pg_catalog.substr(p_traceparent, 1, 36) || p_span || pg_catalog.substr(p_traceparent, 53) $$;
