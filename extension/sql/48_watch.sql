-- SPDX-License-Identifier: PostgreSQL
-- Verifications that come round by themselves: all that verify_evidence does to a tenant's log (48_verify.sql), cut into steps that the
-- clock takes one at a time, each in its transaction.
--
--   REST ─► LEAVES of each epoch, up to what was signed when its turn began ─► ENTRIES, each of which has a leaf ─► an outcome, REST
--
-- Where it is stands in its row, so whoever kills the server in the middle only makes it wait. One tenant's is under way at a time, and
-- after each step it rests nine times as long as the step took: a tenth of a core at most, whatever there is to verify.
-- The outcome is an entry evidence.verified, and a bad one also evidence.broken, which says where.
-- Of the meta-log it computes what the tenant's place in the newest checkpoint rests on, not each older checkpoint: that is the notary's
-- audit of its store. An owner of the server can make all this say anything, as he can with 48_verify.sql.

create function portarium_int.stamp_verification()
    returns void
    language plpgsql
    as $$
begin
    create table verification (
        tenant_id uuid primary key,
        hours int not null,                 -- between two beginnings; 0: no more of them
        since timestamptz not null default pg_catalog.clock_timestamp(),
        due timestamptz not null default pg_catalog.clock_timestamp(),      -- the next step
        part text not null default 'REST',
        began timestamptz,
        epoch int,
        target bigint,                      -- how many leaves of the epoch are to be verified
        size bigint,                        -- how many are, with what tree_append needs to go on
        frontier bytea,
        last_leaf bytea,
        root bytea,
        stream_id uuid,                     -- the last entry of those that have a leaf
        seq int,
        checked bigint not null default 0,  -- leaves of all epochs
        signed bigint not null default 0,   -- of those, how many a checkpoint covers
        signatures text,                    -- what note_verdict said of the newest checkpoint
        ended timestamptz,                  -- the last outcome
        good boolean,
        reason text,
        constraint verification_part_is_known check (part in ('REST', 'LEAVES', 'ENTRIES'))
    );
    create index verification_due on verification (due);
    create index verification_under_way on verification (due) where part <> 'REST';
end
$$;

create function portarium_int.stamp_verification_views()
    returns void
    language plpgsql
    as $$
begin
    create view verifications as
    select v.tenant_id, v.hours, v.part, v.began, v.epoch, v.size, v.target, v.checked, v.ended, v.good, v.reason
    from verification v;
    comment on view verifications is
        'The verifications of the tenant''s log that the clock makes: every so many hours; part is REST, LEAVES (size of target in this epoch) or ENTRIES; ended, good and reason are of the last one that came to its end';
end
$$;

-- What a step needs to know of its row, and leaves in it.
create type portarium_int.watch as (
    tenant_id uuid,
    hours int,
    part text,
    began timestamptz,
    epoch int,
    target bigint,
    size bigint,
    frontier bytea,
    last_leaf bytea,
    root bytea,
    stream_id uuid,
    seq int,
    checked bigint,
    signed bigint,
    signatures text,
    ended timestamptz,
    good boolean,
    reason text
);

create function portarium.verify_every(hours int)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_actor text := portarium_int.require_role('admin', 'records');
begin
    if verify_every.hours is null or verify_every.hours not between 0 and 8760 then
        raise exception using errcode = 'UP007', message = 'hours are not from 0 to 8760';
    end if;
    insert into verification (tenant_id, hours) values (v_tenant, verify_every.hours)
    on conflict (tenant_id) do update set hours = verify_every.hours, since = clock_timestamp(),
        due = case when verification.part = 'REST' then clock_timestamp() else verification.due end;
    if portarium_int.commit_is_weak() then
        perform set_config('synchronous_commit', 'on', true);
    end if;
    perform portarium_int.append(v_tenant, portarium_int.uuid7(), 1, 'verification.set', v_actor,
        convert_to(format('{"hours":%s}', verify_every.hours), 'UTF8'), portarium_int.salt());
end
$$;
comment on function portarium.verify_every(int) is
    'Has the clock verify the tenant''s log every so many hours, 8760 at most, the first time at once; 0 ends it. Each outcome is an entry evidence.verified. Roles admin, records. Errors: UP007, UP201, UP205';

-- How far an epoch is to be verified: as far as the newest checkpoint covers it, or as far as it goes while none does.
create function portarium_int.verification_target(p_tenant uuid, p_epoch int, out target bigint, out signed boolean)
    language sql
    stable
    as $$
    select coalesce(a.size, t.size), a.size is not null
    from tree t
    left join portarium_int.evidence_anchor(p_tenant, p_epoch) a on true
    where t.tenant_id = p_tenant and t.epoch = p_epoch
$$;

-- At the beginning of an epoch; behind the last one, at the beginning of the entries.
create function portarium_int.enter_epoch(p_it portarium_int.watch)
    returns portarium_int.watch
    language plpgsql
    stable
    as $$
declare
    v_signed boolean;
