-- SPDX-License-Identifier: PostgreSQL
-- Where an adapter's connections may go. Nothing is allowed that was not allowed by name; the egress proxy asks for each host as the
-- client has written it. Which addresses a host may have is the proxy's part: a tenant cannot open the operator's networks.

create function portarium_int.stamp_egress()
    returns void
    language plpgsql
    as $$
begin
    create table egress_rule (
        tenant_id uuid not null,
        adapter text not null,
        host text not null,         -- lower case; a first label of * stands for one or more labels
        port int not null,
        allowed_by text not null,
        allowed_at timestamptz not null,
        primary key (tenant_id, adapter, host, port),
        constraint egress_rule_port_is_one check (port between 1 and 65535)
    );
end
$$;

create function portarium_int.stamp_egress_views()
    returns void
    language plpgsql
    as $$
begin
    create view egress_rules as
    select e.tenant_id, e.adapter, e.host, e.port, e.allowed_by, e.allowed_at from egress_rule e;
    comment on view egress_rules is 'The hosts that each adapter may reach through the egress proxy, with who allowed them and when';
end
$$;

-- A host in the form in which it is compared.
create function portarium_int.check_egress_host(p_host text)
    returns text
    language plpgsql
    immutable
    as $$
begin
    if coalesce(p_host, '') !~ '^(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*$|^[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*$'
        or pg_catalog.length(p_host) > 253 or p_host ~ '^\*\.[^.]*$' then
        raise exception using
            errcode = 'UP007',
            message = pg_catalog.format('host "%s" is not one', p_host),
            hint = 'Give a host name (international ones in their xn-- form), an address, or *. and a name of at least two labels.';
    end if;
    return pg_catalog.lower(p_host);
end
$$;

create function portarium_int.note_egress(p_tenant uuid, p_kind text, p_actor text, p_adapter text, p_host text, p_port int)
    returns void
    language plpgsql
    as $$
begin
    perform portarium_int.append(p_tenant, portarium_int.uuid7(), 1, p_kind, p_actor, portarium_int.canonical(
        pg_catalog.jsonb_build_object('adapter', p_adapter, 'host', p_host, 'port', p_port)), portarium_int.salt());
    perform portarium_int.wake();
end
$$;

create function portarium.allow_egress(adapter text, host text, port int default 443)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_actor text := portarium_int.require_role('admin');
    v_host text := portarium_int.check_egress_host(allow_egress.host);
begin
    if coalesce(allow_egress.port, 0) not between 1 and 65535 then
        raise exception using errcode = 'UP007', message = format('port "%s" is not between 1 and 65535', allow_egress.port);
    elsif not exists (select from adapter a where a.tenant_id = v_tenant and a.name = allow_egress.adapter) then
        raise exception using errcode = 'UP006', message = format('adapter "%s" is not registered', allow_egress.adapter);
    end if;
    insert into egress_rule as e (tenant_id, adapter, host, port, allowed_by, allowed_at)
    values (v_tenant, allow_egress.adapter, v_host, allow_egress.port, v_actor, clock_timestamp())
    on conflict on constraint egress_rule_pkey do nothing;
    if found then
        perform portarium_int.note_egress(v_tenant, 'egress.allowed', v_actor, allow_egress.adapter, v_host, allow_egress.port);
    end if;
end
$$;
comment on function portarium.allow_egress(text, text, int) is
    'Lets an adapter of the tenant reach a host through the egress proxy. host: a name, an address, or *. and a name for all that ends with it. Takes effect within seconds. Errors: UP006, UP007, UP201, UP205';

create function portarium.revoke_egress(adapter text, host text, port int default 443)
    returns boolean
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_actor text := portarium_int.require_role('admin');
    v_host text := portarium_int.check_egress_host(revoke_egress.host);
begin
    delete from egress_rule e
    where e.tenant_id = v_tenant and e.adapter = revoke_egress.adapter and e.host = v_host and e.port = revoke_egress.port;
    if not found then
        return false;
    end if;
    perform portarium_int.note_egress(v_tenant, 'egress.revoked', v_actor, revoke_egress.adapter, v_host, revoke_egress.port);
    return true;
end
$$;
comment on function portarium.revoke_egress(text, text, int) is
    'Takes a host from an adapter''s list; false when it was not there. New connections are refused within seconds, open ones go on. Errors: UP007, UP201, UP205';

create function portarium.egress_allowed(tenant_id uuid, adapter text, host text, port int)
    returns boolean
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_entered boolean := portarium_int.enter(egress_allowed.tenant_id);
begin
    return exists (
        select from egress_rule e
        join adapter a on a.tenant_id = e.tenant_id and a.name = e.adapter
        where e.tenant_id = egress_allowed.tenant_id and e.adapter = egress_allowed.adapter and e.port = egress_allowed.port and (a.enabled or a.trial)
            and (e.host = egress_allowed.host or e.host ^@ '*.' and right(egress_allowed.host, length(e.host) - 1) = substr(e.host, 2)));
end
$$;
comment on function portarium.egress_allowed(uuid, text, text, int) is
    'Whether an adapter may reach a host, in lower case as it was written, at a port: for the egress proxy. False for an adapter that is disabled or not there';
