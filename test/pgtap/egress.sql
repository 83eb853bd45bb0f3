-- SPDX-License-Identifier: PostgreSQL
-- Where adapters may go: named by a tenant's admin, asked by the proxy, said in evidence.
\i test/pgtap/include/engine.sql
select plan(23);

select throws_ok($$ select portarium.allow_egress('nobody', 'api.example.org') $$, 'UP006', null, 'an adapter that is not there has no list');
select lives_ok($$ select portarium.register_adapter('books', 'http', '{"post": {"tier": "Auto", "method": "POST", "path": "/"}}', 'https://api.example.org') $$, 'an adapter');

create function pg_temp.may(p_host text, p_port int default 443, p_adapter text default 'books') returns boolean language sql as $$
    select portarium.egress_allowed(portarium.tenant_id(), p_adapter, p_host, p_port)
$$;
select ok(not pg_temp.may('api.example.org'), 'its base URL allows nothing');
select lives_ok($$ select portarium.allow_egress('books', 'API.example.org') $$, 'a host is allowed');
select ok(pg_temp.may('api.example.org'), 'so it may be reached');
select ok(not pg_temp.may('api.example.org', 80), 'at that port');
select ok(not pg_temp.may('api.example.org', 443, 'other'), 'by that adapter');
select ok(not pg_temp.may('api.example.org.evil.org'), 'by that name');
select ok(not portarium.egress_allowed(gen_random_uuid(), 'books', 'api.example.org', 443), 'by that tenant');
select lives_ok($$ select portarium.allow_egress('books', '*.example.net', 8443) $$, 'all hosts of a domain');
select ok(pg_temp.may('a.b.example.net', 8443), 'include those of its subdomains');
select ok(not pg_temp.may('example.net', 8443), 'not the domain itself');
select ok(not pg_temp.may('evilexample.net', 8443), 'and none that only ends alike');
select ok(not pg_temp.may('*.example.net', 443), 'nor the pattern as a host at another port');
select throws_ok(format($$ select portarium.allow_egress('books', %L) $$, h), 'UP007', null, format('"%s" is no host', h))
from unnest(array['', '*', '*.org', 'a b', 'http://example.org']) h;
select ok(portarium.revoke_egress('books', 'api.example.org'), 'a host is taken away');
select ok(not pg_temp.may('api.example.org'), 'and may no longer be reached');
select ok(not portarium.revoke_egress('books', 'api.example.org'), 'once');
select bag_eq($$ select e.kind || ' ' || (e.body ->> 'host') from portarium.entries e where e.kind like 'egress.%' $$,
    array['egress.allowed api.example.org', 'egress.allowed *.example.net', 'egress.revoked api.example.org'], 'each change is an entry');
select * from finish();
rollback;
