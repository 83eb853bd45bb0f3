-- SPDX-License-Identifier: PostgreSQL
--
-- Checking the small languages inside a document: paths, payload templates, intrinsic calls, patterns, JSONata delimiters.

create function portarium_int.asl_calls(
    p_node jsonb
) returns table (name text, arguments jsonb)
language sql
immutable
parallel safe
as $$
    select c.value ->> 'call', c.value -> 'arguments'
    from jsonb_path_query(p_node, 'strict $.** ? (exists(@.call) && exists(@.arguments))') as c (value)
$$;

comment on function portarium_int.asl_calls(jsonb) is
'Every call in a parsed expression.';

create function portarium_int.asl_expression_problem(
    p_text text
) returns text
language plpgsql
immutable
parallel safe
as $$
declare
    v_node jsonb := portarium_int.asl_expression(p_text);
    v_problem text;
begin
    if v_node is null then
        return 'must be a valid JSONPath or a valid intrinsic function call';
    end if;
    select case
        when i.name is null then format('calls the intrinsic function ''%s'', which does not exist', c.name)
        else format('calls the intrinsic function ''%s'' with %s arguments', c.name, jsonb_array_length(c.arguments))
    end into v_problem
    from portarium_int.asl_calls(v_node) as c
    left join portarium_int.asl_intrinsics() as i on i.name = c.name
    where i.name is null or jsonb_array_length(c.arguments) not between i.least_arguments and i.most_arguments
    limit 1;
    return v_problem;
end
$$;

comment on function portarium_int.asl_expression_problem(text) is
'What is wrong with a path or intrinsic call; NULL when nothing is.';

create function portarium_int.asl_check_template(
    p_pointer text,
    p_template jsonb
) returns setof portarium_int.asl_finding
language plpgsql
immutable
parallel safe
as $$
declare
    v_key text;
    v_value jsonb;
    v_problem text;
begin
    for v_key, v_value in
        select m.key, m.value from jsonb_each(portarium_int.asl_object(p_template)) as m
        union all
        select (e.place - 1)::text, e.value from jsonb_array_elements(portarium_int.asl_array(p_template)) with ordinality as e (value, place)
    loop
        if v_key not like '%.$' then
            return query select f.* from portarium_int.asl_check_template(portarium_int.asl_at(p_pointer, v_key), v_value) as f;
            continue;
        end if;
        v_problem := case
            when v_key = '.$' then 'has no name before ".$"'
            when p_template ? left(v_key, -2) then format('conflicts with the field ''%s''', left(v_key, -2))
            when jsonb_typeof(v_value) <> 'string' then 'must be a valid JSONPath or a valid intrinsic function call'
            else portarium_int.asl_expression_problem(v_value #>> '{}')
        end;
        if v_problem is not null then
            return next portarium_int.asl_found(
                portarium_int.asl_at(p_pointer, v_key),
                format('The value for the field ''%s'' %s', v_key, v_problem),
                'A field whose name ends in ".$" holds a path such as $.order.id, or a call such as States.Format(''{}'', $.id).');
        end if;
    end loop;
end
$$;

comment on function portarium_int.asl_check_template(text, jsonb) is
'The computed fields of a payload template.';

create function portarium_int.asl_path_problem(
    p_kind text,
    p_value jsonb
) returns text
language plpgsql
immutable
parallel safe
as $$
declare
    v_path jsonb := portarium_int.asl_path(portarium_int.asl_text(p_value));
begin
    if jsonb_typeof(p_value) <> 'string' then
        return 'Expected value of type [STRING]';
    elsif p_kind = 'path or call' and p_value #>> '{}' like 'States.%' then
        return 'The value ' || portarium_int.asl_expression_problem(p_value #>> '{}');
    elsif v_path is null then
        return 'Value is not a valid JSONPath';
    elsif p_kind in ('reference', 'result path') and not (v_path ->> 'reference')::boolean then
        return 'Value is not a Reference Path';
    elsif p_kind = 'result path' and v_path ->> 'root' <> 'input' then
        return 'Value is not a Reference Path into the state''s input';
    end if;
    return null;
end
$$;

comment on function portarium_int.asl_path_problem(text, jsonb) is
'What is wrong with a field that holds a path: kind path, reference, result path, or path or call.';

create function portarium_int.asl_jsonata_problem(
    p_text text
) returns text
language plpgsql
immutable
parallel safe
as $$
declare
    -- strings, regular expressions and comments may hold any bracket
    v_code text := regexp_replace(p_text, '"(?:[^"\\]|\\.)*"|''(?:[^''\\]|\\.)*''|`[^`]*`|/\*.*?\*/', '0', 'g');
    v_open text := '';
    v_char text;
begin
    if (p_text like '{\%%') <> (p_text like '%\%}') then
        return 'A JSONata expression starts with {% and ends with %}';
    elsif p_text not like '{\%%\%}' then
        return null;
    end if;
    v_code := substr(v_code, 3, length(v_code) - 4);
    if v_code ~ '^\s*$' then
        return 'The JSONata expression is empty';
    end if;
    for v_char in select t.m[1] from regexp_matches(v_code, '[][(){}]', 'g') as t (m) loop
        if strpos('([{', v_char) > 0 then
            v_open := v_open || v_char;
        elsif right(v_open, 1) = translate(v_char, ')]}', '([{') then
            v_open := left(v_open, -1);
        else
            return format('The JSONata expression has a "%s" that closes nothing', v_char);
        end if;
    end loop;
    if v_open <> '' then
        return format('The JSONata expression has a "%s" that is not closed', right(v_open, 1));
    end if;
    return null;
end
$$;

comment on function portarium_int.asl_jsonata_problem(text) is
'What can be seen to be wrong with a JSONata string without evaluating it: its delimiters and brackets.';

create function portarium_int.asl_check_jsonata(
    p_pointer text,
    p_value jsonb
) returns setof portarium_int.asl_finding
language plpgsql
immutable
parallel safe
as $$
declare
    v_key text;
    v_value jsonb;
    v_problem text := portarium_int.asl_jsonata_problem(portarium_int.asl_text(p_value));
begin
    if v_problem is not null then
        return next portarium_int.asl_found(p_pointer, v_problem, 'Correct the expression.', 'INVALID_JSONATA_EXPRESSION');
    end if;
    for v_key, v_value in
        select m.key, m.value from jsonb_each(portarium_int.asl_object(p_value)) as m
        union all
        select (e.place - 1)::text, e.value from jsonb_array_elements(portarium_int.asl_array(p_value)) with ordinality as e (value, place)
    loop
        return query select f.* from portarium_int.asl_check_jsonata(portarium_int.asl_at(p_pointer, v_key), v_value) as f;
    end loop;
end
$$;

comment on function portarium_int.asl_check_jsonata(text, jsonb) is
'Every JSONata string in a value.';
