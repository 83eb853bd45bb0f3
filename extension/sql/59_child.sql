-- SPDX-License-Identifier: PostgreSQL
-- Child runs: a state portarium:workflow:<reference> starts a run of another workflow in the same commit. Without a suffix the state ends at once;
-- with .sync or .sync:2 it waits for the child's end. The child keeps the initiator, so that nobody approves what he asked for, and
-- takes the stricter of both tiers, so that no child does what its parent may not.
--
-- Here is what the planner asks of a child before it starts; 63_child.sql starts it. run.parent_id names the run or strand whose state
-- started it; parent_visit is set when that state waits.

create function portarium_int.child_of(p_resource text, out reference text, out mode text)
    language sql
    immutable
    parallel safe
    as $$
    select m[1], m[2] from pg_catalog.regexp_match(p_resource, '^portarium:workflow:(.+?)(?:\.(sync(?::2)?))?$') m
$$;

create function portarium_int.stricter_tier(p_one text, p_other text)
    returns text
    language sql
    immutable
    parallel safe
    as $$
    select t.tier
    from pg_catalog.unnest(array['ManualOnly', 'HumanApprove', 'Assisted', 'Auto']) with ordinality t (tier, n)
    where t.tier in (p_one, p_other)
    order by t.n
    limit 1
$$;

-- How many runs stand above one another, this one included. It may be one that is being started and has no row yet.
create function portarium_int.run_depth(p_run portarium_int.run_fact)
    returns int
    language plpgsql
    stable
    as $$
declare
    v_depth int := 1;
    v_above uuid := p_run.parent_id;
begin
    if p_run.root_id is not null then
        select r.parent_id into v_above from run r where r.tenant_id = p_run.tenant_id and r.run_id = p_run.root_id;
    end if;
    while v_above is not null loop
        v_depth := v_depth + 1;
        select g.parent_id into v_above
        from run r
        join run g on g.tenant_id = r.tenant_id and g.run_id = coalesce(r.root_id, r.run_id)
        where r.tenant_id = p_run.tenant_id and r.run_id = v_above;
    end loop;
    return v_depth;
end
$$;

-- A child that cannot be started is an error of the state, Workflow.<SQLSTATE>, for its Retry and Catch.
create function portarium_int.child_problem(p_run portarium_int.run_fact, p_reference text, p_input jsonb, out error text, out cause text)
    language plpgsql
    stable
    as $$
begin
    perform portarium_int.workflow_of(p_run.tenant_id, p_reference);
    perform portarium_int.check_input(p_input);
    if portarium_int.run_depth(p_run) >= 16 then
        raise exception using errcode = 'UP501', message = 'workflows are nested more than 16 deep';
    end if;
exception
    when others then
        if sqlstate operator(pg_catalog.!~) '^UP' then
            raise;
        end if;
        error := 'Workflow.' || sqlstate;
        cause := sqlerrm;
end
$$;

create function portarium_int.open_child(p_run portarium_int.run_fact, p_context jsonb, p_step portarium_int.asl_step)
    returns portarium_int.asl_step
    language plpgsql
    as $$
declare
    v_problem record;
    v_path text[] := p_step.path;
begin
    select p.* into v_problem
    from portarium_int.child_problem(p_run, (select c.reference from portarium_int.child_of(p_step.resource) c), p_step.input) p;
    if v_problem.error is not null then
        p_step := portarium_int.asl_error(portarium_int.asl_load(p_run.tenant_id, p_run.def_id, p_step.state), p_step.data, p_step.vars, p_context,
            v_problem.error, v_problem.cause, p_step.retries);
        p_step.path := v_path || p_step.path;
    end if;
    return p_step;
end
$$;
