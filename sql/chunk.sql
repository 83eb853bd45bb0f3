-- Chunks: proofs that are made with them are those that all leaves give, at every boundary.
set client_min_messages = warning;
\set tenant '''00000000-0000-4000-8000-0000000000a1'''
select portarium.create_tenant('first', null, :tenant);
select portarium.bind_login(session_user, :tenant, 'ann', '{operator}');

-- grows to 1100 in rounds that end before, at and behind a boundary, and that complete none, one and two chunks
do $$
declare
    v_size int;
begin
    foreach v_size in array '{255, 256, 257, 700, 1024, 1100}'::int[] loop
        perform portarium.append_evidence('app.note', '{}')
        from generate_series((select count(*) from portarium_data.leaf) + 1, v_size);
        commit;
        for i in 1 .. 2000 loop
            perform portarium_int.seal();
            commit;
            exit when (select count(*) = v_size from portarium_data.leaf);
            perform pg_sleep(0.005);
        end loop;
    end loop;
end
$$;
set search_path = portarium_data, pg_catalog;
select n, hash = portarium_int.root_of(portarium_int.leaf_hashes(:tenant, 1, n * 256, n * 256 + 256)) as hash from chunk order by n;
select count(*), bool_and(portarium_int.leaf_proof(:tenant, 1, i, n)
    = portarium_int.inclusion_proof(portarium_int.leaf_hashes(:tenant, 1, 0, n), i)) as same
from unnest('{1,2,3,255,256,257,300,511,512,513,768,769,1000,1024,1025,1100}'::int[]) n
cross join unnest('{0,1,2,100,254,255,256,257,510,511,512,767,768,999,1023,1024,1099}'::int[]) i
where i < n;

-- the meta-log likewise; its leaves are made up here, and gone again
begin;
select portarium_int.seal_meta(n, array(select sha256(int4send(n * 1000 + i)) from generate_series(1, n) i),
    array_fill(1, array[n]), array_fill(7::bigint, array[n]), array_fill(sha256('root'), array[n])) is null as done
from unnest('{1,200,40,300,1,400}'::int[]) n;
select size = (select count(*) from meta_leaf) as size, root = portarium_int.root_of(portarium_int.meta_leaf_hashes(0, size)) as root
from meta_tree;
select n, hash = portarium_int.root_of(portarium_int.meta_leaf_hashes(n * 256, n * 256 + 256)) as hash from meta_chunk order by n;
select count(*), bool_and(portarium_int.meta_leaf_proof(i, n)
    = portarium_int.inclusion_proof(portarium_int.meta_leaf_hashes(0, n), i)) as same
from unnest('{1,2,255,256,257,511,512,513,900}'::int[]) n
cross join unnest('{0,1,254,255,256,511,512,899}'::int[]) i
where i < n;
rollback;
