-- SPDX-License-Identifier: PostgreSQL
-- Acknowledgements with a plain result, one by one and in a batch: those that end runs, those that lead to the next action, and those that
-- look like it and are not.
\i test/pgtap/include/engine.sql
select plan(50);

-- What an acknowledgement leaves of a run, but for what differs between any two.
create function pg_temp.traces_of(p_run uuid) returns table (what text, is_so jsonb) language sql as $$
    select 'run', to_jsonb(r) - '{run_id,started_at,ended_at}'::text[] || jsonb_build_object('ended', r.ended_at >= r.started_at)
    from run r where r.run_id = p_run
    union all
    select 'entry', to_jsonb(e) - '{stream_id,at,canon,salt}'::text[]
        || jsonb_build_object('body', convert_from(e.canon, 'UTF8')::jsonb - '{out,token,result}'::text[], 'ended', e.at = r.ended_at,
            'out', convert_from(e.canon, 'UTF8')::jsonb ->> 'out' = portarium_int.commitment(e.salt, r.output),
            'result', convert_from(e.canon, 'UTF8')::jsonb ->> 'result' = portarium_int.commitment(e.salt, coalesce(r.data, r.input)),
            'canonical', e.canon = portarium.canonical_entry(convert_from(e.canon, 'UTF8')))
    from entry e join run r on r.run_id = e.stream_id where e.stream_id = p_run and e.seq > 1
    union all
    select 'lease', to_jsonb(l) from portarium_data.lease l where l.run_id = p_run
    union all
    select 'job', to_jsonb(j) - '{run_id,pass,lane_id}'::text[] || jsonb_build_object('lane', j.lane_id & -16, 'hot', exists (
        select from portarium_data.lane_hot h where h.lane_id = j.lane_id and h.queue = 'ledger'))
    from portarium_data.ready j where j.run_id = p_run
$$;
-- Acknowledges what is leased; p_more: said besides.
create function pg_temp.ack_all(p_output jsonb, p_more jsonb default '{}') returns bigint language sql as $$
    select count(*) from pg_temp.exchange((
        select jsonb_agg(jsonb_build_object('run_id', run_id, 'token', token, 'output', p_output) || p_more) from portarium_data.lease), 0)
$$;

select portarium.register_workflow('last', jsonb_build_object('StartAt', 'Say "so" – now', 'States', jsonb_build_object('Say "so" – now',
    jsonb_build_object('Type', 'Task', 'Resource', 'portarium:action:ledger.post', 'End', true, 'TimeoutSeconds', 30))));
select is((select ends_with_result from definition_state where name like 'Say%'), true, 'a state that gives its result as it is');

-- said alone, and with a word more, which the narrow way leaves to the planner: the same
select portarium.start_run('last', '{"n": 1}') as plain \gset
select is((select count(*) from pg_temp.exchange()), 1::bigint, 'a job');
select is(pg_temp.ack_all('{"ok": [1, "é"]}'), 0::bigint, 'is acknowledged');
select portarium.start_run('last', '{"n": 1}') as planned \gset
select is((select count(*) from pg_temp.exchange()), 1::bigint, 'another');
select is(pg_temp.ack_all('{"ok": [1, "é"]}', '{"weak": null}'), 0::bigint, 'is acknowledged with a word more');
select is((select count(*) from pg_temp.traces_of(:'plain')), 2::bigint, 'a run, an entry and no lease are left');
select results_eq(format('select * from pg_temp.traces_of(%L)', :'plain'), format('select * from pg_temp.traces_of(%L)', :'planned'),
    'both ways leave the same');
select is((select is_so ->> 'canonical' from pg_temp.traces_of(:'plain') where what = 'entry'), 'true', 'and canonical text');
select is((select is_so ->> 'out' from pg_temp.traces_of(:'plain') where what = 'entry'), 'true', 'with a commitment to the result');

-- a batch, and no result at all
select count(*) as three from portarium.start_runs('last', array['1', '2', '3']::jsonb[]) \gset
select is((select count(*) from pg_temp.exchange('[]', 10)), 3::bigint, 'three jobs');
select is((select count(*) from pg_temp.exchange((select jsonb_agg(jsonb_build_object('run_id', run_id, 'token', token)) from portarium_data.lease), 0)),
    0::bigint, 'are acknowledged at once');
select is((select count(*) from run where workflow = 'last' and state = 'SUCCEEDED' and output = 'null'), 3::bigint,
    'no result is the result null');
select is((select count(*) from portarium_data.lease), 0::bigint, 'no lease is left');

