-- SPDX-License-Identifier: PostgreSQL
-- Sealing: every committed entry gets its index, its leaf and its place in the tenant's tree, once.
-- Order, in one transaction: look whether there is work (no lock, no write); lock the cursor; take this transaction's xid, then a
-- snapshot, then the entries that the snapshot sees and the cursor has not; grow each tenant's tree, then the meta-log by one leaf
-- for each tenant; complete chunks; move the cursor.
-- Why nothing is lost: the cursor says exactly which transactions have been sealed (all below top, but for those in running), so one
-- that was running then and commits late is found by its xid, however much later, and nobody waits for it. Transactions from this
-- one's xid on are left for the next round: after a crash their numbers could be given out again.
-- Lock: the row of seal_cursor, taken with skip locked; a second sealer goes home. Writers are never blocked.

-- Is there an entry that the cursor has not seen? Like all scans of entry here it reads the newest block ranges, and those of
-- transactions that were running, each with a condition of its own (an OR of both would be a filter, and everything would be read);
-- the settings keep the planner, which cannot know how few they are, from reading everything.
create function portarium_int.seal_pending(p_top bigint, p_running bigint[])
    returns boolean
    language plpgsql
    stable
    set enable_seqscan = off
    set enable_indexscan = off
    as $$
begin
    return exists (select from stirred) or exists (select from entry e where e.xid >= p_top)
        or p_running <> '{}' and exists (select from entry e where e.xid = any (p_running));
end
$$;

-- What was stirred by the window's transactions, which have all committed; taken away. A home that is missing holds up nobody else.
create function portarium_int.seal_stirred(p_window portarium_int.seal_window)
    returns table (tenant_id uuid)
    language plpgsql
    volatile
    as $$
begin
    return query
        delete from stirred s
        where s.xid < p_window.top and s.xid <> all (p_window.running) and portarium_int.home_is_there(s.tenant_id)
        returning s.tenant_id;
end
$$;

-- The late ones are looked up by their numbers alone: a second bound beside them would tempt the planner into using that one instead,
-- and reading everything below it.
create function portarium_int.seal_batch(p_window portarium_int.seal_window)
    returns table (tenant_id uuid, stream_id uuid, seq int, xid bigint, entry_hash bytea)
    language plpgsql
    stable
    set enable_seqscan = off
    set enable_indexscan = off
    set max_parallel_workers_per_gather = 0
    as $$
declare
    v_late bigint[] := array(select f from pg_catalog.unnest(p_window.finished) f where f < p_window.top);
begin
    return query
        select e.tenant_id, e.stream_id, e.seq, e.xid,
            portarium_int.entry_hash(e.salt, e.tenant_id, e.stream_id, e.seq, e.at, e.kind, e.actor, e.canon)
        from (
            select n.* from entry n
            where n.xid >= p_window.old_top and n.xid < p_window.top and n.xid <> all (p_window.running)
            union all
            select l.* from entry l
            where l.xid = any (v_late)
        ) e;
end
$$;

-- Where each tenant of a batch stands: its tree in the open epoch, or the empty tree of a tenant's first entry there.
create function portarium_int.seal_open_tree(p_tenant uuid)
    returns table (tenant_hash bytea, epoch int, size bigint, frontier bytea, last_leaf bytea)
    language sql
    stable
    rows 1
    as $$
    select coalesce(t.tenant_hash, portarium_int.tenant_hash(n.salt, n.tenant_id)), m.epoch, coalesce(t.size, 0), coalesce(t.frontier, ''),
        coalesce(t.last_leaf, pg_catalog.decode(pg_catalog.repeat('00', 32), 'hex'))
    from meta_tree m
    join tenant n on n.tenant_id = p_tenant
    left join tree t on t.tenant_id = p_tenant and t.epoch = m.epoch
$$;

-- Seals a window's entries into the trees. Returns one element for each tenant that grew, and how many entries were sealed.
create function portarium_int.seal_trees(
    p_window portarium_int.seal_window,
    p_round bigint,
    out tenants uuid[],
    out tenant_hashes bytea[],
    out epochs int[],
    out old_sizes bigint[],
    out sizes bigint[],
    out roots bytea[],
    out sealed bigint)
    language plpgsql
    volatile
    as $$
