-- SPDX-License-Identifier: PostgreSQL
-- After a restore from a dump: the numbers of transactions in the evidence are those of another cluster. This gives them a meaning
-- here, once: what has its leaf is older than anything, what has none was written by this very transaction and is sealed next.
-- Lock: writers of evidence wait until it commits.

-- On the caller's path. Returns how many of the entries there are still to be sealed.
create function portarium_int.adopt_entries(p_own bigint)
    returns bigint
    language plpgsql
    volatile
    as $$
declare
    v_unsealed bigint;
begin
    lock table entry in share row exclusive mode;
    update entry e
    set xid = 0
    where e.xid >= p_own
        and exists (
            select from leaf l where l.tenant_id = e.tenant_id and l.stream_id = e.stream_id and l.seq = e.seq);
    update entry e
    set xid = p_own
    where not exists (
        select from leaf l where l.tenant_id = e.tenant_id and l.stream_id = e.stream_id and l.seq = e.seq);
    get diagnostics v_unsealed = row_count;
    return v_unsealed;
end
$$;

create function portarium_int.adopt_evidence()
    returns bigint
    language plpgsql
    volatile
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_own bigint := pg_current_xact_id()::text::bigint;
    v_unsealed bigint := portarium_int.adopt_entries(v_own);
    v_home uuid;
    v_entered boolean;
    v_left bigint;
begin
    delete from stirred;
    -- the timeline of a cluster that is made from a dump may have the old one's number
    update executor set epoch = epoch + 1;
    update lease set until = '-infinity';
    for v_home in
        select t.tenant_id from tenant t where t.home is not null
    loop
        v_entered := portarium_int.enter(v_home);
        v_left := portarium_int.adopt_entries(v_own);
        perform portarium_int.leave(v_entered);
        insert into stirred (tenant_id, xid, entries) values (v_home, v_own, v_left);
        v_unsealed := v_unsealed + v_left;
    end loop;
    update seal_cursor
    set top = v_own, running = '{}', timeline = portarium_int.wal_timeline(), system_identifier = (select c.system_identifier from pg_control_system() c);
    return v_unsealed;
end
$$;
comment on function portarium_int.adopt_evidence() is
    'After a restore from a dump: lets sealing go on in this cluster, and voids what executors hold of the other. For superusers. Returns how many entries are still to be sealed';
