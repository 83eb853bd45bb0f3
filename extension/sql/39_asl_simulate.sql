-- SPDX-License-Identifier: PostgreSQL
--
-- portarium.simulate: a document run to its end with mocks in place of tasks, on the functions that the engine uses.

create function portarium_int.asl_play_task(
    p_state portarium_int.asl_state,
    p_mocks jsonb,
    p_ctx jsonb,
    p_retries int[],
    inout p_play portarium_int.asl_play
)
language plpgsql
volatile
as $$
declare
    v_step portarium_int.asl_step := p_play.step;
    v_outcome jsonb;
begin
    select m.p_used, m.outcome into p_play.used, v_outcome from portarium_int.asl_mock(p_state, p_mocks, p_play.used) as m;
    p_play.step := case
        when v_outcome ? 'return' then portarium_int.asl_result(p_state, v_step.data, v_step.vars, p_ctx, v_outcome -> 'return', p_retries)
        else portarium_int.asl_error(
            p_state, v_step.data, v_step.vars, p_ctx, v_outcome ->> 'error', v_outcome ->> 'cause', p_retries)
    end;
    if v_outcome ? 'return' or portarium_int.asl_gives_up(p_state, v_outcome ->> 'error') then
        p_play := portarium_int.asl_play_push(p_state, v_step.data, p_ctx, coalesce(v_outcome -> 'return', 'null'), p_play);
    end if;
end
$$;

comment on function portarium_int.asl_play_task(portarium_int.asl_state, jsonb, jsonb, int[], portarium_int.asl_play) is
'A task done by its mock.';

create function portarium_int.asl_play_parallel(
    p_state portarium_int.asl_state,
    p_mocks jsonb,
    p_ctx jsonb,
    p_retries int[],
    inout p_play portarium_int.asl_play
)
language plpgsql
volatile
as $$
declare
    v_step portarium_int.asl_step := p_play.step;
    v_begin numeric := p_play.elapsed;
    v_end numeric := p_play.elapsed;
    v_deadline numeric := p_play.deadline;
    v_failure portarium_int.asl_step;
    v_results jsonb := '[]';
    v_branch jsonb;
begin
    for v_branch in select b.value from jsonb_array_elements(p_state.machines) as b loop
        -- branches run side by side: each starts at the same time and is ended by the first failure, the last one to end is what is waited for
        p_play.elapsed := v_begin;
        p_play := portarium_int.asl_play_machine(v_branch, v_step.input, v_step.vars, p_mocks, p_ctx, p_play);
        v_end := greatest(v_end, p_play.elapsed);
        if (p_play.step).kind = 'succeed' then
            v_results := v_results || jsonb_build_array((p_play.step).data);
        elsif (p_play.step).kind = 'fail' then
            v_failure := p_play.step;
            p_play.deadline := p_play.elapsed;
        end if;
    end loop;
    p_play.elapsed := case when v_failure.kind is null then v_end else p_play.deadline end;
    p_play.deadline := v_deadline;
    if v_failure.kind is null then
        p_play.step := portarium_int.asl_result(p_state, v_step.data, v_step.vars, p_ctx, v_results, p_retries);
        p_play := portarium_int.asl_play_push(p_state, v_step.data, p_ctx, v_results, p_play);
    else
        p_play.step := portarium_int.asl_error(p_state, v_step.data, v_step.vars, p_ctx, v_failure.error, v_failure.cause, p_retries);
        p_play := portarium_int.asl_play_forget(p_play);
    end if;
end
$$;

comment on function portarium_int.asl_play_parallel(portarium_int.asl_state, jsonb, jsonb, int[], portarium_int.asl_play) is
'The branches of a Parallel in their order; the failure that comes first in simulated time decides.';

create function portarium_int.asl_play_items(
    p_state portarium_int.asl_state,
    p_mocks jsonb,
    p_ctx jsonb,
    p_items jsonb,
    p_most int,
    p_fatal int,
    inout p_play portarium_int.asl_play,
    out results jsonb,
    out failures numeric[],
    out error text,
    out cause text,
    out problem text
)
language plpgsql
volatile
as $$
declare
    v_step portarium_int.asl_step := p_play.step;
    v_begin numeric := p_play.elapsed;
    v_deadline numeric := p_play.deadline;
    v_free numeric[] := array_fill(v_begin, array[coalesce(p_most, 1)]);
    v_slot int := 1;
    v_item record;
