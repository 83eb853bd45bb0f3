-- SPDX-License-Identifier: PostgreSQL
-- What the notary finds about the store, told to those whose evidence lies there: one entry in the log of every tenant, so that
-- each bundle says by itself what held its checkpoints.

create function portarium.notary_probed(report text)
    returns bigint
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_canon bytea := portarium.canonical_entry(notary_probed.report);
    v_told bigint;
begin
    if portarium_int.commit_is_weak() then
        perform set_config('synchronous_commit', 'on', true);
    end if;
    select count(portarium_int.append(t.tenant_id, portarium_int.uuid7(), 1, 'store.probed', 'notary', v_canon, portarium_int.salt()))
    into v_told
    from tenant t;
    perform portarium_int.wake();
    return v_told;
end
$$;
comment on function portarium.notary_probed(text) is
    'Appends the outcome of a probe of the object store (a JSON object in the entry profile) as an entry "store.probed" to the log of every
tenant. Returns how many. Errors: UP001 malformed JSON, UP004 number outside the profile, UP005 too large or deep';