begin
    with batch as materialized (
        select b.*
        from portarium_int.seal_batch(p_window) b
        order by b.tenant_id, b.xid, b.stream_id, b.seq
    ), grouped as (
        select b.tenant_id,
            pg_catalog.array_agg(b.stream_id) as streams,
            pg_catalog.array_agg(b.seq) as seqs,
            pg_catalog.array_agg(b.entry_hash) as hashes
        from batch b
        group by b.tenant_id
    ), grown as materialized (
        select g.*, o.tenant_hash, o.epoch, o.size as old_size, a.size, a.frontier, a.last_leaf, a.root, a.leaf_hashes
        from grouped g
        cross join lateral portarium_int.seal_open_tree(g.tenant_id) o
        cross join lateral portarium_int.tree_append(o.size, o.frontier, o.last_leaf, g.tenant_id, o.epoch, g.hashes) a
    ), leaves as materialized (
        select portarium_int.put_leaves(g.tenant_id, g.epoch, g.old_size, g.streams, g.seqs, g.hashes, g.leaf_hashes, p_round) as put
        from grown g
    ), trees as (
        insert into tree as t (tenant_id, epoch, tenant_hash, size, frontier, last_leaf, root, round)
        select g.tenant_id, g.epoch, g.tenant_hash, g.size, g.frontier, g.last_leaf, g.root, p_round
        from grown g
        on conflict (tenant_id, epoch) do update
        set size = excluded.size, frontier = excluded.frontier, last_leaf = excluded.last_leaf, root = excluded.root,
            round = excluded.round
    )
    select pg_catalog.array_agg(g.tenant_id), pg_catalog.array_agg(g.tenant_hash), pg_catalog.array_agg(g.epoch),
        pg_catalog.array_agg(g.old_size), pg_catalog.array_agg(g.size), pg_catalog.array_agg(g.root),
        (select coalesce(pg_catalog.sum(l.put), 0) from leaves l)
    into tenants, tenant_hashes, epochs, old_sizes, sizes, roots, sealed
    from grown g;
end
$$;

create function portarium_int.meta_leaf_hash(p_tenant_hash bytea, p_epoch int, p_size bigint, p_root bytea, p_round bigint)
    returns bytea
    language sql
    immutable
    parallel safe
    as $$
    select pg_catalog.sha256('\x00'::bytea || 'EVM1'::bytea || p_tenant_hash || pg_catalog.int4send(p_epoch)
        || pg_catalog.int8send(p_size) || p_root || pg_catalog.int8send(p_round))
$$;

create function portarium_int.seal_chunks(p_tenants uuid[], p_epochs int[], p_old_sizes bigint[], p_sizes bigint[])
    returns void
    language sql
    volatile
    as $$
    insert into chunk (tenant_id, epoch, n, hash)
    select t.tenant_id, t.epoch, c.n,
        portarium_int.root_of(portarium_int.leaf_hashes(t.tenant_id, t.epoch, c.first, c.behind))
    from rows from (
        pg_catalog.unnest(p_tenants), pg_catalog.unnest(p_epochs), pg_catalog.unnest(p_old_sizes), pg_catalog.unnest(p_sizes)
    ) t (tenant_id, epoch, old_size, size)
    cross join lateral portarium_int.full_chunks(t.old_size, t.size) c
$$;

-- One meta leaf for each tenant of the round.
create function portarium_int.seal_meta(
    p_round bigint,
    p_tenant_hashes bytea[],
    p_epochs int[],
    p_sizes bigint[],
    p_roots bytea[])
    returns void
    language sql
    volatile
    as $$
    with new as materialized (
        select n.*, portarium_int.meta_leaf_hash(n.tenant_hash, n.epoch, n.size, n.root, p_round) as leaf_hash
        from rows from (
            pg_catalog.unnest(p_tenant_hashes), pg_catalog.unnest(p_epochs), pg_catalog.unnest(p_sizes), pg_catalog.unnest(p_roots)
        ) with ordinality n (tenant_hash, epoch, size, root, n)
    ), leaves as (
        insert into meta_leaf (meta_index, round, tenant_hash, epoch, size, root, leaf_hash)
        select m.size + n.n - 1, p_round, n.tenant_hash, n.epoch, n.size, n.root, n.leaf_hash
        from new n, meta_tree m
    )
    update meta_tree m
    set (size, frontier, root) = (
        select a.size, a.frontier, a.root
        from portarium_int.meta_append(m.size, m.frontier, array(select n.leaf_hash from new n order by n.n)) a);
    insert into meta_chunk (n, hash)
    select c.n, portarium_int.root_of(portarium_int.meta_leaf_hashes(c.first, c.behind))
    from meta_tree m
    cross join lateral portarium_int.full_chunks(m.size - pg_catalog.cardinality(p_roots), m.size) c
$$;

-- The cursor after a round: what was running stays to be found, and so does what finished but lies above a lowered top.
create function portarium_int.seal_advance(p_window portarium_int.seal_window, p_round bigint)
    returns void
    language sql
    volatile
    as $$
    update seal_cursor
    set top = greatest(p_window.old_top, p_window.top),
        running = array(
            select r from pg_catalog.unnest(p_window.running) r where r < greatest(p_window.old_top, p_window.top)
            union all
            select f from pg_catalog.unnest(p_window.finished) f where f >= p_window.top),
        round = p_round
$$;

