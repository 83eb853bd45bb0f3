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

select portarium_int.restyle_wall();
