-- SPDX-License-Identifier: PostgreSQL
-- Who is served next: tenants that all want more get the same each, in however many lanes their jobs lie, or as much as their weights say.
\i test/pgtap/include/engine.sql
select plan(14);

create temp table party (n int, tenant_id uuid);
insert into party select n, portarium.create_tenant('party-' || n) from generate_series(1, 10) n;
-- Jobs of one of the parties, in so many lanes.
create function pg_temp.queue(p_party int, p_jobs int, p_lanes int) returns void language plpgsql as $$
declare
    v_tenant uuid := (select tenant_id from party where n = p_party);
begin
    perform pg_temp.be_in(v_tenant, 'ada', 'admin', 'operator');
    perform portarium.register_adapter('ledger', 'http', '{"post": {"method": "POST", "path": "/"}}', 'http://127.0.0.1:1');
    perform portarium.register_workflow('post', pg_temp.task('post'));
    perform from portarium.start_runs('post', array(select to_jsonb(j) from generate_series(1, p_jobs) j));
    update portarium_data.ready set lane_id = (lane_id & -16) | (pass % p_lanes) where tenant_id = v_tenant;
    delete from portarium_data.lane_hot where tenant_id = v_tenant;
    insert into portarium_data.lane_hot (lane_id, queue, vtime, low_water, served_at, tenant_id)
    select distinct lane_id, 'ledger', 0, 0, now(), v_tenant from portarium_data.ready where tenant_id = v_tenant;
end
$$;
-- How many jobs each party got of the next so many claims of ten.
create function pg_temp.serve(p_claims int) returns int[] language plpgsql as $$
begin
    delete from portarium_data.lease;
    for i in 1 .. p_claims loop
        perform pg_temp.exchange('[]', 10);
    end loop;
    return array(
        select (select count(*) from portarium_data.lease l where l.tenant_id = p.tenant_id) from party p
        where exists (select from portarium_data.lane_hot h where h.tenant_id = p.tenant_id) order by p.n);
end
$$;
-- Jain's index: 1 when all got the same, 1 / n when one got all.
create function pg_temp.jain(p_got int[]) returns numeric language sql as $$
    select sum(g)::numeric ^ 2 / (count(*) * sum(g::numeric ^ 2)) from unnest(p_got) g
$$;
select is(pg_temp.jain('{5,5,5}'), 1.0, 'the index of equals');
select is(round(pg_temp.jain('{9,0,0}'), 3), 0.333, 'and of one that gets all');

-- one floods sixteen lanes, nine have one each
select pg_temp.queue(1, 1600, 16);
select pg_temp.queue(n, 200, 1) from generate_series(2, 10) n;
select set_config('t.got', pg_temp.serve(20)::text, true) as first \gset
select cmp_ok(pg_temp.jain(:'first'), '>=', 0.95, 'the first 200 jobs go to all alike: ' || :'first');
select set_config('t.got', pg_temp.serve(100)::text, true) as got \gset
select is((select sum(g) from unnest(:'got'::int[]) g), 1000::bigint, 'no claim comes back empty');
select cmp_ok(pg_temp.jain(:'got'), '>=', 0.95, 'so do the next 1000: ' || :'got');

-- one that comes later is served at once, and has nothing to make up for
select pg_temp.exchange('[]', 900);
delete from portarium_data.ready;
delete from portarium_data.lane_hot;
select pg_temp.queue(1, 400, 16), pg_temp.queue(2, 400, 4);
select set_config('t.got', pg_temp.serve(20)::text, true) as got \gset
select cmp_ok(pg_temp.jain(:'got'), '>=', 0.95, 'two floods: ' || :'got');
select pg_temp.queue(3, 200, 1);
select is((pg_temp.serve(2))[3] > 0, true, 'one that comes later is served at once');
select set_config('t.got', pg_temp.serve(24)::text, true) as got \gset
select cmp_ok(pg_temp.jain(:'got'), '>=', 0.95, 'and then as the others: ' || :'got');

-- a tenant that nobody served for long does not keep the others waiting
select pg_temp.queue(3, 200, 1);
update portarium_data.lane_hot set vtime = 1 where tenant_id = (select tenant_id from party where n = 3);
update portarium_data.lane_hot set vtime = vtime + 3600000000 where vtime > 1;
select pg_temp.exchange('[]', 1);
select ok((select max(vtime) - min(vtime) from (select avg(vtime) as vtime from portarium_data.lane_hot group by tenant_id) t) < 61000000,
    'who was left behind catches up a minute at most');
-- nor does one that was asked in vain have to make up for it
delete from portarium_data.ready where tenant_id = (select tenant_id from party where n = 3);
select pg_temp.exchange('[]', 1) from generate_series(1, 300);
select cmp_ok((select min(vtime) + 400000 from (select avg(vtime) as vtime from portarium_data.lane_hot group by tenant_id) t), '>=',
    (select avg(vtime) from portarium_data.lane_hot where tenant_id = (select tenant_id from party where n = 3)), 'to be asked in vain costs little');

-- weights
delete from portarium_data.ready;
delete from portarium_data.lane_hot;
select portarium.set_share((select tenant_id from party where n = 2), weight => 3);
select pg_temp.queue(1, 800, 16), pg_temp.queue(2, 800, 2);
select pg_temp.serve(4);
select set_config('t.got', pg_temp.serve(80)::text, true) as got \gset
select is((select sum(g) from unnest(:'got'::int[]) g), 800::bigint, 'with a weight no claim comes back empty');
select ok((:'got'::int[])[2]::numeric / (:'got'::int[])[1] between 2.7 and 3.3, 'and three times the weight is three times as much: ' || :'got');
select portarium.set_share((select tenant_id from party where n = 2), weight => 1);
select is((select count(*) from portarium_data.quota), 0::bigint, 'the weight 1 is no share');

-- a lane's first job is its oldest
select is((select count(*) from portarium_data.ready r join portarium_data.lane_hot h using (lane_id) where r.pass < h.low_water), 0::bigint, 'no job is left behind a mark');

select * from finish();
rollback;
