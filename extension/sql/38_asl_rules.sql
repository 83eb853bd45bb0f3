-- SPDX-License-Identifier: PostgreSQL
--
-- Checking states: Choice rules, retriers and catchers, fields that exclude each other. The graph between states is in 38_asl_graph.

create function portarium_int.asl_operator_problem(
    p_operator text,
    p_value jsonb
) returns text
language plpgsql
immutable
parallel safe
as $$
declare
    v_type text := case substring(p_operator from '^(String|Numeric|Boolean|Timestamp|Is)')
        when 'Numeric' then 'number' when 'Boolean' then 'boolean' when 'Is' then 'boolean' else 'string' end;
begin
    if p_operator !~ '^((String|Numeric|Timestamp)(Less|Greater)Than(Equals)?|(String|Numeric|Timestamp|Boolean)Equals)(Path)?$'
        and p_operator !~ '^(StringMatches|Is(Null|Present|Numeric|String|Boolean|Timestamp))$'
    then
        return format('Field ''%s'' is not supported', p_operator);
    elsif p_operator like '%Path' then
        return portarium_int.asl_path_problem('path', p_value);
    elsif jsonb_typeof(p_value) <> v_type then
        return format('Expected value of type [%s]', upper(v_type));
    elsif p_operator like 'Timestamp%' then
        return portarium_int.asl_word_problem('timestamp', p_value);
    elsif p_operator = 'StringMatches' and p_value #>> '{}' !~ '^([^\\]|\\[*\\])*$' then
        return 'A backslash in a pattern must be followed by "*" or "\"';
    end if;
    return null;
end
$$;

comment on function portarium_int.asl_operator_problem(text, jsonb) is
'What is wrong with one comparison operator of a Choice rule; NULL when nothing is.';

create function portarium_int.asl_check_comparison(
    p_pointer text,
    p_rule jsonb
) returns setof portarium_int.asl_finding
language plpgsql
immutable
parallel safe
as $$
declare
    v_operators text[] := array(select k from jsonb_object_keys(p_rule - 'Variable') as k);
    v_operator text;
    v_problem text := portarium_int.asl_path_problem('path', p_rule -> 'Variable');
begin
    if not p_rule ? 'Variable' then
        return next portarium_int.asl_found(p_pointer, 'These fields are required: [Variable]', 'Name the value to compare, such as $.total.');
    elsif v_problem is not null then
        return next portarium_int.asl_found(p_pointer || '/Variable', v_problem, 'Use a path such as $.total.');
    end if;
    if cardinality(v_operators) <> 1 then
        return next portarium_int.asl_found(
            p_pointer, 'A comparison has exactly one operator', 'Combine comparisons with And, Or and Not.');
    end if;
    foreach v_operator in array v_operators loop
        v_problem := portarium_int.asl_operator_problem(v_operator, p_rule -> v_operator);
        if v_problem is not null then
            return next portarium_int.asl_found(
                portarium_int.asl_at(p_pointer, v_operator), v_problem, 'See the comparison operators of a Choice rule.');
        end if;
    end loop;
end
$$;

comment on function portarium_int.asl_check_comparison(text, jsonb) is
'A comparison: Variable and one operator.';

create function portarium_int.asl_check_condition(
    p_pointer text,
    p_rule jsonb
) returns setof portarium_int.asl_finding
language plpgsql
immutable
parallel safe
as $$
declare
    v_word text;
    v_parts jsonb;
begin
    if jsonb_typeof(p_rule) <> 'object' then
        return next portarium_int.asl_found(p_pointer, 'Expected value of type [OBJECT]', 'A rule is an object.');
        return;
    end if;
    p_rule := p_rule - 'Comment';
    v_word := (select w from unnest(array['And', 'Or', 'Not']) as w where p_rule ? w limit 1);
    if v_word is null then
        return query select f.* from portarium_int.asl_check_comparison(p_pointer, p_rule) as f;
        return;
    elsif p_rule - v_word <> '{}' then
        return next portarium_int.asl_found(p_pointer, format('%s stands alone in its rule', v_word), 'Move the other fields into a rule of their own.');
    end if;
    p_pointer := p_pointer || '/' || v_word;
    if v_word = 'Not' then
        return query select f.* from portarium_int.asl_check_condition(p_pointer, p_rule -> 'Not') as f;
        return;
    end if;
    v_parts := portarium_int.asl_array(p_rule -> v_word);
    if v_parts = '[]' then
        return next portarium_int.asl_found(p_pointer, 'Value cannot be empty', 'Give a list of at least one rule.');
    end if;
    return query
        select f.*
        from jsonb_array_elements(v_parts) with ordinality as e (value, place),
            portarium_int.asl_check_condition(portarium_int.asl_at(p_pointer, (e.place - 1)::text), e.value) as f;
