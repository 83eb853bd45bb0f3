-- SPDX-License-Identifier: PostgreSQL
-- Who is asking: the tenant, the actor and the actor's roles, for one transaction.
-- Order: a token in portarium.ctx decides, and a bad one is an error; without a token, the binding of the login; else nobody.
-- A token's form is in docs/formats.md. It is checked in this order: form, key and MAC (UP202), database and login (UP204), time
-- (UP203), the tenant's route epoch (UP204). Nothing that comes from it is looked at before its MAC. Errors never show the token.
-- Here each call checks again; the native flavour (context.c) checks once in a transaction, and also refuses what was set outside
-- the transaction: here SET LOCAL has to be relied on for that.

create function portarium_int.stamp_context()
    returns void
    language plpgsql
    as $$
begin
    -- HMAC's two blocks, from which tokens can be checked and made; the key itself stays in the sidecar's file.
    create table context_key (
        kid text collate "C" primary key,
        inner_block bytea not null,
        outer_block bytea not null,
        added_at timestamptz not null default pg_catalog.now(),
        constraint context_key_blocks_are_64_bytes check (
            pg_catalog.length(inner_block) = 64 and pg_catalog.length(outer_block) = 64)
    );
    create table login_binding (
        login name primary key,
        tenant_id uuid not null,
        actor text not null,
        roles text[] not null,
        bound_at timestamptz not null default pg_catalog.now()
    );
end
$$;

create function portarium_int.to_base64url(p_bytes bytea)
    returns text
    language sql
    immutable
    strict
    parallel safe
    as $$
    select pg_catalog.rtrim(pg_catalog.translate(pg_catalog.encode(p_bytes, 'base64'), e'+/\n', '-_'), '=')
$$;

create function portarium_int.from_base64url(p_text text)
    returns bytea
    language sql
    immutable
    strict
    parallel safe
    as $$
    select pg_catalog.decode(
        pg_catalog.translate(p_text, '-_', '+/') || pg_catalog.repeat('=', -pg_catalog.length(p_text) & 3), 'base64')
$$;

-- HMAC's key block: the key, filled up to 64 bytes with zeros, each byte xor p_pad.
create function portarium_int.hmac_block(p_key bytea, p_pad int)
    returns bytea
    language plpgsql
    immutable
    strict
    parallel safe
    set search_path = pg_catalog, pg_temp
    as $$
declare
    v_block bytea := p_key || decode(repeat('00', 64 - length(p_key)), 'hex');
