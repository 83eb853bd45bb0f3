-- Wait states, timeouts from paths, and the time of a simulation.
\pset format unaligned
\pset tuples_only on

create function pg_temp.wait(p_state jsonb, p_input jsonb) returns portarium_int.asl_step
language sql
as $$
    select portarium_int.asl_enter(portarium_int.asl_compile_state('W', '{"Type": "Wait", "End": true}'::jsonb || p_state), p_input, '{}', '{"State": {"EnteredTime": "2026-01-01T00:00:00.000Z"}}')
$$;

select s, i, (w).kind, (w).seconds, (w).until at time zone 'UTC', (w).cause
from (values ('{"Seconds": 10}', '{}'), ('{"SecondsPath": "$.s"}', '{"s": 0}'), ('{"SecondsPath": "$.s"}', '{"s": 2.0}'), ('{"SecondsPath": "$.s"}', '{"s": 1.5}'), ('{"SecondsPath": "$.s"}', '{"s": -1}'), ('{"SecondsPath": "$.s"}', '{"s": "1"}'),
    ('{"SecondsPath": "$.s"}', '{}'), ('{"SecondsPath": "$.s"}', '{"s": 2147472000}'), ('{"SecondsPath": "$.s"}', '{"s": 2147472001}'), ('{"Timestamp": "2026-01-02T00:00:00.25+01:00"}', '{}'), ('{"TimestampPath": "$.t"}', '{"t": "2094-01-19T00:00:00Z"}'),
    ('{"TimestampPath": "$.t"}', '{"t": "2094-01-19T00:00:01Z"}'), ('{"TimestampPath": "$.t"}', '{"t": "2026-13-01T00:00:00Z"}'), ('{"TimestampPath": "$.t"}', '{"t": "2026-01-01T00:00:00"}'), ('{"TimestampPath": "$.t"}', '{"t": 5}'), ('{"TimestampPath": "$.t"}', '{}'),
    ('{"InputPath": "$.in", "SecondsPath": "$.s"}', '{"in": {"s": 3}}')) as t (s, i),
    pg_temp.wait(s::jsonb, i::jsonb) as w;

-- after the wait the paths and Assign are applied
select (w).kind, (w).data, (w).vars
from portarium_int.asl_after_wait(portarium_int.asl_compile_state('W', '{"Type": "Wait", "Seconds": 1, "InputPath": "$.in", "OutputPath": "$.a", "Assign": {"v.$": "$.b"}, "End": true}'), '{"in": {"a": 1, "b": 2}}', '{}', null) as w;

-- timeouts of a task
select s, (t).kind, (t).timeout_seconds, (t).heartbeat_seconds, (t).cause
from unnest(array['{}', '{"TimeoutSeconds": 30, "HeartbeatSeconds": 5}', '{"TimeoutSecondsPath": "$.t", "HeartbeatSeconds": 5}', '{"TimeoutSecondsPath": "$.zero"}', '{"TimeoutSecondsPath": "$.text"}', '{"HeartbeatSecondsPath": "$.no"}']) as s,
    portarium_int.asl_enter(portarium_int.asl_compile_state('T', '{"Type": "Task", "Resource": "r:x", "End": true}'::jsonb || s::jsonb), '{"t": 60, "zero": 0, "text": "x"}', '{}', null) as t;

-- waits and retries take no time, but the execution's own timeout counts them
select portarium.simulate('{"StartAt": "W", "TimeoutSeconds": 100, "States": {"W": {"Type": "Wait", "Seconds": 60, "Next": "V"}, "V": {"Type": "Wait", "SecondsPath": "$.s", "End": true}}}', i) - 'cause'
from unnest(array['{"s": 39}', '{"s": 40}']::jsonb[]) as i;
select portarium.simulate('{"StartAt": "T", "TimeoutSeconds": 100, "States": {"T": {"Type": "Task", "Resource": "r:x", "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 60}], "End": true}}}', '{}', '{"T": [{"error": "E"}]}');
