-- SPDX-License-Identifier: PostgreSQL
-- Moving a tenant: its rows from one schema of data to another, a share at a time, and whether both have the same.
-- A share is what may have changed since the last one. Of the sealed log it is told by the index; of any other table by the
-- transaction that wrote a row: all from "seen" on, the oldest that ran before the last share was taken, and its subtransactions.
-- Of each copy the rows are counted and a digest is kept as rows come and go, so that what a share costs is one look at the old place.
-- Tables come from the catalogs; names in dynamic statements are those of schemas and tables of ours.

-- How old a row may be to count as changed since "seen"; null: any.
create function portarium_int.age_of(p_seen bigint)
    returns int
    language sql
    stable
    as $$
    select case when p_seen is not null then pg_catalog.age((p_seen & 4294967295)::text::xid) end
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

create function portarium_int.key_columns(p_home name, p_table name)
    returns setof name
    language sql
    stable
    as $$
    select a.attname
    from pg_catalog.pg_index i
    join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey::int2[])
    where i.indrelid = pg_catalog.to_regclass(pg_catalog.format('%I.%I', p_home, p_table)) and i.indisprimary
$$;

create function portarium_int.key_of(p_home name, p_table name)
    returns text
    language sql
    stable
    as $$ select pg_catalog.string_agg(pg_catalog.quote_ident(k), ', ') from portarium_int.key_columns(p_home, p_table) k $$;

create function portarium_int.key_matches(p_home name, p_table name)
    returns text
    language sql
    stable
    as $$ select pg_catalog.string_agg(pg_catalog.format('s.%I = t.%1$I', k), ' and ') from portarium_int.key_columns(p_home, p_table) k $$;

-- The columns that are written, not computed, each with a prefix.
create function portarium_int.columns_of(p_home name, p_table name, p_prefix text)
    returns text
    language sql
    stable
    as $$
    select pg_catalog.string_agg(p_prefix || pg_catalog.quote_ident(a.attname), ', ' order by a.attnum)
    from pg_catalog.pg_attribute a
    where a.attrelid = pg_catalog.to_regclass(pg_catalog.format('%I.%I', p_home, p_table))
        and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
$$;

-- Takes away from a copy what p_from has no longer.
create function portarium_int.drop_gone(
    p_from name,
    p_to name,
    p_table name,
    p_tenant uuid,
    p_only text,
    out gone bigint,
    out digest bigint)
    language plpgsql
    as $$
begin
    execute pg_catalog.format('
        with o as (
            delete from %I.%I t
            where t.tenant_id = $1 and not exists (select from %I.%I s where s.tenant_id = $1 and %s and (%s))
            returning pg_catalog.hash_record_extended(t, 0) as h
        )
        select pg_catalog.count(*), coalesce(pg_catalog.bit_xor(o.h), 0) from o',
        p_to, p_table, p_from, p_table, portarium_int.key_matches(p_from, p_table), p_only)
    into gone, digest
    using p_tenant;
end
$$;

-- Rows by their places in p_from, into p_to, over those with the same keys; of evidence those are the same rows. digest: what it changes in
-- the copy's.
create function portarium_int.put_rows(
    p_from name,
    p_to name,
    p_table name,
    p_tenant uuid,
    p_places tid[],
    out known bigint,
    out copied bigint,
    out digest bigint)
    language plpgsql
    set enable_hashjoin = off
    set enable_mergejoin = off
    as $$
declare
    v_columns text := portarium_int.columns_of(p_from, p_table, '');
    v_fixed boolean := p_table = any (portarium_int.append_only_tables());
begin
    execute pg_catalog.format('
        with s as materialized (
            select s.* from %4$I.%2$I s where s.ctid = any ($2) and s.tenant_id = $1
        ), o as (
            select pg_catalog.count(*) as n, coalesce(pg_catalog.bit_xor(pg_catalog.hash_record_extended(t, 0)), 0) as h
            from s join %1$I.%2$I t on t.tenant_id = $1 and %5$s
            where not $3
        ), i as (
            insert into %1$I.%2$I as t (%3$s) select %3$s from s
            on conflict (%6$s) do %7$s
            returning pg_catalog.hash_record_extended(t, 0) as h
        )
        select o.n, i.n, o.h # i.h
        from o, (select pg_catalog.count(*) as n, coalesce(pg_catalog.bit_xor(i.h), 0) as h from i) i',
        p_to, p_table, v_columns, p_from, portarium_int.key_matches(p_from, p_table),
        portarium_int.key_of(p_from, p_table), case when v_fixed then 'nothing'
            else pg_catalog.format('update set (%s) = row (%s)', v_columns, portarium_int.columns_of(p_from, p_table, 'excluded.')) end)
    into known, copied, digest
    using p_tenant, p_places, v_fixed;
end
$$;

-- One table's share: of the rows that p_only names, those that are as young as p_age, and those that p_also names. rows and digest are the
-- copy's; there: how many the old place has.
create function portarium_int.copy_rows(
    p_from name,
    p_to name,
    p_table name,
    p_tenant uuid,
    p_age int,
    p_only text,
    p_also text,
    inout rows bigint,
    inout digest bigint,
    out copied bigint,
    out there bigint)
    language plpgsql
    as $$
declare
    v_places tid[];
    v_step record;