begin
    for v_at in 0 .. 63 loop
        v_block := set_byte(v_block, v_at, get_byte(v_block, v_at) # p_pad);
    end loop;
    return v_block;
end
$$;

-- RFC 2104 with SHA-256.
create function portarium_int.hmac(p_inner_block bytea, p_outer_block bytea, p_message bytea)
    returns bytea
    language sql
    immutable
    strict
    parallel safe
    as $$
    select pg_catalog.sha256(p_outer_block || pg_catalog.sha256(p_inner_block || p_message))
$$;

-- The tenant's route epoch; null when there is no such tenant. Its owner is outside the wall: the wall needs this answer.
create function portarium_int.tenant_epoch(p_tenant uuid)
    returns int
    language plpgsql
    stable
    parallel safe
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
begin
    return (select t.epoch from tenant t where t.tenant_id = p_tenant);
end
$$;

-- v1.kid.tenant.db.login.actor.roles.scope.exp.epoch.nonce.mac; lengths are counted apart, a bounded repeat would cost ten times
-- as much.
create function portarium_int.token_is_formed(p_token text, p_part text[])
    returns boolean
    language sql
    immutable
    parallel safe
    as $$
    select pg_catalog.length(p_token) <= 4096
        and p_token operator(pg_catalog.~) '^v1\.[a-z0-9_-]+\.[0-9a-f]+(\.[A-Za-z0-9_-]+){3}(\.[A-Za-z0-9_-]*){2}(\.(0|[1-9][0-9]*)){2}\.[0-9a-f]+\.[A-Za-z0-9_-]+$'
        and pg_catalog.length(p_part[2]) <= 32 and pg_catalog.length(p_part[3]) = 32
        and pg_catalog.length(p_part[9]) <= 15 and pg_catalog.length(p_part[10]) <= 15
        and pg_catalog.length(p_part[11]) = 16 and pg_catalog.length(p_part[12]) = 43
$$;

-- What is wrong with a token of the right form, as SQLSTATE and words; null when nothing is. p_mac is what its MAC should be.
create function portarium_int.token_refusal(p_part text[], p_mac text)
    returns text[]
    language sql
    stable
    parallel safe
    as $$
    select case
        when p_mac is distinct from p_part[12]
            then array['UP202', 'was not made with a key of this database']
        when portarium_int.from_base64url(p_part[4]) <> pg_catalog.convert_to(pg_catalog.current_database(), 'UTF8')
            then array['UP204', 'was made for another database']
        when portarium_int.from_base64url(p_part[5]) <> pg_catalog.convert_to(session_user, 'UTF8')
            then array['UP204', 'was made for another login']
        when p_part[9]::bigint <= extract(epoch from pg_catalog.statement_timestamp())
            then array['UP203', 'has expired']
        when portarium_int.tenant_epoch(p_part[3]::uuid) is distinct from p_part[10]::bigint
            then array['UP204', 'was made for another route of its tenant']
    end
$$;

-- The verified context, or nulls when there is none. Only a definer may read the tables, so its callers are SECURITY DEFINER; it
-- runs with their search_path.
create function portarium_int.context(
    out tenant uuid,
    out actor text,
    out roles text[])
    language plpgsql
    stable
    parallel safe
    as $$
declare
    v_token text := nullif(pg_catalog.current_setting('portarium.ctx', true), '');
    v_part text[] := pg_catalog.string_to_array(v_token, '.');
    v_refusal text[];
begin
    if v_token is null then
        select b.tenant_id, b.actor, b.roles into tenant, actor, roles from login_binding b where b.login = session_user;
        return;
    end if;
    if not portarium_int.token_is_formed(v_token, v_part) then
        v_refusal := array['UP202', 'is malformed'];
    else
        v_refusal := portarium_int.token_refusal(v_part, (
            select portarium_int.to_base64url(portarium_int.hmac(k.inner_block, k.outer_block,
                pg_catalog.convert_to(pg_catalog.left(v_token, -44), 'UTF8')))
            from context_key k
            where k.kid = v_part[2]));
    end if;
    if v_refusal is not null then
        raise exception using errcode = v_refusal[1], message = 'context token ' || v_refusal[2];
    end if;
    tenant := v_part[3]::uuid;
    actor := pg_catalog.convert_from(portarium_int.from_base64url(v_part[6]), 'UTF8');
    roles := pg_catalog.string_to_array(pg_catalog.convert_from(portarium_int.from_base64url(v_part[7]), 'UTF8'), ',');
end
$$;

create function portarium.tenant_id()
    returns uuid
    language plpgsql
    stable
    parallel safe
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
begin
    return (portarium_int.context()).tenant;
end
$$;
comment on function portarium.tenant_id() is
    'The tenant of this transaction: of the verified token in portarium.ctx, else of the login''s binding, else null. Errors: UP202 invalid token, UP203 expired, UP204 made for another login, database or route';

create function portarium.actor()
    returns text
    language plpgsql
    stable
    parallel safe
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
begin
    return (portarium_int.context()).actor;
end
$$;
comment on function portarium.actor() is 'Who acts in this transaction; null without a context. Errors: as tenant_id()';

create function portarium.roles()
    returns text[]
    language plpgsql
    stable
    parallel safe
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
begin
    return (portarium_int.context()).roles;
end
$$;
comment on function portarium.roles() is 'The actor''s roles in this transaction; null without a context. Errors: as tenant_id()';
