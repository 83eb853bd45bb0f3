-- SPDX-License-Identifier: PostgreSQL
-- What concerns the evidence of all is told to each: one entry in the log of every tenant.

-- The same entry in the logs of these tenants; returns how many.
create function portarium_int.tell_tenants(p_tenants uuid[], p_kind text, p_actor text, p_canon bytea)
    returns bigint
    language plpgsql
    volatile
    as $$
declare
    v_tenant uuid;
    v_entered boolean;
begin
    if portarium_int.commit_is_weak() then
        perform pg_catalog.set_config('synchronous_commit', 'on', true);
    end if;
    foreach v_tenant in array p_tenants loop
        v_entered := portarium_int.enter(v_tenant);
        perform portarium_int.append(v_tenant, portarium_int.uuid7(), 1, p_kind, p_actor, p_canon, portarium_int.salt());
        perform portarium_int.leave(v_entered);
    end loop;
    return pg_catalog.cardinality(p_tenants);
end
$$;
