-- SPDX-License-Identifier: PostgreSQL
-- A verification that is itself evidence: what was found, when and by whom stands in the tenant's log, good or bad. It says that the
-- check was made; what it is worth is said by a verifier elsewhere (48_verify.sql).

create function portarium.attest_evidence(
    out good boolean,
    out checked bigint,
    out reason text,
    out entry_id uuid)
    language plpgsql
    volatile
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
    v_found record;
begin
    select v.* into v_found from portarium.verify_evidence() v;
    good := v_found.ok;
    checked := v_found.checked;
    reason := v_found.reason;
    entry_id := portarium_int.uuid7();
    if portarium_int.commit_is_weak() then
        perform set_config('synchronous_commit', 'on', true);
    end if;
    perform portarium_int.append(v_tenant, entry_id, 1, 'evidence.verified', portarium.actor(),
        portarium.canonical_entry(jsonb_build_object('checked', checked, 'good', good, 'reason', coalesce(reason, ''),
            'tiers', string_to_array(v_found.tier, ', '))::text),
        portarium_int.salt());
    perform portarium_int.wake();
end
$$;
comment on function portarium.attest_evidence() is
    'verify_evidence, and its outcome as an entry "evidence.verified" of the tenant''s log: how many entries were checked and how deeply, and
what was found. Errors: UP201 no tenant';
