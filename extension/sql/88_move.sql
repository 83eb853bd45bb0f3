-- SPDX-License-Identifier: PostgreSQL
-- Moving a tenant between the tiers while it works.
--
-- COPYING: the tenant's row says that it moves; from the next transactions on whoever enters the tenant's home holds that row (FOR SHARE)
--   until it commits. When all older transactions have ended, the rows are copied, share after share, and writers go on where they are.
-- VERIFIED, still COPYING: in one snapshot another share, and then every row of both places is compared. A row that nobody has written since
--   is as it was, so from here on it is enough to copy what has been written and to count.
-- The turn, one transaction, the only pause: the row is locked, which waits for the writers and makes the next ones wait; the last share
--   is copied; the log's root is computed in the new place; the row says the new home and the next epoch of the route; an entry in the
--   new place says all this. Whoever waited goes on there. Tokens of the old route are refused with UP204 and made anew.
-- CLEANING: when all older transactions have ended, nobody reads the old place any more, and it is emptied.
--
-- A step is a transaction; killed in one, the next call of move_tenant goes on with it. Before the turn cancel_move goes back instead.
-- Locks of the turn, in this order, which is that of the sealer and of an exchange: the sealer's cursor, on the way from tier A the table
-- executor, which every exchange reads first, and the tenant's row. They are waited for half a second, less than a deadlock takes to be found, and then given up until later.

create function portarium_int.refuse_move(p_tenant uuid, p_tier text)
    returns void
    language plpgsql
    as $$
declare
    v_tenant record;
begin
    select t.tier, m.tier as goes_to into v_tenant
    from portarium_data.tenant t left join portarium_data.tenant_move m on m.tenant_id = t.tenant_id where t.tenant_id = p_tenant;
    if not (select r.rolsuper from pg_catalog.pg_roles r where r.rolname = current_user) then
        raise exception using errcode = '42501', message = 'cannot move a tenant as this role',
            detail = 'Moving takes evidence from one table to another, which is for superusers only.';
    elsif not found or v_tenant.tier is null then
        raise exception using errcode = 'UP404', message = pg_catalog.format('tenant "%s" does not exist', p_tenant);
    elsif p_tier is null or p_tier not in ('A', 'B') then
        raise exception using errcode = 'UP007', message = pg_catalog.format('tier "%s" is not A or B', p_tier);
    elsif coalesce(v_tenant.goes_to, p_tier) <> p_tier then
        raise exception using errcode = 'UP110', message = pg_catalog.format('tenant "%s" is on its way to tier %s', p_tenant, v_tenant.goes_to),
            hint = 'Let that move end, or take it back with portarium.cancel_move().';
    elsif not pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended('portarium move ' || p_tenant, 0)) then
        raise exception using errcode = 'UP110', message = pg_catalog.format('tenant "%s" is being moved by another session', p_tenant);
    end if;
end
$$;

-- Whether there is anything to move; the place is made.
create function portarium_int.begin_move(p_tenant uuid, p_tier text)
    returns boolean
    language plpgsql
    as $$
begin
    perform portarium_int.refuse_move(p_tenant, p_tier);
    if exists (select from portarium_data.tenant_move m where m.tenant_id = p_tenant) then
        return true;
    elsif (select t.tier from portarium_data.tenant t where t.tenant_id = p_tenant) = p_tier then
        return false;
    end if;
    insert into portarium_data.tenant_move (tenant_id, tier, phase, started_at, epoch, idx, copied)
    values (p_tenant, p_tier, 'COPYING', pg_catalog.clock_timestamp(), 0, 0, 0);
    update portarium_data.tenant t set moving = true where t.tenant_id = p_tenant;
    if p_tier = 'B' then
        perform portarium_int.stamp_home(portarium_int.home_name(p_tenant));
    end if;
    return true;
end
$$;

-- Whether a transaction is left that may not have seen what was committed before p_since.
create function portarium_int.older_transactions(p_since timestamptz)
    returns boolean
    language sql
    volatile
    as $$
    select exists (
        select from pg_catalog.pg_stat_activity a
        where a.datname = pg_catalog.current_database() and a.xact_start < p_since and a.pid <> pg_catalog.pg_backend_pid()
            and a.backend_type <> 'autovacuum worker')
        or exists (select from pg_catalog.pg_prepared_xacts x where x.database = pg_catalog.current_database() and x.prepared < p_since)
