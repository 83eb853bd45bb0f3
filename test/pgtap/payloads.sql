-- SPDX-License-Identifier: PostgreSQL
-- Payloads: who puts and reads them, what the keeper is told to do with them, and how they are disposed of. The keeper is played here; the
-- real one, with its keys and its store, is tested in test/integration/keeper.
set client_min_messages = warning;
select portarium.create_tenant('acme', null, '00000000-0000-4000-8000-0000000000a1') as tenant,
    portarium.create_tenant('other', null, '00000000-0000-4000-8000-0000000000a2') as other \gset
-- tables without a schema are acme's, wherever it is at home
select set_config('search_path', concat_ws(', ', portarium_int.home_of(:'tenant'), 'portarium_data', 'public'), false);
create function pg_temp.be(p_actor text, p_role text, p_tenant uuid default '00000000-0000-4000-8000-0000000000a1') returns void language sql as $$
    select portarium.bind_login(session_user, p_tenant, p_actor, array[p_role])
$$;
create procedure pg_temp.sign() language plpgsql as $$
begin
    for i in 1 .. 2000 loop
        perform portarium_int.seal();
        commit;
        exit when not exists (select from entry e where not exists (
            select from leaf l where (l.tenant_id, l.stream_id, l.seq) = (e.tenant_id, e.stream_id, e.seq)));
        perform pg_sleep(0.005);
    end loop;
    insert into portarium_data.checkpoint select m.size, m.root, 'by hand' from portarium_data.meta_tree m on conflict do nothing;
end
$$;
-- What the keeper has to do, in words; and doing it.
create function pg_temp.due() returns text language sql as $$
    select coalesce(string_agg(w.work || case when w.held then ' held' else '' end, ', ' order by w.work), '') from portarium.keeper_work(100) w
$$;
create function pg_temp.keep() returns text language sql as $$
    select coalesce(string_agg(w.work, ', ' order by w.work), '')
    from portarium.keeper_work(100) w
    cross join lateral (select case w.work when 'forget' then portarium.keeper_forgot(w.tenant_id, w.owner_id)::text
        else portarium.keeper_done(w.work, w.tenant_id, w.payload_id, sha256('object'), w.until, w.held)::text end) d
$$;
-- Proposed by rex, agreed by ada, signed and done.
create procedure pg_temp.dispose(p_id uuid, inout done text) language plpgsql as $$
begin
    perform pg_temp.be('ada', 'admin');
    perform portarium.decide_disposition(p_id, 'approve');
    commit;
    call pg_temp.sign();
    done := portarium.dispose(p_id);
end
$$;
create function pg_temp.status(p_payload uuid) returns text language sql as $$ select status from portarium.payloads where payload_id = p_payload $$;

select no_plan();
select pg_temp.be('ann', 'requester');
select throws_ok($$select portarium.put_payload('x', 'scans')$$, 'UP107', 'category "scans" has no retention', 'a category first');
select pg_temp.be('ada', 'admin');
select portarium.set_retention('scans', 'Operational', 30, 'Destroy', '{reviewer}'), portarium.set_retention('files', 'Forensic', 2555);
select pg_temp.be('ann', 'requester');
select throws_ok($$select portarium.put_payload('x', 'run_data')$$, 'UP007', 'category "run_data" is not of payloads', 'one for payloads');
select throws_ok($$select portarium.put_payload(null, 'scans')$$, 'UP007', 'a payload needs a content', 'something in it');
select throws_ok($$select portarium.put_payload('x', 'scans', 'what')$$, 'UP007', 'media type "what" is not one', 'a type of it');
select throws_ok($$select portarium.put_payload('x', 'scans', subject => '')$$, 'UP007', null, 'a subject with a name');
select throws_ok($$select portarium.put_payload('x', 'scans', run_id => '00000000-0000-4000-8000-0000000000ff')$$, 'UP401', null, 'a run that is there');
select throws_ok($$select portarium.put_payload(decode(repeat('00', 16777217), 'hex'), 'scans')$$, 'UP005', null, 'not too much');
select portarium.put_payload('small', 'scans', 'text/plain') as small, portarium.put_payload('scan of seven', 'scans', 'image/png', 'customer-7') as scan,
    portarium.put_payload('scan of eight', 'scans', 'image/png', 'customer-8') as eight, portarium.put_payload(decode(repeat('ab', 300), 'hex'), 'scans') as large \gset
