-- What the notary asks and tells. The signatures are real, of a key made for this file; the log's name is set to its.
set client_min_messages = warning;
\set SHOW_CONTEXT never
update portarium_data.meta_tree set origin = 'portarium.local/test';
\set vkey 'portarium.local/test+d064d146+AVvjhvCZ8jA841Xnf0rXZjdK/PrgK9XPxCYdRnlA7Hp8'
\set signed_0 '— portarium.local/test 0GTRRr3SAx9Wf6KGcsIXUOiJsFPUu/l8IGqGCCBHoCDei+0cH0h8g2M2UZvI3nLDXx+/AHEleXrEYFzVEoB4a8S36A0='
\set signed_5 '— portarium.local/test 0GTRRj3eOUKTROfaOlLXtCdk0q6m0aQ89+azyDm8VgPx4zOTUhq8QfjvgAHwfjfuR/62lCzL34x7q852lxXTKfxMIQ8='

-- verifier keys: parsed, and refused unless the id is that of name and key
select name, key_id, length(public_key) from portarium_int.note_key(:'vkey');
select count(*) from portarium_int.note_key(replace(:'vkey', 'd064d146', 'd064d147'));
select count(*) from portarium_int.note_key(replace(:'vkey', 'test+', 'toast+'));
select count(*) from portarium_int.note_key('portarium.local/test');
select portarium.trust_notary_key('portarium.local/test+00000000+AAAA');
\echo :LAST_ERROR_SQLSTATE

set role portarium_notary;
select origin, meta_size, meta_root, waiting from portarium.notary_head();
select format(E'portarium.local/test\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n%s\n', :'signed_0') as note \gset

-- no key is trusted yet
select portarium.notary_checkpoint(0, sha256(''), :'note');
\echo :LAST_ERROR_SQLSTATE
reset role;
select portarium.trust_notary_key(:'vkey');
select portarium.trust_notary_key(:'vkey');
select count(*) from portarium_data.notary_key;
set role portarium_notary;

-- a note that says something else than the call, or is of another log, or not signed
select portarium.notary_checkpoint(1, sha256(''), :'note');
\echo :LAST_ERROR_SQLSTATE
select portarium.notary_checkpoint(0, sha256('x'), :'note');
\echo :LAST_ERROR_SQLSTATE
select portarium.notary_checkpoint(0, sha256(''), replace(:'note', E'/test\n0', E'/toast\n0'));
\echo :LAST_ERROR_SQLSTATE
select portarium.notary_checkpoint(0, sha256(''), replace(:'note', :'signed_0', ''));
\echo :LAST_ERROR_SQLSTATE
select portarium.notary_checkpoint(0, sha256(''), replace(:'note', '— portarium', '- portarium'));
\echo :LAST_ERROR_SQLSTATE

-- recorded; once more is the same; another note for this size is a fork
select portarium.notary_checkpoint(0, sha256(''), :'note');
select portarium.notary_checkpoint(0, sha256(''), :'note');
select portarium.notary_checkpoint(0, sha256(''), :'note' || E'— witness ' || repeat('A', 91) || E'=\n');
\echo :LAST_ERROR_SQLSTATE

-- a checkpoint that is ahead of the log: the log was rolled back
select portarium.notary_checkpoint(5, decode(repeat('00', 32), 'hex'),
    format(E'portarium.local/test\n5\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n%s\n', :'signed_5'));
\echo :LAST_ERROR_SQLSTATE
reset role;
select meta_size, note = :'note' as note from portarium_data.checkpoint;

-- what it reads of a log with entries
select portarium.create_tenant('first', null, '00000000-0000-4000-8000-0000000000a1');
select portarium.bind_login(session_user, '00000000-0000-4000-8000-0000000000a1', 'ann', '{operator}');
do $$ begin perform portarium.append_evidence('app.note', '{}') from generate_series(1, 5) n; end $$;
do $$
begin
    for i in 1 .. 2000 loop
        perform portarium_int.seal();
        exit when (select count(*) = 5 from portarium_data.leaf);
        perform pg_sleep(0.005);
    end loop;
end
$$;
select tenant_hash as hash from portarium_data.tree \gset
set role portarium_notary;
select meta_size from portarium.notary_head();
select meta_index, tenant_hash = :'hash' as tenant_hash, epoch, size, round from portarium.notary_meta(0, 10);
select count(*) from portarium.notary_meta(0, 0);
select count(*) from portarium.notary_meta(1, 10);
select idx, tenant_id, length(entry_hash) from portarium.notary_leaves(:'hash', 1, 1, 4);
select count(*) from portarium.notary_leaves(:'hash', 2, 0, 4);
select count(*) from portarium.notary_leaves('\x00', 1, 0, 4);

-- nothing else is the notary's
select count(*) from portarium_data.entry;
\echo :LAST_ERROR_SQLSTATE
select portarium.export_evidence();
\echo :LAST_ERROR_SQLSTATE
