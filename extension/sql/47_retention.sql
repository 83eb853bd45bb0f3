-- SPDX-License-Identifier: PostgreSQL
-- Retention: how long what is kept must be kept, and what then becomes of it. A category is a name: "history" is what entries say of
-- runs, "app" the application's own entries, "run_data" the inputs, outputs and data of runs; any other is of payloads. What entries say
-- of rules, rights and evidence itself is in none and is kept for ever.
-- Each change is a new version and an entry, so that what was in force at any time can be shown later.

create function portarium_int.stamp_retention()
    returns void
    language plpgsql
    as $$
begin
    create table retention (
        tenant_id uuid not null,
        category text not null,
        version int not null,
        class text not null,
        days int not null,
        disposition text not null,  -- what becomes of it afterwards
        readers text[] not null,    -- roles that may read payloads of others
        set_by text not null,
        set_at timestamptz not null default pg_catalog.clock_timestamp(),
        primary key (tenant_id, category, version)
    );
    create table record_count (
        tenant_id uuid primary key,
        last int not null
    );
end
$$;

-- Retention, holds and dispositions are records: one after the other for each tenant, each with its number in its entry, so that a
-- verifier replays them in the order in which they knew of each other. Nobody else of the tenant makes one until this transaction is over.
create function portarium_int.lock_records(p_tenant uuid)
    returns void
    language plpgsql
    volatile
    as $$
begin
    if pg_catalog.current_setting('transaction_isolation') <> 'read committed' then
        raise exception using
            errcode = 'UP008',
            message = 'retention, holds and dispositions are refused in this isolation level',
            hint = 'Use READ COMMITTED: an older snapshot would not see a hold that was just placed.';
    end if;
    insert into record_count (tenant_id, last) values (p_tenant, 0) on conflict (tenant_id) do update set last = record_count.last;
end
$$;

-- The entry of a record, and the record's number. A reason stays in its table; the entry commits to it.
create function portarium_int.append_record(p_tenant uuid, p_stream uuid, p_kind text, p_actor text, p_body jsonb, p_reason text default null)
    returns int
    language plpgsql
    volatile
    as $$
declare
    v_salt bytea := portarium_int.salt();
    v_seq int := (select coalesce(pg_catalog.max(e.seq), 0) + 1 from entry e where e.tenant_id = p_tenant and e.stream_id = p_stream);
    v_number int;
begin
    if portarium_int.commit_is_weak() then
        perform pg_catalog.set_config('synchronous_commit', 'on', true);
    end if;
    update record_count c set last = c.last + 1 where c.tenant_id = p_tenant returning c.last into v_number;
    perform portarium_int.append(p_tenant, p_stream, v_seq, p_kind, p_actor,
        portarium_int.canonical(pg_catalog.jsonb_strip_nulls(p_body || pg_catalog.jsonb_build_object('record', v_number, 'cause',
            case when p_reason is not null then portarium_int.commitment(v_salt, pg_catalog.to_jsonb(p_reason)) end))), v_salt);
    perform portarium_int.mark_keeper(p_tenant);
    return v_number;
end
$$;

-- The classes in the order of their strength: what must be kept for at least so many days, and whether it may ever be destroyed.
create function portarium_int.retention_classes()
    returns table (class text, rank int, floor_days int, ends boolean)
    language sql
    immutable
    parallel safe
    rows 3
    as $$
    values
        ('Operational', 1, 30, true),
        ('Compliance', 2, 365, true),
        ('Forensic', 3, 2555, false)
$$;

-- The category of an entry by its kind; null: governance, which no disposition takes away, because it proves dispositions.
create function portarium_int.entry_category(p_kind text)
    returns text
    language sql
    immutable
    parallel safe
    as $$
    select case
        when p_kind operator(pg_catalog.^@) 'app.' then 'app'
        when p_kind operator(pg_catalog.~) '^((run|action|task|signal|child|sql|wait|strands?)[.]|approval[.](decided|expired)$)' then 'history' end
$$;

