-- SPDX-License-Identifier: PostgreSQL
-- A tenant's own workers: admitted and revoked by its admin, claiming of its adapters of kind worker only.
\i test/pgtap/include/engine.sql
select plan(39);

select throws_ok($$ select portarium.register_adapter('text', 'robot', '{"count": {}}') $$, 'UP007', null, 'an unknown kind of adapter is refused');
select lives_ok($$ select portarium.register_adapter('text', 'worker', '{"count": {"idempotent": true}, "send": {}}') $$, 'an adapter of kind worker');
select throws_ok($$ select portarium.register_adapter('text', 'http', '{"count": {"method": "GET", "path": "/"}}', 'http://127.0.0.1:1') $$, 'UP007', null,
    'does not become one of executors');
select throws_ok($$ select portarium.register_adapter('ledger', 'worker', '{"post": {}}') $$, 'UP007', null, 'nor the other way');

-- who may work
select throws_ok($$ select portarium.admit_worker('py', '{ledger}') $$, 'UP006', null, 'a worker serves no adapter of executors');
select throws_ok($$ select portarium.admit_worker('py', '{}') $$, 'UP007', null, 'and needs an adapter');
select throws_ok($$ select portarium.admit_worker('a/b', '{text}') $$, 'UP007', null, 'and a name');
select pg_temp.be('bo', 'operator');
select throws_ok($$ select portarium.admit_worker('py', '{text}') $$, 'UP205', null, 'only an admin admits');
select throws_ok($$ select portarium.revoke_worker('py') $$, 'UP205', null, 'and revokes');
select pg_temp.be('py', 'worker');
select throws_ok($$ select portarium.worker_register() $$, 'UP205', 'worker "py" is not admitted', 'the role alone is not enough');
select pg_temp.be('ada', 'admin', 'operator');
select throws_ok($$ select portarium.worker_register() $$, 'UP205', null, 'nor is being admin');
select lives_ok($$ select portarium.admit_worker('py', '{text}') $$, 'a worker is admitted');

-- what it gets
create function pg_temp.text_task(p_operation text) returns jsonb language sql as $$
    select jsonb_build_object('StartAt', 'Do', 'States', jsonb_build_object('Do',
        jsonb_build_object('Type', 'Task', 'Resource', 'portarium:action:text.' || p_operation, 'End', true)))
$$;
select from portarium.register_workflow('count', pg_temp.text_task('count'));
select from portarium.register_workflow('send', pg_temp.text_task('send'));
select from portarium.register_workflow('post', pg_temp.task('post'));
select portarium.start_run('count', '{"n": 1}') as run \gset
select portarium.start_run('post', '{"id": 1}') as other \gset
select is((select reason from portarium.explain_run(:'run')), 'no_executor', 'nobody serves it before the worker has come');
select executor_id, epoch from portarium.register_executor('all', '{*}') \gset all_
select is((select reason from portarium.explain_run(:'run')), 'no_executor', 'an executor of all adapters is none for it');
select is((select string_agg(j.adapter, ' ') from portarium.exchange(:all_executor_id, :all_epoch, '[]', 10) j), 'ledger',
    'such an executor claims what is its own only');

select pg_temp.be('py', 'worker');
select throws_ok($$ select from portarium.worker_exchange(1) $$, 'UP405', null, 'a worker registers first');
select epoch, adapters from portarium.worker_register('1.0') \gset
select is(:'adapters'::text, '{text}', 'and learns what it may serve');
select is((select reason from portarium.explain_run(:'run')), 'queued', 'now somebody serves it');
select throws_ok($$ select from portarium.worker_exchange(9) $$, 'UP302', null, 'with the epoch it got');
select run_id as job_run, token, idempotency_key, operation, input ->> 'n' as n, spec ->> 'kind' as kind from portarium.worker_exchange(:epoch) \gset
select is(:'job_run'::text, :'run'::text, 'it gets the run''s job');
select is(concat_ws(' ', :'operation', :'n', :'kind'), 'count 1 worker', 'with its operation and input');
select is((select state from portarium.worker_heartbeat(:epoch, array[:token]::bigint[])), 'ok', 'renews the lease');
select is((select kind from portarium.worker_exchange(:epoch, jsonb_build_array(jsonb_build_object('run_id', :'run', 'token', :token + 1, 'output', 2)), 0)), 'stale',
    'an acknowledgement with another token changes nothing');
