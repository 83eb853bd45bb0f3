-- SPDX-License-Identifier: PostgreSQL
-- Answering a task token. Who holds the token may answer; the context must be its tenant's. The first answer ends the state's attempt, a
-- later one is stale.

-- The run that waits for this token, locked.
create function portarium_int.lock_token(p_tenant uuid, p_token text)
    returns portarium_int.run_fact
    language plpgsql
    as $$
declare
    v_token record;
    v_run portarium_int.run_fact;
begin
    select t.* into v_token from portarium_int.read_token(p_tenant, p_token) t;
    v_run := portarium_int.lock_run(p_tenant, v_token.run_id);
    if not exists (
        select from expectation x
        where x.tenant_id = p_tenant and x.run_id = v_token.run_id and x.kind = 'token' and x.visit = v_token.visit and x.attempt = v_token.attempt)
    then
        perform portarium_int.refuse_token();
    end if;
    return v_run;
end
$$;

create function portarium.send_task_success(token text, output jsonb)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_occasion portarium_int.occasion;
begin
    v_occasion.actor := portarium_int.require_role('requester', 'operator', 'admin');
    v_occasion.outcome := portarium_int.check_input(send_task_success.output, 'output of a task');
    v_occasion.kind := 'task.succeeded';
    v_occasion.expected := true;
    perform portarium_int.apply(array[portarium_int.plan_result(portarium_int.lock_token(v_tenant, send_task_success.token), v_occasion)]);
end
$$;
comment on function portarium.send_task_success(text, jsonb) is
    'Ends the state that gave out this task token, with output as its result. Errors: UP005 output over 262144 bytes, UP007, UP201, UP205, UP301 stale token, UP401 no such token';

create function portarium.send_task_failure(token text, error text default null, cause text default null)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_occasion portarium_int.occasion;
begin
    v_occasion.actor := portarium_int.require_role('requester', 'operator', 'admin');
    if octet_length(send_task_failure.error) > 256 or octet_length(send_task_failure.cause) > 32768 then
        raise exception using errcode = 'UP007', message = 'error is longer than 256 bytes or cause longer than 32768';
    end if;
    v_occasion.error := send_task_failure.error;
    v_occasion.kind := 'task.failed';
    perform portarium_int.apply(array[
        portarium_int.plan_error(portarium_int.lock_token(v_tenant, send_task_failure.token), v_occasion, send_task_failure.cause)]);
end
$$;
comment on function portarium.send_task_failure(text, text, text) is
    'Fails the state that gave out this task token; its Retry and Catch decide what follows, States.ALL also without an error. Errors: UP007 error over 256 bytes or cause over 32768, UP201, UP205, UP301 stale token, UP401 no such token';

create function portarium.send_task_heartbeat(token text)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_actor text := portarium_int.require_role('requester', 'operator', 'admin');
    v_token record;
begin
    select t.* into v_token from portarium_int.read_token(v_tenant, send_task_heartbeat.token) t;
    update expectation x
    set beat_due_at = clock_timestamp() + make_interval(secs => x.heartbeat_seconds)
    where x.tenant_id = v_tenant and x.run_id = v_token.run_id and x.kind = 'token' and x.visit = v_token.visit and x.attempt = v_token.attempt;
    if not found then
        perform portarium_int.refuse_token();
    end if;
end
$$;
comment on function portarium.send_task_heartbeat(text) is
    'Says that the work behind this task token goes on: another HeartbeatSeconds begin. Errors: UP201, UP205, UP301 stale token, UP401 no such token';

create function portarium.task_token(run_id uuid)
    returns text
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_actor text := portarium_int.require_role('operator', 'admin');
    v_run portarium_int.run_fact := portarium_int.run_fact_of(v_tenant, task_token.run_id);
begin
    if not exists (select from expectation x where x.tenant_id = v_tenant and x.run_id = task_token.run_id and x.kind = 'token') then
        raise exception using errcode = 'UP101', message = format('run in state "%s" waits for no task token', v_run.state);
    end if;
    return portarium_int.token_of(v_tenant, task_token.run_id, v_run.visit, v_run.attempt);
end
$$;
comment on function portarium.task_token(uuid) is
    'The token that a run, or a strand by its id, waits for: for a person who does the work of portarium:callback.waitForTaskToken. Errors: UP101 it waits for none, UP201, UP205, UP401';
