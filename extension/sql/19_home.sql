-- SPDX-License-Identifier: PostgreSQL
-- Where a tenant's own tables are: among the shared ones (tier A, no home), or in a schema of its own (tier B), which is then its home.
-- Every function that is called from outside pins its path to the shared schema. One that acts for a tenant enters the tenant's home
-- first: the home goes before the shared schema, what is not in it is found behind it, and nothing else of the function changes. The
-- path comes from the tenant's row, never from a caller, and goes back by itself where the pinned function ends.

-- Base32 of RFC 4648 in lower case without padding, so that a home's name needs no quotes and says whose it is.
create function portarium_int.home_name(p_tenant uuid)
    returns name
    language sql
    immutable
    strict
    parallel safe
    as $$
    select ('pt_' || pg_catalog.string_agg(
        pg_catalog.substr('abcdefghijklmnopqrstuvwxyz234567', pg_catalog.substring(b.bits, 5 * g + 1, 5)::bit(5)::int + 1, 1), '' order by g))::name
    from (select ('x' || pg_catalog.encode(pg_catalog.uuid_send(p_tenant), 'hex'))::bit(128) || B'00') b (bits)
    cross join pg_catalog.generate_series(0, 25) g
$$;

-- The tenant that a home's name says; null for a name of another kind.
create function portarium_int.tenant_of_home(p_home name)
    returns uuid
    language sql
    immutable
    strict
    parallel safe
    as $$
    select pg_catalog.string_agg(pg_catalog.to_hex(pg_catalog.substring(b.bits, 4 * g + 1, 4)::bit(4)::int), '' order by g)::uuid
    from (
        select pg_catalog.string_agg((pg_catalog.strpos('abcdefghijklmnopqrstuvwxyz234567', c.letter) - 1)::bit(5)::text, '' order by c.n)::varbit
        from pg_catalog.string_to_table(pg_catalog.substr(p_home, 4), null) with ordinality c (letter, n)
        where p_home operator(pg_catalog.~) '^pt_[a-z2-7]{26}$'
    ) b (bits)
    cross join pg_catalog.generate_series(0, 31) g
$$;

-- Null: the tenant has no home of its own. Its owner is outside the wall: who enters has no context yet, or another one.
create function portarium_int.home_of(p_tenant uuid)
    returns name
    language plpgsql
    stable
    parallel safe
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
begin
    return (select t.home from tenant t where t.tenant_id = p_tenant);
end
$$;

create function portarium_int.is_moving(p_tenant uuid)
    returns boolean
    language plpgsql
    stable
    parallel safe
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
begin
    return (select t.moving from tenant t where t.tenant_id = p_tenant);
end
$$;

-- Of a tenant that moves (88_move.sql): it stays where it is until this transaction has ended, or, where its turn has come, this waits for
-- it, as long as the statement may take. Who only reads needs no lock: the old place is emptied when its readers have gone.
create function portarium_int.hold_home(p_tenant uuid)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    set lock_timeout = 0
    as $$
begin
    if current_setting('transaction_read_only') = 'off' then
        perform from tenant t where t.tenant_id = p_tenant for share;
    end if;
end
$$;

-- Whether there is a home to enter.
create function portarium_int.home_is_there(p_tenant uuid)
    returns boolean
    language sql
    stable
    as $$ select pg_catalog.to_regnamespace(portarium_int.home_of(p_tenant)) is not null $$;

-- Whether the path was changed. Without the home its rows would come to lie among the shared ones. Only for functions below one with a pinned path.
create function portarium_int.enter(p_tenant uuid)
    returns boolean
    language plpgsql
    as $$
declare
    v_home name;
    v_path text;
begin
    if portarium_int.is_moving(p_tenant) then
        perform portarium_int.hold_home(p_tenant);
    end if;
    v_home := portarium_int.home_of(p_tenant);
    if v_home is null then
        return false;
    elsif pg_catalog.to_regnamespace(v_home) is null then
        raise exception using
            errcode = 'UP901',
            message = pg_catalog.format('schema "%s" of a tenant is missing', v_home),
            hint = 'Restore it from a dump of the tenant.';
    end if;
    v_path := pg_catalog.set_config('search_path', pg_catalog.format('pg_catalog, %I, portarium_data, pg_temp', v_home), true);
    return true;
end
$$;

-- Back to the shared schema, before the next tenant's turn.
create function portarium_int.leave(p_entered boolean)
    returns void
    language plpgsql
    as $$
declare
    v_path text;
begin
    if p_entered then
        v_path := pg_catalog.set_config('search_path', 'pg_catalog, portarium_data, pg_temp', true);
    end if;
end
$$;

create function portarium_int.is_away()
    returns boolean
    language sql
    stable
    parallel safe
    as $$ select pg_catalog.current_setting('search_path') operator(pg_catalog.^@) 'pg_catalog, pt_' $$;