begin
    p_it.epoch := (
        select pg_catalog.min(t.epoch) from tree t where t.tenant_id = p_it.tenant_id and t.epoch > coalesce(p_it.epoch, 0));
    p_it.part := case when p_it.epoch is null then 'ENTRIES' else 'LEAVES' end;
    p_it.stream_id := portarium_int.first_stream();
    p_it.seq := 0;
    p_it.size := 0;
    p_it.frontier := '';
    p_it.last_leaf := pg_catalog.decode(pg_catalog.repeat('00', 32), 'hex');
    p_it.root := pg_catalog.sha256('');
    select g.target, g.signed into p_it.target, v_signed from portarium_int.verification_target(p_it.tenant_id, p_it.epoch) g;
    p_it.signed := p_it.signed + case when v_signed then p_it.target else 0 end;
    return p_it;
end
$$;

-- Some leaves more, and at the end of the epoch its head.
create function portarium_int.verify_some_leaves(p_it portarium_int.watch)
    returns portarium_int.watch
    language plpgsql
    stable
    as $$
declare
    c_step constant int := 2000;
    v_state portarium_int.verify_state := row(p_it.size, p_it.frontier, p_it.last_leaf, p_it.root, null, null);
    v_bad bigint;
begin
    v_state := portarium_int.verify_leaves(v_state, p_it.tenant_id, p_it.epoch, least(p_it.size + c_step, p_it.target));
    p_it.checked := p_it.checked + coalesce(v_state.bad_index, v_state.size) - p_it.size;
    v_bad := coalesce(v_state.bad_index, portarium_int.wrong_chunk(p_it.tenant_id, p_it.epoch, p_it.size, v_state.size));
    p_it.reason := coalesce(v_state.reason, case when v_bad is not null then 'chunk does not have the root of its leaves' end);
    p_it.size := coalesce(v_bad, v_state.size);
    p_it.frontier := v_state.frontier;
    p_it.last_leaf := v_state.last_leaf;
    p_it.root := v_state.root;
    if p_it.reason is null and p_it.size = p_it.target then
        p_it.reason := portarium_int.head_finding(p_it.tenant_id, p_it.epoch, p_it.size, p_it.root);
        if p_it.reason is null then
            p_it := portarium_int.enter_epoch(p_it);
        end if;
    end if;
    return p_it;
end
$$;

-- Some entries more, and behind the last one what concerns all of them; null as the stream says that this was the end.
create function portarium_int.verify_some_entries(p_it portarium_int.watch)
    returns portarium_int.watch
    language plpgsql
    stable
    as $$
declare
    c_step constant int := 2000;
    v_last record;
begin
    select e.stream_id, e.seq into v_last
    from entry e
    where e.tenant_id = p_it.tenant_id and (e.stream_id, e.seq) > (p_it.stream_id, p_it.seq)
    order by e.stream_id, e.seq
    offset c_step - 1 limit 1;
    p_it.reason := portarium_int.unsealed_entry(p_it.tenant_id, p_it.stream_id, p_it.seq,
        coalesce(v_last.stream_id, portarium_int.last_stream()), coalesce(v_last.seq, 2147483647));
    p_it.stream_id := v_last.stream_id;
    p_it.seq := v_last.seq;
    if p_it.stream_id is null then
        select f.signatures, coalesce(p_it.reason, f.reason, (
            select pg_catalog.format('disposition "%s" %s', j.disposition_id, j.wrong)
            from portarium_int.judged_dispositions(p_it.tenant_id) j
            where j.wrong is not null
            limit 1))
        into p_it.signatures, p_it.reason
        from portarium_int.signature_finding() f;
    end if;
    return p_it;
end
$$;

-- Writes the outcome down: how much of the log was looked at, how deeply, when that began.
create function portarium_int.end_verification(p_it portarium_int.watch)
    returns portarium_int.watch
    language plpgsql
    volatile
    as $$
declare
    v_size bigint := (select coalesce(pg_catalog.sum(t.size), 0) from tree t where t.tenant_id = p_it.tenant_id);
    v_hash bytea;
begin
    if portarium_int.commit_is_weak() then
        perform pg_catalog.set_config('synchronous_commit', 'on', true);
    end if;
    p_it.reason := case when p_it.part = 'LEAVES' then pg_catalog.format('epoch %s, index %s: ', p_it.epoch, p_it.size) else '' end || p_it.reason;
    v_hash := portarium_int.append(p_it.tenant_id, portarium_int.uuid7(), 1, 'evidence.verified', 'system:clock',
        portarium_int.canonical(pg_catalog.jsonb_build_object('began', portarium_int.utc_text(p_it.began), 'checked', p_it.checked,
            'good', p_it.reason is null, 'reason', coalesce(p_it.reason, ''), 'signed', least(p_it.signed, p_it.checked), 'size', v_size,
            'tiers', pg_catalog.string_to_array(portarium_int.verify_tier(p_it.signed > 0, p_it.signatures), ', '))),
        portarium_int.salt());
    if p_it.reason is not null then
        v_hash := portarium_int.append(p_it.tenant_id, portarium_int.uuid7(), 1, 'evidence.broken', 'system:clock',
            portarium_int.broken('log', p_it.reason), portarium_int.salt());
    end if;
    p_it.part := 'REST';
    p_it.ended := pg_catalog.clock_timestamp();
    p_it.good := p_it.reason is null;
    return p_it;
