-- SPDX-License-Identifier: PostgreSQL
-- Parallel and Map: strands with jobs of their own, joined in order, failed by the first error, bounded by MaxConcurrency.
\i test/pgtap/include/engine.sql
select plan(42);

-- every claimed job is acknowledged with its input's member r, or its member e as an error
create function pg_temp.answer(p_want int default 100) returns int language plpgsql as $$
declare
    v_acks jsonb;
begin
    select jsonb_agg(jsonb_build_object('run_id', x.run_id, 'token', x.token)
        || case when x.input ? 'e' then jsonb_build_object('error', x.input ->> 'e', 'cause', 'asked') else jsonb_build_object('output', x.input -> 'r') end)
    into v_acks from pg_temp.exchange('[]', p_want) x;
    perform pg_temp.exchange(coalesce(v_acks, '[]'), 0);
    return coalesce(jsonb_array_length(v_acks), 0);
end
$$;
create function pg_temp.output(p_run uuid) returns jsonb language sql as $$ select output from portarium.runs where run_id = p_run $$;

-- Parallel
select portarium.register_workflow('par', '{"StartAt": "P", "States": {"P": {"Type": "Parallel", "ResultPath": "$.both", "Next": "E", "Branches": [
    {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "portarium:action:ledger.post", "Parameters": {"r": "a", "id.$": "$.id"}, "End": true}}},
    {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 30, "Next": "B"}, "B": {"Type": "Pass", "Result": "b", "End": true}}},
    {"StartAt": "C", "States": {"C": {"Type": "Pass", "Result": "c", "End": true}}}]},
    "E": {"Type": "Succeed"}}}'::jsonb);
select portarium.start_run('par', '{"id": 7}') as run \gset
select is(pg_temp.state(:'run'), 'RUNNING', 'a run waits for its branches');
select is((select count(*) from portarium.runs), 1::bigint, 'branches are no runs of their own to anybody');
select results_eq(format('select slot, state, current_state from portarium.strands where run_id = %L order by slot', :'run'),
    $$values (0, 'RUNNING', 'A'), (1, 'RUNNING', 'W'), (2, 'SUCCEEDED', 'C')$$, 'each is where it is');
select is(pg_temp.answer(), 1, 'the branch with a task has a job');
select is(pg_temp.state(:'run'), 'RUNNING', 'one branch is not all');
select pg_temp.let_time_pass();
select is(pg_temp.state(:'run'), 'SUCCEEDED', 'the last branch joins');
select is(pg_temp.output(:'run'), '{"id": 7, "both": ["a", "b", "c"]}'::jsonb, 'results stand in the order of the branches');
select is((select string_agg(kind, ' ' order by seq) from portarium.run_history(:'run') where strand is null), 'run.started run.succeeded', 'the run''s own entries');
select is((select string_agg(strand || ' ' || kind, ', ' order by strand, seq) from portarium.run_history(:'run') where strand is not null),
    '1/0 strand.started, 1/0 strand.succeeded, 1/1 strand.started, 1/1 strand.succeeded, 1/2 strand.succeeded', 'and those of its strands');
select is((select body ->> 'items' from portarium.run_history(:'run') where kind = 'run.succeeded'), '3', 'the join says how many');

-- an error ends the others
select portarium.register_workflow('fail', '{"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true,
    "Catch": [{"ErrorEquals": ["Bad"], "ResultPath": "$.why", "Next": "No"}], "Branches": [
    {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": "portarium:action:ledger.post", "Parameters": {"e.$": "$.e"}, "End": true}}},
    {"StartAt": "B", "States": {"B": {"Type": "Task", "Resource": "portarium:approval", "End": true}}},
    {"StartAt": "I", "States": {"I": {"Type": "Parallel", "End": true, "Branches": [
        {"StartAt": "J", "States": {"J": {"Type": "Wait", "Seconds": 99, "End": true}}}]}}}]},
    "No": {"Type": "Pass", "End": true}}}'::jsonb);
