-- SPDX-License-Identifier: PostgreSQL
-- Starting, cancelling and reconciling runs; their history.

-- Starts runs; how many. With an alias each run draws its version, and those of one version are one batch.
create function portarium_int.begin_runs(p_tenant uuid, p_workflow text, p_inputs jsonb[], p_runs uuid[], p_actor text,
    p_option portarium_int.start_option default null)
    returns int
    language plpgsql
    as $$
declare
    v_workflow portarium_int.workflow_ref;
    v_moves portarium_int.move[];
    v_drawn record;
    v_started int := 0;
begin
    if p_option is null and portarium_int.start_planned(p_tenant, p_workflow, p_inputs, p_runs, p_actor) then
        return pg_catalog.cardinality(p_runs);
    elsif pg_catalog.strpos(p_workflow, ':') = 0 or pg_catalog.cardinality(p_runs) = 1 then
        v_workflow := portarium_int.workflow_of(p_tenant, p_workflow);
        v_moves := portarium_int.apply(portarium_int.first_moves(p_tenant, v_workflow, p_inputs, p_runs, p_actor, null, null, p_option));
        if v_workflow.timeout_seconds is not null then
            perform portarium_int.set_deadlines(v_moves, v_workflow.timeout_seconds);
        end if;
        return pg_catalog.cardinality(v_moves);
    end if;
    for v_drawn in
        select d.reference, pg_catalog.array_agg(d.input order by d.n) as inputs, pg_catalog.array_agg(d.run_id order by d.n) as runs
        from (
            select w.name || '@' || w.version as reference, x.input, x.run_id, x.n
            from rows from (pg_catalog.unnest(p_inputs), pg_catalog.unnest(p_runs)) with ordinality x (input, run_id, n)
            -- once for each of them
            cross join lateral portarium_int.workflow_of(p_tenant, case when x.n > 0 then p_workflow end) w) d
        group by d.reference
    loop
        v_started := v_started + portarium_int.begin_runs(p_tenant, v_drawn.reference, v_drawn.inputs, v_drawn.runs, p_actor, p_option);
    end loop;
    return v_started;
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

-- The options of a start; null when there are none, which is the common case.
create function portarium_int.check_option(p_at timestamptz, p_priority int)
    returns portarium_int.start_option
    language plpgsql
    immutable
    as $$
begin
    if p_at is null and coalesce(p_priority, 0) = 0 then
        return null;
    elsif p_priority not between -100 and 100 then
        raise exception using errcode = 'UP007', message = 'priority is not between -100 and 100';
    elsif not pg_catalog.isfinite(p_at) then
        raise exception using errcode = 'UP007', message = 'start_at is not a moment';
    end if;
    return row (p_at, nullif(p_priority, 0))::portarium_int.start_option;
end
$$;

-- A run that was to be started under this key is the one that goes on under the unique key.
create function portarium_int.point_key(p_tenant uuid, p_key text, p_run uuid)
    returns void
    language plpgsql
    as $$
begin
    update idempotency i set run_id = p_run where i.tenant_id = p_tenant and i.key = p_key;
end
$$;

create function portarium.start_run(
    workflow text,
    input jsonb default '{}',
    idempotency_key text default null,
    start_at timestamptz default null,
    priority int default 0,
    unique_key text default null)
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
    if v_reserved = v_run and start_run.unique_key is not null then
        v_reserved := portarium_int.reserve_unique(v_tenant, start_run.unique_key, start_run.workflow, v_run);
        if v_reserved <> v_run and start_run.idempotency_key is not null then
            perform portarium_int.point_key(v_tenant, start_run.idempotency_key, v_reserved);
        end if;
    end if;
    if v_reserved = v_run then
        v_started := portarium_int.begin_runs(v_tenant, start_run.workflow, array[start_run.input], array[v_run], v_actor,
            portarium_int.check_option(start_run.start_at, start_run.priority));
    end if;
    return v_reserved;
end
$$;
comment on function portarium.start_run(text, jsonb, text, timestamptz, int, text) is
    'Starts a run of a workflow, in the caller''s transaction, and returns its id. workflow: name (the newest version), name@version, name:alias, or a definition''s hash. The same idempotency key with the same workflow and input returns the run that it started. start_at: it begins then, its timeout counts from there. priority: -100 to 100, each step lets its jobs overtake what was queued up to a minute earlier. unique_key: while a run of that key has not ended, its id is returned and nothing is started. Errors: UP005 input over 262144 bytes, UP007, UP103 key used for another request, UP106 unique key of another workflow''s run, UP201, UP205, UP402';

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
