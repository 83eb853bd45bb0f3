-- SPDX-License-Identifier: PostgreSQL
-- From the managed flavour to the native one: these routines become C, everything else stays. Their SQL text is the reference;
-- revert.awk reads the names here and takes the text of the way back from the parts.

create or replace function portarium_int.flavour()
    returns text
    language sql
    immutable
    parallel safe
    as $$ select 'native'::text $$;

select portarium_int.restyle_wall();
