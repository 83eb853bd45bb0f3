-- SPDX-License-Identifier: PostgreSQL
-- Cron expressions: five fields (minute, hour, day of month, month, day of week) as POSIX crontab has them, with steps, names and the
-- @macros that every cron knows; and the next moment that one names in a time zone.
-- When both day fields are restricted, either is enough (POSIX). A local time that a change of the clocks skips fires as much later as
-- the clocks moved; one that comes twice fires once.

-- One field as the set of its values. Errors: UP007
create function portarium_int.cron_field(p_field text, p_min int, p_max int, p_names text[] default '{}')
    returns int[]
    language plpgsql
    immutable
    as $$
declare
    v_part text;
    v_match text[];
    v_from int;
    v_to int;
    v_all int[] := '{}';
begin
    foreach v_part in array pg_catalog.string_to_array(pg_catalog.lower(p_field), ',') loop
        for i in 1 .. pg_catalog.cardinality(p_names) loop
            v_part := pg_catalog.regexp_replace(v_part, '\m' || p_names[i] || '\M', (i - 1 + p_min)::text, 'g');
        end loop;
        v_match := pg_catalog.regexp_match(v_part, '^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:/(\d{1,2}))?$');
        v_from := coalesce(v_match[1]::int, p_min);
        -- a lone number is itself, with a step it is the beginning
        v_to := case when v_match[1] is null or v_match[2] is null and v_match[3] is not null then p_max
            else coalesce(v_match[2], v_match[1])::int end;
        if v_match is null or v_from < p_min or v_to > p_max or v_from > v_to or v_match[3]::int = 0 then
            raise exception using errcode = 'UP007', message = pg_catalog.format('cron field "%s" is not a set of numbers from %s to %s', p_field, p_min, p_max);
        end if;
        v_all := v_all || array(select s from pg_catalog.generate_series(v_from, v_to, coalesce(v_match[3]::int, 1)) s);
    end loop;
    return array(select distinct a from pg_catalog.unnest(v_all) a order by a);
end
$$;

create type portarium_int.cron as (
    minutes int[],
    hours int[],
    days int[],
    months int[],
    weekdays int[],         -- 0 is Sunday
    any_day boolean,
    any_weekday boolean
);

create function portarium_int.cron_parse(p_cron text)
    returns portarium_int.cron
    language plpgsql
    immutable
    as $$
declare
    v_fields text[] := pg_catalog.regexp_split_to_array(pg_catalog.btrim(case pg_catalog.lower(pg_catalog.btrim(p_cron))
        when '@yearly' then '0 0 1 1 *' when '@annually' then '0 0 1 1 *' when '@monthly' then '0 0 1 * *'
        when '@weekly' then '0 0 * * 0' when '@daily' then '0 0 * * *' when '@midnight' then '0 0 * * *' when '@hourly' then '0 * * * *'
        else p_cron end), '\s+');
    v_cron portarium_int.cron;
begin
    if pg_catalog.cardinality(v_fields) is distinct from 5 then
        raise exception using errcode = 'UP007', message = pg_catalog.format('cron expression "%s" has not five fields', p_cron),
            hint = 'Minute, hour, day of month, month, day of week; or one of @hourly, @daily, @weekly, @monthly, @yearly.';
    end if;
    v_cron.minutes := portarium_int.cron_field(v_fields[1], 0, 59);
    v_cron.hours := portarium_int.cron_field(v_fields[2], 0, 23);
    v_cron.days := portarium_int.cron_field(v_fields[3], 1, 31);
    v_cron.months := portarium_int.cron_field(v_fields[4], 1, 12, '{jan,feb,mar,apr,may,jun,jul,aug,sep,oct,nov,dec}');
    v_cron.weekdays := array(select distinct w % 7
        from pg_catalog.unnest(portarium_int.cron_field(v_fields[5], 0, 7, '{sun,mon,tue,wed,thu,fri,sat}')) w order by 1);
    v_cron.any_day := v_fields[3] operator(pg_catalog.^@) '*';
    v_cron.any_weekday := v_fields[5] operator(pg_catalog.^@) '*';
    return v_cron;
end
$$;

create function portarium_int.cron_day(p_cron portarium_int.cron, p_day date)
    returns boolean
    language sql
    immutable
    as $$
    select extract(month from p_day)::int = any (p_cron.months) and case
        when p_cron.any_day or p_cron.any_weekday then
            extract(day from p_day)::int = any (p_cron.days) and extract(dow from p_day)::int = any (p_cron.weekdays)
        else extract(day from p_day)::int = any (p_cron.days) or extract(dow from p_day)::int = any (p_cron.weekdays) end
$$;

-- The first moment after p_after that the expression names in the time zone; null when there is none within eight years, as for a
-- 30th of February.
create function portarium_int.cron_next(p_cron text, p_zone text, p_after timestamptz)
    returns timestamptz
    language plpgsql
    stable
    as $$
declare
    v_cron portarium_int.cron := portarium_int.cron_parse(p_cron);
    v_day date := (p_after at time zone p_zone)::date;
    v_next timestamptz;
begin
    -- a day earlier: a fall of the clocks may leave the moment on yesterday's date
    for v_offset in -1 .. 8 * 366 loop
        if portarium_int.cron_day(v_cron, v_day + v_offset) then
            select pg_catalog.min(m.moment) into v_next
            from pg_catalog.unnest(v_cron.hours) h
            cross join pg_catalog.unnest(v_cron.minutes) n
            cross join lateral (select (v_day + v_offset + pg_catalog.make_time(h, n, 0)) at time zone p_zone) m (moment)
            where m.moment > p_after;
            if v_next is not null then
                return v_next;
            end if;
        end if;
    end loop;
    return null;
end
$$;
