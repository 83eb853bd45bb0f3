-- Warnings of documents that are legal and probably not meant, and the walk that requirements are checked with.
\pset format unaligned
\pset tuples_only on

create function pg_temp.warnings(p_states text) returns setof text language sql as $$
    select concat_ws(' | ', (r ->> 'valid'), f ->> 'code', f ->> 'pointer')
    from (select portarium.validate_workflow(jsonb_build_object('StartAt', 'A', 'States', p_states::jsonb))) as v (r)
    left join jsonb_array_elements(r -> 'findings') as f on true
$$;

-- no Default, no bound on a Map, no time for a task; an approval may wait for ever
select s, pg_temp.warnings(s)
from unnest(array[
    '{"A": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": true, "Next": "B"}]}, "B": {"Type": "Succeed"}}',
    '{"A": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": true, "Next": "B"}], "Default": "B"}, "B": {"Type": "Succeed"}}',
    '{"A": {"Type": "Map", "Iterator": {"StartAt": "C", "States": {"C": {"Type": "Task", "Resource": "arn:x", "End": true}}}, "End": true}}',
    '{"A": {"Type": "Map", "MaxConcurrency": 0, "Iterator": {"StartAt": "C", "States": {"C": {"Type": "Task", "Resource": "arn:x", "TimeoutSeconds": 1, "End": true}}}, "End": true}}',
    '{"A": {"Type": "Map", "MaxConcurrencyPath": "$.m", "Iterator": {"StartAt": "C", "States": {"C": {"Type": "Task", "Resource": "arn:x", "TimeoutSecondsPath": "$.t", "End": true}}}, "End": true}}',
    '{"A": {"Type": "Task", "Resource": "portarium:approval", "End": true}}',
    '{"A": {"Type": "Task", "Resource": "portarium:sql:f", "Next": "B"}, "B": {"Type": "Task", "Resource": "portarium:signal:s", "End": true}}']) as s;

-- handlers that are never reached
select h, pg_temp.warnings(format('{"A": {"Type": "Task", "Resource": "portarium:approval", "Retry": %s, "End": true}}', h))
from unnest(array[
    '[{"ErrorEquals": ["X"]}, {"ErrorEquals": ["Y", "X"]}]',
    '[{"ErrorEquals": ["X"]}, {"ErrorEquals": ["Y"]}, {"ErrorEquals": ["Y", "X"]}]',
    '[{"ErrorEquals": ["States.TaskFailed"]}, {"ErrorEquals": ["X"]}]',
    '[{"ErrorEquals": ["States.TaskFailed"]}, {"ErrorEquals": ["X", "States.Timeout"]}]',
    '[{"ErrorEquals": ["States.Timeout"]}, {"ErrorEquals": ["States.HeartbeatTimeout"]}]',
    '[{"ErrorEquals": ["States.HeartbeatTimeout"]}, {"ErrorEquals": ["States.Timeout"]}]',
    '[{"ErrorEquals": ["States.TaskFailed"]}, {"ErrorEquals": ["States.ALL"]}]',
    '[{"ErrorEquals": ["States.Runtime"]}]']) as h;

-- states that lead to no end, in the outer machine and in inner ones
select s, pg_temp.warnings(s)
from unnest(array[
    '{"A": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": true, "Next": "B"}], "Default": "D"}, "B": {"Type": "Pass", "Next": "C"}, "C": {"Type": "Wait", "Seconds": 1, "Next": "B"}, "D": {"Type": "Succeed"}}',
    '{"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Task", "Resource": "portarium:approval", "Next": "A", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "D"}]}, "D": {"Type": "Fail"}}',
    '{"A": {"Type": "Parallel", "Branches": [{"StartAt": "B", "States": {"B": {"Type": "Pass", "Next": "B"}, "C": {"Type": "Pass", "End": true}}}], "End": true}}']) as s;

-- what is reached without an approval: the states with their paths
create function pg_temp.ungated(p_states text) returns setof text language sql as $$
    with u as materialized (select u from portarium_int.asl_ungated('', jsonb_build_object('StartAt', 'A', 'States', p_states::jsonb), null) as u)
    select (u.u).pointer || ' by ' || portarium_int.asl_path_to((select array_agg(x.u) from u as x), (u.u).pointer)::text
        || case when (u.u).ends then ' and ends' else '' end
    from u
    order by (u.u).pointer
$$;
\set approval '"Type": "Task", "Resource": "portarium:approval"'
-- an approval opens its Next, not its Catch
select pg_temp.ungated('{"A": {' || :'approval' || ', "Next": "B", "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "C"}]}, "B": {"Type": "Pass", "End": true}, "C": {"Type": "Pass", "End": true}}');
-- a Choice around it, a loop back into it, and the shorter of two paths
select pg_temp.ungated('{"A": {"Type": "Choice", "Choices": [{"Next": "B"}, {"Next": "C"}], "Default": "D"}, "B": {' || :'approval' || ', "Next": "D"}, "C": {"Type": "Pass", "Next": "D"}, "D": {"Type": "Pass", "Next": "A"}}');
-- a Parallel with one branch that cannot end without an approval opens its Next; one whose branch may end does not
select pg_temp.ungated('{"A": {"Type": "Parallel", "Branches": [{"StartAt": "B", "States": {"B": {' || :'approval' || ', "End": true}}}, {"StartAt": "C", "States": {"C": {"Type": "Pass", "End": true}}}], "Next": "D"}, "D": {"Type": "Pass", "End": true}}');
select pg_temp.ungated('{"A": {"Type": "Parallel", "Branches": [{"StartAt": "B", "States": {"B": {' || :'approval' || ', "End": true, "Catch": [{"ErrorEquals": ["X"], "Next": "E"}]}, "E": {"Type": "Succeed"}}}], "Next": "D"}, "D": {"Type": "Pass", "End": true}}');
-- what a Parallel that failed leads to had no approval
select pg_temp.ungated('{"A": {"Type": "Parallel", "Branches": [{"StartAt": "B", "States": {"B": {' || :'approval' || ', "End": true}}}], "End": true, "Catch": [{"ErrorEquals": ["X"], "Next": "D"}]}, "D": {"Type": "Pass", "End": true}}');
-- a Map may have no items
select pg_temp.ungated('{"A": {"Type": "Map", "Iterator": {"StartAt": "B", "States": {"B": {' || :'approval' || ', "Next": "C"}, "C": {"Type": "Pass", "End": true}}}, "Next": "D"}, "D": {"Type": "Pass", "End": true}}');
