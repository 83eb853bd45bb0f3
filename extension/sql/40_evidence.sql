-- SPDX-License-Identifier: PostgreSQL
-- Evidence: the tables, and appending one entry.
-- Order: an entry is appended in the business transaction (here, or set-based by the engine); the sealer (42) gives it its index and
-- its leaf later; the notary (44) signs. An entry is what was said; a leaf is its fixed place. Neither is ever changed.
-- Locks: appending takes none but the row's own, so writers of one tenant never wait for each other.

-- A tenant's own part of it.
create function portarium_int.stamp_log()
    returns void
    language plpgsql
    as $$
begin
    -- The history, the audit trail and the event stream at once. xid is the top-level transaction that wrote the row.
    create table entry (
        tenant_id uuid not null,
        stream_id uuid not null,
        seq int not null,
        xid bigint not null,
        at timestamptz not null,
        kind text not null,
        actor text not null,
        canon bytea not null,
        salt bytea not null,
        primary key (tenant_id, stream_id, seq),
        constraint entry_seq_counts_from_1 check (seq >= 1),
        constraint entry_salt_is_16_bytes check (pg_catalog.length(salt) = 16)
    );
    alter table entry alter canon set storage main;
    -- A btree on xid would cost 132 bytes of WAL an entry; rows arrive nearly in the order of xid, so block ranges find them.
    create index entry_xid on entry using brin (xid) with (pages_per_range = 16, autosummarize = off);

    -- Hashes only, kept for ever. idx counts from 0 without a gap in each tenant and epoch.
    create table leaf (
        tenant_id uuid not null,
        epoch int not null,
        idx bigint not null,
        stream_id uuid not null,
        seq int not null,
        entry_hash bytea not null,
        leaf_hash bytea not null,
        round bigint not null,
        primary key (tenant_id, epoch, idx)
    );
    -- The way from an entry to its index; and no entry can be sealed twice.
    create unique index leaf_entry on leaf (tenant_id, stream_id, seq, epoch);

    -- The root of every full run of 256 leaves, so that a proof needs few of the leaves (41).
    create table chunk (
        tenant_id uuid not null,
        epoch int not null,
        n bigint not null,
        hash bytea not null,
        primary key (tenant_id, epoch, n)
    );
end
$$;

-- The heads of all logs: what whoever spans tenants goes by, and what a log that comes back from somewhere is compared with.
create function portarium_int.stamp_tree()
    returns void
    language plpgsql
    as $$
begin
    -- Where each tenant's log ends. The row with the highest epoch is the open one.
    create table tree (
        tenant_id uuid not null,
        epoch int not null,
        tenant_hash bytea not null,
        size bigint not null,
        frontier bytea not null,
        last_leaf bytea not null,
        root bytea not null,
        round bigint not null,
        primary key (tenant_id, epoch)
    ) with (fillfactor = 50);
    create index tree_tenant_hash on tree (tenant_hash, epoch);
end
$$;

-- The log over all tenants. It names tenants by salted hashes only, so it needs no wall; nobody but the definers reads it.
create function portarium_int.stamp_meta_log()
    returns void
    language plpgsql
    as $$
begin
    create table meta_leaf (
        meta_index bigint primary key,
        round bigint not null,
        tenant_hash bytea not null,
        epoch int not null,
        size bigint not null,
        root bytea not null,
        leaf_hash bytea not null,
        sealed_at timestamptz not null default pg_catalog.clock_timestamp()
    );
    create index meta_leaf_tenant_hash on meta_leaf (tenant_hash, epoch, meta_index);
    -- which round sealed an entry
    create index meta_leaf_size on meta_leaf (tenant_hash, epoch, size);
    create table meta_chunk (
        n bigint primary key,
        hash bytea not null
    );

    create table meta_tree (
        one boolean primary key default true,
        origin text not null,
        epoch int not null default 1,   -- the one that is open; a recovery (45) opens the next
        size bigint not null,
        frontier bytea not null,
        root bytea not null,
        constraint meta_tree_is_one_row check (one)
    ) with (fillfactor = 50);
    insert into meta_tree (origin, size, frontier, root)
    values (portarium_int.evidence_origin(), 0, '', pg_catalog.sha256(''));

    perform portarium_int.stamp_seal_cursor();

    create table checkpoint (
        meta_size bigint primary key,
        root bytea not null,
        note text not null,
        recorded_at timestamptz not null default pg_catalog.now()
    );
    create table notary_key (
        vkey text primary key,
        trusted_at timestamptz not null default pg_catalog.now()
    );
