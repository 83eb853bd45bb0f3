-- SPDX-License-Identifier: PostgreSQL
-- Undoing, as the engine does it: the last row of a run's stack gets a strand, which begins where the document says. Its end is heard of as any
-- strand's is (join_strands), and settles the row (61_undo.sql). What was given up under way is undone when its executor has let go of it: until
-- its lease ends, the effect may still be to come.
-- Lock order: the root run first; so nothing else is done to its stack.

-- Until when an executor may be at work for a run or strand; null when none is.
create function portarium_int.leased_until(p_tenant uuid, p_run uuid)
    returns timestamptz
    language sql
    volatile
    as $$
    select pg_catalog.max(l.until) from lease l
    where l.tenant_id = p_tenant and l.run_id = p_run and l.until > pg_catalog.clock_timestamp()
$$;

create function portarium_int.begin_undo(p_run portarium_int.run_fact)
    returns portarium_int.move[]
    language plpgsql
    as $$
declare
    v_row compensation%rowtype;
    v_occasion portarium_int.occasion;
    v_until timestamptz;
begin
    v_occasion.actor := 'system:engine';
    select c.* into v_row from compensation c
    where c.tenant_id = p_run.tenant_id and c.run_id = p_run.run_id and c.status = 'PUSHED'
    order by c.place desc
    limit 1;
    if not found then
        -- its strands had nothing under way that has to be undone
        return array[portarium_int.plan_next_undo(p_run, v_occasion)];
    end if;
    v_until := case when not v_row.certain then portarium_int.leased_until(p_run.tenant_id, v_row.by_id) end;
    if v_until is not null then
        insert into timer (due, tenant_id, run_id, epoch, kind) values (v_until, p_run.tenant_id, p_run.run_id, p_run.epoch, 'again');
        return '{}';
    end if;
    update compensation c
    set status = case when v_row.input is null then 'FAILED' else 'RUNNING' end, visit = p_run.visit
    where c.tenant_id = v_row.tenant_id and c.run_id = v_row.run_id and c.place = v_row.place;
    if v_row.input is null then
        v_occasion.kind := 'run.undo_failed';
        v_occasion.undone := v_row.state;
        v_occasion.error := 'States.ResultPathMatchFailure';
        return array[portarium_int.plan_aside(p_run, v_occasion, 'stick', null)];
    end if;
    insert into strand (tenant_id, run_id, visit, slot, start_at, input, item)
    values (p_run.tenant_id, p_run.run_id, p_run.visit, 0, v_row.start_at, v_row.input, v_row.item);
    p_run.vars := v_row.vars;
    return portarium_int.start_strands(p_run, 1);
end
$$;

-- A run stops undoing: what it has not undone stays as it is.
create function portarium_int.give_up_undo(p_run portarium_int.run_fact)
    returns void
    language plpgsql
    as $$
begin
    update compensation c set status = 'GIVEN_UP'
    where c.tenant_id = p_run.tenant_id and c.run_id = p_run.run_id and c.status <> 'DONE';
end
$$;

-- A person has a failed row tried again, or says that it was undone by hand.
create function portarium_int.plan_undo_again(p_run portarium_int.run_fact, p_actor text, p_reason text)
    returns portarium_int.move
    language plpgsql
    as $$
declare
    v_occasion portarium_int.occasion;
begin
    perform portarium_int.settle_undo(p_run, 'FAILED', 'PUSHED');
    v_occasion.kind := 'run.undo_retried';
    v_occasion.actor := p_actor;
    return portarium_int.plan_aside(p_run, v_occasion, 'retry', p_reason);
end
$$;

create function portarium_int.plan_undone_by_hand(p_run portarium_int.run_fact, p_actor text, p_output jsonb)
    returns portarium_int.move
    language plpgsql
    as $$
declare
    v_occasion portarium_int.occasion;
begin
    if p_output is null then
        raise exception using errcode = 'UP007', message = 'undoing by hand needs an output', hint = 'portarium.retry_run has it tried again.';
    end if;
    v_occasion.kind := 'run.undo_reconciled';
    v_occasion.actor := p_actor;
    v_occasion.outcome := p_output;
    v_occasion.undone := portarium_int.settle_undo(p_run, 'FAILED', 'DONE');
    return portarium_int.plan_next_undo(p_run, v_occasion);
end
$$;
