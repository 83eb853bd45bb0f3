-- SPDX-License-Identifier: PostgreSQL
--
-- What a simulation needs beside the interpreter: its state, its clock, the mocks, and the items and limits of a Map.
--
-- A play is one machine's run. Inner machines of Parallel and Map are plays of their own on the same clock, trace and mock counters. Time is
-- a number of seconds that waits and retries add to, so an execution's TimeoutSeconds can end it while the caller waits for nothing.

create type portarium_int.asl_play as (
    step portarium_int.asl_step,
    -- results used so far of each mock, by its key in mocks
    used jsonb,
    trace text[],
    elapsed numeric,
    deadline numeric,
    -- what can be undone, in the order in which it was done, each with the time; what was undone, and whether the next could not be
    undos jsonb,
    undone text[],
    stuck boolean
);

comment on type portarium_int.asl_play is
'the state of a simulation that is handed from state to state';

create function portarium_int.asl_play_now(
    p_ctx jsonb,
    p_elapsed numeric
) returns jsonb
language sql
immutable
parallel safe
as $$
    select to_jsonb(to_char(
        (p_ctx #>> '{Execution,StartTime}')::timestamp + make_interval(secs => p_elapsed::float8), 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
$$;

comment on function portarium_int.asl_play_now(jsonb, numeric) is
'The simulated time.';

create function portarium_int.asl_mock(
    p_state portarium_int.asl_state,
    p_mocks jsonb,
    inout p_used jsonb,
    out outcome jsonb
)
language plpgsql
immutable
parallel safe
as $$
declare
    v_key text := case when p_mocks ? p_state.name then p_state.name when p_mocks ? p_state.resource then p_state.resource end;
    v_results jsonb := p_mocks -> v_key;
    v_used int := coalesce((p_used ->> v_key)::int, 0);
begin
    if jsonb_typeof(v_results) = 'object' then
        v_results := jsonb_build_array(v_results);
    end if;
    outcome := v_results -> least(v_used, jsonb_array_length(v_results) - 1);
    if outcome is null or not (outcome ? 'return' or outcome ? 'error') then
        raise exception using
            errcode = 'UP007',
            message = format('state "%s" has no mock', p_state.name),
            detail = format('A mock is found by the name of the state or by its resource "%s".', p_state.resource),
            hint = 'Give a list such as [{"return": 1}] or [{"error": "States.Timeout", "cause": ""}].';
    end if;
    p_used := jsonb_set(p_used, array[v_key], to_jsonb(v_used + 1));
end
$$;

comment on function portarium_int.asl_mock(portarium_int.asl_state, jsonb, jsonb) is
'The next result of a state''s mock, the last one again and again. Errors: UP007 no mock.';

create function portarium_int.asl_map_number(
    p_state portarium_int.asl_state,
    p_field text,
    p_input jsonb,
    p_vars jsonb,
    p_ctx jsonb,
    out value numeric,
    out problem text
)
language plpgsql
volatile
as $$
declare
    v_program text[] := p_state.map ->> p_field;
    v_found jsonb;
begin
    if v_program is null then
        return;
    end if;
    v_found := portarium_int.asl_fill(v_program, p_input, p_vars, p_ctx);
    if v_found is null then
        problem := portarium_int.asl_complaint(v_program, p_input, p_vars, p_ctx);
    elsif jsonb_typeof(v_found) <> 'number' or (p_field <> 'ToleratedFailurePercentage' and (v_found #>> '{}')::numeric % 1 <> 0) then
        problem := format('The %sPath field refers to value "%s" which is not a valid %s: %s', p_field, v_found #>> '{}',
            case p_field when 'ToleratedFailurePercentage' then 'float' else 'integer' end, v_program[1][5]);
    elsif p_field = 'ToleratedFailurePercentage' and (v_found < '0' or v_found > '100') then
        problem := format('%s must be between 0 and 100.', p_field);
    elsif v_found < '0' then
        problem := format('%s cannot be negative.', p_field);
    else
        value := v_found #>> '{}';
    end if;
end
$$;

comment on function portarium_int.asl_map_number(portarium_int.asl_state, text, jsonb, jsonb, jsonb) is
'MaxConcurrency or a tolerance of a Map; NULL when it has none, or a problem.';

create function portarium_int.asl_map_item(
    p_state portarium_int.asl_state,
    p_step portarium_int.asl_step,
    p_ctx jsonb,
    p_item jsonb,
    p_index int,
    out ctx jsonb,
    out input jsonb,
    out problem text
)
language plpgsql
volatile
as $$
declare
    v_program text[] := p_state.map ->> 'ItemSelector';
begin
    ctx := p_ctx || jsonb_build_object('Map', jsonb_build_object('Item', jsonb_build_object('Index', p_index, 'Value', p_item)));
    input := p_item;
    if v_program is not null then
        input := portarium_int.asl_fill(v_program, p_step.input, p_step.vars, ctx);
        if input is null then
            problem := portarium_int.asl_complaint(v_program, p_step.input, p_step.vars, ctx);
        end if;
    end if;
end
$$;

comment on function portarium_int.asl_map_item(portarium_int.asl_state, portarium_int.asl_step, jsonb, jsonb, int) is
'The input of one iteration and the context object that it sees. In an ItemSelector "$" is the whole input of the Map.';

create function portarium_int.asl_map_problem(
    p_state portarium_int.asl_state,
    p_step portarium_int.asl_step,
    p_ctx jsonb,
    out items jsonb,
    out tolerated_count numeric,
    out tolerated_percentage numeric,
    out most int,
    out problem text
)
language plpgsql
volatile
as $$
declare
    v_program text[] := p_state.map ->> 'ItemsPath';
    v_path text := coalesce(v_program[1][5], '$');
begin
    items := case when v_program is null then p_step.input
        else portarium_int.asl_fill(v_program, p_step.input, p_step.vars, p_ctx) end;
    if jsonb_typeof(items) is distinct from 'array' then
        problem := format('Reference path "%s" must point to array.', v_path);
        return;
    end if;
    select least(nullif(n.value, 0), 10000)::int, n.problem into most, problem
    from portarium_int.asl_map_number(p_state, 'MaxConcurrency', p_step.input, p_step.vars, p_ctx) as n;
    select n.value, coalesce(asl_map_problem.problem, n.problem) into tolerated_count, problem
    from portarium_int.asl_map_number(p_state, 'ToleratedFailureCount', p_step.input, p_step.vars, p_ctx) as n;
    select n.value, coalesce(asl_map_problem.problem, n.problem) into tolerated_percentage, problem
    from portarium_int.asl_map_number(p_state, 'ToleratedFailurePercentage', p_step.input, p_step.vars, p_ctx) as n;
end
$$;

comment on function portarium_int.asl_map_problem(portarium_int.asl_state, portarium_int.asl_step, jsonb) is
'The items and limits of a Map, or why it cannot start.';
