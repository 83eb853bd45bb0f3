-- SPDX-License-Identifier: PostgreSQL
-- Taking away what a disposition says: the only code that deletes evidence, the data of runs or payloads.

-- Deletes the entries, whose leaves stay. Its definer is the one role that may delete from entry, and may nothing else: so it judges
-- for itself whether the authorisation is signed.
create function portarium_int.take_away_entries(p_tenant uuid, p_disposition uuid)
    returns bigint
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_gone bigint;
    v_entered boolean := portarium_int.enter(p_tenant);
begin
    if not coalesce((select a.signed from portarium_int.authorisation(p_tenant, p_disposition) a), false)
        or portarium_int.unlawful(p_tenant, p_disposition) is not null then
        raise exception using errcode = 'UP901', message = format('disposition "%s" does not allow this', p_disposition),
            detail = coalesce(portarium_int.unlawful(p_tenant, p_disposition), 'its authorisation is not signed');
    end if;
    delete from entry e
    using disposition_item i
    where i.tenant_id = p_tenant and i.disposition_id = p_disposition
        and e.tenant_id = p_tenant and e.stream_id = i.item_id and e.seq = i.seq;
    get diagnostics v_gone = row_count;
    return v_gone;
end
$$;

-- Deletes those of the payloads that no run has any more. Lock: whoever writes payloads waits until this is committed, so that nobody
-- comes to rely on one that is just deleted.
create function portarium_int.drop_payloads(p_tenant uuid, p_hashes bytea[])
    returns void
    language plpgsql
    volatile
    as $$
begin
    if pg_catalog.cardinality(p_hashes) > 0 then
        lock table payload in share row exclusive mode;
        delete from payload p
        where p.tenant_id = p_tenant and p.hash = any (p_hashes)
            and not exists (select from run r where r.tenant_id = p_tenant and r.input_ref = p.hash)
            and not exists (select from run r where r.tenant_id = p_tenant and r.output_ref = p.hash);
    end if;
end
$$;

-- Takes the data of runs away, also what was archived of it, and the payloads that no other run has. A run that somebody has retried by now
-- keeps what it has.
create function portarium_int.take_away_run_data(p_tenant uuid, p_disposition uuid)
    returns void
    language plpgsql
    volatile
    as $$
declare
    v_runs uuid[];
    v_hashes bytea[];
begin
    select pg_catalog.array_agg(r.run_id),
        pg_catalog.array_agg(r.input_ref) filter (where r.input_ref is not null)
            || pg_catalog.array_agg(r.output_ref) filter (where r.output_ref is not null)
    into v_runs, v_hashes
    from run r
    join disposition_item i on i.tenant_id = p_tenant and i.disposition_id = p_disposition and i.item_id = coalesce(r.root_id, r.run_id)
    where r.tenant_id = p_tenant;
    update run r
    set input = null, input_ref = null, output = null, output_ref = null, data = null, arg = null, vars = null, item = null, cause = null
    where r.tenant_id = p_tenant and r.run_id = any (v_runs) and portarium_int.is_terminal(r.state);
    delete from waypoint w where w.tenant_id = p_tenant and w.run_id = any (v_runs);
    update compensation c set input = null, vars = null, item = null
    from run r
    where r.tenant_id = p_tenant and r.run_id = any (v_runs) and portarium_int.is_terminal(r.state)
        and c.tenant_id = p_tenant and c.run_id = r.run_id;
    update attachment a set status = 'DESTROYED', content = null, wanted_until = null, gone_at = null
    where a.tenant_id = p_tenant and a.run_id = any (v_runs) and a.category = 'run_data';
    perform portarium_int.drop_payloads(p_tenant, v_hashes);
end
$$;

-- Takes payloads away, as far as this database has them; keys and objects are the keeper's (79_keeper.sql). A subject that is forgotten loses
-- its name; what is put about it later gets another key.
create function portarium_int.take_away_payloads(p_tenant uuid, p_disposition portarium_int.disposition_fact)
    returns void
    language plpgsql
    volatile
    as $$
begin
    update attachment a
    set content = case when p_disposition.action = 'Quarantine' then a.content end,
        wanted_until = null,
        quarantined = a.quarantined or p_disposition.action = 'Quarantine',
        gone_at = null,
        status = case p_disposition.action when 'Destroy' then 'DESTROYED' when 'DeIdentify' then 'SHREDDED' else a.status end
    from disposition_item i
    where i.tenant_id = p_tenant and i.disposition_id = p_disposition.disposition_id
        and a.tenant_id = p_tenant and a.payload_id = i.item_id and a.status <> 'DESTROYED';
    update subject s
    set name = null, forgotten_by = p_disposition.disposition_id
    where s.tenant_id = p_tenant and s.subject_id = p_disposition.subject_id and p_disposition.category is null;
end
$$;

create function portarium_int.carry_out(p_tenant uuid, p_disposition portarium_int.disposition_fact)
    returns void
    language plpgsql
    volatile
    as $$
begin
    if p_disposition.category in ('history', 'app') then
        perform portarium_int.take_away_entries(p_tenant, p_disposition.disposition_id);
    elsif p_disposition.category = 'run_data' then
        perform portarium_int.take_away_run_data(p_tenant, p_disposition.disposition_id);
    else
        perform portarium_int.take_away_payloads(p_tenant, p_disposition);
    end if;
end
$$;
