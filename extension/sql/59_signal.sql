-- SPDX-License-Identifier: PostgreSQL
-- A state that waits for a signal, as the planner sees it: whether what it wants to be matched by can be matched.

create function portarium_int.open_signal(p_step portarium_int.asl_step)
    returns portarium_int.asl_step
    language plpgsql
    immutable
    as $$
declare
    v_path text[] := p_step.path;
begin
    if pg_catalog.jsonb_typeof(p_step.input) = 'object' and p_step.input ? 'correlation' and not (
        pg_catalog.jsonb_typeof(p_step.input -> 'correlation') in ('string', 'number')
        and pg_catalog.octet_length(p_step.input ->> 'correlation') between 1 and 255)
    then
        p_step := portarium_int.asl_broken(p_step.state, p_step.data, p_step.vars, 'The correlation must be a string or number of 1 to 255 bytes');
        p_step.path := v_path;
    end if;
    return p_step;
end
$$;
