-- SPDX-License-Identifier: PostgreSQL
-- Setting quotas (51_quota.sql): by a tenant for itself, by the operator for a tenant or for all tenants together. A quota is in force for
-- every claim that begins after its commit. What claims under way at that moment have leased is counted within a second.

-- The bounds of a quota, or the refusal of what is none.
create function portarium_int.check_quota(p_quota portarium_int.quota_ref)
    returns void
    language plpgsql
    immutable
    as $$
declare
    v_wrong text := case
        when p_quota.max_running < 0 then 'max_running is negative'
        when p_quota.per_minute not between 1 and 1000000 then 'per_minute is not between 1 and 1000000'
        when coalesce(p_quota.burst, 0) not between 1 and 1000 then 'burst is not between 1 and 1000'
        when p_quota.per_day < 1 then 'per_day is not positive'
        when coalesce(p_quota.reset_hour, -1) not between 0 and 23 then 'reset_hour is not between 0 and 23'
        when coalesce(p_quota.weight, 0) not between 1 and 100 then 'weight is not between 1 and 100' end;
begin
    if v_wrong is not null then
        raise exception using errcode = 'UP007', message = v_wrong;
    end if;
end
$$;

-- Jobs of a tenant that were claimed when no quota counted them. Where its runs are.
create function portarium_int.count_leases(p_tenant uuid)
    returns void
    language plpgsql
    as $$
begin
    update lease l set queue = portarium_int.adapter_of(s.resource)
    from run r
    join definition_state s on s.tenant_id = r.tenant_id and s.def_id = r.def_id and s.name = r.cur
    where l.tenant_id = p_tenant and l.queue is null and r.tenant_id = l.tenant_id and r.run_id = l.run_id;
end
$$;

-- The same for all that quotas count which are a minute old at most: claims that did not see them have ended by then.
create function portarium_int.count_recent()
    returns void
    language plpgsql
    as $$
declare
    v_tenant uuid;
    v_entered boolean;
begin
    for v_tenant in
        select distinct l.tenant_id from lease l
        where l.queue is null and exists (
            select from quota q
            where q.tenant_id in (l.tenant_id, portarium_int.nobody()) and q.updated_at > pg_catalog.clock_timestamp() - interval '1 min')
    loop
        v_entered := portarium_int.enter(v_tenant);
        perform portarium_int.count_leases(v_tenant);
        perform portarium_int.leave(v_entered);
    end loop;
end
$$;

-- Writes a quota down, or takes it away when it limits nothing; true: it is there.
create function portarium_int.put_quota(p_quota portarium_int.quota_ref, p_actor text)
    returns boolean
    language plpgsql
    as $$
declare
    v_there boolean := coalesce(p_quota.max_running, p_quota.per_minute, p_quota.per_day) is not null or p_quota.weight > 1;
begin
    perform portarium_int.check_quota(p_quota);
    if v_there then
        insert into quota as q (tenant_id, scope, name, max_running, per_minute, burst, per_day, reset_hour, weight, updated_by, updated_at)
        select (p_quota).*, p_actor, pg_catalog.clock_timestamp()
        on conflict (tenant_id, scope, name) do update
        set max_running = excluded.max_running, per_minute = excluded.per_minute, burst = excluded.burst, per_day = excluded.per_day,
            reset_hour = excluded.reset_hour, weight = excluded.weight, updated_by = excluded.updated_by, updated_at = excluded.updated_at;
    else
        delete from quota q where q.tenant_id = p_quota.tenant_id and q.scope = p_quota.scope and q.name = p_quota.name;
        delete from quota_use u where u.tenant_id = p_quota.tenant_id and u.scope = p_quota.scope and u.name = p_quota.name;
    end if;
    if p_quota.scope = 'key' then
        perform portarium_int.unpark_key(p_quota.tenant_id, p_quota.name, null, 2147483647);
    end if;
    perform portarium_int.wake();
    return v_there;
end
$$;

-- What an entry says of a quota.
create function portarium_int.quota_canon(p_quota portarium_int.quota_ref)
    returns bytea
    language sql
    immutable
    as $$
    select portarium_int.canonical(pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object('scope', p_quota.scope, 'adapter', nullif(p_quota.name, ''),
        'max_running', p_quota.max_running, 'per_minute', p_quota.per_minute, 'burst', p_quota.burst, 'per_day', p_quota.per_day,
        'reset_hour', p_quota.reset_hour, 'weight', p_quota.weight)))
$$;

create function portarium.set_quota(
    scope text,
    name text default '',
    max_running int default null,
    per_minute int default null,
    burst int default 1,
    per_day int default null,
    reset_hour int default 0)
    returns boolean
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_actor text := portarium_int.require_role('admin');
    v_quota portarium_int.quota_ref := row (v_tenant, set_quota.scope, set_quota.name, set_quota.max_running, set_quota.per_minute,
        set_quota.burst, set_quota.per_day, set_quota.reset_hour, 1)::portarium_int.quota_ref;
    v_there boolean;
