-- SPDX-License-Identifier: PostgreSQL
-- A tenant's own workers: programs that claim over HTTP what adapters of kind worker wait for. The sidecar vouches for who they are; what
-- they may serve is said here by the tenant's admin, looked up at each call and taken back in one.
--
-- To dispatch a worker is an executor by the name of tenant/worker, which no login can register. Its queues are its tenant's, so its
-- claims are; that no job of anybody else has slipped in is looked at again before one is handed out.

create function portarium_int.stamp_worker()
    returns void
    language plpgsql
    as $$
begin
    create table worker (
        tenant_id uuid not null,
        name text not null,
        adapters text[] not null,
        admitted_by text not null,
        admitted_at timestamptz not null,
        primary key (tenant_id, name)
    );
end
$$;

create function portarium_int.stamp_worker_views()
    returns void
    language plpgsql
    as $$
begin
    create view workers as
    select w.tenant_id, w.name, w.adapters, w.admitted_by, w.admitted_at, e.version, e.registered_at
    from worker w
    left join executor e on e.name = w.tenant_id || '/' || w.name;
    comment on view workers is 'The tenant''s workers: the adapters that each may serve, who admitted it and when; version and registered_at once it has come';
end
$$;

-- Takes the worker's place in dispatch away; what it holds is lost to it at once.
create function portarium_int.dismiss_worker(p_tenant uuid, p_name text)
    returns void
    language plpgsql
    as $$
declare
    v_executor int;
begin
    delete from executor e where e.name = p_tenant || '/' || p_name returning e.executor_id into v_executor;
    update lease l set until = '-infinity' where l.executor_id = v_executor;
end
$$;

create function portarium_int.note_worker(p_tenant uuid, p_kind text, p_actor text, p_body jsonb)
    returns void
    language plpgsql
    as $$
begin
    perform portarium_int.append(p_tenant, portarium_int.uuid7(), 1, p_kind, p_actor, portarium_int.canonical(p_body), portarium_int.salt());
    perform portarium_int.wake();
end
$$;

create function portarium.admit_worker(name text, adapters text[])
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_actor text := portarium_int.require_role('admin');
    v_adapter text;
begin
    if coalesce(admit_worker.name, '') !~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$' or coalesce(cardinality(admit_worker.adapters), 0) = 0 then
        raise exception using errcode = 'UP007', message = 'a worker needs a name and at least one adapter';
    end if;
    foreach v_adapter in array admit_worker.adapters loop
        if not exists (select from adapter a where a.tenant_id = v_tenant and a.name = v_adapter and a.kind = 'worker') then
            raise exception using
                errcode = 'UP006',
                message = format('adapter "%s" of kind worker is not registered', v_adapter);
        end if;
    end loop;
    insert into worker as w (tenant_id, name, adapters, admitted_by, admitted_at)
    values (v_tenant, admit_worker.name, admit_worker.adapters, v_actor, clock_timestamp())
    on conflict on constraint worker_pkey do update
    set adapters = excluded.adapters, admitted_by = excluded.admitted_by, admitted_at = excluded.admitted_at;
    perform portarium_int.dismiss_worker(v_tenant, admit_worker.name);
    perform portarium_int.note_worker(v_tenant, 'worker.admitted', v_actor,
        jsonb_build_object('adapters', admit_worker.adapters, 'worker', admit_worker.name));
end
$$;
comment on function portarium.admit_worker(text, text[]) is
    'Lets a worker, the sub of a bearer token with the role worker, serve adapters of kind worker of the tenant; anew: with these adapters, once it has registered again. Errors: UP006, UP007, UP201, UP205';

create function portarium.revoke_worker(name text)
    returns boolean
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_actor text := portarium_int.require_role('admin');
begin
    delete from worker w where w.tenant_id = v_tenant and w.name = revoke_worker.name;
    if not found then
        return false;
    end if;
    perform portarium_int.dismiss_worker(v_tenant, revoke_worker.name);
    perform portarium_int.note_worker(v_tenant, 'worker.revoked', v_actor, jsonb_build_object('worker', revoke_worker.name));
    return true;
end
$$;
comment on function portarium.revoke_worker(text) is
    'Takes all rights from a worker, at once: its next call is refused, and what it holds is lost to it. False when there is no such worker. Errors: UP201, UP205';

create type portarium_int.worker_ref as (
    tenant_id uuid,
    executor text,          -- its name in dispatch
    adapters text[],
    executor_id int         -- null until it has registered
);

-- The worker that calls. Whoever vouches for it now answers for its executor.
create function portarium_int.require_worker()
    returns portarium_int.worker_ref
    language plpgsql
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_name text := portarium_int.require_role('worker');
    v_worker portarium_int.worker_ref;
begin
    select w.tenant_id, w.tenant_id || '/' || w.name, w.adapters into v_worker
    from worker w where w.tenant_id = v_tenant and w.name = v_name;
    if not found then
        raise exception using
            errcode = 'UP205',
            message = pg_catalog.format('worker "%s" is not admitted', v_name),
            hint = 'An admin of the tenant admits it with admit_worker.';
    end if;
    v_worker.executor_id := (select e.executor_id from executor e where e.name = v_worker.executor);
    update executor e set login = session_user where e.executor_id = v_worker.executor_id and e.login <> session_user;
    return v_worker;
end
$$;

create function portarium.worker_register(version text default null, out epoch int, out adapters text[])
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_worker portarium_int.worker_ref := portarium_int.require_worker();
begin
    adapters := v_worker.adapters;
    epoch := (portarium_int.enrol_executor(v_worker.executor,
        array(select portarium_int.queue_name(v_worker.tenant_id, 'worker', a) from unnest(v_worker.adapters) a), version)).epoch;
end
$$;
comment on function portarium.worker_register(text) is
    'Begins a worker''s work, anew after each start: the epoch that its calls must carry, and what it may serve. What it held before is lost to it. Errors: UP201, UP205';

create function portarium.worker_exchange(epoch int, acks jsonb default '[]', want int default 1)
    returns setof portarium_int.job
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_worker portarium_int.worker_ref := portarium_int.require_worker();
    v_job portarium_int.job;
begin
    for v_job in select j.* from portarium.exchange(v_worker.executor_id, worker_exchange.epoch, worker_exchange.acks, worker_exchange.want) j loop
        if v_job.tenant_id <> v_worker.tenant_id then
            -- two queues' names that hash to one lane: with this transaction the job goes back
            raise exception using
                errcode = 'UP007',
                message = format('adapter "%s" shares its lane with another tenant''s queue', v_job.adapter),
                hint = 'Register it under another name.';
        end if;
        return next v_job;
    end loop;
end
$$;
comment on function portarium.worker_exchange(int, jsonb, int) is
    'What exchange is for executors: acknowledges and claims in one commit, of the worker''s tenant and adapters only. Errors: UP007, UP201, UP205, UP302 register again, UP405 register first';

create function portarium.worker_heartbeat(epoch int, tokens bigint[])
    returns table (token bigint, state text)
    language sql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$ select h.token, h.state from portarium.heartbeat((portarium_int.require_worker()).executor_id, worker_heartbeat.epoch, worker_heartbeat.tokens) h $$;
comment on function portarium.worker_heartbeat(int, bigint[]) is
    'Renews a worker''s leases; per token: ok, cancel (stop, and acknowledge nothing), stale (the lease is gone). Errors: UP201, UP205, UP302, UP405';
