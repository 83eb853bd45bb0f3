-- SPDX-License-Identifier: PostgreSQL
--
-- What a task is limited by and its input says: its timeout, its heartbeat, the key that quotas count its job by.

create function portarium_int.asl_limit(
    p_literal int,
    p_program text[],
    p_input jsonb,
    p_vars jsonb,
    p_ctx jsonb
) returns int
language plpgsql
volatile
parallel safe
as $$
declare
    v_value jsonb;
begin
    if p_program is null then
        return coalesce(p_literal, 0);
    end if;
    v_value := portarium_int.asl_fill(p_program, p_input, p_vars, p_ctx);
    if jsonb_typeof(v_value) = 'number' and v_value >= '1' and v_value <= '99999999' and (v_value #>> '{}')::numeric % 1 = 0 then
        return (v_value #>> '{}')::numeric;
    end if;
    return null;
end
$$;

comment on function portarium_int.asl_limit(int, text[], jsonb, jsonb, jsonb) is
'A timeout in seconds, 0 for none; NULL when its path does not give a positive integer.';

create function portarium_int.asl_limit_key(
    p_value jsonb
) returns text
language sql
immutable
parallel safe
as $$
    select case
        when jsonb_typeof(p_value) in ('object', 'array', 'null') then null
        when octet_length(p_value #>> '{}') > 200 then encode(sha256(convert_to(p_value #>> '{}', 'UTF8')), 'hex')
        else p_value #>> '{}' end
$$;

comment on function portarium_int.asl_limit_key(jsonb) is
'The key that a value is: a text, number or boolean as it is written, a long one by its hash; NULL for anything else.';

create function portarium_int.asl_limit_problem(
    p_program text[],
    p_value jsonb
) returns text
language sql
immutable
parallel safe
as $$
    select case when p_value is not null then format('The %s parameter does not reference a %s: %s == %s', p_program[1][6],
        case p_program[1][6] when 'LimitKeyPath' then 'string, number or boolean' else 'positive integer' end,
        p_program[1][5], portarium_int.asl_json_text(p_value)) end
$$;

comment on function portarium_int.asl_limit_problem(text[], jsonb) is
'Why a value is no limit; NULL when there is none.';

create function portarium_int.asl_limited_step(
    p_state portarium_int.asl_state,
    p_step portarium_int.asl_step,
    p_input jsonb,
    p_ctx jsonb
) returns portarium_int.asl_step
language plpgsql
volatile
parallel safe
as $$
declare
    v_timeout int := portarium_int.asl_limit(p_state.timeout_seconds, p_state.timeout_path, p_input, p_step.vars, p_ctx);
    v_heartbeat int := portarium_int.asl_limit(p_state.heartbeat_seconds, p_state.heartbeat_path, p_input, p_step.vars, p_ctx);
    v_program text[] := case when v_timeout is null then p_state.timeout_path when v_heartbeat is null then p_state.heartbeat_path end;
    v_value jsonb;
begin
    if p_state.limit_key is not null then
        p_step.limit_key := portarium_int.asl_limit_key(portarium_int.asl_fill(p_state.limit_key, p_input, p_step.vars, p_ctx));
        v_program := coalesce(v_program, case when p_step.limit_key is null then p_state.limit_key end);
    end if;
    if v_program is null then
        p_step.timeout_seconds := nullif(v_timeout, 0);
        p_step.heartbeat_seconds := nullif(v_heartbeat, 0);
        return p_step;
    end if;
    v_value := portarium_int.asl_fill(v_program, p_input, p_step.vars, p_ctx);
    return portarium_int.asl_broken(p_state.name, p_step.data, p_step.vars,
        coalesce(portarium_int.asl_limit_problem(v_program, v_value), portarium_int.asl_complaint(v_program, p_input, p_step.vars, p_ctx)));
end
$$;

comment on function portarium_int.asl_limited_step(portarium_int.asl_state, portarium_int.asl_step, jsonb, jsonb) is
'A task step with its limits taken from paths.';
