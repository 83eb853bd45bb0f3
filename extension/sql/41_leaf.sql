-- SPDX-License-Identifier: PostgreSQL
-- Writing leaves: those of one tenant's log that the sealer adds in a round, from an index on; how many. The native flavour (leaf.c) does it
-- without a query.

create function portarium_int.put_leaves(
    p_tenant uuid,
    p_epoch int,
    p_first bigint,
    p_streams uuid[],
    p_seqs int[],
    p_entry_hashes bytea[],
    p_leaf_hashes bytea[],
    p_round bigint)
    returns int
    language plpgsql
    volatile
    as $$
declare
    v_rows int;
begin
    insert into leaf (tenant_id, epoch, idx, stream_id, seq, entry_hash, leaf_hash, round)
    select p_tenant, p_epoch, p_first + l.n - 1, l.stream_id, l.seq, l.entry_hash, l.leaf_hash, p_round
    from rows from (
        pg_catalog.unnest(p_streams), pg_catalog.unnest(p_seqs), pg_catalog.unnest(p_entry_hashes), pg_catalog.unnest(p_leaf_hashes)
    ) with ordinality l (stream_id, seq, entry_hash, leaf_hash, n);
    get diagnostics v_rows = row_count;
    return v_rows;
end
$$;
