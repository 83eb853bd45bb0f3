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
    v_queue text;
    v_key_path text;
    v_verdict portarium_int.verdict;
    v_policy record;
begin
    if p_adapter = 'portarium:sql' then
        select s.tier into v_operation from sql_step s where s.tenant_id = p_tenant and s.name = p_operation;
    else
        select case when a.operations ? p_operation then coalesce(a.operations -> p_operation ->> 'tier', 'Auto') end,
            portarium_int.queue_name(a.tenant_id, a.kind, a.name, a.operations -> p_operation), a.operations -> p_operation ->> 'limit_key'
        into v_operation, v_queue, v_key_path
        from adapter a where a.tenant_id = p_tenant and a.name = p_adapter and a.enabled;
    end if;
    v_verdict := portarium_int.judge_tiers(v_operation, p_tier);
    v_verdict.queue := v_queue;
    v_verdict.key_path := v_key_path;
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
