-- SPDX-License-Identifier: PostgreSQL
--
-- Reading a document as a whole: every state with its place, the resources it names, the features that not every interpreter has.

create type portarium_int.asl_finding as (
    severity text,
    code text,
    pointer text,
    message text,
    hint text
);

comment on type portarium_int.asl_finding is
'what is wrong (error) or doubtful (warning) in a document, and where: pointer is an RFC 6901 JSON pointer, code is AWS''s where it has one';

create function portarium_int.asl_found(
    p_pointer text,
    p_message text,
    p_hint text,
    p_code text default 'SCHEMA_VALIDATION_FAILED',
    p_severity text default 'error'
) returns portarium_int.asl_finding
language sql
immutable
parallel safe
as $$
    select row(p_severity, p_code, p_pointer, p_message, p_hint)::portarium_int.asl_finding
$$;

comment on function portarium_int.asl_found(text, text, text, text, text) is
'One finding.';

create function portarium_int.asl_at(
    p_pointer text,
    p_member text
) returns text
language sql
immutable
parallel safe
as $$
    select p_pointer || '/' || replace(replace(p_member, '~', '~0'), '/', '~1')
$$;

comment on function portarium_int.asl_at(text, text) is
'A JSON pointer extended by a member or index.';

create function portarium_int.asl_object(
    p_value jsonb
) returns jsonb
language sql
immutable
parallel safe
as $$
    select case when jsonb_typeof(p_value) = 'object' then p_value else '{}' end
$$;

comment on function portarium_int.asl_object(jsonb) is
'The value when it is an object, else an empty object: for reading documents that may be wrong.';

create function portarium_int.asl_array(
    p_value jsonb
) returns jsonb
language sql
immutable
parallel safe
as $$
    select case when jsonb_typeof(p_value) = 'array' then p_value else '[]' end
$$;

comment on function portarium_int.asl_array(jsonb) is
'The value when it is an array, else an empty array.';

create function portarium_int.asl_inner_machines(
    p_pointer text,
    p_state jsonb
) returns table (pointer text, machine jsonb)
language sql
immutable
parallel safe
as $$
    select portarium_int.asl_at(p_pointer || '/Branches', (b.place - 1)::text), b.value
    from jsonb_array_elements(portarium_int.asl_array(p_state -> 'Branches')) with ordinality as b (value, place)
    where p_state ->> 'Type' = 'Parallel'
    union all
    select portarium_int.asl_at(p_pointer, f.field), p_state -> f.field
    from (values ('ItemProcessor'), ('Iterator')) as f (field)
    where p_state ->> 'Type' = 'Map' and p_state ? f.field
$$;

comment on function portarium_int.asl_inner_machines(text, jsonb) is
'The machines inside a Parallel or Map state.';

create function portarium_int.asl_machines(
    p_pointer text,
    p_machine jsonb
) returns table (pointer text, machine jsonb)
language plpgsql
immutable
parallel safe
as $$
declare
    v_name text;
    v_state jsonb;
begin
    pointer := p_pointer;
    machine := p_machine;
    return next;
    for v_name, v_state in
        select s.key, s.value
        from jsonb_each(portarium_int.asl_object(portarium_int.asl_object(p_machine) -> 'States')) as s
        where s.value ->> 'Type' in ('Parallel', 'Map')
    loop
        return query
            select m.pointer, m.machine
            from portarium_int.asl_inner_machines(portarium_int.asl_at(p_pointer || '/States', v_name), v_state) as i,
                portarium_int.asl_machines(i.pointer, i.machine) as m;
    end loop;
end
$$;

comment on function portarium_int.asl_machines(text, jsonb) is
'A machine and every machine inside it, outer ones first.';

create function portarium_int.asl_states(
    p_definition jsonb
) returns table (pointer text, name text, state jsonb)
language sql
immutable
parallel safe
as $$
    select portarium_int.asl_at(m.pointer || '/States', s.key), s.key, s.value
    from portarium_int.asl_machines('', p_definition) as m,
        jsonb_each(portarium_int.asl_object(portarium_int.asl_object(m.machine) -> 'States')) as s
$$;

comment on function portarium_int.asl_states(jsonb) is
'Every state of a document with its JSON pointer, inner ones included.';

create function portarium_int.asl_resources(
    p_definition jsonb
) returns table (pointer text, resource text)
language sql
immutable
parallel safe
as $$
    select s.pointer || '/Resource', s.state ->> 'Resource'
    from portarium_int.asl_states(p_definition) as s
    where s.state ->> 'Type' = 'Task'
$$;

comment on function portarium_int.asl_resources(jsonb) is
'The resource of every Task.';

create function portarium_int.asl_features(
    p_definition jsonb
) returns table (pointer text, feature text)
language sql
immutable
parallel safe
as $$
    select portarium_int.asl_at(s.pointer, f.field), f.field
    from portarium_int.asl_states(p_definition) as s,
        (values
            ('Map', 'ItemReader'),
            ('Map', 'ItemBatcher'),
            ('Map', 'ResultWriter'),
            ('Task', 'Credentials'),
            ('Task', 'HeartbeatSeconds'),
            ('Task', 'HeartbeatSecondsPath')
        ) as f (type, field)
    where s.state ->> 'Type' = f.type
        and s.state ? f.field
        -- nobody's heart beats for an approval, a signal, a child or a step
        and not (f.field like 'Heartbeat%' and coalesce(s.state ->> 'Resource' !~ '^portarium:(approval$|signal:|workflow:|sql:)', true))
    union all
    select q.pointer || '/QueryLanguage', 'JSONata'
    from (
        select '' as pointer, portarium_int.asl_object(p_definition) as holder
        union all
        select s.pointer, portarium_int.asl_object(s.state) from portarium_int.asl_states(p_definition) as s
    ) as q
    where q.holder ->> 'QueryLanguage' = 'JSONata'
$$;

comment on function portarium_int.asl_features(jsonb) is
'Where a document uses a feature that some interpreter here does not have.';

create function portarium_int.asl_unsupported(
    p_definition jsonb
) returns setof portarium_int.asl_finding
language sql
immutable
parallel safe
as $$
    select (portarium_int.asl_found(
        f.pointer,
        format('The feature ''%s'' is valid but the engine does not run it', f.feature),
        'Use states in JSONPath; docs/asl.md says what runs where.',
        'UNSUPPORTED_FEATURE')).*
    from portarium_int.asl_features(p_definition) as f
$$;

comment on function portarium_int.asl_unsupported(jsonb) is
'What keeps the engine from running a valid document.';
