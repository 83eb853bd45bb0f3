-- SPDX-License-Identifier: PostgreSQL
-- Moving a run to another version of its workflow while it goes on: the state map is checked (76_state_map.sql), then the run and its open
-- strands stand in the states that the map says, each by a transition with an entry. What is under way goes on: leases and timers
-- are carried over as by a pause. What was only queued is planned anew, templates and policies included.
-- Lock order: the run, then its strands.

create type portarium_int.version_fact as (
    version int,
    def_id int,
    hash text,
    tier text,
    body jsonb
);

create function portarium_int.version_of_workflow(p_tenant uuid, p_workflow text, p_version int)
    returns portarium_int.version_fact
    language plpgsql
    stable
    as $$
declare
    v_version portarium_int.version_fact;
begin
    select w.version, w.def_id, pg_catalog.encode(d.hash, 'hex'), w.tier, d.body into v_version
    from workflow w join definition d on d.tenant_id = w.tenant_id and d.def_id = w.def_id
    where w.tenant_id = p_tenant and w.name = p_workflow and w.version = p_version;
    if not found then
        raise exception using errcode = 'UP402', message = pg_catalog.format('workflow "%s" has no version "%s"', p_workflow, p_version);
    end if;
    return v_version;
end
$$;

create function portarium_int.check_state_map(p_states jsonb)
    returns jsonb
    language plpgsql
    immutable
    as $$
begin
    if pg_catalog.jsonb_typeof(p_states) is distinct from 'object'
        or pg_catalog.jsonb_path_exists(p_states, 'strict $.* ? (@.type() != "string")')
    then
        raise exception using errcode = 'UP007', message = 'a state map is not an object of names', hint = 'Give {"Old": "New"}, or {} when all names stay.';
    end if;
    return p_states;
end
$$;

-- Refuses what cannot be; false when the run is of that version already.
create function portarium_int.check_migration(p_run portarium_int.run_fact, p_version portarium_int.version_fact, p_states jsonb)
    returns boolean
    language plpgsql
    stable
    as $$
declare
    v_found jsonb;
begin
    if portarium_int.is_terminal(p_run.state) or portarium_int.is_undoing(p_run.state) then
        raise exception using errcode = 'UP101', message = pg_catalog.format('run in state "%s" cannot be migrated', p_run.state);
    elsif p_run.def_id = p_version.def_id and p_run.tier = p_version.tier then
        return false;
    end if;
    select portarium_int.map_findings(p_run, d.body, p_version.body, p_states) into v_found
    from definition d where d.tenant_id = p_run.tenant_id and d.def_id = p_run.def_id;
    if v_found is not null then
        raise exception using
            errcode = 'UP112',
            message = pg_catalog.format('run "%s" cannot go on in version "%s"', p_run.run_id, p_version.version),
            detail = v_found::text,
            hint = 'Give a state map that answers the findings, or let the run go on until it stands elsewhere.';
    end if;
    return true;
end
$$;

-- The move of a run or strand to its state of the new version.
create function portarium_int.plan_migration(
    p_run portarium_int.run_fact,
    p_version portarium_int.version_fact,
    p_states jsonb,
    p_actor text,
    p_reason text)
    returns portarium_int.move
    language plpgsql
    as $$
declare
    v_occasion portarium_int.occasion;
    v_move portarium_int.move;
    v_kept boolean := portarium_int.carry_over(p_run.tenant_id, p_run.run_id, p_run.epoch);
    v_old jsonb := (portarium_int.asl_load(p_run.tenant_id, p_run.def_id, p_run.cur)).retry;
begin
    v_occasion.kind := case when p_run.root_id is null then 'run.migrated' else 'strand.migrated' end;
    v_occasion.actor := p_actor;
    v_occasion.definition := p_version.hash;
    v_occasion.version := p_version.version;
    p_run.cur := portarium_int.map_name(p_states, p_run.cur);
    if (portarium_int.asl_load(p_run.tenant_id, p_version.def_id, p_run.cur)).retry is distinct from v_old then
        -- attempts are counted by the retriers that there are
        p_run.retries := null;
    end if;
    p_run.def_id := p_version.def_id;
    v_move := portarium_int.plan_aside(p_run, v_occasion, 'migrate', p_reason);
    v_move.def_id := p_version.def_id;
    v_move.tier := p_version.tier;
    if not v_kept and portarium_int.is_idle(p_run) then
        v_move.held := 'work';
        v_move.expected := true;
    end if;
    return v_move;
