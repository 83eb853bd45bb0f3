-- Taking evidence out. What differs from run to run is only looked at; portarium-verify reads real bundles elsewhere.
set client_min_messages = warning;
\set SHOW_CONTEXT never
select portarium.create_tenant('first', null, '00000000-0000-4000-8000-0000000000a1');
select portarium.create_tenant('second', null, '00000000-0000-4000-8000-0000000000a2');

select portarium.export_evidence();
\echo :LAST_ERROR_SQLSTATE

select portarium.bind_login(session_user, '00000000-0000-4000-8000-0000000000a2', 'bob', '{operator}');
do $$ begin perform portarium.append_evidence('app.other', '{}'); end $$;
select portarium.bind_login(session_user, '00000000-0000-4000-8000-0000000000a1', 'ann', '{operator}');
do $$ begin perform portarium.append_evidence('app.one', '{"text": "\"quoted\"\\ \b\f\n\r\t\u001f\u007f/€😀"}'); end $$;
do $$ begin perform portarium.append_evidence('app.two', '{}'); end $$;
do $$ begin perform portarium.append_evidence('app.three', '{"n": 3}'); end $$;
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
select pg_temp.sealed(4);

-- nothing is signed yet
select portarium.export_evidence();
\echo :LAST_ERROR_SQLSTATE
select portarium.evidence_proof((select run_id from portarium.entries where index = 0)) is null as no_proof_yet;

-- a checkpoint of the log as it stands; then an entry that it does not cover
insert into portarium_data.checkpoint select m.size, m.root, 'the note' from portarium_data.meta_tree m;
do $$ begin perform portarium.append_evidence('app.four', '{}'); end $$;
select pg_temp.sealed(5);

create temp table bundle as
select n, line, line::jsonb as j from portarium.export_evidence() with ordinality b (line, n);
select n, j ->> 'type' as type, (select string_agg(k, ' ') from json_object_keys(line::json) k) as members from bundle order by n;
select j - 'tenant_salt' as manifest from bundle where n = 1;
select j ->> 'index' as index, j ->> 'kind' as kind, j ->> 'actor' as actor, j ->> 'seq' as seq, j ->> 'body' as body
from bundle where j ->> 'type' = 'entry' order by n;

-- each line is its own canonical form; the last has the running digest of those that stand for no entry
select bool_and(convert_to(line, 'UTF8') = portarium.canonical_json(line)) as canonical from bundle;
with recursive running (n, digest) as (
    select 1::bigint, decode(repeat('00', 32), 'hex')
    union all
    select r.n + 1, case b.j ->> 'type' when 'entry' then r.digest else sha256(r.digest || convert_to(b.line || e'\n', 'UTF8')) end
    from running r join bundle b on b.n = r.n
)
select (b.j ->> 'lines')::bigint = b.n - 1 as lines, b.j ->> 'sha256' = encode(r.digest, 'hex') as digest
from bundle b join running r using (n) where b.j ->> 'type' = 'end';

-- the meta leaf is the one behind the tenant's last covered entry, and its proof leads to the checkpoint's root
select (j ->> 'size')::bigint as size, j ->> 'root' = (
        select encode(m.root, 'hex') from portarium_data.meta_leaf m where m.meta_index = (j ->> 'index')::bigint) as root
from bundle where j ->> 'type' = 'meta';

-- the entry's bytes and its salt give its hash, to who has nothing but the line
select j ->> 'index' as index, portarium_int.entry_hash(decode(j ->> 'salt', 'hex'), '00000000-0000-4000-8000-0000000000a1',
    (j ->> 'stream')::uuid, (j ->> 'seq')::int, (j ->> 'at')::timestamptz, j ->> 'kind', j ->> 'actor',
    convert_to(j ->> 'body', 'UTF8')) = decode(j ->> 'entry_hash', 'hex') as entry_hash
from bundle where j ->> 'type' = 'entry' order by n;

-- the proof of one entry
select portarium.evidence_proof(run_id) as proof from portarium.entries where index = 1 \gset
select regexp_replace(regexp_replace(:'proof', '(?<=extra )\S+', '…'), '[A-Za-z0-9+/]{43}=', '…') as text;
select convert_from(decode(substring(:'proof', 'extra (\S+)'), 'base64'), 'UTF8') as extra \gset
select (select string_agg(k, ' ' order by k) from jsonb_object_keys(:'extra'::jsonb) k) as members,
    jsonb_array_length(:'extra'::jsonb -> 'proof') as proof, (:'extra'::jsonb #>> '{entry,index}') as index;
-- its hashes, walked by hand: leaf 0 to the left, leaf 2 to the right
select encode(sha256('\x01'::bytea || sha256('\x01'::bytea || decode(p -> 'proof' ->> 0, 'hex') || decode(p #>> '{entry,leaf_hash}', 'hex'))
    || decode(p -> 'proof' ->> 1, 'hex')), 'hex') = p #>> '{meta,root}' as root
from (select :'extra'::jsonb) x (p);
-- none for what the checkpoint does not cover, for what is not there, for another tenant's
select portarium.evidence_proof(run_id) is null as not_covered from portarium.entries where index = 3;
select portarium.evidence_proof('00000000-0000-4000-8000-0000000000ff') is null as not_there;
select portarium.evidence_proof(stream_id) is null as not_ours from portarium_data.entry where kind = 'app.other';

-- an entry whose row is gone keeps its place
delete from portarium_data.entry where kind = 'app.two';
select line like '{"actor":null,"at":null,"body":null,"entry_hash":"%","index":1,"kind":null,"leaf_hash":"%","salt":"","seq":1,%' as kept
from portarium.export_evidence() with ordinality b (line, n) where n = 3;
