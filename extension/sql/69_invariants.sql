-- SPDX-License-Identifier: PostgreSQL
-- What is true of runs and of what is derived from them at every moment between two commits, as queries that find what is not. They read
-- whole tables: for tests after a fault, and for an operator in doubt.

create type portarium_int.violation as (
    invariant text,
    tenant_id uuid,
    run_id uuid,
    detail text
);

-- What will move a run on, for its present epoch.
create function portarium_int.holders()
    returns table (tenant_id uuid, run_id uuid, epoch int, kind text)
    language sql
    stable
    as $$
    select r.tenant_id, r.run_id, r.epoch, 'ready' from ready r
    union all
    select l.tenant_id, l.run_id, l.epoch, 'lease' from lease l
    union all
    select p.tenant_id, p.run_id, p.epoch, 'parked' from parked p
    union all
    select t.tenant_id, t.run_id, t.epoch, 'timer' from timer t where t.kind in ('wait', 'retry', 'start', 'again', 'ask')
    union all
    select r.tenant_id, r.run_id, r.epoch, 'approval'
    from approval a join run r on r.tenant_id = a.tenant_id and r.run_id = a.run_id
    where a.status = 'PENDING' and a.visit = r.visit
    union all
    select distinct r.tenant_id, r.run_id, r.epoch, 'strands'
    from strand s join run r on r.tenant_id = s.tenant_id and r.run_id = s.run_id and r.visit = s.visit
    where s.status in ('PENDING', 'RUNNING')
    union all
    -- an executor that has a token's action to do moves the run first
    select r.tenant_id, r.run_id, r.epoch, x.kind
    from expectation x join run r on r.tenant_id = x.tenant_id and r.run_id = x.run_id and r.visit = x.visit and r.attempt = x.attempt
    where r.state = 'RUNNING'
        and not exists (select from ready q where q.tenant_id = r.tenant_id and q.run_id = r.run_id and q.epoch = r.epoch)
        and not exists (select from parked p where p.tenant_id = r.tenant_id and p.run_id = r.run_id and p.epoch = r.epoch)
        and not exists (select from lease l where l.tenant_id = r.tenant_id and l.run_id = r.run_id and l.epoch = r.epoch)
$$;

-- A run that has not ended is moved on by one thing: never by nothing, never by two. Nothing moves one that was paused before its
-- next thing began, or that is parked, but for the question what became of it.
create function portarium_int.violated_holders()
    returns setof portarium_int.violation
    language sql
    stable
    as $$
    with h as materialized (select x.tenant_id, x.run_id, x.epoch, x.kind from portarium_int.holders() x), c as (
        select r.tenant_id, r.run_id, r.state, r.held, r.def_id, r.cur, pg_catalog.count(h.kind) as has,
            pg_catalog.string_agg(h.kind, ', ' order by h.kind) as kinds
        from run r
        left join h on h.tenant_id = r.tenant_id and h.run_id = r.run_id and h.epoch = r.epoch
        group by r.tenant_id, r.run_id, r.state, r.held, r.def_id, r.cur
    )
    select 'one thing moves a run', c.tenant_id, c.run_id, pg_catalog.format('%s%s: %s', c.state, ' paused, ' || c.held, coalesce(c.kinds, 'nothing'))
    from c
    where (c.state <> 'UNKNOWN' or c.has > ((portarium_int.question_of(c.tenant_id, c.def_id, c.cur)).operation is not null)::int)
        and c.has <> (c.state in ('RUNNING', 'WAITING_FOR_APPROVAL', 'COMPENSATING') and c.held is distinct from 'work')::int
        or c.state = 'WAITING_FOR_APPROVAL' and c.kinds <> 'approval'
$$;

