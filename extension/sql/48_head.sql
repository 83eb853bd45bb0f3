-- SPDX-License-Identifier: PostgreSQL
-- What a tenant's place in the newest checkpoint rests on, without the rest of the meta-log: the head of an epoch of its log, the meta
-- leaf that says the same, the way from there to the checkpoint's root, and the signatures. For verifications in steps (48_watch.sql).

-- Does the newest checkpoint follow from the meta-log, as far as a meta leaf's place in it goes: the leaf's chunk from its leaves, the
-- root from the chunks?
create function portarium_int.checkpoint_holds(p_meta_index bigint, p_meta_size bigint, p_root bytea)
    returns boolean
    language sql
    stable
    as $$
    select p_root = portarium_int.root_of(
            array(select k.hash from meta_chunk k where k.n < p_meta_size / portarium_int.chunk_size() order by k.n)
            || case when c.rest < p_meta_size then array[portarium_int.root_of(portarium_int.meta_leaf_hashes(c.rest, p_meta_size))] else '{}' end)
        and (p_meta_index >= c.rest or exists (
            select from meta_chunk k
            where k.n = p_meta_index / portarium_int.chunk_size()
                and k.hash = portarium_int.root_of(portarium_int.meta_leaf_hashes(
                    k.n * portarium_int.chunk_size(), (k.n + 1) * portarium_int.chunk_size()))))
    from (values (p_meta_size - p_meta_size % portarium_int.chunk_size())) c (rest)
$$;

-- What is wrong with an epoch's head, given the root that its first p_size leaves have.
create function portarium_int.head_finding(p_tenant uuid, p_epoch int, p_size bigint, p_root bytea)
    returns text
    language sql
    stable
    as $$
    select case
        when t.size < p_size then 'log has shrunk'
        when (t.size, t.root) is distinct from (n.size, n.root) then 'tree does not have the root of its last meta leaf'
        when exists (select from leaf l where l.tenant_id = p_tenant and l.epoch = p_epoch and l.idx >= t.size)
            then 'leaf lies behind the end of the tree'
        when t.tenant_hash <> portarium_int.tenant_hash(w.salt, p_tenant) then 'meta leaf does not name this tenant'
        when m.root is distinct from p_root then 'meta leaf does not have the root of the tenant''s leaves'
        when m.leaf_hash <> portarium_int.meta_leaf_hash(m.tenant_hash, m.epoch, m.size, m.root, m.round) then 'meta leaf does not have its hash'
        when m.meta_index < c.meta_size and not coalesce(portarium_int.checkpoint_holds(m.meta_index, c.meta_size, c.root), false)
            then pg_catalog.format('checkpoint "%s" does not have the root of the meta-log', c.meta_size)
    end
    from (values (1)) one
    left join tree t on t.tenant_id = p_tenant and t.epoch = p_epoch
    left join tenant w on w.tenant_id = p_tenant
    left join lateral (
        select l.* from meta_leaf l where l.tenant_hash = t.tenant_hash and l.epoch = p_epoch order by l.meta_index desc limit 1) n on true
    left join lateral (
        select l.* from meta_leaf l where l.tenant_hash = t.tenant_hash and l.epoch = p_epoch and l.size = p_size limit 1) m on true
    left join lateral (select k.* from checkpoint k order by k.meta_size desc limit 1) c on true
$$;

-- The signatures of the newest checkpoint, and what is wrong with its note.
create function portarium_int.signature_finding(out signatures text, out reason text)
    language plpgsql
    stable
    as $$
declare
    v_check record;
begin
    select c.* into v_check from checkpoint c order by c.meta_size desc limit 1;
    if found then
        signatures := portarium_int.note_verdict(v_check.note, portarium_int.trusted_keys());
        reason := portarium_int.note_finding(v_check.meta_size, v_check.root, v_check.note, signatures);
    end if;
end
$$;
