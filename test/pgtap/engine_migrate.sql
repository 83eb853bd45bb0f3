-- SPDX-License-Identifier: PostgreSQL
-- Migrating runs to another version of their workflow: what goes on, what is planned anew, and what is refused.
\i test/pgtap/include/engine.sql
select plan(50);

create function pg_temp.sound() returns bigint language sql as $$ select count(*) from portarium.check_invariants() $$;
create function pg_temp.post(p_next text, p_more jsonb default '{}') returns jsonb language sql as $$
    select jsonb_build_object('Type', 'Task', 'Resource', 'portarium:action:ledger.post')
        || case when p_next is null then '{"End": true}'::jsonb else jsonb_build_object('Next', p_next) end || p_more
$$;
create function pg_temp.register(p_name text, p_states jsonb, p_start text default 'A') returns int language sql as $$
    select version from portarium.register_workflow(p_name, jsonb_build_object('StartAt', p_start, 'States', p_states))
$$;
-- The codes of what a migration is refused for.
create function pg_temp.findings(p_run uuid, p_version int, p_states jsonb default '{}') returns text language plpgsql as $$
declare
    v_detail text;
begin
    perform portarium.migrate_run(p_run, p_version, p_states);
    return 'none';
exception when sqlstate 'UP112' then
    get stacked diagnostics v_detail = pg_exception_detail;
    return (select string_agg(f ->> 'code' || ' ' || (f ->> 'pointer'), ', ') from jsonb_array_elements(v_detail::jsonb) f);
end
$$;
create function pg_temp.clear() returns void language sql as $$
    select from portarium.control_runs('cancel', '{"state": "RUNNING"}', 100, false);
    select from pg_temp.exchange('[]', 100);
$$;

select pg_temp.register('two', jsonb_build_object('A', pg_temp.post('B'), 'B', pg_temp.post(null)));
select portarium.start_runs('two', array['{"in": 1}', '{"in": 1}']::jsonb[]);
select pg_temp.register('two', jsonb_build_object('A', pg_temp.post('M', '{"Parameters": {"new": true}}'), 'M', pg_temp.post('Z'), 'Z', pg_temp.post(null))) as newer \gset

-- queued, leased
select run_id as leased, token from pg_temp.exchange() \gset
select run_id as queued from portarium.runs where run_id <> :'leased' \gset
select is(portarium.migrate_run(:'queued', :newer, reason => 'a step more'), 'RUNNING', 'a run whose job is queued goes on in another version');
select is(portarium.migrate_run(:'leased', :newer), 'RUNNING', 'so does one that an executor has at work');
select is(pg_temp.sound(), 0::bigint, 'which is as it must be');
select is((select kind || ' ' || (body ->> 'version') || ' ' || (body ->> 'definition') from portarium.run_history(:'queued') where seq = 2),
    'run.migrated 2 ' || (select hash from portarium.workflows where name = 'two' and version = 2), 'the entry says to which');
select is(pg_temp.kinds(:'leased'), 'run.started run.migrated', 'once');
select is(portarium.migrate_run(:'leased', :newer), 'RUNNING', 'a run of that version already');
select is(pg_temp.kinds(:'leased'), 'run.started run.migrated', 'is left as it is');
select is((select kind from pg_temp.exchange(jsonb_build_array(jsonb_build_object('run_id', :'leased', 'token', :'token'::bigint, 'output', '{"a": 1}'::jsonb)), 0)), null,
    'what the executor says of it counts');
select is((select cur from run where run_id = :'leased'), 'M', 'and leads on in the new version');
select is((select count(*) from (select input from pg_temp.exchange('[]', 10)) j where input in ('{"new": true}', '{"a": 1}')), 2::bigint, 'what was queued is planned anew, templates included');
update portarium_data.lease set until = '-infinity';
select portarium_int.tick_step();
select pg_temp.clear();

