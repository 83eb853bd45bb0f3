select count(*) from portarium.start_runs('bench', array_fill('{"order": 1}'::jsonb, array[10]));
