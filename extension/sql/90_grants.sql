-- SPDX-License-Identifier: PostgreSQL
-- Who owns which routine and who may call it, in one place. Everything is taken from PUBLIC first.

-- The definers that span tenants, or work before there is a tenant.
create function portarium_int.sys_routines()
    returns name[]
    language sql
    immutable
    parallel safe
    as $$
    select array[
        'tenant_id', 'actor', 'roles', 'tenant_epoch', 'home_of', 'is_moving', 'hold_home',
        'add_context_key', 'retire_context_key', 'bind_login', 'unbind_login', 'create_tenant', 'tenant_by_slug', 'trust_notary_key',
        'route', 'databases', 'provision_requests', 'provision_script', 'provisioned', 'provision_failed', 'receive_tenant',
        'register_executor', 'exchange', 'heartbeat', 'complete', 'fail', 'set_share', 'set_queue_quota', 'queue_room',
        'worker_register', 'worker_exchange', 'worker_heartbeat',
        'notary_head', 'notary_meta', 'notary_leaves', 'notary_checkpoint', 'notary_probed', 'notary_audited',
        'notary_heartbeat', 'notary_stamped', 'notary_confirm', 'notary_refused',
        'declare_recovery', 'notary_recovery', 'notary_recovery_leaves', 'notary_recovery_meta', 'notary_recovered',
        'keeper_work', 'keeper_done', 'keeper_fetched', 'keeper_forgot', 'keeper_kept', 'keeper_inspection', 'keeper_inspected',
        'relay_batch', 'relay_commit', 'relay_lease', 'relay_events', 'relay_report', 'relay_spans', 'relay_gauges',
        'begin_move', 'compares_next', 'move_step', 'take_back_move',
        'refuse_backlog', 'egress_allowed', 'check_invariants', 'tick_step', 'seal', 'health', 'horizon']::name[]
$$;

-- Which group of callers a public routine is for; what is not listed is for applications.
create function portarium_int.caller_of(p_name name)
    returns name
    language sql
    immutable
    parallel safe
    as $$
    select case
        when p_name in ('register_executor', 'exchange', 'await', 'heartbeat', 'complete', 'fail') then 'portarium_executor'
        when p_name operator(pg_catalog.^@) 'notary_' then 'portarium_notary'
        when p_name operator(pg_catalog.^@) 'keeper_' then 'portarium_keeper'
        when p_name operator(pg_catalog.^@) 'relay_' or p_name = 'tick' then 'portarium_relay'
        when p_name = 'egress_allowed' then 'portarium_egress'
        when p_name = 'route' or p_name operator(pg_catalog.^@) 'worker_' then 'portarium_sidecar'
        when p_name = 'databases' then 'portarium_executor'
        when p_name in ('create_tenant', 'tenant_by_slug', 'add_context_key', 'retire_context_key', 'bind_login', 'unbind_login',
            'context_token', 'protect', 'move_tenant', 'cancel_move',
            'trust_notary_key', 'declare_recovery', 'check_invariants', 'horizon', 'set_share', 'set_queue_quota',
            'provision_requests', 'provision_script', 'provisioned', 'provision_failed', 'receive_tenant') then 'portarium_admin'
        when p_name in ('install', 'create_reader', 'migrate', 'migration_plan') then null
        else 'portarium_app'
    end::name
$$;

revoke all on schema portarium, portarium_int from public;
revoke all on all routines in schema portarium, portarium_int from public;
grant usage on schema portarium to portarium_owner, portarium_sys, portarium_records, portarium_app, portarium_admin,
    portarium_executor, portarium_notary, portarium_keeper, portarium_relay, portarium_egress;
-- a routine's new owner must be able to make one in its schema, unless a superuser says so
grant create on schema portarium, portarium_int to portarium_owner, portarium_sys, portarium_records, portarium_mover;
grant usage on schema portarium_int to portarium_owner, portarium_sys, portarium_records, portarium_app, portarium_admin, portarium_relay;
grant execute on all routines in schema portarium, portarium_int to portarium_owner, portarium_sys, portarium_records;

do $$
declare
    v_routine record;
begin
    for v_routine in
        select p.oid::regprocedure as signature, n.nspname, p.proname, p.prosecdef, p.provolatile, portarium_int.caller_of(p.proname) as caller
        from pg_catalog.pg_proc p
        join pg_catalog.pg_namespace n on n.oid = p.pronamespace
        where n.nspname in ('portarium', 'portarium_int')
    loop
        if v_routine.prosecdef then
            execute pg_catalog.format('alter routine %s owner to %I', v_routine.signature,
                case when v_routine.proname = any (portarium_int.sys_routines()) then 'portarium_sys'
                    when v_routine.proname = 'take_away_entries' then 'portarium_records'
                    when v_routine.proname = 'take_copies' then 'portarium_mover'
                    else 'portarium_owner' end);
        end if;
        if v_routine.nspname = 'portarium' and v_routine.caller is not null then
            execute pg_catalog.format('grant execute on routine %s to %I', v_routine.signature, v_routine.caller);
        elsif v_routine.nspname = 'portarium_int' and (v_routine.provolatile = 'i' or v_routine.proname operator(pg_catalog.^@) 'asl_') then
            -- pure: what public functions without a definer's rights are made of
            execute pg_catalog.format('grant execute on routine %s to portarium_app, portarium_admin', v_routine.signature);
        end if;
    end loop;
end
$$;
revoke create on schema portarium, portarium_int from portarium_sys, portarium_records, portarium_mover;
revoke create on schema portarium_int from portarium_owner;
grant execute on function portarium.tenant_id(), portarium.actor(), portarium.roles() to portarium_admin;
-- what protect() is made of, with its caller's rights
grant execute on function portarium_int.wall_expression(), portarium_int.raise_policy(oid, name, text),
    portarium_int.require_protectable(regclass), portarium_int.protection_findings(oid) to portarium_admin;
grant execute on function portarium_int.tick_step(boolean) to portarium_relay;
-- the steps of a move, between which its procedure commits
grant execute on function portarium_int.begin_move(uuid, text), portarium_int.compares_next(uuid), portarium_int.move_step(uuid),
    portarium_int.take_back_move(uuid), portarium_int.require_reader_can_go(uuid, text), portarium_int.drop_reader(uuid) to portarium_admin;
-- what views call, with their reader's rights
grant execute on function portarium_int.rows_of(name), portarium_int.is_at_home() to portarium_app;
grant execute on function portarium.relay_gauges(), portarium.route(uuid) to portarium_admin;
-- each daemon works in every database
grant execute on function portarium.databases() to portarium_egress, portarium_notary, portarium_keeper, portarium_relay;

do $$ begin perform portarium_int.lend_roles(false); end $$;