end
$$;

-- What the sealer has seen: every transaction below top, but for those in running. summarised counts the blocks of entry whose
-- ranges entry_xid knows.
create function portarium_int.stamp_seal_cursor()
    returns void
    language plpgsql
    as $$
begin
    create table seal_cursor (
        one boolean primary key default true,
        top bigint not null,
        running bigint[] not null,
        round bigint not null,
        summarised bigint not null,
        system_identifier bigint not null,
        timeline int not null,
        constraint seal_cursor_is_one_row check (one)
    ) with (fillfactor = 50);
    insert into seal_cursor (top, running, round, summarised, system_identifier, timeline)
    select 0, '{}', 0, 0, c.system_identifier, portarium_int.wal_timeline() from pg_catalog.pg_control_system() c;
end
$$;

-- It changes with each promotion: after a failover or a restore to a point in time something may be missing that was signed.
create function portarium_int.wal_timeline()
    returns int
    language sql
    volatile
    as $$
    select ('x' || pg_catalog.substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 1, 8))::bit(32)::int
$$;

-- The name that the meta-log signs under: fixed when it is stamped, so that a restored copy continues the same log.
create function portarium_int.evidence_origin()
    returns text
    language sql
    stable
    as $$
    select pg_catalog.format('portarium.local/%s/%s', c.system_identifier,
        pg_catalog.regexp_replace(pg_catalog.current_database(), '[^A-Za-z0-9._-]', '_', 'g'))
    from pg_catalog.pg_control_system() c
$$;

-- The salted name of a tenant in the meta-log.
create function portarium_int.tenant_hash(p_salt bytea, p_tenant uuid)
    returns bytea
    language sql
    immutable
    parallel safe
    as $$ select pg_catalog.sha256('portarium tenant'::bytea || p_salt || pg_catalog.uuid_send(p_tenant)) $$;

-- What an entry holds in the place of a payload: it proves the payload to who has it and tells nothing to who has not.
create function portarium_int.commitment(p_salt bytea, p_payload jsonb)
    returns text
    language sql
    immutable
    parallel safe
    as $$
    select pg_catalog.rtrim(pg_catalog.translate(
        pg_catalog.encode(pg_catalog.sha256(p_salt || portarium_int.canonical(p_payload)), 'base64'), '+/', '-_'), '=')
$$;

-- Would this transaction's commit return before its WAL is safe? Whoever writes evidence then sets synchronous_commit to on for the
-- transaction; a stronger setting stays.
create function portarium_int.commit_is_weak()
    returns boolean
    language sql
    stable
    as $$ select pg_catalog.current_setting('synchronous_commit') in ('off', 'local') $$;

-- One entry, in the caller's transaction and on the caller's search_path. Returns the entry's hash.
create function portarium_int.append(
    p_tenant uuid,
    p_stream uuid,
    p_seq int,
    p_kind text,
    p_actor text,
    p_canon bytea,
    p_salt bytea)
    returns bytea
    language plpgsql
    as $$
declare
    v_at timestamptz := pg_catalog.clock_timestamp();
begin
    insert into entry (tenant_id, stream_id, seq, xid, at, kind, actor, canon, salt)
    values (p_tenant, p_stream, p_seq, pg_catalog.pg_current_xact_id()::text::bigint, v_at, p_kind, p_actor, p_canon, p_salt);
    if portarium_int.is_away() then
        perform portarium_int.stir(p_tenant, 1);
    end if;
    perform portarium_int.wake();
    return portarium_int.entry_hash(p_salt, p_tenant, p_stream, p_seq, v_at, p_kind, p_actor, p_canon);
