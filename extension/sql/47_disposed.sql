-- SPDX-License-Identifier: PostgreSQL
-- Dispositions: what is to go, why it may, and what has gone. Its items are written down when it is proposed, while all is there, and their
-- digest stands in the entries of the proposal and of the authorisation; so what was taken away, and nothing else, can be shown to be
-- what was authorised. 79 makes and carries them out; here are the tables, the digest, and the check that what is missing is lawful.

create function portarium_int.stamp_disposition()
    returns void
    language plpgsql
    as $$
begin
    -- PROPOSED, then AUTHORISED or DENIED; AUTHORISED, then DONE or BLOCKED.
    create table disposition (
        tenant_id uuid not null,
        disposition_id uuid not null,
        action text not null,
        category text,              -- null: of a subject, whatever the category
        subject_id uuid,
        before timestamptz not null,
        policy int,                 -- the version of the category's retention
        items int not null,
        digest bytea not null,
        status text not null,
        reason text not null,
        proposed_by text not null,
        proposed_at timestamptz not null default pg_catalog.clock_timestamp(),
        decided_by text,
        decided_at timestamptz,
        done_at timestamptz,
        blocked_by uuid,            -- the hold
        primary key (tenant_id, disposition_id),
        constraint disposition_status_is_known check (status in ('PROPOSED', 'AUTHORISED', 'DENIED', 'DONE', 'BLOCKED'))
    );

    -- An entry (its stream and seq), a payload or a run (seq 0).
    create table disposition_item (
        tenant_id uuid not null,
        item_id uuid not null,
        seq int not null,
        disposition_id uuid not null,
        idx bigint not null,        -- of the entry's leaf; else its place in the disposition
        at timestamptz not null,
        hash bytea not null,        -- the entry's hash; else of the content's commitment, or zeros
        kind text not null,
        primary key (tenant_id, item_id, seq, disposition_id)
    );
    create index disposition_item_order on disposition_item (tenant_id, disposition_id, idx);
end
$$;

-- What deciding and carrying out need to know of a disposition.
create type portarium_int.disposition_fact as (
    disposition_id uuid,
    action text,
    category text,
    subject_id uuid,
    policy int,
    items int,
    proposed_by text
);

-- The bytes of one item, in one form.
create function portarium_int.item_bytes(p_idx bigint, p_item uuid, p_seq int, p_at timestamptz, p_hash bytea, p_kind text)
    returns bytea
    language sql
    stable
    as $$
    select pg_catalog.int8send(p_idx) || pg_catalog.uuid_send(p_item) || pg_catalog.int4send(p_seq)
        || pg_catalog.int8send((extract(epoch from p_at) * 1000000)::bigint) || p_hash
        || pg_catalog.int2send(pg_catalog.octet_length(p_kind)::smallint) || pg_catalog.convert_to(p_kind, 'UTF8')
$$;

-- A running digest over the items in their order, as a bundle's over its lines.
create function portarium_int.items_digest(p_tenant uuid, p_disposition uuid, out items int, out digest bytea)
    language plpgsql
    stable
    as $$
declare
    v_bytes bytea;
begin
    items := 0;
    digest := pg_catalog.decode(pg_catalog.repeat('00', 32), 'hex');
    for v_bytes in
        select portarium_int.item_bytes(i.idx, i.item_id, i.seq, i.at, i.hash, i.kind)
        from disposition_item i
        where i.tenant_id = p_tenant and i.disposition_id = p_disposition
        order by i.idx
    loop
        items := items + 1;
        digest := pg_catalog.sha256(digest || v_bytes);
    end loop;
end
$$;

-- What the entry says that authorised a disposition, and when; no row while there is none.
create function portarium_int.authorisation(p_tenant uuid, p_disposition uuid)
    returns table (at timestamptz, actor text, body jsonb, signed boolean)
    language sql
    stable
    rows 1
    as $$
    select e.at, e.actor, pg_catalog.convert_from(e.canon, 'UTF8')::jsonb, coalesce((
        select (a.epoch, a.size) > (l.epoch, l.idx)
        from leaf l cross join portarium_int.evidence_anchor(p_tenant) a
        where l.tenant_id = p_tenant and l.stream_id = p_disposition and l.seq = e.seq
        order by l.epoch desc
        limit 1), false)
    from entry e
    where e.tenant_id = p_tenant and e.stream_id = p_disposition and e.kind = 'disposition.authorised'
$$;

-- Why what a disposition has taken away should not be missing; null: it was lawful.
create function portarium_int.unlawful(p_tenant uuid, p_disposition uuid)
    returns text
    language sql
    stable
    as $$
    select case
        when d.status is distinct from 'DONE' or a.body is null then 'was not carried out'
        when (a.body ->> 'items')::int is distinct from s.items or a.body ->> 'digest' is distinct from pg_catalog.encode(s.digest, 'hex')
            then 'authorised other items'
        when a.actor = a.body ->> 'proposed_by' then 'was authorised by who proposed it'
        when a.at < d.before + pg_catalog.make_interval(secs => 86400.0 * r.days) then 'was authorised before the time was over'
        when h.hold is not null then pg_catalog.format('was held by "%s"', h.hold)
    end
    from disposition d
    left join portarium_int.authorisation(p_tenant, p_disposition) a on true
    cross join portarium_int.items_digest(p_tenant, p_disposition) s
    left join retention r on r.tenant_id = p_tenant and r.category = d.category and r.version = d.policy
    cross join lateral (
        select pg_catalog.min(portarium_int.holding(p_tenant, d.category, i.item_id, d.subject_id, i.at, d.done_at)::text) as hold
        from disposition_item i
        where i.tenant_id = p_tenant and i.disposition_id = p_disposition) h
    where d.tenant_id = p_tenant and d.disposition_id = p_disposition
$$;

-- The dispositions that took entries away, each with what is wrong with it: once for all of its entries.
create function portarium_int.judged_dispositions(p_tenant uuid)
    returns table (disposition_id uuid, wrong text)
    language sql
    stable
    as $$
    select d.disposition_id, portarium_int.unlawful(p_tenant, d.disposition_id)
    from disposition d
    where d.tenant_id = p_tenant and d.status = 'DONE' and d.category in ('history', 'app')
$$;

-- Was the data of this run taken away?
create function portarium_int.run_data_gone(p_tenant uuid, p_run uuid)
    returns boolean
    language sql
    stable
    as $$
    select exists (
        select from disposition_item i
        join disposition d on d.tenant_id = p_tenant and d.disposition_id = i.disposition_id
        where i.tenant_id = p_tenant and i.item_id = p_run and i.seq = 0 and d.category = 'run_data' and d.status = 'DONE')
$$;

-- Was the data of this run taken away, or archived?
create function portarium_int.run_data_moved(p_tenant uuid, p_run uuid)
    returns boolean
    language sql
    stable
    as $$
    select portarium_int.run_data_gone(p_tenant, p_run) or exists (
        select from attachment a where a.tenant_id = p_tenant and a.run_id = p_run and a.category = 'run_data')
$$;