end
$$;

comment on function portarium_int.asl_check_condition(text, jsonb) is
'The test of a rule, to any depth.';

create function portarium_int.asl_check_rules(
    p_pointer text,
    p_rules jsonb,
    p_language text
) returns setof portarium_int.asl_finding
language plpgsql
immutable
parallel safe
as $$
declare
    v_rule jsonb;
    v_place int := -1;
    v_pointer text;
    v_outside text[] := array['Next', 'Assign', 'Comment'];
begin
    for v_rule in select r.value from jsonb_array_elements(portarium_int.asl_array(p_rules)) as r loop
        v_place := v_place + 1;
        v_pointer := portarium_int.asl_at(p_pointer, v_place::text);
        if jsonb_typeof(v_rule) <> 'object' then
            return next portarium_int.asl_found(v_pointer, 'Expected value of type [OBJECT]', 'A rule is an object.');
        elsif p_language = 'JSONata' then
            return query select f.* from portarium_int.asl_check_fields(v_pointer, '{Rule,Condition}', v_rule, p_language) as f;
        else
            -- the fields around the test by the table, the test by its own rules
            return query
                select f.* from portarium_int.asl_check_fields(
                    v_pointer, '{Rule,Condition}',
                    (select coalesce(jsonb_object_agg(m.key, m.value), '{}') from jsonb_each(v_rule) as m where m.key = any (v_outside)),
                    p_language) as f
                union all
                select f.* from portarium_int.asl_check_condition(v_pointer, v_rule - v_outside) as f;
        end if;
    end loop;
end
$$;

comment on function portarium_int.asl_check_rules(text, jsonb, text) is
'The rules of a Choice.';

create function portarium_int.asl_check_handlers(
    p_pointer text,
    p_owner text,
    p_handlers jsonb,
    p_language text
) returns setof portarium_int.asl_finding
language plpgsql
immutable
parallel safe
as $$
declare
    v_handler jsonb;
    v_place int := -1;
    v_pointer text;
begin
    for v_handler in select h.value from jsonb_array_elements(portarium_int.asl_array(p_handlers)) as h loop
        v_place := v_place + 1;
        v_pointer := portarium_int.asl_at(p_pointer, v_place::text);
        if jsonb_typeof(v_handler) <> 'object' then
            return next portarium_int.asl_found(v_pointer, 'Expected value of type [OBJECT]', format('A %s is an object.', lower(p_owner)));
            continue;
        end if;
        return query select f.* from portarium_int.asl_check_fields(v_pointer, array[p_owner], v_handler, p_language) as f;
        if portarium_int.asl_array(v_handler -> 'ErrorEquals') ? 'States.ALL'
            and (jsonb_array_length(v_handler -> 'ErrorEquals') > 1 or v_place < jsonb_array_length(p_handlers) - 1)
        then
            return next portarium_int.asl_found(
                v_pointer || '/ErrorEquals', 'States.ALL must be the only error of the last element',
                'Move it to an element of its own at the end.');
        end if;
        if jsonb_typeof(v_handler -> 'MaxDelaySeconds') = 'number'
            and v_handler -> 'MaxDelaySeconds' <= coalesce(v_handler -> 'IntervalSeconds', '1')
        then
            return next portarium_int.asl_found(
                v_pointer || '/MaxDelaySeconds', 'MaxDelaySeconds is not greater than IntervalSeconds, so every delay is MaxDelaySeconds',
                'Make it greater, or leave it out.', 'SCHEMA_VALIDATION_FAILED', 'warning');
        end if;
    end loop;
end
$$;

comment on function portarium_int.asl_check_handlers(text, text, jsonb, text) is
'Retriers or catchers.';

