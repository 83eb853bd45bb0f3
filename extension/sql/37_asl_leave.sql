-- SPDX-License-Identifier: PostgreSQL
--
-- Leaving a state: with data (asl_finish), with a value that goes through Assign, ResultPath and OutputPath (asl_leave), with the result of a
-- task (asl_result), after a wait (asl_after_wait), or with an error (asl_error): retry, catch or fail.
--
-- Variables change only when a state is left; OutputPath still sees the old ones.

create function portarium_int.asl_assign(
    p_program text[],
    p_from jsonb,
    p_vars jsonb,
    p_ctx jsonb
) returns jsonb
language sql
volatile
parallel safe
as $$
    select coalesce(p_vars, '{}') || portarium_int.asl_fill(p_program, p_from, p_vars, p_ctx)
$$;

comment on function portarium_int.asl_assign(text[], jsonb, jsonb, jsonb) is
'The variables after an Assign; NULL when a value of it cannot be computed.';

create function portarium_int.asl_finish(
    p_state portarium_int.asl_state,
    p_raw jsonb,
    p_vars jsonb,
    p_ctx jsonb,
    p_assign text[],
    p_from jsonb,
    p_value jsonb,
    p_next text
) returns portarium_int.asl_step
language plpgsql
volatile
parallel safe
as $$
declare
    r portarium_int.asl_step;
begin
    r.vars := p_vars;
    if p_assign is not null then
        r.vars := portarium_int.asl_assign(p_assign, p_from, p_vars, p_ctx);
        if r.vars is null then
            return portarium_int.asl_broken(
                p_state.name, p_raw, p_vars, portarium_int.asl_complaint(p_assign, p_from, p_vars, p_ctx));
        end if;
    end if;
    r.data := p_value;
    if p_state.output_path is not null then
        r.data := portarium_int.asl_fill(p_state.output_path, p_value, p_vars, p_ctx);
        if r.data is null then
            return portarium_int.asl_broken(
                p_state.name, p_raw, p_vars, portarium_int.asl_complaint(p_state.output_path, p_value, p_vars, p_ctx));
        end if;
    end if;
    if portarium_int.asl_exceeds(r.data) then
        return portarium_int.asl_oversize(p_state, p_raw, p_vars, p_ctx, 'returned a result', null);
    end if;
    r.kind := case when p_next is null then 'succeed' else 'next' end;
    r.state := p_state.name;
    r.next := p_next;
    return r;
end
$$;

comment on function portarium_int.asl_finish(portarium_int.asl_state, jsonb, jsonb, jsonb, text[], jsonb, jsonb, text) is
'Assign from p_from, OutputPath on p_value, and on to p_next.';

create function portarium_int.asl_leave(
    p_state portarium_int.asl_state,
    p_raw jsonb,
    p_vars jsonb,
    p_ctx jsonb,
    p_from jsonb,
    p_value jsonb
) returns portarium_int.asl_step
language plpgsql
volatile
parallel safe
as $$
begin
    if p_state.discards_result then
        p_value := p_raw;
    elsif p_state.result_path is not null then
        p_value := portarium_int.asl_put(p_raw, p_state.result_path, p_value);
        if p_value is null then
            return portarium_int.asl_broken(
                p_state.name, p_raw, p_vars,
                format('Unable to apply ResultPath %s to the state''s input', portarium_int.asl_brackets(p_state.result_path)),
                'States.ResultPathMatchFailure');
        end if;
    end if;
    return portarium_int.asl_finish(p_state, p_raw, p_vars, p_ctx, p_state.assign, p_from, p_value, p_state.next);
end
$$;

comment on function portarium_int.asl_leave(portarium_int.asl_state, jsonb, jsonb, jsonb, jsonb, jsonb) is
'A value into the raw input by ResultPath, then asl_finish.';

create function portarium_int.asl_result(
    p_state portarium_int.asl_state,
    p_raw jsonb,
    p_vars jsonb,
    p_ctx jsonb,
    p_result jsonb,
    p_retries int[] default null
) returns portarium_int.asl_step
language plpgsql
volatile
parallel safe
as $$
declare
    r portarium_int.asl_step;
    v_value jsonb := p_result;
