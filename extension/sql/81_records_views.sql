-- SPDX-License-Identifier: PostgreSQL
-- The views on retention, holds, dispositions and payloads.

create function portarium_int.stamp_records_views()
    returns void
    language plpgsql
    as $$
begin
    create view retentions as
    select r.tenant_id, r.category, r.version, r.class, r.days, r.disposition, r.readers, r.set_by, r.set_at,
        r.version = pg_catalog.max(r.version) over (partition by r.tenant_id, r.category) as in_force
    from retention r;
    comment on view retentions is 'Every version of the retention of every category; days is how long what is kept must be kept';

    create view holds as
    select h.tenant_id, h.hold_id, h.category, h.run_id, s.name as subject, h.from_at, h.to_at, h.two_person, h.reason, h.placed_by, h.placed_at,
        h.release_asked_by, h.released_by, h.released_at, h.released_at is null as active
    from hold h
    left join subject s on s.tenant_id = h.tenant_id and s.subject_id = h.subject_id;
    comment on view holds is 'Legal holds: what each covers (null: any), who placed and who released it';

    create view dispositions as
    select d.tenant_id, d.disposition_id, d.action, d.category, d.subject_id, d.before, d.policy, d.items,
        pg_catalog.encode(d.digest, 'hex') as digest, d.status, d.reason, d.proposed_by, d.proposed_at, d.decided_by, d.decided_at, d.done_at,
        d.blocked_by
    from disposition d;
    comment on view dispositions is
        'Dispositions: status is PROPOSED, DENIED, AUTHORISED, DONE or BLOCKED (by the hold blocked_by); policy is the version of the category''s retention';

    create view payloads as
    select a.tenant_id, a.payload_id, a.category, a.subject_id, a.run_id, a.media_type, a.size, a.status, a.quarantined, a.put_by, a.put_at,
        a.locked_until, a.held
    from attachment a;
    comment on view payloads is
        'Payloads without their content: status is KEPT (in the database), NEW (the keeper has not stored it yet), STORED, SHREDDED or DESTROYED; locked_until and held as the object store has them';
end
$$;
