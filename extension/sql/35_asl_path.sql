-- SPDX-License-Identifier: PostgreSQL
--
-- Parsing paths, filters and intrinsic calls. Each parser takes text from its left end and gives what it read together with the rest; a null
-- node means that the text is not in the grammar. Runs at registration only, never in the hot path.
--
-- asl_path gives {"root": input | context | variable, "steps": [...], "definite": bool, "reference": bool, "word": the text}.
-- asl_expression gives {"path": ...}, {"value": ..., "raw": ...} or {"call": name, "arguments": [...]}.

create function portarium_int.asl_quoted(
    p_quoted text
) returns text
language sql
immutable
parallel safe
as $$
    -- only the delimiter itself can be escaped; any other backslash is part of the name, as AWS reads it
    select replace(substr(p_quoted, 2, length(p_quoted) - 2), '\' || left(p_quoted, 1), left(p_quoted, 1))
$$;

comment on function portarium_int.asl_quoted(text) is
'The name inside the quotes of a bracketed member.';

create function portarium_int.asl_bracket(
    p_inside text
) returns jsonb
language plpgsql
immutable
parallel safe
as $$
declare
    m text[];
begin
    if p_inside = '*' then
        return '{"wild": true}';
    elsif p_inside ~ '^-?\d{1,9}$' then
        return to_jsonb(p_inside::int);
    elsif p_inside ~ '^(''(?:[^''\\]|\\.)*''|"(?:[^"\\]|\\.)*")$' then
        return to_jsonb(portarium_int.asl_quoted(p_inside));
    elsif p_inside ~ '^-?\d{1,9}(\s*,\s*-?\d{1,9})+$' then
        return jsonb_build_object('union', format('[%s]', p_inside)::jsonb);
    end if;
    m := regexp_match(p_inside, '^(-?\d{1,9})?\s*:\s*(-?\d{1,9})?$');
    if m is not null then
        return jsonb_build_object('slice', jsonb_build_array(m[1]::int, m[2]::int));
    end if;
    -- the one script that real documents use: counting from the end
    m := regexp_match(p_inside, '^\(@\.length\s*-\s*(\d{1,9})\)$');
    return to_jsonb(-m[1]::int);
end
$$;

comment on function portarium_int.asl_bracket(text) is
'The step that the text between square brackets stands for; NULL when it is none.';

create function portarium_int.asl_steps(
    inout rest text,
    out steps jsonb
)
language plpgsql
immutable
parallel safe
as $$
declare
    m text[];
    v_step jsonb;
begin
    steps := '[]';
    while rest ~ '^\.?\[|^\.' loop
        if rest ~ '^\.?\[\s*\?\s*\(' and length(rest) - length(translate(rest, '(!', '')) <= 50 then
            -- the parser of filters recurses at each parenthesis and negation, hence the bound
            select f.node, f.rest into v_step, rest
            from portarium_int.asl_filter(regexp_replace(rest, '^\.?\[\s*\?\s*\(', ''), 1) as f;
            m := regexp_match(rest, '^(\s*\)\s*\])');
            v_step := case when m is not null and v_step is not null then jsonb_build_object('filter', v_step) end;
        elsif rest ~ '^\.\.' then
            m := case when rest ~ '^\.\.\[' then array['..'] when rest ~ '^\.\.[^.]' then array['.'] end;
            v_step := '{"deep": true}';
        elsif rest ~ '^\.\*' then
            m := array['.*'];
            v_step := '{"wild": true}';
        elsif rest ~ '^\.?\[' then
            m := regexp_match(rest, '^(\.?\[\s*((?:''(?:[^''\\]|\\.)*''|"(?:[^"\\]|\\.)*"|[^]''"])+?)\s*\])');
            v_step := portarium_int.asl_bracket(m[2]);
        else
            m := regexp_match(rest, '^(\.((?:\\.|[^].()*?,:;''"\\\s=<>!&|~+/{}%^[])+))(?!\()');
            v_step := to_jsonb(regexp_replace(m[2], '\\(.)', '\1', 'g'));
        end if;
        if m is null or v_step is null then
            steps := null;
            return;
        end if;
        steps := steps || jsonb_build_array(v_step);
        rest := substr(rest, length(m[1]) + 1);
    end loop;
end
$$;

comment on function portarium_int.asl_steps(text) is
'Reads steps as far as they go; steps is NULL when one of them is wrong.';

create function portarium_int.asl_filter_operand(
    inout rest text,
    out node jsonb
)
language plpgsql
immutable
parallel safe
as $$
declare
    v_root text := substring(rest from '^\s*([@$])');
    m text[];
begin
    if v_root is not null then
        select s.steps, s.rest into node, rest from portarium_int.asl_steps(regexp_replace(rest, '^\s*[@$]', '')) as s;
        if jsonb_path_exists(node, '$[*] ? (@.type() == "object")') then
            node := jsonb_build_object('any', node);
        end if;
        node := case when node is not null then jsonb_build_object(case v_root when '@' then 'at' else 'root' end, node) end;
        return;
    end if;
    m := regexp_match(rest, '^(\s*(?:(''(?:[^''\\]|\\.)*''|"(?:[^"\\]|\\.)*")|(true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?)))');
    node := case
        when m[2] is not null then jsonb_build_object('value', portarium_int.asl_quoted(m[2]))
        when m[3] is not null then jsonb_build_object('value', m[3]::jsonb)
    end;
    rest := substr(rest, length(m[1]) + 1);
end
$$;

comment on function portarium_int.asl_filter_operand(text) is
'One side of a filter comparison: a path from @ or $, or a literal.';

create function portarium_int.asl_filter(
    inout rest text,
    p_level int,
    out node jsonb
)
language plpgsql
immutable
parallel safe
as $$
declare
    v_token text;
    v_right jsonb;
begin
    if p_level < 3 then
        select f.node, f.rest into node, rest from portarium_int.asl_filter(rest, p_level + 1) as f;
        while node is not null and rest ~ (array['^\s*\|\|', '^\s*&&'])[p_level] loop
            select f.node, f.rest into v_right, rest
            from portarium_int.asl_filter(regexp_replace(rest, '^\s*(\|\||&&)', ''), p_level + 1) as f;
            node := case when v_right is not null then jsonb_build_array((array['or', 'and'])[p_level], node, v_right) end;
        end loop;
        return;
    end if;
    v_token := substring(rest from '^\s*([!(])');
    if v_token = '!' then
        select f.node, f.rest into node, rest from portarium_int.asl_filter(regexp_replace(rest, '^\s*!', ''), 3) as f;
        node := case when node is not null then jsonb_build_array('not', node) end;
        return;
    elsif v_token = '(' then
        select f.node, f.rest into node, rest from portarium_int.asl_filter(regexp_replace(rest, '^\s*\(', ''), 1) as f;
        node := case when rest ~ '^\s*\)' then node end;
        rest := regexp_replace(rest, '^\s*\)', '');
        return;
    end if;
    select o.node, o.rest into node, rest from portarium_int.asl_filter_operand(rest) as o;
    v_token := substring(rest from '^\s*(==|!=|<=|>=|<|>)');
    if v_token is null then
        node := case when node ? 'at' or node ? 'root' then jsonb_build_array('exists', node) end;
        return;
    end if;
    select o.node, o.rest into v_right, rest from portarium_int.asl_filter_operand(regexp_replace(rest, '^\s*[=!<>]+', '')) as o;
    node := case when node is not null and v_right is not null then jsonb_build_array(v_token, node, v_right) end;
end
$$;

comment on function portarium_int.asl_filter(text, int) is
'A filter expression by precedence: level 1 is "||", 2 is "&&", 3 a negation, parentheses, comparison or existence test.';

create function portarium_int.asl_path_prefix(
    inout rest text,
    out node jsonb
)
language plpgsql
immutable
parallel safe
as $body$
declare
    m text[] := regexp_match(rest, '^(\$\$|\$[[:alpha:]_][[:alnum:]_]*|\$)');
    v_text text := rest;
    v_steps jsonb;
    v_definite boolean;
begin
    select s.steps, s.rest into v_steps, rest from portarium_int.asl_steps(substr(rest, length(m[1]) + 1)) as s;
    if m is null or v_steps is null then
        return;
    end if;
    if m[1] not in ('$', '$$') then
        v_steps := jsonb_build_array(substr(m[1], 2)) || v_steps;
    end if;
    v_definite := not jsonb_path_exists(v_steps, '$[*] ? (@.type() == "object")');
    node := jsonb_build_object(
        'root', case m[1] when '$' then 'input' when '$$' then 'context' else 'variable' end,
        'steps', v_steps,
        'definite', v_definite,
        'reference', v_definite and not jsonb_path_exists(v_steps, '$[*] ? (@ < 0)'),
        'word', left(v_text, length(v_text) - length(rest))
    );
end
$body$;

comment on function portarium_int.asl_path_prefix(text) is
'The path at the left end of a text.';

create function portarium_int.asl_path(
    p_text text
) returns jsonb
language sql
immutable
parallel safe
as $$
    select p.node from portarium_int.asl_path_prefix(p_text) as p where p.rest = ''
$$;

comment on function portarium_int.asl_path(text) is
'A whole text as a path; NULL when it is none.';

create function portarium_int.asl_arguments(
    inout rest text,
    p_depth int,
    out node jsonb
)
language plpgsql
immutable
parallel safe
as $$
declare
    v_argument jsonb;
begin
    node := '[]';
    if rest ~ '^\s*\)' then
        rest := regexp_replace(rest, '^\s*\)', '');
        return;
    end if;
    loop
        select a.node, a.rest into v_argument, rest from portarium_int.asl_expression_prefix(rest, p_depth) as a;
        node := case when rest ~ '^\s*[,)]' and v_argument is not null then node || jsonb_build_array(v_argument) end;
        exit when node is null or rest ~ '^\s*\)';
        rest := regexp_replace(rest, '^\s*,', '');
    end loop;
    rest := regexp_replace(rest, '^\s*\)', '');
end
$$;

comment on function portarium_int.asl_arguments(text, int) is
'The arguments of a call and its closing parenthesis.';

create function portarium_int.asl_expression_prefix(
    inout rest text,
    p_depth int,
    out node jsonb
)
language plpgsql
immutable
parallel safe
as $$
declare
    m text[];
begin
    rest := regexp_replace(rest, '^\s+', '');
    if rest ~ '^\$' then
        select p.node, p.rest into node, rest from portarium_int.asl_path_prefix(rest) as p;
        node := case when node is not null then jsonb_build_object('path', node) end;
        return;
    end if;
    m := regexp_match(rest, '^(States\.[A-Za-z0-9]+)\s*\(');
    if m is not null and p_depth < 10 then
        select a.node, a.rest into node, rest
        from portarium_int.asl_arguments(regexp_replace(rest, '^States\.[A-Za-z0-9]+\s*\(', ''), p_depth + 1) as a;
        node := case when node is not null then jsonb_build_object('call', m[1], 'arguments', node) end;
        return;
    end if;
    m := regexp_match(rest, '^(''((?:[^''\\]|\\[''{}\\])*)'')');
    if m is not null then
        node := jsonb_build_object('value', regexp_replace(m[2], '\\(.)', '\1', 'g'), 'raw', m[2]);
    else
        m := regexp_match(rest, '^((?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d{1,4})?)(?![[:alnum:]_]))');
        node := case when m is not null then jsonb_build_object('value', m[1]::jsonb) end;
    end if;
    rest := substr(rest, length(m[1]) + 1);
end
$$;

comment on function portarium_int.asl_expression_prefix(text, int) is
'A path, a literal or a call at the left end of a text; calls nest at most ten deep.';

create function portarium_int.asl_expression(
    p_text text
) returns jsonb
language sql
immutable
parallel safe
as $$
    select e.node from portarium_int.asl_expression_prefix(p_text, 0) as e where e.rest ~ '^\s*$' and not e.node ? 'value'
$$;

comment on function portarium_int.asl_expression(text) is
'A whole text as a path or an intrinsic call, the two things that a field ending in ".$" may hold; NULL when it is neither.';
