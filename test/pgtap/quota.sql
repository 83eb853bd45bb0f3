-- SPDX-License-Identifier: PostgreSQL
-- Quotas: what may be under way at once, how often, how much a day, for a tenant, its adapters, their keys, its share, all tenants together.
\i test/pgtap/include/engine.sql
select plan(84);

select portarium.register_workflow('post', pg_temp.task('post'));
create function pg_temp.start(p_many int) returns bigint language sql as $$
    select count(*) from portarium.start_runs('post', array(select to_jsonb(n) from generate_series(1, p_many) n))
$$;
-- Claims; how many.
create function pg_temp.claims(p_want int default 10) returns bigint language sql as $$ select count(*) from pg_temp.exchange('[]', p_want) $$;
-- Ends so many of the jobs under way, of a key if one is given.
create function pg_temp.finish(p_many int, p_key text default null) returns bigint language sql as $$
    select count(*) from pg_temp.exchange((
        select jsonb_agg(jsonb_build_object('run_id', l.run_id, 'token', l.token, 'output', 1))
        from (select * from portarium_data.lease where p_key is null or key = p_key order by token limit p_many) l), 0)
$$;
create function pg_temp.why(p_run uuid) returns text language sql as $$
    select concat_ws(': ', e.reason, e.facts ->> 'scope', e.facts ->> 'quota') from portarium.explain_run(p_run) e
$$;
create function pg_temp.waiting() returns uuid language sql as $$
    select coalesce((select run_id from portarium_data.ready order by pass limit 1), (select run_id from portarium_data.parked order by pass limit 1))
$$;
create function pg_temp.drain() returns bigint language plpgsql as $$
declare
    v_done bigint := 0;
    v_left bigint;
begin
    for i in 1 .. 50 loop
        perform pg_temp.finish(1000);
        v_left := pg_temp.claims(900);
        v_done := v_done + v_left;
        exit when v_left = 0;
    end loop;
    return v_done;
end
$$;

-- refusals
select throws_ok($$select portarium.set_quota('nonsense')$$, 'UP007', 'scope "nonsense" is not tenant, adapter or key', 'a scope that is none');
select throws_ok($$select portarium.set_quota('share', max_running => 1)$$, 'UP007', null, 'a share is the operator''s');
select throws_ok($$select portarium.set_quota('adapter', max_running => 1)$$, 'UP007', null, 'an adapter without its name');
select throws_ok($$select portarium.set_quota('tenant', 'ledger', max_running => 1)$$, 'UP007', null, 'a tenant with one');
select throws_ok($$select portarium.set_quota('adapter', 'nobody', max_running => 1)$$, 'UP006', null, 'an adapter that is not registered');
select throws_ok($$select portarium.set_quota('tenant', max_running => -1)$$, 'UP007', 'max_running is negative', 'less than nothing');
select throws_ok($$select portarium.set_quota('tenant', per_minute => 0)$$, 'UP007', null, 'a rate of nothing');
select throws_ok($$select portarium.set_quota('tenant', per_minute => 1, burst => 0)$$, 'UP007', null, 'no burst at all');
select throws_ok($$select portarium.set_quota('tenant', per_day => 0)$$, 'UP007', null, 'nothing a day');
select throws_ok($$select portarium.set_quota('tenant', per_day => 1, reset_hour => 24)$$, 'UP007', null, 'an hour that is none');
select throws_ok(format('select portarium.set_share(%L)', gen_random_uuid()), 'UP404', null, 'a share of nobody');
select throws_ok(format('select portarium.set_share(%L, 0)', current_setting('t.tenant')), 'UP007', null, 'a weight of nothing');
select throws_ok($$select portarium.set_queue_quota('')$$, 'UP007', null, 'a queue without a name');
select pg_temp.be('eve', 'requester');
select throws_ok($$select portarium.set_quota('tenant', max_running => 1)$$, 'UP205', null, 'and not by anybody');
select pg_temp.be('ada', 'admin', 'operator');

-- at once: of the tenant; raised, lowered, taken away
select is(portarium.set_quota('tenant', max_running => 2), true, 'a quota is set');
select is(pg_temp.start(6), 6::bigint, 'six jobs');
select is(pg_temp.claims(), 2::bigint, 'no more than two are given');
select is(pg_temp.claims(), 0::bigint, 'and no more after that');
select is(pg_temp.why(pg_temp.waiting()), 'quota: tenant: max_running', 'a run says what it waits for');
select is((select moves_when from portarium.explain_run(pg_temp.waiting())), 'a job under way ends, or the quota is raised', 'and what moves it');
select is((select running from portarium.quotas), 2::bigint, 'the view says how many are under way');
select is(pg_temp.finish(1), 0::bigint, 'one ends');
select is(pg_temp.claims(), 1::bigint, 'one follows');
select portarium.set_quota('tenant', max_running => 3);
select is(pg_temp.claims(), 1::bigint, 'raised, it lets one more begin at once');
select portarium.set_quota('tenant', max_running => 1);
select is(pg_temp.finish(2) + pg_temp.claims(), 0::bigint, 'lowered, it lets none begin while as many are under way');
select is(pg_temp.finish(1) + pg_temp.claims(), 1::bigint, 'and then one');
select is(portarium.set_quota('tenant'), false, 'taken away');
select is(pg_temp.claims(), 1::bigint, 'it holds nothing back');
select is(pg_temp.drain(), 0::bigint, 'all six are done');
select is((select count(*) from portarium.runs where workflow = 'post' and state = 'SUCCEEDED'), 6::bigint, 'each once');

