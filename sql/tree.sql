-- Trees: the golden vectors, growth in pieces, proofs, what does not fit.
\set SHOW_CONTEXT never

\set vectors `cat test/vectors/tree.json`
create temp table given as
select (v ->> 'tenant')::uuid as tenant, (v ->> 'epoch')::int as epoch,
    array(select decode(h, 'hex') from json_array_elements_text(v -> 'entry_hashes') h) as entries,
    array(select decode(s ->> 'leaf_hash', 'hex') from json_array_elements(v -> 'states') s where s ->> 'leaf_hash' is not null) as leaves,
    v -> 'states' as states, v -> 'proofs' as proofs
from (select :'vectors'::json) j (v);

-- All states from 0 to 20, each grown at once.
select count(*) as states, bool_and(encode(t.frontier, 'hex') = s ->> 'frontier') as frontier, bool_and(encode(t.root, 'hex') = s ->> 'root') as root,
    bool_and(t.leaf_hashes = g.leaves[1:(s ->> 'size')::int]) as leaves, bool_and(t.size = (s ->> 'size')::int) as size
from given g
cross join json_array_elements(g.states) s
cross join portarium_int.tree_append(0::bigint, '', null, g.tenant, g.epoch, g.entries[1:(s ->> 'size')::int]) t;

-- In two pieces, cut anywhere.
select count(*) as cuts, bool_and(b.root = c.root and b.frontier = c.frontier and b.last_leaf = c.last_leaf and a.leaf_hashes || b.leaf_hashes = c.leaf_hashes) as same
from given g
cross join generate_series(0, 20) cut
cross join portarium_int.tree_append(0::bigint, '', null, g.tenant, g.epoch, g.entries[1:cut]) a
cross join portarium_int.tree_append(a.size, a.frontier, a.last_leaf, g.tenant, g.epoch, g.entries[cut + 1:20]) b
cross join portarium_int.tree_append(0::bigint, '', null, g.tenant, g.epoch, g.entries) c;

-- The meta-log's tree over leaves that are hashes already.
select count(*) as states, bool_and(encode(m.frontier, 'hex') = s ->> 'frontier' and encode(m.root, 'hex') = s ->> 'root') as same
from given g
cross join json_array_elements(g.states) s
cross join portarium_int.meta_append(0::bigint, '', g.leaves[1:(s ->> 'size')::int]) m;

select count(*) as proofs,
    bool_and(portarium_int.inclusion_proof(g.leaves[1:(p ->> 'size')::int], (p ->> 'index')::bigint)
        = array(select decode(h, 'hex') from json_array_elements_text(p -> 'proof') h)) as same
from given g
cross join json_array_elements(g.proofs) p;

-- A leaf's place, its tenant and its epoch are in its hash.
select count(distinct t.root) as roots
from given g
cross join lateral (values (g.tenant, g.epoch), (g.tenant, g.epoch + 1), (gen_random_uuid(), g.epoch)) v (tenant, epoch)
cross join portarium_int.tree_append(0::bigint, '', null, v.tenant, v.epoch, g.entries[1:1]) t;

select * from portarium_int.tree_append(3::bigint, '\x00', null, gen_random_uuid(), 1, '{}');
select * from portarium_int.tree_append(null, '', null, gen_random_uuid(), 1, '{}');
select * from portarium_int.tree_append(1::bigint, decode(repeat('00', 32), 'hex'), null, gen_random_uuid(), 1, '{}');
select * from portarium_int.tree_append(0::bigint, '', null, null, 1, '{}');
select * from portarium_int.tree_append(0::bigint, '', null, gen_random_uuid(), 1, '{"\\x00"}');
select * from portarium_int.tree_append(0::bigint, '', null, gen_random_uuid(), 1, '{null}');
select * from portarium_int.meta_append(-1::bigint, '', '{}');
select portarium_int.inclusion_proof('{}', 0);
select portarium_int.inclusion_proof(g.leaves, 20) from given g;
