-- SPDX-License-Identifier: PostgreSQL
-- What the notary asks and tells. It reads the meta-log and the leaves behind it, computes every hash again, and records the
-- checkpoint that it signed. Reading writes nothing.

create function portarium.notary_head(
    out origin text,
    out meta_size bigint,
    out meta_root bytea,
    out waiting boolean,
    out wal pg_lsn)
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
begin
    -- the snapshot is older than this position, so all of the log lies before it
    select m.origin, m.size, m.root, c.timeline <> portarium_int.wal_timeline(), pg_current_wal_insert_lsn()
    into origin, meta_size, meta_root, waiting, wal
    from meta_tree m, seal_cursor c;
end
$$;
comment on function portarium.notary_head() is
    'The meta-log''s name, size (meta leaves) and RFC 6962 root; waiting: sealing waits for notary_confirm, because the server''s timeline is a
new one or the notary has refused the log; wal: all of the log lies before this position';

-- With its caller's rights: the extension takes none that reach over all of the server.
create function portarium.notary_standbys(wal pg_lsn)
    returns bigint
    language sql
    volatile
    as $$ select pg_catalog.count(*) from pg_catalog.pg_stat_replication r where r.flush_lsn >= notary_standbys.wal $$;
comment on function portarium.notary_standbys(pg_lsn) is
    'On how many standbys the WAL before this position is safe. Sees only as much as the caller may: grant pg_read_all_stats to portarium_notary';

create function portarium.notary_confirm(meta_size bigint, root bytea)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
begin
    if not exists (
        select from meta_tree m where m.size = notary_confirm.meta_size and m.root = notary_confirm.root) then
        raise exception using
            errcode = 'UP902',
            message = format('meta-log of size %s is not the one that was signed', notary_confirm.meta_size);
    end if;
    update seal_cursor set timeline = portarium_int.wal_timeline();
end
$$;
comment on function portarium.notary_confirm(bigint, bytea) is
    'The notary has signed the meta-log as it stands, so nothing that was signed is missing on this timeline: sealing goes on. Errors: UP902
another size or root';

create function portarium.notary_meta(from_index bigint, max_rows int)
    returns table (meta_index bigint, tenant_hash bytea, epoch int, size bigint, root bytea, round bigint)
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
begin
    return query
        select m.meta_index, m.tenant_hash, m.epoch, m.size, m.root, m.round
        from meta_leaf m
        where m.meta_index >= notary_meta.from_index
        order by m.meta_index
        limit notary_meta.max_rows;
end
$$;
comment on function portarium.notary_meta(bigint, int) is 'Meta leaves from an index on, in order, at most max_rows';

create function portarium.notary_leaves(tenant_hash bytea, epoch int, from_index bigint, to_index bigint)
    returns table (idx bigint, tenant_id uuid, entry_hash bytea)
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := (
        select t.tenant_id from tree t where t.tenant_hash = notary_leaves.tenant_hash and t.epoch = notary_leaves.epoch);
    v_entered boolean := portarium_int.enter(v_tenant);
begin
    return query
        select l.idx, l.tenant_id, l.entry_hash
        from leaf l
        where l.tenant_id = v_tenant
            and l.epoch = notary_leaves.epoch
            and l.idx >= notary_leaves.from_index
            and l.idx < notary_leaves.to_index
        order by l.idx;
end
$$;
comment on function portarium.notary_leaves(bytea, int, bigint, bigint) is
    'Leaves of the tenant with this salted hash, from from_index to below to_index, in order';

-- Refuses a note whose three lines do not say what the call says.
create function portarium_int.require_checkpoint_note(p_origin text, p_size bigint, p_root bytea, p_note text)
    returns void
    language plpgsql
    stable
    as $$
declare
    v_text text := pg_catalog.format(e'%s\n%s\n%s\n', p_origin, p_size, pg_catalog.encode(p_root, 'base64'));
begin
    if portarium_int.note_text(p_note) is distinct from v_text then
        raise exception using
            errcode = 'UP007',
            message = pg_catalog.format('note of checkpoint "%s" does not name this log, size and root', p_size);
    end if;
    if portarium_int.note_verdict(p_note, portarium_int.trusted_keys()) = 'refused' then
        raise exception using
            errcode = 'UP007',
            message = pg_catalog.format('note of checkpoint "%s" is not signed by a trusted key', p_size),
            hint = 'A superuser or a member of portarium_admin adds the key with portarium.trust_notary_key.';
    end if;
end
$$;

create function portarium.notary_checkpoint(meta_size bigint, root bytea, note text)
    returns void
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tree record;
    v_other text;
begin
    select m.* into v_tree from meta_tree m;
    perform portarium_int.require_checkpoint_note(
        v_tree.origin, notary_checkpoint.meta_size, notary_checkpoint.root, notary_checkpoint.note);
    if notary_checkpoint.meta_size > v_tree.size
        or (notary_checkpoint.meta_size = v_tree.size and notary_checkpoint.root <> v_tree.root) then
        raise exception using
            errcode = 'UP902',
            message = format('checkpoint "%s" is not of the log as it stands', notary_checkpoint.meta_size),
            detail = format('The log has %s meta leaves.', v_tree.size);
    end if;
    insert into checkpoint (meta_size, root, note)
    values (notary_checkpoint.meta_size, notary_checkpoint.root, notary_checkpoint.note)
    on conflict do nothing;
    select c.note into v_other from checkpoint c where c.meta_size = notary_checkpoint.meta_size;
    if v_other <> notary_checkpoint.note then
        raise exception using
            errcode = 'UP902',
            message = format('checkpoint "%s" exists with another note', notary_checkpoint.meta_size);
    end if;
    if portarium_int.commit_is_weak() then
        perform set_config('synchronous_commit', 'on', true);
    end if;
end
$$;
comment on function portarium.notary_checkpoint(bigint, bytea, text) is
    'Records a signed checkpoint (C2SP tlog-checkpoint) of the meta-log. Idempotent. Errors: UP007 the note says something else or is
not signed by a trusted key, UP902 not of the log as it stands, or another note with this size is recorded';
