-- SPDX-License-Identifier: PostgreSQL
-- Diagrams of documents and of runs.
\i test/pgtap/include/engine.sql
select plan(12);

select '{"StartAt": "C", "States": {
    "C": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericEquals": 1, "Next": "M/1"}], "Default": "T"},
    "M/1": {"Type": "Map", "ItemsPath": "$.l", "End": true, "ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": true}}}},
    "T": {"Type": "Task", "Resource": "portarium:action:ledger.post", "Catch": [{"ErrorEquals": ["A", "B"], "Next": "F"}], "Next": "S"},
    "S": {"Type": "Succeed"}, "F": {"Type": "Fail", "Error": "E"}}}' as document \gset
select portarium.workflow_graph(:'document') as graph \gset
select is((:'graph'::jsonb) ->> 'start', '/States/C', 'where it starts');
select is((select string_agg(n ->> 'id', ' ' order by n ->> 'id' collate "C") from jsonb_array_elements((:'graph'::jsonb) -> 'nodes') n),
    '/States/C /States/F /States/M~11 /States/M~11/ItemProcessor/States/I /States/S /States/T', 'every state by its pointer, inner ones included');
select is((select string_agg(concat_ws(' ', e ->> 'from', e ->> 'to', e ->> 'label'), ', ' order by concat_ws(' ', e ->> 'from', e ->> 'to') collate "C")
    from jsonb_array_elements((:'graph'::jsonb) -> 'edges') e),
    '/States/C /States/M~11 rule 1, /States/C /States/T default, /States/T /States/F on A, B, /States/T /States/S', 'every edge with what takes it');
select is((select string_agg(n ->> 'name', ' ' order by n ->> 'name' collate "C") from jsonb_array_elements((:'graph'::jsonb) -> 'nodes') n where (n ->> 'end')::boolean),
    'F I M/1 S', 'and where it may end');
select matches((:'graph'::jsonb) ->> 'mermaid', '^stateDiagram-v2\n', 'a Mermaid diagram');
select matches((:'graph'::jsonb) ->> 'mermaid', '\n    \[\*\] --> s[0-9]+\n', 'with its start');
select throws_ok($$select portarium.workflow_graph('{}')$$, 'UP002', null, 'a document with errors has no diagram');

select portarium.register_workflow('doc', :'document'::jsonb);
select portarium.start_run('doc', '{"n": 2}') as run \gset
select is((select string_agg(concat_ws(':', n ->> 'name', n ->> 'progress'), ' ' order by n ->> 'name' collate "C") from jsonb_array_elements(portarium.run_graph(:'run') -> 'nodes') n where n ? 'progress'),
    'C:done T:current', 'a run''s progress');
select pg_temp.work('{"error": "B"}');
select is((select string_agg(concat_ws(':', n ->> 'name', n ->> 'progress'), ' ' order by n ->> 'name' collate "C") from jsonb_array_elements(portarium.run_graph(:'run') -> 'nodes') n where n ? 'progress'),
    'C:done F:failed T:done', 'to its end');
select portarium.start_run('doc', '{"n": 1, "l": [1, 2]}') as map \gset
select is((select string_agg(concat_ws(':', n ->> 'name', n ->> 'progress'), ' ' order by n ->> 'name' collate "C") from jsonb_array_elements(portarium.run_graph(:'map') -> 'nodes') n where n ? 'progress'),
    'C:done I:done M/1:done', 'strands included');
select throws_ok(format('select portarium.run_graph(%L)', gen_random_uuid()), 'UP401', null, 'a run that is not there');
select pg_temp.be_in(current_setting('t.other')::uuid, 'eve', 'admin');
select throws_ok(format('select portarium.run_graph(%L)', :'run'), 'UP401', null, 'nor in another tenant');

select * from finish();
rollback;
