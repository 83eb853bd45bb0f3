-- As start_one.sql, in a trace of its own that is sampled.
select portarium.start_run('bench', '{"order": 1}'::jsonb)
from pg_catalog.set_config('portarium.traceparent', '00-' || pg_catalog.md5(pg_catalog.random()::text) || '-00f067aa0ba902b7-01', true);
