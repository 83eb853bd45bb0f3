select set_config('portarium.ctx', :token, true), portarium.tenant_id();
