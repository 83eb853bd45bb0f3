-- SPDX-License-Identifier: PostgreSQL
-- From a difference of shapes to statements. Expanding makes what is missing and loosens what would refuse the rows of this version's
-- code; it drops no data. Contracting drops what is too much, and says how to make it anew. A statement can be run by itself.
-- The wanted shape stands in the schema portarium_shape while statements are made and run.

create type portarium_int.difference as (
    kind text,
    table_name name,
    part_name name,
    found text,
    wanted text
);

create type portarium_int.migration_statement as (
    statement text,
    undo text
);

-- The words of an index or of a foreign key with the schema in them.
create function portarium_int.placed(p_words text, p_schema name)
    returns text
    language sql
    immutable
    parallel safe
    as $$
    select pg_catalog.regexp_replace(pg_catalog.regexp_replace(p_words,
        ' ON (ONLY )?', pg_catalog.format(' ON \1%I.', p_schema)),
        ' REFERENCES ', pg_catalog.format(' REFERENCES %I.', p_schema))
$$;

create function portarium_int.add_part(p_schema name, p_table name, p_part name, p_kind text, p_words text)
    returns text
    language sql
    immutable
    parallel safe
    as $$
    select case
        when p_kind in ('index', 'unique index') then portarium_int.placed(p_words, p_schema)
        when p_kind = 'foreign key' then pg_catalog.format('alter table %I.%I add constraint %I %s not valid', p_schema, p_table, p_part,
            portarium_int.placed(pg_catalog.regexp_replace(p_words, ' ON (DELETE|UPDATE)', ' on \1', 'g'), p_schema))
        when p_kind = 'check' then pg_catalog.format('alter table %I.%I add constraint %I %s not valid', p_schema, p_table, p_part, p_words)
        else pg_catalog.format('alter table %I.%I add constraint %I %s', p_schema, p_table, p_part, p_words)
    end
$$;

create function portarium_int.drop_part(p_schema name, p_table name, p_part name, p_kind text)
    returns text
    language sql
    immutable
    parallel safe
    as $$
    select case
        when p_kind in ('index', 'unique index') then pg_catalog.format('drop index %I.%I', p_schema, p_part)
        else pg_catalog.format('alter table %I.%I drop constraint %I', p_schema, p_table, p_part)
    end
$$;

-- What no statement can bring about without the words of whoever changes it.
create function portarium_int.refuse_underivable(p_all portarium_int.difference[])
    returns void
    language plpgsql
    as $$
declare
    v_row portarium_int.difference;
begin
    foreach v_row in array p_all loop
        if v_row.kind = 'column' and v_row.found is not null and v_row.wanted is not null then
            raise exception using
                errcode = 'UP109',
                message = pg_catalog.format('column "%s" of table "%s" is of type "%s", not "%s"',
                    v_row.part_name, v_row.table_name, v_row.found, v_row.wanted),
                hint = 'A version adds a column of the new type, fills it, and drops the old one.';
        end if;
    end loop;
end
$$;

-- New tables are moved from the wanted shape with all they have, their first rows included; their foreign keys are made anew.
create function portarium_int.move_statements(p_schema name, p_all portarium_int.difference[])
    returns setof text
    language sql
    stable
    as $$
    select s.statement
    from (
        select 1 as place, pg_catalog.format('alter table portarium_shape.%I drop constraint %I', d.table_name, d.part_name) as statement
        from pg_catalog.unnest(p_all) d
        join pg_catalog.unnest(p_all) t on t.kind = 'table' and t.table_name = d.table_name and t.found is null
        where d.kind = 'foreign key'
        union all
        select 2, pg_catalog.format('alter table portarium_shape.%I set schema %I', d.table_name, p_schema)
        from pg_catalog.unnest(p_all) d
        where d.kind in ('table', 'partition') and d.found is null
    ) s
    order by s.place, s.statement
$$;

-- Where a column stands in the wanted shape, so that new ones come in the same order.
create function portarium_int.wanted_place(p_table name, p_column name)
    returns smallint
    language sql
    stable
    as $$
    select a.attnum from pg_catalog.pg_attribute a
    where a.attrelid = pg_catalog.to_regclass(pg_catalog.format('portarium_shape.%I', p_table)) and a.attname = p_column
$$;

