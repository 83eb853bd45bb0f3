-- SPDX-License-Identifier: PostgreSQL
-- The views that applications read. They belong to portarium_owner and stand behind the wall: a reader sees the tenant of its context.
-- (entries and checkpoints are stamped with the evidence.)

create function portarium_int.stamp_views()
    returns void
    language plpgsql
    as $$
begin
    create view runs with (security_barrier = false) as
    select r.tenant_id, r.run_id, r.workflow, portarium_int.shown_state(r.state, r.held) as state, r.started_at, r.ended_at,
        coalesce(r.input, i.data) as input, coalesce(r.output, o.data) as output, r.error, r.cause,
        r.cur as current_state, r.attempt, r.initiator, r.epoch as transitions,
        portarium_int.traceparent_of(r.traceparent) as traceparent, portarium_int.tracestate_of(r.traceparent) as tracestate,
        coalesce(p.root_id, r.parent_id) as parent_id, coalesce(r.priority, 0) as priority
    from run r
    left join run p on p.tenant_id = r.tenant_id and p.run_id = r.parent_id
    left join payload i on i.tenant_id = r.tenant_id and i.hash = r.input_ref
    left join payload o on o.tenant_id = r.tenant_id and o.hash = r.output_ref
    where r.root_id is null;
    comment on view runs is 'Every run: state is RUNNING, WAITING_FOR_APPROVAL, PAUSED, UNKNOWN, COMPENSATING, COMPENSATION_FAILED, SUCCEEDED, FAILED, TIMED_OUT or ABORTED';

    create view approvals as
    select a.tenant_id, a.approval_id, coalesce(r.root_id, a.run_id) as run_id, a.state, a.kind, a.prompt, a.status,
        a.requested_by, a.requested_at, a.due_at, a.decided_at,
        a.required, a.roles, coalesce(d.approvals, 0) as approvals
    from approval a
    join run r on r.tenant_id = a.tenant_id and r.run_id = a.run_id
    left join lateral (
        select pg_catalog.count(*)::int as approvals from decision x
        where x.tenant_id = a.tenant_id and x.approval_id = a.approval_id and x.decision = 'approve') d on true;
    comment on view approvals is 'What waits or waited for people: status is PENDING, APPROVED, DENIED, EXPIRED or CLOSED; state is the ASL state that waits';

    create view strands as
    select s.tenant_id, coalesce(p.root_id, p.run_id) as run_id, s.run_id as parent_id, s.visit, s.slot, s.child_id as strand_id,
        case when s.status = 'RUNNING' then c.state else s.status end as state, c.cur as current_state, s.error, s.cause
    from strand s
    join run p on p.tenant_id = s.tenant_id and p.run_id = s.run_id
    left join run c on c.tenant_id = s.tenant_id and c.run_id = s.child_id;
    comment on view strands is 'The branches of Parallel and the iterations of Map states, and what undoes a step: of which run, in which place, in which state';

    create view workflows as
    select w.tenant_id, w.name, w.version, pg_catalog.encode(d.hash, 'hex') as hash, w.tier, d.body as definition, w.findings, w.created_by, w.created_at
    from workflow w
    join definition d on d.tenant_id = w.tenant_id and d.def_id = w.def_id;
    comment on view workflows is 'Every version of every workflow; hash is the SHA-256 of the document''s canonical form';

    create view adapters as
    select a.tenant_id, a.name, a.kind, a.base_url, portarium_int.whole_operations(a.operations, a.declared) as operations, a.enabled, a.updated_at, a.trial,
        pg_catalog.encode(portarium_int.contract_digest(a.kind, a.base_url, a.operations, a.declared), 'hex') as digest
    from adapter a;
    comment on view adapters is 'The registered adapters and their operations; trial: it waits for its contract to be passed; digest: of kind, base_url and operations';

    create view schedules as
    select s.tenant_id, s.name, s.workflow, s.input, s.cron, s.time_zone, s.catch_up, s.overlap, s.enabled, s.next_at, s.last_at, s.last_run, s.created_by
    from schedule s;
    comment on view schedules is 'The schedules: when each fires next, when it fired last and which run that started';

    create view policies as
    select p.tenant_id, p.name, p.version, p.active, p.adapter, p.operation, p.effect, p.required, p.roles, p.reason, p.created_by, p.created_at
    from policy p;
    comment on view policies is 'Every version of every policy; the active ones are in force';
