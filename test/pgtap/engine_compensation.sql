-- SPDX-License-Identifier: PostgreSQL
-- Compensation: what a run has done is undone backwards when it fails, is out of time or is cancelled; what is recorded of it; and what
-- a person can do when a step cannot be undone.
\i test/pgtap/include/engine.sql
select plan(99);

-- A task with what undoes it.
create function pg_temp.step(p_operation text, p_undo text, p_next text, p_more jsonb default '{}') returns jsonb language sql as $$
    select jsonb_strip_nulls(jsonb_build_object('Type', 'Task', 'Resource', 'portarium:action:ledger.' || p_operation,
        'TimeoutSeconds', 600, 'ResultPath', '$.last', 'Next', p_next, 'Catch', jsonb_build_array(jsonb_build_object(
            'ErrorEquals', jsonb_build_array('Portarium.Compensate'), 'Next', p_undo, 'ResultPath', '$.undo'))))
        || case when p_next is null then '{"End": true}'::jsonb else '{}' end || p_more
$$;
create function pg_temp.undo(p_operation text, p_more jsonb default '{}') returns jsonb language sql as $$
    select jsonb_build_object('Type', 'Task', 'Resource', 'portarium:action:ledger.' || p_operation, 'TimeoutSeconds', 600, 'End', true) || p_more
$$;
create function pg_temp.plain(p_operation text) returns jsonb language sql as $$
    select jsonb_build_object('Type', 'Task', 'Resource', 'portarium:action:ledger.' || p_operation, 'TimeoutSeconds', 600, 'End', true)
$$;
-- Every job that is there, acknowledged with its own state as the result, until none is left; the states in the order of claiming.
create function pg_temp.drain(p_fails text default null) returns text language plpgsql as $$
declare
    v_job portarium_int.job;
    v_state text;
    v_done text[] := '{}';
begin
    loop
        select * into v_job from pg_temp.exchange();
        -- a claim may have met a job that nobody wants any more
        exit when v_job.run_id is null and not exists (select from portarium_data.ready);
        continue when v_job.run_id is null;
        v_state := split_part(v_job.idempotency_key, ':', 2);
        v_done := v_done || v_state;
        perform pg_temp.exchange(jsonb_build_array(jsonb_build_object('run_id', v_job.run_id, 'token', v_job.token)
            || case when v_state = p_fails then '{"error": "Ledger.Down", "cause": "no answer"}'::jsonb else jsonb_build_object('output', v_state) end), 0);
    end loop;
    return array_to_string(v_done, ' ');
end
$$;
create function pg_temp.stack(p_run uuid) returns text language sql as $$
    select string_agg(state || ' ' || status || case when certain then '' else '?' end, ', ' order by position) from portarium.compensations where run_id = p_run
$$;
create function pg_temp.own_kinds(p_run uuid) returns text language sql as $$
    select string_agg(kind || coalesce(' ' || (body ->> 'undone'), ''), ', ' order by seq) from portarium.run_history(p_run) where strand is null
$$;
create function pg_temp.sound() returns bigint language sql as $$ select count(*) from portarium.check_invariants() $$;

select portarium.register_workflow('order', jsonb_build_object('StartAt', 'Reserve', 'TimeoutSeconds', 86400, 'States', jsonb_build_object(
    'Reserve', pg_temp.step('post', 'Release', 'Charge'), 'Charge', pg_temp.step('post', 'Refund', 'Ship'), 'Ship', pg_temp.plain('wire'),
    'Release', pg_temp.undo('post'), 'Refund', pg_temp.undo('post'))));

-- failure
select portarium.start_run('order', '{"id": 7}') as run \gset
select pg_temp.work('{"output": {"reservation": 1}}');
select is(pg_temp.stack(:'run'), 'Reserve PUSHED', 'the step is on the stack in the commit that says it was done');
select is((select body ->> 'compensation' from portarium.run_history(:'run') where kind = 'action.succeeded'), 'Release', 'and its entry says what undoes it');
select pg_temp.work('{"output": {"charge": 2}}');
select is(pg_temp.stack(:'run'), 'Reserve PUSHED, Charge PUSHED', 'in the order of doing');
select pg_temp.work('{"error": "Carrier.Strike", "cause": "no trucks"}');
select is(pg_temp.state(:'run'), 'COMPENSATING Carrier.Strike', 'a run that fails undoes what it has done first');
select is(pg_temp.stack(:'run'), 'Reserve PUSHED, Charge RUNNING', 'the last step first');
select is(pg_temp.sound(), 0::bigint, 'which is as it must be');
select results_eq(format('select reason, message, moves_when, facts ->> %L from portarium.explain_run(%L)', 'reason', :'run'),
    $$values ('compensating', 'it undoes "Charge": 0 jobs are ahead in its lane', 'an executor claims it', 'queued')$$, 'explain_run says what it stands at');
