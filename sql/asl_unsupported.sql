-- What the engine does not run is named, and what a document needs is listed.
\pset format unaligned
\pset tuples_only on
\set SHOW_CONTEXT never

select u.code, u.pointer, u.message
from portarium_int.asl_unsupported('{"StartAt": "P", "States": {
    "P": {"Type": "Parallel", "Branches": [{"StartAt": "M", "States": {"M": {"Type": "Map", "ItemReader": {}, "Iterator": {"StartAt": "J", "States": {"J": {"Type": "Pass", "QueryLanguage": "JSONata", "End": true}}}, "End": true}}}], "Next": "T1"},
    "T1": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "Next": "T2"},
    "T2": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "Next": "T3"},
    "T3": {"Type": "Task", "Resource": "portarium:signal:paid", "Next": "T4"},
    "T4": {"Type": "Task", "Resource": "portarium:workflow:child", "Next": "T5"},
    "T5": {"Type": "Task", "Resource": "portarium:sql:f", "Next": "T6"},
    "T6": {"Type": "Task", "Resource": "portarium:action:a.b", "TimeoutSecondsPath": "$.t", "HeartbeatSeconds": 5, "Next": "T7"},
    "T7": {"Type": "Task", "Resource": "portarium:approval", "TimeoutSecondsPath": "$.t", "HeartbeatSeconds": 5, "Credentials": {"RoleArn": "arn:x"}, "End": true}}}') as u
order by u.pointer;

-- they are warnings of a valid document
select r -> 'valid', jsonb_path_query_array(r, '$.findings[*].severity')
from portarium.validate_workflow('{"StartAt": "M", "States": {"M": {"Type": "Map", "Iterator": {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}, "End": true}}}'::jsonb) as r;

select r.pointer, r.resource
from portarium_int.asl_resources('{"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "portarium:action:a.b", "End": true}, "B": {"Type": "Parallel", "Branches": [{"StartAt": "C", "States": {"C": {"Type": "Task", "Resource": "arn:x", "End": true}}}], "End": true}}}') as r
order by r.pointer;

-- simulate raises for documents that it cannot run
select portarium.simulate('{"StartAt": "A", "QueryLanguage": "JSONata", "States": {"A": {"Type": "Succeed"}}}');
\echo :LAST_ERROR_SQLSTATE
select portarium.simulate('{"StartAt": "A", "States": {}}');
\echo :LAST_ERROR_SQLSTATE
