-- SPDX-License-Identifier: PostgreSQL
-- Idempotency keys: the same request gives the same run, another one is refused.
\i test/pgtap/include/engine.sql
select plan(10);

select portarium.register_workflow('order', pg_temp.task('post'));
select portarium.start_run('order', '{"id": 1, "x": 2}', 'key-1') as run \gset
select is(portarium.start_run('order', '{"x": 2, "id": 1.0}', 'key-1'), :'run'::uuid, 'the same key and the same input, written otherwise');
select is((select count(*) from portarium.runs), 1::bigint, 'one run');
select throws_ok($$select portarium.start_run('order', '{"id": 2}', 'key-1')$$, 'UP103', 'idempotency key "key-1" was used for another request', 'another input');
select portarium.register_workflow('other', pg_temp.task('post'));
select throws_ok($$select portarium.start_run('other', '{"id": 1, "x": 2}', 'key-1')$$, 'UP103', null, 'another workflow');
select throws_ok($$select portarium.start_run('order', '{}', '')$$, 'UP007', null, 'an empty key');
select throws_ok($$select portarium.start_run('order', '{}', repeat('k', 256))$$, 'UP007', null, 'a key of 256 bytes');

select is((select count(distinct r) from portarium.start_runs('order', array['{"n": 1}', '{"n": 2}', '{"n": 3}']::jsonb[], '{a,b,c}') r), 3::bigint,
    'a batch starts each input');
select portarium.start_runs('order', array['{"n": 3}', '{"n": 4}']::jsonb[], '{c,d}');
select is((select count(*) from portarium.runs), 5::bigint, 'a batch with a known key starts the others only');
select throws_ok($$select portarium.start_runs('order', array['{}']::jsonb[], '{a,b}')$$, 'UP007', null, 'keys that do not match the inputs');

select pg_temp.be_in(current_setting('t.other')::uuid, 'eve', 'admin');
select throws_ok($$select portarium.start_run('order', '{"id": 1, "x": 2}', 'key-1')$$, 'UP402', null, 'another tenant has neither the key nor the workflow');

select * from finish();
rollback;
