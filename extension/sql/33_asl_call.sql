-- SPDX-License-Identifier: PostgreSQL
--
-- The intrinsic functions, continued: arrays, numbers, and the dispatcher. The catalogue asl_intrinsics names every function with the number
-- of its arguments; the checks at registration read it, and asl_call has one branch for each row.

create function portarium_int.asl_intrinsics(
    out name text,
    out least_arguments int,
    out most_arguments int
) returns setof record
language sql
immutable
parallel safe
as $$
    values
        ('States.Array', 0, 1000),
        ('States.ArrayContains', 2, 2),
        ('States.ArrayGetItem', 2, 2),
        ('States.ArrayLength', 1, 1),
        ('States.ArrayPartition', 2, 2),
        ('States.ArrayRange', 3, 3),
        ('States.ArrayUnique', 1, 1),
        ('States.Base64Decode', 1, 1),
        ('States.Base64Encode', 1, 1),
        ('States.Format', 1, 1000),
        ('States.Hash', 2, 2),
        ('States.JsonMerge', 3, 3),
        ('States.JsonToString', 1, 1),
        ('States.MathAdd', 2, 2),
        ('States.MathRandom', 2, 3),
        ('States.StringSplit', 2, 2),
        ('States.StringToJson', 1, 1),
        ('States.UUID', 0, 0)
$$;

comment on function portarium_int.asl_intrinsics() is
'Every intrinsic function with the least and the most arguments it takes.';

create function portarium_int.asl_array_range(
    p_first int,
    p_last int,
    p_step int
) returns jsonb
language plpgsql
immutable
parallel safe
as $$
begin
    if p_step = 0 or (p_last::bigint - p_first) / p_step >= 1000 then
        return null;
    end if;
    return (select coalesce(jsonb_agg(i), '[]') from generate_series(p_first::bigint, p_last, p_step) as i);
end
$$;

comment on function portarium_int.asl_array_range(int, int, int) is
'States.ArrayRange: at most 1000 numbers, the last included when it is hit.';

create function portarium_int.asl_array_partition(
    p_array jsonb,
    p_size int
) returns jsonb
language sql
immutable
parallel safe
as $$
    select case when p_size >= 1 then (
        select coalesce(jsonb_agg(c.chunk order by c.part), '[]')
        from (
            select (e.place - 1) / p_size as part, jsonb_agg(e.value order by e.place) as chunk
            from jsonb_array_elements(p_array) with ordinality as e (value, place)
            group by 1
        ) as c
    ) end
$$;

comment on function portarium_int.asl_array_partition(jsonb, int) is
'States.ArrayPartition: chunks of p_size elements, the last one as long as what remains.';

create function portarium_int.asl_array_unique(
    p_array jsonb
) returns jsonb
language sql
immutable
parallel safe
as $$
    select coalesce(jsonb_agg(u.value order by u.place), '[]')
    from (
        select e.value, min(e.place) as place
        from jsonb_array_elements(p_array) with ordinality as e (value, place)
        group by e.value
    ) as u
$$;

comment on function portarium_int.asl_array_unique(jsonb) is
'States.ArrayUnique: first occurrences in their order.';

