-- SPDX-License-Identifier: PostgreSQL
-- Verification inside the database: every byte of the tenant's evidence is read and hashed again.
-- Order: entries and leaves in one pass, a chunk at a time with the tree's frontier; then the tree's row, entries that have no leaf,
-- the meta-log against the latest checkpoint, the signature. The first finding ends it. All of it sees one snapshot (stable).
-- An owner of the server can make this say anything: proof is what portarium-verify says of an exported bundle, elsewhere.

create type portarium_int.verify_state as (
    size bigint,
    frontier bytea,
    last_leaf bytea,
    root bytea,
    bad_index bigint,
    reason text
);

-- One chunk of leaves after p_state.size, to below p_to.
create function portarium_int.verify_chunk(
    p_state portarium_int.verify_state,
    p_tenant uuid,
    p_epoch int,
    p_to bigint)
    returns portarium_int.verify_state
    language plpgsql
    stable
    as $$
declare
    v_hashes bytea[];
    v_leaves bytea[];
    v_grown record;
begin
    select
        (pg_catalog.array_agg(r.place order by r.place) filter (where r.reason is not null))[1],
        (pg_catalog.array_agg(r.reason order by r.place) filter (where r.reason is not null))[1],
        pg_catalog.array_agg(r.entry_hash order by r.place),
        pg_catalog.array_agg(r.leaf_hash order by r.place)
    into p_state.bad_index, p_state.reason, v_hashes, v_leaves
    from portarium_int.verify_rows(p_tenant, p_epoch, p_state.size, p_to) r;
    if p_state.reason is not null or v_hashes is null then
        return p_state;
    end if;
    select a.* into v_grown
    from portarium_int.tree_append(p_state.size, p_state.frontier, p_state.last_leaf, p_tenant, p_epoch, v_hashes) a;
    select p_state.size + n - 1, 'leaf hash does not follow from the entry and the leaf before it'
    into p_state.bad_index, p_state.reason
    from rows from (pg_catalog.unnest(v_leaves), pg_catalog.unnest(v_grown.leaf_hashes)) with ordinality u (stored, computed, n)
    where u.stored is distinct from u.computed
    order by n
    limit 1;
    p_state.size := v_grown.size;
    p_state.frontier := v_grown.frontier;
    p_state.last_leaf := v_grown.last_leaf;
    p_state.root := v_grown.root;
    return p_state;
end
$$;

-- From which index on entries of an epoch may be missing, as the first entry of the next one says (45_recovery); null: none may.
create function portarium_int.loss_from(p_tenant uuid, p_epoch int)
    returns bigint
    language sql
    stable
    as $$
    select (pg_catalog.convert_from(e.canon, 'UTF8')::jsonb ->> 'kept')::bigint
    from leaf f
    join entry e on e.tenant_id = f.tenant_id and e.stream_id = f.stream_id and e.seq = f.seq
    where f.tenant_id = p_tenant and f.epoch = p_epoch + 1 and f.idx = 0 and e.kind = 'evidence.recovered'
$$;

-- The leaves of a chunk, each with the place it should have and what is wrong with it.
create function portarium_int.verify_rows(p_tenant uuid, p_epoch int, p_from bigint, p_to bigint)
    returns table (place bigint, entry_hash bytea, leaf_hash bytea, reason text)
    language sql
    stable
    as $$
    select r.place, r.entry_hash, r.leaf_hash,
        case
            when r.idx <> r.place then 'leaf is missing'
            when r.salt is null then case when not r.disposed and r.lost is not true then 'entry is missing' end
            when r.entry_hash is distinct from portarium_int.entry_hash(
                r.salt, p_tenant, r.stream_id, r.seq, r.at, r.kind, r.actor, r.canon) then 'entry does not have its hash'
        end
    from (
        select p_from + pg_catalog.row_number() over (order by l.idx) - 1 as place,
            l.idx, l.entry_hash, l.leaf_hash, l.stream_id, l.seq,
            l.seq = 0 and l.idx >= portarium_int.loss_from(p_tenant, p_epoch) as lost, e.salt, e.at, e.kind, e.actor, e.canon,
            e.salt is null and exists (
                select from disposition_item i
                join disposition d on d.tenant_id = p_tenant and d.disposition_id = i.disposition_id
                where i.tenant_id = p_tenant and i.item_id = l.stream_id and i.seq = l.seq and d.status = 'DONE'
                    and (i.idx, i.hash) = (l.idx, l.entry_hash)) as disposed
        from leaf l
        left join entry e on e.tenant_id = p_tenant and e.stream_id = l.stream_id and e.seq = l.seq
        where l.tenant_id = p_tenant and l.epoch = p_epoch and l.idx >= p_from and l.idx < p_to
    ) r
$$;

-- All leaves from p_state.size to below p_size, or to the first finding.
create function portarium_int.verify_leaves(
    p_state portarium_int.verify_state,
    p_tenant uuid,
    p_epoch int,
    p_size bigint)
    returns portarium_int.verify_state
    language plpgsql
    stable
    as $$
declare
    c_chunk constant int := 1000;
    v_from bigint;
