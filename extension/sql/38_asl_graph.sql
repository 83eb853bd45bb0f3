-- SPDX-License-Identifier: PostgreSQL
--
-- Checking how states hang together: targets, reachability, an end, names, variables. Targets are looked for in the same States object only.

create function portarium_int.asl_targets(
    p_machine jsonb
) returns table (pointer text, origin text, target text, undoes boolean)
language sql
immutable
parallel safe
as $$
    with state as (
        select s.key as name, s.value as body, portarium_int.asl_at('/States', s.key) as place
        from jsonb_each(portarium_int.asl_object(p_machine -> 'States')) as s
        where jsonb_typeof(s.value) = 'object'
    )
    select '/StartAt', null, p_machine ->> 'StartAt', false where p_machine ? 'StartAt'
    union all
    select portarium_int.asl_at(s.place, f.field), s.name, s.body ->> f.field, false
    from state as s, (values ('Next'), ('Default')) as f (field)
    where s.body ? f.field
    union all
    select portarium_int.asl_at(s.place, f.field) || '/' || (e.place - 1) || '/Next', s.name, e.value ->> 'Next',
        f.field = 'Catch' and portarium_int.asl_is_compensation(e.value)
    from state as s, (values ('Choices'), ('Catch')) as f (field),
        jsonb_array_elements(portarium_int.asl_array(s.body -> f.field)) with ordinality as e (value, place)
    where portarium_int.asl_object(e.value) ? 'Next'
$$;

comment on function portarium_int.asl_targets(jsonb) is
'Every reference from a machine to one of its states, and whether it is where undoing the origin begins; pointers start at the machine.';

create function portarium_int.asl_has_end(
    p_machine jsonb
) returns boolean
language sql
immutable
parallel safe
as $$
    select exists (
        select
        from jsonb_each(portarium_int.asl_object(p_machine -> 'States')) as s
        where s.value -> 'Type' in ('"Succeed"', '"Fail"') or s.value -> 'End' = 'true'
    )
$$;

comment on function portarium_int.asl_has_end(jsonb) is
'Whether a machine has a state that ends it.';

create function portarium_int.asl_check_reach(
    p_pointer text,
    p_machine jsonb
) returns setof portarium_int.asl_finding
language plpgsql
stable
parallel safe
as $$
begin
    -- AWS asks for one reference from anywhere; walking from StartAt finds islands too, and only warns of them
    return query
        with recursive target as materialized (
            select t.origin, t.target from portarium_int.asl_targets(p_machine) as t
        ), reached as (
            select t.target as name from target as t where t.origin is null
            union
            select t.target from reached as r join target as t on t.origin = r.name
        )
        select f.*
        from jsonb_object_keys(portarium_int.asl_object(p_machine -> 'States')) as k (name),
            portarium_int.asl_found(
                portarium_int.asl_at(p_pointer || '/States', k.name),
                format('State "%s" is not reachable.', k.name),
                'Lead to it from a state that is reached from StartAt, or remove it.',
                'MISSING_TRANSITION_TARGET',
                case when k.name in (select t.target from target as t) then 'warning' else 'error' end) as f
        where k.name not in (select r.name from reached as r where r.name is not null);
end
$$;

comment on function portarium_int.asl_check_reach(text, jsonb) is
'States that nothing leads to.';

create function portarium_int.asl_check_exit(
    p_pointer text,
    p_machine jsonb
) returns setof portarium_int.asl_finding
language plpgsql
stable
parallel safe
as $$
begin
    -- against the edges from every state that ends; a state without a target, or with one that is missing, is another finding's matter
    return query
        with recursive state as materialized (
            select s.key as name, s.value as body from jsonb_each(portarium_int.asl_object(p_machine -> 'States')) as s
        ), target as materialized (
            select t.origin, t.target from portarium_int.asl_targets(p_machine) as t where t.origin is not null and not t.undoes
        ), ending as (
            select s.name from state as s where s.body -> 'End' = 'true' or s.name not in (select t.origin from target as t)
            union
            select t.origin from target as t where t.target is null or t.target not in (select s.name from state as s)
            union
            select t.origin from ending as e join target as t on t.target = e.name
        )
        select f.*
        from state as s,
            portarium_int.asl_found(
                portarium_int.asl_at(p_pointer || '/States', s.name),
                format('No path from state "%s" leads to an end', s.name),
                'Lead out of the cycle, or let one of its states end.', 'NO_EXIT', 'warning') as f
        where s.name not in (select e.name from ending as e);
