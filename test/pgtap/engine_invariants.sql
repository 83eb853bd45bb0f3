-- SPDX-License-Identifier: PostgreSQL
-- check_invariants: silent over runs in every state, and not over any of the damages that it knows.
\i test/pgtap/include/engine.sql
select plan(35);

create function pg_temp.broken() returns text[] language sql as $$
    select array(select invariant || ': ' || detail from portarium.check_invariants() order by 1)
$$;
-- What is found after a damage, which is undone again.
create function pg_temp.found(p_damage text) returns text language plpgsql as $$
declare
    v_found text[];
begin
    begin
        execute p_damage;
        v_found := array(select distinct invariant from portarium.check_invariants() order by 1);
        raise sqlstate 'UP000';
    exception when sqlstate 'UP000' then
        return array_to_string(v_found, ', ');
    end;
end
$$;
-- Every number in a job's token and time differs, so damages are made by run.
create function pg_temp.run_of(p_name text) returns uuid language sql as $$ select run_id from run where workflow = p_name and root_id is null $$;

select is(pg_temp.broken(), '{}', 'nothing is wrong with nothing');
select portarium.register_workflow('queued', pg_temp.task('post')), portarium.register_workflow('leased', pg_temp.task('post')),
    portarium.register_workflow('parked', pg_temp.task('wire')), portarium.register_workflow('gated', pg_temp.task('grant')),
    portarium.register_workflow('timed', '{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": true}}}'),
    portarium.register_workflow('ended', '{"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}'),
    portarium.register_workflow('forked', '{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [
        {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 60, "End": true}}}, {"StartAt": "B", "States": {"B": {"Type": "Pass", "End": true}}}]}}}');

select portarium.start_run('parked');
select pg_temp.work('{"unknown": true, "cause": "no answer"}');
select is(pg_temp.broken(), '{}', 'a run whose outcome is unknown is held by nothing');
select portarium.register_workflow('undoes', '{"StartAt": "A", "States": {
    "A": {"Type": "Task", "Resource": "portarium:action:ledger.post", "Next": "B", "Catch": [{"ErrorEquals": ["Portarium.Compensate"], "Next": "U"}]}, "U": {"Type": "Wait", "Seconds": 60, "End": true},
    "B": {"Type": "Task", "Resource": "portarium:action:ledger.post", "Next": "F", "Catch": [{"ErrorEquals": ["Portarium.Compensate"], "Next": "V"}]}, "V": {"Type": "Wait", "Seconds": 60, "End": true},
    "F": {"Type": "Fail"}}}');
select portarium.start_run('undoes');
select pg_temp.work('{"output": 1}'), pg_temp.work('{"output": 2}');
select is(pg_temp.broken(), '{}', 'a run that undoes what it has done');
select portarium.start_run('leased');
select pg_temp.exchange();
select is(pg_temp.broken(), '{}', 'a run at work');
select portarium.start_run('queued', idempotency_key => 'k');
select portarium.start_run('gated'), portarium.start_run('timed'), portarium.start_run('ended', to_jsonb(repeat('x', 400))), portarium.start_run('forked');
select is(pg_temp.broken(), '{}', 'runs that wait for an executor, a person, a time and their strands');
select portarium.pause_run(pg_temp.run_of('queued')), portarium.pause_run(pg_temp.run_of('forked')), portarium.pause_run(pg_temp.run_of('gated'));
select is(pg_temp.broken(), '{}', 'paused runs');
select portarium.resume_run(pg_temp.run_of('queued')), portarium.resume_run(pg_temp.run_of('forked')), portarium.resume_run(pg_temp.run_of('gated'));
select is(pg_temp.broken(), '{}', 'resumed runs');

-- damages
select is(pg_temp.found(format('update run set held = ''hold'' where root_id = %L', pg_temp.run_of('forked'))), 'a strand is as its run', 'a strand is left paused');
select is(pg_temp.found(format('delete from portarium_data.lease where run_id = %L', pg_temp.run_of('leased'))), 'one thing moves a run', 'a lease is lost');
select is(pg_temp.found(format('delete from portarium_data.ready where run_id = %L', pg_temp.run_of('queued'))), 'one thing moves a run', 'a job is lost');
select is(pg_temp.found(format('insert into portarium_data.ready select * from portarium_data.ready where run_id = %L', pg_temp.run_of('queued'))), 'one thing moves a run', 'a job is there twice');
select is(pg_temp.found(format('insert into portarium_data.lease select slot, token + 1, tenant_id, run_id, epoch, executor_id, executor_epoch, until from portarium_data.lease where run_id = %L',
    pg_temp.run_of('leased'))), 'one thing moves a run', 'a job is leased twice');
