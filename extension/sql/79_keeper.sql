-- SPDX-License-Identifier: PostgreSQL
-- What the keeper asks and tells. It is told nothing but what there is to do, found by comparing what is with what should be, so that a
-- keeper that died in the middle, or a store that was away, only means that the same is asked again:
--   store    a new payload is to become an object; short lock, so that one whose keeper died here goes by itself
--   lock     the object's lock is to reach to the end of its retention (after its entry is committed: two phases)
--   hold     the store's legal hold is to be as the holds here are
--   fetch    somebody wants to read it
--   shred    its key is to go;  remove: its key and its object
--   forget   a subject's key is to go

-- One object, by its names; owner is whose key wraps its own.
create type portarium_int.keeper_task as (
    work text,
    tenant_id uuid,
    payload_id uuid,
    owner_id uuid,
    content bytea,
    object_hash bytea,
    until timestamptz,
    held boolean
);

-- How far a stored object's lock must reach, and whether it must be held.
create function portarium_int.must_be_locked(p_tenant uuid, p_category text, p_run uuid, p_subject uuid, p_at timestamptz)
    returns table (until timestamptz, held boolean)
    language sql
    stable
    rows 1
    as $$
    select p_at + pg_catalog.make_interval(secs => 86400.0 * r.days),
        portarium_int.holding(p_tenant, p_category, p_run, p_subject, p_at, 'infinity') is not null
    from portarium_int.retention_of(p_tenant, p_category) r
$$;

-- Stored objects that were not looked at since the tenant's last record, with what they must be.
create function portarium_int.unchecked_payloads()
    returns table (tenant_id uuid, payload_id uuid, owner_id uuid, object_hash bytea, until timestamptz, held boolean, last int, lock boolean, hold boolean)
    language sql
    stable
    as $$
    select a.tenant_id, a.payload_id, coalesce(a.subject_id, a.payload_id), a.object_hash, m.until, m.held, c.last,
        a.locked_until is null or a.locked_until < m.until, a.held <> m.held
    from record_count c
    join attachment a on a.tenant_id = c.tenant_id and a.checked < c.last and a.status = 'STORED'
    cross join lateral portarium_int.must_be_locked(a.tenant_id, a.category, a.run_id, a.subject_id, a.put_at) m
$$;

create function portarium_int.keeper_tasks()
    returns setof portarium_int.keeper_task
    language sql
    stable
    as $$
    select case a.status when 'NEW' then 'store' when 'SHREDDED' then 'shred' else 'remove' end, a.tenant_id, a.payload_id,
        coalesce(a.subject_id, a.payload_id), case when a.status = 'NEW' then a.content end, a.object_hash, null::timestamptz, null::boolean
    from attachment a
    where a.status = 'NEW' or a.status in ('SHREDDED', 'DESTROYED') and a.gone_at is null and (a.retry_at is null or a.retry_at < pg_catalog.clock_timestamp())
    union all
    select case when u.hold then 'hold' else 'lock' end, u.tenant_id, u.payload_id, u.owner_id, null, u.object_hash, u.until, u.held
    from portarium_int.unchecked_payloads() u
    where u.lock or u.hold
    union all
    select 'fetch', a.tenant_id, a.payload_id, coalesce(a.subject_id, a.payload_id), null, a.object_hash, null, null
    from attachment a
    where a.wanted_until > pg_catalog.clock_timestamp() and a.content is null and a.status = 'STORED'
    union all
    select 'forget', s.tenant_id, null, s.subject_id, null, null, null, null
    from subject s
    where s.forgotten_by is not null and s.shredded_at is null
$$;

-- In the tables of the caller's path: copies whose time is over go, objects that are as they must be are not looked at again before the
-- tenant's next record.
create function portarium_int.settle_payloads()
    returns void
    language plpgsql
    volatile
    as $$
begin
    update attachment a set content = null, wanted_until = null where a.wanted_until < pg_catalog.clock_timestamp() and a.status = 'STORED';
    update attachment a set checked = u.last
    from (select x.* from portarium_int.unchecked_payloads() x where not x.lock and not x.hold limit 1000) u
    where a.tenant_id = u.tenant_id and a.payload_id = u.payload_id;
end
$$;

-- Is there something in the tables of the caller's path that the keeper must come back for?
create function portarium_int.keeper_is_due()
    returns boolean
    language sql
    volatile
    as $$
    select exists (select from portarium_int.keeper_tasks())
        or exists (select from attachment a where a.wanted_until is not null)
        or exists (select from attachment a where a.status in ('SHREDDED', 'DESTROYED') and a.gone_at is null)
        or exists (select from portarium_int.unchecked_payloads())
$$;

create function portarium.keeper_work(max_rows int)
    returns table (work text, tenant_id uuid, payload_id uuid, owner_id uuid, content bytea, object_hash bytea, until timestamptz, held boolean)
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_home uuid;
    v_entered boolean;
begin
    perform portarium_int.settle_payloads();
    return query select t.* from portarium_int.keeper_tasks() t limit keeper_work.max_rows;
    -- marks that are not there yet stay, and so does what was written with them
    for v_home in
        with m as (delete from keeper_mark k returning k.tenant_id) select distinct m.tenant_id from m
    loop
        v_entered := portarium_int.enter(v_home);
        perform portarium_int.settle_payloads();
        return query select t.* from portarium_int.keeper_tasks() t limit keeper_work.max_rows;
        if portarium_int.keeper_is_due() then
            perform portarium_int.mark_keeper(v_home);
        end if;
        perform portarium_int.leave(v_entered);
    end loop;