begin
    execute pg_catalog.format('
        select pg_catalog.count(*), pg_catalog.array_agg(s.ctid) filter (where $2 is null or pg_catalog.age(s.xmin) <= $2 or (%s))
        from %I.%I s
        where s.tenant_id = $1 and (%s)', p_also, p_from, p_table, p_only)
    into there, v_places
    using p_tenant, p_age;
    copied := 0;
    if v_places is not null then
        select r.* into v_step from portarium_int.put_rows(p_from, p_to, p_table, p_tenant, v_places) r;
        rows := rows - v_step.known + v_step.copied;
        digest := digest # v_step.digest;
        copied := v_step.copied;
    end if;
    -- nothing else makes both places differ in number; of evidence only entries ever go (drop_disposed)
    if rows <> there and p_table <> all (portarium_int.append_only_tables()) then
        select g.* into v_step from portarium_int.drop_gone(p_from, p_to, p_table, p_tenant, p_only) g;
        rows := rows - v_step.gone;
        digest := digest # v_step.digest;
    end if;
end
$$;

-- Whether a copy is as it was left: whoever works through the shared rows of all tenants may have found it among them.
create function portarium_int.copy_is_ours(p_to name, p_table name, p_tenant uuid, p_rows bigint, p_written xid[])
    returns boolean
    language plpgsql
    as $$
declare
    v_ours boolean;
begin
    execute pg_catalog.format('
        select pg_catalog.count(*) = $2 and coalesce(pg_catalog.bool_and(t.xmin = any ($3)), true) from %I.%I t where t.tenant_id = $1', p_to, p_table)
    into v_ours
    using p_tenant, p_rows, p_written;
    return v_ours;
end
$$;

-- The sealed log from a place on, at most p_limit leaves with their entries; the place behind them, and how many it was.
create function portarium_int.copy_log(
    p_from name,
    p_to name,
    p_tenant uuid,
    p_limit int,
    inout epoch int,
    inout idx bigint,
    out leaves bigint,
    out entries bigint)
    language plpgsql
    as $$
declare
    v_epoch int;
    v_idx bigint;
begin
    execute pg_catalog.format('
        with l as materialized (
            select s.* from %I.leaf s where s.tenant_id = $1 and (s.epoch, s.idx) >= ($2, $3) order by s.epoch, s.idx limit $4
        ), i as (
            insert into %I.leaf select l.* from l
        ), e as (
            insert into %I.entry
            select s.* from l join %I.entry s on s.tenant_id = $1 and s.stream_id = l.stream_id and s.seq = l.seq returning 1
        )
        select x.epoch, x.idx + 1, pg_catalog.count(*) over (), (select pg_catalog.count(*) from e)
        from l x order by x.epoch desc, x.idx desc limit 1',
        p_from, p_to, p_to, p_from)
    into v_epoch, v_idx, leaves, entries
    using p_tenant, copy_log.epoch, copy_log.idx, p_limit;
    epoch := coalesce(v_epoch, epoch);
    idx := coalesce(v_idx, idx);
    leaves := coalesce(leaves, 0);
    entries := coalesce(entries, 0);
end
$$;

-- Entries that have no leaf yet go as they are, with the transactions that wrote them: the sealer's cursor knows those by number, in
-- whatever table they are. How many, and those transactions.
create function portarium_int.copy_unsealed(
    p_from name,
    p_to name,
    p_tenant uuid,
    out entries bigint,
    out xids bigint[])
    language plpgsql
    as $$
declare
    v_first bigint := (
        select least(k.top, (select pg_catalog.min(x) from pg_catalog.unnest(k.running) x)) from portarium_data.seal_cursor k);
begin
    delete from portarium_data.stirred s where s.tenant_id = p_tenant;
    -- v_first is what the index on xid knows
    execute pg_catalog.format('
        with e as materialized (
            select e.* from %I.entry e, portarium_data.seal_cursor k
            where e.tenant_id = $1 and e.xid >= $2 and (e.xid >= k.top or e.xid = any (k.running))
        ), i as (
            insert into %I.entry select e.* from e
        ), s as (
            insert into portarium_data.stirred (tenant_id, xid, entries)
            select e.tenant_id, e.xid, pg_catalog.count(*) from e where $3 group by 1, 2
        )
        select pg_catalog.count(*), pg_catalog.array_agg(distinct e.xid) from e', p_from, p_to)
    into entries, xids
    using p_tenant, v_first, p_to <> 'portarium_data';
end
$$;

-- A table's rows of a tenant, of those that p_only names: how many, and a digest that their order does not change.
create function portarium_int.table_digest(p_schema name, p_table name, p_tenant uuid, p_only text, out rows bigint, out digest bigint)
    language plpgsql
    as $$
begin
    execute pg_catalog.format('
        select pg_catalog.count(*), coalesce(pg_catalog.bit_xor(pg_catalog.hash_record_extended(s, 0)), 0)
        from %I.%I s where s.tenant_id = $1 and (%s)', p_schema, p_table, p_only)
    into rows, digest
    using p_tenant;
end
$$;

-- The log's rows of a tenant; sealed: those entries that have their place.
create function portarium_int.log_rows(p_schema name, p_tenant uuid, p_sealed boolean, out leaves bigint, out entries bigint)
    language plpgsql
    as $$
begin
    execute pg_catalog.format('
        select (select pg_catalog.count(*) from %I.leaf l where l.tenant_id = $1),
            (select pg_catalog.count(*) from %I.entry e, portarium_data.seal_cursor k
            where e.tenant_id = $1 and not ($2 and (e.xid >= k.top or e.xid = any (k.running))))', p_schema, p_schema)
    into leaves, entries
    using p_tenant, p_sealed;
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
