-- Parallel and Map in simulate; the engine runs them on the same functions (test/pgtap/engine_strands.sql).
\pset format unaligned
\pset tuples_only on

create function pg_temp.run(p_state jsonb, p_input jsonb, p_mocks jsonb default '{}') returns jsonb
language sql
as $$
    select jsonb_strip_nulls(portarium.simulate(jsonb_build_object('StartAt', 'S', 'States', jsonb_build_object('S', '{"Next": "K"}'::jsonb || p_state, 'K', '{"Type": "Pass", "End": true}'::jsonb)), p_input, p_mocks))
$$;

-- branches get the same input, results come in the order of the branches
select pg_temp.run('{"Type": "Parallel", "Parameters": {"x.$": "$.in"}, "ResultSelector": {"all.$": "$[*]"}, "ResultPath": "$.r", "Branches": [
    {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 9, "Next": "B"}, "B": {"Type": "Pass", "OutputPath": "$.x", "End": true}}}, {"StartAt": "C", "States": {"C": {"Type": "Succeed"}}}]}', '{"in": 1}');
-- a failing branch gives its own error; Retry starts all branches again; Catch
select pg_temp.run('{"Type": "Parallel", "Branches": [{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}, {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E", "Cause": "C"}}}]}', '{}');
select pg_temp.run('{"Type": "Parallel", "Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 1}], "Branches": [{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}, {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "r:x", "End": true}}}]}', '{}', '{"T": [{"error": "E"}, {"return": 2}]}');
select pg_temp.run('{"Type": "Parallel", "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.e", "Next": "K"}], "Branches": [{"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E"}}}]}', '{"raw": 1}');
-- what the interpreter cannot do kills the run from inside a branch too
select pg_temp.run('{"Type": "Parallel", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "K"}], "Branches": [{"StartAt": "F", "States": {"F": {"Type": "Pass", "InputPath": "$.no", "End": true}}}]}', '{}');
-- variables go in, not out, and the clock shows the longest branch
select portarium.simulate('{"StartAt": "V", "TimeoutSeconds": 100, "States": {"V": {"Type": "Pass", "Assign": {"v": 1}, "Next": "S"},
    "S": {"Type": "Parallel", "Branches": [{"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": {"v.$": "$v"}, "Assign": {"w": 1}, "Next": "A2"}, "A2": {"Type": "Wait", "Seconds": 60, "End": true}}}, {"StartAt": "B", "States": {"B": {"Type": "Wait", "Seconds": 60, "End": true}}}], "Next": "P"},
    "P": {"Type": "Pass", "Parameters": {"all.$": "$", "w.$": "$w"}, "End": true}}}') - 'output';

-- Map: items in order, ItemSelector sees the whole input, the item is in the context
select pg_temp.run('{"Type": "Map", "InputPath": "$.in", "ItemsPath": "$.items", "ItemSelector": {"i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value", "n.$": "$.name", "lit": "$x"}, "ResultPath": "$.out", "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}}',
    '{"in": {"items": ["a", {"b": 1}], "name": "N"}}');
select pg_temp.run('{"Type": "Map", "Iterator": {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "r:x", "End": true}}}}', '[1, 2, 3]', '{"T": [{"return": "one"}, {"return": "two"}]}');
select pg_temp.run('{"Type": "Map", "Iterator": {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}}', '[]');
-- no array, no such path
select pg_temp.run('{"Type": "Map", "Iterator": {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}}', '{"a": 1}');
select pg_temp.run('{"Type": "Map", "ItemsPath": "$.no", "Iterator": {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}}', '{"a": 1}');
-- the first failing iteration decides, or the tolerance does
select t, pg_temp.run('{"Type": "Map", "ItemsPath": "$.items", "Iterator": {"StartAt": "C", "States": {"C": {"Type": "Choice", "Choices": [{"Variable": "$", "NumericGreaterThan": 2, "Next": "F"}], "Default": "Ok"}, "F": {"Type": "Fail", "Error": "TooBig", "Cause": "more than 2"}, "Ok": {"Type": "Succeed"}}}}'::jsonb || t::jsonb,
    '{"items": [1, 2, 3, 4], "two": 2, "text": "x", "minus": -1, "much": 101}') - 'trace'
