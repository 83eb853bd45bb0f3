-- SPDX-License-Identifier: PostgreSQL
-- Legal holds: what must not go, whatever retention says. A hold covers what all of its scope is true of: a category, a run, a subject, a
-- range of time; a hold without a scope covers everything of the tenant.
-- Order and locks: placing a hold and carrying out a disposition (79) both lock the tenant's records, so that one sees the other.

create function portarium_int.stamp_hold()
    returns void
    language plpgsql
    as $$
begin
    create table hold (
        tenant_id uuid not null,
        hold_id uuid not null,
        category text,
        run_id uuid,
        subject_id uuid,
        from_at timestamptz,
        to_at timestamptz,
        two_person boolean not null,
        reason text not null,
        placed_by text not null,
        placed_at timestamptz not null default pg_catalog.clock_timestamp(),
        release_asked_by text,
        released_by text,
        released_at timestamptz,
        primary key (tenant_id, hold_id)
    );
end
$$;

-- A hold that covers this and was there at a moment; null: none.
create function portarium_int.holding(p_tenant uuid, p_category text, p_run uuid, p_subject uuid, p_at timestamptz, p_when timestamptz)
    returns uuid
    language sql
    stable
    as $$
    select h.hold_id
    from hold h
    where h.tenant_id = p_tenant and h.placed_at <= p_when and (h.released_at is null or h.released_at > p_when)
        and (h.category is null or h.category = p_category)
        and (h.run_id is null or h.run_id = p_run)
        and (h.subject_id is null or h.subject_id = p_subject)
        and (h.from_at is null or p_at >= h.from_at)
        and (h.to_at is null or p_at < h.to_at)
    order by h.placed_at
    limit 1
$$;

create function portarium.place_hold(
    reason text,
    category text default null,
    run_id uuid default null,
    subject text default null,
    from_at timestamptz default null,
    to_at timestamptz default null,
    two_person boolean default false)
    returns uuid
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_actor text := portarium_int.require_role('admin', 'records');
    v_hold uuid := portarium_int.uuid7();
    v_subject uuid;
begin
    if coalesce(place_hold.reason, '') = '' then
        raise exception using errcode = 'UP007', message = 'a hold needs a reason';
    elsif place_hold.from_at >= place_hold.to_at then
        raise exception using errcode = 'UP007', message = 'the range of time is empty';
    elsif place_hold.category is not null then
        perform portarium_int.check_category(place_hold.category);
    end if;
    perform portarium_int.lock_records(v_tenant);
    if place_hold.subject is not null then
        v_subject := portarium_int.subject_id(v_tenant, place_hold.subject);
    end if;
    insert into hold (tenant_id, hold_id, category, run_id, subject_id, from_at, to_at, two_person, reason, placed_by)
    values (v_tenant, v_hold, place_hold.category, place_hold.run_id, v_subject, place_hold.from_at, place_hold.to_at,
        coalesce(place_hold.two_person, false), place_hold.reason, v_actor);
    perform portarium_int.append_record(v_tenant, v_hold, 'hold.placed', v_actor, jsonb_build_object('category', place_hold.category,
        'run', place_hold.run_id, 'subject', v_subject, 'from', portarium_int.utc_text(place_hold.from_at),
        'to', portarium_int.utc_text(place_hold.to_at), 'two_person', coalesce(place_hold.two_person, false)), place_hold.reason);
    return v_hold;
end
$$;
comment on function portarium.place_hold(text, text, uuid, text, timestamptz, timestamptz, boolean) is
    'Places a legal hold and returns its id: nothing that it covers is disposed of, locks in the object store included, until it is released. Each part of the scope that is given narrows it. two_person: two people must release it. Errors: UP007, UP008 in another isolation level than READ COMMITTED, UP201, UP205';

create function portarium.release_hold(hold_id uuid, reason text)
    returns text
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_actor text := portarium_int.require_role('admin', 'records');
    v_hold record;
begin
    perform portarium_int.lock_records(v_tenant);
    select h.* into v_hold from hold h where h.tenant_id = v_tenant and h.hold_id = release_hold.hold_id;
    if not found then
        raise exception using errcode = 'UP407', message = format('hold "%s" does not exist', release_hold.hold_id);
    elsif v_hold.released_at is not null then
        raise exception using errcode = 'UP108', message = format('hold "%s" was released', release_hold.hold_id);
    elsif coalesce(release_hold.reason, '') = '' then
        raise exception using errcode = 'UP007', message = 'a release needs a reason';
    elsif v_hold.two_person and v_hold.release_asked_by is null then
        update hold h set release_asked_by = v_actor where h.tenant_id = v_tenant and h.hold_id = v_hold.hold_id;
        perform portarium_int.append_record(v_tenant, v_hold.hold_id, 'hold.release_asked', v_actor, '{}', release_hold.reason);
        return 'ASKED';
    elsif v_hold.release_asked_by = v_actor then
        raise exception using errcode = 'UP206', message = format('actor "%s" asked for this release and may not decide it', v_actor);
    end if;
    update hold h set released_by = v_actor, released_at = clock_timestamp() where h.tenant_id = v_tenant and h.hold_id = v_hold.hold_id;
    perform portarium_int.append_record(v_tenant, v_hold.hold_id, 'hold.released', v_actor, '{}', release_hold.reason);
    return 'RELEASED';
end
$$;
comment on function portarium.release_hold(uuid, text) is
    'Releases a hold (RELEASED); one that needs two people is first asked for (ASKED) and then released by another. Errors: UP007, UP008, UP108 released before, UP201, UP205, UP206 the same person, UP407';
