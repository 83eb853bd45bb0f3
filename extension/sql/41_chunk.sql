-- SPDX-License-Identifier: PostgreSQL
-- Chunks: the roots of full, aligned runs of 256 leaves. A run of a power of two is a subtree of every larger tree (RFC 6962), so the
-- roots of the chunks stand for the leaves: a proof is one inside the leaf's chunk, and one of the chunk among all.
-- The sealer makes a chunk when its last leaf is there; nothing changes one.

create function portarium_int.chunk_size()
    returns int
    language sql
    immutable
    parallel safe
    as $$ select 256 $$;

create function portarium_int.root_of(p_hashes bytea[])
    returns bytea
    language sql
    immutable
    parallel safe
    as $$ select a.root from portarium_int.meta_append(0, '', p_hashes) a $$;

-- The leaves of a tenant from p_from to below p_to.
create function portarium_int.leaf_hashes(p_tenant uuid, p_epoch int, p_from bigint, p_to bigint)
    returns bytea[]
    language sql
    stable
    as $$
    select array(
        select l.leaf_hash
        from leaf l
        where l.tenant_id = p_tenant and l.epoch = p_epoch and l.idx >= p_from and l.idx < p_to
        order by l.idx)
$$;

create function portarium_int.meta_leaf_hashes(p_from bigint, p_to bigint)
    returns bytea[]
    language sql
    stable
    as $$
    select array(
        select l.leaf_hash from meta_leaf l where l.meta_index >= p_from and l.meta_index < p_to order by l.meta_index)
$$;

-- The chunks that a log's growth from p_old to p_size leaves has completed, as their first leaf and the one behind their last.
create function portarium_int.full_chunks(p_old bigint, p_size bigint)
    returns table (n bigint, first bigint, behind bigint)
    language sql
    immutable
    as $$
    select c.n, c.n * portarium_int.chunk_size(), (c.n + 1) * portarium_int.chunk_size()
    from pg_catalog.generate_series(p_old / portarium_int.chunk_size(), p_size / portarium_int.chunk_size() - 1) c (n)
$$;

-- p_chunks: the roots of the full chunks; p_inner: the leaves of the chunk that p_index lies in; p_rest: those behind the last full one.
create function portarium_int.chunk_proof(p_index bigint, p_inner bytea[], p_chunks bytea[], p_rest bytea[])
    returns bytea[]
    language sql
    immutable
    as $$
    select portarium_int.inclusion_proof(p_inner, p_index % portarium_int.chunk_size())
        || portarium_int.inclusion_proof(
            p_chunks || case when pg_catalog.cardinality(p_rest) > 0 then array[portarium_int.root_of(p_rest)] else '{}' end,
            p_index / portarium_int.chunk_size())
$$;

-- The RFC 6962 inclusion proof of a tenant's leaf in the tree of the first p_size leaves.
create function portarium_int.leaf_proof(p_tenant uuid, p_epoch int, p_idx bigint, p_size bigint)
    returns bytea[]
    language sql
    stable
    as $$
    select portarium_int.chunk_proof(p_idx,
        portarium_int.leaf_hashes(p_tenant, p_epoch, c.start, least(c.start + portarium_int.chunk_size(), p_size)),
        array(
            select k.hash
            from chunk k
            where k.tenant_id = p_tenant and k.epoch = p_epoch and k.n < p_size / portarium_int.chunk_size()
            order by k.n),
        portarium_int.leaf_hashes(p_tenant, p_epoch, p_size - p_size % portarium_int.chunk_size(), p_size))
    from (values (p_idx - p_idx % portarium_int.chunk_size())) c (start)
$$;

-- The same in the meta-log.
create function portarium_int.meta_leaf_proof(p_index bigint, p_size bigint)
    returns bytea[]
    language sql
    stable
    as $$
    select portarium_int.chunk_proof(p_index,
        portarium_int.meta_leaf_hashes(c.start, least(c.start + portarium_int.chunk_size(), p_size)),
        array(select k.hash from meta_chunk k where k.n < p_size / portarium_int.chunk_size() order by k.n),
        portarium_int.meta_leaf_hashes(p_size - p_size % portarium_int.chunk_size(), p_size))
    from (values (p_index - p_index % portarium_int.chunk_size())) c (start)
$$;
