-- SPDX-License-Identifier: PostgreSQL
--
-- Comparing values as a Choice does: by type, without coercion, never an error.
--
-- Strings compare by code point, numbers exactly, timestamps as instants with nine decimals. A value of another type than the operator's is
-- neither equal nor ordered: every relation is then false.

create function portarium_int.asl_instant(
    p_text text
) returns numeric
language plpgsql
immutable
strict
parallel safe
as $$
declare
    m text[] := regexp_match(
        p_text,
        '^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(\.\d{1,9})?(?:Z|([+-])(0\d|1[0-8]):([0-5]\d))$'
    );
    v_first date;
    v_seconds numeric;
begin
    if m is null or m[1] = '0000' then
        return null;
    end if;
    v_first := make_date(m[1]::int, m[2]::int, 1);
    if m[3]::int > extract(day from v_first + interval '1 month' - interval '1 day') then
        return null;
    end if;
    v_seconds := (v_first - date '1970-01-01' + m[3]::int - 1) * 86400::numeric
        + m[4]::int * 3600 + m[5]::int * 60 + m[6]::int + coalesce('0' || m[7], '0')::numeric;
    if m[8] is null then
        return v_seconds;
    end if;
    return v_seconds - (m[8] || '1')::int * (m[9]::int * 3600 + m[10]::int * 60);
end
$$;

comment on function portarium_int.asl_instant(text) is
'Seconds since the Unix epoch of an RFC 3339 timestamp with capital T and Z or an offset, to the nanosecond; NULL for any other text.';

create function portarium_int.asl_order(
    p_left jsonb,
    p_right jsonb
) returns int
language sql
immutable
parallel safe
as $$
    select case
        when p_left = p_right then 0
        when jsonb_typeof(p_left) = 'number' then case when p_left < p_right then -1 else 1 end
        when (p_left #>> '{}') collate "C" < (p_right #>> '{}') collate "C" then -1
        else 1
    end
$$;

comment on function portarium_int.asl_order(jsonb, jsonb) is
'-1, 0 or 1 for two strings or two numbers.';

create function portarium_int.asl_relation(
    p_relation text,
    p_order int
) returns boolean
language sql
immutable
parallel safe
as $$
    select case p_relation
        when 'Equals' then p_order = 0
        when 'LessThan' then p_order < 0
        when 'LessThanEquals' then p_order <= 0
        when 'GreaterThan' then p_order > 0
        when 'GreaterThanEquals' then p_order >= 0
    end
$$;

comment on function portarium_int.asl_relation(text, int) is
'Whether an order satisfies the relation that an operator ends in.';

create function portarium_int.asl_compare(
    p_family text,
    p_relation text,
    p_left jsonb,
    p_right jsonb
) returns boolean
language plpgsql
immutable
parallel safe
as $$
declare
    v_left numeric;
    v_right numeric;
begin
    if p_family = 'timestamp' then
        if jsonb_typeof(p_left) <> 'string' or jsonb_typeof(p_right) <> 'string' then
            return false;
        end if;
        v_left := portarium_int.asl_instant(p_left #>> '{}');
        v_right := portarium_int.asl_instant(p_right #>> '{}');
        return coalesce(portarium_int.asl_relation(p_relation, sign(v_left - v_right)::int), false);
    elsif jsonb_typeof(p_left) <> p_family or jsonb_typeof(p_right) <> p_family then
        return false;
    end if;
    return portarium_int.asl_relation(p_relation, portarium_int.asl_order(p_left, p_right));
end
$$;

comment on function portarium_int.asl_compare(text, text, jsonb, jsonb) is
'One comparison of a Choice rule; the family is string, number, boolean or timestamp.';

create function portarium_int.asl_is(
    p_test text,
    p_value jsonb
) returns boolean
language sql
immutable
parallel safe
as $$
    select case p_test
        when 'IsPresent' then p_value is not null
        when 'IsNull' then jsonb_typeof(p_value) = 'null'
        when 'IsString' then jsonb_typeof(p_value) = 'string'
        when 'IsNumeric' then jsonb_typeof(p_value) = 'number'
        when 'IsBoolean' then jsonb_typeof(p_value) = 'boolean'
        when 'IsTimestamp' then
            jsonb_typeof(p_value) = 'string' and portarium_int.asl_instant(p_value #>> '{}') is not null
    end
$$;

comment on function portarium_int.asl_is(text, jsonb) is
'One type test of a Choice rule.';