select is((select jsonb_object_agg(n ->> 'name', n ->> 'progress') from jsonb_array_elements(portarium.run_graph(:'run') -> 'nodes') n),
    '{"Reserve": "done", "Charge": "done", "Ship": "failed", "Refund": "current", "Release": null}', 'the graph shows it');
select is(portarium.cancel_run(:'run'), 'COMPENSATING', 'a run that undoes is being cancelled already');
select is((select input from pg_temp.exchange() limit 1), '{"id": 7, "last": {"reservation": 1}, "undo": {"charge": 2}}',
    'undoing is given what the step was given, and what came of it');
update portarium_data.lease set until = '-infinity';
select portarium_int.tick_step();
select is(pg_temp.drain(), 'Refund Release', 'an executor does it like any action');
select is(pg_temp.state(:'run'), 'FAILED Carrier.Strike', 'then the run has failed, with its own error');
select is((select cause from portarium.runs where run_id = :'run'), 'no trucks', 'and its cause');
select is(pg_temp.own_kinds(:'run'), 'run.started, action.succeeded, action.succeeded, run.compensating, run.step_undone Charge, run.failed Reserve',
    'its entries say what was undone, backwards');
select is((select string_agg(kind, ', ' order by at, seq) from portarium.run_history(:'run') where strand is not null and kind like 'strand.%'),
    'strand.started, strand.succeeded, strand.started, strand.succeeded', 'and each undoing has its own');
select is((select body ->> 'ends' from portarium.run_history(:'run') where kind = 'run.compensating'), 'fail', 'what the run comes to is in the entry');
select is(pg_temp.stack(:'run'), 'Reserve DONE, Charge DONE', 'the stack is done');
select is((select jsonb_object_agg(n ->> 'name', n ->> 'progress') from jsonb_array_elements(portarium.run_graph(:'run') -> 'nodes') n),
    '{"Reserve": "undone", "Charge": "undone", "Ship": "failed", "Refund": "done", "Release": "done"}', 'the graph shows what is undone');
select throws_ok(format('select portarium.retry_run(%L)', :'run'), 'UP101', null, 'what is undone is not gone on with');
select is(pg_temp.sound(), 0::bigint, 'all is as it must be');

select portarium.start_run('order') as run \gset
select is(pg_temp.drain('Reserve'), 'Reserve', 'a run that has done nothing');
select is(pg_temp.own_kinds(:'run'), 'run.started, run.failed', 'undoes nothing');
select portarium.start_run('order') as run \gset
select is(pg_temp.drain(), 'Reserve Charge Ship', 'a run that succeeds');
select is(pg_temp.state(:'run') || ': ' || pg_temp.stack(:'run'), 'SUCCEEDED: Reserve PUSHED, Charge PUSHED', 'is not undone');

-- cancellation
select portarium.start_run('order') as run \gset
select pg_temp.work('{"output": 1}');
select is(portarium.cancel_run(:'run', 'enough', false), 'ABORTED', 'without compensation a cancelled run ends at once');
select is(pg_temp.stack(:'run'), 'Reserve PUSHED', 'and nothing is undone');
select is(portarium.retry_run(:'run'), 'RUNNING', 'so that it can be taken up again');
select is(portarium.cancel_run(:'run', 'enough'), 'COMPENSATING', 'with compensation it undoes first');
select is(pg_temp.drain(), 'Release', 'what it had done');
select is(pg_temp.state(:'run'), 'ABORTED', 'and ends then');
select is(portarium.cancel_run(:'run'), 'ABORTED', 'cancelling again is no error');

-- given up under way
select portarium.start_run('order') as run \gset
select pg_temp.work('{"output": 1}');
select run_id, token from pg_temp.exchange() \gset late_
select is(portarium.cancel_run(:'run'), 'COMPENSATING', 'a run is cancelled while an executor is at work');
select is(pg_temp.stack(:'run'), 'Reserve PUSHED, Charge PUSHED?', 'what nobody knows the outcome of is to be undone as well');
select pg_temp.let_time_pass();
select results_eq(format('select reason, message from portarium.explain_run(%L)', :'run'),
    $$values ('compensating', 'an executor may still be at work on what is undone next')$$, 'when its executor has let go of it');
