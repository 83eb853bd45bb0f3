-- SPDX-License-Identifier: PostgreSQL
-- Archiving: what a run that has ended was given and gave leaves the database and becomes a payload of its own, of the category "run_data".
-- What entries say of it goes on to hold, and dispositions of "run_data" reach it where it is.

create function portarium.archive_run(run_id uuid, subject text default null)
    returns uuid
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_actor text := portarium_int.require_role('operator', 'admin');
    v_run record;
    v_payload uuid;
begin
    select r.state, r.input_ref, r.output_ref, coalesce(r.input, i.data) as input, coalesce(r.output, o.data) as output
    into v_run
    from run r
    left join payload i on i.tenant_id = v_tenant and i.hash = r.input_ref
    left join payload o on o.tenant_id = v_tenant and o.hash = r.output_ref
    where r.tenant_id = v_tenant and r.run_id = archive_run.run_id and r.root_id is null
    for no key update of r;
    if not found then
        raise exception using errcode = 'UP401', message = format('run "%s" does not exist', archive_run.run_id);
    elsif not portarium_int.is_terminal(v_run.state) then
        raise exception using errcode = 'UP101', message = format('run in state "%s" does not allow this', v_run.state);
    elsif v_run.input is null and v_run.output is null then
        raise exception using errcode = 'UP107', message = format('data of run "%s" is not here any more', archive_run.run_id);
    end if;
    v_payload := portarium_int.keep_payload(v_tenant, v_actor,
        portarium_int.canonical(jsonb_build_object('input', v_run.input, 'output', v_run.output)),
        'run_data', 'application/json', archive_run.subject, archive_run.run_id);
    update run r set input = null, input_ref = null, output = null, output_ref = null
    where r.tenant_id = v_tenant and r.run_id = archive_run.run_id;
    delete from waypoint w where w.tenant_id = v_tenant and w.run_id = archive_run.run_id;
    perform portarium_int.drop_payloads(v_tenant, array_remove(array[v_run.input_ref, v_run.output_ref], null));
    return v_payload;
end
$$;
comment on function portarium.archive_run(uuid, text) is
    'Moves the input and the output of a run that has ended out of the run into a payload of the category run_data, {"input":…,"output":…}, perhaps about a subject, and returns its id: get_payload reads it. Such a run is not retried. Errors: UP101 the run has not ended, UP107 run_data has no retention, or its data is not here any more, UP201, UP205, UP401';
