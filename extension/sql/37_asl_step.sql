-- SPDX-License-Identifier: PostgreSQL
--
-- Entering a state, and driving from state to state until something has to happen outside: a task, a wait, a retry, or the end.

create function portarium_int.asl_choice_step(
    p_state portarium_int.asl_state,
    p_raw jsonb,
    p_vars jsonb,
    p_ctx jsonb,
    p_input jsonb
) returns portarium_int.asl_step
language plpgsql
volatile
parallel safe
as $$
declare
    v_rule int := portarium_int.asl_choose(p_state.choices, p_input, p_vars, p_ctx);
begin
    if v_rule < 0 then
        return portarium_int.asl_broken(p_state.name, p_raw, p_vars,
            portarium_int.asl_choice_complaint(p_state.choices, -v_rule, p_input, p_vars, p_ctx));
    elsif v_rule = 0 and p_state.next is null then
        return portarium_int.asl_broken(p_state.name, p_raw, p_vars,
            'Failed to transition out of the state. The state does not point to a next state.');
    elsif v_rule = 0 then
        return portarium_int.asl_finish(p_state, p_raw, p_vars, p_ctx, p_state.assign, p_input, p_input, p_state.next);
    end if;
    return portarium_int.asl_finish(
        p_state, p_raw, p_vars, p_ctx, p_state.choice_assign[v_rule]::text[], p_input, p_input, p_state.choice_next[v_rule]);
end
$$;

comment on function portarium_int.asl_choice_step(portarium_int.asl_state, jsonb, jsonb, jsonb, jsonb) is
'Leaves a Choice by the first rule that holds, or by Default. The state-level Assign belongs to Default only.';

create function portarium_int.asl_wait_problem(
    p_state portarium_int.asl_state,
    p_value jsonb,
    p_now timestamptz
) returns text
language plpgsql
stable
parallel safe
as $$
declare
    v_seconds numeric := portarium_int.asl_instant(portarium_int.asl_text(p_value)) - extract(epoch from p_now);
begin
    if p_state.wait_seconds is not null then
        if jsonb_typeof(p_value) <> 'number' or p_value #>> '{}' ~ '\.\d*[1-9]' then
            return format('The SecondsPath parameter cannot be parsed as a long value: %s == %s',
                p_state.wait_seconds[1][5], portarium_int.asl_json_text(p_value));
        end if;
        v_seconds := p_value #>> '{}';
        if v_seconds < 0 then
            return format('The SecondsPath parameter references a negative value: %s == %s', p_state.wait_seconds[1][5], v_seconds);
        end if;
    elsif v_seconds is null then
        return format('The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: %s == %s',
            p_state.wait_until[1][5], coalesce(portarium_int.asl_text(p_value), portarium_int.asl_json_text(p_value)));
    end if;
    -- 2^31 seconds are 24,855 days and a little
    return case when v_seconds > 24855 * 86400 then 'Wait state delay is too long.' end;
end
$$;

comment on function portarium_int.asl_wait_problem(portarium_int.asl_state, jsonb, timestamptz) is
'Why a value cannot be waited for at p_now, the time the state is entered; NULL when it can.';

create function portarium_int.asl_wait_step(
    p_state portarium_int.asl_state,
    p_raw jsonb,
    p_vars jsonb,
    p_ctx jsonb,
    p_input jsonb
) returns portarium_int.asl_step
language plpgsql
volatile
parallel safe
as $$
declare
    r portarium_int.asl_step;
    v_program text[] := coalesce(p_state.wait_seconds, p_state.wait_until);
    v_value jsonb := portarium_int.asl_fill(v_program, p_input, p_vars, p_ctx);
    v_problem text;
