-- SPDX-License-Identifier: PostgreSQL
-- Which version runs: by name, version, alias or hash; and what foreign resources mean.
\i test/pgtap/include/engine.sql
select plan(40);

create function pg_temp.version(p_n int) returns jsonb language sql as $$
    select jsonb_build_object('StartAt', 'P', 'States', jsonb_build_object('P', jsonb_build_object('Type', 'Pass', 'Result', p_n, 'End', true)))
$$;
create function pg_temp.output(p_run uuid) returns jsonb language sql as $$ select output from portarium.runs where run_id = p_run $$;
select portarium.register_workflow('w', pg_temp.version(n)) from generate_series(1, 3) n;
select hash from portarium.workflows where name = 'w' and version = 1 \gset
select portarium.set_alias('w', 'live', '{"2": 100}');
select portarium.set_alias('w', 'canary', '{"1": 90, "3": 10}');

select is(pg_temp.output(portarium.start_run('w')), '3', 'a name is its newest version');
select is(pg_temp.output(portarium.start_run('w@1')), '1', 'name@version is that version');
select is(pg_temp.output(portarium.start_run('w:live')), '2', 'name:alias is the alias''s version');
select is(pg_temp.output(portarium.start_run(:'hash')), '1', 'a hash is the definition that has it');
select portarium.start_run('w:live') as run \gset
select is((select workflow from portarium.runs where run_id = :'run'), 'w', 'the run has the workflow''s name');
select results_eq(format('select body ->> ''version'', body ->> ''workflow'', body ->> ''definition'' from portarium.run_history(%L)', :'run'),
    $$select '2', 'w', hash from portarium.workflows where name = 'w' and version = 2$$, 'the entry has the version and the definition');
select portarium.set_alias('w', 'live', '{"1": 100}');
select is(pg_temp.output(portarium.start_run('w:live')), '1', 'an alias can be moved');
select is(pg_temp.output(:'run'), '2', 'runs keep what they have');
select results_eq($$select alias, versions from portarium.aliases order by alias$$, $$values ('canary', '{"1": 90, "3": 10}'::jsonb), ('live', '{"1": 100}')$$, 'aliases are shown');
select is((select count(*) from portarium.entries where kind = 'alias.set'), 3::bigint, 'each change is an entry');

-- weights
select setseed(0.25);
create temp table drawn as select pg_temp.output(r) as v from portarium.start_runs('w:canary', array(select jsonb_build_object('n', n) from generate_series(1, 500) n)) r;
select is((select count(*) from drawn), 500::bigint, 'a batch starts all its runs');
select set_eq('select distinct v from drawn', $$values ('1'::jsonb), ('3')$$, 'each draws one of the versions');
select ok((select count(*) filter (where v = '3') from drawn) between 20 and 100, 'by weight');
create temp table ordered as
select run_id, n from portarium.start_runs('w:canary', array(select jsonb_build_object('n', n) from generate_series(1, 20) n)) with ordinality x (run_id, n);
select results_eq($$select r.input -> 'n' from ordered x join portarium.runs r using (run_id) order by x.n$$, 'select to_jsonb(n) from generate_series(1, 20) n', 'ids come in the order of the inputs');
select is((select count(distinct r) from (select portarium.start_run('w:canary', '{}', 'key') r from generate_series(1, 20)) x), 1::bigint, 'a key stands for one draw');

-- refusals
select throws_ok($$select portarium.start_run('w@9')$$, 'UP402', 'workflow "w@9" does not exist', 'a version that is not there');
select throws_ok($$select portarium.start_run('w:none')$$, 'UP402', 'workflow "w:none" does not exist', 'an alias that is not there');
select throws_ok($$select portarium.start_runs('w:none', '{"{}", "{}"}')$$, 'UP402', null, 'also for a batch');
select throws_ok(format('select portarium.start_run(%L)', repeat('0', 64)), 'UP402', null, 'a hash that is not there');
select throws_ok($$select portarium.set_alias('w', 'live', '{"1": 60, "2": 30}')$$, 'UP007', null, 'weights make 100');
select throws_ok($$select portarium.set_alias('w', 'live', '{"1": 99.5, "2": 0.5}')$$, 'UP007', null, 'of whole numbers');
select throws_ok($$select portarium.set_alias('w', 'live', '{"1": "100"}')$$, 'UP007', null, 'that are numbers');
select throws_ok($$select portarium.set_alias('w', 'live', '[100]')$$, 'UP007', null, 'in an object');
select throws_ok($$select portarium.set_alias('w', 'live', '{"7": 100}')$$, 'UP402', 'workflow "w" has no version "7"', 'of versions that there are');
select throws_ok($$select portarium.set_alias('w', 'a:b', '{"1": 100}')$$, 'UP007', null, 'an alias is a name');
select portarium.set_alias('w', 'live', null);
select throws_ok($$select portarium.start_run('w:live')$$, 'UP402', null, 'an alias can be taken away');
select pg_temp.be('eve', 'requester');
select throws_ok($$select portarium.set_alias('w', 'live', '{"1": 100}')$$, 'UP205', null, 'a requester sets none');
select throws_ok($$select portarium.map_resource('arn:x', 'portarium:approval')$$, 'UP205', null, 'nor the meaning of a resource');
select pg_temp.be('ada', 'admin', 'operator');

