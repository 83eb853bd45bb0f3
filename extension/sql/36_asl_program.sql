-- SPDX-License-Identifier: PostgreSQL
--
-- Making programs: from paths and templates for asl_fill, from Choice rules for asl_choose. The row layouts are at the head of 34.
-- Everything here assumes a definition that the checks (38) accepted.

create function portarium_int.asl_keys(
    p_path jsonb,
    out keys text,
    out steps text
)
language plpgsql
immutable
parallel safe
as $$
begin
    -- #> takes a key that looks like a number for an array index too, so only other names may use it
    if (p_path ->> 'definite')::boolean
        and not jsonb_path_exists(p_path, '$.steps[*] ? (@.type() == "number" || @ like_regex "^\\s*[-+]?[0-9]")')
    then
        keys := array(select jsonb_array_elements_text(p_path -> 'steps'))::text;
    elsif (p_path ->> 'definite')::boolean then
        steps := p_path ->> 'steps';
    else
        steps := jsonb_build_object('any', p_path -> 'steps')::text;
    end if;
end
$$;

comment on function portarium_int.asl_keys(jsonb) is
'How a parsed path is followed: keys for #> where that is exact, else steps for asl_walk.';

create function portarium_int.asl_emit(
    p_program text[],
    p_node jsonb,
    p_target text[],
    p_field text
) returns text[]
language plpgsql
immutable
parallel safe
as $$
declare
    v_keys text;
    v_steps text;
    v_argument jsonb;
    v_rows int[] := '{}';
