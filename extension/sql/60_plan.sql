-- SPDX-License-Identifier: PostgreSQL
-- The planner: from a run's facts and what just happened to it to one move. It reads definitions, adapters and policies and writes
-- nothing.
--
-- Order: the interpreter is driven until it wants something; an action is judged, and a denied one is an error of its state, which
-- may be caught, so that driving goes on; then the move is filled in and the canonical text of its entry is written.

-- What just happened.
create type portarium_int.occasion as (
    kind text,              -- the entry's kind, unless the run ends here
    actor text,
    error text,             -- the error that was reported, by its name
    outcome jsonb,          -- the result that was reported
    approval uuid,
    decision text,
    definition text,        -- a start: the definition's hash
    version int,            -- and the workflow's version
    child uuid,             -- the run that it started
    expected boolean,       -- what the state waited for from outside is settled by it
    items int,              -- branches or iterations that were joined
    token bigint,
    weak text,              -- what the executor's sandbox lacked
    again boolean,          -- the same visit of the state: a retry, or an action that was approved
    approved boolean,       -- the state's action has its approval
    undo jsonb,             -- how the state that is left is undone
    undone text,            -- the state that was undone, or could not be
    ends text,              -- the event that ends the run when all is undone
    spares boolean,         -- nothing is undone
    fork jsonb              -- a start: the entry of another run that it begins at: run, seq, entry (its hash)
);

create function portarium_int.iso_ms(p_at timestamptz)
    returns text
    language sql
    immutable
    parallel safe
    as $$ select pg_catalog.to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') $$;

-- The context object that a document may read; null for a document that does not. The token is that of the current visit and attempt.
create function portarium_int.context_of(p_run portarium_int.run_fact)
    returns jsonb
    language plpgsql
    stable
    as $$
declare
    v_root portarium_int.run_fact := p_run;
begin
    if not p_run.needs_context then
        return null;
    elsif p_run.root_id is not null then
        v_root := portarium_int.run_fact_of(p_run.tenant_id, p_run.root_id);
    end if;
    return case when p_run.item is null then '{}' else pg_catalog.jsonb_build_object('Map', pg_catalog.jsonb_build_object('Item', p_run.item)) end
        || pg_catalog.jsonb_build_object(
        'Execution', pg_catalog.jsonb_build_object('Id', v_root.run_id, 'Name', v_root.run_id, 'Input', v_root.input,
            'StartTime', portarium_int.iso_ms(v_root.started_at), 'RoleArn', v_root.initiator,
            'RedriveCount', (select pg_catalog.count(*) from entry e
                where e.tenant_id = v_root.tenant_id and e.stream_id = v_root.run_id and e.kind = 'run.retried')),
        'StateMachine', pg_catalog.jsonb_build_object('Id', p_run.workflow, 'Name', p_run.workflow),
        'State', pg_catalog.jsonb_build_object('Name', p_run.cur, 'EnteredTime', portarium_int.iso_ms(pg_catalog.clock_timestamp()),
            'RetryCount', p_run.attempt),
        'Task', pg_catalog.jsonb_build_object('Token', portarium_int.token_of(p_run.tenant_id, p_run.run_id, p_run.visit, p_run.attempt)));
end
$$;

-- The entry's body. Members stand in canonical order and strings are escaped as RFC 8785 wants (to_json on text does), so that the
-- text is canonical as it is written.
create function portarium_int.describe(
    p_run portarium_int.run_fact,
    p_occasion portarium_int.occasion,
    p_step portarium_int.asl_step,
    p_verdict portarium_int.verdict,
    p_move portarium_int.move)
    returns bytea
    language plpgsql
    immutable
    as $$
