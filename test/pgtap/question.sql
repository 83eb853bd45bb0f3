-- SPDX-License-Identifier: PostgreSQL
-- An action whose outcome nobody knows: its adapter is asked when it declares how, and the run goes on with the answer. Nothing is done again
-- unless it was said not to have happened and the document wants it.
\i test/pgtap/include/engine.sql
select plan(48);

create function pg_temp.register(p_reconcile text, p_asks text default '"idempotent": true') returns void language sql as $$
    select portarium.register_adapter('ledger', 'http', format('{
        "wire": {"method": "POST", "path": "/wires", "reconcile": %s},
        "find": {"method": "GET", "path": "/wires/{idempotency_key}", "timeout_ms": 7000, %s}}', p_reconcile, p_asks)::jsonb, 'http://127.0.0.1:1')
$$;
select throws_ok(format('select pg_temp.register(%L)', r), 'UP007', null, r || ' is refused')
from unnest(array['7', '{}', '{"operation": "find"}', '{"absent": "L.No"}', '{"operation": "find", "absent": ""}', '{"operation": "find", "absent": 7}',
    '{"operation": "wire", "absent": "L.No"}', '{"operation": "none", "absent": "L.No"}', '{"operation": "find", "absent": "L.No", "more": 1}']) r;
select throws_ok(format('select pg_temp.register(%L, %L)', '{"operation": "find", "absent": "L.No"}', a), 'UP007', null, a || ' cannot ask')
from unnest(array['"idempotent": false', '"idempotent": true, "tier": "Assisted"', '"idempotent": true, "requires": ["eyes"]']) a;
select lives_ok($$ select pg_temp.register('{"operation": "find", "absent": "Ledger.Absent"}') $$, 'another, idempotent operation and the error that says no');
select is((select reconcile from portarium.capabilities where operation = 'wire'), '{"operation": "find", "absent": "Ledger.Absent"}'::jsonb, 'are in the matrix');

-- A run whose action's outcome nobody knows: its executor said so, or was lost.
create function pg_temp.unknown(p_workflow text, p_lost boolean default false) returns uuid language plpgsql as $$
declare
    v_run uuid := portarium.start_run(p_workflow, '{"amount": 7}');
begin
    if p_lost then
        perform pg_temp.exchange();
        update portarium_data.lease set until = '-infinity';
        perform portarium_int.tick_step();
    else
        perform pg_temp.work('{"unknown": true, "cause": "the line broke"}');
    end if;
    return v_run;
end
$$;
create function pg_temp.seconds_to_ask(p_run uuid) returns int language sql as $$
    select round(extract(epoch from due - clock_timestamp()))::int from portarium_data.timer t where t.run_id = p_run and kind = 'ask'
        and t.epoch = (select epoch from run r where r.run_id = p_run)
$$;
create function pg_temp.broken() returns bigint language sql as $$ select count(*) from portarium.check_invariants() $$;
select portarium.register_workflow('wire', pg_temp.task('wire', '{"Parameters": {"iban.$": "States.Format(''N{}'', $.amount)"}}'));
select portarium.register_workflow('again', pg_temp.task('wire', '{"Retry": [{"ErrorEquals": ["Portarium.NotDone"], "IntervalSeconds": 1}]}'));

-- asked, and it was done
select pg_temp.unknown('wire') as run \gset
select is(pg_temp.state(:'run'), 'UNKNOWN Portarium.UnknownOutcome', 'the run is parked');
select is(pg_temp.work('{"output": 1}'), null, 'nothing is dispatched');
select ok(pg_temp.seconds_to_ask(:'run') between 1 and 2, 'it is asked soon');
select is(why.facts - 'due', '{"asks": "find"}'::jsonb, 'explain_run says by what') from portarium.explain_run(:'run') why;
select pg_temp.let_time_pass();
select is(pg_temp.broken(), 0::bigint, 'a question is the one thing that moves it');
select operation, input, idempotency_key, spec, timeout_ms, token from pg_temp.exchange() \gset
select is(:'operation'::text, 'find', 'the question is a job for the operation that asks');
select is(:'input'::jsonb, jsonb_build_object('iban', 'N7', 'idempotency_key', :'run' || ':Do:1'), 'with what the action had, and its key');
select is(:'idempotency_key'::text, :'run' || ':Do:1', 'which is the job''s, too');
select is(:'spec'::jsonb -> 'path', '"/wires/{idempotency_key}"', 'it is described as any job');
select is(:timeout_ms, 7000, 'and has its own time');
select is(why.facts ->> 'executor', 'e1', 'explain_run says who asks') from portarium.explain_run(:'run') why;
select is((select state from portarium.heartbeat(current_setting('t.executor')::int, current_setting('t.epoch')::int, array[:token]::bigint[])), 'ok', 'a heartbeat renews it');
select is((select count(*) from pg_temp.exchange(jsonb_build_array(jsonb_build_object('run_id', :'run', 'token', :token, 'output', '{"found": 1}'::jsonb)), 0)), 0::bigint,
    'the answer is taken');
select is((select output from portarium.runs where run_id = :'run'), '{"found": 1}'::jsonb, 'and is the action''s output');
select is(pg_temp.kinds(:'run'), 'run.started action.unknown action.asked run.succeeded', 'all of it is in evidence');
select is((select actor from portarium.run_history(:'run') where kind = 'run.succeeded'), 'executor:e1', 'with who asked');

-- it was not done: what the document says
select pg_temp.unknown('wire', true) as run \gset
select pg_temp.let_time_pass();
select is(pg_temp.work('{"error": "Ledger.Absent", "cause": "404"}'), 'find', 'a lost executor''s effect is asked after');
select is(pg_temp.state(:'run'), 'FAILED Portarium.NotDone', 'what has not happened is an error');
select pg_temp.unknown('again') as run \gset
select pg_temp.let_time_pass();
select is(pg_temp.work('{"error": "Ledger.Absent"}'), 'find', 'that');
select is(pg_temp.work('{"output": 1}'), null, 'only a Retry');
select pg_temp.let_time_pass();
select is(pg_temp.work('{"output": 1}'), 'wire', 'has done again');
select is(pg_temp.kinds(:'run'), 'run.started action.unknown action.asked action.reconciled action.retried run.succeeded', 'by the book');

-- no answer
select pg_temp.unknown('wire') as run \gset
update entry set at = at - interval '10 min' where stream_id = :'run' and kind = 'action.unknown';
select pg_temp.let_time_pass();
select is(pg_temp.work('{"error": "Http.503", "cause": "down"}'), 'find', 'any other error');
select is(pg_temp.state(:'run') || ', ' || (select cause from portarium.runs where run_id = :'run'), 'UNKNOWN Portarium.UnknownOutcome, Http.503: down', 'is no answer');
select ok(pg_temp.seconds_to_ask(:'run') between 590 and 610, 'it is asked again after as long as nobody has known');
select pg_temp.let_time_pass();
select pg_temp.exchange();
update portarium_data.lease set until = '-infinity';
select portarium_int.tick_step();
select ok(pg_temp.seconds_to_ask(:'run') between 590 and 610, 'so it is when who asks is lost');
select is(pg_temp.broken(), 0::bigint, 'and all invariants hold');
select portarium.pause_run(:'run');
select pg_temp.let_time_pass();
select is(pg_temp.work('{"output": 1}'), null, 'a paused run is not asked about');
select portarium.resume_run(:'run');
select ok(pg_temp.seconds_to_ask(:'run') between 590 and 610, 'a resumed one is');
update entry set at = at - interval '1 day' where stream_id = :'run' and kind = 'action.unknown';
select pg_temp.let_time_pass();
select is(pg_temp.work('{"unknown": true, "cause": "?"}'), 'find', 'after a day');
select is(pg_temp.seconds_to_ask(:'run'), null, 'it is left to a person');

-- a person is faster
select pg_temp.let_time_pass();
select pg_temp.unknown('wire') as other \gset
select pg_temp.let_time_pass();
select token from pg_temp.exchange() \gset
select is(portarium.reconcile_run(:'other', '{"by": "hand"}') || ' ' || (select kind from pg_temp.exchange(
    jsonb_build_array(jsonb_build_object('run_id', :'other', 'token', :token, 'output', 1)), 0)), 'SUCCEEDED stale', 'a person decides at any time, and the answer is stale');
-- a tenant's own worker is asked as any executor is
select portarium.register_adapter('text', 'worker', '{"send": {"reconcile": {"operation": "seek", "absent": "Text.No"}}, "seek": {"idempotent": true}}');
select portarium.admit_worker('counter', '{text}');
select portarium.register_workflow('send', replace(pg_temp.task('wire')::text, 'ledger.wire', 'text.send')::jsonb);
select portarium.start_run('send') as sent \gset
select pg_temp.be('counter', 'worker');
select epoch from portarium.worker_register('1') \gset worker_
select token from portarium.worker_exchange(:worker_epoch) \gset
select portarium.worker_exchange(:worker_epoch, jsonb_build_array(jsonb_build_object('run_id', :'sent', 'token', :token, 'unknown', true)), 0);
select pg_temp.let_time_pass();
select operation, token from portarium.worker_exchange(:worker_epoch) \gset
select is(:'operation'::text, 'seek', 'a worker is asked, too');
select portarium.worker_exchange(:worker_epoch, jsonb_build_array(jsonb_build_object('run_id', :'sent', 'token', :token, 'output', 1)), 0);
select pg_temp.be('ada', 'admin', 'operator');
select is(pg_temp.state(:'sent'), 'SUCCEEDED', 'and answers');
select * from finish();
rollback;
