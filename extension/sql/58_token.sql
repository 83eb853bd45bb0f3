-- SPDX-License-Identifier: PostgreSQL
-- Task tokens: proof that somebody was asked by one attempt of one visit of one state. Nothing is stored for a token: it is the run, the
-- visit and the attempt with a MAC under a key of the tenant, so that the document can be given it before the run's row says so, and
-- every evaluation of the same attempt sees the same token.
--
-- base64url of: run (16 bytes), visit (4), attempt (4), the first 16 bytes of SHA-256(key || tenant || the 24 bytes before). The
-- message has one length and half of the hash is withheld, so that no HMAC is needed.

create function portarium_int.token_mac(p_tenant uuid, p_claim bytea)
    returns bytea
    language plpgsql
    stable
    as $$
begin
    return (select pg_catalog.substr(pg_catalog.sha256(t.token_key || pg_catalog.uuid_send(p_tenant) || p_claim), 1, 16)
        from tenant t where t.tenant_id = p_tenant);
end
$$;

create function portarium_int.token_of(p_tenant uuid, p_run uuid, p_visit int, p_attempt int)
    returns text
    language plpgsql
    stable
    as $$
declare
    v_claim bytea := pg_catalog.uuid_send(p_run) || pg_catalog.int4send(p_visit) || pg_catalog.int4send(p_attempt);
begin
    return portarium_int.to_base64url(v_claim || portarium_int.token_mac(p_tenant, v_claim));
end
$$;

create function portarium_int.read_token(p_tenant uuid, p_token text, out run_id uuid, out visit int, out attempt int)
    language plpgsql
    stable
    as $$
declare
    v_bytes bytea;
begin
    if p_token operator(pg_catalog.~) '^[A-Za-z0-9_-]{54}$' then
        v_bytes := portarium_int.from_base64url(p_token);
    end if;
    if v_bytes is null or pg_catalog.substr(v_bytes, 25) <> portarium_int.token_mac(p_tenant, pg_catalog.substr(v_bytes, 1, 24)) then
        raise exception using
            errcode = 'UP401',
            message = 'task token belongs to no run',
            hint = 'Send the token as the context object gave it, in the context of its tenant.';
    end if;
    run_id := pg_catalog.encode(pg_catalog.substr(v_bytes, 1, 16), 'hex')::uuid;
    visit := ('x' || pg_catalog.encode(pg_catalog.substr(v_bytes, 17, 4), 'hex'))::bit(32)::int;
    attempt := ('x' || pg_catalog.encode(pg_catalog.substr(v_bytes, 21, 4), 'hex'))::bit(32)::int;
end
$$;

create function portarium_int.refuse_token()
    returns void
    language plpgsql
    immutable
    as $$
begin
    raise exception using
        errcode = 'UP301',
        message = 'task token is stale',
        detail = 'The state that it was made for has ended or is in another attempt; nothing was changed.';
end
$$;
