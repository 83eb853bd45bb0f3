-- The roles: no privilege of their own, no member that could borrow one, and a check that notices when that changes.
-- SPDX-License-Identifier: PostgreSQL
begin;
select plan(8);

select set_eq(
    $$ select rolname from pg_roles where rolname ~ '^portarium_' $$,
    $$ select role_name from portarium_int.role_list() $$,
    'the roles of the list exist and no other of our name');

select is_empty($$
    select rolname from pg_roles
    where rolname ~ '^portarium_' and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)
$$, 'none has SUPERUSER, BYPASSRLS, CREATEROLE, CREATEDB or REPLICATION');

select is_empty($$
    select rolname from pg_roles r join portarium_int.role_list() l on l.role_name = r.rolname
    where r.rolcanlogin and not l.may_login
$$, 'only daemons may log in');

select is_empty($$
    select m.member::regrole from pg_auth_members m join pg_roles g on g.oid = m.member
    where m.roleid in ('portarium_owner'::regrole, 'portarium_sys'::regrole) and not g.rolsuper
$$, 'nobody is a member of the owner or of the system role');

select is_empty('select * from portarium_int.role_findings()', 'the extension''s own check agrees');

alter role portarium_app createdb;
select isnt_empty('select * from portarium_int.role_findings()', 'an attribute given later is noticed');
alter role portarium_app nocreatedb;

create role portarium_test_member;
grant portarium_owner to portarium_test_member;
select isnt_empty('select * from portarium_int.role_findings()', 'a member of the owner is noticed');
revoke portarium_owner from portarium_test_member;

-- Dropping the extension leaves the data, so that this can be tried in the same transaction.
select extversion as version from pg_extension where extname = 'portarium' \gset
set local client_min_messages = warning;
drop extension portarium cascade;
alter role portarium_executor bypassrls;
select throws_ok(format('create extension portarium version %L', :'version'), 'UP208', null,
    'the extension refuses roles that break the isolation of tenants');

select * from finish();
rollback;
