-- SPDX-License-Identifier: PostgreSQL
-- Canonical JSON, RFC 8785: one spelling for each JSON value, so that its bytes can be hashed.
-- Order: numbers (read as an IEEE double, written with the shortest digits as ECMAScript does), then the walk over a document,
-- then the checked entries to it. The native flavour replaces the functions of the last part; canonical.c gives the same bytes.
-- The text is read as json, never as jsonb: jsonb has dropped duplicate members and spelled numbers its own way.

-- A number's significant digits without zeros at either end, and where its point stands: value = 0.digits * 10^point.
-- Zero has no digits. The text is a JSON number or what float8 prints.
create function portarium_int.decimal_parts(
    p_text text,
    out digits text,
    out point int)
    language plpgsql
    immutable
    strict
    parallel safe
    set search_path = pg_catalog, pg_temp
    as $$
declare
    v_part text[] := regexp_match(p_text, '^-?([0-9]+)(?:\.([0-9]+))?(?:[eE]([-+]?)0*([0-9]*))?$');
    v_all text := v_part[1] || coalesce(v_part[2], '');
    v_exponent int := 0;
begin
    if v_part[4] <> '' then
        -- No text of 16 MiB has digits enough to bring a larger exponent back into the range of a double.
        v_exponent := case when length(v_part[4]) > 9 then 999999999 else v_part[4]::int end;
        v_exponent := case v_part[3] when '-' then -v_exponent else v_exponent end;
    end if;
    digits := ltrim(v_all, '0');
    point := length(v_part[1]) - (length(v_all) - length(digits)) + v_exponent;
    digits := rtrim(digits, '0');
end
$$;

-- The double nearest to a decimal, its sign left out. UP004 when that is infinite.
create function portarium_int.decimal_value(p_digits text, p_point int)
    returns float8
    language plpgsql
    immutable
    strict
    parallel safe
    set search_path = pg_catalog, pg_temp
    as $$
declare
    v_digits text := p_digits;
    v_text text;
begin
    if v_digits = '' or p_point < -323 then
        return 0;
    end if;
    -- 767 digits decide which double is nearest; of what follows only matters that it is not nothing.
    if length(v_digits) > 800 then
        v_digits := left(v_digits, 800) || '1';
    end if;
    v_text := v_digits || 'e' || (p_point - length(v_digits));
    -- From halfway past the largest double on, the nearest is infinity.
    if p_point > 309 or (p_point = 309 and v_text::numeric >= 2::numeric ^ 1024 - 2::numeric ^ 970) then
        raise exception using
            errcode = 'UP004',
            message = 'number is too large for a double';
    end if;
    -- Up to half the smallest double, the nearest is zero; float8 would raise an error of its own.
    if p_point = -323 and v_text::numeric * 2::numeric ^ 1075 <= 1 then
        return 0;
    end if;
    return v_text::float8;
end
$$;

-- The shortest digits that read back as this double. float8 prints the shortest strictly between the two neighbours' midpoints; a
-- midpoint itself reads back, too, when the double's last bit is even, and it can be shorter: 1e23 is such a number. It takes a
-- midpoint of few digits, and there is none below 2^53 or above 2^54 * 10^23.
create function portarium_int.shortest_parts(
    p_value float8,
    out digits text,
    out point int)
    language plpgsql
    immutable
    strict
    parallel safe
    set search_path = pg_catalog, pg_temp
    set extra_float_digits = 1
    as $$
declare
    v_try numeric;
begin
    select d.digits, d.point into digits, point from portarium_int.decimal_parts(p_value::text) d;
    if p_value < 9007199254740992 or p_value > 1e41 then
        return;
    end if;
    for v_length in 1 .. length(digits) - 1 loop
        v_try := left(digits, v_length)::numeric;
        for v_candidate in 1 .. 2 loop
            if (v_try || 'e' || (point - v_length))::float8 = p_value then
                point := point + length(v_try::text) - v_length;
                digits := rtrim(v_try::text, '0');
                return;
            end if;
            v_try := v_try + 1;
        end loop;
    end loop;
end
$$;

