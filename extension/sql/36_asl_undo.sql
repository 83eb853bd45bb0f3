-- SPDX-License-Identifier: PostgreSQL
--
-- Compensation in the document: a catcher of the error Portarium.Compensate, which nothing raises. It names the state that undoing begins
-- with; the states from there to an end are run when a later failure, timeout or cancellation undoes the state that it belongs to.
-- AWS and its tools see a catcher like any other.
--
-- What undoing is given is made when the state is left: the catcher's ResultPath puts the task's result into the state's raw input.

create function portarium_int.asl_is_compensation(
    p_catcher jsonb
) returns boolean
language sql
immutable
parallel safe
as $$
    select coalesce(p_catcher -> 'ErrorEquals' = '["Portarium.Compensate"]', false)
$$;

comment on function portarium_int.asl_is_compensation(jsonb) is
'Whether a catcher declares how its state is undone.';

create function portarium_int.asl_gives_up(
    p_state portarium_int.asl_state,
    p_error text
) returns boolean
language sql
immutable
parallel safe
as $$
    select coalesce(p_state.type = 'Task' and p_error in ('States.Timeout', 'States.HeartbeatTimeout')
        and p_state.resource !~ '^portarium:(approval$|signal:|workflow:|sql:)', false)
$$;

comment on function portarium_int.asl_gives_up(portarium_int.asl_state, text) is
'Whether an error of a state means that nobody knows whether its task has happened.';

create function portarium_int.asl_undo(
    p_state portarium_int.asl_state,
    p_raw jsonb,
    p_vars jsonb,
    p_ctx jsonb,
    p_result jsonb
) returns jsonb
language sql
immutable
parallel safe
as $$
    select jsonb_build_object('state', p_state.name, 'start_at', p_state.compensate -> 'Next', 'vars', coalesce(p_vars, '{}'),
            'item', p_ctx #> '{Map,Item}')
        || case when i.input is null then '{}' else jsonb_build_object('input', i.input) end
    from (
        select case
            when (p_state.compensate -> 'Discards')::boolean then p_raw
            when jsonb_typeof(p_state.compensate -> 'Steps') = 'array' and p_state.compensate -> 'Steps' <> '[]'
                then portarium_int.asl_put(p_raw, p_state.compensate -> 'Steps', p_result)
            else p_result
        end
    ) as i (input)
    where p_state.compensate is not null
$$;

comment on function portarium_int.asl_undo(portarium_int.asl_state, jsonb, jsonb, jsonb, jsonb) is
'How a state that was left is undone: {"state", "start_at", "vars", "item", "input"}, without input when ResultPath does not fit the raw input; NULL for a state without compensation.';
