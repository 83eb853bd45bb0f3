-- SPDX-License-Identifier: PostgreSQL
-- After a restore from a dump: the numbers of transactions in the evidence are those of another cluster. This gives them a meaning
-- here, once: what has its leaf is older than anything, what has none was written by this very transaction and is sealed next.
-- Lock: writers of evidence wait until it commits.

create function portarium_int.adopt_evidence()
    returns bigint
    language plpgsql
    volatile
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_own bigint := pg_current_xact_id()::text::bigint;
    v_unsealed bigint;
begin
    lock table entry in share row exclusive mode;
    update entry e
    set xid = 0
    where e.xid >= v_own
        and exists (
            select from leaf l where l.tenant_id = e.tenant_id and l.stream_id = e.stream_id and l.seq = e.seq);
    update entry e
    set xid = v_own
    where not exists (
        select from leaf l where l.tenant_id = e.tenant_id and l.stream_id = e.stream_id and l.seq = e.seq);
    get diagnostics v_unsealed = row_count;
    update seal_cursor
    set top = v_own, running = '{}', timeline = portarium_int.wal_timeline(), system_identifier = (select c.system_identifier from pg_control_system() c);
    return v_unsealed;
end
$$;
comment on function portarium_int.adopt_evidence() is
    'After a restore from a dump: lets sealing go on in this cluster. For superusers. Returns how many entries are still to be sealed';
