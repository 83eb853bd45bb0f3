-- Leases of webhook subscriptions: who is a suspect, how many of them a relay takes, and what a report does at the border of epochs.
set client_min_messages = warning;
select portarium.create_tenant('first', null, '00000000-0000-4000-8000-0000000000a1') \gset
select portarium.bind_login(session_user, '00000000-0000-4000-8000-0000000000a1', 'ann', '{admin}') \gset
create function pg_temp.entries() returns bigint language sql as $$ select count(*) from portarium.entries where sealed $$;
create procedure pg_temp.seal() language plpgsql as $$
begin
    for i in 1 .. 1000 loop
        perform portarium_int.seal(100);
        exit when not exists (select from portarium.entries where not sealed);
        perform pg_sleep(0.01);
    end loop;
end
$$;
create function pg_temp.report(name text, lease bigint, epoch int, next_idx bigint, outcome text, wait_ms int default 0) returns boolean language sql as $$
    select portarium.relay_report('00000000-0000-4000-8000-0000000000a1', name, lease, epoch, next_idx, outcome, outcome, wait_ms) $$;
select portarium.subscribe(n, 'http://127.0.0.1:9/' || n, after => 'start', max_attempts => 2) from unnest('{a,b,c}'::text[]) n;
call pg_temp.seal();
select pg_temp.entries();

-- who has taken nothing yet is a suspect, whether it has agreed or not
select name, suspect from portarium.relay_lease(5, 60000, 0);
select count(*), bool_and(suspect) as suspects from portarium.relay_lease(5, 60000, 2);
select count(*), bool_and(suspect) as suspects from portarium.relay_lease(5, 60000);
select pg_temp.report(n, 1, null, null, 'agreed') from unnest('{a,b,c}'::text[]) n;
select count(*), bool_and(suspect) as suspects from portarium.relay_lease(5, 60000);
select pg_temp.report(n, 2, 1, 1, 'delivered') from unnest('{a,b,c}'::text[]) n;
select count(*), bool_or(suspect) as suspects from portarium.relay_lease(5, 60000, 0);
-- so is who failed last, and who was slow last
select pg_temp.report('a', 3, 1, 1, 'failed');
update portarium_data.subscription set leased_at = leased_at - interval '1 s' where name = 'b';
select pg_temp.report(n, 3, 1, 2, 'delivered') from unnest('{b,c}'::text[]) n;
update portarium_data.subscription set due_at = now() + case name when 'a' then interval '-1 s' else interval '0' end;
select name, suspect from portarium.relay_lease(5, 60000, 1) order by name;
select name, suspect from portarium.relay_lease(5, 60000, 1) order by name;
-- a delivery in time, and it is none any more; another address has to show itself again
select pg_temp.report(n, 4, 1, 3, 'delivered') from unnest('{a,b,c}'::text[]) n;
select portarium.subscribe('c', 'http://127.0.0.1:9/other');
call pg_temp.seal();
select name, suspect from portarium.relay_lease(5, 60000) order by name;
select pg_temp.report(n, 5, 1, 4, 'delivered') from unnest('{a,b}'::text[]) n;
select portarium.unsubscribe('c');
call pg_temp.seal();

-- the first event of a new epoch is refused until it is a dead letter: under its own position, and the next one is due
begin;
insert into portarium_data.tree select tenant_id, 2, tenant_hash, 2, frontier, last_leaf, root, round from portarium_data.tree;
insert into portarium_data.leaf select tenant_id, 2, idx, stream_id, seq, entry_hash, leaf_hash, round from portarium_data.leaf where idx < 2;
update portarium_data.subscription s set next_idx = t.size from portarium_data.tree t where t.epoch = 1;
select lease from portarium.relay_lease(2, 60000);
select epoch, idx from portarium.relay_events('00000000-0000-4000-8000-0000000000a1', 'a', 6, 10);
select pg_temp.report('a', 6, 2, 0, 'failed');
select epoch, next_idx, failures from portarium_data.subscription where name = 'a';
update portarium_data.subscription set due_at = now();
select lease from portarium.relay_lease(1, 60000);
select pg_temp.report('a', 7, 2, 0, 'failed');
select position, attempts from portarium.dead_letters;
select epoch, next_idx, failures from portarium_data.subscription where name = 'a';
-- some of the new epoch's events went out before one failed: a new count
select pg_temp.report('b', 6, 2, 1, 'failed');
select epoch, next_idx, failures from portarium_data.subscription where name = 'b';
rollback;

\set VERBOSITY sqlstate
select portarium.relay_lease(1, 60000, -1);
select portarium.relay_lease(1, 60000, 1001);
select portarium.relay_lease(1, 60000, null);