-- what is refused
select portarium.start_run('two@1') as run \gset
select pg_temp.register('two', jsonb_build_object('N', pg_temp.post(null), 'W', '{"Type": "Wait", "Seconds": 9, "Next": "N"}'::jsonb), 'W') as other \gset
select is(pg_temp.findings(:'run', :other), 'STATE_MISSING /States/A', 'its state is not there');
select is(pg_temp.findings(:'run', :other, '{"A": "W"}'), 'STATE_TYPE /States/A', 'or of another type');
select is(pg_temp.findings(:'run', :other, '{"A": "N", "Q": "N"}'), 'STATE_UNKNOWN ', 'the map names what is not there');
select is(pg_temp.findings(:'run', :other, '{"A": "N"}'), 'none', 'a map says what stands for it');
select is((select cur from run where run_id = :'run'), 'N', 'and the run stands there');
select throws_ok(format('select portarium.migrate_run(%L, 9)', :'run'), 'UP402', null, 'a version that is not there');
select throws_ok(format('select portarium.migrate_run(%L, 1, %L)', :'run', '[]'), 'UP007', null, 'a map that is none');
select throws_ok(format('select portarium.migrate_run(%L, 1, %L)', :'run', '{"N": 1}'), 'UP007', null, 'or of no names');
select throws_ok(format('select portarium.migrate_run(%L, 1)', gen_random_uuid()), 'UP401', null, 'a run that is not there');
select pg_temp.clear();
select throws_ok(format('select portarium.migrate_run(%L, 1)', :'run'), 'UP101', null, 'a run that has ended');
select pg_temp.be('rea', 'requester');
select throws_ok(format('select portarium.migrate_run(%L, 1)', :'run'), 'UP205', null, 'who may only request does not migrate');
select pg_temp.be('ada', 'admin', 'operator');

-- under way: another resource
select pg_temp.register('way', jsonb_build_object('A', pg_temp.post(null)));
select portarium.start_run('way') as run \gset
select pg_temp.register('way', jsonb_build_object('A', pg_temp.post(null, '{"Resource": "portarium:action:ledger.wire"}'))) as newer \gset
select run_id, token from pg_temp.exchange() \gset way_
select is(pg_temp.findings(:'run', :newer), 'STATE_RESOURCE /States/A', 'what is under way is not taken for something else');
update portarium_data.lease set until = '-infinity';
select portarium_int.tick_step();
select is(pg_temp.findings(:'run', :newer), 'none', 'what is only queued is');
select is((select operation from pg_temp.exchange('[]', 10)), 'wire', 'and is asked for by the new version');
select is(pg_temp.sound(), 0::bigint, 'all is as it must be');

-- waits, approvals, signals, pauses
select pg_temp.register('waits', jsonb_build_object('A', '{"Type": "Wait", "Seconds": 60, "Next": "B"}'::jsonb, 'B', '{"Type": "Task", "Resource": "portarium:approval", "TimeoutSeconds": 900, "Next": "C"}'::jsonb,
    'C', '{"Type": "Task", "Resource": "portarium:signal:go", "End": true}'::jsonb));
select pg_temp.register('waits', jsonb_build_object('A2', '{"Type": "Wait", "Seconds": 5, "Next": "B2"}'::jsonb, 'B2', '{"Type": "Task", "Resource": "portarium:approval", "TimeoutSeconds": 900, "Next": "C2"}'::jsonb,
    'C2', '{"Type": "Task", "Resource": "portarium:signal:go", "Next": "D"}'::jsonb, 'D', '{"Type": "Pass", "Result": "new", "End": true}'::jsonb), 'A2');