begin
    if v_value is null then
        return portarium_int.asl_broken(p_state.name, p_raw, p_vars, portarium_int.asl_complaint(v_program, p_input, p_vars, p_ctx));
    end if;
    v_problem := portarium_int.asl_wait_problem(p_state, v_value, (p_ctx #>> '{State,EnteredTime}')::timestamptz);
    if v_problem is not null then
        return portarium_int.asl_broken(p_state.name, p_raw, p_vars, v_problem);
    end if;
    r.kind := 'wait';
    r.state := p_state.name;
    r.data := p_raw;
    r.vars := p_vars;
    if p_state.wait_seconds is not null then
        r.seconds := v_value #>> '{}';
    else
        r.until := timestamptz 'epoch' + make_interval(secs => portarium_int.asl_instant(v_value #>> '{}')::float8);
    end if;
    return r;
end
$$;

comment on function portarium_int.asl_wait_step(portarium_int.asl_state, jsonb, jsonb, jsonb, jsonb) is
'How long, or until when, a Wait waits.';

create function portarium_int.asl_fail_step(
    p_state portarium_int.asl_state,
    p_raw jsonb,
    p_vars jsonb,
    p_ctx jsonb
) returns portarium_int.asl_step
language plpgsql
volatile
parallel safe
as $$
declare
    r portarium_int.asl_step;
    v_program text[];
    v_value jsonb;
begin
    r.kind := 'fail';
    r.state := p_state.name;
    r.data := p_raw;
    r.vars := p_vars;
    if p_state.error is not null then
        v_value := portarium_int.asl_fill(p_state.error, p_raw, p_vars, p_ctx);
        r.error := portarium_int.asl_text(v_value);
    end if;
    if p_state.cause is not null and (p_state.error is null or r.error is not null) then
        v_value := portarium_int.asl_fill(p_state.cause, p_raw, p_vars, p_ctx);
        r.cause := portarium_int.asl_text(v_value);
    end if;
    v_program := case when p_state.error is not null and r.error is null then p_state.error
        when p_state.cause is not null and r.cause is null then p_state.cause end;
    if v_program is null then
        return r;
    elsif v_value is null then
        return portarium_int.asl_broken(p_state.name, p_raw, p_vars, portarium_int.asl_complaint(v_program, p_raw, p_vars, p_ctx));
    end if;
    return portarium_int.asl_broken(p_state.name, p_raw, p_vars,
        format('The field ''%s'' must be a string but was: %s', v_program[1][6], portarium_int.asl_json_text(v_value)));
end
$$;

comment on function portarium_int.asl_fail_step(portarium_int.asl_state, jsonb, jsonb, jsonb) is
'The error and cause of a Fail state.';

create function portarium_int.asl_enter(
    p_state portarium_int.asl_state,
    p_raw jsonb,
    p_vars jsonb,
    p_ctx jsonb
) returns portarium_int.asl_step
language plpgsql
volatile
parallel safe
as $$
declare
    r portarium_int.asl_step;
    v_selected jsonb := p_raw;
    v_input jsonb;
begin
    if p_state.input_path is not null then
        v_selected := portarium_int.asl_fill(p_state.input_path, p_raw, p_vars, p_ctx);
        if v_selected is null then
            return portarium_int.asl_broken(
                p_state.name, p_raw, p_vars, portarium_int.asl_complaint(p_state.input_path, p_raw, p_vars, p_ctx));
        end if;
    end if;
    v_input := v_selected;
    if p_state.parameters is not null then
        v_input := portarium_int.asl_fill(p_state.parameters, v_selected, p_vars, p_ctx);
        if v_input is null then
            return portarium_int.asl_broken(
                p_state.name, p_raw, p_vars, portarium_int.asl_complaint(p_state.parameters, v_selected, p_vars, p_ctx));
        elsif p_state.type <> 'Pass' and portarium_int.asl_exceeds(v_input) then
            return portarium_int.asl_oversize(p_state, p_raw, p_vars, p_ctx, 'was given an input', null);
        end if;
    end if;
    case p_state.type
        when 'Task', 'Parallel', 'Map' then
            r.kind := lower(p_state.type);
            r.state := p_state.name;
            r.data := p_raw;
            r.vars := p_vars;
            r.resource := p_state.resource;
            r.input := v_input;
            if p_state.timeout_path is not null or p_state.heartbeat_path is not null or p_state.limit_key is not null then
                return portarium_int.asl_limited_step(p_state, r, v_selected, p_ctx);
            end if;
            r.timeout_seconds := p_state.timeout_seconds;
            r.heartbeat_seconds := p_state.heartbeat_seconds;
            return r;
        when 'Pass' then
            v_input := coalesce(p_state.result, v_input);
            return portarium_int.asl_leave(p_state, p_raw, p_vars, p_ctx, v_input, v_input);
        when 'Choice' then
            return portarium_int.asl_choice_step(p_state, p_raw, p_vars, p_ctx, v_input);
        when 'Wait' then
            return portarium_int.asl_wait_step(p_state, p_raw, p_vars, p_ctx, v_input);
        when 'Succeed' then
            return portarium_int.asl_finish(p_state, p_raw, p_vars, p_ctx, null, v_input, v_input, null);
        when 'Fail' then
            return portarium_int.asl_fail_step(p_state, p_raw, p_vars, p_ctx);
    end case;
end
$$;

comment on function portarium_int.asl_enter(portarium_int.asl_state, jsonb, jsonb, jsonb) is
'Enters a state with its raw input, the variables and the context object (NULL unless the state needs it).';

create function portarium_int.asl_load(
    p_tenant uuid,
    p_def_id int,
    p_name text
) returns portarium_int.asl_state
language plpgsql
stable
as $$
declare
    v_state portarium_int.asl_state;
begin
    select
        d.name, d.type, d.next, d.is_end, d.resource, d.needs_ctx, d.input_path, d.parameters, d.result, d.result_selector,
        d.result_path, d.discards_result, d.output_path, d.assign, d.choices, d.choice_next, d.choice_assign, d.wait_seconds,
        d.wait_until, d.error, d.cause, d.timeout_seconds, d.timeout_path, d.heartbeat_seconds, d.heartbeat_path, d.retry,
        d.catch, d.machines, d.map, d.compensate, d.limit_key
    into v_state
    from definition_state as d
    where d.tenant_id = p_tenant and d.def_id = p_def_id and d.name = p_name;
    if not found then
        raise exception using
            errcode = 'UP901',
            message = format('compiled state "%s" is missing', p_name),
            detail = format('Definition %s of tenant %s names a state that it does not have.', p_def_id, p_tenant);
    end if;
    return v_state;
end
$$;

comment on function portarium_int.asl_load(uuid, int, text) is
'A state of a registered definition. Errors: UP901 no such state.';

create function portarium_int.asl_pick(
    p_states portarium_int.asl_state[],
    p_name text
) returns portarium_int.asl_state
language plpgsql
immutable
parallel safe
as $$
declare
    v_state portarium_int.asl_state;
begin
    foreach v_state in array p_states loop
        if v_state.name = p_name then
            return v_state;
        end if;
    end loop;
    raise exception using errcode = 'UP901', message = format('compiled state "%s" is missing', p_name);
end
$$;

comment on function portarium_int.asl_pick(portarium_int.asl_state[], text) is
'A state of a definition that is not registered. Errors: UP901 no such state.';

create function portarium_int.asl_state_ctx(
    p_ctx jsonb,
    p_state portarium_int.asl_state
) returns jsonb
language sql
immutable
parallel safe
as $$
    -- only states that can be retried show how often they were, only tasks that wait for a token show one
    select jsonb_set(
        case when p_state.resource like '%.waitForTaskToken' then p_ctx else p_ctx - 'Task' end,
        '{State}',
        (p_ctx -> 'State') - 'RetryCount'
        || jsonb_build_object('Name', p_state.name)
        || case when p_state.type in ('Task', 'Parallel', 'Map') then '{"RetryCount": 0}'::jsonb else '{}' end)
$$;

comment on function portarium_int.asl_state_ctx(jsonb, portarium_int.asl_state) is
'The context object as a state sees it that is entered for the first time in a visit.';

create function portarium_int.asl_drive(
    p_tenant uuid,
    p_def_id int,
    p_states portarium_int.asl_state[],
    p_step portarium_int.asl_step,
    p_ctx jsonb
) returns portarium_int.asl_step
language plpgsql
volatile
as $$
declare
    v_state portarium_int.asl_state;
    v_path text[] := coalesce(p_step.path, '{}');
    v_name text;
    v_ctx jsonb;
begin
    while p_step.kind = 'next' loop
        v_name := p_step.next;
        if cardinality(v_path) >= 10000 then
            p_step := portarium_int.asl_broken(v_name, p_step.data, p_step.vars, 'The run entered 10000 states without a task or a wait.');
            exit;
        end if;
        v_path := v_path || v_name;
        v_state := case
            when p_states is null then portarium_int.asl_load(p_tenant, p_def_id, v_name)
            else portarium_int.asl_pick(p_states, v_name)
        end;
        if v_state.needs_ctx then
            v_ctx := portarium_int.asl_state_ctx(p_ctx, v_state);
        end if;
        p_step := portarium_int.asl_enter(v_state, p_step.data, p_step.vars, v_ctx);
    end loop;
    p_step.path := v_path;
    return p_step;
end
$$;

comment on function portarium_int.asl_drive(uuid, int, portarium_int.asl_state[], portarium_int.asl_step, jsonb) is
'Enters states until the step is not next any more; the step''s path lists them. At most 10,000, then it fails States.Runtime.';
