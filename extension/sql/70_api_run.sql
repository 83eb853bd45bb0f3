-- SPDX-License-Identifier: PostgreSQL
-- Starting, cancelling and reconciling runs; their history.

-- The input, or the refusal to take it.
create function portarium_int.check_input(p_input jsonb)
    returns jsonb
    language plpgsql
    immutable
    as $$
begin
    if p_input is null then
        raise exception using errcode = 'UP007', message = 'input of a run is null', hint = 'Use {} or the JSON value null.';
    elsif pg_catalog.pg_column_size(p_input) > 262144 and pg_catalog.octet_length(p_input::text) > 262144 then
        raise exception using errcode = 'UP005', message = 'input of a run is larger than 262144 bytes';
    end if;
    return p_input;
end
$$;

-- The first moves of new runs of one workflow: filled in where the start was planned ahead, planned where it was not.
create function portarium_int.first_moves(p_tenant uuid, p_workflow text, p_ref portarium_int.workflow_ref, p_inputs jsonb[], p_runs uuid[], p_actor text)
    returns portarium_int.move[]
    language plpgsql
    as $$
declare
    v_now timestamptz := pg_catalog.clock_timestamp();
    v_moves portarium_int.move[] := '{}';
    v_move portarium_int.move;
begin
    if p_ref.head is not null then
        v_move := portarium_int.planned_start(p_tenant, p_ref);
        v_move.actor := p_actor;
    end if;
    for i in 1 .. pg_catalog.cardinality(p_inputs) loop
        if p_ref.head is not null then
            v_move.run_id := p_runs[i];
            v_move.salt := portarium_int.salt();
            v_move.canon := pg_catalog.convert_to(
                p_ref.head || portarium_int.commitment(v_move.salt, portarium_int.check_input(p_inputs[i])) || p_ref.tail, 'UTF8');
        else
            v_move := portarium_int.plan_start(row (p_tenant, p_runs[i], p_ref.def_id, p_workflow, p_ref.tier, p_actor, v_now, 'NEW', null, 0, 0, 0,
                null, portarium_int.check_input(p_inputs[i]), '{}'::jsonb, p_inputs[i], p_ref.needs_context,
                null, null, null, null, null, null)::portarium_int.run_fact, p_ref.start_at, p_ref.hash, v_move);
        end if;
        v_move.def_id := p_ref.def_id;
        v_move.workflow := p_workflow;
        v_move.tier := p_ref.tier;
        v_move.initiator := p_actor;
        v_move.started_at := v_now;
        v_move.traceparent := nullif(pg_catalog.current_setting('portarium.traceparent', true), '');
        v_move.input := p_inputs[i];
        v_moves[i] := v_move;
    end loop;
    return v_moves;
end
$$;

-- Plans and applies new runs of one workflow, in one batch; how many.
create function portarium_int.begin_runs(p_tenant uuid, p_workflow text, p_inputs jsonb[], p_runs uuid[], p_actor text)
    returns int
    language plpgsql
    as $$
declare
    v_workflow portarium_int.workflow_ref := portarium_int.workflow_of(p_tenant, p_workflow);
    v_moves portarium_int.move[] := portarium_int.apply(portarium_int.first_moves(p_tenant, p_workflow, v_workflow, p_inputs, p_runs, p_actor));
begin
    if v_workflow.timeout_seconds is not null then
        insert into timer (due, tenant_id, run_id, epoch, kind)
        select m.started_at + pg_catalog.make_interval(secs => v_workflow.timeout_seconds), p_tenant, m.run_id, 1, 'deadline'
        from pg_catalog.unnest(v_moves) m;
    end if;
    return pg_catalog.cardinality(v_moves);
end
$$;

-- What a key stands for: the workflow and the input, in canonical form.
create function portarium_int.fingerprint(p_workflow text, p_input jsonb)
    returns bytea
    language sql
    immutable
    parallel safe
    as $$ select pg_catalog.sha256(pg_catalog.convert_to(p_workflow, 'UTF8') || '\x00'::bytea || portarium_int.canonical(p_input)) $$;

-- Reserves the key for p_run, or gives the run that has it. A concurrent twin waits here for the first to commit.
create function portarium_int.reserve_key(p_tenant uuid, p_key text, p_workflow text, p_input jsonb, p_run uuid)
    returns uuid
    language plpgsql
    as $$
