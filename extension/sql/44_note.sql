-- SPDX-License-Identifier: PostgreSQL
-- Signed notes (C2SP signed-note): the keys that are trusted, and what can be said here of a note's signature.
-- The database holds public keys only. The managed flavour has no Ed25519; it then says that a signature was not checked.

-- The parts of a verifier key, no row when it is not one.
create function portarium_int.note_key(p_vkey text)
    returns table (name text, key_id bytea, public_key bytea)
    language sql
    immutable
    as $$
    select k.name, pg_catalog.decode(k.id, 'hex'), pg_catalog.substr(k.key, 2)
    from (
        select m[1], m[2], pg_catalog.decode(m[3], 'base64')
        from pg_catalog.regexp_matches(p_vkey, '^([^+[:space:]]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$') m
    ) k (name, id, key)
    where pg_catalog.length(k.key) = 33
        and pg_catalog.get_byte(k.key, 0) = 1
        and k.id = pg_catalog.substr(pg_catalog.encode(
            pg_catalog.sha256(pg_catalog.convert_to(k.name, 'UTF8') || '\x0a'::bytea || k.key), 'hex'), 1, 8)
$$;

-- The signed text of a note, its last line end included.
create function portarium_int.note_text(p_note text)
    returns text
    language sql
    immutable
    as $$ select pg_catalog.split_part(p_note, e'\n\n', 1) || e'\n' $$;

-- The signature that a key made, null when the note has none by its name and id.
create function portarium_int.note_signature(p_note text, p_name text, p_key_id bytea)
    returns bytea
    language sql
    immutable
    as $$
    select pg_catalog.substr(s.bytes, 5)
    from (
        select pg_catalog.decode(m[2], 'base64')
        from pg_catalog.regexp_split_to_table(pg_catalog.split_part(p_note, e'\n\n', 2), e'\n') l
        cross join lateral pg_catalog.regexp_matches(l, '^— ([^+[:space:]]+) ([A-Za-z0-9+/]{91}=)$') m
        where m[1] = p_name
    ) s (bytes)
    where pg_catalog.substr(s.bytes, 1, 4) = p_key_id
    limit 1
$$;

-- signed: by one of these keys. unchecked: it names one of them, and this flavour cannot check. refused: anything else.
create function portarium_int.note_verdict(p_note text, p_vkeys text[])
    returns text
    language sql
    stable
    as $$
    select case
        when not coalesce(pg_catalog.bool_and(v.good is not false), false) then 'refused'
        when pg_catalog.bool_or(v.good) then 'signed'
        else 'unchecked' end
    from (
        select portarium_int.ed25519_verify(k.public_key,
            pg_catalog.convert_to(portarium_int.note_text(p_note), 'UTF8'), s.signature)
        from pg_catalog.unnest(p_vkeys) u (vkey)
        cross join lateral portarium_int.note_key(u.vkey) k
        cross join lateral portarium_int.note_signature(p_note, k.name, k.key_id) s (signature)
        where s.signature is not null
    ) v (good)
$$;

create function portarium_int.trusted_keys()
    returns text[]
    language sql
    stable
    as $$ select array(select k.vkey from notary_key k order by k.trusted_at, k.vkey) $$;

create function portarium.trust_notary_key(vkey text)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
begin
    if not exists (select from portarium_int.note_key(trust_notary_key.vkey)) then
        raise exception using
            errcode = 'UP007',
            message = format('verifier key "%s" is not an Ed25519 key of a signed note', trust_notary_key.vkey),
            hint = 'Give the line that portarium-notary keygen wrote beside the key.';
    end if;
    insert into notary_key (vkey) values (trust_notary_key.vkey) on conflict do nothing;
    if found and exists (select from notary_key k where k.vkey <> trust_notary_key.vkey) then
        perform portarium_int.tell_tenants(array(select t.tenant_id from tenant t), 'evidence.key_trusted', session_user,
            portarium.canonical_entry(jsonb_build_object('vkey', trust_notary_key.vkey)::text));
    end if;
end
$$;
comment on function portarium.trust_notary_key(text) is
    'Trusts the signatures of this verifier key ("name+id+base64", C2SP signed-note) on checkpoints. A key beside others is an entry "evidence.key_trusted" of every tenant. Idempotent. Errors: UP007';