begin
    return pg_catalog.convert_to('{' || pg_catalog.concat_ws(',',
        '"action":' || pg_catalog.to_json(case when p_move.next in ('ready', 'approval', 'expect', 'child', 'sql') then p_step.resource end)::text,
        '"approval":"' || coalesce(p_occasion.approval::text, p_move.gate ->> 'approval_id') || '"',
        '"arg":"' || case when p_move.arg is not null then portarium_int.commitment(p_move.salt, p_move.arg) end || '"',
        '"attempt":' || nullif(p_move.attempt, 0),
        '"caught":' || pg_catalog.to_json(case when p_move.error is not null then nullif(p_occasion.error, p_move.error) end)::text,
        '"cause":"' || case when p_move.cause is not null then portarium_int.commitment(p_move.salt, pg_catalog.to_jsonb(p_move.cause)) end || '"',
        '"child":"' || coalesce(p_move.child, p_occasion.child) || '"',
        '"compensation":' || pg_catalog.to_json(p_move.undo ->> 'start_at')::text,
        '"decision":"' || p_occasion.decision || '"',
        '"definition":"' || p_occasion.definition || '"',
        '"ends":"' || p_move.ends || '"',
        '"error":' || pg_catalog.to_json(coalesce(p_move.error, p_occasion.error))::text,
        '"forked_entry":"' || (p_occasion.fork ->> 'entry') || '"',
        '"forked_run":"' || (p_occasion.fork ->> 'run') || '"',
        '"forked_seq":' || (p_occasion.fork ->> 'seq'),
        '"in":"' || case when p_move.from_epoch = 0 then portarium_int.commitment(p_move.salt, p_run.input) end || '"',
        '"items":' || p_occasion.items,
        '"out":"' || case when p_move.output is not null then portarium_int.commitment(p_move.salt, p_move.output) end || '"',
        '"parent":"' || case when p_move.from_epoch = 0 then p_run.parent_id end || '"',
        '"path":' || case when pg_catalog.cardinality(p_step.path) > 0 then pg_catalog.to_json(p_step.path)::text end,
        '"policy":"' || p_verdict.digest || '"',
        '"required":' || (p_move.gate ->> 'required'),
        '"result":"' || case when p_occasion.outcome is not null and p_move.output is null
            then portarium_int.commitment(p_move.salt, p_occasion.outcome) end || '"',
        '"slot":' || case when p_move.from_epoch = 0 then p_run.slot end,
        '"starts_at":"' || case when p_move.timer_kind = 'start' then portarium_int.iso_ms(p_move.due) end || '"',
        '"state":' || pg_catalog.to_json(p_move.cur)::text,
        '"token":' || p_occasion.token,
        '"undone":' || pg_catalog.to_json(p_occasion.undone)::text,
        '"verdict":"' || p_verdict.effect || '"',
        '"weak":' || pg_catalog.to_json(p_occasion.weak)::text,
        '"version":' || p_occasion.version,
        '"visit":' || case when p_move.next in ('ready', 'approval', 'expect', 'child', 'sql') then p_move.visit end,
        '"workflow":' || case when p_move.from_epoch = 0 then pg_catalog.to_json(p_run.workflow)::text end) || '}', 'UTF8');
end
$$;

-- A step that the engine must act on, with the action that it may be and the verdict over it.
create type portarium_int.judged as (
    step portarium_int.asl_step,
    adapter text,
    operation text,
    verdict portarium_int.verdict
);

-- p_known: a verdict over the same workflow version from the same statement, when the caller has one.
create function portarium_int.drive_and_judge(
    p_run portarium_int.run_fact,
    p_context jsonb,
    p_step portarium_int.asl_step,
    p_known portarium_int.move)
    returns portarium_int.judged
    language plpgsql
    as $$
declare
    v_judged portarium_int.judged;
    v_path text[];
begin
    loop
        p_step := portarium_int.asl_drive(p_run.tenant_id, p_run.def_id, null, p_step, p_context);
        if p_step.kind in ('parallel', 'map') then
            p_step := portarium_int.open_fork(p_run, p_context, p_step);
            continue when p_step.kind = 'next';
            exit;
        end if;
        exit when p_step.kind <> 'task';
        v_judged.adapter := portarium_int.adapter_of(p_step.resource);
        v_judged.operation := portarium_int.operation_of(p_step.resource);
        if v_judged.adapter is null then
            p_step := case
                when p_step.resource operator(pg_catalog.^@) 'portarium:workflow:' then portarium_int.open_child(p_run, p_context, p_step)
                when p_step.resource operator(pg_catalog.^@) 'portarium:signal:' then portarium_int.open_signal(p_step)
                else p_step end;
            continue when p_step.kind = 'next';
            exit;
        elsif v_judged.adapter = p_known.adapter and v_judged.operation = p_known.operation then
            v_judged.verdict := p_known.verdict;
        else
            v_judged.verdict := portarium_int.judge(p_run.tenant_id, p_run.tier, v_judged.adapter, v_judged.operation);
        end if;
        exit when (v_judged.verdict).effect <> 'deny';
        v_path := p_step.path;
        p_step := portarium_int.asl_error(portarium_int.asl_load(p_run.tenant_id, p_run.def_id, p_step.state),
            p_step.data, p_step.vars, p_context, 'Policy.Denied', (v_judged.verdict).reason, p_step.retries);
        p_step.path := v_path || p_step.path;
    end loop;
    v_judged.step := p_step;
    return v_judged;
end
$$;

