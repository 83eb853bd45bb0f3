-- SPDX-License-Identifier: PostgreSQL
-- Control over many runs at once: the runs that a filter names, in a bounded batch, each in a subtransaction of its own, so that one
-- that refuses does not hold up the others. A dry run, the default, only says which runs those are.

create function portarium_int.check_filter(p_filter jsonb)
    returns jsonb
    language plpgsql
    immutable
    as $$
declare
    v_key text;
begin
    if pg_catalog.jsonb_typeof(p_filter) is distinct from 'object' or p_filter = '{}' then
        raise exception using errcode = 'UP007', message = 'a filter is not a non-empty object';
    end if;
    for v_key in select k from pg_catalog.jsonb_object_keys(p_filter) k loop
        if v_key not in ('workflow', 'state', 'error', 'initiator', 'started_before', 'started_after') then
            raise exception using errcode = 'UP007', message = pg_catalog.format('filter member "%s" is unknown', v_key),
                hint = 'Use workflow, state, error, initiator, started_before, started_after.';
        end if;
    end loop;
    return p_filter;
end
$$;

create function portarium_int.runs_where(p_tenant uuid, p_filter jsonb, p_many int)
    returns table (run_id uuid, state text)
    language plpgsql
    stable
    as $$
begin
    return query
    select r.run_id, r.state
    from (
        select x.run_id, portarium_int.shown_state(x.state, x.held) as state, x.workflow, x.error, x.initiator, x.started_at
        from run x
        where x.tenant_id = p_tenant and x.root_id is null
    ) r
    where r.workflow = coalesce(p_filter ->> 'workflow', r.workflow)
        and r.state = coalesce(p_filter ->> 'state', r.state)
        and (not p_filter ? 'error' or r.error is not distinct from p_filter ->> 'error')
        and r.initiator = coalesce(p_filter ->> 'initiator', r.initiator)
        and r.started_at < coalesce((p_filter ->> 'started_before')::timestamptz, 'infinity')
        and r.started_at >= coalesce((p_filter ->> 'started_after')::timestamptz, '-infinity')
    order by r.started_at, r.run_id
    limit p_many;
end
$$;

-- Which options an action has, and whether they are of the right kind.
create function portarium_int.check_options(p_action text, p_options jsonb)
    returns jsonb
    language plpgsql
    immutable
    as $$
declare
    v_known text[] := case p_action when 'cancel' then array['compensate'] when 'migrate' then array['version', 'states'] else '{}' end;
begin
    if pg_catalog.jsonb_typeof(p_options) is distinct from 'object' or p_options - v_known <> '{}' then
        raise exception using errcode = 'UP007', message = pg_catalog.format('options of action "%s" are not an object of its own', p_action),
            hint = 'cancel has compensate, migrate has version and states.';
    elsif p_options ? 'compensate' and pg_catalog.jsonb_typeof(p_options -> 'compensate') <> 'boolean' then
        raise exception using errcode = 'UP007', message = 'option "compensate" is not true or false';
    elsif p_action = 'migrate' and not coalesce(p_options ->> 'version' operator(pg_catalog.~) '^[1-9][0-9]{0,8}$', false) then
        raise exception using errcode = 'UP007', message = 'option "version" is not the number of a version';
    elsif p_options ? 'states' then
        perform portarium_int.check_state_map(p_options -> 'states');
    end if;
    return p_options;
end
$$;

-- Whether one run could be migrated; nothing is changed.
create function portarium_int.try_migration(p_tenant uuid, p_run uuid, p_options jsonb)
    returns text
    language plpgsql
    as $$
declare
    v_run portarium_int.run_fact := portarium_int.run_fact_of(p_tenant, p_run);
    v_needed boolean;
begin
    v_needed := portarium_int.check_migration(v_run,
        portarium_int.version_of_workflow(p_tenant, v_run.workflow, (p_options ->> 'version')::int), coalesce(p_options -> 'states', '{}'));
    return null;
end
$$;

-- One run; what it has become, or why it has not. A dry run says only what is known without doing it: whether a migration is refused.
create function portarium_int.control_one(p_tenant uuid, p_action text, p_run uuid, p_reason text, p_options jsonb, p_dry boolean)
    returns text
    language plpgsql
    as $$
declare
    v_detail text;
begin
    if p_dry then
        return case when p_action = 'migrate' then portarium_int.try_migration(p_tenant, p_run, p_options) end;
    end if;
    return case p_action
        when 'cancel' then portarium.cancel_run(p_run, p_reason, coalesce((p_options -> 'compensate')::boolean, true))
        when 'pause' then portarium.pause_run(p_run, p_reason)
        when 'resume' then portarium.resume_run(p_run)
        when 'retry' then portarium.retry_run(p_run, p_reason)
        when 'migrate' then portarium.migrate_run(p_run, (p_options ->> 'version')::int, coalesce(p_options -> 'states', '{}'), p_reason)
    end;
exception
    when sqlstate 'UP101' or sqlstate 'UP107' or sqlstate 'UP401' or sqlstate 'UP402' then
        return sqlstate || ' ' || sqlerrm;
    when sqlstate 'UP112' then
        get stacked diagnostics v_detail = pg_exception_detail;
        return sqlstate || ' ' || sqlerrm || ': ' || v_detail;
end
$$;

create function portarium.control_runs(
    action text,
    filter jsonb,
    many int default 100,
    dry_run boolean default true,
    reason text default null,
    options jsonb default '{}')
    returns table (run_id uuid, state text, outcome text)
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_actor text := portarium_int.require_role('operator', 'admin');
    v_options jsonb;
begin
    if control_runs.action is null or control_runs.action not in ('cancel', 'pause', 'resume', 'retry', 'migrate') then
        raise exception using errcode = 'UP007', message = format('action "%s" is not cancel, pause, resume, retry or migrate', control_runs.action);
    elsif coalesce(control_runs.many, 0) not between 1 and 10000 then
        raise exception using errcode = 'UP007', message = 'many is not between 1 and 10000';
    end if;
    v_options := portarium_int.check_options(control_runs.action, control_runs.options);
    for control_runs.run_id, control_runs.state in
        select w.run_id, w.state from portarium_int.runs_where(v_tenant, portarium_int.check_filter(control_runs.filter), control_runs.many) w
    loop
        control_runs.outcome := portarium_int.control_one(v_tenant, control_runs.action, control_runs.run_id, control_runs.reason, v_options,
            coalesce(control_runs.dry_run, true));
        return next;
    end loop;
end
$$;
comment on function portarium.control_runs(text, jsonb, int, boolean, text, jsonb) is
    'Cancels, pauses, resumes, retries or migrates the runs that filter names (workflow, state, error, initiator, started_before, started_after; all of them must hold), oldest first, at most many. options: of cancel {"compensate"}, of migrate {"version", "states"} as migrate_run takes them. With dry_run, the default, nothing is done and outcome is null, or why a run could not be migrated; else outcome is the run''s new state, or the SQLSTATE and message of a run that refused. Errors: UP007, UP201, UP205';