create function portarium_int.asl_exclusions(
    out type text,
    out needed boolean,
    out fields text[]
) returns setof record
language sql
immutable
parallel safe
as $$
    values
        ('Task', true, array['Next', 'End']),
        ('Task', false, array['TimeoutSeconds', 'TimeoutSecondsPath']),
        ('Task', false, array['HeartbeatSeconds', 'HeartbeatSecondsPath']),
        ('Pass', true, array['Next', 'End']),
        ('Wait', true, array['Next', 'End']),
        ('Wait', true, array['Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath']),
        ('Fail', false, array['Error', 'ErrorPath']),
        ('Fail', false, array['Cause', 'CausePath']),
        ('Parallel', true, array['Next', 'End']),
        ('Map', true, array['Next', 'End']),
        ('Map', true, array['ItemProcessor', 'Iterator']),
        ('Map', false, array['ItemSelector', 'Parameters']),
        ('Map', false, array['Items', 'ItemsPath']),
        ('Map', false, array['MaxConcurrency', 'MaxConcurrencyPath']),
        ('Map', false, array['ToleratedFailureCount', 'ToleratedFailureCountPath']),
        ('Map', false, array['ToleratedFailurePercentage', 'ToleratedFailurePercentagePath'])
$$;

comment on function portarium_int.asl_exclusions() is
'Fields of which a state may have one at most, and whether it needs one.';

create function portarium_int.asl_check_exclusions(
    p_pointer text,
    p_state jsonb
) returns setof portarium_int.asl_finding
language plpgsql
immutable
parallel safe
as $$
declare
    x record;
    v_had int;
begin
    -- "End": false says nothing, Next is then needed as without it
    if p_state -> 'End' = 'false' then
        p_state := p_state - 'End';
    end if;
    for x in select e.needed, e.fields from portarium_int.asl_exclusions() as e where e.type = p_state ->> 'Type' loop
        v_had := (select count(*) from unnest(x.fields) as f where p_state ? f);
        if v_had > 1 then
            return next portarium_int.asl_found(
                p_pointer, format('There should only be one of the following fields: [%s]', array_to_string(x.fields, ', ')), 'Keep one of them.');
        elsif v_had = 0 and x.needed then
            return next portarium_int.asl_found(
                p_pointer, format('There should be one of the following fields: [%s]', array_to_string(x.fields, ', ')), 'Add one of them.');
        end if;
    end loop;
    if jsonb_typeof(p_state -> 'TimeoutSeconds') = 'number' and p_state -> 'HeartbeatSeconds' >= p_state -> 'TimeoutSeconds' then
        return next portarium_int.asl_found(
            p_pointer || '/HeartbeatSeconds', 'HeartbeatSeconds must be smaller than TimeoutSeconds', 'A heartbeat comes several times before the timeout.');
    end if;
end
$$;

comment on function portarium_int.asl_check_exclusions(text, jsonb) is
'Fields of a state that go or do not go together.';

create function portarium_int.asl_check_state(
    p_pointer text,
    p_state jsonb,
    p_language text
) returns setof portarium_int.asl_finding
language plpgsql
immutable
parallel safe
as $$
declare
    v_language text := case when p_state -> 'QueryLanguage' in ('"JSONata"', '"JSONPath"') then p_state ->> 'QueryLanguage' else p_language end;
begin
    if jsonb_typeof(p_state) <> 'object' then
        return next portarium_int.asl_found(p_pointer, 'Expected value of type [OBJECT]', 'A state is an object.');
        return;
    elsif portarium_int.asl_word_problem('type', p_state -> 'Type') is not null then
        return next portarium_int.asl_found(
            p_pointer || '/Type', portarium_int.asl_word_problem('type', p_state -> 'Type'), 'Type names are case-sensitive.');
        return;
    end if;
    return query
        select f.* from portarium_int.asl_check_fields(p_pointer, array['State', p_state ->> 'Type'], p_state, v_language) as f
        union all
        select f.* from portarium_int.asl_check_exclusions(p_pointer, p_state) as f
        union all
        select f.* from portarium_int.asl_check_rules(p_pointer || '/Choices', p_state -> 'Choices', v_language) as f
        where p_state ->> 'Type' = 'Choice'
        union all
        select f.*
        from (values ('Retry', 'Retrier'), ('Catch', 'Catcher')) as h (field, owner),
            portarium_int.asl_check_handlers(portarium_int.asl_at(p_pointer, h.field), h.owner, p_state -> h.field, v_language) as f
        where p_state ->> 'Type' in ('Task', 'Parallel', 'Map');
end
$$;

comment on function portarium_int.asl_check_state(text, jsonb, text) is
'One state by itself; p_language is the query language of its document.';
