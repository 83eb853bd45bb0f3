-- SPDX-License-Identifier: PostgreSQL
-- Recovery: the end of the log that was signed is missing, after a restore to a point in time, a failover to a standby that lagged, or
-- somebody's hand. The notary has refused and nothing is sealed any more.
-- Order: a superuser declares the recovery; the notary, told to by its own operator, gives back the leaves and meta leaves that are
-- missing, out of its store, and says that it is done: the next epoch is open then, and the first entry of each tenant's log in it
-- says what was signed last and how many entries lost their bodies. In one transaction, so that a recovery is whole or not at all.
-- What is given back is only appended. Bodies do not come back from the store, which has none; a superuser takes them from a bundle (45_mend).
-- Lock: the row of seal_cursor, from the first call on, so that nobody seals. Writers go on: what they commit meanwhile is not among
-- what was signed, and the cursor finds it as it finds any late transaction.

-- One row for each recovery, with the epoch that it opens.
create function portarium_int.stamp_recovery()
    returns void
    language plpgsql
    as $$
begin
    create table recovery (
        epoch int primary key,
        reason text not null,
        declared_by text not null,
        declared_at timestamptz not null default pg_catalog.now(),
        meta_size bigint,               -- of the checkpoint that was signed last; null: not carried out yet
        recovered_at timestamptz
    );
end
$$;

create function portarium.declare_recovery(reason text)
    returns int
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_epoch int := (select m.epoch + 1 from meta_tree m);
begin
    if coalesce(declare_recovery.reason, '') = '' or length(declare_recovery.reason) > 1000 then
        raise exception using
            errcode = 'UP007',
            message = 'reason of a recovery is not a text of 1 to 1000 characters';
    end if;
    if not (select h.waiting from portarium.notary_head() h) then
        raise exception using
            errcode = '55000',
            message = 'nothing is to be recovered: the log is being sealed',
            hint = 'A recovery is declared when the notary has refused the log.';
    end if;
    insert into recovery (epoch, reason, declared_by)
    values (v_epoch, declare_recovery.reason, session_user)
    on conflict (epoch) do nothing;
    return v_epoch;
end
$$;
comment on function portarium.declare_recovery(text) is
    'Says that evidence which was signed is lost here for this reason, so that "portarium-notary recover" may bring its hashes back from the store and begin the
next epoch. Returns that epoch; declaring again changes nothing. Errors: UP007 no reason, 55000 sealing does not wait';

-- From here to the end of the transaction nobody seals.
create function portarium.notary_recovery()
    returns int
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_epoch int;
begin
    perform from seal_cursor c for update;
    select r.epoch into v_epoch from recovery r where r.recovered_at is null;
    if v_epoch is null then
        raise exception using
            errcode = '55000',
            message = 'no recovery is declared',
            hint = 'A superuser or a member of portarium_admin declares it with portarium.declare_recovery.';
    end if;
    return v_epoch;
end
$$;
comment on function portarium.notary_recovery() is
    'Begins to carry out the recovery that was declared; returns the epoch that it opens. Nothing is sealed until the transaction ends. Errors: 55000 none is declared';

-- Entries of a tenant that have no leaf and are among these hashes, with everything else of their transaction: they were sealed, and
-- only their leaves are lost. Part of a transaction is left alone, because the sealer takes whole ones.
create function portarium_int.sealed_before(p_tenant uuid, p_hashes bytea[])
    returns table (stream_id uuid, seq int, xid bigint, entry_hash bytea)
    language sql
    stable
    as $$
    with tail as materialized (
        select distinct h.hash from pg_catalog.unnest(p_hashes) h (hash)
    ), lone as materialized (
        select e.stream_id, e.seq, e.xid, h.hash, t.hash is not null as known
        from entry e
        cross join lateral (
            select portarium_int.entry_hash(e.salt, e.tenant_id, e.stream_id, e.seq, e.at, e.kind, e.actor, e.canon)
        ) h (hash)
        left join tail t on t.hash = h.hash
        where e.tenant_id = p_tenant
            and not exists (
                select from leaf l where l.tenant_id = p_tenant and l.stream_id = e.stream_id and l.seq = e.seq)
    )
    select l.stream_id, l.seq, l.xid, l.hash
    from lone l
    where l.xid in (select w.xid from lone w group by w.xid having pg_catalog.bool_and(w.known))
