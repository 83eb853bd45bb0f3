-- SPDX-License-Identifier: PostgreSQL
-- Task tokens: the state ends with the answer to its token, not with the acknowledgement; heartbeats, timeouts and stale tokens.
\i test/pgtap/include/engine.sql
select plan(48);

-- a state that waits for the token which its input carries
create function pg_temp.ask(p_more jsonb default '{}', p_resource text default 'portarium:action:ledger.post.waitForTaskToken') returns jsonb language sql as $q$
    select jsonb_build_object('StartAt', 'Ask', 'States', jsonb_build_object('E', '{"Type": "Succeed"}'::jsonb, 'Ask',
        jsonb_build_object('Type', 'Task', 'Resource', p_resource, 'Parameters', '{"token.$": "$$.Task.Token"}'::jsonb, 'Next', 'E') || p_more))
$q$;
create function pg_temp.output(p_run uuid) returns jsonb language sql as $$ select output from portarium.runs where run_id = p_run $$;
create function pg_temp.expire(p_column text) returns void language plpgsql as $$
begin
    execute format('update expectation set %I = ''-infinity'' where %1$I is not null', p_column);
    perform pg_temp.let_time_pass();
end
$$;

select portarium.register_workflow('ask', pg_temp.ask());
select portarium.start_run('ask', '{"id": 1}') as run \gset
select input ->> 'token' as token, token as lease from pg_temp.exchange() \gset
select matches(:'token'::text, '^[A-Za-z0-9_-]{54}$', 'the action is given the token');
select is(portarium.task_token(:'run'), :'token', 'which an operator may see');
select pg_temp.exchange(jsonb_build_array(jsonb_build_object('run_id', :'run', 'token', :lease, 'output', 'asked')), 0);
select is(pg_temp.state(:'run'), 'RUNNING', 'the acknowledgement does not end the state');
select is((select reason from portarium.explain_run(:'run')), 'token', 'and the run says what it waits for');
select is_empty('select * from pg_temp.exchange()', 'and nothing is to be done');
select is(pg_temp.kinds(:'run'), 'run.started action.acknowledged', 'it is an entry');
select throws_ok(format('select portarium.send_task_success(%L, null)', :'token'), 'UP007', null, 'an answer is not nothing');
select lives_ok(format('select portarium.send_task_success(%L, ''{"ok": true}'')', :'token'), 'the answer ends it');
select is(pg_temp.state(:'run'), 'SUCCEEDED', 'the run goes on');
select is(pg_temp.output(:'run'), '{"ok": true}'::jsonb, 'the result is the answer, not the acknowledgement');
select throws_ok(format('select portarium.send_task_success(%L, ''1'')', :'token'), 'UP301', null, 'a second answer is stale');
select throws_ok(format('select portarium.send_task_failure(%L)', :'token'), 'UP301', null, 'so is a failure');
select throws_ok(format('select portarium.send_task_heartbeat(%L)', :'token'), 'UP301', null, 'and a heartbeat');
select throws_ok(format('select portarium.task_token(%L)', :'run'), 'UP101', null, 'no token is waited for any more');

-- unguessable, of one tenant
select portarium.start_run('ask') as guess \gset
select portarium.task_token(:'guess') as good \gset
select throws_ok('select portarium.send_task_success(''no token'', ''1'')', 'UP401', null, 'what is no token is unknown');
select throws_ok(format('select portarium.send_task_success(%L, ''1'')', :'token' || 'x'), 'UP401', null, 'so is one with something after it');
select throws_ok(format('select portarium.send_task_success(%L, ''1'')', translate(left(:'good', 40), 'abAB', 'baBA') || right(:'good', 14)), 'UP401', null,
    'and one whose claim was changed');
select throws_ok(format('select portarium.send_task_success(%L, ''1'')', left(:'good', 32) || translate(right(:'good', 22), 'abcdefghABCDEFGH01234567', 'bcdefghaBCDEFGHA12345670')),
    'UP401', null, 'or whose MAC was');
select pg_temp.be_in(:'other_tenant', 'oz', 'operator');
select throws_ok(format('select portarium.send_task_success(%L, ''1'')', :'good'), 'UP401', null, 'another tenant''s token is unknown');
select pg_temp.be('eve', 'approver');
select throws_ok(format('select portarium.send_task_success(%L, ''1'')', :'good'), 'UP205', null, 'a role is needed');
select pg_temp.be('ada', 'admin', 'operator');

-- the answer may overtake the acknowledgement
select token as lease from pg_temp.exchange() \gset
select portarium.send_task_success(:'good', '"early"');
select is(pg_temp.output(:'guess'), '"early"'::jsonb, 'an answer before the acknowledgement counts');
select is((select kind from pg_temp.exchange(jsonb_build_array(jsonb_build_object('run_id', :'guess', 'token', :lease, 'output', 1)), 0)), 'stale',
    'the acknowledgement is then stale');

-- failures
select portarium.register_workflow('catch', pg_temp.ask('{"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "E"}]}'));
select portarium.start_run('catch') as bare \gset
select portarium.send_task_failure(portarium.task_token(:'bare'));
select is(pg_temp.output(:'bare'), '{"Error": null, "Cause": null}'::jsonb, 'a failure without fields is caught by States.ALL with nulls');
select portarium.start_run('catch') as named \gset
select throws_ok(format('select portarium.send_task_failure(%L, %L)', portarium.task_token(:'named'), repeat('x', 257)), 'UP007', null, 'an error has its length');
select portarium.send_task_failure(portarium.task_token(:'named'), 'Bad', 'because');
select is(pg_temp.output(:'named'), '{"Error": "Bad", "Cause": "because"}'::jsonb, 'error and cause are those that were sent');
select portarium.start_run('ask') as fails \gset
select portarium.send_task_failure(portarium.task_token(:'fails'), 'Bad', 'because');
select is(pg_temp.state(:'fails'), 'FAILED Bad', 'uncaught they fail the run');
select is_empty(format('select * from expectation where run_id = %L', :'fails'), 'and nothing is waited for');

