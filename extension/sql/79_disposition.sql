-- SPDX-License-Identifier: PostgreSQL
-- Dispositions: proposed, authorised by another person, sealed and signed, and only then carried out.
-- Order: propose_disposition writes down what is due and its digest; decide_disposition writes the entry that authorises exactly that;
-- when the notary has signed it, dispose looks for holds once more and takes the items away. All three have the tenant's records to
-- themselves, so that a hold is placed before or after each of them, never in between.

-- What dispositions of a category can be.
create function portarium_int.check_action(p_category text, p_action text, p_ends boolean, p_epoch int)
    returns void
    language plpgsql
    immutable
    as $$
begin
    if p_action is null or p_action not in ('Destroy', 'DeIdentify', 'Quarantine')
        or p_category in ('history', 'app', 'run_data') and p_action <> 'Destroy' then
        raise exception using errcode = 'UP007',
            message = pg_catalog.format('disposition "%s" has no meaning for category "%s"', p_action, p_category),
            hint = 'Destroy is for all; DeIdentify and Quarantine are for payloads.';
    elsif p_category in ('history', 'app') and p_epoch > 1 then
        raise exception using errcode = 'UP008', message = 'entries of a log that was recovered are not disposed of',
            detail = 'A bundle of one epoch does not have the records of those before it, so nobody could tell that it was lawful.';
    elsif not p_ends and p_action <> 'Quarantine' then
        raise exception using errcode = 'UP107', message = pg_catalog.format('category "%s" is Forensic and is never destroyed', p_category);
    end if;
end
$$;

-- Writes the items down and gives the disposition its digest; removes it again when nothing is due.
create function portarium_int.write_items(p_tenant uuid, p_disposition uuid, p_category text, p_before timestamptz)
    returns int
    language plpgsql
    volatile
    as $$
declare
    v_sum record;
begin
    if p_category in ('history', 'app') then
        perform portarium_int.list_due_entries(p_tenant, p_disposition, p_category, p_before);
    elsif p_category = 'run_data' then
        perform portarium_int.list_due_runs(p_tenant, p_disposition, p_before);
    else
        perform portarium_int.list_due_payloads(p_tenant, p_disposition);
    end if;
    select s.* into v_sum from portarium_int.items_digest(p_tenant, p_disposition) s;
    update disposition d set items = v_sum.items, digest = v_sum.digest where d.tenant_id = p_tenant and d.disposition_id = p_disposition;
    return v_sum.items;
end
$$;

-- What both entries of a disposition say of it.
create function portarium_int.disposition_body(p_tenant uuid, p_disposition uuid)
    returns jsonb
    language sql
    stable
    as $$
    select pg_catalog.jsonb_build_object('action', d.action, 'category', d.category, 'subject', d.subject_id,
        'before', portarium_int.utc_text(d.before), 'version', d.policy, 'items', d.items, 'digest', pg_catalog.encode(d.digest, 'hex'))
    from disposition d
    where d.tenant_id = p_tenant and d.disposition_id = p_disposition
$$;

create function portarium.propose_disposition(
    category text,
    reason text,
    action text default null,
    before timestamptz default null)
    returns uuid
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_actor text := portarium_int.require_role('admin', 'records');
    v_id uuid := portarium_int.uuid7();
    v_rule record;
    v_due timestamptz;
begin
    perform portarium_int.lock_records(v_tenant);
    select r.* into v_rule from portarium_int.retention_of(v_tenant, propose_disposition.category) r;
    if not found then
        raise exception using errcode = 'UP107', message = format('category "%s" has no retention', propose_disposition.category),
            hint = 'Give it one with portarium.set_retention.';
    elsif coalesce(propose_disposition.reason, '') = '' then
        raise exception using errcode = 'UP007', message = 'a disposition needs a reason';
    end if;
    perform portarium_int.check_action(propose_disposition.category, coalesce(propose_disposition.action, v_rule.disposition), v_rule.ends,
        (select a.epoch from portarium_int.evidence_anchor(v_tenant) a));
    v_due := clock_timestamp() - make_interval(secs => 86400.0 * v_rule.days);
    if propose_disposition.before > v_due then
        raise exception using errcode = 'UP107', message = format('category "%s" is kept for %s days', propose_disposition.category, v_rule.days);
    end if;
    insert into disposition (tenant_id, disposition_id, action, category, before, policy, items, digest, status, reason, proposed_by)
    values (v_tenant, v_id, coalesce(propose_disposition.action, v_rule.disposition), propose_disposition.category,
        coalesce(propose_disposition.before, v_due), v_rule.version, 0, '', 'PROPOSED', propose_disposition.reason, v_actor);
    if portarium_int.write_items(v_tenant, v_id, propose_disposition.category, coalesce(propose_disposition.before, v_due)) = 0 then
        delete from disposition d where d.tenant_id = v_tenant and d.disposition_id = v_id;
        return null;
    end if;
    perform portarium_int.append_record(v_tenant, v_id, 'disposition.proposed', v_actor, portarium_int.disposition_body(v_tenant, v_id),
        propose_disposition.reason);
    return v_id;
