-- SPDX-License-Identifier: PostgreSQL
-- Cancelling, waiting, the document's own deadline, policies.
\i test/pgtap/include/engine.sql
select plan(22);

select portarium.register_workflow('wait', '{"StartAt": "W", "TimeoutSeconds": 3600, "States": {"W": {"Type": "Wait", "Seconds": 60, "Next": "T"},
    "T": {"Type": "Task", "Resource": "portarium:action:ledger.post", "End": true}}}'::jsonb);
select portarium.start_run('wait') as run \gset
select is((select string_agg(kind, ' ' order by due) from portarium_data.timer), 'wait deadline', 'a timer for the wait and one for the document''s own time');
delete from portarium_data.timer where kind = 'deadline';
select pg_temp.let_time_pass();
select is(pg_temp.kinds(:'run'), 'run.started wait.elapsed', 'the wait has passed');
select is(portarium.cancel_run(:'run', 'no longer needed'), 'ABORTED', 'a run is cancelled');
select is(portarium.cancel_run(:'run'), 'ABORTED', 'cancelling again is no error');
select is_empty('select * from pg_temp.exchange()', 'its job is gone');
select throws_ok(format('select portarium.cancel_run(%L)', gen_random_uuid()), 'UP401', null, 'a run that is not there');
select throws_ok(format('select portarium.run_history(%L)', gen_random_uuid()), 'UP401', null, 'nor has it a history');

select portarium.start_run('wait') as timed \gset
delete from portarium_data.timer where kind = 'wait';
select pg_temp.let_time_pass();
select is((select state || coalesce(error, '') from portarium.runs where run_id = :'timed'), 'TIMED_OUT', 'past the document''s time the run is TIMED_OUT, without an error');
select throws_ok(format('select portarium.cancel_run(%L)', :'timed'), 'UP101', null, 'a run that has ended is not cancelled');

-- policy
select throws_ok($$select portarium.set_policy('x', 'maybe')$$, 'UP007', null, 'an effect that is none');
select throws_ok($$select portarium.set_policy('bad name', 'deny')$$, 'UP007', null, 'a name that is none');
select is(portarium.set_policy('freeze', 'deny', 'ledger', 'post', reason => 'month end'), 1, 'a policy is put into force');
select portarium.register_workflow('post', pg_temp.task('post'));
select portarium.start_run('post') as denied \gset
select is(pg_temp.state(:'denied'), 'FAILED Policy.Denied', 'a denied action is the error Policy.Denied');
select is((select cause from portarium.runs where run_id = :'denied'), 'month end', 'its cause is the policy''s reason');
select is((select body ->> 'verdict' from portarium.run_history(:'denied')), 'deny', 'the verdict is in the entry');
select is(portarium.set_policy('freeze', 'approve', 'ledger', 'post', required => 1), 2, 'its next version');
select portarium.start_run('post') as gated \gset
select is(pg_temp.state(:'gated'), 'WAITING_FOR_APPROVAL', 'asks people');
select portarium.set_policy('never', 'deny', 'ledger');
select pg_temp.be('abe', 'approver');
select portarium.decide((select approval_id from portarium.approvals where run_id = :'gated'), 'approve');
select is(pg_temp.state(:'gated'), 'FAILED Policy.Denied', 'what is denied meanwhile is not done, approved or not');
select throws_ok($$select portarium.set_policy('mine', 'allow')$$, 'UP205', null, 'an approver sets no policy');
select throws_ok(format('select portarium.cancel_run(%L)', :'gated'), 'UP205', null, 'and cancels nothing');
select pg_temp.be('ada', 'admin');
select portarium.set_policy('freeze', 'none');
select portarium.set_policy('never', 'none');
select portarium.start_run('post') as free \gset
select is(pg_temp.state(:'free'), 'RUNNING', 'out of force, they say nothing');
select portarium.register_workflow('erase', pg_temp.task('erase'));
select portarium.start_run('erase') as manual \gset
select is(pg_temp.state(:'manual'), 'FAILED Policy.Denied', 'a ManualOnly operation is never done by an executor');

select * from finish();
rollback;
