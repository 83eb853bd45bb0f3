-- Who is asking: tokens and bindings.
\set SHOW_CONTEXT never
\set key '\'\\x000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\''

create function pg_temp.whoami()
    returns text
    language sql
    as $$ select concat_ws(' ', portarium.tenant_id(), portarium.actor(), portarium.roles()) $$;

select portarium.create_tenant('acme', null, '018f0d3c-7a10-7c3e-9b1a-2f6f5d0c4b11');
select portarium.create_tenant('globex', null, '018f0d3c-7a10-7c3e-9b1a-2f6f5d0c4b12');
\set acme '018f0d3c-7a10-7c3e-9b1a-2f6f5d0c4b11'
\set globex '018f0d3c-7a10-7c3e-9b1a-2f6f5d0c4b12'

-- Nobody.
select portarium.tenant_id() is null as no_tenant, portarium.actor() is null as no_actor, portarium.roles() is null as no_roles;

-- The golden vectors: the MAC of each message is what the formats page says.
\set vectors `cat test/vectors/token.json`
select t ->> 'name' as name,
    portarium_int.token_message(t ->> 'kid', (t ->> 'tenant')::uuid, t ->> 'database', t ->> 'login', t ->> 'actor',
        array(select json_array_elements_text(t -> 'roles')), t ->> 'scope', (t ->> 'exp')::bigint, (t ->> 'epoch')::int,
        decode(t ->> 'nonce', 'hex')) = t ->> 'message' as message,
    encode(portarium_int.hmac(portarium_int.hmac_block(decode(v ->> 'key', 'hex'), 54), portarium_int.hmac_block(decode(v ->> 'key', 'hex'), 92),
        convert_to(t ->> 'message', 'UTF8')), 'hex') = t ->> 'mac' as mac
from (select :'vectors'::json) j (v)
cross join json_array_elements(v -> 'tokens') t;

select portarium.add_context_key('k1', :key);
select encode(inner_block, 'hex') = :'vectors'::json ->> 'inner_block' as inner_block, encode(outer_block, 'hex') = :'vectors'::json ->> 'outer_block' as outer_block
from portarium_data.context_key;

-- A token is good for its transaction.
select portarium.context_token(:'acme', 'ana', '{approver,operator}', 'k1', :key) as ana,
    portarium.context_token(:'globex', 'Zoë Ünal', null, 'k1', :key) as zoe \gset
begin;
set local portarium.ctx = :'ana';
select pg_temp.whoami();
commit;
select portarium.tenant_id() is null as no_tenant;
begin;
select set_config('portarium.ctx', :'zoe', true) = :'zoe' as set;
select pg_temp.whoami(), portarium.roles();
rollback;
select portarium.tenant_id() is null as no_tenant;

-- A subtransaction that rolls back takes its token with it.
begin;
set local portarium.ctx = :'ana';
savepoint s;
set local portarium.ctx = :'zoe';
select pg_temp.whoami();
rollback to s;
select pg_temp.whoami();
commit;

-- A prepared statement asks again each time.
prepare who as select pg_temp.whoami();
begin;
set local portarium.ctx = :'ana';
execute who;
commit;
begin;
set local portarium.ctx = :'zoe';
execute who;
commit;
set plan_cache_mode = force_generic_plan;
begin;
set local portarium.ctx = :'ana';
execute who;
commit;
reset plan_cache_mode;

-- Parallel workers know it, too.
create temp table numbers as select n from generate_series(1, 20000) n;
create table numbers_shared as select * from numbers;
set parallel_setup_cost = 0;
set parallel_tuple_cost = 0;
set min_parallel_table_scan_size = 0;
set force_parallel_mode = on;
begin;
set local portarium.ctx = :'ana';
select count(*) from numbers_shared where portarium.tenant_id() = :'acme' and n > 0;
commit;
select count(*) from numbers_shared where portarium.tenant_id() = :'acme' and n > 0;
reset force_parallel_mode;
drop table numbers_shared;

-- An application's login is nobody special.
create role context_app login in role portarium_app;
select portarium.context_token(:'acme', 'app', '{operator}', 'k1', :key, login => 'context_app') as app \gset
set session authorization context_app;
begin;
set local portarium.ctx = :'app';
select portarium.tenant_id(), portarium.actor(), portarium.roles();
commit;
begin;
set local portarium.ctx = :'ana';
select portarium.tenant_id();
rollback;
select portarium_int.context();
select portarium.add_context_key('k2', :key);
select portarium.bind_login('context_app', :'globex', 'x', '{}');
select portarium.context_token(:'acme', 'ana', '{}', 'k1', :key);
select * from portarium_data.context_key;
reset session authorization;
drop role context_app;

-- What is not a token, in every field.
create function pg_temp.refusal(p_token text)
    returns text
    language plpgsql
    as $$