begin
    if p_node ? 'path' then
        select k.keys, k.steps into v_keys, v_steps from portarium_int.asl_keys(p_node -> 'path') as k;
        return p_program || array[[p_node #>> '{path,root}', v_keys, v_steps, p_target::text, p_node #>> '{path,word}', p_field]];
    elsif p_node ? 'value' then
        return p_program || array[['literal', (p_node -> 'value')::text, null, p_target::text, null, p_field]];
    end if;
    for v_argument in select a.value from jsonb_array_elements(p_node -> 'arguments') as a loop
        -- the template of Format keeps its escapes, because Format itself tells \{ from {
        if p_node ->> 'call' = 'States.Format' and v_rows = '{}' and v_argument ? 'raw' then
            v_argument := jsonb_build_object('value', v_argument -> 'raw');
        end if;
        p_program := portarium_int.asl_emit(p_program, v_argument, null, p_field);
        v_rows := v_rows || array_length(p_program, 1);
    end loop;
    return p_program || array[['call', v_rows::text, null, p_target::text, p_node ->> 'call', p_field]];
end
$$;

comment on function portarium_int.asl_emit(text[], jsonb, text[], text) is
'A program with the rows of one expression added, the arguments of a call before the call.';

create function portarium_int.asl_expression_program(
    p_text text,
    p_field text
) returns text[]
language sql
immutable
strict
parallel safe
as $$
    select portarium_int.asl_emit('{}', portarium_int.asl_expression(p_text), null, p_field)
$$;

comment on function portarium_int.asl_expression_program(text, text) is
'The program of one path or intrinsic call.';

create function portarium_int.asl_literal_program(
    p_value jsonb
) returns text[]
language sql
immutable
strict
parallel safe
as $$
    select array[['literal', p_value::text, null, null, null, null]]
$$;

comment on function portarium_int.asl_literal_program(jsonb) is
'The program of one constant.';

create function portarium_int.asl_stem(
    p_key text
) returns text
language sql
immutable
parallel safe
as $$
    select case when p_key like '%.$' then left(p_key, -2) else p_key end
$$;

comment on function portarium_int.asl_stem(text) is
'The name of a template''s field without the ".$" of a computed one.';

create function portarium_int.asl_template_base(
    p_template jsonb
) returns jsonb
language plpgsql
immutable
parallel safe
as $$
begin
    case jsonb_typeof(p_template)
        when 'object' then
            return (
                select coalesce(jsonb_object_agg(
                    portarium_int.asl_stem(m.key),
                    case when m.key like '%.$' then 'null' else portarium_int.asl_template_base(m.value) end), '{}')
                from jsonb_each(p_template) as m
            );
        when 'array' then
            return (
                select coalesce(jsonb_agg(portarium_int.asl_template_base(e.value) order by e.place), '[]')
                from jsonb_array_elements(p_template) with ordinality as e (value, place)
            );
        else
            return p_template;
    end case;
end
$$;

comment on function portarium_int.asl_template_base(jsonb) is
'A payload template with null in place of every value that is computed.';

create function portarium_int.asl_template_holes(
    p_template jsonb,
    p_target text[]
) returns table (target text[], field text, expression text)
language plpgsql
immutable
parallel safe
as $$
declare
    v_key text;
    v_value jsonb;
begin
    for v_key, v_value in
        select m.key, m.value from jsonb_each(case when jsonb_typeof(p_template) = 'object' then p_template else '{}' end) as m
        union all
        select (e.place - 1)::text, e.value
        from jsonb_array_elements(case when jsonb_typeof(p_template) = 'array' then p_template else '[]' end)
            with ordinality as e (value, place)
    loop
        if v_key like '%.$' then
            return query select p_target || left(v_key, -2), v_key, v_value #>> '{}';
        else
            return query select h.target, h.field, h.expression from portarium_int.asl_template_holes(v_value, p_target || v_key) as h;
        end if;
    end loop;
end
$$;

comment on function portarium_int.asl_template_holes(jsonb, text[]) is
'The computed values of a template with their places, in the order of jsonb keys, which is the order in which errors are found.';

create function portarium_int.asl_template_program(
    p_template jsonb
) returns text[]
language plpgsql
immutable
strict
parallel safe
as $$
declare
    v_target text[];
    v_field text;
    v_expression text;
    v_program text[] := array[['base', portarium_int.asl_template_base(p_template)::text, null, null, null, null]];
begin
    for v_target, v_field, v_expression in
        select h.target, h.field, h.expression from portarium_int.asl_template_holes(p_template, '{}') as h
    loop
        v_program := portarium_int.asl_emit(v_program, portarium_int.asl_expression(v_expression), v_target, v_field);
    end loop;
    return v_program;
end
$$;

comment on function portarium_int.asl_template_program(jsonb) is
'The program of a payload template.';

create function portarium_int.asl_pattern(
    p_pattern text
) returns text
language sql
immutable
parallel safe
as $$
    select '^' || coalesce(string_agg(
        case
            when t.m[1] = '*' then '.*'
            when t.m[1] in ('\*', '\\') then t.m[1]
            else regexp_replace(t.m[1], '([^[:alnum:]])', '\\\1', 'g')
        end, ''), '') || '$'
    from regexp_matches(p_pattern, '\\[*\\]|\*|[^*\\]+', 'g') as t (m)
$$;

comment on function portarium_int.asl_pattern(text) is
'The regular expression of a StringMatches pattern: "*" is any run of characters, "\*" and "\\" stand for themselves.';

create function portarium_int.asl_comparison(
    p_rule jsonb,
    p_then int,
    p_else int
) returns text[]
language plpgsql
immutable
parallel safe
as $$
declare
    v_operator text;
    v_value jsonb;
    v_left text[] := portarium_int.asl_expression_program(p_rule ->> 'Variable', 'Variable');
    v_right text[];
    v_family text;
    v_relation text;
begin
    select m.key, m.value into v_operator, v_value
    from jsonb_each(p_rule) as m
    where m.key not in ('Variable', 'Next', 'Comment', 'Assign');
    v_family := substring(v_operator from '^(String|Numeric|Boolean|Timestamp)');
    v_relation := substring(v_operator from '(?:LessThan|GreaterThan)?(?:Equals)?(?=(?:Path)?$)');
    if v_operator like '%Path' then
        v_right := portarium_int.asl_expression_program(v_value #>> '{}', v_operator);
    elsif v_operator = 'StringMatches' then
        v_right := portarium_int.asl_literal_program(to_jsonb(portarium_int.asl_pattern(v_value #>> '{}')));
    else
        v_right := portarium_int.asl_literal_program(v_value);
    end if;
    return array[[
        case when v_operator like 'Is%' then v_operator when v_family = 'Numeric' then 'number' else lower(v_family) end,
        case when v_operator like 'Is%' then 'is' when v_operator = 'StringMatches' then 'matches' else v_relation end,
        v_left[1][1], v_left[1][2], v_left[1][3], v_left[1][5],
        v_right[1][1], v_right[1][2], v_right[1][3], v_right[1][5],
        p_then::text, p_else::text
    ]];
end
$$;

comment on function portarium_int.asl_comparison(jsonb, int, int) is
'The row of one comparison.';

create function portarium_int.asl_condition_rows(
    p_rule jsonb
) returns int
language sql
immutable
parallel safe
as $$
    select count(*)::int from jsonb_path_query(p_rule, 'strict $.**.Variable')
$$;

comment on function portarium_int.asl_condition_rows(jsonb) is
'How many comparisons a rule has.';

create function portarium_int.asl_condition(
    p_rule jsonb,
    p_start int,
    p_then int,
    p_else int
) returns text[]
language plpgsql
immutable
parallel safe
as $$
declare
    v_parts jsonb := coalesce(p_rule -> 'And', p_rule -> 'Or');
    v_part jsonb;
    v_next int := p_start;
    v_rows text[] := '{}';
begin
    if p_rule ? 'Not' then
        return portarium_int.asl_condition(p_rule -> 'Not', p_start, p_else, p_then);
    elsif v_parts is null then
        return portarium_int.asl_comparison(p_rule, p_then, p_else);
    end if;
    for i in 0 .. jsonb_array_length(v_parts) - 1 loop
        v_part := v_parts -> i;
        p_start := v_next;
        v_next := v_next + portarium_int.asl_condition_rows(v_part);
        if i = jsonb_array_length(v_parts) - 1 then
            v_rows := v_rows || portarium_int.asl_condition(v_part, p_start, p_then, p_else);
        elsif p_rule ? 'And' then
            v_rows := v_rows || portarium_int.asl_condition(v_part, p_start, v_next, p_else);
        else
            v_rows := v_rows || portarium_int.asl_condition(v_part, p_start, p_then, v_next);
        end if;
    end loop;
    return v_rows;
end
$$;

comment on function portarium_int.asl_condition(jsonb, int, int, int) is
'The rows of a rule whose first row has number p_start; p_then and p_else are where to go when it holds and when it does not.';

create function portarium_int.asl_choice_program(
    p_rules jsonb
) returns text[]
language plpgsql
immutable
strict
parallel safe
as $$
declare
    v_rule jsonb;
    v_number int := 0;
    v_start int := 1;
    v_after int;
    v_program text[] := '{}';
begin
    for v_rule in select r.value from jsonb_array_elements(p_rules) as r loop
        v_number := v_number + 1;
        -- an Assign may have a member called Variable, which is no comparison
        v_rule := v_rule - 'Assign';
        v_after := v_start + portarium_int.asl_condition_rows(v_rule);
        v_program := v_program || portarium_int.asl_condition(
            v_rule, v_start, -v_number, case when v_number = jsonb_array_length(p_rules) then 0 else v_after end);
        v_start := v_after;
    end loop;
    return v_program;
end
$$;

comment on function portarium_int.asl_choice_program(jsonb) is
'The choose program of all rules of a Choice.';
