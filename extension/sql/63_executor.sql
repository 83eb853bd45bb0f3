-- SPDX-License-Identifier: PostgreSQL
-- Who executors are: a name, the login that answers for it, and an epoch that voids what the same executor held before.

-- An executor answers only to the login that registered it.
create type portarium_int.executor_ref as (
    name text,
    adapters text[],
    epoch int
);

-- Below an executor's epochs on the server's present timeline: the timeline is in the number. After a failover or a restore all that an
-- executor holds is of another one, whatever the row says that came back.
create function portarium_int.epoch_floor()
    returns int
    language sql
    volatile
    as $$ select ((portarium_int.wal_timeline() - 1) % 2047) << 20 $$;

create function portarium_int.check_executor(p_executor int, p_epoch int)
    returns portarium_int.executor_ref
    language plpgsql
    as $$
declare
    v_executor portarium_int.executor_ref;
begin
    select e.name, e.adapters, e.epoch into v_executor
    from executor e where e.executor_id = p_executor and e.login = session_user;
    if not found then
        raise exception using errcode = 'UP405', message = pg_catalog.format('executor "%s" is not registered', p_executor);
    elsif v_executor.epoch is distinct from p_epoch then
        raise exception using
            errcode = 'UP302',
            message = pg_catalog.format('executor epoch "%s" is stale', p_epoch),
            detail = 'The executor has registered again since; its earlier leases are void.';
    elsif p_epoch >> 20 <> portarium_int.epoch_floor() >> 20 then
        raise exception using
            errcode = 'UP302',
            message = pg_catalog.format('executor epoch "%s" is of another timeline', p_epoch),
            detail = 'The server was restored or promoted since; what the executor holds may have been forgotten.',
            hint = 'Register again.';
    end if;
    return v_executor;
end
$$;

-- A new epoch for the executor of this name, which the login answers for from now on; no row when it is another login's.
create function portarium_int.enrol_executor(p_name text, p_adapters text[], p_version text, out executor_id int, out epoch int)
    language plpgsql
    as $$
declare
    v_floor int := portarium_int.epoch_floor();
begin
    insert into executor as e (name, epoch, adapters, version, login, registered_at)
    values (p_name, v_floor + 1, p_adapters, p_version, session_user, pg_catalog.clock_timestamp())
    on conflict on constraint executor_name_key do update
    set epoch = case when e.epoch >> 20 = v_floor >> 20 then e.epoch else v_floor end + 1,
        adapters = excluded.adapters, version = excluded.version, login = excluded.login, registered_at = excluded.registered_at
    where e.login = session_user
    returning e.executor_id, e.epoch into enrol_executor.executor_id, enrol_executor.epoch;
    -- what the same executor held before it started again is lost, at once
    update lease l set until = '-infinity' where l.executor_id = enrol_executor.executor_id;
    perform portarium_int.wake();
end
$$;

create function portarium.register_executor(
    name text,
    adapters text[],
    version text default null,
    capabilities text[] default '{}',
    out executor_id int,
    out epoch int)
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
begin
    if coalesce(register_executor.name, '') !~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$' or coalesce(cardinality(register_executor.adapters), 0) = 0 then
        raise exception using errcode = 'UP007', message = 'an executor needs a name and at least one adapter';
    elsif exists (select from unnest(register_executor.capabilities) c where not portarium_int.is_capability(c)) then
        raise exception using errcode = 'UP007', message = 'a capability is not a name of letters, digits, ".", "_", "-" and "@"';
    elsif exists (select from unnest(register_executor.adapters) a where a like '+%') then
        raise exception using errcode = 'UP007', message = 'an adapter''s name does not begin with "+"';
    end if;
    select e.executor_id, e.epoch into register_executor.executor_id, register_executor.epoch
    from portarium_int.enrol_executor(register_executor.name,
        register_executor.adapters || array(select '+' || c from unnest(register_executor.capabilities) c), register_executor.version) e;
    if register_executor.executor_id is null then
        raise exception using errcode = 'UP106', message = format('executor name "%s" belongs to another login', register_executor.name);
    end if;
end
$$;
comment on function portarium.register_executor(text, text[], text, text[]) is
    'Announces an executor, the adapters that it serves, * for all, and its capabilities: it is given the jobs of those operations that require nothing else. It gets a new epoch: leases of the epoch before are void. An epoch ends with the server''s timeline, too: after a restore or a promotion UP302 asks for the next. Errors: UP007, UP106 name of another login''s executor';
