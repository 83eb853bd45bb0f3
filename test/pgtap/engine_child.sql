-- SPDX-License-Identifier: PostgreSQL
-- Child runs: started in the parent's commit, waited for or not, ended with it, bounded in depth.
\i test/pgtap/include/engine.sql
select plan(43);

create function pg_temp.call(p_resource text, p_more jsonb default '{}') returns jsonb language sql as $$
    select jsonb_build_object('StartAt', 'C', 'States', jsonb_build_object('E', '{"Type": "Succeed"}'::jsonb,
        'C', jsonb_build_object('Type', 'Task', 'Resource', p_resource, 'Next', 'E') || p_more))
$$;
create function pg_temp.output(p_run uuid) returns jsonb language sql as $$ select output from portarium.runs where run_id = p_run $$;
create function pg_temp.child(p_run uuid) returns uuid language sql as $$
    select run_id from portarium.runs where parent_id = p_run order by started_at desc limit 1
$$;
select portarium.register_workflow('work', pg_temp.task('post'));
select portarium.register_workflow('quick', '{"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": {"n": null}, "End": true}}}'::jsonb);
select portarium.register_workflow('bad', '{"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Bad", "Cause": "why"}}}'::jsonb);

-- fire and forget
select portarium.register_workflow('forget', pg_temp.call('portarium:workflow:work'));
select portarium.start_run('forget', '{"a": 1}') as forget \gset
select is(pg_temp.state(:'forget'), 'SUCCEEDED', 'without a suffix the state ends at once');
select pg_temp.child(:'forget') as child \gset
select is(pg_temp.output(:'forget') - 'StartDate', jsonb_build_object('ExecutionArn', :'child', 'run_id', :'child'), 'its result names the child');
select matches(pg_temp.output(:'forget') ->> 'StartDate', '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$', 'and when it began');
select is(pg_temp.state(:'child'), 'RUNNING', 'the child runs on its own');
select is((select input from pg_temp.exchange()), '{"a": 1}'::jsonb, 'with the effective input');
select results_eq(format('select kind, body ->> ''child'' from portarium.run_history(%L)', :'forget'),
    format($$values ('run.started', %1$L), ('run.succeeded', %1$L)$$, :'child'), 'the parent''s entries name the child');
select is((select body ->> 'parent' from portarium.run_history(:'child') where kind = 'run.started'), :'forget', 'the child''s names the parent');
select is((select initiator from portarium.runs where run_id = :'child'), 'ada', 'the initiator stays the same');

-- waiting
select portarium.register_workflow('sync', pg_temp.call('portarium:workflow:work.sync'));
select portarium.start_run('sync', '{"a": 1}') as sync \gset
select pg_temp.child(:'sync') as child \gset
select is(pg_temp.state(:'sync'), 'RUNNING', 'with .sync the state waits');
select is((select child_id from portarium.expectations where run_id = :'sync'), :'child'::uuid, 'for its child');
select is((select reason from portarium.explain_run(:'sync')), 'child', 'and the parent says so');
select pg_temp.exchange(jsonb_agg(jsonb_build_object('run_id', run_id, 'token', token, 'output', '{"done": true}'::jsonb)), 0)
from pg_temp.exchange('[]', 10) where run_id = :'child';
select is(pg_temp.state(:'sync'), 'SUCCEEDED', 'the child''s end is the state''s');
select is(pg_temp.output(:'sync') - array['StartDate', 'StopDate'], jsonb_build_object('ExecutionArn', :'child', 'Name', :'child', 'StateMachineArn', 'work',
    'Status', 'SUCCEEDED', 'Input', '{"a":1}', 'Output', '{"done":true}', 'InputDetails', '{"Included": true}'::jsonb, 'OutputDetails', '{"Included": true}'::jsonb),
    'the result describes it, input and output as text');
select ok((pg_temp.output(:'sync') ->> 'StopDate')::numeric >= (pg_temp.output(:'sync') ->> 'StartDate')::numeric, 'with both dates');
select is((select body ->> 'child' from portarium.run_history(:'sync') where kind = 'run.succeeded'), :'child', 'the entry names the child');

