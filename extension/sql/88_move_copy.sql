-- SPDX-License-Identifier: PostgreSQL
-- Moving a tenant: its rows from one schema of data to another, a share at a time, and whether both have the same.
-- A share is what may have changed since the last one. Of the sealed log it is told by the index; of any other table by the
-- transaction that wrote a row: all from "seen" on, the oldest that ran before the last share was taken, and its subtransactions.
-- Tables come from the catalogs; names in dynamic statements are those of schemas and tables of ours.

create function portarium_int.is_recent(p_xmin xid, p_seen bigint)
    returns boolean
    language sql
    immutable
    as $$
    -- 32 bits of a transaction against all 64 of another: half of the circle is older
    select p_seen is null or p_xmin::text::bigint > 2 and ((p_xmin::text::bigint - p_seen) & 4294967295) < 2147483648
$$;

-- What a tenant of tier B has of its own: those that others refer to first, so that keys hold while rows come.
create function portarium_int.own_tables(p_home name)
    returns setof name
    language sql
    stable
    as $$
    select c.relname
    from pg_catalog.pg_class c
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
    where c.relnamespace = pg_catalog.to_regnamespace(p_home) and c.relkind = 'r'
    order by exists (select from pg_catalog.pg_constraint k where k.conrelid = c.oid and k.contype = 'f'), c.relname
$$;

create function portarium_int.key_matches(p_home name, p_table name)
    returns text
    language sql
    stable
    as $$
    select pg_catalog.string_agg(pg_catalog.format('s.%I = t.%1$I', a.attname), ' and ')
    from pg_catalog.pg_index i
    join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey::int2[])
    where i.indrelid = pg_catalog.to_regclass(pg_catalog.format('%I.%I', p_home, p_table)) and i.indisprimary
$$;

-- The columns that are written, not computed.
create function portarium_int.columns_of(p_home name, p_table name)
    returns text
    language sql
    stable
    as $$
    select pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' order by a.attnum)
    from pg_catalog.pg_attribute a
    where a.attrelid = pg_catalog.to_regclass(pg_catalog.format('%I.%I', p_home, p_table))
        and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
$$;

-- One table's share; p_only: of these rows. Returns how many rows it was.
create function portarium_int.copy_rows(p_from name, p_to name, p_table name, p_tenant uuid, p_seen bigint, p_only text)
    returns bigint
    language plpgsql
    as $$
declare
    v_rows bigint;
    v_columns text := portarium_int.columns_of(p_from, p_table);
    v_share text := pg_catalog.format('s.tenant_id = $1 and portarium_int.is_recent(s.xmin, $2) and (%s)', p_only);
begin
    execute pg_catalog.format('delete from %I.%I t using %I.%I s where t.tenant_id = $1 and %s and %s',
        p_to, p_table, p_from, p_table, portarium_int.key_matches(p_from, p_table), v_share) using p_tenant, p_seen;
    execute pg_catalog.format('insert into %1$I.%2$I (%3$s) select %3$s from %4$I.%5$I s where %6$s', p_to, p_table, v_columns, p_from, p_table, v_share)
        using p_tenant, p_seen;
    get diagnostics v_rows = row_count;
    return v_rows;
end
$$;

-- Takes away from p_to what p_from has no longer.
create function portarium_int.drop_gone(p_from name, p_to name, p_table name, p_tenant uuid)
    returns void
    language plpgsql
    as $$
begin
    execute pg_catalog.format('delete from %I.%I t where t.tenant_id = $1 and not exists (select from %I.%I s where %s)',
        p_to, p_table, p_from, p_table, portarium_int.key_matches(p_from, p_table)) using p_tenant;
end
$$;

-- The sealed log from a place on, at most p_limit leaves with their entries; the place behind them.
create function portarium_int.copy_log(p_from name, p_to name, p_tenant uuid, p_limit int, inout epoch int, inout idx bigint, out leaves bigint)
    language plpgsql
    as $$
begin
    execute pg_catalog.format('
        with l as materialized (
            select s.* from %I.leaf s where s.tenant_id = $1 and (s.epoch, s.idx) >= ($2, $3) order by s.epoch, s.idx limit $4
        ), i as (
            insert into %I.leaf select l.* from l
        ), e as (
            insert into %I.entry
            select s.* from l join %I.entry s on s.tenant_id = $1 and s.stream_id = l.stream_id and s.seq = l.seq
        )
        select x.epoch, x.idx + 1, pg_catalog.count(*) over () from l x order by x.epoch desc, x.idx desc limit 1',
        p_from, p_to, p_to, p_from)
    into copy_log.epoch, copy_log.idx, copy_log.leaves
    using p_tenant, copy_log.epoch, copy_log.idx, p_limit;
end
$$;

-- Entries that have no leaf yet go as they are, with the transactions that wrote them: the sealer's cursor knows those by number, in
-- whatever table they are. Returns how many.
create function portarium_int.take_unsealed(p_from name, p_to name, p_tenant uuid)
    returns bigint
    language plpgsql
    as $$
declare
    v_rows bigint;
begin
    execute pg_catalog.format('
        with c as (
            select k.top, k.running from portarium_data.seal_cursor k
        ), e as (
            delete from %I.entry e using c
            where e.tenant_id = $1 and (e.xid >= c.top or e.xid = any (c.running)) returning e.*
        )
        insert into %I.entry select e.* from e', p_from, p_to) using p_tenant;
    get diagnostics v_rows = row_count;
    delete from portarium_data.stirred s where s.tenant_id = p_tenant;
    if p_to <> 'portarium_data' then
        execute pg_catalog.format('
            insert into portarium_data.stirred (tenant_id, xid, entries)
            select e.tenant_id, e.xid, pg_catalog.count(*) from %I.entry e, portarium_data.seal_cursor k
            where e.tenant_id = $1 and (e.xid >= k.top or e.xid = any (k.running)) group by 1, 2', p_to) using p_tenant;
    end if;
    return v_rows;
end
$$;

-- A table's rows of a tenant in one word: how many, and a digest that their order does not change.
create function portarium_int.table_digest(p_schema name, p_table name, p_tenant uuid)
    returns text
    language plpgsql
    as $$
declare
    v_digest text;
begin
    execute pg_catalog.format('
        select pg_catalog.count(*) || case when %L in (''entry'', ''leaf'') then '''' else '':''
            || pg_catalog.lpad(pg_catalog.to_hex(coalesce(pg_catalog.bit_xor(pg_catalog.hash_record_extended(t, 0)), 0)), 16, ''0'') end
        from %I.%I t where t.tenant_id = $1', p_table, p_schema, p_table) into v_digest using p_tenant;
    return v_digest;
end
$$;

-- The root of the open log, made of the chunks and leaves that are in this schema.
create function portarium_int.root_in(p_schema name, p_tenant uuid, p_epoch int, p_size bigint)
    returns bytea
    language plpgsql
    as $$
declare
    v_chunks bytea[];
    v_rest bytea[];
    c_chunk constant int := portarium_int.chunk_size();
begin
    execute pg_catalog.format('select array(select k.hash from %I.chunk k where k.tenant_id = $1 and k.epoch = $2 and k.n < $3 / $4 order by k.n),
        array(select l.leaf_hash from %I.leaf l where l.tenant_id = $1 and l.epoch = $2 and l.idx >= $3 - $3 %% $4 order by l.idx)', p_schema, p_schema)
    into v_chunks, v_rest
    using p_tenant, p_epoch, p_size, c_chunk;
    return portarium_int.root_of(v_chunks || case when v_rest <> '{}' then array[portarium_int.root_of(v_rest)] else '{}' end);
end
$$;
