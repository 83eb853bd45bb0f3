-- SPDX-License-Identifier: PostgreSQL
-- Moving a tenant: the shares of all its tables, what the copy has of each, and the one comparison of every row of both places.
-- The row of tenant_move says how far the copy is: the place in the log, the oldest transaction that the next share has to look for
-- ("seen"), each table's rows and digest in the copy ("places"), and the transactions that wrote the copy ("written").

-- The schemas that a tenant's rows come from and go to.
create function portarium_int.move_schemas(p_tenant uuid, out source name, out target name)
    language sql
    stable
    as $$
    select case when (m.tier = 'B') then 'portarium_data' else portarium_int.home_name(p_tenant) end,
        case when (m.tier = 'B') then portarium_int.home_name(p_tenant) else 'portarium_data' end
    from portarium_data.tenant_move m
    where m.tenant_id = p_tenant
$$;

create function portarium_int.differs(p_table name, p_old text, p_new text)
    returns void
    language plpgsql
    as $$
begin
    raise exception using errcode = 'UP901', message = pg_catalog.format('table "%s" was not moved as it is', p_table),
        detail = pg_catalog.format('It has %s in the old place and %s in the new one.', p_old, p_new);
end
$$;

-- Which of a table's rows go before the turn: in a schema that others work through, runs only when they have ended, because an exchange
-- finds runs among the shared rows by their state, whosever they are.
create function portarium_int.moves_early(p_target name, p_table name)
    returns text
    language sql
    immutable
    as $$ select case when p_target = 'portarium_data' and p_table = 'run' then 'portarium_int.is_terminal(s.state)' else 'true' end $$;

-- Brings the copy of each table but the log's up to date; p_last: with all that did not go before.
create function portarium_int.copy_tables(p_tenant uuid, p_last boolean)
    returns bigint
    language plpgsql
    as $$
declare
    v_schemas record;
    v_move record;
    v_table name;
    v_early text;
    v_rows bigint;
    v_digest bigint;
    v_copy record;
    v_copied bigint := 0;
    v_places jsonb := '{}';
begin
    select s.* into v_schemas from portarium_int.move_schemas(p_tenant) s;
    select m.* into v_move from portarium_data.tenant_move m where m.tenant_id = p_tenant;
    for v_table in
        select o from portarium_int.own_tables(portarium_int.home_name(p_tenant)) o where o not in ('entry', 'leaf')
    loop
        v_early := portarium_int.moves_early(v_schemas.target, v_table);
        v_rows := v_move.places -> v_table ->> 0;
        v_digest := v_move.places -> v_table ->> 1;
        if v_schemas.target = 'portarium_data' and v_rows is not null
            and not portarium_int.copy_is_ours(v_schemas.target, v_table, p_tenant, v_rows, v_move.written)
        then
            perform portarium_int.take_rows(v_schemas.target, v_table, p_tenant);
            v_rows := null;
        end if;
        select c.* into v_copy
        from portarium_int.copy_rows(v_schemas.source, v_schemas.target, v_table, p_tenant,
            case when v_rows is not null then portarium_int.age_of(v_move.seen) end,
            case when p_last then 'true' else v_early end, case when p_last then pg_catalog.format('not (%s)', v_early) else 'false' end,
            coalesce(v_rows, 0), case when v_rows is not null then v_digest else 0 end) c;
        if p_last and v_copy.rows <> v_copy.there then
            perform portarium_int.differs(v_table, v_copy.there::text, v_copy.rows::text);
        end if;
        v_places := v_places || pg_catalog.jsonb_build_object(v_table, pg_catalog.jsonb_build_array(v_copy.rows, v_copy.digest));
        v_copied := v_copied + v_copy.copied;
    end loop;
    update portarium_data.tenant_move m
    set places = m.places || v_places, written = m.written || pg_catalog.pg_current_xact_id()::xid
    where m.tenant_id = p_tenant;
    return v_copied;
end
$$;

-- What of the log has its place, from where it was left on, at most p_limit leaves.
create function portarium_int.copy_sealed(p_tenant uuid, p_limit int)
    returns bigint
    language plpgsql
    as $$
declare
    v_schemas record;
    v_move record;
    v_log record;
begin
    select s.* into v_schemas from portarium_int.move_schemas(p_tenant) s;
    select m.* into v_move from portarium_data.tenant_move m where m.tenant_id = p_tenant;
    select l.* into v_log from portarium_int.copy_log(v_schemas.source, v_schemas.target, p_tenant, p_limit, v_move.epoch, v_move.idx) l;
    update portarium_data.tenant_move m
    set epoch = v_log.epoch, idx = v_log.idx, places = m.places || pg_catalog.jsonb_build_object(
        'leaf', pg_catalog.jsonb_build_array(coalesce((m.places -> 'leaf' ->> 0)::bigint, 0) + v_log.leaves),
        'entry', pg_catalog.jsonb_build_array(coalesce((m.places -> 'entry' ->> 0)::bigint, 0) + v_log.entries))
    where m.tenant_id = p_tenant;
    return v_log.leaves;
