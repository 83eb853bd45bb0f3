-- SPDX-License-Identifier: PostgreSQL
-- The lines of a bundle that stand for entries, one for each index: an entry with all that it says; a withheld one, of which nothing is
-- said but its hash; one that was disposed of. Behind an entry stand the payloads that it commits to, where they are asked for.
-- Members stand in their canonical order, and to_json of a text is its canonical form.

create function portarium_int.utc_text(p_at timestamptz)
    returns text
    language sql
    stable
    parallel safe
    as $$ select pg_catalog.to_char(p_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') $$;

-- The streams of a run, with its branches and iterations; null for null: any.
create function portarium_int.streams_of(p_tenant uuid, p_run uuid)
    returns uuid[]
    language sql
    stable
    as $$
    select case when p_run is not null then array[p_run] || array(
        select r.run_id from run r where r.tenant_id = p_tenant and r.root_id = p_run) end
$$;

-- What proves dispositions is in every bundle.
create function portarium_int.is_record(p_kind text)
    returns boolean
    language sql
    immutable
    parallel safe
    as $$ select p_kind operator(pg_catalog.~) '^(retention|hold|disposition)[.]' $$;

-- The payloads that an entry of a run commits to, as far as they are there: its input and its output.
create function portarium_int.payload_lines(p_tenant uuid, p_idx bigint, p_stream uuid, p_canon bytea)
    returns setof text
    language sql
    stable
    as $$
    select pg_catalog.concat('{"data":', pg_catalog.to_json(pg_catalog.convert_from(portarium_int.canonical(m.data), 'UTF8')), ',"index":', p_idx,
        ',"member":"', m.name, '","type":"payload"}')
    from run r
    left join payload i on i.tenant_id = p_tenant and i.hash = r.input_ref
    left join payload o on o.tenant_id = p_tenant and o.hash = r.output_ref
    cross join lateral (values ('in', coalesce(r.input, i.data)), ('out', coalesce(r.output, o.data))) m (name, data)
    where r.tenant_id = p_tenant and r.run_id = p_stream and m.data is not null
        and pg_catalog.convert_from(p_canon, 'UTF8')::jsonb operator(pg_catalog.?) m.name
    order by m.name
$$;

-- An entry whose row is gone without a disposition keeps its place, with nulls; one that a recovery found lost (seq 0) is withheld. Of streams and of indexes from p_first to below p_last
-- everything is said; null streams: of all.
create function portarium_int.entry_lines(
    p_tenant uuid,
    p_epoch int,
    p_from bigint,
    p_to bigint,
    p_streams uuid[] default null,
    p_first bigint default 0,
    p_last bigint default 9223372036854775807,
    p_payloads boolean default false)
    returns setof text
    language sql
    stable
    as $$
    select x.line
    from leaf l
    left join entry e on e.tenant_id = p_tenant and e.stream_id = l.stream_id and e.seq = l.seq
    cross join lateral (
        select l.seq > 0 and coalesce(portarium_int.is_record(e.kind)
            or (p_streams is null or l.stream_id = any (p_streams)) and l.idx >= p_first and l.idx < p_last,
            false) as told
    ) t
    left join lateral (
        select i.at, i.kind, i.disposition_id
        from disposition_item i
        join disposition d on d.tenant_id = p_tenant and d.disposition_id = i.disposition_id
        where t.told and e.salt is null and i.tenant_id = p_tenant and i.item_id = l.stream_id and i.seq = l.seq
            and (i.idx, i.hash) = (l.idx, l.entry_hash) and d.status = 'DONE'
    ) g on true
    cross join lateral (
        select 0 as n, case
            when not t.told then pg_catalog.concat('{"entry_hash":"', pg_catalog.encode(l.entry_hash, 'hex'), '","index":', l.idx,
                ',"leaf_hash":"', pg_catalog.encode(l.leaf_hash, 'hex'), '","type":"withheld"}')
            when g.disposition_id is not null then pg_catalog.concat('{"at":"', portarium_int.utc_text(g.at), '","disposition":"', g.disposition_id,
                '","entry_hash":"', pg_catalog.encode(l.entry_hash, 'hex'), '","index":', l.idx, ',"kind":', pg_catalog.to_json(g.kind),
                ',"leaf_hash":"', pg_catalog.encode(l.leaf_hash, 'hex'), '","seq":', l.seq, ',"stream":"', l.stream_id, '","type":"disposed"}')
            else pg_catalog.concat('{"actor":', coalesce(pg_catalog.to_json(e.actor)::text, 'null'),
                ',"at":', coalesce(pg_catalog.to_json(portarium_int.utc_text(e.at))::text, 'null'),
                ',"body":', coalesce(pg_catalog.to_json(pg_catalog.convert_from(e.canon, 'UTF8'))::text, 'null'),
                ',"entry_hash":"', pg_catalog.encode(l.entry_hash, 'hex'),
                '","index":', l.idx,
                ',"kind":', coalesce(pg_catalog.to_json(e.kind)::text, 'null'),
                ',"leaf_hash":"', pg_catalog.encode(l.leaf_hash, 'hex'),
                '","salt":"', pg_catalog.encode(e.salt, 'hex'),
                '","seq":', l.seq,
                ',"stream":"', l.stream_id, '","type":"entry"}') end as line
        union all
        select 1, p.line
        from portarium_int.payload_lines(p_tenant, l.idx, l.stream_id, e.canon) p (line)
        where p_payloads and t.told and e.salt is not null
    ) x
    where l.tenant_id = p_tenant and l.epoch = p_epoch and l.idx >= p_from and l.idx < p_to
    order by l.idx, x.n
$$;
