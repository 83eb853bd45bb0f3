-- SPDX-License-Identifier: PostgreSQL
-- The wall with rows behind it: what one tenant's work has left in the tables can be seen, changed and added to by nobody who acts
-- for another tenant or for none, not even through the owner of the tables. Tables are taken from the catalogs.
\i test/pgtap/include/engine.sql

-- Work of many kinds: a run that ends, one that waits for a person, one that waits for time, an entry of the application's own.
select portarium.register_workflow('post', pg_temp.task('post'));
select portarium.register_workflow('grant', pg_temp.task('grant'));
select portarium.register_workflow('later', '{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": true}}}'::jsonb);
select portarium.start_run('post', jsonb_build_object('id', repeat('x', 400)), 'key-1'), portarium.start_run('grant'), portarium.start_run('later');
select pg_temp.work('{"output": {}}');
select portarium.start_run('post', '{"id": "waiting"}');
select portarium.append_evidence('app.test', '{"n": 1}');
commit;
call portarium.tick();

begin;
select no_plan();
set search_path = public;

create temporary view tenant_table as
select c.oid::regclass as name
from pg_class c
join pg_attribute t on t.attrelid = c.oid and t.attname = 'tenant_id'
where c.relnamespace in (select d.data_schema::regnamespace from portarium_int.data_schemas() d) and c.relkind in ('r', 'p') and not c.relispartition;

-- Runs a statement as the owner of the tables, acting for a tenant or (null) for none: the rows it touched, or its SQLSTATE.
create function pg_temp.touch(p_tenant uuid, p_sql text, p_row jsonb default null)
    returns text
    language plpgsql
    as $$
declare
    v_rows bigint;
begin
    if p_tenant is null then
        perform set_config('portarium.ctx', '', true);
    else
        perform pg_temp.be_in(p_tenant, 'eve', 'admin', 'operator', 'approver', 'requester');
    end if;
    perform set_config('role', 'portarium_owner', true);
    execute p_sql using p_row;
    get diagnostics v_rows = row_count;
    perform set_config('role', 'none', true);
    return v_rows;
exception
    when others then
        return sqlstate;
end
$$;

\i test/pgtap/include/columns.sql

-- A row of the tenant in each table that has one, read by the superuser whom no wall holds.
create temporary table sample (name regclass, line jsonb);
do $$
declare
    v_name regclass;
begin
    for v_name in select t.name from tenant_table t loop
        execute format('insert into sample select %L, to_jsonb(t) from %s t where t.tenant_id = %L limit 1', v_name, v_name,
            (select portarium.tenant_by_slug('acme')));
    end loop;
end
$$;
select portarium.tenant_by_slug('acme') as acme, portarium.tenant_by_slug('other') as other \gset

select cmp_ok((select count(*)::int from sample), '>=', 12, 'the tenant''s work has left rows in many tables');

select isnt(pg_temp.touch(:'acme', format('select from %s where tenant_id = %L', s.name, :'acme')), '0', format('%s: its tenant sees rows', s.name))
from sample s;
select is(pg_temp.touch(:'other', format('select from %s where tenant_id = %L', t.name, :'acme')), '0', format('%s: another tenant sees none', t.name))
from tenant_table t;
select is(pg_temp.touch(null, format('select from %s', t.name)), '0', format('%s: without a tenant there is none', t.name))
from tenant_table t;

select matches(pg_temp.touch(:'other', format('update %s set tenant_id = tenant_id where tenant_id = %L', t.name, :'acme')), '^(0|42501)$',
    format('%s: another tenant changes none', t.name))
from tenant_table t;
select matches(pg_temp.touch(:'other', format('delete from %s where tenant_id = %L', t.name, :'acme')), '^(0|42501)$',
    format('%s: another tenant deletes none', t.name))
from tenant_table t;
select is(pg_temp.touch(:'other', format('insert into %1$s (%2$s) overriding system value select %2$s from jsonb_populate_record(null::%1$s, $1)',
    s.name, pg_temp.columns(s.name)), s.line), '42501', format('%s: another tenant adds none', s.name))
from sample s;

select * from finish();
rollback;
