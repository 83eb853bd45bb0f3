-- SPDX-License-Identifier: PostgreSQL
-- From a difference of shapes to the statements that drop what a version no longer has: indexes, columns, tables. Each has the statement
-- that makes it anew; what was in it is gone, which is why nothing here happens unasked. A foreign key needs a right that the owner is
-- lent for it (22).

create function portarium_int.column_words(p_all portarium_int.difference[], p_table name, p_column name)
    returns text
    language sql
    stable
    as $$
    select pg_catalog.format('%I %s%s', p_column,
        (select c.found from pg_catalog.unnest(p_all) c where c.kind = 'column' and c.table_name = p_table and c.part_name = p_column),
        (select ' default ' || d.found from pg_catalog.unnest(p_all) d where d.kind = 'default' and d.table_name = p_table and d.part_name = p_column))
$$;

create function portarium_int.table_words(p_schema name, p_all portarium_int.difference[], p_table name)
    returns text
    language sql
    stable
    as $$
    select pg_catalog.format('create table %I.%I (%s)%s%s', p_schema, p_table,
        (select pg_catalog.string_agg(portarium_int.column_words(p_all, p_table, c.part_name), ', ' order by c.part_name)
        from pg_catalog.unnest(p_all) c where c.kind = 'column' and c.table_name = p_table),
        (select pg_catalog.string_agg('; ' || portarium_int.add_part(p_schema, p_table, k.part_name, k.kind, k.found), '' order by k.kind desc, k.part_name)
        from pg_catalog.unnest(p_all) k
        where k.kind in ('key', 'check', 'unique index', 'index') and k.table_name = p_table),
        (select pg_catalog.format('; grant references on all tables in schema %I to portarium_owner; ', p_schema)
            || pg_catalog.string_agg(portarium_int.add_part(p_schema, p_table, k.part_name, k.kind, k.found), '; ' order by k.part_name)
            || pg_catalog.format('; revoke references on all tables in schema %I from portarium_owner', p_schema)
        from pg_catalog.unnest(p_all) k
        where k.kind = 'foreign key' and k.table_name = p_table
        having pg_catalog.count(*) > 0))
$$;

create function portarium_int.contract_statements(p_schema name, p_all portarium_int.difference[])
    returns portarium_int.migration_statement[]
    language sql
    stable
    as $$
    with lasting as (
        select d.* from pg_catalog.unnest(p_all) d
        where d.wanted is null and not exists (
            select from pg_catalog.unnest(p_all) t where t.kind = 'table' and t.table_name = d.table_name))
    select coalesce(pg_catalog.array_agg(row (s.statement, s.undo)::portarium_int.migration_statement order by s.place, s.statement), '{}')
    from (
        select 1 as place, portarium_int.drop_part(p_schema, d.table_name, d.part_name, d.kind) as statement,
            portarium_int.add_part(p_schema, d.table_name, d.part_name, d.kind, d.found) as undo
        from lasting d
        where d.kind = 'index'
        union all
        select 2, pg_catalog.format('alter table %I.%I drop column %I', p_schema, d.table_name, d.part_name),
            pg_catalog.format('alter table %I.%I add column %s', p_schema, d.table_name, portarium_int.column_words(p_all, d.table_name, d.part_name))
        from lasting d
        where d.kind = 'column'
        union all
        select 3, pg_catalog.format('drop table %I.%I', p_schema, d.table_name), portarium_int.table_words(p_schema, p_all, d.table_name)
        from pg_catalog.unnest(p_all) d
        where d.kind = 'table' and d.wanted is null
    ) s
$$;
