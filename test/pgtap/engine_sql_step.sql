-- SPDX-License-Identifier: PostgreSQL
-- SQL steps: they run in the transition's commit with the rights of their owner; what they raise is an error of the state, undone.
\i test/pgtap/include/engine.sql
select plan(35);

create role t_books nologin;
create role t_login login;
grant portarium_app to t_login;
create schema books authorization t_books;
grant usage on schema books to portarium_owner, portarium_sys;
set role t_books;
create table books.line (n int primary key, who text not null);
create function books.post(p jsonb) returns jsonb language plpgsql security definer set search_path = books, pg_temp as $$
begin
    insert into line values ((p ->> 'n')::int, current_user);
    if p ? 'raise' then
        raise exception using errcode = p ->> 'raise', message = 'as asked';
    end if;
    return jsonb_build_object('posted', p -> 'n');
end
$$;
create function books.peek(p jsonb) returns jsonb language plpgsql security definer set search_path = books, pg_temp as $$
begin
    return (select to_jsonb(count(*)) from portarium_data.run);
end
$$;
create function books.invoker(p jsonb) returns jsonb language sql set search_path = books, pg_temp as 'select p';
create function books.unpinned(p jsonb) returns jsonb language sql security definer as 'select p';
create function books.wide(p jsonb, q jsonb) returns jsonb language sql security definer set search_path = books, pg_temp as 'select p';
create function books.many(p jsonb) returns setof jsonb language sql security definer set search_path = books, pg_temp as 'select p';
create function books.nothing(p jsonb) returns jsonb language sql security definer set search_path = books, pg_temp as 'select null::jsonb';
reset role;
create function books.super(p jsonb) returns jsonb language sql security definer set search_path = books, pg_temp as 'select p';

-- registration
select lives_ok($$select portarium.register_sql_step('post', 'books.post(jsonb)')$$, 'a function of a role that the login is a member of');
select results_eq('select name, function, run_as, tier from portarium.sql_steps', $$values ('post', 'books.post(jsonb)', 't_books'::name, 'Auto')$$, 'is a step');
select lives_ok(format($$select portarium.register_sql_step(%L, %L)$$, f, 'books.' || f || '(jsonb)'), f || ' too') from unnest(array['peek', 'nothing']) f;
select throws_ok($$select portarium.register_sql_step('x', 'books.invoker(jsonb)')$$, 'UP007', 'function "books.invoker(jsonb)" is not SECURITY DEFINER',
    'it would have the engine''s rights');
select throws_ok($$select portarium.register_sql_step('x', 'books.unpinned(jsonb)')$$, 'UP007', 'function "books.unpinned(jsonb)" does not pin its search_path', 'without a path of its own');
select throws_ok($$select portarium.register_sql_step('x', 'books.super(jsonb)')$$, 'UP007', 'function "books.super(jsonb)" belongs to a role that no step may have', 'of a superuser');
select throws_ok($$select portarium.register_sql_step('x', 'books.wide(jsonb, jsonb)')$$, 'UP007', null, 'of two arguments');
select throws_ok($$select portarium.register_sql_step('x', 'books.many(jsonb)')$$, 'UP007', null, 'of a set');
select throws_ok($$select portarium.register_sql_step('a b', 'books.post(jsonb)')$$, 'UP007', null, 'a name is a name');
select throws_ok($$select portarium.register_sql_step('x', 'books.post(jsonb)', 'Never')$$, 'UP007', null, 'a tier is a tier');
revoke usage on schema books from portarium_sys;
select throws_ok($$select portarium.register_sql_step('x', 'books.post(jsonb)')$$, 'UP007', 'function "books.post(jsonb)" cannot be reached by the engine', 'the engine must reach it');
grant usage on schema books to portarium_sys;
select pg_temp.be('bob', 'operator');
select throws_ok($$select portarium.register_sql_step('x', 'books.post(jsonb)')$$, 'UP205', null, 'an operator registers no code');
grant usage on schema books to t_login;
select portarium.bind_login('t_login', current_setting('t.tenant')::uuid, 'tim', '{admin}');
set local portarium.ctx = '';
create temp table refused (state text);
grant insert on refused to t_login;
set session authorization t_login;
do $$
begin
    perform portarium.register_sql_step('x', 'books.post(jsonb)');
exception when others then
    insert into refused values (sqlstate);
end
$$;
reset session authorization;
select is((select state from refused), 'UP205', 'nor does a login that is no member of the owner');
select pg_temp.be('ada', 'admin', 'operator');

