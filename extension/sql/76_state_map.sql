-- SPDX-License-Identifier: PostgreSQL
-- Whether a run can go on in another version of its workflow: a state map says which state stands for which, by their names; what it does not
-- name keeps its name. Every place where the run stands is looked at: its own state, those of its open strands, and what it can undo.

-- A run or a strand that has not ended, where it stands, and where it would.
create type portarium_int.map_place as (
    run_id uuid,
    parent_cur text,        -- a strand's: the state that it is a branch or an iteration of, by the map
    slot int,
    cur text,
    new_cur text,
    busy boolean            -- something of the state is under way and would be taken for the new one's
);

create function portarium_int.map_name(p_states jsonb, p_name text)
    returns text
    language sql
    immutable
    parallel safe
    as $$ select coalesce(p_states ->> p_name, p_name) $$;

create function portarium_int.map_places(p_run portarium_int.run_fact, p_states jsonb)
    returns setof portarium_int.map_place
    language sql
    stable
    as $$
    select r.run_id, case when r.root_id is not null then portarium_int.map_name(p_states, p.cur) end, r.slot, r.cur,
        portarium_int.map_name(p_states, r.cur),
        r.state <> 'RUNNING'
            or exists (select from lease l where l.tenant_id = r.tenant_id and l.run_id = r.run_id and l.epoch = r.epoch)
            or exists (select from expectation x where x.tenant_id = r.tenant_id and x.run_id = r.run_id)
    from portarium_int.family_of(p_run.tenant_id, p_run.run_id) f
    join run r on r.tenant_id = p_run.tenant_id and r.run_id = f
    left join run p on p.tenant_id = r.tenant_id and p.run_id = r.parent_id
$$;

-- The machine of a document that a run or strand must stand in, by its pointer; null when there is none.
create function portarium_int.machine_for(p_definition jsonb, p_place portarium_int.map_place)
    returns text
    language sql
    immutable
    as $$
    select case when p_place.parent_cur is null then '' else (
        select m.pointer
        from portarium_int.asl_states(p_definition) s
        cross join lateral portarium_int.asl_inner_machines(s.pointer, s.state) m
        where s.name = p_place.parent_cur
            and (s.state ->> 'Type' = 'Map' or m.pointer = s.pointer || '/Branches/' || p_place.slot)
        limit 1) end
$$;

create function portarium_int.map_finding(p_code text, p_pointer text, p_message text, p_hint text)
    returns jsonb
    language sql
    immutable
    parallel safe
    as $$
    select pg_catalog.jsonb_build_object('severity', 'error', 'code', p_code, 'pointer', p_pointer, 'message', p_message, 'hint', p_hint)
$$;

-- What is wrong with one place; the pointer is into the document that the run leaves.
create function portarium_int.check_place(p_old jsonb, p_new jsonb, p_place portarium_int.map_place)
    returns setof jsonb
    language plpgsql
    stable
    as $$
declare
    v_old record;
    v_new record;
