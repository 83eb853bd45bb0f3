-- Compensation: what registration says of it, and how simulate undoes; the engine does it on the same functions (test/pgtap/engine_compensation.sql).
\pset format unaligned
\pset tuples_only on

create function pg_temp.findings(p_states text) returns setof text language sql as $$
    select concat_ws(' | ', f ->> 'severity', f ->> 'code', f ->> 'pointer', f ->> 'message')
    from (select portarium.validate_workflow(jsonb_build_object('StartAt', 'A', 'States', p_states::jsonb))) as v (r)
    left join jsonb_array_elements(r -> 'findings') as f on true
$$;
\set task '"Type": "Task", "Resource": "portarium:action:a.b", "TimeoutSeconds": 9'
\set undo '{"ErrorEquals": ["Portarium.Compensate"], "Next": "U"}'
-- well formed, also behind a catcher of everything but what nothing raises
select pg_temp.findings('{"A": {' || :'task' || ', "Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "B"}, ' || :'undo' || ', {"ErrorEquals": ["States.ALL"], "Next": "B"}], "Next": "B"}, "B": {"Type": "Succeed"}, "U": {' || :'task' || ', "End": true}}');
-- not alone, not once, with an Assign, in a Retry
select pg_temp.findings('{"A": {' || :'task' || ', "Catch": [{"ErrorEquals": ["Portarium.Compensate", "E"], "Next": "U"}], "Next": "B"}, "B": {"Type": "Succeed"}, "U": {' || :'task' || ', "End": true}}');
select pg_temp.findings('{"A": {' || :'task' || ', "Catch": [' || :'undo' || ', ' || :'undo' || '], "Next": "B"}, "B": {"Type": "Succeed"}, "U": {' || :'task' || ', "End": true}}');
select pg_temp.findings('{"A": {' || :'task' || ', "Catch": [{"ErrorEquals": ["Portarium.Compensate"], "Next": "U", "Assign": {"v": 1}}], "Next": "B"}, "B": {"Type": "Succeed"}, "U": {' || :'task' || ', "End": true}}');
select pg_temp.findings('{"A": {' || :'task' || ', "Retry": [{"ErrorEquals": ["Portarium.Compensate"]}], "Next": "B"}, "B": {"Type": "Succeed"}}');
-- undoing leads into the run's own way; what undoes is undone; a loop that only undoing leads out of
select pg_temp.findings('{"A": {' || :'task' || ', "Catch": [' || :'undo' || '], "Next": "B"}, "B": {"Type": "Succeed"}, "U": {' || :'task' || ', "Next": "B"}}');
select pg_temp.findings('{"A": {' || :'task' || ', "Catch": [' || :'undo' || '], "Next": "B"}, "B": {"Type": "Succeed"}, "U": {"Type": "Parallel", "End": true, "Branches": [{"StartAt": "V", "States": {"V": {' || :'task' || ', "End": true, "Catch": [{"ErrorEquals": ["Portarium.Compensate"], "Next": "W"}]}, "W": {"Type": "Succeed"}}}]}}');
select pg_temp.findings('{"A": {' || :'task' || ', "Catch": [' || :'undo' || '], "Next": "A"}, "U": {' || :'task' || ', "End": true}}');
-- what has an effect and is not undone, where others are: not what ends the run, nor what is undone as a whole
select pg_temp.findings('{"A": {' || :'task' || ', "Next": "P"}, "P": {"Type": "Parallel", "Catch": [' || :'undo' || '], "Next": "Q", "Branches": [{"StartAt": "B", "States": {"B": {' || :'task' || ', "End": true}}}]},
    "Q": {"Type": "Parallel", "Next": "G", "Branches": [{"StartAt": "C", "States": {"C": {"Type": "Task", "Resource": "portarium:sql:s", "End": true}}}]}, "G": {"Type": "Task", "Resource": "portarium:approval", "Next": "W"},
    "W": {"Type": "Task", "Resource": "portarium:workflow:w.sync", "Next": "Z"}, "Z": {' || :'task' || ', "End": true}, "U": {' || :'task' || ', "End": true}}');
-- undoing ends no branch: the approval after it is still needed
select u.pointer, u.ends
from portarium_int.asl_ungated('', ('{"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": [{"StartAt": "A", "States": {"A": {' || :'task' || ', "Catch": [' || :'undo' || '], "Next": "G"},
    "G": {"Type": "Task", "Resource": "portarium:approval", "End": true}, "U": {' || :'task' || ', "End": true}}}], "Next": "Z"}, "Z": {' || :'task' || ', "End": true}}}')::jsonb, null) as u order by 1;