end
$$;

-- One step of one tenant's.
create function portarium_int.verify_more(p_it portarium_int.watch)
    returns portarium_int.watch
    language plpgsql
    volatile
    as $$
declare
    v_entered boolean := portarium_int.enter(p_it.tenant_id);
    v_done boolean;
begin
    if p_it.part = 'REST' then
        p_it.began := pg_catalog.clock_timestamp();
        p_it.epoch := null;
        p_it.checked := 0;
        p_it.signed := 0;
        p_it.signatures := null;
        p_it := portarium_int.enter_epoch(p_it);
    elsif p_it.part = 'LEAVES' then
        p_it := portarium_int.verify_some_leaves(p_it);
    else
        p_it := portarium_int.verify_some_entries(p_it);
        v_done := p_it.stream_id is null;
    end if;
    if v_done or p_it.reason is not null then
        p_it := portarium_int.end_verification(p_it);
    end if;
    perform portarium_int.leave(v_entered);
    return p_it;
end
$$;

-- The one that is under way, or the one that is to begin.
create function portarium_int.next_verification()
    returns table (tenant_id uuid, due timestamptz)
    language plpgsql
    volatile
    rows 1
    as $$
begin
    return query select v.tenant_id, v.due from verification v where v.part <> 'REST' order by v.due limit 1;
    if not found then
        return query select v.tenant_id, v.due from verification v order by v.due limit 1;
    end if;
end
$$;

-- When the next step is due after one that began then: after a rest, or in so many hours.
create function portarium_int.after_step(p_it portarium_int.watch, p_began timestamptz)
    returns timestamptz
    language sql
    volatile
    as $$
    select case
        when p_it.part <> 'REST' then pg_catalog.clock_timestamp() + 9 * (pg_catalog.clock_timestamp() - p_began)
        when p_it.hours = 0 then 'infinity'
        else greatest(p_it.began + pg_catalog.make_interval(hours => p_it.hours), pg_catalog.clock_timestamp())
    end
$$;

-- The row of the step that is due, locked; null when none is. What the last verification found is not known to this one.
create function portarium_int.due_verification()
    returns portarium_int.watch
    language sql
    volatile
    as $$
    select v.tenant_id, v.hours, v.part, v.began, v.epoch, v.target, v.size, v.frontier, v.last_leaf, v.root, v.stream_id, v.seq, v.checked,
        v.signed, v.signatures, v.ended, v.good, null
    from portarium_int.next_verification() n
    join verification v on v.tenant_id = n.tenant_id
    where n.due <= pg_catalog.clock_timestamp()
    for update of v skip locked
$$;

create function portarium_int.keep_verification(p_it portarium_int.watch, p_due timestamptz)
    returns void
    language plpgsql
    volatile
    as $$
begin
    update verification v
    set due = p_due, part = p_it.part, began = p_it.began, epoch = p_it.epoch, target = p_it.target, size = p_it.size, frontier = p_it.frontier,
        last_leaf = p_it.last_leaf, root = p_it.root, stream_id = p_it.stream_id, seq = p_it.seq, checked = p_it.checked, signed = p_it.signed,
        signatures = p_it.signatures, ended = p_it.ended, good = p_it.good,
        reason = case when p_it.ended is distinct from v.ended then p_it.reason else v.reason end
    where v.tenant_id = p_it.tenant_id;
end
$$;

-- One step, if one is due. What cannot be verified must not stop the clock: it is tried again, from its beginning, in an hour.
create function portarium_int.verify_step()
    returns void
    language plpgsql
    as $$
declare
    v_began timestamptz := pg_catalog.clock_timestamp();
    v_it portarium_int.watch;
begin
    if exists (select from verification v where v.due <= v_began) then
        v_it := portarium_int.due_verification();
    end if;
    if v_it.tenant_id is null then
        return;
    elsif v_it.hours > 0 or v_it.part <> 'REST' then
        v_it := portarium_int.verify_more(v_it);
    end if;
    perform portarium_int.keep_verification(v_it, portarium_int.after_step(v_it, v_began));
exception
    -- a lock or a deadlock is nobody's fault: the whole step is done again
    when serialization_failure or deadlock_detected or lock_not_available or query_canceled then
        raise;
    when others then
        raise warning using errcode = sqlstate,
            message = pg_catalog.format('evidence of tenant "%s" could not be verified: %s', v_it.tenant_id, sqlerrm);
        update verification v set part = 'REST', due = pg_catalog.clock_timestamp() + interval '1 h' where v.tenant_id = v_it.tenant_id;
end
$$;
