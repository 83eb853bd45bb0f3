-- SPDX-License-Identifier: PostgreSQL
-- Retention, holds and dispositions: what may go, who says so, what comes before it; and that what has gone is found to be lawful, and
-- what is gone without a disposition is not.
set client_min_messages = warning;
select portarium.create_tenant('acme', null, '00000000-0000-4000-8000-0000000000a1') as tenant,
    portarium.create_tenant('other', null, '00000000-0000-4000-8000-0000000000a2') as other \gset
-- tables without a schema are acme's, wherever it is at home
select set_config('search_path', concat_ws(', ', portarium_int.home_of(:'tenant'), 'portarium_data', 'public'), false);
create function pg_temp.be(p_actor text, p_role text, p_tenant uuid default '00000000-0000-4000-8000-0000000000a1') returns void language sql as $$
    select portarium.bind_login(session_user, p_tenant, p_actor, array[p_role])
$$;
-- Seals what is committed, and signs it by hand.
create procedure pg_temp.sign() language plpgsql as $$
begin
    for i in 1 .. 2000 loop
        perform portarium_int.seal();
        commit;
        exit when not exists (select from entry e where not exists (
            select from leaf l where (l.tenant_id, l.stream_id, l.seq) = (e.tenant_id, e.stream_id, e.seq)));
        perform pg_sleep(0.005);
    end loop;
    insert into portarium_data.checkpoint select m.size, m.root, format(e'%s\n%s\n%s\n', m.origin, m.size, encode(m.root, 'base64')) || e'\n— x AAAA\n'
    from portarium_data.meta_tree m on conflict do nothing;
end
$$;
-- In the same transaction: what has just been written is as old as this.
create function pg_temp.age(p_days int) returns void language sql as $$
    update entry set at = at - make_interval(days => p_days) where xid = pg_current_xact_id()::text::bigint;
    update run set ended_at = ended_at - make_interval(days => p_days) where xmin = pg_current_xact_id()::xid
$$;
-- What verification finds, but for the signature that was made by hand.
create function pg_temp.found() returns text language sql as $$
    select coalesce(nullif(regexp_replace(v.reason, '^checkpoint "\d+" (is not signed by a trusted key|has a note.*)$', ''), ''), 'nothing')
    from portarium.verify_evidence('{}') v
$$;

select no_plan();
select pg_temp.be('ada', 'admin');
begin;
select portarium.register_workflow('sleep', '{"StartAt": "Keep", "States": {"Keep": {"Type": "Pass", "Next": "Done"}, "Done": {"Type": "Succeed"}}}'::jsonb),
    portarium.register_workflow('wait', '{"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": 3600, "End": true}}}'::jsonb);
create temporary table a_run as
select portarium.start_run('sleep', jsonb_build_object('n', n, 'text', repeat('x', 300))) as run_id, n from generate_series(1, 4) n;
select portarium.start_run('wait', '{}') as open_run \gset
select pg_temp.age(40);
commit;
select portarium.start_run('sleep', '{"n": 5, "text": "young"}') as young \gset
select run_id as first from a_run where n = 1 \gset
select run_id as held from a_run where n = 2 \gset

-- setting
select throws_ok($$select portarium.set_retention('history', 'Operational', 29)$$, 'UP007', 'retention of 29 days is not between 30 and 36500', 'no class goes below its floor');
select throws_ok($$select portarium.set_retention('history', 'Brief', 30)$$, 'UP007', 'retention class "Brief" is unknown', 'a class is known');
select throws_ok($$select portarium.set_retention('A b', 'Operational', 30)$$, 'UP007', 'category "A b" is not a name', 'a category is a name');
select throws_ok($$select portarium.set_retention('history', 'Operational', 30, 'Burn')$$, 'UP007', 'disposition "Burn" is unknown', 'a disposition is known');
select throws_ok($$select portarium.propose_disposition('history', 'tidy')$$, 'UP107', 'category "history" has no retention', 'nothing goes that has no retention');
select is(portarium.set_retention('history', 'Operational', 30), 1, 'the first version');
select is(portarium.set_retention('run_data', 'Operational', 30), 1, 'each category has its own');
select is(portarium.set_retention('app', 'Forensic', 2555), 1, 'the strongest class');
select throws_ok($$select portarium.set_retention('app', 'Compliance', 3000)$$, 'UP107', 'class of category "app" is only ever raised', 'a class is not lowered');
select is((select body - 'record' from portarium.entries where kind = 'retention.set' and body ->> 'category' = 'app'),
    '{"category": "app", "version": 1, "class": "Forensic", "days": 2555, "action": "Destroy", "roles": []}', 'it is in evidence');
