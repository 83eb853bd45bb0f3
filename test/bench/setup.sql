-- One tenant, one application login bound to it, one executor login, one workflow of a single action and one of five, each with an
-- adapter, and so a queue, of its own.
-- SPDX-License-Identifier: PostgreSQL
grant portarium_app to bench_app;
alter role portarium_executor login;
select portarium.bind_login('bench_app', portarium.create_tenant('bench'), 'bench', array['admin', 'operator', 'requester']);
set session authorization bench_app;
select portarium.register_adapter('bench', 'http',
    '{"work": {"tier": "Auto", "idempotent": true, "method": "POST", "path": "/", "body": "input"}}', 'http://127.0.0.1:9');
select version from portarium.register_workflow('bench',
    '{"StartAt": "Work", "States": {"Work": {"Type": "Task", "Resource": "portarium:action:bench.work", "End": true}}}');
select portarium.register_adapter('bench5', 'http',
    '{"work": {"tier": "Auto", "idempotent": true, "method": "POST", "path": "/", "body": "input"}}', 'http://127.0.0.1:9');
select (portarium.register_workflow('bench5', jsonb_build_object('StartAt', 'S1', 'States', jsonb_object_agg('S' || n,
    '{"Type": "Task", "Resource": "portarium:action:bench5.work"}'::jsonb
        || case n when 5 then '{"End": true}' else jsonb_build_object('Next', 'S' || n + 1) end)))).version
from generate_series(1, 5) n;