select is(pg_temp.status(:'small'), 'KEPT', 'a small one about nobody stays here');
select is(pg_temp.status(:'scan'), 'NEW', 'one about somebody goes to the keeper');
select is(pg_temp.status(:'large'), 'NEW', 'so does a large one');
select is((select body - 'subject' - 'content' from portarium.entries where run_id = :'scan'), '{"category": "scans", "class": "Operational", "size": 13}', 'it is in evidence');
select is((select body ->> 'content' from portarium.entries where run_id = :'scan'), (select portarium_int.to_base64url(sha256(e.salt || 'scan of seven'))
    from entry e where e.stream_id = :'scan'), 'which commits to the content');
select is((select count(*)::int from entry where convert_from(canon, 'UTF8') like '%customer-7%'), 0, 'and does not name the subject');

-- the keeper
select is(pg_temp.due(), 'store, store, store', 'three to store');
select is((select content from portarium.keeper_work(9) where payload_id = :'scan'), 'scan of seven', 'with their content');
select is(pg_temp.keep(), 'store, store, store', 'stored');
select is((select content from attachment where payload_id = :'scan'), null, 'then nothing of it is here');
select is(pg_temp.keep(), 'lock, lock, lock', 'the lock follows when that is committed');
select is((select locked_until - put_at >= interval '30 days' from portarium.payloads where payload_id = :'scan'), true, 'to the end of its retention');
select is(pg_temp.due(), '', 'then nothing is left to do');
select is((select string_agg(kind, ' ' order by seq) from portarium.entries where run_id = :'scan'), 'payload.put payload.stored payload.locked', 'all in evidence');
select throws_ok($$select portarium.keeper_done('store', '00000000-0000-4000-8000-0000000000a1', '00000000-0000-4000-8000-0000000000ff', null, null, null)$$, 'UP407', null, 'nothing is done to what is not there');

-- reading
select is((select state || ' ' || convert_from(content, 'UTF8') from portarium.get_payload(:'small')), 'READY small', 'what is here is read at once');
select is((select string_agg(kind, ' ' order by seq) from portarium.entries where run_id = :'small'), 'payload.put payload.read', 'and that is in evidence');
select is((select state || coalesce(convert_from(content, 'UTF8'), '') from portarium.get_payload(:'scan')), 'FETCHING', 'what is not is asked for');
select is(pg_temp.due(), 'fetch', 'the keeper is to fetch it');
select throws_ok(format($$select portarium.keeper_fetched(%L, %L, 'scan of six')$$, :'tenant', :'scan'), 'UP901', format('payload "%s" is not what was put', :'scan'), 'and nothing else');
select lives_ok(format($$select portarium.keeper_fetched(%L, %L, 'scan of seven')$$, :'tenant', :'scan'), 'it comes');
select is((select state || ' ' || convert_from(content, 'UTF8') from portarium.get_payload(:'scan')), 'READY scan of seven', 'and is read');
update attachment set wanted_until = now() - interval '1 s' where payload_id = :'scan';
select is(pg_temp.due(), '', 'when its time is over');
select is((select content from attachment where payload_id = :'scan'), null, 'the copy goes');
select pg_temp.be('bob', 'operator');
select throws_ok(format($$select * from portarium.get_payload(%L)$$, :'small'), 'UP207', format('actor "bob" may not read payload "%s"', :'small'), 'not everybody reads it');
select pg_temp.be('rita', 'reviewer');
select is((select state from portarium.get_payload(:'small')), 'READY', 'a reader of its category does');
select throws_ok($$select * from portarium.get_payload('00000000-0000-4000-8000-0000000000ff')$$, 'UP407', null, 'what is not there is not read');
select pg_temp.be('eve', 'admin', :'other');
select throws_ok(format($$select * from portarium.get_payload(%L)$$, :'small'), 'UP407', null, 'nor is another tenant''s');
select is((select count(*)::int from portarium.payloads), 0, 'nor seen');

