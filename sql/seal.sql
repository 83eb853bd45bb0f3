-- Sealing: the window of transactions, the cursor, the order, the hashes.
set client_min_messages = warning;
\set SHOW_CONTEXT never

-- from top 100 with 95 and 98 left running: 95 has finished, 98 and 103 run, this one is 110
select * from portarium_int.seal_window(100, '{95,98}', 110, '98:108:98,103');
-- the snapshot ends behind this transaction: what came after it waits
select * from portarium_int.seal_window(100, '{}', 103, '101:108:101,105');

-- the cursor after the whole window, and after one that the limit ended at 101, at 97, at 95
create temp table cut (n serial, w portarium_int.seal_window);
insert into cut (w) values
    (row(100, '{95,97}', 110, '{98,103}')), (row(100, '{95,97}', 102, '{98,103}')),
    (row(100, '{95,97}', 98, '{98,103}')), (row(100, '{95,97}', 96, '{98,103}'));
begin;
lock table portarium_data.seal_cursor in exclusive mode;
set local search_path = portarium_data, pg_temp;
do $$
declare
    v_cut record;
    v_cursor record;
begin
    for v_cut in select * from cut order by n loop
        perform portarium_int.seal_advance(v_cut.w, 7);
        select top, running, round into v_cursor from seal_cursor;
        raise warning 'top %, running %, round %', v_cursor.top, v_cursor.running, v_cursor.round;
    end loop;
end
$$;
rollback;

-- whoever seals, in the end each entry has its place, in the order of its transactions
create function pg_temp.sealed(p_count bigint)
    returns boolean
    language plpgsql
    as $$
begin
    for i in 1 .. 2000 loop
        perform portarium_int.seal();
        if (select count(*) >= p_count from portarium_data.leaf) then
            return true;
        end if;
        perform pg_sleep(0.005);
    end loop;
    return false;
end
$$;
select portarium.create_tenant('first', null, '00000000-0000-4000-8000-0000000000a1');
select portarium.create_tenant('second', null, '00000000-0000-4000-8000-0000000000a2');
select portarium.bind_login(session_user, '00000000-0000-4000-8000-0000000000a1', 'ann', '{operator}');
do $$ begin perform portarium.append_evidence('app.one', '{}'); end $$;
do $$ begin perform portarium.append_evidence('app.two', '{}'); end $$;
do $$ begin perform portarium.append_evidence('app.' || v, '{}') from unnest('{three,four,five}'::text[]) v; end $$;
select portarium.bind_login(session_user, '00000000-0000-4000-8000-0000000000a2', 'bob', '{operator}');
do $$ begin perform portarium.append_evidence('app.six', '{}'); end $$;
select pg_temp.sealed(6);
select t.slug, l.epoch, l.idx,
    case when e.kind in ('app.three', 'app.four', 'app.five') then 'app.(three,four,five)' else e.kind end as kind
from portarium_data.leaf l
join portarium_data.entry e using (tenant_id, stream_id, seq)
join portarium_data.tenant t using (tenant_id)
order by t.slug, l.idx;

-- nothing is left, nothing is written
select portarium_int.seal();
select pg_current_xact_id_if_assigned() is null as wrote_nothing from (select portarium_int.seal()) s;

-- each leaf is the hash of the one before it and the entry; each tree the root of its leaves
select l.tenant_id, l.idx, l.leaf_hash = sha256('\x00'::bytea || 'EVL1'::bytea || uuid_send(l.tenant_id) || int4send(l.epoch)
        || int8send(l.idx) || coalesce(lag(l.leaf_hash) over (partition by l.tenant_id order by l.idx),
            decode(repeat('00', 32), 'hex')) || l.entry_hash) as leaf_hash,
    l.entry_hash = portarium_int.entry_hash(e.salt, e.tenant_id, e.stream_id, e.seq, e.at, e.kind, e.actor, e.canon) as entry_hash
from portarium_data.leaf l
join portarium_data.entry e using (tenant_id, stream_id, seq)
order by 1, 2;
with leaves as (
    select l.tenant_id, array_agg(l.leaf_hash order by l.idx) as hashes from portarium_data.leaf l group by l.tenant_id
)
select t.tenant_id, t.size, t.root = sha256('\x01'::bytea || case t.size
        when 5 then sha256('\x01'::bytea || sha256('\x01'::bytea || hashes[1] || hashes[2]) || sha256('\x01'::bytea || hashes[3] || hashes[4]))
            || hashes[5] end) as root_of_5, t.root = hashes[1] as root_of_1
from portarium_data.tree t
join leaves using (tenant_id)
order by 1;