-- ECMAScript's layout of digits and point (Number::toString).
create function portarium_int.number_layout(p_digits text, p_point int)
    returns text
    language sql
    immutable
    strict
    parallel safe
    set search_path = pg_catalog, pg_temp
    as $$
    select case
        when p_point between length(p_digits) and 21 then rpad(p_digits, p_point, '0')
        when p_point between 1 and 21 then left(p_digits, p_point) || '.' || substr(p_digits, p_point + 1)
        when p_point between -5 and 0 then '0.' || repeat('0', -p_point) || p_digits
        else left(p_digits, 1) || case when length(p_digits) > 1 then '.' else '' end || substr(p_digits, 2)
            || 'e' || case when p_point > 0 then '+' else '-' end || abs(p_point - 1)
    end
$$;

create function portarium_int.canonical_number(p_text text, p_integers boolean)
    returns text
    language plpgsql
    immutable
    strict
    parallel safe
    set search_path = pg_catalog, pg_temp
    as $$
declare
    v_digits text;
    v_point int;
    v_value float8;
begin
    select d.digits, d.point into v_digits, v_point from portarium_int.decimal_parts(p_text) d;
    v_value := portarium_int.decimal_value(v_digits, v_point);
    if p_integers and v_digits <> '' and (v_point < length(v_digits) or v_value > 9007199254740991) then
        raise exception using
            errcode = 'UP004',
            message = 'number is not an integer between -(2^53 - 1) and 2^53 - 1',
            hint = 'Write it as a string.';
    end if;
    if v_value = 0 then
        return '0';
    end if;
    select d.digits, d.point into v_digits, v_point from portarium_int.shortest_parts(v_value) d;
    return case when left(p_text, 1) = '-' then '-' else '' end || portarium_int.number_layout(v_digits, v_point);
end
$$;

-- Of plainly written numbers of at most 15 digits, no two are the same double and none has a shorter name: they stand as they are.
create function portarium_int.number_is_plain(p_text text, p_integers boolean)
    returns boolean
    language sql
    immutable
    parallel safe
    as $$
    select pg_catalog.length(p_text) <= 15
        and (p_text operator(pg_catalog.~) '^(0|-?[1-9][0-9]*)$'
            or (not p_integers
                and p_text operator(pg_catalog.~) '^-?(0|[1-9][0-9]*)\.[0-9]*[1-9]$'
                and p_text operator(pg_catalog.!~) '^-?0\.000000'))
$$;

