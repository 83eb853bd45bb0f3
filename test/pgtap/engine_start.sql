-- SPDX-License-Identifier: PostgreSQL
-- Runs that begin later, that are in a hurry, and of which there may be only one.
\i test/pgtap/include/engine.sql
select plan(49);

select portarium.register_workflow('post', pg_temp.task('post'));
select portarium.register_workflow('timed', pg_temp.task('post') || '{"TimeoutSeconds": 60}');
select portarium.register_workflow('pass', '{"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}');

-- later
select portarium.start_run('timed', '{"n": 1}', start_at => clock_timestamp() + interval '1 hour') as later \gset
select is(pg_temp.state(:'later'), 'RUNNING', 'a run that begins later is started');
select is((select count(*) from pg_temp.exchange('[]', 10)), 0::bigint, 'nothing of it is to be done');
select is((select reason || ', ' || current_state from portarium.explain_run(:'later')), 'start, Do', 'it says what it waits for');
select is((select string_agg(kind, ' ' order by due) from portarium_data.timer where run_id = :'later'), 'start deadline', 'its time counts from its beginning');
select is((select round(extract(epoch from max(due) - min(due))) from portarium_data.timer where run_id = :'later'), 60::numeric, 'and is as long as ever');
select is((select body ->> 'starts_at' from portarium.run_history(:'later')), (select portarium_int.iso_ms(min(due)) from portarium_data.timer where run_id = :'later'), 'its entry says when it begins');
select is((select canon from entry where stream_id = :'later'), (select portarium.canonical_entry(convert_from(canon, 'UTF8')) from entry where stream_id = :'later'), 'in canonical text');
select is((select string_agg(invariant, ',') from portarium.check_invariants()), null, 'nothing is out of joint');
update portarium_data.timer set due = '-infinity' where kind = 'start';
select portarium_int.tick_step();
select is(pg_temp.kinds(:'later'), 'run.started run.begun', 'then it begins');
select run_id, token, idempotency_key from pg_temp.exchange() \gset
select is(:'run_id'::text, :'later'::text, 'and its job is done');
select is(:'idempotency_key'::text, :'later' || ':Do:1', 'as any other');
select pg_temp.exchange(jsonb_build_array(jsonb_build_object('run_id', :'run_id', 'token', :token, 'output', 7)), 0);
select is(pg_temp.state(:'later'), 'SUCCEEDED', 'to its end');
select portarium.start_run('pass', '{"n": 1}', start_at => clock_timestamp() - interval '1 hour') as past \gset
select is(pg_temp.state(:'past'), 'SUCCEEDED', 'a moment that has passed is now');
select throws_ok($$select portarium.start_run('pass', start_at => 'infinity')$$, 'UP007', 'start_at is not a moment', 'and never is none');
-- paused and cancelled before
select portarium.start_run('post', start_at => clock_timestamp() + interval '1 hour') as held \gset
select is(portarium.pause_run(:'held'), 'PAUSED', 'it can be paused before it begins');
update portarium_data.timer set due = '-infinity' where kind = 'start';
select portarium_int.tick_step();
select is((select count(*) from pg_temp.exchange('[]', 10)), 0::bigint, 'then nothing is done when its time comes');
select is(portarium.resume_run(:'held'), 'RUNNING', 'until it is resumed');
select is((select run_id from pg_temp.exchange()), :'held'::uuid, 'then it is');
select portarium.start_run('post', start_at => clock_timestamp() + interval '1 hour') as dropped \gset
select is(portarium.cancel_run(:'dropped'), 'ABORTED', 'it can be cancelled before it begins');
update portarium_data.timer set due = '-infinity' where kind = 'start';
select portarium_int.tick_step();
select is((select count(*) from pg_temp.exchange('[]', 10)), 0::bigint, 'and then does not');
select is((select count(*) from portarium_data.quarantine), 0::bigint, 'nothing was set aside');

-- earlier: all jobs in one lane
create function pg_temp.one_lane() returns void language plpgsql as $$
begin
    update portarium_data.ready set lane_id = lane_id & -16;
    delete from portarium_data.lane_hot;
    insert into portarium_data.lane_hot (lane_id, queue, vtime, low_water, served_at, tenant_id)
    select distinct lane_id, 'ledger', 0, 0, now(), tenant_id from portarium_data.ready;
end
$$;
create function pg_temp.order_of(p_many int) returns text language sql as $$
    select string_agg(j.input ->> 'n', ' ' order by j.n)
    from (select (pg_temp.exchange()).*, i as n from generate_series(1, p_many) i) j