-- a large result leaves the row
select portarium.start_run('last') as large \gset
select is((select count(*) from pg_temp.exchange()), 1::bigint, 'a job');
select is(pg_temp.ack_all(to_jsonb(repeat('x', 400))), 0::bigint, 'has a large result');
select is((select output is null and output_ref is not null from run where run_id = :'large'), true, 'which leaves the row');

-- of a batch with a stale one, the others count
select count(*) as two from portarium.start_runs('last', array['1', '2']::jsonb[]) \gset
select is((select count(*) from pg_temp.exchange('[]', 10)), 2::bigint, 'two jobs');
select is((select string_agg(kind, ',') from pg_temp.exchange((
        select jsonb_agg(jsonb_build_object('run_id', run_id, 'token', token + (run_id = first)::int, 'output', 1))
        from portarium_data.lease, lateral (select min(run_id::text)::uuid as first from portarium_data.lease) f), 0)), 'stale', 'one with a false token is stale');
select is((select count(*) from portarium_data.lease), 1::bigint, 'and keeps its lease; the other is done');
select is((select string_agg(kind, ',') from pg_temp.exchange((
        select jsonb_agg(jsonb_build_object('run_id', run_id, 'token', token, 'output', 1)) || jsonb_agg(jsonb_build_object('run_id', run_id, 'token', token, 'output', 2))
        from portarium_data.lease), 0)), null, 'said twice in a batch, it counts');
select is((select count(*) from portarium_data.lease), 0::bigint, 'once');

-- a held run is not ended
select portarium.start_run('last') as held \gset
select is((select count(*) from pg_temp.exchange()), 1::bigint, 'a job');
select portarium.pause_run(:'held');
select is(pg_temp.ack_all('1'), 0::bigint, 'of a run that is paused meanwhile is acknowledged');
select is((select string_agg(invariant, ',') from portarium.check_invariants()), null, 'and nothing is out of joint');

-- from one action to the next: what is planned ahead, and what is not
select portarium.register_workflow('chain', '{"StartAt": "A", "States": {
    "A": {"Type": "Task", "Resource": "portarium:action:ledger.post", "TimeoutSeconds": 9, "Next": "then \"B\""},
    "then \"B\"": {"Type": "Task", "Resource": "portarium:action:ledger.post", "TimeoutSeconds": 30, "HeartbeatSeconds": 7,
        "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 2}], "Next": "C"},
    "C": {"Type": "Task", "Resource": "portarium:action:ledger.post", "ResultPath": "$.c", "Next": "D"},
    "D": {"Type": "Task", "Resource": "portarium:action:ledger.post", "Next": "E"},
    "E": {"Type": "Task", "Resource": "portarium:action:ledger.post", "Parameters": {"of": "$.x"}, "End": true}}}');
select is((select array_agg(state order by state) from step_plan where workflow = 'chain'), '{A,"then \"B\""}',
    'only what takes the result as it is');
-- p_more: left to the planner by a word more
create function pg_temp.step_of(p_input jsonb, p_output jsonb, p_more jsonb, p_states int) returns uuid language plpgsql as $$
declare
    v_run uuid := portarium.start_run('chain', p_input);
begin
    for i in 1 .. p_states loop
        if (select count(*) from pg_temp.exchange()) <> 1 or pg_temp.ack_all(p_output, p_more) <> 0 then
            raise exception 'step % of run % was not made', i, v_run;
        end if;
    end loop;
    return v_run;
end
$$;
create function pg_temp.both_ways(p_input jsonb, p_output jsonb, p_states int, p_what text) returns setof text language plpgsql as $$
declare
    v_narrow uuid := pg_temp.step_of(p_input, p_output, '{}', p_states);
    v_planned uuid;
    v_left jsonb := (select jsonb_agg(t order by t.what, t.is_so) from pg_temp.traces_of(v_narrow) t);
begin
    delete from portarium_data.ready;
    v_planned := pg_temp.step_of(p_input, p_output, '{"weak": null}', p_states);
    return next is(v_left, (select jsonb_agg(t order by t.what, t.is_so) from pg_temp.traces_of(v_planned) t), p_what);
    return next is(jsonb_array_length(v_left), 2 + p_states, 'a run, its entries and a job are left');
    return next is((select bool_and((x ->> 'canonical')::boolean) from jsonb_path_query(v_left, '$[*].is_so ? (exists (@.canonical))') x), true,
        'and canonical text');
    delete from portarium_data.ready;
