-- SPDX-License-Identifier: PostgreSQL
-- Payloads that applications give to be kept: documents, transcripts, pictures. Small ones without a subject stay here; of the others the
-- keeper makes objects, encrypted with keys that the database never has, and only a copy that somebody wants to read comes back for a while.

create function portarium_int.stamp_attachment()
    returns void
    language plpgsql
    as $$
begin
    -- KEPT here, NEW until the keeper has it, STORED, SHREDDED (its key is to go), DESTROYED (its object, too).
    create table attachment (
        tenant_id uuid not null,
        payload_id uuid not null,
        category text not null,
        subject_id uuid,
        run_id uuid,
        media_type text not null,
        size int not null,
        salt bytea not null,
        hash bytea not null,        -- SHA-256 of salt and content: what the entry commits to
        content bytea,
        status text not null,
        quarantined boolean not null default false,
        put_by text not null,
        put_at timestamptz not null default pg_catalog.clock_timestamp(),
        object_hash bytea,          -- SHA-256 of the object's bytes
        locked_until timestamptz,   -- as the keeper has last locked it
        held boolean not null default false,    -- the object, by the store
        wanted_until timestamptz,   -- somebody wants to read it
        gone_at timestamptz,        -- the keeper has shredded or removed what it had to
        retry_at timestamptz,       -- its object is still locked by the store
        checked int not null default -1,    -- STORED: lock and hold are as they must be by this record of the tenant's
        primary key (tenant_id, payload_id),
        constraint attachment_status_is_known check (status in ('KEPT', 'NEW', 'STORED', 'SHREDDED', 'DESTROYED'))
    );
    alter table attachment alter content set storage external;
    create index attachment_due on attachment (tenant_id, category, put_at);
    create index attachment_open on attachment (tenant_id) where status = 'NEW' or status in ('SHREDDED', 'DESTROYED') and gone_at is null;
    create index attachment_checked on attachment (tenant_id, checked) where status = 'STORED';
    create index attachment_run on attachment (tenant_id, run_id) where run_id is not null;
    create index attachment_wanted on attachment (wanted_until) where wanted_until is not null;
    create index attachment_subject on attachment (tenant_id, subject_id) where subject_id is not null;
end
$$;

-- Which homes (19_home.sql) the keeper is to look into; the shared tables it always does. A row for each reason, taken away by the keeper.
create function portarium_int.stamp_keeper_mark()
    returns void
    language plpgsql
    as $$
begin
    create table keeper_mark (
        tenant_id uuid not null
    );
end
$$;

-- On the caller's path.
create function portarium_int.mark_keeper(p_tenant uuid)
    returns void
    language plpgsql
    volatile
    as $$
begin
    if portarium_int.is_away() then
        insert into keeper_mark (tenant_id) values (p_tenant);
    end if;
end
$$;

create function portarium_int.is_payload_category(p_category text)
    returns boolean
    language sql
    immutable
    parallel safe
    as $$ select p_category not in ('history', 'app', 'run_data') $$;

-- What is said of a payload after it was put. Its row must be locked, so that one entry comes after the other.
create function portarium_int.append_to_payload(p_tenant uuid, p_payload uuid, p_kind text, p_actor text, p_body jsonb)
    returns void
    language plpgsql
    volatile
    as $$
begin
    if portarium_int.commit_is_weak() then
        perform pg_catalog.set_config('synchronous_commit', 'on', true);
    end if;
    perform portarium_int.append(p_tenant, p_payload,
        (select pg_catalog.max(e.seq) + 1 from entry e where e.tenant_id = p_tenant and e.stream_id = p_payload), p_kind, p_actor,
        portarium_int.canonical(p_body), portarium_int.salt());
end
$$;