$$;
select portarium.start_run('post', '{"n": "old"}') as old \gset
update portarium_data.ready set pass = pass - 150 * 1000000::bigint;
select portarium.start_run('post', '{"n": "plain"}') as plain \gset
select portarium.start_run('post', '{"n": "low"}', priority => -1) as low \gset
select portarium.start_run('post', '{"n": "high"}', priority => 2) as high \gset
select portarium.start_run('post', '{"n": "highest"}', priority => 3) as highest \gset
select pg_temp.one_lane();
select is(pg_temp.order_of(5), 'highest old high plain low', 'priorities overtake, and age');
select is((select string_agg(priority::text, ' ' order by priority) from portarium.runs where run_id in (:'low', :'plain', :'highest')), '-1 0 3', 'a run says its own');
select throws_ok($$select portarium.start_run('post', priority => 101)$$, 'UP007', 'priority is not between -100 and 100', 'a priority that is none');
-- a mark above them hides none of them, in whatever lane they come to lie
select count(*) from portarium.start_runs('post', array(select to_jsonb(n) from generate_series(1, 3) n));
update portarium_data.lane_hot set low_water = portarium_int.now_us();
select count(portarium.start_run('post', to_jsonb(n), priority => 1)) from generate_series(1, 60) n;
select is((select count(*) from portarium_data.ready r where r.pass < portarium_int.now_us() - 30000000 and not exists (
    select from portarium_data.lane_hot h where h.lane_id = r.lane_id and h.low_water <= r.pass)), 0::bigint, 'no mark hides a job that is in a hurry');
select is((select count(*) from pg_temp.exchange('[]', 100)), 63::bigint, 'all are claimed at once');
-- what comes after a job that has time
select portarium.start_run('post', '{"n": "slow"}', priority => -100) as slow \gset
select pg_temp.one_lane();
select is((select run_id from pg_temp.exchange()), :'slow'::uuid, 'a job that has time is done when there is nothing else');
select count(portarium.start_run('post', to_jsonb(n))) from generate_series(1, 60) n;
select is((select count(*) from pg_temp.exchange('[]', 100)), 60::bigint, 'and does not hide what comes after it');
-- branches and children inherit it
select portarium.register_workflow('wide', '{"StartAt": "B", "States": {"B": {"Type": "Parallel", "End": true, "Branches": [
    {"StartAt": "One", "States": {"One": {"Type": "Task", "Resource": "portarium:action:ledger.post", "End": true}}},
    {"StartAt": "Two", "States": {"Two": {"Type": "Task", "Resource": "portarium:workflow:post", "End": true}}}]}}}');
select portarium.start_run('wide', priority => 9) as wide \gset
select is((select count(*) from run where priority = 9), 4::bigint, 'a run, its branches and the child of one are in the same hurry');
select is((select count(*) from portarium_data.ready where pass between portarium_int.now_us() - 600000000 and portarium_int.now_us() - 500000000), 2::bigint, 'and so are their jobs');
select pg_temp.exchange('[]', 10);

-- once
select portarium.start_run('post', '{"n": 1}', unique_key => 'customer 7') as only \gset
select is(portarium.start_run('post', '{"n": 2}', unique_key => 'customer 7'), :'only'::uuid, 'while a run of the key goes on, it is returned');
select isnt(portarium.start_run('post', '{"n": 2}', unique_key => 'customer 8'), :'only'::uuid, 'another key is another run');
select is((select count(*) from portarium.runs where input ->> 'n' in ('1', '2') and workflow = 'post' and state = 'RUNNING'), 2::bigint, 'nothing more is started');
select throws_ok($$select portarium.start_run('pass', unique_key => 'customer 7')$$, 'UP106', format('unique key "customer 7" is held by run "%s" of workflow "post"', :'only'),
    'of another workflow it is refused');
select throws_ok($$select portarium.start_run('post', unique_key => '')$$, 'UP007', null, 'a key that is none');
select is(portarium.start_run('post', '{"n": 3}', 'request 3', unique_key => 'customer 7'), :'only'::uuid, 'with an idempotency key, too');
select is((select string_agg(invariant, ',') from portarium.check_invariants()), null, 'nothing is out of joint');
select is(portarium.cancel_run(:'only'), 'ABORTED', 'it ends');
select is(portarium.start_run('post', '{"n": 3}', 'request 3', unique_key => 'customer 7'), :'only'::uuid, 'the same request has the same answer');
select portarium.start_run('post', '{"n": 4}', unique_key => 'customer 7') as next \gset
select isnt(:'next'::uuid, :'only'::uuid, 'the next one is another run');
select throws_ok(format('select portarium.retry_run(%L)', :'only'), 'UP106', format('unique key "customer 7" is held by run "%s"', :'next'), 'the first cannot go on beside it');
select is(portarium.cancel_run(:'next'), 'ABORTED', 'but when that has ended');
select is(portarium.retry_run(:'only'), 'RUNNING', 'it can');
select is(portarium.start_run('post', unique_key => 'customer 7'), :'only'::uuid, 'and has its key again');
select throws_ok(format('select portarium.retry_run(%L)', :'next'), 'UP106', null, 'which the other has lost');
select is((select count(*) from unique_run where current), 2::bigint, 'one run for each key');
-- another tenant's keys are its own
select pg_temp.be_in(current_setting('t.other')::uuid, 'eve', 'admin', 'operator'), pg_temp.at_home(current_setting('t.other')::uuid);
select portarium.register_workflow('pass', '{"StartAt": "P", "States": {"P": {"Type": "Wait", "Seconds": 60, "End": true}}}');
select isnt(portarium.start_run('pass', unique_key => 'customer 7'), :'only'::uuid, 'another tenant has keys of its own');
select lives_ok($$select portarium.start_run('pass', '{}', unique_key => 'customer 7')$$, 'and its own answers');
select lives_ok($$select portarium.start_run('pass', '{}', null, null, null, null)$$, 'no option at all');

select * from finish();
rollback;
