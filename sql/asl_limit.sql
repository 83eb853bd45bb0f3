-- 262,144 bytes of JSON text: results, inputs and outputs of states.
\pset format unaligned
\pset tuples_only on

-- the text counts, not what jsonb needs: escapes are longer, spaces are not counted
select n, portarium_int.asl_exceeds(v)
from (values
    ('a string of the limit', to_jsonb(repeat('x', 262142))),
    ('and one more byte', to_jsonb(repeat('x', 262143))),
    ('two bytes a character', to_jsonb(repeat('é', 131072))),
    ('six bytes a character', to_jsonb(repeat(E'\x01', 43691))),
    ('six bytes a character, within', to_jsonb(repeat(E'\x01', 43690))),
    ('spaces that jsonb prints', (select jsonb_agg(1) from generate_series(1, 131071))),
    ('one element more', (select jsonb_agg(1) from generate_series(1, 131072)))) as c (n, v);

create function pg_temp.sim(p_state text, p_mocks jsonb, p_input jsonb default '{}') returns jsonb language sql as $$
    select r - 'output' || jsonb_build_object('output', case when octet_length(r ->> 'output') > 200 then '"long"' else r -> 'output' end)
    from portarium.simulate(format('{"StartAt": "S", "States": {"S": %s%s}}', p_state, case when p_state like '%"C"%' then ', "C": {"Type": "Pass", "End": true}' end)::jsonb,
        p_input, p_mocks) as r
$$;
select jsonb_build_object('return', repeat('x', 262143)) as large \gset

-- a task's result: retried, then caught, also by States.ALL; bytes count, not characters
select pg_temp.sim('{"Type": "Task", "Resource": "arn:x", "End": true, "Catch": [{"ErrorEquals": ["Never"], "Next": "C"}]}', jsonb_build_object('S', jsonb_build_array(:'large'::jsonb)));
select pg_temp.sim('{"Type": "Task", "Resource": "arn:x", "End": true, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "C"}]}', jsonb_build_object('S', jsonb_build_array(:'large'::jsonb)));
select pg_temp.sim('{"Type": "Task", "Resource": "arn:x", "End": true, "Catch": [{"ErrorEquals": ["States.DataLimitExceeded"], "Next": "C"}],
    "Retry": [{"ErrorEquals": ["States.DataLimitExceeded"]}]}', jsonb_build_object('S', jsonb_build_array(:'large'::jsonb, '{"return": "short"}'::jsonb)));
select pg_temp.sim('{"Type": "Task", "Resource": "arn:x", "ResultSelector": {"n.$": "States.ArrayLength($)"}, "End": true}',
    jsonb_build_object('S', jsonb_build_array(jsonb_build_object('return', (select jsonb_agg(repeat('é', 100)) from generate_series(1, 1400))))));

-- what Parameters, ResultSelector, ResultPath and the state's output make is not made smaller by another attempt
select pg_temp.sim('{"Type": "Task", "Resource": "arn:x", "Parameters": {"a.$": "$.a", "b.$": "$.a"}, "End": true, "Retry": [{"ErrorEquals": ["States.ALL"]}],
    "Catch": [{"ErrorEquals": ["States.DataLimitExceeded"], "Next": "C", "ResultPath": "$.a"}]}', '{"S": [{"return": 1}]}', jsonb_build_object('a', repeat('x', 140000)));
select pg_temp.sim('{"Type": "Task", "Resource": "arn:x", "ResultSelector": {"a.$": "$", "b.$": "$"}, "End": true, "Retry": [{"ErrorEquals": ["States.ALL"]}]}',
    jsonb_build_object('S', jsonb_build_array(jsonb_build_object('return', repeat('x', 140000)))));
select pg_temp.sim('{"Type": "Task", "Resource": "arn:x", "ResultPath": "$.b", "End": true, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "C"}]}',
    jsonb_build_object('S', jsonb_build_array(jsonb_build_object('return', repeat('x', 140000)))), jsonb_build_object('a', repeat('x', 140000)));

-- a Pass has nothing that could catch it
select pg_temp.sim('{"Type": "Pass", "Parameters": {"a.$": "$.a", "b.$": "$.a"}, "End": true}', '{}', jsonb_build_object('a', repeat('x', 140000)));
select pg_temp.sim('{"Type": "Pass", "Result": 1, "ResultPath": "$.b", "End": true}', '{}', jsonb_build_object('a', repeat('x', 262134)));
-- results of branches together
select pg_temp.sim('{"Type": "Parallel", "Branches": [{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}, {"StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}}],
    "End": true, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "C"}]}', '{}', jsonb_build_object('a', repeat('x', 140000)));
