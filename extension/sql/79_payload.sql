-- SPDX-License-Identifier: PostgreSQL
-- Putting payloads and reading them. Both are entries: the first commits to the content, the others say who has read it.

create function portarium_int.check_payload(p_content bytea, p_category text, p_media_type text)
    returns void
    language plpgsql
    immutable
    as $$
begin
    perform portarium_int.check_category(p_category);
    if not portarium_int.is_payload_category(p_category) then
        raise exception using errcode = 'UP007', message = pg_catalog.format('category "%s" is not of payloads', p_category);
    elsif p_content is null then
        raise exception using errcode = 'UP007', message = 'a payload needs a content';
    elsif pg_catalog.length(p_content) > 16777216 then
        raise exception using errcode = 'UP005', message = 'payload has more than 16777216 bytes';
    elsif p_media_type is null or p_media_type !~ '^[a-z0-9.+-]+/[a-z0-9.+-]+$' or pg_catalog.length(p_media_type) > 100 then
        raise exception using errcode = 'UP007', message = pg_catalog.format('media type "%s" is not one', p_media_type);
    end if;
end
$$;

-- Keeps a content and says so, on the caller's path. The class is what its category has now.
create function portarium_int.keep_payload(
    p_tenant uuid,
    p_actor text,
    p_content bytea,
    p_category text,
    p_media_type text,
    p_subject text,
    p_run uuid)
    returns uuid
    language plpgsql
    volatile
    as $$
declare
    v_payload uuid := portarium_int.uuid7();
    v_salt bytea := portarium_int.salt();
    v_hash bytea := pg_catalog.sha256(v_salt || p_content);
    v_subject uuid := case when p_subject is not null then portarium_int.subject_id(p_tenant, p_subject) end;
    v_class text := (select r.class from portarium_int.retention_of(p_tenant, p_category) r);
begin
    if v_class is null then
        raise exception using errcode = 'UP107', message = pg_catalog.format('category "%s" has no retention', p_category),
            hint = 'Give it one with portarium.set_retention.';
    end if;
    if portarium_int.commit_is_weak() then
        perform pg_catalog.set_config('synchronous_commit', 'on', true);
    end if;
    insert into attachment (tenant_id, payload_id, category, subject_id, run_id, media_type, size, salt, hash, content, status, put_by)
    values (p_tenant, v_payload, p_category, v_subject, p_run, p_media_type, pg_catalog.length(p_content), v_salt, v_hash, p_content,
        case when v_subject is null and pg_catalog.length(p_content) <= portarium_int.inline_limit() then 'KEPT' else 'NEW' end, p_actor);
    perform portarium_int.append(p_tenant, v_payload, 1, 'payload.put', p_actor, portarium_int.canonical(pg_catalog.jsonb_strip_nulls(
        pg_catalog.jsonb_build_object('category', p_category, 'class', v_class, 'size', pg_catalog.length(p_content), 'subject', v_subject,
            'run', p_run, 'content', portarium_int.to_base64url(v_hash)))), v_salt);
    perform portarium_int.mark_keeper(p_tenant);
    return v_payload;
end
$$;

create function portarium.put_payload(
    content bytea,
    category text,
    media_type text default 'application/octet-stream',
    subject text default null,
    run_id uuid default null)
    returns uuid
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_actor text := portarium_int.require_role('requester', 'operator', 'admin');
begin
    perform portarium_int.check_payload(put_payload.content, put_payload.category, put_payload.media_type);
    if put_payload.run_id is not null and not exists (select from run r where r.tenant_id = v_tenant and r.run_id = put_payload.run_id) then
        raise exception using errcode = 'UP401', message = format('run "%s" does not exist', put_payload.run_id);
    end if;
    perform portarium_int.refuse_backlog();
    return portarium_int.keep_payload(v_tenant, v_actor, put_payload.content, put_payload.category, put_payload.media_type, put_payload.subject,
        put_payload.run_id);