-- holds reach the store
select pg_temp.be('rex', 'records');
select portarium.place_hold('case', subject => 'customer-7') as hold \gset
select is(pg_temp.due(), 'hold held', 'the store is to hold it, too');
select is(pg_temp.keep(), 'hold', 'it does');
select is((select held from portarium.payloads where payload_id = :'scan'), true, 'and that is known');
select is(pg_temp.due(), '', 'the others are not held');
update attachment set put_at = put_at - interval '40 days';
select portarium.propose_disposition('scans', 'tidy') as it \gset
select is((select items from portarium.dispositions where disposition_id = :'it'), 3, 'the held one is not due');
select portarium.propose_forgetting('customer-7', 'asked for') as forget \gset
select pg_temp.be('ada', 'admin');
select throws_ok(format($$select portarium.decide_disposition(%L, 'approve')$$, :'forget'), 'UP107', format('hold "%s" covers items of the disposition', :'hold'), 'nor is its subject forgotten');
select pg_temp.be('rex', 'records');
select portarium.release_hold(:'hold', 'closed');
select is(pg_temp.due(), 'hold', 'released in the store, too');
select is(pg_temp.keep(), 'hold', 'it is');

-- forgetting a subject
select throws_ok($$select portarium.propose_forgetting('customer-9', 'asked for')$$, 'UP407', 'subject "customer-9" does not exist', 'only who is known');
select throws_ok($$select portarium.propose_forgetting('customer-7', '')$$, 'UP007', null, 'with a reason');
select pg_temp.be('ann', 'requester');
select portarium.put_payload('another of seven', 'scans', subject => 'customer-7') as later \gset
select pg_temp.be('ada', 'admin');
select throws_ok(format($$select portarium.decide_disposition(%L, 'approve')$$, :'forget'), 'UP107', format('payload "%s" was put since the proposal', :'later'), 'all or nothing');
select pg_temp.be('rex', 'records');
select portarium.propose_forgetting('customer-7', 'asked for') as forget \gset
call pg_temp.dispose(:'forget', null);
select is(pg_temp.status(:'scan') || pg_temp.status(:'later'), 'SHREDDEDSHREDDED', 'whatever their age');
select is((select count(*)::int from attachment where content is not null and subject_id is not null), 0, 'nothing of them is here');
select is((select count(*)::int from subject where name = 'customer-7'), 0, 'nor the name');
select is(pg_temp.keep(), 'forget, shred, shred', 'the keys go');
select is(pg_temp.due(), '', 'once');
select is((select count(*)::int from portarium.entries where kind = 'subject.shredded'), 1, 'which is in evidence');
select throws_ok(format($$select * from portarium.get_payload(%L)$$, :'scan'), 'UP207', null, 'nobody of another''s reads it');
select pg_temp.be('ann', 'requester');
select throws_ok(format($$select * from portarium.get_payload(%L)$$, :'scan'), 'UP107', format('payload "%s" was disposed of', :'scan'), 'nor who put it');
select isnt(portarium_int.subject_id(:'tenant', 'customer-7'), (select subject_id from portarium.payloads where payload_id = :'scan'), 'who comes back is another one');

