-- SPDX-License-Identifier: PostgreSQL
-- Stamping: makes a data schema with its tables, views, wall and grants: the shared one, and those of tenants. The extension owns code, never data: dropping the extension
-- leaves every table, and pg_dump saves them like any other.

-- What spans tenants, and what is found by time or by queue whoever's it is: in the shared schema only. This and the next run as
-- portarium_owner with the schema first on the search path.
create function portarium_int.stamp_shared_tables()
    returns void
    language plpgsql
    as $$
begin
    perform portarium_int.stamp_context();
    perform portarium_int.stamp_tenant();
    perform portarium_int.stamp_tenant_database();
    perform portarium_int.stamp_tree();
    perform portarium_int.stamp_meta_log();
    perform portarium_int.stamp_time_stamp();
    perform portarium_int.stamp_recovery();
    perform portarium_int.stamp_verification();
    perform portarium_int.stamp_stir();
    perform portarium_int.stamp_keeper_mark();
    perform portarium_int.stamp_inspection();
    perform portarium_int.stamp_move();
    perform portarium_int.stamp_quota();
    perform portarium_int.stamp_dispatch();
    perform portarium_int.stamp_clock();
    perform portarium_int.stamp_schedule();
    perform portarium_int.stamp_egress();
    perform portarium_int.stamp_worker();
    perform portarium_int.stamp_relay();
    perform portarium_int.stamp_subscription();
end
$$;

-- What is a tenant's: in the shared schema for those of tier A, in its home for each of tier B. No foreign key leads out.
create function portarium_int.stamp_own_tables()
    returns void
    language plpgsql
    as $$
begin
    perform portarium_int.stamp_data_version();
    perform portarium_int.stamp_asl();
    perform portarium_int.stamp_log();
    perform portarium_int.stamp_retention();
    perform portarium_int.stamp_subject();
    perform portarium_int.stamp_hold();
    perform portarium_int.stamp_disposition();
    perform portarium_int.stamp_attachment();
    perform portarium_int.stamp_run();
    perform portarium_int.stamp_strand();
    perform portarium_int.stamp_compensation();
    perform portarium_int.stamp_waypoint();
    perform portarium_int.stamp_definition();
    perform portarium_int.stamp_step_plan();
    perform portarium_int.stamp_start_plan();
    perform portarium_int.stamp_resource();
    perform portarium_int.stamp_reference();
    perform portarium_int.stamp_expectation();
    perform portarium_int.stamp_signal();
    perform portarium_int.stamp_sql_step();
    perform portarium_int.stamp_requirement();
    perform portarium_int.stamp_policy();
    perform portarium_int.stamp_approval();
end
$$;

-- All of the views, from nothing: what dropping the extension has left of them names no function of ours and may be out of date.
create function portarium_int.stamp_all_views(p_schema name)
    returns void
    language plpgsql
    as $$
begin
    perform portarium_int.drop_views(p_schema);
    perform portarium_int.stamp_evidence_views();
    perform portarium_int.stamp_verification_views();
    perform portarium_int.stamp_views();
    perform portarium_int.stamp_task_views();
    perform portarium_int.stamp_capability_views();
    perform portarium_int.stamp_egress_views();
    perform portarium_int.stamp_worker_views();
    perform portarium_int.stamp_subscription_views();
    perform portarium_int.stamp_dispatch_views();
    perform portarium_int.stamp_dead_views();
    perform portarium_int.stamp_records_views();
end
$$;

create function portarium_int.drop_views(p_schema name)
    returns void
    language plpgsql
    as $$
declare
    v_left name;
begin
    for v_left in
        select c.relname from pg_catalog.pg_class c
        where c.relnamespace = pg_catalog.to_regnamespace(p_schema) and c.relkind = 'v' and c.relowner = 'portarium_owner'::regrole
    loop
        execute pg_catalog.format('drop view if exists %I.%I cascade', p_schema, v_left);
    end loop;
end
$$;

-- The columns of a public view as a home's view has them; null where a home is of another version and has none of that name.
create function portarium_int.columns_at_home(p_home name, p_view name)
    returns text
    language sql
    stable
    parallel safe
    as $$
    select pg_catalog.string_agg(case when h.attnum is null
        then pg_catalog.format('null::%s', pg_catalog.format_type(a.atttypid, a.atttypmod)) else pg_catalog.format('%I', a.attname) end, ', ' order by a.attnum)
    from pg_catalog.pg_attribute a
    left join pg_catalog.pg_attribute h on h.attname = a.attname and h.attnum > 0
        and h.attrelid = pg_catalog.to_regclass(pg_catalog.format('%I.%I', p_home, p_view))
    where a.attrelid = pg_catalog.to_regclass(pg_catalog.format('portarium.%I', p_view)) and a.attnum > 0
