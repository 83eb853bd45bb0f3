-- Retry and Catch.
\pset format unaligned
\pset tuples_only on
\set SHOW_CONTEXT never

-- a task with these handlers; K is where catchers lead
create function pg_temp.task(p_state jsonb, p_results jsonb) returns jsonb
language sql
as $$
    select portarium.simulate(jsonb_build_object('StartAt', 'T', 'States',
        jsonb_build_object('T', '{"Type": "Task", "Resource": "portarium:action:a.b", "End": true}'::jsonb || p_state)
        || case when p_state -> 'Catch' @? '$[*]' then '{"K": {"Type": "Pass", "End": true}}'::jsonb else '{}' end),
        '{"raw": 1}', jsonb_build_object('portarium:action:a.b', p_results))
$$;

-- retried until it works, or until the retrier is used up; the trace shows one visit
select pg_temp.task('{"Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 2}]}', '[{"error": "E"}, {"error": "E"}, {"return": "ok"}]') - 'cause';
select pg_temp.task('{"Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 1}]}', '[{"error": "E", "cause": "first"}, {"error": "E", "cause": "second"}, {"return": "ok"}]');
select pg_temp.task('{"Retry": [{"ErrorEquals": ["F"]}]}', '[{"error": "E"}, {"return": "ok"}]');
-- each retrier has a budget of its own; zero attempts stop at once
select pg_temp.task('{"Retry": [{"ErrorEquals": ["A", "B"], "MaxAttempts": 2}, {"ErrorEquals": ["C"]}]}', '[{"error": "A"}, {"error": "B"}, {"error": "C"}, {"error": "B", "cause": "third"}]') - 'trace';
select pg_temp.task('{"Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 0}, {"ErrorEquals": ["States.ALL"]}]}', '[{"error": "E"}, {"return": "ok"}]') - 'trace';

-- the delays: interval, backoff, cap; full jitter stays below
select (s).seconds, (s).retries
from portarium_int.asl_compile_state('T', '{"Type": "Task", "Resource": "r:x", "Retry": [{"ErrorEquals": ["X"]}, {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 3, "BackoffRate": 1.5, "MaxAttempts": 9, "MaxDelaySeconds": 10}], "End": true}') as c,
    generate_series(0, 5) as n, portarium_int.asl_error(c, '{}', '{}', null, 'E', null, array[0, n]) as s
order by n;
select bool_and((s).seconds between 0 and 8 and (s).kind = 'retry')
from portarium_int.asl_compile_state('T', '{"Type": "Task", "Resource": "r:x", "Retry": [{"ErrorEquals": ["E"], "IntervalSeconds": 8, "JitterStrategy": "FULL"}], "End": true}') as c,
    generate_series(1, 100), portarium_int.asl_error(c, '{}', '{}', null, 'E', null, null) as s;

-- RetryCount counts, and templates are evaluated for each attempt
select (portarium_int.asl_enter(c, '{}', '{}', '{"State": {"RetryCount": 2}}')).input
from portarium_int.asl_compile_state('T', '{"Type": "Task", "Resource": "r:x", "Parameters": {"n.$": "$$.State.RetryCount"}, "End": true}') as c;

-- catchers in order; the error output goes into the raw input by the catcher's ResultPath, the state's own paths are not applied
select c, pg_temp.task(jsonb_build_object('Catch', c::jsonb, 'OutputPath', '$.impossible', 'ResultPath', '$.never'), '[{"error": "E", "cause": "why"}]') -> 'output'
from unnest(array['[{"ErrorEquals": ["F"], "Next": "K"}, {"ErrorEquals": ["E"], "ResultPath": "$.error", "Next": "K"}, {"ErrorEquals": ["States.ALL"], "Next": "K"}]', '[{"ErrorEquals": ["States.ALL"], "Next": "K"}]',
    '[{"ErrorEquals": ["States.TaskFailed"], "ResultPath": null, "Next": "K"}]', '[{"ErrorEquals": ["e"], "Next": "K"}]', '[]']) as c;

-- timeouts: States.TaskFailed does not stand for them, a heartbeat has two names, a caught one has an empty cause
select n, e, pg_temp.task(jsonb_build_object('Catch', jsonb_build_array(jsonb_build_object('ErrorEquals', jsonb_build_array(n), 'Next', 'K'))), jsonb_build_array(jsonb_build_object('error', e))) - array['trace', 'status', 'cause']
from unnest(array['States.TaskFailed', 'States.Timeout', 'States.HeartbeatTimeout', 'States.ALL']) as n, unnest(array['States.Timeout', 'States.HeartbeatTimeout', null]) as e;

-- nothing catches or retries what the interpreter cannot do
select pg_temp.task('{"Parameters": {"a.$": "$.no"}, "Retry": [{"ErrorEquals": ["States.ALL"]}], "Catch": [{"ErrorEquals": ["States.Runtime"], "Next": "K"}]}', '[{"return": 1}]');
select pg_temp.task('{"Retry": [{"ErrorEquals": ["States.ALL"]}], "Catch": [{"ErrorEquals": ["States.Runtime"], "Next": "K"}]}', '[{"error": "States.Runtime"}]') -> 'status';

-- a retry after a catch starts with a fresh budget
select portarium.simulate('{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "r:x", "Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 1}], "Catch": [{"ErrorEquals": ["E"], "Next": "T"}], "End": true}}}', '{}',
    '{"T": [{"error": "E"}, {"error": "E"}, {"error": "E"}, {"return": "at last"}]}');

-- a task without a mock
select portarium.simulate('{"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "r:x", "End": true}}}');
\echo :LAST_ERROR_SQLSTATE