-- the meta-log has the last root of each tenant, under its salted name
select t.slug, m.size, m.root = r.root as root,
    m.tenant_hash = sha256('portarium tenant'::bytea || t.salt || uuid_send(t.tenant_id)) as tenant_hash,
    m.leaf_hash = sha256('\x00'::bytea || 'EVM1'::bytea || m.tenant_hash || int4send(m.epoch) || int8send(m.size) || m.root
        || int8send(m.round)) as leaf_hash
from portarium_data.tenant t
join portarium_data.tree r using (tenant_id)
join portarium_data.meta_leaf m on m.tenant_hash = r.tenant_hash and m.size = r.size
order by t.slug;

-- entries of the sealing transaction itself wait for the next round
begin;
do $$ begin perform portarium.append_evidence('app.own', '{}'); end $$;
select portarium_int.seal();
do $$ begin perform portarium.append_evidence('app.own', '{}'); end $$;
commit;
select pg_temp.sealed(8);
select count(*), count(distinct (stream_id, seq)), max(idx) from portarium_data.leaf;

-- a round with a limit takes the oldest transactions, whole ones, and the next round the rest
do $$
begin
    for i in 1 .. 4 loop
        perform portarium.append_evidence('app.many', jsonb_build_object('n', n)) from generate_series(1, 3) n;
        commit;
    end loop;
end
$$;
do $$
begin
    for i in 1 .. 2000 loop
        perform portarium_int.seal(2);
        commit;
        exit when (select count(*) = 20 from portarium_data.leaf);
        perform pg_sleep(0.005);
    end loop;
end
$$;
select count(*), count(distinct (l.stream_id, l.seq)), max(l.idx),
    bool_and(count(distinct l.round) = 1) over () as transactions_are_whole
from portarium_data.leaf l
join portarium_data.entry e using (tenant_id, stream_id, seq)
where e.kind = 'app.many'
group by e.xid;

-- however many wait, a window is cut behind the transaction that fills it; one that is not full is not cut
begin;
set local search_path = pg_catalog, portarium_data;
insert into entry (tenant_id, stream_id, seq, xid, at, kind, actor, canon, salt)
select tenant_id, portarium_int.uuid7(), 1, 4000000000000 + n, now(), 'app.wide', 'ann', '{}', portarium_int.salt()
from tenant, generate_series(1, 100) n where slug = 'first';
select l.n as limit, w.top - 4000000000000 as top
from (values (1), (17), (20), (99), (100), (101)) l (n)
cross join lateral portarium_int.seal_limit(row(4000000000001, '{}', 4000000000101, '{}'), l.n) w
order by l.n;
-- one that is late by its number counts, one that is running does not
select w.top - 4000000000000 as top
from portarium_int.seal_limit(row(4000000000020, '{4000000000010}', 4000000000101, '{4000000000030}'), 14) w;
rollback;

-- no entry twice, whatever the sealer believes
do $$
declare
    v_constraint text;
begin
    insert into portarium_data.leaf
    select tenant_id, epoch, idx + 100, stream_id, seq, entry_hash, leaf_hash, round from portarium_data.leaf where idx = 0;
exception when unique_violation then
    get stacked diagnostics v_constraint = constraint_name;
    raise warning '%', v_constraint;
end
$$;

-- not with a snapshot that stands still, not in a cluster where transactions have other numbers
begin isolation level repeatable read;
do $$ begin perform portarium.append_evidence('app.own', '{}'); end $$;
select portarium_int.seal();
\echo :LAST_ERROR_SQLSTATE
rollback;
begin;
do $$ begin perform portarium.append_evidence('app.own', '{}'); end $$;
set local search_path = portarium_data, pg_temp;
select portarium_int.seal_check_cluster(5, 4, (select system_identifier from pg_control_system()));
\echo :LAST_ERROR_SQLSTATE
rollback;
select portarium_int.seal_check_cluster(4, 5, 1);
\echo :LAST_ERROR_SQLSTATE

-- restored into a cluster whose transactions have lower numbers: adopted, and sealing goes on
begin;
update portarium_data.entry set xid = xid + 1000000000;
update portarium_data.seal_cursor set top = top + 1000000000, system_identifier = 1;
do $$ begin perform portarium.append_evidence('app.after', '{}') from generate_series(1, 2) n; end $$;
select portarium_int.adopt_evidence();
commit;
select pg_temp.sealed(22);
select count(*), count(distinct (stream_id, seq)) from portarium_data.leaf;

-- block ranges that are full become known to the index, and a second call finds nothing to do
do $$ begin perform portarium.append_evidence('app.bulk', jsonb_build_object('text', repeat(md5(n::text), 40))) from generate_series(1, 600) n; end $$;
select pg_temp.sealed(622);
select portarium_int.seal_summarise();
select summarised >= 16 and summarised % 16 = 0 as summarised from portarium_data.seal_cursor;
