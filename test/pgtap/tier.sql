-- SPDX-License-Identifier: PostgreSQL
-- Tenants of tier B: the tables of their own, what they share with tier A, and that nobody can tell the difference by the answers.
\i test/pgtap/include/engine.sql
select portarium.create_tenant('shared', tier => 'A') as shared, portarium.create_tenant('alone', tier => 'B') as alone \gset
select portarium_int.home_of(:'alone') as home \gset
select no_plan();

-- names
select is((select count(*)::int from (select gen_random_uuid() as id from generate_series(1, 1000)) u
    where portarium_int.tenant_of_home(portarium_int.home_name(u.id)) is distinct from u.id), 0, 'a home''s name says whose it is');
select is(portarium_int.home_name('00000000-0000-0000-0000-000000000000'), 'pt_aaaaaaaaaaaaaaaaaaaaaaaaaa'::name, 'a home''s name is base32');
select is(portarium_int.tenant_of_home('pt_toast'), null, 'another schema is nobody''s home');
select is(portarium_int.home_of(:'shared'), null, 'a tenant of tier A has no home');
select is(:'home'::name, portarium_int.home_name(:'alone'), 'one of tier B has one');
select throws_ok($$select portarium.create_tenant('third', tier => 'D')$$, 'UP007', 'tier "D" is not A, B or C', 'there is no tier D');
select throws_ok($$select portarium.create_tenant('fourth', tier => null)$$, 'UP007', null, 'a tenant has a tier');
select throws_ok($$select portarium.create_tenant('alone', tier => 'B')$$, 'UP106', null, 'a slug is taken over all tiers');
select set_eq($$select data_schema, tenant_id from portarium_int.data_schemas() where data_schema = 'portarium_data' or tenant_id = portarium.tenant_by_slug('alone')$$,
    format($$values ('portarium_data'::name, null::uuid), (%L, %L)$$, :'home', :'alone'), 'both schemas are schemas of data');
select is_empty($$select finding from portarium.health() where severity = 'error'$$, 'health() has nothing to say');
select is((select count(*)::int from pg_constraint k join pg_class f on f.oid = k.confrelid
    where k.connamespace = :'home'::regnamespace and k.contype = 'f' and f.relnamespace <> k.connamespace), 0, 'no key leads out of a home');

-- the right to make schemas, which a copy of the database has not
savepoint copied;
select format('revoke create on database %I from portarium_owner', current_database()) as revokes \gset
:revokes;
select throws_ok($$select portarium.create_tenant('fifth', tier => 'B')$$, '42501', null, 'without it there is no home');
select isnt_empty($$select from portarium.health() where severity = 'warning' and subject = 'tier B'$$, 'health() says so');
call portarium.install();
select lives_ok($$select portarium.create_tenant('fifth', tier => 'B')$$, 'installing again gives it back');
rollback to copied;

-- the same work by both, in the same transactions
create function pg_temp.work_as(p_tenant uuid) returns void language sql as $$
    select pg_temp.be_in(p_tenant, 'ada', 'admin', 'operator');
    select portarium.register_adapter('ledger', 'http', '{"post": {"method": "POST", "path": "/effects/{id}", "idempotent": true},
        "wire": {"method": "POST", "path": "/wires", "idempotent": false}}', 'http://127.0.0.1:1');
    select portarium.register_workflow('post', pg_temp.task('post'));
    select portarium.register_workflow('wire', pg_temp.task('wire'));
    select portarium.register_workflow('later', '{"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": 3600, "End": true}}}'::jsonb);
    select portarium.start_run('post', jsonb_build_object('id', repeat('x', 400)), 'key-1');
    select portarium.start_run('wire'), portarium.start_run('later');
    select portarium.append_evidence('app.test', '{"n": 1}')
$$;
select pg_temp.work_as(:'shared'), pg_temp.work_as(:'alone');
create function pg_temp.stored(p_schema name, p_tenant uuid) returns bigint language plpgsql as $$
declare
    v_table name;
    v_rows bigint;
    v_all bigint := 0;
begin
    for v_table in
        select c.relname from pg_class c
        join portarium_int.walled_tables(portarium_int.home_name(portarium.tenant_by_slug('alone'))) t on t.table_oid = c.oid
    loop
        execute format('select count(*) from %I.%I where tenant_id = %L', p_schema, v_table, p_tenant) into v_rows;
        v_all := v_all + v_rows;
    end loop;
    return v_all;
end
$$;
select cmp_ok(pg_temp.stored(:'home', :'alone'), '>', 10::bigint, 'what a tenant of tier B does is in its home');
select is(pg_temp.stored('portarium_data', :'alone'), 0::bigint, 'and not among the shared rows');
select is(pg_temp.stored('portarium_data', :'shared'), pg_temp.stored(:'home', :'alone'), 'a tenant of tier A has as much among them');
select is((select array_agg(distinct tenant_id) from portarium_data.stirred where tenant_id in (:'shared', :'alone')), array[:'alone']::uuid[],
    'the sealer is told of the one home');

-- the same views
create function pg_temp.seen(p_tenant uuid) returns jsonb language sql as $$
    select pg_temp.be_in(p_tenant, 'ada', 'admin', 'operator');
    select jsonb_build_object(
        'runs', (select jsonb_agg(jsonb_build_array(workflow, state, current_state, input) order by workflow) from portarium.runs),
        'entries', (select jsonb_agg(jsonb_build_array(kind, actor, index is null, sealed) order by kind, run_id) from portarium.entries),
        'workflows', (select jsonb_agg(jsonb_build_array(name, version, hash) order by name) from portarium.workflows),
        'adapters', (select jsonb_agg(name) from portarium.adapters))