$$;

-- A leaf whose entry is not there has seq 0 and, in place of a stream, the beginning of its hash.
create function portarium_int.give_back_leaves(
    p_tenant uuid,
    p_epoch int,
    p_from bigint,
    p_hashes bytea[],
    p_leaves bytea[])
    returns void
    language sql
    volatile
    as $$
    insert into leaf (tenant_id, epoch, idx, stream_id, seq, entry_hash, leaf_hash, round)
    select p_tenant, p_epoch, p_from + h.n - 1,
        coalesce(s.stream_id, pg_catalog.encode(pg_catalog.substr(h.hash, 1, 16), 'hex')::uuid), coalesce(s.seq, 0), h.hash, h.leaf, c.round
    from seal_cursor c
    cross join rows from (pg_catalog.unnest(p_hashes), pg_catalog.unnest(p_leaves)) with ordinality h (hash, leaf, n)
    left join portarium_int.sealed_before(p_tenant, p_hashes) s on s.entry_hash = h.hash
$$;

create function portarium.notary_recovery_leaves(
    tenant_hash bytea,
    epoch int,
    tenant_id uuid,
    from_index bigint,
    entry_hashes bytea)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_hashes bytea[] := array(
        select substr(entry_hashes, 32 * n + 1, 32) from generate_series(0, length(entry_hashes) / 32 - 1) n order by n);
    v_entered boolean := portarium_int.enter(notary_recovery_leaves.tenant_id);
    v_old record;
    v_new record;
begin
    select t.size, t.frontier, t.last_leaf into v_old
    from tree t
    where t.tenant_id = notary_recovery_leaves.tenant_id and t.epoch = notary_recovery_leaves.epoch;
    if coalesce(v_old.size, 0) <> from_index then
        raise exception using
            errcode = 'UP902',
            message = format('log of tenant "%s" ends at %s, not at %s', tenant_id, coalesce(v_old.size, 0), from_index);
    end if;
    select a.* into v_new
    from portarium_int.tree_append(from_index, coalesce(v_old.frontier, ''), coalesce(v_old.last_leaf, decode(repeat('00', 32), 'hex')),
        notary_recovery_leaves.tenant_id, notary_recovery_leaves.epoch, v_hashes) a;
    perform portarium_int.give_back_leaves(notary_recovery_leaves.tenant_id, notary_recovery_leaves.epoch, from_index, v_hashes,
        v_new.leaf_hashes);
    insert into tree as t (tenant_id, epoch, tenant_hash, size, frontier, last_leaf, root, round)
    select notary_recovery_leaves.tenant_id, notary_recovery_leaves.epoch, notary_recovery_leaves.tenant_hash, v_new.size, v_new.frontier,
        v_new.last_leaf, v_new.root, c.round
    from seal_cursor c
    on conflict on constraint tree_pkey do update
    set size = excluded.size, frontier = excluded.frontier, last_leaf = excluded.last_leaf, root = excluded.root;
    perform portarium_int.seal_chunks(array[notary_recovery_leaves.tenant_id], array[notary_recovery_leaves.epoch], array[from_index],
        array[v_new.size]);
    perform portarium_int.leave(v_entered);
end
$$;
comment on function portarium.notary_recovery_leaves(bytea, int, uuid, bigint, bytea) is
    'Gives back the leaves of a log from an index on: their entry hashes, 32 bytes each. Errors: UP902 the log does not end at that index';

-- What a meta_data record says (docs/formats.md).
create function portarium_int.read_meta_data(p_record bytea)
    returns table (tenant_hash bytea, epoch int, size bigint, root bytea, round bigint)
    language sql
    immutable
    as $$
    select pg_catalog.substr(p_record, 5, 32),
        ('x' || pg_catalog.encode(pg_catalog.substr(p_record, 37, 4), 'hex'))::bit(32)::int,
        ('x' || pg_catalog.encode(pg_catalog.substr(p_record, 41, 8), 'hex'))::bit(64)::bigint,
        pg_catalog.substr(p_record, 49, 32),
        ('x' || pg_catalog.encode(pg_catalog.substr(p_record, 81, 8), 'hex'))::bit(64)::bigint
