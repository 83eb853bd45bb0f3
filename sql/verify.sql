-- Verification inside the database: every kind of tampering, each in a transaction of its own, and where it is seen.
set client_min_messages = warning;
\set SHOW_CONTEXT never
select portarium.create_tenant('first', null, '00000000-0000-4000-8000-0000000000a1');
select portarium.verify_evidence();
\echo :LAST_ERROR_SQLSTATE
select portarium.bind_login(session_user, '00000000-0000-4000-8000-0000000000a1', 'ann', '{operator}');
select * from portarium.verify_evidence();

-- 2,500 leaves: more than two chunks; two rounds at least
do $$ begin perform portarium.append_evidence('app.note', jsonb_build_object('n', n)) from generate_series(1, 1500) n; end $$;
create function pg_temp.sealed(p_count bigint)
    returns boolean
    language plpgsql
    as $$
begin
    for i in 1 .. 2000 loop
        perform portarium_int.seal();
        if (select count(*) >= p_count from portarium_data.leaf) then
            return true;
        end if;
        perform pg_sleep(0.005);
    end loop;
    return false;
end
$$;
select pg_temp.sealed(1500);
do $$ begin perform portarium.append_evidence('app.note', jsonb_build_object('n', n)) from generate_series(1501, 2500) n; end $$;
select pg_temp.sealed(2500);
select * from portarium.verify_evidence();

-- a superuser's hand, undone after each look
create function pg_temp.after(p_statement text)
    returns table (ok boolean, bad_index bigint, reason text, checked bigint)
    language plpgsql
    as $$
begin
    execute p_statement;
    return query select v.ok, v.bad_index, v.reason, v.checked from portarium.verify_evidence() v;
    raise exception using errcode = 'UP000';
exception when sqlstate 'UP000' then
    return;
end
$$;
create function pg_temp.entry_of(p_idx bigint)
    returns portarium_data.entry
    language sql
    stable
    as $$
    select e from portarium_data.entry e join portarium_data.leaf l using (tenant_id, stream_id, seq) where l.idx = p_idx
$$;

-- an entry: its body, its actor, its time, its place in the stream, its salt
select * from pg_temp.after($$ update portarium_data.entry e set canon = convert_to('{"n":1}', 'UTF8') where e.stream_id = (pg_temp.entry_of(1)).stream_id $$);
select * from pg_temp.after($$ update portarium_data.entry e set actor = 'eve' where e.stream_id = (pg_temp.entry_of(999)).stream_id $$);
select * from pg_temp.after($$ update portarium_data.entry e set at = at + interval '1 us' where e.stream_id = (pg_temp.entry_of(1000)).stream_id $$);
select * from pg_temp.after($$ update portarium_data.entry e set salt = portarium_int.salt() where e.stream_id = (pg_temp.entry_of(2499)).stream_id $$);
select * from pg_temp.after($$ update portarium_data.entry e set kind = 'app.nota' where e.stream_id = (pg_temp.entry_of(0)).stream_id $$);
-- deleted
select * from pg_temp.after($$ delete from portarium_data.entry e where e.stream_id = (pg_temp.entry_of(1234)).stream_id $$);

-- a leaf: its hashes, its entry, its place; one missing, the last missing, one too many
select * from pg_temp.after($$ update portarium_data.leaf set entry_hash = sha256('x') where idx = 7 $$);
select * from pg_temp.after($$ update portarium_data.leaf set leaf_hash = sha256('x') where idx = 1700 $$);
select * from pg_temp.after($$ update portarium_data.leaf set seq = 2 where idx = 42 $$);
select * from pg_temp.after($$ update portarium_data.leaf set idx = 3000 where idx = 2000 $$);
select * from pg_temp.after($$ delete from portarium_data.leaf where idx = 0 $$);
select * from pg_temp.after($$ delete from portarium_data.leaf where idx = 2499 $$);
select * from pg_temp.after($$ delete from portarium_data.leaf where idx >= 1000 $$);
select * from pg_temp.after($$ insert into portarium_data.leaf select tenant_id, 1, 2500, tenant_id, 1, entry_hash, leaf_hash, round
    from portarium_data.leaf where idx = 0 $$);
