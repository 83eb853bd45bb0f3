-- SPDX-License-Identifier: PostgreSQL
-- What the HTTP suite calls besides the API itself: functions that echo, fail and wait, and a view with every kind of column.
-- They stand in the API's schema, so that the catalogue shows them.

\set ON_ERROR_STOP on
set client_min_messages = warning;
create extension portarium;
call portarium.install();
alter role portarium_sidecar login;
set search_path = portarium;

create function echo(input jsonb) returns jsonb language sql volatile as $$ select input $$;
create function add(a int, b int default 1) returns int language sql stable as $$ select a + b $$;
create function large(size int) returns text language sql stable as $$ select pg_catalog.repeat('x', size) $$;
create function nothing() returns void language sql volatile as $$ $$;
create function trace() returns text language sql stable as $$ select pg_catalog.current_setting('portarium.traceparent', true) $$;
create function tags(labels text[], documents jsonb[] default null) returns jsonb language sql stable
    as $$ select pg_catalog.jsonb_build_object('labels', labels, 'documents', documents) $$;
create function nap(seconds float8) returns int language sql stable as $$ select 1 from pg_catalog.pg_sleep(seconds) $$;
create function write_nap(seconds float8) returns int language sql volatile as $$ select 1 from pg_catalog.pg_sleep(seconds) $$;
create function fail(code text) returns void language plpgsql volatile
    as $$ begin raise exception using errcode = code, message = 'message of "' || code || '"', detail = 'A detail.', hint = 'A hint.'; end $$;
create function backend() returns int language sql stable as $$ select pg_catalog.pg_backend_pid() $$;
create function write_backend() returns int language sql volatile as $$ select pg_catalog.pg_backend_pid() $$;
create function public.hidden() returns int language sql as $$ select 1 $$;
create function unlisted() returns int language sql as $$ select 1 $$;

-- one that says it only reads, and one whose error comes at commit
create table noted (tenant_id uuid, place int unique deferrable initially deferred);
create function note() returns void language sql volatile security definer as $$ insert into portarium.noted values (null, 1) $$;
create function sneaky_write() returns void language plpgsql stable security definer as $$ begin perform portarium.note(); end $$;
create function late_failure() returns int language plpgsql volatile security definer
    as $$ begin insert into portarium.noted values (null, 7), (null, 7); return 1; end $$;

create view sample as
    select g as id,
        'name ' || g as name,
        case when g % 2 = 0 then 'even' else 'odd' end as kind,
        pg_catalog.jsonb_build_object('g', g) as document,
        timestamptz '2026-01-01 00:00:00+00' + g * interval '1 day' as at,
        case when g % 5 = 0 then null else g % 2 = 0 end as flag
    from pg_catalog.generate_series(1, 25) g;

revoke all on function echo(jsonb), add(int, int), large(int), nothing(), trace(), tags(text[], jsonb[]), nap(float8), write_nap(float8),
    fail(text), backend(), write_backend(), unlisted(), note(), sneaky_write(), late_failure() from public;
grant execute on function echo(jsonb), add(int, int), large(int), nothing(), trace(), tags(text[], jsonb[]), nap(float8), write_nap(float8),
    fail(text), backend(), write_backend(), sneaky_write(), late_failure() to portarium_app;
grant select on sample to portarium_app;