select is((select string_agg(body ->> 'record', ' ' order by (body ->> 'record')::int) from portarium.entries where kind = 'retention.set'), '1 2 3', 'records are numbered');

-- holds
select throws_ok($$select portarium.place_hold('')$$, 'UP007', 'a hold needs a reason', 'a hold needs a reason');
select throws_ok($$select portarium.place_hold('x', from_at => '2026-01-02', to_at => '2026-01-02')$$, 'UP007', 'the range of time is empty', 'and a range');
select portarium.place_hold('case 7', run_id => :'held', two_person => true) as hold \gset
select is((select body ->> 'run' from portarium.entries where run_id = :'hold'), :'held', 'a hold is in evidence');
select is((select convert_from(canon, 'UTF8') like '%case 7%' from entry where stream_id = :'hold'), false, 'without its reason');

-- proposing
select throws_ok($$select portarium.propose_disposition('history', '')$$, 'UP007', 'a disposition needs a reason', 'a reason is given');
select throws_ok($$select portarium.propose_disposition('history', 'x', 'Quarantine')$$, 'UP007', 'disposition "Quarantine" has no meaning for category "history"', 'entries are only destroyed');
select throws_ok($$select portarium.propose_disposition('history', 'x', before => now() - interval '29 days')$$, 'UP107', 'category "history" is kept for 30 days', 'not before its time');
select throws_ok($$select portarium.propose_disposition('app', 'x')$$, 'UP107', 'category "app" is Forensic and is never destroyed', 'and some never');
select ok(portarium.propose_disposition('history', 'tidy') is null, 'what is not signed is not due');
call pg_temp.sign();
select is(pg_temp.found(), 'nothing', 'all is well');
begin;
update portarium_data.tree set epoch = 2;
update portarium_data.meta_leaf set epoch = 2;
select throws_ok($$select portarium.propose_disposition('history', 'x')$$, 'UP008', 'entries of a log that was recovered are not disposed of', 'nothing of a log that was recovered');
rollback;
begin isolation level repeatable read;
select throws_ok($$select portarium.propose_disposition('history', 'x')$$, 'UP008', null, 'an old snapshot would not see holds');
rollback;
select portarium.propose_disposition('history', 'tidy') as it \gset
select is((select items from portarium.dispositions where disposition_id = :'it'), 3, 'the entries of three ended runs: not of the open, the young, the held one');
select is((select count(*)::int from disposition_item where item_id in (:'held', :'open_run', :'young')), 0, 'none of theirs');
select throws_ok(format($$select portarium.dispose(%L)$$, :'it'), 'UP108', format('disposition "%s" is PROPOSED', :'it'), 'a proposal is nothing yet');
select throws_ok(format($$select portarium.decide_disposition(%L, 'approve')$$, :'it'), 'UP206', 'actor "ada" proposed this and may not decide it', 'two people');
select pg_temp.be('rex', 'operator');
select throws_ok(format($$select portarium.decide_disposition(%L, 'approve')$$, :'it'), 'UP205', null, 'with the role');
select pg_temp.be('rex', 'records');
select throws_ok(format($$select portarium.decide_disposition(%L, 'maybe')$$, :'it'), 'UP007', 'decision "maybe" is not approve or deny', 'yes or no');
select throws_ok($$select portarium.decide_disposition('00000000-0000-4000-8000-0000000000ff', 'deny')$$, 'UP407', null, 'of something');
select is(portarium.decide_disposition(:'it', 'approve'), 'AUTHORISED', 'the other person agrees');
select throws_ok(format($$select portarium.dispose(%L)$$, :'it'), 'UP108', format('disposition "%s" is not signed yet', :'it'), 'sealed and signed before it acts');
call pg_temp.sign();
-- nobody but the one role deletes, and it not without this
select throws_ok($$delete from entry where false; set local role portarium_owner; delete from entry$$, '42501', null, 'the owner deletes nothing');
select is(portarium.dispose(:'it'), 'DONE', 'then it is done');
select throws_ok(format($$select portarium.dispose(%L)$$, :'it'), 'UP108', format('disposition "%s" is DONE', :'it'), 'once');
select is((select count(*)::int from entry where stream_id = :'first'), 0, 'the entries are gone');
select is((select count(*)::int from leaf where stream_id = :'first'), 1, 'their leaves are not');
select is((select count(*)::int from portarium.entries where run_id = :'held'), 1, 'the held run keeps its own');
select is((select string_agg(kind, ' ' order by seq) from portarium.entries where run_id = :'it'),
    'disposition.proposed disposition.authorised disposition.carried_out', 'the whole way is in evidence');