begin
    if coalesce(set_quota.scope, '') not in ('tenant', 'adapter', 'key') then
        raise exception using errcode = 'UP007', message = format('scope "%s" is not tenant, adapter or key', set_quota.scope);
    elsif (set_quota.scope = 'tenant') <> (coalesce(set_quota.name, '') = '') then
        raise exception using errcode = 'UP007', message = 'a quota of adapters or their keys needs the adapter''s name, one of the tenant none';
    elsif set_quota.scope <> 'tenant' and not exists (select from adapter a where a.tenant_id = v_tenant and a.name = set_quota.name) then
        raise exception using errcode = 'UP006', message = format('adapter "%s" is not registered', set_quota.name);
    end if;
    v_quota.name := coalesce(set_quota.name, '');
    v_there := portarium_int.put_quota(v_quota, v_actor);
    perform portarium_int.count_leases(v_tenant);
    perform portarium_int.append(v_tenant, portarium_int.uuid7(), 1, 'quota.set', v_actor, portarium_int.quota_canon(v_quota), portarium_int.salt());
    return v_there;
end
$$;
comment on function portarium.set_quota(text, text, int, int, int, int, int) is
    'Limits the tenant''s jobs: of all adapters (scope tenant), of the adapter name (adapter), or of each key of its jobs by itself (key; docs/dispatch.md says where keys come from). max_running: at once; per_minute: evenly, burst of them together; per_day: from reset_hour UTC on. Without any of them the quota is taken away, and the answer is false. Jobs without room wait, explain_run says for what. Errors: UP006, UP007, UP201, UP205';

create function portarium.set_share(
    tenant_id uuid,
    weight int default 1,
    max_running int default null,
    per_minute int default null,
    burst int default 1,
    per_day int default null,
    reset_hour int default 0)
    returns boolean
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_quota portarium_int.quota_ref := row (set_share.tenant_id, 'share', '', set_share.max_running, set_share.per_minute,
        set_share.burst, set_share.per_day, set_share.reset_hour, set_share.weight)::portarium_int.quota_ref;
    v_there boolean;
    v_told bigint;
begin
    if not exists (select from tenant t where t.tenant_id = set_share.tenant_id) then
        raise exception using errcode = 'UP404', message = format('tenant "%s" does not exist', set_share.tenant_id);
    end if;
    v_there := portarium_int.put_quota(v_quota, session_user);
    perform portarium_int.count_recent();
    v_told := portarium_int.tell_tenants(array[set_share.tenant_id], 'quota.set', session_user, portarium_int.quota_canon(v_quota));
    return v_there;
end
$$;
comment on function portarium.set_share(uuid, int, int, int, int, int, int) is
    'The operator''s share for one tenant, beside what it has set itself: weight 1 to 100, so many times as much as a tenant of weight 1 gets where executors are short; the others as in set_quota. An entry quota.set of the tenant. For members of portarium_admin. Errors: UP007, UP404';

create function portarium.set_queue_quota(
    adapter text,
    max_running int default null,
    per_minute int default null,
    burst int default 1,
    per_day int default null,
    reset_hour int default 0)
    returns boolean
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_quota portarium_int.quota_ref := row (portarium_int.nobody(), 'queue', set_queue_quota.adapter, set_queue_quota.max_running,
        set_queue_quota.per_minute, set_queue_quota.burst, set_queue_quota.per_day, set_queue_quota.reset_hour, 1)::portarium_int.quota_ref;
    v_there boolean;
    v_told bigint;
begin
    if coalesce(set_queue_quota.adapter, '') !~ '^[a-z][a-z0-9_-]{0,62}$' then
        raise exception using errcode = 'UP007', message = format('adapter name "%s" is not a name', set_queue_quota.adapter);
    end if;
    v_there := portarium_int.put_quota(v_quota, session_user);
    perform portarium_int.count_recent();
    v_told := portarium_int.tell_tenants(array(select t.tenant_id from tenant t), 'quota.set', session_user, portarium_int.quota_canon(v_quota));
    return v_there;
end
$$;
comment on function portarium.set_queue_quota(text, int, int, int, int, int) is
    'Limits what all tenants together ask of the adapters of one name, as set_quota does for one tenant. An entry quota.set of every tenant. For members of portarium_admin. Errors: UP007';

-- Of the quota over all tenants a tenant learns that there is no room, and until when, never how much others use of it.
create function portarium_int.queue_room(p_adapter text)
    returns portarium_int.room
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_quota portarium_int.quota_ref;
begin
    select q.tenant_id, q.scope, q.name, q.max_running, q.per_minute, q.burst, q.per_day, q.reset_hour, q.weight into v_quota
    from quota q where q.tenant_id = portarium_int.nobody() and q.scope = 'queue' and q.name = p_adapter;
    return portarium_int.room_of(v_quota, '', 0);
end
$$;
