-- SPDX-License-Identifier: PostgreSQL
-- Pausing, resuming, retrying, and why a run is not moving.
\i test/pgtap/include/engine.sql
select plan(52);

create function pg_temp.why(p_run uuid) returns text language sql as $$ select reason from portarium.explain_run(p_run) $$;

-- a queued job is held back
select portarium.register_workflow('two', '{"StartAt": "A", "States": {
    "A": {"Type": "Task", "Resource": "portarium:action:ledger.post", "ResultPath": "$.a", "Next": "B"},
    "B": {"Type": "Task", "Resource": "portarium:action:ledger.post", "ResultPath": "$.b", "End": true}}}'::jsonb);
select portarium.start_run('two', '{"id": 1}') as run \gset
select is(pg_temp.why(:'run'), 'queued', 'a job waits to be claimed');
select is(portarium.pause_run(:'run', 'look first'), 'PAUSED', 'a run is paused');
select is(pg_temp.state(:'run'), 'PAUSED', 'and seen as such');
select is(pg_temp.why(:'run'), 'paused', 'that is why it does not move');
select is(portarium.pause_run(:'run'), 'PAUSED', 'pausing again is no error');
select is_empty('select * from pg_temp.exchange()', 'its job is not given out');
select is(portarium.resume_run(:'run'), 'RUNNING', 'it is resumed');
select throws_ok(format('select portarium.resume_run(%L)', :'run'), 'UP101', null, 'once');

-- what is under way is acknowledged, what follows is held back
select run_id, token, idempotency_key from pg_temp.exchange() \gset a_
select is(pg_temp.why(:'run'), 'executing', 'an executor is at work');
select portarium.pause_run(:'run');
select is_empty(format('select * from pg_temp.exchange(%L, 10)', jsonb_build_array(jsonb_build_object('run_id', :'a_run_id', 'token', :a_token, 'output', 1))),
    'its acknowledgement counts and no next job comes');
select is((select current_state from portarium.runs where run_id = :'run'), 'B', 'the run stands before the next effect');
select is(pg_temp.state(:'run'), 'PAUSED', 'still paused');
select portarium.resume_run(:'run');
select is(pg_temp.work('{"output": 2}'), 'post', 'resumed, the next effect is done');
select is((select output from portarium.runs where run_id = :'run'), '{"id": 1, "a": 1, "b": 2}'::jsonb, 'nothing was lost');
select is(pg_temp.kinds(:'run'), 'run.started run.paused run.resumed run.paused action.succeeded run.resumed run.succeeded', 'all of it is in evidence');
select throws_ok(format('select portarium.pause_run(%L)', :'run'), 'UP101', null, 'a run that has ended is not paused');
select is(pg_temp.why(:'run'), 'ended', 'it does not move because it has ended');

-- timers go on
select portarium.register_workflow('wait', '{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "Next": "T"},
    "T": {"Type": "Task", "Resource": "portarium:action:ledger.post", "End": true}}}'::jsonb);
select portarium.start_run('wait') as wait \gset
select is(pg_temp.why(:'wait'), 'wait', 'it waits');
select portarium.pause_run(:'wait');
select pg_temp.let_time_pass();
select is((select current_state from portarium.runs where run_id = :'wait'), 'T', 'a wait passes while paused');
select is_empty('select * from pg_temp.exchange()', 'but nothing is done');
select portarium.resume_run(:'wait');
select is(pg_temp.work('{"output": {}}'), 'post', 'until it is resumed');
select is(pg_temp.state(:'wait'), 'SUCCEEDED', 'then it ends');

-- approvals
select portarium.register_workflow('ask', '{"StartAt": "Q", "States": {"Q": {"Type": "Task", "Resource": "portarium:approval", "ResultPath": null, "Next": "T"},
    "T": {"Type": "Task", "Resource": "portarium:action:ledger.post", "End": true}}}'::jsonb);
select portarium.start_run('ask') as ask \gset
select is(pg_temp.why(:'ask'), 'approval', 'it waits for a person');
select portarium.pause_run(:'ask');
select pg_temp.be('abe', 'approver');
select is(portarium.decide((select approval_id from portarium.approvals where run_id = :'ask'), 'approve'), 'APPROVED', 'a paused run''s approval is decided');
select throws_ok(format('select portarium.resume_run(%L)', :'ask'), 'UP205', null, 'an approver resumes nothing');
select throws_ok(format('select portarium.pause_run(%L)', :'ask'), 'UP205', null, 'and pauses nothing');
select pg_temp.be('ada', 'admin', 'operator');
select is_empty('select * from pg_temp.exchange()', 'what it allows is held back');
select portarium.resume_run(:'ask');
select is(pg_temp.work('{"output": {}}'), 'post', 'until the run is resumed');

