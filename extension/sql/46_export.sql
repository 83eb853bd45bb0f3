-- SPDX-License-Identifier: PostgreSQL
-- Taking evidence out: the proof of one entry, and the bundle of everything that is signed.
-- Both are of the tenant in the context, and reach to its last meta leaf that the latest checkpoint covers: the anchor.

-- The anchor: the tenant's newest signed size, in an epoch, or in the newest; stamped: by a checkpoint with a time stamp. No row while
-- nothing of the tenant's is signed there.
create function portarium_int.evidence_anchor(p_tenant uuid, p_epoch int default null, p_stamped boolean default false)
    returns table (
        tenant_hash bytea,
        epoch int,
        meta_index bigint,
        round bigint,
        size bigint,
        root bytea,
        meta_size bigint,
        meta_root bytea,
        note text)
    language sql
    stable
    rows 1
    as $$
    select m.tenant_hash, m.epoch, m.meta_index, m.round, m.size, m.root, c.meta_size, c.root, c.note
    from (select t.* from tree t where t.tenant_id = p_tenant and t.epoch = coalesce(p_epoch, t.epoch) order by t.epoch desc limit 1) t
    cross join (
        select k.*
        from checkpoint k
        where not p_stamped or exists (select from time_stamp s where s.meta_size = k.meta_size)
        order by k.meta_size desc
        limit 1) c
    cross join lateral (
        select l.*
        from meta_leaf l
        where l.tenant_hash = t.tenant_hash and l.epoch = t.epoch and l.meta_index < c.meta_size
        order by l.meta_index desc
        limit 1) m
$$;

create function portarium_int.hex_list(p_hashes bytea[])
    returns jsonb
    language sql
    immutable
    parallel safe
    as $$
    select coalesce(pg_catalog.jsonb_agg(pg_catalog.encode(h, 'hex') order by n), '[]')
    from pg_catalog.unnest(p_hashes) with ordinality u (h, n)
$$;

-- The tenant's meta leaf in a bundle and its proof in the checkpoint's tree.
create function portarium_int.meta_line(p_meta_index bigint, p_meta_size bigint)
    returns jsonb
    language sql
    stable
    as $$
    select pg_catalog.jsonb_build_object(
        'type', 'meta',
        'index', m.meta_index,
        'round', m.round,
        'size', m.size,
        'root', pg_catalog.encode(m.root, 'hex'),
        'proof', portarium_int.hex_list(portarium_int.meta_leaf_proof(m.meta_index, p_meta_size)))
    from meta_leaf m
    where m.meta_index = p_meta_index
$$;

-- The time stamp of a checkpoint, if it has one.
create function portarium_int.stamp_lines(p_meta_size bigint)
    returns setof text
    language sql
    stable
    as $$
    select pg_catalog.concat('{"answer":"', pg_catalog.translate(pg_catalog.encode(s.answer, 'base64'), e'\n', ''), '","type":"stamp"}')
    from time_stamp s
    where s.meta_size = p_meta_size
$$;

create function portarium_int.refuse_unsigned(p_epoch int, p_stamped boolean)
    returns void
    language plpgsql
    immutable
    as $$
begin
    raise exception using
        errcode = '55000',
        message = pg_catalog.concat('no signed checkpoint ', case when p_stamped then 'with a time stamp ' end,
            'covers this tenant', ' in epoch ' || p_epoch),
        hint = 'Wait until the notary has signed, or start it.';
end
$$;

create function portarium_int.manifest_line(p_tenant uuid, p_epoch int, p_size bigint)
    returns text
    language sql
    stable
    as $$
    select pg_catalog.convert_from(portarium_int.canonical(pg_catalog.jsonb_build_object(
        'type', 'manifest', 'format', 'portarium-evidence/1', 'tenant', p_tenant,
        'tenant_salt', pg_catalog.encode(t.salt, 'hex'), 'epoch', p_epoch,
        'first', 0, 'size', p_size, 'vkeys', portarium_int.trusted_keys())), 'UTF8')
    from tenant t
    where t.tenant_id = p_tenant
$$;

-- What stands behind the entries, without the last line.
create function portarium_int.anchor_lines(p_meta_index bigint, p_meta_size bigint, p_note text)
    returns setof text
    language sql
    stable
    as $$
    select pg_catalog.convert_from(portarium_int.canonical(portarium_int.meta_line(p_meta_index, p_meta_size)), 'UTF8')
    union all
    select pg_catalog.convert_from(portarium_int.canonical(pg_catalog.jsonb_build_object('type', 'checkpoint', 'note', p_note)), 'UTF8')
    union all
    select portarium_int.stamp_lines(p_meta_size)
$$;

-- The last line: how many there are before it, and the digest of those that stand for no entry. The others have hashes of their own.
create function portarium_int.end_line(p_frame text[], p_lines bigint)
    returns text
    language plpgsql
    immutable
    as $$
declare
    v_digest bytea := pg_catalog.decode(pg_catalog.repeat('00', 32), 'hex');
    v_line text;
begin
    foreach v_line in array p_frame loop
        v_digest := pg_catalog.sha256(v_digest || pg_catalog.convert_to(v_line || e'\n', 'UTF8'));
    end loop;
    return pg_catalog.format('{"lines":%s,"sha256":"%s","type":"end"}', p_lines, pg_catalog.encode(v_digest, 'hex'));
end
$$;

create function portarium.export_evidence(
    run_id uuid default null,
    from_index bigint default null,
    to_index bigint default null,
    payloads boolean default false,
    epoch int default null,
    stamped boolean default false)
    returns setof text
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_stamped boolean := coalesce(export_evidence.stamped, false);
    v_anchor record;
    v_manifest text;
    v_tail text[];
    v_entries bigint;
