-- SPDX-License-Identifier: PostgreSQL
-- What executors call besides exchange: renewing leases while they work, and acknowledging a single job.

-- Whether a run that is not among the shared ones still waits, at home, for what was leased.
create function portarium_int.is_wanted_away(p_tenant uuid, p_run uuid, p_epoch int)
    returns boolean
    language plpgsql
    as $$
declare
    v_entered boolean := portarium_int.enter(p_tenant);
    v_wanted boolean := v_entered and exists (
        select from run r where r.tenant_id = p_tenant and r.run_id = p_run and r.epoch = p_epoch and r.state in ('RUNNING', 'UNKNOWN'));
begin
    perform portarium_int.leave(v_entered);
    return v_wanted;
end
$$;

create function portarium.heartbeat(executor_id int, epoch int, tokens bigint[])
    returns table (token bigint, state text)
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
begin
    perform portarium_int.check_executor(heartbeat.executor_id, heartbeat.epoch);
    return query
    with b as (
        update lease l
        set until = clock_timestamp() + portarium_int.lease_time(l.beat)
        where l.token = any (heartbeat.tokens) and l.executor_id = heartbeat.executor_id and l.until > clock_timestamp()
        returning l.token, l.tenant_id, l.run_id, l.epoch
    )
    select t.t, case when b.token is null then 'stale' when r.run_id is not null then 'ok'
        when portarium_int.is_wanted_away(b.tenant_id, b.run_id, b.epoch) then 'ok' else 'cancel' end
    from unnest(heartbeat.tokens) t (t)
    left join b on b.token = t.t
    left join run r on r.tenant_id = b.tenant_id and r.run_id = b.run_id and r.epoch = b.epoch and r.state in ('RUNNING', 'UNKNOWN');
end
$$;
comment on function portarium.heartbeat(int, int, bigint[]) is
    'Renews leases for another 30 s, or for the HeartbeatSeconds of their states. Per token: ok, cancel (the run no longer wants it: stop, then acknowledge nothing), stale (the lease is gone). Errors: UP302, UP405';

create function portarium_int.acknowledge_one(p_executor int, p_epoch int, p_ack jsonb)
    returns void
    language plpgsql
    as $$
begin
    if exists (select from portarium.exchange(p_executor, p_epoch, pg_catalog.jsonb_build_array(p_ack), 0)) then
        raise exception using
            errcode = 'UP301',
            message = pg_catalog.format('fencing token "%s" is stale', p_ack ->> 'token'),
            detail = 'The lease has expired or was taken over; nothing was changed.';
    end if;
end
$$;

create function portarium.complete(executor_id int, epoch int, run_id uuid, token bigint, output jsonb)
    returns void
    language sql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
    select portarium_int.acknowledge_one(complete.executor_id, complete.epoch,
        jsonb_build_object('run_id', complete.run_id, 'token', complete.token, 'output', complete.output))
$$;
comment on function portarium.complete(int, int, uuid, bigint, jsonb) is
    'Acknowledges one job as done. Errors: UP301 stale token, nothing was changed; UP302, UP405';

create function portarium.fail(executor_id int, epoch int, run_id uuid, token bigint, error text, cause text)
    returns void
    language sql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
    select portarium_int.acknowledge_one(fail.executor_id, fail.epoch,
        jsonb_build_object('run_id', fail.run_id, 'token', fail.token, 'error', coalesce(fail.error, 'States.TaskFailed'), 'cause', fail.cause))
$$;
comment on function portarium.fail(int, int, uuid, bigint, text, text) is
    'Acknowledges one job as failed; the document''s Retry and Catch decide what follows. Errors: UP301 stale token, nothing was changed; UP302, UP405';
