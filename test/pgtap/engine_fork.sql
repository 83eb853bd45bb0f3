-- SPDX-License-Identifier: PostgreSQL
-- Forking: a new run from any entry of another one, with what that had there, and what becomes of what can be undone.
\i test/pgtap/include/engine.sql
select plan(44);

create function pg_temp.sound() returns bigint language sql as $$ select count(*) from portarium.check_invariants() $$;
create function pg_temp.first_body(p_run uuid) returns jsonb language sql as $$ select body from portarium.run_history(p_run) where seq = 1 and strand is null $$;
create function pg_temp.stack(p_run uuid) returns text language sql as $$
    select string_agg(state || ' ' || status, ', ' order by position) from portarium.compensations where run_id = p_run
$$;
-- What the next job of a run is given, which is acknowledged with an output.
create function pg_temp.input_of_next(p_output jsonb) returns jsonb language plpgsql as $$
declare
    v_job portarium_int.job;
begin
    select * into v_job from pg_temp.exchange();
    perform pg_temp.exchange(jsonb_build_array(jsonb_build_object('run_id', v_job.run_id, 'token', v_job.token, 'output', p_output)), 0);
    return jsonb_build_object(split_part(v_job.idempotency_key, ':', 2), v_job.input);
end
$$;

-- Ends what is under way, so that the next job is that of the next run.
create function pg_temp.clear() returns void language sql as $$
    select from portarium.control_runs('cancel', '{"state": "RUNNING"}', 100, false);
    select from pg_temp.exchange('[]', 100);
$$;

-- three steps that hand on what they give: in the native flavour planned ahead
select portarium.register_workflow('three', '{"StartAt": "A", "TimeoutSeconds": 5000, "States": {
    "A": {"Type": "Task", "Resource": "portarium:action:ledger.post", "Next": "B"}, "B": {"Type": "Task", "Resource": "portarium:action:ledger.post", "Next": "C"},
    "C": {"Type": "Task", "Resource": "portarium:action:ledger.wire", "End": true}}}');
select portarium.start_run('three', '{"in": 1}') as run \gset
select pg_temp.input_of_next('{"a": 1}');
select pg_temp.input_of_next('{"in": 1}');
select pg_temp.input_of_next('{"c": 3}');
select is(pg_temp.state(:'run'), 'SUCCEEDED', 'a run that is forked at each of its entries');
select is((select string_agg(seq || ' ' || coalesce(data::text, 'input'), ', ' order by seq) from waypoint where run_id = :'run'), '2 {"a": 1}, 3 input',
    'what it had before it is kept, in both flavours alike');
select portarium.fork_run(:'run', 1) as fork \gset
select is(pg_temp.input_of_next('1'), '{"A": {"in": 1}}', 'at its start it begins anew');
select is(pg_temp.input_of_next('2'), '{"B": 1}', 'and goes its own way');
select is(pg_temp.input_of_next('3'), '{"C": 2}', 'to its own end');
select is(pg_temp.state(:'fork'), 'SUCCEEDED', 'which is another run''s');
select portarium.fork_run(:'run', 2) as fork \gset
select is(pg_temp.first_body(:'fork') ->> 'state', 'B', 'behind the first step it stands before the second');
select is((select kind || ' ' || actor from portarium.run_history(:'fork')), 'run.forked ada', 'its first entry says that it is a fork, and who forked');
select is(pg_temp.first_body(:'fork') ->> 'forked_run' || ' ' || (pg_temp.first_body(:'fork') ->> 'forked_seq'), :'run' || ' 2', 'and cites the entry that it begins at');
select is(pg_temp.first_body(:'fork') ->> 'forked_entry', (select entry_hash from portarium.entries where run_id = :'run' and seq = 2), 'by its hash');
select is((select input from portarium.runs where run_id = :'fork'), '{"in": 1}', 'it has the input of the run');
select is(pg_temp.input_of_next('9'), '{"B": {"a": 1}}', 'and what that had there');
select is((select string_agg(kind, ' ') from portarium_data.timer where run_id = :'fork'), 'deadline', 'and a time of its own');
select portarium.fork_run(:'run', 3) as fork \gset
select is(pg_temp.sound(), 0::bigint, 'all is as it must be');
select throws_ok(format('select portarium.fork_run(%L, 4)', :'run'), 'UP101', null, 'behind its end nothing is left to do');
select throws_ok(format('select portarium.fork_run(%L, 5)', :'run'), 'UP007', null, 'an entry that is not there');
select throws_ok(format('select portarium.fork_run(%L, null)', :'run'), 'UP007', null, 'nor none');
select throws_ok(format('select portarium.fork_run(%L, 1)', gen_random_uuid()), 'UP401', null, 'a run that is not there');
select portarium.fork_run(:'run', 2, 'k') as keyed \gset
select is(portarium.fork_run(:'run', 2, 'k'), :'keyed', 'the same key gives the same fork');
select throws_ok(format('select portarium.fork_run(%L, 3, %L)', :'run', 'k'), 'UP103', null, 'another entry is another request');
select pg_temp.be('rea', 'requester');
select throws_ok(format('select portarium.fork_run(%L, 1)', :'run'), 'UP205', null, 'who may only request does not fork');
select pg_temp.be('ada', 'admin', 'operator');

-- variables, a failed run, policies
select pg_temp.clear();
select portarium.register_workflow('vars', '{"StartAt": "P", "States": {"P": {"Type": "Pass", "Assign": {"v": 7}, "Next": "A"},
    "A": {"Type": "Task", "Resource": "portarium:action:ledger.post", "Parameters": {"v.$": "$v"}, "Next": "B"}, "B": {"Type": "Task", "Resource": "portarium:action:ledger.grant", "End": true}}}');