select portarium.register_workflow('sync2', pg_temp.call('portarium:workflow:quick.sync:2'));
select portarium.start_run('sync2', '{"a": 1}') as sync2 \gset
select is(pg_temp.output(:'sync2') -> 'Output', '{"n": null}'::jsonb, 'with .sync:2 the output is parsed, also of a child that needs no time');
select is(pg_temp.output(:'sync2') -> 'Input', '{"a": 1}'::jsonb, 'and so is the input');

-- a child that fails
select portarium.register_workflow('fails', pg_temp.call('portarium:workflow:bad.sync:2', '{"Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "E"}]}'));
select portarium.start_run('fails', '{}') as fails \gset
select is(pg_temp.output(:'fails') ->> 'Error', 'States.TaskFailed', 'a child that fails is States.TaskFailed');
select is((pg_temp.output(:'fails') ->> 'Cause')::jsonb - array['StartDate', 'StopDate', 'ExecutionArn', 'Name'],
    '{"Error": "Bad", "Cause": "why", "Input": {}, "InputDetails": {"Included": true}, "StateMachineArn": "bad", "Status": "FAILED"}'::jsonb,
    'whose cause is the description as text');
select portarium.start_run('sync', '{}') as cancelled \gset
select portarium.cancel_run(pg_temp.child(:'cancelled'));
select is(pg_temp.state(:'cancelled'), 'FAILED States.TaskFailed', 'so is one that is cancelled');

-- the parent ends first
select portarium.start_run('sync', '{}') as ends \gset
select pg_temp.child(:'ends') as orphan \gset
select portarium.cancel_run(:'ends');
select is(pg_temp.state(:'orphan'), 'ABORTED', 'cancelling the parent cancels the child that it waits for');
select portarium.start_run('forget', '{}') as free \gset
select is(pg_temp.state(pg_temp.child(:'free')), 'RUNNING', 'a child that nobody waits for stays');
select portarium.register_workflow('brief', pg_temp.call('portarium:workflow:work.sync', '{"TimeoutSeconds": 9}'));
select portarium.start_run('brief', '{}') as brief \gset
update expectation set due_at = '-infinity' where run_id = :'brief';
select pg_temp.let_time_pass();
select is(pg_temp.state(:'brief'), 'FAILED States.Timeout', 'TimeoutSeconds end the waiting');
select is(pg_temp.state(pg_temp.child(:'brief')), 'ABORTED', 'and the child');

-- inside a branch, and the child of a child
select portarium.register_workflow('tree', jsonb_build_object('StartAt', 'P', 'States', jsonb_build_object('P', jsonb_build_object(
    'Type', 'Parallel', 'End', true, 'Branches', jsonb_build_array(pg_temp.call('portarium:workflow:sync.sync'), '{"StartAt": "Q", "States": {"Q": {"Type": "Pass", "End": true}}}'::jsonb)))));
select portarium.start_run('tree', '{}') as tree \gset
select pg_temp.child(:'tree') as middle \gset
select pg_temp.child(:'middle') as leaf \gset
select is(pg_temp.state(:'leaf'), 'RUNNING', 'a branch starts a child, which starts another');
select pg_temp.exchange(jsonb_agg(jsonb_build_object('run_id', run_id, 'token', token, 'output', 1)), 0)
from pg_temp.exchange('[]', 10) where run_id = :'leaf';
select is(concat_ws(' ', pg_temp.state(:'leaf'), pg_temp.state(:'middle'), pg_temp.state(:'tree')), 'SUCCEEDED SUCCEEDED SUCCEEDED', 'the end goes all the way up');
select portarium.start_run('tree', '{}') as felled \gset
select pg_temp.child(:'felled') as middle \gset
select pg_temp.child(:'middle') as leaf \gset
select portarium.cancel_run(:'felled');
select is(concat_ws(' ', pg_temp.state(:'middle'), pg_temp.state(:'leaf')), 'ABORTED ABORTED', 'a cancel goes all the way down');

-- what may not be started
select portarium.register_workflow('self', pg_temp.call('portarium:workflow:self.sync'));
select portarium.start_run('self', '{}') as self \gset
select is(pg_temp.state(:'self'), 'FAILED States.TaskFailed', 'a workflow that starts itself ends');
select results_eq($$select count(*), count(*) filter (where error = 'Workflow.UP501') from portarium.runs where workflow = 'self'$$,
    'values (16::bigint, 1::bigint)', 'at the sixteenth, with the error UP501');