$$;

-- The rows of a view in the caller's home, of shared tables where it reads those; none for a tenant without one. With a view's name
-- nothing can be read but the tenant's own views.
create function portarium_int.rows_of(p_view name)
    returns setof record
    language plpgsql
    stable
    parallel safe
    rows 100
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_home name := portarium_int.home_of(portarium.tenant_id());
begin
    if v_home is not null and exists (
        select from pg_class v where v.relnamespace = to_regnamespace(v_home) and v.relname = p_view and v.relkind = 'v')
    then
        return query execute format('select %s from %I.%I', portarium_int.columns_at_home(v_home, p_view), v_home, p_view);
    end if;
end
$$;

-- Whether the caller's tenant has a home. What a view of shared tables then shows is what a move has copied, or left.
create function portarium_int.is_at_home()
    returns boolean
    language plpgsql
    stable
    parallel safe
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
begin
    return portarium_int.home_of(portarium.tenant_id()) is not null;
end
$$;

-- The public form of a view: what stands in the shared schema, and what stands in the caller's home.
create function portarium_int.show_view(p_view oid, p_name name)
    returns void
    language plpgsql
    as $$
declare
    v_columns text := (
        select pg_catalog.string_agg(pg_catalog.format('%I %s', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod)), ', ' order by a.attnum)
        from pg_catalog.pg_attribute a
        where a.attrelid = p_view and a.attnum > 0);
begin
    execute pg_catalog.format('create view portarium.%I as select * from %s where not portarium_int.is_at_home()
        union all select h.* from portarium_int.rows_of(%L) h (%s)',
        p_name, p_view::regclass, p_name, v_columns);
    execute pg_catalog.format('comment on view portarium.%I is %L', p_name, pg_catalog.obj_description(p_view, 'pg_class'));
end
$$;

create function portarium_int.show_views(p_schema name)
    returns void
    language plpgsql
    as $$
declare
    v_view record;
begin
    perform portarium_int.drop_views('portarium');
    for v_view in
        select c.oid, c.relname from pg_catalog.pg_class c
        where c.relnamespace = pg_catalog.to_regnamespace(p_schema) and c.relkind = 'v' order by c.relname
    loop
        perform portarium_int.show_view(v_view.oid, v_view.relname);
    end loop;
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
    v_schema name;
begin
    perform pg_catalog.set_config('role', 'portarium_owner', true);
    perform pg_catalog.set_config('search_path', pg_catalog.format('%I, pg_catalog', p_schema), true);
    if p_tables then
        perform portarium_int.stamp_shared_tables();
        perform portarium_int.stamp_own_tables();
    end if;
    for v_schema in
        select d.data_schema from portarium_int.data_schemas() d
    loop
        perform pg_catalog.set_config('search_path', pg_catalog.format('%I, portarium_data, pg_catalog', v_schema), true);
        perform portarium_int.stamp_all_views(v_schema);
    end loop;
    perform portarium_int.show_views(p_schema);
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
    v_schema name;
begin
    -- for the schemas of tenants of tier B; a copy or a restored dump of the database is without it
    execute pg_catalog.format('grant create on database %I to portarium_owner', pg_catalog.current_database());
    -- for horizon(): who may give it away is a superuser, or an administrator whom the operator has made so
    if (select r.rolsuper from pg_catalog.pg_roles r where r.rolname = current_user) then
        grant pg_read_all_stats to portarium_sys;
    end if;
    if not v_new and pg_catalog.to_regclass('portarium.runs') is not null then
        raise notice 'portarium is installed in this database';
        return;
    end if;
    perform portarium_int.lend_roles(true);
    if v_new then
        create schema portarium_data authorization portarium_owner;
    end if;
    perform portarium_int.stamp_as_owner('portarium_data', v_new);
    for v_schema in
        select d.data_schema from portarium_int.data_schemas() d
    loop
        perform portarium_int.raise_wall(v_schema);
        perform portarium_int.grant_tables(v_schema);
    end loop;
    perform portarium_int.grant_dispatch();
    perform portarium_int.grant_views();
    perform portarium_int.lend_roles(false);
end
$$;
comment on procedure portarium.install() is
    'Makes the schema portarium_data with its tables, behind the wall, and the views. Where the data is there and the extension was made anew, the wall, the views and the grants are raised again; a second call changes nothing, but for the right to make schemas for tenants of tier B, which a copy of the database has lost';