end
$$;
comment on function portarium.propose_disposition(text, text, text, timestamptz) is
    'Proposes to dispose of what is due in a category: older than before (default and at most: now less the retention), not held, at most 100000 items. Returns the disposition''s id, null when nothing is due. Errors: UP007, UP008 also for entries after a recovery, UP107 no retention, not over, or Forensic, UP201, UP205';

create function portarium_int.disposition_for_decision(p_tenant uuid, p_id uuid, p_status text)
    returns portarium_int.disposition_fact
    language plpgsql
    volatile
    as $$
declare
    v_found portarium_int.disposition_fact;
    v_status text;
begin
    perform portarium_int.lock_records(p_tenant);
    select d.disposition_id, d.action, d.category, d.subject_id, d.policy, d.items, d.proposed_by
    into v_found
    from disposition d
    where d.tenant_id = p_tenant and d.disposition_id = p_id;
    select d.status into v_status from disposition d where d.tenant_id = p_tenant and d.disposition_id = p_id;
    if not found then
        raise exception using errcode = 'UP407', message = pg_catalog.format('disposition "%s" does not exist', p_id);
    elsif v_status <> p_status then
        raise exception using errcode = 'UP108', message = pg_catalog.format('disposition "%s" is %s', p_id, v_status);
    end if;
    return v_found;
end
$$;

-- A hold that covers one of the items now; null: none. A branch's or an iteration's items are held with its run.
create function portarium_int.hold_on(p_tenant uuid, p_disposition portarium_int.disposition_fact)
    returns uuid
    language sql
    volatile
    as $$
    select coalesce(
        portarium_int.holding(p_tenant, coalesce(a.category, p_disposition.category), coalesce(a.run_id, i.item_id), a.subject_id, i.at, 'infinity'),
        portarium_int.holding(p_tenant, p_disposition.category, r.root_id, null, i.at, 'infinity')) as hold
    from disposition_item i
    left join run r on r.tenant_id = p_tenant and r.run_id = i.item_id
    left join attachment a on a.tenant_id = p_tenant and a.payload_id = i.item_id and i.seq = 0
    where i.tenant_id = p_tenant and i.disposition_id = p_disposition.disposition_id
        and exists (select from hold h where h.tenant_id = p_tenant and h.released_at is null)
    order by 1 nulls last
    limit 1
$$;

-- A subject is forgotten as a whole: none of its payloads is Forensic, and all that there are by now were proposed.
create function portarium_int.check_forgetting(p_tenant uuid, p_disposition portarium_int.disposition_fact)
    returns void
    language plpgsql
    volatile
    as $$
declare
    v_wrong text;
begin
    perform from subject s where s.tenant_id = p_tenant and s.subject_id = p_disposition.subject_id for no key update;
    select case
        when not r.ends then pg_catalog.format('category "%s" is Forensic and is never destroyed', a.category)
        when i.item_id is null then pg_catalog.format('payload "%s" was put since the proposal', a.payload_id) end
    into v_wrong
    from attachment a
    cross join lateral portarium_int.retention_of(p_tenant, a.category) r
    left join disposition_item i on i.tenant_id = p_tenant and i.disposition_id = p_disposition.disposition_id and i.item_id = a.payload_id
    where a.tenant_id = p_tenant and a.subject_id = p_disposition.subject_id and a.status not in ('SHREDDED', 'DESTROYED')
        and (not r.ends or i.item_id is null)
    limit 1;
    if v_wrong is null and portarium_int.holding(p_tenant, null, null, p_disposition.subject_id, pg_catalog.clock_timestamp(), 'infinity') is not null then
        v_wrong := 'the subject is held';
    end if;
    if v_wrong is not null then
        raise exception using errcode = 'UP107', message = v_wrong;
    end if;
