-- SPDX-License-Identifier: PostgreSQL
-- Ids, salts and the hash of an evidence entry. The native flavour replaces all of it; hash.c gives the same bytes.

-- RFC 9562 version 7: time in units of 1/4096 ms, then 62 random bits. Ids made one after the other are in that order.
create function portarium_int.uuid7()
    returns uuid
    language sql
    volatile
    parallel safe
    as $$
    select (pg_catalog.left(
            overlay(
                pg_catalog.encode(
                    pg_catalog.int8send((extract(epoch from pg_catalog.clock_timestamp()) * 4096000)::bigint << 4), 'hex')
                -- the version
                placing '7' from 13 for 0),
            16)
        || pg_catalog.substr(pg_catalog.encode(pg_catalog.uuid_send(pg_catalog.gen_random_uuid()), 'hex'), 17))::uuid
$$;

-- 16 bytes from the server's strong random source; a uuid alone would give 122 bits.
create function portarium_int.salt()
    returns bytea
    language sql
    volatile
    parallel safe
    as $$
    select pg_catalog.substr(pg_catalog.sha256(
        pg_catalog.uuid_send(pg_catalog.gen_random_uuid()) || pg_catalog.uuid_send(pg_catalog.gen_random_uuid())), 1, 16)
$$;

create function portarium_int.entry_hash(
    p_salt bytea,
    p_tenant uuid,
    p_stream uuid,
    p_seq int,
    p_at timestamptz,
    p_kind text,
    p_actor text,
    p_canon bytea)
    returns bytea
    language plpgsql
    immutable
    strict
    parallel safe
    set search_path = pg_catalog, pg_temp
    as $$
declare
    v_kind bytea := convert_to(p_kind, 'UTF8');
    v_actor bytea := convert_to(p_actor, 'UTF8');
begin
    if length(p_salt) <> 16 or p_seq < 0 or not isfinite(p_at) or length(v_kind) > 65535 or length(v_actor) > 65535 then
        raise exception using
            errcode = 'UP007',
            message = 'entry does not fit its format',
            detail = 'The salt has 16 bytes, seq is not negative, at is finite, kind and actor have at most 65535 bytes.';
    end if;
    return sha256('\x10'::bytea || p_salt || uuid_send(p_tenant) || uuid_send(p_stream) || int4send(p_seq)
        || int8send((extract(epoch from p_at) * 1000000)::bigint)
        || substr(int4send(length(v_kind)), 3) || v_kind
        || substr(int4send(length(v_actor)), 3) || v_actor
        || int8send(length(p_canon)) || p_canon);
end
$$;

-- Ed25519 (RFC 8032). Only the native flavour can check a signature; null says that this one cannot.
create function portarium_int.ed25519_verify(p_public_key bytea, p_message bytea, p_signature bytea)
    returns boolean
    language sql
    immutable
    strict
    parallel safe
    as $$ select null::boolean $$;
