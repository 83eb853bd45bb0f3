-- The wall, read from the catalogs: every stamped table that has a tenant_id stands behind it, and nothing leads around it.
-- No table is named here, so a table that a later part stamps is judged too; so are those in the schema of a tenant of tier B.
-- SPDX-License-Identifier: PostgreSQL
begin;
select plan(12);
select portarium.create_tenant('beta', tier => 'B') as beta \gset

create temporary view stamped as
select c.oid, c.relname, c.relowner, c.relkind, c.relrowsecurity, c.relforcerowsecurity, t.attnum as tenant_column
from pg_class c
left join pg_attribute t on t.attrelid = c.oid and t.attname = 'tenant_id' and not t.attisdropped
where c.relnamespace in (select d.data_schema::regnamespace from portarium_int.data_schemas() d) and c.relkind in ('r', 'p');

select cmp_ok((select count(*)::int from stamped where tenant_column is not null), '>=', 8,
    'there are tenant tables to judge');
select cmp_ok((select count(*)::int from stamped s join pg_class c using (oid) where c.relnamespace = portarium_int.home_of(:'beta')::text::regnamespace), '>=', 15,
    'a tenant''s own among them');

select is_empty($$
    select relname from stamped where tenant_column is not null and not (relrowsecurity and relforcerowsecurity)
$$, 'row-level security is enabled and forced on every tenant table');

select is_empty($$
    select relname from stamped s where tenant_column is not null and not exists (
        select from pg_policy p
        where p.polrelid = s.oid and not p.polpermissive and p.polcmd = '*'
            and p.polroles @> array['portarium_owner'::regrole::oid, 'portarium_app'::regrole::oid]
            and pg_get_expr(p.polqual, p.polrelid) ~ '^\(tenant_id = .*portarium\.tenant_id\(\)'
            and pg_get_expr(p.polwithcheck, p.polrelid) ~ '^\(tenant_id = .*portarium\.tenant_id\(\)')
$$, 'every tenant table has a restrictive wall for owner and applications, on reading and on writing');

select is_empty($$
    select s.relname, p.polname from stamped s join pg_policy p on p.polrelid = s.oid
    where p.polpermissive and (p.polroles = '{0}' or p.polroles && array(
        select oid from pg_roles where rolname ~ '^portarium_(sidecar|executor|notary|relay|admin)$'))
$$, 'no permissive policy lets in everybody, or a daemon');

select is_empty($$
    select s.relname, i.indexrelid::regclass from stamped s
    join pg_index i on i.indrelid = s.oid and i.indisunique
    where s.tenant_column is not null and i.indkey[0] <> s.tenant_column
        -- the registries' slug, the login's name and the meta-log span tenants by their nature; no tenant writes them
        and s.relname not in ('tenant', 'tenant_database', 'login_binding', 'meta_leaf')
$$, 'every unique key of a tenant table begins with tenant_id');

select is_empty($$
    select relname from stamped where relowner <> 'portarium_owner'::regrole
$$, 'every stamped table belongs to portarium_owner');

select is_empty($$
    select s.relname from stamped s join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = s.oid and d.deptype = 'e'
$$, 'no stamped table is a member of the extension: dropping the extension drops no evidence');

select is_empty($$
    select s.relname, t.tgname from stamped s join pg_trigger t on t.tgrelid = s.oid and not t.tgisinternal
$$, 'no stamped table has a trigger');

select is_empty($$
    select s.relname, a.attname from stamped s
    join pg_attribute a on a.attrelid = s.oid and a.attnum > 0 and not a.attisdropped
    join pg_type y on y.oid = a.atttypid
    where y.typtype in ('e', 'c')
$$, 'no stamped table has a column of an enum or of a composite type');

select is_empty($$
    select s.relname, g.grantee::regrole, g.privilege_type from stamped s
    join pg_class c on c.oid = s.oid
    cross join lateral aclexplode(c.relacl) g
    where g.grantee = 0 or g.grantee::regrole::text !~ '^portarium_(owner|sys|backup)$'
        and not exists (
            select from portarium_int.narrow_grants() n
            where n.role_name = g.grantee::regrole::text and n.privilege = g.privilege_type and n.table_name = s.relname)
$$, 'nobody but owner, system and backup has a privilege on a stamped table, and the roles that take evidence away those that they need');

select is_empty($$
    select c.relname from pg_class c
    where c.relnamespace = 'portarium'::regnamespace and c.relkind = 'v' and c.relowner <> 'portarium_owner'::regrole
$$, 'every public view belongs to portarium_owner, so that the wall stands behind it');

select * from finish();
rollback;
