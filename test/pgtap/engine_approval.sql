-- SPDX-License-Identifier: PostgreSQL
-- Approvals: asked for by the document or by policy, decided by others than who asked, once each, in time.
\i test/pgtap/include/engine.sql
select plan(31);

select portarium.register_workflow('ask', '{"StartAt": "Ask", "States": {
    "Ask": {"Type": "Task", "Resource": "portarium:approval", "Parameters": {"prompt.$": "$.why", "required": 2, "roles": ["approver", "boss"]},
        "TimeoutSeconds": 60, "ResultPath": "$.approval", "Next": "Do",
        "Catch": [{"ErrorEquals": ["Approval.Denied"], "ResultPath": null, "Next": "No"}]},
    "Do": {"Type": "Task", "Resource": "portarium:action:ledger.post", "ResultPath": null, "End": true},
    "No": {"Type": "Pass", "Result": "denied", "End": true}}}'::jsonb);

select pg_temp.be('rita', 'requester', 'approver');
select portarium.start_run('ask', '{"why": "new laptop"}') as run \gset
select is(pg_temp.state(:'run'), 'WAITING_FOR_APPROVAL', 'the run waits');
select results_eq(format('select prompt, status, required, approvals, requested_by from portarium.approvals where run_id = %L', :'run'),
    $$values ('new laptop', 'PENDING', 2, 0, 'rita')$$, 'the approval says for what');
select ok((select due_at - requested_at between interval '50 s' and interval '60 s' from portarium.approvals), 'and until when');
select is_empty('select * from pg_temp.exchange()', 'nothing is to be done meanwhile');
select approval_id as id from portarium.approvals where run_id = :'run' \gset

-- refusals
select throws_ok(format('select portarium.decide(%L, %L)', :'id', 'approve'), 'UP206', null, 'who asked does not decide');
select pg_temp.be('otto', 'operator');
select throws_ok(format('select portarium.decide(%L, %L)', :'id', 'approve'), 'UP205', null, 'who lacks the role does not decide');
select throws_ok(format('select portarium.decide(%L, %L)', :'id', 'perhaps'), 'UP007', null, 'a decision is approve or deny');
select pg_temp.be_in(current_setting('t.other')::uuid, 'eve', 'approver');
select throws_ok(format('select portarium.decide(%L, %L)', :'id', 'approve'), 'UP403', null, 'in another tenant there is no such approval');
select pg_temp.be('abe', 'approver');
select throws_ok(format('select portarium.decide(%L, %L)', gen_random_uuid(), 'approve'), 'UP403', null, 'nor is there one of another id');
select is((select count(*) from portarium.run_history(:'run')), 1::bigint, 'no refusal left an entry');

-- two of two
select is(portarium.decide(:'id', 'approve', 'fine'), 'PENDING', 'the first of two');
select throws_ok(format('select portarium.decide(%L, %L)', :'id', 'approve'), 'UP102', null, 'nobody counts twice');
select pg_temp.be('bea', 'boss');
select is(portarium.decide(:'id', 'approve'), 'APPROVED', 'the second');
select is(pg_temp.state(:'run'), 'RUNNING', 'the run goes on in the same commit');
select is((select input -> 'approval' ->> 'decision' from pg_temp.exchange()), 'approved', 'with the decision in its data');
select throws_ok(format('select portarium.decide(%L, %L)', :'id', 'deny'), 'UP102', null, 'a decided approval is decided');
select is(pg_temp.kinds(:'run'), 'run.started approval.decided approval.decided', 'each decision is an entry');
select is((select string_agg(actor, ' ' order by seq) from portarium.run_history(:'run')), 'rita abe bea', 'in the name of who made it');
select ok((select not bool_or(body::text ~ 'fine') from portarium.run_history(:'run')), 'without the rationale');

-- deny
select pg_temp.be('rita', 'requester');
select portarium.start_run('ask', '{"why": "a boat"}') as denied \gset
select pg_temp.be('abe', 'approver');
select is(portarium.decide((select approval_id from portarium.approvals where run_id = :'denied'), 'deny', 'no'), 'DENIED', 'the first refusal closes it');
select is((select state || ' ' || output from portarium.runs where run_id = :'denied'), 'SUCCEEDED "denied"', 'the document catches Approval.Denied');

-- the deadline
select pg_temp.be('rita', 'requester');
select portarium.start_run('ask', '{"why": "time"}') as late \gset
select approval_id as late_id from portarium.approvals where run_id = :'late' \gset
update approval set due_at = '-infinity' where approval_id = :'late_id';
select pg_temp.be('abe', 'approver');
select throws_ok(format('select portarium.decide(%L, %L)', :'late_id', 'approve'), 'UP104', null, 'past the deadline nobody decides, even before the clock has come by');
select pg_temp.let_time_pass();
select is(pg_temp.state(:'late'), 'FAILED States.Timeout', 'the deadline is the error States.Timeout');
select is((select status from portarium.approvals where approval_id = :'late_id'), 'EXPIRED', 'and the approval has expired');
select throws_ok(format('select portarium.decide(%L, %L)', :'late_id', 'approve'), 'UP104', null, 'nor does anybody after it');

-- by the tier of the operation
select pg_temp.be('ada', 'admin');
select portarium.register_workflow('grant', pg_temp.task('grant', '{"Retry": [{"ErrorEquals": ["States.ALL"]}]}'));
select pg_temp.be('rita', 'requester');
select portarium.start_run('grant') as grant \gset
select is(pg_temp.state(:'grant'), 'WAITING_FOR_APPROVAL', 'a HumanApprove operation waits before it is queued');
select is_empty('select * from pg_temp.exchange()', 'and is not queued');
select pg_temp.be('abe', 'approver');
select portarium.decide((select approval_id from portarium.approvals where run_id = :'grant'), 'approve');
select is(pg_temp.work('{"error": "Glitch"}'), 'grant', 'approved, it is done');
select pg_temp.let_time_pass();
select is(pg_temp.state(:'grant'), 'RUNNING', 'a retry of an approved action does not ask again');
select is(pg_temp.work('{"output": {}}'), 'grant', 'but is done');
select is(pg_temp.state(:'grant'), 'SUCCEEDED', 'to the end');

select * from finish();
rollback;
