-- SPDX-License-Identifier: PostgreSQL
-- Every stamped table × role × context × operation, in the database where tenant :acme is at home and has worked. Tables and roles are
-- read from the catalogs. :other is another tenant, :other_answer what its token hears here: 0 where it lives here, too, else an SQLSTATE.

create role matrix_stranger;
create role matrix_login in role portarium_app;
select set_config('t.tenant', :'acme', true);

-- The contexts: what portarium.ctx holds, and what a wall with rows behind it answers to reading.
create function pg_temp.token_for(
    p_database text, p_login text, p_ttl interval default '5 min', p_epoch int default 1, p_key bytea default sha256('engine tests'),
    p_tenant uuid default current_setting('t.tenant')::uuid)
    returns text
    language sql
    as $$
    select m || '.' || portarium_int.to_base64url(portarium_int.hmac(
        portarium_int.hmac_block(p_key, 54), portarium_int.hmac_block(p_key, 92), convert_to(m, 'UTF8')))
    from portarium_int.token_message('k1', p_tenant, p_database, p_login, 'eve', '{admin}', '',
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
    ('other tenant', pg_temp.token_for(current_database(), session_user, p_tenant => :'other'), :'other_answer'),
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
            v_name, current_setting('t.tenant'), v_name);
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

\i test/pgtap/include/columns.sql

create temporary view operation as
select t.name as target, t.line, t.append_only, o.operation, o.sql
from target t
cross join lateral (values
    ('select', format('select from %s where tenant_id = %L', t.name, :'acme')),
    ('select all', format('select from %s', t.name)),
    ('update', format('update %s set tenant_id = tenant_id where tenant_id = %L', t.name, :'acme')),
    ('delete', format('delete from %s where tenant_id = %L', t.name, :'acme')),
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