begin
    if portarium_int.asl_exceeds(p_result) then
        return portarium_int.asl_oversize(p_state, p_raw, p_vars, p_ctx, 'returned a result', coalesce(p_retries, '{}'));
    end if;
    if p_state.result_selector is not null then
        v_value := portarium_int.asl_fill(p_state.result_selector, p_result, p_vars, p_ctx);
        if v_value is null then
            return portarium_int.asl_broken(
                p_state.name, p_raw, p_vars, portarium_int.asl_complaint(p_state.result_selector, p_result, p_vars, p_ctx));
        elsif portarium_int.asl_exceeds(v_value) then
            return portarium_int.asl_oversize(p_state, p_raw, p_vars, p_ctx, 'returned a result', null);
        end if;
    end if;
    if p_state.assign is not null or p_state.output_path is not null or p_state.result_path is not null then
        return portarium_int.asl_leave(p_state, p_raw, p_vars, p_ctx, p_result, v_value);
    end if;
    -- the usual case needs neither call
    r.kind := case when p_state.next is null then 'succeed' else 'next' end;
    r.state := p_state.name;
    r.data := case when p_state.discards_result then p_raw else v_value end;
    r.vars := p_vars;
    r.next := p_state.next;
    return r;
end
$$;

comment on function portarium_int.asl_result(portarium_int.asl_state, jsonb, jsonb, jsonb, jsonb, int[]) is
'A task, approval, parallel or map state ended well: p_raw is its raw input, p_result what it gave. p_retries as in asl_error, for a result over the limit.';

