-- SPDX-License-Identifier: PostgreSQL
-- Putting policies into force and out of it. Each change plans the starts of the tenant's workflows anew.

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
    perform portarium_int.plan_all_ahead(v_tenant);
    perform portarium_int.append(v_tenant, portarium_int.uuid7(), 1, 'policy.set', portarium.actor(),
        portarium_int.canonical(jsonb_build_object('policy', set_policy.name, 'version', v_version, 'effect', set_policy.effect,
            'adapter', set_policy.adapter, 'operation', set_policy.operation, 'required', set_policy.required, 'roles', to_jsonb(set_policy.roles))),
        portarium_int.salt());
    return v_version;
end
$$;
comment on function portarium.set_policy(text, text, text, text, int, text[], text) is
    'Puts a new version of a policy into force and returns it. It speaks about the actions of one adapter and operation, * for any. effect: allow, approve (required people with one of roles must agree first), deny, none (out of force). Deny overrides approve, approve overrides allow. Errors: UP007, UP201, UP205';