$$;

create function portarium.notary_recovery_meta(from_index bigint, records bytea)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    c_record constant int := 88;
    v_new record;
begin
    if (select m.size from meta_tree m) <> from_index then
        raise exception using
            errcode = 'UP902',
            message = format('meta-log does not end at %s', from_index);
    end if;
    with given as (
        insert into meta_leaf (meta_index, round, tenant_hash, epoch, size, root, leaf_hash)
        select from_index + n, d.round, d.tenant_hash, d.epoch, d.size, d.root,
            portarium_int.meta_leaf_hash(d.tenant_hash, d.epoch, d.size, d.root, d.round)
        from generate_series(0, length(records) / c_record - 1) n
        cross join lateral portarium_int.read_meta_data(substr(records, c_record * n + 1, c_record)) d
        returning meta_index, leaf_hash, round
    )
    select array_agg(g.leaf_hash order by g.meta_index) as hashes, max(g.round) as round into v_new from given g;
    update meta_tree m
    set (size, frontier, root) = (
        select a.size, a.frontier, a.root from portarium_int.meta_append(m.size, m.frontier, v_new.hashes) a);
    insert into meta_chunk (n, hash)
    select c.n, portarium_int.root_of(portarium_int.meta_leaf_hashes(c.first, c.behind))
    from meta_tree m
    cross join lateral portarium_int.full_chunks(from_index, m.size) c;
    update seal_cursor set round = greatest(round, v_new.round);
end
$$;
comment on function portarium.notary_recovery_meta(bigint, bytea) is
    'Gives back meta leaves from an index on: their meta_data records, 88 bytes each. Errors: UP902 the meta-log does not end at that index';

-- Every log ends in the root that its last meta leaf has.
create function portarium_int.check_given_back()
    returns void
    language plpgsql
    stable
    as $$
declare
    v_tenant uuid;
begin
    select t.tenant_id into v_tenant
    from tree t
    left join lateral (
        select m.size, m.root
        from meta_leaf m
        where m.tenant_hash = t.tenant_hash and m.epoch = t.epoch
        order by m.meta_index desc
        limit 1) m on true
    where (t.size, t.root) is distinct from (m.size, m.root)
    limit 1;
    if found then
        raise exception using
            errcode = 'UP902',
            message = pg_catalog.format('log of tenant "%s" does not end as its last meta leaf says', v_tenant);
    end if;
end
$$;

-- The transactions on the caller's path that the cursor has not seen, and whether their entries have leaves all the same.
create function portarium_int.loose_transactions(out sealed bigint[], out unsealed bigint[])
    language sql
    stable
    as $$
    select coalesce(pg_catalog.array_agg(x.xid) filter (where x.sealed), '{}'), coalesce(pg_catalog.array_agg(x.xid) filter (where not x.sealed), '{}')
    from (
        select e.xid, pg_catalog.bool_and(exists (
            select from leaf l where l.tenant_id = e.tenant_id and l.stream_id = e.stream_id and l.seq = e.seq))
        from entry e, seal_cursor c
        where e.xid >= c.top or e.xid = any (c.running)
        group by e.xid
    ) x (xid, sealed)
$$;

-- The cursor behind the last of p_sealed. Below it wait p_unsealed, whoever is still running, and the first entries of the epoch: their
-- number is the epoch's, negative, so that they come before all others.
create function portarium_int.move_cursor(p_epoch int, p_sealed bigint[], p_unsealed bigint[])
    returns void
    language sql
    volatile
    as $$
    update seal_cursor
    set top = t.top,
        running = array(
            select u from pg_catalog.unnest(p_unsealed) u where u < t.top
            union
            select x::text::bigint
            from pg_catalog.pg_snapshot_xip(pg_catalog.pg_current_snapshot()) x
            where x::text::bigint < t.top
            union
            select -p_epoch)
    from (
        select greatest(c.top, (select pg_catalog.max(s) + 1 from pg_catalog.unnest(p_sealed) s)) from seal_cursor c
    ) t (top)