select portarium.start_run('vars') as run \gset
select pg_temp.work('{"error": "E"}');
select portarium.fork_run(:'run', 1) as fork \gset
select is(pg_temp.input_of_next('1'), '{"A": {"v": 7}}', 'what the start has made of its input is kept as well');
select is(pg_temp.state(:'fork'), 'WAITING_FOR_APPROVAL', 'and goes on as any run');
select portarium.fork_run(:'run', 2) as fork \gset
select is(pg_temp.input_of_next('1'), '{"A": {"v": 7}}', 'a run that failed is forked where it failed');
select is((select count(*) from portarium.approvals where status = 'PENDING'), 2::bigint, 'each fork waits for people of its own');
select portarium.set_policy('freeze', 'deny', 'ledger', 'post');
select portarium.fork_run(:'run', 2) as fork \gset
select is(pg_temp.state(:'fork'), 'FAILED Policy.Denied', 'policies of now are asked, not those of then');
select portarium.set_policy('freeze', 'none');
select portarium.register_workflow('asks', '{"StartAt": "Ask", "States": {"Ask": {"Type": "Task", "Resource": "portarium:approval", "Next": "Wire"},
    "Wire": {"Type": "Task", "Resource": "portarium:action:ledger.wire", "End": true}}}');
select portarium.start_run('asks') as run \gset
select pg_temp.be('abe', 'approver');
select portarium.decide((select approval_id from portarium.approvals where run_id = :'run'), 'approve');
select pg_temp.be('ada', 'admin', 'operator');
select lives_ok(format('select portarium.fork_run(%L, 2)', :'run'), 'an approval of the document alone counts as done');
select portarium.require_approval('asks', 'ledger.wire');
select throws_ok(format('select portarium.fork_run(%L, 2)', :'run'), 'UP207', null, 'one that a rule of the tenant requires is not led around');
select lives_ok(format('select portarium.fork_run(%L, 1)', :'run'), 'before it the fork asks anew');

-- what can be undone
select portarium.register_workflow('saga', '{"StartAt": "A", "States": {
    "A": {"Type": "Task", "Resource": "portarium:action:ledger.post", "Next": "B", "Catch": [{"ErrorEquals": ["Portarium.Compensate"], "Next": "U"}]}, "U": {"Type": "Pass", "End": true},
    "B": {"Type": "Task", "Resource": "portarium:action:ledger.post", "Next": "C", "Catch": [{"ErrorEquals": ["Portarium.Compensate"], "Next": "V"}]}, "V": {"Type": "Pass", "End": true},
    "C": {"Type": "Task", "Resource": "portarium:action:ledger.post", "End": true}}}');
select pg_temp.clear();
select portarium.start_run('saga') as run \gset
select pg_temp.work('{"output": 1}');
select portarium.fork_run(:'run', 2) as fork \gset
select is(pg_temp.stack(:'fork'), null, 'what was done stays the run''s to undo while that goes on');
select portarium.cancel_run(:'fork');
select pg_temp.work('{"output": 2}'), pg_temp.work('{"output": 2}'), pg_temp.work('{"output": 3}');
select is(pg_temp.state(:'run'), 'SUCCEEDED', 'it has ended');
select portarium.fork_run(:'run', 2) as fork \gset
select is(pg_temp.stack(:'run') || '; ' || pg_temp.stack(:'fork'), 'A HANDED_OVER, B PUSHED; A PUSHED', 'then it is the fork''s, up to where that begins');
select throws_ok(format('select portarium.fork_run(%L, 2)', :'run'), 'UP101', null, 'and not another one''s');
select pg_temp.work('{"error": "E"}');
select is(pg_temp.state(:'fork') || ': ' || pg_temp.stack(:'fork'), 'FAILED E: A DONE', 'a fork that fails undoes it');
select is((select moves_when from portarium.explain_run(:'fork')), null, 'no person moves it any more');
select is((select moves_when from portarium.explain_run(:'run')), null, 'nor the run that has handed it over');
select throws_ok(format('select portarium.fork_run(%L, 1)', :'fork'), 'UP101', null, 'and is not forked itself');
select lives_ok(format('select portarium.fork_run(%L, 1)', :'run'), 'who begins before it was done needs it not');
select is(pg_temp.sound(), 0::bigint, 'all is as it must be');
select pg_temp.clear();
select portarium.start_run('saga') as run \gset
select pg_temp.work('{"output": 1}'), pg_temp.work('{"output": 2}');
select portarium.cancel_run(:'run', compensate => false);
select portarium.set_policy('freeze', 'deny', 'ledger', 'post');
select portarium.fork_run(:'run', 3) as fork \gset
select is(pg_temp.state(:'fork') || ': ' || pg_temp.stack(:'fork'), 'FAILED Policy.Denied: A DONE, B DONE', 'a fork that fails at once undoes as well');
select throws_ok(format('select portarium.retry_run(%L)', :'run'), 'UP101', null, 'what is handed over is not gone on with');
select is(pg_temp.sound(), 0::bigint, 'all is as it must be');

-- what is gone
select pg_temp.clear();
select portarium.set_policy('freeze', 'none');
select portarium.start_run('three') as run \gset
select pg_temp.work('{"output": 1}'), pg_temp.work('{"output": 2}');
delete from waypoint where run_id = :'run' and seq = 2;
select throws_ok(format('select portarium.fork_run(%L, 2)', :'run'), 'UP107', null, 'what was not kept is not made up');
select lives_ok(format('select portarium.fork_run(%L, 3)', :'run'), 'its last entry is in its row');
select pg_temp.work('{"output": 3}');

select * from finish();
rollback;
