-- SPDX-License-Identifier: PostgreSQL
-- In the control database: every role × every database of a tenant of tier C × privilege, from the catalogs. Those of daemons and of backups
-- may connect, and nobody else may do anything.
begin;
select no_plan();
create role matrix_login in role portarium_app;
create temporary table door as
select r.rolname as role_name, d.database, p.privilege, has_database_privilege(r.rolname, d.database, p.privilege) as open,
    p.privilege = 'CONNECT' and (l.may_login or r.rolname = 'portarium_backup') or p.privilege = 'CREATE' and r.rolname = 'portarium_owner' as wanted
from (
    -- a superuser, and who owns a database, come in anyhow
    select r.rolname from pg_roles r where not r.rolsuper
    union all
    values ('public')
) r
left join portarium_int.role_list() l on l.role_name = r.rolname
cross join portarium_data.tenant_database d
cross join (values ('CONNECT'), ('CREATE'), ('TEMPORARY')) p (privilege);
select cmp_ok((select count(distinct (role_name, database))::int from door), '>=', 40, 'there are roles and databases');
select is_empty($$ select role_name, database, privilege from door where open is distinct from coalesce(wanted, false) $$,
    'daemons and backups may connect, the owner of the tables may make schemas, nobody else has anything');
select is_empty($$ select subject, finding from portarium.health() where severity = 'error' $$, 'health() finds nothing wrong');
select * from finish();
rollback;
