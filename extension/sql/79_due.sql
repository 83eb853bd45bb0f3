-- SPDX-License-Identifier: PostgreSQL
-- What is due: older than its category's retention and not held. Each function writes the items of one disposition down, at most
-- disposition_limit() of them, the oldest first; what is left is for the next one.

create function portarium_int.disposition_limit()
    returns int
    language sql
    immutable
    parallel safe
    as $$ select 100000 $$;

-- The first place in the open epoch that is not past retention, whatever comes behind it: an entry is sealed behind older ones, so
-- nothing before the first one of a later time can be younger than it.
create function portarium_int.due_end(p_tenant uuid, p_before timestamptz)
    returns table (epoch int, idx bigint)
    language sql
    stable
    rows 1
    as $$
    select a.epoch, least(a.size, (
        select pg_catalog.min(l.idx)
        from leaf l
        join entry e on e.tenant_id = p_tenant and e.stream_id = l.stream_id and e.seq = l.seq
        where l.tenant_id = p_tenant and l.epoch = a.epoch and e.at >= p_before))
    from portarium_int.evidence_anchor(p_tenant) a
$$;

-- Entries: signed ones; of runs only such as have ended, together with what they are part of.
create function portarium_int.list_due_entries(p_tenant uuid, p_disposition uuid, p_category text, p_before timestamptz)
    returns void
    language sql
    volatile
    as $$
    insert into disposition_item (tenant_id, disposition_id, item_id, seq, idx, at, hash, kind)
    select p_tenant, p_disposition, l.stream_id, l.seq, l.idx, e.at, l.entry_hash, e.kind
    from portarium_int.due_end(p_tenant, p_before) c
    join leaf l on l.tenant_id = p_tenant and l.epoch = c.epoch and l.idx < c.idx
    join entry e on e.tenant_id = p_tenant and e.stream_id = l.stream_id and e.seq = l.seq
    left join run s on s.tenant_id = p_tenant and s.run_id = l.stream_id
    left join run r on r.tenant_id = p_tenant and r.run_id = coalesce(s.root_id, s.run_id)
    where portarium_int.entry_category(e.kind) = p_category
        and (p_category = 'app' or r.ended_at < p_before)
        and (not exists (select from hold h where h.tenant_id = p_tenant and h.released_at is null)
            or portarium_int.holding(p_tenant, p_category, l.stream_id, null, e.at, 'infinity') is null
            and (r.run_id is null or portarium_int.holding(p_tenant, p_category, r.run_id, null, e.at, 'infinity') is null))
    order by l.idx
    limit portarium_int.disposition_limit()
$$;

-- The data of runs that have ended, with their branches and iterations.
create function portarium_int.list_due_runs(p_tenant uuid, p_disposition uuid, p_before timestamptz)
    returns void
    language sql
    volatile
    as $$
    insert into disposition_item (tenant_id, disposition_id, item_id, seq, idx, at, hash, kind)
    select p_tenant, p_disposition, r.run_id, 0, pg_catalog.row_number() over (order by r.ended_at, r.run_id) - 1, r.ended_at,
        pg_catalog.decode(pg_catalog.repeat('00', 32), 'hex'), 'run.' || pg_catalog.lower(r.state)
    from run r
    where r.tenant_id = p_tenant and r.root_id is null and r.ended_at < p_before
        and portarium_int.holding(p_tenant, 'run_data', r.run_id, null, r.ended_at, 'infinity') is null
        and not portarium_int.run_data_gone(p_tenant, r.run_id)
    order by r.ended_at, r.run_id
    limit portarium_int.disposition_limit()
$$;

-- Payloads: those of a category that are old enough; of a subject all of them.
create function portarium_int.list_due_payloads(p_tenant uuid, p_disposition uuid)
    returns void
    language sql
    volatile
    as $$
    insert into disposition_item (tenant_id, disposition_id, item_id, seq, idx, at, hash, kind)
    select p_tenant, p_disposition, a.payload_id, 0, pg_catalog.row_number() over (order by a.put_at, a.payload_id) - 1, a.put_at, a.hash, 'payload.put'
    from disposition d
    join attachment a on a.tenant_id = p_tenant
        and case when d.category is not null then a.category = d.category and a.put_at < d.before else a.subject_id = d.subject_id end
    where d.tenant_id = p_tenant and d.disposition_id = p_disposition
        and case d.action
            when 'Destroy' then a.status <> 'DESTROYED'
            when 'DeIdentify' then a.status not in ('SHREDDED', 'DESTROYED')
            else a.status not in ('SHREDDED', 'DESTROYED') and not a.quarantined end
        and (d.category is null or portarium_int.holding(p_tenant, a.category, a.run_id, a.subject_id, a.put_at, 'infinity') is null)
    order by a.put_at, a.payload_id
    limit portarium_int.disposition_limit()
$$;
