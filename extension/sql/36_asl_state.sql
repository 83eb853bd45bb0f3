-- SPDX-License-Identifier: PostgreSQL
--
-- The compiler: a valid definition to one compiled state for each member of States.

create function portarium_int.asl_data_path(
    p_state jsonb,
    p_field text
) returns text[]
language sql
immutable
parallel safe
as $$
    -- absent and "$" mean the whole value and need no program; a JSON null means an empty object
    select case
        when jsonb_typeof(p_state -> p_field) = 'null' then portarium_int.asl_literal_program('{}')
        when p_state ->> p_field <> '$' then portarium_int.asl_expression_program(p_state ->> p_field, p_field)
    end
$$;

comment on function portarium_int.asl_data_path(jsonb, text) is
'The program of InputPath or OutputPath; NULL when it takes the whole value.';

create function portarium_int.asl_result_steps(
    p_holder jsonb
) returns jsonb
language sql
immutable
parallel safe
as $$
    select case
        when p_holder ->> 'ResultPath' <> '$' then portarium_int.asl_path(p_holder ->> 'ResultPath') -> 'steps'
    end
$$;

comment on function portarium_int.asl_result_steps(jsonb) is
'The steps of the ResultPath of a state or catcher; NULL for "$", for none and for null.';

create function portarium_int.asl_either_program(
    p_state jsonb,
    p_field text
) returns text[]
language sql
immutable
parallel safe
as $$
    select coalesce(
        portarium_int.asl_literal_program(p_state -> p_field),
        portarium_int.asl_expression_program(p_state ->> (p_field || 'Path'), p_field || 'Path')
    )
$$;

comment on function portarium_int.asl_either_program(jsonb, text) is
'The program of a field that is given as a constant or as a path.';

create function portarium_int.asl_retriers(
    p_retry jsonb
) returns jsonb
language sql
immutable
parallel safe
as $$
    select jsonb_agg(
        jsonb_build_object('IntervalSeconds', 1, 'MaxAttempts', 3, 'BackoffRate', 2.0, 'JitterStrategy', 'NONE') || r.value - 'Comment'
        order by r.place)
    from jsonb_array_elements(p_retry) with ordinality as r (value, place)
$$;

comment on function portarium_int.asl_retriers(jsonb) is
'The retriers with their defaults filled in; NULL when there are none.';

create function portarium_int.asl_catchers(
    p_catch jsonb
) returns jsonb
language sql
immutable
parallel safe
as $$
    select jsonb_agg(
        jsonb_build_object(
            'ErrorEquals', c.value -> 'ErrorEquals',
            'Next', c.value -> 'Next',
            'Steps', portarium_int.asl_result_steps(c.value),
            'Discards', coalesce(jsonb_typeof(c.value -> 'ResultPath') = 'null', false),
            'Assign', portarium_int.asl_template_program(c.value -> 'Assign')::text)
        order by c.place)
    from jsonb_array_elements(p_catch) with ordinality as c (value, place)
    where not portarium_int.asl_is_compensation(c.value)
$$;

comment on function portarium_int.asl_catchers(jsonb) is
'The catchers of errors compiled; NULL when there are none.';

create function portarium_int.asl_compensation(
    p_catch jsonb
) returns jsonb
language sql
immutable
parallel safe
as $$
    select jsonb_build_object(
        'Next', c.value -> 'Next',
        'Steps', portarium_int.asl_result_steps(c.value),
        'Discards', coalesce(jsonb_typeof(c.value -> 'ResultPath') = 'null', false))
    from jsonb_array_elements(p_catch) as c
    where portarium_int.asl_is_compensation(c.value)
$$;

comment on function portarium_int.asl_compensation(jsonb) is
'The catcher that says how the state is undone, compiled; NULL when there is none.';

create function portarium_int.asl_map_programs(
    p_state jsonb
) returns jsonb
language sql
immutable
parallel safe
as $$
    select jsonb_build_object(
        'ItemsPath', portarium_int.asl_data_path(p_state, 'ItemsPath')::text,
        'ItemSelector', portarium_int.asl_template_program(coalesce(p_state -> 'ItemSelector', p_state -> 'Parameters'))::text,
        'MaxConcurrency', portarium_int.asl_either_program(p_state, 'MaxConcurrency')::text,
        'ToleratedFailureCount', portarium_int.asl_either_program(p_state, 'ToleratedFailureCount')::text,
        'ToleratedFailurePercentage', portarium_int.asl_either_program(p_state, 'ToleratedFailurePercentage')::text
    )
