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

-- The body of an entry evidence.broken: a finding is an event of its own kind, so that somebody can be called for it. part: log, store
-- or payloads.
create function portarium_int.broken(p_part text, p_reason text)
    returns bytea
    language sql
    immutable
    parallel safe
    as $$ select portarium_int.canonical(pg_catalog.jsonb_build_object('part', p_part, 'reason', p_reason)) $$;

-- What somebody looked at who is no tenant, told to those whom it concerns; a bad outcome is told twice.
create function portarium_int.tell_audit(p_tenants uuid[], p_kind text, p_actor text, p_part text, p_report text)
    returns bigint
    language plpgsql
    volatile
    as $$
declare
    v_report bytea := portarium.canonical_entry(p_report);
    v_told bigint := portarium_int.tell_tenants(p_tenants, p_kind, p_actor, v_report);
    v_body jsonb := pg_catalog.convert_from(v_report, 'UTF8')::jsonb;
begin
    if v_body -> 'good' = 'false' then
        perform portarium_int.tell_tenants(p_tenants, 'evidence.broken', p_actor, portarium_int.broken(p_part, v_body ->> 'reason'));
    end if;
    return v_told;
end
$$;
