-- SPDX-License-Identifier: PostgreSQL
-- What concerns the evidence of all is told to each: one entry in the log of every tenant.

-- The same entry in the logs of these tenants; returns how many.
create function portarium_int.tell_tenants(p_tenants uuid[], p_kind text, p_actor text, p_canon bytea)
    returns bigint
    language plpgsql
    volatile
    as $$
declare
    v_told bigint;
begin
    if portarium_int.commit_is_weak() then
        perform pg_catalog.set_config('synchronous_commit', 'on', true);
    end if;
    select pg_catalog.count(portarium_int.append(t.tenant_id, portarium_int.uuid7(), 1, p_kind, p_actor, p_canon, portarium_int.salt()))
    into v_told
    from pg_catalog.unnest(p_tenants) t (tenant_id);
    if v_told > 0 then
        perform portarium_int.wake();
    end if;
    return v_told;
end
$$;