-- a retry has a token of its own
select portarium.register_workflow('again', pg_temp.ask('{"Retry": [{"ErrorEquals": ["Bad"], "MaxAttempts": 2}]}'));
select portarium.start_run('again') as again \gset
select portarium.task_token(:'again') as first \gset
select portarium.send_task_failure(:'first', 'Bad');
select throws_ok(format('select portarium.send_task_success(%L, ''1'')', :'first'), 'UP301', null, 'between two attempts a token is stale');
select pg_temp.let_time_pass();
select isnt(portarium.task_token(:'again'), :'first', 'the next attempt has another token');
select is((select x.input ->> 'token' from pg_temp.exchange('[]', 10) x where x.run_id = :'again'), portarium.task_token(:'again'), 'which its action is given');
select throws_ok(format('select portarium.send_task_success(%L, ''1'')', :'first'), 'UP301', null, 'the first one stays stale');

-- an action that fails asks nobody
select portarium.start_run('ask') as broken \gset
select pg_temp.work('{"error": "Down", "cause": "503"}');
select is(pg_temp.state(:'broken'), 'FAILED Down', 'an action that fails is the state''s error');
select is_empty(format('select * from expectation where run_id = %L', :'broken'), 'nothing is waited for');

-- time
select portarium.register_workflow('timed', pg_temp.ask('{"TimeoutSeconds": 60, "HeartbeatSeconds": 10,
    "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "E"}]}'));
select portarium.start_run('timed') as timed \gset
select pg_temp.work('{"output": 1}');
select ok((select due - clock_timestamp() between interval '5 s' and interval '10 s' from portarium_data.timer where run_id = :'timed'), 'the nearer limit has the timer');
update expectation set beat_due_at = '-infinity' where run_id = :'timed';
select portarium.send_task_heartbeat(portarium.task_token(:'timed'));
select pg_temp.let_time_pass();
select is(pg_temp.state(:'timed'), 'RUNNING', 'a heartbeat keeps the task alive');
select pg_temp.expire('beat_due_at');
select is(pg_temp.output(:'timed'), '{"Error": "States.Timeout", "Cause": ""}'::jsonb, 'a missed heartbeat is caught as States.Timeout');
select is((select body ->> 'error' from portarium.run_history(:'timed') where kind = 'run.succeeded'), 'States.HeartbeatTimeout', 'the entry knows better');
select portarium.start_run('timed') as overdue \gset
select pg_temp.expire('due_at');
select is(pg_temp.output(:'overdue'), '{"Error": "States.Timeout", "Cause": ""}'::jsonb, 'TimeoutSeconds run although the action is not done');
select portarium.register_workflow('beat', pg_temp.ask('{"HeartbeatSecondsPath": "$.h", "TimeoutSecondsPath": "$.t", "Catch": [{"ErrorEquals": ["States.HeartbeatTimeout"], "Next": "E"}]}'));
select portarium.start_run('beat', '{"h": 5, "t": 50}') as beat \gset
select results_eq(format('select due_at - since, beat_due_at - since from portarium.expectations where run_id = %L', :'beat'),
    $$values (interval '50 s', interval '5 s')$$, 'both limits may come by path');
select pg_temp.expire('beat_due_at');
select is(pg_temp.state(:'beat'), 'SUCCEEDED', 'States.HeartbeatTimeout may be named');

-- no action at all
select portarium.register_workflow('human', pg_temp.ask('{}', 'portarium:callback.waitForTaskToken'));
select portarium.start_run('human') as human \gset
select is_empty(format('select * from pg_temp.exchange(''[]'', 10) where run_id = %L', :'human'), 'a callback queues nothing');
select portarium.send_task_success(portarium.task_token(:'human'), '"done"');
select is(pg_temp.output(:'human'), '"done"'::jsonb, 'and ends with the answer');

-- a person first
select portarium.register_workflow('granted', pg_temp.ask('{}', 'portarium:action:ledger.grant.waitForTaskToken'));
select portarium.start_run('granted') as granted \gset
select is(pg_temp.state(:'granted'), 'WAITING_FOR_APPROVAL', 'the tier of the operation counts');
select throws_ok(format('select portarium.task_token(%L)', :'granted'), 'UP101', null, 'there is no token before the approval');
select pg_temp.be('bob', 'approver');
select portarium.decide(approval_id, 'approve') from portarium.approvals where run_id = :'granted';
select pg_temp.be('ada', 'admin', 'operator');
select is((select x.input ->> 'token' from pg_temp.exchange('[]', 10) x where x.run_id = :'granted'), portarium.task_token(:'granted'), 'and then there is');

-- cancelled
select portarium.task_token(:'granted') as gone \gset
select portarium.cancel_run(:'granted');
select throws_ok(format('select portarium.send_task_success(%L, ''1'')', :'gone'), 'UP301', null, 'the token of a cancelled run is stale');
select is((select count(*) from expectation), 1::bigint, 'of all these only one still waits');

select is_empty('select * from portarium.check_invariants()', 'every invariant holds');

select * from finish();
rollback;