-- what was claimed before there was a quota counts
select is(pg_temp.start(4), 4::bigint, 'four jobs');
select is(pg_temp.claims(2), 2::bigint, 'two are given');
select portarium.set_quota('adapter', 'ledger', max_running => 2);
select is(pg_temp.claims(), 0::bigint, 'a quota counts what was under way before it');
select is(pg_temp.why(pg_temp.waiting()), 'quota: adapter: max_running', 'and says so');
-- the holder is lost
update portarium_data.lease set until = '-infinity';
select portarium_int.tick_step();
select is((select count(*) from portarium_data.lease), 0::bigint, 'an executor is lost');
select is(pg_temp.claims(), 2::bigint, 'what it held is free');
select is(pg_temp.drain() , 2::bigint, 'and its jobs are done again');
select is((select string_agg(invariant, ',') from portarium.check_invariants()), null, 'nothing is out of joint');

-- rolled back
select pg_temp.start(2);
select portarium.set_quota('adapter', 'ledger', per_minute => 1, burst => 2);
savepoint before;
select is(pg_temp.claims(), 2::bigint, 'two jobs begin');
select is((select count(*) from portarium_data.quota_use), 1::bigint, 'which is taken down');
rollback to before;
select is((select count(*) from portarium_data.quota_use), 0::bigint, 'and rolled back with them');
select is(pg_temp.drain(), 2::bigint, 'so that they can begin again');
select pg_temp.start(1);
select is(pg_temp.claims(), 0::bigint, 'a third is early');
select is(pg_temp.why(pg_temp.waiting()), 'quota: adapter: per_minute', 'and says so');
select ok((select (facts ->> 'free_at')::timestamptz between clock_timestamp() + interval '50 s' and clock_timestamp() + interval '1 min'
    from portarium.explain_run(pg_temp.waiting())), 'and until when');
select is((select count(*) from (select wake_at from portarium_data.quota_use where wake_at is not null) w), 1::bigint, 'who waits is taken down');
select ctid as use from portarium_data.quota_use \gset
select is(pg_temp.claims(), 0::bigint, 'asking again');
select is((select ctid from portarium_data.quota_use), :'use'::tid, 'writes nothing');
update portarium_data.quota_use set tat = tat - interval '1 min', wake_at = '-infinity';
select portarium_int.tick_step();
select is((select wake_at from portarium_data.quota_use), null, 'the clock calls who waits');
select is(pg_temp.claims(), 1::bigint, 'and it begins');
select pg_temp.drain();

-- a day
select portarium.set_quota('adapter', 'ledger', per_day => 3, reset_hour => 5);
delete from portarium_data.quota_use;
select pg_temp.start(5);
select is(pg_temp.claims(), 3::bigint, 'three a day');
select is(pg_temp.why(pg_temp.waiting()), 'quota: adapter: per_day', 'the fourth waits for tomorrow');
select is((select used_today from portarium.quotas), 3, 'the view says how many there were');
update portarium_data.quota_use set day = day - interval '1 day';
select is(pg_temp.claims(), 2::bigint, 'which comes');
select pg_temp.drain();
select portarium.set_quota('adapter', 'ledger');

-- keys, as the adapter says
select portarium.register_adapter('ledger', 'http', '{"post": {"method": "POST", "path": "/", "idempotent": true, "limit_key": "$.to.account"},
    "wire": {"method": "POST", "path": "/wires"}}', 'http://127.0.0.1:1');
select throws_ok($$select portarium.register_adapter('bad', 'http', '{"post": {"method": "POST", "path": "/", "limit_key": "account"}}', 'http://h')$$, 'UP007',
    'operation "post" has a "limit_key" that is not a path like $.member', 'a path that is none');
select portarium.set_quota('key', 'ledger', max_running => 1);
create function pg_temp.start_for(variadic p_accounts text[]) returns bigint language sql as $$
    select count(*) from portarium.start_runs('post', array(select jsonb_build_object('to', jsonb_build_object('account', a)) from unnest(p_accounts) a))
