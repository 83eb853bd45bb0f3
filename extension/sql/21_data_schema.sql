-- SPDX-License-Identifier: PostgreSQL
-- Which schemas hold stamped tables. migrate() brings each of them up to date and health() looks at each; whoever stamps another
-- schema, such as a tenant's own, has this function name it.

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
