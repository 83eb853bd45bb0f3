-- SPDX-License-Identifier: PostgreSQL
-- The questions of matrix_questions.sql can tell the difference: asked by tenant :acme itself of what it has, they do.

select pg_temp.collect(:'acme');
select cmp_ok((select count(distinct value)::int from possession), '>=', 15, 'the tenant has ids and names to try');
create temporary table own_answer as select * from pg_temp.ask(:'acme');
select cmp_ok((select count(distinct signature)::int from own_answer where theirs is distinct from nobodys), '>=', 15,
    'of its own ids and names the tenant hears another answer from many functions');
select cmp_ok((select count(*)::int from public_view v where pg_temp.visible(:'acme', v.name) <> '0'), '>=', 8, 'the tenant sees its own in many views');
