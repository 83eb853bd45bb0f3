-- SPDX-License-Identifier: PostgreSQL
-- migrate(): which schemas, in which order, each phase in its own transaction; and what it would do.

-- Where a schema stands decides what is next; null when nothing is.
create function portarium_int.next_phase(p_schema name, p_last text, p_contract boolean)
    returns text
    language plpgsql
    as $$
declare
    v_version text;
    v_state text;
begin
    perform portarium_int.lend_roles(true);
    select v.version, v.state into v_version, v_state from portarium_int.version_of(p_schema) v;
    perform portarium_int.lend_roles(false);
    return case
        when v_version is distinct from portarium_int.version() then 'expand'
        when v_state = 'EXPANDED' then case p_last when 'fill' then 'check' when 'check' then 'validate' when 'validate' then 'tighten' else 'fill' end
        when p_contract and v_state = 'FILLED' then 'contract'
    end;
end
$$;

-- The timeout that the caller has set, or two seconds; evidence may be altered here; and nobody else migrates this schema.
create function portarium_int.begin_phase(p_schema name)
    returns void
    language plpgsql
    as $$
begin
    perform portarium_int.lend_roles(true);
    perform pg_catalog.set_config('client_min_messages', 'warning', true);
    if pg_catalog.current_setting('lock_timeout') = '0' then
        perform pg_catalog.set_config('lock_timeout', '2s', true);
    end if;
    if portarium_int.flavour() = 'native' then
        perform pg_catalog.set_config('portarium.guard', 'off', true);
    end if;
    if (select v.version from portarium_int.version_of(p_schema) v) is not null then
        execute pg_catalog.format('select from %I.data_version for update', p_schema);
    end if;
end
$$;

-- One transaction's work of a phase. Returns whether the phase is done.
create function portarium_int.do_phase(p_schema name, p_phase text)
    returns boolean
    language plpgsql
    as $$
declare
    v_done boolean := true;
begin
    perform portarium_int.begin_phase(p_schema);
    case p_phase
        when 'expand' then
            perform portarium_int.expand(p_schema);
        when 'fill' then
            v_done := portarium_int.fill_on(p_schema);
        when 'check' then
            perform portarium_int.declare_filled(p_schema);
        when 'validate' then
            perform portarium_int.validate(p_schema);
        when 'tighten' then
            perform portarium_int.tighten(p_schema);
        when 'contract' then
            perform portarium_int.contract(p_schema);
    end case;
    perform portarium_int.lend_roles(false);
    return v_done;
end
$$;

-- A phase to its end. Who does not get a lock lets go of all that it holds, waits, longer each time, and tries again.
create procedure portarium_int.run_phase(p_schema name, p_phase text, p_tries int)
    language plpgsql
    as $$
declare
    v_done boolean := false;
    v_failed int := 0;
begin
    while not v_done loop
        begin
            v_done := portarium_int.do_phase(p_schema, p_phase);
            v_failed := 0;
        exception
            when lock_not_available or deadlock_detected then
                v_failed := v_failed + 1;
        end;
        commit;
        if v_failed >= p_tries then
            raise exception using
                errcode = 'lock_not_available',
                message = pg_catalog.format('data schema "%s" could not be locked in %s tries', p_schema, p_tries),
                detail = pg_catalog.format('Phase "%s" was not done; what is done stays, and a later call goes on.', p_phase),
                hint = 'Look for long transactions in pg_stat_activity, or call again with more tries.';
        elsif v_failed > 0 then
            perform pg_catalog.pg_sleep(least(0.1 * 2 ^ v_failed, 5));
        end if;
    end loop;
end
$$;

-- The schemas of the named tenants, or all.
create function portarium_int.chosen_schemas(p_tenants text[])
    returns setof name
    language plpgsql
    stable
    as $$
declare
    v_slug text;
    v_tenant uuid;
    v_schema name;