end
$$;
comment on function portarium.put_payload(bytea, text, text, text, uuid) is
    'Gives a payload to be kept and returns its id: at most 16 MiB, in a category that has a retention, perhaps about a subject (its id in your own terms) and of a run. The entry payload.put commits to the content. Errors: UP005, UP007, UP107 the category has no retention, UP201, UP205, UP401, UP501 sealing does not keep up';

-- May this person read it? Who put it, and who has a role that its category names; what is in quarantine only records may.
create function portarium_int.may_read_payload(p_tenant uuid, p_category text, p_put_by text, p_quarantined boolean)
    returns boolean
    language sql
    stable
    as $$
    select coalesce(case
        when p_quarantined then 'records' = any (portarium.roles())
        else p_put_by = portarium.actor() or portarium.roles() operator(pg_catalog.&&) (
            select r.readers from portarium_int.retention_of(p_tenant, p_category) r) end, false)
$$;

create function portarium.get_payload(payload_id uuid)
    returns table (state text, media_type text, content bytea)
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_it record;
begin
    select a.category, a.media_type, a.content, a.status, a.quarantined, a.put_by into v_it
    from attachment a
    where a.tenant_id = v_tenant and a.payload_id = get_payload.payload_id
    for no key update;
    if not found then
        raise exception using errcode = 'UP407', message = format('payload "%s" does not exist', get_payload.payload_id);
    elsif not portarium_int.may_read_payload(v_tenant, v_it.category, v_it.put_by, v_it.quarantined) then
        raise exception using errcode = 'UP207', message = format('actor "%s" may not read payload "%s"', portarium.actor(), get_payload.payload_id);
    elsif v_it.status in ('SHREDDED', 'DESTROYED') then
        raise exception using errcode = 'UP107', message = format('payload "%s" was disposed of', get_payload.payload_id);
    elsif v_it.content is null then
        update attachment a set wanted_until = clock_timestamp() + interval '1 h'
        where a.tenant_id = v_tenant and a.payload_id = get_payload.payload_id;
        perform portarium_int.mark_keeper(v_tenant);
        return query select 'FETCHING'::text, v_it.media_type::text, null::bytea;
    else
        perform portarium_int.append_to_payload(v_tenant, get_payload.payload_id, 'payload.read', portarium.actor(), '{}');
        return query select 'READY'::text, v_it.media_type::text, v_it.content::bytea;
    end if;
end
$$;
comment on function portarium.get_payload(uuid) is
    'The content of a payload (READY), which is an entry payload.read; or FETCHING without it: the keeper brings a copy from the store for an hour, ask again. For who put it, and for roles that its category names as readers; what is in quarantine, for the role records. Errors: UP107 it was disposed of, UP201, UP207, UP407';

create function portarium.propose_forgetting(subject text, reason text)
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
    v_subject uuid;
begin
    perform portarium_int.lock_records(v_tenant);
    select s.subject_id into v_subject from subject s where s.tenant_id = v_tenant and s.name = propose_forgetting.subject;
    if not found then
        raise exception using errcode = 'UP407', message = format('subject "%s" does not exist', propose_forgetting.subject);
    elsif coalesce(propose_forgetting.reason, '') = '' then
        raise exception using errcode = 'UP007', message = 'a disposition needs a reason';
    end if;
    insert into disposition (tenant_id, disposition_id, action, subject_id, before, items, digest, status, reason, proposed_by)
    values (v_tenant, v_id, 'DeIdentify', v_subject, clock_timestamp(), 0, '', 'PROPOSED', propose_forgetting.reason, v_actor);
    perform portarium_int.write_items(v_tenant, v_id, null, null);
    perform portarium_int.append_record(v_tenant, v_id, 'disposition.proposed', v_actor, portarium_int.disposition_body(v_tenant, v_id),
        propose_forgetting.reason);
    return v_id;
end
$$;
comment on function portarium.propose_forgetting(text, text) is
    'Proposes to make all payloads of a subject unreadable, whatever their age, by shredding its key; decide_disposition and dispose go on from there. Returns the disposition''s id. Errors: UP007, UP008, UP107 when deciding: a hold, a Forensic payload, or others put since, UP201, UP205, UP407';
