-- SPDX-License-Identifier: PostgreSQL
-- explain_run: the causes that no other file has, and that what it says would move a run does move it.
\i test/pgtap/include/engine.sql
select plan(15);

create function pg_temp.why(p_run uuid) returns text language sql as $$
    select concat_ws(': ', reason, moves_when) from portarium.explain_run(p_run)
$$;
select portarium.register_workflow('post', pg_temp.task('post'));

-- ended
select portarium.start_run('post') as run \gset
select pg_temp.work('{"error": "E"}');
select is(pg_temp.why(:'run'), 'ended: portarium.retry_run has it go on where it ended', 'a run that failed goes on when a person says so');
select is(portarium.retry_run(:'run'), 'RUNNING', 'and does');
select is(pg_temp.why(:'run'), 'queued: an executor claims it', 'and waits for an executor');
select is((select count(*) from pg_temp.exchange()), 1::bigint, 'which claims it');
select is(pg_temp.why(:'run'), 'executing: it acknowledges, or its lease ends', 'and is at work');
select pg_temp.exchange((select jsonb_agg(jsonb_build_object('run_id', run_id, 'token', token, 'output', 1)) from portarium_data.lease), 0);
select is(pg_temp.why(:'run'), 'ended', 'a run that succeeded is moved by nothing');

-- set aside
select portarium.register_workflow('wait', '{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "Next": "T"}, "T": {"Type": "Task", "Resource": "portarium:action:ledger.post", "End": true}}}');
select portarium.start_run('wait') as run \gset
select is(pg_temp.why(:'run'), 'wait: its time has come', 'a run that waits');
create temp table mended as select * from definition_state where name = 'T';
delete from definition_state where name = 'T';
select pg_temp.let_time_pass();
select is(pg_temp.why(:'run'), 'set_aside: once the cause is mended, portarium.pause_run and portarium.resume_run have it planned anew', 'which the clock could not move');
select is((select message || ' ' || (facts ->> 'what') || ' ' || (facts ->> 'sqlstate') from portarium.explain_run(:'run')),
    'the clock could not go on with it: compiled state "T" is missing wait UP901', 'the message says why');
do $$
declare v_columns text := (select string_agg(quote_ident(attname), ', ') from pg_attribute where attrelid = 'definition_state'::regclass and attnum > 0 and attgenerated = '');
begin
    execute format('insert into definition_state (%1$s) select %1$s from mended', v_columns);
end $$;
select portarium.pause_run(:'run'), portarium.resume_run(:'run');
select is(pg_temp.why(:'run'), 'wait: its time has come', 'mended, it is planned anew');
select pg_temp.let_time_pass();
select is(pg_temp.why(:'run'), 'queued: an executor claims it', 'and goes on');

-- many steps in one transaction; made up, because that takes a hundred rounds
delete from portarium_data.ready;
insert into portarium_data.timer (due, tenant_id, run_id, epoch, kind) select now(), tenant_id, run_id, epoch, 'again' from run where run_id = :'run';
select is(pg_temp.why(:'run'), 'continuing: the clock goes on with it', 'a run that has taken many steps');
select portarium_int.tick_step();
select is(pg_temp.why(:'run'), 'queued: an executor claims it', 'goes on by the clock');
select portarium.cancel_run(:'run');
select is(pg_temp.why(:'run'), 'ended: portarium.retry_run has it go on where it ended', 'a run that was cancelled');
select is(portarium.retry_run(:'run'), 'RUNNING', 'goes on, too');

select * from finish();
rollback;
