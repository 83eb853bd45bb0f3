-- SPDX-License-Identifier: PostgreSQL
--
-- Which fields a thing may have, and of what kind: one table for machines, states, rules, retriers and catchers, and the check that reads it.
-- A field that is not in the table is refused. language is the query language that a field belongs to, empty for both.

create function portarium_int.asl_shared_fields(
    out owners text,
    out field text,
    out kind text,
    out required boolean,
    out language text
) returns setof record
language sql
immutable
parallel safe
as $$
    values
        ('Machine Branch State', 'Comment', 'text', false, ''),
        ('Machine Branch', 'StartAt', 'text', true, ''),
        ('Machine Branch', 'States', 'states', true, ''),
        ('Machine State', 'QueryLanguage', 'language', false, ''),
        ('Machine', 'Version', 'version', false, ''),
        ('Machine', 'TimeoutSeconds', 'integer 0 99999999', false, ''),
        ('Branch', 'ProcessorConfig', 'object', false, ''),
        ('State', 'Type', 'type', true, ''),
        ('Task Parallel Map Pass Wait', 'Next', 'text', false, ''),
        ('Task Parallel Map Pass Wait', 'End', 'boolean', false, ''),
        ('Task Parallel Map Pass Wait Choice Succeed', 'InputPath', 'path or null', false, 'JSONPath'),
        ('Task Parallel Map Pass Wait Choice Succeed', 'OutputPath', 'path or null', false, 'JSONPath'),
        ('Task Parallel Map Pass', 'ResultPath', 'result path or null', false, 'JSONPath'),
        ('Task Parallel Map', 'ResultSelector', 'template object', false, 'JSONPath'),
        ('Task Parallel Map Pass', 'Parameters', 'template', false, 'JSONPath'),
        ('Task Parallel Map Pass Wait Choice', 'Assign', 'assign', false, ''),
        ('Task Parallel Map', 'Retry', 'retriers', false, ''),
        ('Task Parallel Map', 'Catch', 'catchers', false, ''),
        ('Task Parallel', 'Arguments', 'expression', false, 'JSONata'),
        ('Task Parallel Map Pass Wait Choice Succeed', 'Output', 'expression', false, 'JSONata')
$$;

comment on function portarium_int.asl_shared_fields() is
'Fields of machines and those that several types of state share; "State" means every type.';

create function portarium_int.asl_type_fields(
    out owners text,
    out field text,
    out kind text,
    out required boolean,
    out language text
) returns setof record
language sql
immutable
parallel safe
as $$
    values
        ('Task', 'Resource', 'resource', true, ''),
        ('Task', 'TimeoutSeconds', 'integer 1 99999999', false, ''),
        ('Task', 'TimeoutSecondsPath', 'reference', false, 'JSONPath'),
        ('Task', 'HeartbeatSeconds', 'integer 1 99999999', false, ''),
        ('Task', 'HeartbeatSecondsPath', 'reference', false, 'JSONPath'),
        ('Task', 'LimitKeyPath', 'reference', false, 'JSONPath'),
        ('Task', 'Credentials', 'template object', false, ''),
        ('Pass', 'Result', 'any', false, 'JSONPath'),
        ('Choice', 'Choices', 'rules', true, ''),
        ('Choice', 'Default', 'text', false, ''),
        ('Wait', 'Seconds', 'integer 0 99999999', false, ''),
        ('Wait', 'SecondsPath', 'reference', false, 'JSONPath'),
        ('Wait', 'Timestamp', 'timestamp', false, ''),
        ('Wait', 'TimestampPath', 'reference', false, 'JSONPath'),
        ('Fail', 'Error', 'text', false, ''),
        ('Fail', 'ErrorPath', 'path or call', false, 'JSONPath'),
        ('Fail', 'Cause', 'text', false, ''),
        ('Fail', 'CausePath', 'path or call', false, 'JSONPath'),
        ('Parallel', 'Branches', 'machines', true, ''),
        ('Map', 'ItemProcessor', 'object', false, ''),
        ('Map', 'Iterator', 'object', false, ''),
        ('Map', 'Items', 'expression', false, 'JSONata'),
        ('Map', 'ItemsPath', 'reference', false, 'JSONPath'),
        ('Map', 'ItemSelector', 'template object', false, ''),
        ('Map', 'MaxConcurrency', 'integer 0 99999999', false, ''),
        ('Map', 'MaxConcurrencyPath', 'reference', false, 'JSONPath'),
        ('Map', 'ToleratedFailureCount', 'integer 0 99999999', false, ''),
        ('Map', 'ToleratedFailureCountPath', 'reference', false, 'JSONPath'),
        ('Map', 'ToleratedFailurePercentage', 'number 0 100', false, ''),
        ('Map', 'ToleratedFailurePercentagePath', 'reference', false, 'JSONPath'),
        ('Map', 'Label', 'text', false, ''),
        ('Map', 'ItemReader', 'object', false, ''),
        ('Map', 'ItemBatcher', 'object', false, ''),
        ('Map', 'ResultWriter', 'object', false, '')
