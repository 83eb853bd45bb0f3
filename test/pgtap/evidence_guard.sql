-- Evidence is appended to and never changed: UPDATE, DELETE and TRUNCATE are tried, as every role, on every append-only table.
-- SPDX-License-Identifier: PostgreSQL
begin;
select no_plan();

-- What a statement does when a role tries it: its SQLSTATE, 00000 when it went through. Nothing of it stays.
create function pg_temp.attempt(p_role name, p_sql text)
    returns text
    language plpgsql
    as $$
begin
    execute format('set local role %I', p_role);
    execute p_sql;
    reset role;
    return '00000';
exception
    when others then
        return sqlstate;
end
$$;

create temporary view append_only as
select c.oid, c.oid::regclass as name, (
    select a.attname from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum limit 1
) as first_column
from pg_class c
where c.relnamespace = 'portarium_data'::regnamespace and c.relname = any (portarium_int.append_only_tables());

select is((select count(*)::int from append_only), cardinality(portarium_int.append_only_tables()),
    'every append-only table is stamped');

-- The native guard speaks before the privileges do where the role can see the table.
select matches(pg_temp.attempt(r.role_name, s.sql), '^(42501|UP901)$', format('%s is refused: %s', r.role_name, s.sql))
from portarium_int.role_list() r
cross join append_only t
cross join lateral (values
    (format('update %s set %I = %I', t.name, t.first_column, t.first_column)),
    (format('delete from %s', t.name)),
    (format('truncate %s', t.name))
) s (sql)
where not (r.role_name = 'portarium_records' and s.sql = 'delete from portarium_data.entry')
    and not (r.role_name = 'portarium_mover' and s.sql ~ '^delete from portarium_data.(entry|leaf|chunk)$');

-- The two exceptions have no login and no members, and one function each. One sees one tenant and asks for a signed disposition,
select is(pg_temp.attempt('portarium_records', 'delete from portarium_data.entry'), '00000', 'the role of dispositions may delete entries');
select results_eq($$ select p.oid::regprocedure::text from pg_proc p where p.proowner = 'portarium_records'::regrole $$,
    array['portarium_int.take_away_entries(uuid,uuid)'], 'by one function only');
select is(pg_temp.attempt('portarium_owner', 'select portarium_int.take_away_entries(gen_random_uuid(), gen_random_uuid())'), 'UP901',
    'which refuses without one');
-- the other takes what is a copy, because its tenant moves.
select results_eq($$ select p.oid::regprocedure::text from pg_proc p where p.proowner = 'portarium_mover'::regrole $$,
    array['portarium_int.take_copies(name,name,uuid,text)'], 'the role of moves has one function');
select portarium.create_tenant('moving', tier => 'A');
select is(pg_temp.attempt('portarium_sys', format('select portarium_int.take_copies(%L, %L, tenant_id, %L) from portarium_data.tenant', 'portarium_data', 'entry', 'true')),
    'UP901', 'which refuses where the tenant lives');
select is(pg_temp.attempt('portarium_sys', format($s$insert into portarium_data.tenant_move (tenant_id, tier, phase, started_at, epoch, idx, copied)
    select tenant_id, 'B', 'COPYING', now(), 0, 0, 0 from portarium_data.tenant;
    select portarium_int.take_copies(%L, %L, tenant_id, %L) from portarium_data.tenant$s$, 'portarium_data', 'entry', 'true')),
    'UP901', 'also while it moves');

-- Privileges do not hold a superuser; the native guard does, until it is switched off on purpose.
select case portarium_int.flavour()
    when 'native' then is(pg_temp.attempt(current_user, format('truncate %s', t.name)), 'UP901', format('a superuser is refused: truncate %s', t.name))
    else skip('the managed flavour has no guard against a superuser', 1) end
from append_only t;

select is(pg_temp.attempt('portarium_sys', 'update portarium_data.tree set size = size'), '00000',
    'the attempt itself can succeed: the system role moves the head of the tree');

select is_empty($$
    select t.name, r.role_name, p.privilege
    from append_only t
    cross join portarium_int.role_list() r
    cross join unnest(array['UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER']) p (privilege)
    where has_table_privilege(r.role_name, t.oid, p.privilege)
        and not exists (
            select from portarium_int.narrow_grants() g
            where g.role_name = r.role_name and g.privilege = p.privilege and to_regclass('portarium_data.' || g.table_name) = t.oid)
        or p.privilege = 'UPDATE' and has_any_column_privilege(r.role_name, t.oid, 'UPDATE')
$$, 'no role has a privilege that changes evidence, not even on a column');

select * from finish();
rollback;
