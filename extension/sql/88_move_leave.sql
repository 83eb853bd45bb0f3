-- SPDX-License-Identifier: PostgreSQL
-- Moving a tenant: taking away what is a copy, because the tenant does not live there yet, or not any more.
-- Evidence is deleted by portarium_mover alone, in one function; a home is dropped by its owner. Both judge for themselves that the tenant
-- moves and lives elsewhere, so that nobody whom they serve can make them take the only copy.

-- The transactions of this database that run now, and those that are prepared. Whoever waits until none of them is left knows that all
-- others have seen what was committed before. After a restart a number may come again for another one, which is then waited for too.
create function portarium_int.running_transactions()
    returns text[]
    language sql
    volatile
    as $$
    select array(
        select l.virtualtransaction
        from pg_catalog.pg_locks l
        join pg_catalog.pg_stat_activity a on a.pid = l.pid
        where l.locktype = 'virtualxid' and l.mode = 'ExclusiveLock' and a.datname = pg_catalog.current_database()
            and a.usesysid is not null      -- an autovacuum worker has none
            and a.pid <> pg_catalog.pg_backend_pid()
        union all
        select 'prepared ' || x.transaction from pg_catalog.pg_prepared_xacts x where x.database = pg_catalog.current_database())
$$;

-- Whether a transaction is left that ran when this was first called for the move. One that was prepared meanwhile has another name.
create function portarium_int.must_wait(p_tenant uuid)
    returns boolean
    language plpgsql
    as $$
declare
    v_running text[] := portarium_int.running_transactions();
    v_waits text[] := (select m.waits from portarium_data.tenant_move m where m.tenant_id = p_tenant);
begin
    if v_waits is null then
        v_waits := v_running;
    elsif not v_waits operator(pg_catalog.&&) v_running then
        v_waits := array(
            select r from pg_catalog.unnest(v_running) r
            where r operator(pg_catalog.^@) 'prepared ' and exists (
                select from pg_catalog.unnest(v_waits) w where not w operator(pg_catalog.^@) 'prepared '));
    end if;
    update portarium_data.tenant_move m set waits = nullif(v_waits, '{}') where m.tenant_id = p_tenant;
    return v_waits <> '{}';
end
$$;

-- Deletes rows of evidence, those that p_only says of t, from a schema that holds a copy of them.
create function portarium_int.take_copies(p_schema name, p_table name, p_tenant uuid, p_only text)
    returns bigint
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_gone bigint;
begin
    if not exists (select from tenant_move m where m.tenant_id = p_tenant)
        or exists (select from tenant t where t.tenant_id = p_tenant and coalesce(t.home, 'portarium_data') = p_schema)
    then
        raise exception using
            errcode = 'UP901',
            message = format('evidence of tenant "%s" in schema "%s" is no copy', p_tenant, p_schema);
    end if;
    execute format('delete from %I.%I t where t.tenant_id = $1 and (%s)', p_schema, p_table, p_only) using p_tenant;
    get diagnostics v_gone = row_count;
    return v_gone;
end
$$;

-- What the tenant leaves behind must be nothing that anybody acts on: neither the sealer nor an exchange, which find entries and runs among the
-- shared rows whosever they are. p_xids: of the entries that have no leaf.
create function portarium_int.leave_idle(p_from name, p_tenant uuid, p_xids bigint[])
    returns void
    language plpgsql
    as $$
declare
    v_gone bigint;
begin
    if p_from = 'portarium_data' then
        v_gone := portarium_int.take_copies(p_from, 'entry', p_tenant, pg_catalog.format('t.xid = any (%L::bigint[])', p_xids));
        delete from portarium_data.run r where r.tenant_id = p_tenant and not portarium_int.is_terminal(r.state);
    end if;
end
$$;

create function portarium_int.drop_home(p_tenant uuid)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    set client_min_messages = warning
    as $$
begin
    if portarium_int.home_of(p_tenant) is not null then
        raise exception using
            errcode = 'UP901',
            message = format('tenant "%s" lives in its schema', p_tenant);
    end if;
    -- the guard of the native flavour sees a drop of evidence, and asks whether the tenant moves (guard.c)
    execute format('drop schema if exists %I cascade', portarium_int.home_name(p_tenant));
end
$$;

-- The rows that a table has of a tenant that does not live there.
create function portarium_int.take_rows(p_schema name, p_table name, p_tenant uuid)
    returns void
    language plpgsql
    as $$
declare
    v_gone bigint;
begin
    if p_table = any (portarium_int.append_only_tables()) then
        v_gone := portarium_int.take_copies(p_schema, p_table, p_tenant, 'true');
    else
        execute pg_catalog.format('delete from %I.%I t where t.tenant_id = $1', p_schema, p_table) using p_tenant;
    end if;
end
$$;

-- Takes a tenant's rows out of a schema where it does not live: a home as a whole.
create function portarium_int.empty_place(p_schema name, p_tenant uuid)
    returns void
    language plpgsql
    as $$
declare
    v_table name;
begin
    if p_schema <> 'portarium_data' then
        perform portarium_int.drop_home(p_tenant);
        return;
    end if;
    for v_table in
        select o from portarium_int.own_tables(portarium_int.home_name(p_tenant)) with ordinality o (o, n) order by n desc
    loop
        perform portarium_int.take_rows(p_schema, v_table, p_tenant);
    end loop;
end
$$;

-- The role that reads a home goes with it, and dropping roles is for who has made it. Asked before a move begins, by its caller.
create function portarium_int.require_reader_can_go(p_tenant uuid, p_tier text)
    returns void
    language plpgsql
    as $$
declare
    v_reader name := portarium_int.home_name(p_tenant) || '_reader';
begin
    if p_tier <> 'B' and pg_catalog.to_regrole(v_reader) is not null
        and not (select r.rolcreaterole or r.rolsuper from pg_catalog.pg_roles r where r.rolname = current_user)
    then
        raise exception using
            errcode = '42501',
            message = pg_catalog.format('cannot drop role "%s"', v_reader),
            detail = 'It reads the schema that the tenant leaves, and this login may not drop roles.',
            hint = 'Have it dropped, or move the tenant as the login that made it.';
    end if;
end
$$;

-- With the caller's rights. What it may do was granted by our roles.
create function portarium_int.drop_reader(p_tenant uuid)
    returns void
    language plpgsql
    as $$
declare
    v_reader name := portarium_int.home_name(p_tenant) || '_reader';
begin
    if pg_catalog.to_regrole(v_reader) is null then
        return;
    end if;
    perform portarium_int.lend_roles(true);
    execute pg_catalog.format('grant %I to %I', v_reader, current_user);
    execute pg_catalog.format('drop owned by %I', v_reader);
    execute pg_catalog.format('drop role %I', v_reader);
    perform portarium_int.lend_roles(false);
end
$$;
