-- SPDX-License-Identifier: PostgreSQL
-- Carrying planned moves out, with everything that they bring about in the same commit: strands and children that start, end or join, SQL
-- steps, signals that lie ready. What they bring about is planned from them and carried out in rounds, without recursion; after 100
-- rounds of one transaction the clock goes on.
--
-- Lock order: the roots above, then runs in the order of the moves (62_move.sql), then what is derived from them.

-- Whether a move brings about more than a job, a timer or an approval: it forks, waits, starts something, ends what another run waits for,
-- or ends a run early that may have all that.
create function portarium_int.has_followers(p_moves portarium_int.move[])
    returns boolean
    language plpgsql
    immutable
    as $$
declare
    v_move portarium_int.move;
begin
    foreach v_move in array p_moves loop
        if v_move.parent_id is not null or v_move.expected or v_move.expects is not null or v_move.next in ('fork', 'child', 'sql')
            or v_move.state in ('FAILED', 'TIMED_OUT', 'ABORTED', 'COMPENSATING')
        then
            return true;
        end if;
    end loop;
    return false;
end
$$;

-- Before the last move of a strand or a child, and before one that may lead to it in the same commit, the roots above it are locked.
create function portarium_int.lock_roots(p_moves portarium_int.move[])
    returns void
    language plpgsql
    as $$
begin
    perform portarium_int.lock_lines(pg_catalog.array_agg(m.tenant_id), pg_catalog.array_agg(m.run_id))
    from pg_catalog.unnest(p_moves) m
    where m.from_epoch > 0 and (m.root_id is not null or m.parent_visit is not null)
        and (portarium_int.is_terminal(m.state) or m.next in ('fork', 'expect', 'child', 'sql', 'undo'));
end
$$;

-- What is to be done at once because of a move, if its run still stands where it left it. p_later: leave it to the clock.
create function portarium_int.plan_follower(p_move portarium_int.move, p_later boolean)
    returns portarium_int.move[]
    language plpgsql
    as $$
declare
    v_run portarium_int.run_fact := portarium_int.run_fact_of(p_move.tenant_id, p_move.run_id);
begin
    if v_run.epoch <> p_move.from_epoch + 1 then
        return '{}';
    elsif p_later then
        insert into timer (due, tenant_id, run_id, epoch, kind)
        values (pg_catalog.clock_timestamp(), p_move.tenant_id, p_move.run_id, v_run.epoch, 'again');
        return '{}';
    end if;
    return case p_move.next
        when 'fork' then portarium_int.fork(v_run, p_move.arg)
        when 'sql' then portarium_int.do_sql_step(v_run, p_move)
        when 'child' then portarium_int.start_child(v_run, p_move)
        when 'undo' then portarium_int.begin_undo(v_run)
        else portarium_int.take_signal(v_run, p_move) end;
end
$$;

-- Everything that moves bring about: the moves that this leads to.
create function portarium_int.follow(p_moves portarium_int.move[], p_later boolean)
    returns portarium_int.move[]
    language plpgsql
    as $$
declare
    v_move portarium_int.move;
    v_planned portarium_int.move[];
begin
    v_planned := portarium_int.settle_expectations(p_moves, pg_catalog.clock_timestamp());
    v_planned := v_planned || portarium_int.settle_strands(p_moves);
    v_planned := v_planned || portarium_int.plan_child_ends(p_moves);
    foreach v_move in array p_moves loop
        if v_move.next in ('fork', 'sql', 'child', 'undo') or v_move.expects ->> 'kind' = 'signal' then
            v_planned := v_planned || portarium_int.plan_follower(v_move, p_later);
        end if;
    end loop;
    return v_planned;
end
$$;

-- A round's moves by what they are: runs that are ended from outside go first, so that nothing else of theirs is carried out after it.
create function portarium_int.carry_out(p_moves portarium_int.move[], p_first boolean, p_new boolean)
    returns portarium_int.move[]
    language plpgsql
    as $$
declare
    v_moves portarium_int.move[] := array(
        select m from pg_catalog.unnest(p_moves) m
        where (m.from_epoch = 0) = p_new and (m.state = 'ABORTED') = p_first);
begin
    if pg_catalog.cardinality(v_moves) = 0 then
        return v_moves;
    end if;
    perform portarium_int.lock_roots(v_moves);
    return portarium_int.move_runs(v_moves);
end
$$;

-- All moves are of new runs, or none is. Returns the moves that were made.
create function portarium_int.apply(p_moves portarium_int.move[])
    returns portarium_int.move[]
    language plpgsql
    as $$
declare
    v_made portarium_int.move[];
    v_last portarium_int.move[];
    v_rounds int := 0;
begin
    if pg_catalog.cardinality(p_moves) = 0 then
        return p_moves;
    elsif not portarium_int.has_followers(p_moves) then
        return portarium_int.move_runs(p_moves);
    end if;
    perform portarium_int.lock_roots(p_moves);
    v_made := portarium_int.move_runs(p_moves);
    v_last := v_made;
    while portarium_int.has_followers(v_last) loop
        v_rounds := v_rounds + 1;
        v_last := portarium_int.follow(v_last, v_rounds > 100);
        v_last := portarium_int.carry_out(v_last, true, false) || portarium_int.carry_out(v_last, false, false)
            || portarium_int.carry_out(v_last, false, true);
    end loop;
    return v_made;
end
$$;
