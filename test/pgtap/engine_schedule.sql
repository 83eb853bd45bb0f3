-- SPDX-License-Identifier: PostgreSQL
-- Cron expressions and schedules.
\i test/pgtap/include/engine.sql
select plan(41);

create function pg_temp.next(p_cron text, p_after text, p_zone text default 'UTC') returns text language sql as $$
    select to_char(portarium_int.cron_next(p_cron, p_zone, p_after::timestamptz) at time zone 'UTC', 'YYYY-MM-DD HH24:MI')
$$;
set local timezone = 'UTC';
select is(pg_temp.next('* * * * *', '2026-03-01 10:00:00'), '2026-03-01 10:01', 'the next minute');
select is(pg_temp.next('* * * * *', '2026-03-01 10:00:30'), '2026-03-01 10:01', 'not the one that has begun');
select is(pg_temp.next('0 0 * * *', '2026-12-31 23:59:59'), '2027-01-01 00:00', 'midnight of the next year');
select is(pg_temp.next('*/20 9-17 * * mon-fri', '2026-03-06 17:45'), '2026-03-09 09:00', 'steps, ranges and names');
select is(pg_temp.next('5/20 * * * *', '2026-03-06 17:46'), '2026-03-06 18:05', 'a step from a beginning');
select is(pg_temp.next('0 12 1,15 * *', '2026-03-02 00:00'), '2026-03-15 12:00', 'lists');
select is(pg_temp.next('0 0 13 * 5', '2026-03-01 00:00'), '2026-03-06 00:00', 'both days restricted: either is enough');
select is(pg_temp.next('0 0 */2 * 1', '2026-03-01 12:00'), '2026-03-09 00:00', 'a day field that begins with a star is no restriction of that kind');
select is(pg_temp.next('0 0 29 2 *', '2026-03-01 00:00'), '2028-02-29 00:00', 'the next leap year');
select is(pg_temp.next('0 0 30 feb *', '2026-03-01 00:00'), null, 'a day that never comes');
select is(pg_temp.next('0 0 * * 7', '2026-03-02 00:00'), '2026-03-08 00:00', 'seven is Sunday, too');
select is(pg_temp.next('@weekly', '2026-03-02 00:00'), '2026-03-08 00:00', 'macros');
select is(pg_temp.next('0 9 * * *', '2026-07-01 00:00', 'Europe/Berlin'), '2026-07-01 07:00', 'a time zone in summer');
select is(pg_temp.next('0 9 * * *', '2026-01-01 00:00', 'Europe/Berlin'), '2026-01-01 08:00', 'and in winter');
select is(pg_temp.next('30 2 * * *', '2026-03-28 12:00', 'Europe/Berlin'), '2026-03-29 01:30', 'a time that the clocks skip fires as much later');
select is(pg_temp.next('30 2 * * *', '2026-03-29 01:30', 'Europe/Berlin'), '2026-03-30 00:30', 'once');
select is(pg_temp.next('30 2 * * *', '2026-10-24 12:00', 'Europe/Berlin'), '2026-10-25 01:30', 'a time that comes twice fires once');
select is(pg_temp.next('30 2 * * *', '2026-10-25 01:30', 'Europe/Berlin'), '2026-10-26 01:30', 'and not again');
select throws_ok(format('select portarium_int.cron_parse(%L)', c), 'UP007', null, format('"%s" is refused', c))
from unnest(array['', '* * * *', '60 * * * *', '* 24 * * *', '* * 0 * *', '* * * 13 *', '* * * * 8', '5-1 * * * *', '*/0 * * * *', 'x * * * *', '@never']) c;

-- schedules
select portarium.register_workflow('nightly', pg_temp.task('post'));
select pg_temp.be('olga', 'operator');
select ok(portarium.set_schedule('night', 'nightly', '0 2 * * *', 'Europe/Berlin', '{"k": 1}') > now(), 'a schedule says when it fires next');
update portarium_data.schedule set next_at = now() - interval '2 days';
select portarium_int.tick_step();
select results_eq('select workflow, initiator, input from portarium.runs', $$values ('nightly', 'olga', '{"k": 1}'::jsonb)$$, 'what was missed is started once, in the name of who made it');
select ok((select next_at > now() from portarium.schedules), 'the next moment lies ahead');
select portarium.set_schedule('night', 'nightly', '0 2 * * *', catch_up => 'all', overlap => 'skip');
update portarium_data.schedule set next_at = (select n from portarium.next_fires('0 2 * * *', 'UTC', 1) n) - interval '3 days';
select portarium_int.tick_step();
select is((select count(*) from portarium.runs), 1::bigint, 'a moment is skipped while the last run goes on');
select portarium.set_schedule('night', 'nightly', '0 2 * * *', catch_up => 'all', overlap => 'cancel');
update portarium_data.schedule set next_at = (select n from portarium.next_fires('0 2 * * *', 'UTC', 1) n) - interval '3 days';
select portarium_int.tick_step();
select is((select string_agg(state || ' ' || count, ', ' order by state) from (select state, count(*) from portarium.runs group by state) x), 'ABORTED 3, RUNNING 1',
    'or the last run is cancelled, moment by moment');
update portarium_data.schedule set next_at = (select n from portarium.next_fires('0 2 * * *', 'UTC', 1) n) - interval '3 days';
select portarium_int.tick_step();
select is((select count(*) from portarium.runs), 4::bigint, 'a moment that was started is not started again');
select portarium.set_schedule('night', 'nightly', '0 2 * * *', catch_up => 'none');
update portarium_data.schedule set next_at = now() - interval '5 days';
select portarium_int.tick_step();
select is((select count(*) from portarium.runs), 4::bigint, 'missed moments may be left out');
select portarium.set_schedule('night', 'nightly', '0 2 * * *', enabled => false);
update portarium_data.schedule set next_at = now() - interval '1 day';
select portarium_int.tick_step();
select is((select count(*) from portarium.runs), 4::bigint, 'a disabled schedule fires nothing');
select throws_ok($$select portarium.set_schedule('x', 'nobody', '@daily')$$, 'UP402', null, 'a workflow that is not there');
select throws_ok($$select portarium.set_schedule('x', 'nightly', '@daily', 'Mars/Base')$$, 'UP007', null, 'a time zone that is none');
select throws_ok($$select portarium.set_schedule('x', 'nightly', '0 0 31 2 *')$$, 'UP007', null, 'a cron expression that names no moment');
select pg_temp.be('rita', 'requester');
select throws_ok($$select portarium.set_schedule('x', 'nightly', '@daily')$$, 'UP205', null, 'a requester schedules nothing');

select * from finish();
rollback;
