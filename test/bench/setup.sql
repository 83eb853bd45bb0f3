-- One tenant, one application login bound to it, one executor login, one workflow of a single action.
-- SPDX-License-Identifier: PostgreSQL
create role bench_app login in role portarium_app;
alter role portarium_executor login;
select portarium.bind_login('bench_app', portarium.create_tenant('bench'), 'bench', array['admin', 'operator', 'requester']);
set session authorization bench_app;
select portarium.register_adapter('bench', 'http',
    '{"work": {"tier": "Auto", "idempotent": true, "method": "POST", "path": "/", "body": "input"}}', 'http://127.0.0.1:9');
select version from portarium.register_workflow('bench',
    '{"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "portarium:action:bench.work", "End": true}}}');
