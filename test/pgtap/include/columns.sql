-- SPDX-License-Identifier: PostgreSQL
-- What can be written of a table's columns.
create function pg_temp.columns(p_table regclass) returns text language sql as $$
    select string_agg(quote_ident(attname), ', ' order by attnum)
    from pg_attribute
    where attrelid = p_table and attnum > 0 and not attisdropped and attgenerated = ''
$$;