$$;

-- Transactions whose entries got their leaves back are sealed, here and in the homes.
create function portarium_int.recover_cursor(p_epoch int)
    returns void
    language plpgsql
    volatile
    as $$
declare
    v_all record;
    v_there record;
    v_home uuid;
    v_entered boolean;
begin
    select l.* into v_all from portarium_int.loose_transactions() l;
    for v_home in
        select t.tenant_id from tenant t where t.home is not null
    loop
        v_entered := portarium_int.enter(v_home);
        select l.* into v_there from portarium_int.loose_transactions() l;
        perform portarium_int.leave(v_entered);
        delete from stirred s where s.tenant_id = v_home and s.xid = any (v_there.sealed);
        v_all.sealed := v_all.sealed || v_there.sealed;
        v_all.unsealed := v_all.unsealed || v_there.unsealed;
    end loop;
    perform portarium_int.move_cursor(p_epoch, v_all.sealed, v_all.unsealed);
end
$$;

-- The first entry of a tenant's log in the epoch, on the path of its home.
create function portarium_int.append_recovered(p_tenant uuid, p_recovery record, p_root bytea)
    returns void
    language plpgsql
    volatile
    as $$
begin
    insert into entry (tenant_id, stream_id, seq, xid, at, kind, actor, canon, salt)
    select p_tenant, '00000000-0000-0000-0000-000000000000', p_recovery.epoch, -p_recovery.epoch, pg_catalog.clock_timestamp(),
        'evidence.recovered', 'notary',
        portarium.canonical_entry(pg_catalog.jsonb_build_object(
            'epoch', p_recovery.epoch,
            'reason', p_recovery.reason,
            'meta_size', p_recovery.meta_size,
            'root', pg_catalog.encode(p_root, 'hex'),
            'signed', coalesce(t.size, 0),
            'kept', coalesce(l.kept, t.size, 0),
            'lost', l.lost)::text),
        portarium_int.salt()
    from (
        select pg_catalog.min(g.idx) as kept, pg_catalog.count(*) as lost
        from leaf g
        where g.tenant_id = p_tenant and g.epoch = p_recovery.epoch - 1 and g.seq = 0
    ) l
    left join tree t on t.tenant_id = p_tenant and t.epoch = p_recovery.epoch - 1;
    if portarium_int.is_away() then
        insert into stirred (tenant_id, xid, entries) values (p_tenant, -p_recovery.epoch, 1);
    end if;
end
$$;

create function portarium_int.tell_recovery(p_recovery record, p_root bytea)
    returns bigint
    language plpgsql
    volatile
    as $$
declare
    v_tenant uuid;
    v_entered boolean;
    v_told bigint := 0;
begin
    for v_tenant in
        select t.tenant_id from tenant t
    loop
        v_entered := portarium_int.enter(v_tenant);
        perform portarium_int.append_recovered(v_tenant, p_recovery, p_root);
        perform portarium_int.leave(v_entered);
        v_told := v_told + 1;
    end loop;
    perform portarium_int.wake();
    return v_told;
end
$$;

create function portarium.notary_recovered(meta_size bigint, root bytea, note text)
    returns bigint
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_recovery record;
begin
    update recovery r
    set meta_size = notary_recovered.meta_size, recovered_at = clock_timestamp()
    where r.recovered_at is null
    returning r.epoch, r.reason, r.meta_size into v_recovery;
    if not found then
        raise exception using errcode = '55000', message = 'no recovery is declared';
    end if;
    perform portarium_int.check_given_back();
    perform portarium.notary_checkpoint(notary_recovered.meta_size, notary_recovered.root, notary_recovered.note);
    perform portarium_int.recover_cursor(v_recovery.epoch);
    update meta_tree set epoch = v_recovery.epoch;
    return portarium_int.tell_recovery(v_recovery, notary_recovered.root);
end
$$;
comment on function portarium.notary_recovered(bigint, bytea, text) is
    'Ends a recovery: what was signed last (the checkpoint) is here again, and the next epoch is open with an entry "evidence.recovered" of every tenant, first in its log. Returns how many. Errors: 55000
none is declared, UP902 a log does not have the root that was signed, UP007 another note';