select is(pg_temp.sound(), 0::bigint, 'which is as it must be');
select is((select kind from pg_temp.exchange(jsonb_build_array(jsonb_build_object('run_id', :'late_run_id', 'token', :'late_token'::bigint, 'output', 2)), 0)), 'stale',
    'what the executor says of it changes nothing any more');
select pg_temp.let_time_pass();
select is(pg_temp.stack(:'run'), 'Reserve PUSHED, Charge RUNNING?', 'and lets undoing begin');
select is((select input -> 'undo' from pg_temp.exchange()), 'null', 'undoing it is told that no result is known');
update portarium_data.lease set until = '-infinity';
select portarium_int.tick_step();
select is(pg_temp.drain(), 'Refund Release', 'and comes first');
select is(pg_temp.sound(), 0::bigint, 'all is as it must be');

-- time
select portarium.start_run('order') as run \gset
select pg_temp.work('{"output": 1}');
select pg_temp.let_time_pass();
select is(pg_temp.state(:'run'), 'COMPENSATING', 'a run past its time undoes what it has done');
select pg_temp.let_time_pass();
select is(pg_temp.drain(), 'Release', 'however long that takes');
select is(pg_temp.state(:'run'), 'TIMED_OUT', 'and has timed out then');

-- a step that cannot be undone
select portarium.start_run('order') as run \gset
select is(pg_temp.drain('Ship'), 'Reserve Charge Ship Refund Release', 'a run that fails');
select portarium.start_run('order') as run \gset
select pg_temp.work('{"output": 1}'), pg_temp.work('{"output": 2}'), pg_temp.work('{"error": "Carrier.Strike"}');
select pg_temp.work('{"error": "Bank.Closed", "cause": "holiday"}');
select is(pg_temp.state(:'run'), 'COMPENSATION_FAILED Carrier.Strike', 'a step that cannot be undone stops the run');
select is(pg_temp.stack(:'run'), 'Reserve PUSHED, Charge FAILED', 'where it stands');
select is_empty('select * from pg_temp.exchange()', 'and nothing before it is undone');
select is((select body ->> 'caught' || ' ' || (body ->> 'undone') from portarium.run_history(:'run') where kind = 'run.undo_failed'), 'Bank.Closed Charge', 'its entry says which, and why');
select results_eq(format('select reason, facts ->> %L, facts ->> %L from portarium.explain_run(%L)', 'undoes', 'error', :'run'),
    $$values ('compensation_failed', 'Charge', 'Bank.Closed')$$, 'explain_run says what a person can do');
select is(pg_temp.sound(), 0::bigint, 'which is as it must be');
select throws_ok(format('select portarium.cancel_run(%L)', :'run'), 'UP101', null, 'it cannot be cancelled with compensation');
select throws_ok(format('select portarium.pause_run(%L)', :'run'), 'UP101', null, 'nor paused');
select throws_ok(format('select portarium.reconcile_run(%L, error => %L)', :'run', 'E'), 'UP007', null, 'that it was not undone is known');
select is(portarium.retry_run(:'run', 'the bank is open'), 'COMPENSATING', 'a person has it tried again');
select pg_temp.work('{"error": "Bank.Closed"}');
select is(portarium.reconcile_run(:'run', '"paid back in cash"'), 'COMPENSATING', 'or undoes it by hand');
select pg_temp.work('{"error": "Shelf.Gone"}');
select is(pg_temp.stack(:'run'), 'Reserve FAILED, Charge DONE', 'and the rest goes on');
select is(portarium.reconcile_run(:'run', '"on the floor"'), 'FAILED', 'the first step by hand ends it');
select is(pg_temp.own_kinds(:'run'), 'run.started, action.succeeded, action.succeeded, run.compensating, run.undo_failed Charge, run.undo_retried, '
    || 'run.undo_failed Charge, run.undo_reconciled Charge, run.undo_failed Reserve, run.failed Reserve', 'all of it is recorded');
select portarium.start_run('order') as run \gset
select pg_temp.work('{"output": 1}'), pg_temp.work('{"output": 2}'), pg_temp.work('{"error": "Carrier.Strike"}');
select pg_temp.work('{"error": "Bank.Closed"}');
select is(portarium.cancel_run(:'run', 'written off', false), 'ABORTED', 'or gives it up');
select is(pg_temp.stack(:'run'), 'Reserve GIVEN_UP, Charge GIVEN_UP', 'as the stack says');
select throws_ok(format('select portarium.retry_run(%L)', :'run'), 'UP101', null, 'for good');
select portarium.start_run('order') as run \gset
select pg_temp.work('{"output": 1}');
select portarium.cancel_run(:'run');
select is(portarium.cancel_run(:'run', 'never mind', false), 'ABORTED', 'also while it is at it');
select is_empty('select * from pg_temp.exchange()', 'and its job is gone');
select is(pg_temp.sound(), 0::bigint, 'all is as it must be');

