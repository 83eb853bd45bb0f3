-- SPDX-License-Identifier: PostgreSQL
-- The diagram of a document, and of a run's progress through it, as JSON and as Mermaid (stateDiagram-v2).
-- Nodes are states by their JSON pointer, inner ones included; edges are what may follow.

create type portarium_int.graph_edge as (
    source text,
    target text,
    label text
);

-- The edges that leave one state. A target is a name in the same machine; the pointer's parent says which machine that is.
create function portarium_int.graph_edges_of(p_pointer text, p_state jsonb)
    returns setof portarium_int.graph_edge
    language sql
    immutable
    as $$
    select p_pointer, pg_catalog.regexp_replace(p_pointer, '[^/]*$', '') || portarium_int.pointer_step(e.target), e.label
    from (
        select p_state ->> 'Next', null::text
        union all
        select c.value ->> 'Next', 'rule ' || c.n
        from pg_catalog.jsonb_array_elements(coalesce(p_state -> 'Choices', '[]')) with ordinality c (value, n)
        union all
        select p_state ->> 'Default', 'default'
        union all
        select c.value ->> 'Next', case when portarium_int.asl_is_compensation(c.value) then 'undo'
            else 'on ' || (select pg_catalog.string_agg(x, ', ') from pg_catalog.jsonb_array_elements_text(c.value -> 'ErrorEquals') x) end
        from pg_catalog.jsonb_array_elements(coalesce(p_state -> 'Catch', '[]')) c (value)
    ) e (target, label)
    where e.target is not null
$$;

create function portarium_int.pointer_step(p_name text)
    returns text
    language sql
    immutable
    parallel safe
    as $$ select pg_catalog.replace(pg_catalog.replace(p_name, '~', '~0'), '/', '~1') $$;

