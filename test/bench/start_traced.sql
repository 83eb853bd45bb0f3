-- As start_one.sql, in a trace of its own that is sampled; its id is made by the client.
\set trace random(1000000000000000, 9999999999999999)
select pg_catalog.set_config('portarium.traceparent', '00-0000000000000000' || :trace || '-00f067aa0ba902b7-01', true),
    portarium.start_run('bench', '{"order": 1}'::jsonb);
