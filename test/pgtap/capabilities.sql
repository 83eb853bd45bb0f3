-- SPDX-License-Identifier: PostgreSQL
-- What executors announce beside adapters, and jobs that are given only to those that have it.
\i test/pgtap/include/engine.sql
select plan(26);

select portarium.register_adapter('lab', 'http', '{"plain": {"method": "POST", "path": "/"},
    "scan": {"method": "POST", "path": "/", "requires": ["client@2", "scanner"]},
    "newer": {"method": "POST", "path": "/", "requires": ["client@3"]}}', 'http://127.0.0.1:1');
create function pg_temp.lab(p_operation text) returns jsonb language sql as $$
    select jsonb_build_object('StartAt', 'Do', 'States', jsonb_build_object('Do',
        jsonb_build_object('Type', 'Task', 'Resource', 'portarium:action:lab.' || p_operation, 'End', true)))
$$;
select portarium.register_workflow('plain', pg_temp.lab('plain')), portarium.register_workflow('scan', pg_temp.lab('scan')), portarium.register_workflow('newer', pg_temp.lab('newer'));
-- The operations of the jobs that an executor with these capabilities is given.
create function pg_temp.given(p_adapters text[], p_capabilities text[]) returns text language sql as $$
    select string_agg(x.operation, ' ' order by x.operation)
    from portarium.register_executor('someone', p_adapters, '1', p_capabilities) e
    cross join portarium.exchange(e.executor_id, e.epoch, '[]', 10) x
$$;
create function pg_temp.why(p_run uuid) returns text language sql as $$ select reason || ': ' || message from portarium.explain_run(p_run) $$;

select portarium.start_run('scan') as scan \gset
select is(pg_temp.why(:'scan'), 'no_executor: no executor has announced the adapter "lab" with client@2, scanner', 'a run says what nobody can do');
select is((select facts -> 'requires' from portarium.explain_run(:'scan')), '["client@2", "scanner"]', 'one by one');
select is(pg_temp.given('{lab}', '{}'), null, 'who can do nothing is not given it');
select is(pg_temp.given('{*}', '{}'), null, 'nor who serves all adapters');
select is(pg_temp.given('{lab}', '{scanner}'), null, 'nor who has one of two');
select is(pg_temp.given('{lab}', '{scanner,client@1}'), null, 'nor who has another version');
select is(pg_temp.given('{ledger}', '{scanner,client@2}'), null, 'nor who serves another adapter');
select is(pg_temp.why(:'scan'), 'no_executor: no executor has announced the adapter "lab" with client@2, scanner', 'the run still says so');
select is(pg_temp.given('{lab}', '{scanner,client@1,client@2}'), 'scan', 'who has all of it is');
select is((select reason from portarium.explain_run(:'scan')), 'executing', 'and is at work');
select portarium.start_run('scan') as again \gset
select is(pg_temp.why(:'again'), 'queued: 0 jobs are ahead in its lane', 'with somebody who can, a run waits for its turn');
select is(pg_temp.given('{*}', '{client@2,scanner}'), 'scan', 'serving all adapters does, too');

-- what requires nothing, and what requires something else
select portarium.start_run('plain'), portarium.start_run('scan'), portarium.start_run('newer') as newer \gset
select is(pg_temp.given('{lab}', '{scanner,client@2}'), 'plain scan', 'what requires less is given to all');
select is(pg_temp.why(:'newer'), 'no_executor: no executor has announced the adapter "lab" with client@3', 'what nobody can do waits');
select portarium_int.tick_step();
delete from portarium_data.lane_hot;
select portarium_int.tick_step(), portarium_int.sweep_lanes();
select is(pg_temp.given('{lab}', '{client@2}'), null, 'also when its lane was found again');
select is(pg_temp.given('{lab}', '{client@3}'), 'newer', 'for who can');
select is((select string_agg(invariant, ',') from portarium.check_invariants()), null, 'nothing is out of joint');

-- a quota counts all of an adapter's jobs, whatever they require
select portarium.set_quota('adapter', 'lab', max_running => 1);
delete from portarium_data.lease;
select portarium.start_run('plain'), portarium.start_run('scan');
select is(pg_temp.given('{lab}', '{client@2,scanner}') in ('plain', 'scan'), true, 'one of two under a quota of one');
select is(pg_temp.given('{lab}', '{client@2,scanner}'), null, 'and no other');
select portarium.set_quota('adapter', 'lab');
select portarium.set_queue_quota('lab', max_running => 1);
select is(pg_temp.given('{lab}', '{client@2,scanner}'), null, 'nor under one for all tenants');

-- refusals
select throws_ok($$select portarium.register_adapter('bad', 'http', '{"post": {"method": "POST", "path": "/", "requires": "x"}}', 'http://h')$$, 'UP007',
    'operation "post" has a "requires" that is not an array of at most 16 capabilities', 'what is required is an array');
select throws_ok($$select portarium.register_adapter('bad', 'http', '{"post": {"method": "POST", "path": "/", "requires": ["a+b"]}}', 'http://h')$$, 'UP007', null, 'of names');
select throws_ok($$select portarium.register_adapter('bad', 'worker', '{"post": {"requires": ["x"]}}')$$, 'UP007', null, 'and not of workers');
select throws_ok($$select portarium.register_executor('someone', '{lab}', '1', '{"a b"}')$$, 'UP007', null, 'a capability that is none');
select throws_ok($$select portarium.register_executor('someone', '{+scanner}')$$, 'UP007', null, 'an adapter that is none');
select lives_ok($$select portarium.register_adapter('fine', 'http', '{"post": {"method": "POST", "path": "/", "requires": []}}', 'http://h')$$, 'nothing may be required');

select * from finish();
rollback;
