-- SPDX-License-Identifier: PostgreSQL
--
-- The three pure functions that evaluate data: asl_fill (templates and paths), asl_choose (the rules of a Choice), asl_put (ResultPath).
-- They read no table, no setting and no clock, so the native flavour may replace exactly these.
--
-- A row of a fill program:    operation, keys, steps, target, word, field
--   base      keys = the template's JSON text with null where a value goes
--   input, context, variable    keys = member names (a text[] literal) when #> is exact, else steps = what asl_walk takes; word = the path
--   literal   keys = JSON text
--   call      keys = the rows that made its arguments (an int[] literal); word = the function
-- The value of a row goes to its target in the base, or without a target into the register of the row's number. The result is the base, or
-- without one the last value. A row without a value ends the program with SQL NULL; asl_complaint says why.
--
-- A row of a choose program:  family, relation, left operation, keys, steps, word, right operation, keys, steps, word, then, else
-- then and else are the number of a later row, -n for "rule n holds", or 0 for "no rule holds". And, Or and Not are compiled into them.

create function portarium_int.asl_fetch(
    p_operation text,
    p_keys text,
    p_steps text,
    p_input jsonb,
    p_vars jsonb,
    p_ctx jsonb
) returns jsonb
language sql
stable
parallel safe
as $$
    -- kept to one expression so that it is inlined into its callers
    select case
        when p_operation = 'literal' then p_keys::jsonb
        when p_steps is null then
            case p_operation when 'input' then p_input when 'context' then p_ctx else p_vars end #> p_keys::text[]
        else portarium_int.asl_walk(
            case p_operation when 'input' then p_input when 'context' then p_ctx else p_vars end, p_steps::jsonb)
    end
$$;

comment on function portarium_int.asl_fetch(text, text, text, jsonb, jsonb, jsonb) is
'The value of a path or literal; NULL when it is not there.';

create function portarium_int.asl_fill(
    p_program text[],
    p_input jsonb,
    p_vars jsonb,
    p_ctx jsonb
) returns jsonb
language plpgsql
volatile
parallel safe
as $$
declare
    o text[];
    i int := 0;
    v_base jsonb;
    v_value jsonb;
    v_registers jsonb[];
begin
    foreach o slice 1 in array p_program loop
        i := i + 1;
        if o[1] = 'base' then
            v_base := o[2]::jsonb;
            continue;
        elsif o[1] = 'call' then
            v_value := portarium_int.asl_call(o[5], array(select v_registers[r] from unnest(o[2]::int[]) as r));
        else
            v_value := portarium_int.asl_fetch(o[1], o[2], o[3], p_input, p_vars, p_ctx);
        end if;
        if v_value is null then
            return null;
        elsif o[4] is not null then
            v_base := jsonb_set(v_base, o[4]::text[], v_value);
        else
            v_registers[i] := v_value;
        end if;
    end loop;
    return coalesce(v_base, v_value);
end
$$;

comment on function portarium_int.asl_fill(text[], jsonb, jsonb, jsonb) is
'Runs a fill program; NULL when a path finds nothing or an intrinsic function fails.';

create function portarium_int.asl_test(
    p_family text,
    p_relation text,
    p_left jsonb,
    p_right jsonb
) returns boolean
language plpgsql
immutable
parallel safe
as $$
begin
    if p_relation = 'is' then
        return portarium_int.asl_is(p_family, p_left) = (p_right = 'true');
    elsif p_left is null or p_right is null then
        return null;
    elsif p_relation = 'matches' then
        return coalesce(portarium_int.asl_text(p_left) ~ (p_right #>> '{}'), false);
    end if;
    return portarium_int.asl_compare(p_family, p_relation, p_left, p_right);
end
$$;

comment on function portarium_int.asl_test(text, text, jsonb, jsonb) is
'One row of a choose program; NULL when a path of it finds nothing.';

create function portarium_int.asl_choose(
    p_program text[],
    p_input jsonb,
    p_vars jsonb,
    p_ctx jsonb
) returns int
language plpgsql
stable
parallel safe
as $$
declare
    o text[];
    i int := 0;
    v_goto int := 1;
    v_holds boolean;
begin
    foreach o slice 1 in array p_program loop
        i := i + 1;
        continue when i < v_goto;
        v_holds := portarium_int.asl_test(
            o[1], o[2],
            portarium_int.asl_fetch(o[3], o[4], o[5], p_input, p_vars, p_ctx),
            portarium_int.asl_fetch(o[7], o[8], o[9], p_input, p_vars, p_ctx)
        );
        if v_holds is null then
            return -i;
        end if;
        v_goto := case when v_holds then o[11] else o[12] end;
        if v_goto <= 0 then
            return -v_goto;
        end if;
    end loop;
end
$$;

comment on function portarium_int.asl_choose(text[], jsonb, jsonb, jsonb) is
'The number of the first rule that holds, 0 for none, or -n when a path in row n of the program finds nothing.';

create function portarium_int.asl_put(
    p_document jsonb,
    p_path jsonb,
    p_value jsonb
) returns jsonb
language plpgsql
immutable
parallel safe
as $$
declare
    v_step jsonb := p_path -> 0;
    v_rest jsonb := p_path - 0;
    v_child jsonb := portarium_int.asl_child(p_document, v_step);
begin
    if v_rest <> '[]' then
        p_value := portarium_int.asl_put(coalesce(v_child, '{}'), v_rest, p_value);
        if p_value is null then
            return null;
        end if;
    end if;
    if jsonb_typeof(p_document) = 'object' and jsonb_typeof(v_step) = 'string' then
        return p_document || jsonb_build_object(v_step #>> '{}', p_value);
    elsif v_child is not null then
        return jsonb_set(p_document, array[v_step #>> '{}'], p_value);
    end if;
    return null;
end
$$;

comment on function portarium_int.asl_put(jsonb, jsonb, jsonb) is
'The document with a value at a reference path; missing members are made, array elements only replaced; NULL when the path does not fit.';
