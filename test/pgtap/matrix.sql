-- SPDX-License-Identifier: PostgreSQL
-- The matrix: every stamped table × role × context × operation, and every public function and view with the ids and names of one
-- tenant in the context of another. Tables, roles, functions, views, ids and names are read from the catalogs and from the tables.
\i test/pgtap/include/engine.sql

-- Work of many kinds, so that the tables have rows.
select portarium.register_workflow('post', pg_temp.task('post')), portarium.register_workflow('grant', pg_temp.task('grant'));
select portarium.register_workflow('later', '{"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": 3600, "End": true}}}'::jsonb);
select portarium.register_workflow('signalled', '{"StartAt": "Hear", "States": {"Hear": {"Type": "Task", "Resource": "portarium:signal:go", "End": true}}}'::jsonb);
select portarium.register_workflow('answered', pg_temp.task('post', '{"Resource": "portarium:action:ledger.post.waitForTaskToken", "Parameters": {"id.$": "$$.Task.Token"}}'));
select portarium.set_policy('careful', 'approve', 'ledger', 'wire'), portarium.set_alias('post', 'live', '{"1": 100}'),
    portarium.set_schedule('new-year', 'post', '0 0 1 1 *'), portarium.map_resource('arn:x', 'portarium:action:ledger.post');
select portarium.start_run('post', jsonb_build_object('id', repeat('x', 400)), 'key-1'), portarium.start_run('grant'),
    portarium.start_run('later'), portarium.start_run('signalled'), portarium.start_run('answered');
select pg_temp.work('{"output": {}}'), pg_temp.work('{"output": {}}');
select portarium.start_run('post', '{"id": "waiting"}');
select portarium.append_evidence('app.test', '{"n": 1}');
commit;
call portarium.tick();

begin;
select no_plan();
set search_path = public;
set local client_min_messages = warning;
create role matrix_stranger;
create role matrix_login in role portarium_app;
\set acme_sql '(select portarium.tenant_by_slug(''acme''))'
select portarium.tenant_by_slug('acme') as acme, portarium.tenant_by_slug('other') as other \gset

-- The contexts: what portarium.ctx holds, and what a wall with rows behind it answers to reading.
create function pg_temp.token_for(p_database text, p_login text, p_ttl interval default '5 min', p_epoch int default 1, p_key bytea default sha256('engine tests'))
    returns text
    language sql
    as $$
    select m || '.' || portarium_int.to_base64url(portarium_int.hmac(
        portarium_int.hmac_block(p_key, 54), portarium_int.hmac_block(p_key, 92), convert_to(m, 'UTF8')))
    from portarium_int.token_message('k1', portarium.tenant_by_slug('acme'), p_database, p_login, 'eve', '{admin}', '',
        extract(epoch from now() + p_ttl)::bigint, p_epoch, '\x0011223344556677') m
    $$;
create temporary table context as
select * from (values
    ('none', null, '0'),
    ('empty', '', '0'),
    ('malformed', 'v1.x', 'UP202'),
    ('forged', pg_temp.token_for(current_database(), session_user, p_key => sha256('another')), 'UP202'),
    ('expired', pg_temp.token_for(current_database(), session_user, '-1 s'), 'UP203'),
    ('other login', pg_temp.token_for(current_database(), 'matrix_login'), 'UP204'),
    ('other database', pg_temp.token_for('another', session_user), 'UP204'),
    ('other route', pg_temp.token_for(current_database(), session_user, p_epoch => 2), 'UP204'),
    ('other tenant', portarium.context_token(:'other', 'eve', '{admin}', 'k1', sha256('engine tests')), '0'),
    ('tenant', pg_temp.token_for(current_database(), session_user), 'rows')
) c (name, token, answer);

-- Every table with a tenant, in every schema of data, and a row of acme's in it where there is one.
create temporary table target as
select c.oid::regclass as name, null::jsonb as line, c.relname = any (portarium_int.append_only_tables()) as append_only
from pg_class c
join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
where c.relnamespace in (select d.data_schema::regnamespace from portarium_int.data_schemas() d) and c.relkind in ('r', 'p');
do $$
declare
    v_name regclass;
