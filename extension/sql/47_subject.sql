-- SPDX-License-Identifier: PostgreSQL
-- Subjects: the people and things that payloads are about. A payload is encrypted with its subject's key, so that all that is kept of a
-- subject can be made unreadable at once, copies included. Entries and stores know a subject by its id only; the name goes with the key.

create function portarium_int.stamp_subject()
    returns void
    language plpgsql
    as $$
begin
    create table subject (
        tenant_id uuid not null,
        subject_id uuid not null,
        name text,                  -- null: forgotten, its key is to be shredded
        created_at timestamptz not null default pg_catalog.now(),
        forgotten_by uuid,          -- the disposition
        shredded_at timestamptz,    -- the keeper has done so
        primary key (tenant_id, subject_id),
        constraint subject_name_goes_with_the_key check ((name is null) = (forgotten_by is not null))
    );
    create unique index subject_name on subject (tenant_id, name);
    create index subject_forgotten on subject (tenant_id) where forgotten_by is not null and shredded_at is null;
end
$$;

-- The subject's id, made when it is named first; nobody forgets it before this transaction ends. One that was forgotten comes back as
-- another one.
create function portarium_int.subject_id(p_tenant uuid, p_name text)
    returns uuid
    language plpgsql
    volatile
    as $$
declare
    v_subject uuid;
begin
    if pg_catalog.length(p_name) not between 1 and 200 then
        raise exception using errcode = 'UP007', message = 'subject is not a name of 1 to 200 characters';
    end if;
    while v_subject is null loop
        insert into subject (tenant_id, subject_id, name) values (p_tenant, portarium_int.uuid7(), p_name) on conflict do nothing;
        select s.subject_id into v_subject from subject s where s.tenant_id = p_tenant and s.name = p_name for share;
    end loop;
    return v_subject;
end
$$;
