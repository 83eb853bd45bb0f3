-- SPDX-License-Identifier: PostgreSQL
--
-- The intrinsic functions: text. asl_call (33) dispatches by name; a function that has no result for its arguments gives SQL NULL, and the interpreter
-- turns that into States.Runtime. Arguments are evaluated values; their number was checked when the definition was registered.

create function portarium_int.asl_json_text(
    p_value jsonb
) returns text
language sql
immutable
parallel safe
as $$
    -- jsonb prints a space after each colon and comma; the spaces inside strings stay
    select regexp_replace(p_value::text, '("(?:[^"\\]|\\.)*")|\s+', '\1', 'g')
$$;

comment on function portarium_int.asl_json_text(jsonb) is
'Compact JSON text.';

create function portarium_int.asl_int(
    p_value jsonb
) returns int
language plpgsql
immutable
parallel safe
as $$
declare
    v_rounded numeric;
begin
    if jsonb_typeof(p_value) = 'number' then
        v_rounded := floor((p_value #>> '{}')::numeric + 0.5);
        if v_rounded between -2147483648 and 2147483647 then
            return v_rounded::int;
        end if;
    end if;
    return null;
end
$$;

comment on function portarium_int.asl_int(jsonb) is
'A number rounded half up toward positive infinity; NULL when it is no number or does not fit 32 bits.';

create function portarium_int.asl_text(
    p_value jsonb
) returns text
language sql
immutable
parallel safe
as $$
    select case when jsonb_typeof(p_value) = 'string' then p_value #>> '{}' end
$$;

comment on function portarium_int.asl_text(jsonb) is
'The text of a string; NULL for any other value.';

create function portarium_int.asl_java_text(
    p_value jsonb
) returns text
language plpgsql
immutable
parallel safe
as $$
begin
    case jsonb_typeof(p_value)
        when 'object' then
            return (
                select '{' || coalesce(string_agg(m.key || '=' || portarium_int.asl_java_text(m.value), ', '), '') || '}'
                from jsonb_each(p_value) as m
            );
        when 'array' then
            return (
                select '[' || coalesce(string_agg(portarium_int.asl_java_text(e.value), ', ' order by e.place), '') || ']'
                from jsonb_array_elements(p_value) with ordinality as e (value, place)
            );
        else
            return coalesce(p_value #>> '{}', 'null');
    end case;
end
$$;

comment on function portarium_int.asl_java_text(jsonb) is
'The text that States.Format prints: strings bare, objects and arrays as Java prints them, which is what AWS does.';

create function portarium_int.asl_format(
    p_arguments jsonb[]
) returns jsonb
language plpgsql
immutable
parallel safe
as $$
declare
    v_piece text;
    v_text text := '';
    v_used int := 1;
begin
    -- printing recurses
    if jsonb_path_exists(to_jsonb(p_arguments), 'strict $.**{100}') then
        return null;
    end if;
    for v_piece in
        select t.m[1] from regexp_matches(portarium_int.asl_text(p_arguments[1]), '\\[{}\\'']|\{\}|[^{}\\]+|[{}\\]', 'g') as t (m)
    loop
        if v_piece = '{}' then
            v_used := v_used + 1;
            v_text := v_text || portarium_int.asl_java_text(p_arguments[v_used]);
        elsif v_piece in ('{', '}', '\') then
            return null;
        else
            v_text := v_text || case when left(v_piece, 1) = '\' then substr(v_piece, 2) else v_piece end;
        end if;
    end loop;
    if v_used <> cardinality(p_arguments) or jsonb_typeof(p_arguments[1]) <> 'string' then
        return null;
    end if;
    return to_jsonb(v_text);
end
$$;

comment on function portarium_int.asl_format(jsonb[]) is
'States.Format: each {} of the first argument replaced by the next one; a lone brace, a wrong number of arguments or a value nested over 100 deep has no result.';

create function portarium_int.asl_string_to_json(
    p_text text
) returns jsonb
language plpgsql
immutable
parallel safe
as $$
begin
    if btrim(p_text, E' \t\n\r') = '' then
        return 'null';
    end if;
    return p_text::jsonb;
exception
    when data_exception or statement_too_complex then
        return null;
end
$$;

comment on function portarium_int.asl_string_to_json(text) is
'States.StringToJson: blank text is null; text that is not JSON has no result.';

create function portarium_int.asl_base64_decode(
    p_text text
) returns text
language plpgsql
immutable
parallel safe
as $$
begin
    return convert_from(decode(p_text, 'base64'), 'UTF8');
exception
    when data_exception then
        return null;
end
$$;

comment on function portarium_int.asl_base64_decode(text) is
'The UTF-8 text behind base64; NULL when it is neither.';

create function portarium_int.asl_rotate(
    p_word bigint,
    p_bits int
) returns bigint
language sql
immutable
parallel safe
as $$
    select ((p_word << p_bits) | (p_word >> (32 - p_bits))) & 4294967295
$$;

comment on function portarium_int.asl_rotate(bigint, int) is
'A 32-bit word rotated left.';

create function portarium_int.asl_sha1(
    p_data bytea
) returns bytea
language plpgsql
immutable
strict
parallel safe
as $$
declare
    -- FIPS 180-4; PostgreSQL has no SHA-1 of its own outside an extension. Words are bigint, kept below 2^32 by c_mask.
    c_mask constant bigint := 4294967295;
    c_round constant bigint[] := array[1518500249, 1859775393, 2400959708, 3395469782];
    h bigint[] := array[1732584193, 4023233417, 2562383102, 271733878, 3285377520];
    v bigint[];
    w bigint[];
    f bigint;
    v_data bytea := p_data || '\x80'::bytea || decode(repeat('00', (119 - length(p_data) % 64) % 64), 'hex')
        || int8send(length(p_data) * 8::bigint);
begin
    for v_block in 0 .. length(v_data) / 64 - 1 loop
        v := h;
        for t in 0 .. 79 loop
            if t < 16 then
                w[t] := ('x' || encode(substr(v_data, v_block * 64 + t * 4 + 1, 4), 'hex'))::bit(32)::bigint;
            else
                w[t] := portarium_int.asl_rotate(w[t - 3] # w[t - 8] # w[t - 14] # w[t - 16], 1);
            end if;
            f := case t / 20
                when 0 then (v[2] & v[3]) | ((c_mask # v[2]) & v[4])
                when 2 then (v[2] & v[3]) | (v[2] & v[4]) | (v[3] & v[4])
                else v[2] # v[3] # v[4]
            end;
            f := (portarium_int.asl_rotate(v[1], 5) + f + v[5] + c_round[t / 20 + 1] + w[t]) & c_mask;
            v := array[f, v[1], portarium_int.asl_rotate(v[2], 30), v[3], v[4]];
        end loop;
        h := array(select (h[i] + v[i]) & c_mask from generate_series(1, 5) as i);
    end loop;
    return (select decode(string_agg(lpad(to_hex(h[i]), 8, '0'), '' order by i), 'hex') from generate_series(1, 5) as i);
end
$$;

comment on function portarium_int.asl_sha1(bytea) is
'SHA-1, for States.Hash only; nothing of ours rests on it.';

create function portarium_int.asl_hash(
    p_data text,
    p_algorithm text
) returns text
language sql
immutable
parallel safe
as $$
    select case p_algorithm
        when 'MD5' then md5(convert_to(p_data, 'UTF8'))
        when 'SHA-1' then encode(portarium_int.asl_sha1(convert_to(p_data, 'UTF8')), 'hex')
        when 'SHA-256' then encode(sha256(convert_to(p_data, 'UTF8')), 'hex')
        when 'SHA-384' then encode(sha384(convert_to(p_data, 'UTF8')), 'hex')
        when 'SHA-512' then encode(sha512(convert_to(p_data, 'UTF8')), 'hex')
    end
$$;

comment on function portarium_int.asl_hash(text, text) is
'States.Hash: lower-case hex; NULL for another algorithm.';
