-- SPDX-License-Identifier: PostgreSQL
-- Registering adapters and workflows: versions, and every refusal.
\i test/pgtap/include/engine.sql
select plan(33);

-- versions
select version as v1, hash as h1 from portarium.register_workflow('flow', pg_temp.task('post')) \gset
select is(:v1, 1, 'the first version');
select is(length(:'h1'), 64, 'a definition is named by a SHA-256');
select is((select version from portarium.register_workflow('flow', pg_temp.task('post'))), 1, 'the same document is the same version');
select is((select version from portarium.register_workflow('flow', pg_temp.task('post', '{"Comment": "x"}'))), 2, 'another document is the next version');
select is((select version from portarium.register_workflow('flow', pg_temp.task('post'), 'HumanApprove')), 3, 'another tier is the next version');
select is((select count(*) from definition), 2::bigint, 'a document is stored once');
select is((select hash from portarium.register_workflow('flow2', '{ "States": {"Do": {"End": true, "Type": "Task", "Resource": "portarium:action:ledger.post"}}, "StartAt": "Do"}'::text)), :'h1',
    'the hash does not depend on how it is written');
select is(encode(sha256(portarium.canonical_json(pg_temp.task('post')::text)), 'hex'), :'h1', 'anybody can compute it');
select portarium.start_run('flow') as run \gset
select is(pg_temp.state(:'run'), 'WAITING_FOR_APPROVAL', 'a start takes the newest version, and the workflow''s tier gates it');
select is((select count(*) from portarium.entries where kind = 'workflow.registered'), 4::bigint, 'each new version is in evidence, nothing else');

-- documents
select throws_ok($$select portarium.register_workflow('bad', '{"StartAt": ')$$, 'UP001', null, 'malformed JSON');
select throws_ok($$select portarium.register_workflow('bad', '{"StartAt": "A", "StartAt": "B", "States": {}}')$$, 'UP003', null, 'a member twice');
select throws_ok($$select portarium.register_workflow('bad', repeat('[', 600) || repeat(']', 600))$$, 'UP005', null, 'too deep');
select throws_ok($$select portarium.register_workflow('bad', '{"a": "' || repeat('x', 1048577) || '"}')$$, 'UP005', null, 'too large');
select throws_ok($$select portarium.register_workflow('bad', '{"a": 1e999}')$$, 'UP004', null, 'a number that no double holds');
select throws_ok($$select portarium.register_workflow('bad', '{}'::jsonb)$$, 'UP002', 'workflow document has errors', 'no document at all');
select throws_ok($$select portarium.register_workflow('bad', '{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}'::jsonb)$$, 'UP002', null, 'an unknown state');
select throws_ok($$select portarium.register_workflow('bad', '{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}, "B": {"Type": "Pass", "End": true}}}'::jsonb)$$, 'UP002', null, 'an unreachable state');
select throws_ok($$select portarium.register_workflow('bad', '{"StartAt": "A", "States": {"A": {"Type": "Dance", "End": true}}}'::jsonb)$$, 'UP002', null, 'an unknown type');
select throws_ok($$select portarium.register_workflow('bad', pg_temp.task('post', '{"Credentials": {"RoleArn": "arn:x"}}'))$$,
    'UP008', null, 'what the engine does not run is refused by name');
select throws_ok($$select portarium.register_workflow('bad', pg_temp.task('pay'))$$, 'UP006', null, 'an unknown operation');
select throws_ok($$select portarium.register_workflow('bad', jsonb_set(pg_temp.task('post'), '{States,Do,Resource}', '"portarium:action:nobody.post"'))$$, 'UP006', null, 'an unknown adapter');
select throws_ok($$select portarium.register_workflow('bad', jsonb_set(pg_temp.task('post'), '{States,Do,Resource}', '"arn:aws:lambda:eu-west-1:1:function:f"'))$$, 'UP006', null, 'a foreign resource without a mapping');
select throws_ok($$select portarium.register_workflow('no way', pg_temp.task('post'))$$, 'UP007', null, 'a name that is none');
select throws_ok($$select portarium.register_workflow('bad', pg_temp.task('post'), 'Sometimes')$$, 'UP007', null, 'a tier that is none');
select portarium.enable_adapter('ledger', false);
select throws_ok($$select portarium.register_workflow('bad', pg_temp.task('post'))$$, 'UP105', null, 'a disabled adapter');
select portarium.enable_adapter('ledger', true);
select throws_ok($$select portarium.enable_adapter('nobody', true)$$, 'UP006', null, 'an adapter that is not there');
select is((select count(*) from portarium.workflows where name = 'bad'), 0::bigint, 'no refusal left a workflow');

-- adapters
select throws_ok($$select portarium.register_adapter('Ledger', 'http', '{"a": {"method": "GET", "path": "/"}}', 'http://x')$$, 'UP007', null, 'a name that is none');
select throws_ok($$select portarium.register_adapter('x', 'smtp', '{}')$$, 'UP007', null, 'a kind that is none');
select throws_ok($$select portarium.register_adapter('x', 'http', '{"a": {"method": "GET", "path": "/"}}', 'file:///etc/passwd')$$, 'UP007', null, 'a base_url that is no web address');
select throws_ok($$select portarium.register_adapter('x', 'exec', '{"a": {"program": "../sh"}}')$$, 'UP007', null, 'a program outside the directory');
select pg_temp.be('rita', 'requester');
select throws_ok($$select portarium.register_workflow('mine', pg_temp.task('post'))$$, 'UP205', null, 'a requester registers nothing');

select * from finish();
rollback;