select portarium.start_run('fail', '{"e": "Bad"}') as caught \gset
select is((select count(*) from portarium.approvals where run_id = :'caught' and status = 'PENDING'), 1::bigint, 'an approval of a branch is shown under its run');
select pg_temp.answer();
select is(pg_temp.state(:'caught'), 'SUCCEEDED', 'the state''s Catch sees the branch''s own error');
select is(pg_temp.output(:'caught'), '{"e": "Bad", "why": {"Error": "Bad", "Cause": "asked"}}'::jsonb, 'with its cause');
select is((select string_agg(state, ' ' order by slot) from portarium.strands where run_id = :'caught' and parent_id = :'caught'), 'FAILED ABORTED ABORTED', 'the others are ended');
select is((select count(*) from run where root_id = :'caught' and state = 'RUNNING'), 0::bigint, 'all the way down');
select is((select status from portarium.approvals where run_id = :'caught'), 'CLOSED', 'nobody is asked any more');
select portarium.start_run('fail', '{"e": "Worse"}') as failed \gset
select pg_temp.answer();
select is(pg_temp.state(:'failed'), 'FAILED Worse', 'uncaught it fails the run with the branch''s own error');

-- Map
select portarium.register_workflow('map', '{"StartAt": "M", "States": {"M": {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 2, "End": true,
    "ItemSelector": {"r.$": "$$.Map.Item.Value", "n.$": "$$.Map.Item.Index", "all.$": "$.tag"},
    "ItemProcessor": {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "portarium:action:ledger.post", "ResultPath": "$.got", "End": true}}}}}}'::jsonb);
select portarium.start_run('map', '{"tag": "t", "items": ["x", "y", "z"]}') as map \gset
select is((select string_agg(state, ' ' order by slot) from portarium.strands where run_id = :'map'), 'RUNNING RUNNING PENDING', 'MaxConcurrency bounds what runs at once');
select is(pg_temp.answer(1), 1, 'one iteration ends');
select is((select string_agg(state, ' ' order by slot) from portarium.strands where run_id = :'map'), 'SUCCEEDED RUNNING RUNNING', 'the next begins');
select is(pg_temp.answer(), 2, 'the others end');
select is(pg_temp.output(:'map'), '[{"r": "x", "n": 0, "all": "t", "got": "x"}, {"r": "y", "n": 1, "all": "t", "got": "y"}, {"r": "z", "n": 2, "all": "t", "got": "z"}]'::jsonb,
    'outputs stand in the order of the items, each from its ItemSelector');
select portarium.start_run('map', '{"tag": 1, "items": []}') as none \gset
select is(pg_temp.output(:'none'), '[]'::jsonb, 'no items, no iteration');
select portarium.start_run('map', '{"tag": 1, "items": 5}') as wrong \gset
select is(pg_temp.state(:'wrong'), 'FAILED States.Runtime', 'items that are no array');

-- tolerance
select portarium.register_workflow('tolerant', '{"StartAt": "M", "States": {"M": {"Type": "Map", "ToleratedFailureCount": 1, "End": true,
    "ItemProcessor": {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "portarium:action:ledger.post", "End": true}}}}}}'::jsonb);
select portarium.start_run('tolerant', '[{"r": 1}, {"e": "Bad"}, {"r": 3}]') as one \gset
select pg_temp.answer();
select is(pg_temp.output(:'one'), '[1, {"Error": "Bad", "Cause": "asked"}, 3]'::jsonb, 'a tolerated failure has its error as its result');
select portarium.start_run('tolerant', '[{"e": "Bad"}, {"e": "Bad"}, {"r": 3}]') as two \gset
select pg_temp.answer();
select is(pg_temp.state(:'two'), 'FAILED States.ExceedToleratedFailureThreshold', 'over the threshold the state fails');

-- retry runs all again
select portarium.register_workflow('again', '{"StartAt": "M", "States": {"M": {"Type": "Map", "End": true, "Retry": [{"ErrorEquals": ["Bad"], "MaxAttempts": 1}],
    "ItemProcessor": {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "portarium:action:ledger.post", "End": true}}}}}}'::jsonb);
select portarium.start_run('again', '[{"r": 1}, {"e": "Bad"}]') as again \gset
select is(pg_temp.answer(), 2, 'both are done');
select is(pg_temp.state(:'again'), 'RUNNING', 'the failure is retried');
select pg_temp.let_time_pass();
select is(pg_temp.answer(), 2, 'from scratch');
select is(pg_temp.state(:'again'), 'FAILED Bad', 'and fails for good');
select is((select count(distinct visit) from portarium.strands where run_id = :'again'), 2::bigint, 'each time with strands of its own');