-- strands
select portarium.register_workflow('map', '{"StartAt": "M", "States": {"M": {"Type": "Map", "MaxConcurrency": 1, "End": true,
    "ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Task", "Resource": "portarium:action:ledger.post", "End": true}}}}}}'::jsonb);
select portarium.start_run('map', '[1, 2]') as map \gset
select is(pg_temp.why(:'map'), 'strands', 'it waits for its iterations');
select portarium.pause_run(:'map');
select is_empty('select * from pg_temp.exchange()', 'strands are paused with their run');
select portarium.resume_run(:'map');
select is(pg_temp.work('{"output": 1}'), 'post', 'and resumed with it');
select portarium.pause_run(:'map');
select is_empty('select * from pg_temp.exchange()', 'again');
select portarium.cancel_run(:'map');
select is(pg_temp.state(:'map'), 'ABORTED', 'a paused run is cancelled');

-- retry
select portarium.register_workflow('frail', pg_temp.task('post', '{"Retry": [{"ErrorEquals": ["Once"], "MaxAttempts": 1, "IntervalSeconds": 1}]}'));
select portarium.start_run('frail', '{"k": 1}') as frail \gset
select idempotency_key as key from pg_temp.exchange() \gset
update portarium_data.lease set until = clock_timestamp() + interval '1 h';
select pg_temp.exchange(jsonb_build_array(jsonb_build_object('run_id', :'frail', 'token', (select token from portarium_data.lease), 'error', 'Broken')), 0);
select is(pg_temp.state(:'frail'), 'FAILED Broken', 'a run fails');
select is(portarium.retry_run(:'frail', 'mended'), 'RUNNING', 'a person retries it');
select results_eq('select idempotency_key, input from pg_temp.exchange()', format('values (%L, %L::jsonb)', :'key', '{"k": 1}'), 'the same effect with the same key and data');
select pg_temp.exchange(jsonb_build_array(jsonb_build_object('run_id', :'frail', 'token', (select token from portarium_data.lease), 'error', 'Once')), 0);
select is(pg_temp.why(:'frail'), 'retry', 'its own Retry counts from zero');
select pg_temp.let_time_pass();
select is(pg_temp.work('{"output": "ok"}'), 'post', 'and is done');
select is((select state || ' ' || output from portarium.runs where run_id = :'frail'), 'SUCCEEDED "ok"', 'to the end');
select is(pg_temp.kinds(:'frail'), 'run.started run.failed run.retried action.retried action.failed action.retried run.succeeded', 'as the evidence says');
select throws_ok(format('select portarium.retry_run(%L)', :'frail'), 'UP101', null, 'a run that succeeded is not retried');
select throws_ok(format('select portarium.retry_run(%L)', gen_random_uuid()), 'UP401', null, 'nor one that is not there');

-- an attempt that fails while its run is paused: the interval until the next one is kept
select portarium.start_run('frail', '{"k": 2}') as slow \gset
select run_id, token from pg_temp.exchange() \gset s_
select portarium.pause_run(:'slow');
select pg_temp.exchange(jsonb_build_array(jsonb_build_object('run_id', :'slow', 'token', :s_token, 'error', 'Once')), 0);
select is(pg_temp.state(:'slow'), 'PAUSED', 'an attempt fails while its run is paused');
select portarium.resume_run(:'slow');
select is(pg_temp.why(:'slow'), 'retry', 'resumed, the run waits for the next one');
select portarium.pause_run(:'slow');
select pg_temp.let_time_pass();
select is_empty('select * from pg_temp.exchange()', 'which is held back when its time comes in a pause');
select portarium.resume_run(:'slow');
select is(pg_temp.work('{"output": "ok"}'), 'post', 'and done after it');
select is(pg_temp.kinds(:'slow'), 'run.started run.paused action.failed run.resumed run.paused action.retried run.resumed run.succeeded', 'all of it is in evidence');

-- unknown outcomes and missing executors
select portarium.register_workflow('wire', pg_temp.task('wire'));
select portarium.start_run('wire') as wire \gset
select pg_temp.work('{"unknown": true}');
select is(pg_temp.why(:'wire'), 'unknown_outcome', 'nobody knows');
update portarium_data.executor set adapters = '{other}';
select portarium.start_run('wire') as lonely \gset
select is(pg_temp.why(:'lonely'), 'no_executor', 'nobody serves the adapter');
select throws_ok(format('select * from portarium.explain_run(%L)', gen_random_uuid()), 'UP401', null, 'a run that is not there');
select is((select count(*) from portarium_data.quarantine), 0::bigint, 'nothing was set aside');
select is((select count(*) from entry where canon <> portarium.canonical_entry(convert_from(canon, 'UTF8'))), 0::bigint, 'every entry is canonical');

select * from finish();
rollback;