begin
    select a.* into v_anchor from portarium_int.evidence_anchor(v_tenant, export_evidence.epoch, v_stamped) a;
    if not found then
        perform portarium_int.refuse_unsigned(export_evidence.epoch, v_stamped);
    end if;
    v_manifest := portarium_int.manifest_line(v_tenant, v_anchor.epoch, v_anchor.size);
    v_tail := array(select portarium_int.anchor_lines(v_anchor.meta_index, v_anchor.meta_size, v_anchor.note));
    return next v_manifest;
    return query select portarium_int.entry_lines(v_tenant, v_anchor.epoch, 0, v_anchor.size,
        portarium_int.streams_of(v_tenant, export_evidence.run_id), coalesce(export_evidence.from_index, 0),
        coalesce(export_evidence.to_index, v_anchor.size), coalesce(export_evidence.payloads, false));
    get diagnostics v_entries = row_count;
    return query select unnest(v_tail);
    return next portarium_int.end_line(v_manifest || v_tail, 1 + v_entries + cardinality(v_tail));
end
$$;
comment on function portarium.export_evidence(uuid, bigint, bigint, boolean, int, boolean) is
    'The tenant''s evidence as the lines of a bundle (portarium-evidence/1), up to what the latest signed checkpoint covers; for
portarium-verify. Of a run (with its branches and iterations), and of indexes from_index to below to_index, when given: other entries are
withheld, which keeps their place and tells nothing of them; records of retention, holds and dispositions never are. payloads: with the
inputs and outputs of runs that entries commit to, as far as they are kept. epoch: an earlier one, instead of the newest; what a recovery
found lost is withheld there. stamped: up to what the latest checkpoint with a time stamp covers; a stamp stands in each bundle whose
checkpoint has one. Errors: UP201 no tenant, 55000 nothing is signed yet';

-- The part of a proof that lies in the tenant's own tree.
create function portarium_int.entry_proof(p_tenant uuid, p_idx bigint, p_epoch int, p_size bigint)
    returns jsonb
    language sql
    stable
    as $$
    select pg_catalog.jsonb_build_object(
        'format', 'portarium-proof/1',
        'tenant', p_tenant,
        'tenant_salt', pg_catalog.encode(t.salt, 'hex'),
        'epoch', p_epoch,
        'entry', l.line::jsonb,
        'prev_leaf', pg_catalog.encode(coalesce(
            (portarium_int.leaf_hashes(p_tenant, p_epoch, p_idx - 1, p_idx))[1],
            pg_catalog.decode(pg_catalog.repeat('00', 32), 'hex')), 'hex'),
        'proof', portarium_int.hex_list(portarium_int.leaf_proof(p_tenant, p_epoch, p_idx, p_size)))
    from tenant t
    cross join lateral portarium_int.entry_lines(p_tenant, p_epoch, p_idx, p_idx + 1) l (line)
    where t.tenant_id = p_tenant
$$;

-- A proof that bytes are in a log, in the form that verifiers of transparency logs read (C2SP tlog-proof); here the bytes are the
-- tenant's meta leaf, and extra holds the way from the entry to it. The last line end is left to who writes the file, as psql and jq do.
create function portarium_int.tlog_proof(p_extra jsonb, p_index bigint, p_proof bytea[], p_note text)
    returns text
    language sql
    immutable
    as $$
    select pg_catalog.concat(
        e'c2sp.org/tlog-proof@v1\nextra ',
        pg_catalog.translate(pg_catalog.encode(portarium_int.canonical(p_extra), 'base64'), e'\n', ''),
        e'\nindex ', p_index, e'\n',
        (select pg_catalog.string_agg(pg_catalog.encode(u.h, 'base64') || e'\n', '' order by u.n)
        from pg_catalog.unnest(p_proof) with ordinality u (h, n)),
        e'\n', pg_catalog.rtrim(p_note, e'\n'))
$$;

create function portarium.evidence_proof(entry_id uuid, seq int default 1)
    returns text
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_leaf record;
    v_anchor record;
begin
    select l.* into v_leaf
    from leaf l
    where l.tenant_id = v_tenant and l.stream_id = evidence_proof.entry_id and l.seq = evidence_proof.seq
        and exists (select from entry e where e.tenant_id = v_tenant and e.stream_id = l.stream_id and e.seq = l.seq)
    order by l.epoch desc
    limit 1;
    select a.* into v_anchor
    from portarium_int.evidence_anchor(v_tenant) a
    where a.epoch = v_leaf.epoch and a.size > v_leaf.idx;
    if not found then
        return null;
    end if;
    return portarium_int.tlog_proof(
        portarium_int.entry_proof(v_tenant, v_leaf.idx, v_anchor.epoch, v_anchor.size) || jsonb_build_object(
            'meta', jsonb_build_object('round', v_anchor.round, 'size', v_anchor.size, 'root', encode(v_anchor.root, 'hex'))),
        v_anchor.meta_index, portarium_int.meta_leaf_proof(v_anchor.meta_index, v_anchor.meta_size), v_anchor.note);
end
$$;
comment on function portarium.evidence_proof(uuid, int) is
    'The proof of one entry (its stream, and seq in it) as a C2SP tlog-proof of the tenant''s meta leaf in the signed checkpoint; extra is
portarium-proof/1: the entry''s line of a bundle, the previous leaf and the inclusion proof in the tenant''s tree. Its last line end is missing. Null while no checkpoint covers it, or when there is no such entry or it was disposed of. Errors: UP201';