begin
    while p_state.reason is null and p_state.size < p_size loop
        v_from := p_state.size;
        p_state := portarium_int.verify_chunk(p_state, p_tenant, p_epoch, least(v_from + c_chunk, p_size));
        if p_state.reason is null and p_state.size = v_from then
            p_state.bad_index := v_from;
            p_state.reason := 'leaf is missing';
        end if;
    end loop;
    return p_state;
end
$$;

-- The first index of the first chunk, of those that the leaves from p_from to below p_to have completed, that is not the root of its leaves.
create function portarium_int.wrong_chunk(p_tenant uuid, p_epoch int, p_from bigint, p_to bigint)
    returns bigint
    language sql
    stable
    as $$
    select c.first
    from portarium_int.full_chunks(p_from, p_to) c
    left join chunk k on k.tenant_id = p_tenant and k.epoch = p_epoch and k.n = c.n
    where k.hash is distinct from portarium_int.root_of(portarium_int.leaf_hashes(p_tenant, p_epoch, c.first, c.behind))
    order by c.first
    limit 1
$$;

-- Which entry behind a place (stream and seq), and not behind another, belongs to a sealed transaction and has no leaf: one that was
-- written back into a sealed time, or whose leaf was taken away.
create function portarium_int.unsealed_entry(p_tenant uuid, p_after uuid, p_after_seq int, p_last uuid, p_last_seq int)
    returns text
    language sql
    stable
    as $$
    select pg_catalog.format('entry "%s" %s was never sealed', e.stream_id, e.seq)
    from entry e, seal_cursor c
    where e.tenant_id = p_tenant and (e.stream_id, e.seq) > (p_after, p_after_seq) and (e.stream_id, e.seq) <= (p_last, p_last_seq)
        and e.xid < c.top and e.xid <> all (c.running)
        and not exists (
            select from leaf l
            where l.tenant_id = p_tenant and l.stream_id = e.stream_id and l.seq = e.seq)
    limit 1
$$;

-- The places before and behind all entries.
create function portarium_int.first_stream()
    returns uuid
    language sql
    immutable
    parallel safe
    as $$ select '00000000-0000-0000-0000-000000000000'::uuid $$;

create function portarium_int.last_stream()
    returns uuid
    language sql
    immutable
    parallel safe
    as $$ select 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid $$;

-- What is wrong beside the leaves themselves: the tree's row, leaves behind its end, chunks, sealed transactions whose entry has no leaf.
create function portarium_int.verify_tree(p_state portarium_int.verify_state, p_tenant uuid, p_epoch int)
    returns portarium_int.verify_state
    language plpgsql
    stable
    as $$
begin
    select f.bad_index, f.reason
    into p_state.bad_index, p_state.reason
    from (
        select 1, null::bigint, 'tree does not have the root of its leaves'
        from tree t
        where t.tenant_id = p_tenant and t.epoch = p_epoch
            and (t.root, t.frontier, t.last_leaf) is distinct from (p_state.root, p_state.frontier, p_state.last_leaf)
        union all
        select 2, pg_catalog.min(l.idx), 'leaf lies behind the end of the tree'
        from leaf l
        where l.tenant_id = p_tenant and l.epoch = p_epoch and l.idx >= p_state.size
        having pg_catalog.count(*) > 0
        union all
        select 3, w.idx, 'chunk does not have the root of its leaves'
        from portarium_int.wrong_chunk(p_tenant, p_epoch, 0, p_state.size) w (idx)
        where w.idx is not null
        union all
        select 5, null, pg_catalog.format('disposition "%s" %s', j.disposition_id, j.wrong)
        from portarium_int.judged_dispositions(p_tenant) j
        where j.wrong is not null
        union all
        select 4, null, u.reason
        from portarium_int.unsealed_entry(p_tenant, portarium_int.first_stream(), 0, portarium_int.last_stream(), 2147483647) u (reason)
        where u.reason is not null
    ) f (rank, bad_index, reason)
    order by f.rank, f.bad_index
    limit 1;
    return p_state;
end
$$;

-- What is wrong with a checkpoint's note, given the verdict on its signatures.
create function portarium_int.note_finding(p_meta_size bigint, p_root bytea, p_note text, p_signatures text)
    returns text
    language sql
    stable
    as $$
    select case
        when portarium_int.note_text(p_note) <> pg_catalog.format(e'%s\n%s\n%s\n', m.origin, p_meta_size, pg_catalog.encode(p_root, 'base64'))
            then pg_catalog.format('checkpoint "%s" has a note that says something else', p_meta_size)
        when p_signatures = 'refused' then pg_catalog.format('checkpoint "%s" is not signed by a trusted key', p_meta_size)
    end
    from meta_tree m
$$;

-- Every checkpoint against the meta-log up to its size, and its note. Returns the first finding, and whether signatures were checked.
create function portarium_int.verify_checkpoints(p_vkeys text[], out reason text, out signatures text)
    language plpgsql
    stable
    as $$
declare
    v_check record;
    v_meta record;
