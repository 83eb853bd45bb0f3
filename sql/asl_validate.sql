-- What validate_workflow finds. Each line: the document, then its findings as severity, code, pointer, message.
\pset format unaligned
\pset tuples_only on

create function pg_temp.check(p_definition jsonb) returns text
language sql
as $$
    select (r ->> 'valid') || coalesce(string_agg(concat_ws(' | ', E'\n    ' || (f ->> 'severity'), f ->> 'code', f ->> 'pointer', f ->> 'message'), ''), '')
    from portarium.validate_workflow(p_definition) as r left join jsonb_array_elements(r -> 'findings') as f on true
    group by r
$$;
create function pg_temp.state(p_state text) returns text
language sql
as $$
    select pg_temp.check(jsonb_build_object('StartAt', 'S', 'States', jsonb_build_object('S', p_state::jsonb, 'E', '{"Type": "Succeed"}'::jsonb)))
$$;

-- documents
select d, pg_temp.check(d::jsonb)
from unnest(array['[]', '{}', '{"StartAt": "A", "States": {}}', '{"StartAt": 1, "States": []}', '{"StartAt": "A", "States": {"A": 1}}', '{"StartAt": "B", "States": {"A": {"Type": "Succeed"}}}', '{"StartAt": "A", "Version": "2", "Extra": 1, "TimeoutSeconds": -1, "States": {"A": {"Type": "Succeed"}}}',
    '{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "A"}}}', '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}, "B": {"Type": "Succeed"}}}',
    '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}, "B": {"Type": "Pass", "Next": "C"}, "C": {"Type": "Pass", "Next": "B"}}}', '{"StartAt": "a/b~", "States": {"a/b~": {"Type": "Pass", "Next": "gone"}, "x": {"Type": "Succeed"}}}']) as d;

-- names
select pg_temp.check(jsonb_build_object('StartAt', n, 'States', jsonb_build_object(n, '{"Type": "Succeed"}'::jsonb))) from unnest(array[repeat('é', 80), repeat('x', 81)]) as n;

-- states
select s, pg_temp.state(s)
from unnest(array['{}', '{"Type": "task"}', '{"Type": "Pass", "Next": "E"}', '{"Type": "Pass"}', '{"Type": "Pass", "Next": "E", "End": true}', '{"Type": "Pass", "Next": "E", "End": false}', '{"Type": "Pass", "Next": 1}', '{"Type": "Pass", "inputPath": "$", "Next": "E"}',
    '{"Type": "Pass", "InputPath": "no path", "OutputPath": "$.a[", "ResultPath": "$.a[*]", "Next": "E"}', '{"Type": "Pass", "ResultPath": "$$.a", "Next": "E"}', '{"Type": "Pass", "Parameters": {"a.$": 1, "b.$": "plain", "c.$": "States.Nope()", "d": 1, "d.$": "$", ".$": "$", "e": [{"f.$": "$.x["}]}, "Next": "E"}',
    '{"Type": "Task", "Next": "E"}', '{"Type": "Task", "Resource": "just words", "Next": "E"}', '{"Type": "Task", "Resource": "portarium:action:a.b", "TimeoutSeconds": 0, "HeartbeatSeconds": 1.5, "Next": "E"}', '{"Type": "Task", "Resource": "arn:x", "TimeoutSeconds": 5, "HeartbeatSeconds": 5, "Next": "E"}',
    '{"Type": "Task", "Resource": "arn:x", "TimeoutSeconds": 5, "TimeoutSecondsPath": "$.a", "Credentials": null, "ResultSelector": [], "Next": "E"}', '{"Type": "Wait", "Next": "E"}', '{"Type": "Wait", "Seconds": 1, "Timestamp": "2026-01-01T00:00:00Z", "Next": "E"}', '{"Type": "Wait", "Timestamp": "2026-01-01", "Next": "E"}',
    '{"Type": "Wait", "Seconds": -1, "Next": "E"}', '{"Type": "Succeed", "Next": "E"}', '{"Type": "Fail", "Error": "E", "ErrorPath": "$.e", "Cause": 1, "CausePath": "States.Format()"}', '{"Type": "Pass", "Assign": {"ok": 1, "states": 1, "1x.$": "$", "a.b": 2}, "Next": "E"}']) as s;

