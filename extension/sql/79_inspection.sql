-- SPDX-License-Identifier: PostgreSQL
-- Inspections of payloads by the keeper, tenant by tenant: every object is looked at, and of a sample the bytes are read and hashed again.
--
-- Where one is stands in its row, told page by page, so a keeper that dies in the middle goes on there.
-- The sample must be nobody's choice. So the beginning of an inspection is an entry, payload.audit_begun, and what is in the sample
-- follows from the first checkpoint that covers it: when that is signed, the objects are in the log already, and nobody who has not the
-- notary's key, nor with witnesses he, can compute it before. Who begins anew until he likes the sample leaves an entry each time.
-- docs/formats.md says which payloads a sample takes, so an auditor can tell that it was these.

create function portarium_int.stamp_inspection()
    returns void
    language plpgsql
    as $$
begin
    create table inspection (
        tenant_id uuid primary key,
        began timestamptz not null default pg_catalog.clock_timestamp(),
        entry_id uuid,                      -- payload.audit_begun; none where all is hashed
        percent int not null,
        after uuid not null,                -- the last payload that was looked at
        objects bigint not null default 0,
        hashed bigint not null default 0,
        sample bytea not null,              -- running digest of the payloads that were hashed
        reason text not null default '',    -- the first finding
        ended timestamptz,
        constraint inspection_percent_is_one check (percent between 1 and 100)
    );
end
$$;

-- The first checkpoint that covers an entry; no row until there is one.
create function portarium_int.first_checkpoint(p_tenant uuid, p_entry uuid)
    returns table (meta_size bigint, note text)
    language sql
    stable
    rows 1
    as $$
    select c.meta_size, c.note
    from leaf l
    join tree t on t.tenant_id = l.tenant_id and t.epoch = l.epoch
    cross join lateral (
        select m.meta_index
        from meta_leaf m
        where m.tenant_hash = t.tenant_hash and m.epoch = l.epoch and m.size > l.idx
        order by m.size
        limit 1) m
    cross join lateral (
        select k.meta_size, k.note from checkpoint k where k.meta_size > m.meta_index order by k.meta_size limit 1) c
    where l.tenant_id = p_tenant and l.stream_id = p_entry and l.seq = 1
    order by l.epoch
    limit 1
$$;

create function portarium_int.sample_seed(p_note text)
    returns bytea
    language sql
    immutable
    parallel safe
    as $$ select pg_catalog.sha256('portarium sample'::bytea || pg_catalog.convert_to(p_note, 'UTF8')) $$;

-- Begins one, on the tenant's path.
create function portarium_int.begin_inspection(p_tenant uuid, p_percent int)
    returns void
    language plpgsql
    volatile
    as $$
declare
    v_entry uuid := case when p_percent < 100 then portarium_int.uuid7() end;
    v_hash bytea;
begin
    insert into inspection as i (tenant_id, entry_id, percent, after, sample)
    values (p_tenant, v_entry, p_percent, portarium_int.first_stream(), pg_catalog.decode(pg_catalog.repeat('00', 32), 'hex'))
    on conflict (tenant_id) do update
    set (began, entry_id, percent, after, objects, hashed, sample, reason, ended)
        = (excluded.began, excluded.entry_id, excluded.percent, excluded.after, 0, 0, excluded.sample, '', null);
    if v_entry is not null then
        if portarium_int.commit_is_weak() then
            perform pg_catalog.set_config('synchronous_commit', 'on', true);
        end if;
        v_hash := portarium_int.append(p_tenant, v_entry, 1, 'payload.audit_begun', 'keeper',
            pg_catalog.convert_to(pg_catalog.format('{"percent":%s}', p_percent), 'UTF8'), portarium_int.salt());
    end if;
end
$$;

-- Begins the inspection of the first tenant whose last one ended before then; a tenant without payloads has none and is passed over.
create function portarium_int.begin_due_inspection(p_before timestamptz, p_percent int)
    returns void
    language plpgsql
    volatile
    as $$
declare
    v_tenant uuid;
    v_entered boolean;
    v_found boolean;