-- What is waited for, with the limits that the step has.
create function portarium_int.expects_of(p_kind text, p_step portarium_int.asl_step, p_name text, p_correlation text)
    returns jsonb
    language sql
    immutable
    parallel safe
    as $$
    select pg_catalog.jsonb_build_object('kind', p_kind, 'name', p_name, 'correlation', p_correlation,
        'timeout', p_step.timeout_seconds, 'heartbeat', p_step.heartbeat_seconds)
$$;

-- The key that an adapter's limit_key ($.member.member) gives. Jobs without the member share one: nobody gets past a quota by leaving it out.
create function portarium_int.key_in(p_input jsonb, p_path text)
    returns text
    language sql
    immutable
    parallel safe
    as $$
    select case when p_path is not null
        then coalesce(portarium_int.asl_limit_key(p_input #> pg_catalog.string_to_array(pg_catalog.substr(p_path, 3), '.')), '') end
$$;

-- What happens next to a task: people first when the verdict wants them, then what its resource says.
create function portarium_int.next_of_task(
    p_run portarium_int.run_fact,
    p_approved boolean,
    p_judged portarium_int.judged,
    p_move portarium_int.move)
    returns portarium_int.move
    language plpgsql
    as $$
declare
    v_step portarium_int.asl_step := p_judged.step;
    v_verdict portarium_int.verdict := p_judged.verdict;
begin
    p_move.arg := nullif(v_step.input, v_step.data);
    if v_verdict.effect = 'approve' and p_judged.adapter is not null and not p_approved then
        p_move.next := 'approval';
        p_move.gate := pg_catalog.jsonb_build_object('approval_id', portarium_int.uuid7(), 'kind', 'policy',
            'prompt', v_verdict.reason, 'required', v_verdict.required, 'roles', v_verdict.roles, 'requested_by', p_run.initiator);
    elsif v_step.resource operator(pg_catalog.^@) 'portarium:action:' then
        p_move.next := 'ready';
        p_move.queue := v_verdict.queue;
        p_move.key := coalesce(v_step.limit_key, portarium_int.key_in(v_step.input, v_verdict.key_path));
        p_move.limits := nullif(array[v_step.timeout_seconds, v_step.heartbeat_seconds], '{null,null}');
        if pg_catalog.right(v_step.resource, 17) = '.waitForTaskToken' then
            -- heartbeats come with the token, not from the executor
            p_move.limits := nullif(array[v_step.timeout_seconds, null], '{null,null}');
            p_move.expects := portarium_int.expects_of('token', v_step, null, null);
        end if;
    elsif v_step.resource = 'portarium:approval' then
        p_move.next := 'approval';
        p_move.gate := portarium_int.gate_of(v_step.input, p_run.initiator);
        p_move.due := pg_catalog.clock_timestamp() + pg_catalog.make_interval(secs => v_step.timeout_seconds);
    elsif v_step.resource operator(pg_catalog.^@) 'portarium:sql:' then
        p_move.next := 'sql';
    else
        p_move := portarium_int.next_of_waiting(v_step, p_move);
    end if;
    return p_move;
end
$$;

-- A task that waits for something from outside, or starts it.
create function portarium_int.next_of_waiting(p_step portarium_int.asl_step, p_move portarium_int.move)
    returns portarium_int.move
    language plpgsql
    as $$
declare
    v_mode text;
begin
    p_move.next := 'expect';
    if p_step.resource operator(pg_catalog.^@) 'portarium:signal:' then
        p_move.expects := portarium_int.expects_of('signal', p_step, pg_catalog.substr(p_step.resource, 18),
            case when pg_catalog.jsonb_typeof(p_step.input) = 'object' then p_step.input ->> 'correlation' end);
    elsif p_step.resource operator(pg_catalog.^@) 'portarium:workflow:' then
        select c.mode into v_mode from portarium_int.child_of(p_step.resource) c;
        p_move.next := 'child';
        p_move.child := portarium_int.uuid7();
        if v_mode is not null then
            p_move.expects := portarium_int.expects_of('child', p_step, null, null);
        end if;
    else
        p_move.expects := portarium_int.expects_of('token', p_step, null, null);
    end if;
    return p_move;
end
$$;

-- Fills in what happens next, from what the interpreter wants; the event of the transition table that it is.
create function portarium_int.next_of(
    p_run portarium_int.run_fact,
    p_approved boolean,
    p_judged portarium_int.judged,
    p_move portarium_int.move)
    returns portarium_int.move
    language plpgsql
    as $$
declare
    v_step portarium_int.asl_step := p_judged.step;
    v_event text := 'advance';
begin
    case v_step.kind
        when 'task' then
            p_move := portarium_int.next_of_task(p_run, p_approved, p_judged, p_move);
            if p_move.next = 'approval' then
                v_event := 'gate';
            end if;
        when 'parallel', 'map' then
            p_move.arg := nullif(v_step.input, v_step.data);
            p_move.next := 'fork';
        when 'wait', 'retry' then
            p_move.next := 'timer';
            p_move.timer_kind := v_step.kind;
            p_move.due := coalesce(v_step.until, pg_catalog.clock_timestamp() + pg_catalog.make_interval(secs => v_step.seconds::float8));
        when 'succeed' then
            v_event := 'succeed';
            p_move.kind := case when p_run.root_id is null then 'run.succeeded' else 'strand.succeeded' end;
            p_move.output := v_step.data;
        when 'fail' then
            v_event := 'fail';
            p_move.kind := case when p_run.root_id is null then 'run.failed' else 'strand.failed' end;
            p_move.error := v_step.error;
            p_move.cause := v_step.cause;
            if p_run.root_id is null and (p_run.epoch > 0 or p_run.visit > 0) and portarium_int.has_undo(p_run, p_move.undo) then
                p_move.kind := 'run.compensating';
                p_move.next := 'undo';
                p_move.visit := p_move.visit + 1;
                p_move.ends := v_event;
                v_event := 'undo';
            end if;
    end case;
    p_move.state := portarium_int.next_state(p_run.state, v_event);
    return p_move;
end
$$;

-- A paused run's next effect: the run stands where it would begin. What is left of a retry's interval goes on, as timers do.
create function portarium_int.hold_back(p_move portarium_int.move, p_held text)
    returns portarium_int.move
    language plpgsql
    immutable
    as $$
begin
    p_move.held := p_held;
    if p_move.next is not null and p_move.timer_kind is distinct from 'retry' then
        p_move.held := 'work';
        if p_move.next <> 'undo' then
            p_move.state := 'RUNNING';
        end if;
        p_move.next := null;
        p_move.gate := null;
        p_move.expects := null;
        p_move.child := null;
    end if;
    return p_move;
end
$$;

create function portarium_int.settle(
    p_run portarium_int.run_fact,
    p_occasion portarium_int.occasion,
    p_step portarium_int.asl_step,
    p_context jsonb,
    p_known portarium_int.move default null)
    returns portarium_int.move
    language plpgsql
    as $$
declare
    v_judged portarium_int.judged;
    v_step portarium_int.asl_step;
    v_move portarium_int.move;
begin
    if p_context is not null and p_occasion.again is not true then
        -- a task that is entered from here on is in the next visit
        p_context := pg_catalog.jsonb_set(p_context, '{Task,Token}',
            pg_catalog.to_jsonb(portarium_int.token_of(p_run.tenant_id, p_run.run_id, p_run.visit + 1, 0)));
    end if;
    v_judged := portarium_int.drive_and_judge(p_run, p_context, p_step, p_known);
    v_step := v_judged.step;
    v_move.tenant_id := p_run.tenant_id;
    v_move.run_id := p_run.run_id;
    v_move.from_epoch := p_run.epoch;
    v_move.kind := p_occasion.kind;
    v_move.actor := p_occasion.actor;
    v_move.salt := portarium_int.salt();
    v_move.adapter := v_judged.adapter;
    v_move.operation := v_judged.operation;
    v_move.verdict := v_judged.verdict;
    v_move.cur := v_step.state;
    v_move.vars := v_step.vars;
    v_move.retries := v_step.retries;
    v_move.attempt := case when v_step.kind = 'retry' then p_run.attempt + 1 when p_occasion.again then p_run.attempt else 0 end;
    v_move.visit := p_run.visit + (v_step.kind in ('parallel', 'map') or v_step.kind = 'task' and not coalesce(p_occasion.again, false))::int;
    v_move.root_id := p_run.root_id;
    v_move.parent_id := p_run.parent_id;
    v_move.parent_visit := p_run.parent_visit;
    v_move.slot := p_run.slot;
    v_move.item := p_run.item;
    v_move.expected := p_occasion.expected;
    v_move.undo := p_occasion.undo;
    v_move.priority := p_run.priority;
    if v_step.kind in ('task', 'wait', 'retry', 'parallel', 'map', 'fail') and v_step.data is distinct from p_run.input then
        v_move.data := v_step.data;
    end if;
    v_move := portarium_int.next_of(p_run, coalesce(p_occasion.approved, false), v_judged, v_move);
    if p_run.held is not null then
        v_move := portarium_int.hold_back(v_move, p_run.held);
    end if;
    if v_move.state = 'SUCCEEDED' and p_run.root_id is null then
        -- nothing will ever undo it
        v_move.undo := null;
    end if;
    v_move.canon := portarium_int.describe(p_run, p_occasion, v_step, v_judged.verdict, v_move);
    return v_move;
end
$$;