-- rules
select r, pg_temp.state(jsonb_build_object('Type', 'Choice', 'Choices', r::jsonb, 'Default', 'E')::text)
from unnest(array['[]', '[1]', '[{"Next": "E"}]', '[{"Variable": "$.a", "Next": "E"}]', '[{"StringEquals": "x", "Next": "E"}]', '[{"Variable": "$.a", "StringEquals": "x"}]', '[{"Variable": "$.a", "StringEquals": 1, "Next": "E"}]', '[{"Variable": "$.a", "StringEquals": "1", "NumericEquals": 1, "Next": "E"}]',
    '[{"Variable": "a", "NumericEquals": "1", "Next": "E"}]', '[{"Variable": "$.a", "BooleanLessThan": true, "Next": "E"}]', '[{"Variable": "$.a", "TimestampEquals": "yesterday", "Next": "E"}]', '[{"Variable": "$.a", "StringMatches": "a\\b", "Next": "E"}]', '[{"Variable": "$.a", "IsNullPath": "$.b", "Next": "E"}]',
    '[{"Variable": "$.a", "NumericEqualsPath": "b", "Next": "E"}]', '[{"And": [], "Next": "E"}]', '[{"And": [{"Variable": "$.a", "IsNull": true, "Next": "E"}], "Next": "E"}]', '[{"Not": [], "Next": "E"}]', '[{"Not": {"Or": [{"Variable": "$.a", "IsNull": 1}]}, "Next": "E", "End": true}]', '[{"And": [{"Variable": "$.a", "IsNull": true}], "Variable": "$.b", "Next": "gone"}]']) as r;

-- retriers and catchers
select h, pg_temp.state(('{"Type": "Task", "Resource": "arn:x", "Next": "E"}'::jsonb || h::jsonb)::text)
from unnest(array['{"Retry": {}}', '{"Retry": [1]}', '{"Retry": [], "Catch": []}', '{"Retry": [{"ErrorEquals": []}]}', '{"Retry": [{"ErrorEquals": [1]}]}', '{"Retry": [{"ErrorEquals": ["A", "States.ALL"]}]}', '{"Retry": [{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["A"]}]}',
    '{"Retry": [{"ErrorEquals": ["A"], "IntervalSeconds": 0, "MaxAttempts": -1, "BackoffRate": 0.5, "MaxDelaySeconds": 99999999, "JitterStrategy": "SOME"}]}', '{"Retry": [{"ErrorEquals": ["A"], "IntervalSeconds": 10, "MaxDelaySeconds": 10}]}', '{"Catch": [{"ErrorEquals": ["A"]}]}',
    '{"Catch": [{"ErrorEquals": ["A"], "Next": "gone", "ResultPath": "a"}]}']) as h;

-- machines inside: targets and ends of their own, unique names, no outer variables
select d, pg_temp.state(d)
from unnest(array['{"Type": "Parallel", "Branches": [], "Next": "E"}', '{"Type": "Parallel", "Branches": [[]], "Next": "E"}', '{"Type": "Parallel", "Branches": [{"StartAt": "B", "States": {"B": {"Type": "Pass", "Next": "E"}}}], "Next": "E"}', '{"Type": "Parallel", "Branches": [{"StartAt": "E", "States": {"E": {"Type": "Succeed"}}}], "Next": "E"}',
    '{"Type": "Map", "Next": "E"}', '{"Type": "Map", "ItemsPath": "$.a[*]", "MaxConcurrency": -1, "ToleratedFailurePercentage": 101, "ToleratedFailureCount": 1, "ToleratedFailureCountPath": "$.a", "Iterator": {"StartAt": "B", "States": {"B": {"Type": "Succeed"}}, "QueryLanguage": "JSONPath"}, "Next": "E"}',
    '{"Type": "Map", "Assign": {"v": 1}, "Iterator": {"StartAt": "B", "States": {"B": {"Type": "Pass", "Assign": {"v": 2}, "End": true}}}, "Next": "E"}']) as d;

-- JSONata: the fields that belong to it, delimiters and brackets
select s, pg_temp.state(s)
from unnest(array['{"Type": "Pass", "QueryLanguage": "JSONata", "Output": {"a": "{% $states.input.x %}"}, "Next": "E"}', '{"Type": "Pass", "QueryLanguage": "JSONata", "InputPath": "$.a", "Output": "{% ($x %}", "Next": "E"}', '{"Type": "Pass", "Output": "{% 1 %}", "Next": "E"}',
    '{"Type": "Pass", "QueryLanguage": "JSONata", "Output": ["{% %}", "{% 1", "a)", "{% \")\" & ''('' %}"], "Next": "E"}', '{"Type": "Choice", "QueryLanguage": "JSONata", "Choices": [{"Condition": "{% $states.input.x = 1 %}", "Next": "E"}, {"Variable": "$.a", "IsNull": true, "Next": "E"}]}']) as s;

-- depth
select pg_temp.state('{"Type": "Pass", "Result": ' || repeat('[', 120) || repeat(']', 120) || ', "Next": "E"}');

-- from text: what jsonb would hide
select t, portarium.validate_workflow(t) #>> '{findings,0,code}'
from unnest(array['{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}', '{"StartAt": "A", "StartAt": "B", "States": {"A": {"Type": "Succeed"}}}', '{"StartAt": "A"', 'null', '{"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": 1e999, "End": true}}}']) as t;