end
$$;

comment on function portarium_int.asl_check_exit(text, jsonb) is
'States from which a run never ends. AWS accepts them; the engine does not.';

create function portarium_int.asl_check_graph(
    p_pointer text,
    p_machine jsonb
) returns setof portarium_int.asl_finding
language plpgsql
stable
parallel safe
as $$
begin
    return query
        select f.*
        from portarium_int.asl_targets(p_machine) as t,
            portarium_int.asl_found(
                p_pointer || t.pointer,
                format('Missing ''Next'' target: %s', t.target),
                'Name a state of the same States object.',
                'MISSING_TRANSITION_TARGET') as f
        where t.target is not null and not portarium_int.asl_object(p_machine -> 'States') ? t.target;
    if portarium_int.asl_has_end(p_machine) then
        return query
            select f.* from portarium_int.asl_check_reach(p_pointer, p_machine) as f
            union all
            select f.* from portarium_int.asl_check_exit(p_pointer, p_machine) as f;
    else
        return next portarium_int.asl_found(
            p_pointer, 'Workflow has no terminal state', 'Add "End": true to a state, or a Succeed or Fail state.', 'MISSING_END_STATE');
    end if;
end
$$;

comment on function portarium_int.asl_check_graph(text, jsonb) is
'Targets, reachability and the end of one machine.';

create function portarium_int.asl_check_state_names(
    p_definition jsonb
) returns setof portarium_int.asl_finding
language sql
immutable
parallel safe
as $$
    select f.*
    from portarium_int.asl_states(p_definition) as s,
        portarium_int.asl_found(s.pointer, 'State names have at most 80 characters', 'Shorten the name.') as f
    where length(s.name) > 80
    union all
    select f.*
    from (
        select s.name, s.pointer, row_number() over (partition by s.name order by length(s.pointer), s.pointer) as occurrence
        from portarium_int.asl_states(p_definition) as s
    ) as n,
        portarium_int.asl_found(
            n.pointer, format('The state name "%s" is used more than once', n.name),
            'State names are unique in the whole document, inner machines included.', 'DUPLICATE_STATE_NAME') as f
    where n.occurrence > 1
$$;

comment on function portarium_int.asl_check_state_names(jsonb) is
'The names of all states.';

create function portarium_int.asl_assigned(
    p_definition jsonb
) returns table (machine text, pointer text, variable text)
language sql
immutable
parallel safe
as $$
    select regexp_replace(s.pointer, '/States/[^/]*$', ''), a.pointer, portarium_int.asl_stem(k)
    from portarium_int.asl_states(p_definition) as s,
        lateral (
            select s.pointer || '/Assign' as pointer, s.state -> 'Assign' as assign
            union all
            select portarium_int.asl_at(s.pointer, f.field) || '/' || (e.place - 1) || '/Assign', portarium_int.asl_object(e.value) -> 'Assign'
            from (values ('Choices'), ('Catch')) as f (field),
                jsonb_array_elements(portarium_int.asl_array(portarium_int.asl_object(s.state) -> f.field)) with ordinality as e (value, place)
        ) as a,
        jsonb_object_keys(portarium_int.asl_object(a.assign)) as k
$$;

comment on function portarium_int.asl_assigned(jsonb) is
'Every variable that is set, with the machine that sets it.';

create function portarium_int.asl_check_scopes(
    p_definition jsonb
) returns setof portarium_int.asl_finding
language sql
stable
parallel safe
as $$
    with assigned as materialized (
        select a.machine, a.pointer, a.variable from portarium_int.asl_assigned(p_definition) as a
    )
    select f.*
    from assigned as a,
        portarium_int.asl_found(
            portarium_int.asl_at(a.pointer, a.variable),
            format('The variable ''%s'' exists in an outer scope', a.variable),
            'Inside Parallel and Map use another name, and hand results out as output.') as f
    where exists (select from assigned as o where o.variable = a.variable and starts_with(a.machine, o.machine || '/States/'))
$$;

comment on function portarium_int.asl_check_scopes(jsonb) is
'Variables of an inner machine that have the name of one outside.';
