-- SPDX-License-Identifier: PostgreSQL
-- The views on evidence. They are stamped with the tables, belong to portarium_owner, and so lie behind the wall.

create function portarium_int.stamp_evidence_views()
    returns void
    language plpgsql
    as $$
begin
    -- Sealed entries by their leaf in the open epoch, so that an order or a condition by index finds the leaf's primary key; then those
    -- that the sealer has not seen, by their transaction.
    create view entries as
    select l.tenant_id, l.idx as index, l.stream_id as run_id, l.seq, e.at, e.kind, e.actor,
        pg_catalog.convert_from(e.canon, 'UTF8')::jsonb as body, pg_catalog.encode(l.entry_hash, 'hex') as entry_hash, true as sealed
    from leaf l
    join entry e on e.tenant_id = l.tenant_id and e.stream_id = l.stream_id and e.seq = l.seq
    where l.epoch = (select pg_catalog.max(t.epoch) from tree t)
    union all
    select e.tenant_id, null, e.stream_id, e.seq, e.at, e.kind, e.actor,
        pg_catalog.convert_from(e.canon, 'UTF8')::jsonb,
        pg_catalog.encode(portarium_int.entry_hash(e.salt, e.tenant_id, e.stream_id, e.seq, e.at, e.kind, e.actor, e.canon), 'hex'),
        false
    from entry e
    where e.xid >= (select c.top from seal_cursor c) or e.xid = any ((select c.running from seal_cursor c)::bigint[]);
    comment on view entries is
        'The tenant''s evidence. index counts from 0 without a gap and is null until the entry is sealed; run_id is the stream (the
run, or the id that append_evidence gave), seq its place there; entry_hash in hex';

    create view past_entries as
    select l.tenant_id, l.epoch, l.idx as index, l.stream_id as run_id, l.seq, e.at, e.kind, e.actor,
        pg_catalog.convert_from(e.canon, 'UTF8')::jsonb as body, pg_catalog.encode(l.entry_hash, 'hex') as entry_hash
    from leaf l
    left join entry e on e.tenant_id = l.tenant_id and e.stream_id = l.stream_id and e.seq = l.seq
    where l.epoch < (select pg_catalog.max(t.epoch) from tree t);
    comment on view past_entries is
        'The tenant''s evidence of epochs that recoveries have ended, as portarium.entries. An entry that was lost has only its index and entry_hash, and seq 0';

    create view checkpoints as
    select c.meta_size, pg_catalog.encode(c.root, 'hex') as root, c.note, c.recorded_at,
        (select m.size
        from tree t
        join meta_leaf m on m.tenant_hash = t.tenant_hash and m.epoch = t.epoch and m.meta_index < c.meta_size
        order by t.epoch desc, m.meta_index desc
        limit 1) as covers
    from checkpoint c;
    comment on view checkpoints is
        'Signed checkpoints of the log over all tenants: its size and root (hex), the signed note, and how many of the tenant''s
entries it covers';
end
$$;
