-- SPDX-License-Identifier: PostgreSQL
-- What the notary itself has to say, told to those whose evidence it signs: an entry in the log of each tenant, so that a bundle says
-- by itself what held its checkpoints, and that silence was not somebody's doing.

create function portarium.notary_probed(report text)
    returns bigint
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
begin
    return portarium_int.tell_tenants(array(select t.tenant_id from tenant t), 'store.probed', 'notary',
        portarium.canonical_entry(notary_probed.report));
end
$$;
comment on function portarium.notary_probed(text) is
    'Appends the outcome of a probe of the object store (a JSON object in the entry profile) as an entry "store.probed" to the log of every
tenant. Returns how many. Errors: UP001 malformed JSON, UP004 number outside the profile, UP005 too large or deep';

create function portarium.notary_audited(report text)
    returns bigint
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
begin
    return portarium_int.tell_audit(array(select t.tenant_id from tenant t), 'store.audited', 'notary', 'store', notary_audited.report);
end
$$;
comment on function portarium.notary_audited(text) is
    'Appends the outcome of an audit of the store (a JSON object in the entry profile) as an entry "store.audited" to the log of every tenant,
and a bad one also as "evidence.broken". Returns how many. Errors: UP001 malformed JSON, UP004 number outside the profile, UP005 too large or deep';

-- When the last of the tenant's sealed entries was written.
create function portarium_int.last_sealed_at(p_tenant uuid)
    returns timestamptz
    language plpgsql
    stable
    as $$
declare
    v_entered boolean := portarium_int.enter(p_tenant);
    v_at timestamptz := (
        select e.at
        from leaf l
        join entry e on e.tenant_id = l.tenant_id and e.stream_id = l.stream_id and e.seq = l.seq
        where l.tenant_id = p_tenant
        order by l.epoch desc, l.idx desc
        limit 1);
begin
    perform portarium_int.leave(v_entered);
    return v_at;
end
$$;

create function portarium.notary_heartbeat(idle_seconds int)
    returns bigint
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
begin
    return portarium_int.tell_tenants(
        array(
            select t.tenant_id
            from tenant t
            where coalesce(portarium_int.last_sealed_at(t.tenant_id), t.created_at) < clock_timestamp() - make_interval(secs => notary_heartbeat.idle_seconds)),
        'evidence.heartbeat', 'notary',
        convert_to(format('{"idle":%s}', notary_heartbeat.idle_seconds), 'UTF8'));
end
$$;
comment on function portarium.notary_heartbeat(int) is
    'Appends an entry "evidence.heartbeat" to the log of each tenant whose last sealed entry is older than idle_seconds. Returns how many';

create function portarium.notary_refused(reason text)
    returns bigint
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
begin
    -- no server has timeline 0: sealing waits until the notary is content
    update seal_cursor set timeline = 0 where timeline <> 0;
    if not found then
        return 0;
    end if;
    return portarium_int.tell_tenants(array(select t.tenant_id from tenant t), 'evidence.refused', 'notary',
        portarium.canonical_entry(jsonb_build_object('reason', notary_refused.reason)::text));
end
$$;
comment on function portarium.notary_refused(text) is
    'The notary refuses to sign the log: nothing is sealed until it confirms it, and each tenant gets an entry "evidence.refused", which is sealed after that. Returns how many; 0 when it has been said
already';
