-- SPDX-License-Identifier: PostgreSQL
-- Waypoints: what a run had before it, entry by entry, so that another run can begin at any of them (76_fork.sql). Written in the commit of the
-- move, by the mover or by what stands for it in C (result.c); of a run's start only where that has made something of its input. They
-- go with the run's data. Strands have none: a run is not begun in the middle of a fork.

create function portarium_int.stamp_waypoint()
    returns void
    language plpgsql
    as $$
begin
    create table waypoint (
        tenant_id uuid not null,
        run_id uuid not null,
        seq int not null,
        data jsonb,             -- raw input of the state that it stood in; null: the run's input
        vars jsonb,             -- null: none
        primary key (tenant_id, run_id, seq)
    );
end
$$;

create function portarium_int.leaves_waypoint(p_move portarium_int.move)
    returns boolean
    language sql
    immutable
    parallel safe
    as $$
    select p_move.root_id is null and not portarium_int.is_terminal(p_move.state)
        and (p_move.from_epoch > 0 or p_move.data is not null or p_move.vars <> '{}')
$$;

create function portarium_int.keep_waypoints(p_moves portarium_int.move[])
    returns void
    language plpgsql
    as $$
begin
    insert into waypoint (tenant_id, run_id, seq, data, vars)
    select m.tenant_id, m.run_id, m.from_epoch + 1, m.data, nullif(m.vars, '{}')
    from pg_catalog.unnest(p_moves) m
    where portarium_int.leaves_waypoint(m);
end
$$;
