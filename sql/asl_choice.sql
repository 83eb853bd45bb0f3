-- Choice rules: types, order of evaluation, missing values.
\pset format unaligned
\pset tuples_only on

-- which of "yes" and "no" a rule leads to, or the error
create function pg_temp.ask(p_rule jsonb, p_input jsonb) returns text
language sql
as $$
    select coalesce(r ->> 'output', r ->> 'error' || ': ' || (r ->> 'cause'))
    from portarium.simulate(jsonb_build_object('StartAt', 'C', 'States', jsonb_build_object(
        'C', jsonb_build_object('Type', 'Choice', 'Choices', jsonb_build_array(p_rule || '{"Next": "Yes"}'), 'Default', 'No'),
        'Yes', '{"Type": "Pass", "Result": "yes", "End": true}'::jsonb,
        'No', '{"Type": "Pass", "Result": "no", "End": true}'::jsonb)), p_input) as r
$$;

-- no coercion: another type is false, whatever the operator
select o.rule, string_agg(pg_temp.ask(o.rule || '{"Variable": "$.v"}', jsonb_build_object('v', i.v)), ' ' order by i.place)
from (values ('{"StringEquals": "1"}'::jsonb), ('{"StringLessThan": "a"}'), ('{"NumericEquals": 1}'), ('{"NumericGreaterThanEquals": 0.5}'), ('{"BooleanEquals": true}'), ('{"TimestampLessThan": "2030-01-01T00:00:00Z"}'),
    ('{"StringMatches": "*"}'), ('{"IsNull": true}'), ('{"IsPresent": true}'), ('{"IsNumeric": true}'), ('{"IsString": false}'), ('{"IsBoolean": true}'), ('{"IsTimestamp": true}')) as o (rule),
    jsonb_array_elements('["1", 1.0, true, null, [], {}, "2024-02-29T23:59:59.5+01:00"]') with ordinality as i (v, place)
group by o.rule
order by o.rule::text;

-- strings by code point, not by collation
select pg_temp.ask('{"Variable": "$.a", "StringLessThanPath": "$.b"}', v) from unnest(array['{"a": "Z", "b": "a"}', '{"a": "a", "b": "B"}', '{"a": "", "b": "A"}', '{"a": "A", "b": "A "}', '{"a": "é", "b": "z"}']::jsonb[]) as v;

-- instants, to the nanosecond, whatever the offset; dates that do not exist are no timestamps
select pg_temp.ask('{"Variable": "$.a", "TimestampEqualsPath": "$.b"}', v)
from unnest(array['{"a": "2024-01-01T12:00:00Z", "b": "2024-01-01T13:00:00+01:00"}', '{"a": "2024-01-01T12:00:00.000000001Z", "b": "2024-01-01T12:00:00.000000002Z"}',
    '{"a": "2023-02-29T00:00:00Z", "b": "2023-02-29T00:00:00Z"}', '{"a": "2024-01-01t12:00:00z", "b": "2024-01-01t12:00:00z"}', '{"a": "2024-01-01 12:00:00Z", "b": "2024-01-01 12:00:00Z"}']::jsonb[]) as v;

-- patterns
select p, s, pg_temp.ask(jsonb_build_object('Variable', '$.s', 'StringMatches', p), jsonb_build_object('s', s))
from (values ('log-*.txt', 'log-1.txt'), ('log-*.txt', 'log-.txt'), ('log-*.txt', 'log-1xtxt'), ('*', E'two\nlines'), ('a\*b', 'a*b'), ('a\*b', 'axb'), ('a\\b', 'a\b'), ('a?[b]', 'a?[b]'), ('a?', 'ab'), ('', '')) as t (p, s);

-- And, Or, Not short-circuit in order, so a guard protects what follows
select r, pg_temp.ask(r::jsonb, '{"a": 1}')
from unnest(array['{"And": [{"Variable": "$.b", "IsPresent": true}, {"Variable": "$.b", "NumericEquals": 1}]}', '{"Or": [{"Variable": "$.a", "NumericEquals": 1}, {"Variable": "$.b", "NumericEquals": 1}]}',
    '{"Not": {"Variable": "$.a", "StringEquals": "1"}}', '{"Not": {"And": [{"Variable": "$.a", "NumericEquals": 1}, {"Not": {"Or": [{"Variable": "$.a", "NumericEquals": 2}, {"Variable": "$.a", "NumericEquals": 3}]}}]}}',
    '{"Or": [{"And": [{"Variable": "$.a", "NumericEquals": 2}, {"Variable": "$.b", "NumericEquals": 2}]}, {"Variable": "$.a", "NumericLessThan": 2}]}']) as r;

-- a missing value ends the run although there is a Default; only IsPresent may ask for one
select r, pg_temp.ask(r::jsonb, '{"a": 1}') from unnest(array['{"Variable": "$.b", "NumericEquals": 1}', '{"Variable": "$.b", "IsNull": true}', '{"Variable": "$.a", "NumericEqualsPath": "$.x.y"}', '{"Variable": "$.b", "IsPresent": false}']) as r;

-- the first rule that holds wins; without Default nothing catches the end of the rules
select r -> 'output', r -> 'trace' from portarium.simulate('{"StartAt": "C", "States": {"C": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericGreaterThan": 5, "Next": "A"}, {"Variable": "$.n", "NumericGreaterThan": 1, "Next": "B"}]},
    "A": {"Type": "Pass", "Result": "a", "End": true}, "B": {"Type": "Pass", "Result": "b", "End": true}}}', '{"n": 9}') as r;
select r -> 'error', r -> 'cause' from portarium.simulate('{"StartAt": "C", "States": {"C": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericGreaterThan": 5, "Next": "A"}]}, "A": {"Type": "Succeed"}}}', '{"n": 1}') as r;
