-- SPDX-License-Identifier: PostgreSQL
-- Control over many runs.
\i test/pgtap/include/engine.sql
select plan(27);

select portarium.register_workflow('post', pg_temp.task('post'));
select portarium.register_workflow('other', pg_temp.task('post'));
select portarium.start_runs('post', array['1', '2', '3']::jsonb[]);
select portarium.start_run('other') as other \gset
select is((select count(*) from portarium.control_runs('cancel', '{"workflow": "post"}')), 3::bigint, 'a dry run names the runs');
select is((select count(*) from portarium.runs where state = 'RUNNING'), 4::bigint, 'and does nothing');
select is((select string_agg(state || '>' || outcome, ' ') from portarium.control_runs('pause', '{"workflow": "post"}', many => 2, dry_run => false)),
    'RUNNING>PAUSED RUNNING>PAUSED', 'at most as many as asked are paused, oldest first');
select is((select string_agg(outcome, ' ') from portarium.control_runs('resume', '{"state": "PAUSED"}', dry_run => false)), 'RUNNING RUNNING', 'and resumed by their state');
select is((select count(*) from portarium.control_runs('cancel', '{"workflow": "post", "started_before": "2000-01-01"}', dry_run => false)), 0::bigint, 'all members must hold');
select is((select string_agg(distinct outcome, ' ') from portarium.control_runs('cancel', '{"workflow": "post"}', dry_run => false, reason => 'enough')), 'ABORTED', 'cancelled');
select is(pg_temp.state(:'other'), 'RUNNING', 'others are left alone');
select portarium.start_run('post') as fresh \gset
select is((select string_agg(left(outcome, 7), ' ' order by outcome collate "C") from portarium.control_runs('retry', '{"workflow": "post"}', dry_run => false)),
    'RUNNING RUNNING RUNNING UP101 r', 'a run that refuses does not hold up the others');
select is((select count(*) from portarium.entries where kind = 'run.aborted' and actor = 'ada'), 3::bigint, 'each is in evidence');
select throws_ok($$select * from portarium.control_runs('burn', '{"workflow": "post"}')$$, 'UP007', null, 'an action that is none');
select throws_ok($$select * from portarium.control_runs('cancel', '{}')$$, 'UP007', null, 'no filter at all');
select throws_ok($$select * from portarium.control_runs('cancel', '{"colour": "red"}')$$, 'UP007', null, 'a member that is none');
select throws_ok($$select * from portarium.control_runs('cancel', '{"workflow": "post"}', many => 0)$$, 'UP007', null, 'a batch without a size');
-- migrating, and options
select portarium.register_workflow('moves', pg_temp.task('post')), portarium.register_workflow('moves', '{"StartAt": "Start", "States": {"Start": {"Type": "Wait", "Seconds": 9, "Next": "Do"}, "Do": {"Type": "Task", "Resource": "portarium:action:ledger.post", "End": true}}}'),
    portarium.register_workflow('moves', '{"StartAt": "Done", "States": {"Done": {"Type": "Task", "Resource": "portarium:action:ledger.post", "End": true}}}');
select portarium.start_runs('moves@1', array['1', '2']::jsonb[]);
select portarium.start_run('moves@2') as waiting \gset
select is((select string_agg(coalesce(left(outcome, 5), 'would'), ' ' order by outcome) from portarium.control_runs('migrate', '{"workflow": "moves"}', options => '{"version": 3, "states": {"Do": "Done"}}')),
    'UP112 would would', 'a dry run says which runs could not be migrated');
select is((select outcome ~ 'STATE_MISSING.*/States/Start' from portarium.control_runs('migrate', '{"workflow": "moves"}', options => '{"version": 3, "states": {"Do": "Done"}}') where run_id = :'waiting'), true, 'and why');
select is((select count(*) from portarium.entries where kind = 'run.migrated'), 0::bigint, 'and does nothing');
select is((select string_agg(left(outcome, 7), ' ' order by outcome collate "C") from portarium.control_runs('migrate', '{"workflow": "moves"}', dry_run => false, options => '{"version": 3, "states": {"Do": "Done"}}')),
    'RUNNING RUNNING UP112 r', 'those that can are migrated');
select is((select string_agg(left(outcome, 5), ' ') from portarium.control_runs('migrate', '{"workflow": "other"}', options => '{"version": 3}')), 'UP402', 'a workflow without that version');
select throws_ok($$select * from portarium.control_runs('migrate', '{"workflow": "moves"}')$$, 'UP007', null, 'a migration without a version');
select throws_ok($$select * from portarium.control_runs('migrate', '{"workflow": "moves"}', options => '{"version": "new"}')$$, 'UP007', null, 'or to none');
select throws_ok($$select * from portarium.control_runs('migrate', '{"workflow": "moves"}', options => '{"version": 3, "states": []}')$$, 'UP007', null, 'or with a map that is none');
select throws_ok($$select * from portarium.control_runs('pause', '{"workflow": "moves"}', options => '{"version": 3}')$$, 'UP007', null, 'an option of another action');
select throws_ok($$select * from portarium.control_runs('cancel', '{"workflow": "moves"}', options => '{"compensate": "no"}')$$, 'UP007', null, 'an option of another kind');
select portarium.register_workflow('undoes', '{"StartAt": "Do", "States": {"Do": {"Type": "Task", "Resource": "portarium:action:ledger.post", "Next": "W", "Catch": [{"ErrorEquals": ["Portarium.Compensate"], "Next": "U"}]},
    "W": {"Type": "Wait", "Seconds": 9, "End": true}, "U": {"Type": "Wait", "Seconds": 9, "End": true}}}');
select portarium.control_runs('cancel', '{"state": "RUNNING"}', dry_run => false), pg_temp.exchange('[]', 100);
select portarium.start_runs('undoes', array['1']::jsonb[]);
select pg_temp.work('{"output": 1}');
select is((select string_agg(outcome, ' ') from portarium.control_runs('cancel', '{"workflow": "undoes"}', dry_run => false)), 'COMPENSATING', 'cancelling undoes what was done');
select is((select string_agg(outcome, ' ') from portarium.control_runs('cancel', '{"workflow": "undoes"}', dry_run => false, options => '{"compensate": false}')), 'ABORTED', 'or does not');
select pg_temp.be('rita', 'requester');
select throws_ok($$select * from portarium.control_runs('cancel', '{"workflow": "post"}')$$, 'UP205', null, 'a requester controls nothing');
select pg_temp.be_in(current_setting('t.other')::uuid, 'eve', 'admin');
select is_empty($$select * from portarium.control_runs('cancel', '{"state": "RUNNING"}', dry_run => false)$$, 'another tenant has no such runs');

select * from finish();
rollback;
