-- Appending evidence: what is stored, what is refused.
set client_min_messages = warning;
\set SHOW_CONTEXT never
select portarium.create_tenant('first', null, '00000000-0000-4000-8000-0000000000a1');
select portarium.create_tenant('second', null, '00000000-0000-4000-8000-0000000000a2');

-- nobody without a tenant
select portarium.append_evidence('app.note', '{}');
\echo :LAST_ERROR_SQLSTATE

select portarium.bind_login(session_user, '00000000-0000-4000-8000-0000000000a1', 'ann', '{operator}');

-- the bytes are the canonical form, tenant and actor come from the context, and the hash is that of the stored row
begin;
select entry_id, entry_hash from portarium.append_evidence('app.invoice.sent', '{"b": [true, null], "a": "\u20ac\n", "aa": -7}') \gset
select tenant_id, seq, kind, actor, convert_from(canon, 'UTF8') as canon, length(salt) as salt,
    at between now() and clock_timestamp() as at, xid = pg_current_xact_id()::text::bigint as xid
from portarium_data.entry where stream_id = :'entry_id';
select portarium_int.entry_hash(salt, tenant_id, stream_id, seq, at, kind, actor, canon) = :'entry_hash' as entry_hash
from portarium_data.entry where stream_id = :'entry_id';
-- to its writer it is there before it is committed, without a place
select index, run_id = :'entry_id' as run_id, seq, kind, actor, body, sealed, '\x' || entry_hash = :'entry_hash' as entry_hash
from portarium.entries;
rollback;
select count(*) from portarium_data.entry;

-- a savepoint that is rolled back takes its entry with it, and no other
begin;
do $$ begin perform portarium.append_evidence('app.kept', '{}'); end $$;
savepoint one;
do $$ begin perform portarium.append_evidence('app.dropped', '{}'); end $$;
rollback to one;
do $$ begin perform portarium.append_evidence('app.kept.too', '{}'); end $$;
select kind, xid = pg_current_xact_id()::text::bigint as top_level from portarium_data.entry order by at;
rollback;

-- kinds that are not the application's own
select portarium.append_evidence('run.started', '{}');
\echo :LAST_ERROR_SQLSTATE
select portarium.append_evidence('app', '{}');
\echo :LAST_ERROR_SQLSTATE
select portarium.append_evidence('app.', '{}');
\echo :LAST_ERROR_SQLSTATE
select portarium.append_evidence('app.Note', '{}');
\echo :LAST_ERROR_SQLSTATE
select portarium.append_evidence(E'app.note\n', '{}');
\echo :LAST_ERROR_SQLSTATE
select portarium.append_evidence('app.' || repeat('x', 97), '{}');
\echo :LAST_ERROR_SQLSTATE
select portarium.append_evidence(null, '{}');
\echo :LAST_ERROR_SQLSTATE

-- bodies that are not objects, or outside the profile of entries
select portarium.append_evidence('app.note', null);
\echo :LAST_ERROR_SQLSTATE
select portarium.append_evidence('app.note', '[1]');
\echo :LAST_ERROR_SQLSTATE
select portarium.append_evidence('app.note', '{"n": 0.5}');
\echo :LAST_ERROR_SQLSTATE
select portarium.append_evidence('app.note', '{"n": 9007199254740992}');
\echo :LAST_ERROR_SQLSTATE
select portarium.append_evidence('app.note', ('{"a": ' || repeat('[', 40) || repeat(']', 40) || '}')::jsonb);
\echo :LAST_ERROR_SQLSTATE
select portarium.append_evidence('app.note', jsonb_build_object('a', repeat('x', 70000)));
\echo :LAST_ERROR_SQLSTATE

-- the commit that has an entry waits for its WAL, and a stronger setting stays
begin;
set local synchronous_commit = off;
do $$ begin perform portarium.append_evidence('app.note', '{}'); end $$;
show synchronous_commit;
rollback;
begin;
set local synchronous_commit = remote_apply;
do $$ begin perform portarium.append_evidence('app.note', '{}'); end $$;
show synchronous_commit;
rollback;

-- a commitment proves a payload and does not tell it
select portarium_int.commitment('\x000102030405060708090a0b0c0d0e0f', '{"b": 1, "a": "\u20ac"}') as commitment,
    portarium_int.commitment('\x000102030405060708090a0b0c0d0e0f', '{"a": "\u20ac", "b": 1}')
        = rtrim(translate(encode(sha256('\x000102030405060708090a0b0c0d0e0f'::bytea
            || portarium.canonical_json('{"a":"€","b":1}')), 'base64'), '+/', '-_'), '=') as of_canonical_form;
