-- SPDX-License-Identifier: PostgreSQL
-- Requirements: no document is registered that leads around an approval which the tenant requires.
\i test/pgtap/include/engine.sql
select plan(22);

-- a document of an approval and the action after it, and one way around
create function pg_temp.guarded(p_around boolean) returns jsonb language sql as $$
    select jsonb_build_object('StartAt', 'Big', 'States', jsonb_build_object(
        'Big', jsonb_build_object('Type', 'Choice', 'Choices', '[{"Variable": "$.amount", "NumericGreaterThan": 100, "Next": "Ask"}]'::jsonb,
            'Default', case when p_around then 'Pay' else 'Ask' end),
        'Ask', '{"Type": "Task", "Resource": "portarium:approval", "Next": "Pay"}'::jsonb,
        'Pay', '{"Type": "Task", "Resource": "portarium:action:ledger.wire", "TimeoutSeconds": 9, "End": true}'::jsonb))
$$;
create function pg_temp.refusal(p_name text, p_definition jsonb) returns jsonb language plpgsql as $$
declare
    v_detail text;
begin
    perform portarium.register_workflow(p_name, p_definition);
    return '[]';
exception when sqlstate 'UP207' then
    get stacked diagnostics v_detail = pg_exception_detail;
    return v_detail;
end
$$;

select lives_ok($$select portarium.register_workflow('pay', pg_temp.guarded(true))$$, 'nothing is required at first');
select is((select jsonb_agg(jsonb_build_array(name, version, findings #>> '{0,pointer}')) from portarium.require_approval('*', 'ledger.wire')),
    '[["pay", 1, "/States/Pay"]]', 'requiring names what is registered and leads around');
select is_empty($$select * from portarium.require_approval('*', 'ledger.wire') where name <> 'pay'$$, 'twice is once');
select is((select count(*)::int from portarium.entries where kind = 'approval.required'), 1, 'it is in evidence, once');
select throws_ok($$select portarium.register_workflow('pay', pg_temp.guarded(true) || '{"Comment": "again"}')$$,
    'UP207', 'workflow document leads around a required approval', 'such a document is refused');
select is(pg_temp.refusal('pay', pg_temp.guarded(true) || '{"Comment": "again"}') -> 0, '{"severity": "error", "code": "APPROVAL_BYPASS", "pointer": "/States/Pay",
    "message": "The action \"ledger.wire\" is reached without an approval", "hint": "Put a state with the resource portarium:approval before it, on every path; its Catch does not count.",
    "path": ["/States/Big", "/States/Pay"]}'::jsonb, 'with the path that leads around');
select lives_ok($$select portarium.register_workflow('pay', pg_temp.guarded(false))$$, 'one that asks on every path is not');
select is_empty($$select * from portarium.require_approval('*', 'ledger.wire')$$, 'then nothing leads around any more');
select lives_ok($$select portarium.register_workflow('post', pg_temp.task('post'))$$, 'other actions are free');

-- patterns
select isnt_empty($$select * from portarium.require_approval('post', 'ledger.*')$$, 'all operations of an adapter');
select throws_ok($$select portarium.register_workflow('post', pg_temp.task('post', '{"Comment": "again"}'))$$, 'UP207', null, 'of the named workflow');
select lives_ok($$select portarium.register_workflow('other', pg_temp.task('post'))$$, 'and of no other');
select is_empty($$select * from portarium.require_approval('post', 'ledger.*', false)$$, 'it can be taken back');
select lives_ok($$select portarium.register_workflow('post', pg_temp.task('post', '{"Comment": "again"}'))$$, 'then the document is free');
select isnt_empty($$select * from portarium.require_approval('other', '*')$$, 'any action');
select throws_ok($$select portarium.require_approval('a b', '*')$$, 'UP007', null, 'no workflow');
select throws_ok($$select portarium.require_approval('*', 'ledger')$$, 'UP007', null, 'no action');
select throws_ok($$select portarium.require_approval('*', null)$$, 'UP007', null, 'nothing at all');

-- states that lead to no end
select throws_ok($$select portarium.register_workflow('endless', '{"StartAt": "A", "States": {
    "A": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": true, "Next": "B"}], "Default": "C"},
    "B": {"Type": "Wait", "Seconds": 1, "Next": "B"}, "C": {"Type": "Succeed"}}}'::jsonb)$$, 'UP002', 'workflow document has states that lead to no end', 'a cycle without an exit');

select pg_temp.be('bob', 'operator');
select throws_ok($$select portarium.require_approval('*', '*')$$, 'UP205', null, 'an operator may not require');
select pg_temp.be_in(:'other_tenant', 'eve', 'admin');
select is_empty($$select * from portarium.require_approval('*', '*')$$, 'another tenant has workflows of its own');
select pg_temp.at_home(:'other_tenant');
set local role portarium_owner;
select is((select count(*)::int from requirement), 1, 'and requirements of its own');
reset role;

select * from finish();
rollback;
