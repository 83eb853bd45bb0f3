-- SPDX-License-Identifier: PostgreSQL
-- In a transaction, for :tenant (and :other_tenant): people to be, an adapter, an executor to play. The context key is "k1".

-- From now on tables without a schema are this tenant's, wherever it is at home.
create function pg_temp.at_home(p_tenant uuid) returns void language sql as $$
    select set_config('search_path', concat_ws(', ', portarium_int.home_of(p_tenant), 'portarium_data', 'public'), false)
$$;
select pg_temp.at_home(:'tenant');

\i test/pgtap/include/be_in.sql
select set_config('t.tenant', :'tenant', true), set_config('t.other', :'other_tenant', true);
create function pg_temp.be(p_actor text, variadic p_roles text[]) returns void language sql as $$
    select pg_temp.be_in(current_setting('t.tenant')::uuid, p_actor, variadic p_roles)
$$;

select pg_temp.be('ada', 'admin', 'operator');
select portarium.register_adapter('ledger', 'http', '{
    "post": {"method": "POST", "path": "/effects/{id}", "idempotent": true},
    "wire": {"method": "POST", "path": "/wires", "idempotent": false},
    "grant": {"method": "POST", "path": "/grants", "tier": "HumanApprove", "idempotent": true},
    "erase": {"method": "POST", "path": "/erase", "tier": "ManualOnly"}}', 'http://127.0.0.1:1');

-- A document of one task, with more members for its state.
create function pg_temp.task(p_operation text, p_more jsonb default '{}') returns jsonb language sql as $$
    select jsonb_build_object('StartAt', 'Do', 'States', jsonb_build_object('Do',
        jsonb_build_object('Type', 'Task', 'Resource', 'portarium:action:ledger.' || p_operation, 'End', true) || p_more))
$$;

select executor_id, epoch from portarium.register_executor('e1', '{ledger}') \gset
select set_config('t.executor', :'executor_id', true), set_config('t.epoch', :'epoch', true);
create function pg_temp.exchange(p_acks jsonb default '[]', p_want int default 1)
returns setof portarium_int.job language sql as $$
    select * from portarium.exchange(current_setting('t.executor')::int, current_setting('t.epoch')::int, p_acks, p_want)
$$;
-- Claims one job and acknowledges it; the operation, or nothing when no job was there.
create function pg_temp.work(p_ack jsonb) returns text language plpgsql as $$
declare
    v_job portarium_int.job;
begin
    select * into v_job from pg_temp.exchange();
    if v_job.run_id is not null then
        perform pg_temp.exchange(jsonb_build_array(jsonb_build_object('run_id', v_job.run_id, 'token', v_job.token) || p_ack), 0);
    end if;
    return v_job.operation;
end
$$;
-- All timers and deadlines are due now; one step of the clock.
create function pg_temp.let_time_pass() returns void language plpgsql as $$
begin
    update portarium_data.timer set due = '-infinity';
    update approval set due_at = '-infinity' where due_at is not null and status = 'PENDING';
    perform portarium_int.tick_step();
end
$$;
create function pg_temp.state(p_run uuid) returns text language sql as $$
    select state || coalesce(' ' || error, '') from portarium.runs where run_id = p_run
$$;
create function pg_temp.kinds(p_run uuid) returns text language sql as $$
    select string_agg(kind, ' ' order by seq) from portarium.run_history(p_run)
$$;
