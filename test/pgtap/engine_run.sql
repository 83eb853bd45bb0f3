-- SPDX-License-Identifier: PostgreSQL
-- A run from its start to its end: what is stored, what the executor gets, what the entries say.
\i test/pgtap/include/engine.sql
select plan(36);

select portarium.register_workflow('order', '{"StartAt": "Check", "States": {
    "Check": {"Type": "Choice", "Choices": [{"Variable": "$.amount", "NumericGreaterThan": 100, "Next": "Big"}], "Default": "Post"},
    "Big": {"Type": "Pass", "Result": true, "ResultPath": "$.big", "Next": "Post"},
    "Post": {"Type": "Task", "Resource": "portarium:action:ledger.post", "Parameters": {"id.$": "$.id"}, "ResultPath": "$.posted", "End": true}}}'::jsonb);

select portarium.start_run('order', '{"id": "o-1", "amount": 500}') as run \gset
select is(pg_temp.state(:'run'), 'RUNNING', 'a run with work before it is RUNNING');
select is((select current_state from portarium.runs where run_id = :'run'), 'Post', 'it stands in the state that has the work');
select is(pg_temp.kinds(:'run'), 'run.started', 'one transition, one entry');
select is((select body ->> 'path' from portarium.run_history(:'run')), '["Check", "Big", "Post"]', 'the entry names the states that were passed');
select is((select body ->> 'verdict' from portarium.run_history(:'run')), 'allow', 'and the verdict');
select ok((select body ? 'policy' and body ? 'definition' and body ? 'in' from portarium.run_history(:'run')), 'and the hashes of policy, definition and input');
select ok(not (select body::text ~ '"o-1"|: 500[,}]' from portarium.run_history(:'run')), 'and nothing of the input');

select * from pg_temp.exchange() \gset job_
select is(:'job_input'::jsonb, '{"id": "o-1"}'::jsonb, 'the executor gets the effective input');
select is(:'job_idempotency_key', :'run' || ':Post:1', 'and a key that is the run, the state and the visit');
select is(:'job_spec'::jsonb ->> 'base_url', 'http://127.0.0.1:1', 'and what it needs to know of the adapter');
select is_empty('select * from pg_temp.exchange()', 'a leased job is not claimed again');

select is_empty(format('select * from pg_temp.exchange(%L, 0)', jsonb_build_array(jsonb_build_object(
    'run_id', :'job_run_id', 'token', :'job_token'::bigint, 'output', '{"status": 201}'::jsonb))), 'an acknowledgement that counts is not answered');
select is(pg_temp.state(:'run'), 'SUCCEEDED', 'the last state was left');
select is((select output from portarium.runs where run_id = :'run'), '{"id": "o-1", "amount": 500, "big": true, "posted": {"status": 201}}'::jsonb,
    'the result lies where ResultPath says');
select is(pg_temp.kinds(:'run'), 'run.started run.succeeded', 'the last action and the end are one entry');
select ok((select ended_at >= started_at from portarium.runs where run_id = :'run'), 'it ended after it started');
select is((select count(*) from portarium_data.lease), 0::bigint, 'no lease is left');

-- payloads
select portarium.start_run('order', jsonb_build_object('id', repeat('x', 400), 'amount', 1)) as big \gset
select is((select length(input ->> 'id') from portarium.runs where run_id = :'big'), 400, 'a large input is read back');
select is((select count(*) from payload), 1::bigint, 'it lies in payload');
select is((select length(input ->> 'id') from pg_temp.exchange()), 400, 'and reaches the executor');

-- entries are canonical as they are written
select is((select count(*) from entry where canon <> portarium.canonical_entry(convert_from(canon, 'UTF8'))), 0::bigint,
    'every entry''s text is its own canonical form');

-- a run without an effect
select portarium.register_workflow('pure', '{"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": {"a": 1}, "End": true}}}'::jsonb);
select portarium.start_run('pure') as pure \gset
select is(pg_temp.state(:'pure'), 'SUCCEEDED', 'a run without an effect ends in the transaction that starts it');
select is(pg_temp.kinds(:'pure'), 'run.succeeded', 'with one entry');
select portarium.register_workflow('broken', '{"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "No.Way", "Cause": "because"}}}'::jsonb);
select portarium.start_run('broken') as broken \gset
select is(pg_temp.state(:'broken'), 'FAILED No.Way', 'a Fail state gives the run its error');
select is((select cause from portarium.runs where run_id = :'broken'), 'because', 'and its cause');