create function portarium_int.asl_after_wait(
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
    -- asl_enter evaluated this path before the wait, on the same arguments
    v_input jsonb := case
        when p_state.input_path is null then p_raw
        else portarium_int.asl_fill(p_state.input_path, p_raw, p_vars, p_ctx)
    end;
begin
    return portarium_int.asl_finish(p_state, p_raw, p_vars, p_ctx, p_state.assign, v_input, v_input, p_state.next);
end
$$;

comment on function portarium_int.asl_after_wait(portarium_int.asl_state, jsonb, jsonb, jsonb) is
'A Wait is over.';

create function portarium_int.asl_error_matches(
    p_names jsonb,
    p_error text
) returns boolean
language sql
immutable
parallel safe
as $$
    -- a missed heartbeat answers to its own name and to States.Timeout; States.TaskFailed stands for everything but timeouts
    select p_names ? coalesce(p_error, '')
        or p_names ? 'States.ALL'
        or (p_error = 'States.HeartbeatTimeout' and p_names ? 'States.Timeout')
        or (p_names ? 'States.TaskFailed' and coalesce(p_error, '') not in ('States.Timeout', 'States.HeartbeatTimeout'))
$$;

comment on function portarium_int.asl_error_matches(jsonb, text) is
'Whether ErrorEquals names an error.';

create function portarium_int.asl_retry_delay(
    p_retrier jsonb,
    p_spent int
) returns numeric
language sql
volatile
parallel safe
as $$
    -- the cap first, the jitter second; the exponent is bounded so that the power stays a number
    select round(d.delay * case when p_retrier ->> 'JitterStrategy' = 'FULL' then random()::numeric else 1 end, 3)
    from (
        select least(
            (p_retrier ->> 'IntervalSeconds')::numeric * power((p_retrier ->> 'BackoffRate')::numeric, least(p_spent, 1000)),
            coalesce((p_retrier ->> 'MaxDelaySeconds')::numeric, 31622400)) as delay
    ) as d
$$;

comment on function portarium_int.asl_retry_delay(jsonb, int) is
'Seconds until the next attempt after p_spent retries by this retrier.';

create function portarium_int.asl_catch(
    p_state portarium_int.asl_state,
    p_raw jsonb,
    p_vars jsonb,
    p_catcher jsonb,
    p_ctx jsonb,
    p_error text,
    p_cause text
) returns portarium_int.asl_step
language plpgsql
volatile
parallel safe
as $$
declare
    r portarium_int.asl_step;
    v_output jsonb := jsonb_build_object('Error', p_error, 'Cause', case when p_error = 'States.Timeout' then coalesce(p_cause, '') else p_cause end);
    v_assign text[] := p_catcher ->> 'Assign';
begin
    r.kind := 'next';
    r.state := p_state.name;
    r.next := p_catcher ->> 'Next';
    r.vars := p_vars;
    if v_assign is not null then
        r.vars := portarium_int.asl_assign(v_assign, v_output, p_vars, p_ctx);
        if r.vars is null then
            return portarium_int.asl_broken(p_state.name, p_raw, p_vars, portarium_int.asl_complaint(v_assign, v_output, p_vars, p_ctx));
        end if;
    end if;
    r.data := case
        when (p_catcher ->> 'Discards')::boolean then p_raw
        when jsonb_typeof(p_catcher -> 'Steps') = 'array' and p_catcher -> 'Steps' <> '[]'
            then portarium_int.asl_put(p_raw, p_catcher -> 'Steps', v_output)
        else v_output
    end;
    if r.data is null then
        return portarium_int.asl_broken(
            p_state.name, p_raw, p_vars,
            format('Unable to apply ResultPath %s to the state''s input', portarium_int.asl_brackets(p_catcher -> 'Steps')),
            'States.ResultPathMatchFailure');
    end if;
    return r;
end
$$;

comment on function portarium_int.asl_catch(portarium_int.asl_state, jsonb, jsonb, jsonb, jsonb, text, text) is
'Takes a catcher: the error output into the raw input, no ResultSelector, ResultPath or OutputPath of the state.';

create function portarium_int.asl_error(
    p_state portarium_int.asl_state,
    p_raw jsonb,
    p_vars jsonb,
    p_ctx jsonb,
    p_error text,
    p_cause text,
    p_retries int[]
) returns portarium_int.asl_step
language plpgsql
volatile
parallel safe
as $$
declare
    r portarium_int.asl_step;
    v_handler jsonb;
    v_place int;
begin
    r.state := p_state.name;
    r.data := p_raw;
    r.vars := p_vars;
    -- published under one name whichever clock ran out
    r.error := case when p_error = 'States.HeartbeatTimeout' then 'States.Timeout' else p_error end;
    r.cause := p_cause;
    if p_error is distinct from 'States.Runtime' then
        -- the first retrier that names the error decides, also when it is used up
        select t.value, t.place into v_handler, v_place
        from jsonb_array_elements(p_state.retry) with ordinality as t (value, place)
        where portarium_int.asl_error_matches(t.value -> 'ErrorEquals', p_error)
        order by t.place
        limit 1;
        if coalesce(p_retries[v_place], 0) < (v_handler ->> 'MaxAttempts')::int then
            r.kind := 'retry';
            r.seconds := portarium_int.asl_retry_delay(v_handler, coalesce(p_retries[v_place], 0));
            r.retries := coalesce(nullif(p_retries, '{}'), array_fill(0, array[jsonb_array_length(p_state.retry)]));
            r.retries[v_place] := r.retries[v_place] + 1;
            return r;
        end if;
        select t.value into v_handler
        from jsonb_array_elements(p_state.catch) with ordinality as t (value, place)
        where portarium_int.asl_error_matches(t.value -> 'ErrorEquals', p_error)
        order by t.place
        limit 1;
        if found then
            return portarium_int.asl_catch(p_state, p_raw, p_vars, v_handler, p_ctx, r.error, p_cause);
        end if;
    end if;
    r.kind := 'fail';
    return r;
end
$$;

comment on function portarium_int.asl_error(portarium_int.asl_state, jsonb, jsonb, jsonb, text, text, int[]) is
'The work of a state failed: retry after some seconds, on to a catcher''s state, or fail. p_retries is what the last retry step of this visit gave, else NULL or empty.';

create function portarium_int.asl_oversize(
    p_state portarium_int.asl_state,
    p_raw jsonb,
    p_vars jsonb,
    p_ctx jsonb,
    p_what text,
    p_retries int[]
) returns portarium_int.asl_step
language plpgsql
volatile
parallel safe
as $$
begin
    if p_retries is null then
        -- made here and not by a task: another attempt would be as large
        p_state.retry := null;
    end if;
    return portarium_int.asl_error(p_state, p_raw, p_vars, p_ctx, 'States.DataLimitExceeded',
        format('The state/task ''%s'' %s with a size exceeding the maximum number of bytes service limit.',
            coalesce(p_state.resource, p_state.name), p_what), p_retries);
end
$$;

comment on function portarium_int.asl_oversize(portarium_int.asl_state, jsonb, jsonb, jsonb, text, int[]) is
'A value of the state is over the limit: an error that may be caught, and retried unless p_retries is NULL.';
