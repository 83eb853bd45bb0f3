-- SPDX-License-Identifier: PostgreSQL
-- Moving a tenant between the tiers while it works.
--
-- BEGUN: the tenant's row says that it moves; from the next transactions on whoever enters the tenant's home holds that row (FOR SHARE)
--   until it commits. All older transactions are waited for.
-- COPYING: the rows are copied, share after share, and writers go on where they are.
-- COPIED: the first time, in one snapshot another share, and then every row of both places is compared. A row that nobody has written since
--   is as it was, so from here on it is enough to copy what has been written and to count. Then, after some more shares, comes
-- the turn, one transaction, the only pause: the row is locked, which waits for the writers and makes the next ones wait; the last share
--   is copied; the log's root is computed in the new place; the row says the new home and the next epoch of the route; an entry in the
--   new place says all this. Whoever waited goes on there. Tokens of the old route are refused with UP204 and made anew.
-- LEFT: when all older transactions have ended, nobody reads the old place any more, and it is emptied.
--
-- A step is a transaction and begins where tenant_move says, whose row it locks; killed in one, the next call of move_tenant goes on with
-- it. Before the turn cancel_move goes back instead. The steps run as portarium_sys, past the wall; what that may not do, they ask of others (88_move_leave.sql).
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
    if not found or v_tenant.tier is null then
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
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
begin
    perform portarium_int.refuse_move(p_tenant, p_tier);
    if exists (select from tenant_move m where m.tenant_id = p_tenant) then
        return true;
    elsif (select t.tier from tenant t where t.tenant_id = p_tenant) = p_tier then
        return false;
    end if;
    insert into tenant_move (tenant_id, tier, phase, started_at, epoch, idx, copied)
    values (p_tenant, p_tier, 'BEGUN', clock_timestamp(), 0, 0, 0);
    update tenant t set moving = true where t.tenant_id = p_tenant;
    if p_tier = 'B' then
        perform portarium_int.stamp_home(portarium_int.home_name(p_tenant));
    end if;
    return true;
end
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
    as $$
declare
    v_tier text := (select m.tier from portarium_data.tenant_move m where m.tenant_id = p_tenant);
    v_schemas record;
    v_seen record;
    v_taken record;
begin
    perform portarium_int.lock_for_turn(p_tenant, v_tier);
    select s.* into v_schemas from portarium_int.move_schemas(p_tenant) s;
    perform portarium_int.copy_rest(p_tenant);
    select t.* into v_taken from portarium_int.copy_unsealed(v_schemas.source, v_schemas.target, p_tenant) t;
    select j.* into v_seen from portarium_int.judge_move(p_tenant, v_taken.entries) j;
    update portarium_data.tenant t
    set tier = v_tier, home = case v_tier when 'B' then portarium_int.home_name(p_tenant) end, epoch = t.epoch + 1, moving = false
    where t.tenant_id = p_tenant;
    perform portarium_int.leave_idle(v_schemas.source, p_tenant, v_taken.xids);
    perform portarium_int.note_move(p_tenant, case v_tier when 'B' then 'A' else 'B' end, v_tier, v_seen);
    update portarium_data.tenant_move m set phase = 'LEFT' where m.tenant_id = p_tenant;
    return true;
exception
    when lock_not_available then
        return false;
end
$$;

-- The next share; shares get smaller, until writers are as fast as a share.
create function portarium_int.step_copy(p_tenant uuid)
    returns bigint
    language plpgsql
    as $$
declare
    c_leaves constant int := 50000;
    v_rows bigint := portarium_int.copy_share(p_tenant, c_leaves);
begin
    update portarium_data.tenant_move m
    set share = v_rows,
        phase = case when v_rows >= c_leaves or v_rows > 500 and v_rows < coalesce(m.share, v_rows + 1) then 'COPYING' else 'COPIED' end
    where m.tenant_id = p_tenant;
    return v_rows;
end
$$;

create function portarium_int.compares_next(p_tenant uuid)
    returns boolean
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
begin
    return exists (select from tenant_move m where m.tenant_id = p_tenant and m.phase = 'COPIED' and not m.verified);
end
$$;

