-- SPDX-License-Identifier: PostgreSQL
-- Which homes have new entries. The sealer's cursor tells what is new by transaction, whatever table it is in; this tells it which
-- homes to look into, so that a tenant that rests costs nothing. A transaction that appends to a home leaves a row here, in the same
-- commit; the sealer takes it away with the round that seals it.

create function portarium_int.stamp_stir()
    returns void
    language plpgsql
    as $$
begin
    create table stirred (
        tenant_id uuid not null,
        xid bigint not null,
        entries int not null
    );
end
$$;

-- On the caller's path: called where is_away() holds.
create function portarium_int.stir(p_tenant uuid, p_entries int)
    returns void
    language plpgsql
    as $$
begin
    insert into stirred (tenant_id, xid, entries) values (p_tenant, pg_catalog.pg_current_xact_id()::text::bigint, p_entries);
end
$$;
