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
        -- a gate that nobody may open would be a denial by accident
        constraint policy_has_roles check (pg_catalog.cardinality(roles) > 0),
        constraint policy_effect_is_known check (effect in ('allow', 'approve', 'deny')),
        constraint policy_required_is_small check (required between 1 and 16)
    );
end
$$;

create function portarium_int.tier_effect(p_tier text)
    returns text
    language sql
    immutable
    parallel safe
    as $$
    select case p_tier when 'Auto' then 'allow' when 'Assisted' then 'allow' when 'HumanApprove' then 'approve' else 'deny' end
$$;

create function portarium_int.effect_rank(p_effect text)
    returns int
    language sql
    immutable
    parallel safe
    as $$ select case p_effect when 'allow' then 1 when 'approve' then 2 else 3 end $$;

-- 16 bytes of the hash over every word that was weighed, in order.
create function portarium_int.verdict_digest(p_words text)
    returns text
    language sql
    stable
    parallel safe
    as $$
    select pg_catalog.rtrim(pg_catalog.translate(pg_catalog.encode(pg_catalog.substr(
        pg_catalog.sha256(pg_catalog.convert_to(p_words, 'UTF8')), 1, 16), 'base64'), '+/', '-_'), '=')
$$;

-- What the tiers of the operation and of the workflow version say, the stricter one; a missing one denies.
create function portarium_int.judge_tiers(p_operation text, p_workflow text)
    returns portarium_int.verdict
    language plpgsql
    immutable
    as $$
declare
    v_verdict portarium_int.verdict;
begin
    v_verdict.effect := portarium_int.tier_effect(p_operation);
    v_verdict.reason := coalesce('execution tier ' || p_operation, 'the adapter or the operation is not registered or is disabled');
    if portarium_int.effect_rank(portarium_int.tier_effect(p_workflow)) > portarium_int.effect_rank(v_verdict.effect) then
        v_verdict.effect := portarium_int.tier_effect(p_workflow);
        v_verdict.reason := 'execution tier ' || p_workflow || ' of the workflow';
    end if;
    v_verdict.required := 1;
    v_verdict.roles := '{approver}';
    v_verdict.digest := 'operation=' || coalesce(p_operation, '') || E'\nworkflow=' || p_workflow;
    return v_verdict;
end
$$;

-- The verdict over one action of one workflow version, as the policies stand in this transaction. Of the policies that ask for
-- people, the one that asks for the most is followed.
create function portarium_int.judge(p_tenant uuid, p_tier text, p_adapter text, p_operation text)
    returns portarium_int.verdict
    language plpgsql
    stable
    as $$
declare
    v_operation text;
    v_verdict portarium_int.verdict;
    v_policy record;
begin
    select case when a.operations ? p_operation then coalesce(a.operations -> p_operation ->> 'tier', 'Auto') end into v_operation
    from adapter a where a.tenant_id = p_tenant and a.name = p_adapter and a.enabled;
    v_verdict := portarium_int.judge_tiers(v_operation, p_tier);
    for v_policy in
        select p.name, p.version, p.effect, p.required, p.roles, p.reason
        from policy p
        where p.tenant_id = p_tenant and p.active and p.adapter in (p_adapter, '*') and p.operation in (p_operation, '*')
        order by p.required, p.name
    loop
        v_verdict.digest := v_verdict.digest || E'\n' || v_policy.name || '@' || v_policy.version || '=' || v_policy.effect;
        if portarium_int.effect_rank(v_policy.effect) >= portarium_int.effect_rank(v_verdict.effect) then
            v_verdict.effect := v_policy.effect;
            v_verdict.reason := v_policy.reason;
            v_verdict.required := v_policy.required;
            v_verdict.roles := v_policy.roles;
        end if;
    end loop;
    v_verdict.digest := portarium_int.verdict_digest(v_verdict.digest);
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
    elsif coalesce(cardinality(set_policy.roles), 0) = 0 then
        raise exception using errcode = 'UP007', message = 'a policy needs a role that may decide';
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