-- Does the next thing of a move, in a transaction of its own; in one of REPEATABLE READ where compares_next() says so. What it has done:
-- waiting, copied, compared, busy, moved, ended.
create function portarium_int.move_step(p_tenant uuid, out done text, out rows bigint)
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_move record;
begin
    select m.* into v_move from tenant_move m where m.tenant_id = p_tenant for update;
    if v_move.phase in ('BEGUN', 'LEFT') and portarium_int.must_wait(p_tenant) then
        done := 'waiting';
    elsif v_move.phase = 'BEGUN' then
        update tenant_move m set phase = 'COPYING' where m.tenant_id = p_tenant;
        done := 'waiting';
    elsif v_move.phase = 'COPYING' then
        rows := portarium_int.step_copy(p_tenant);
        done := 'copied';
    elsif v_move.phase = 'COPIED' and not v_move.verified then
        perform portarium_int.verify_copy(p_tenant);
        done := 'compared';
    elsif v_move.phase = 'COPIED' then
        done := case when portarium_int.turn(p_tenant) then 'moved' else 'busy' end;
        update tenant_move m set phase = 'COPYING', share = null where m.tenant_id = p_tenant and done = 'busy';
    else
        perform portarium_int.empty_place(s.source, p_tenant) from portarium_int.move_schemas(p_tenant) s;
        delete from tenant_move m where m.tenant_id = p_tenant;
        done := 'ended';
    end if;
end
$$;

create procedure portarium.move_tenant(tenant_id uuid, tier text)
    language plpgsql
    as $$
declare
    v_began timestamptz;
    v_step record;
begin
    perform portarium_int.require_reader_can_go(move_tenant.tenant_id, move_tenant.tier);
    if not portarium_int.begin_move(move_tenant.tenant_id, move_tenant.tier) then
        return;
    end if;
    commit;
    loop
        if portarium_int.compares_next(move_tenant.tenant_id) then
            commit;
            set transaction isolation level repeatable read;
        end if;
        v_began := pg_catalog.clock_timestamp();
        select s.* into v_step from portarium_int.move_step(move_tenant.tenant_id) s;
        exit when v_step.done = 'ended';
        commit;
        if v_step.done = 'waiting' then
            perform pg_catalog.pg_sleep(0.02);
        elsif v_step.done = 'copied' then
            raise notice 'tenant "%": % rows copied', move_tenant.tenant_id, v_step.rows;
        else
            raise notice 'tenant "%": % after % ms', move_tenant.tenant_id, v_step.done,
                (extract(epoch from pg_catalog.clock_timestamp() - v_began) * 1000)::int;
        end if;
    end loop;
    if move_tenant.tier <> 'B' then
        perform portarium_int.drop_reader(move_tenant.tenant_id);
    end if;
    perform pg_catalog.pg_advisory_unlock(pg_catalog.hashtextextended('portarium move ' || move_tenant.tenant_id, 0));
end
$$;
comment on procedure portarium.move_tenant(uuid, text) is
    'Moves a tenant to tier A or B while it works, and tells its progress as notices; the pause of its writers comes at the end. Killed, it goes on with the next call. The entry "tenant.moved" has the root of the log in both places and a digest of each table. Transactions that were open when it began are waited for. For portarium_admin. Errors: UP007 no such tier, UP110 on its way elsewhere or moved by another session, UP404, 42501 the tenant leaves a schema with a reader, and this login may not drop roles';

create function portarium_int.take_back_move(p_tenant uuid)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tier text := (select m.tier from tenant_move m where m.tenant_id = p_tenant and m.phase <> 'LEFT' for update);
begin
    if v_tier is null then
        raise exception using errcode = 'UP110', message = format('tenant "%s" is not being copied', p_tenant);
    end if;
    perform portarium_int.refuse_move(p_tenant, v_tier);
    update tenant t set moving = false where t.tenant_id = p_tenant;
    perform portarium_int.empty_place(s.target, p_tenant) from portarium_int.move_schemas(p_tenant) s;
    delete from tenant_move m where m.tenant_id = p_tenant;
end
$$;

create procedure portarium.cancel_move(tenant_id uuid)
    language plpgsql
    as $$
begin
    perform portarium_int.take_back_move(cancel_move.tenant_id);
    perform pg_catalog.pg_advisory_unlock(pg_catalog.hashtextextended('portarium move ' || cancel_move.tenant_id, 0));
end
$$;
comment on procedure portarium.cancel_move(uuid) is
    'Takes back a move that has not come to its turn: the tenant stays where it is, and what was copied goes. For portarium_admin. Errors: UP110 there is none, or another session does it';