end
$$;

-- What tasks beside actions and approvals have, and what undoes them.
create function portarium_int.stamp_task_views()
    returns void
    language plpgsql
    as $$
begin
    create view expectations as
    select x.tenant_id, x.root_id as run_id, nullif(x.run_id, x.root_id) as strand_id, x.kind, r.cur as state, x.name, x.correlation, x.child_id,
        coalesce(r.arg, r.data, r.input, i.data) as input, x.since, x.due_at, x.beat_due_at
    from expectation x
    join run r on r.tenant_id = x.tenant_id and r.run_id = x.run_id
    left join payload i on i.tenant_id = r.tenant_id and i.hash = r.input_ref;
    comment on view expectations is 'What runs wait for from outside: kind is token, signal or child; beat_due_at is when the next heartbeat is missed';

    create view compensations as
    select c.tenant_id, c.run_id, pg_catalog.row_number() over (partition by c.tenant_id, c.run_id order by c.place) as position, c.state,
        c.start_at as undone_by, c.certain, c.status, nullif(c.by_id, c.run_id) as done_by_strand, s.child_id as strand_id, s.error, s.cause
    from compensation c
    left join strand s on s.tenant_id = c.tenant_id and s.run_id = c.run_id and s.visit = c.visit and s.slot = 0;
    comment on view compensations is 'What runs have done and can undo, from the first step on, which is undone last: status is PUSHED, RUNNING, DONE, FAILED, GIVEN_UP or, by a fork, HANDED_OVER; certain is false where nobody knows whether the step was done';

    create view signals as
    select i.tenant_id, i.signal_id, i.run_id, i.name, i.correlation, i.payload, i.sent_by, i.sent_at
    from inbox i;
    comment on view signals is 'Signals that no state has taken yet; without run_id they are for whichever run waits with their correlation';

    create view aliases as
    select a.tenant_id, a.workflow, a.alias, a.versions, a.updated_by, a.updated_at
    from alias a;
    comment on view aliases is 'The aliases of workflows: version to weight';

    create view resources as
    select m.tenant_id, m.uri, m.resource, m.input_template, m.updated_by, m.updated_at
    from resource_map m;
    comment on view resources is 'What foreign resources mean in documents that are registered from now on';

    create view sql_steps as
    select s.tenant_id, s.name, s.function, s.run_as, s.tier, s.updated_by, s.updated_at
    from sql_step s;
    comment on view sql_steps is 'The functions that documents may name as portarium:sql:<name>, and the role whose rights they have';
end
$$;

-- What dispatch has to say to applications.
create function portarium_int.stamp_dispatch_views()
    returns void
    language plpgsql
    as $$
begin
    create view quotas as
    select q.tenant_id, q.scope, q.name, q.max_running, q.per_minute, q.burst, q.per_day, q.reset_hour, q.weight,
        case when q.scope <> 'key' then (
            select pg_catalog.count(*) from lease l
            where l.tenant_id = q.tenant_id and l.queue is not null and (q.name = '' or l.queue = q.name)) end as running,
        case when u.day + interval '1 day' > pg_catalog.clock_timestamp() then u.used else 0 end as used_today, u.held_until, q.updated_by, q.updated_at
    from quota q
    left join quota_use u on u.tenant_id = q.tenant_id and u.scope = q.scope and u.name = q.name and u.key = '';
    comment on view quotas is 'The quotas of the tenant''s jobs: those that it has set (scope tenant, adapter, key) and its share, which the operator sets; running and used_today are what is used of them, for keys together none';
end
$$;
