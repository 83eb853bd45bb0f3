-- SPDX-License-Identifier: PostgreSQL
-- The matrix: every stamped table × role × context × operation, and every public function and view with the ids and names of one
-- tenant in the context of another. test/integration/tenancy has it for tenants with databases of their own.
\i test/pgtap/include/engine.sql
\i test/pgtap/include/matrix_work.sql
commit;
call portarium.tick();

begin;
select no_plan();
set search_path = public;
set local client_min_messages = warning;
\set acme :tenant
\set other :other_tenant
\set other_answer 0
\i test/pgtap/include/matrix_tables.sql
\i test/pgtap/include/matrix_questions.sql
\i test/pgtap/include/matrix_own.sql
\i test/pgtap/include/matrix_other.sql
select * from finish();
rollback;
