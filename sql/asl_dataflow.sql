-- The way of data through a state: InputPath, Parameters, ResultSelector, ResultPath, OutputPath.
\pset format unaligned
\pset tuples_only on

-- output, or error and cause, of one state; a task's result is {"r": 1, "list": [1, 2]}
create function pg_temp.through(p_state jsonb, p_input jsonb default '{"in": {"x": 7}, "keep": true}') returns text
language sql
as $$
    select coalesce(r ->> 'output', r ->> 'error' || ': ' || (r ->> 'cause'))
    from portarium.simulate(
        jsonb_build_object('StartAt', 'S', 'States', jsonb_build_object('S', '{"Type": "Task", "Resource": "portarium:action:a.b", "End": true}'::jsonb || p_state)),
        p_input, '{"S": [{"return": {"r": 1, "list": [1, 2]}}]}') as r
$$;

select s, pg_temp.through(s::jsonb)
from unnest(array[
    '{}',
    '{"ResultPath": "$.out"}',
    '{"ResultPath": "$.in"}',
    '{"ResultPath": "$.in.deep.er"}',
    '{"ResultPath": null}',
    '{"ResultSelector": {"got.$": "$.r", "text": "$.r", "nested": [{"n.$": "$.list[*]"}]}, "ResultPath": "$.out", "OutputPath": "$.out"}',
    '{"InputPath": "$.in", "ResultPath": "$.out"}',
    '{"OutputPath": null}',
    '{"OutputPath": "$.missing"}',
    '{"OutputPath": "$.r.deeper.still"}',
    '{"InputPath": "$.missing"}',
    '{"ResultSelector": {"a.$": "$.missing"}}',
    '{"Parameters": {"a.$": "$.missing"}}',
    '{"Parameters": {"a.$": "States.StringToJson(''{'')"}}']) as s;

-- what a task is given
select s, (portarium_int.asl_enter(c, '{"in": {"x": 7}, "list": [{"id": 1}, {"id": 2}]}', '{"v": 5}', '{"State": {"Name": "S"}}')).input
from unnest(array[
    '{}',
    '{"InputPath": "$.in"}',
    '{"InputPath": null}',
    '{"InputPath": "$v"}',
    '{"InputPath": "$$.State"}',
    '{"Parameters": {"x.$": "$.in.x", "y": "$.in.x", "ids.$": "$.list[*].id", "array": ["$.in", {"z.$": "$.in"}], "who.$": "$$.State.Name", "v.$": "$v", "f.$": "States.Format(''<{}>'', $.in.x)"}}',
    '{"InputPath": "$.in", "Parameters": {"x.$": "$.x"}}',
    '{"Parameters": [1, 2]}',
    '{"Parameters": "text"}',
    '{"Parameters": {}}']) as s,
    portarium_int.asl_compile_state('S', '{"Type": "Task", "Resource": "r:x", "End": true}'::jsonb || s::jsonb) as c;

-- a ResultPath that does not fit the input
select s, i, pg_temp.through(s::jsonb, i::jsonb)
from (values ('{"ResultPath": "$.x"}', '"text"'), ('{"ResultPath": "$.x"}', '[1]'), ('{"ResultPath": "$.a.b"}', '{"a": 1}'), ('{"ResultPath": "$.a[1]"}', '{"a": [1, 2]}'), ('{"ResultPath": "$.a[2]"}', '{"a": [1, 2]}'), ('{"ResultPath": "$.a[0].b"}', '{"a": [{"c": 1}]}')) as t (s, i);

-- Pass: Result is literal, and replaces Parameters
select s, r -> 'output'
from unnest(array['{}', '{"Result": {"a.$": "$.in"}}', '{"Result": null}', '{"Result": 1, "ResultPath": "$.one"}', '{"Parameters": {"p.$": "$.in.x"}, "ResultPath": "$.p"}', '{"InputPath": "$.in", "OutputPath": "$.x"}']) as s,
    portarium.simulate(jsonb_build_object('StartAt', 'S', 'States', jsonb_build_object('S', '{"Type": "Pass", "End": true}'::jsonb || s::jsonb)), '{"in": {"x": 7}}') as r;

-- Succeed selects, Fail reports
select s, r - 'trace'
from unnest(array['{"Type": "Succeed", "InputPath": "$.in", "OutputPath": "$.x"}', '{"Type": "Succeed", "OutputPath": "$.no"}', '{"Type": "Fail"}', '{"Type": "Fail", "Error": "E", "Cause": "because"}',
    '{"Type": "Fail", "ErrorPath": "$.in.name", "CausePath": "States.Format(''x is {}'', $.in.x)"}', '{"Type": "Fail", "ErrorPath": "$.in.x"}', '{"Type": "Fail", "ErrorPath": "$.in.name", "CausePath": "$.no"}']) as s,
    portarium.simulate(jsonb_build_object('StartAt', 'S', 'States', jsonb_build_object('S', s::jsonb)), '{"in": {"x": 7, "name": "N"}}') as r;
