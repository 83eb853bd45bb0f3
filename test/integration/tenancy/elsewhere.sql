-- SPDX-License-Identifier: PostgreSQL
-- In another database, for tenant :other that is at home there: what tenant :acme has (:possession) is like what nobody has, and a token
-- of acme's own database (:token) is refused in every function and view as one of no database.
begin;
select no_plan();
set search_path = public;
set local client_min_messages = warning;
create role matrix_login in role portarium_app;
\i test/pgtap/include/be_in.sql
\i test/pgtap/include/matrix_questions.sql
insert into possession select * from jsonb_populate_recordset(null::possession, :'possession');
select cmp_ok((select count(distinct value)::int from possession), '>=', 15, 'there are ids and names to try');
\i test/pgtap/include/matrix_other.sql

select set_config('portarium.ctx', :'token', true);
select throws_ok(format('select * from %s', v.name), 'UP204', null, format('%s: a token of another database is refused', v.name)) from public_view v;
select throws_ok('select portarium.tenant_id()', 'UP204', null, 'so it is by the function that the wall asks');
select set_config('portarium.ctx', '', true);
select * from finish();
rollback;
