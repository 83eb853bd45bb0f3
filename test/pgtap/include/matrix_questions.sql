-- SPDX-License-Identifier: PostgreSQL
-- Every public function with each id and name of one tenant, and every public view. Functions, views, ids and names are read from the
-- catalogs and from the tables; what is possessed is collected by the tenant (collect), asked about by whomever (ask).

-- The functions: what one answers, with everything that is random or a time replaced.
create function pg_temp.answer(p_sql text, p_asked text)
    returns text
    language plpgsql
    as $$
declare
    v_rows text;
    v_detail text;
    v_hint text;
    v_constraint text;
begin
    execute format('select string_agg(r::text, chr(10)) from (%s) r', p_sql) into v_rows;
    raise exception using errcode = 'ZZ001', message = coalesce(v_rows, 'nothing');
exception
    when others then
        get stacked diagnostics v_detail = pg_exception_detail, v_hint = pg_exception_hint, v_constraint = constraint_name;
        return regexp_replace(regexp_replace(regexp_replace(
            regexp_replace(concat_ws('|', sqlstate, sqlerrm, v_detail, v_hint, v_constraint),
                '\m' || regexp_replace(p_asked, '(\W)', '\\\1', 'g') || '\M', '<asked>', 'g'),
            '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}', '<id>', 'g'), '[0-9a-f]{64}', '<hash>', 'g'),
            '\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[.0-9]*(Z|\+00)', '<time>', 'g');
end
$$;

-- Each argument of each public function of an application that may be an id or a name; the other arguments have something harmless.
create temporary view question as
with argument as (
    select p.oid, p.oid::regprocedure as signature, a.position, a.type, p.proargnames[a.position] as name,
        p.pronargs - p.pronargdefaults < a.position as has_default
    from pg_proc p
    cross join lateral unnest(p.proargtypes::oid[]) with ordinality a (type, position)
    where p.pronamespace = 'portarium'::regnamespace and p.prokind = 'f' and has_function_privilege('portarium_app', p.oid, 'execute'))
select q.signature, q.name, q.type::regtype as type, format('select * from %s(%s) r', q.oid::regproc, (
        select string_agg(format('%I => %s', o.name, case
            when o.position = q.position then '%1$L'
            when o.type = 'jsonb'::regtype then '''{}'''
            when o.type = 'jsonb[]'::regtype then '''{"{}"}'''
            when o.type = 'boolean'::regtype then 'true'
            when o.type = 'integer'::regtype then '1'
            when o.type = 'uuid'::regtype then 'gen_random_uuid()'
            when o.type = 'text[]'::regtype then '''{x}'''
            when o.type = 'regprocedure'::regtype then '''pg_catalog.now()'''
            else '''x''' end || '::' || o.type::regtype), ', ' order by o.position)
        from argument o
        where o.oid = q.oid and (not o.has_default or o.position = q.position))) as call
from argument q
where q.type in ('uuid'::regtype, 'text'::regtype);

-- What acme has: every uuid of its rows, every text that is part of a unique key, and the token of a task.
create temporary table possession (type regtype, value text);
create function pg_temp.collect(p_tenant uuid)
    returns void
    language plpgsql
    as $$
declare
    v_column record;
begin
    for v_column in
        select t.table_oid::regclass as name, a.attname, a.atttypid
        from portarium_int.data_schemas() d
        cross join lateral portarium_int.stamped_tables(d.data_schema) t
        join pg_attribute a on a.attrelid = t.table_oid and a.attnum > 0 and not a.attisdropped and a.attname <> 'tenant_id'
        where t.has_tenant and (a.atttypid = 'uuid'::regtype
            or a.atttypid = 'text'::regtype and exists (
                select from pg_index i where i.indrelid = t.table_oid and i.indisunique and a.attnum = any (i.indkey::int2[])))
    loop
        execute format('insert into possession select %s, %I::text from %s where tenant_id = %L and %2$I is not null',
            v_column.atttypid, v_column.attname, v_column.name, p_tenant);
    end loop;
    insert into possession select 'uuid', p_tenant;
    perform pg_temp.be_in(p_tenant, 'ada', 'admin', 'operator');
    insert into possession select 'text', portarium.task_token(r.run_id) from portarium.runs r where r.workflow = 'answered';
end
$$;
select cmp_ok((select count(*)::int from question), '>=', 40, 'there are functions to ask');

-- Asked by another tenant, an application's login, with every right that a person of that tenant can have.
create function pg_temp.ask(p_tenant uuid)
    returns table (signature text, argument text, value text, theirs text, nobodys text)
    language plpgsql
    as $$
declare
    v_question record;
    v_other text;
begin
    for v_question in
        select q.signature, q.name, q.call, p.type, p.value from question q join (select distinct * from possession) p using (type)
    loop
        perform pg_temp.be_in(p_tenant, 'eve', 'admin', 'operator', 'approver', 'requester');
        v_other := case v_question.type when 'uuid'::regtype then gen_random_uuid()::text else v_question.value || 'x' end;
        signature := v_question.signature;
        argument := v_question.name;
        value := v_question.value;
        theirs := pg_temp.answer(format(v_question.call, v_question.value), v_question.value);
        nobodys := pg_temp.answer(format(v_question.call, v_other), v_other);
        return next;
    end loop;
end
$$;

-- The views.
create function pg_temp.visible(p_tenant uuid, p_view regclass)
    returns text
    language plpgsql
    as $$
declare
    v_rows text;
begin
    perform pg_temp.be_in(p_tenant, 'eve', 'admin');
    perform set_config('role', 'matrix_login', true);
    execute format('select count(*) from %s', p_view) into v_rows;
    perform set_config('role', 'none', true);
    return v_rows;
end
$$;
create temporary view public_view as
select c.oid::regclass as name from pg_class c where c.relnamespace = 'portarium'::regnamespace and c.relkind = 'v';
