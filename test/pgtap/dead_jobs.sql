-- SPDX-License-Identifier: PostgreSQL
-- Dead letters: what dispatch gives up on, how it is seen, replayed and put away.
\i test/pgtap/include/engine.sql
select plan(34);

select portarium.register_workflow('post', pg_temp.task('post'));
select portarium.register_workflow('caught', jsonb_set(pg_temp.task('post', '{"Catch": [{"ErrorEquals": ["Portarium.ExecutorLost"], "Next": "Else"}]}'), '{States,Else}', '{"Type": "Succeed"}'));
select portarium.register_workflow('wire', pg_temp.task('wire'));
select portarium.register_workflow('wait', '{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "Next": "P"}, "P": {"Type": "Pass", "End": true}}}');
-- Claims what there is and is lost, so many times.
create function pg_temp.lose(p_times int) returns void language plpgsql as $$
begin
    for i in 1 .. p_times loop
        perform pg_temp.exchange('[]', 10);
        update portarium_data.lease set until = '-infinity';
        perform portarium_int.tick_step();
    end loop;
end
$$;
create function pg_temp.letters() returns text language sql as $$
    select string_agg(concat_ws(' ', what, sqlstate, state, current_state), ', ' order by at) from portarium.dead_jobs
$$;

-- lost too often
select portarium.start_run('post') as lost \gset
select pg_temp.lose(5);
select is(pg_temp.state(:'lost'), 'RUNNING', 'a job is lost five times and done again');
select is(pg_temp.letters(), null, 'and is not given up');
select pg_temp.lose(1);
select is(pg_temp.state(:'lost'), 'FAILED Portarium.ExecutorLost', 'the sixth time it is');
select is(pg_temp.letters(), 'exhausted UP301 FAILED Do', 'which is a dead letter');
select is((select message from portarium.dead_jobs), 'the job of state "Do" was lost five times', 'that says why');
select is((select finding from portarium.health() where subject = 'quarantine'), '1 jobs or timers were given up: see portarium.dead_jobs', 'health knows of it');
select is(portarium.replay_job(:'lost'), 'RUNNING', 'replayed, it is given out again');
select is(pg_temp.letters(), null, 'and is a dead letter no longer');
select is(pg_temp.work('{"output": 1}'), 'post', 'an executor has it');
select is(pg_temp.state(:'lost'), 'SUCCEEDED', 'and does it');
select is((select string_agg(distinct actor, ' ') from portarium.run_history(:'lost') where kind in ('run.retried', 'action.retried')), 'ada', 'evidence says who wanted that');
select throws_ok(format('select portarium.replay_job(%L)', :'lost'), 'UP401', format('nothing of run "%s" was given up', :'lost'), 'once');

-- what goes on by itself is none
select portarium.start_run('caught') as caught \gset
select pg_temp.lose(6);
select is(pg_temp.state(:'caught'), 'SUCCEEDED', 'a document may catch it');
select is(pg_temp.letters(), null, 'then it is none');
select portarium.start_run('wire') as wire \gset
select pg_temp.lose(1);
select is(pg_temp.state(:'wire'), 'UNKNOWN Portarium.UnknownOutcome', 'what may not be repeated is parked');
select is(pg_temp.letters(), null, 'and is none');

-- a timer whose handling fails: the state that it leads to is missing
select portarium.start_run('wait') as waits \gset
create temp table spare as select * from definition_state where name = 'P' and def_id = (select def_id from run where run_id = :'waits');
delete from definition_state d using spare s where d.def_id = s.def_id and d.name = 'P';
set client_min_messages = error;
select pg_temp.let_time_pass();
reset client_min_messages;
select is(pg_temp.state(:'waits'), 'RUNNING', 'a timer cannot be handled');
select is(pg_temp.letters(), 'wait UP901 RUNNING W', 'which is a dead letter');
select is((select reason from portarium.explain_run(:'waits')), 'set_aside', 'the run says so');
select throws_ok(format('select portarium.replay_job(%L)', :'waits'), 'UP901', null, 'replaying it fails again');
select is(pg_temp.letters(), 'wait UP901 RUNNING W', 'and it stays');
insert into definition_state (tenant_id, def_id, name, type, is_end, needs_ctx, discards_result) select tenant_id, def_id, name, type, is_end, needs_ctx, discards_result from spare;
select is(portarium.replay_job(:'waits'), 'SUCCEEDED', 'mended, it goes on');
select is((select actor from portarium.run_history(:'waits') where kind = 'run.succeeded'), 'ada', 'in the name of who wanted it');
select is((select string_agg(invariant, ',') from portarium.check_invariants()), null, 'nothing is out of joint');

-- put away
select portarium.start_run('post') as left \gset
select pg_temp.lose(6);
select is(pg_temp.letters(), 'exhausted UP301 FAILED Do', 'another one');
select lives_ok(format('select portarium.discard_job(%L)', :'left'), 'is put away');
select is(pg_temp.letters(), null, 'and is there no longer');
select is((select body ->> 'run' from portarium.entries where kind = 'job.discarded'), :'left', 'with an entry');
select is(pg_temp.state(:'left'), 'FAILED Portarium.ExecutorLost', 'the run stays as it is');
select throws_ok(format('select portarium.discard_job(%L)', :'left'), 'UP401', null, 'once');

-- not by everybody, and not another tenant's
select portarium.start_run('post') as mine \gset
select pg_temp.lose(6);
select pg_temp.be('eve', 'requester');
select throws_ok(format('select portarium.replay_job(%L)', :'mine'), 'UP205', null, 'not by everybody');
select pg_temp.be_in(current_setting('t.other')::uuid, 'eve', 'admin', 'operator');
select is(pg_temp.letters(), null, 'another tenant sees none of it');
select throws_ok(format('select portarium.replay_job(%L)', :'mine'), 'UP401', format('run "%s" does not exist', :'mine'), 'and replays none');
select throws_ok(format('select portarium.discard_job(%L)', :'mine'), 'UP401', null, 'nor puts any away');

select * from finish();
rollback;
