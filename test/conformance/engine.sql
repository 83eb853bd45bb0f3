-- SPDX-License-Identifier: PostgreSQL
--
-- A case run by the engine proper: registered in a throwaway tenant, started, its tasks claimed and acknowledged with the case's mocks, its
-- timers made due one after the other. Included by conformance.sql, inside its transaction.
--
-- Every Task gets an operation of its own of the adapter "test" in place of its resource, so that a job says which state it belongs to.
-- Virtual time: when nothing is to be done, all timers move as far forward as the first of them is away.

select portarium.add_context_key('test', sha256('conformance'));
select portarium.create_tenant('conformance') as tenant \gset
select set_config('portarium.ctx',
    portarium.context_token(:'tenant'::uuid, 'ada', array['admin', 'operator'], 'test', sha256('conformance'), interval '1 hour'), true);
select portarium.register_adapter('test', 'exec',
    (select jsonb_object_agg('t' || n, '{"program": "none", "idempotent": true}'::jsonb) from generate_series(1, 50) as n));
select executor_id, epoch from portarium.register_executor('conformance', '{test}') \gset
select set_config('t.executor', :'executor_id', true), set_config('t.epoch', :'epoch', true);

create function pg_temp.exchange(p_acks jsonb, p_want int) returns setof portarium_int.job
language sql
as $$
    select * from portarium.exchange(current_setting('t.executor')::int, current_setting('t.epoch')::int, p_acks, p_want)
$$;

-- The tasks of a document: the operation that stands for each, and the state as its mock is looked for.
create function pg_temp.tasks_of(p_definition jsonb) returns table (place text[], operation text, state portarium_int.asl_state)
language sql
as $$
    select
        array(
            select replace(replace(k, '~1', '/'), '~0', '~') from unnest(string_to_array(substr(s.pointer, 2), '/')) with ordinality as p (k, n) order by p.n
        ) || array['Resource'],
        't' || row_number() over (order by s.pointer),
        jsonb_populate_record(null::portarium_int.asl_state, jsonb_build_object('name', s.name, 'resource', s.state -> 'Resource'))
    from portarium_int.asl_states(p_definition) as s
    where s.state ->> 'Type' = 'Task'
$$;

create function pg_temp.rewritten(p_definition jsonb) returns jsonb
language plpgsql
as $$
declare
    v_task record;
begin
    for v_task in select t.place, t.operation from pg_temp.tasks_of(p_definition) as t loop
        p_definition := jsonb_set(p_definition, v_task.place, to_jsonb('portarium:action:test.' || v_task.operation));
    end loop;
    return p_definition;
end
$$;

-- Claims what there is and acknowledges it, each job with the next result of its state's mock; how many jobs there were.
create function pg_temp.work(p_definition jsonb, p_mocks jsonb, inout p_used jsonb, out done int)
language plpgsql
as $$
declare
    v_jobs portarium_int.job[] := array(select j::portarium_int.job from pg_temp.exchange('[]', 100) as j order by j.token);
    v_job portarium_int.job;
    v_state portarium_int.asl_state;
    v_outcome jsonb;
begin
    done := cardinality(v_jobs);
    foreach v_job in array v_jobs loop
        select (t.state).* into v_state from pg_temp.tasks_of(p_definition) as t where t.operation = v_job.operation;
        select m.p_used, m.outcome into p_used, v_outcome from portarium_int.asl_mock(v_state, p_mocks, p_used) as m;
        perform pg_temp.exchange(jsonb_build_array(
            jsonb_build_object('run_id', v_job.run_id, 'token', v_job.token)
            || case when v_outcome ? 'return' then jsonb_build_object('output', v_outcome -> 'return') else v_outcome end), 0);
    end loop;
end
$$;

-- The first timer is due now, the others are as much closer; false when there is none.
create function pg_temp.pass_time() returns boolean
language plpgsql
as $$
declare
    v_first timestamptz := (select min(due) from portarium_data.timer);
begin
    if v_first > clock_timestamp() then
        update portarium_data.timer set due = due - (v_first - clock_timestamp());
    end if;
    perform portarium_int.tick_step();
    return v_first is not null;
end
$$;

create function pg_temp.answer_of(p_run uuid) returns jsonb
language sql
as $$
    select jsonb_build_object('status', r.state, 'output', r.output, 'error', r.error, 'cause', r.cause, 'trace', (
        select coalesce(jsonb_agg(s.name order by e.seq, s.place), '[]')
        from portarium_data.entry as e, jsonb_array_elements(convert_from(e.canon, 'UTF8')::jsonb -> 'path') with ordinality as s (name, place)
        where e.stream_id = r.run_id))
    from portarium.runs as r
    where r.run_id = p_run
$$;

create function pg_temp.engine_case(p_definition jsonb, p_input jsonb, p_mocks jsonb) returns jsonb
language plpgsql
as $$
declare
    v_run uuid;
    v_used jsonb := '{}';
    v_done int;
    v_answer jsonb;
begin
    perform portarium.register_workflow('case', pg_temp.rewritten(p_definition));
    v_run := portarium.start_run('case', p_input);
    for i in 1 .. 1000 loop
        v_answer := pg_temp.answer_of(v_run);
        exit when v_answer ->> 'status' in ('SUCCEEDED', 'FAILED', 'TIMED_OUT');
        select w.p_used, w.done into v_used, v_done from pg_temp.work(p_definition, p_mocks, v_used) as w;
        -- with nothing to do and nothing to wait for it stays where it is, which no case expects
        exit when v_done = 0 and not pg_temp.pass_time();
    end loop;
    delete from portarium_data.timer;
    return v_answer;
end
$$;