$$;

comment on function portarium_int.asl_map_programs(jsonb) is
'The programs that only a Map has, as text.';

create function portarium_int.asl_compile_state(
    p_name text,
    p_state jsonb
) returns portarium_int.asl_state
language plpgsql
immutable
parallel safe
as $$
declare
    r portarium_int.asl_state;
    v_rules jsonb := p_state -> 'Choices';
begin
    r.name := p_name;
    r.type := p_state ->> 'Type';
    r.next := coalesce(p_state ->> 'Next', p_state ->> 'Default');
    r.is_end := r.next is null and r.type <> 'Choice';
    r.resource := p_state ->> 'Resource';
    r.needs_ctx := jsonb_path_exists(p_state - array['Branches', 'Iterator', 'ItemProcessor'], '$.** ? (@ like_regex "\\$\\$")')
        or r.type = 'Wait' and p_state ?| array['Timestamp', 'TimestampPath'];
    r.input_path := portarium_int.asl_data_path(p_state, 'InputPath');
    r.output_path := portarium_int.asl_data_path(p_state, 'OutputPath');
    r.result := p_state -> 'Result';
    r.result_path := portarium_int.asl_result_steps(p_state);
    r.discards_result := coalesce(jsonb_typeof(p_state -> 'ResultPath') = 'null', false);
    r.result_selector := portarium_int.asl_template_program(p_state -> 'ResultSelector');
    r.assign := portarium_int.asl_template_program(p_state -> 'Assign');
    r.choices := portarium_int.asl_choice_program(v_rules);
    select
        array_agg(c.value ->> 'Next' order by c.place),
        array_agg(portarium_int.asl_template_program(c.value -> 'Assign')::text order by c.place)
    into r.choice_next, r.choice_assign
    from jsonb_array_elements(v_rules) with ordinality as c (value, place);
    r.wait_seconds := portarium_int.asl_either_program(p_state, 'Seconds');
    r.wait_until := portarium_int.asl_either_program(p_state, 'Timestamp');
    r.error := portarium_int.asl_either_program(p_state, 'Error');
    r.cause := portarium_int.asl_either_program(p_state, 'Cause');
    r.timeout_seconds := (p_state ->> 'TimeoutSeconds')::numeric;
    r.timeout_path := portarium_int.asl_expression_program(p_state ->> 'TimeoutSecondsPath', 'TimeoutSecondsPath');
    r.heartbeat_seconds := (p_state ->> 'HeartbeatSeconds')::numeric;
    r.heartbeat_path := portarium_int.asl_expression_program(p_state ->> 'HeartbeatSecondsPath', 'HeartbeatSecondsPath');
    r.limit_key := portarium_int.asl_expression_program(p_state ->> 'LimitKeyPath', 'LimitKeyPath');
    r.retry := portarium_int.asl_retriers(p_state -> 'Retry');
    r.catch := portarium_int.asl_catchers(p_state -> 'Catch');
    r.compensate := portarium_int.asl_compensation(p_state -> 'Catch');
    if r.type = 'Map' then
        r.machines := jsonb_build_array(coalesce(p_state -> 'ItemProcessor', p_state -> 'Iterator'));
        r.map := portarium_int.asl_map_programs(p_state);
    else
        r.machines := p_state -> 'Branches';
        r.parameters := portarium_int.asl_template_program(p_state -> 'Parameters');
    end if;
    return r;
end
$$;

comment on function portarium_int.asl_compile_state(text, jsonb) is
'One state compiled; the definition must be valid.';

create function portarium_int.asl_compile(
    p_definition jsonb
) returns setof portarium_int.asl_state
language sql
immutable
parallel safe
as $$
    select c.*
    from jsonb_each(p_definition -> 'States') as s, portarium_int.asl_compile_state(s.key, s.value) as c
$$;

comment on function portarium_int.asl_compile(jsonb) is
'The states of a valid definition compiled, in no order.';