from unnest(array['{}', '{"ToleratedFailureCount": 2}', '{"ToleratedFailureCount": 1}', '{"ToleratedFailurePercentage": 50}', '{"ToleratedFailurePercentage": 49.9}', '{"ToleratedFailureCountPath": "$.two"}', '{"ToleratedFailureCountPath": "$.text"}',
    '{"ToleratedFailureCountPath": "$.minus"}', '{"ToleratedFailurePercentagePath": "$.much"}', '{"MaxConcurrencyPath": "$.text"}', '{"MaxConcurrency": 1}', '{"ToleratedFailureCount": 0, "Catch": [{"ErrorEquals": ["States.ExceedToleratedFailureThreshold"], "Next": "K"}]}']) as t;
-- a Map inside a Map inside a Parallel
select pg_temp.run('{"Type": "Parallel", "Branches": [{"StartAt": "M", "States": {"M": {"Type": "Map", "Iterator": {"StartAt": "N", "States": {"N": {"Type": "Map", "Iterator": {"StartAt": "P", "States": {"P": {"Type": "Pass", "Parameters": {"v.$": "States.MathAdd($, 1)"}, "OutputPath": "$.v", "End": true}}}, "End": true}}}, "End": true}}}]}', '[[1, 2], [3]]');

-- time: branches and iterations run side by side, the failure that comes first decides, MaxConcurrency makes iterations wait
create function pg_temp.timed(p_definition text, p_input jsonb default '{}') returns text language sql as $$
    select (r ->> 'status') || ' ' || coalesce(r ->> 'error', r ->> 'output', '') from portarium.simulate(p_definition::jsonb, p_input) as r
$$;
\set parallel '{"StartAt": "P", "TimeoutSeconds": %s, "States": {"P": {"Type": "Parallel", "End": true, "Branches": [{"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 9, "Next": "A2"}, "A2": {"Type": "Fail", "Error": "late"}}}, {"StartAt": "B", "States": {"B": {"Type": "Wait", "Seconds": 5, "Next": "B2"}, "B2": {"Type": "Fail", "Error": "early"}}}]}}}'
select t, pg_temp.timed(format(:'parallel', t)) from unnest(array[5, 6, 10]) as t;
\set map '{"StartAt": "M", "TimeoutSeconds": %s, "States": {"M": {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": %s, "ToleratedFailureCount": %s, "End": true, "ItemProcessor": {"StartAt": "W", "States": {"W": {"Type": "Wait", "SecondsPath": "$", "Next": "C"}, "C": {"Type": "Choice", "Choices": [{"Variable": "$", "NumericGreaterThan": 4, "Next": "F"}], "Default": "S"}, "S": {"Type": "Succeed"}, "F": {"Type": "Fail", "Error": "E"}}}}}}'
-- four iterations of 4 s: all at once, two by two, one by one
select m, t, pg_temp.timed(format(:'map', t, m, 0), '{"items": [4, 4, 4, 4]}') from unnest(array[0, 2, 1], array[5, 9, 17]) as c (m, t)
union all
select m, t, pg_temp.timed(format(:'map', t, m, 0), '{"items": [4, 4, 4, 4]}') from unnest(array[0, 2, 1], array[4, 8, 16]) as c (m, t);
-- the second failure is one too many: at 6 s, or one by one at 12 s
select m, t, pg_temp.timed(format(:'map', t, m, 1), '{"items": [1, 5, 6, 9]}') from unnest(array[0, 0, 1, 1], array[6, 7, 12, 13]) as c (m, t);
