-- SPDX-License-Identifier: PostgreSQL
--
-- Which states a run can come to without an approval: a walk from StartAt that follows every edge but those that only an approval opens.
--
-- An approval opens its own Next; its Catch is the way of what was denied or came too late. A Parallel opens its Next when one of its branches
-- cannot end without an approval, because all of them must end; a Map never does, because it may have no items.

create type portarium_int.asl_ungated_state as (
    pointer text,
    -- where the shortest walk came from; null at the document's StartAt
    origin text,
    -- the machine it belongs to, and whether a run ends the machine here without an approval; undoing ends no machine
    machine text,
    ends boolean,
    resource text
);

comment on type portarium_int.asl_ungated_state is
'a state that is reached without an approval; all places are JSON pointers';

create function portarium_int.asl_edges(
    p_machine jsonb
) returns jsonb
language sql
immutable
parallel safe
as $$
    select coalesce(jsonb_object_agg(o.origin, o.edges), '{}')
    from (
        select t.origin, jsonb_agg(
            jsonb_build_object('to', t.target, 'forward', t.pointer = portarium_int.asl_at('/States', t.origin) || '/Next')
            order by t.pointer) as edges
        from portarium_int.asl_targets(p_machine) as t
        where t.origin is not null
        group by t.origin
    ) as o
$$;

comment on function portarium_int.asl_edges(jsonb) is
'The edges of a machine by their origin: where to, and whether it is the origin''s Next.';

create function portarium_int.asl_gates(
    p_pointer text,
    p_state jsonb,
    p_inside portarium_int.asl_ungated_state[]
) returns boolean
language sql
immutable
parallel safe
as $$
    select p_state ->> 'Type' = 'Task' and coalesce(p_state ->> 'Resource', '') = 'portarium:approval'
        or p_state ->> 'Type' = 'Parallel' and exists (
            select
            from portarium_int.asl_inner_machines(p_pointer, p_state) as m
            where not exists (select from unnest(p_inside) as u where u.machine = m.pointer and u.ends))
$$;

comment on function portarium_int.asl_gates(text, jsonb, portarium_int.asl_ungated_state[]) is
'Whether a run that leaves the state by its Next has had an approval in it; p_inside are the ungated states of its inner machines.';

create function portarium_int.asl_ungated(
    p_pointer text,
    p_machine jsonb,
    p_origin text
) returns setof portarium_int.asl_ungated_state
language plpgsql
immutable
parallel safe
as $$
declare
    v_edges jsonb := portarium_int.asl_edges(p_machine);
    v_undoing text[] := array(select u from portarium_int.asl_undoing(p_machine) as u);
    v_queue text[] := array[p_machine ->> 'StartAt'];
    v_origins text[] := array[p_origin];
    v_state jsonb;
    v_pointer text;
    v_inside portarium_int.asl_ungated_state[];
    v_gates boolean;
    v_edge jsonb;
    i int := 1;
begin
    while i <= cardinality(v_queue) loop
        v_state := p_machine -> 'States' -> v_queue[i];
        v_pointer := portarium_int.asl_at(p_pointer || '/States', v_queue[i]);
        v_inside := array(
            select u
            from portarium_int.asl_inner_machines(v_pointer, v_state) as m, portarium_int.asl_ungated(m.pointer, m.machine, v_pointer) as u);
        v_gates := portarium_int.asl_gates(v_pointer, v_state, v_inside);
        return query select u.* from unnest(v_inside) as u;
        return next row(v_pointer, v_origins[i], p_pointer,
            not v_gates and v_queue[i] <> all (v_undoing) and coalesce(v_state -> 'End' = 'true' or v_state ->> 'Type' = 'Succeed', false),
            v_state ->> 'Resource')::portarium_int.asl_ungated_state;
        for v_edge in select e.value from jsonb_array_elements(v_edges -> v_queue[i]) as e loop
            continue when v_gates and (v_edge -> 'forward')::boolean or v_edge ->> 'to' = any (v_queue);
            v_queue := v_queue || (v_edge ->> 'to');
            v_origins := v_origins || v_pointer;
        end loop;
        i := i + 1;
    end loop;
end
$$;

comment on function portarium_int.asl_ungated(text, jsonb, text) is
'The states of a valid machine, and of the machines inside it, that are reached without an approval.';

create function portarium_int.asl_path_to(
    p_states portarium_int.asl_ungated_state[],
    p_pointer text
) returns text[]
language sql
immutable
parallel safe
as $$
    with recursive back (pointer, place) as (
        select p_pointer, 0
        union all
        select u.origin, b.place + 1
        from back as b join unnest(p_states) as u on u.pointer = b.pointer
        where u.origin is not null
    )
    select array_agg(b.pointer order by b.place desc) from back as b
$$;

comment on function portarium_int.asl_path_to(portarium_int.asl_ungated_state[], text) is
'A shortest way to one of the states, from the document''s StartAt.';