-- A new column may be NOT NULL at once when it has a value for the rows that are there.
create function portarium_int.column_statements(p_schema name, p_all portarium_int.difference[])
    returns setof text
    language sql
    stable
    as $$
    with lasting as (
        select d.* from pg_catalog.unnest(p_all) d
        where not exists (
            select from pg_catalog.unnest(p_all) t where t.kind = 'table' and t.table_name = d.table_name and (t.found is null or t.wanted is null))),
    fresh as (select d.* from lasting d where d.kind = 'column' and d.found is null)
    (select pg_catalog.format('alter table %I.%I add column %I %s', p_schema, c.table_name, c.part_name, c.wanted)
        || coalesce(' default ' || d.wanted, '')
        || case when n.wanted is not null and (d.wanted is not null or pg_catalog.strpos(c.wanted, ' generated ') > 0) then ' not null' else '' end
    from fresh c
    left join lasting d on d.kind = 'default' and d.table_name = c.table_name and d.part_name = c.part_name
    left join lasting n on n.kind = 'not null' and n.table_name = c.table_name and n.part_name = c.part_name
    order by c.table_name, portarium_int.wanted_place(c.table_name, c.part_name))
    union all
    select pg_catalog.format('alter table %I.%I alter column %I %s', p_schema, d.table_name, d.part_name, case
        when d.kind = 'not null' then 'drop not null'
        when d.kind = 'storage' then 'set storage ' || d.wanted
        when d.wanted is null then 'drop default'
        else 'set default ' || d.wanted end)
    from lasting d
    where d.kind = 'not null' and d.wanted is null
        or d.kind = 'storage' and d.wanted is not null
        or d.kind = 'default'
            and not exists (select from lasting c where c.kind = 'column' and c.table_name = d.table_name and c.part_name = d.part_name)
$$;

-- Keys, checks and unique indexes that are no longer wanted would refuse rows; they go before the new ones come.
create function portarium_int.part_statements(p_schema name, p_all portarium_int.difference[])
    returns setof text
    language sql
    stable
    as $$
    with part as (
        select d.*, pg_catalog.array_position(array['foreign key', 'check', 'key', 'unique index', 'index'], d.kind) as place
        from pg_catalog.unnest(p_all) d
        where d.kind in ('foreign key', 'check', 'key', 'unique index', 'index'))
    select s.statement
    from (
        select p.place, portarium_int.drop_part(p_schema, p.table_name, p.part_name, p.kind) as statement
        from part p
        where p.found is not null and (p.kind <> 'index' or p.wanted is not null)
            and not exists (select from pg_catalog.unnest(p_all) t where t.kind = 'table' and t.table_name = p.table_name and t.wanted is null)
        union all
        select 20 - p.place, portarium_int.add_part(p_schema, p.table_name, p.part_name, p.kind, p.wanted)
        from part p
        where p.wanted is not null and (p.kind = 'foreign key'
            or not exists (select from pg_catalog.unnest(p_all) t where t.kind = 'table' and t.table_name = p.table_name and t.found is null))
    ) s
    order by s.place, s.statement
$$;

create function portarium_int.option_statements(p_schema name, p_all portarium_int.difference[])
    returns setof text
    language sql
    stable
    as $$
    select pg_catalog.format('alter table %I.%I %s', p_schema, d.table_name, o.change)
    from pg_catalog.unnest(p_all) d
    cross join lateral (
        values
            (d.found, 'reset (' || pg_catalog.regexp_replace(d.found, '=[^,]*', '', 'g') || ')'),
            (d.wanted, 'set (' || d.wanted || ')')
    ) o (words, change)
    where d.kind = 'table' and d.found is not null and d.wanted is not null and o.words <> ''
$$;

create function portarium_int.expand_statements(p_schema name, p_all portarium_int.difference[])
    returns portarium_int.migration_statement[]
    language plpgsql
    as $$
begin
    perform portarium_int.refuse_underivable(p_all);
    return array(
        select row (s, null)::portarium_int.migration_statement
        from (
            select * from portarium_int.move_statements(p_schema, p_all)
            union all
            select * from portarium_int.column_statements(p_schema, p_all)
            union all
            select * from portarium_int.part_statements(p_schema, p_all)
            union all
            select * from portarium_int.option_statements(p_schema, p_all)
        ) s (s));
end
$$;
