-- SPDX-License-Identifier: PostgreSQL
--
-- Following a compiled path through a document.
--
-- Steps come from asl_path (35): a string is a member, a number an index (negative counts from the end), an object a step with many results.
-- A definite path gives one value or SQL NULL for "not there" (a JSON null is a value). An indefinite path always gives an array, maybe empty.

create function portarium_int.asl_child(
    p_node jsonb,
    p_step jsonb
) returns jsonb
language sql
immutable
parallel safe
as $$
    select case
        when jsonb_typeof(p_step) = 'string' and jsonb_typeof(p_node) = 'object' then p_node -> (p_step #>> '{}')
        when jsonb_typeof(p_step) = 'number' and jsonb_typeof(p_node) = 'array' then p_node -> (p_step #>> '{}')::int
    end
$$;

comment on function portarium_int.asl_child(jsonb, jsonb) is
'The one child that a member or index step selects; NULL when it is not there.';

create function portarium_int.asl_slice(
    p_array jsonb,
    p_from int,
    p_to int
) returns setof jsonb
language sql
immutable
parallel safe
as $$
    select p_array -> i
    from (select jsonb_array_length(p_array) as n) as l,
        generate_series(
            case when p_from < 0 then greatest(n + p_from, 0) else coalesce(p_from, 0) end,
            least(case when p_to < 0 then n + p_to else coalesce(p_to, n) end, n) - 1
        ) as i
$$;

comment on function portarium_int.asl_slice(jsonb, int, int) is
'The elements from p_from up to, not including, p_to; negative bounds count from the end, NULL is open, both are clamped.';

create function portarium_int.asl_children(
    p_node jsonb
) returns setof jsonb
language sql
immutable
parallel safe
as $$
    select e.value from jsonb_array_elements(case when jsonb_typeof(p_node) = 'array' then p_node else '[]' end) as e
    union all
    select m.value from jsonb_each(case when jsonb_typeof(p_node) = 'object' then p_node else '{}' end) as m
$$;

comment on function portarium_int.asl_children(jsonb) is
'Every element or member value; nothing for a scalar.';

create function portarium_int.asl_operand(
    p_operand jsonb,
    p_node jsonb,
    p_root jsonb
) returns jsonb
language plpgsql
immutable
parallel safe
as $$
begin
    return case
        when p_operand ? 'at' then portarium_int.asl_walk(p_node, p_operand -> 'at')
        when p_operand ? 'root' then portarium_int.asl_walk(p_root, p_operand -> 'root')
        else p_operand -> 'value'
    end;
end
$$;

comment on function portarium_int.asl_operand(jsonb, jsonb, jsonb) is
'The value of one side of a filter comparison; NULL when its path finds nothing.';

create function portarium_int.asl_filter_compare(
    p_relation text,
    p_left jsonb,
    p_right jsonb
) returns boolean
language plpgsql
immutable
parallel safe
as $$
begin
    if p_relation = '==' then
        return coalesce(p_left = p_right, p_left is null and p_right is null);
    elsif p_relation = '!=' then
        return not coalesce(p_left = p_right, p_left is null and p_right is null);
    elsif jsonb_typeof(p_left) is distinct from jsonb_typeof(p_right) or jsonb_typeof(p_left) not in ('number', 'string') then
        return false;
    end if;
    return portarium_int.asl_relation(
        case p_relation when '<' then 'LessThan' when '<=' then 'LessThanEquals' when '>' then 'GreaterThan' else 'GreaterThanEquals' end,
        portarium_int.asl_order(p_left, p_right)
    );
end
$$;

comment on function portarium_int.asl_filter_compare(text, jsonb, jsonb) is
'One comparison of a filter. Values of different types are unequal and have no order; a missing value equals only another missing one.';

create function portarium_int.asl_matches(
    p_test jsonb,
    p_node jsonb,
    p_root jsonb
) returns boolean
language plpgsql
immutable
parallel safe
as $$
declare
    v_left jsonb;
begin
    case p_test ->> 0
        when 'or' then
            return portarium_int.asl_matches(p_test -> 1, p_node, p_root) or portarium_int.asl_matches(p_test -> 2, p_node, p_root);
        when 'and' then
            return portarium_int.asl_matches(p_test -> 1, p_node, p_root) and portarium_int.asl_matches(p_test -> 2, p_node, p_root);
        when 'not' then
            return not portarium_int.asl_matches(p_test -> 1, p_node, p_root);
        else
            v_left := portarium_int.asl_operand(p_test -> 1, p_node, p_root);
    end case;
    if p_test ->> 0 = 'exists' then
        return v_left is not null;
    end if;
    return portarium_int.asl_filter_compare(p_test ->> 0, v_left, portarium_int.asl_operand(p_test -> 2, p_node, p_root));
end
$$;

comment on function portarium_int.asl_matches(jsonb, jsonb, jsonb) is
'Whether a node passes a filter as asl_filter parsed it.';

create function portarium_int.asl_expand(
    p_node jsonb,
    p_step jsonb,
    p_root jsonb
) returns setof jsonb
language plpgsql
immutable
parallel safe
as $$
begin
    if jsonb_typeof(p_step) <> 'object' then
        return query select c from portarium_int.asl_child(p_node, p_step) as c where c is not null;
    elsif p_step ? 'deep' then
        return query select d from jsonb_path_query(p_node, 'strict $.**') as d;
    elsif p_step ? 'wild' then
        return query select c from portarium_int.asl_children(p_node) as c;
    elsif p_step ? 'filter' then
        -- only objects can match, as on AWS; a filter on an object tests that object itself
        return query
            select c
            from (select p_node where jsonb_typeof(p_node) = 'object'
                union all
                select e from portarium_int.asl_children(p_node) as e where jsonb_typeof(p_node) = 'array') as n (c)
            where jsonb_typeof(c) = 'object' and portarium_int.asl_matches(p_step -> 'filter', c, p_root);
    elsif jsonb_typeof(p_node) = 'array' and p_step ? 'slice' then
        return query select s from portarium_int.asl_slice(p_node, (p_step #>> '{slice,0}')::int, (p_step #>> '{slice,1}')::int) as s;
    elsif p_step ? 'union' then
        return query
            select c from jsonb_array_elements(p_step -> 'union') as i, portarium_int.asl_child(p_node, i.value) as c where c is not null;
    end if;
end
$$;

comment on function portarium_int.asl_expand(jsonb, jsonb, jsonb) is
'Every node that one step of an indefinite path selects from a node, in order.';

create function portarium_int.asl_walk(
    p_document jsonb,
    p_steps jsonb
) returns jsonb
language plpgsql
immutable
parallel safe
as $$
declare
    v_step jsonb;
    v_nodes jsonb[] := array[p_document];
begin
    if jsonb_typeof(p_steps) = 'array' then
        for v_step in select s.value from jsonb_array_elements(p_steps) as s loop
            p_document := portarium_int.asl_child(p_document, v_step);
        end loop;
        return p_document;
    end if;
    for v_step in select s.value from jsonb_array_elements(p_steps -> 'any') as s loop
        v_nodes := array(
            select c.value
            from unnest(v_nodes) with ordinality as n (node, place),
                portarium_int.asl_expand(n.node, v_step, p_document) with ordinality as c (value, place)
            order by n.place, c.place
        );
    end loop;
    return to_jsonb(v_nodes);
end
$$;

comment on function portarium_int.asl_walk(jsonb, jsonb) is
'Follows steps: an array of steps is a definite path and gives one value or NULL; {"any": steps} is indefinite and gives an array.';