-- two that changed places
select * from pg_temp.after($$ update portarium_data.leaf set idx = case idx when 10 then -11 else -10 end where idx in (10, 11);
    update portarium_data.leaf set idx = -idx where idx < 0 $$);

-- the end cut off with all that says so: nobody in here can tell, but the entries are left without a leaf
select * from pg_temp.after($$
    delete from portarium_data.leaf where idx >= 1500;
    update portarium_data.tree t set (size, frontier, last_leaf, root) = (
        select a.size, a.frontier, a.last_leaf, a.root
        from portarium_int.tree_append(0, '', decode(repeat('00', 32), 'hex'), t.tenant_id, 1,
            array(select l.entry_hash from portarium_data.leaf l where l.idx < 1500 order by l.idx)) a) $$) s
\gset cut_
select :'cut_ok' as ok, :'cut_reason' ~ '^entry ".*" 1 was never sealed$' as reason, :'cut_checked' as checked;

-- the tree's own row
select * from pg_temp.after($$ update portarium_data.tree set root = sha256('x') $$);
select * from pg_temp.after($$ update portarium_data.tree set frontier = substr(frontier, 33) || substr(frontier, 1, 32) $$);

-- a chunk, and one that is missing
select * from pg_temp.after($$ update portarium_data.chunk set hash = sha256('x') where n = 3 $$);
select * from pg_temp.after($$ delete from portarium_data.chunk where n in (5, 8) $$);

-- an entry written back into a time that is sealed
select * from pg_temp.after($$ insert into portarium_data.entry
    select tenant_id, '00000000-0000-4000-8000-0000000000ee', 1, xid, at, kind, actor, canon, salt
    from portarium_data.entry limit 1 $$);

-- checkpoints: one that nobody trusted signed, one with another root, a meta leaf that was changed
select * from pg_temp.after($$ insert into portarium_data.checkpoint select size, root,
    format(e'%s\n%s\n%s\n\n— eve AAAA\n', origin, size, encode(root, 'base64')) from portarium_data.meta_tree $$) s \gset c_
select :'c_ok' as ok, regexp_replace(:'c_reason', '[0-9]+', 'N') as reason, :'c_checked' as checked;
select * from pg_temp.after($$ insert into portarium_data.checkpoint select size, sha256('x'), 'x' from portarium_data.meta_tree $$) s \gset c_
select :'c_ok' as ok, regexp_replace(:'c_reason', '[0-9]+', 'N') as reason, :'c_checked' as checked;
select * from pg_temp.after($$ insert into portarium_data.checkpoint select size, root, 'x' from portarium_data.meta_tree;
    update portarium_data.meta_leaf set size = size - 1 where meta_index = 0 $$) s \gset c_
select :'c_ok' as ok, regexp_replace(:'c_reason', '[0-9]+', 'N') as reason, :'c_checked' as checked;
select * from pg_temp.after($$ insert into portarium_data.checkpoint select size, root, 'x' from portarium_data.meta_tree;
    update portarium_data.meta_leaf set root = sha256('x') where size = 2500 $$);

-- and nothing of all that has stayed
select * from portarium.verify_evidence();

-- a verification that is an entry itself, good or bad
select good, checked, reason from portarium.attest_evidence();
select body - 'tiers' as body, body #>> '{tiers,0}' as first_tier from portarium.entries where kind = 'evidence.verified';
begin;
update portarium_data.entry set actor = 'eve' where ctid = (select min(ctid) from portarium_data.entry);
select good, reason from portarium.attest_evidence();
select count(*) from portarium.entries where kind = 'evidence.verified' and body -> 'good' = 'false';
rollback;