-- A scalar's text. Not STRICT, nor are the two around it: PostgreSQL then puts them into the query that calls them.
create function portarium_int.canonical_scalar(p_json json, p_type text, p_integers boolean)
    returns text
    language sql
    immutable
    parallel safe
    as $$
    select case p_type
        when 'string' then pg_catalog.to_json(p_json operator(pg_catalog.#>>) '{}')::text
        when 'number' then
            case when portarium_int.number_is_plain(p_json::text, p_integers) then p_json::text
                else portarium_int.canonical_number(pg_catalog.btrim(p_json::text, e' \t\n\r'), p_integers) end
        when 'boolean' then pg_catalog.btrim(p_json::text, e' \t\n\r')
        when 'null' then 'null'
    end
$$;

-- Members sort by UTF-16 code units: as code points do, but for characters above U+FFFF, which come before U+E000. Collation "C"
-- sorts by code points; U+D7FF before each such character puts it where it belongs.
create function portarium_int.utf16_order(p_key text)
    returns text
    language sql
    immutable
    parallel safe
    as $$
    select case
        when pg_catalog.octet_length(p_key) = pg_catalog.length(p_key) then p_key
        else pg_catalog.regexp_replace(p_key, '([\U00010000-\U0010FFFF])', e'\uD7FF\\1', 'g')
    end
$$;

-- The walk: every value of the document with its path of ranks among its siblings, then all pieces in the order of the paths; a
-- container's end sorts behind everything in it. "lead" is the text before the value, "twice" the name of a member that its object
-- has twice. No recursion, so a deep document needs no deep stack.
create function portarium_int.canonical_walk(p_json json, p_max_depth int, p_integers boolean)
    returns text
    language plpgsql
    immutable
    strict
    parallel safe
    set search_path = pg_catalog, pg_temp
    as $$
declare
    v_text text;
    v_too_deep boolean;
    v_twice text;
begin
    with recursive node as (
        select '{}'::int[] as path, '' as lead, p_json as value, json_typeof(p_json) as type, null::text as twice
        union all
        select n.path || m.rank::int, m.lead, m.value, json_typeof(m.value), m.twice
        from node n
        cross join lateral (
            select row_number() over by_key as rank,
                case when row_number() over by_key > 1 then ',' else '' end || to_json(e.key)::text || ':' as lead,
                e.value,
                case when lag(e.key) over by_key = e.key then e.key end as twice
            from json_each(case n.type when 'object' then n.value end) e
            window by_key as (order by portarium_int.utf16_order(e.key) collate "C")
            union all
            select e.rank, case when e.rank > 1 then ',' else '' end, e.value, null
            from json_array_elements(case n.type when 'array' then n.value end) with ordinality e (value, rank)
        ) m
        where n.type in ('object', 'array') and cardinality(n.path) < p_max_depth
    )
    select
        string_agg(p.piece, '' order by p.path),
        bool_or(n.type in ('object', 'array') and cardinality(n.path) >= p_max_depth),
        min(n.twice)
    into v_text, v_too_deep, v_twice
    from node n
    cross join lateral (values
        (n.path, n.lead || case n.type
            when 'object' then '{'
            when 'array' then '['
            else portarium_int.canonical_scalar(n.value, n.type, p_integers) end),
        (n.path || 2147483647, case n.type when 'object' then '}' when 'array' then ']' end)
    ) p (path, piece)
    where p.piece is not null;
    if v_too_deep then
        raise exception using
            errcode = 'UP005',
            message = format('JSON is nested deeper than %s levels', p_max_depth);
    elsif v_twice is not null then
        raise exception using
            errcode = 'UP003',
            message = format('member "%s" occurs twice in an object', v_twice);
    end if;
    return v_text;
end
$$;

-- Text that is not known to be JSON. The core's errors become ours; the subtransaction makes it unfit for parallel plans.
create function portarium_int.canonical_text(p_json text, p_max_depth int, p_integers boolean)
    returns bytea
    language plpgsql
    immutable
    strict
    set search_path = pg_catalog, pg_temp
    as $$
declare
    v_detail text;
begin
    if octet_length(p_json) > 16777216 then
        raise exception using
            errcode = 'UP005',
            message = 'JSON is larger than 16 MiB';
    end if;
    return convert_to(portarium_int.canonical_walk(p_json::json, p_max_depth, p_integers), 'UTF8');
exception
    when invalid_text_representation or untranslatable_character then
        get stacked diagnostics v_detail = pg_exception_detail;
        raise exception using
            errcode = 'UP001',
            message = 'text is not JSON',
            detail = v_detail;
    when statement_too_complex then
        raise exception using
            errcode = 'UP005',
            message = format('JSON is nested deeper than %s levels', p_max_depth);
end
$$;

create function portarium.canonical_json(json text)
    returns bytea
    language plpgsql
    immutable
    strict
    as $$
begin
    return portarium_int.canonical_text(canonical_json.json, 512, false);
end
$$;
comment on function portarium.canonical_json(text) is
    'The canonical form (RFC 8785) of a JSON text, as UTF-8 bytes. Errors: UP001 not JSON, UP003 duplicate member, UP004 number that is not finite as a double, UP005 larger than 16 MiB or deeper than 512 levels';

create function portarium.canonical_entry(json text)
    returns bytea
    language plpgsql
    immutable
    strict
    as $$
declare
    v_canon bytea := portarium_int.canonical_text(canonical_entry.json, 32, true);
begin
    if pg_catalog.length(v_canon) > 65536 then
        raise exception using
            errcode = 'UP005',
            message = 'evidence entry is larger than 64 KiB';
    end if;
    return v_canon;
end
$$;
comment on function portarium.canonical_entry(text) is
    'The canonical form of an evidence entry: as canonical_json, and numbers are integers of at most 53 bits, at most 32 levels and 64 KiB. Errors: UP001, UP003, UP004, UP005';

-- The same for a value that PostgreSQL has parsed; it cannot have duplicates.
create function portarium_int.canonical(p_json jsonb)
    returns bytea
    language plpgsql
    immutable
    strict
    parallel safe
    as $$
begin
    return pg_catalog.convert_to(portarium_int.canonical_walk(p_json::text::json, 512, false), 'UTF8');
end
$$;