begin
    results := '[]';
    failures := '{}';
    for i in 0 .. jsonb_array_length(p_items) - 1 loop
        select m.* into v_item from portarium_int.asl_map_item(p_state, v_step, p_ctx, p_items -> i, i) as m;
        problem := v_item.problem;
        exit when problem is not null;
        if p_most is not null then
            v_slot := array_position(v_free, (select min(f) from unnest(v_free) as f));
            v_begin := v_free[v_slot];
        end if;
        p_play.elapsed := v_begin;
        p_play := portarium_int.asl_play_machine(p_state.machines -> 0, v_item.input, v_step.vars, p_mocks, v_item.ctx, p_play);
        v_free[v_slot] := greatest(v_free[v_slot], p_play.elapsed);
        if (p_play.step).kind = 'succeed' then
            results := results || jsonb_build_array((p_play.step).data);
        elsif (p_play.step).kind = 'fail' then
            results := results || jsonb_build_array(jsonb_build_object('Error', (p_play.step).error, 'Cause', (p_play.step).cause));
            if failures = '{}' or p_play.elapsed < failures[1] then
                error := (p_play.step).error;
                cause := (p_play.step).cause;
            end if;
            failures := array(select f from unnest(failures || p_play.elapsed) as f order by f);
            -- the failure that is one too many ends the others
            p_play.deadline := least(v_deadline, failures[p_fatal]);
        end if;
    end loop;
    p_play.elapsed := coalesce(failures[p_fatal], (select max(f) from unnest(v_free) as f));
    p_play.deadline := v_deadline;
    p_play := portarium_int.asl_play_forget(p_play);
end
$$;

comment on function portarium_int.asl_play_items(portarium_int.asl_state, jsonb, jsonb, jsonb, int, int, portarium_int.asl_play) is
'The iterations of a Map in index order, p_most at once, until p_fatal of them have failed. A failed one''s result is its error output; failures are their times in order, error and cause those of the first.';

create function portarium_int.asl_play_map(
    p_state portarium_int.asl_state,
    p_mocks jsonb,
    p_ctx jsonb,
    p_retries int[],
    inout p_play portarium_int.asl_play
)
language plpgsql
volatile
as $$
declare
    v_step portarium_int.asl_step := p_play.step;
    v_map record;
    v_done record;
    v_fatal int := 1;
begin
    select m.* into v_map from portarium_int.asl_map_problem(p_state, v_step, p_ctx) as m;
    if v_map.problem is not null then
        p_play.step := portarium_int.asl_broken(p_state.name, v_step.data, v_step.vars, v_map.problem);
        return;
    elsif v_map.tolerated_count is not null or v_map.tolerated_percentage is not null then
        v_fatal := least(v_map.tolerated_count, floor(v_map.tolerated_percentage * jsonb_array_length(v_map.items) / 100)) + 1;
    end if;
    select d.* into v_done from portarium_int.asl_play_items(p_state, p_mocks, p_ctx, v_map.items, v_map.most, v_fatal, p_play) as d;
    p_play := v_done.p_play;
    p_play.step := case
        when v_done.problem is not null then portarium_int.asl_broken(p_state.name, v_step.data, v_step.vars, v_done.problem)
        when v_done.failures[v_fatal] is null then portarium_int.asl_result(p_state, v_step.data, v_step.vars, p_ctx, v_done.results, p_retries)
        when v_map.tolerated_count is not null or v_map.tolerated_percentage is not null then portarium_int.asl_error(
            p_state, v_step.data, v_step.vars, p_ctx,
            'States.ExceedToleratedFailureThreshold', 'The specified tolerated failure threshold was exceeded', p_retries)
        else portarium_int.asl_error(p_state, v_step.data, v_step.vars, p_ctx, v_done.error, v_done.cause, p_retries)
    end;
    if v_done.problem is null and v_done.failures[v_fatal] is null then
        p_play := portarium_int.asl_play_push(p_state, v_step.data, p_ctx, v_done.results, p_play);
    end if;
end
$$;

comment on function portarium_int.asl_play_map(portarium_int.asl_state, jsonb, jsonb, int[], portarium_int.asl_play) is
'A Map: without a tolerance the failure that comes first decides, with one the failure that is one too many.';

create function portarium_int.asl_play_step(
    p_state portarium_int.asl_state,
    p_mocks jsonb,
    p_ctx jsonb,
    p_retries int[],
    inout p_play portarium_int.asl_play
)
language plpgsql
volatile
as $$
declare
    v_step portarium_int.asl_step := p_play.step;
