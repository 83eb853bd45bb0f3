-- SPDX-License-Identifier: PostgreSQL
-- Deciding an approval. Who asked does not decide, nobody counts twice, the first refusal closes it; the decision, what the run
-- does because of it and the entry that says both are one commit.
--
-- Lock order: the run, then its approval; the clock's expiry takes them in the same order.

-- The approval, locked behind its run, or the refusal to decide it.
create function portarium_int.open_approval(p_tenant uuid, p_approval uuid, out run portarium_int.run_fact, out required int, out kind text)
    language plpgsql
    as $$
declare
    v_row approval%rowtype;
begin
    select a.* into v_row from approval a where a.tenant_id = p_tenant and a.approval_id = p_approval;
    if not found then
        raise exception using errcode = 'UP403', message = pg_catalog.format('approval "%s" does not exist', p_approval);
    end if;
    run := portarium_int.lock_run(p_tenant, v_row.run_id);
    select a.* into v_row from approval a where a.tenant_id = p_tenant and a.approval_id = p_approval for no key update;
    required := v_row.required;
    kind := v_row.kind;
    if v_row.status = 'EXPIRED' or (v_row.status = 'PENDING' and v_row.due_at <= pg_catalog.clock_timestamp()) then
        raise exception using errcode = 'UP104', message = pg_catalog.format('approval "%s" is past its deadline', p_approval);
    elsif v_row.status <> 'PENDING' then
        raise exception using errcode = 'UP102', message = pg_catalog.format('approval "%s" is %s', p_approval, pg_catalog.lower(v_row.status));
    elsif v_row.requested_by = portarium.actor() then
        raise exception using
            errcode = 'UP206',
            message = pg_catalog.format('actor "%s" requested this and may not decide it', portarium.actor());
    end if;
    perform portarium_int.require_role(variadic v_row.roles);
end
$$;

create function portarium_int.record_decision(p_tenant uuid, p_approval uuid, p_decision text, p_rationale text)
    returns void
    language plpgsql
    as $$
begin
    insert into decision (tenant_id, approval_id, actor, decision, rationale, decided_at)
    values (p_tenant, p_approval, portarium.actor(), p_decision, p_rationale, pg_catalog.clock_timestamp())
    on conflict do nothing;
    if not found then
        raise exception using errcode = 'UP102', message = pg_catalog.format('actor "%s" has decided this approval', portarium.actor());
    end if;
end
$$;

-- What an approved gate means to its run: the result of an approval state, or leave to do the action.
create function portarium_int.plan_approved(p_run portarium_int.run_fact, p_occasion portarium_int.occasion, p_kind text)
    returns portarium_int.move
    language plpgsql
    as $$
begin
    if p_kind = 'policy' then
        p_occasion.approved := true;
        return portarium_int.plan_again(p_run, p_occasion);
    end if;
    p_occasion.outcome := pg_catalog.jsonb_build_object('approval_id', p_occasion.approval, 'decision', 'approved', 'decisions', (
        select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('actor', d.actor, 'at', portarium_int.iso_ms(d.decided_at)) order by d.decided_at)
        from decision d where d.tenant_id = p_run.tenant_id and d.approval_id = p_occasion.approval));
    return portarium_int.plan_result(p_run, p_occasion);
end
$$;

create function portarium.decide(approval_id uuid, decision text, rationale text default null)
    returns text
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    set plan_cache_mode = force_generic_plan
    set enable_seqscan = off
    set enable_hashjoin = off
    set enable_mergejoin = off
    set join_collapse_limit = 1
    set jit = off
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_open record;
    v_occasion portarium_int.occasion;
    v_move portarium_int.move;
    v_status text := 'PENDING';
begin
    if decide.decision is null or decide.decision not in ('approve', 'deny') then
        raise exception using errcode = 'UP007', message = format('decision "%s" is neither approve nor deny', decide.decision);
    end if;
    select o.* into v_open from portarium_int.open_approval(v_tenant, decide.approval_id) o;
    perform portarium_int.record_decision(v_tenant, decide.approval_id, decide.decision, decide.rationale);
    v_occasion.kind := 'approval.decided';
    v_occasion.actor := portarium.actor();
    v_occasion.approval := decide.approval_id;
    v_occasion.decision := decide.decision;
    if decide.decision = 'deny' then
        v_status := 'DENIED';
        v_occasion.error := 'Approval.Denied';
        v_move := portarium_int.plan_error(v_open.run, v_occasion, coalesce(decide.rationale, ''));
    elsif (select count(*) from decision d where d.tenant_id = v_tenant and d.approval_id = decide.approval_id) < v_open.required then
        v_move := portarium_int.plan_aside(v_open.run, v_occasion, 'vote', null);
    else
        v_status := 'APPROVED';
        v_move := portarium_int.plan_approved(v_open.run, v_occasion, v_open.kind);
    end if;
    perform portarium_int.apply(array[v_move]);
    if v_status <> 'PENDING' then
        perform portarium_int.settle_approval(v_tenant, decide.approval_id, v_status);
    end if;
    return v_status;
end
$$;
comment on function portarium.decide(uuid, text, text) is
    'Records the decision of the context''s actor, approve or deny, and returns the approval''s status: PENDING while more approvals are required, APPROVED or DENIED; the run goes on in the same commit. Errors: UP007, UP102 decided already, UP104 past the deadline, UP201, UP205 role missing, UP206 the requester may not decide, UP403';