select is(pg_temp.found(), 'nothing', 'what is missing is lawful');
select is_empty('select * from portarium.check_invariants()', 'and no invariant is broken');
select is((select count(*) = max((event ->> 'sequence')::bigint) + 1 from portarium.events('start', 10000)), true, 'events go on over what is missing, without a gap');
select is((select event -> 'data' from portarium.events('start', 10000) where event ->> 'subject' = :'first'), jsonb_build_object('disposition', :'it'), 'and say what took it');
select is((select count(*)::int from portarium.relay_batch('test', 10000) where tenant_id = :'tenant' and event ->> 'type' = 'portarium.entry.gone'), 3, 'so do the relay''s');
select is((select count(distinct idx) = max(idx) + 1 from portarium.relay_spans('test', 10000) where tenant_id = :'tenant'), true, 'and its spans');

-- unlawful
begin;
set local session_replication_role = replica;
delete from entry where stream_id = :'held' and seq = 1;
select is(pg_temp.found(), 'entry is missing', 'what was deleted without a disposition is missing');
rollback;
begin;
delete from entry where stream_id = :'held' and seq = 1;
insert into disposition_item
select l.tenant_id, l.stream_id, l.seq, :'it', l.idx, now() - interval '40 days', l.entry_hash, 'run.started' from leaf l where l.stream_id = :'held' and l.seq = 1;
select is(pg_temp.found(), format('disposition "%s" authorised other items', :'it'), 'also when somebody lists it afterwards');
rollback;
begin;
delete from entry where stream_id = :'it' and seq = 2;
select isnt(pg_temp.found(), 'nothing', 'an authorisation that is gone authorises nothing');
rollback;
begin;
update hold set run_id = :'first' where hold_id = :'hold';
select is(pg_temp.found(), format('disposition "%s" was held by "%s"', :'it', :'hold'), 'what was held should be there');
rollback;
begin;
update retention set days = 50 where category = 'history';
select is(pg_temp.found(), format('disposition "%s" was authorised before the time was over', :'it'), 'what was too young should be there');
rollback;