-- Retry, policy, pause
select portarium.register_workflow('careful', jsonb_build_object('StartAt', 'Grant', 'States', jsonb_build_object(
    'Grant', pg_temp.step('post', 'Revoke', 'Fail'), 'Fail', '{"Type": "Fail", "Error": "No"}'::jsonb,
    'Revoke', pg_temp.undo('grant', '{"Retry": [{"ErrorEquals": ["Ledger.Down"], "MaxAttempts": 1, "IntervalSeconds": 5}]}'))));
select portarium.start_run('careful') as run \gset
select is(pg_temp.drain(), 'Grant', 'undoing is judged like any action');
select results_eq(format('select reason, facts ->> %L from portarium.explain_run(%L)', 'reason', :'run'), $$values ('compensating', 'approval')$$, 'and waits for people');
select is((select state || ' ' || status from portarium.approvals where run_id = :'run'), 'Revoke PENDING', 'who see it with the run');
select pg_temp.be('abe', 'approver');
select portarium.decide((select approval_id from portarium.approvals where run_id = :'run'), 'approve');
select pg_temp.be('ada', 'admin', 'operator');
select is(pg_temp.drain('Revoke'), 'Revoke', 'it is tried');
select is(portarium.pause_run(:'run'), 'PAUSED', 'and paused');
select pg_temp.let_time_pass();
select is_empty('select * from pg_temp.exchange()', 'its second attempt is held back');
select is(portarium.resume_run(:'run'), 'COMPENSATING', 'resumed');
select is(pg_temp.drain(), 'Revoke', 'it is tried again, by its own Retry');
select is(pg_temp.state(:'run'), 'FAILED No', 'and the run has failed');
select portarium.start_run('order') as run \gset
select pg_temp.work('{"output": 1}');
select run_id, token from pg_temp.exchange() \gset late_
select portarium.pause_run(:'run');
select pg_temp.exchange(jsonb_build_array(jsonb_build_object('run_id', :'late_run_id', 'token', :'late_token'::bigint, 'error', 'E')), 0);
select is((select portarium_int.shown_state(state, held) || ' ' || state || ' ' || held from run where run_id = :'run'), 'PAUSED COMPENSATING work',
    'a paused run that fails does not begin to undo');
select is_empty('select * from pg_temp.exchange()', 'nothing is queued');
select is(pg_temp.sound(), 0::bigint, 'which is as it must be');
select is(portarium.resume_run(:'run'), 'COMPENSATING', 'resumed, it does');
select is(pg_temp.drain(), 'Release', 'what is to be undone');

-- what undoing is given cannot be made
select portarium.register_workflow('misfit', jsonb_build_object('StartAt', 'A', 'States', jsonb_build_object(
    'A', pg_temp.step('post', 'U', 'F', '{"ResultPath": null}'), 'F', '{"Type": "Fail", "Error": "No"}'::jsonb, 'U', pg_temp.undo('post'))));
select portarium.start_run('misfit', '[1]') as run \gset
select is(pg_temp.drain(), 'A', 'a step is done whose result does not fit into its input');
select is((select state || ' ' || (select string_agg(body ->> 'caught', '') from portarium.run_history(:'run')) from portarium.runs where run_id = :'run'),
    'COMPENSATION_FAILED States.ResultPathMatchFailure', 'a person must undo it');
select is(portarium.reconcile_run(:'run', '1'), 'FAILED', 'and does');

-- parallel branches, iterations, children
select portarium.register_workflow('wide', jsonb_build_object('StartAt', 'P', 'States', jsonb_build_object(
    'P', jsonb_build_object('Type', 'Parallel', 'ResultPath', '$.p', 'Next', 'M',
        'Catch', '[{"ErrorEquals": ["Portarium.Compensate"], "Next": "UndoP"}]'::jsonb, 'Branches', jsonb_build_array(
            jsonb_build_object('StartAt', 'A', 'States', jsonb_build_object('A', pg_temp.step('post', 'UndoA', null), 'UndoA', pg_temp.undo('post'))),
            jsonb_build_object('StartAt', 'B', 'States', jsonb_build_object('B', pg_temp.step('post', 'UndoB', null), 'UndoB', pg_temp.undo('post'))))),
    'UndoP', pg_temp.undo('post'),
    'M', jsonb_build_object('Type', 'Map', 'MaxConcurrency', 1, 'ItemsPath', '$.items', 'Next', 'F', 'ItemProcessor',
        jsonb_build_object('StartAt', 'I', 'States', jsonb_build_object('I', pg_temp.step('post', 'UndoI', null),
            'UndoI', pg_temp.undo('post', '{"Parameters": {"item.$": "$$.Map.Item.Value"}}')))),
    'F', '{"Type": "Fail", "Error": "No"}'::jsonb)));
