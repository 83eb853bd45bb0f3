-- SPDX-License-Identifier: PostgreSQL
-- Verifications that come round by themselves: in steps, from where they were, with an outcome that is an entry, a level and, when bad,
-- an event. All of it is one transaction, so that no clock but this one takes its steps.
set client_min_messages = error;
select portarium.create_tenant('acme', null, '00000000-0000-4000-8000-0000000000a1') as tenant,
    portarium.create_tenant('other', null, '00000000-0000-4000-8000-0000000000a2') as other \gset
-- tables without a schema are acme's, wherever it is at home
select set_config('search_path', concat_ws(', ', portarium_int.home_of(:'tenant'), 'portarium_data', 'public'), false);
create function pg_temp.be(p_role text) returns void language sql as $$
    select portarium.bind_login(session_user, '00000000-0000-4000-8000-0000000000a1', 'ada', array[p_role])
$$;
create procedure pg_temp.seal() language plpgsql as $$
begin
    for i in 1 .. 2000 loop
        perform portarium_int.seal();
        commit;
        exit when not exists (select from entry e where not exists (
            select from leaf l where (l.tenant_id, l.stream_id, l.seq) = (e.tenant_id, e.stream_id, e.seq)));
        perform pg_sleep(0.005);
    end loop;
end
$$;
create function pg_temp.step() returns void language sql set search_path = pg_catalog, portarium_data, pg_temp as 'select portarium_int.verify_step()';
-- Some steps, as if their time had come; what the row says then.
create function pg_temp.steps(p_count int) returns text language plpgsql as $$
begin
    for i in 1 .. p_count loop
        update portarium_data.verification set due = '-infinity' where tenant_id = '00000000-0000-4000-8000-0000000000a1';
        perform pg_temp.step();
    end loop;
    return (select concat_ws(' ', part, epoch, size, checked, good, reason) from portarium_data.verification
        where tenant_id = '00000000-0000-4000-8000-0000000000a1');
end
$$;
-- To the end; what was found. What was done before is undone with it.
create function pg_temp.found(p_before text default null) returns text language plpgsql as $$
declare
    v_found text;
begin
    if p_before is not null then
        execute p_before;
    end if;
    for i in 1 .. 100 loop
        perform pg_temp.steps(1);
        exit when (select part = 'REST' from portarium_data.verification where tenant_id = '00000000-0000-4000-8000-0000000000a1');
    end loop;
    v_found := (select case when good then 'good' else reason end from portarium_data.verification
        where tenant_id = '00000000-0000-4000-8000-0000000000a1');
    raise exception using errcode = 'UP000', message = coalesce(v_found, 'no end');
exception
    when sqlstate 'UP000' then
        return sqlerrm;
end
$$;
create function pg_temp.entry_of(p_idx bigint) returns uuid language sql stable as $$ select stream_id from leaf where epoch = 1 and idx = p_idx $$;
create function pg_temp.said(p_kind text) returns jsonb language sql stable as $$
    select convert_from(canon, 'UTF8')::jsonb from entry where kind = p_kind order by at desc limit 1
$$;

select no_plan();
select pg_temp.be('operator');
select throws_ok($$select portarium.verify_every(24)$$, 'UP205', null, 'it is not for everybody to set');
select pg_temp.be('records');
select throws_ok($$select portarium.verify_every(-1)$$, 'UP007', 'hours are not from 0 to 8760', 'hours have a floor');
select throws_ok($$select portarium.verify_every(8761)$$, 'UP007', 'hours are not from 0 to 8760', 'and a ceiling');
select throws_ok($$select portarium.verify_every(null)$$, 'UP007', 'hours are not from 0 to 8760', 'and are something');

do $$ begin perform portarium.append_evidence('app.note', jsonb_build_object('n', n)) from generate_series(1, 4300) n; end $$;
call pg_temp.seal();
select size as leaves from portarium_data.tree where tenant_id = :'tenant' \gset

