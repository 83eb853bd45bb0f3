-- SPDX-License-Identifier: PostgreSQL
-- Recovery, where it refuses; what it does is shown with real servers (test/integration/evidence).
\i test/pgtap/include/engine.sql
select plan(14);

select is(portarium.notary_refused('log has shrunk') > 0, true, 'a refusal is told to every tenant');
select is(portarium.notary_refused('log has shrunk'), 0::bigint, 'once');
select is((select waiting from portarium.notary_head()), true, 'and sealing waits');
select is(portarium_int.seal(), 0::bigint, 'nothing is sealed');
select throws_ok($$ select portarium.notary_recovery() $$, '55000', 'no recovery is declared', 'no recovery begins by itself');
select throws_ok($$ select portarium.notary_recovered(1, '', '') $$, '55000', 'no recovery is declared', 'nor ends');
select throws_ok($$ select portarium.declare_recovery(repeat('x', 1001)) $$, 'UP007', null, 'a reason is no novel');
select is(portarium.declare_recovery('a test'), 2, 'declared');
select is(portarium.notary_recovery(), 2, 'the notary may begin');
select throws_ok($$ select portarium.notary_recovery_meta(5, '') $$, 'UP902', 'meta-log does not end at 5', 'meta leaves go to the end of the log');
select throws_ok($$ select portarium.notary_recovery_leaves(sha256('x'), 1, gen_random_uuid(), 1, sha256('y')) $$, 'UP902', null, 'leaves to the end of theirs');
select lives_ok($$ select portarium.notary_recovery_leaves(sha256('x'), 1, '10000000-0000-4000-8000-000000000001', 0, sha256('y') || sha256('z')) $$, 'two leaves');
select is((select array[size, (select count(*) from portarium_data.leaf l where l.tenant_id = t.tenant_id and seq = 0)]
    from portarium_data.tree t where tenant_id = '10000000-0000-4000-8000-000000000001'), '{2,2}', 'are the end of the log, without entries');
select throws_ok($$ select portarium.notary_recovered(1, '', '') $$, 'UP902',
    'log of tenant "10000000-0000-4000-8000-000000000001" does not end as its last meta leaf says', 'leaves without a meta leaf are no recovery');
select * from finish();
rollback;
