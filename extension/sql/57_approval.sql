-- SPDX-License-Identifier: PostgreSQL
-- Approvals: what waits for people, and what each of them said. An approval is PENDING until it is APPROVED, DENIED, EXPIRED or, when
-- its run ends without it, CLOSED. Requester and required number are facts of the run and the policy, never of the decider.

create function portarium_int.stamp_approval()
    returns void
    language plpgsql
    as $$
begin
    create table approval (
        tenant_id uuid not null,
        approval_id uuid not null,
        run_id uuid not null,
        kind text not null,             -- state: the document asks; policy: a policy or a tier asks, before an action
        state text not null,            -- the ASL state that waits
        visit int not null,             -- the run's visit of it: an approval is good for one visit, retries included
        prompt text,
        required int not null,
        roles text[] not null,
        requested_by text not null,
        requested_at timestamptz not null,
        due_at timestamptz,
        status text not null default 'PENDING',
        decided_at timestamptz,
        primary key (tenant_id, approval_id),
        constraint approval_kind_is_known check (kind in ('state', 'policy')),
        constraint approval_status_is_known check (status in ('PENDING', 'APPROVED', 'DENIED', 'EXPIRED', 'CLOSED')),
        constraint approval_required_is_small check (required between 1 and 16),
        -- decided_at is the moment it stopped to be pending
        constraint approval_decided_when_not_pending check ((status = 'PENDING') = (decided_at is null))
    );
    create index approval_run on approval (tenant_id, run_id);

    create table decision (
        tenant_id uuid not null,
        approval_id uuid not null,
        actor text not null,
        decision text not null,
        rationale text,
        decided_at timestamptz not null,
        primary key (tenant_id, approval_id, actor),
        foreign key (tenant_id, approval_id) references approval (tenant_id, approval_id),
        constraint decision_is_known check (decision in ('approve', 'deny'))
    );
end
$$;

-- Opens the approvals of the moves that stop at one.
create function portarium_int.open_approvals(p_moves portarium_int.move[], p_at timestamptz)
    returns void
    language plpgsql
    as $$
begin
    insert into approval (tenant_id, approval_id, run_id, kind, state, visit, prompt, required, roles, requested_by, requested_at, due_at)
    select m.tenant_id, (m.gate ->> 'approval_id')::uuid, m.run_id, m.gate ->> 'kind', m.cur, m.visit, m.gate ->> 'prompt', (m.gate ->> 'required')::int,
        array(select pg_catalog.jsonb_array_elements_text(m.gate -> 'roles')), m.gate ->> 'requested_by', p_at, m.due
    from pg_catalog.unnest(p_moves) m
    where m.next = 'approval';
    insert into timer (due, tenant_id, run_id, epoch, kind)
    select m.due, m.tenant_id, m.run_id, m.from_epoch + 1, 'approval'
    from pg_catalog.unnest(p_moves) m
    where m.next = 'approval' and m.due is not null;
end
$$;

-- What a portarium:approval state asks for, from its effective input. A wrong shape is the document's error, not a person's.
create function portarium_int.gate_of(p_input jsonb, p_requested_by text)
    returns jsonb
    language plpgsql
    as $$
declare
    v_required int := 1;
    v_roles jsonb := '["approver"]';
begin
    if pg_catalog.jsonb_typeof(p_input) = 'object' then
        if pg_catalog.jsonb_typeof(p_input -> 'required') = 'number' and (p_input ->> 'required') operator(pg_catalog.~) '^[0-9]{1,2}$' then
            v_required := least(greatest((p_input ->> 'required')::int, 1), 16);
        end if;
        if pg_catalog.jsonb_typeof(p_input -> 'roles') = 'array' and p_input -> 'roles' <> '[]' then
            v_roles := p_input -> 'roles';
        end if;
    end if;
    return pg_catalog.jsonb_build_object('approval_id', portarium_int.uuid7(), 'kind', 'state', 'prompt', p_input ->> 'prompt',
        'required', v_required, 'roles', v_roles, 'requested_by', p_requested_by);
end
$$;

create function portarium_int.settle_approval(p_tenant uuid, p_approval uuid, p_status text)
    returns void
    language plpgsql
    as $$
begin
    update approval a set status = p_status, decided_at = pg_catalog.clock_timestamp()
    where a.tenant_id = p_tenant and a.approval_id = p_approval;
end
$$;

-- The pending approvals of a run that has ended without them.
create function portarium_int.close_approvals(p_tenant uuid, p_run uuid)
    returns void
    language plpgsql
    as $$
begin
    update approval a
    set status = 'CLOSED', decided_at = pg_catalog.clock_timestamp()
    where a.tenant_id = p_tenant and a.run_id = p_run and a.status = 'PENDING';
end
$$;