\set map '{"A": "A2", "B": "B2", "C": "C2"}'
\set back '{"A2": "A", "B2": "B", "C2": "C"}'
select portarium.start_run('waits@1') as run \gset
select is(portarium.migrate_run(:'run', 2, :'map'), 'RUNNING', 'a run that waits goes on waiting');
update portarium_data.timer set due = '-infinity' where run_id = :'run';
select portarium_int.tick_step();
select is((select current_state || ' ' || state from portarium.runs where run_id = :'run'), 'B2 WAITING_FOR_APPROVAL', 'and leaves by the new document');
select is(portarium.migrate_run(:'run', 1, :'back'), 'WAITING_FOR_APPROVAL', 'one that waits for people');
select pg_temp.be('abe', 'approver');
select portarium.decide((select approval_id from portarium.approvals where run_id = :'run'), 'approve');
select pg_temp.be('ada', 'admin', 'operator');
select is((select current_state from portarium.runs where run_id = :'run'), 'C', 'keeps its approval');
select is(portarium.pause_run(:'run'), 'PAUSED', 'one that is paused');
select is(portarium.migrate_run(:'run', 2, :'map'), 'PAUSED', 'stays so');
select portarium.resume_run(:'run');
select portarium.signal_run(:'run', 'go', '1');
select is((select state || ' ' || output from portarium.runs where run_id = :'run'), 'SUCCEEDED "new"', 'and one that waits for a signal has it');
select is(pg_temp.sound(), 0::bigint, 'all is as it must be');

-- branches and iterations
\set branch '{"StartAt": "X", "States": {"X": {"Type": "Task", "Resource": "portarium:action:ledger.post", "Next": "Y"}, "Y": {"Type": "Task", "Resource": "portarium:action:ledger.post", "End": true}}}'
\set other '{"StartAt": "K", "States": {"K": {"Type": "Wait", "Seconds": 60, "End": true}}}'
select pg_temp.register('wide', jsonb_build_object('A', jsonb_build_object('Type', 'Parallel', 'End', true, 'Branches', jsonb_build_array(:'branch'::jsonb, :'other'::jsonb))));
select portarium.start_run('wide') as run \gset
select pg_temp.register('wide', jsonb_build_object('A', jsonb_build_object('Type', 'Parallel', 'End', true, 'Branches', jsonb_build_array(:'other'::jsonb, :'branch'::jsonb)))) as turned \gset
select pg_temp.register('wide', jsonb_build_object('A', jsonb_build_object('Type', 'Parallel', 'End', true, 'Branches', jsonb_build_array(:'branch'::jsonb)))) as fewer \gset
select pg_temp.register('wide', jsonb_build_object('A', jsonb_build_object('Type', 'Parallel', 'Next', 'B', 'Branches', jsonb_build_array(:'branch'::jsonb, :'other'::jsonb)), 'B', '{"Type": "Succeed"}'::jsonb)) as newer \gset
select is(pg_temp.findings(:'run', :turned), 'STATE_PLACE /States/A/Branches/0/States/X, STATE_PLACE /States/A/Branches/1/States/K', 'a branch goes on as the same branch');
select is(pg_temp.findings(:'run', :fewer), 'BRANCH_COUNT /States/A, STATE_MISSING /States/A/Branches/1/States/K', 'of as many');
select is(pg_temp.findings(:'run', :newer), 'none', 'and does');
select is((select count(*) from portarium.run_history(:'run') where kind = 'strand.migrated'), 2::bigint, 'with an entry of each');
select is(pg_temp.sound(), 0::bigint, 'which is as it must be');
select pg_temp.work('{"output": 1}'), pg_temp.work('{"output": 1}'), pg_temp.work('{"output": 1}');
update portarium_data.timer set due = '-infinity';
select portarium_int.tick_step();
select is((select state || ' ' || current_state from portarium.runs where run_id = :'run'), 'SUCCEEDED B', 'they join in the new version');
select pg_temp.register('many', jsonb_build_object('A', jsonb_build_object('Type', 'Map', 'MaxConcurrency', 1, 'End', true, 'ItemProcessor', :'branch'::jsonb)));
select portarium.start_run('many', '[1, 2]') as run \gset
select pg_temp.register('many', jsonb_build_object('A', jsonb_build_object('Type', 'Map', 'MaxConcurrency', 1, 'End', true, 'ItemProcessor',
    '{"StartAt": "X2", "States": {"X2": {"Type": "Task", "Resource": "portarium:action:ledger.post", "End": true}}}'::jsonb))) as newer \gset
