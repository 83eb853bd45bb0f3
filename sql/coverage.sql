-- Which rows of an application's table have no entry.
set client_min_messages = warning;
\set SHOW_CONTEXT never
select portarium.create_tenant('first', null, '00000000-0000-4000-8000-0000000000a1');
select portarium.create_tenant('second', null, '00000000-0000-4000-8000-0000000000a2');
create temp table invoice (id int primary key);
insert into invoice values (1), (2), (3), (4);
select portarium.bind_login(session_user, '00000000-0000-4000-8000-0000000000a2', 'bob', '{operator}');
do $$ begin perform portarium.append_evidence('app.invoice.sent', '{"invoice": 1}'); end $$;
select portarium.bind_login(session_user, '00000000-0000-4000-8000-0000000000a1', 'ann', '{operator}');
do $$ begin perform portarium.append_evidence('app.invoice.sent', '{"invoice": 2}'); end $$;
do $$ begin perform portarium.append_evidence('app.invoice.sent', '{"invoice": "4"}'); end $$;
do $$ begin perform portarium.append_evidence('app.invoice.paid', '{"invoice": 3}'); end $$;

-- neither another tenant's entry counts nor another kind's
select portarium.uncovered('app.invoice.sent', 'invoice', array(select id::text from invoice));
select portarium.uncovered('app.invoice.sent', 'order', array(select id::text from invoice));
select portarium.uncovered('app.invoice.sent', 'invoice', '{}');

-- what is sealed, what is signed
do $$
begin
    for i in 1 .. 2000 loop
        perform portarium_int.seal();
        commit;
        exit when (select count(*) from portarium_data.leaf) = 4;
        perform pg_sleep(0.005);
    end loop;
end
$$;
select portarium.uncovered('app.invoice.sent', 'invoice', array(select id::text from invoice), 'sealed');
select count(*) from portarium.uncovered('app.invoice.sent', 'invoice', array(select id::text from invoice), 'signed');
insert into portarium_data.checkpoint select m.size, m.root, 'the note' from portarium_data.meta_tree m;
select portarium.uncovered('app.invoice.sent', 'invoice', array(select id::text from invoice), 'signed');
begin;
select entry_hash is not null as appended from portarium.append_evidence('app.invoice.sent', '{"invoice": 1}');
select portarium.uncovered('app.invoice.sent', 'invoice', array(select id::text from invoice));
select portarium.uncovered('app.invoice.sent', 'invoice', array(select id::text from invoice), 'sealed');
commit;
select portarium.uncovered('app.invoice.sent', 'invoice', '{1}', 'printed');
\echo :LAST_ERROR_SQLSTATE