begin
    select 0::bigint as size, ''::bytea as frontier into v_meta;
    for v_check in
        select c.* from checkpoint c order by c.meta_size
    loop
        select a.* into v_meta
        from portarium_int.meta_append(v_meta.size, v_meta.frontier, array(
            select portarium_int.meta_leaf_hash(l.tenant_hash, l.epoch, l.size, l.root, l.round)
            from meta_leaf l
            where l.meta_index >= v_meta.size and l.meta_index < v_check.meta_size
            order by l.meta_index)) a;
        signatures := portarium_int.note_verdict(v_check.note, p_vkeys);
        reason := case
            when (v_meta.size, v_meta.root) is distinct from (v_check.meta_size, v_check.root)
                then pg_catalog.format('checkpoint "%s" does not have the root of the meta-log', v_check.meta_size)
            else portarium_int.note_finding(v_check.meta_size, v_check.root, v_check.note, signatures)
        end;
        exit when reason is not null;
    end loop;
end
$$;

-- What is wrong with the tenant's place in the meta-log, given the root that its leaves have at the anchor's size.
create function portarium_int.verify_meta_leaf(p_tenant uuid, p_epoch int, p_root bytea)
    returns text
    language sql
    stable
    as $$
    select case
        when a.tenant_hash <> portarium_int.tenant_hash(t.salt, t.tenant_id) then 'meta leaf does not name this tenant'
        when a.root <> p_root then 'meta leaf does not have the root of the tenant''s leaves'
        when l.leaf_hash <> portarium_int.meta_leaf_hash(l.tenant_hash, l.epoch, l.size, l.root, l.round)
            then 'meta leaf does not have its hash'
        when exists (
            select from portarium_int.full_chunks(0, a.meta_size) c
            left join meta_chunk k using (n)
            where k.hash is distinct from portarium_int.root_of(portarium_int.meta_leaf_hashes(c.first, c.behind)))
            then 'chunk of the meta-log does not have the root of its leaves'
    end
    from tenant t
    cross join portarium_int.evidence_anchor(p_tenant, p_epoch) a
    join meta_leaf l on l.meta_index = a.meta_index
    where t.tenant_id = p_tenant
$$;

-- Which checks a verdict rests on.
create function portarium_int.verify_tier(p_anchored boolean, p_signatures text)
    returns text
    language sql
    immutable
    as $$
    select 'entries, leaves, tree' || case
        when not p_anchored then ' (nothing signed yet)'
        when p_signatures = 'signed' then ', checkpoints, signatures'
        else ', checkpoints (signatures not checked: no Ed25519 in this flavour)' end
$$;

-- One epoch of a tenant's log; signed: as far as a checkpoint covers it.
create function portarium_int.verify_epoch(p_tenant uuid, p_epoch int, p_size bigint, out state portarium_int.verify_state, out signed boolean)
    language plpgsql
    stable
    as $$
declare
    v_signed bigint := (select a.size from portarium_int.evidence_anchor(p_tenant, p_epoch) a);
    v_root bytea;
begin
    state := row(0, '', pg_catalog.decode(pg_catalog.repeat('00', 32), 'hex'), pg_catalog.sha256(''), null, null);
    state := portarium_int.verify_leaves(state, p_tenant, p_epoch, v_signed);
    v_root := state.root;
    state := portarium_int.verify_leaves(state, p_tenant, p_epoch, p_size);
    if state.reason is null then
        state := portarium_int.verify_tree(state, p_tenant, p_epoch);
    end if;
    state.reason := coalesce(state.reason, portarium_int.verify_meta_leaf(p_tenant, p_epoch, v_root));
    signed := v_signed is not null;
end
$$;

create function portarium.verify_evidence(
    vkeys text[] default null,
    out ok boolean,
    out bad_index bigint,
    out reason text,
    out checked bigint,
    out tier text)
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    set jit = off
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_tree record;
    v_epoch record;
    v_signed record;
begin
    checked := 0;
    for v_tree in
        select t.epoch, t.size from tree t where t.tenant_id = v_tenant
        union
        -- nothing is sealed yet
        select 1, 0 where not exists (select from tree t where t.tenant_id = v_tenant)
        order by epoch
    loop
        select e.* into v_epoch from portarium_int.verify_epoch(v_tenant, v_tree.epoch, v_tree.size) e;
        bad_index := (v_epoch.state).bad_index;
        reason := case when v_tree.epoch > 1 then format('epoch %s: ', v_tree.epoch) else '' end || (v_epoch.state).reason;
        checked := checked + coalesce(bad_index, (v_epoch.state).size);
        exit when reason is not null;
    end loop;
    select c.* into v_signed
    from portarium_int.verify_checkpoints(coalesce(verify_evidence.vkeys, portarium_int.trusted_keys())) c;
    reason := coalesce(reason, v_signed.reason);
    ok := reason is null;
    tier := portarium_int.verify_tier(v_epoch.signed, v_signed.signatures);
end
$$;
comment on function portarium.verify_evidence(text[]) is
    'Reads and hashes all of the tenant''s evidence again, of all its epochs: entries, leaves, tree, meta-log, checkpoints and, where this flavour can,
their signatures by vkeys (default: the trusted ones). Returns the first bad index and the reason, the number of leaves that hold, and
in tier what was checked. Errors: UP201';
