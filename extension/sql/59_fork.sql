-- SPDX-License-Identifier: PostgreSQL
-- A Parallel or a Map as the planner sees it: whether it can start, and with what.

-- A Parallel or Map before it forks: what cannot start fails, what has nothing to do has its result.
create function portarium_int.open_fork(p_run portarium_int.run_fact, p_context jsonb, p_step portarium_int.asl_step)
    returns portarium_int.asl_step
    language plpgsql
    as $$
declare
    v_state portarium_int.asl_state := portarium_int.asl_load(p_run.tenant_id, p_run.def_id, p_step.state);
    v_map record;
    v_path text[] := p_step.path;
begin
    if p_step.kind = 'parallel' then
        return p_step;
    end if;
    select m.* into v_map from portarium_int.asl_map_problem(v_state, p_step, p_context) m;
    if v_map.problem is null and pg_catalog.jsonb_array_length(v_map.items) > 10000 then
        v_map.problem := 'A Map has at most 10000 items.';
    end if;
    if v_map.problem is not null then
        p_step := portarium_int.asl_broken(v_state.name, p_step.data, p_step.vars, v_map.problem);
    elsif v_map.items = '[]' then
        p_step := portarium_int.asl_result(v_state, p_step.data, p_step.vars, p_context, '[]');
    end if;
    p_step.path := v_path;
    return p_step;
end
$$;
