-- SPDX-License-Identifier: PostgreSQL
-- From the managed flavour to the native one: these routines become C, everything else stays. Their SQL text is the reference;
-- revert.awk reads the names here and takes the text of the way back from the parts.

create or replace function portarium_int.flavour()
    returns text
    language sql
    immutable
    parallel safe
    as $$ select 'native'::text $$;

create or replace function portarium.canonical_json(json text)
    returns bytea
    language c
    immutable
    strict
    parallel safe
    as 'MODULE_PATHNAME', 'portarium_canonical_json';

create or replace function portarium.canonical_entry(json text)
    returns bytea
    language c
    immutable
    strict
    parallel safe
    as 'MODULE_PATHNAME', 'portarium_canonical_entry';

create or replace function portarium_int.canonical(p_json jsonb)
    returns bytea
    language c
    immutable
    strict
    parallel safe
    as 'MODULE_PATHNAME', 'portarium_canonical_jsonb';

create or replace function portarium_int.uuid7()
    returns uuid
    language c
    volatile
    parallel safe
    as 'MODULE_PATHNAME', 'portarium_hash_uuid7';

create or replace function portarium_int.salt()
    returns bytea
    language c
    volatile
    parallel safe
    as 'MODULE_PATHNAME', 'portarium_hash_salt';

create or replace function portarium_int.entry_hash(
    p_salt bytea,
    p_tenant uuid,
    p_stream uuid,
    p_seq int,
    p_at timestamptz,
    p_kind text,
    p_actor text,
    p_canon bytea)
    returns bytea
    language c
    immutable
    strict
    parallel safe
    as 'MODULE_PATHNAME', 'portarium_hash_entry';

create or replace function portarium_int.commitment(p_salt bytea, p_payload jsonb)
    returns text
    language c
    immutable
    parallel safe
    as 'MODULE_PATHNAME', 'portarium_hash_commitment';

create or replace function portarium_int.start_planned(p_tenant uuid, p_workflow text, p_inputs jsonb[], p_runs uuid[], p_actor text)
    returns boolean
    language c
    volatile
    as 'MODULE_PATHNAME', 'portarium_start_planned';

create or replace function portarium_int.append(
    p_tenant uuid,
    p_stream uuid,
    p_seq int,
    p_kind text,
    p_actor text,
    p_canon bytea,
    p_salt bytea)
    returns bytea
    language c
    volatile
    as 'MODULE_PATHNAME', 'portarium_entry_append';

create or replace function portarium_int.claim(p_serves text[], p_want int)
    returns portarium_int.claimed[]
    language c
    volatile
    as 'MODULE_PATHNAME', 'portarium_claim_take';

create or replace function portarium_int.take_results(p_executor int, p_name text, p_acks jsonb)
    returns uuid[]
    language c
    volatile
    as 'MODULE_PATHNAME', 'portarium_result_take';

create or replace function portarium_int.lease_plain(p_executor int, p_epoch int, p_claimed portarium_int.claimed[])
    returns portarium_int.job[]
    language c
    volatile
    as 'MODULE_PATHNAME', 'portarium_grant_plain';

create or replace function portarium_int.ed25519_verify(p_public_key bytea, p_message bytea, p_signature bytea)
    returns boolean
    language c
    immutable
    strict
    parallel safe
    as 'MODULE_PATHNAME', 'portarium_ed25519_verify';

create or replace function portarium_int.tree_append(
    inout size bigint,
    inout frontier bytea,
    inout last_leaf bytea,
    p_tenant uuid,
    p_epoch int,
    p_entry_hashes bytea[],
    out root bytea,
    out leaf_hashes bytea[])
    language c
    immutable
    parallel safe
    as 'MODULE_PATHNAME', 'portarium_tree_append';

create or replace function portarium_int.put_leaves(
    p_tenant uuid,
    p_epoch int,
    p_first bigint,
    p_streams uuid[],
    p_seqs int[],
    p_entry_hashes bytea[],
    p_leaf_hashes bytea[],
    p_round bigint)
    returns int
    language c
    volatile
    as 'MODULE_PATHNAME', 'portarium_leaf_put';

create or replace function portarium_int.meta_append(
    inout size bigint,
    inout frontier bytea,
    p_leaf_hashes bytea[],
    out root bytea)
    language c
    immutable
    parallel safe
    as 'MODULE_PATHNAME', 'portarium_tree_meta_append';

create or replace function portarium_int.inclusion_proof(p_leaf_hashes bytea[], p_index bigint)
    returns bytea[]
    language c
    immutable
    strict
    parallel safe
    as 'MODULE_PATHNAME', 'portarium_tree_inclusion_proof';

create or replace function portarium_int.is_moving(p_tenant uuid)
    returns boolean
    language c
    stable
    parallel safe
    as 'MODULE_PATHNAME', 'portarium_context_is_moving';

create or replace function portarium_int.home_of(p_tenant uuid)
    returns name
    language c
    stable
    parallel safe
    as 'MODULE_PATHNAME', 'portarium_context_home_of';

create or replace function portarium.tenant_id()
    returns uuid
    language c
    stable
    parallel safe
    as 'MODULE_PATHNAME', 'portarium_context_tenant_id';

create or replace function portarium.actor()
    returns text
    language c
    stable
    parallel safe
    as 'MODULE_PATHNAME', 'portarium_context_actor';

create or replace function portarium.roles()
    returns text[]
    language c
    stable
    parallel safe
    as 'MODULE_PATHNAME', 'portarium_context_roles';

create or replace function portarium_int.wake()
    returns void
    language c
    volatile
    as 'MODULE_PATHNAME', 'portarium_wake_note';

create or replace function portarium_int.clock_counts()
    returns bigint[]
    language c
    volatile
    as 'MODULE_PATHNAME', 'portarium_clock_counts';

create or replace procedure portarium.await(executor_id int, wait_ms int)
    language c
    as 'MODULE_PATHNAME', 'portarium_wake_await';

select portarium_int.restyle_wall();
-- calls the database's worker
select portarium_int.wake();
