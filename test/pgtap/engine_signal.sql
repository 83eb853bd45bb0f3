-- SPDX-License-Identifier: PostgreSQL
-- Signals: received by the state that waits, kept when they come too early, found by name, run and correlation.
\i test/pgtap/include/engine.sql
select plan(44);

create function pg_temp.wait_for(p_name text, p_more jsonb default '{}') returns jsonb language sql as $$
    select jsonb_build_object('StartAt', 'W', 'States', jsonb_build_object(
        'W', jsonb_build_object('Type', 'Task', 'Resource', 'portarium:signal:' || p_name, 'ResultPath', '$.got', 'Next', 'E') || p_more,
        'E', '{"Type": "Succeed"}'::jsonb))
$$;
create function pg_temp.output(p_run uuid) returns jsonb language sql as $$ select output from portarium.runs where run_id = p_run $$;

-- received while the run waits
select portarium.register_workflow('paid', pg_temp.wait_for('paid'));
select portarium.start_run('paid', '{"order": 1}') as run \gset
select is(pg_temp.state(:'run'), 'RUNNING', 'a run waits for its signal');
select is_empty('select * from pg_temp.exchange()', 'and nothing of it is queued');
select results_eq(format('select kind, name, state, correlation, strand_id from portarium.expectations where run_id = %L', :'run'),
    $$values ('signal', 'paid', 'W', null::text, null::uuid)$$, 'what it waits for is shown');
select is((select reason || ': ' || message from portarium.explain_run(:'run')), 'signal: it waits for the signal "paid"', 'and explained');
select is(portarium.signal_run(:'run', 'other', '1'), 'KEPT', 'a signal of another name is kept');
select is(portarium.signal_run(:'run', 'paid', '2', 'c'), 'KEPT', 'so is one with a correlation that the state does not have');
select is(portarium.signal_run(:'run', 'paid', '{"by": "card"}'), 'RECEIVED', 'the signal is received');
select is(pg_temp.state(:'run'), 'SUCCEEDED', 'and the state has ended');
select is(pg_temp.output(:'run'), '{"order": 1, "got": {"by": "card"}}'::jsonb, 'with its payload');
select is(pg_temp.kinds(:'run'), 'run.started run.succeeded', 'in one transition');
select is((select actor from portarium.run_history(:'run') where kind = 'run.succeeded'), 'ada', 'which names the sender');
select is_empty(format('select * from portarium.expectations where run_id = %L', :'run'), 'nothing is waited for any more');
select throws_ok(format('select portarium.signal_run(%L, ''paid'', ''1'')', :'run'), 'UP101', null, 'a run that has ended takes no signal');
select is((select count(*) from portarium.signals where run_id = :'run'), 2::bigint, 'what was never taken stays to be seen');

-- kept before the run waits, taken in order
select portarium.register_workflow('late', jsonb_build_object('StartAt', 'Do', 'States',
    jsonb_build_object('Do', '{"Type": "Task", "Resource": "portarium:action:ledger.post", "ResultPath": null, "Next": "W"}'::jsonb)
    || (pg_temp.wait_for('paid', '{"Next": "V"}') -> 'States')
    || jsonb_build_object('V', '{"Type": "Task", "Resource": "portarium:signal:paid", "ResultPath": "$.then", "Next": "E"}'::jsonb)));
select portarium.start_run('late', '{}') as late \gset
select is(portarium.signal_run(:'late', 'paid', '"first"'), 'KEPT', 'a signal that comes too early is kept');
select is(portarium.signal_run(:'late', 'paid', '"second"'), 'KEPT', 'and another');
select pg_temp.work('{"output": 1}');
select is(pg_temp.state(:'late'), 'SUCCEEDED', 'both are taken when the states are entered');
select is(pg_temp.output(:'late'), '{"got": "first", "then": "second"}'::jsonb, 'in the order of sending');
select is(pg_temp.kinds(:'late'), 'run.started action.succeeded signal.received run.succeeded', 'each is a transition');
select is_empty(format('select * from portarium.signals where run_id = %L', :'late'), 'and nothing is left');

