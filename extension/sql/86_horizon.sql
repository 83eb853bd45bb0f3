-- SPDX-License-Identifier: PostgreSQL
-- Who holds back the horizon. Rows that die are kept as long as somebody's snapshot may need them, in all tables: an old snapshot costs
-- everybody. Claims are made not to mind (DESIGN.md, 9); tables and indexes grow all the same.
-- Other logins' sessions are seen only with pg_read_all_stats, which install() gives to portarium_sys when a superuser calls it.

-- All that have a snapshot, a slot or a prepared transaction, the oldest first; seconds: since when, where that is known.
create function portarium_int.horizon_holders()
    returns table (holder text, transactions int, seconds bigint, remedy text)
    language sql
    volatile
    as $$
    select h.holder, h.transactions, extract(epoch from pg_catalog.clock_timestamp() - h.since)::bigint, h.remedy
    from (
        select pg_catalog.format('session %s of %s, %s', a.pid, coalesce(a.usename, a.backend_type),
                coalesce(nullif(a.application_name, '') || ', ', '') || coalesce(a.state, 'at work')),
            pg_catalog.age(a.backend_xmin), a.xact_start,
            pg_catalog.format('pg_terminate_backend(%s)', a.pid)
        from pg_catalog.pg_stat_activity a
        -- a vacuum holds nothing back
        where a.backend_xmin is not null and a.pid <> pg_catalog.pg_backend_pid() and a.backend_type <> 'autovacuum worker'
        union all
        select pg_catalog.format('prepared transaction %L of %s', p.gid, p.owner), pg_catalog.age(p.transaction), p.prepared,
            pg_catalog.format('commit prepared %L, or rollback prepared', p.gid)
        from pg_catalog.pg_prepared_xacts p
        union all
        select pg_catalog.format('replication slot "%s"', s.slot_name),
            greatest(pg_catalog.age(s.xmin), pg_catalog.age(s.catalog_xmin)), null,
            pg_catalog.format('let its reader catch up, or pg_drop_replication_slot(%L)', s.slot_name)
        from pg_catalog.pg_replication_slots s
        where s.xmin is not null or s.catalog_xmin is not null
    ) h (holder, transactions, since, remedy)
    order by h.transactions desc
$$;

create function portarium_int.sees_sessions()
    returns boolean
    language sql
    stable
    as $$ select pg_catalog.pg_has_role('pg_read_all_stats', 'usage') $$;

-- For how long somebody has held it back: what the oldest holder whose time is known says.
create function portarium_int.horizon_age()
    returns bigint
    language sql
    volatile
    as $$ select coalesce(pg_catalog.max(h.seconds), 0) from portarium_int.horizon_holders() h $$;

-- Five minutes are longer than any statement of ours; a million transactions are many dead rows, whoever holds them.
create function portarium_int.horizon_findings(p_seconds int default 300, p_transactions int default 1000000)
    returns table (severity text, finding text)
    language sql
    volatile
    as $$
    select 'warning', pg_catalog.format('%s holds back the horizon for %s s and %s transactions, so dead rows stay: %s', h.holder,
        coalesce(h.seconds::text, '?'), h.transactions, h.remedy)
    from portarium_int.horizon_holders() h
    where h.seconds > p_seconds or h.transactions > p_transactions
    union all
    select 'info', 'who holds back the horizon cannot be seen: GRANT pg_read_all_stats TO portarium_sys'
    where not portarium_int.sees_sessions()
$$;

create function portarium.horizon()
    returns table (holder text, transactions int, seconds bigint, remedy text)
    language sql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$ select * from portarium_int.horizon_holders() $$;
comment on function portarium.horizon() is
    'Who holds back the horizon behind which dead rows can be removed, the oldest first: sessions with a snapshot, prepared transactions, replication slots; how many transactions ago, for how many seconds (null where that is not known), and what ends it. Sessions of others are seen when portarium_sys has pg_read_all_stats. For members of portarium_admin. Errors: none of its own';