create function portarium_int.asl_array_item(
    p_array jsonb,
    p_index jsonb
) returns jsonb
language sql
immutable
parallel safe
as $$
    select case
        when jsonb_typeof(p_index) = 'number' and (p_index #>> '{}')::numeric % 1 = 0 and p_index >= '0'
        then p_array -> portarium_int.asl_int(p_index)
    end
$$;

comment on function portarium_int.asl_array_item(jsonb, jsonb) is
'States.ArrayGetItem: NULL for an index that is negative, fractional or past the end.';

create function portarium_int.asl_string_split(
    p_text text,
    p_delimiters text
) returns jsonb
language sql
immutable
parallel safe
as $$
    -- every character of the second argument is a delimiter, and nothing between two of them is nothing
    select case when p_text is not null and p_delimiters is not null then (
        select coalesce(jsonb_agg(s.token order by s.place), '[]')
        from string_to_table(translate(p_text, p_delimiters, repeat(left(p_delimiters, 1), length(p_delimiters))), left(p_delimiters, 1))
            with ordinality as s (token, place)
        where s.token <> ''
    ) end
$$;

comment on function portarium_int.asl_string_split(text, text) is
'States.StringSplit.';

create function portarium_int.asl_math_add(
    p_left int,
    p_right int
) returns jsonb
language sql
immutable
parallel safe
as $$
    select to_jsonb(portarium_int.asl_int(to_jsonb(p_left::bigint + p_right)))
$$;

comment on function portarium_int.asl_math_add(int, int) is
'States.MathAdd: NULL when the sum does not fit 32 bits.';

create function portarium_int.asl_math_random(
    p_start int,
    p_end int,
    p_seed jsonb
) returns jsonb
language plpgsql
volatile
parallel safe
as $$
declare
    v_span bigint := p_end::bigint - p_start;
    v_seed int := portarium_int.asl_int(p_seed);
begin
    if v_span is null or v_span <= 0 or (p_seed is not null and v_seed is null) then
        return null;
    elsif v_seed is null then
        return to_jsonb(p_start + floor(random() * v_span)::bigint);
    end if;
    return to_jsonb(p_start + (hashint4extended(v_seed, 0) % v_span + v_span) % v_span);
end
$$;

comment on function portarium_int.asl_math_random(int, int, jsonb) is
'States.MathRandom: from p_start up to, not including, p_end; the same seed gives the same number.';

create function portarium_int.asl_call(
    p_name text,
    p_arguments jsonb[]
) returns jsonb
language plpgsql
volatile
parallel safe
as $$
declare
    a jsonb := p_arguments[1];
    b jsonb := p_arguments[2];
    v_text text := portarium_int.asl_text(a);
begin
    if p_name like 'States.Array_%' and jsonb_typeof(a) <> 'array' and p_name <> 'States.ArrayRange' then
        return null;
    end if;
    return case p_name
        when 'States.Array' then to_jsonb(p_arguments)
        when 'States.ArrayContains' then
            to_jsonb(exists (select from jsonb_array_elements(a) as e where e.value = b))
        when 'States.ArrayGetItem' then portarium_int.asl_array_item(a, b)
        when 'States.ArrayLength' then to_jsonb(jsonb_array_length(a))
        when 'States.ArrayPartition' then portarium_int.asl_array_partition(a, portarium_int.asl_int(b))
        when 'States.ArrayRange' then portarium_int.asl_array_range(
            portarium_int.asl_int(a), portarium_int.asl_int(b), portarium_int.asl_int(p_arguments[3]))
        when 'States.ArrayUnique' then portarium_int.asl_array_unique(a)
        when 'States.Base64Decode' then
            to_jsonb(case when length(v_text) <= 10000 then portarium_int.asl_base64_decode(v_text) end)
        when 'States.Base64Encode' then
            to_jsonb(case when length(v_text) <= 10000 then translate(encode(convert_to(v_text, 'UTF8'), 'base64'), E'\n', '') end)
        when 'States.Format' then portarium_int.asl_format(p_arguments)
        when 'States.Hash' then
            to_jsonb(portarium_int.asl_hash(coalesce(v_text, portarium_int.asl_json_text(a)), portarium_int.asl_text(b)))
        when 'States.JsonMerge' then
            case when jsonb_typeof(a) = 'object' and jsonb_typeof(b) = 'object' and p_arguments[3] = 'false' then a || b end
        when 'States.JsonToString' then to_jsonb(portarium_int.asl_json_text(a))
        when 'States.MathAdd' then portarium_int.asl_math_add(portarium_int.asl_int(a), portarium_int.asl_int(b))
        when 'States.MathRandom' then
            portarium_int.asl_math_random(portarium_int.asl_int(a), portarium_int.asl_int(b), p_arguments[3])
        when 'States.StringSplit' then portarium_int.asl_string_split(v_text, portarium_int.asl_text(b))
        when 'States.StringToJson' then portarium_int.asl_string_to_json(v_text)
        when 'States.UUID' then to_jsonb(gen_random_uuid()::text)
    end;
end
$$;

comment on function portarium_int.asl_call(text, jsonb[]) is
'Calls an intrinsic function; NULL means that it failed.';
