-- The event stream: CloudEvents in the order of the sealed index, and the cursor of each sink.
set client_min_messages = warning;
select portarium.create_tenant('first', null, '00000000-0000-4000-8000-0000000000a1');
select portarium.create_tenant('second', null, '00000000-0000-4000-8000-0000000000a2');

-- three entries of the first tenant, one of the second
select portarium.bind_login(session_user, '00000000-0000-4000-8000-0000000000a1', 'ann', '{operator}');
do $$ begin perform portarium.append_evidence('app.note', '{"n": 1}'); end $$;
do $$ begin perform portarium.append_evidence('app.note', '{"n": 2}'); end $$;
do $$ begin perform portarium.append_evidence('app.closed', '{"n": 3}'); end $$;
select portarium.bind_login(session_user, '00000000-0000-4000-8000-0000000000a2', 'bob', '{operator}');
do $$ begin perform portarium.append_evidence('app.note', '{"n": 4}'); end $$;

-- somebody seals: this session, or the worker that is at it already
do $$
begin
    for i in 1 .. 1000 loop
        perform portarium_int.seal(100);
        exit when (select count(*) = 4 from portarium.relay_batch('probe', 100));
        perform pg_sleep(0.01);
    end loop;
end
$$;

set role portarium_relay;
select idx, tenant_id, event ->> 'type' as type, event -> 'data' as data from portarium.relay_batch('file', 100);

-- one event in full; what differs from run to run is only looked at
select jsonb_pretty(event - '{time,subject,correlationid,source}'::text[]) as event
from portarium.relay_batch('file', 100) where tenant_id = '00000000-0000-4000-8000-0000000000a2';
select event ->> 'source' = format('/portarium/%s/1', current_database()) as source,
    event ->> 'subject' = event ->> 'correlationid' as subject,
    (event ->> 'time')::timestamptz between now() - interval '5 min' and now() as time
from portarium.relay_batch('file', 1);

-- a small batch is shared by the tenants
select idx, tenant_id from portarium.relay_batch('file', 2);

-- the cursor moves forward
select portarium.relay_commit('file', '00000000-0000-4000-8000-0000000000a1', 1);
select idx, tenant_id from portarium.relay_batch('file', 100);
-- never back
select portarium.relay_commit('file', '00000000-0000-4000-8000-0000000000a1', 0);
select idx, tenant_id from portarium.relay_batch('file', 100);
-- of one sink only
select count(*) from portarium.relay_batch('other', 100);
-- and to the end
select portarium.relay_commit('file', '00000000-0000-4000-8000-0000000000a1', 2);
select portarium.relay_commit('file', '00000000-0000-4000-8000-0000000000a2', 0);
select count(*) from portarium.relay_batch('file', 100);
select portarium.relay_commit('file', '00000000-0000-4000-8000-0000000000a2', 0);

-- one session at a time: another one that lives has its turn, one that is gone or has not read for a minute has lost it
select count(*) from portarium.relay_batch('turns', 100);
reset role;
select pid = pg_backend_pid() as mine, until > now() + interval '50 s' as for_a_minute from portarium_data.sink_turn where sink = 'turns';
update portarium_data.sink_turn set pid = (select pid from pg_stat_activity where backend_type = 'checkpointer') where sink = 'turns';
set role portarium_relay;
select count(*) from portarium.relay_batch('turns', 100);
select count(*) from portarium.relay_spans('turns', 100);
select count(*) from portarium.relay_batch('file', 100);
reset role;
update portarium_data.sink_turn set until = now() - interval '1 s' where sink = 'turns';
set role portarium_relay;
select count(*) from portarium.relay_batch('turns', 100);
reset role;
update portarium_data.sink_turn set pid = 2147483647 where sink = 'turns';
set role portarium_relay;
select count(*) > 0 as some from portarium.relay_spans('turns', 100);

-- refused
\set VERBOSITY sqlstate
select portarium.relay_commit('file', '00000000-0000-4000-8000-0000000000a1', 3);
select portarium.relay_commit('file', '00000000-0000-4000-8000-0000000000a3', 0);
select portarium.relay_commit('other', '00000000-0000-4000-8000-0000000000a1', 3);
select portarium.relay_batch('Other sink', 1);
select portarium.relay_batch(null, 1);
select portarium.relay_batch('file', 0);
select portarium.relay_batch('file', 10001);
select * from portarium_data.relay_cursor;
reset role;
set role portarium_app;
select portarium.relay_batch('file', 1);
reset role;