end
$$;

-- The strands that have not begun begin where the new document says; what can be undone is undone by its states.
create function portarium_int.map_what_waits(p_run portarium_int.run_fact, p_body jsonb, p_states jsonb)
    returns void
    language plpgsql
    as $$
begin
    update strand s
    set start_at = m.machine ->> 'StartAt'
    from portarium_int.family_of(p_run.tenant_id, p_run.run_id) f
    join run r on r.tenant_id = p_run.tenant_id and r.run_id = f
    join portarium_int.asl_states(p_body) d on d.name = r.cur
    cross join lateral portarium_int.asl_inner_machines(d.pointer, d.state) m
    where s.tenant_id = r.tenant_id and s.run_id = r.run_id and s.visit = r.visit and s.status = 'PENDING'
        and (d.state ->> 'Type' = 'Map' or m.pointer = d.pointer || '/Branches/' || s.slot);
    update compensation c
    set start_at = portarium_int.map_name(p_states, c.start_at)
    where c.tenant_id = p_run.tenant_id and c.run_id = p_run.run_id and c.status = 'PUSHED';
end
$$;

-- Plans anew what was held back for it; what a person has paused stays as it is.
create function portarium_int.go_on_migrated(p_run portarium_int.run_fact, p_actor text)
    returns void
    language plpgsql
    as $$
declare
    v_occasion portarium_int.occasion;
    v_moves portarium_int.move[];
begin
    p_run.held := null;
    v_occasion.kind := 'run.continued';
    v_occasion.actor := p_actor;
    v_moves := portarium_int.apply(array[portarium_int.plan_again(p_run, v_occasion)]);
end
$$;

create function portarium_int.migrate_family(
    p_run portarium_int.run_fact,
    p_version portarium_int.version_fact,
    p_states jsonb,
    p_actor text,
    p_reason text)
    returns void
    language plpgsql
    as $$
declare
    v_member uuid;
    v_fact portarium_int.run_fact;
    v_moves portarium_int.move[] := '{}';
begin
    for v_member in select f from portarium_int.family_of(p_run.tenant_id, p_run.run_id) f loop
        v_fact := portarium_int.lock_run(p_run.tenant_id, v_member);
        v_moves := v_moves || portarium_int.plan_migration(v_fact, p_version, p_states, p_actor, p_reason);
    end loop;
    v_moves := portarium_int.apply(v_moves);
    perform portarium_int.map_what_waits(p_run, p_version.body, p_states);
    if p_run.held is not null then
        return;
    end if;
    for v_member in select f from portarium_int.family_of(p_run.tenant_id, p_run.run_id) f loop
        v_fact := portarium_int.run_fact_of(p_run.tenant_id, v_member);
        if v_fact.held = 'work' then
            perform portarium_int.go_on_migrated(v_fact, p_actor);
        end if;
    end loop;
end
$$;

create function portarium.migrate_run(run_id uuid, version int, states jsonb default '{}', reason text default null)
    returns text
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_actor text := portarium_int.require_role('operator', 'admin');
    v_states jsonb := portarium_int.check_state_map(migrate_run.states);
    v_run portarium_int.run_fact := portarium_int.lock_own_run(v_tenant, migrate_run.run_id);
    v_version portarium_int.version_fact := portarium_int.version_of_workflow(v_tenant, v_run.workflow, migrate_run.version);
begin
    if portarium_int.check_migration(v_run, v_version, v_states) then
        perform portarium_int.migrate_family(v_run, v_version, v_states, v_actor, migrate_run.reason);
    end if;
    return (select portarium_int.shown_state(r.state, r.held) from run r where r.tenant_id = v_tenant and r.run_id = migrate_run.run_id);
end
$$;
comment on function portarium.migrate_run(uuid, int, jsonb, text) is
    'Has a run go on in another version of its workflow. states says which state stands for which, {"Old": "New"}; what it does not name keeps its name. Every place where the run and its strands stand must have a state of the same type in the same branch, what is under way one with the same resource, and what can be undone states that undo it. What is only queued is planned anew by the new version. The run''s TimeoutSeconds stay. A run of that version already is left as it is. Returns the run''s state. Errors: UP007, UP101 the run has ended or is being undone, UP112 the findings in the detail say why not, UP201, UP205, UP401, UP402 no such version';
