-- How far an entry has come, waiting for it, and what is refused when sealing does not keep up.
set client_min_messages = warning;
\set SHOW_CONTEXT never
select portarium.create_tenant('first', null, '00000000-0000-4000-8000-0000000000a1');
select portarium.create_tenant('second', null, '00000000-0000-4000-8000-0000000000a2');
select portarium.bind_login(session_user, '00000000-0000-4000-8000-0000000000a1', 'ann', '{operator}');
create procedure pg_temp.seal_all()
    language plpgsql
    as $$
begin
    for i in 1 .. 2000 loop
        perform portarium_int.seal();
        commit;
        exit when (select count(*) from portarium_data.leaf) = (select count(*) from portarium_data.entry);
        perform pg_sleep(0.005);
    end loop;
end
$$;

-- from nothing to a signature
select portarium.evidence_stage('00000000-0000-4000-8000-0000000000ff');
begin;
select entry_id as entry from portarium.append_evidence('app.one', '{}') \gset
select portarium.evidence_stage(:'entry');
commit;
call pg_temp.seal_all();
select portarium.evidence_stage(:'entry');
insert into portarium_data.checkpoint select m.size, m.root, 'the note' from portarium_data.meta_tree m;
select portarium.evidence_stage(:'entry');
-- a later entry is not covered by it; another tenant's is none of ours
call portarium.append_wait('app.two', '{}', 'signed', 0) \g (tuples_only=on format=csv) /dev/null
call pg_temp.seal_all();
select entry_id as entry, reached from (
    select stream_id as entry_id, portarium.evidence_stage(stream_id) as reached from portarium_data.entry where kind = 'app.two') e \gset
\echo :reached
select portarium.bind_login(session_user, '00000000-0000-4000-8000-0000000000a2', 'bob', '{operator}');
select portarium.evidence_stage(:'entry');
select portarium.bind_login(session_user, '00000000-0000-4000-8000-0000000000a1', 'ann', '{operator}');

-- waiting ends when the stage is reached, when the time is over, when there is nothing to wait for
call portarium.await_evidence(:'entry', 1, 'sealed', 60000);
call portarium.await_evidence(:'entry', 1, 'signed', 20);
call portarium.await_evidence('00000000-0000-4000-8000-0000000000ff', 1, 'signed', 60000);
call portarium.await_evidence(:'entry', 1, 'printed', 20);
\echo :LAST_ERROR_SQLSTATE
call portarium.append_wait('app.three', '{}', 'appended', 20);
\echo :LAST_ERROR_SQLSTATE
call portarium.append_wait('none', '{}', 'sealed', 20);
\echo :LAST_ERROR_SQLSTATE
begin;
call portarium.append_wait('app.three', '{}', 'sealed', 20);
\echo :LAST_ERROR_SQLSTATE
rollback;
select count(*) from portarium_data.entry where kind = 'app.three';

-- the backlog: many transactions alone are none
begin;
select from portarium_data.seal_cursor for update;
create or replace function portarium_int.backlog_limit() returns int language sql immutable parallel safe as 'select 3';
update portarium_data.seal_cursor set top = pg_current_xact_id()::text::bigint - 100;
delete from portarium_data.entry;
do $$ begin for i in 1 .. 3 loop perform portarium.append_evidence('app.more', '{}'); end loop; end $$;
select portarium.append_evidence('app.more', '{}');
\echo :LAST_ERROR_SQLSTATE
rollback;