$$;

comment on function portarium_int.asl_type_fields() is
'Fields that belong to one type of state.';

create function portarium_int.asl_rule_fields(
    out owners text,
    out field text,
    out kind text,
    out required boolean,
    out language text
) returns setof record
language sql
immutable
parallel safe
as $$
    values
        ('Rule', 'Next', 'text', true, ''),
        ('Rule', 'Assign', 'assign', false, ''),
        ('Rule Condition', 'Comment', 'text', false, ''),
        ('Rule', 'Condition', 'condition', true, 'JSONata'),
        ('Rule', 'Output', 'expression', false, 'JSONata'),
        ('Retrier Catcher', 'ErrorEquals', 'errors', true, ''),
        ('Retrier Catcher', 'Comment', 'text', false, ''),
        ('Retrier', 'IntervalSeconds', 'integer 1 99999999', false, ''),
        ('Retrier', 'MaxAttempts', 'integer 0 99999999', false, ''),
        ('Retrier', 'BackoffRate', 'number 1 1000000', false, ''),
        ('Retrier', 'MaxDelaySeconds', 'integer 1 31622400', false, ''),
        ('Retrier', 'JitterStrategy', 'jitter', false, ''),
        ('Catcher', 'Next', 'text', true, ''),
        ('Catcher', 'ResultPath', 'result path or null', false, 'JSONPath'),
        ('Catcher', 'Assign', 'assign', false, ''),
        ('Catcher', 'Output', 'expression', false, 'JSONata')
$$;

comment on function portarium_int.asl_rule_fields() is
'Fields of Choice rules, retriers and catchers.';

create function portarium_int.asl_fields_of(
    p_owners text[]
) returns table (field text, kind text, required boolean, language text)
language sql
immutable
parallel safe
as $$
    select t.field, t.kind, t.required, t.language
    from (
        select s.owners, s.field, s.kind, s.required, s.language from portarium_int.asl_shared_fields() as s
        union all
        select s.owners, s.field, s.kind, s.required, s.language from portarium_int.asl_type_fields() as s
        union all
        select s.owners, s.field, s.kind, s.required, s.language from portarium_int.asl_rule_fields() as s
    ) as t
    where string_to_array(t.owners, ' ') && p_owners
$$;

comment on function portarium_int.asl_fields_of(text[]) is
'Every field that something of these owners may have.';

create function portarium_int.asl_range_problem(
    p_kind text,
    p_value jsonb
) returns text
language plpgsql
immutable
parallel safe
as $$
declare
    k text[] := string_to_array(p_kind, ' ');
    v_number numeric;
begin
    if jsonb_typeof(p_value) <> 'number' then
        return case k[1] when 'integer' then 'Expected value of type [INTEGER]' else 'Expected value of type [NUMBER]' end;
    end if;
    v_number := p_value #>> '{}';
    return case
        when k[1] = 'integer' and v_number % 1 <> 0 then 'Expected value of type [INTEGER]'
        when v_number < k[2]::numeric then format('Minimum value is %s', k[2])
        when v_number > k[3]::numeric then format('Maximum value is %s', k[3])
    end;