-- Forensic, Quarantine, Destroy
select portarium.put_payload('evidence', 'files', subject => 'customer-8') as proof \gset
select pg_temp.keep(), pg_temp.keep();
select pg_temp.be('rex', 'records');
select portarium.propose_forgetting('customer-8', 'asked for') as forget8 \gset
select pg_temp.be('ada', 'admin');
select throws_ok(format($$select portarium.decide_disposition(%L, 'approve')$$, :'forget8'), 'UP107', 'category "files" is Forensic and is never destroyed', 'what is Forensic stays readable');
select pg_temp.be('rex', 'records');
select throws_ok($$select portarium.propose_disposition('files', 'x', 'DeIdentify')$$, 'UP107', null, 'in every way');
select portarium.propose_disposition('scans', 'set aside', 'Quarantine') as aside \gset
call pg_temp.dispose(:'aside', null);
select pg_temp.be('ann', 'requester');
select throws_ok(format($$select * from portarium.get_payload(%L)$$, :'small'), 'UP207', null, 'what is set aside is not read, not even by who put it');
select pg_temp.be('rex', 'records');
select is((select state from portarium.get_payload(:'small')), 'READY', 'but by who keeps the records');
call pg_temp.dispose(:'it', null);
select is(pg_temp.status(:'small') || pg_temp.status(:'eight') || pg_temp.status(:'large'), 'DESTROYEDDESTROYEDDESTROYED', 'destroyed');
select is(pg_temp.due(), 'remove, remove, remove', 'objects and keys are to go');
select lives_ok(format($$select portarium.keeper_done('wait', %L, %L, null, null, null)$$, :'tenant', :'eight'), 'one is still locked');
select is(pg_temp.keep(), 'remove, remove', 'the others go');
select is(pg_temp.due(), '', 'it is not asked for at once');
update attachment set retry_at = now() - interval '1 s' where payload_id = :'eight';
select is(pg_temp.keep(), 'remove', 'but later');
select is((select array_agg(status order by payload_id) from portarium.keeper_kept(:'tenant', '00000000-0000-0000-0000-000000000000', 10)),
    '{DESTROYED,SHREDDED,DESTROYED,DESTROYED,SHREDDED,STORED}', 'an inspection looks for what must be there and what must not');
select pg_temp.be('rex', 'records');
select ok(portarium.propose_disposition('scans', 'tidy') is not null, 'shredded ones are destroyed in their time');

-- inspections: where one is stands here
select is((select array[tenant_id::text, after::text, percent_hashed::text, objects::text, reason, waits::text] from portarium.keeper_inspection(clock_timestamp(), 168, 100)),
    array[:'tenant', '00000000-0000-0000-0000-000000000000', '100', '0', '', 'false'], 'an inspection begins, of a tenant with payloads');
select lives_ok(format($$select portarium.keeper_inspected(%L, %L, 4, 2, sha256('some'), '', false)$$, :'tenant', :'eight'), 'a page later');
select is((select array[tenant_id::text, after::text, objects::text, hashed::text] from portarium.keeper_inspection(clock_timestamp(), 168, 50)),
    array[:'tenant', :'eight', '4', '2'], 'whoever asks goes on there');
select lives_ok(format($$select portarium.keeper_inspected(%L, %L, 6, 3, sha256('all'), '', true)$$, :'tenant', :'large'), 'its outcome');
select is((select body - 'began' from portarium.entries where kind = 'payload.audited'),
    jsonb_build_object('good', true, 'objects', 6, 'hashed', 3, 'percent', 100, 'reason', '', 'sample', encode(sha256('all'), 'hex')), 'is in evidence');
