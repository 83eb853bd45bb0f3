select set_config('portarium.traceparent', '', true), gen_random_uuid();
