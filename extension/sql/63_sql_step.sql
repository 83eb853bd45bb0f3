-- SPDX-License-Identifier: PostgreSQL
-- SQL steps: a state portarium:sql:<name> calls a function of the database in the commit of its own transition, in a subtransaction. What the function
-- raises is the state's error Sql.<SQLSTATE>, and its effects are undone.
--
-- The function runs with the rights of its owner, never with the engine's: it must be SECURITY DEFINER, pin its search_path, and belong to
-- a role that is no superuser and that the registrar is a member of. All of it is checked again at each call, because a function can
-- be replaced. Steps are judged like actions, of an adapter named portarium:sql.

create function portarium_int.stamp_sql_step()
    returns void
    language plpgsql
    as $$
begin
    create table sql_step (
        tenant_id uuid not null,
        name text not null,
        function text not null,     -- its signature, with its schema
        run_as name not null,       -- its owner when it was registered
        tier text not null,
        updated_by text not null,
        updated_at timestamptz not null default pg_catalog.now(),
        primary key (tenant_id, name),
        constraint sql_step_tier_is_known check (tier in ('Auto', 'Assisted', 'HumanApprove', 'ManualOnly'))
    );
end
$$;

-- Why a function cannot be a step; null when it can. The row is all that is known of it.
create function portarium_int.sql_step_problem(p_function pg_catalog.pg_proc)
    returns text
    language sql
    stable
    as $$
    select case
        when p_function.prokind <> 'f' or p_function.proretset or p_function.prorettype <> 'jsonb'::regtype
            or p_function.proargtypes::text <> ('jsonb'::regtype)::oid::text then 'is no function of one jsonb that returns jsonb'
        when not p_function.prosecdef then 'is not SECURITY DEFINER'
        when r.rolsuper or r.rolbypassrls or r.rolname operator(pg_catalog.^@) 'portarium_' then 'belongs to a role that no step may have'
        when not exists (select from pg_catalog.unnest(p_function.proconfig) c where c operator(pg_catalog.^@) 'search_path=') then 'does not pin its search_path'
    end
    from pg_catalog.pg_roles r
    where r.oid = p_function.proowner
$$;

-- Whether both definers of the engine can reach it.
create function portarium_int.sql_step_reach(p_function pg_catalog.pg_proc)
    returns boolean
    language sql
    stable
    as $$
    select pg_catalog.bool_and(pg_catalog.has_function_privilege(r, p_function.oid, 'execute')
        and pg_catalog.has_schema_privilege(r, p_function.pronamespace, 'usage'))
    from pg_catalog.unnest(array['portarium_owner', 'portarium_sys']) r
$$;

create function portarium.register_sql_step(name text, function regprocedure, tier text default 'Auto')
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_actor text := portarium_int.require_role('admin');
    v_function pg_proc;
    v_problem text;
begin
    select p.* into v_function from pg_proc p where p.oid = register_sql_step.function;
    v_problem := case when v_function.oid is null then 'does not exist' else portarium_int.sql_step_problem(v_function) end;
    if coalesce(register_sql_step.name, '') !~ '^[A-Za-z][A-Za-z0-9_-]{0,62}$' then
        raise exception using errcode = 'UP007', message = format('SQL step name "%s" is not a name', register_sql_step.name);
    elsif coalesce(register_sql_step.tier, '') not in ('Auto', 'Assisted', 'HumanApprove', 'ManualOnly') then
        raise exception using errcode = 'UP007', message = format('execution tier "%s" is unknown', register_sql_step.tier);
    elsif v_problem is not null then
        raise exception using errcode = 'UP007', message = format('function "%s" %s', register_sql_step.function, v_problem),
            hint = 'A step is f(jsonb) returns jsonb, SECURITY DEFINER with its own search_path, owned by a role made for it.';
    elsif not pg_has_role(session_user, v_function.proowner, 'member') then
        raise exception using errcode = 'UP205', message = format('login "%s" is no member of the function''s owner', session_user);
    elsif not portarium_int.sql_step_reach(v_function) then
        raise exception using errcode = 'UP007', message = format('function "%s" cannot be reached by the engine', register_sql_step.function),
            hint = 'Grant USAGE on its schema and EXECUTE on it to portarium_owner and portarium_sys.';
    end if;
    insert into sql_step as s (tenant_id, name, function, run_as, tier, updated_by)
    values (v_tenant, register_sql_step.name, register_sql_step.function::text, pg_get_userbyid(v_function.proowner), register_sql_step.tier, v_actor)
    on conflict on constraint sql_step_pkey do update
    set function = excluded.function, run_as = excluded.run_as, tier = excluded.tier, updated_by = excluded.updated_by, updated_at = now();
    perform portarium_int.append(v_tenant, portarium_int.uuid7(), 1, 'sql_step.registered', v_actor,
        portarium_int.canonical(jsonb_build_object('step', register_sql_step.name, 'function', register_sql_step.function::text,
            'run_as', pg_get_userbyid(v_function.proowner), 'tier', register_sql_step.tier)),
        portarium_int.salt());
end
$$;
comment on function portarium.register_sql_step(text, regprocedure, text) is
    'Makes a function the SQL step portarium:sql:<name> of the tenant. It takes and returns jsonb, is SECURITY DEFINER with a search_path of its own, and belongs to a role, no superuser, that the login is a member of; it runs with that role''s rights. tier: as of an operation. Errors: UP007, UP201, UP205';

-- Calls a step; the error is null when it did what it should.
create function portarium_int.call_sql_step(p_tenant uuid, p_name text, p_input jsonb, out output jsonb, out error text, out cause text)
    language plpgsql
    as $$
declare
    v_step sql_step%rowtype;
    v_function pg_catalog.pg_proc;
    v_problem text;
begin
    select s.* into v_step from sql_step s where s.tenant_id = p_tenant and s.name = p_name;
    select p.* into v_function from pg_catalog.pg_proc p where p.oid = pg_catalog.to_regprocedure(v_step.function);
    v_problem := case
        when v_function.oid is null then 'does not exist'
        when pg_catalog.pg_get_userbyid(v_function.proowner) <> v_step.run_as then 'has changed hands'
        else portarium_int.sql_step_problem(v_function) end;
    if v_problem is not null then
        raise exception using errcode = 'insufficient_privilege', message = pg_catalog.format('function "%s" %s', v_step.function, v_problem);
    end if;
    execute pg_catalog.format('select %s($1)', v_function.oid::regproc) into output using p_input;
    output := coalesce(output, 'null');
exception
    -- nobody's fault: the whole transaction is done again
    when serialization_failure or deadlock_detected then
        raise;
    when others then
        error := 'Sql.' || sqlstate;
        cause := sqlerrm;
end
$$;

-- Does the step that a move has come to; what it makes of the run.
create function portarium_int.do_sql_step(p_run portarium_int.run_fact, p_move portarium_int.move)
    returns portarium_int.move[]
    language plpgsql
    as $$
declare
    v_occasion portarium_int.occasion;
    v_done record;
begin
    select c.* into v_done from portarium_int.call_sql_step(p_run.tenant_id, p_move.operation, coalesce(p_move.arg, p_run.raw)) c;
    v_occasion.actor := 'sql:' || p_move.operation;
    if v_done.error is null then
        v_occasion.kind := 'sql.succeeded';
        v_occasion.outcome := v_done.output;
        return array[portarium_int.plan_result(p_run, v_occasion)];
    end if;
    v_occasion.kind := 'sql.failed';
    v_occasion.error := v_done.error;
    return array[portarium_int.plan_error(p_run, v_occasion, v_done.cause)];
end
$$;