select is(portarium.migrate_run(:'run', :newer, '{"X": "X2"}'), 'RUNNING', 'a Map goes on');
select pg_temp.work('{"output": 1}'), pg_temp.work('{"output": 1}'), pg_temp.work('{"output": 1}'), pg_temp.work('{"output": 2}');
select is(pg_temp.state(:'run'), 'SUCCEEDED', 'its items that have not begun begin in the new version');

-- compensation, required approvals
select pg_temp.register('saga', jsonb_build_object('A', pg_temp.post('B', '{"Catch": [{"ErrorEquals": ["Portarium.Compensate"], "Next": "U"}]}'), 'U', '{"Type": "Pass", "End": true}'::jsonb, 'B', pg_temp.post(null)));
select portarium.start_run('saga') as run \gset
select pg_temp.work('{"output": 1}');
select pg_temp.register('saga', jsonb_build_object('A', pg_temp.post('B', '{"Catch": [{"ErrorEquals": ["Portarium.Compensate"], "Next": "U2"}]}'), 'U2', '{"Type": "Pass", "End": true}'::jsonb, 'B', pg_temp.post(null))) as newer \gset
select is(pg_temp.findings(:'run', :newer), 'COMPENSATION_MISSING /States/U', 'what can be undone stays so');
select is(pg_temp.findings(:'run', :newer, '{"U": "U2"}'), 'none', 'by the states that the map says');
select pg_temp.work('{"error": "E"}'), pg_temp.work('{"error": "E"}');
select is((select state || ' ' || error from portarium.runs where run_id = :'run') || ' ' || (select current_state from portarium.strands where run_id = :'run'), 'FAILED E U2', 'and is undone there');
select throws_ok(format('select portarium.migrate_run(%L, 1)', :'run'), 'UP101', null, 'nothing more is migrated');
select pg_temp.register('paid', jsonb_build_object('A', pg_temp.post('G'), 'G', '{"Type": "Task", "Resource": "portarium:approval", "Next": "W"}'::jsonb, 'W', pg_temp.post(null, '{"Resource": "portarium:action:ledger.wire"}')));
select portarium.start_run('paid') as run \gset
select pg_temp.register('paid', jsonb_build_object('G', '{"Type": "Task", "Resource": "portarium:approval", "Next": "B"}'::jsonb, 'B', pg_temp.post('W'), 'W', pg_temp.post(null, '{"Resource": "portarium:action:ledger.wire"}')), 'G') as newer \gset
select portarium.require_approval('paid', 'ledger.wire');
select is(pg_temp.findings(:'run', :newer, '{"A": "B"}'), 'APPROVAL_BYPASS /States/W', 'an approval that is ahead is not jumped over');

-- forks of a run that was migrated
select pg_temp.clear();
select portarium.start_run('two@1', '{"in": 1}') as run \gset
select portarium.migrate_run(:'run', 2);
select pg_temp.work('{"output": 1}'), pg_temp.work('{"output": 1}');
select portarium.fork_run(:'run', 1) as before, portarium.fork_run(:'run', 4) as after \gset
select is((select string_agg((select w.version::text from portarium.workflows w join definition d on encode(d.hash, 'hex') = w.hash where w.name = 'two' and d.def_id = r.def_id), ' ' order by r.run_id = :'after')
    from run r where r.run_id in (:'before', :'after')), '1 2', 'a fork is of the version that the run was of at its entry');
select is(pg_temp.sound(), 0::bigint, 'all is as it must be');

-- a pause while a token's action is queued
select pg_temp.clear();
select pg_temp.register('asked', jsonb_build_object('A', pg_temp.post(null, '{"Resource": "portarium:action:ledger.post.waitForTaskToken"}')));
select portarium.start_run('asked') as run \gset
select portarium.pause_run(:'run'), portarium.resume_run(:'run');
select isnt((select run_id from pg_temp.exchange('[]', 10)), null, 'an action that was to be asked for when its run was paused is asked for afterwards');
select is(pg_temp.sound(), 0::bigint, 'all is as it must be');

select * from finish();
rollback;
