-- SPDX-License-Identifier: PostgreSQL
-- Schedules: runs that time starts. A schedule fires in the name of who made it, so that nobody approves what he himself had started.
-- Each moment has an idempotency key of its own: however often the clock comes by, it starts one run.

create function portarium_int.stamp_schedule()
    returns void
    language plpgsql
    as $$
begin
    create table schedule (
        tenant_id uuid not null,
        name text not null,
        workflow text not null,
        input jsonb not null,
        cron text not null,
        time_zone text not null,
        catch_up text not null,         -- moments that were missed: none of them, the last one, all of them
        overlap text not null,          -- while the last run goes on: allow another, skip the moment, cancel the last run
        enabled boolean not null,
        next_at timestamptz,
        last_at timestamptz,
        last_run uuid,
        created_by text not null,
        primary key (tenant_id, name),
        constraint schedule_catch_up_is_known check (catch_up in ('none', 'last', 'all')),
        constraint schedule_overlap_is_known check (overlap in ('allow', 'skip', 'cancel'))
    );
    create index schedule_next on schedule (next_at) where enabled;
end
$$;

create function portarium.set_schedule(
    name text,
    workflow text,
    cron text,
    time_zone text default 'UTC',
    input jsonb default '{}',
    catch_up text default 'last',
    overlap text default 'allow',
    enabled boolean default true)
    returns timestamptz
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_actor text := portarium_int.require_role('operator', 'admin');
    v_workflow portarium_int.workflow_ref := portarium_int.workflow_of(v_tenant, set_schedule.workflow);
    v_next timestamptz;
begin
    if coalesce(set_schedule.name, '') !~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$' then
        raise exception using errcode = 'UP007', message = format('schedule name "%s" is not a name', set_schedule.name);
    elsif not exists (select from pg_timezone_names z where z.name = set_schedule.time_zone) then
        raise exception using errcode = 'UP007', message = format('time zone "%s" is unknown', set_schedule.time_zone);
    elsif coalesce(set_schedule.catch_up, '') not in ('none', 'last', 'all') or coalesce(set_schedule.overlap, '') not in ('allow', 'skip', 'cancel') then
        raise exception using errcode = 'UP007', message = 'catch_up is not none, last or all, or overlap not allow, skip or cancel';
    end if;
    v_next := portarium_int.cron_next(set_schedule.cron, set_schedule.time_zone, clock_timestamp());
    if v_next is null then
        raise exception using errcode = 'UP007', message = format('cron expression "%s" names no moment', set_schedule.cron);
    end if;
    insert into schedule as s (tenant_id, name, workflow, input, cron, time_zone, catch_up, overlap, enabled, next_at, created_by)
    values (v_tenant, set_schedule.name, set_schedule.workflow, portarium_int.check_input(set_schedule.input), set_schedule.cron,
        set_schedule.time_zone, set_schedule.catch_up, set_schedule.overlap, set_schedule.enabled, v_next, v_actor)
    on conflict on constraint schedule_pkey do update
    set workflow = excluded.workflow, input = excluded.input, cron = excluded.cron, time_zone = excluded.time_zone, catch_up = excluded.catch_up,
        overlap = excluded.overlap, enabled = excluded.enabled, next_at = excluded.next_at, created_by = excluded.created_by;
    perform portarium_int.append(v_tenant, portarium_int.uuid7(), 1, 'schedule.set', v_actor,
        portarium_int.canonical(jsonb_build_object('schedule', set_schedule.name, 'workflow', set_schedule.workflow, 'cron', set_schedule.cron,
            'time_zone', set_schedule.time_zone, 'enabled', set_schedule.enabled)), portarium_int.salt());
    perform portarium_int.wake();
    return v_next;
end
$$;
comment on function portarium.set_schedule(text, text, text, text, jsonb, text, text, boolean) is
    'Makes or replaces a schedule: the newest version of workflow is started whenever cron (five fields, or @hourly and so on) says so in time_zone. catch_up: what becomes of moments that were missed, none, last or all; overlap: while its last run goes on, allow another, skip the moment, or cancel the last run. Returns the next moment. Errors: UP005, UP007, UP201, UP205, UP402';

-- The moments that are due from p_next on, oldest first, at most a hundred; the last element is the first that is not, or null.
create function portarium_int.due_moments(p_cron text, p_zone text, p_next timestamptz)
    returns timestamptz[]
    language plpgsql
    as $$
declare
    v_all timestamptz[] := '{}';
begin
    while p_next <= pg_catalog.clock_timestamp() and pg_catalog.cardinality(v_all) < 100 loop
        v_all := v_all || p_next;
        p_next := portarium_int.cron_next(p_cron, p_zone, p_next);
    end loop;
    return v_all || p_next;
end
$$;

-- Starts the run of one moment, unless it has been started, or the last one goes on and that is a reason not to. The run, or null.
create function portarium_int.fire_moment(p_tenant uuid, p_name text, p_at timestamptz)
    returns uuid
    language plpgsql
    as $$
