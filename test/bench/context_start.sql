begin;
select set_config('portarium.ctx', :token, true);
select portarium.start_run('bench', '{"order": 1}'::jsonb);
commit;
