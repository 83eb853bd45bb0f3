-- SPDX-License-Identifier: PostgreSQL
--
-- portarium.validate_workflow: every check on a whole document.

create function portarium_int.asl_check_machine(
    p_pointer text,
    p_machine jsonb,
    p_language text
) returns setof portarium_int.asl_finding
language plpgsql
stable
parallel safe
as $$
begin
    if jsonb_typeof(p_machine) is distinct from 'object' then
        return next portarium_int.asl_found(p_pointer, 'Expected value of type [OBJECT]', 'A machine has StartAt and States.');
        return;
    end if;
    return query
        select f.* from portarium_int.asl_check_fields(
            p_pointer, array[case p_pointer when '' then 'Machine' else 'Branch' end], p_machine, p_language) as f
        union all
        select f.* from portarium_int.asl_check_graph(p_pointer, p_machine) as f where jsonb_typeof(p_machine -> 'States') = 'object';
end
$$;

comment on function portarium_int.asl_check_machine(text, jsonb, text) is
'One machine without its states'' own fields.';

create function portarium_int.asl_findings(
    p_definition jsonb
) returns setof portarium_int.asl_finding
language plpgsql
stable
parallel safe
as $$
declare
    v_language text;
begin
    if jsonb_typeof(p_definition) is distinct from 'object' then
        return next portarium_int.asl_found('', 'Definition must be a valid JSON object', 'A definition has StartAt and States.');
        return;
    elsif jsonb_path_exists(p_definition, 'strict $.**{100}') then
        -- the checks and the compiler recurse
        return next portarium_int.asl_found('', 'Definition is nested more than 100 levels deep', 'Make it flatter.');
        return;
    end if;
    v_language := case when p_definition ->> 'QueryLanguage' = 'JSONata' then 'JSONata' else 'JSONPath' end;
    return query
        select f.*
        from portarium_int.asl_machines('', p_definition) as m, portarium_int.asl_check_machine(m.pointer, m.machine, v_language) as f
        union all
        select f.* from portarium_int.asl_states(p_definition) as s, portarium_int.asl_check_state(s.pointer, s.state, v_language) as f
        union all
        select f.* from portarium_int.asl_states(p_definition) as s, portarium_int.asl_check_advice(s.pointer, s.state) as f
        union all
        select f.* from portarium_int.asl_states(p_definition) as s, portarium_int.asl_check_compensators(s.pointer, s.state) as f
        union all
        select f.* from portarium_int.asl_check_undoing(p_definition) as f
        union all
        select f.* from portarium_int.asl_check_undone(p_definition) as f
        union all
        select f.* from portarium_int.asl_check_state_names(p_definition) as f
        union all
        select f.* from portarium_int.asl_check_scopes(p_definition) as f
        union all
        select 'warning', u.code, u.pointer, u.message, u.hint from portarium_int.asl_unsupported(p_definition) as u;
end
$$;

comment on function portarium_int.asl_findings(jsonb) is
'Everything that is wrong or doubtful in a document.';

create function portarium_int.asl_report(
    p_findings portarium_int.asl_finding[]
) returns jsonb
language sql
immutable
parallel safe
as $$
    select jsonb_build_object(
        'valid', count(*) filter (where f.severity = 'error') = 0,
        'findings', coalesce(jsonb_agg(to_jsonb(f) order by f.severity, f.pointer, f.message), '[]'))
    from unnest(p_findings) as f
$$;

comment on function portarium_int.asl_report(portarium_int.asl_finding[]) is
'Findings in the form that validate_workflow returns, errors first.';

create function portarium.validate_workflow(
    definition jsonb
) returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
set jit = off
as $$
    select portarium_int.asl_report(array(select f from portarium_int.asl_findings(definition) as f))
$$;

comment on function portarium.validate_workflow(jsonb) is
'Checks an Amazon States Language document and returns {"valid", "findings": [{"severity", "code", "pointer", "message", "hint"}]}. Codes are AWS''s where it has one; pointer is an RFC 6901 JSON pointer. A document with only warnings is valid. Nothing is stored. Errors: none of its own';

create function portarium.validate_workflow(
    definition text
) returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set jit = off
as $$
begin
    -- members that are there twice are only seen in the text, jsonb keeps the last one
    perform portarium.canonical_json(definition);
    return portarium.validate_workflow(definition::jsonb);
exception
    when sqlstate 'UP001' or sqlstate 'UP003' or sqlstate 'UP004' or sqlstate 'UP005' then
        return portarium_int.asl_report(array[portarium_int.asl_found(
            '', sqlerrm, 'Correct the JSON text.',
            case sqlstate when 'UP003' then 'DUPLICATE_MEMBER' else 'INVALID_JSON_DESCRIPTION' end)]);
end
$$;

comment on function portarium.validate_workflow(text) is
'The same from the document''s text, which also finds malformed JSON and duplicate members.';
