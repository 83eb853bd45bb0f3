select portarium.start_run('bench', '{"order": 1}'::jsonb);