begin
    case v_step.kind
        when 'task' then
            p_play := portarium_int.asl_play_task(p_state, p_mocks, p_ctx, p_retries, p_play);
        when 'parallel' then
            p_play := portarium_int.asl_play_parallel(p_state, p_mocks, p_ctx, p_retries, p_play);
        when 'map' then
            p_play := portarium_int.asl_play_map(p_state, p_mocks, p_ctx, p_retries, p_play);
        when 'wait' then
            p_play.elapsed := greatest(p_play.elapsed, coalesce(
                p_play.elapsed + v_step.seconds,
                extract(epoch from v_step.until) - extract(epoch from (p_ctx #>> '{Execution,StartTime}')::timestamptz)));
            p_play.step := portarium_int.asl_after_wait(p_state, v_step.data, v_step.vars, p_ctx);
        when 'retry' then
            p_play.elapsed := p_play.elapsed + v_step.seconds;
            p_play.step := portarium_int.asl_enter(p_state, v_step.data, v_step.vars, p_ctx);
    end case;
end
$$;

comment on function portarium_int.asl_play_step(portarium_int.asl_state, jsonb, jsonb, int[], portarium_int.asl_play) is
'Does what one step asks for.';

create function portarium_int.asl_play_machine(
    p_machine jsonb,
    p_input jsonb,
    p_vars jsonb,
    p_mocks jsonb,
    p_ctx jsonb,
    inout p_play portarium_int.asl_play
)
language plpgsql
volatile
as $$
declare
    v_states portarium_int.asl_state[] := array(select c from portarium_int.asl_compile(p_machine) as c);
    v_state portarium_int.asl_state;
    v_step portarium_int.asl_step;
    v_ctx jsonb;
    v_retries int[];
    v_attempt int;
begin
    v_step.kind := 'next';
    v_step.next := p_machine ->> 'StartAt';
    v_step.data := p_input;
    v_step.vars := p_vars;
    -- what is neither succeed nor fail in the end has not ended in time
    p_play.step := v_step;
    loop
        exit when p_play.elapsed >= p_play.deadline;
        p_ctx := jsonb_set(p_ctx, '{State,EnteredTime}', portarium_int.asl_play_now(p_ctx, p_play.elapsed));
        if v_step.kind = 'next' then
            v_step := portarium_int.asl_drive(null, null, v_states, v_step, p_ctx);
            p_play.trace := p_play.trace || v_step.path;
            v_step.path := null;
            v_retries := null;
            v_attempt := 0;
        end if;
        if cardinality(p_play.trace) + v_attempt > 10000 then
            v_step := portarium_int.asl_broken(v_step.state, v_step.data, v_step.vars, 'The simulation took more than 10000 steps.');
        end if;
        p_play.step := v_step;
        exit when v_step.kind in ('succeed', 'fail');
        v_state := portarium_int.asl_pick(v_states, v_step.state);
        if v_step.kind = 'retry' then
            v_retries := v_step.retries;
            v_attempt := v_attempt + 1;
        end if;
        v_ctx := jsonb_set(portarium_int.asl_state_ctx(p_ctx, v_state), '{State,RetryCount}', to_jsonb(v_attempt), false);
        p_play := portarium_int.asl_play_step(v_state, p_mocks, v_ctx, v_retries, p_play);
        v_step := p_play.step;
    end loop;
end
$$;

comment on function portarium_int.asl_play_machine(jsonb, jsonb, jsonb, jsonb, jsonb, portarium_int.asl_play) is
'Runs a machine to its end: the step is then succeed or fail, or the deadline has passed.';

create function portarium_int.asl_play_undo(
    p_definition jsonb,
    p_mocks jsonb,
    p_ctx jsonb,
    inout p_play portarium_int.asl_play
)
language plpgsql
volatile
as $$
declare
    v_undo jsonb;
begin
    p_play.deadline := null;
    p_play.undone := '{}';
    for v_undo in
        select u.value from jsonb_array_elements(p_play.undos) with ordinality as u (value, place) order by u.place desc
    loop
        if v_undo ? 'input' then
            p_play := portarium_int.asl_play_machine(
                portarium_int.asl_undo_machine(p_definition, v_undo ->> 'start_at'), v_undo -> 'input', v_undo -> 'vars', p_mocks,
                case when v_undo -> 'item' = 'null' then p_ctx else jsonb_set(p_ctx, '{Map}', jsonb_build_object('Item', v_undo -> 'item')) end,
                p_play);
        end if;
        p_play.stuck := not v_undo ? 'input' or (p_play.step).kind <> 'succeed';
        exit when p_play.stuck;
        p_play.undone := p_play.undone || (v_undo ->> 'state');
    end loop;
end
$$;

comment on function portarium_int.asl_play_undo(jsonb, jsonb, jsonb, portarium_int.asl_play) is
'Undoes what was done, the last first, until one cannot be undone.';

create function portarium_int.asl_refuse_simulation(
    p_definition jsonb
) returns void
language plpgsql
stable
as $$
declare
    v_report jsonb := portarium.validate_workflow(p_definition);
    v_feature text;
begin
    if not (v_report ->> 'valid')::boolean then
        raise exception using
            errcode = 'UP002',
            message = 'workflow definition has errors',
            detail = v_report ->> 'findings',
            hint = 'portarium.validate_workflow lists them.';
    end if;
    select f.feature into v_feature
    from portarium_int.asl_features(p_definition) as f
    where f.feature in ('JSONata', 'ItemReader', 'ItemBatcher', 'ResultWriter')
    limit 1;
    if v_feature is not null then
        raise exception using
            errcode = 'UP008',
            message = format('simulation does not support "%s"', v_feature),
            hint = 'portarium.validate_workflow says where it is used.';
    end if;
end
$$;

comment on function portarium_int.asl_refuse_simulation(jsonb) is
'Raises when a document cannot be simulated. Errors: UP002 invalid definition, UP008 unsupported feature.';

create function portarium.simulate(
    definition jsonb,
    input jsonb default '{}',
    mocks jsonb default '{}'
) returns jsonb
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
    v_play portarium_int.asl_play;
    v_ctx jsonb := jsonb_build_object(
        'Execution', jsonb_build_object(
            'Id', 'simulation', 'Input', coalesce(input, '{}'), 'Name', 'simulation', 'RoleArn', 'simulation', 'RedriveCount', 0,
            'StartTime', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')),
        'StateMachine', jsonb_build_object('Id', 'simulation', 'Name', 'simulation'),
        'State', '{}'::jsonb,
        'Task', jsonb_build_object('Token', 'simulation'));
    v_step portarium_int.asl_step;
    v_out boolean;
    v_undoes boolean;
begin
    perform portarium_int.asl_refuse_simulation(definition);
    v_play.used := '{}';
    v_play.trace := '{}';
    v_play.elapsed := 0;
    v_play.deadline := nullif((definition ->> 'TimeoutSeconds')::numeric, 0);
    v_play.undos := '[]';
    v_play := portarium_int.asl_play_machine(definition, coalesce(input, '{}'), '{}', coalesce(mocks, '{}'), v_ctx, v_play);
    v_step := v_play.step;
    v_out := coalesce(v_play.elapsed >= v_play.deadline, false);
    v_undoes := (v_out or v_step.kind <> 'succeed') and v_play.undos <> '[]';
    if v_undoes then
        v_play := portarium_int.asl_play_undo(definition, coalesce(mocks, '{}'), v_ctx, v_play);
    end if;
    return jsonb_build_object(
        'status', case when v_play.stuck then 'COMPENSATION_FAILED' when v_out then 'TIMED_OUT' when v_step.kind = 'succeed' then 'SUCCEEDED'
            else 'FAILED' end,
        'output', case when v_step.kind = 'succeed' and not v_out then v_step.data end,
        'error', case when not v_out then v_step.error end,
        'cause', case when not v_out then v_step.cause end,
        'trace', to_jsonb(v_play.trace)
    ) || case when v_undoes then jsonb_build_object('undone', to_jsonb(v_play.undone)) else '{}' end;
end
$$;

comment on function portarium.simulate(jsonb, jsonb, jsonb) is
'Runs a document without side effects on the interpreter''s own code and returns {"status", "output", "error", "cause", "trace"}: the status in the words of ASL executions, the trace with every state entered in order; where something was undone also "undone", the states in that order, and the status COMPENSATION_FAILED when the next could not be. mocks maps a state or resource to a list of {"return": …} or {"error": …, "cause": …}, one for each attempt, the last one repeated. Waits take no time. Errors: UP002 invalid definition, UP007 a task has no mock, UP008 unsupported feature';
