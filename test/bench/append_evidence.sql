select portarium.append_evidence('app.bench', '{"n": 1, "what": "bench"}'::jsonb);
