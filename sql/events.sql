-- Events: types and schemas, the stream by position, webhook subscriptions with filters, leases, retries, dead letters and replay.
set client_min_messages = warning;
select portarium.create_tenant('first', null, '00000000-0000-4000-8000-0000000000a1') \gset
select portarium.create_tenant('second', null, '00000000-0000-4000-8000-0000000000a2') \gset
select portarium.bind_login(session_user, '00000000-0000-4000-8000-0000000000a1', 'ann', '{admin,requester}') \gset

-- every kind that any function of the extension writes has a type
select distinct k[1] as kind_without_type
from pg_proc p
cross join lateral regexp_matches(p.prosrc, '''((?:run|action|task|signal|child|sql|approval|strand|strands|wait|workflow|alias|resource|sql_step|adapter|policy|schedule|subscription)\.[a-z_]+)''', 'g') k
where p.pronamespace = 'portarium_int'::regnamespace or p.pronamespace = 'portarium'::regnamespace
except
select kind from portarium_int.event_kinds();
-- every member that a type names has a shape
select k.kind, m from portarium_int.event_kinds() k cross join lateral unnest(k.members) m
except
select k.kind, s.member from portarium_int.event_kinds() k cross join portarium_int.event_members() s;
select count(*) > 30 as types, bool_and(version = 1 and schema ->> '$id' like 'urn:portarium:event:%:1') as named from portarium.event_types();
select jsonb_pretty(schema) from portarium.event_types() where type = 'portarium.adapter.enabled';
select portarium.asyncapi() ->> 'asyncapi' as version,
    (select count(*) from jsonb_object_keys(portarium.asyncapi() -> 'components' -> 'messages')) = (select count(*) from portarium.event_types()) as complete;

-- a traced run, and what others do
select portarium.register_adapter('web', 'http', '{"ok": {"method": "POST", "path": "/x", "tier": "Auto", "idempotent": true}}', 'http://127.0.0.1:1') \gset
select version from portarium.register_workflow('two', '{"StartAt": "One", "States": {
    "One": {"Type": "Task", "Resource": "portarium:action:web.ok", "TimeoutSeconds": 60, "Next": "Both"},
    "Both": {"Type": "Parallel", "End": true, "Branches": [{"StartAt": "In", "States": {"In":
        {"Type": "Task", "Resource": "portarium:action:web.ok", "TimeoutSeconds": 60, "End": true}}}]}}}');
begin;
set local portarium.traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 vendor@t=x:1, ot=th:8';
select portarium.start_run('two', '{}') as run \gset
-- what is no trace context is as if it were not there
set local portarium.traceparent = E'00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\nCookie: x';
select portarium_int.current_trace() is null as ignored;
set local portarium.traceparent = '00-00000000000000000000000000000000-b7ad6b7169203331-01';
select portarium_int.current_trace() is null as ignored;
set local portarium.traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01,a=1';
select portarium_int.current_trace() is null as ignored;
-- a tracestate that is none is left out, its traceparent stays
create function pg_temp.kept_state(p_state text) returns text language plpgsql as $$
begin
    perform set_config('portarium.traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 ' || p_state, true);
    assert left(portarium_int.current_trace(), 55) = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    return portarium_int.tracestate_of(portarium_int.current_trace());
end
$$;
select s.state, pg_temp.kept_state(s.state) is not distinct from s.state as kept
from unnest('{a=1,"a=1,b=2","a=1, b@c=x y","",a,A=1,a=,=1,"a=1,","a=1,,b=2",a=b=c,ä=1,a=ä}'::text[]) with ordinality s (state, n) order by n;
select pg_temp.kept_state(E'a=1\r\nCookie: x') is null as ignored, length(pg_temp.kept_state('a=' || repeat('x', 510))) as longest,
    pg_temp.kept_state('a=' || repeat('x', 511)) is null as too_long;