begin
    for v_name in select t.name from target t loop
        execute format('update target set line = (select to_jsonb(t) from %s t where t.tenant_id = %L limit 1) where name = %L::regclass',
            v_name, portarium.tenant_by_slug('acme'), v_name);
    end loop;
end
$$;
select cmp_ok((select count(*)::int from target where line is not null), '>=', 15, 'the tenant''s work has left rows in many tables');

-- One cell: what an operation answers, as "0", "rows" or an SQLSTATE. Its effects are gone afterwards.
create function pg_temp.cell(p_role name, p_token text, p_sql text, p_line jsonb)
    returns text
    language plpgsql
    as $$
declare
    v_rows bigint;
begin
    perform set_config('portarium.ctx', coalesce(p_token, ''), true);
    perform set_config('role', p_role, true);
    execute p_sql using p_line;
    get diagnostics v_rows = row_count;
    raise exception using errcode = 'ZZ001', message = case v_rows when 0 then '0' else 'rows' end;
exception
    when sqlstate 'ZZ001' then
        return sqlerrm;
    when others then
        return sqlstate;
end
$$;

-- What can be written of a table's columns.
create function pg_temp.columns(p_table regclass) returns text language sql as $$
    select string_agg(quote_ident(attname), ', ' order by attnum)
    from pg_attribute
    where attrelid = p_table and attnum > 0 and not attisdropped and attgenerated = ''
$$;

create temporary view operation as
select t.name as target, t.line, t.append_only, o.operation, o.sql
from target t
cross join lateral (values
    ('select', format('select from %s where tenant_id = %L', t.name, :acme_sql)),
    ('select all', format('select from %s', t.name)),
    ('update', format('update %s set tenant_id = tenant_id where tenant_id = %L', t.name, :acme_sql)),
    ('delete', format('delete from %s where tenant_id = %L', t.name, :acme_sql)),
    ('insert', format('insert into %1$s (%2$s) overriding system value select %2$s from jsonb_populate_record(null::%1$s, $1)',
        t.name, pg_temp.columns(t.name::regclass))),
    ('truncate', format('truncate %s', t.name)),
    ('lock', format('lock table %s in access exclusive mode', t.name))
) o (operation, sql)
where o.operation <> 'insert' or t.line is not null;

-- Without a privilege the answer is the same in every context. Where the library is loaded its guard refuses a TRUNCATE first (UP901).
create temporary table cell as
select r.role_name, c.name as context, c.answer, o.target, o.line is not null as has_rows, o.append_only, o.operation,
    pg_temp.cell(r.role_name, c.token, o.sql, o.line) as got
from (select l.role_name from portarium_int.role_list() l union all values ('matrix_stranger'::name), ('matrix_login')) r
cross join context c
cross join operation o;

select is_empty(format($$ select context, target, operation, got from cell where role_name = %L and got <> '42501' $$, r.role_name),
    format('role %s: every table, context and operation is refused', r.role_name))
from (select distinct role_name from cell) r
where r.role_name not in ('portarium_owner', 'portarium_sys', 'portarium_backup', 'portarium_records', 'portarium_mover');

select is_empty($$ select context, target, operation, got from cell
    where role_name = 'portarium_backup'
        and case
            when operation like 'select%' then has_rows and got <> 'rows'
            when operation = 'truncate' then got not in ('42501', 'UP901')
            else got <> '42501' end
$$, 'role portarium_backup: reads everything, whatever the context, and changes nothing');

select is_empty($$ select context, target, operation, got from cell
    where role_name in ('portarium_owner', 'portarium_sys') and operation in ('update', 'delete') and append_only and got <> '42501'
$$, 'owner and system: evidence is never changed');

select is_empty($$ select context, target, operation, got from cell
    where role_name = 'portarium_records' and got in ('0', 'rows')
        and (got = 'rows' and context <> 'tenant' or operation in ('update', 'insert', 'truncate')
            or operation in ('delete', 'lock') and target::text !~ '[.]entry$')
$$, 'role portarium_records: deletes from entry only, and sees nothing out of its tenant''s context');