-- correlation
select portarium.register_workflow('matched', pg_temp.wait_for('shipped', '{"Parameters": {"correlation.$": "$.parcel"}}'));
select is(portarium.signal('shipped', 'p0', '"early"'), 'KEPT', 'a correlated signal needs no run');
select portarium.start_run('matched', '{"parcel": "p0"}') as early \gset
select is(pg_temp.output(:'early'), '{"parcel": "p0", "got": "early"}'::jsonb, 'the run that comes to wait with the correlation has it');
select portarium.start_run('matched', '{"parcel": "p1"}') as p1 \gset
select portarium.start_run('matched', '{"parcel": "p2"}') as p2 \gset
select is(portarium.signal('shipped', 'p2', '"now"'), 'RECEIVED', 'a correlation reaches the run that waits with it');
select is(pg_temp.state(:'p1') || ' ' || pg_temp.state(:'p2'), 'RUNNING SUCCEEDED', 'and no other');
select is(pg_temp.state(portarium.start_run('matched', '{"parcel": 7}')), 'RUNNING', 'a number will do');
select is(portarium.signal('shipped', '7', '1'), 'RECEIVED', 'as its text');
select is(pg_temp.state(portarium.start_run('matched', jsonb_build_object('parcel', x))), 'FAILED States.Runtime', 'but not ' || left(x::text, 9))
from unnest(array['null', '""', '["a"]', to_jsonb(repeat('x', 256))]::jsonb[]) x;
select is(portarium.signal_run(:'p1', 'shipped', '1'), 'KEPT', 'without the correlation the run''s own signal does not match');
select is(portarium.signal_run(:'p1', 'shipped', '"x"', 'p1'), 'RECEIVED', 'with it, it does');

-- time
select portarium.register_workflow('brief', pg_temp.wait_for('paid', '{"TimeoutSecondsPath": "$.s", "Catch": [{"ErrorEquals": ["States.Timeout"], "ResultPath": "$.why", "Next": "E"}]}'));
select portarium.start_run('brief', '{"s": 60}') as brief \gset
update portarium_data.timer set due = '-infinity' where run_id = :'brief';
select portarium_int.tick_step();
select is(pg_temp.state(:'brief'), 'RUNNING', 'a timer that comes too early changes nothing');
select ok((select due - clock_timestamp() between interval '50 s' and interval '60 s' from portarium_data.timer where run_id = :'brief'), 'and is armed anew');
update expectation set due_at = '-infinity' where run_id = :'brief';
select pg_temp.let_time_pass();
select is(pg_temp.output(:'brief'), '{"s": 60, "why": {"Error": "States.Timeout", "Cause": ""}}'::jsonb, 'past TimeoutSeconds the error is States.Timeout');

-- a branch waits
select portarium.register_workflow('branch', jsonb_build_object('StartAt', 'P', 'States', jsonb_build_object('P',
    jsonb_build_object('Type', 'Parallel', 'End', true, 'Branches', jsonb_build_array(
        pg_temp.wait_for('paid'), '{"StartAt": "X", "States": {"X": {"Type": "Wait", "Seconds": 9, "End": true}}}'::jsonb)))));
select portarium.start_run('branch', '{}') as branch \gset
select is(portarium.signal_run(:'branch', 'paid', '1'), 'RECEIVED', 'a signal to the run reaches its branch');
select pg_temp.let_time_pass();
select is(pg_temp.output(:'branch'), '[{"got": 1}, {}]'::jsonb, 'which joins');

-- refusals
select throws_ok(format('select portarium.signal_run(%L, ''a b'', ''1'')', :'p1'), 'UP007', null, 'a name is a name');
select throws_ok('select portarium.signal(''paid'', null, ''1'')', 'UP007', null, 'without a run there must be a correlation');
select throws_ok(format('select portarium.signal_run(%L, ''paid'', null)', :'p1'), 'UP007', null, 'and a payload');
select throws_ok('select portarium.signal_run(portarium_int.uuid7(), ''paid'', ''1'')', 'UP401', null, 'a run that is not there');
select pg_temp.be('eve', 'approver');
select throws_ok('select portarium.signal(''paid'', ''c'', ''1'')', 'UP205', null, 'a role is needed');
select pg_temp.be_in(:'other_tenant', 'oz', 'operator');
select throws_ok(format('select portarium.signal_run(%L, ''paid'', ''1'')', :'brief'), 'UP401', null, 'another tenant''s run is not there');

select is_empty('select * from portarium.check_invariants()', 'every invariant holds');

select * from finish();
rollback;
