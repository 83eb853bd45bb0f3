-- SPDX-License-Identifier: PostgreSQL
-- Work of many kinds of the tenant of people.sql, so that its tables have rows.

select portarium.register_workflow('post', pg_temp.task('post')), portarium.register_workflow('grant', pg_temp.task('grant'));
select portarium.register_workflow('later', '{"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": 3600, "End": true}}}'::jsonb);
select portarium.register_workflow('signalled', '{"StartAt": "Hear", "States": {"Hear": {"Type": "Task", "Resource": "portarium:signal:go", "End": true}}}'::jsonb);
select portarium.register_workflow('answered', pg_temp.task('post', '{"Resource": "portarium:action:ledger.post.waitForTaskToken", "Parameters": {"id.$": "$$.Task.Token"}}'));
select portarium.set_policy('careful', 'approve', 'ledger', 'wire'), portarium.set_alias('post', 'live', '{"1": 100}'),
    portarium.set_schedule('new-year', 'post', '0 0 1 1 *'), portarium.map_resource('arn:x', 'portarium:action:ledger.post');
select portarium.start_run('post', jsonb_build_object('id', repeat('x', 400)), 'key-1'), portarium.start_run('grant'),
    portarium.start_run('later'), portarium.start_run('signalled'), portarium.start_run('answered');
select pg_temp.work('{"output": {}}'), pg_temp.work('{"output": {}}');
select portarium.start_run('post', '{"id": "waiting"}');
select portarium.append_evidence('app.test', '{"n": 1}');
