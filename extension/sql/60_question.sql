-- SPDX-License-Identifier: PostgreSQL
-- Questions: what becomes of an action whose outcome nobody knows, when its operation declares another one that finds out ("reconcile").
-- The run is UNKNOWN meanwhile, and a person may decide at any time. A timer of kind ask queues the question as a job of the same adapter, for
-- the operation that asks; what is acknowledged for it is the answer (63_answer.sql). Without one it is asked again, each time after as long
-- as nobody has known, an hour at most, for a day.

create type portarium_int.question as (
    adapter text,
    operation text,     -- that asks
    absent text,        -- the error of its that says that nothing has happened
    queue text,         -- where the action itself has waited: who can do it can ask
    key_path text
);

-- What the state's action can be asked by; all null: nothing. A task token's result comes by another way than its action's.
create function portarium_int.question_of(p_tenant uuid, p_def int, p_state text)
    returns portarium_int.question
    language plpgsql
    stable
    as $$
declare
    v_question portarium_int.question;
begin
    select a.name, o.ask ->> 'operation', o.ask ->> 'absent', portarium_int.queue_name(a.tenant_id, a.kind, a.name, o.carried), o.carried ->> 'limit_key'
    into v_question
    from definition_state s
    join adapter a on a.tenant_id = s.tenant_id and a.name = portarium_int.adapter_of(s.resource) and a.enabled
    cross join lateral (
        select a.declared -> portarium_int.operation_of(s.resource) -> 'reconcile', a.operations -> portarium_int.operation_of(s.resource)) o (ask, carried)
    where s.tenant_id = p_tenant and s.def_id = p_def and s.name = p_state
        and s.resource operator(pg_catalog.^@) 'portarium:action:' and not portarium_int.is_awaited(s.resource) and o.ask is not null;
    return v_question;
end
$$;

-- What a question is asked with: the action's input and, as a member, its idempotency key.
create function portarium_int.question_input(p_input jsonb, p_key text)
    returns jsonb
    language sql
    immutable
    parallel safe
    as $$
    select case when pg_catalog.jsonb_typeof(p_input) = 'object' then p_input else '{}' end || pg_catalog.jsonb_build_object('idempotency_key', p_key)
$$;

-- For how long nobody has known, since the run was parked last.
create function portarium_int.unknown_for(p_run portarium_int.run_fact)
    returns interval
    language plpgsql
    stable
    as $$
begin
    return case when p_run.state = 'UNKNOWN' then pg_catalog.clock_timestamp() - (
        select pg_catalog.max(e.at) from entry e
        where e.tenant_id = p_run.tenant_id and e.stream_id = p_run.run_id and e.kind = 'action.unknown') end;
end
$$;

-- A move that leaves its run UNKNOWN, with a timer for the question when there is one. The action's input stays with the run for it.
create function portarium_int.ask_later(p_run portarium_int.run_fact, p_move portarium_int.move)
    returns portarium_int.move
    language plpgsql
    as $$
declare
    v_question portarium_int.question := portarium_int.question_of(p_run.tenant_id, p_run.def_id, p_run.cur);
    v_age interval := portarium_int.unknown_for(p_run);
begin
    if v_question.operation is null then
        return p_move;
    end if;
    p_move.arg := (select r.arg from run r where r.tenant_id = p_run.tenant_id and r.run_id = p_run.run_id);
    if p_move.held is null and coalesce(v_age, '0') < interval '1 day' then
        p_move.next := 'timer';
        p_move.timer_kind := 'ask';
        p_move.due := pg_catalog.clock_timestamp() + least(greatest(v_age, interval '2 s'), interval '1 h');
    end if;
    return p_move;
end
$$;
