-- SPDX-License-Identifier: PostgreSQL
-- The rest of the transaction acts for this person of this tenant.
create function pg_temp.be_in(p_tenant uuid, p_actor text, variadic p_roles text[]) returns void language sql as $$
    select set_config('portarium.ctx',
        portarium.context_token(p_tenant, p_actor, p_roles, key_id => 'k1', key => sha256('engine tests')), true)
$$;
