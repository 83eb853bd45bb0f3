-- SPDX-License-Identifier: PostgreSQL
-- Signalling. The signal is received by the state that waits for it, in the same commit, or kept (65_signal.sql says in which order what
-- is locked).

create function portarium_int.check_signal(p_name text, p_correlation text)
    returns void
    language plpgsql
    immutable
    as $$
begin
    if coalesce(p_name, '') operator(pg_catalog.!~) '^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$' then
        raise exception using errcode = 'UP007', message = pg_catalog.format('signal name "%s" is not a name', p_name),
            hint = 'Use letters, digits, dots, hyphens and underscores, 80 at most.';
    elsif p_correlation = '' or pg_catalog.octet_length(p_correlation) > 255 then
        raise exception using errcode = 'UP007', message = 'correlation is not between 1 and 255 bytes';
    end if;
end
$$;

-- Gives a signal to a waiting run; false when it waits no more.
create function portarium_int.deliver_signal(p_tenant uuid, p_run uuid, p_name text, p_payload jsonb, p_actor text)
    returns boolean
    language plpgsql
    as $$
declare
    v_run portarium_int.run_fact := portarium_int.lock_run(p_tenant, p_run);
    v_occasion portarium_int.occasion;
    v_moves portarium_int.move[];
begin
    if not exists (select from expectation x where x.tenant_id = p_tenant and x.run_id = p_run and x.kind = 'signal' and x.name = p_name) then
        return false;
    end if;
    v_occasion.kind := 'signal.received';
    v_occasion.expected := true;
    v_occasion.actor := p_actor;
    v_occasion.outcome := p_payload;
    v_moves := portarium_int.apply(array[portarium_int.plan_result(v_run, v_occasion)]);
    return true;
end
$$;

create function portarium.signal_run(run_id uuid, name text, payload jsonb, correlation text default null)
    returns text
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_actor text := portarium_int.require_role('requester', 'operator', 'admin');
    v_run portarium_int.run_fact;
    v_waiting uuid;
begin
    perform portarium_int.check_signal(signal_run.name, signal_run.correlation);
    perform portarium_int.check_input(signal_run.payload, 'payload of a signal');
    v_run := portarium_int.lock_run(v_tenant, signal_run.run_id);
    if v_run.root_id is not null then
        raise exception using errcode = 'UP401', message = format('run "%s" does not exist', signal_run.run_id),
            detail = format('It is a strand of run "%s", which can be signalled.', v_run.root_id);
    elsif portarium_int.is_terminal(v_run.state) then
        raise exception using errcode = 'UP101', message = format('run in state "%s" takes no signal', v_run.state);
    end if;
    -- a waiter whose snapshot is older than this must not overlook what is kept below
    update run r set epoch = r.epoch where r.tenant_id = v_tenant and r.run_id = signal_run.run_id;
    select x.run_id into v_waiting from expectation x
    where x.tenant_id = v_tenant and x.root_id = signal_run.run_id and x.kind = 'signal' and x.name = signal_run.name
        and x.correlation is not distinct from signal_run.correlation
    order by x.since, x.run_id
    limit 1;
    if v_waiting is not null and portarium_int.deliver_signal(v_tenant, v_waiting, signal_run.name, signal_run.payload, v_actor) then
        return 'RECEIVED';
    end if;
    perform portarium_int.keep_signal(v_tenant, signal_run.run_id, signal_run.name, signal_run.payload, signal_run.correlation, v_actor);
    return 'KEPT';
end
$$;
comment on function portarium.signal_run(uuid, text, jsonb, text) is
    'Signals a run: the state that waits for the name, and for the correlation if it has one, ends with the payload (RECEIVED); else the signal is kept for the next one (KEPT). Errors: UP005 payload over 262144 bytes, UP007, UP101 the run has ended, UP201, UP205, UP401, UP501 1000 signals are kept';

create function portarium.signal(name text, correlation text, payload jsonb)
    returns text
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_actor text := portarium_int.require_role('requester', 'operator', 'admin');
    v_waiting uuid;
begin
    perform portarium_int.check_signal(signal.name, signal.correlation);
    perform portarium_int.check_input(signal.payload, 'payload of a signal');
    if signal.correlation is null then
        raise exception using errcode = 'UP007', message = 'signal without a run has no correlation';
    end if;
    perform portarium_int.lock_correlation(v_tenant, signal.name, signal.correlation);
    -- those that are taken meanwhile, by a signal of their run or by time, are passed over
    for v_waiting in
        select x.run_id from expectation x
        where x.tenant_id = v_tenant and x.kind = 'signal' and x.name = signal.name and x.correlation = signal.correlation
        order by x.since, x.run_id
    loop
        if portarium_int.deliver_signal(v_tenant, v_waiting, signal.name, signal.payload, v_actor) then
            return 'RECEIVED';
        end if;
    end loop;
    perform portarium_int.keep_signal(v_tenant, null, signal.name, signal.payload, signal.correlation, v_actor);
    return 'KEPT';
end
$$;
comment on function portarium.signal(text, text, jsonb) is
    'Signals whichever run of the tenant waits for the name with this correlation, the one that waits longest first (RECEIVED); else the signal is kept for the next run that does (KEPT). Errors: UP005 payload over 262144 bytes, UP007, UP008 in another isolation level than READ COMMITTED, UP201, UP205, UP501 1000 signals are kept';
