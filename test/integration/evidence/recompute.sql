-- SPDX-License-Identifier: PostgreSQL
-- Makes every hash fit the entries as they are now: leaves, trees, the meta-log. What a superuser can do, and all that he can.
create schema if not exists portarium_test;
grant usage on schema portarium_test to public;

-- what the database itself can say of the context's tenant when it takes no checkpoint into account
create or replace function portarium_test.unsigned()
    returns table (ok boolean, bad_index bigint)
    language sql
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
    select v.reason is null, v.bad_index
    from tree t
    cross join lateral portarium_int.verify_leaves(
        row(0, '', decode(repeat('00', 32), 'hex'), sha256(''), null, null)::portarium_int.verify_state, t.tenant_id, t.epoch, t.size) s
    cross join lateral portarium_int.verify_tree(s, t.tenant_id, t.epoch) v
    where t.tenant_id = portarium.tenant_id()
$$;
grant execute on function portarium_test.unsigned() to public;

set local search_path = portarium_data, pg_catalog;

-- places without a gap, in the order that is left
update leaf l
set idx = n.place + 1000000
from (select tenant_id, idx, row_number() over (partition by tenant_id order by idx) - 1 as place from leaf) n
where n.tenant_id = l.tenant_id and n.idx = l.idx;
update leaf set idx = idx - 1000000;

create temp table grown on commit drop as
select t.tenant_id, a.*
from tree t
cross join lateral (
    select array_agg(portarium_int.entry_hash(e.salt, e.tenant_id, e.stream_id, e.seq, e.at, e.kind, e.actor, e.canon) order by l.idx)
    from leaf l join entry e using (tenant_id, stream_id, seq)
    where l.tenant_id = t.tenant_id) h (hashes)
cross join lateral portarium_int.tree_append(0, '', decode(repeat('00', 32), 'hex'), t.tenant_id, t.epoch, h.hashes) a;

update leaf l
set entry_hash = portarium_int.entry_hash(e.salt, e.tenant_id, e.stream_id, e.seq, e.at, e.kind, e.actor, e.canon),
    leaf_hash = g.leaf_hashes[l.idx + 1]
from entry e, grown g
where (e.tenant_id, e.stream_id, e.seq) = (l.tenant_id, l.stream_id, l.seq) and g.tenant_id = l.tenant_id;

update tree t
set size = g.size, frontier = g.frontier, last_leaf = g.last_leaf, root = g.root
from grown g
where g.tenant_id = t.tenant_id;

-- meta leaves of a log that has become shorter end at its new size
update meta_leaf m
set size = least(m.size, t.size), root = a.root
from tree t
cross join lateral (select l.size from meta_leaf l where l.tenant_hash = t.tenant_hash) s
cross join lateral portarium_int.tree_append(0, '', decode(repeat('00', 32), 'hex'), t.tenant_id, t.epoch,
    array(select l.entry_hash from leaf l where l.tenant_id = t.tenant_id and l.idx < least(s.size, t.size) order by l.idx)) a
where m.tenant_hash = t.tenant_hash and s.size = m.size;
update meta_leaf set leaf_hash = portarium_int.meta_leaf_hash(tenant_hash, epoch, size, root, round);
update meta_tree m
set (size, frontier, root) = (
    select a.size, a.frontier, a.root
    from portarium_int.meta_append(0, '', array(select l.leaf_hash from meta_leaf l order by l.meta_index)) a);
