-- One session that serves many tenants, as a pool's connections do: whatever a transaction leaves behind, the next one starts with
-- nobody, and each statement asks for its own tenant.
\set SHOW_CONTEXT never
\set key '\'\\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\''
\set next_key '\'\\xf0f1f2f3f4f5f6f7f8f9fafbfcfdfeff000102030405060708090a0b0c0d0e0f\''
set client_min_messages = warning;
create role pool_app login in role portarium_app;
select portarium.create_tenant('acme') as acme, portarium.create_tenant('globex') as globex \gset
select portarium.add_context_key('k1', :key);

create function pg_temp.token(p_tenant uuid, p_actor text, p_kid text default 'k1', p_key bytea default :key)
    returns text
    language sql
    as $$ select portarium.context_token(p_tenant, p_actor, '{admin}', p_kid, p_key, login => 'pool_app') $$;
select pg_temp.token(:'acme', 'ana') as ana, pg_temp.token(:'globex', 'gil') as gil, pg_temp.token(:'globex', 'ann', 'k2', :next_key) as forged \gset

-- Each tenant has entries of its own: acme 3, globex 2.
set session authorization pool_app;
begin;
set local portarium.ctx = :'ana';
select count(*) from generate_series(1, 3) n, portarium.append_evidence('app.test', jsonb_build_object('n', n));
select portarium.set_policy('careful', 'approve', 'ledger', 'post');
commit;
begin;
set local portarium.ctx = :'gil';
select count(*) from generate_series(1, 2) n, portarium.append_evidence('app.test', jsonb_build_object('n', n));
commit;

-- Prepared once, asked by one after the other; also with one plan for all, made in the context of the first.
prepare mine as select count(*) as entries, min(actor) as actor from portarium.entries;
prepare named(text) as select count(*) as entries from portarium.entries where actor = $1;
set plan_cache_mode = force_generic_plan;
begin; set local portarium.ctx = :'ana'; execute mine; execute named('ana'); commit;
begin; set local portarium.ctx = :'gil'; execute mine; execute named('ana'); commit;
execute mine;
set plan_cache_mode = force_custom_plan;
begin; set local portarium.ctx = :'ana'; execute mine; commit;
begin; set local portarium.ctx = :'gil'; execute mine; commit;
execute mine;
reset plan_cache_mode;

-- Two tenants in one transaction, one after the other: a statement sees the tenant of the token in force.
begin;
set local portarium.ctx = :'ana';
execute mine;
set local portarium.ctx = :'gil';
execute mine;
commit;

-- Savepoints: released, rolled back, and a subtransaction whose error is caught.
begin;
set local portarium.ctx = :'ana';
savepoint s;
set local portarium.ctx = :'gil';
release savepoint s;
execute mine;
savepoint s;
set local portarium.ctx = :'ana';
execute mine;
rollback to savepoint s;
execute mine;
savepoint s;
set local portarium.ctx = '';
execute mine;
rollback to savepoint s;
do $$
begin
    perform set_config('portarium.ctx', 'x', true);
    perform portarium.tenant_id();
exception
    when sqlstate 'UP202' then raise warning 'refused, and the token before it is in force again';
end
$$;
execute mine;
savepoint s;
set local portarium.ctx = :'forged';
execute mine;
rollback to savepoint s;
execute mine;
commit;

-- What an aborted transaction leaves behind.
begin;
set local portarium.ctx = :'ana';
select 1 / 0;
execute mine;
rollback;
execute mine;
begin;
set local portarium.ctx = :'ana';
select 1 / 0;
commit;
execute mine;

-- A cursor is bound to the tenant for whom it was opened, as its snapshot is.
begin;
set local portarium.ctx = :'ana';
declare c cursor for select count(*) as entries from portarium.entries;
fetch c;
commit;
fetch c;

-- A transaction that is prepared for two-phase commit gives nobody its context.
begin;
set local portarium.ctx = :'ana';
select count(*) from portarium.append_evidence('app.test', '{"n": 4}');
prepare transaction 'pool';
execute mine;
commit prepared 'pool';
execute mine;

-- Parallel workers stand behind the wall, too.
set parallel_setup_cost = 0;
set parallel_tuple_cost = 0;
set min_parallel_table_scan_size = 0;
set enable_indexscan = off;
set enable_indexonlyscan = off;
set enable_bitmapscan = off;
create function pg_temp.uses_workers(p_sql text)
    returns boolean
    language plpgsql
    as $$
declare
    v_plan json;
begin
    execute 'explain (format json) ' || p_sql into v_plan;
    return v_plan::text like '%Gather%';
end
$$;
begin;
set local portarium.ctx = :'ana';
select pg_temp.uses_workers('select count(*) from portarium.policies');
select count(*) from portarium.policies;
set local portarium.ctx = :'gil';
select count(*) from portarium.policies;
set local portarium.ctx = :'forged';
select count(*) from portarium.policies;
rollback;
select count(*) from portarium.policies;
reset session authorization;

-- Rotation: the next key is added first, tokens of both are good, then the old one goes, for transactions that begin from then on.
select portarium.add_context_key('k2', :next_key);
set session authorization pool_app;
begin; set local portarium.ctx = :'ana'; execute mine; commit;
begin; set local portarium.ctx = :'forged'; execute mine; commit;
reset session authorization;
select portarium.retire_context_key('k1');
set session authorization pool_app;
begin; set local portarium.ctx = :'ana'; execute mine; commit;
begin; set local portarium.ctx = :'forged'; execute mine; commit;
-- a token names its key: the same bytes under the other name do not pass
begin; select set_config('portarium.ctx', replace(:'ana', 'v1.k1.', 'v1.k2.'), true) is not null as set; execute mine; commit;

-- A binding is the login's for as long as it stands, and no longer than the next transaction after it is taken back.
reset session authorization;
select portarium.bind_login('pool_app', :'globex', 'job', '{}');
set session authorization pool_app;
execute mine;
begin; set local portarium.ctx = :'forged'; select portarium.actor(); commit;
select portarium.actor();
reset session authorization;
select portarium.unbind_login('pool_app');
set session authorization pool_app;
execute mine;
reset session authorization;
drop function pg_temp.uses_workers;
drop role pool_app;
