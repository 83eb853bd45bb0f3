-- SPDX-License-Identifier: PostgreSQL
-- The extension dropped and created again over its data: evidence is still there, and so are the wall and the views.
\i test/pgtap/include/engine.sql
select portarium.append_evidence('app.test', '{"n": 1}');
select count(*) as entries from portarium_data.entry \gset
select count(*) as walls from pg_policy where polname = 'pt_wall' \gset
select array_agg(relname::text order by relname) as views from pg_class where relnamespace = 'portarium'::regnamespace and relkind = 'v' \gset
select extversion as version from pg_extension where extname = 'portarium' \gset
drop extension portarium cascade;
create extension portarium version :"version";
call portarium.install();
select plan(4);

select is((select count(*)::int from portarium_data.entry), :entries, 'the evidence is still there');
select is((select count(*)::int from pg_policy where polname = 'pt_wall'), :walls, 'every table has its wall again');
select is((select array_agg(relname::text order by relname) from pg_class where relnamespace = 'portarium'::regnamespace and relkind = 'v'), :'views'::text[],
    'every view is back');
select is_empty($$ select * from portarium.health() where severity = 'error' $$, 'health() has nothing to say');

select * from finish();
rollback;
