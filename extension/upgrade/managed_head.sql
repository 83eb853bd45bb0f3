-- The managed flavour for psql, in one transaction: psql -X -1 -v ON_ERROR_STOP=1 -f portarium-managed.sql
set check_function_bodies = off;
create schema portarium;
