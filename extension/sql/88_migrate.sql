-- SPDX-License-Identifier: PostgreSQL
-- Bringing data to the code's version. ALTER EXTENSION replaces code only; migrate() makes each data schema what the stamps of the new
-- code say, one transaction a phase:
--     expand    what is missing is made, what would refuse new rows is loosened; the views follow
--     fill      backfills, a batch a transaction
--     check     what must hold for old rows too is declared, VALIDated under a weak lock (validate), and made NOT NULL (tighten)
--     contract  what this version no longer has is dropped; only on request
-- Nothing is remembered but the version and the place of the backfill: the rest is the difference between the schema as it is and the
-- shape that the stamps make beside it, so whoever is killed at any point is followed by one who does what is left.
-- Locks: the row of data_version keeps two migrations of a schema apart. Tables are locked with a timeout; who does not get them lets go
-- of all, waits and tries again, so that nobody queues behind it for long.

-- The shape of this code for a schema of this kind, in portarium_shape.
create function portarium_int.stamp_shape(p_schema name)
    returns void
    language plpgsql
    as $$
declare
    v_role text := pg_catalog.current_setting('role');
    v_path text := pg_catalog.current_setting('search_path');
begin
    create schema portarium_shape authorization portarium_owner;
    perform pg_catalog.set_config('role', 'portarium_owner', true);
    if p_schema = 'portarium_data' then
        perform pg_catalog.set_config('search_path', 'portarium_shape, pg_catalog', true);
        perform portarium_int.stamp_shared_tables();
        perform portarium_int.stamp_own_tables();
    else
        perform pg_catalog.set_config('search_path', 'portarium_shape, portarium_data, pg_catalog', true);
        perform portarium_int.stamp_home_tables();
    end if;
    perform pg_catalog.set_config('role', v_role, true);
    perform pg_catalog.set_config('search_path', v_path, true);
end
$$;

-- The difference to the shape of this code, which stands in portarium_shape afterwards.
create function portarium_int.make_shape(p_schema name)
    returns portarium_int.difference[]
    language plpgsql
    as $$
begin
    perform portarium_int.stamp_shape(p_schema);
    return array(
        select row (d.kind, d.table_name, d.part_name, d.found, d.wanted)::portarium_int.difference
        from portarium_int.shape_difference(p_schema, 'portarium_shape') d
        order by d.kind, d.table_name, d.part_name);
end
$$;

-- Runs statements as the tables' owner and writes them down.
create function portarium_int.run_statements(p_schema name, p_phase text, p_statements portarium_int.migration_statement[])
    returns void
    language plpgsql
    as $$
declare
    v_role text := pg_catalog.current_setting('role');
    v_statement portarium_int.migration_statement;
