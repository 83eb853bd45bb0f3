-- SPDX-License-Identifier: PostgreSQL
-- Policy: data, judged by one function, inside the transition's transaction, on facts that the database knows.
-- The strictest word wins: the operation's tier, the workflow's tier, and every active policy that matches. Deny overrides
-- approve, approve overrides allow. What cannot be judged is denied.

create function portarium_int.stamp_policy()
    returns void
    language plpgsql
    as $$
begin
    create table policy (
        tenant_id uuid not null,
        name text not null,
        version int not null,
        active boolean not null,
        adapter text not null,          -- a name, or * for any
        operation text not null,        -- a name, or * for any
        effect text not null,
        required int not null,          -- approve: how many people
        roles text[] not null,          -- approve: who may decide
        reason text not null,
        created_by text not null,
        created_at timestamptz not null default pg_catalog.now(),
        primary key (tenant_id, name, version),
        constraint policy_effect_is_known check (effect in ('allow', 'approve', 'deny')),
        constraint policy_required_is_small check (required between 1 and 16)
    );
end
$$;

create type portarium_int.verdict as (
    effect text,            -- allow | approve | deny
    required int,
    roles text[],
    digest text,            -- of every word that was weighed: base64url of 16 bytes
    reason text
);

create function portarium_int.tier_effect(p_tier text)
    returns text
    language sql
    immutable
    parallel safe
    as $$
    select case p_tier when 'Auto' then 'allow' when 'Assisted' then 'allow' when 'HumanApprove' then 'approve' else 'deny' end
$$;

-- The verdict over one action of one workflow version, as the policies stand in this transaction.
create function portarium_int.judge(p_tenant uuid, p_def_id int, p_workflow text, p_adapter text, p_operation text)
    returns portarium_int.verdict
    language plpgsql
    stable
    as $$
declare
    v_verdict portarium_int.verdict;
    v_words text;
begin
    select (array['allow', 'approve', 'deny'])[pg_catalog.max(w.rank)],
        coalesce(pg_catalog.max(w.required) filter (where w.rank = 2), 1),
        coalesce((pg_catalog.array_agg(w.roles order by w.required desc) filter (where w.rank = 2 and w.roles <> '{}'))[1], '{approver}'),
        pg_catalog.string_agg(w.word, E'\n' order by w.word collate "C"),
        (pg_catalog.array_agg(w.reason order by w.rank desc))[1]
    into v_verdict.effect, v_verdict.required, v_verdict.roles, v_words, v_verdict.reason
    from (
        select pg_catalog.array_position('{allow,approve,deny}', portarium_int.tier_effect(t.tier)), 1, '{}'::text[], t.source || '=' || t.tier,
            pg_catalog.format('execution tier %s', t.tier)
        from (
            select 'operation', coalesce(a.operations -> p_operation ->> 'tier', case when a.operations ? p_operation then 'Auto' else 'missing' end)
            from adapter a
            where a.tenant_id = p_tenant and a.name = p_adapter and a.enabled
            union all
            select 'workflow', coalesce((select w.tier from workflow w
                where w.tenant_id = p_tenant and w.name = p_workflow and w.def_id = p_def_id order by w.version desc limit 1), 'missing')
        ) t (source, tier)
        union all
        select pg_catalog.array_position('{allow,approve,deny}', p.effect), p.required, p.roles, p.name || '@' || p.version || '=' || p.effect, p.reason
        from policy p
        where p.tenant_id = p_tenant and p.active
            and p.adapter in (p_adapter, '*') and p.operation in (p_operation, '*')
    ) w (rank, required, roles, word, reason);
    if v_words not like '%operation=%' then
        v_verdict.effect := 'deny';
        v_verdict.reason := 'the adapter is not registered or is disabled';
    end if;
    v_verdict.digest := pg_catalog.rtrim(pg_catalog.translate(pg_catalog.encode(pg_catalog.substr(
        pg_catalog.sha256(pg_catalog.convert_to(v_words, 'UTF8')), 1, 16), 'base64'), '+/', '-_'), '=');
    return v_verdict;
end
$$;

create function portarium.set_policy(
    name text,
    effect text,
    adapter text default '*',
    operation text default '*',
    required int default 1,
    roles text[] default '{approver}',
    reason text default 'policy')
    returns int
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_version int;
begin
    perform portarium_int.require_role('admin');
    if coalesce(set_policy.name, '') !~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$' then
        raise exception using errcode = 'UP007', message = format('policy name "%s" is not a name', set_policy.name);
    elsif set_policy.effect is null or set_policy.effect not in ('allow', 'approve', 'deny', 'none') then
        raise exception using errcode = 'UP007', message = format('policy effect "%s" is unknown', set_policy.effect),
            hint = 'Use allow, approve, deny, or none to take the policy out of force.';
    elsif set_policy.required is null or set_policy.required not between 1 and 16 then
        raise exception using errcode = 'UP007', message = 'required approvals are not between 1 and 16';
    end if;
    perform from tenant t where t.tenant_id = v_tenant for no key update;
    update policy p set active = false where p.tenant_id = v_tenant and p.name = set_policy.name and p.active;
    select coalesce(max(p.version), 0) + 1 into v_version from policy p where p.tenant_id = v_tenant and p.name = set_policy.name;
    insert into policy (tenant_id, name, version, active, adapter, operation, effect, required, roles, reason, created_by)
    values (v_tenant, set_policy.name, v_version, set_policy.effect <> 'none', set_policy.adapter, set_policy.operation,
        case set_policy.effect when 'none' then 'allow' else set_policy.effect end,
        set_policy.required, set_policy.roles, set_policy.reason, portarium.actor());
    perform portarium_int.append(v_tenant, portarium_int.uuid7(), 1, 'policy.set', portarium.actor(),
        portarium_int.canonical(jsonb_build_object('policy', set_policy.name, 'version', v_version, 'effect', set_policy.effect,
            'adapter', set_policy.adapter, 'operation', set_policy.operation, 'required', set_policy.required, 'roles', to_jsonb(set_policy.roles))),
        portarium_int.salt());
    return v_version;
end
$$;
comment on function portarium.set_policy(text, text, text, text, int, text[], text) is
    'Puts a new version of a policy into force and returns it. It speaks about the actions of one adapter and operation, * for any. effect: allow, approve (required people with one of roles must agree first), deny, none (out of force). Deny overrides approve, approve overrides allow. Errors: UP007, UP201, UP205';