commit;
select traceparent, tracestate from portarium.runs where run_id = :'run';
select executor_id, epoch from portarium.register_executor('e', '{web}') \gset
select token, run_id as job_run, traceparent as job_trace, idempotency_key as job_key from portarium.exchange(:executor_id, :epoch, '[]', 1) \gset
select :'job_trace' = '00-0af7651916cd43dd8448eb211c80319c-' || portarium_int.state_span(:'run', 1) || '-01 vendor@t=x:1, ot=th:8' as job_is_traced;
select portarium.complete(:executor_id, :epoch, :'job_run', :token, '{"done": true}');
select token, run_id as strand, traceparent as strand_trace, idempotency_key as strand_key from portarium.exchange(:executor_id, :epoch, '[]', 1) \gset
select left(:'strand_trace', 36) = left(:'job_trace', 36) as strand_is_in_the_trace;
select portarium.complete(:executor_id, :epoch, :'strand', :token, '1');
do $$ begin perform portarium.append_evidence('app.note', '{"n": 1}'); end $$;

-- somebody seals: this session, or the worker that is at it already
create procedure pg_temp.seal() language plpgsql as $$
begin
    for i in 1 .. 1000 loop
        perform portarium_int.seal(100);
        exit when not exists (select from portarium.entries where not sealed);
        perform pg_sleep(0.01);
    end loop;
end
$$;
call pg_temp.seal();
select position, event ->> 'type' as type, event ->> 'runid' = :'run' as of_run, event ->> 'correlationid' = event ->> 'subject' as correlates_to_itself,
    case event ->> 'actionid' when :'job_key' then 'first' when :'strand_key' then 'second' end as action,
    left(event ->> 'traceparent', 36) = left(:'job_trace', 36) and length(event ->> 'traceparent') = 55 as traced, event ->> 'tracestate' as state
from portarium.events();
-- each event's data is what its type's schema says
select e.event ->> 'type' as type, e.event -> 'data' as data
from portarium.events() e
left join portarium.event_types() t on t.schema ->> '$id' = e.event ->> 'dataschema'
where t.type is null or not e.event -> 'data' ?& array(select jsonb_array_elements_text(coalesce(t.schema -> 'required', '[]')))
    or exists (select from jsonb_object_keys(e.event -> 'data') m where t.type <> 'portarium.app.*' and not t.schema -> 'properties' ? m);
-- the same entries as spans: the run's, its states', and which lies in which
set role portarium_relay;
create temporary table span as select s.* from portarium.relay_spans('spans', 100) s;
reset role;
select s.what, s.subject, s.outcome, s.trace_id = substr(:'job_trace', 4, 32) as in_trace, p.what || ' ' || p.subject as parent, s.parent_id = 'b7ad6b7169203331' as parent_is_the_callers,
    s.end_us >= s.start_us as in_order, s.span_id = substr(:'job_trace', 37, 16) as is_the_jobs,
    case s.action_id when :'job_key' then 'first' when :'strand_key' then 'second' end as action, s.error, s.trace_state
from span s left join span p on p.span_id = s.parent_id and p.trace_id is not null
where s.trace_id is not null order by s.idx, s.what;
select count(*) = count(distinct span_id) as each_has_its_own_id from span where trace_id is not null;
select count(distinct idx) = 8 as every_entry_is_seen from span;
-- that a run began is told, and is no span
select subject, outcome, count(*), bool_and(trace_id is null and span_id is null and end_us = start_us) as no_span from span where what = 'start' group by 1, 2;
-- reading goes on behind a position
select position from portarium.events('1-2', 2);
select count(*) from portarium.events('now');
select position from portarium.events(portarium.events_end());
select count(*) = (select count(*) from portarium.entries) as complete, bool_and((event ->> 'sequence')::int = split_part(position, '-', 2)::int) from portarium.events('start', 10000);
-- of one's own tenant
select portarium.bind_login(session_user, '00000000-0000-4000-8000-0000000000a2', 'bob', '{admin}') \gset
select count(*) from portarium.events();
select portarium.events_end();