begin
    perform pg_catalog.set_config('role', 'portarium_owner', true);
    foreach v_statement in array p_statements loop
        execute v_statement.statement;
    end loop;
    execute pg_catalog.format('insert into %I.migration (n, version, phase, statement, undo)
        select (select coalesce(max(m.n), 0) from %1$I.migration m) + s.n, portarium_int.version(), $1, s.statement, s.undo
        from pg_catalog.unnest($2) with ordinality s (statement, undo, n)', p_schema) using p_phase, p_statements;
    perform pg_catalog.set_config('role', v_role, true);
end
$$;

-- The views of the schema as this code has them.
create function portarium_int.follow_views(p_schema name)
    returns void
    language plpgsql
    as $$
declare
    v_role text := pg_catalog.current_setting('role');
    v_path text := pg_catalog.current_setting('search_path');
begin
    perform pg_catalog.set_config('role', 'portarium_owner', true);
    perform pg_catalog.set_config('search_path', pg_catalog.format('%I, portarium_data, pg_catalog', p_schema), true);
    perform portarium_int.swap_views(p_schema);
    perform pg_catalog.set_config('role', v_role, true);
    perform pg_catalog.set_config('search_path', v_path, true);
end
$$;

create function portarium_int.grant_all(p_schema name)
    returns void
    language plpgsql
    as $$
begin
    perform portarium_int.grant_tables(p_schema);
    if p_schema = 'portarium_data' then
        perform portarium_int.grant_views();
        perform portarium_int.grant_dispatch();
    elsif pg_catalog.to_regrole(p_schema || '_reader') is not null then
        perform portarium_int.grant_reader(p_schema, p_schema || '_reader');
    end if;
end
$$;

-- The owner has no right to refer to its tables (22); it gets it for new foreign keys, and grant_tables takes it away.
create function portarium_int.expand(p_schema name)
    returns void
    language plpgsql
    as $$
begin
    execute pg_catalog.format('grant references on all tables in schema %I to portarium_owner', p_schema);
    perform portarium_int.run_statements(p_schema, 'expand',
        portarium_int.expand_statements(p_schema, portarium_int.make_shape(p_schema)));
    drop schema portarium_shape cascade;
    perform portarium_int.follow_views(p_schema);
    perform portarium_int.raise_wall(p_schema);
    perform portarium_int.grant_all(p_schema);
    execute pg_catalog.format('update %I.data_version set version = portarium_int.version(), state = ''EXPANDED'', fill_no = 1, fill_block = 0', p_schema);
end
$$;

-- The rest of what is NOT NULL, as checks that old rows need not pass yet.
create function portarium_int.declare_filled(p_schema name)
    returns void
    language plpgsql
    as $$
begin
    perform portarium_int.run_statements(p_schema, 'check', array(
        select row (pg_catalog.format('alter table %I.%I add constraint %I check (%4$I is not null) not valid', p_schema, d.table_name,
            'filled_' || d.part_name, d.part_name), null)::portarium_int.migration_statement
        from pg_catalog.unnest(portarium_int.make_shape(p_schema)) d
        where d.kind = 'not null' and d.found is null
            and pg_catalog.format('%I.%I', p_schema, d.table_name)::regclass not in (
                select k.conrelid from pg_catalog.pg_constraint k where k.conname = 'filled_' || d.part_name)));
    drop schema portarium_shape cascade;
end
$$;

create function portarium_int.validate(p_schema name)
    returns void
    language plpgsql
    as $$
begin
    perform portarium_int.run_statements(p_schema, 'validate', array(
        select row (pg_catalog.format('alter table %s validate constraint %I', k.conrelid::regclass, k.conname), null)::portarium_int.migration_statement
        from pg_catalog.pg_constraint k
        where k.connamespace = p_schema::regnamespace and not k.convalidated
        order by k.conrelid, k.conname));
end
$$;

-- SET NOT NULL believes a valid check and reads no row.
create function portarium_int.tighten(p_schema name)
    returns void
    language plpgsql
    as $$
begin
    perform portarium_int.run_statements(p_schema, 'tighten', array(
        select row (pg_catalog.format('alter table %s %s', k.conrelid::regclass, s.change), null)::portarium_int.migration_statement
        from pg_catalog.pg_constraint k
        join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and k.conname = 'filled_' || a.attname
        cross join lateral (
            values
                (1, pg_catalog.format('alter column %I set not null', a.attname)),
                (2, pg_catalog.format('drop constraint %I', k.conname))
        ) s (place, change)
        where k.connamespace = p_schema::regnamespace and k.contype = 'c'
        order by k.conrelid, k.conname, s.place));
    execute pg_catalog.format('update %I.data_version set state = ''FILLED''', p_schema);
end
$$;

create function portarium_int.contract(p_schema name)
    returns void
    language plpgsql
    as $$
begin
    if (select v.state from portarium_int.version_of(p_schema) v) = 'EXPANDED'
        or (select v.version from portarium_int.version_of(p_schema) v) is distinct from portarium_int.version() then
        raise exception using
            errcode = 'UP109',
            message = pg_catalog.format('data schema "%s" is not at version "%s"', p_schema, portarium_int.version()),
            hint = 'Call portarium.migrate() first.';
    end if;
    perform portarium_int.run_statements(p_schema, 'contract',
        portarium_int.contract_statements(p_schema, portarium_int.make_shape(p_schema)));
    drop schema portarium_shape cascade;
    execute pg_catalog.format('update %I.data_version set state = ''CONTRACTED''', p_schema);
end
$$;
