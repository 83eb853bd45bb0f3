-- SPDX-License-Identifier: PostgreSQL
-- What an application may use, as data: the functions and the views of the public API with the names and the types of their parts.
-- The HTTP API makes its routes from this and takes every identifier it ever writes into a statement from here.

-- The functions of the API that can be called with named arguments. Where two differ only by text for jsonb, the one with text is
-- a convenience of SQL and is left out, so that a name and its arguments always mean one function.
create function portarium_int.api_functions()
    returns table (function_oid oid, function_name name, argument_types oid[])
    language sql
    stable
    as $$
    with callable as (
        select p.oid, p.proname, p.proargtypes::pg_catalog.oid[] as types
        from pg_catalog.pg_proc p
        join pg_catalog.pg_namespace n on n.oid = p.pronamespace
        where n.nspname = 'portarium'
            and p.prokind = 'f'
            and p.provariadic = 0
            and (p.pronargs = 0 or not '' = any (p.proargnames[1:p.pronargs]))
            and p.prorettype not in ('pg_catalog.trigger'::pg_catalog.regtype, 'pg_catalog.event_trigger'::pg_catalog.regtype)
            -- the sidecar's own question: whoever came in by HTTP could ask which tenants exist
            and pg_catalog.has_function_privilege('portarium_app', p.oid, 'execute')
    )
    select c.oid, c.proname, c.types
    from callable c
    where not exists (
        select
        from callable o
        where o.proname = c.proname
            and o.oid <> c.oid
            and pg_catalog.cardinality(o.types) = pg_catalog.cardinality(c.types)
            and not exists (
                select
                from rows from (pg_catalog.unnest(c.types), pg_catalog.unnest(o.types)) t (mine, other)
                where t.mine <> t.other
                    and not (t.mine = 'pg_catalog.text'::pg_catalog.regtype and t.other = 'pg_catalog.jsonb'::pg_catalog.regtype)))
$$;

create function portarium_int.api_arguments(p_function oid)
    returns jsonb
    language sql
    stable
    as $$
    select coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
            'name', p.proargnames[i.place],
            'type', pg_catalog.format_type(p.proargtypes[i.place - 1], null),
            'has_default', i.place > p.pronargs - p.pronargdefaults)
        order by i.place), '[]')
    from pg_catalog.pg_proc p
    cross join pg_catalog.generate_series(1, p.pronargs) i (place)
    where p.oid = p_function
$$;

create function portarium_int.api_columns(p_view oid)
    returns jsonb
    language sql
    stable
    as $$
    select coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
            'name', a.attname,
            'type', pg_catalog.format_type(a.atttypid, null))
        order by a.attnum), '[]')
    from pg_catalog.pg_attribute a
    where a.attrelid = p_view and a.attnum > 0 and not a.attisdropped
$$;

create function portarium.api_catalog()
    returns jsonb
    language sql
    stable
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
    select pg_catalog.jsonb_build_object(
        'functions', (
            select coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                    'name', f.function_name,
                    'arguments', portarium_int.api_arguments(f.function_oid),
                    'returns', pg_catalog.format_type(p.prorettype, null),
                    'set', p.proretset,
                    'volatility', case p.provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end,
                    'comment', pg_catalog.obj_description(p.oid, 'pg_proc'))
                order by f.function_name, p.pronargs, p.oid), '[]')
            from portarium_int.api_functions() f
            join pg_catalog.pg_proc p on p.oid = f.function_oid),
        'views', (
            select coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                    'name', c.relname,
                    'columns', portarium_int.api_columns(c.oid),
                    'comment', pg_catalog.obj_description(c.oid, 'pg_class'))
                order by c.relname), '[]')
            from pg_catalog.pg_class c
            join pg_catalog.pg_namespace n on n.oid = c.relnamespace
            where n.nspname = 'portarium'
                and c.relkind = 'v'
                and pg_catalog.has_table_privilege('portarium_app', c.oid, 'select')))
$$;
comment on function portarium.api_catalog() is
    'The functions (name, arguments, returns, set, volatility, comment) and views (name, columns, comment) that portarium_app may use';