-- the data of runs, and a hold that comes in between
select portarium.propose_disposition('run_data', 'tidy') as data, portarium.propose_disposition('run_data', 'again') as other_data \gset
select pg_temp.be('ada', 'admin');
select is(portarium.decide_disposition(:'data', 'approve') || portarium.decide_disposition(:'other_data', 'approve'), 'AUTHORISEDAUTHORISED', 'two of the same');
select portarium.place_hold('case 8', category => 'run_data', from_at => now() - interval '90 days') as hold8 \gset
call pg_temp.sign();
select is(portarium.dispose(:'data'), 'BLOCKED', 'a hold that was placed since comes first');
select is((select blocked_by from portarium.dispositions where disposition_id = :'data'), :'hold8', 'and is named');
select is(portarium.release_hold(:'hold8', 'closed'), 'RELEASED', 'it is released');
select throws_ok(format($$select portarium.release_hold(%L, 'again')$$, :'hold8'), 'UP108', null, 'once');
select throws_ok(format($$select portarium.dispose(%L)$$, :'data'), 'UP108', null, 'what was blocked stays blocked');
select isnt((select input from portarium.runs where run_id = :'first'), null, 'the data is there');
select is(portarium.dispose(:'other_data'), 'DONE', 'the other one is done');
select is((select count(*)::int from portarium.runs where run_id in (select run_id from a_run) and input is null), 3, 'the data of three runs is gone');
select isnt((select input from portarium.runs where run_id = :'held'), null, 'that of the held one is not');
select isnt((select input from portarium.runs where run_id = :'young'), null, 'nor that of the young one');
select is((select count(*)::int from payload where data ->> 'n' in ('1', '3', '4')), 0, 'no payload is left behind');
select is_empty('select * from portarium.check_invariants()', 'every payload that is referred to is there');
update run set state = 'FAILED' where run_id = :'first';
select throws_ok(format($$select portarium.retry_run(%L)$$, :'first'), 'UP107', format('data of run "%s" was disposed of or archived', :'first'), 'such a run is not retried');
update run set state = 'SUCCEEDED' where run_id = :'first';
select ok(portarium.propose_disposition('run_data', 'tidy') is null, 'nothing is due twice');

-- two people release the other hold
select is(portarium.release_hold(:'hold', 'closed'), 'ASKED', 'one asks');
select throws_ok(format($$select portarium.release_hold(%L, 'closed')$$, :'hold'), 'UP206', null, 'and does not decide');
select throws_ok(format($$select portarium.release_hold(%L, '')$$, :'hold'), 'UP007', 'a release needs a reason', 'a release needs a reason');
select pg_temp.be('rex', 'records');
select is(portarium.release_hold(:'hold', 'closed'), 'RELEASED', 'another one does');
select portarium.propose_disposition('history', 'rest') as rest \gset
select is((select items from portarium.dispositions where disposition_id = :'rest'), 1, 'now its entries are due');
select pg_temp.be('ada', 'admin');
select is(portarium.set_retention('history', 'Compliance', 365), 2, 'another retention comes in between');
select throws_ok(format($$select portarium.decide_disposition(%L, 'approve')$$, :'rest'), 'UP107', 'retention of category "history" has changed since the proposal', 'then the proposal is void');
select is(portarium.decide_disposition(:'rest', 'deny'), 'DENIED', 'and is denied');
select portarium.place_hold('all') as hold_all \gset
select ok(portarium.propose_disposition('run_data', 'tidy') is null, 'a hold without a scope covers everything');

-- categories
select is_empty($$select kind from portarium_int.transition_kinds() where portarium_int.entry_category(kind) is distinct from 'history'$$, 'transitions are history');
select is_empty($$select kind from portarium_int.event_kinds() where portarium_int.entry_category(kind) is not null
    and kind not in (select t.kind from portarium_int.transition_kinds() t) and kind <> 'signal.kept'$$, 'everything else is governance and is kept');

-- other tenants, other roles
select pg_temp.be('eve', 'admin', :'other');
select throws_ok(format($$select portarium.release_hold(%L, 'x')$$, :'hold_all'), 'UP407', null, 'a hold of another tenant');
select is((select count(*)::int from portarium.holds) + (select count(*)::int from portarium.dispositions) + (select count(*)::int from portarium.retentions), 0, 'nothing of another tenant is seen');
select throws_ok(format($$select portarium.decide_disposition(%L, 'deny')$$, :'rest'), 'UP407', null, 'nor decided');
select pg_temp.be('bob', 'operator', :'tenant');
select throws_ok($$select portarium.place_hold('x')$$, 'UP205', null, 'an operator holds nothing');
select throws_ok($$select portarium.set_retention('history', 'Forensic', 2555)$$, 'UP205', null, 'and sets nothing');
select * from finish();
