-- SPDX-License-Identifier: PostgreSQL
-- Does an answer about what another tenant has take another time than one about what nobody has? Tenant globex asks, in turn, for ids of
-- acme's and for the same ids with another last byte, which stand at the same place of every index. Names likewise: acme has used every
-- other idempotency key. Rows: the call, and the median time in µs for what acme has, for what nobody has, and for that a second time.
create extension portarium;
call portarium.install();
create role bench_globex login in role portarium_app;
create role bench_acme login in role portarium_app;
select portarium.bind_login('bench_acme', portarium.create_tenant('acme'), 'ann', '{admin,operator}'),
    portarium.bind_login('bench_globex', portarium.create_tenant('globex'), 'gil', '{admin,operator}');

create table public.asked (number int primary key, theirs uuid, nobodys uuid, again uuid);
grant select, insert on public.asked to bench_acme, bench_globex;
grant temporary on database :"DBNAME" to bench_globex;
\set document '{"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 86400, "Next": "E"}, "E": {"Type": "Succeed"}}}'

set session authorization bench_acme;
select version from portarium.register_workflow('waiting', :'document');
insert into public.asked (number, theirs)
select n, portarium.start_run('waiting', '{}', 'key ' || 2 * n) from generate_series(1, :samples) n;
set session authorization bench_globex;
select version from portarium.register_workflow('waiting', :'document');
reset session authorization;
update public.asked set nobodys = overlay(theirs::text placing case right(theirs::text, 2) when 'aa' then 'ab' else 'aa' end from 35)::uuid,
    again = overlay(theirs::text placing case right(theirs::text, 2) when 'cc' then 'cd' else 'cc' end from 35)::uuid;
vacuum analyze;

set session authorization bench_globex;
create temp table took (call text, whose text, us float8);
-- One call by its text; what it says is not looked at, only for how long it took.
create function pg_temp.ask(p_call text, p_whose text, p_id uuid, p_key text) returns void language plpgsql as $$
declare
    v_began timestamptz := clock_timestamp();
begin
    begin
        execute p_call using p_id, p_key;
    exception
        when others then
            if sqlstate not like 'UP4%' then
                raise;
            end if;
    end;
    insert into took values (p_call, p_whose, extract(epoch from clock_timestamp() - v_began) * 1e6);
end
$$;
create temp table calls (call text);
insert into calls values
    ('select count(*) from portarium.runs where run_id = $1'),
    ('select count(*) from portarium.entries where run_id = $1'),
    ('select portarium.explain_run($1)'),
    ('select portarium.task_token($1)'),
    ('select portarium.signal_run($1, ''go'', ''{}'')'),
    ('select portarium.evidence_stage($1)'),
    ('select portarium.start_run(''waiting'', ''{}'', $2)');
do $$
declare
    v_call text;
    v_id record;
begin
    for v_call in select c.call from calls c loop
        for v_id in select * from public.asked a order by a.number loop
            perform pg_temp.ask(v_call, 'again', v_id.again, 'third ' || v_id.number);
            perform pg_temp.ask(v_call, 'theirs', v_id.theirs, 'key ' || 2 * v_id.number);
            perform pg_temp.ask(v_call, 'nobodys', v_id.nobodys, 'key ' || 2 * v_id.number + 1);
        end loop;
        commit;
    end loop;
end
$$;
select regexp_replace(call, '^.*portarium\.(\w+).*$', '\1') || '|' || string_agg(median::text, '|' order by whose = 'again', whose = 'nobodys')
from (select call, whose, percentile_cont(0.5) within group (order by us) as median from took group by call, whose) m
group by call
order by call;