begin
    for v_tenant in
        select t.tenant_id
        from tenant t
        left join inspection i on i.tenant_id = t.tenant_id
        where i.ended is null or i.ended < p_before
        order by t.tenant_id
    loop
        v_entered := portarium_int.enter(v_tenant);
        v_found := exists (select from attachment a where a.tenant_id = v_tenant and (a.status = 'STORED' or a.gone_at is not null));
        if v_found then
            perform portarium_int.begin_inspection(v_tenant, p_percent);
        end if;
        perform portarium_int.leave(v_entered);
        exit when v_found;
    end loop;
end
$$;

create function portarium.keeper_inspection(since timestamptz, hours int, percent int)
    returns table (tenant_id uuid, after uuid, percent_hashed int, objects bigint, hashed bigint, sample bytea, reason text, waits boolean, seed bytea)
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_it record;
    v_entered boolean;
begin
    if not exists (select from inspection i where i.ended is null) then
        perform portarium_int.begin_due_inspection(
            greatest(keeper_inspection.since, clock_timestamp() - make_interval(hours => keeper_inspection.hours)), keeper_inspection.percent);
    end if;
    select i.* into v_it from inspection i where i.ended is null order by i.began, i.tenant_id limit 1;
    if not found then
        return;
    end if;
    v_entered := portarium_int.enter(v_it.tenant_id);
    seed := (select portarium_int.sample_seed(c.note) from portarium_int.first_checkpoint(v_it.tenant_id, v_it.entry_id) c);
    perform portarium_int.leave(v_entered);
    return query select v_it.tenant_id::uuid, v_it.after::uuid, v_it.percent::int, v_it.objects::bigint, v_it.hashed::bigint, v_it.sample::bytea,
        v_it.reason::text, v_it.percent < 100 and seed is null, seed;
end
$$;
comment on function portarium.keeper_inspection(timestamptz, int, int) is
    'The inspection of payloads that is under way: whose, the last payload that was looked at, how many of a hundred are hashed, what was found so far. When none is, one begins of a tenant with payloads whose last one ended before since (when the keeper started) or so many hours ago; no row: none is due. waits: until a checkpoint is signed, which seed comes from';

create function portarium.keeper_inspected(tenant_id uuid, after uuid, objects bigint, hashed bigint, sample bytea, reason text, done boolean)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_it record;
    v_meta_size bigint;
begin
    update inspection i
    set after = keeper_inspected.after, objects = keeper_inspected.objects, hashed = keeper_inspected.hashed, sample = keeper_inspected.sample,
        reason = keeper_inspected.reason, ended = case when keeper_inspected.done then clock_timestamp() end
    where i.tenant_id = keeper_inspected.tenant_id and i.ended is null
    returning i.* into v_it;
    if not found then
        raise exception using errcode = 'UP407', message = format('no inspection of tenant "%s" is under way', keeper_inspected.tenant_id);
    elsif not keeper_inspected.done then
        return;
    end if;
    perform portarium_int.enter(v_it.tenant_id);
    v_meta_size := (select c.meta_size from portarium_int.first_checkpoint(v_it.tenant_id, v_it.entry_id) c);
    perform portarium_int.leave(portarium_int.is_away());
    perform portarium_int.tell_audit(array[v_it.tenant_id], 'payload.audited', 'keeper', 'payloads', jsonb_strip_nulls(jsonb_build_object(
        'began', portarium_int.utc_text(v_it.began), 'good', v_it.reason = '', 'objects', v_it.objects, 'hashed', v_it.hashed,
        'percent', v_it.percent, 'sample', encode(v_it.sample, 'hex'), 'meta_size', v_meta_size, 'reason', v_it.reason))::text);
end
$$;
comment on function portarium.keeper_inspected(uuid, uuid, bigint, bigint, bytea, text, boolean) is
    'Where the inspection of a tenant''s payloads is: the last one that was looked at, how many were, how many were hashed and which (a running digest of their ids), the first finding or an empty text. done: it came to its end, which is an entry "payload.audited", and a bad one also "evidence.broken". Errors: UP407 none is under way';