-- Refuses where the numbers of transactions mean something else than when the cursor was written.
create function portarium_int.seal_check_cluster(p_top bigint, p_own bigint, p_system_identifier bigint)
    returns void
    language plpgsql
    stable
    as $$
begin
    if pg_catalog.current_setting('transaction_isolation') <> 'read committed' then
        raise exception using
            errcode = '25001',
            message = 'cannot seal in isolation level above read committed';
    end if;
    if p_own < p_top or p_system_identifier <> (select c.system_identifier from pg_catalog.pg_control_system() c) then
        raise exception using
            errcode = 'UP902',
            message = 'cannot seal in a cluster other than the one that wrote the evidence',
            hint = 'After a restore from a dump, call portarium_int.adopt_evidence() as a superuser.';
    end if;
end
$$;

-- Lets entry_xid know the block ranges that are full. The last one is left alone: in a known range every insert would update the
-- summary. A vacuum holds the same lock; then this is left to the next call.
create function portarium_int.seal_summarise()
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    set lock_timeout = '1ms'
    as $$
declare
    c_range constant int := 16;
    v_from bigint := (select c.summarised from seal_cursor c);
    v_blocks bigint := pg_relation_size('entry') / current_setting('block_size')::int;
begin
    if v_blocks - v_from < 2 * c_range then
        return;
    end if;
    v_blocks := v_blocks - v_blocks % c_range;
    perform brin_summarize_range('entry_xid', b) from generate_series(v_from, v_blocks - 1, c_range) b;
    update seal_cursor set summarised = v_blocks;
exception when lock_not_available then
    return;
end
$$;

-- The window's entries in the homes that were stirred: as seal_trees, over all of them.
create function portarium_int.seal_homes(
    p_window portarium_int.seal_window,
    p_round bigint,
    out tenant_hashes bytea[],
    out epochs int[],
    out sizes bigint[],
    out roots bytea[],
    out sealed bigint)
    language plpgsql
    volatile
    as $$
declare
    v_tenant uuid;
    v_entered boolean;
    v_new record;
begin
    sealed := 0;
    for v_tenant in
        select distinct s.tenant_id from portarium_int.seal_stirred(p_window) s order by s.tenant_id
    loop
        v_entered := portarium_int.enter(v_tenant);
        select t.* into v_new from portarium_int.seal_trees(p_window, p_round) t;
        if v_new.sealed > 0 then
            perform portarium_int.seal_chunks(v_new.tenants, v_new.epochs, v_new.old_sizes, v_new.sizes);
        end if;
        perform portarium_int.leave(v_entered);
        tenant_hashes := tenant_hashes || v_new.tenant_hashes;
        epochs := epochs || v_new.epochs;
        sizes := sizes || v_new.sizes;
        roots := roots || v_new.roots;
        sealed := sealed + v_new.sealed;
    end loop;
end
$$;

create function portarium_int.seal(p_limit int default 10000)
    returns bigint
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    set jit = off
    as $$
declare
    v_cursor record;
    v_own bigint;
    v_window portarium_int.seal_window;
    v_new record;
    v_homes record;
begin
    select c.* into v_cursor from seal_cursor c;
    if not portarium_int.seal_pending(v_cursor.top, v_cursor.running) then
        return 0;
    end if;
    select c.* into v_cursor from seal_cursor c for update skip locked;
    if not found then
        return 0;
    end if;
    v_own := pg_current_xact_id()::text::bigint;
    if v_cursor.timeline <> portarium_int.wal_timeline() then
        -- nothing is added to what may lack its end, until the notary has seen that it does not (45)
        return 0;
    end if;
    perform portarium_int.seal_check_cluster(v_cursor.top, v_own, v_cursor.system_identifier);
    v_window := portarium_int.seal_limit(
        portarium_int.seal_window(v_cursor.top, v_cursor.running, v_own, pg_current_snapshot()), p_limit);
    select t.* into v_new from portarium_int.seal_trees(v_window, v_cursor.round + 1) t;
    if v_new.sealed > 0 then
        perform portarium_int.seal_chunks(v_new.tenants, v_new.epochs, v_new.old_sizes, v_new.sizes);
    end if;
    select h.* into v_homes from portarium_int.seal_homes(v_window, v_cursor.round + 1) h;
    if v_new.sealed + v_homes.sealed > 0 then
        perform portarium_int.seal_meta(v_cursor.round + 1, v_new.tenant_hashes || v_homes.tenant_hashes, v_new.epochs || v_homes.epochs,
            v_new.sizes || v_homes.sizes, v_new.roots || v_homes.roots);
        perform portarium_int.seal_advance(v_window, v_cursor.round + 1);
        perform portarium_int.seal_summarise();
        if portarium_int.commit_is_weak() then
            perform set_config('synchronous_commit', 'on', true);
        end if;
    end if;
    return v_new.sealed + v_homes.sealed;
end
$$;