-- in steps
begin;
select lives_ok($$select portarium.verify_every(24)$$, 'set');
select is(pg_temp.said('verification.set'), '{"hours": 24}', 'which is evidence');
select is(pg_temp.steps(1), 'LEAVES 1 0 0', 'the first step begins');
select is(pg_temp.steps(1), 'LEAVES 1 2000 2000', 'each takes some leaves');
select is(pg_temp.steps(1), 'LEAVES 1 4000 4000', 'and goes on where the last one was');
select is(pg_temp.steps(1), format('ENTRIES 0 %s', :leaves), 'all leaves, then the entries');
select is((select stream_id from portarium_data.verification), portarium_int.first_stream(), 'from the first');
select is(pg_temp.steps(1), format('ENTRIES 0 %s', :leaves), 'some of them');
select isnt((select stream_id from portarium_data.verification), portarium_int.first_stream(), 'and more');
select is(pg_temp.steps(2), format('REST 0 %s t', :leaves), 'to the end');
select is(pg_temp.said('evidence.verified') - 'began', format('{"checked": %s, "good": true, "reason": "", "signed": 0, "size": %s,
    "tiers": ["entries", "leaves", "tree (nothing signed yet)"]}', :leaves, :leaves)::jsonb, 'the outcome is an entry: how much of how much, how deeply');
select ok((pg_temp.said('evidence.verified') ->> 'began')::timestamptz > now() - interval '1 h', 'and since when');
select is(pg_temp.said('evidence.broken'), null, 'nothing is broken');
select is((select due - began from portarium_data.verification), interval '24 h', 'the next is in a day');
select is((select count(*) from portarium.verifications where good and part = 'REST' and ended is not null), 1::bigint, 'the tenant sees it');
select is((select array_agg(value order by name) from portarium_int.level_of_evidence() where name ^@ 'verifications.'), '{0,0}', 'levels say that all is well');
update portarium_data.verification set since = since - interval '3 days', ended = ended - interval '3 days';
select is((select value from portarium_int.level_of_evidence() where name = 'verifications.late'), 1::bigint, 'and when one is late');
delete from portarium_data.verification;

-- throttled, one after the other
select portarium.verify_every(24);
select ok(portarium_int.after_step(row(null, 24, 'LEAVES'::text, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null), clock_timestamp() - interval '1 s')
    >= clock_timestamp() + interval '8.9 s', 'a step of a second is followed by nine of rest');
update portarium_data.verification set due = clock_timestamp() + interval '1 h';
select pg_temp.step();
select is(pg_temp.steps(0), 'REST 0', 'what is not due does not begin');
select is(portarium_int.next_due() <= clock_timestamp() + interval '1 h', true, 'the clock knows when it will be');
select pg_temp.steps(2);
insert into portarium_data.verification (tenant_id, hours, due) values (:'other', 24, '-infinity');
select is((select tenant_id from portarium_int.next_verification()), :'tenant'::uuid, 'what is under way goes first');
select is(pg_temp.steps(5), format('REST 0 %s t', :leaves), 'to its end');
select is((select tenant_id from portarium_int.next_verification()), :'other'::uuid, 'then the next');
update portarium_data.verification set due = '-infinity' where tenant_id = :'other';
select pg_temp.step();
select is((select part from portarium_data.verification where tenant_id = :'other'), 'ENTRIES', 'a log without leaves has none to verify');
update portarium_data.verification set due = '-infinity' where tenant_id = :'other';
select pg_temp.step();
select is((select good from portarium_data.verification where tenant_id = :'other'), true, 'and is as it should be');
delete from portarium_data.verification;

-- ended
select portarium.verify_every(24);
select pg_temp.steps(2);
select portarium.verify_every(0);
select is(pg_temp.steps(0), 'LEAVES 1 2000 2000', 'what is under way');
select is(pg_temp.steps(5), format('REST 0 %s t', :leaves), 'comes to its end');
select is((select due from portarium_data.verification), 'infinity', 'and was the last');
select is(pg_temp.steps(1), format('REST 0 %s t', :leaves), 'which nothing begins again');
delete from portarium_data.verification;

-- a superuser's hand
select portarium.verify_every(24);
select is(pg_temp.found(), 'good', 'before');
select is(pg_temp.found($$update entry set canon = convert_to('{"n":1}', 'UTF8') where stream_id = pg_temp.entry_of(3000)$$),
    'epoch 1, index 3000: entry does not have its hash', 'an entry that was changed');
select is(pg_temp.found($$delete from entry where stream_id = pg_temp.entry_of(2000)$$), 'epoch 1, index 2000: entry is missing', 'taken away');
select is(pg_temp.found($$delete from leaf where idx = 1999$$), 'epoch 1, index 1999: leaf is missing', 'with its leaf');
select is(pg_temp.found($$update leaf set leaf_hash = sha256(leaf_hash) where idx = 4100$$),
    'epoch 1, index 4100: leaf hash does not follow from the entry and the leaf before it', 'a leaf that was changed');
select is(pg_temp.found($$update chunk set hash = sha256(hash) where n = 7$$), 'epoch 1, index 1792: chunk does not have the root of its leaves', 'a chunk');
select is(pg_temp.found($$update portarium_data.tree set root = sha256(root)$$), format('epoch 1, index %s: tree does not have the root of its last meta leaf', :leaves), 'the head');
select is(pg_temp.found($$update portarium_data.meta_leaf set leaf_hash = sha256(leaf_hash)$$), format('epoch 1, index %s: meta leaf does not have its hash', :leaves), 'a meta leaf');
select is(pg_temp.found($$insert into leaf select tenant_id, epoch, idx + 1, gen_random_uuid(), seq, entry_hash, leaf_hash, round from leaf order by idx desc limit 1$$),
    format('epoch 1, index %s: leaf lies behind the end of the tree', :leaves), 'a leaf too many');
select is(pg_temp.found(format($$insert into entry select tenant_id, %L, 1, xid, at, kind, actor, canon, salt from entry limit 1$$, '30000000-0000-4000-8000-000000000001')),
    'entry "30000000-0000-4000-8000-000000000001" 1 was never sealed', 'an entry that was written back into a sealed time');
select is(pg_temp.found($$insert into portarium_data.checkpoint select size, root, format(e'%s\n%s\n%s\n\n— x AAAA\n', origin, size, encode(root, 'base64')) from portarium_data.meta_tree$$),
    format('checkpoint "%s" is not signed by a trusted key', (select size from portarium_data.meta_tree)), 'a checkpoint that nobody signed');
select is(pg_temp.found($$insert into portarium_data.checkpoint select size, sha256(root), 'x' from portarium_data.meta_tree$$),
    format('epoch 1, index %s: checkpoint "%s" does not have the root of the meta-log', :leaves, (select size from portarium_data.meta_tree)), 'a checkpoint of another log');
select is(pg_temp.found(), 'good', 'and after');

-- taken away while it is under way
select is(pg_temp.steps(4), format('ENTRIES 0 %s', :leaves), 'the leaves are done');
select is(pg_temp.found($$delete from leaf where idx = 100$$) like 'entry "%" 1 was never sealed', true, 'an entry whose leaf goes then is found all the same');
delete from portarium_data.verification;
select portarium.verify_every(24);
select is(pg_temp.steps(3), 'LEAVES 1 4000 4000', 'half-way');
select is(pg_temp.found($$delete from leaf where idx >= 3000; update portarium_data.tree set size = 3000$$), 'epoch 1, index 4000: leaf is missing', 'a log that shrinks meanwhile');

-- a finding is heard of
update entry set actor = 'eve' where stream_id = pg_temp.entry_of(4200);
select is(pg_temp.steps(1), 'REST 1 4200 4200 f epoch 1, index 4200: entry does not have its hash', 'it ends with the first finding');
select is(pg_temp.said('evidence.verified') - 'began' - 'tiers', format('{"checked": 4200, "good": false, "signed": 0, "size": %s,
    "reason": "epoch 1, index 4200: entry does not have its hash"}', :leaves)::jsonb, 'which is in its outcome');
select is(pg_temp.said('evidence.broken'), '{"part": "log", "reason": "epoch 1, index 4200: entry does not have its hash"}', 'and an event of its own');
select is((select value from portarium_int.level_of_evidence() where name = 'verifications.broken'), 1::bigint, 'and a level');
select is(pg_temp.steps(1), 'LEAVES 1 0 0 f epoch 1, index 4200: entry does not have its hash', 'it is known until the next one has come to its end');
delete from portarium_data.verification;

-- what cannot be verified does not stop the clock
select portarium.verify_every(24);
select pg_temp.steps(2);
update portarium_data.verification set frontier = null, last_leaf = null;
select lives_ok($$select pg_temp.steps(1)$$, 'a step that fails is over');
select is(pg_temp.steps(0), 'REST 1 2000 2000', 'it begins again');
select is((select due between clock_timestamp() + interval '50 min' and clock_timestamp() + interval '70 min' from portarium_data.verification), true, 'in an hour');
delete from portarium_data.verification;
select * from finish();
rollback;
