-- SPDX-License-Identifier: PostgreSQL
-- Filters of events, in the dialects of the CloudEvents Subscriptions API: exact, prefix, suffix, all, any, not. A subscription has a
-- list of filters, and all of them must hold. Attributes are compared as text; one that an event has not never matches.

create function portarium_int.check_filters(p_filters jsonb, p_depth int default 1)
    returns void
    language plpgsql
    immutable
    as $$
declare
    v_dialect text;
    v_value jsonb;
begin
    if pg_catalog.jsonb_typeof(p_filters) is distinct from 'array' or p_depth > 8 or pg_catalog.jsonb_array_length(p_filters) > 100 then
        raise exception using errcode = 'UP007', message = 'filters are not a list of at most 100, nested at most 8 deep';
    end if;
    for v_dialect, v_value in
        select d.key, d.value
        from pg_catalog.jsonb_array_elements(p_filters) f
        left join lateral pg_catalog.jsonb_each(case when pg_catalog.jsonb_typeof(f) = 'object' then f end) d on true
    loop
        if v_dialect in ('all', 'any') then
            perform portarium_int.check_filters(v_value, p_depth + 1);
        elsif v_dialect = 'not' then
            perform portarium_int.check_filters(pg_catalog.jsonb_build_array(v_value), p_depth + 1);
        elsif coalesce(v_dialect, '') not in ('exact', 'prefix', 'suffix') or pg_catalog.jsonb_typeof(v_value) <> 'object'
            or pg_catalog.jsonb_path_exists(v_value, '$.* ? (@.type() != "string" || @ == "")') then
            raise exception using
                errcode = 'UP007',
                message = pg_catalog.format('filter dialect "%s" with this value is unknown', v_dialect),
                hint = 'Use {"exact": {"type": "…"}}, prefix, suffix, {"all": […]}, {"any": […]} or {"not": {…}}.';
        end if;
    end loop;
end
$$;

create function portarium_int.filter_holds(p_dialect text, p_value jsonb, p_event jsonb)
    returns boolean
    language plpgsql
    immutable
    parallel safe
    as $$
begin
    case p_dialect
        when 'all' then
            return portarium_int.filters_hold(p_value, p_event);
        when 'any' then
            return exists (
                select from pg_catalog.jsonb_array_elements(p_value) f
                where portarium_int.filters_hold(pg_catalog.jsonb_build_array(f), p_event));
        when 'not' then
            return not portarium_int.filters_hold(pg_catalog.jsonb_build_array(p_value), p_event);
        else
            return not exists (
                select
                from pg_catalog.jsonb_each_text(p_value) a
                cross join lateral (select p_event ->> a.key) x (text)
                where not coalesce(case p_dialect
                    when 'exact' then x.text = a.value
                    when 'prefix' then x.text operator(pg_catalog.^@) a.value
                    else pg_catalog.right(x.text, pg_catalog.length(a.value)) = a.value end, false));
    end case;
end
$$;

create function portarium_int.filters_hold(p_filters jsonb, p_event jsonb)
    returns boolean
    language plpgsql
    immutable
    parallel safe
    as $$
begin
    return p_filters = '[]' or not exists (
        select
        from pg_catalog.jsonb_array_elements(p_filters) f
        cross join lateral pg_catalog.jsonb_each(f) d
        where not portarium_int.filter_holds(d.key, d.value, p_event));
end
$$;
