-- SPDX-License-Identifier: PostgreSQL
--
-- Checking compensation: that its catchers are well formed, that the states which undo are no others, and that what has an effect is undone.

create function portarium_int.asl_undoing(
    p_machine jsonb
) returns setof text
language sql
immutable
parallel safe
as $$
    with recursive target as materialized (
        select t.origin, t.target, t.undoes from portarium_int.asl_targets(p_machine) as t
    ), undoing as (
        select t.target as name from target as t where t.undoes
        union
        select t.target from undoing as u join target as t on t.origin = u.name and not t.undoes
    )
    select u.name from undoing as u
$$;

comment on function portarium_int.asl_undoing(jsonb) is
'The states of a machine that undoing leads to.';

create function portarium_int.asl_advancing(
    p_machine jsonb
) returns setof text
language sql
immutable
parallel safe
as $$
    with recursive target as materialized (
        select t.origin, t.target from portarium_int.asl_targets(p_machine) as t where not t.undoes
    ), advancing as (
        select t.target as name from target as t where t.origin is null
        union
        select t.target from advancing as a join target as t on t.origin = a.name
    )
    select a.name from advancing as a
$$;

comment on function portarium_int.asl_advancing(jsonb) is
'The states of a machine that are reached from StartAt without undoing anything.';

create function portarium_int.asl_is_undone(
    p_state jsonb
) returns boolean
language sql
immutable
parallel safe
as $$
    select exists (
        select
        from jsonb_array_elements(portarium_int.asl_array(portarium_int.asl_object(p_state) -> 'Catch')) as c
        where portarium_int.asl_is_compensation(c.value))
$$;

comment on function portarium_int.asl_is_undone(jsonb) is
'Whether a state says how it is undone.';

create function portarium_int.asl_check_compensators(
    p_pointer text,
    p_state jsonb
) returns setof portarium_int.asl_finding
language sql
immutable
parallel safe
as $$
    with handler as (
        select h.field, e.value, portarium_int.asl_at(p_pointer, h.field) || '/' || (e.place - 1) as pointer,
            row_number() over (order by h.field, e.place) as n
        from (values ('Catch'), ('Retry')) as h (field),
            jsonb_array_elements(portarium_int.asl_array(p_state -> h.field)) with ordinality as e (value, place)
        where portarium_int.asl_array(portarium_int.asl_object(e.value) -> 'ErrorEquals') ? 'Portarium.Compensate'
    )
    select f.*
    from handler as h, portarium_int.asl_found(
        h.pointer || '/ErrorEquals', 'Portarium.Compensate must be the only error of a catcher',
        'Nothing raises it: give it a catcher of its own, and the states that undo a Retry of theirs.') as f
    where h.field = 'Retry' or not portarium_int.asl_is_compensation(h.value)
    union all
    select f.*
    from handler as h, portarium_int.asl_found(
        h.pointer, 'There should only be one catcher of Portarium.Compensate', 'Let its states do all that undoes this one.') as f
    where h.field = 'Catch' and h.n > 1
    union all
    select f.*
    from handler as h, portarium_int.asl_found(
        h.pointer || '/Assign', 'Assign has no meaning where a state is undone',
        'The states that undo see the variables as they were when the state was left.') as f
    where h.value ? 'Assign'
$$;

comment on function portarium_int.asl_check_compensators(text, jsonb) is
'The catchers of one state that say how it is undone.';

create function portarium_int.asl_check_undoing(
    p_definition jsonb
) returns setof portarium_int.asl_finding
language sql
immutable
parallel safe
as $$
    with undoing as materialized (
        select portarium_int.asl_at(m.pointer || '/States', u.name) as pointer, u.name,
            u.name in (select a from portarium_int.asl_advancing(m.machine) as a) as advances
        from portarium_int.asl_machines('', p_definition) as m, portarium_int.asl_undoing(m.machine) as u (name)
    )
    select f.*
    from undoing as u, portarium_int.asl_found(
        u.pointer, format('State "%s" undoes, and the run comes to it on its way as well', u.name),
        'Give undoing states of its own that lead to an end of their own.', 'COMPENSATION_PATH') as f
    where u.advances
    union all
    select f.*
    from portarium_int.asl_states(p_definition) as s, portarium_int.asl_found(
        s.pointer || '/Catch', format('State "%s" undoes, and is not undone itself', s.name),
        'Remove the catcher of Portarium.Compensate: a state that fails to undo is tried again by a person.', 'COMPENSATION_PATH') as f
    where portarium_int.asl_is_undone(s.state)
        and exists (select from undoing as u where u.pointer = s.pointer or starts_with(s.pointer, u.pointer || '/'))
$$;

comment on function portarium_int.asl_check_undoing(jsonb) is
'That states which undo are apart from those which advance, and are not undone themselves.';

create function portarium_int.asl_check_undone(
    p_definition jsonb
) returns setof portarium_int.asl_finding
language sql
immutable
parallel safe
as $$
    with state as materialized (
        select s.pointer, s.name, portarium_int.asl_object(s.state) as state,
            portarium_int.asl_is_undone(s.state) as undone
        from portarium_int.asl_states(p_definition) as s
    ), apart as materialized (
        -- what is undone as a whole, and what undoes
        select s.pointer from state as s where s.undone
        union all
        select portarium_int.asl_at(m.pointer || '/States', u.name)
        from portarium_int.asl_machines('', p_definition) as m, portarium_int.asl_undoing(m.machine) as u (name)
    )
    select f.*
    from state as s, portarium_int.asl_found(
        s.pointer, format('Nothing undoes state "%s"', s.name),
        'Add a catcher of Portarium.Compensate, be it to a Succeed state that says that nothing is to be undone.',
        'MISSING_COMPENSATION', 'warning') as f
    where s.state ->> 'Type' = 'Task' and s.state ->> 'Resource' !~ '^portarium:(approval$|signal:)'
        and exists (select from state as d where d.undone)
        -- the run that leaves it has succeeded
        and not (coalesce(s.state -> 'End' = 'true', false) and s.pointer ~ '^/States/[^/]*$')
        and not exists (select from apart as a where a.pointer = s.pointer or starts_with(s.pointer, a.pointer || '/'))
$$;

comment on function portarium_int.asl_check_undone(jsonb) is
'Tasks with an effect that nothing undoes, in a document that undoes others.';
