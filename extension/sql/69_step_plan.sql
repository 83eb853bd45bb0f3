-- SPDX-License-Identifier: PostgreSQL
-- Planning ahead, from one action to the next: where a state's result becomes the next state's input as it is, and that state is again an
-- action that is allowed, the move is the same for all runs but for the result, the token, the visit and the salt. It is planned when
-- starts are (69_start_plan.sql), for the newest version of each workflow, and holds for its runs only; others go the long way.

create function portarium_int.stamp_step_plan()
    returns void
    language plpgsql
    as $$
begin
    create table step_plan (
        tenant_id uuid not null,
        workflow text not null,
        state text not null,        -- that gives its result,
        def_id int not null,        -- in runs of this definition
        tier text not null,         -- and tier
        cur text not null,          -- the state that follows
        adapter text not null,
        limits int[],
        head text not null,         -- the entry's canonical text up to the commitment to the result,
        middle text not null,       -- from there to the token,
        tail text not null,         -- and from there to the number of the visit, which ends it
        primary key (tenant_id, workflow, state)
    );
end
$$;

-- Whether the state takes its input as it is and asks for nothing else that differs between runs.
create function portarium_int.starts_alike(p_state portarium_int.asl_state)
    returns boolean
    language sql
    immutable
    as $$
    select p_state.type = 'Task' and p_state.resource operator(pg_catalog.~) '^portarium:action:[a-z0-9_-]+\.[A-Za-z0-9_-]+$'
        and p_state.input_path is null and p_state.parameters is null and p_state.timeout_path is null and p_state.heartbeat_path is null
        and p_state.limit_key is null
        and not p_state.needs_ctx
$$;

-- Whether the state hands on what its task gives, and nothing else, and leaves nothing to undo.
create function portarium_int.gives_result(p_state portarium_int.asl_state)
    returns boolean
    language sql
    immutable
    as $$
    select p_state.type = 'Task' and not p_state.discards_result and p_state.result_selector is null and p_state.result_path is null
        and p_state.output_path is null and p_state.assign is null and p_state.compensate is null
$$;

-- The move that some run of this version makes when the state gives its result.
create function portarium_int.some_step(p_tenant uuid, p_ref portarium_int.workflow_ref, p_state text)
    returns portarium_int.move
    language plpgsql
    as $$
declare
    v_fact portarium_int.run_fact := row (p_tenant, portarium_int.uuid7(), p_ref.def_id, p_ref.name, p_ref.tier, '',
        pg_catalog.clock_timestamp(), 'RUNNING', p_state, 1, 0, 0, null, 'null'::jsonb, '{}'::jsonb, 'null'::jsonb, false,
        null, null, null, null, null, null, null)::portarium_int.run_fact;
    v_occasion portarium_int.occasion;
begin
    v_occasion.kind := 'action.succeeded';
    v_occasion.actor := '';
    v_occasion.token := 0;
    v_occasion.outcome := 'null';
    return portarium_int.plan_result(v_fact, v_occasion);
end
$$;

-- A member's name follows a bare quote only where it is one: inside strings quotes are escaped.
create function portarium_int.keep_step(p_tenant uuid, p_ref portarium_int.workflow_ref, p_state text, p_move portarium_int.move)
    returns void
    language plpgsql
    as $$
declare
    c_commitment constant int := 43;
    v_canon text := pg_catalog.convert_from(p_move.canon, 'UTF8');
    v_result int := pg_catalog.strpos(v_canon, ',"result":"') + 11;
    v_token int := pg_catalog.strpos(v_canon, ',"token":0,') + 9;
begin
    insert into step_plan (tenant_id, workflow, state, def_id, tier, cur, adapter, limits, head, middle, tail)
    values (p_tenant, p_ref.name, p_state, p_ref.def_id, p_ref.tier, p_move.cur, p_move.adapter, p_move.limits,
        pg_catalog.left(v_canon, v_result - 1),
        pg_catalog.substr(v_canon, v_result + c_commitment, v_token - v_result - c_commitment),
        pg_catalog.left(pg_catalog.substr(v_canon, v_token + 1), -2));
end
$$;

create function portarium_int.plan_steps(p_tenant uuid, p_ref portarium_int.workflow_ref)
    returns void
    language plpgsql
    as $$
declare
    v_state record;
    v_move portarium_int.move;
begin
    delete from step_plan s where s.tenant_id = p_tenant and s.workflow = p_ref.name;
    for v_state in
        select s.name, s.next from definition_state s
        where s.tenant_id = p_tenant and s.def_id = p_ref.def_id and s.type = 'Task' and s.next is not null
    loop
        if portarium_int.gives_result(portarium_int.asl_load(p_tenant, p_ref.def_id, v_state.name))
            and portarium_int.starts_alike(portarium_int.asl_load(p_tenant, p_ref.def_id, v_state.next)) then
            v_move := portarium_int.some_step(p_tenant, p_ref, v_state.name);
            -- the plan's queue is its adapter, and its job has no key
            if v_move.next = 'ready' and v_move.queue = v_move.adapter and v_move.key is null and v_move.cur = v_state.next then
                perform portarium_int.keep_step(p_tenant, p_ref, v_state.name, v_move);
            end if;
        end if;
    end loop;
end
$$;