-- running
create function pg_temp.step(p_name text, p_more jsonb default '{}') returns jsonb language sql as $$
    select jsonb_build_object('StartAt', 'S', 'States', jsonb_build_object('E', '{"Type": "Succeed"}'::jsonb,
        'S', jsonb_build_object('Type', 'Task', 'Resource', 'portarium:sql:' || p_name, 'Next', 'E') || p_more))
$$;
create function pg_temp.output(p_run uuid) returns jsonb language sql as $$ select output from portarium.runs where run_id = p_run $$;
select throws_ok($$select portarium.register_workflow('no', pg_temp.step('nobody'))$$, 'UP006', null, 'a step that is not registered');
select portarium.register_workflow('post', pg_temp.step('post'));
select portarium.start_run('post', '{"n": 1}') as run \gset
select is(pg_temp.output(:'run'), '{"posted": 1}'::jsonb, 'a step gives its result in the same commit');
select is((select who from books.line where n = 1), 't_books', 'with the rights of its owner');
select is(pg_temp.kinds(:'run'), 'run.started run.succeeded', 'each transition has its entry');
select results_eq(format('select actor, body ->> ''action'' from portarium.run_history(%L)', :'run'),
    $$values ('ada', 'portarium:sql:post'), ('sql:post', null)$$, 'the first names the step, the second is the step''s');
select portarium.start_run('post', '{"n": 2, "raise": "P0042"}') as raises \gset
select is(pg_temp.state(:'raises'), 'FAILED Sql.P0042', 'what it raises is the error Sql.<SQLSTATE>');
select is((select cause from portarium.runs where run_id = :'raises'), 'as asked', 'with its message');
select is_empty('select * from books.line where n = 2', 'and what it did is undone');
select portarium.register_workflow('nothing', pg_temp.step('nothing'));
select is(pg_temp.output(portarium.start_run('nothing')), 'null'::jsonb, 'no result is null');
select portarium.register_workflow('peek', pg_temp.step('peek'));
select is(pg_temp.state(portarium.start_run('peek')), 'FAILED Sql.42501', 'a step sees no table of the engine');

-- Retry and Catch, from an executor's transaction
select portarium.register_workflow('mend', jsonb_build_object('StartAt', 'Do', 'States',
    jsonb_build_object('Do', '{"Type": "Task", "Resource": "portarium:action:ledger.post", "Next": "S"}'::jsonb)
    || (pg_temp.step('post', '{"Retry": [{"ErrorEquals": ["Sql.23505"], "MaxAttempts": 1}], "Catch": [{"ErrorEquals": ["Sql.23505"], "ResultPath": "$.e", "Next": "E"}]}') -> 'States')));
select portarium.start_run('mend') as mend \gset
select pg_temp.work('{"output": {"n": 1}}');
select is(pg_temp.state(:'mend'), 'RUNNING', 'an acknowledgement runs the step, and its error is retried');
select pg_temp.let_time_pass();
select is(pg_temp.output(:'mend') #>> '{e,Error}', 'Sql.23505', 'then caught');
select is(pg_temp.kinds(:'mend'), 'run.started action.succeeded sql.failed action.retried run.succeeded', 'as the entries say');

-- judged like an action
select portarium.set_policy('books', 'approve', 'portarium:sql', 'post');
select portarium.start_run('post', '{"n": 3}') as asked \gset
select is(pg_temp.state(:'asked'), 'WAITING_FOR_APPROVAL', 'a policy may want people first');
select is_empty('select * from books.line where n = 3', 'and nothing is done before');
select pg_temp.be('bob', 'approver');
select portarium.decide(approval_id, 'approve') from portarium.approvals where run_id = :'asked';
select pg_temp.be('ada', 'admin', 'operator');
select is(pg_temp.output(:'asked'), '{"posted": 3}'::jsonb, 'the decision''s commit does it');
select portarium.set_policy('books', 'deny', 'portarium:sql', '*');
select is(pg_temp.state(portarium.start_run('post', '{"n": 4}')), 'FAILED Policy.Denied', 'or forbid it');
select portarium.set_policy('books', 'none');

-- a function that has changed since
alter function books.post(jsonb) security invoker;
select is(pg_temp.state(portarium.start_run('post', '{"n": 5}')), 'FAILED Sql.42501', 'one that lost SECURITY DEFINER is not called');
alter function books.post(jsonb) security definer;
alter function books.post(jsonb) owner to postgres;
select is(pg_temp.state(portarium.start_run('post', '{"n": 5}')), 'FAILED Sql.42501', 'nor one that changed hands');
drop function books.post(jsonb);
select is(pg_temp.state(portarium.start_run('post', '{"n": 5}')), 'FAILED Sql.42501', 'nor one that is gone');

select is_empty('select * from portarium.check_invariants()', 'every invariant holds');

select * from finish();
rollback;