end
$$;

create function portarium.decide_disposition(disposition_id uuid, decision text)
    returns text
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_actor text := portarium_int.require_role('admin', 'records');
    v_it portarium_int.disposition_fact := portarium_int.disposition_for_decision(v_tenant, decide_disposition.disposition_id, 'PROPOSED');
    v_hold uuid := portarium_int.hold_on(v_tenant, v_it);
    v_status text;
begin
    if decide_disposition.decision is null or decide_disposition.decision not in ('approve', 'deny') then
        raise exception using errcode = 'UP007', message = format('decision "%s" is not approve or deny', decide_disposition.decision);
    elsif v_it.proposed_by = v_actor then
        raise exception using errcode = 'UP206', message = format('actor "%s" proposed this and may not decide it', v_actor);
    elsif decide_disposition.decision = 'approve' and v_hold is not null then
        raise exception using errcode = 'UP107', message = format('hold "%s" covers items of the disposition', v_hold);
    elsif decide_disposition.decision = 'approve'
        and v_it.policy <> (select r.version from portarium_int.retention_of(v_tenant, v_it.category) r) then
        raise exception using errcode = 'UP107', message = format('retention of category "%s" has changed since the proposal', v_it.category),
            hint = 'Propose it again.';
    elsif decide_disposition.decision = 'approve' and v_it.category is null then
        perform portarium_int.check_forgetting(v_tenant, v_it);
    end if;
    v_status := case decide_disposition.decision when 'approve' then 'AUTHORISED' else 'DENIED' end;
    update disposition d
    set status = v_status, decided_by = v_actor, decided_at = clock_timestamp()
    where d.tenant_id = v_tenant and d.disposition_id = v_it.disposition_id;
    perform portarium_int.append_record(v_tenant, v_it.disposition_id, 'disposition.' || lower(v_status), v_actor,
        portarium_int.disposition_body(v_tenant, v_it.disposition_id) || jsonb_build_object('proposed_by', v_it.proposed_by));
    return v_status;
end
$$;
comment on function portarium.decide_disposition(uuid, text) is
    'Authorises a proposed disposition (approve: AUTHORISED) or not (deny: DENIED); by another person than the one who proposed it. Errors: UP007, UP008, UP107 a hold, or another retention since, UP108 decided before, UP201, UP205, UP206, UP407';

create function portarium.dispose(disposition_id uuid)
    returns text
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_actor text := portarium_int.require_role('admin', 'records');
    v_it portarium_int.disposition_fact := portarium_int.disposition_for_decision(v_tenant, dispose.disposition_id, 'AUTHORISED');
    v_hold uuid := portarium_int.hold_on(v_tenant, v_it);
begin
    if not (select a.signed from portarium_int.authorisation(v_tenant, v_it.disposition_id) a) then
        raise exception using errcode = 'UP108', message = format('disposition "%s" is not signed yet', v_it.disposition_id),
            hint = 'Wait until the notary has signed the entry that authorises it.';
    end if;
    update disposition d
    set status = case when v_hold is null then 'DONE' else 'BLOCKED' end, done_at = clock_timestamp(), blocked_by = v_hold
    where d.tenant_id = v_tenant and d.disposition_id = v_it.disposition_id;
    if v_hold is null and v_it.category is null then
        perform portarium_int.check_forgetting(v_tenant, v_it);
    elsif v_hold is not null then
        perform portarium_int.append_record(v_tenant, v_it.disposition_id, 'disposition.blocked', v_actor, jsonb_build_object('hold', v_hold));
        return 'BLOCKED';
    end if;
    perform portarium_int.carry_out(v_tenant, v_it);
    perform portarium_int.append_record(v_tenant, v_it.disposition_id, 'disposition.carried_out', v_actor, jsonb_build_object('items', v_it.items));
    return 'DONE';
end
$$;
comment on function portarium.dispose(uuid) is
    'Carries out a disposition that was authorised and whose authorisation is signed (DONE); when a hold covers one of its items, nothing of it is done, ever (BLOCKED). Errors: UP008, UP108 not authorised, not signed, or done before, UP201, UP205, UP407';
