-- SPDX-License-Identifier: PostgreSQL
-- The wall: row-level security, enabled and forced, on every stamped table that has a tenant_id.
-- Three policies: who may be here at all (permissive, a list), the backup's reading, and the wall itself (restrictive, so that no
-- later policy can widen it). The routines of portarium_sys span tenants and name the tenant of every row themselves.

-- Only appended to, by anybody but a superuser; portarium_records alone deletes from entry (78_take_away.sql), and portarium_mover what a move
-- leaves behind (88_move_leave.sql).
create function portarium_int.append_only_tables()
    returns name[]
    language sql
    immutable
    parallel safe
    as $$ select array['entry', 'leaf', 'chunk', 'meta_leaf', 'meta_chunk', 'checkpoint']::name[] $$;

-- The rights of the two roles that take evidence away: to do it, and to read what each judges for itself by.
create function portarium_int.narrow_grants()
    returns table (role_name name, privilege text, table_name name)
    language sql
    immutable
    parallel safe
    as $$
    select 'portarium_records'::name, 'SELECT'::text, t
    from pg_catalog.unnest(
        array['entry', 'leaf', 'tree', 'meta_leaf', 'checkpoint', 'retention', 'hold', 'disposition', 'disposition_item']::name[]) t
    union all
    select 'portarium_records', 'DELETE', 'entry'
    union all
    select 'portarium_mover', 'SELECT', t from pg_catalog.unnest(array['entry', 'leaf', 'chunk', 'tenant', 'tenant_move']::name[]) t
    union all
    select 'portarium_mover', 'DELETE', t from pg_catalog.unnest(array['entry', 'leaf', 'chunk']::name[]) t
$$;

-- In C the tenant costs nothing per row and the planner may use it for its estimates; in SQL it is computed once per statement.
create function portarium_int.wall_expression()
    returns text
    language sql
    stable
    as $$
    select case portarium_int.flavour()
        when 'native' then 'tenant_id = portarium.tenant_id()'
        else 'tenant_id = (select portarium.tenant_id())' end
$$;

create function portarium_int.stamped_tables(p_schema name)
    returns table (table_oid oid, table_name name, has_tenant boolean)
    language sql
    stable
    as $$
    select c.oid, c.relname, exists (
        select from pg_catalog.pg_attribute a
        where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = p_schema and c.relkind in ('r', 'p')
$$;

-- One policy of a table, where it is missing: dropping the extension takes those that name its functions.
create function portarium_int.raise_policy(p_table oid, p_name name, p_rule text)
    returns void
    language plpgsql
    as $$
begin
    if not exists (select from pg_catalog.pg_policy p where p.polrelid = p_table and p.polname = p_name) then
        execute pg_catalog.format('create policy %I on %s as %s', p_name, p_table::regclass, p_rule);
    end if;
end
$$;

create function portarium_int.raise_wall(p_schema name)
    returns void
    language plpgsql
    as $$
declare
    v_table oid;
    v_wall text := portarium_int.wall_expression();
begin
    for v_table in
        select t.table_oid from portarium_int.stamped_tables(p_schema) t where t.has_tenant
    loop
        if not (select c.relrowsecurity and c.relforcerowsecurity from pg_catalog.pg_class c where c.oid = v_table) then
            execute pg_catalog.format('alter table %s enable row level security, force row level security', v_table::regclass);
        end if;
        perform portarium_int.raise_policy(v_table, 'pt_allow',
            'permissive for all to portarium_owner, portarium_app, portarium_sys, portarium_records, portarium_mover using (true) with check (true)');
        perform portarium_int.raise_policy(v_table, 'pt_backup', 'permissive for select to portarium_backup using (true)');
        perform portarium_int.raise_policy(v_table, 'pt_wall',
            pg_catalog.format('restrictive for all to portarium_owner, portarium_app, portarium_records using (%s) with check (%s)', v_wall, v_wall));
    end loop;
end
$$;

-- After a change of flavour: the same wall in the form that suits the new one.
create function portarium_int.restyle_wall()
    returns void
    language plpgsql
    as $$
declare
    v_schema name;
    v_name name;
    v_wall text := portarium_int.wall_expression();
begin
    for v_schema, v_name in
        select n.nspname, c.relname
        from pg_catalog.pg_policy p
        join pg_catalog.pg_class c on c.oid = p.polrelid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where p.polname = 'pt_wall'
    loop
        execute pg_catalog.format('alter policy pt_wall on %I.%I using (%s) with check (%s)', v_schema, v_name, v_wall, v_wall);
    end loop;
end
$$;

-- What each role may do with the tables of a data schema. Evidence is only appended to; the owner loses even its own right.
create function portarium_int.grant_tables(p_schema name)
    returns void
    language plpgsql
    as $$
declare
    v_name name;
    v_append boolean;
    v_grant record;
begin
    execute pg_catalog.format('grant usage on schema %I to portarium_sys, portarium_backup, portarium_records, portarium_mover', p_schema);
    execute pg_catalog.format('grant usage on all sequences in schema %I to portarium_sys', p_schema);
    execute pg_catalog.format('grant select on all tables in schema %I to portarium_backup', p_schema);
    execute pg_catalog.format('grant select on all sequences in schema %I to portarium_backup', p_schema);
    for v_grant in
        select g.* from portarium_int.narrow_grants() g join portarium_int.stamped_tables(p_schema) t on t.table_name = g.table_name
    loop
        execute pg_catalog.format('grant %s on %I.%I to %I', v_grant.privilege, p_schema, v_grant.table_name, v_grant.role_name);
    end loop;
    for v_name, v_append in
        select t.table_name, t.table_name = any (portarium_int.append_only_tables())
        from portarium_int.stamped_tables(p_schema) t
    loop
        execute pg_catalog.format('revoke truncate, references, trigger on %I.%I from portarium_owner', p_schema, v_name);
        if v_append then
            execute pg_catalog.format('revoke update, delete on %I.%I from portarium_owner', p_schema, v_name);
            execute pg_catalog.format('grant select, insert on %I.%I to portarium_sys', p_schema, v_name);
        else
            execute pg_catalog.format('grant select, insert, update, delete on %I.%I to portarium_sys', p_schema, v_name);
        end if;
    end loop;
end
$$;

-- The rings are emptied by TRUNCATE; nothing else ever is.
create function portarium_int.grant_dispatch()
    returns void
    language plpgsql
    as $$
begin
    grant truncate on portarium_data.ready_0, portarium_data.ready_1, portarium_data.ready_2, portarium_data.ready_3,
        portarium_data.lease_0, portarium_data.lease_1, portarium_data.lease_2, portarium_data.lease_3,
        portarium_data.lane_hot to portarium_sys;
end
$$;
