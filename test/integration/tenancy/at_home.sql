-- SPDX-License-Identifier: PostgreSQL
-- In the database of tenant :acme, of tier C: it works, then the matrix of its tables. What it has is left in the file :possession.
\set tenant :acme
\set other_tenant :other
begin;
set local client_min_messages = warning;
\i test/pgtap/include/people.sql
\i test/pgtap/include/matrix_work.sql
commit;
call portarium.tick();

begin;
select no_plan();
set search_path = public;
set local client_min_messages = warning;
\set other_answer UP204
\i test/pgtap/include/matrix_tables.sql
\i test/pgtap/include/matrix_questions.sql
\i test/pgtap/include/matrix_own.sql
select is((select string_agg(slug, ' ') from portarium_data.tenant), 'acme', 'nobody else is in the database');
select is_empty($$ select subject, finding from portarium.health() where severity = 'error' $$, 'health() finds nothing wrong there');
\o :possession
select jsonb_agg(p) from possession p;
\o
select * from finish();
rollback;
