-- SPDX-License-Identifier: PostgreSQL
-- The clock looks over the lanes: what no claim can see is found again, what nobody waits for goes, what somebody waits for stays.
\i test/pgtap/include/engine.sql
select plan(12);

select portarium.register_workflow('post', pg_temp.task('post'));
create function pg_temp.lanes() returns bigint language sql as 'select count(*) from portarium_data.lane_hot';
create function pg_temp.jobs() returns bigint language sql as 'select count(*) from portarium_data.ready';
create function pg_temp.forget_runs() returns void language sql as $$ update run set cur = 'nowhere' $$;

-- a job whose lane fell asleep before it was committed
select portarium.start_run('post') as first \gset
delete from portarium_data.lane_hot;
select cmp_ok(portarium_int.tick_step(false), '<=', 1000, 'a step without a sweep asks for one within a second');
select is(pg_temp.lanes(), 0::bigint, 'and leaves lanes alone');
select portarium_int.tick_step();
select is((select string_agg(queue, ' ') from portarium_data.lane_hot), 'ledger', 'a job alone is enough for its lane to be found');

-- a job below its lane's mark
update portarium_data.lane_hot set low_water = 9e18;
select is_empty('select from pg_temp.exchange()', 'a mark hides a job');
select portarium_int.tick_step();
select is((select j.run_id from pg_temp.exchange() j), :'first'::uuid, 'for one step');

-- a lane that is asleep, with a job that nobody waits for
delete from portarium_data.lane_hot;
select portarium.start_run('post');
delete from portarium_data.lane_hot;
select pg_temp.forget_runs();
select portarium_int.tick_step();
select is(pg_temp.jobs() + pg_temp.lanes(), 0::bigint, 'a sleeping lane loses what nobody waits for');

-- lanes that nobody serves
select portarium.start_run('post') as second \gset
update portarium_data.lane_hot set served_at = '-infinity';
select portarium_int.tick_step();
select is(pg_temp.jobs(), 1::bigint, 'what somebody waits for stays in a lane that nobody serves');
select pg_temp.forget_runs();
update portarium_data.lane_hot set served_at = now();
select portarium_int.tick_step();
select is(pg_temp.jobs(), 1::bigint, 'a claim has been there lately: it is left to the next one');
update portarium_data.lane_hot set served_at = '-infinity';
select portarium_int.tick_step();
select is(pg_temp.jobs(), 0::bigint, 'without a claim it goes');
select portarium_int.tick_step();
select is(pg_temp.lanes(), 0::bigint, 'and its lane with it');

-- the first job does not speak for the others
select portarium.start_run('post');
select pg_temp.forget_runs();
select portarium.start_run('post') as last \gset
update portarium_data.ready set lane_id = (select min(lane_id) from portarium_data.ready);
update portarium_data.lane_hot set lane_id = (select min(lane_id) from portarium_data.ready), served_at = '-infinity';
select portarium_int.tick_step();
select is(pg_temp.jobs(), 2::bigint, 'one job that somebody waits for keeps its lane');
select is((select string_agg(j.run_id::text, ' ') from pg_temp.exchange('[]', 5) j), :'last', 'and is what a claim gives');

select * from finish();
rollback;
