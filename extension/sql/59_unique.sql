-- SPDX-License-Identifier: PostgreSQL
-- Unique runs: of those that were started with one key at most one has not ended. Whether the holder has ended is read from its run, so that no
-- end has to give anything back; the next start takes the key over.
--
-- Locks: the index lets one of two new holders wait for the other; the holder's row is locked by whoever takes the key from it.

-- The current holder of a key that has not ended, locked; null: there is none, and the one that has ended is current no longer.
create function portarium_int.unique_holder(p_tenant uuid, p_key text)
    returns uuid
    language plpgsql
    volatile
    as $$
declare
    v_holder uuid;
begin
    select u.run_id into v_holder from unique_run u where u.tenant_id = p_tenant and u.key = p_key and u.current for update;
    if exists (select from run r where r.tenant_id = p_tenant and r.run_id = v_holder and not portarium_int.is_terminal(r.state)) then
        return v_holder;
    end if;
    update unique_run u set current = false where u.tenant_id = p_tenant and u.run_id = v_holder;
    return null;
end
$$;

-- Reserves the key for p_run, or gives the run that has it. A concurrent twin waits here for the first to commit.
create function portarium_int.reserve_unique(p_tenant uuid, p_key text, p_workflow text, p_run uuid)
    returns uuid
    language plpgsql
    as $$
declare
    v_holder uuid;
    v_workflow text;
begin
    if pg_catalog.octet_length(p_key) not between 1 and 255 then
        raise exception using errcode = 'UP007', message = 'unique key is not between 1 and 255 bytes';
    end if;
    loop
        insert into unique_run (tenant_id, run_id, key, current) values (p_tenant, p_run, p_key, true)
        on conflict (tenant_id, key) where current do nothing;
        if found then
            return p_run;
        end if;
        v_holder := portarium_int.unique_holder(p_tenant, p_key);
        exit when v_holder is not null;
    end loop;
    select r.workflow into v_workflow from run r where r.tenant_id = p_tenant and r.run_id = v_holder;
    if v_workflow <> (select w.name from portarium_int.workflow_of(p_tenant, p_workflow) w) then
        raise exception using
            errcode = 'UP106',
            message = pg_catalog.format('unique key "%s" is held by run "%s" of workflow "%s"', p_key, v_holder, v_workflow);
    end if;
    return v_holder;
end
$$;

-- A run that had ended is to go on: it takes its key back, unless another one has it.
create function portarium_int.regain_unique(p_tenant uuid, p_run uuid)
    returns void
    language plpgsql
    as $$
declare
    v_key text := (select u.key from unique_run u where u.tenant_id = p_tenant and u.run_id = p_run and not u.current);
    v_holder uuid;
begin
    if v_key is null then
        return;
    end if;
    v_holder := portarium_int.unique_holder(p_tenant, v_key);
    if v_holder is not null then
        raise exception using
            errcode = 'UP106',
            message = pg_catalog.format('unique key "%s" is held by run "%s"', v_key, v_holder);
    end if;
    update unique_run u set current = true where u.tenant_id = p_tenant and u.run_id = p_run;
end
$$;
