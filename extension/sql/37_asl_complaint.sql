-- SPDX-License-Identifier: PostgreSQL
--
-- Why a program gave nothing. Only ever runs after asl_fill or asl_choose failed, so it may evaluate again: the shortest part of a program
-- that has no result ends in the row to blame. The wording is AWS's where it was recorded, without the event number that only AWS knows.
-- Also here: whether a value is over the limit of the language.

create function portarium_int.asl_brackets(
    p_steps jsonb
) returns text
language sql
immutable
parallel safe
as $body$
    select '$' || coalesce(string_agg(
        case jsonb_typeof(s.value) when 'string' then format('[''%s'']', s.value #>> '{}') else format('[%s]', s.value) end,
        '' order by s.place), '')
    from jsonb_array_elements(p_steps) with ordinality as s (value, place)
$body$;

comment on function portarium_int.asl_brackets(jsonb) is
'Steps in the bracket notation that error causes use.';

create function portarium_int.asl_missing_path(
    p_word text,
    p_document jsonb
) returns text
language plpgsql
immutable
parallel safe
as $$
declare
    v_steps jsonb := portarium_int.asl_path(p_word) -> 'steps';
    v_there jsonb := p_document;
begin
    for i in 0 .. jsonb_array_length(v_steps) - 2 loop
        v_there := portarium_int.asl_child(v_there, v_steps -> i);
        if v_there is null then
            return format('Invalid path ''%s'' : Missing property in path %s', p_word,
                portarium_int.asl_brackets(jsonb_path_query_array(v_steps, '$[0 to $last]', jsonb_build_object('last', i))));
        end if;
    end loop;
    return format('Invalid path ''%s'' : No results for path: %s', p_word, portarium_int.asl_brackets(v_steps));
end
$$;

comment on function portarium_int.asl_missing_path(text, jsonb) is
'The cause for InputPath, OutputPath and the task timeouts, which name the first step that is missing.';

create function portarium_int.asl_blame(
    p_row text[],
    p_input jsonb,
    p_vars jsonb,
    p_ctx jsonb
) returns text
language plpgsql
immutable
parallel safe
as $$
declare
    v_document jsonb := case p_row[1] when 'input' then p_input when 'context' then p_ctx else p_vars end;
begin
    if p_row[1] = 'call' then
        return format('The function ''%s'' in the field ''%s'' has no result for its arguments', p_row[5], p_row[6]);
    elsif p_row[6] in ('InputPath', 'OutputPath', 'TimeoutSecondsPath', 'HeartbeatSecondsPath') then
        return portarium_int.asl_missing_path(p_row[5], v_document);
    elsif p_row[6] in ('SecondsPath', 'TimestampPath') then
        return format('The %s parameter does not reference an input value: %s', p_row[6], p_row[5]);
    elsif p_row[6] = 'ItemsPath' then
        return format('Reference path "%s" must point to array.', p_row[5]);
    end if;
    return format('The JSONPath ''%s'' specified for the field ''%s'' could not be found in the input ''%s''',
        p_row[5], p_row[6], portarium_int.asl_json_text(coalesce(v_document, '{}')));
end
$$;

comment on function portarium_int.asl_blame(text[], jsonb, jsonb, jsonb) is
'The cause for one row of a fill program.';

create function portarium_int.asl_complaint(
    p_program text[],
    p_input jsonb,
    p_vars jsonb,
    p_ctx jsonb
) returns text
language plpgsql
volatile
parallel safe
as $$
begin
    for i in 1 .. array_length(p_program, 1) loop
        if portarium_int.asl_fill(p_program[1:i], p_input, p_vars, p_ctx) is null then
            return portarium_int.asl_blame(
                array(select unnest(p_program[i:i])), p_input, p_vars, p_ctx);
        end if;
    end loop;
    return 'The value could not be computed';
end
$$;

comment on function portarium_int.asl_complaint(text[], jsonb, jsonb, jsonb) is
'Why asl_fill gave nothing for these arguments.';

create function portarium_int.asl_choice_complaint(
    p_program text[],
    p_row int,
    p_input jsonb,
    p_vars jsonb,
    p_ctx jsonb
) returns text
language plpgsql
stable
parallel safe
as $$
declare
    o text[] := array(select unnest(p_program[p_row:p_row]));
begin
    return format('Invalid path ''%s'': The choice state''s condition path references an invalid value.',
        case when portarium_int.asl_fetch(o[3], o[4], o[5], p_input, p_vars, p_ctx) is null then o[6] else o[10] end);
end
$$;

comment on function portarium_int.asl_choice_complaint(text[], int, jsonb, jsonb, jsonb) is
'Why asl_choose stopped in a row.';

create function portarium_int.asl_broken(
    p_name text,
    p_raw jsonb,
    p_vars jsonb,
    p_cause text,
    p_error text default 'States.Runtime'
) returns portarium_int.asl_step
language plpgsql
immutable
parallel safe
as $$
declare
    r portarium_int.asl_step;
begin
    r.kind := 'fail';
    r.state := p_name;
    r.data := p_raw;
    r.vars := p_vars;
    r.error := p_error;
    r.cause := format('An error occurred while executing the state ''%s''. %s', p_name, p_cause);
    return r;
end
$$;

comment on function portarium_int.asl_broken(text, jsonb, jsonb, text, text) is
'The step of a state that the interpreter itself cannot execute: a failure that nothing catches.';

create function portarium_int.asl_exceeds(
    p_value jsonb
) returns boolean
language sql
stable
parallel safe
as $$
    -- one byte of jsonb is at most six of text, so that small values are not printed; the spaces that jsonb prints are not counted
    select case
        when pg_column_size(p_value) <= 43690 then false
        when octet_length(p_value::text) not between 262145 and 524288 then octet_length(p_value::text) > 262144
        else octet_length(portarium_int.asl_json_text(p_value)) > 262144
    end
$$;

comment on function portarium_int.asl_exceeds(jsonb) is
'Whether the JSON text of a value is larger than 262,144 bytes. Kept to one expression, so that it is inlined into its callers.';