-- foreign resources
select throws_ok($$select portarium.register_workflow('wild', jsonb_set(pg_temp.task('post'), '{States,Do,Resource}', '"arn:aws:lambda:x:1:function:post"'))$$, 'UP006', null,
    'a foreign resource without a meaning is refused');
select portarium.map_resource('arn:aws:lambda:x:1:function:post', 'portarium:action:ledger.post');
select portarium.map_resource('arn:aws:states:::lambda:invoke', 'portarium:action:ledger.post', '{"id.$": "$.Payload.order", "via": "lambda", "all": {"p.$": "$.Payload"}, "f.$": "$.FunctionName"}');
select portarium.register_workflow('wild', jsonb_set(pg_temp.task('post'), '{States,Do,Resource}', '"arn:aws:lambda:x:1:function:post"'));
select portarium.start_run('wild', '{"id": 7}') as wild \gset
select results_eq('select operation, input from pg_temp.exchange()', $$values ('post', '{"id": 7}'::jsonb)$$, 'with one it runs unchanged');
select is((select definition #>> '{States,Do,Resource}' from portarium.workflows where name = 'wild'), 'portarium:action:ledger.post', 'what is kept says what it means');
select is((select e.body ->> 'source' from portarium.entries e where e.kind = 'workflow.registered' and e.body ->> 'workflow' = 'wild'),
    encode(sha256(portarium_int.canonical(jsonb_set(pg_temp.task('post'), '{States,Do,Resource}', '"arn:aws:lambda:x:1:function:post"'))), 'hex'), 'the entry also has the hash of what was given');
create function pg_temp.invoke(p_parameters jsonb) returns jsonb language sql as $$
    select pg_temp.task('post', '{"Resource": "arn:aws:states:::lambda:invoke"}' || case when p_parameters is null then '{}' else jsonb_build_object('Parameters', p_parameters) end)
$$;
create function pg_temp.input_of(p_run uuid) returns jsonb language sql as $$ select x.input from pg_temp.exchange('[]', 10) x where x.run_id = p_run $$;
select portarium.register_workflow('folded', pg_temp.invoke('{"FunctionName": "f", "Payload": {"order.$": "$.o", "k": 1}}'));
select is(pg_temp.input_of(portarium.start_run('folded', '{"o": 9}')), '{"id": 9, "via": "lambda", "all": {"p": {"order": 9, "k": 1}}, "f": "f"}'::jsonb, 'a template is folded into Parameters');
select portarium.register_workflow('whole', pg_temp.invoke('{"FunctionName.$": "$.fn", "Payload.$": "$"}'));
select is(pg_temp.input_of(portarium.start_run('whole', '{"order": 9, "fn": "g"}')), '{"id": 9, "via": "lambda", "all": {"p": {"order": 9, "fn": "g"}}, "f": "g"}'::jsonb, 'through paths, too');
select portarium.register_workflow('plain', pg_temp.invoke(null));
select is(pg_temp.input_of(portarium.start_run('plain', '{"Payload": {"order": 5}, "FunctionName": "h"}')), '{"id": 5, "via": "lambda", "all": {"p": {"order": 5}}, "f": "h"}'::jsonb,
    'without Parameters it reads the input');
select throws_ok($$select portarium.register_workflow('x', pg_temp.invoke('{"FunctionName": "f"}'))$$, 'UP002', 'input template names "$.Payload", which the state''s Parameters do not have',
    'what Parameters lack is found at registration');
select throws_ok($$select portarium.map_resource('portarium:approval', 'portarium:approval')$$, 'UP007', null, 'only a foreign resource is mapped');
select throws_ok($$select portarium.map_resource('arn:x', 'arn:y')$$, 'UP007', null, 'and only to ours');
select throws_ok($$select portarium.map_resource('arn:x', 'portarium:approval', '{"a.$": "nonsense"}')$$, 'UP007', null, 'a template is a template');
select portarium.map_resource('arn:aws:lambda:x:1:function:post', null);
select throws_ok($$select portarium.register_workflow('later', jsonb_set(pg_temp.task('post'), '{States,Do,Resource}', '"arn:aws:lambda:x:1:function:post"'))$$, 'UP006', null, 'a meaning can be taken away');

select * from finish();
rollback;