-- What is in force for a category; no row when nothing was ever set.
create function portarium_int.retention_of(p_tenant uuid, p_category text)
    returns table (version int, class text, days int, disposition text, readers text[], ends boolean)
    language sql
    stable
    rows 1
    as $$
    select r.version, r.class, r.days, r.disposition, r.readers, c.ends
    from retention r
    join portarium_int.retention_classes() c on c.class = r.class
    where r.tenant_id = p_tenant and r.category = p_category
    order by r.version desc
    limit 1
$$;

create function portarium_int.check_category(p_category text)
    returns void
    language plpgsql
    immutable
    as $$
begin
    if p_category is null or p_category !~ '^[a-z][a-z0-9_]{0,31}$' then
        raise exception using
            errcode = 'UP007',
            message = pg_catalog.format('category "%s" is not a name', p_category),
            hint = 'Use lower-case letters, digits and underscores, a letter first, 32 at most.';
    end if;
end
$$;

create function portarium_int.check_retention(p_class text, p_days int, p_disposition text)
    returns void
    language plpgsql
    immutable
    as $$
declare
    v_floor int := (select c.floor_days from portarium_int.retention_classes() c where c.class = p_class);
begin
    if v_floor is null then
        raise exception using errcode = 'UP007', message = pg_catalog.format('retention class "%s" is unknown', p_class),
            hint = 'Use Operational, Compliance or Forensic.';
    elsif p_days is null or p_days not between v_floor and 36500 then
        raise exception using errcode = 'UP007',
            message = pg_catalog.format('retention of %s days is not between %s and 36500', p_days, v_floor),
            hint = pg_catalog.format('What is %s is kept for at least %s days.', p_class, v_floor);
    elsif p_disposition is null or p_disposition not in ('Destroy', 'DeIdentify', 'Quarantine') then
        raise exception using errcode = 'UP007', message = pg_catalog.format('disposition "%s" is unknown', p_disposition),
            hint = 'Use Destroy, DeIdentify or Quarantine.';
    end if;
end
$$;

create function portarium.set_retention(
    category text,
    class text,
    days int,
    disposition text default 'Destroy',
    readers text[] default '{}')
    returns int
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_actor text := portarium_int.require_role('admin');
    v_last record;
begin
    perform portarium_int.check_category(set_retention.category);
    perform portarium_int.check_retention(set_retention.class, set_retention.days, set_retention.disposition);
    perform portarium_int.lock_records(v_tenant);
    select coalesce(max(r.version), 0) as version, coalesce(max(c.rank), 0) as rank into v_last
    from retention r join portarium_int.retention_classes() c on c.class = r.class
    where r.tenant_id = v_tenant and r.category = set_retention.category;
    if (select c.rank from portarium_int.retention_classes() c where c.class = set_retention.class) < v_last.rank then
        raise exception using errcode = 'UP107', message = format('class of category "%s" is only ever raised', set_retention.category);
    end if;
    insert into retention (tenant_id, category, version, class, days, disposition, readers, set_by)
    values (v_tenant, set_retention.category, v_last.version + 1, set_retention.class, set_retention.days, set_retention.disposition,
        coalesce(set_retention.readers, '{}'), v_actor);
    perform portarium_int.append_record(v_tenant, portarium_int.uuid7(), 'retention.set', v_actor, jsonb_build_object(
        'category', set_retention.category, 'version', v_last.version + 1, 'class', set_retention.class, 'days', set_retention.days,
        'action', set_retention.disposition, 'roles', to_jsonb(coalesce(set_retention.readers, '{}'))));
    return v_last.version + 1;
end
$$;
comment on function portarium.set_retention(text, text, int, text, text[]) is
    'Puts a new version of the retention of a category into force and returns it: history, app, run_data, or a name for payloads. class is Operational (30 days at least), Compliance (365) or Forensic (2555, never destroyed) and is only ever raised; disposition is what becomes of it afterwards: Destroy, DeIdentify or Quarantine; readers are roles that may read the payloads. Errors: UP007, UP008 in another isolation level than READ COMMITTED, UP107 a lower class, UP201, UP205';
