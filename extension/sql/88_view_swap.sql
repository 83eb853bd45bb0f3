-- SPDX-License-Identifier: PostgreSQL
-- The views of a data schema after a change of version, and the public ones with those of the shared schema. A view whose words are the
-- same stays as it is, with whatever was built on it; one with more columns is replaced in place; only one that lost or changed a column
-- is dropped, and refused when something needs it.
-- How the new version's views read is found by stamping them in a subtransaction that is undone.

create type portarium_int.view_words as (
    place name,
    name name,
    query text,
    options text,
    remark text
);

-- With nothing but pg_catalog on the path every name in the words is qualified. A view comes after those that it is made of.
create function portarium_int.views_now(p_places name[])
    returns portarium_int.view_words[]
    language plpgsql
    volatile
    as $$
declare
    v_path text := pg_catalog.current_setting('search_path');
    v_views portarium_int.view_words[];
begin
    perform pg_catalog.set_config('search_path', 'pg_catalog', true);
    v_views := array(
        select row (n.nspname, c.relname, pg_catalog.rtrim(pg_catalog.pg_get_viewdef(c.oid), ';'), pg_catalog.array_to_string(c.reloptions, ', '),
            pg_catalog.obj_description(c.oid, 'pg_class'))::portarium_int.view_words
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname = any (p_places) and c.relkind = 'v' and c.relowner = 'portarium_owner'::regrole
        order by n.nspname = 'portarium', c.oid);
    perform pg_catalog.set_config('search_path', v_path, true);
    return v_views;
end
$$;

-- Runs as portarium_owner on a path that begins with the schema.
create function portarium_int.views_wanted(p_schema name, p_places name[])
    returns portarium_int.view_words[]
    language plpgsql
    volatile
    as $$
declare
    v_views portarium_int.view_words[];
begin
    begin
        perform portarium_int.stamp_all_views(p_schema);
        if 'portarium' = any (p_places) then
            perform portarium_int.show_views(p_schema);
        end if;
        v_views := portarium_int.views_now(p_places);
        raise exception 'undone';
    exception
        when raise_exception then
            return v_views;
    end;
end
$$;

-- A view that lost a column cannot be replaced in place.
create function portarium_int.place_view(p_view portarium_int.view_words)
    returns void
    language plpgsql
    as $$
declare
    v_words text := pg_catalog.format('view %I.%I%s as %s', p_view.place, p_view.name, ' with (' || p_view.options || ')', p_view.query);
begin
    begin
        execute 'create or replace ' || v_words;
    exception
        when invalid_table_definition then
            execute pg_catalog.format('drop view %I.%I', p_view.place, p_view.name);
            execute 'create ' || v_words;
    end;
    execute pg_catalog.format('comment on view %I.%I is %L', p_view.place, p_view.name, p_view.remark);
end
$$;

create function portarium_int.swap_views(p_schema name)
    returns void
    language plpgsql
    as $$
declare
    v_places name[] := case p_schema when 'portarium_data' then array[p_schema, 'portarium'] else array[p_schema] end;
    v_now portarium_int.view_words[] := portarium_int.views_now(v_places);
    v_wanted portarium_int.view_words[] := portarium_int.views_wanted(p_schema, v_places);
    v_view portarium_int.view_words;
begin
    for v_view in
        select n.* from pg_catalog.unnest(v_now) n
        where not exists (select from pg_catalog.unnest(v_wanted) w where (w.place, w.name) = (n.place, n.name))
        order by n.place <> 'portarium'
    loop
        execute pg_catalog.format('drop view %I.%I', v_view.place, v_view.name);
    end loop;
    foreach v_view in array v_wanted loop
        if not exists (select from pg_catalog.unnest(v_now) n where n is not distinct from v_view) then
            perform portarium_int.place_view(v_view);
        end if;
    end loop;
end
$$;
