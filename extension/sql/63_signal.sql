-- SPDX-License-Identifier: PostgreSQL
-- Signals: what people and systems tell a run that waits for it by name. A signal that comes too early is kept, in the run's inbox or, with
-- a correlation and no run, in the tenant's, and is taken in the order of sending when a state begins to wait for it.
--
-- No wake-up is lost: whoever begins to wait and whoever signals both lock the root run first, and both lock the correlation, when there
-- is one, before they look for the other. The waiting side looks after it has written its row, in a statement of its own; the signalling
-- side writes the run's row, so that a waiter with an older snapshot fails and comes again instead of overlooking the signal.

create function portarium_int.stamp_signal()
    returns void
    language plpgsql
    as $$
begin
    create table inbox (
        tenant_id uuid not null,
        signal_id uuid not null,
        run_id uuid,                -- the root run; null: whichever run waits with the correlation
        name text not null,
        correlation text,
        payload jsonb not null,
        sent_by text not null,
        sent_at timestamptz not null,
        primary key (tenant_id, signal_id),
        constraint inbox_has_address check (run_id is not null or correlation is not null)
    );
    create index inbox_run on inbox (tenant_id, run_id, name);
    create index inbox_correlation on inbox (tenant_id, name, correlation) where run_id is null;
end
$$;

-- Held to the end of the transaction. A waiter has its run locked already, a signaller not yet: a run that leaves and enters the same wait
-- while it is signalled may deadlock with the signaller, and one of the two comes again. A lock does not renew a snapshot, so that older ones
-- are refused.
create function portarium_int.lock_correlation(p_tenant uuid, p_name text, p_correlation text)
    returns void
    language plpgsql
    as $$
begin
    if pg_catalog.current_setting('transaction_isolation') <> 'read committed' then
        raise exception using
            errcode = 'UP008',
            message = pg_catalog.format('correlated signals are not offered in isolation level "%s"', pg_catalog.current_setting('transaction_isolation')),
            hint = 'Use READ COMMITTED, or signal a run by its id.';
    end if;
    perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(
        pg_catalog.concat_ws('/', p_tenant, p_name, p_correlation), 0));
end
$$;

-- The oldest kept signal that a run which has just begun to wait may have, as its move; none when nothing is kept for it.
create function portarium_int.take_signal(p_run portarium_int.run_fact, p_move portarium_int.move)
    returns portarium_int.move[]
    language plpgsql
    as $$
declare
    v_root uuid := coalesce(p_move.root_id, p_move.run_id);
    v_name text := p_move.expects ->> 'name';
    v_correlation text := p_move.expects ->> 'correlation';
    v_occasion portarium_int.occasion;
begin
    if v_correlation is not null then
        perform portarium_int.lock_correlation(p_move.tenant_id, v_name, v_correlation);
    end if;
    delete from inbox i
    where (i.tenant_id, i.signal_id) = (
        select k.tenant_id, k.signal_id from inbox k
        where k.tenant_id = p_move.tenant_id and k.name = v_name
            and (k.run_id = v_root and k.correlation is not distinct from v_correlation or k.run_id is null and k.correlation = v_correlation)
        order by k.sent_at, k.signal_id
        limit 1)
    returning i.sent_by, i.payload into v_occasion.actor, v_occasion.outcome;
    if not found then
        return '{}';
    end if;
    v_occasion.kind := 'signal.received';
    v_occasion.expected := true;
    return array[portarium_int.plan_result(p_run, v_occasion)];
end
$$;

-- Keeps a signal for later; at most 1000 for one run or one correlation.
create function portarium_int.keep_signal(p_tenant uuid, p_run uuid, p_name text, p_payload jsonb, p_correlation text, p_actor text)
    returns void
    language plpgsql
    as $$
declare
    v_salt bytea := portarium_int.salt();
begin
    if (select pg_catalog.count(*) from (
            select from inbox i
            where i.tenant_id = p_tenant and (i.run_id = p_run or p_run is null and i.run_id is null and i.name = p_name and i.correlation = p_correlation)
            limit 1000) k) = 1000 then
        raise exception using errcode = 'UP501', message = 'inbox holds 1000 signals', detail = 'They are taken when a state waits for them.';
    end if;
    insert into inbox (tenant_id, signal_id, run_id, name, correlation, payload, sent_by, sent_at)
    values (p_tenant, portarium_int.uuid7(), p_run, p_name, p_correlation, p_payload, p_actor, pg_catalog.clock_timestamp());
    perform portarium_int.append(p_tenant, portarium_int.uuid7(), 1, 'signal.kept', p_actor,
        portarium_int.canonical(pg_catalog.jsonb_build_object('run', p_run, 'signal', p_name,
            'payload', portarium_int.commitment(v_salt, p_payload))),
        v_salt);
end
$$;