-- what an operator watches
set role portarium_relay;
select name, value >= 0 as counted from portarium.relay_gauges() where name !~ '^clock' order by name;
select value from portarium.relay_gauges() where name = 'entries.unsealed';
reset role;
-- what the clock has done: PostgreSQL's statistics of functions tell it in the managed flavour, shared memory in the native one
set track_functions = 'pl';
select portarium_int.tick_step() >= 0 as ticked;
select pg_stat_force_next_flush();
select name, value >= 0 as counted from portarium.relay_gauges() where name in ('clock.ticks', 'clock.busy') order by name;
select value > 0 as ticks_are_counted from portarium.relay_gauges() where name = 'clock.ticks';
reset track_functions;

-- filters
create function pg_temp.holds(filters jsonb) returns boolean language sql as $$
    select portarium_int.filters_hold(filters, '{"type": "portarium.run.started", "subject": "abc"}') $$;
select pg_temp.holds('[]') as none, pg_temp.holds('[{"exact": {"type": "portarium.run.started"}}]') as exact,
    pg_temp.holds('[{"prefix": {"type": "portarium.run."}}, {"suffix": {"subject": "bc"}}]') as both,
    pg_temp.holds('[{"any": [{"exact": {"type": "x"}}, {"suffix": {"type": ".started"}}]}]') as any,
    pg_temp.holds('[{"all": [{"exact": {"subject": "abc"}}, {"not": {"exact": {"type": "x"}}}]}]') as all;
select pg_temp.holds('[{"exact": {"type": "x"}}]') as exact, pg_temp.holds('[{"prefix": {"runid": "a"}}]') as missing,
    pg_temp.holds('[{"any": []}]') as any, pg_temp.holds('[{"not": {"prefix": {"type": "portarium."}}}]') as not,
    pg_temp.holds('[{"prefix": {"type": "portarium.", "subject": "x"}}]') as every_attribute;

-- subscriptions
select portarium.bind_login(session_user, '00000000-0000-4000-8000-0000000000a1', 'ann', '{admin}') \gset
select portarium.subscribe('all', 'http://127.0.0.1:9/all', after => 'start', max_attempts => 2);
select portarium.subscribe('ends', 'https://example.org/hook?x=1', 'binary', '[{"exact": {"type": "portarium.run.succeeded"}}]', 'key', 'start');
call pg_temp.seal();
select name, mode, state, agreed, position, behind, failures, last_error from portarium.subscriptions order by name;

