-- Who may call what, and how the functions that run as somebody else are protected.
-- SPDX-License-Identifier: PostgreSQL
begin;
select plan(14);

create temporary view ours as
select p.oid, p.oid::regprocedure::text as signature, n.nspname, p.proname, p.prosecdef, p.proconfig, p.proowner, p.proacl, p.prorettype
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
where n.nspname in ('portarium', 'portarium_int');

-- What a role may execute beyond what everybody may, in our two schemas.
create function pg_temp.callable(p_role text)
    returns setof name
    language sql
    as $$ select proname from ours where has_function_privilege(p_role, oid, 'EXECUTE') and has_schema_privilege(p_role, nspname, 'USAGE') $$;

-- The relations of any of our schemas that a role may touch in any way.
create function pg_temp.touchable(p_role text)
    returns setof regclass
    language sql
    as $$
    select c.oid::regclass from pg_class c
    where c.relnamespace in ('portarium'::regnamespace, 'portarium_int'::regnamespace, 'portarium_data'::regnamespace)
        and c.relkind in ('r', 'p', 'v', 'm', 'S')
        and case when c.relkind = 'S' then has_sequence_privilege(p_role, c.oid, 'USAGE, SELECT, UPDATE')
            else has_table_privilege(p_role, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
                or has_any_column_privilege(p_role, c.oid, 'SELECT, INSERT, UPDATE, REFERENCES') end
    $$;

select cmp_ok((select count(*)::int from ours where prosecdef), '>=', 10, 'there are definer functions to judge');

select is_empty($$
    select signature from ours where prosecdef and coalesce(not 'search_path=pg_catalog, portarium_data, pg_temp' = any (proconfig), true)
$$, 'every SECURITY DEFINER function pins its search path');

select is_empty($$
    select signature, proowner::regrole from ours
    where prosecdef and proowner not in ('portarium_owner'::regrole, 'portarium_sys'::regrole)
        and (proname, proowner) not in (('take_away_entries', 'portarium_records'::regrole), ('take_copies', 'portarium_mover'::regrole))
$$, 'every SECURITY DEFINER function belongs to the owner or the system role, never to a superuser');

select is_empty($$
    select o.signature from ours o cross join lateral aclexplode(coalesce(o.proacl, acldefault('f', o.proowner))) g
    where g.grantee = 0
$$, 'nothing may be called by PUBLIC');

select is_empty($$
    select o.signature from ours o
    where o.nspname = 'portarium' and obj_description(o.oid, 'pg_proc') is null
    union all
    select c.oid::regclass::text from pg_class c
    where c.relnamespace = 'portarium'::regnamespace and c.relkind in ('v', 'r') and obj_description(c.oid, 'pg_class') is null
$$, 'every public function and view has a comment');

select bag_eq($$ select pg_temp.callable('portarium_executor') $$,
    array['register_executor', 'exchange', 'await', 'heartbeat', 'complete', 'fail', 'databases'],
    'an executor may call its six functions, ask for the databases, and nothing else');

select bag_eq($$ select pg_temp.callable('portarium_notary') $$,
    array['notary_head', 'notary_meta', 'notary_leaves', 'notary_checkpoint', 'notary_probed', 'notary_audited', 'notary_heartbeat',
        'notary_confirm', 'notary_refused', 'notary_standbys', 'notary_recovery', 'notary_recovery_leaves', 'notary_recovery_meta',
        'notary_recovered', 'notary_stamped', 'databases'],
    'the notary may call its fifteen functions, ask for the databases, and nothing else');

select bag_eq($$ select pg_temp.callable('portarium_keeper') $$, array['keeper_work', 'keeper_done', 'keeper_fetched', 'keeper_forgot', 'keeper_kept',
        'keeper_inspection', 'keeper_inspected', 'databases'],
    'the keeper may call its seven functions, ask for the databases, and nothing else');

select is_empty($$ select pg_temp.callable('portarium_relay') except values ('relay_batch'::name), ('relay_commit'), ('relay_lease'), ('relay_events'), ('relay_report'), ('relay_spans'), ('relay_gauges'), ('tick'), ('tick_step'), ('databases') $$,
    'the relay may call its functions and nothing else');

select bag_eq($$ select pg_temp.callable('portarium_egress') $$, array['egress_allowed', 'databases'], 'the egress proxy may ask its question, ask for the databases, and nothing else');

select is_empty($$
    select r, pg_temp.touchable(r) from unnest(array['portarium_executor', 'portarium_notary', 'portarium_keeper', 'portarium_relay', 'portarium_egress']) r
$$, 'executor, notary, keeper, relay and egress proxy may touch no table, view or sequence');

select is_empty($$
    select t from pg_temp.touchable('portarium_sidecar') t where t::text !~ '^portarium\.'
$$, 'the sidecar reads public views only');

select is_empty($$
    select r.rolname from pg_roles r
    where r.rolname ~ '^portarium_(app|sidecar|executor|notary|relay|admin)$'
        and (has_schema_privilege(r.oid, 'portarium_data', 'USAGE, CREATE')
            or has_schema_privilege(r.oid, 'portarium', 'CREATE') or has_schema_privilege(r.oid, 'portarium_int', 'CREATE')
            or r.rolname in ('portarium_executor', 'portarium_notary') and has_schema_privilege(r.oid, 'portarium_int', 'USAGE'))
$$, 'applications and daemons cannot enter the schema of data, nor create in ours; executor and notary see no internals');

-- Public functions that run as their caller are made of these: they compute, and lend no rights.
select is_empty($$
    select o.signature from ours o
    join pg_proc p using (oid)
    where o.nspname = 'portarium_int' and has_function_privilege('portarium_app', o.oid, 'EXECUTE')
        and (o.prosecdef or p.provolatile <> 'i' and o.proname !~ '^asl_')
        and o.oid not in ('portarium_int.rows_of(name)'::regprocedure, 'portarium_int.is_at_home()'::regprocedure)
$$, 'of the internals an application may call pure functions only, and what the views are made of');

select * from finish();
rollback;
