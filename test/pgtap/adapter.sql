-- SPDX-License-Identifier: PostgreSQL
-- What adapters declare: checked at registration, shown as a matrix, and a contract that must be passed before runs may use them.
\i test/pgtap/include/engine.sql
select plan(51);

create function pg_temp.register(p_more jsonb, p_kind text default 'http') returns void language sql as $$
    select portarium.register_adapter('books', p_kind, jsonb_build_object(
        'order', '{"method": "POST", "path": "/orders", "program": "order"}'::jsonb || p_more,
        'cancel', '{"method": "POST", "path": "/cancel", "program": "cancel", "idempotent": true}'::jsonb,
        'delete', '{"method": "POST", "path": "/delete", "program": "delete"}'::jsonb), case p_kind when 'http' then 'https://Books.example.org/v1' end)
$$;
select throws_ok(format('select pg_temp.register(%L)', m), 'UP007', null, m || ' is refused')
from unnest(array[
    '{"input": []}', '{"output": "object"}',
    '{"compensation": "nothing"}', '{"compensation": "order"}', '{"compensation": 7}',
    '{"dry_run": "nothing"}', '{"dry_run": "order"}', '{"dry_run": "delete"}',
    '{"quota": 7}', '{"quota": {"scope": "tenant"}}', '{"quota": {"scope": "moon", "requests": 1, "seconds": 1}}',
    '{"quota": {"scope": "tenant", "requests": 0, "seconds": 1}}', '{"quota": {"scope": "tenant", "requests": 1, "seconds": 1, "more": 1}}',
    '{"scopes": "all"}', '{"scopes": [""]}', '{"scopes": [7]}',
    '{"egress": "all"}', '{"egress": ["books.example.org"]}', '{"egress": ["other.example.org:443"]}', '{"egress": ["books.example.org:80"]}',
    '{"contract": {}}', '{"contract": []}', '{"contract": [7]}', '{"contract": [{"output": 1}]}', '{"contract": [{"input": 1, "error": "A", "output": 1}]}',
    '{"contract": [{"input": 1, "error": 7}]}', '{"contract": [{"input": 1, "outptu": 7}]}']) m;
select throws_ok($$ select pg_temp.register('{"contract": [{"input": 1}]}', 'worker') $$, 'UP007', null, 'a worker''s contract is refused');
select lives_ok($$ select pg_temp.register('{"egress": ["x.example.org:443"]}', 'exec') $$, 'a program may name any destination');

-- the matrix
select lives_ok($$ select pg_temp.register('{"input": {"type": "object"}, "output": true, "compensation": "cancel", "dry_run": "cancel", "scopes": ["orders:write"],
    "quota": {"scope": "credential", "requests": 100, "seconds": 60}, "egress": ["books.example.org:443", "[2001:db8::1]:8443"],
    "headers": {"Authorization": "Bearer ${credential:books}", "X-Key": "${credential:key}"}}') $$, 'a whole declaration');
select results_eq($$ select operation, kind, enabled, tier, idempotent, compensation, dry_run, credentials, cases, passed from portarium.capabilities
    where adapter = 'books' order by operation $$,
    $$ values ('cancel', 'http', true, 'Auto', true, null, null, '{}'::text[], 0, false), ('delete', 'http', true, 'Auto', false, null, null, '{}', 0, false),
        ('order', 'http', true, 'Auto', false, 'cancel', 'cancel', '{books,key}', 0, false) $$, 'is a row of the matrix');
select results_eq($$ select input, output, quota, scopes, egress from portarium.capabilities where adapter = 'books' and operation = 'order' $$,
    $$ values ('{"type": "object"}'::jsonb, 'true'::jsonb, '{"scope": "credential", "requests": 100, "seconds": 60}'::jsonb, '["orders:write"]'::jsonb,
        '["books.example.org:443", "[2001:db8::1]:8443"]'::jsonb) $$, 'with all that was declared');
select from portarium.register_workflow('order', replace(pg_temp.task('post')::text, 'ledger.post', 'books.order')::jsonb);
select from portarium.start_run('order', '{}');
select executor_id, epoch from portarium.register_executor('books', '{books}') \gset
select is((select j.spec from portarium.exchange(:executor_id, :epoch, '[]', 1) j), '{"kind": "http", "path": "/orders", "method": "POST", "program": "order",
    "base_url": "https://Books.example.org/v1", "headers": {"X-Key": "${credential:key}", "Authorization": "Bearer ${credential:books}"}}'::jsonb,
    'jobs carry what they need only');

-- the contract
create function pg_temp.digest() returns text language sql as $$ select digest from portarium.adapters where name = 'books' $$;
create function pg_temp.is_on() returns boolean language sql as $$ select enabled from portarium.adapters where name = 'books' $$;
select throws_ok($$ select portarium.record_adapter_test('books', pg_temp.digest(), 1, '{}') $$, 'UP006', null, 'without a contract there is nothing to record');
select portarium.allow_egress('books', 'books.example.org');
select lives_ok($$ select pg_temp.register('{"contract": [{"input": {"n": 1}}, {"name": "none", "input": {}, "error": "Books.No"}]}') $$, 'an adapter with a contract');
select ok(not pg_temp.is_on(), 'is disabled');
select ok(portarium.egress_allowed(portarium.tenant_id(), 'books', 'books.example.org', 443), 'but may be tried');
select throws_ok($$ select portarium.enable_adapter('books', true) $$, 'UP105', 'adapter "books" has not passed its contract', 'and cannot be enabled');
select throws_ok($$ select portarium.register_workflow('again', replace(pg_temp.task('post')::text, 'ledger.post', 'books.order')::jsonb) $$, 'UP105', null,
    'nor named by a document');
select throws_ok($$ select portarium.record_adapter_test('books', repeat('0', 64), 1, '{}') $$, 'UP007', null, 'something else was tested');
select ok(not portarium.record_adapter_test('books', pg_temp.digest(), 2, '{order/none}'), 'a broken case');
select ok(not pg_temp.is_on(), 'leaves it disabled');
select ok(not portarium.record_adapter_test('books', pg_temp.digest(), 0, '{}'), 'and so does no case at all');
select pg_temp.be('bo', 'approver');
select throws_ok($$ select portarium.record_adapter_test('books', pg_temp.digest(), 2, '{}') $$, 'UP205', null, 'not everybody may say that it has passed');
select pg_temp.be('ada', 'admin', 'operator');
select ok(portarium.record_adapter_test('books', pg_temp.digest(), 2, '{}') and pg_temp.is_on(), 'what has passed is enabled');
select portarium.enable_adapter('books', false);
select ok(not portarium.egress_allowed(portarium.tenant_id(), 'books', 'books.example.org', 443), 'who disables it shuts its way out, too');
select lives_ok($$ select portarium.enable_adapter('books', true) $$, 'enabled again as it has passed');
select pg_temp.register('{"contract": [{"input": {"n": 1}}, {"name": "none", "input": {}, "error": "Books.No"}]}');
select ok(pg_temp.is_on(), 'registered again as it was it stays so');
select pg_temp.register('{"contract": [{"input": {"n": 2}}]}');
select ok(not pg_temp.is_on(), 'registered otherwise it has to pass again');
select bag_eq($$ select body ->> 'good' as good, body -> 'broken' as broken from portarium.entries where kind = 'adapter.tested' $$,
    $$ values ('false', '[]'::jsonb), ('false', '["order/none"]'), ('true', '[]') $$, 'each test is an entry');
select ok(not (select passed from portarium.capabilities where adapter = 'books' and operation = 'order'), 'the matrix says what has not passed');
select * from finish();
rollback;