$$;
select is(pg_temp.seen(:'alone'), pg_temp.seen(:'shared'), 'both see the same in the views');
select pg_temp.be_in(:'alone', 'ada', 'admin', 'operator');
select set_eq('select run_id, state, started_at from portarium.runs', format('select run_id, state, started_at from %I.runs', :'home'), 'the home has the same views');
select is((select count(*)::int from portarium_int.rows_of('run') r (tenant_id uuid)), 0, 'what shows views shows no table');

-- one exchange for everybody
select set_config('t.jobs', (select jsonb_agg(to_jsonb(j))::text from pg_temp.exchange(p_want => 10) j), true);
create temporary view job as select j.* from jsonb_populate_recordset(null::portarium_int.job, current_setting('t.jobs')::jsonb) j;
select set_eq('select tenant_id, operation, spec ->> ''path'' from job', format($$values (%1$L::uuid, 'post', '/effects/{id}'), (%1$L, 'wire', '/wires'),
    (%2$L, 'post', '/effects/{id}'), (%2$L, 'wire', '/wires')$$, :'shared', :'alone'), 'one call claims jobs of both tiers');
select results_eq($$select h.state from portarium.heartbeat(current_setting('t.executor')::int, current_setting('t.epoch')::int,
    (select array_agg(token) from job) || 7::bigint) h$$, $$values ('ok'), ('ok'), ('ok'), ('ok'), ('stale')$$, 'a heartbeat finds them all');
select is_empty($$select * from pg_temp.exchange((select jsonb_agg(jsonb_build_object('run_id', run_id, 'token', token, 'output', '{"done": true}'::jsonb))
    from job where operation = 'post'), 0)$$, 'one call acknowledges both');
select results_eq($$select kind from pg_temp.exchange((select jsonb_agg(jsonb_build_object('run_id', run_id, 'token', token, 'output', null))
    from job where operation = 'post'), 0)$$, $$values ('stale'), ('stale')$$, 'and the second time they are stale');
select is(pg_temp.seen(:'alone') -> 'runs', pg_temp.seen(:'shared') -> 'runs', 'both have moved alike');
select matches(pg_temp.seen(:'alone') ->> 'runs', 'post", "SUCCEEDED"', 'to the end');
select pg_temp.be_in(:'alone', 'ada', 'admin', 'operator');
select portarium.cancel_run((select run_id from portarium.runs where workflow = 'wire'));
select set_eq($$select j.tenant_id, h.state from portarium.heartbeat(current_setting('t.executor')::int, current_setting('t.epoch')::int,
    (select array_agg(token) from job where operation = 'wire')) h join job j using (token)$$,
    format($$values (%L::uuid, 'ok'), (%L, 'cancel')$$, :'shared', :'alone'), 'a heartbeat says what is not wanted any more');

-- time: what was lost, what is due, what lies in the queue
select pg_temp.be_in(:'alone', 'ada', 'admin', 'operator');
select portarium.start_run('wire') as parked, portarium.start_run('post') as queued \gset
select count(*) as leased from pg_temp.exchange(p_want => 10) \gset
update portarium_data.lease set until = '-infinity';
update portarium_data.timer set due = '-infinity';
select portarium_int.tick_step();
select pg_temp.be_in(:'alone', 'ada', 'admin', 'operator');
select is((select state from portarium.runs where run_id = :'parked'), 'UNKNOWN', 'a lost effect of unknown outcome parks its run');
select is((select state from portarium.runs where workflow = 'later'), 'SUCCEEDED', 'a timer moves its run');
create function pg_temp.sweep() returns void language sql set search_path = pg_catalog, portarium_data, pg_temp as 'select portarium_int.sweep_lanes()';
select pg_temp.sweep();
select is((select j.run_id from pg_temp.exchange() j), :'queued'::uuid, 'what may be done again waits in the queue, and a sweep leaves it there');
select is_empty('select * from portarium.check_invariants()', 'all invariants hold');

-- the reader
create role tier_reader_login;
select portarium.bind_login('tier_reader_login', :'alone', 'reader', '{}');
select throws_ok(format('select portarium.create_reader(%L)', :'shared'), 'UP404', null, 'a tenant of tier A has no reader');
select is(portarium.create_reader(:'alone')::text, :'home' || '_reader', 'a tenant of tier B has a reader');
select throws_ok(format('select portarium.create_reader(%L)', :'alone'), 'UP106', null, 'one');
select format('grant %I to tier_reader_login', :'home' || '_reader') as reads \gset
:reads;
select count(*) as runs from portarium.runs \gset
set local portarium.ctx = '';
set local session authorization tier_reader_login;
select count(*) as read from :home.runs \gset
select count(*) as read_entries from :home.entries \gset
reset session authorization;
select is(:read, :runs, 'who is in it reads the tenant''s views');
select cmp_ok(:read_entries, '>', 0, 'its evidence, too');
create function pg_temp.as_reader(p_sql text) returns text language plpgsql as $$
begin
    perform set_config('session_authorization', 'tier_reader_login', true);
    execute p_sql;
    return 'done';
exception
    when others then
        return sqlstate;
end
$$;
select is(pg_temp.as_reader(format('select from %I.run', :'home')), '42501', 'no table');
select is(pg_temp.as_reader('select from portarium.runs'), '42501', 'nothing else');
select is(pg_temp.as_reader('select portarium.start_run(''post'')'), '42501', 'and calls nothing');
select isnt(pg_temp.as_reader(format('select portarium_int.append(%L, %L, 1, ''x'', ''x'', '''', '''')', :'alone', :'alone')), 'done', 'nor the internals');

select * from finish();
rollback;