begin
    if p_tenants is null then
        return query select s.data_schema from portarium_int.data_schemas() s;
        return;
    end if;
    foreach v_slug in array p_tenants loop
        v_tenant := portarium.tenant_by_slug(v_slug);
        select s.data_schema into v_schema from portarium_int.data_schemas() s where s.tenant_id = v_tenant;
        if not found then
            raise exception using
                errcode = 'UP109',
                message = pg_catalog.format('tenant "%s" has no data schema of its own', v_slug),
                hint = 'It shares one with others: call portarium.migrate() without tenants.';
        end if;
        return next v_schema;
    end loop;
end
$$;

create procedure portarium.migrate(
    canaries text[] default null,
    contract boolean default false,
    tries int default 10)
    language plpgsql
    as $$
declare
    v_schemas name[];
    v_schema name;
    v_phase text;
begin
    perform portarium_int.lend_roles(true);
    v_schemas := array(select portarium_int.chosen_schemas(migrate.canaries));
    perform portarium_int.lend_roles(false);
    foreach v_schema in array v_schemas loop
        v_phase := portarium_int.next_phase(v_schema, null, migrate.contract);
        while v_phase is not null loop
            call portarium_int.run_phase(v_schema, v_phase, migrate.tries);
            v_phase := portarium_int.next_phase(v_schema, v_phase, migrate.contract);
        end loop;
    end loop;
end
$$;
comment on procedure portarium.migrate(text[], boolean, int) is
    'Brings the data to the version of the code, schema by schema: expand and backfill, and with contract what this version no longer has is dropped. canaries: slugs of tenants with a schema of their own, nobody else''s is touched; tries: how often a lock is tried for. Commits; can be killed and called again. Errors: UP109 a column changes its type or a tenant has no schema of its own, UP404, 55P03 no lock';

-- The statements of both kinds, found beside a shape that is made and undone.
create function portarium_int.planned(p_schema name)
    returns table (data_schema name, phase text, statement text, undo text)
    language plpgsql
    volatile
    as $$
declare
    v_all portarium_int.difference[];
    v_expand portarium_int.migration_statement[];
begin
    begin
        perform portarium_int.begin_phase(p_schema);
        v_all := portarium_int.make_shape(p_schema);
        v_expand := portarium_int.expand_statements(p_schema, v_all);
        raise exception 'undone';
    exception
        when raise_exception then
            return query
            select p_schema, 'expand', s.statement, s.undo from pg_catalog.unnest(v_expand) s
            union all
            select p_schema, 'check', pg_catalog.format('alter table %I.%I alter column %I set not null', p_schema, d.table_name, d.part_name), null
            from pg_catalog.unnest(v_all) d
            where d.kind = 'not null' and d.found is null
                and not exists (select from pg_catalog.unnest(v_all) t where t.kind = 'table' and t.table_name = d.table_name and t.found is null)
            union all
            select p_schema, 'contract', s.statement, s.undo from pg_catalog.unnest(portarium_int.contract_statements(p_schema, v_all)) s;
    end;
end
$$;

create function portarium.migration_plan()
    returns table (data_schema name, phase text, statement text, undo text)
    language sql
    volatile
    as $$
    select p.*
    from portarium_int.data_schemas() s
    cross join lateral portarium_int.planned(s.data_schema) p
$$;
comment on function portarium.migration_plan() is
    'What migrate() would do to each data schema, in order: phase expand, check (after the backfills) or contract, the statement, and for a contraction the one that makes anew what it drops, without rows. Changes nothing';

-- Data that this code does not serve: an update must not come to stand on them.
create function portarium_int.require_served()
    returns void
    language plpgsql
    as $$
declare
    v_schema name;
    v_version text;
begin
    perform portarium_int.lend_roles(true);
    select s.data_schema, v.version into v_schema, v_version
    from portarium_int.data_schemas() s
    cross join lateral portarium_int.version_of(s.data_schema) v
    where v.version <> all (portarium_int.served_versions())
    limit 1;
    if v_schema is not null then
        raise exception using
            errcode = 'UP109',
            message = pg_catalog.format('data schema "%s" is of version "%s", which version "%s" does not serve',
                v_schema, v_version, portarium_int.version()),
            hint = 'Update to the version in between and call portarium.migrate() there.';
    end if;
    perform portarium_int.lend_roles(false);
end
$$;