begin
    select s.pointer, s.state into v_old from portarium_int.asl_states(p_old) s where s.name = p_place.cur;
    select s.pointer, s.state into v_new from portarium_int.asl_states(p_new) s where s.name = p_place.new_cur;
    if v_new.pointer is null then
        return next portarium_int.map_finding('STATE_MISSING', v_old.pointer,
            pg_catalog.format('It stands in "%s", and there is no state "%s"', p_place.cur, p_place.new_cur),
            pg_catalog.format('Name the state that stands for it: {"%s": "…"}.', p_place.cur));
        return;
    end if;
    if v_new.pointer is distinct from portarium_int.asl_at(portarium_int.machine_for(p_new, p_place) || '/States', p_place.new_cur) then
        return next portarium_int.map_finding('STATE_PLACE', v_old.pointer,
            pg_catalog.format('State "%s" is not in the machine that stands for that of "%s"', p_place.new_cur, p_place.cur),
            'Name a state of the branch or iteration that the run is in.');
    end if;
    if v_new.state ->> 'Type' <> v_old.state ->> 'Type' then
        return next portarium_int.map_finding('STATE_TYPE', v_old.pointer,
            pg_catalog.format('It stands in a %s, and "%s" is a %s', v_old.state ->> 'Type', p_place.new_cur, v_new.state ->> 'Type'),
            'Name a state of the same type, or wait until the run has left this one.');
    elsif p_place.busy and v_new.state ->> 'Resource' is distinct from v_old.state ->> 'Resource' then
        return next portarium_int.map_finding('STATE_RESOURCE', v_old.pointer,
            pg_catalog.format('"%s" is under way, and "%s" asks for another resource', p_place.cur, p_place.new_cur),
            'Wait until the run has left the state.');
    elsif v_old.state ->> 'Type' = 'Parallel'
        and pg_catalog.jsonb_array_length(v_new.state -> 'Branches') <> pg_catalog.jsonb_array_length(v_old.state -> 'Branches')
    then
        return next portarium_int.map_finding('BRANCH_COUNT', v_old.pointer,
            pg_catalog.format('"%s" has begun with other branches than "%s" has', p_place.cur, p_place.new_cur),
            'Wait until the run has left the state.');
    end if;
end
$$;

-- An approval that is still ahead in the document that the run leaves is not jumped over in the other one.
create function portarium_int.check_map_approvals(p_run portarium_int.run_fact, p_old jsonb, p_new jsonb, p_new_cur text)
    returns jsonb
    language plpgsql
    stable
    as $$
begin
    if portarium_int.bypasses(p_run.tenant_id, p_run.workflow, pg_catalog.jsonb_set(p_old, '{StartAt}', pg_catalog.to_jsonb(p_run.cur))) is not null then
        -- it has its approvals behind it
        return null;
    end if;
    return portarium_int.bypasses(p_run.tenant_id, p_run.workflow, pg_catalog.jsonb_set(p_new, '{StartAt}', pg_catalog.to_jsonb(p_new_cur)));
end
$$;

-- Everything that keeps a run from the other version; null when nothing does.
create function portarium_int.map_findings(p_run portarium_int.run_fact, p_old jsonb, p_new jsonb, p_states jsonb)
    returns jsonb
    language plpgsql
    stable
    as $$
declare
    v_found jsonb;
begin
    select pg_catalog.jsonb_agg(f.finding order by f.finding ->> 'pointer', f.finding ->> 'code') into v_found
    from (
        select c.finding
        from portarium_int.map_places(p_run, p_states) p
        cross join lateral portarium_int.check_place(p_old, p_new, p) c (finding)
        union all
        select portarium_int.map_finding('STATE_UNKNOWN', '', pg_catalog.format('The map names "%s", which is no state of the run''s document', k),
            'Take it out of the map.')
        from pg_catalog.jsonb_object_keys(p_states) k
        where not exists (select from portarium_int.asl_states(p_old) s where s.name = k)
        union all
        select portarium_int.map_finding('COMPENSATION_MISSING', s.pointer,
            pg_catalog.format('"%s" is undone from "%s" on, and there is no state "%s"', c.state, c.start_at, portarium_int.map_name(p_states, c.start_at)),
            pg_catalog.format('Name the state that stands for it: {"%s": "…"}.', c.start_at))
        from compensation c
        left join portarium_int.asl_states(p_old) s on s.name = c.start_at
        where c.tenant_id = p_run.tenant_id and c.run_id = p_run.run_id and c.status = 'PUSHED'
            and not exists (select from portarium_int.asl_states(p_new) n where n.name = portarium_int.map_name(p_states, c.start_at))
    ) f;
    return coalesce(v_found, portarium_int.check_map_approvals(p_run, p_old, p_new, portarium_int.map_name(p_states, p_run.cur)));
end
$$;