end
$$;
select pg_temp.both_ways('{"n": 1}', '{"x": [1, "é"]}', 1, 'both ways go on alike');
select pg_temp.both_ways('{"n": 1}', '{"n": 1.0}', 1, 'and with the input as the result');
select pg_temp.both_ways(jsonb_build_object('a', repeat('x', 400)), '{"x": 1}', 1, 'and from a large input');
select pg_temp.both_ways('{"n": 1}', '{"x": 1}', 2, 'and twice');
select pg_temp.both_ways('{"n": 1}', '{"x": 1}', 3, 'and where the result has a path');

-- a policy that comes in between is asked
select portarium.start_run('chain') as judged \gset
select is((select count(*) from pg_temp.exchange()), 1::bigint, 'a job');
select portarium.set_policy('stop', 'deny', 'ledger', 'post');
select is(pg_temp.ack_all('{"x": 1}'), 0::bigint, 'is acknowledged');
select is((select string_agg(h.kind, ',') from portarium_int.holders() h where h.run_id = :'judged'), 'timer', 'and the next one is denied: its Retry takes it up');
select portarium.set_policy('stop', 'none', 'ledger', 'post');

-- what an executor is given, and its lease: the same in C as by the query
create function pg_temp.leased(p_call text) returns jsonb language plpgsql set search_path = pg_catalog, portarium_data, pg_temp as $$
declare
    v_jobs jsonb;
    v_leases jsonb;
    v_entered boolean := portarium_int.enter(current_setting('t.tenant')::uuid);
begin
    execute format('select jsonb_agg(to_jsonb(j) - ''token'' order by j.run_id) from %s j', format(p_call, current_setting('t.executor'), $l$
        (select array_agg(row (r.lane_id, r.pass, r.tenant_id, r.run_id, r.epoch, null, r.key)::portarium_int.claimed) from portarium_data.ready r)$l$)) into v_jobs;
    select jsonb_agg(to_jsonb(l) - '{token,until,deadline}'::text[]
        || jsonb_build_object('time', round(extract(epoch from l.until - now())), 'left', round(extract(epoch from l.deadline - now())),
            'random', l.token between 1 and 281474976710655) order by l.run_id)
    into v_leases from portarium_data.lease l;
    delete from portarium_data.lease;
    perform portarium_int.leave(v_entered);
    return jsonb_build_object('jobs', v_jobs, 'leases', v_leases);
end
$$;
select portarium.start_run('chain', '{"n": 1}');
set local portarium.traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 vendor=1';
select portarium.start_run('last', '[2]');
set local portarium.traceparent = '';
select portarium.register_workflow('beating', pg_temp.task('post', '{"TimeoutSeconds": 300, "HeartbeatSeconds": 7}'));
select portarium.start_run('beating', 'null');
select pg_temp.leased('portarium_int.lease_jobs(%s, 1, %s)') as by_query \gset
select is(jsonb_array_length(:'by_query'::jsonb -> 'jobs'), 3, 'three jobs and their leases');
select is(pg_temp.leased(case portarium_int.flavour() when 'native' then 'unnest(portarium_int.lease_plain(%s, 1, %s))'
    else 'portarium_int.lease_jobs(%s, 1, %s)' end), :'by_query'::jsonb, 'are the same both ways');
select portarium.start_run('last', jsonb_build_object('a', repeat('x', 400)));
select is(pg_temp.leased('unnest(portarium_int.lease_plain(%s, 1, %s))'), '{"jobs": null, "leases": null}', 'a large input leaves all to the query');
delete from portarium_data.ready;
select portarium.start_run('chain') as older \gset

-- who goes the narrow way
create function pg_temp.take(p_more jsonb) returns uuid[] language sql as $$
    select portarium_int.take_results(current_setting('t.executor')::int, 'e1', (
        select jsonb_agg(jsonb_build_object('run_id', run_id, 'token', token, 'output', 1) || p_more) from portarium_data.lease))
$$;
select is((select count(*) from pg_temp.exchange()), 1::bigint, 'a job');
select is(coalesce(pg_temp.take('{"weak": null}')::text, 'left') || ' ' || coalesce(pg_temp.take('{}')::text, 'left'),
    case portarium_int.flavour() when 'native' then 'left {}' else 'left left' end, 'goes on in C');
delete from portarium_data.ready;
delete from portarium_data.lease;
select portarium.start_run('last') as narrow \gset
select is((select count(*) from pg_temp.exchange()), 1::bigint, 'a job');
select is(coalesce(pg_temp.take('{"weak": null}')::text, 'left') || ' ' || coalesce(pg_temp.take('{}')::text, 'left'),
    case portarium_int.flavour() when 'native' then 'left {}' else 'left left' end, 'is taken in C, and left to SQL with a word more');

select * from finish();
rollback;