select portarium.start_run('wide', '{"items": [{"n": "x"}, {"n": "y"}]}') as run \gset
select is(pg_temp.drain(), 'A B I I UndoI UndoI UndoP UndoB UndoA', 'what strands did is undone by their run, backwards');
select is((select string_agg(r.item -> 'Value' ->> 'n', ' ' order by r.started_at) from run r where r.root_id = :'run' and r.cur = 'UndoI'), 'y x',
    'each iteration with its item');
select is(pg_temp.state(:'run'), 'FAILED No', 'and the run has failed');
select portarium.start_run('wide', '{"items": []}') as run \gset
create temp table claimed as select split_part(idempotency_key, ':', 2) as state, run_id, token from pg_temp.exchange('[]', 2);
select pg_temp.exchange((select jsonb_agg(jsonb_build_object('run_id', run_id, 'token', token, 'error', 'E')) from claimed where state = 'A'), 0);
update portarium_data.lease set until = '-infinity';
select pg_temp.let_time_pass();
select is(pg_temp.stack(:'run'), 'B RUNNING?', 'what a branch had under way when another failed is undone');
select is(pg_temp.drain(), 'UndoB', 'although nobody knows whether it was done');
select is(pg_temp.state(:'run'), 'FAILED E', 'and the run has failed');

select portarium.register_workflow('parent', jsonb_build_object('StartAt', 'Before', 'States', jsonb_build_object(
    'Before', pg_temp.step('post', 'UndoBefore', 'Child'), 'UndoBefore', pg_temp.undo('post'),
    'Child', '{"Type": "Task", "Resource": "portarium:workflow:order.sync", "End": true}'::jsonb)));
select portarium.start_run('parent') as run \gset
select is(pg_temp.drain('Ship'), 'Before Reserve Charge Ship Refund Release UndoBefore', 'a child undoes its own before its parent hears of its end');
select is(pg_temp.state(:'run'), 'FAILED States.TaskFailed', 'and then the parent undoes its own');
select portarium.start_run('parent') as run \gset
select pg_temp.work('{"output": 1}'), pg_temp.work('{"output": 1}');
select is(portarium.cancel_run(:'run'), 'COMPENSATING', 'a parent is cancelled');
select is((select state from portarium.runs where parent_id = :'run'), 'COMPENSATING', 'its child undoes what it has done, too');
select ok(pg_temp.drain() in ('UndoBefore Release', 'Release UndoBefore'), 'both do');
select is(pg_temp.state(:'run') || (select ' ' || state from portarium.runs where parent_id = :'run'), 'ABORTED ABORTED', 'and end');
select portarium.start_run('parent') as run \gset
select pg_temp.work('{"output": 1}'), pg_temp.work('{"output": 1}');
select is(portarium.cancel_run(:'run', compensate => false), 'ABORTED', 'or without compensation');
select is((select state from portarium.runs where parent_id = :'run'), 'ABORTED', 'nor does its child');

-- a token's action, a timeout
select portarium.register_workflow('asked', jsonb_build_object('StartAt', 'T', 'States', jsonb_build_object(
    'T', pg_temp.step('post', 'U', 'F', '{"Resource": "portarium:action:ledger.post.waitForTaskToken", "TimeoutSeconds": 60}'),
    'F', '{"Type": "Fail", "Error": "No"}'::jsonb, 'U', pg_temp.undo('post'))));
select portarium.start_run('asked') as run \gset
select is(pg_temp.drain(), 'T', 'an action was asked for');
update expectation set due_at = '-infinity' where run_id = :'run';
update portarium_data.timer set due = '-infinity';
select portarium_int.tick_step();
select is(pg_temp.stack(:'run'), 'T RUNNING?', 'an answer that does not come leaves it open whether it was done');
select is(pg_temp.drain(), 'U', 'and it is undone');

select is(pg_temp.sound(), 0::bigint, 'all is as it must be');
select * from finish();
rollback;
