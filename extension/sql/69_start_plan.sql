-- SPDX-License-Identifier: PostgreSQL
-- Planning ahead: where a document begins with an action that takes its input as it is, the first move of every run is the same but for
-- its ids, its salt and the commitment to its input. It is planned once, by the planner, whenever a workflow, an adapter or a policy
-- of the tenant changes, in that change's own transaction; starting a run then fills in the rest.
-- Only an allowed action is planned ahead: what a person must approve or what is denied goes the long way.

create function portarium_int.stamp_start_plan()
    returns void
    language plpgsql
    as $$
begin
    create table start_plan (
        tenant_id uuid not null,
        workflow text not null,
        version int not null,
        def_id int not null,
        tier text not null,
        timeout_seconds int,        -- of the document
        state text not null,        -- that the run is in after its first move, and the document's state
        cur text not null,
        adapter text not null,
        operation text not null,
        limits int[],
        head text not null,         -- the entry's canonical text up to the commitment to the input,
        tail text not null,         -- and after it
        primary key (tenant_id, workflow, version)
    );
end
$$;

-- The newest version of one workflow.
create function portarium_int.plan_ahead(p_tenant uuid, p_workflow text)
    returns void
    language plpgsql
    as $$
declare
    v_ref portarium_int.workflow_ref := portarium_int.workflow_of(p_tenant, p_workflow);
    v_fact portarium_int.run_fact;
    v_move portarium_int.move;
    v_canon text;
    v_at int;
begin
    delete from start_plan s where s.tenant_id = p_tenant and s.workflow = p_workflow;
    perform portarium_int.plan_steps(p_tenant, v_ref);
    if not portarium_int.starts_alike(portarium_int.asl_load(p_tenant, v_ref.def_id, v_ref.start_at)) then
        return;
    end if;
    v_fact := row (p_tenant, portarium_int.uuid7(), v_ref.def_id, p_workflow, v_ref.tier, '', pg_catalog.clock_timestamp(), 'NEW', null, 0, 0, 0, null,
        'null'::jsonb, '{}'::jsonb, 'null'::jsonb, false, null, null, null, null, null, null, null)::portarium_int.run_fact;
    v_move := portarium_int.plan_start(v_fact, v_ref.start_at, v_ref.hash, v_ref.version, null);
    -- the plan's queue is its adapter, and its job has no key
    if v_move.next = 'ready' and v_move.queue = v_move.adapter and v_move.key is null then
        v_canon := pg_catalog.convert_from(v_move.canon, 'UTF8');
        -- a member's name follows a bare quote only where it is one: inside strings quotes are escaped
        v_at := pg_catalog.strpos(v_canon, ',"in":"') + 6;
        insert into start_plan (tenant_id, workflow, version, def_id, tier, timeout_seconds, state, cur, adapter, operation, limits, head, tail)
        values (p_tenant, p_workflow, v_ref.version, v_ref.def_id, v_ref.tier, v_ref.timeout_seconds, v_move.state, v_move.cur,
            v_move.adapter, v_move.operation, v_move.limits,
            pg_catalog.left(v_canon, v_at), pg_catalog.substr(v_canon, v_at + 44));
    end if;
end
$$;

create function portarium_int.plan_all_ahead(p_tenant uuid)
    returns void
    language plpgsql
    as $$
declare
    v_name text;
begin
    for v_name in select distinct w.name from workflow w where w.tenant_id = p_tenant order by w.name loop
        perform portarium_int.plan_ahead(p_tenant, v_name);
    end loop;
end
$$;

-- Starts runs of the newest version by its plan, without making moves of them; whether it could. Here the planner fills the plan in
-- (61_start.sql); the native flavour (start.c) writes the rows at once.
create function portarium_int.start_planned(p_tenant uuid, p_workflow text, p_inputs jsonb[], p_runs uuid[], p_actor text)
    returns boolean
    language sql
    volatile
    as $$ select false $$;
