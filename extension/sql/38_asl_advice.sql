-- SPDX-License-Identifier: PostgreSQL
--
-- What is legal and probably not meant: warnings about single states. Nothing here makes a document invalid.

create function portarium_int.asl_covers(
    p_handler jsonb,
    p_error text
) returns boolean
language sql
immutable
parallel safe
as $$
    select p_error <> 'States.ALL'
        and portarium_int.asl_error_matches(portarium_int.asl_array(portarium_int.asl_object(p_handler) -> 'ErrorEquals'), p_error)
$$;

comment on function portarium_int.asl_covers(jsonb, text) is
'Whether a retrier or catcher leaves nothing of a name in ErrorEquals to the ones after it.';

create function portarium_int.asl_check_shadows(
    p_pointer text,
    p_handlers jsonb
) returns setof portarium_int.asl_finding
language sql
immutable
parallel safe
as $$
    with handler as (
        select h.place, h.value, portarium_int.asl_array(portarium_int.asl_object(h.value) -> 'ErrorEquals') as names
        from jsonb_array_elements(portarium_int.asl_array(p_handlers)) with ordinality as h (value, place)
    )
    select f.*
    from handler as h,
        portarium_int.asl_found(
            portarium_int.asl_at(p_pointer, (h.place - 1)::text) || '/ErrorEquals',
            'No error comes this far: elements before it take all of these, and nothing takes States.Runtime',
            'Move it forward, or remove it.', 'UNREACHABLE_HANDLER', 'warning') as f
    where h.names <> '[]' and not portarium_int.asl_is_compensation(h.value)
        and not exists (
            select
            from jsonb_array_elements_text(h.names) as n (name)
            where n.name <> 'States.Runtime'
                and not exists (select from handler as e where e.place < h.place and portarium_int.asl_covers(e.value, n.name)))
$$;

comment on function portarium_int.asl_check_shadows(text, jsonb) is
'Retriers or catchers that are never reached.';

create function portarium_int.asl_check_advice(
    p_pointer text,
    p_state jsonb
) returns setof portarium_int.asl_finding
language sql
immutable
parallel safe
as $$
    select f.*
    from (values
        ('Choice', not p_state ? 'Default', 'NO_DEFAULT',
            'An input that no rule takes fails here', 'Add Default, be it to a Fail state that says what was wrong.'),
        ('Map', not p_state ?| array['MaxConcurrency', 'MaxConcurrencyPath'] or p_state -> 'MaxConcurrency' = '0', 'UNBOUNDED_FANOUT',
            'All items of this Map run at once', 'Set MaxConcurrency.'),
        -- neither people nor the transition itself, nor a run with a time of its own
        ('Task', not p_state ?| array['TimeoutSeconds', 'TimeoutSecondsPath']
            and p_state ->> 'Resource' !~ '^portarium:(approval$|sql:|workflow:)', 'MISSING_TIMEOUT',
            'Nothing says how long this task may take', 'Set TimeoutSeconds.')
    ) as a (type, applies, code, message, hint),
        portarium_int.asl_found(p_pointer, a.message, a.hint, a.code, 'warning') as f
    where p_state ->> 'Type' = a.type and a.applies
    union all
    select f.*
    from (values ('Retry'), ('Catch')) as h (field),
        portarium_int.asl_check_shadows(portarium_int.asl_at(p_pointer, h.field), p_state -> h.field) as f
    where p_state ->> 'Type' in ('Task', 'Parallel', 'Map')
$$;

comment on function portarium_int.asl_check_advice(text, jsonb) is
'Warnings about one state.';