-- Past the wall, because a move has no context; what it deletes its one function judges.
select is_empty($$ select context, target, operation, got from cell
    where role_name = 'portarium_mover' and got in ('0', 'rows')
        and (operation in ('update', 'insert', 'truncate')
            or operation in ('delete', 'lock') and target::text !~ '[.](entry|leaf|chunk)$'
            or target::text !~ '[.](entry|leaf|chunk|tenant|tenant_move)$')
$$, 'role portarium_mover: deletes copies of the log only');

select is_empty($$ select context, target, operation, got from cell where role_name = 'portarium_owner' and operation = 'truncate' and got not in ('42501', 'UP901') $$,
    'the owner empties no table');

-- The owner, for whom the API's functions act, in each context. In its own, a foreign key may keep what others refer to.
select is_empty(format($$ select target, operation, got from cell
    where role_name = 'portarium_owner' and context = %L and operation in ('select', 'update', 'delete') and has_rows
        and not (append_only and operation <> 'select') and got <> %L and not (context = 'tenant' and got = '23503') $$, c.name, c.answer),
    format('the owner, context %s: a table with rows answers %s', c.name, c.answer))
from context c;
select is_empty(format($$ select target, operation, got from cell
    where role_name = 'portarium_owner' and context = %L and operation = 'insert' and got <> %L $$, c.name, case c.answer when '0' then '42501' else c.answer end),
    format('the owner, context %s: a row of the tenant is not added', c.name))
from context c
where c.answer <> 'rows';
select is_empty($$ select context, target, got from cell
    where role_name = 'portarium_owner' and context <> 'tenant' and operation = 'select all' and got = 'rows' and context in ('none', 'empty') $$,
    'the owner without a tenant sees no row of anybody');

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
do $$
declare
    v_column record;
begin
    for v_column in
        select t.name, a.attname, a.atttypid
        from target t
        join pg_attribute a on a.attrelid = t.name and a.attnum > 0 and not a.attisdropped and a.attname <> 'tenant_id'
        where a.atttypid = 'uuid'::regtype
            or a.atttypid = 'text'::regtype and exists (
                select from pg_index i where i.indrelid = t.name and i.indisunique and a.attnum = any (i.indkey::int2[]))
    loop
        execute format('insert into possession select %s, %I::text from %s where tenant_id = %L and %2$I is not null',
            v_column.atttypid, v_column.attname, v_column.name, portarium.tenant_by_slug('acme'));
    end loop;
    insert into possession select 'uuid', portarium.tenant_by_slug('acme');
    perform pg_temp.be_in(portarium.tenant_by_slug('acme'), 'ada', 'admin', 'operator');
    insert into possession select 'text', portarium.task_token(r.run_id) from portarium.runs r where r.workflow = 'answered';
end
$$;
select cmp_ok((select count(distinct value)::int from possession), '>=', 15, 'the tenant has ids and names to try');
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

create temporary table answer as select * from pg_temp.ask(:'other');
select is_empty(format($$ select argument, value, theirs, nobodys from answer where signature = %L and theirs is distinct from nobodys $$, s.signature),
    format('%s: what another tenant has is like what nobody has', s.signature))
from (select distinct signature from answer) s
order by s.signature;

-- The same questions can tell the difference: asked by the tenant itself, they do.
create temporary table own_answer as select * from pg_temp.ask(:'acme');
select cmp_ok((select count(distinct signature)::int from own_answer where theirs is distinct from nobodys), '>=', 15,
    'of its own ids and names the tenant hears another answer from many functions');

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
select is(pg_temp.visible(:'other', v.name), '0', format('%s: another tenant sees nothing', v.name)) from public_view v;
select cmp_ok((select count(*)::int from public_view v where pg_temp.visible(:'acme', v.name) <> '0'), '>=', 8, 'the tenant sees its own in many views');

select * from finish();
rollback;
