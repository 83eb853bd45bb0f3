-- SPDX-License-Identifier: PostgreSQL
-- The same wall on a table of somebody else's: what protect() can do it does, with the caller's rights; what only the table's owner can
-- decide it lists, and so does health() for as long as it stands.
-- Both policies need our function, so that dropping the extension closes the table instead of opening it.

-- What is left to do about a table, whether it is behind the wall already or not.
create function portarium_int.protection_findings(p_table oid)
    returns table (severity text, finding text)
    language sql
    stable
    as $$
    with held as (
        select case g.grantee when 0 then 'public' else g.grantee::regrole::text end as holder, g.grantee, g.privilege_type
        from pg_catalog.pg_class c
        cross join lateral pg_catalog.aclexplode(c.relacl) g
        where c.oid = p_table and g.grantee <> c.relowner)
    select 'error', f.finding
    from pg_catalog.pg_class c
    left join pg_catalog.pg_policy p on p.polrelid = c.oid and p.polname = 'pt_wall'
    cross join lateral (
        values
            (not c.relrowsecurity, 'row-level security is off'),
            (not c.relforcerowsecurity, 'row-level security is not forced'),
            (p.oid is null, 'the wall is missing'),
            (p.polpermissive or p.polcmd <> '*' or p.polroles <> '{0}', 'the wall does not hold everybody'),
            (exists (select from pg_catalog.pg_roles o where o.oid = c.relowner and (o.rolsuper or o.rolbypassrls)),
                pg_catalog.format('owner "%s" looks past every policy', c.relowner::regrole))
    ) f (wrong, finding)
    where c.oid = p_table and f.wrong
    union all
    select 'warning', pg_catalog.format('unique key "%s" tells what other tenants have: let it begin with tenant_id', i.indexrelid::regclass)
    from pg_catalog.pg_index i
    where i.indrelid = p_table and i.indisunique
        and i.indkey[0] <> (select a.attnum from pg_catalog.pg_attribute a where a.attrelid = p_table and a.attname = 'tenant_id')
    union all
    select 'warning', pg_catalog.format('foreign key "%s" from %s reaches over tenants: let it carry tenant_id', k.conname, k.conrelid::regclass)
    from pg_catalog.pg_constraint k
    where k.contype = 'f' and p_table in (k.conrelid, k.confrelid) and not exists (
        select from pg_catalog.generate_subscripts(k.conkey, 1) i
        join pg_catalog.pg_attribute h on h.attrelid = k.conrelid and h.attnum = k.conkey[i] and h.attname = 'tenant_id'
        join pg_catalog.pg_attribute t on t.attrelid = k.confrelid and t.attnum = k.confkey[i] and t.attname = 'tenant_id')
    union all
    select 'warning', pg_catalog.format('column "%s" counts the rows of all tenants: use a uuid', a.attname)
    from pg_catalog.pg_attribute a
    join pg_catalog.pg_depend d on d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass
        and d.refobjid = a.attrelid and d.refobjsubid = a.attnum and d.deptype in ('a', 'i')
    join pg_catalog.pg_class s on s.oid = d.objid and s.relkind = 'S'
    where a.attrelid = p_table
    union all
    select 'warning', pg_catalog.format('role "%s" may %s, which asks no policy', h.holder, h.privilege_type)
    from held h
    where h.privilege_type in ('TRUNCATE', 'REFERENCES', 'TRIGGER')
    union all
    select 'warning', pg_catalog.format('role "%s" is no member of portarium_app and is refused', h.holder)
    from held h
    where h.grantee = 0 or not pg_catalog.pg_has_role(h.grantee, 'portarium_app', 'usage')
    group by h.holder
    union all
    select 'warning', pg_catalog.format('table %s is part of this one and has no wall of its own', i.inhrelid::regclass)
    from pg_catalog.pg_inherits i
    where i.inhparent = p_table and not exists (
        select from pg_catalog.pg_policy p where p.polrelid = i.inhrelid and p.polname = 'pt_wall')
$$;

create function portarium_int.require_protectable(p_table regclass)
    returns void
    language plpgsql
    stable
    as $$
declare
    v_kind "char" := (select c.relkind from pg_catalog.pg_class c where c.oid = p_table);
begin
    if v_kind is null or v_kind not in ('r', 'p') then
        raise exception using
            errcode = 'UP007',
            message = pg_catalog.format('relation "%s" is not a table', p_table);
    elsif not exists (
        select from pg_catalog.pg_attribute a
        where a.attrelid = p_table and a.attname = 'tenant_id' and a.atttypid = 'uuid'::regtype and a.attnotnull)
    then
        raise exception using
            errcode = 'UP007',
            message = pg_catalog.format('table "%s" has no column tenant_id', p_table),
            hint = 'Add tenant_id uuid not null and give every row its tenant.';
    end if;
end
$$;

create function portarium.protect(target regclass)
    returns table (severity text, finding text)
    language plpgsql
    volatile
    as $$
declare
    v_wall text := portarium_int.wall_expression();
begin
    perform portarium_int.require_protectable(protect.target);
    execute pg_catalog.format('alter table %s enable row level security, force row level security', protect.target);
    -- who has policies of their own has said who is let in
    if not exists (select from pg_catalog.pg_policy p where p.polrelid = protect.target and p.polpermissive) then
        perform portarium_int.raise_policy(protect.target, 'pt_allow',
            'permissive for all to public using (portarium.tenant_id() is not null) with check (portarium.tenant_id() is not null)');
    end if;
    perform portarium_int.raise_policy(protect.target, 'pt_wall',
        pg_catalog.format('restrictive for all to public using (%s) with check (%s)', v_wall, v_wall));
    return query select f.severity, f.finding from portarium_int.protection_findings(protect.target) f;
end
$$;
comment on function portarium.protect(regclass) is
    'Puts a table of yours, with a column tenant_id uuid not null, behind the wall: row-level security enabled and forced, a restrictive policy for everybody. Needs the rights of its owner. Returns what it cannot mend, error or warning; calling it again returns what is left. Whoever uses the table must be a member of portarium_app. Errors: UP007 not a table, no such column, 42501 not the owner';