end
$$;

comment on function portarium_int.asl_range_problem(text, jsonb) is
'What is wrong with a number; the kind is "integer MIN MAX" or "number MIN MAX".';

create function portarium_int.asl_word_problem(
    p_kind text,
    p_value jsonb
) returns text
language sql
immutable
parallel safe
as $$
    select case p_kind
        when 'language' then
            case when p_value not in ('"JSONPath"', '"JSONata"') then 'Value should be one of the following: [JSONPath, JSONata]' end
        when 'version' then case when p_value <> '"1.0"' then 'Value should be one of the following: [1.0]' end
        when 'jitter' then case when p_value not in ('"FULL"', '"NONE"') then 'Value should be one of the following: [FULL, NONE]' end
        when 'type' then
            case when p_value not in ('"Task"', '"Wait"', '"Pass"', '"Succeed"', '"Fail"', '"Choice"', '"Parallel"', '"Map"')
                then 'The field ''Type'' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map]' end
        when 'timestamp' then
            case when portarium_int.asl_instant(portarium_int.asl_text(p_value)) is null then 'String does not match RFC3339 timestamp' end
        when 'resource' then
            case
                when jsonb_typeof(p_value) <> 'string' then 'Expected value of type [STRING]'
                when p_value #>> '{}' !~ '^(arn:[^\s]+|portarium:(approval|(action|signal|workflow|sql):[^\s]+)|[A-Za-z][A-Za-z0-9+.-]*:[^\s]+)$'
                    then format('The resource provided %s is not recognized', p_value #>> '{}')
            end
    end
$$;

comment on function portarium_int.asl_word_problem(text, jsonb) is
'What is wrong with a field that holds one of a few words or a text of a fixed form.';

create function portarium_int.asl_shape_problem(
    p_kind text,
    p_value jsonb
) returns text
language sql
immutable
parallel safe
as $$
    select case
        when p_kind = 'text' and jsonb_typeof(p_value) <> 'string' then 'Expected value of type [STRING]'
        when p_kind = 'boolean' and jsonb_typeof(p_value) <> 'boolean' then 'Expected value of type [BOOLEAN]'
        when p_kind in ('object', 'states', 'assign', 'template object') and jsonb_typeof(p_value) <> 'object'
            then 'Expected value of type [OBJECT]'
        when p_kind in ('rules', 'machines', 'retriers', 'catchers', 'errors') and jsonb_typeof(p_value) <> 'array'
            then 'Expected value of type [ARRAY]'
        when p_kind in ('rules', 'machines', 'errors') and p_value = '[]' or p_kind = 'states' and p_value = '{}' then 'Value cannot be empty'
        when p_kind = 'errors' and jsonb_path_exists(p_value, 'strict $[*] ? (@.type() != "string")') then 'Expected value of type [STRING]'
    end
$$;

comment on function portarium_int.asl_shape_problem(text, jsonb) is
'What is wrong with the JSON type of a value.';

create function portarium_int.asl_value_problem(
    p_kind text,
    p_value jsonb
) returns text
language plpgsql
immutable
parallel safe
as $$
begin
    if p_kind like '% or null' then
        return case when p_value <> 'null' then portarium_int.asl_path_problem(replace(p_kind, ' or null', ''), p_value) end;
    elsif p_kind in ('path', 'reference', 'path or call') then
        return portarium_int.asl_path_problem(p_kind, p_value);
    elsif p_kind ~ '^(integer|number) ' then
        return portarium_int.asl_range_problem(p_kind, p_value);
    elsif p_kind in ('language', 'version', 'jitter', 'type', 'timestamp', 'resource') then
        return portarium_int.asl_word_problem(p_kind, p_value);
    end if;
    return portarium_int.asl_shape_problem(p_kind, p_value);
end
$$;

comment on function portarium_int.asl_value_problem(text, jsonb) is
'What is wrong with the value of a field of some kind; NULL when nothing is.';

create function portarium_int.asl_check_names(
    p_pointer text,
    p_assign jsonb
) returns setof portarium_int.asl_finding
language sql
immutable
parallel safe
as $$
    select f.*
    from jsonb_object_keys(portarium_int.asl_object(p_assign)) as k,
        portarium_int.asl_found(
            portarium_int.asl_at(p_pointer, k),
            format('The variable name ''%s'' is not valid', portarium_int.asl_stem(k)),
            'Use a letter or underscore, then letters, digits and underscores, at most 80, and not "states".') as f
    where portarium_int.asl_stem(k) !~ '^[[:alpha:]_][[:alnum:]_]{0,79}$' or portarium_int.asl_stem(k) = 'states'
$$;

comment on function portarium_int.asl_check_names(text, jsonb) is
'The names of the variables that an Assign sets.';

create function portarium_int.asl_check_inside(
    p_pointer text,
    p_kind text,
    p_value jsonb,
    p_language text
) returns setof portarium_int.asl_finding
language plpgsql
immutable
parallel safe
as $$
begin
    if p_kind = 'assign' then
        return query select f.* from portarium_int.asl_check_names(p_pointer, p_value) as f;
    end if;
    if p_language = 'JSONata' then
        return query select f.* from portarium_int.asl_check_jsonata(p_pointer, p_value) as f;
    elsif p_kind in ('template', 'template object', 'assign') then
        return query select f.* from portarium_int.asl_check_template(p_pointer, p_value) as f;
    end if;
end
$$;

comment on function portarium_int.asl_check_inside(text, text, jsonb, text) is
'What is written inside a well-shaped field: templates, variable names, JSONata.';

create function portarium_int.asl_check_fields(
    p_pointer text,
    p_owners text[],
    p_value jsonb,
    p_language text
) returns setof portarium_int.asl_finding
language plpgsql
immutable
parallel safe
as $$
declare
    t record;
    v_problem text;
begin
    for t in
        select m.key as field, m.value, f.kind, f.language
        from jsonb_each(p_value) as m
        left join portarium_int.asl_fields_of(p_owners) as f on f.field = m.key
        order by m.key collate "C"
    loop
        v_problem := case
            when t.kind is null then format('Field ''%s'' is not supported', t.field)
            when t.language not in ('', p_language) then format(
                'The QueryLanguage is set to ''%s'', but field ''%s'' is only supported for the ''%s'' QueryLanguage', p_language, t.field, t.language)
            -- in JSONata any literal but a fixed structure may be an expression instead
            when p_language = 'JSONata' and portarium_int.asl_text(t.value) like '{\%%\%}' and t.field not in ('Type', 'Resource', 'Next') then null
            else portarium_int.asl_value_problem(t.kind, t.value)
        end;
        if v_problem is not null then
            return next portarium_int.asl_found(portarium_int.asl_at(p_pointer, t.field), v_problem,
                case when t.kind is null then 'Remove the field or correct its name; names are case-sensitive.' else 'Correct the value.' end);
        elsif t.kind not in ('rules', 'machines', 'retriers', 'catchers', 'states', 'any', 'object', 'text', 'resource') then
            return query select f.* from portarium_int.asl_check_inside(portarium_int.asl_at(p_pointer, t.field), t.kind, t.value, p_language) as f;
        end if;
    end loop;
    select '[' || string_agg(f.field, ', ') || ']' into v_problem
    from portarium_int.asl_fields_of(p_owners) as f
    where f.required and f.language in ('', p_language) and not p_value ? f.field;
    if v_problem is not null then
        return next portarium_int.asl_found(p_pointer, format('These fields are required: %s', v_problem), 'Add what is missing.');
    end if;
end
$$;

comment on function portarium_int.asl_check_fields(text, text[], jsonb, text) is
'The fields of one object against the table.';