select is(pg_temp.found(format('delete from portarium_data.timer where run_id = %L', pg_temp.run_of('timed'))), 'one thing moves a run', 'a timer is lost');
select is(pg_temp.found(format('update approval set status = %L, decided_at = now() where run_id = %L', 'CLOSED', pg_temp.run_of('gated'))), 'one thing moves a run', 'an approval is closed');
select is(pg_temp.found(format('update strand set status = %L where run_id = %L and status = %L', 'ABORTED', pg_temp.run_of('forked'), 'RUNNING')),
    'a strand is as its run, one thing moves a run', 'a strand is forgotten');
select is(pg_temp.found(format('update run set state = %L, ended_at = now() where parent_id = %L and state = %L', 'ABORTED', pg_temp.run_of('forked'), 'RUNNING')),
    'a strand is as its run, one thing moves a run', 'a strand''s run has ended unnoticed');
select is(pg_temp.found(format('update run set state = %L where run_id = %L', 'UNKNOWN', pg_temp.run_of('leased'))), 'one thing moves a run', 'a parked run is moved on');
select is(pg_temp.found(format('update run set state = %L where run_id = %L', 'RUNNING', pg_temp.run_of('ended'))), 'an end is an end, one thing moves a run', 'an ended run goes on');
select is(pg_temp.found(format('update run set ended_at = null where run_id = %L', pg_temp.run_of('ended'))), 'an end is an end', 'an end without a time');
select is(pg_temp.found(format('update run set state = %L, ended_at = now() where run_id = %L', 'FAILED', pg_temp.run_of('gated'))),
    'an end is an end, one thing moves a run', 'an approval outlives its run');
select is(pg_temp.found(format('update run set epoch = epoch + 1 where run_id = %L', pg_temp.run_of('ended'))), 'each transition has its entry', 'a transition without an entry');
select is(pg_temp.found(format('update entry set seq = 7 where stream_id = %L', pg_temp.run_of('ended'))), 'each transition has its entry', 'an entry out of order');
select is(pg_temp.found(format('update entry set canon = %L where stream_id in (%L, %L)', '{"token":1}', pg_temp.run_of('ended'), pg_temp.run_of('timed'))),
    'a token moves a run once', 'a token of two transitions');
select is(pg_temp.found('update portarium_data.executor set epoch = epoch + 1'), 'an older epoch holds nothing', 'an executor of an older epoch');
select is(pg_temp.found('update portarium_data.lane_hot set low_water = 9e18; update portarium_data.ready set pass = 1'), 'a lane hides no job', 'a mark above a job');
select is(pg_temp.found('delete from portarium_data.lane_hot; update portarium_data.ready set pass = 1'), 'a lane hides no job', 'a job without its lane');
select is(pg_temp.found('update idempotency set run_id = gen_random_uuid()'), 'a key names a run', 'a key of no run');
select is(pg_temp.found('delete from payload'), 'a payload is there', 'a payload is lost');
select is(pg_temp.found('delete from compensation where state = ''A'''), 'what was done can be undone', 'a step is forgotten');
select is(pg_temp.found('delete from compensation where state = ''B'''), 'what was done can be undone', 'so is the one that is being undone');
select is(pg_temp.found('update compensation set status = ''DONE'' where state = ''A'''), 'undoing goes backwards', 'the first step is undone first');
select is(pg_temp.found('update compensation set status = ''RUNNING'''), 'undoing goes backwards', 'two steps are undone at once');
select is(pg_temp.found('update compensation set status = ''FAILED'' where state = ''B'''), 'undoing goes backwards', 'a step could not be undone and the run goes on');
select is(pg_temp.found(format('update run set state = %L, ended_at = now() where run_id = %L; update run set state = %1$L, ended_at = now() where root_id = %2$L; update strand set status = %1$L where run_id = %2$L;
    update compensation set status = %3$L', 'FAILED', pg_temp.run_of('undoes'), 'PUSHED')), 'one thing moves a run, undoing goes backwards', 'a run has failed and not undone what it has done');
select ok(not has_function_privilege('portarium_app', 'portarium.check_invariants()', 'execute'), 'applications may not ask');

select * from finish();
rollback;
