-- SPDX-License-Identifier: PostgreSQL
-- Runs as the planner wants them, read or locked.
-- Lock order: the roots of all runs that wait for its end, the topmost first; a strand's root; the run; whoever locks an approval or
-- an expectation has its run.

-- Runs as the planner wants them. Locks nothing: the mover's fence on the epoch decides who is first.
create function portarium_int.run_fact_of(p_tenant uuid, p_run uuid)
    returns portarium_int.run_fact
    language plpgsql
    stable
    as $$
declare
    v_fact portarium_int.run_fact;
begin
    select r.tenant_id, r.run_id, r.def_id, r.workflow, r.tier, r.initiator, r.started_at, r.state, r.cur, r.epoch, r.attempt, r.visit, r.retries,
        coalesce(r.data, r.input, p.data), coalesce(r.vars, '{}'), coalesce(r.input, p.data), d.needs_context,
        r.root_id, r.parent_id, r.parent_visit, r.slot, r.item, r.held, r.priority
    into v_fact
    from run r
    join definition d on d.tenant_id = r.tenant_id and d.def_id = r.def_id
    left join payload p on p.tenant_id = r.tenant_id and p.hash = r.input_ref
    where r.tenant_id = p_tenant and r.run_id = p_run;
    if not found then
        raise exception using errcode = 'UP401', message = pg_catalog.format('run "%s" does not exist', p_run);
    end if;
    return v_fact;
end
$$;

-- The roots of runs and of all runs that wait for them, the topmost first: the order in which they are locked.
create function portarium_int.line_of(p_tenants uuid[], p_runs uuid[])
    returns table (tenant_id uuid, run_id uuid)
    language sql
    stable
    as $$
    with recursive up (tenant_id, run_id, height) as (
        select r.tenant_id, coalesce(r.root_id, r.run_id), 0
        from rows from (pg_catalog.unnest(p_tenants), pg_catalog.unnest(p_runs)) x (tenant_id, run_id)
        join run r on r.tenant_id = x.tenant_id and r.run_id = x.run_id
        union all
        select p.tenant_id, coalesce(p.root_id, p.run_id), u.height + 1
        from up u
        join run r on r.tenant_id = u.tenant_id and r.run_id = u.run_id and r.parent_visit is not null
        join run p on p.tenant_id = r.tenant_id and p.run_id = r.parent_id
    )
    select u.tenant_id, u.run_id from up u group by u.tenant_id, u.run_id
    order by pg_catalog.max(u.height) desc, u.tenant_id, u.run_id
$$;

create function portarium_int.lock_lines(p_tenants uuid[], p_runs uuid[])
    returns void
    language plpgsql
    as $$
declare
    v_root record;
begin
    for v_root in select l.tenant_id, l.run_id from portarium_int.line_of(p_tenants, p_runs) l loop
        perform from run r where r.tenant_id = v_root.tenant_id and r.run_id = v_root.run_id for no key update;
    end loop;
end
$$;

-- The roots above a run in the order in which they are locked; none for a run that nobody waits for.
create function portarium_int.roots_above(p_tenant uuid, p_run uuid)
    returns uuid[]
    language plpgsql
    as $$
begin
    if (select r.root_id is not null or r.parent_visit is not null from run r where r.tenant_id = p_tenant and r.run_id = p_run) then
        return array(select l.run_id from portarium_int.line_of(array[p_tenant], array[p_run]) l);
    end if;
    return '{}';
end
$$;

-- Locks a run as lock_run does, but waits for nobody: false when somebody holds it or a root above it. What does not exist nobody holds.
create function portarium_int.try_lock_run(p_tenant uuid, p_run uuid)
    returns boolean
    language plpgsql
    as $$
declare
    v_run uuid;
begin
    foreach v_run in array portarium_int.roots_above(p_tenant, p_run) || p_run loop
        perform from run r where r.tenant_id = p_tenant and r.run_id = v_run for no key update skip locked;
        if not found then
            return not exists (select from run r where r.tenant_id = p_tenant and r.run_id = v_run);
        end if;
    end loop;
    return true;
end
$$;

-- The run's row, locked, so that what is planned is what is moved; the roots above it first.
create function portarium_int.lock_run(p_tenant uuid, p_run uuid)
    returns portarium_int.run_fact
    language plpgsql
    as $$
declare
    v_below boolean;
begin
    select r.root_id is not null or r.parent_visit is not null into v_below from run r where r.tenant_id = p_tenant and r.run_id = p_run;
    if v_below then
        perform portarium_int.lock_lines(array[p_tenant], array[p_run]);
    end if;
    perform from run r where r.tenant_id = p_tenant and r.run_id = p_run for no key update;
    return portarium_int.run_fact_of(p_tenant, p_run);
end
$$;

-- A run that a person controls: not a strand, which goes with its run.
create function portarium_int.lock_own_run(p_tenant uuid, p_run uuid)
    returns portarium_int.run_fact
    language plpgsql
    as $$
declare
    v_run portarium_int.run_fact := portarium_int.lock_run(p_tenant, p_run);
begin
    if v_run.root_id is not null then
        raise exception using errcode = 'UP401', message = pg_catalog.format('run "%s" does not exist', p_run),
            detail = pg_catalog.format('It is a strand of run "%s", which can be controlled.', v_run.root_id);
    end if;
    return v_run;
end
$$;
