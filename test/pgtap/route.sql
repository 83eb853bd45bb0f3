-- SPDX-License-Identifier: PostgreSQL
-- Tenants of tier C as the control database knows them: requests, what is asked of the database that is made, the route, who may ask.
\i test/pgtap/include/engine.sql
select no_plan();

select portarium.create_tenant('here', tier => 'A') as here, portarium.create_tenant('there', 'There Ltd', tier => 'C') as there \gset
select portarium_int.home_name(:'there') as own \gset

-- a tenant that is not here
select is_empty(format('select from portarium_data.tenant t where t.tenant_id = %L', :'there'), 'it is not among the tenants of this database');
select is(portarium.tenant_by_slug('there'), :'there', 'its slug leads to it');
select throws_ok($$select portarium.create_tenant('there')$$, 'UP106', 'tenant "there" exists', 'a slug is taken over all tiers');
select throws_ok($$select portarium.create_tenant('here', tier => 'C')$$, 'UP106', 'tenant "here" exists', 'whichever was first');
select throws_ok(format($$select portarium.create_tenant('other', null, %L)$$, :'there'), 'UP106', null, 'so is an id');
select throws_ok(format($$select portarium.bind_login(session_user, %L, 'ada', '{}')$$, :'there'), 'UP404', null, 'no login is bound to it here');
select throws_ok(format($$select portarium.context_token(%L, 'ada', '{}', 'k', sha256('k'))$$, :'there'), 'UP404', null, 'nor is there a token for it');
select throws_ok(format($$call portarium.move_tenant(%L, 'B')$$, :'there'), 'UP404', null, 'nor can it move here');

-- its request
select throws_ok(format('select portarium.route(%L)', :'there'), 'UP111', null, 'its database is being made');
select throws_ok($$select portarium.route('00000000-0000-0000-0000-000000000000')$$, 'UP404', null, 'another one does not exist');
select results_eq('select * from portarium.databases()', array[current_database()], 'nobody works in it yet');
select results_eq('select tenant_id, database from portarium.provision_requests()', format('values (%L::uuid, %L::name)', :'there', :'own'), 'it is asked for');
select is_empty($$select from portarium.health() where subject like 'database %'$$, 'which is as it should be');
select portarium.provision_failed(:'there', 'no room');
select results_eq($$select severity, finding from portarium.health() where subject like 'database %'$$,
    $$values ('warning', 'could not be made: no room')$$, 'unless it could not be made');
select keys from portarium.provision_requests() \gset
select portarium.provisioned(:'there', :'keys');
select results_eq(format('select * from portarium.route(%L)', :'there'), format($$values ('C', %L::name, 1)$$, :'own'), 'then that is its route');
select results_eq(format('select * from portarium.route(%L)', :'here'), $$values ('A', current_database(), 1)$$, 'a tenant of tier A lives here');
select results_eq('select * from portarium.databases()', format('values (current_database()), (%L::name)', :'own'), 'daemons work in both');
select is_empty('select from portarium.provision_requests()', 'nothing is asked for');
select is_empty($$select from portarium.health() where subject like 'database %'$$, 'nor wrong');

-- keys
select portarium.add_context_key('k2', sha256('k2'));
select results_eq('select database from portarium.provision_requests()', array[:'own'::name], 'a new key is brought there');
select keys as newer from portarium.provision_requests() \gset
select isnt(:'newer'::text, :'keys'::text, 'under another name');
select portarium.provisioned(:'there', :'newer');
select portarium.retire_context_key('k2');
select results_eq('select keys from portarium.provision_requests()', array[:'keys'::text], 'a retired one is taken away there');
select unalike(portarium.provision_script(:'there'), '%' || encode(sha256('k2'), 'hex') || '%', 'no key is told, only what tokens are checked with');
select throws_ok(format('select portarium.provision_script(%L)', :'here'), 'UP404', null, 'a tenant of this database has no script');
select throws_ok(format($$select portarium.provisioned(%L, '')$$, :'here'), 'UP404', null, 'nor is its database made');
select throws_ok(format($$select portarium.provision_failed(%L, '')$$, :'here'), 'UP404', null, 'nor can that fail');
-- here are other tenants
select throws_ok(portarium.provision_script(:'there'), 'UP106', null, 'the script is for a database without another tenant');

-- who may ask
set local role portarium_app;
select throws_ok(format('select portarium.route(%L)', :'there'), '42501', null, 'an application may not ask for routes');
select throws_ok('select portarium.databases()', '42501', null, 'nor for databases');
select throws_ok('select portarium.provision_requests()', '42501', null, 'nor for requests');
select throws_ok(format('select portarium.provision_script(%L)', :'there'), '42501', null, 'nor for scripts');
reset role;

select * from finish();
rollback;
