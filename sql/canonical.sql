-- Canonical JSON: the golden vectors, the limits, what PostgreSQL has parsed already.
\set SHOW_CONTEXT never

-- The canonical text, or the SQLSTATE.
create function pg_temp.outcome(p_profile text, p_input text)
    returns text
    language plpgsql
    as $$
begin
    return convert_from(case p_profile
        when 'entry' then portarium.canonical_entry(p_input)
        else portarium.canonical_json(p_input) end, 'UTF8');
exception
    when others then
        return sqlstate;
end
$$;

-- Every vector of test/vectors/canonical.json that comes out otherwise: none.
\set vectors `cat test/vectors/canonical.json`
select v ->> 'name' as name, pg_temp.outcome(v ->> 'profile', v ->> 'input') as outcome
from json_array_elements(:'vectors') v
where pg_temp.outcome(v ->> 'profile', v ->> 'input') is distinct from coalesce(v ->> 'canonical', v ->> 'error');
select count(*) as vectors from json_array_elements(:'vectors');

-- What a person sees.
select convert_from(portarium.canonical_json('{"b": [1.50, 1e3, -0], "a": "\u20ac", "\ud83d\ude02": null}'), 'UTF8');
select portarium.canonical_json('{"a": 1, "\u0061": 2}');
select portarium.canonical_json('[1e309]');
select portarium.canonical_entry('{"amount": 12.50}');
select portarium.canonical_json(repeat('[', 513) || repeat(']', 513));
select portarium.canonical_json(null), portarium.canonical_entry(null), portarium_int.canonical(null);

-- Limits: 512 levels of either kind, 16 MiB of text; 32 levels and 64 KiB of an entry.
select length(portarium.canonical_json(repeat('{"a":', 512) || '1' || repeat('}', 512)));
select pg_temp.outcome('json', repeat('{"a":', 513) || '1' || repeat('}', 513));
select pg_temp.outcome('json', repeat('[', 1000000));
select length(portarium.canonical_json('"' || repeat('x', 16777214) || '"'));
select pg_temp.outcome('json', '"' || repeat('x', 16777215) || '"');
select length(portarium.canonical_entry('"' || repeat('x', 65534) || '"'));
select pg_temp.outcome('entry', '"' || repeat('x', 65535) || '"');

-- A jsonb value gives the bytes of its text.
select j, portarium_int.canonical(j) = portarium.canonical_json(j::text) as same
from (values
    ('{"b": 1.10, "aa": {"y": [], "x": {}}, "": "\u0001\"\\/"}'::jsonb),
    ('[1e20, 1e21, 0.000001, 1e-7, 12345678901234567890]'),
    ('"text"'), ('12.0'), ('true'), ('null'), ('{}')
) v (j);
select portarium_int.canonical('1e400'::jsonb);

-- Order of members does not matter, nor does the spelling of numbers and strings.
select portarium.canonical_json('{"x":1.0,"y":"\u0041"}') = portarium.canonical_json(' { "y" : "A", "x" : 1 } ') as same;

-- The settings of a session do not matter.
set extra_float_digits = -10;
select convert_from(portarium.canonical_json('[0.1, 1e23, 123456789.123456789, 5e-324]'), 'UTF8');
reset extra_float_digits;
