-- SPDX-License-Identifier: PostgreSQL
-- Stamping: makes the data schema with its tables, views, wall and grants. The extension owns code, never data: dropping the extension
-- leaves every table, and pg_dump saves them like any other.

-- Every table of a data schema. Runs as portarium_owner with that schema first on the search path.
create function portarium_int.stamp_tables()
    returns void
    language plpgsql
    as $$
begin
    perform portarium_int.stamp_context();
    perform portarium_int.stamp_tenant();
    perform portarium_int.stamp_asl();
    perform portarium_int.stamp_evidence();
    perform portarium_int.stamp_retention();
    perform portarium_int.stamp_subject();
    perform portarium_int.stamp_hold();
    perform portarium_int.stamp_disposition();
    perform portarium_int.stamp_run();
    perform portarium_int.stamp_strand();
    perform portarium_int.stamp_dispatch();
    perform portarium_int.stamp_definition();
    perform portarium_int.stamp_start_plan();
    perform portarium_int.stamp_resource();
    perform portarium_int.stamp_reference();
    perform portarium_int.stamp_expectation();
    perform portarium_int.stamp_signal();
    perform portarium_int.stamp_sql_step();
    perform portarium_int.stamp_requirement();
    perform portarium_int.stamp_policy();
    perform portarium_int.stamp_approval();
    perform portarium_int.stamp_clock();
    perform portarium_int.stamp_schedule();
    perform portarium_int.stamp_egress();
    perform portarium_int.stamp_relay();
    perform portarium_int.stamp_subscription();
end
$$;

-- All of the views, from nothing: what dropping the extension has left of them names no function of ours and may be out of date.
create function portarium_int.stamp_all_views()
    returns void
    language plpgsql
    as $$
declare
    v_left name;
begin
    for v_left in
        select c.relname from pg_catalog.pg_class c
        where c.relnamespace = 'portarium'::regnamespace and c.relkind = 'v' and c.relowner = 'portarium_owner'::regrole
    loop
        execute pg_catalog.format('drop view if exists portarium.%I cascade', v_left);
    end loop;
    perform portarium_int.stamp_evidence_views();
    perform portarium_int.stamp_views();
    perform portarium_int.stamp_task_views();
    perform portarium_int.stamp_egress_views();
    perform portarium_int.stamp_subscription_views();
    perform portarium_int.stamp_records_views();
end
$$;

-- Stamps as the owner what is not there: the tables of a new schema; the views also where the extension was dropped and made again
-- over its data. The caller's role and path are put back at the end of the transaction, whatever happens.
create function portarium_int.stamp_as_owner(p_schema name, p_tables boolean)
    returns void
    language plpgsql
    as $$
declare
    v_role text := pg_catalog.current_setting('role');
    v_path text := pg_catalog.current_setting('search_path');
begin
    perform pg_catalog.set_config('role', 'portarium_owner', true);
    perform pg_catalog.set_config('search_path', pg_catalog.format('%I, pg_catalog', p_schema), true);
    if p_tables then
        perform portarium_int.stamp_tables();
    end if;
    if pg_catalog.to_regclass('portarium.runs') is null then
        perform portarium_int.stamp_all_views();
    end if;
    perform pg_catalog.set_config('role', v_role, true);
    perform pg_catalog.set_config('search_path', v_path, true);
end
$$;

create function portarium_int.grant_views()
    returns void
    language plpgsql
    as $$
declare
    v_view name;
begin
    for v_view in
        select c.relname from pg_catalog.pg_class c where c.relnamespace = 'portarium'::regnamespace and c.relkind = 'v'
    loop
        execute pg_catalog.format('grant select on portarium.%I to portarium_app', v_view);
    end loop;
end
$$;

create procedure portarium.install()
    language plpgsql
    as $$
declare
    v_new boolean := pg_catalog.to_regnamespace('portarium_data') is null;
begin
    if not v_new and pg_catalog.to_regclass('portarium.runs') is not null then
        raise notice 'portarium is installed in this database';
        return;
    end if;
    perform portarium_int.lend_roles(true);
    if v_new then
        create schema portarium_data authorization portarium_owner;
    end if;
    perform portarium_int.stamp_as_owner('portarium_data', v_new);
    perform portarium_int.raise_wall('portarium_data');
    perform portarium_int.grant_tables('portarium_data');
    perform portarium_int.grant_dispatch();
    perform portarium_int.grant_views();
    perform portarium_int.lend_roles(false);
end
$$;
comment on procedure portarium.install() is
    'Makes the schema portarium_data with its tables, behind the wall, and the views. Where the data is there and the extension was made anew, the wall, the views and the grants are raised again; a second call changes nothing';
