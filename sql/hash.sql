-- Ids, salts, the hash of an entry: the golden vectors and what does not fit the format.
\set SHOW_CONTEXT never

\set vectors `cat test/vectors/entry_hash.json`
select v ->> 'name' as name,
    encode(portarium_int.entry_hash(decode(v ->> 'salt', 'hex'), (v ->> 'tenant')::uuid, (v ->> 'stream')::uuid,
        (v ->> 'seq')::int, (v ->> 'at')::timestamptz, v ->> 'kind', v ->> 'actor',
        convert_to(v ->> 'canon', 'UTF8')), 'hex') = v ->> 'entry_hash' as good
from json_array_elements(:'vectors') v;

-- The time zone of the session does not matter.
set timezone = 'Asia/Kolkata';
select bool_and(encode(portarium_int.entry_hash(decode(v ->> 'salt', 'hex'), (v ->> 'tenant')::uuid, (v ->> 'stream')::uuid,
        (v ->> 'seq')::int, (v ->> 'at')::timestamptz, v ->> 'kind', v ->> 'actor',
        convert_to(v ->> 'canon', 'UTF8')), 'hex') = v ->> 'entry_hash') as good
from json_array_elements(:'vectors') v;
reset timezone;

-- Each field counts: changing any one changes the hash.
with base (salt, tenant, stream, seq, at, kind, actor, canon) as (
    values (decode(repeat('00', 16), 'hex'), '00000000-0000-7000-8000-000000000001'::uuid,
        '00000000-0000-7000-8000-000000000002'::uuid, 1, '2026-01-01 00:00:00+00'::timestamptz, 'ab', 'c', '{}'::bytea)
), variants as (
    select portarium_int.entry_hash(salt, tenant, stream, seq, at, kind, actor, canon) h from base
    union all select portarium_int.entry_hash(set_byte(salt, 0, 1), tenant, stream, seq, at, kind, actor, canon) from base
    union all select portarium_int.entry_hash(salt, stream, tenant, seq, at, kind, actor, canon) from base
    union all select portarium_int.entry_hash(salt, tenant, stream, 2, at, kind, actor, canon) from base
    union all select portarium_int.entry_hash(salt, tenant, stream, seq, at + interval '1 us', kind, actor, canon) from base
    union all select portarium_int.entry_hash(salt, tenant, stream, seq, at, 'a', 'bc', canon) from base
    union all select portarium_int.entry_hash(salt, tenant, stream, seq, at, kind, actor, '[]') from base
)
select count(*) as variants, count(distinct h) as hashes from variants;

select portarium_int.entry_hash('\x00', gen_random_uuid(), gen_random_uuid(), 1, now(), 'k', 'a', '{}');
select portarium_int.entry_hash(portarium_int.salt(), gen_random_uuid(), gen_random_uuid(), -1, now(), 'k', 'a', '{}');
select portarium_int.entry_hash(portarium_int.salt(), gen_random_uuid(), gen_random_uuid(), 1, 'infinity', 'k', 'a', '{}');
select portarium_int.entry_hash(portarium_int.salt(), gen_random_uuid(), gen_random_uuid(), 1, now(), repeat('k', 65536), 'a', '{}');
select portarium_int.entry_hash(null, gen_random_uuid(), gen_random_uuid(), 1, now(), 'k', 'a', '{}') is null as null_in_null_out;

-- Version 7, variant 2, the time of now, no two alike.
with ids as (
    select portarium_int.uuid7()::text as id from generate_series(1, 1000)
)
select count(distinct id) as ids, bool_and(substr(id, 15, 1) = '7') as version_7, bool_and(substr(id, 20, 1) in ('8', '9', 'a', 'b')) as variant_2,
    bool_and(abs(('x0000' || replace(substr(id, 1, 13), '-', ''))::bit(64)::bigint - extract(epoch from clock_timestamp()) * 1000) < 10000) as time
from ids;
with salts as (
    select portarium_int.salt() as salt from generate_series(1, 1000)
)
select count(distinct salt) as salts, min(length(salt)), max(length(salt)) from salts;

-- A signature is checked in C or, without it, not at all: never is a bad one good.
\set vectors `cat test/vectors/checkpoint.json`
select
    portarium_int.ed25519_verify(decode(v ->> 'public_key', 'hex'), convert_to(v ->> 'text', 'UTF8'), decode(v ->> 'signature', 'hex'))
        is not distinct from case portarium_int.flavour() when 'native' then true end as good,
    portarium_int.ed25519_verify(decode(v ->> 'public_key', 'hex'), convert_to('x' || (v ->> 'text'), 'UTF8'), decode(v ->> 'signature', 'hex'))
        is true as other_text,
    portarium_int.ed25519_verify(set_byte(decode(v ->> 'public_key', 'hex'), 0, 0), convert_to(v ->> 'text', 'UTF8'), decode(v ->> 'signature', 'hex'))
        is true as other_key,
    portarium_int.ed25519_verify('\x00', convert_to(v ->> 'text', 'UTF8'), decode(v ->> 'signature', 'hex')) is true as short_key,
    portarium_int.ed25519_verify(decode(v ->> 'public_key', 'hex'), convert_to(v ->> 'text', 'UTF8'), '') is true as no_signature
from (select :'vectors'::json) j (v);
