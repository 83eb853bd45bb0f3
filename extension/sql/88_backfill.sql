-- SPDX-License-Identifier: PostgreSQL
-- Backfills: the values that a version's new columns have in rows that are there already, as data. The table is walked block by block,
-- a batch a transaction; the place is kept in data_version, so that whoever is killed is followed by one who goes on there.
-- Rows that somebody writes meanwhile have a value or get one: only null is filled.

-- In order, counted from 1: the column, and an expression over the row. Evidence is never filled: nobody may change it.
create function portarium_int.backfills()
    returns table (fill_no int, table_name name, column_name name, expression text)
    language sql
    immutable
    parallel safe
    as $$
    select 1, ''::name, ''::name, ''::text
    where false
$$;

create function portarium_int.blocks_a_batch()
    returns int
    language sql
    immutable
    parallel safe
    as $$ select 500 $$;

-- One batch as portarium_sys, which is outside the wall. Returns the block to go on at, or null at the table's end.
create function portarium_int.fill_blocks(p_table regclass, p_column name, p_expression text, p_from bigint)
    returns bigint
    language plpgsql
    as $$
declare
    v_to bigint := p_from + portarium_int.blocks_a_batch();
    v_role text := pg_catalog.current_setting('role');
begin
    perform pg_catalog.set_config('role', 'portarium_sys', true);
    execute pg_catalog.format('update %s as t set %I = (%s) where t.ctid >= %L::tid and t.ctid < %L::tid and t.%I is null',
        p_table, p_column, p_expression, pg_catalog.format('(%s,0)', p_from), pg_catalog.format('(%s,0)', v_to), p_column);
    perform pg_catalog.set_config('role', v_role, true);
    if v_to * pg_catalog.current_setting('block_size')::bigint < pg_catalog.pg_relation_size(p_table) then
        return v_to;
    end if;
    return null;
end
$$;

-- The next batch of a schema. Returns whether nothing is left.
create function portarium_int.fill_on(p_schema name)
    returns boolean
    language plpgsql
    as $$
declare
    v_no int;
    v_block bigint;
    v_fill record;
begin
    execute pg_catalog.format('select fill_no, fill_block from %I.data_version', p_schema) into v_no, v_block;
    select * into v_fill from portarium_int.backfills() f where f.fill_no = v_no;
    if not found then
        return true;
    end if;
    v_block := portarium_int.fill_blocks(pg_catalog.format('%I.%I', p_schema, v_fill.table_name)::regclass,
        v_fill.column_name, v_fill.expression, v_block);
    execute pg_catalog.format('update %I.data_version set fill_no = $1, fill_block = $2', p_schema)
        using v_no + (v_block is null)::int, coalesce(v_block, 0);
    return false;
end
$$;
