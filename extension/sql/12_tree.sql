-- SPDX-License-Identifier: PostgreSQL
-- Growing an RFC 6962 tree from its frontier, and proofs in it. The native flavour replaces the three functions at the end.
-- The frontier holds the roots of the perfect subtrees of the current size, largest first: one hash for each set bit of the size.
-- Appending a leaf is adding one to a binary number: as long as the lowest bit is set, the last subtree joins the new one.

create function portarium_int.require_frontier(p_size bigint, p_frontier bytea)
    returns void
    language plpgsql
    immutable
    parallel safe
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if p_size is null or p_size < 0 or length(p_frontier) is distinct from 32 * bit_count(p_size::bit(64))::int then
        raise exception using
            errcode = 'UP007',
            message = format('frontier does not belong to a tree of size "%s"', p_size);
    end if;
end
$$;

create function portarium_int.require_hashes(p_hashes bytea[])
    returns void
    language plpgsql
    immutable
    parallel safe
    set search_path = pg_catalog, pg_temp
    as $$
begin
    if p_hashes is null or exists (select from unnest(p_hashes) h (hash) where length(h.hash) is distinct from 32) then
        raise exception using
            errcode = 'UP007',
            message = 'list of hashes has a member that is not 32 bytes long';
    end if;
end
$$;

create function portarium_int.frontier_add(p_size bigint, p_frontier bytea, p_leaf_hash bytea)
    returns bytea
    language plpgsql
    immutable
    strict
    parallel safe
    set search_path = pg_catalog, pg_temp
    as $$
declare
    v_bits bigint := p_size;
    v_keep int := length(p_frontier);
    v_node bytea := p_leaf_hash;
begin
    while v_bits & 1 = 1 loop
        v_keep := v_keep - 32;
        v_node := sha256('\x01'::bytea || substr(p_frontier, v_keep + 1, 32) || v_node);
        v_bits := v_bits >> 1;
    end loop;
    return substr(p_frontier, 1, v_keep) || v_node;
end
$$;

create function portarium_int.frontier_root(p_frontier bytea)
    returns bytea
    language plpgsql
    immutable
    strict
    parallel safe
    set search_path = pg_catalog, pg_temp
    as $$
declare
    v_at int := length(p_frontier) - 32;
    v_root bytea := substr(p_frontier, greatest(v_at, 0) + 1);
begin
    if v_at < 0 then
        return sha256('');
    end if;
    while v_at > 0 loop
        v_at := v_at - 32;
        v_root := sha256('\x01'::bytea || substr(p_frontier, v_at + 1, 32) || v_root);
    end loop;
    return v_root;
end
$$;

create function portarium_int.tree_append(
    inout size bigint,
    inout frontier bytea,
    inout last_leaf bytea,
    p_tenant uuid,
    p_epoch int,
    p_entry_hashes bytea[],
    out root bytea,
    out leaf_hashes bytea[])
    language plpgsql
    immutable
    parallel safe
    set search_path = pg_catalog, pg_temp
    as $$
declare
    v_head bytea := 'EVL1'::bytea || uuid_send(p_tenant) || int4send(p_epoch);
    v_entry_hash bytea;
begin
    perform portarium_int.require_frontier(size, frontier);
    perform portarium_int.require_hashes(p_entry_hashes);
    last_leaf := case when size = 0 then decode(repeat('00', 32), 'hex') else last_leaf end;
    if length(last_leaf) is distinct from 32 or v_head is null then
        raise exception using
            errcode = 'UP007',
            message = 'tree has no tenant, no epoch or no last leaf';
    end if;
    leaf_hashes := '{}';
    foreach v_entry_hash in array p_entry_hashes loop
        last_leaf := sha256('\x00'::bytea || v_head || int8send(size) || last_leaf || v_entry_hash);
        leaf_hashes := leaf_hashes || last_leaf;
        frontier := portarium_int.frontier_add(size, frontier, last_leaf);
        size := size + 1;
    end loop;
    root := portarium_int.frontier_root(frontier);
end
$$;

create function portarium_int.meta_append(
    inout size bigint,
    inout frontier bytea,
    p_leaf_hashes bytea[],
    out root bytea)
    language plpgsql
    immutable
    parallel safe
    set search_path = pg_catalog, pg_temp
    as $$
declare
    v_leaf_hash bytea;
begin
    perform portarium_int.require_frontier(size, frontier);
    perform portarium_int.require_hashes(p_leaf_hashes);
    foreach v_leaf_hash in array p_leaf_hashes loop
        frontier := portarium_int.frontier_add(size, frontier, v_leaf_hash);
        size := size + 1;
    end loop;
    root := portarium_int.frontier_root(frontier);
end
$$;

-- RFC 6962 section 2.1.1, from the leaf upwards: on each level the sibling, if there is one, goes into the proof; then pairs become
-- the next level, and a node without a partner goes up as it is.
create function portarium_int.inclusion_proof(p_leaf_hashes bytea[], p_index bigint)
    returns bytea[]
    language plpgsql
    immutable
    strict
    parallel safe
    set search_path = pg_catalog, pg_temp
    as $$
declare
    v_level bytea[] := p_leaf_hashes;
    v_index bigint := p_index;
    v_proof bytea[] := '{}';
begin
    perform portarium_int.require_hashes(p_leaf_hashes);
    if p_index < 0 or p_index >= cardinality(p_leaf_hashes) then
        raise exception using
            errcode = 'UP007',
            message = format('index "%s" is not in a tree of size "%s"', p_index, cardinality(p_leaf_hashes));
    end if;
    while cardinality(v_level) > 1 loop
        if (v_index # 1) < cardinality(v_level) then
            v_proof := v_proof || v_level[(v_index # 1) + 1];
        end if;
        v_level := array(
            select coalesce(sha256('\x01'::bytea || v_level[i] || v_level[i + 1]), v_level[i])
            from generate_series(1, cardinality(v_level), 2) i);
        v_index := v_index >> 1;
    end loop;
    return v_proof;
end
$$;