select is_empty(format('select from portarium.worker_exchange(%s, %L, 0)', :epoch,
    jsonb_build_array(jsonb_build_object('run_id', :'run', 'token', :token, 'output', 2))), 'the right one is taken');
select pg_temp.be('ada', 'admin', 'operator');
select is(pg_temp.state(:'run'), 'SUCCEEDED', 'and ends the run');
select is((select actor from portarium.run_history(:'run') where kind = 'run.succeeded'), 'executor:' || current_setting('t.tenant') || '/py', 'in the worker''s name');

-- another tenant's worker of the same name and adapter
select pg_temp.be_in(current_setting('t.other')::uuid, 'eve', 'admin', 'operator');
select portarium.register_adapter('text', 'worker', '{"count": {"idempotent": true}}');
select portarium.admit_worker('py', '{text}');
select pg_temp.be('ada', 'admin', 'operator');
select portarium.start_run('count', '{"n": 2}') as run \gset
select pg_temp.be_in(current_setting('t.other')::uuid, 'py', 'worker');
select epoch as other_epoch from portarium.worker_register() \gset
select is_empty(format('select from portarium.worker_exchange(%s)', :other_epoch), 'gets nothing of this tenant');
select bag_eq('select name, adapters from portarium.workers', $$ values ('py', '{text}'::text[]) $$, 'and sees itself only');

-- revoked while it works
select pg_temp.be('py', 'worker');
select token from portarium.worker_exchange(:epoch) \gset
select pg_temp.be('ada', 'admin', 'operator');
select ok(portarium.revoke_worker('py'), 'a worker is revoked');
select ok(not portarium.revoke_worker('py'), 'once');
select pg_temp.be('py', 'worker');
select throws_ok(format('select from portarium.worker_exchange(%s, %L)', :epoch,
    jsonb_build_array(jsonb_build_object('run_id', :'run', 'token', :token, 'output', 2))), 'UP205', null, 'its next call is refused');
select pg_temp.let_time_pass();
select pg_temp.be('ada', 'admin', 'operator');
select is(pg_temp.kinds(:'run'), 'run.started action.lost', 'what it held is lost to it');
select is((select reason from portarium.explain_run(:'run')), 'no_executor', 'and waits for another one');
select portarium.admit_worker('rb', '{text}');
select pg_temp.be('rb', 'worker');
select epoch from portarium.worker_register() \gset
select is((select j.attempt::text || ' ' || j.run_id from portarium.worker_exchange(:epoch) j), '1 ' || :'run', 'who gets it under the same key');
select pg_temp.be('ada', 'admin', 'operator');
select bag_eq($$ select e.kind || ' ' || (e.body ->> 'worker') from portarium.entries e where e.kind like 'worker.%' $$,
    array['worker.admitted py', 'worker.revoked py', 'worker.admitted rb'], 'each change is an entry');

-- from one action to the next
select portarium.register_workflow('twice', jsonb_set(pg_temp.text_task('count'), '{States}', jsonb_build_object(
    'Do', pg_temp.text_task('count') #> '{States,Do}' #- '{End}' || '{"Next": "Again"}', 'Again', pg_temp.text_task('count') #> '{States,Do}')));
select portarium.start_run('twice', '{}') as run \gset
select pg_temp.be('rb', 'worker');
select run_id, token from portarium.worker_exchange(:epoch) \gset
select is((select j.idempotency_key from portarium.worker_exchange(:epoch, jsonb_build_array(
    jsonb_build_object('run_id', :'run_id', 'token', :token, 'output', 1))) j), :'run' || ':Again:2', 'the next action waits for the worker, too');
select is_empty(format('select from portarium.exchange(%s, %s, ''[]'', 1)', :all_executor_id, :all_epoch), 'and for no executor');

select pg_temp.be('ada', 'admin', 'operator');

-- a job queued before its lane fell asleep
select portarium.start_run('send', '{}') as run \gset
delete from portarium_data.lane_hot;
select portarium_int.sweep_lanes();
select pg_temp.be('rb', 'worker');
select is((select j.operation from portarium.worker_exchange(:epoch) j), 'send', 'a lane that fell asleep is found again');
select ok(not has_function_privilege('portarium_app', 'portarium.worker_exchange(int, jsonb, int)', 'execute'), 'applications may not call in a worker''s name');
select * from finish();
rollback;