-- simulate
create function pg_temp.run(p_states text, p_mocks jsonb, p_more jsonb default '{}') returns jsonb language sql as $$
    select jsonb_strip_nulls(portarium.simulate(jsonb_build_object('StartAt', 'A', 'States', p_states::jsonb) || p_more, '{"in": 1}', p_mocks))
$$;
\set saga '"A": {"Type": "Task", "Resource": "r:a", "ResultPath": "$.a", "Assign": {"v.$": "$.id"}, "Next": "B", "Catch": [{"ErrorEquals": ["Portarium.Compensate"], "ResultPath": "$.done", "Next": "UA"}]}, "UA": {"Type": "Task", "Resource": "r:ua", "Parameters": {"v.$": "$v", "all.$": "$"}, "Retry": [{"ErrorEquals": ["E"]}], "Next": "UA2"}, "UA2": {"Type": "Wait", "Seconds": 9, "End": true}, "B": {"Type": "Task", "Resource": "r:b", "Retry": [{"ErrorEquals": ["E"]}], "Next": "C", "Catch": [{"ErrorEquals": ["Portarium.Compensate"], "ResultPath": null, "Next": "UB"}]}, "UB": {"Type": "Task", "Resource": "r:ub", "End": true}'
-- it fails behind both, in the second, in the first; it succeeds
select pg_temp.run('{' || :'saga' || ', "C": {"Type": "Fail", "Error": "No"}}', '{"A": [{"return": {"id": 7}}], "B": [{"return": 2}], "UA": [{"error": "E"}, {"return": 1}], "UB": [{"return": 1}]}');
select pg_temp.run('{' || :'saga' || ', "C": {"Type": "Fail", "Error": "No"}}', '{"A": [{"return": {"id": 7}}], "B": [{"error": "X"}], "UA": [{"return": 1}]}');
select pg_temp.run('{' || :'saga' || ', "C": {"Type": "Fail", "Error": "No"}}', '{"A": [{"error": "X"}]}');
select pg_temp.run('{' || :'saga' || ', "C": {"Type": "Succeed"}}', '{"A": [{"return": {"id": 7}}], "B": [{"return": 2}]}');
-- a timeout leaves it open whether it was done; the document's time is over; undoing fails
select pg_temp.run('{' || :'saga' || ', "C": {"Type": "Succeed"}}', '{"A": [{"return": {"id": 7}}], "B": [{"error": "States.Timeout"}], "UA": [{"return": 1}], "UB": [{"return": 1}]}');
select pg_temp.run('{' || :'saga' || ', "C": {"Type": "Wait", "Seconds": 100, "Next": "D"}, "D": {"Type": "Succeed"}}', '{"A": [{"return": {"id": 7}}], "B": [{"return": 2}], "UA": [{"return": 1}], "UB": [{"return": 1}]}', '{"TimeoutSeconds": 50}');
select pg_temp.run('{' || :'saga' || ', "C": {"Type": "Fail", "Error": "No"}}', '{"A": [{"return": {"id": 7}}], "B": [{"return": 2}], "UB": [{"error": "F"}]}');
-- branches and iterations backwards, each with its item; what a branch did after another one's failure was not done
select jsonb_strip_nulls(portarium.simulate('{"StartAt": "M", "States": {"M": {"Type": "Map", "ItemsPath": "$.items", "Next": "F", "Iterator": {"StartAt": "I", "States": {
        "I": {"Type": "Task", "Resource": "r:i", "End": true, "Catch": [{"ErrorEquals": ["Portarium.Compensate"], "ResultPath": null, "Next": "U"}]},
        "U": {"Type": "Choice", "Choices": [{"Variable": "$$.Map.Item.Value.n", "NumericEquals": 1, "Next": "One"}], "Default": "Other"}, "One": {"Type": "Pass", "End": true}, "Other": {"Type": "Pass", "End": true}}}},
    "F": {"Type": "Fail", "Error": "No"}}}', '{"items": [{"n": 1}, {"n": 2}]}', '{"I": {"return": 1}}'));
select jsonb_strip_nulls(portarium.simulate('{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [
        {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "Next": "A"}, "A": {"Type": "Task", "Resource": "r:a", "End": true, "Catch": [{"ErrorEquals": ["Portarium.Compensate"], "Next": "UA"}]}, "UA": {"Type": "Succeed"}}},
        {"StartAt": "B", "States": {"B": {"Type": "Task", "Resource": "r:b", "Next": "X", "Catch": [{"ErrorEquals": ["Portarium.Compensate"], "Next": "UB"}]}, "UB": {"Type": "Succeed"}, "X": {"Type": "Wait", "Seconds": 5, "Next": "F"}, "F": {"Type": "Fail", "Error": "No"}}}]}}}', '{}', '{"A": {"return": 1}, "B": {"return": 1}}'));
