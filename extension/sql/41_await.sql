-- SPDX-License-Identifier: PostgreSQL
-- How far an entry has come, and waiting until it has come far enough: for callers whose own promise rests on the proof.
-- Waiting ends the caller's transaction first, because nobody seals what is not committed, and looks again every few milliseconds
-- with no snapshot and no lock in between. A token of the context dies with its transaction, so it is set again after each commit.

-- Each is the one before it and something more.
create function portarium_int.evidence_stages()
    returns text[]
    language sql
    immutable
    parallel safe
    as $$ select '{none,appended,sealed,signed}'::text[] $$;

create function portarium.evidence_stage(entry_id uuid, seq int default 1)
    returns text
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_leaf record;
begin
    if not exists (
        select from entry e
        where e.tenant_id = v_tenant and e.stream_id = evidence_stage.entry_id and e.seq = evidence_stage.seq) then
        return 'none';
    end if;
    select l.epoch, l.idx, t.tenant_hash into v_leaf
    from leaf l
    join tree t on t.tenant_id = l.tenant_id and t.epoch = l.epoch
    where l.tenant_id = v_tenant and l.stream_id = evidence_stage.entry_id and l.seq = evidence_stage.seq
    order by l.epoch desc
    limit 1;
    if not found then
        return 'appended';
    end if;
    return case
        when exists (
            select from meta_leaf m
            where m.tenant_hash = v_leaf.tenant_hash and m.epoch = v_leaf.epoch and m.size > v_leaf.idx
                and m.meta_index < (select max(c.meta_size) from checkpoint c)) then 'signed'
        else 'sealed' end;
end
$$;
comment on function portarium.evidence_stage(uuid, int) is
    'How far an entry (its stream, and seq in it) has come: none (there is none), appended, sealed (it has its index and leaf), signed (a
checkpoint covers it). Errors: UP201 no tenant';

create function portarium_int.refuse_stage(p_stage text)
    returns void
    language plpgsql
    immutable
    as $$
begin
    raise exception using
        errcode = 'UP007',
        message = pg_catalog.format('stage "%s" has no meaning here', p_stage),
        hint = 'Say "sealed" or "signed", and where nothing is waited for also "appended".';
end
$$;

create procedure portarium.await_evidence(
    entry_id uuid,
    seq int,
    stage text,
    timeout_ms int,
    inout reached text default null)
    language plpgsql
    as $$
declare
    v_end timestamptz := pg_catalog.clock_timestamp() + pg_catalog.make_interval(secs => await_evidence.timeout_ms / 1000.0);
    v_token text := pg_catalog.current_setting('portarium.ctx', true);
    v_wanted int := pg_catalog.array_position(portarium_int.evidence_stages(), await_evidence.stage);
begin
    if coalesce(v_wanted, 0) < 3 then
        perform portarium_int.refuse_stage(await_evidence.stage);
    end if;
    loop
        commit;
        perform pg_catalog.set_config('portarium.ctx', v_token, true) where v_token is not null;
        reached := portarium.evidence_stage(await_evidence.entry_id, await_evidence.seq);
        exit when pg_catalog.array_position(portarium_int.evidence_stages(), reached) >= v_wanted
            or reached = 'none' or pg_catalog.clock_timestamp() >= v_end;
        perform pg_catalog.pg_sleep(0.005);
    end loop;
end
$$;
comment on procedure portarium.await_evidence(uuid, int, text, int, text) is
    'Commits, then waits until an entry is sealed or signed, at the longest timeout_ms milliseconds; reached is the stage it has then, as
evidence_stage gives it. Call it outside a transaction block. Errors: UP007 another stage, UP201 no tenant, UP203 the token ran out';

create procedure portarium.append_wait(
    kind text,
    body jsonb,
    stage text,
    timeout_ms int,
    inout entry_id uuid default null,
    inout entry_hash bytea default null,
    inout reached text default null)
    language plpgsql
    as $$
begin
    if coalesce(pg_catalog.array_position(portarium_int.evidence_stages(), append_wait.stage), 0) < 3 then
        perform portarium_int.refuse_stage(append_wait.stage);
    end if;
    select a.entry_id, a.entry_hash into entry_id, entry_hash
    from portarium.append_evidence(append_wait.kind, append_wait.body) a;
    call portarium.await_evidence(entry_id, 1, append_wait.stage, append_wait.timeout_ms, reached);
end
$$;
comment on procedure portarium.append_wait(text, jsonb, text, int, uuid, bytea, text) is
    'append_evidence, commit, and await_evidence: returns when the entry is sealed or signed, or after timeout_ms milliseconds with the stage
it has then. The entry is there in either case. Call it outside a transaction block. Errors: those of both';
