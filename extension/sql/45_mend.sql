-- SPDX-License-Identifier: PostgreSQL
-- What only a superuser does around a recovery (45_recovery), because it changes what else is only appended to: taking away leaves that
-- were never signed, and giving entries their bodies back.

-- A log back to the size that one of its meta leaves has.
create function portarium_int.cut_log(p_tenant uuid, p_epoch int, p_size bigint)
    returns bigint
    language plpgsql
    volatile
    as $$
declare
    v_entered boolean := portarium_int.enter(p_tenant);
    v_cut bigint;
begin
    delete from leaf l where l.tenant_id = p_tenant and l.epoch = p_epoch and l.idx >= p_size;
    get diagnostics v_cut = row_count;
    delete from chunk c where c.tenant_id = p_tenant and c.epoch = p_epoch and c.n >= p_size / portarium_int.chunk_size();
    if p_size = 0 then
        delete from tree t where t.tenant_id = p_tenant and t.epoch = p_epoch;
    else
        update tree t
        set (size, frontier, root, last_leaf) = (
            select a.size, a.frontier, a.root, h.leaves[p_size]
            from (values (portarium_int.leaf_hashes(p_tenant, p_epoch, 0, p_size))) h (leaves)
            cross join lateral portarium_int.meta_append(0, '', h.leaves) a)
        where t.tenant_id = p_tenant and t.epoch = p_epoch;
    end if;
    perform portarium_int.leave(v_entered);
    return v_cut;
end
$$;

create function portarium_int.cut_evidence(p_size bigint)
    returns bigint
    language plpgsql
    volatile
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_cut bigint;
begin
    if not exists (select from recovery r where r.recovered_at is null) then
        raise exception using
            errcode = '55000',
            message = 'no recovery is declared',
            hint = 'Declare it with portarium.declare_recovery; the notary says then where the log has forked.';
    end if;
    delete from time_stamp s where s.meta_size > p_size;
    delete from checkpoint c where c.meta_size > p_size;
    delete from meta_leaf m where m.meta_index >= p_size;
    delete from meta_chunk c where c.n >= p_size / portarium_int.chunk_size();
    update meta_tree m
    set (size, frontier, root) = (
        select a.size, a.frontier, a.root from portarium_int.meta_append(0, '', portarium_int.meta_leaf_hashes(0, p_size)) a);
    select coalesce(sum(portarium_int.cut_log(t.tenant_id, t.epoch, coalesce(k.size, 0))), 0) into v_cut
    from tree t
    left join lateral (
        select m.size
        from meta_leaf m
        where m.tenant_hash = t.tenant_hash and m.epoch = t.epoch
        order by m.meta_index desc
        limit 1) k on true
    where t.size <> coalesce(k.size, 0);
    -- what is under way may have come further than the log does now
    update verification v set part = 'REST', due = clock_timestamp() where v.part <> 'REST';
    perform portarium_int.adopt_evidence();
    update seal_cursor set timeline = 0;
    return v_cut;
end
$$;
comment on function portarium_int.cut_evidence(bigint) is
    'Before a recovery of a log that forked: takes away every leaf behind so many meta leaves. Their entries stay and are sealed again. For superusers. Returns how many leaves. Errors: 55000 no recovery is declared';

-- The entries among the lines of a bundle.
create function portarium_int.bundle_entries(p_tenant uuid, p_lines text[])
    returns table (stream_id uuid, seq int, at timestamptz, kind text, actor text, canon bytea, salt bytea, entry_hash bytea)
    language sql
    stable
    as $$
    select e.*, portarium_int.entry_hash(e.salt, p_tenant, e.stream_id, e.seq, e.at, e.kind, e.actor, e.canon)
    from (
        select (l.line ->> 'stream')::uuid, (l.line ->> 'seq')::int, (l.line ->> 'at')::timestamptz, l.line ->> 'kind', l.line ->> 'actor',
            pg_catalog.convert_to(l.line ->> 'body', 'UTF8'), pg_catalog.decode(l.line ->> 'salt', 'hex')
        from (select t.line::jsonb from pg_catalog.unnest(p_lines) t (line)) l (line)
        where l.line ->> 'type' = 'entry' and l.line ->> 'body' is not null
    ) e (stream_id, seq, at, kind, actor, canon, salt)
$$;

create function portarium_int.restore_entries(p_tenant uuid, p_lines text[])
    returns bigint
    language plpgsql
    volatile
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_entered boolean := portarium_int.enter(p_tenant);
    v_restored bigint;
begin
    with found as (
        update leaf l
        set stream_id = b.stream_id, seq = b.seq
        from portarium_int.bundle_entries(p_tenant, p_lines) b
        where l.tenant_id = p_tenant and l.seq = 0 and l.entry_hash = b.entry_hash
            and not exists (
                select from entry e where e.tenant_id = p_tenant and e.stream_id = b.stream_id and e.seq = b.seq)
        returning b.*
    )
    insert into entry (tenant_id, stream_id, seq, xid, at, kind, actor, canon, salt)
    select p_tenant, f.stream_id, f.seq, 0, f.at, f.kind, f.actor, f.canon, f.salt
    from found f;
    get diagnostics v_restored = row_count;
    perform portarium_int.leave(v_entered);
    return v_restored;
end
$$;
comment on function portarium_int.restore_entries(uuid, text[]) is
    'After a recovery: takes the bodies of a tenant''s lost entries out of the lines of a bundle. A line is taken when it has the hash that a leaf has, and no other entry has
its place by now. For superusers. Returns how many entries are here again';
