-- SPDX-License-Identifier: PostgreSQL
-- Which schemas hold stamped tables, and which version each of them is of. migrate() brings each up to date and health() looks at
-- each; whoever stamps another schema, such as a tenant's own, has data_schemas() name it.

-- The shared schema first, without a tenant; then those that belong to one tenant.
create function portarium_int.data_schemas()
    returns table (data_schema name, tenant_id uuid)
    language sql
    stable
    as $$
    select n.nspname, portarium_int.tenant_of_home(n.nspname)
    from pg_catalog.pg_namespace n
    where n.nspname = 'portarium_data' or portarium_int.tenant_of_home(n.nspname) is not null
    order by n.nspname operator(pg_catalog.<>) 'portarium_data', n.nspname
$$;

-- state is EXPANDED (backfills are under way), FILLED (all that this version needs is there) or CONTRACTED (and nothing more).
-- fill_no and fill_block are where the backfill goes on.
create function portarium_int.stamp_data_version()
    returns void
    language plpgsql
    as $$
begin
    create table data_version (
        one boolean primary key default true,
        version text not null,
        state text not null,
        fill_no int not null default 1,
        fill_block bigint not null default 0,
        constraint data_version_is_one_row check (one)
    );
    insert into data_version (version, state)
    values (portarium_int.version(), 'CONTRACTED');

    -- What migrate() has done here, statement by statement. undo makes anew what a contraction has dropped, without its rows.
    create table migration (
        n int primary key,
        version text not null,
        phase text not null,
        statement text not null,
        undo text,
        at timestamptz not null default pg_catalog.clock_timestamp()
    );
end
$$;

-- The version of the data on the caller's path, for code that serves two of them. plpgsql looks at a statement when it comes to it, so a
-- branch may name a column that the older version lacks.
create function portarium_int.data_version()
    returns text
    language plpgsql
    stable
    as $$
begin
    return (select d.version from data_version d);
end
$$;

-- The version of a schema, by name; null where the schema was stamped before versions were kept.
create function portarium_int.version_of(p_schema name, out version text, out state text)
    language plpgsql
    stable
    as $$
begin
    if pg_catalog.to_regclass(pg_catalog.format('%I.data_version', p_schema)) is not null then
        execute pg_catalog.format('select d.version, d.state from %I.data_version d', p_schema) into version, state;
    end if;
end
$$;
