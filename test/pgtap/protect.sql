-- SPDX-License-Identifier: PostgreSQL
-- The wall on a table of the application's own: who sees what, what protect() cannot mend, and that it closes without the extension.
\i test/pgtap/include/engine.sql
select plan(25);

create role shop_owner in role portarium_admin;
create role shop_app in role portarium_app;
create role shop_stranger;
create schema shop authorization shop_owner;
grant usage on schema shop to shop_app, shop_stranger;
set role shop_owner;
create table shop.customer (tenant_id uuid not null, customer_id uuid not null, name text, primary key (tenant_id, customer_id));
create table shop.bill (
    bill_id serial primary key, tenant_id uuid not null, number text unique, customer_id uuid, total int,
    constraint bill_customer foreign key (tenant_id, customer_id) references shop.customer);
create table shop.line (line_id uuid primary key, bill_id int constraint line_bill references shop.bill);
create view shop.seen as select * from shop.bill;
create table shop.plain (id uuid primary key, tenant_id uuid);
grant select, insert, update, delete on shop.bill, shop.customer to shop_app;
grant usage on sequence shop.bill_bill_id_seq to shop_app;
grant select, truncate on shop.bill to shop_stranger;

select throws_ok($$ select * from portarium.protect('shop.seen') $$, 'UP007', 'relation "shop.seen" is not a table', 'a view is not protected');
select throws_ok($$ select * from portarium.protect('shop.line') $$, 'UP007', 'table "shop.line" has no column tenant_id', 'nor a table without a tenant');
select throws_ok($$ select * from portarium.protect('shop.plain') $$, 'UP007', null, 'nor one whose tenant may be null');
select throws_ok($$ select * from portarium.protect('pg_catalog.pg_class') $$, 'UP007', null, 'nor a catalog');
select is_empty($$ select * from portarium.protect('shop.customer') $$, 'nothing is left to do about a table with keys that carry the tenant');
select bag_eq($$ select * from portarium.protect('shop.bill') $$, $$ values
    ('warning', 'unique key "shop.bill_pkey" tells what other tenants have: let it begin with tenant_id'),
    ('warning', 'unique key "shop.bill_number_key" tells what other tenants have: let it begin with tenant_id'),
    ('warning', 'foreign key "line_bill" from shop.line reaches over tenants: let it carry tenant_id'),
    ('warning', 'column "bill_id" counts the rows of all tenants: use a uuid'),
    ('warning', 'role "shop_stranger" may TRUNCATE, which asks no policy'),
    ('warning', 'role "shop_stranger" is no member of portarium_app and is refused') $$, 'what it cannot mend it lists');
reset role;

-- Rows of both tenants, each written by itself.
create function pg_temp.as_app(p_tenant uuid, p_sql text)
    returns bigint
    language plpgsql
    as $$
declare
    v_rows bigint;
begin
    perform pg_temp.be_in(p_tenant, 'ada', 'admin');
    perform set_config('role', 'shop_app', true);
    execute p_sql;
    get diagnostics v_rows = row_count;
    perform set_config('role', 'none', true);
    return v_rows;
end
$$;
select is(pg_temp.as_app(:'tenant', format('insert into shop.bill (tenant_id, number, total) values (%1$L, %2$L, 1), (%1$L, %3$L, 2)', :'tenant', 'a', 'b')), 2::bigint,
    'a tenant adds rows');
select is(pg_temp.as_app(:'other_tenant', format('insert into shop.bill (tenant_id, number, total) values (%L, %L, 3)', :'other_tenant', 'c')), 1::bigint, 'another, too');
select throws_ok(format('select pg_temp.as_app(%L, %L)', :'other_tenant', format('insert into shop.bill (tenant_id) values (%L)', :'tenant')), '42501', null,
    'nobody adds for another');
select is(pg_temp.as_app(:'tenant', 'select from shop.bill'), 2::bigint, 'each sees its own');
select is(pg_temp.as_app(:'other_tenant', 'select from shop.bill'), 1::bigint, 'and nothing else');
select is(pg_temp.as_app(:'other_tenant', 'update shop.bill set total = 0'), 1::bigint, 'changes its own');
select throws_ok(format('select pg_temp.as_app(%L, %L)', :'other_tenant', format('update shop.bill set tenant_id = %L', :'tenant')), '42501', null,
    'gives nothing to another');
select is(pg_temp.as_app(:'other_tenant', 'delete from shop.bill'), 1::bigint, 'deletes its own');

-- The owner is held, too; without a tenant there is nothing.
set local portarium.ctx = '';
set role shop_owner;
select is_empty('select * from shop.bill', 'the owner sees nothing without a tenant');
reset role;
set role shop_app;
select is_empty('select * from shop.bill', 'nor does the application');
reset role;
set role shop_stranger;
select throws_ok('select * from shop.bill', '42501', null, 'who is no member of portarium_app is refused');
reset role;

-- A policy of the owner's is kept, and cannot widen the wall.
create policy mine on shop.customer using (true);
select is(pg_temp.as_app(:'tenant', format('insert into shop.customer values (%L, %L)', :'tenant', :'tenant')), 1::bigint, 'a row behind two policies');
select is(pg_temp.as_app(:'other_tenant', 'select from shop.customer'), 0::bigint, 'a permissive policy opens nothing');

-- health() looks after it; another call mends what was undone.
select bag_eq($$ select severity, count(*) from portarium.health() where subject = 'table shop.bill' group by severity $$, $$ values ('warning', 6::bigint) $$,
    'health() lists what is left');
alter table shop.bill no force row level security;
select isnt_empty($$ select * from portarium.health() where subject = 'table shop.bill' and severity = 'error' $$, 'and what is broken');
select is_empty($$ select * from portarium.protect('shop.bill') where severity = 'error' $$, 'protecting it again mends it');
select lives_ok('select portarium_int.restyle_wall()', 'a change of flavour changes its wall, too');
select is(pg_temp.as_app(:'tenant', 'select from shop.bill'), 2::bigint, 'which stands');

-- Without the extension nobody sees anything.
set local client_min_messages = error;
drop extension portarium cascade;
set role shop_app;
select is_empty('select * from shop.bill', 'dropping the extension closes the table');
reset role;

select * from finish();
rollback;
