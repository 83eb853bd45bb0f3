-- SPDX-License-Identifier: PostgreSQL
-- Leases and fencing: a stale acknowledgement changes nothing and is told so; lost jobs are done again only when that is safe.
\i test/pgtap/include/engine.sql
select plan(37);

select portarium.register_workflow('post', pg_temp.task('post'));
select portarium.register_workflow('wire', pg_temp.task('wire'));
select portarium.start_run('post') as run \gset
select token from pg_temp.exchange() \gset
select results_eq(format('select kind, token from pg_temp.exchange(%L, 0)', jsonb_build_array(jsonb_build_object('run_id', :'run', 'token', :token + 1, 'output', 1))),
    format('values (%L, %s::bigint)', 'stale', :token + 1), 'another token is stale');
select is((select kind from pg_temp.exchange(jsonb_build_array(jsonb_build_object('run_id', gen_random_uuid(), 'token', :token, 'output', 1)), 0)), 'stale',
    'the token of another run is stale');
select is((select count(*) from portarium.run_history(:'run')), 1::bigint, 'neither changed anything');
select throws_ok(format('select portarium.complete(%s, %s, %L, %s, null)', current_setting('t.executor'), current_setting('t.epoch'), :'run', :token + 1), 'UP301', null,
    'complete refuses a stale token');
select throws_ok(format('select portarium.fail(%s, %s, %L, %s, null, null)', current_setting('t.executor'), current_setting('t.epoch'), :'run', :token + 1), 'UP301', null,
    'fail refuses a stale token');
select lives_ok(format('select portarium.complete(%s, %s, %L, %s, %L)', current_setting('t.executor'), current_setting('t.epoch'), :'run', :token, '{"a": 1}'),
    'complete takes the right one');
select is((select output from portarium.runs where run_id = :'run'), '{"a": 1}'::jsonb, 'and its output');
select is((select kind from pg_temp.exchange(jsonb_build_array(jsonb_build_object('run_id', :'run', 'token', :token, 'output', 2)), 0)), 'stale', 'twice is stale');

-- epochs and strangers
select throws_ok(format('select portarium.exchange(%s, %s, %L, 1)', current_setting('t.executor'), current_setting('t.epoch')::int - 1, '[]'), 'UP302', null, 'a stale epoch');
savepoint timeline;
update portarium_data.executor set epoch = epoch + (5 << 20);
select throws_ok(format('select portarium.exchange(%s, %s, %L, 1)', current_setting('t.executor'), current_setting('t.epoch')::int + (5 << 20), '[]'), 'UP302',
    format('executor epoch "%s" is of another timeline', current_setting('t.epoch')::int + (5 << 20)), 'an epoch of another timeline');
select throws_ok(format('select portarium.heartbeat(%s, %s, %L)', current_setting('t.executor'), current_setting('t.epoch')::int + (5 << 20), '{1}'), 'UP302', null,
    'renews nothing');
select is((select epoch >> 20 from portarium.register_executor('e1', '{ledger}')), portarium_int.epoch_floor() >> 20, 'registering again gives one of this timeline');
select lives_ok('select portarium.exchange(e.executor_id, e.epoch, $j$[]$j$, 0) from portarium_data.executor e where name = $n$e1$n$', 'which is good');
rollback to timeline;
select throws_ok($$select portarium.exchange(999999, 1, '[]', 1)$$, 'UP405', null, 'an executor that is not registered');
update portarium_data.executor set login = 'somebody';
select throws_ok(format('select portarium.exchange(%s, %s, %L, 1)', current_setting('t.executor'), current_setting('t.epoch'), '[]'), 'UP405', null, 'an executor of another login');
select throws_ok($$select portarium.register_executor('e1', '{ledger}')$$, 'UP106', null, 'whose name is taken');
select throws_ok($$select portarium.register_executor('', '{ledger}')$$, 'UP007', null, 'an executor without a name');
update portarium_data.executor set login = session_user;
select throws_ok(format('select portarium.exchange(%s, %s, %L, 1)', current_setting('t.executor'), current_setting('t.epoch'), '[{"run_id": 7}]'), 'UP007', null, 'acknowledgements that are none');
select throws_ok(format('select portarium.exchange(%s, %s, %L, 901)', current_setting('t.executor'), current_setting('t.epoch'), '[]'), 'UP007', null, 'more jobs than one call gives');

-- heartbeat
select portarium.start_run('post') as beat \gset
select token as beat_token from pg_temp.exchange() \gset
update portarium_data.lease set until = clock_timestamp() + interval '1 s';
select results_eq(format('select * from portarium.heartbeat(%s, %s, array[%s, 5]::bigint[])', current_setting('t.executor'), current_setting('t.epoch'), :beat_token),
    format('values (%s::bigint, %L), (5, %L)', :beat_token, 'ok', 'stale'), 'a heartbeat renews what is held and names what is not');
select ok((select until > clock_timestamp() + interval '29 s' from portarium_data.lease), 'for another 30 s');
select portarium.cancel_run(:'beat', 'enough');
select is((select state from portarium.heartbeat(current_setting('t.executor')::int, current_setting('t.epoch')::int, array[:beat_token]::bigint[])), 'cancel',
    'a cancelled run is told to the executor');

-- lost leases
select portarium.start_run('post') as lost \gset
select idempotency_key from pg_temp.exchange() \gset lost_
update portarium_data.lease set until = '-infinity';
select portarium_int.tick_step();
select is(pg_temp.kinds(:'lost'), 'run.started action.lost', 'a lost idempotent job is queued again');
select is((select idempotency_key from pg_temp.exchange()), :'lost_idempotency_key', 'with the same key');
select portarium.start_run('wire') as wire \gset
select run_id, token from pg_temp.exchange() \gset wire_
select executor_id as again, epoch as again_epoch from portarium.register_executor('e1', '{ledger}') \gset
select is(:again_epoch, current_setting('t.epoch')::int + 1, 'registering again gives a new epoch');
select portarium_int.tick_step();
select is(pg_temp.state(:'wire'), 'UNKNOWN Portarium.UnknownOutcome', 'and a job that may not be repeated is parked');
select is((select count(*) from portarium.exchange(:again, :again_epoch, '[]', 10) where run_id = :'wire'), 0::bigint, 'nobody does it again');
select throws_ok(format('select portarium.reconcile_run(%L)', :'wire'), 'UP007', null, 'reconciling needs an outcome');
select is(portarium.reconcile_run(:'wire', '{"found": true}'), 'SUCCEEDED', 'a person says what became of it');
select throws_ok(format('select portarium.reconcile_run(%L, %L)', :'wire', '1'), 'UP101', null, 'once');
select is(pg_temp.kinds(:'wire'), 'run.started action.unknown run.succeeded', 'all of it is in evidence');
select portarium_int.tick_step();
select is((select count(*) from portarium_data.quarantine), 0::bigint, 'nothing was set aside');

-- when the clock comes again
select is(portarium_int.nap_until('-infinity'), 100, 'soon for a void lease that somebody has locked');
select is(portarium_int.nap_until(clock_timestamp()), 100, 'soon for anything that is due and locked');
select ok(portarium_int.nap_until(clock_timestamp() + interval '50 ms') between 1 and 50, 'in time for what is due next');
select is(portarium_int.nap_until('infinity'), 60000, 'in a minute for what is far away');
select is(portarium_int.nap_until(null), 60000, 'and for nothing');

select * from finish();
rollback;