declare
    v_schedule schedule%rowtype;
    v_run uuid := portarium_int.uuid7();
    v_last portarium_int.run_fact;
    v_started int;
begin
    select s.* into v_schedule from schedule s where s.tenant_id = p_tenant and s.name = p_name;
    if v_schedule.overlap <> 'allow' and v_schedule.last_run is not null then
        v_last := portarium_int.lock_run(p_tenant, v_schedule.last_run);
        if not portarium_int.is_terminal(v_last.state) then
            if v_schedule.overlap = 'skip' then
                return null;
            end if;
            perform portarium_int.abort_run(v_last, v_schedule.created_by, 'the schedule starts the next run');
        end if;
    end if;
    if portarium_int.reserve_key(p_tenant, 'schedule:' || p_name || ':' || portarium_int.iso_ms(p_at), v_schedule.workflow,
        v_schedule.input, v_run) <> v_run then
        return null;
    end if;
    v_started := portarium_int.begin_runs(p_tenant, v_schedule.workflow, array[v_schedule.input], array[v_run], v_schedule.created_by);
    update schedule s set last_at = p_at, last_run = v_run where s.tenant_id = p_tenant and s.name = p_name;
    return v_run;
end
$$;

-- Whether nobody holds the last run, if what becomes of it decides about the next.
create function portarium_int.try_lock_last(p_tenant uuid, p_name text)
    returns boolean
    language plpgsql
    as $$
declare
    v_last uuid;
begin
    select s.last_run into v_last from schedule s where s.tenant_id = p_tenant and s.name = p_name and s.overlap <> 'allow';
    return v_last is null or portarium_int.try_lock_run(p_tenant, v_last);
end
$$;

-- One schedule whose time has come; false when somebody holds its last run: then it comes again. What cannot be started is set aside with
-- its error; the schedule goes on.
create function portarium_int.fire_schedule(p_tenant uuid, p_name text, p_moments timestamptz[], p_catch_up text)
    returns boolean
    language plpgsql
    as $$
declare
    v_due timestamptz[] := pg_catalog.trim_array(p_moments, 1);
    v_at timestamptz;
    v_entered boolean;
    v_free boolean;
begin
    v_entered := portarium_int.enter(p_tenant);
    v_free := portarium_int.try_lock_last(p_tenant, p_name);
    if pg_catalog.cardinality(v_due) > 1 and p_catch_up <> 'all' then
        v_due := case p_catch_up when 'last' then v_due[pg_catalog.cardinality(v_due):] else '{}' end;
    end if;
    foreach v_at in array case when v_free then v_due else '{}' end loop
        perform portarium_int.fire_moment(p_tenant, p_name, v_at);
    end loop;
    perform portarium_int.leave(v_entered);
    return v_free;
exception
    when serialization_failure or deadlock_detected or lock_not_available or query_canceled then
        raise;
    when others then
        raise warning using errcode = sqlstate, message = pg_catalog.format('schedule "%s" could not fire: %s', p_name, sqlerrm);
        insert into quarantine (tenant_id, run_id, epoch, what, sqlstate, message)
        values (p_tenant, portarium_int.uuid7(), 0, 'schedule ' || p_name, sqlstate, sqlerrm);
        return true;
end
$$;

create function portarium_int.fire_schedules(p_limit int)
    returns int
    language plpgsql
    as $$
declare
    v_due record;
    v_moments timestamptz[];
    v_fired int := 0;
begin
    for v_due in
        select s.tenant_id, s.name, s.cron, s.time_zone, s.next_at, s.catch_up from schedule s
        where s.enabled and s.next_at <= pg_catalog.clock_timestamp()
        order by s.next_at
        for no key update skip locked
    loop
        exit when v_fired >= p_limit;
        v_moments := portarium_int.due_moments(v_due.cron, v_due.time_zone, v_due.next_at);
        if portarium_int.fire_schedule(v_due.tenant_id, v_due.name, v_moments, v_due.catch_up) then
            update schedule s set next_at = v_moments[pg_catalog.cardinality(v_moments)]
            where s.tenant_id = v_due.tenant_id and s.name = v_due.name;
            v_fired := v_fired + 1;
        end if;
    end loop;
    return v_fired;
end
$$;

create function portarium.next_fires(cron text, time_zone text default 'UTC', many int default 5)
    returns setof timestamptz
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_at timestamptz := clock_timestamp();
begin
    if coalesce(next_fires.many, 0) not between 1 and 100 then
        raise exception using errcode = 'UP007', message = 'many is not between 1 and 100';
    end if;
    for i in 1 .. next_fires.many loop
        v_at := portarium_int.cron_next(next_fires.cron, next_fires.time_zone, v_at);
        exit when v_at is null;
        return next v_at;
    end loop;
end
$$;
comment on function portarium.next_fires(text, text, int) is 'The next moments that a cron expression names in a time zone, 1 to 100 of them. Errors: UP007';
