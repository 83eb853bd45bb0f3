-- SPDX-License-Identifier: PostgreSQL
-- Limits of a task: its time and its heartbeat, fixed and by path, what an executor sees of them, the size of what it gives back.
\i test/pgtap/include/engine.sql
select plan(18);

-- by path, from the effective input
select portarium.register_workflow('paths', pg_temp.task('post', '{"InputPath": "$.in", "TimeoutSecondsPath": "$.t", "HeartbeatSecondsPath": "$.h"}'));
select portarium.start_run('paths', '{"in": {"t": 40, "h": 7}}') as run \gset
select timeout_ms, spec ->> 'heartbeat_ms' as beat_ms, token, run_id from pg_temp.exchange() \gset
select is(:timeout_ms, 40000, 'TimeoutSecondsPath bounds what the executor may take');
select is(:'beat_ms'::text, '7000', 'and the executor is told how often it must be heard of');
create function pg_temp.lease_seconds() returns text language sql as $$
    select round(extract(epoch from until - clock_timestamp())) || ' ' || coalesce(round(extract(epoch from deadline - clock_timestamp()))::text, 'none') from portarium_data.lease
$$;
select is(pg_temp.lease_seconds(), '7 40', 'the lease is as long as the heartbeat, its deadline is the timeout');
select is((select state from portarium.heartbeat(current_setting('t.executor')::int, current_setting('t.epoch')::int, array[:token])), 'ok', 'a heartbeat');
select is(pg_temp.lease_seconds(), '7 40', 'reaches as far as the first');
select portarium.start_run('paths', '{"in": {"t": 0, "h": 7}}') as bad \gset
select is(pg_temp.state(:'bad'), 'FAILED States.Runtime', 'a path to no positive integer fails the state');
select is((select cause from portarium.runs where run_id = :'bad'),
    'An error occurred while executing the state ''Do''. The TimeoutSecondsPath parameter does not reference a positive integer: $.t == 0', 'and says so');

-- a heartbeat that does not come
update portarium_data.lease set until = clock_timestamp();
select portarium_int.tick_step();
select is(pg_temp.state(:'run'), 'FAILED States.Timeout', 'without a heartbeat the error is States.Timeout');
select is(pg_temp.kinds(:'run'), 'run.started run.failed', 'in one entry');
select portarium.register_workflow('beats', pg_temp.task('post', '{"HeartbeatSeconds": 5, "Retry": [{"ErrorEquals": ["States.HeartbeatTimeout"], "MaxAttempts": 1}],
    "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "Late"}]}') || jsonb_build_object('States', pg_temp.task('post', '{"HeartbeatSeconds": 5,
    "Retry": [{"ErrorEquals": ["States.HeartbeatTimeout"], "MaxAttempts": 1}], "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "Late"}]}') -> 'States'
    || '{"Late": {"Type": "Pass", "End": true}}'));
select portarium.start_run('beats') as beats \gset
select pg_temp.exchange();
update portarium_data.lease set until = clock_timestamp();
select portarium_int.tick_step(), pg_temp.let_time_pass();
select is(pg_temp.state(:'beats'), 'RUNNING', 'a retrier may name States.HeartbeatTimeout');
select is((select convert_from(canon, 'UTF8')::jsonb ->> 'error' from entry where stream_id = :'beats' and seq = 2), 'States.HeartbeatTimeout',
    'and the entry knows which of the clocks it was');
select pg_temp.exchange();
update portarium_data.lease set until = clock_timestamp();
select portarium_int.tick_step();
select is((select output from portarium.runs where run_id = :'beats'), '{"Error": "States.Timeout", "Cause": ""}'::jsonb, 'a catcher of States.Timeout takes it, too');

-- an executor that starts again has lost its jobs, whatever their heartbeats
select portarium.start_run('beats') as again \gset
select pg_temp.exchange();
select epoch from portarium.register_executor('e1', '{ledger}') \gset
select set_config('t.epoch', :'epoch', true), portarium_int.tick_step();
select is((select kind from portarium.run_history(:'again') order by seq desc limit 1), 'action.lost', 'a lease of an older epoch is lost, not late');

-- an effect that may not be repeated
select portarium.register_workflow('wire', pg_temp.task('wire', '{"HeartbeatSeconds": 5, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Do"}]}'));
select portarium.cancel_run(:'again');
select portarium.start_run('wire') as wire \gset
select pg_temp.exchange(p_want => 5);
update portarium_data.lease set until = clock_timestamp();
select portarium_int.tick_step();
select is(pg_temp.state(:'wire'), 'UNKNOWN Portarium.UnknownOutcome', 'is not known to have failed');

-- a result over the limit of the language
select portarium.register_workflow('large', pg_temp.task('post', '{"Retry": [{"ErrorEquals": ["States.DataLimitExceeded"], "MaxAttempts": 1}]}'));
select portarium.start_run('large') as large \gset
select pg_temp.work(jsonb_build_object('output', repeat('x', 262143)));
select is(pg_temp.state(:'large'), 'RUNNING', 'a result over the limit may be retried');
select pg_temp.let_time_pass(), pg_temp.work(jsonb_build_object('output', repeat('x', 262143)));
select is(pg_temp.state(:'large'), 'FAILED States.DataLimitExceeded', 'and fails the run for good');

-- the context object
select portarium.register_workflow('context', '{"StartAt": "P", "States": {
    "P": {"Type": "Pass", "Parameters": {"role.$": "$$.Execution.RoleArn", "n.$": "$$.Execution.RedriveCount"}, "ResultPath": "$.ctx", "Next": "F"},
    "F": {"Type": "Task", "Resource": "portarium:action:ledger.post", "Parameters": {"n.$": "$$.Execution.RedriveCount"}, "ResultPath": "$.n", "End": true}}}');
select portarium.start_run('context') as context \gset
select pg_temp.work('{"error": "No"}');
select portarium.retry_run(:'context');
select is((select input from pg_temp.exchange()), '{"n": 1}'::jsonb, 'RedriveCount counts how often the run was retried from its failed state');
select is((select convert_from(canon, 'UTF8')::jsonb ->> 'action' from entry where stream_id = :'context' and seq = 1), 'portarium:action:ledger.post',
    'RoleArn is there for whoever started it');

select * from finish();
rollback;