declare
    v_fingerprint bytea := portarium_int.fingerprint(p_workflow, p_input);
    v_known idempotency%rowtype;
begin
    if p_key = '' or pg_catalog.octet_length(p_key) > 255 then
        raise exception using errcode = 'UP007', message = 'idempotency key is not between 1 and 255 bytes';
    end if;
    insert into idempotency (tenant_id, key, fingerprint, run_id)
    values (p_tenant, p_key, v_fingerprint, p_run)
    on conflict do nothing;
    if found then
        return p_run;
    end if;
    select i.* into v_known from idempotency i where i.tenant_id = p_tenant and i.key = p_key;
    if v_known.fingerprint is distinct from v_fingerprint then
        raise exception using
            errcode = 'UP103',
            message = pg_catalog.format('idempotency key "%s" was used for another request', p_key),
            detail = 'The workflow or the input differs.';
    end if;
    return v_known.run_id;
end
$$;

create function portarium.start_run(workflow text, input jsonb default '{}', idempotency_key text default null)
    returns uuid
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    set plan_cache_mode = force_generic_plan
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
    set join_collapse_limit = 1
    set jit = off
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_run uuid := portarium_int.uuid7();
    v_reserved uuid := v_run;
    v_actor text := portarium_int.require_role('requester', 'operator', 'admin');
    v_started int;
begin
    if start_run.idempotency_key is not null then
        v_reserved := portarium_int.reserve_key(v_tenant, start_run.idempotency_key, start_run.workflow,
            portarium_int.check_input(start_run.input), v_run);
    end if;
    if v_reserved = v_run then
        v_started := portarium_int.begin_runs(v_tenant, start_run.workflow, array[start_run.input], array[v_run], v_actor);
    end if;
    return v_reserved;
end
$$;
comment on function portarium.start_run(text, jsonb, text) is
    'Starts a run of the newest version of a workflow, in the caller''s transaction, and returns its id. The same idempotency key with the same workflow and input returns the run that it started. Errors: UP005 input over 262144 bytes, UP007, UP103 key used for another request, UP201, UP205, UP402';

create function portarium.start_runs(workflow text, inputs jsonb[], idempotency_keys text[] default null)
    returns setof uuid
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    set plan_cache_mode = force_generic_plan
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
    set join_collapse_limit = 1
    set jit = off
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_runs uuid[];
    v_reserved uuid[];
    v_actor text := portarium_int.require_role('requester', 'operator', 'admin');
    v_started int;
begin
    if coalesce(cardinality(start_runs.inputs), 0) not between 1 and 10000 then
        raise exception using errcode = 'UP007', message = 'inputs are not between 1 and 10000';
    elsif cardinality(start_runs.idempotency_keys) <> cardinality(start_runs.inputs) then
        raise exception using errcode = 'UP007', message = 'there is not one idempotency key for each input';
    end if;
    v_runs := array(select portarium_int.uuid7() from generate_series(1, cardinality(start_runs.inputs)));
    v_reserved := v_runs;
    if start_runs.idempotency_keys is not null then
        v_reserved := array(
            select case when k.key is null then k.run_id
                else portarium_int.reserve_key(v_tenant, k.key, start_runs.workflow, k.input, k.run_id) end
            from unnest(start_runs.idempotency_keys, start_runs.inputs, v_runs) with ordinality k (key, input, run_id, n) order by k.n);
    end if;
    if v_reserved = v_runs then
        v_started := portarium_int.begin_runs(v_tenant, start_runs.workflow, start_runs.inputs, v_runs, v_actor);
    else
        v_started := portarium_int.begin_runs(v_tenant, start_runs.workflow,
            array(select k.input from unnest(start_runs.inputs, v_runs, v_reserved) with ordinality k (input, mine, theirs, n)
                where k.mine = k.theirs order by k.n),
            array(select k.mine from unnest(v_runs, v_reserved) with ordinality k (mine, theirs, n) where k.mine = k.theirs order by k.n), v_actor);
    end if;
    return query select r.run_id from unnest(v_reserved) r (run_id);
end
$$;
comment on function portarium.start_runs(text, jsonb[], text[]) is
    'As start_run for 1 to 10000 inputs at once, all or none; the ids in the order of the inputs. Errors: those of start_run';