-- planned ahead, or not: the same run, entry, job and deadline
create function pg_temp.traces_of(p_run uuid) returns table (what text, is_so jsonb) language sql as $$
    select 'run', to_jsonb(r) - '{run_id,started_at}'::text[] from run r where r.run_id = p_run
    union all
    select 'entry', to_jsonb(e) - '{stream_id,at,canon,salt}'::text[]
        || jsonb_build_object('body', convert_from(e.canon, 'UTF8')::jsonb - 'in', 'after', e.at >= r.started_at,
            'in', convert_from(e.canon, 'UTF8')::jsonb ->> 'in' = portarium_int.commitment(e.salt, r.input))
    from entry e join run r on r.run_id = e.stream_id where e.stream_id = p_run
    union all
    select 'job', to_jsonb(j) - '{run_id,pass,lane_id}'::text[]
        || jsonb_build_object('lane', j.lane_id & -16, 'hot', exists (
            select from portarium_data.lane_hot h where h.lane_id = j.lane_id and h.queue = 'ledger'))
    from portarium_data.ready j where j.run_id = p_run
    union all
    select 'deadline', to_jsonb(t) - '{run_id,due}'::text[] || jsonb_build_object('after', t.due - r.started_at)
    from portarium_data.timer t join run r using (run_id) where t.run_id = p_run
$$;
select portarium.register_workflow('alike', pg_temp.task('post', '{"TimeoutSeconds": 9}') || '{"TimeoutSeconds": 60}');
select is((select count(*) from start_plan where workflow = 'alike'), 1::bigint, 'a start that differs only in its input is planned ahead');
select is((select count(*) from start_plan where workflow in ('order', 'pure', 'broken')), 0::bigint, 'others are not');
-- the trace that a start planned ahead keeps is the one that current_trace() lets through
create function pg_temp.kept_trace(p_given text) returns text language plpgsql as $$
declare
    v_run uuid;
    v_kept text;
begin
    perform set_config('portarium.traceparent', p_given, true);
    v_run := portarium.start_run('alike', '{"a": 1}');
    select r.traceparent into strict v_kept from run r where r.run_id = v_run;
    if v_kept is distinct from portarium_int.current_trace() then
        return format('%s became %s', p_given, v_kept);
    end if;
    perform set_config('portarium.traceparent', '', true);
    return case when v_kept is null then 'none' else 'kept' end;
end
$$;
select is((
    select string_agg(pg_temp.kept_trace(g.given), ' ' order by g.n) from unnest(array[
        '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', '00-00000000000000000000000000000001-0000000000000001-ff',
        '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 a=1', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01x',
        '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0', '00-00000000000000000000000000000000-b7ad6b7169203331-01',
        '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01', '00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
        '01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333g-01',
        '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0G', '00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01',
        '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331_01', '']) with ordinality g (given, n)),
    'kept kept kept none none none none none none none none none none none', 'a start keeps the traces that are such, however it is planned');
set local portarium.traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 vendor=1';
select portarium.start_run('alike', '{"a": 1}') as ahead \gset
select portarium.start_run('alike', jsonb_build_object('a', repeat('x', 400))) as large \gset
select count(*) as two from portarium.start_runs('alike', array['{"a": 1}', '[]']::jsonb[]) \gset
select is(:two, 2, 'two at once');
delete from start_plan;
select portarium.start_run('alike', '{"a": 1}') as anew \gset
set local portarium.traceparent = '';
select is((select count(*) from pg_temp.traces_of(:'ahead')), 4::bigint, 'a start writes a run, an entry, a job and a deadline');
select results_eq(format('select * from pg_temp.traces_of(%L)', :'ahead'), format('select * from pg_temp.traces_of(%L)', :'anew'),
    'both ways write the same');
select is((select length(input ->> 'a') from portarium.runs where run_id = :'large'), 400, 'a large input goes the long way');

select is((select coalesce(sum(s.entries), 0) from portarium_data.stirred s where s.tenant_id = :'tenant'),
    (select case when portarium_int.home_of(:'tenant') is null then 0 else count(*) end from entry where tenant_id = :'tenant'),
    'the sealer is told of every entry away from the shared tables');

-- the wall, where rows are written without a query
select pg_temp.be_in(:'other_tenant', 'bob', 'admin');
select portarium.register_adapter('ledger', 'http', '{"post": {"method": "POST", "path": "/", "idempotent": true}}', 'http://127.0.0.1:1');
select portarium.register_workflow('planned', pg_temp.task('post'));
select pg_temp.be('ada', 'admin', 'operator');
select pg_temp.at_home(:'other_tenant');
create function pg_temp.start_elsewhere() returns boolean language sql security definer as $$
    select portarium_int.start_planned(current_setting('t.other')::uuid, 'planned', '{"{}"}', array[gen_random_uuid()], 'eve')
$$;
alter function pg_temp.start_elsewhere() owner to portarium_owner;
select case portarium_int.flavour()
    when 'native' then throws_ok('select pg_temp.start_elsewhere()', '42501', 'new row is not of the tenant of this transaction',
        'nobody starts a run of another tenant')
    else ok(not pg_temp.start_elsewhere(), 'nobody starts a run of another tenant') end;
select pg_temp.at_home(:'tenant');

-- refusals
select throws_ok($$select portarium.start_run('nobody')$$, 'UP402', 'workflow "nobody" does not exist', 'an unknown workflow');
select throws_ok($$select portarium.start_run('order', null)$$, 'UP007', null, 'no input at all');

select * from finish();
rollback;