$$;
select is(pg_temp.start_for('a', 'a', 'a', 'b', 'c', 'c'), 6::bigint, 'jobs of three keys');
select is(pg_temp.claims(), 3::bigint, 'one of each is given');
select is((select string_agg(key, ' ' order by key) from portarium_data.lease), 'a b c', 'namely');
select is((select count(*) from portarium_data.parked), 3::bigint, 'the others are out of the way');
select is(pg_temp.why(pg_temp.waiting()), 'quota: key: max_running', 'and say so');
select is((select facts ->> 'key' from portarium.explain_run(pg_temp.waiting())), 'a', 'which key it is');
select is(pg_temp.finish(1, 'c') + pg_temp.claims(), 1::bigint, 'when one ends');
select is((select string_agg(key, ' ' order by key) from portarium_data.lease), 'a b c', 'the next of its key follows');
select is((select string_agg(invariant, ',') from portarium.check_invariants()), null, 'nothing is out of joint');
-- the first of the parked is cancelled: the one behind it does not wait for ever
select portarium.cancel_run((select run_id from portarium_data.parked where key = 'a' order by pass limit 1));
select is(pg_temp.finish(1, 'a') + pg_temp.claims(), 0::bigint, 'one that was cancelled is not given');
select portarium_int.tick_step();
select is(pg_temp.claims(), 1::bigint, 'nor does it keep the next one waiting');
select portarium.set_quota('key', 'ledger');
select pg_temp.drain();
select is((select count(*) from portarium_data.parked), 0::bigint, 'without the quota nobody waits');
-- the rate of a key: those behind stand in a line
select portarium.set_quota('key', 'ledger', per_minute => 1);
select is(pg_temp.start_for('r', 'r', 'r') + pg_temp.claims(), 4::bigint, 'one of three a minute');
select is((select round(extract(epoch from max(due) - min(due))) from portarium_data.parked), 60::numeric, 'the others a minute apart');
update portarium_data.parked set due = due - interval '1 min';
update portarium_data.quota_use set tat = tat - interval '1 min';
select portarium_int.tick_step();
select is((select count(*) from portarium_data.ready), 1::bigint, 'the clock brings back whose time has come');
select is(pg_temp.claims(), 1::bigint, 'and it begins');
select portarium.set_quota('key', 'ledger');
select pg_temp.drain();

-- keys, as the document says
select portarium.register_workflow('keyed', pg_temp.task('wire', '{"LimitKeyPath": "$.customer"}'));
select portarium.set_quota('key', 'ledger', max_running => 1);
select portarium.start_run('keyed', '{"customer": 7}') as seven \gset
select portarium.start_run('keyed', '{"customer": "7"}') as also_seven \gset
select portarium.start_run('keyed', '{"customer": 8}') as eight \gset
select is(pg_temp.claims(), 2::bigint, 'two customers, one job each');
select portarium.start_run('keyed', '{"customer": {"id": 7}}') as none \gset
select is((select error || ': ' || cause from portarium.runs where run_id = :'none'), 'States.Runtime: An error occurred while executing the state ''Do''. '
    'The LimitKeyPath parameter does not reference a string, number or boolean: $.customer == {"id":7}', 'what is no key fails the state');
select is((select count(*) from start_plan where workflow = 'keyed'), 0::bigint, 'a start with a key is not planned ahead');
select portarium.set_quota('key', 'ledger');
select pg_temp.drain();

-- the other side asks for time
select pg_temp.start(2);
select portarium.set_quota('adapter', 'ledger', max_running => 5);
select is(pg_temp.claims(1), 1::bigint, 'one of two jobs');
select is((select count(*) from pg_temp.exchange((select jsonb_agg(jsonb_build_object('run_id', run_id, 'token', token, 'error', 'Http.429', 'retry_after_ms', 5000)) from portarium_data.lease), 0)),
    0::bigint, 'is answered with: later');
select is(pg_temp.claims(), 0::bigint, 'the other is not even tried');
select is(pg_temp.why(pg_temp.waiting()), 'quota: adapter: retry_after', 'and says so');
update portarium_data.quota_use set held_until = '-infinity';
select is(pg_temp.claims(), 1::bigint, 'until then');
select pg_temp.drain();
select portarium.set_quota('adapter', 'ledger');

-- the operator: a share, and all tenants together
select is(portarium.set_share(current_setting('t.tenant')::uuid, max_running => 1), true, 'a share');
select is(pg_temp.start(3) + pg_temp.claims(), 4::bigint, 'of one job at once');
select portarium.set_share(current_setting('t.tenant')::uuid);
select portarium.set_queue_quota('ledger', max_running => 2);
select is(pg_temp.claims(), 1::bigint, 'two of all tenants');
select is(pg_temp.why(pg_temp.waiting()), 'quota: queue: max_running', 'which is all that a tenant hears');
select is((select count(*) from portarium.entries where kind = 'quota.set' and body ->> 'scope' = 'queue'), 1::bigint, 'and that it was set');

select * from finish();
rollback;