end
$$;

-- Small and pure, so that the planner puts it in place of its call.
create function portarium_int.is_app_entry(p_kind text, p_body jsonb)
    returns boolean
    language sql
    immutable
    parallel safe
    as $$
    select coalesce(p_kind operator(pg_catalog.~) '^app(\.[a-z][a-z0-9_-]*)+$' and pg_catalog.length(p_kind) <= 100
        and pg_catalog.jsonb_typeof(p_body) = 'object', false)
$$;

create function portarium_int.refuse_app_entry(p_kind text, p_body jsonb)
    returns void
    language plpgsql
    immutable
    as $$
begin
    if portarium_int.is_app_entry(p_kind, '{}') then
        raise exception using
            errcode = 'UP007',
            message = 'entry body is not a JSON object';
    end if;
    raise exception using
        errcode = 'UP007',
        message = pg_catalog.format('entry kind "%s" is not a name of the application''s', p_kind),
        hint = 'Use names like app.invoice.sent: "app." first, lower case, 100 characters at most.';
end
$$;

-- More entries than the sealer needs some seconds for; it does a hundred thousand a second.
create function portarium_int.backlog_limit()
    returns int
    language sql
    immutable
    parallel safe
    as $$ select 300000 $$;

-- Are there as many entries from a transaction on? For the settings see seal_pending (42).
create function portarium_int.backlog_reaches(p_top bigint, p_limit int)
    returns boolean
    language plpgsql
    stable
    set enable_seqscan = off
    set enable_indexscan = off
    as $$
begin
    return (select pg_catalog.count(*) from (select from entry e where e.xid >= p_top limit p_limit) w)
        + (select coalesce(pg_catalog.sum(s.entries), 0) from stirred s) >= p_limit;
end
$$;

-- Refuses more of what can wait while sealing does not keep up. Few transactions since the last round are few entries; only when they are
-- many is it counted how many of them wrote some, and the count ends at the limit. What the engine must write is never refused.
create function portarium_int.refuse_backlog()
    returns void
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_limit int := portarium_int.backlog_limit();
    v_top bigint := (select c.top from seal_cursor c);
begin
    if pg_snapshot_xmax(pg_current_snapshot())::text::bigint - v_top > v_limit
        and portarium_int.backlog_reaches(v_top, v_limit) then
        raise exception using
            errcode = 'UP501',
            message = format('more than %s entries wait to be sealed', v_limit),
            hint = 'Try again later. If it stays, see whether the sealer runs: the background worker, or portarium.tick().';
    end if;
end
$$;

create function portarium.append_evidence(
    kind text,
    body jsonb,
    out entry_id uuid,
    out entry_hash bytea)
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
begin
    if not portarium_int.is_app_entry(append_evidence.kind, append_evidence.body) then
        perform portarium_int.refuse_app_entry(append_evidence.kind, append_evidence.body);
    end if;
    perform portarium_int.refuse_backlog();
    if portarium_int.commit_is_weak() then
        perform set_config('synchronous_commit', 'on', true);
    end if;
    entry_id := portarium_int.uuid7();
    entry_hash := portarium_int.append(v_tenant, entry_id, 1, append_evidence.kind, portarium.actor(),
        portarium.canonical_entry(append_evidence.body::text), portarium_int.salt());
end
$$;
comment on function portarium.append_evidence(text, jsonb) is
    'Appends an entry of the application''s own to the tenant''s evidence, in the caller''s transaction. kind starts with "app.";
body is an object in the entry profile. Tenant and actor come from the context. Returns the entry''s id (its stream, seq 1) and its
hash. Errors: UP201 no tenant, UP007 kind or body, UP004 number outside the profile, UP005 too large or deep, UP501 sealing does not keep up';