end
$$;
comment on function portarium.keeper_work(int) is
    'What the keeper has to do, at most max_rows things of the tenants that share tables and of each other one: store, lock, hold, fetch, shred, remove a payload, or forget a subject. Copies whose time is over go. The same is told again until it was done';

-- Tells the outcome of one thing: the row is changed, and an entry says so.
create function portarium.keeper_done(work text, tenant_id uuid, payload_id uuid, object_hash bytea, until timestamptz, held boolean)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_entered boolean := portarium_int.enter(keeper_done.tenant_id);
begin
    perform from attachment a
    where a.tenant_id = keeper_done.tenant_id and a.payload_id = keeper_done.payload_id
    for no key update;
    if not found then
        raise exception using errcode = 'UP407', message = format('payload "%s" does not exist', keeper_done.payload_id);
    end if;
    update attachment a
    set status = case when keeper_done.work = 'store' and a.status = 'NEW' then 'STORED' else a.status end,
        content = case when keeper_done.work <> 'store' then a.content end,
        object_hash = coalesce(keeper_done.object_hash, a.object_hash),
        locked_until = case when keeper_done.work = 'lock' then keeper_done.until else a.locked_until end,
        held = case when keeper_done.work = 'hold' then keeper_done.held else a.held end,
        retry_at = case when keeper_done.work = 'wait' then clock_timestamp() + interval '1 h' end,
        gone_at = case when keeper_done.work in ('shred', 'remove') then clock_timestamp() else a.gone_at end
    where a.tenant_id = keeper_done.tenant_id and a.payload_id = keeper_done.payload_id;
    perform portarium_int.append_to_payload(keeper_done.tenant_id, keeper_done.payload_id, k.kind, 'keeper', jsonb_strip_nulls(k.body))
    from (values
        ('store', 'payload.stored', jsonb_build_object('digest', encode(keeper_done.object_hash, 'hex'))),
        ('lock', 'payload.locked', jsonb_build_object('to', portarium_int.utc_text(keeper_done.until))),
        ('hold', case when keeper_done.held then 'payload.held' else 'payload.released' end, '{}'),
        ('shred', 'payload.shredded', '{}'),
        ('remove', 'payload.removed', '{}')) k (work, kind, body)
    where k.work = keeper_done.work;
end
$$;
comment on function portarium.keeper_done(text, uuid, uuid, bytea, timestamptz, boolean) is
    'Something that keeper_work told was done: store (object_hash), lock (until), hold (held), shred or remove. Each is an entry of the payload. wait: what is to be removed is still locked, ask again in an hour. Errors: UP407';

create function portarium.keeper_fetched(tenant_id uuid, payload_id uuid, content bytea)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_entered boolean := portarium_int.enter(keeper_fetched.tenant_id);
begin
    update attachment a set content = keeper_fetched.content
    where a.tenant_id = keeper_fetched.tenant_id and a.payload_id = keeper_fetched.payload_id and a.status = 'STORED'
        and a.hash = sha256(a.salt || keeper_fetched.content);
    if not found then
        raise exception using errcode = 'UP901', message = format('payload "%s" is not what was put', keeper_fetched.payload_id);
    end if;
end
$$;
comment on function portarium.keeper_fetched(uuid, uuid, bytea) is
    'A copy for who wants to read it. Errors: UP901 not the content that the entry commits to';

create function portarium.keeper_forgot(tenant_id uuid, subject_id uuid)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_entered boolean := portarium_int.enter(keeper_forgot.tenant_id);
begin
    update subject s set shredded_at = clock_timestamp()
    where s.tenant_id = keeper_forgot.tenant_id and s.subject_id = keeper_forgot.subject_id and s.shredded_at is null;
    if found then
        perform portarium_int.append(keeper_forgot.tenant_id, keeper_forgot.subject_id, 1, 'subject.shredded', 'keeper', '{}', portarium_int.salt());
    end if;
end
$$;
comment on function portarium.keeper_forgot(uuid, uuid) is 'The key of a subject was shredded: an entry subject.shredded, once';

create function portarium.keeper_kept(tenant_id uuid, after uuid, max_rows int)
    returns table (payload_id uuid, owner_id uuid, status text, object_hash bytea, until timestamptz, held boolean, forgotten boolean)
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_entered boolean := portarium_int.enter(keeper_kept.tenant_id);
begin
    return query
        select a.payload_id, coalesce(a.subject_id, a.payload_id), a.status, a.object_hash, a.locked_until, a.held, s.shredded_at is not null
        from attachment a
        left join subject s on s.tenant_id = a.tenant_id and s.subject_id = a.subject_id
        where a.tenant_id = keeper_kept.tenant_id and a.payload_id > keeper_kept.after and (a.status = 'STORED' or a.gone_at is not null)
        order by a.payload_id
        limit keeper_kept.max_rows;
end
$$;
comment on function portarium.keeper_kept(uuid, uuid, int) is
    'What the store and the keys must agree with, in the order of payload_id, after one: objects that are STORED with their hash, lock and hold; SHREDDED and DESTROYED ones, which must have no key; forgotten: nor has their subject';