-- Mermaid takes plain words as ids; what a state is called goes into its description.
create function portarium_int.graph_mermaid(p_nodes jsonb, p_edges jsonb, p_start text)
    returns text
    language sql
    immutable
    as $$
    with n as (
        select x.value ->> 'id' as id, 's' || (x.n - 1) as word, x.value as node
        from pg_catalog.jsonb_array_elements(p_nodes) with ordinality x (value, n)
    ), line as (
        select 1 as part, n.word as sort, pg_catalog.format('    state "%s" as %s', pg_catalog.translate(n.node ->> 'name', '"', ''''), n.word) as text from n
        union all
        select 2, '', '    [*] --> ' || n.word from n where n.id = p_start
        union all
        select 3, f.word, pg_catalog.format('    %s --> %s', f.word, t.word)
            || coalesce(' : ' || pg_catalog.translate(e.value ->> 'label', ':"', '  '), '')
        from pg_catalog.jsonb_array_elements(p_edges) e (value)
        join n f on f.id = e.value ->> 'from'
        join n t on t.id = e.value ->> 'to'
        union all
        select 4, n.word, pg_catalog.format('    %s --> [*]', n.word) from n where (n.node ->> 'end')::boolean
        union all
        select 5, n.word, pg_catalog.format('    class %s %s', n.word, n.node ->> 'progress') from n where n.node ? 'progress'
    )
    select E'stateDiagram-v2\n    classDef done fill:#d3f0d9\n    classDef current fill:#ffe9a8\n    classDef failed fill:#f6c6c6\n    classDef undone fill:#d9d9d9\n'
        || pg_catalog.string_agg(l.text, E'\n' order by l.part, l.sort, l.text)
    from line l
$$;

-- p_progress: pointer -> done | current | failed | undone
create function portarium_int.graph(p_definition jsonb, p_progress jsonb default '{}')
    returns jsonb
    language plpgsql
    immutable
    as $$
declare
    v_nodes jsonb;
    v_edges jsonb;
    v_start text := '/States/' || portarium_int.pointer_step(p_definition ->> 'StartAt');
begin
    select pg_catalog.jsonb_agg(pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('id', s.pointer, 'name', s.name, 'type', s.state ->> 'Type',
        'resource', s.state ->> 'Resource', 'progress', p_progress ->> s.pointer,
        'end', coalesce((s.state ->> 'End')::boolean, s.state ->> 'Type' in ('Succeed', 'Fail')))) order by s.pointer)
    into v_nodes
    from portarium_int.asl_states(p_definition) s;
    select coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('from', e.source, 'to', e.target, 'label', e.label))
        order by e.source, e.target, e.label), '[]')
    into v_edges
    from portarium_int.asl_states(p_definition) s
    cross join lateral portarium_int.graph_edges_of(s.pointer, s.state) e;
    return pg_catalog.jsonb_build_object('start', v_start, 'nodes', v_nodes, 'edges', v_edges,
        'mermaid', portarium_int.graph_mermaid(v_nodes, v_edges, v_start));
end
$$;

create function portarium.workflow_graph(definition jsonb)
    returns jsonb
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
begin
    if not (portarium.validate_workflow(workflow_graph.definition) -> 'valid')::boolean then
        raise exception using errcode = 'UP002', message = 'workflow document has errors', hint = 'portarium.validate_workflow lists them.';
    end if;
    return portarium_int.graph(workflow_graph.definition);
end
$$;
comment on function portarium.workflow_graph(jsonb) is
    'The diagram of a document: {"start", "nodes": [{"id", "name", "type", "resource", "end"}], "edges": [{"from", "to", "label"}], "mermaid"}; ids are JSON pointers. Errors: UP002';

create function portarium.run_graph(run_id uuid)
    returns jsonb
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_run run%rowtype;
    v_body jsonb;
    v_progress jsonb;
begin
    select r.* into v_run from run r where r.tenant_id = v_tenant and r.run_id = run_graph.run_id and r.root_id is null;
    if not found then
        raise exception using errcode = 'UP401', message = format('run "%s" does not exist', run_graph.run_id);
    end if;
    select d.body into v_body from definition d where d.tenant_id = v_tenant and d.def_id = v_run.def_id;
    select jsonb_object_agg(s.pointer, p.progress) into v_progress
    from portarium_int.progress_of(v_tenant, run_graph.run_id) p
    join portarium_int.asl_states(v_body) s on s.name = p.name;
    return portarium_int.graph(v_body, coalesce(v_progress, '{}'))
        || jsonb_build_object('run_id', v_run.run_id, 'state', v_run.state, 'current_state', v_run.cur);
end
$$;
comment on function portarium.run_graph(uuid) is
    'As workflow_graph for the document of a run, with "progress" done, current, failed or undone on the states that the run or a strand of it has entered. Errors: UP201, UP401';

-- The states that a run and its strands have entered, by their names, which are unique in a document.
create function portarium_int.progress_of(p_tenant uuid, p_run uuid)
    returns table (name text, progress text)
    language sql
    stable
    as $$
    with s as (
        select r.run_id, r.cur, r.state
        from portarium_int.strands_of(p_tenant, p_run) x
        join run r on r.tenant_id = p_tenant and r.run_id = x.run_id
    )
    select p.name, case
        when pg_catalog.bool_or(p.at and p.state = 'FAILED') then 'failed'
        when pg_catalog.bool_or(p.at and not portarium_int.is_terminal(p.state)) then 'current'
        when pg_catalog.bool_or(p.undone) then 'undone'
        else 'done' end
    from (
        select s.cur, true, case when portarium_int.is_undoing(s.state) then 'FAILED' else s.state end, false from s where s.cur is not null
        union all
        select c.state, false, null, true
        from compensation c
        where c.tenant_id = p_tenant and c.run_id = p_run and c.status = 'DONE'
        union all
        select n.name, false, null, false
        from s
        join entry e on e.tenant_id = p_tenant and e.stream_id = s.run_id
        cross join lateral pg_catalog.jsonb_array_elements_text(pg_catalog.convert_from(e.canon, 'UTF8')::jsonb -> 'path') n (name)
    ) p (name, at, state, undone)
    group by p.name
$$;