select portarium.register_workflow('nobody', pg_temp.call('portarium:workflow:nobody_else', '{"Catch": [{"ErrorEquals": ["Workflow.UP402"], "ResultPath": "$.e", "Next": "E"}]}'));
select portarium.start_run('nobody', '{}') as nobody \gset
select is(pg_temp.output(:'nobody') #>> '{e,Cause}', 'workflow "nobody_else" does not exist', 'one that is not there is an error of the state');
select portarium.register_workflow('nobody', pg_temp.call('portarium:workflow:nobody_else', '{"Retry": [{"ErrorEquals": ["Workflow.UP402"], "MaxAttempts": 1}]}'));
select portarium.start_run('nobody', '{}') as twice \gset
select pg_temp.let_time_pass();
select is(pg_temp.state(:'twice'), 'FAILED Workflow.UP402', 'which may be retried as often as the retrier says');

-- tiers
select portarium.register_workflow('strict', pg_temp.call('portarium:workflow:work'), 'ManualOnly');
select portarium.start_run('strict', '{}') as strict \gset
select is(pg_temp.state(pg_temp.child(:'strict')), 'FAILED Policy.Denied', 'a child may not do what its parent may not');
select portarium.register_workflow('approved', pg_temp.call('portarium:workflow:work.sync'), 'HumanApprove');
select portarium.start_run('approved', '{}') as approved \gset
select is((select requested_by from portarium.approvals where run_id = pg_temp.child(:'approved')), 'ada', 'and who asked for the parent asks for the child''s approval');

-- many children in one commit, without growing the stack
select portarium.register_workflow('loop', '{"StartAt": "C", "States": {
    "C": {"Type": "Task", "Resource": "portarium:workflow:quick.sync", "ResultPath": null, "Next": "N"},
    "N": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, -1)"}, "Next": "D"},
    "D": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericGreaterThan": 0, "Next": "C"}], "Default": "E"},
    "E": {"Type": "Succeed"}}}'::jsonb);
select portarium.start_run('loop', '{"n": 200}') as loop \gset
select is(pg_temp.state(:'loop'), 'RUNNING', 'after many steps in one commit the rest is left to the clock');
select ok(exists (select from portarium_data.timer where run_id = :'loop' and kind = 'again'), 'which has it at once');
create function pg_temp.tick_until_done(p_run uuid) returns int language plpgsql as $$
declare
    v_ticks int := 0;
begin
    while pg_temp.state(p_run) = 'RUNNING' and v_ticks < 20 loop
        perform portarium_int.tick_step();
        v_ticks := v_ticks + 1;
    end loop;
    return v_ticks;
end
$$;
select ok(pg_temp.tick_until_done(:'loop') between 1 and 10, 'and goes on');
select is(pg_temp.state(:'loop'), 'SUCCEEDED', 'to the end');
select is((select count(*) from portarium.runs where parent_id = :'loop'), 200::bigint, 'with as many children as rounds');

-- pausing holds the child back
select portarium.register_workflow('behind', jsonb_build_object('StartAt', 'Do', 'States',
    jsonb_build_object('Do', '{"Type": "Task", "Resource": "portarium:action:ledger.post", "Next": "C"}'::jsonb) || (pg_temp.call('portarium:workflow:quick.sync') -> 'States')));
select portarium.start_run('behind', '{}') as behind \gset
select pg_temp.exchange('[]', 100);
select portarium.pause_run(:'behind');
select pg_temp.exchange(jsonb_build_array(jsonb_build_object('run_id', run_id, 'token', token, 'output', 1)), 0) from portarium_data.lease where run_id = :'behind';
select is(pg_temp.child(:'behind'), null, 'a paused run starts no child');
select portarium.resume_run(:'behind');
select is(pg_temp.state(:'behind'), 'SUCCEEDED', 'resumed it does');

-- references that are none
select throws_ok($$select portarium.register_workflow('x', pg_temp.call('portarium:workflow:a b'))$$, 'UP002', null, 'a reference has no blanks');
select throws_ok($$select portarium.register_workflow('x', pg_temp.call('portarium:workflow:work.waitForTaskToken'))$$, 'UP006', null, 'a child has no task token');

select is_empty('select * from portarium.check_invariants()', 'every invariant holds');

select * from finish();
rollback;