$$;

create function portarium_int.lock_for_turn(p_tenant uuid, p_tier text)
    returns void
    language plpgsql
    as $$
begin
    perform pg_catalog.set_config('lock_timeout', '500ms', true);
    perform from portarium_data.seal_cursor c for update;
    if p_tier = 'B' then
        lock table portarium_data.executor in access exclusive mode;
    end if;
    perform from portarium_data.tenant t where t.tenant_id = p_tenant for update;
end
$$;

-- The last share, while nobody of the tenant writes: every table has as many rows in both places then.
create function portarium_int.copy_rest(p_tenant uuid)
    returns void
    language plpgsql
    as $$
declare
    v_copied bigint;
begin
    perform portarium_int.drop_disposed(p_tenant);
    v_copied := portarium_int.copy_sealed(p_tenant, null) + portarium_int.copy_tables(p_tenant, true);
end
$$;

create function portarium_int.note_move(p_tenant uuid, p_from text, p_to text, p_seen record)
    returns void
    language plpgsql
    as $$
declare
    v_entered boolean := portarium_int.enter(p_tenant);
begin
    perform portarium_int.append(p_tenant, portarium_int.uuid7(), 1, 'tenant.moved', session_user, portarium_int.canonical(
        pg_catalog.jsonb_build_object('to_tier', p_to, 'from_tier', p_from, 'leaves', coalesce(p_seen.leaves, 0),
            'old_root', pg_catalog.encode(coalesce(p_seen.old_root, pg_catalog.sha256('')), 'hex'),
            'new_root', pg_catalog.encode(p_seen.new_root, 'hex'), 'tables', p_seen.tables)), portarium_int.salt());
    -- what it had to do for the tenant it may not have done
    perform portarium_int.mark_keeper(p_tenant);
    perform portarium_int.leave(v_entered);
end
$$;

-- The turn. False: a lock was not to be had soon enough, and nothing has changed.
create function portarium_int.turn(p_tenant uuid)
    returns boolean
    language plpgsql
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tier text := (select m.tier from tenant_move m where m.tenant_id = p_tenant);
    v_schemas record;
    v_seen record;
    v_rows bigint;
begin
    perform portarium_int.lock_for_turn(p_tenant, v_tier);
    select s.* into v_schemas from portarium_int.move_schemas(p_tenant) s;
    perform portarium_int.copy_rest(p_tenant);
    v_rows := portarium_int.take_unsealed(v_schemas.source, v_schemas.target, p_tenant);
    select j.* into v_seen from portarium_int.judge_move(p_tenant, v_rows) j;
    -- what is left behind must be nothing that anybody acts on
    execute format('delete from %I.run r where r.tenant_id = $1 and not portarium_int.is_terminal(r.state)', v_schemas.source) using p_tenant;
    update tenant t
    set tier = v_tier, home = case v_tier when 'B' then portarium_int.home_name(p_tenant) end, epoch = t.epoch + 1, moving = false
    where t.tenant_id = p_tenant;
    perform portarium_int.note_move(p_tenant, case v_tier when 'B' then 'A' else 'B' end, v_tier, v_seen);
    update tenant_move m set phase = 'CLEANING' where m.tenant_id = p_tenant;
    return true;
exception
    when lock_not_available then
        return false;
end
$$;

-- Takes a tenant's rows out of a schema: a home as a whole, with the role that reads it.
create function portarium_int.empty_place(p_schema name, p_tenant uuid)
    returns void
    language plpgsql
    as $$
declare
    v_table name;
begin
    if p_schema = 'portarium_data' then
        for v_table in
            select o from portarium_int.own_tables(portarium_int.home_name(p_tenant)) with ordinality o (o, n) order by n desc
        loop
            execute pg_catalog.format('delete from portarium_data.%I t where t.tenant_id = $1', v_table) using p_tenant;
        end loop;
        return;
    end if;
    -- without the library it is a setting that nobody reads
    perform pg_catalog.set_config('portarium.guard', 'off', true), pg_catalog.set_config('client_min_messages', 'warning', true);
    execute pg_catalog.format('drop schema if exists %I cascade', p_schema);
    if pg_catalog.to_regrole(p_schema || '_reader') is not null then
        execute pg_catalog.format('drop owned by %I', p_schema || '_reader');
        execute pg_catalog.format('drop role %I', p_schema || '_reader');
    end if;