-- An ended run has an end, and nothing under it goes on.
create function portarium_int.violated_ends()
    returns setof portarium_int.violation
    language sql
    stable
    as $$
    select 'an end is an end', r.tenant_id, r.run_id, pg_catalog.format('%s: %s', r.state, f.finding)
    from run r
    cross join lateral (
        values
            (portarium_int.is_terminal(r.state) <> (r.ended_at is not null), 'its time of ending disagrees'),
            (portarium_int.is_terminal(r.state) and exists (
                select from approval a where a.tenant_id = r.tenant_id and a.run_id = r.run_id and a.status = 'PENDING'), 'an approval is pending'),
            (portarium_int.is_terminal(r.state) and exists (
                select from expectation x where x.tenant_id = r.tenant_id and x.run_id = r.run_id), 'something is expected'),
            (portarium_int.is_terminal(r.state) and exists (
                select from strand s where s.tenant_id = r.tenant_id and s.run_id = r.run_id and s.status in ('PENDING', 'RUNNING')), 'a strand is open')
    ) f (wrong, finding)
    where f.wrong
$$;

-- A strand is as its own run is, and paused as the run is that it belongs to.
create function portarium_int.violated_strands()
    returns setof portarium_int.violation
    language sql
    stable
    as $$
    select 'a strand is as its run', s.tenant_id, s.run_id,
        pg_catalog.format('visit %s, slot %s is %s, its run is %s', s.visit, s.slot, s.status, coalesce(r.state, 'missing'))
    from strand s
    left join run r on r.tenant_id = s.tenant_id and r.run_id = s.child_id
    where case s.status
        when 'PENDING' then s.child_id is not null
        when 'RUNNING' then r.state is null or portarium_int.is_terminal(r.state)
        else s.child_id is not null and (r.state is null or not portarium_int.is_terminal(r.state)) end
    union all
    select 'a strand is as its run', r.tenant_id, r.root_id,
        pg_catalog.format('strand "%s" is %s, its run is %s', r.run_id, coalesce('paused, ' || r.held, 'not paused'),
            coalesce('paused, ' || root.held, 'not paused'))
    from run r
    join run root on root.tenant_id = r.tenant_id and root.run_id = r.root_id
    where (r.held is null) <> (root.held is null) and not portarium_int.is_terminal(r.state) and not portarium_int.is_terminal(root.state)
$$;

-- One entry for each transition, numbered as they came; a fencing token moves a run once.
create function portarium_int.violated_entries()
    returns setof portarium_int.violation
    language sql
    stable
    as $$
    select 'each transition has its entry', r.tenant_id, r.run_id,
        pg_catalog.format('epoch %s, %s entries up to %s', r.epoch, coalesce(e.entries, 0), e.last)
    from run r
    left join (
        select x.tenant_id, x.stream_id, pg_catalog.count(*) as entries, pg_catalog.max(x.seq) as last
        from (
            select y.tenant_id, y.stream_id, y.seq from entry y
            union
            select i.tenant_id, i.item_id, i.seq from disposition_item i where i.seq > 0
        ) x
        group by x.tenant_id, x.stream_id
    ) e on e.tenant_id = r.tenant_id and e.stream_id = r.run_id
    where (r.epoch, r.epoch) is distinct from (e.entries, e.last)
    union all
    select 'a token moves a run once', t.tenant_id, (pg_catalog.array_agg(t.stream_id))[1],
        pg_catalog.format('token %s: %s entries', t.token, pg_catalog.count(*))
    from (
        select x.tenant_id, x.stream_id, pg_catalog.convert_from(x.canon, 'UTF8')::jsonb -> 'token' as token
        from entry x join run r on r.tenant_id = x.tenant_id and r.run_id = x.stream_id
    ) t
    where t.token is not null
    group by t.tenant_id, t.token
    having pg_catalog.count(*) > 1
$$;

-- Dispatch: no executor's older epoch holds a lease, no job is below every mark of its lane for longer than a second.
create function portarium_int.violated_dispatch()
    returns setof portarium_int.violation
    language sql
    stable
    as $$
    select 'an older epoch holds nothing', l.tenant_id, l.run_id,
        pg_catalog.format('token %s of epoch %s, the executor is at %s', l.token, l.executor_epoch, e.epoch)
    from lease l join executor e on e.executor_id = l.executor_id
    where l.executor_epoch <> e.epoch and l.until > pg_catalog.clock_timestamp()
    union all
    select 'a lane hides no job', r.tenant_id, r.run_id, pg_catalog.format('lane %s, pass %s', r.lane_id, r.pass)
    from ready r
    where r.pass < portarium_int.now_us() - 2000000
        and not exists (select from lane_hot h where h.lane_id = r.lane_id and h.low_water <= r.pass)
