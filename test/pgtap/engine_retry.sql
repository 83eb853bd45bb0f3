-- SPDX-License-Identifier: PostgreSQL
-- Errors of an action: Retry, then Catch, else the run fails; the key of the effect stays the same over the attempts.
\i test/pgtap/include/engine.sql
select plan(17);

select portarium.register_workflow('retry', pg_temp.task('post', '{"Retry": [{"ErrorEquals": ["Ledger.Unavailable"], "IntervalSeconds": 2, "MaxAttempts": 2}],
    "Catch": [{"ErrorEquals": ["Ledger.Conflict"], "ResultPath": "$.problem", "Next": "Mend"}]}')
    || '{}' || jsonb_build_object('States', pg_temp.task('post', '{"Retry": [{"ErrorEquals": ["Ledger.Unavailable"], "IntervalSeconds": 2, "MaxAttempts": 2}],
    "Catch": [{"ErrorEquals": ["Ledger.Conflict"], "ResultPath": "$.problem", "Next": "Mend"}]}') -> 'States' || '{"Mend": {"Type": "Pass", "End": true}}'));

select portarium.start_run('retry', '{"id": 1}') as run \gset
select idempotency_key, run_id, token from pg_temp.exchange() \gset first_
select pg_temp.exchange(jsonb_build_array(jsonb_build_object('run_id', :'first_run_id', 'token', :first_token, 'error', 'Ledger.Unavailable', 'cause', '503')), 0);
select is(pg_temp.state(:'run'), 'RUNNING', 'a retrier keeps the run going');
select is_empty('select * from pg_temp.exchange()', 'nothing is to be done before the interval has passed');
create function pg_temp.delay() returns interval language sql as $$
    select t.due - e.at from portarium_data.timer t join entry e on e.stream_id = t.run_id and e.seq = t.epoch
$$;
select ok(pg_temp.delay() between interval '1 s' and interval '2 s', 'the timer is IntervalSeconds away from the failure');
select pg_temp.let_time_pass();
select idempotency_key, run_id, token, attempt from pg_temp.exchange() \gset second_
select is(:'second_idempotency_key'::text, :'first_idempotency_key', 'the second attempt has the first one''s idempotency key');
select is(:second_attempt, 1, 'and says that it is the second');
select pg_temp.exchange(jsonb_build_array(jsonb_build_object('run_id', :'second_run_id', 'token', :second_token, 'error', 'Ledger.Unavailable')), 0);
select ok(pg_temp.delay() between interval '3 s' and interval '4 s', 'the interval has doubled');
select pg_temp.let_time_pass();
select is(pg_temp.work('{"error": "Ledger.Unavailable", "cause": "still 503"}'), 'post', 'the third attempt');
select is(pg_temp.state(:'run'), 'FAILED Ledger.Unavailable', 'MaxAttempts are used up');
select is(pg_temp.kinds(:'run'), 'run.started action.failed action.retried action.failed action.retried run.failed', 'each step is an entry');
select is((select cause from portarium.runs where run_id = :'run'), 'still 503', 'the cause is the last one');

select portarium.start_run('retry', '{"id": 2}') as caught \gset
select pg_temp.work('{"error": "Ledger.Conflict", "cause": "409"}');
select is(pg_temp.state(:'caught'), 'SUCCEEDED', 'a catcher leads on');
select is((select output from portarium.runs where run_id = :'caught'), '{"id": 2, "problem": {"Error": "Ledger.Conflict", "Cause": "409"}}'::jsonb,
    'with the error where its ResultPath says');

select portarium.start_run('retry', '{"id": 3}') as failed \gset
select pg_temp.work('{"error": "Other"}');
select is(pg_temp.state(:'failed'), 'FAILED Other', 'an error that nothing matches fails the run');

-- a caught error that ends in another
select portarium.register_workflow('renamed', jsonb_set(pg_temp.task('post', '{"Catch": [{"ErrorEquals": ["Low"], "Next": "High"}]}'), '{States,High}', '{"Type": "Fail", "Error": "High"}'));
select portarium.start_run('renamed') as renamed \gset
select pg_temp.work('{"error": "Low"}');
select is(pg_temp.state(:'renamed'), 'FAILED High', 'the document''s Fail names the run''s error');
select is((select (body ->> 'error') || ' after ' || (body ->> 'caught') from portarium.run_history(:'renamed') where kind = 'run.failed'), 'High after Low',
    'the entry names both');

-- a task's own time
select portarium.register_workflow('slow', pg_temp.task('post', '{"TimeoutSeconds": 5}'));
select portarium.start_run('slow') as slow \gset
select is((select timeout_ms from pg_temp.exchange()), 5000, 'TimeoutSeconds bounds what the executor may take');
update portarium_data.lease set deadline = '-infinity';
select portarium_int.tick_step();
select is(pg_temp.state(:'slow'), 'FAILED States.Timeout', 'past it the state''s error is States.Timeout');

select * from finish();
rollback;