-- two relays share them, one each
set role portarium_relay;
select name, url, mode, credential, agreed, lease from portarium.relay_lease(1, 60000);
select name, url, mode, credential, agreed, lease from portarium.relay_lease(5, 60000);
select count(*) from portarium.relay_lease(5, 60000);
-- the subscriber agrees; then the events come in order, and those that it does not want as nothing
select portarium.relay_report('00000000-0000-4000-8000-0000000000a1', 'ends', 1, null, null, 'agreed', wait_ms => 600);
select name, agreed, rate, lease from portarium.relay_lease(5, 60000);
select idx, event ->> 'type' as type from portarium.relay_events('00000000-0000-4000-8000-0000000000a1', 'ends', 2, 100);
select portarium.relay_report('00000000-0000-4000-8000-0000000000a1', 'ends', 2, 1, 4, 'delivered');
-- the lease is over: nothing is read or moved by it
select count(*) from portarium.relay_events('00000000-0000-4000-8000-0000000000a1', 'ends', 2, 100);
select portarium.relay_report('00000000-0000-4000-8000-0000000000a1', 'ends', 2, 1, 5, 'delivered');
select name, lease from portarium.relay_lease(5, 60000);
-- a cursor never goes back
select portarium.relay_report('00000000-0000-4000-8000-0000000000a1', 'ends', 3, 1, 3, 'delivered');
-- some went out, then one failed: it is due again later
select portarium.relay_report('00000000-0000-4000-8000-0000000000a1', 'ends', 3, 1, 5, 'failed', 'HTTP status 500', 60000);
reset role;
select name, agreed, position, failures, last_error, retry_at between now() + interval '50 s' and now() + interval '2 min' as later, delivered_at is not null as delivered
from portarium.subscriptions where name = 'ends';
-- one that never agrees is given up
set role portarium_relay;
select portarium.relay_report('00000000-0000-4000-8000-0000000000a1', 'all', 1, null, null, 'failed', 'HTTP status 404', 60000);
select count(*) from portarium.relay_lease(5, 60000);
reset role;
update portarium_data.subscription set due_at = now();
set role portarium_relay;
select name, failures, lease from portarium.relay_lease(5, 60000) order by name;
select portarium.relay_report('00000000-0000-4000-8000-0000000000a1', 'all', 2, null, null, 'failed', 'HTTP status 404', 60000);
reset role;
select state, agreed from portarium.subscriptions where name = 'all';
-- subscribing again gives it another chance; an event that is refused too often is a dead letter, and the next ones go on
select portarium.subscribe('all', 'http://127.0.0.1:9/all', 'batch', max_attempts => 2);
set role portarium_relay;
select name, mode, agreed, lease from portarium.relay_lease(5, 60000);
select portarium.relay_report('00000000-0000-4000-8000-0000000000a1', 'all', 4, null, null, 'agreed');
select lease from portarium.relay_lease(5, 60000);
select portarium.relay_report('00000000-0000-4000-8000-0000000000a1', 'all', 5, 1, 2, 'failed', 'HTTP status 400', 60000);
reset role;
update portarium_data.subscription set due_at = now();
set role portarium_relay;
select failures, lease from portarium.relay_lease(5, 60000) where name = 'all';
select portarium.relay_report('00000000-0000-4000-8000-0000000000a1', 'all', 6, 1, 2, 'failed', 'HTTP status 400', 60000);
reset role;
select state, position, failures, last_error from portarium.subscriptions where name = 'all';
select subscription, position, attempts, reason from portarium.dead_letters;
-- replay from behind a position: a lease that is out is void, dead letters behind it are sent again
select portarium.replay_subscription('all', '1-0');
select state, position, failures from portarium.subscriptions where name = 'all';
select count(*) from portarium.dead_letters;
select portarium.replay_subscription('all');
call pg_temp.seal();
set role portarium_relay;
select name, lease from portarium.relay_lease(5, 60000);
select min(idx), count(*) from portarium.relay_events('00000000-0000-4000-8000-0000000000a1', 'all', 9, 100);
-- 410: never again
select portarium.relay_report('00000000-0000-4000-8000-0000000000a1', 'all', 9, null, null, 'gone', 'HTTP status 410');
reset role;
select state from portarium.subscriptions where name = 'all';
select portarium.unsubscribe('all');
select name from portarium.subscriptions;

-- refused: UP007 what means nothing, UP205 who may not, UP406 what is not there
\set VERBOSITY sqlstate
select portarium.events('later');
select portarium.events('start', 0);
select portarium.subscribe('no', 'ftp://example.org/');
select portarium.subscribe('no', 'https://user:word@example.org/');
select portarium.subscribe('no', 'https://example.org/', 'mail');
select portarium.subscribe('no', 'https://example.org/', filters => '[{"like": {"type": "x"}}]');
select portarium.subscribe('no', 'https://example.org/', filters => '[{"exact": {"type": 1}}]');
select portarium.subscribe('no', 'https://example.org/', filters => '{}');
select portarium.subscribe('no', 'https://example.org/', credential => '../key');
select portarium.subscribe('no', 'https://example.org/', max_attempts => 0);
select portarium.unsubscribe('all');
select portarium.replay_subscription('all');
select portarium.replay_subscription('ends', 'here');
select portarium.relay_lease(0, 60000);
select portarium.relay_report('00000000-0000-4000-8000-0000000000a1', 'ends', 1, 1, 1, 'perhaps');
select portarium.bind_login(session_user, '00000000-0000-4000-8000-0000000000a1', 'eve', '{requester}') \gset
select portarium.subscribe('mine', 'https://example.org/');
select portarium.unsubscribe('ends');
set role portarium_app;
select portarium.relay_lease(1, 60000);
reset role;
