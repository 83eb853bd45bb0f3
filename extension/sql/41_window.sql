-- SPDX-License-Identifier: PostgreSQL
-- Which transactions a round of the sealer takes. Order: the cursor and the round's own snapshot say what is new and what has ended
-- since; then the window is cut to about as many entries as a round may have.

-- What one round may seal: transactions from old_top to below top but for those in running, and those in finished.
create type portarium_int.seal_window as (
    old_top bigint,
    finished bigint[],
    top bigint,
    running bigint[]
);

-- p_own is this transaction's xid, taken before the snapshot.
create function portarium_int.seal_window(
    p_top bigint,
    p_running bigint[],
    p_own bigint,
    p_snapshot pg_snapshot)
    returns portarium_int.seal_window
    language sql
    immutable
    as $$
    select
        p_top,
        array(select r from pg_catalog.unnest(p_running) r where r <> all (s.xip)),
        s.top,
        array(select x from pg_catalog.unnest(s.xip) x where x < s.top)
    from (
        select
            least(p_own, pg_catalog.pg_snapshot_xmax(p_snapshot)::text::bigint),
            array(select x::text::bigint from pg_catalog.pg_snapshot_xip(p_snapshot) x)
    ) s (top, xip)
$$;

-- The transaction of each entry that a window holds when its top is lowered to p_top. Inlined.
create function portarium_int.seal_xids(p_window portarium_int.seal_window, p_top bigint)
    returns table (xid bigint)
    language sql
    stable
    as $$
    select e.xid from entry e
    where e.xid >= (p_window).old_top and e.xid < p_top and e.xid <> all ((p_window).running)
    union all
    select e.xid from entry e
    where e.xid = any ((p_window).finished)
    union all
    select s.xid from stirred s cross join lateral pg_catalog.generate_series(1, s.entries)
    where s.xid < p_top and s.xid <> all ((p_window).running)
$$;

-- Does it hold so many? Looks no further than that.
create function portarium_int.seal_holds(p_window portarium_int.seal_window, p_top bigint, p_limit int)
    returns boolean
    language plpgsql
    stable
    set enable_seqscan = off
    set enable_indexscan = off
    as $$
begin
    return (select pg_catalog.count(*) from (select from portarium_int.seal_xids(p_window, p_top) limit p_limit) w) = p_limit;
end
$$;

-- The same window, with top lowered until it holds about p_limit entries. The oldest transactions come first, so that one tenant's
-- flood cannot hold up another; a transaction is never cut. The oldest are looked for among four times as many each time, so that the
-- cost goes by what is sealed and not by what waits.
create function portarium_int.seal_limit(p_window portarium_int.seal_window, p_limit int)
    returns portarium_int.seal_window
    language plpgsql
    stable
    set enable_seqscan = off
    set enable_indexscan = off
    as $$
declare
    v_span bigint := 16;
begin
    if not portarium_int.seal_holds(p_window, p_window.top, p_limit) then
        return p_window;
    end if;
    while p_window.old_top + v_span < p_window.top and not portarium_int.seal_holds(p_window, p_window.old_top + v_span, p_limit) loop
        v_span := 4 * v_span;
    end loop;
    p_window.top := least(p_window.top, coalesce((
        select x.xid + 1
        from portarium_int.seal_xids(p_window, least(p_window.top, p_window.old_top + v_span)) x
        order by x.xid
        limit 1 offset p_limit - 1), p_window.top));
    return p_window;
end
$$;