select throws_ok(format($$select portarium.keeper_inspected(%L, %L, 6, 3, '', '', true)$$, :'tenant', :'large'), 'UP407', null, 'once');
select is((select count(*) from portarium.keeper_inspection('-infinity', 168, 100)), 0::bigint, 'none is due for a week');
select is((select count(*) from portarium.entries where kind = 'payload.audit_begun'), 0::bigint, 'where all is hashed nobody needs to know when it began');
-- a sample, which follows from what is signed after it began; in one transaction, so that the background worker cannot seal between
begin;
select is((select array[waits::text, seed::text] from portarium.keeper_inspection(clock_timestamp(), 168, 10)), '{true,null}', 'a sample waits for a checkpoint');
select is((select body from portarium.entries where kind = 'payload.audit_begun'), '{"percent": 10}', 'that it began is in evidence');
insert into portarium_data.checkpoint select m.size + 1000, sha256('later'), 'a later one' from portarium_data.meta_tree m;
select is((select waits from portarium.keeper_inspection(clock_timestamp(), 168, 10)), true, 'a checkpoint that does not cover it is none');
commit;
call pg_temp.sign();
update portarium_data.checkpoint c set note = 'the first that covers it'
where c.meta_size = (select max(k.meta_size) from portarium_data.checkpoint k where k.note <> 'a later one');
select is((select seed from portarium.keeper_inspection(clock_timestamp(), 168, 10)), sha256('portarium samplethe first that covers it'), 'the first that covers it is the one');
select lives_ok(format($$select portarium.keeper_inspected(%L, %L, 6, 1, sha256('one'), 'store does not have "x"', true)$$, :'tenant', :'large'), 'a finding');
select is((select body ->> 'meta_size' from portarium.entries where kind = 'payload.audited' order by at desc limit 1),
    (select meta_size::text from portarium_data.checkpoint where note = 'the first that covers it'), 'the outcome names the checkpoint');
select is((select body from portarium.entries where kind = 'evidence.broken'), '{"part": "payloads", "reason": "store does not have \"x\""}', 'and a bad one is an event of its own');
delete from portarium_data.checkpoint where note = 'a later one';

-- what a run was given and gave
select pg_temp.be('ada', 'admin');
select portarium.register_workflow('note', '{"StartAt": "N", "States": {"N": {"Type": "Succeed"}}}'::jsonb),
    portarium.register_workflow('wait', '{"StartAt": "Rest", "States": {"Rest": {"Type": "Wait", "Seconds": 3600, "End": true}}}'::jsonb);
select portarium.start_run('note', jsonb_build_object('text', repeat('x', 300))) as run, portarium.start_run('note', jsonb_build_object('text', repeat('x', 300))) as twin,
    portarium.start_run('wait', '{}') as open_run \gset
select throws_ok(format($$select portarium.archive_run(%L)$$, :'run'), 'UP107', 'category "run_data" has no retention', 'archiving needs a retention');
select portarium.set_retention('run_data', 'Operational', 30, readers => '{reviewer}');
select throws_ok(format($$select portarium.archive_run(%L)$$, :'open_run'), 'UP101', null, 'and a run that has ended');
select throws_ok($$select portarium.archive_run('00000000-0000-4000-8000-0000000000ff')$$, 'UP401', null, 'and is there');
select portarium.archive_run(:'run', 'customer-8') as archived \gset
select is((select input is null and output is null from portarium.runs where run_id = :'run'), true, 'its data leaves the run');
select isnt((select input from portarium.runs where run_id = :'twin'), null, 'and no other one');
select is((select convert_from(content, 'UTF8')::jsonb #>> '{input,text}' from portarium.get_payload(:'archived')), repeat('x', 300), 'it is a payload now');
select throws_ok(format($$select portarium.archive_run(%L)$$, :'run'), 'UP107', format('data of run "%s" is not here any more', :'run'), 'once');
select is_empty('select * from portarium.check_invariants()', 'no invariant is broken');
update run set state = 'FAILED' where run_id = :'run';
select throws_ok(format($$select portarium.retry_run(%L)$$, :'run'), 'UP107', null, 'such a run is not retried');
update run set state = 'SUCCEEDED', ended_at = ended_at - interval '40 days' where run_id = :'run';
select pg_temp.be('rex', 'records');
select portarium.propose_disposition('run_data', 'tidy') as data \gset
call pg_temp.dispose(:'data', null);
select is(pg_temp.status(:'archived'), 'DESTROYED', 'it goes with the data of its run');
select pg_temp.be('bob', 'requester');
select throws_ok(format($$select portarium.archive_run(%L)$$, :'twin'), 'UP205', null, 'not everybody archives');
select * from finish();