$$;

-- What a row refers to is there.
create function portarium_int.violated_references()
    returns setof portarium_int.violation
    language sql
    stable
    as $$
    select 'a key names a run', i.tenant_id, i.run_id, pg_catalog.format('key "%s"', i.key)
    from idempotency i
    where not exists (select from run r where r.tenant_id = i.tenant_id and r.run_id = i.run_id)
    union all
    select 'a payload is there', r.tenant_id, r.run_id, pg_catalog.encode(x.hash, 'hex')
    from run r
    cross join lateral (values (r.input_ref), (r.output_ref)) x (hash)
    where x.hash is not null and not exists (select from payload p where p.tenant_id = r.tenant_id and p.hash = x.hash)
$$;

-- The stack of what can be undone is what entries say was done; it is undone from its end, one row at a time, and wholly before the run
-- ends of itself.
create function portarium_int.violated_compensations()
    returns setof portarium_int.violation
    language sql
    stable
    as $$
    select 'what was done can be undone', e.tenant_id, e.stream_id, pg_catalog.format('entry %s names a compensation that is not there', e.seq)
    from entry e
    join run r on r.tenant_id = e.tenant_id and r.run_id = e.stream_id
    where pg_catalog.convert_from(e.canon, 'UTF8')::jsonb ? 'compensation'
        and not exists (select from compensation c where c.tenant_id = e.tenant_id and c.by_id = e.stream_id and c.seq = e.seq
            and c.run_id = coalesce(r.root_id, r.run_id))
    union all
    select 'undoing goes backwards', c.tenant_id, c.run_id, pg_catalog.format('%s is undone before %s', c.place, l.place)
    from compensation c
    join compensation l on l.tenant_id = c.tenant_id and l.run_id = c.run_id and l.place > c.place and l.status in ('PUSHED', 'RUNNING', 'FAILED')
    where c.status in ('DONE', 'RUNNING', 'FAILED')
    union all
    select 'undoing goes backwards', r.tenant_id, r.run_id, pg_catalog.format('%s: %s running, %s failed, %s pushed', r.state, c.running, c.failed, c.pushed)
    from run r
    cross join lateral (
        select pg_catalog.count(*) filter (where x.status = 'RUNNING') as running, pg_catalog.count(*) filter (where x.status = 'FAILED') as failed,
            pg_catalog.count(*) filter (where x.status = 'PUSHED') as pushed
        from compensation x
        where x.tenant_id = r.tenant_id and x.run_id = r.run_id
    ) c
    where c.running > (r.state = 'COMPENSATING')::int or c.failed <> (r.state = 'COMPENSATION_FAILED')::int
        or c.pushed > 0 and r.state in ('FAILED', 'TIMED_OUT')
$$;

-- On the caller's path: of the tenants that are at home there.
create function portarium_int.violations()
    returns setof portarium_int.violation
    language sql
    stable
    as $$
    select v.* from portarium_int.violated_holders() v
    union all
    select v.* from portarium_int.violated_ends() v
    union all
    select v.* from portarium_int.violated_strands() v
    union all
    select v.* from portarium_int.violated_entries() v
    union all
    select v.* from portarium_int.violated_dispatch() v
    union all
    select v.* from portarium_int.violated_references() v
    union all
    select v.* from portarium_int.violated_compensations() v
$$;

create function portarium.check_invariants()
    returns table (invariant text, tenant_id uuid, run_id uuid, detail text)
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_home uuid;
    v_entered boolean;
begin
    -- of a tenant with a home only what a move has copied or left is here
    return query select v.* from portarium_int.violations() v where portarium_int.home_of(v.tenant_id) is null;
    for v_home in
        select t.tenant_id from tenant t where t.home is not null
    loop
        v_entered := portarium_int.enter(v_home);
        return query select v.* from portarium_int.violations() v where v.tenant_id = v_home;
        perform portarium_int.leave(v_entered);
    end loop;
end
$$;
comment on function portarium.check_invariants() is
    'What is not as it must be between any two commits, over all tenants: a row for each violated invariant and run, none when all hold. Reads whole tables. For members of portarium_admin. Errors: none of its own';