begin
    perform set_config('portarium.ctx', p_token, true);
    perform portarium.tenant_id();
    return 'accepted';
exception
    when others then
        return sqlstate || ' ' || sqlerrm;
end
$$;
-- field by field: another value of the right form, then one of a wrong form
select f.field, pg_temp.refusal(array_to_string(t.parts[:f.field - 1] || f.forged || t.parts[f.field + 1:], '.')) as forged,
    pg_temp.refusal(array_to_string(t.parts[:f.field - 1] || f.malformed || t.parts[f.field + 1:], '.')) as malformed
from (select string_to_array(:'ana', '.')) t (parts)
cross join (values
    (1, 'v1', 'v2'), (2, 'k2', 'K1'), (3, '018f0d3c7a107c3e9b1a2f6f5d0c4b12', '018f0d3c7a107c3e9b1a2f6f5d0c4b1'),
    (4, 'b3RoZXI', ''), (5, 'b3RoZXI', 'a=='), (6, 'cm9vdA', ''), (7, 'YWRtaW4', '+'), (8, 'YWxs', '/'),
    (9, '99999999999', '09'), (10, '2', '-1'), (11, '0123456789abcdef', '0123456789abcdeg'),
    (12, 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 'A')
) f (field, forged, malformed)
order by f.field;
select pg_temp.refusal('x'), pg_temp.refusal(:'ana' || '.x'), pg_temp.refusal(repeat('x', 5000));

-- Good MAC, wrong addressee, wrong time.
select pg_temp.refusal(portarium.context_token(:'acme', 'ana', '{}', 'k1', :key, login => 'somebody_else')) as login;
select pg_temp.refusal(portarium.context_token(:'acme', 'ana', '{}', 'k1', :key, ttl => '-1 s')) as expired;
select pg_temp.refusal(m.message || '.' || portarium_int.to_base64url(portarium_int.hmac(
    portarium_int.hmac_block(:key, 54), portarium_int.hmac_block(:key, 92), convert_to(m.message, 'UTF8')))) as database
from (select portarium_int.token_message('k1', :'acme', 'another', session_user, 'ana', '{}', '', 4102444800, 1, '\x0011223344556677')) m (message);
select pg_temp.refusal(m.message || '.' || portarium_int.to_base64url(portarium_int.hmac(
    portarium_int.hmac_block(:key, 54), portarium_int.hmac_block(:key, 92), convert_to(m.message, 'UTF8')))) as tenant
from (select portarium_int.token_message('k1', '018f0d3c-7a10-7c3e-9b1a-2f6f5d0c4b99', current_database(), session_user, 'ana', '{}', '', 4102444800, 1,
    '\x0011223344556677')) m (message);
select pg_temp.refusal(portarium.context_token(:'acme', 'ana', '{}', 'k1', decode(repeat('ff', 32), 'hex'))) as other_key;

-- The refusal does not show the token.
begin;
set local portarium.ctx = 'v1.secret';
select portarium.tenant_id();
rollback;

-- A move of the tenant ends its tokens; a retired key ends all of its own.
update portarium_data.tenant set epoch = 2 where tenant_id = :'acme';
select pg_temp.refusal(:'ana') as earlier_route, pg_temp.refusal(:'zoe') as another_tenant;
select pg_temp.refusal(portarium.context_token(:'acme', 'ana', '{}', 'k1', :key)) as new_route;
select portarium.retire_context_key('k1');
select pg_temp.refusal(:'zoe') as retired;

-- A login that is bound needs no token; a token comes first, also a bad one.
select portarium.bind_login(session_user, :'globex', 'nightly job', '{operator}');
select pg_temp.whoami();
select pg_temp.refusal(:'zoe') as token_first;
select portarium.bind_login(session_user, :'acme', 'nightly job', '{}');
select pg_temp.whoami();
select portarium.unbind_login(session_user);
select portarium.tenant_id() is null as no_tenant;

-- Keeping keys and bindings: what has no meaning.
select portarium.add_context_key('Not a name', :key);
select portarium.add_context_key('k3', '\x00');
select portarium.add_context_key(null, null);
select portarium.add_context_key('k1', :key);
select portarium.add_context_key('k1', :key);
select portarium.add_context_key('k1', decode(repeat('ff', 32), 'hex'));
select portarium.retire_context_key('k9');
select portarium.bind_login('no_such_role', :'acme', 'x', '{}');
select portarium.bind_login(session_user, :'acme', '', '{}');
select portarium.bind_login(session_user, '018f0d3c-7a10-7c3e-9b1a-2f6f5d0c4b99', 'x', '{}');
select portarium.unbind_login(session_user);
select portarium.context_token(:'acme', null, null, 'k1', :key);
select portarium.context_token(null, 'ana', null, 'k1', :key);
