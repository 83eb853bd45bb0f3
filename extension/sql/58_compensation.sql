-- SPDX-License-Identifier: PostgreSQL
-- Compensation: the stack of what a run has done and can undo. A row is pushed in the commit of the move that leaves a state whose document says
-- how it is undone; it belongs to the root run, whichever of its strands did it. When the run fails, is out of time or is cancelled, the rows
-- are undone, the last first (61_undo.sql, 63_undo.sql).
--
-- The order is that of the document and not of clocks: place is the visit of the state, below the visit and slot of each fork above it,
-- so that what comes after is greater, also what comes after a join. Branches and iterations stand in the order of their slots.
-- Lock order: the run first, then its rows. Pushing locks nothing.

create function portarium_int.stamp_compensation()
    returns void
    language plpgsql
    as $$
begin
    create table compensation (
        tenant_id uuid not null,
        run_id uuid not null,           -- the root run
        place int[] not null,
        by_id uuid not null,            -- the run or strand that did it,
        seq int not null,               -- and the entry that says so
        state text not null,            -- what was done,
        start_at text not null,         -- and where undoing it begins
        input jsonb,                    -- null: it could not be made, so that a person must undo it
        vars jsonb,
        item jsonb,
        certain boolean not null,       -- false: given up under way, so that nobody knows whether it was done
        status text not null default 'PUSHED',
        visit int,                      -- of the run while it undoes this: the strand that does so
        primary key (tenant_id, run_id, place),
        constraint compensation_status_is_known check (status in ('PUSHED', 'RUNNING', 'DONE', 'FAILED', 'GIVEN_UP', 'HANDED_OVER'))
    );
end
$$;

-- Where a run or strand stands among all that its root does.
create function portarium_int.place_of(p_run portarium_int.run_fact)
    returns int[]
    language plpgsql
    stable
    as $$
declare
    v_place int[] := array[p_run.visit, 2147483647];
    v_above run%rowtype;
begin
    v_above.root_id := p_run.root_id;
    v_above.parent_id := p_run.parent_id;
    v_above.parent_visit := p_run.parent_visit;
    v_above.slot := p_run.slot;
    while v_above.root_id is not null loop
        v_place := array[v_above.parent_visit, v_above.slot] || v_place;
        select r.* into v_above from run r where r.tenant_id = p_run.tenant_id and r.run_id = v_above.parent_id;
    end loop;
    return v_place;
end
$$;

-- How the state that a run is leaving is undone; null when nothing says so. p_vars: the variables behind it.
create function portarium_int.undo_of(
    p_run portarium_int.run_fact,
    p_state portarium_int.asl_state,
    p_vars jsonb,
    p_context jsonb,
    p_result jsonb,
    p_certain boolean)
    returns jsonb
    language plpgsql
    stable
    as $$
begin
    if p_state.compensate is null then
        return null;
    end if;
    return portarium_int.asl_undo(p_state, p_run.raw, p_vars, p_context, p_result)
        || pg_catalog.jsonb_build_object('place', portarium_int.place_of(p_run), 'certain', p_certain);
end
$$;

-- Pushes what moves leave behind. A visit of a state is pushed once.
create function portarium_int.push_undos(p_moves portarium_int.move[])
    returns void
    language plpgsql
    as $$
begin
    insert into compensation (tenant_id, run_id, place, by_id, seq, state, start_at, input, vars, item, certain)
    select m.tenant_id, coalesce(m.root_id, m.run_id), array(select p::int from pg_catalog.jsonb_array_elements(m.undo -> 'place') p),
        m.run_id, m.from_epoch + 1, m.undo ->> 'state', m.undo ->> 'start_at', m.undo -> 'input', m.undo -> 'vars',
        nullif(m.undo -> 'item', 'null'), (m.undo -> 'certain')::boolean
    from pg_catalog.unnest(p_moves) m
    where m.undo is not null
    on conflict do nothing;
end
$$;

-- Whether a run that is about to end has something to undo: it has pushed something, or is about to, or its strands may yet.
create function portarium_int.has_undo(p_run portarium_int.run_fact, p_undo jsonb)
    returns boolean
    language plpgsql
    stable
    as $$
begin
    return p_undo is not null
        or exists (select from compensation c where c.tenant_id = p_run.tenant_id and c.run_id = p_run.run_id and c.status = 'PUSHED')
        or exists (select from strand s where s.tenant_id = p_run.tenant_id and s.run_id = p_run.run_id and s.visit = p_run.visit
                and s.status = 'RUNNING')
            and exists (select from definition_state d where d.tenant_id = p_run.tenant_id and d.def_id = p_run.def_id and d.compensate is not null);
end
$$;
