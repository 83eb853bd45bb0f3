-- SPDX-License-Identifier: PostgreSQL
-- Which version this code is, and which versions of data it serves: its own, and the one before until migrate() has been called.

create function portarium_int.version()
    returns text
    language sql
    immutable
    parallel safe
    as $$ select '0.1.0'::text $$;

create function portarium_int.served_versions()
    returns text[]
    language sql
    immutable
    parallel safe
    as $$ select array['0.1.0'] $$;
