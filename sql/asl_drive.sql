-- Driving from state to state: from the table, with a path, within bounds; and what the engine stores.
\pset format unaligned
\pset tuples_only on
\set SHOW_CONTEXT never

create schema probe;
set search_path = probe;
select portarium_int.stamp_asl();
insert into definition_state
select '00000000-0000-0000-0000-000000000001', 7, c.*
from portarium_int.asl_compile('{"StartAt": "A", "States": {
    "A": {"Type": "Pass", "Assign": {"v": 1}, "Next": "B"},
    "B": {"Type": "Choice", "Choices": [{"Variable": "$.loop", "BooleanEquals": true, "Next": "A"}], "Default": "T"},
    "T": {"Type": "Task", "Resource": "portarium:action:a.b", "Parameters": {"v.$": "$v", "n.$": "$$.State.Name", "r.$": "$$.State.RetryCount"}, "TimeoutSeconds": 5, "ResultPath": "$.t", "Next": "S"},
    "S": {"Type": "Succeed"}}}') as c;

create function pg_temp.drive(p_next text, p_data jsonb, p_path text[] default null) returns portarium_int.asl_step
language plpgsql
as $$
declare
    v_step portarium_int.asl_step;
begin
    v_step.kind := 'next';
    v_step.next := p_next;
    v_step.data := p_data;
    v_step.path := p_path;
    return portarium_int.asl_drive('00000000-0000-0000-0000-000000000001', 7, null, v_step, '{"State": {"Name": "?", "EnteredTime": "2026-01-01T00:00:00.000Z", "RetryCount": 4}}');
end
$$;

-- to a task: the raw input is kept for later, the task gets its own
select s.kind, s.state, s.data, s.vars, s.resource, s.input, s.timeout_seconds, s.path from pg_temp.drive('A', '{"loop": false}') as s;
-- a path that was begun goes on
select s.kind, s.path from pg_temp.drive('T', '{}', '{A,B}') as s;
-- out of the task to the end
select r.kind, r.next, r.data, (d).kind, (d).data, (d).path
from portarium_int.asl_load('00000000-0000-0000-0000-000000000001', 7, 'T') as c, portarium_int.asl_result(c, '{"raw": 1}', '{}', null, '"done"') as r, pg_temp.drive(r.next, r.data) as d;
-- a loop without an end fails after 10,000 states
select s.kind, s.error, s.cause, cardinality(s.path) from pg_temp.drive('A', '{"loop": true}') as s;
-- a step that is not "next" stays as it is
select s.kind, s.path from portarium_int.asl_drive(null, null, null, row('wait', 'W', null, null, null, null, null, null, null, null, null, null, null, null, null, null)::portarium_int.asl_step, null) as s;
-- who needs the context object
select name, needs_ctx from definition_state order by name;
-- no such state
select portarium_int.asl_load('00000000-0000-0000-0000-000000000001', 7, 'X');
\echo :LAST_ERROR_SQLSTATE
-- table and type have the same columns, but for what the table works out itself
select count(*) from (
    (select attname, atttypid from pg_attribute where attrelid = 'probe.definition_state'::regclass and attnum > 2 and attgenerated = '')
    except
    (select a.attname, a.atttypid from pg_attribute as a where a.attrelid = (select typrelid from pg_type where oid = 'portarium_int.asl_state'::regtype))) as d;