end
$$;

create procedure portarium.move_tenant(tenant_id uuid, tier text)
    language plpgsql
    as $$
declare
    c_leaves constant int := 50000;
    v_since timestamptz;
    v_before bigint;
    v_rows bigint;
    v_began timestamptz;
    v_turned boolean;
begin
    if not portarium_int.begin_move(move_tenant.tenant_id, move_tenant.tier) then
        return;
    end if;
    commit;
    while (select m.phase = 'COPYING' from portarium_data.tenant_move m where m.tenant_id = move_tenant.tenant_id) loop
        v_since := coalesce(v_since, pg_catalog.clock_timestamp());
        while portarium_int.older_transactions(v_since) loop
            commit;
            perform pg_catalog.pg_sleep(0.02);
        end loop;
        v_before := v_rows;
        v_rows := portarium_int.copy_share(move_tenant.tenant_id, c_leaves);
        commit;
        raise notice 'tenant "%": % rows copied', move_tenant.tenant_id, v_rows;
        -- shares get smaller, until writers are as fast as a share
        continue when v_rows >= c_leaves or v_rows > 500 and v_rows < coalesce(v_before, v_rows + 1);
        if not (select m.verified from portarium_data.tenant_move m where m.tenant_id = move_tenant.tenant_id) then
            commit;
            set transaction isolation level repeatable read;
            perform portarium_int.verify_copy(move_tenant.tenant_id);
            commit;
            v_rows := null;
            continue;
        end if;
        v_began := pg_catalog.clock_timestamp();
        v_turned := portarium_int.turn(move_tenant.tenant_id);
        commit;
        raise notice 'tenant "%": % after % ms', move_tenant.tenant_id, case when v_turned then 'moved' else 'busy' end,
            (extract(epoch from pg_catalog.clock_timestamp() - v_began) * 1000)::int;
    end loop;
    v_since := pg_catalog.clock_timestamp();
    while portarium_int.older_transactions(v_since) loop
        commit;
        perform pg_catalog.pg_sleep(0.02);
    end loop;
    perform portarium_int.empty_place(s.source, move_tenant.tenant_id) from portarium_int.move_schemas(move_tenant.tenant_id) s;
    delete from portarium_data.tenant_move m where m.tenant_id = move_tenant.tenant_id;
    perform pg_catalog.pg_advisory_unlock(pg_catalog.hashtextextended('portarium move ' || move_tenant.tenant_id, 0));
end
$$;
comment on procedure portarium.move_tenant(uuid, text) is
    'Moves a tenant to tier A or B while it works, and tells its progress as notices; the pause of its writers comes at the end. Killed, it goes on with the next call. The entry "tenant.moved" has the root of the log in both places and a digest of each table. Transactions that were open when it began are waited for. For superusers. Errors: 42501, UP007 no such tier, UP110 on its way elsewhere or moved by another session, UP404';

create procedure portarium.cancel_move(tenant_id uuid)
    language plpgsql
    as $$
declare
    v_tier text := (select m.tier from portarium_data.tenant_move m where m.tenant_id = cancel_move.tenant_id and m.phase = 'COPYING');
begin
    if v_tier is null then
        raise exception using errcode = 'UP110', message = pg_catalog.format('tenant "%s" is not being copied', cancel_move.tenant_id);
    end if;
    perform portarium_int.refuse_move(cancel_move.tenant_id, v_tier);
    update portarium_data.tenant t set moving = false where t.tenant_id = cancel_move.tenant_id;
    perform portarium_int.empty_place(s.target, cancel_move.tenant_id) from portarium_int.move_schemas(cancel_move.tenant_id) s;
    delete from portarium_data.tenant_move m where m.tenant_id = cancel_move.tenant_id;
    perform pg_catalog.pg_advisory_unlock(pg_catalog.hashtextextended('portarium move ' || cancel_move.tenant_id, 0));
end
$$;
comment on procedure portarium.cancel_move(uuid) is
    'Takes back a move that has not come to its turn: the tenant stays where it is, and what was copied goes. For superusers. Errors: 42501, UP110 there is none, or another session does it';