-- cancel
select portarium.start_run('map', '{"tag": "t", "items": [1, 2, 3]}') as gone \gset
select is(portarium.cancel_run(:'gone'), 'ABORTED', 'a run with strands is cancelled');
select is((select string_agg(state, ' ' order by slot) from portarium.strands where run_id = :'gone'), 'ABORTED ABORTED ABORTED', 'with all of them');
select is_empty('select * from pg_temp.exchange()', 'their jobs are gone');
select throws_ok(format('select portarium.cancel_run(%L)', (select strand_id from portarium.strands where run_id = :'gone' and slot = 0)), 'UP401', null, 'a strand alone is not cancelled');

-- variables and the root's context
select portarium.register_workflow('scope', '{"StartAt": "S", "States": {"S": {"Type": "Pass", "Assign": {"outer": "o"}, "Next": "M"},
    "M": {"Type": "Map", "ItemsPath": "$.l", "End": true, "ItemProcessor": {"StartAt": "I", "States": {
        "I": {"Type": "Pass", "Parameters": {"v.$": "$outer", "id.$": "$$.Execution.Id", "in.$": "$$.Execution.Input.l", "x.$": "$$.Map.Item.Index"}, "End": true}}}}}}'::jsonb);
select portarium.start_run('scope', '{"l": ["a"]}') as scope \gset
select is(pg_temp.output(:'scope'), jsonb_build_array(jsonb_build_object('v', 'o', 'id', :'scope', 'in', '["a"]'::jsonb, 'x', 0)),
    'an iteration sees the outer variables, the run''s id and input, and its item');
select is((select count(*) from entry where canon <> portarium.canonical_entry(convert_from(canon, 'UTF8'))), 0::bigint, 'every entry is canonical');
select is((select count(*) from portarium_data.quarantine), 0::bigint, 'nothing was set aside');

-- the Map's numbers come from its effective input, also after it began
select portarium.register_workflow('numbers', '{"StartAt": "M", "States": {"M": {"Type": "Map", "InputPath": "$.in", "ItemsPath": "$.items", "MaxConcurrencyPath": "$.most",
    "ToleratedFailureCountPath": "$.bad", "Iterator": {"StartAt": "I", "States": {"I": {"Type": "Task", "Resource": "portarium:action:ledger.post", "End": true}}}, "End": true}}}');
select portarium.start_run('numbers', '{"in": {"items": [1, 2, 3], "most": 1, "bad": 1}, "items": 0, "most": 9, "bad": 0}') as numbers \gset
select is((select count(*)::int from pg_temp.exchange(p_want => 9)), 1, 'MaxConcurrencyPath');
update portarium_data.lease set until = '-infinity';
select portarium_int.tick_step();
select pg_temp.work('{"error": "E"}'), pg_temp.work('{"output": 2}'), pg_temp.work('{"output": 3}');
select is((select output from portarium.runs where run_id = :'numbers'), '[{"Error": "E", "Cause": null}, 2, 3]', 'ToleratedFailureCountPath');

-- the item of the context object: of the innermost Map around, and of none outside
select portarium.register_workflow('items', '{"StartAt": "M", "States": {
    "M": {"Type": "Map", "ItemsPath": "$.items", "End": true, "Iterator": {"StartAt": "B", "States": {"B": {"Type": "Parallel", "End": true, "Branches": [
        {"StartAt": "C", "States": {"C": {"Type": "Pass", "Parameters": {"i.$": "$$.Map.Item.Index"}, "End": true}}}]}}}}}}');
select portarium.start_run('items', '{"items": ["x", "y"]}') as items \gset
select is((select output from portarium.runs where run_id = :'items'), '[[{"i": 0}], [{"i": 1}]]', 'a branch inside an iteration sees the item');
select portarium.register_workflow('outside', '{"StartAt": "P", "States": {"P": {"Type": "Pass", "Parameters": {"c.$": "$$"}, "End": true}}}');
select portarium.start_run('outside') as outside \gset
select is((select array(select jsonb_object_keys(output -> 'c') order by 1) from portarium.runs where run_id = :'outside'), '{Execution,State,StateMachine}', 'outside there is none');

select * from finish();
rollback;