end
$$;

-- One share of everything; how many rows it was.
create function portarium_int.copy_share(p_tenant uuid, p_limit int)
    returns bigint
    language plpgsql
    as $$
declare
    v_seen bigint := pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())::text::bigint;
    v_rows bigint := portarium_int.copy_sealed(p_tenant, p_limit) + portarium_int.copy_tables(p_tenant, false);
begin
    update portarium_data.tenant_move m set seen = v_seen, copied = m.copied + v_rows where m.tenant_id = p_tenant;
    return v_rows;
end
$$;

-- Entries that a disposition has taken away since the last share go from the copy, too; of the log nothing else ever goes.
create function portarium_int.drop_disposed(p_tenant uuid)
    returns void
    language plpgsql
    as $$
declare
    v_schemas record;
    v_disposed boolean;
    v_gone bigint;
begin
    select s.* into v_schemas from portarium_int.move_schemas(p_tenant) s;
    execute pg_catalog.format('select exists (select from %I.disposition s where s.tenant_id = $1 and pg_catalog.age(s.xmin) <= $2)', v_schemas.source)
    into v_disposed
    using p_tenant, (select portarium_int.age_of(m.seen) from portarium_data.tenant_move m where m.tenant_id = p_tenant);
    if v_disposed then
        v_gone := portarium_int.take_copies(v_schemas.target, 'entry', p_tenant, pg_catalog.format(
            'not exists (select from %I.entry s where s.tenant_id = t.tenant_id and s.stream_id = t.stream_id and s.seq = t.seq)', v_schemas.source));
        update portarium_data.tenant_move m
        set places = m.places || pg_catalog.jsonb_build_object('entry', pg_catalog.jsonb_build_array((m.places -> 'entry' ->> 0)::bigint - v_gone))
        where m.tenant_id = p_tenant;
    end if;
end
$$;

-- In one snapshot a share, and then every row of both places; raises where they differ. From here on it is enough to go on from this.
create function portarium_int.verify_copy(p_tenant uuid)
    returns void
    language plpgsql
    as $$
declare
    v_schemas record;
    v_places jsonb;
    v_table name;
    v_early text;
    v_old text;
    v_new text;
begin
    select s.* into v_schemas from portarium_int.move_schemas(p_tenant) s;
    perform portarium_int.drop_disposed(p_tenant);
    perform portarium_int.copy_share(p_tenant, null);
    v_places := (select m.places from portarium_data.tenant_move m where m.tenant_id = p_tenant);
    for v_table in
        select o from portarium_int.own_tables(portarium_int.home_name(p_tenant)) o where o not in ('entry', 'leaf')
    loop
        v_early := portarium_int.moves_early(v_schemas.target, v_table);
        v_old := (select d::text from portarium_int.table_digest(v_schemas.source, v_table, p_tenant, v_early) d);
        v_new := (select d::text from portarium_int.table_digest(v_schemas.target, v_table, p_tenant, 'true') d);
        if v_old <> v_new or v_new <> pg_catalog.format('(%s,%s)', v_places -> v_table ->> 0, v_places -> v_table ->> 1) then
            perform portarium_int.differs(v_table, v_old, v_new);
        end if;
    end loop;
    v_old := (select d::text from portarium_int.log_rows(v_schemas.source, p_tenant, true) d);
    v_new := (select d::text from portarium_int.log_rows(v_schemas.target, p_tenant, false) d);
    if v_old <> v_new or v_new <> pg_catalog.format('(%s,%s)', v_places -> 'leaf' ->> 0, v_places -> 'entry' ->> 0) then
        perform portarium_int.differs('entry', v_old, v_new);
    end if;
    update portarium_data.tenant_move m set verified = true where m.tenant_id = p_tenant;
end
$$;

-- What the entry of a move says of both places. p_taken: entries without a place in the log, which have come along.
create function portarium_int.judge_move(
    p_tenant uuid,
    p_taken bigint,
    out tables jsonb,
    out epoch int,
    out leaves bigint,
    out old_root bytea,
    out new_root bytea)
    language plpgsql
    as $$
begin
    select pg_catalog.jsonb_object_agg(p.key, case p.key
        when 'leaf' then p.value ->> 0
        when 'entry' then ((p.value ->> 0)::bigint + p_taken)::text
        else (p.value ->> 0) || ':' || pg_catalog.lpad(pg_catalog.to_hex((p.value ->> 1)::bigint), 16, '0') end)
    into tables
    from portarium_data.tenant_move m
    cross join pg_catalog.jsonb_each(m.places) p
    where m.tenant_id = p_tenant;
    select t.epoch, t.size, t.root into epoch, leaves, old_root from portarium_data.tree t where t.tenant_id = p_tenant order by t.epoch desc limit 1;
    new_root := portarium_int.root_in((portarium_int.move_schemas(p_tenant)).target, p_tenant, epoch, coalesce(leaves, 0));
    if old_root <> new_root then
        raise exception using errcode = 'UP901', message = 'log does not have its root in the new place';
    end if;
end
$$;
