-- SPDX-License-Identifier: PostgreSQL
-- Keeping keys and bindings, and making tokens for tests and tools (the sidecar makes its own, from its key file).

create function portarium_int.require_context_key(p_kid text, p_key bytea)
    returns void
    language plpgsql
    immutable
    parallel safe
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if p_kid is null or p_kid !~ '^[a-z0-9_-]{1,32}$' then
        raise exception using
            errcode = 'UP007',
            message = format('key id "%s" is not a name', p_kid),
            hint = 'Use lower-case letters, digits, hyphen and underscore, 32 at most.';
    elsif length(p_key) is distinct from 32 then
        raise exception using
            errcode = 'UP007',
            message = 'context key is not 32 bytes long';
    end if;
end
$$;

create function portarium.add_context_key(kid text, key bytea)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    -- RFC 2104: ipad is 0x36, opad is 0x5c
    v_inner bytea := portarium_int.hmac_block(add_context_key.key, 54);
    v_outer bytea := portarium_int.hmac_block(add_context_key.key, 92);
begin
    perform portarium_int.require_context_key(add_context_key.kid, add_context_key.key);
    insert into context_key (kid, inner_block, outer_block)
    values (add_context_key.kid, v_inner, v_outer)
    on conflict do nothing;
    if not exists (
        select from context_key k
        where k.kid = add_context_key.kid and k.inner_block = v_inner)
    then
        raise exception using
            errcode = 'UP106',
            message = format('context key "%s" exists with another value', add_context_key.kid);
    end if;
end
$$;
comment on function portarium.add_context_key(text, bytea) is
    'Accepts context tokens made with this key (32 bytes) from now on; the same key again changes nothing. Only what HMAC needs of it is stored. Errors: UP007 kid or key, UP106 kid taken by another key';

create function portarium.retire_context_key(kid text)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
begin
    delete from context_key k where k.kid = retire_context_key.kid;
    if not found then
        raise exception using
            errcode = 'UP007',
            message = format('context key "%s" does not exist', retire_context_key.kid);
    end if;
end
$$;
comment on function portarium.retire_context_key(text) is
    'Refuses context tokens made with this key from the next transaction on. Errors: UP007 no such key';

create function portarium.bind_login(
    login name,
    tenant uuid,
    actor text,
    roles text[])
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
begin
    if not exists (select from pg_roles r where r.rolname = bind_login.login) then
        raise exception using
            errcode = 'UP007',
            message = format('login "%s" is not a database role', bind_login.login);
    elsif bind_login.actor is null or bind_login.actor = '' or bind_login.roles is null then
        raise exception using
            errcode = 'UP007',
            message = 'binding needs an actor and a list of roles';
    elsif portarium_int.tenant_epoch(bind_login.tenant) is null then
        raise exception using
            errcode = 'UP404',
            message = format('tenant "%s" does not exist', bind_login.tenant);
    end if;
    insert into login_binding (login, tenant_id, actor, roles)
    values (bind_login.login, bind_login.tenant, bind_login.actor, bind_login.roles)
    on conflict on constraint login_binding_pkey do update
    set tenant_id = excluded.tenant_id, actor = excluded.actor, roles = excluded.roles, bound_at = now();
end
$$;
comment on function portarium.bind_login(name, uuid, text, text[]) is
    'Gives a database login a tenant, an actor and roles for every transaction in which it sets no token. Binding again replaces. Errors: UP007 no such login, no actor or roles, UP404 no such tenant';

create function portarium.unbind_login(login name)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
begin
    delete from login_binding b where b.login = unbind_login.login;
    if not found then
        raise exception using
            errcode = 'UP007',
            message = format('login "%s" is not bound', unbind_login.login);
    end if;
end
$$;
comment on function portarium.unbind_login(name) is 'Takes back what bind_login gave. Errors: UP007 the login is not bound';

-- What the MAC is over, for all the fields as they are; checks nothing.
create function portarium_int.token_message(
    p_kid text,
    p_tenant uuid,
    p_database text,
    p_login text,
    p_actor text,
    p_roles text[],
    p_scope text,
    p_expires bigint,
    p_epoch int,
    p_nonce bytea)
    returns text
    language sql
    immutable
    parallel safe
    as $$
    select pg_catalog.concat_ws('.', 'v1', p_kid,
        pg_catalog.encode(pg_catalog.uuid_send(p_tenant), 'hex'),
        portarium_int.to_base64url(pg_catalog.convert_to(p_database, 'UTF8')),
        portarium_int.to_base64url(pg_catalog.convert_to(p_login, 'UTF8')),
        portarium_int.to_base64url(pg_catalog.convert_to(p_actor, 'UTF8')),
        portarium_int.to_base64url(pg_catalog.convert_to(pg_catalog.array_to_string(p_roles, ','), 'UTF8')),
        portarium_int.to_base64url(pg_catalog.convert_to(p_scope, 'UTF8')),
        p_expires, p_epoch, pg_catalog.encode(p_nonce, 'hex'))
$$;

create function portarium.context_token(
    tenant uuid,
    actor text,
    roles text[],
    key_id text,
    key bytea,
    ttl interval default '5 min',
    login name default session_user)
    returns text
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_epoch int := portarium_int.tenant_epoch(context_token.tenant);
    v_message text;
begin
    perform portarium_int.require_context_key(context_token.key_id, context_token.key);
    if v_epoch is null then
        raise exception using
            errcode = 'UP404',
            message = format('tenant "%s" does not exist', context_token.tenant);
    elsif coalesce(context_token.actor, '') = '' or coalesce(context_token.login, '') = '' or context_token.ttl is null then
        raise exception using
            errcode = 'UP007',
            message = 'context token needs an actor, a login and a time to live';
    end if;
    v_message := portarium_int.token_message(context_token.key_id, context_token.tenant, current_database(), context_token.login,
        context_token.actor, coalesce(context_token.roles, '{}'), '',
        extract(epoch from clock_timestamp() + context_token.ttl)::bigint, v_epoch, substr(portarium_int.salt(), 1, 8));
    return v_message || '.' || portarium_int.to_base64url(portarium_int.hmac(
        portarium_int.hmac_block(context_token.key, 54), portarium_int.hmac_block(context_token.key, 92),
        convert_to(v_message, 'UTF8')));
end
$$;
comment on function portarium.context_token(uuid, text, text[], text, bytea, interval, name) is
    'A context token for this database, made with a key that the caller holds: for tests and tools. Set it with SET LOCAL portarium.ctx. Errors: UP007 key, actor, login or time missing, UP404 no such tenant';
