call portarium.append_wait('app.probe', '{}'::jsonb, 'sealed', 10000, null, null, null);
