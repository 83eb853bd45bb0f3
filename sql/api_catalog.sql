-- What the HTTP API may offer, and nothing else.
\set SHOW_CONTEXT never

-- Each kind is there; what an application has no right to is not, nor what is not of the API's schema.
select name,
    portarium.api_catalog() -> 'functions' @> jsonb_build_array(jsonb_build_object('name', name)) as offered
from unnest(array['start_run', 'decide', 'tenant_id', 'exchange', 'create_tenant', 'notary_head', 'install', 'await', 'route', 'uuid7']) name;
select name, portarium.api_catalog() -> 'views' @> jsonb_build_array(jsonb_build_object('name', name)) as offered
from unnest(array['runs', 'approvals', 'entries', 'run', 'entry']) name;

-- A function with its arguments.
select jsonb_pretty(f - 'comment') as start_run, f ->> 'comment' is not null as has_comment
from jsonb_array_elements(portarium.api_catalog() -> 'functions') f
where f ->> 'name' = 'start_run';

-- A view with its columns.
select jsonb_pretty(v -> 'columns' -> 1) as run_id
from jsonb_array_elements(portarium.api_catalog() -> 'views') v
where v ->> 'name' = 'runs';

-- Where text and jsonb say the same, the one with jsonb is offered; functions that differ otherwise are both.
select f -> 'arguments' as validate_workflow
from jsonb_array_elements(portarium.api_catalog() -> 'functions') f
where f ->> 'name' = 'validate_workflow';

create function portarium.zz_two(a text) returns int language sql stable as 'select 1';
create function portarium.zz_two(a text, b text default null) returns int language sql volatile as 'select 1';
create function portarium.zz_set(a jsonb) returns setof int language sql immutable as 'select 1';
create function portarium.zz_set(a text) returns setof int language sql immutable as 'select 1';
create function portarium.zz_unnamed(int) returns int language sql as 'select 1';
create function portarium.zz_variadic(variadic a int[]) returns int language sql as 'select 1';
create function portarium.zz_trigger() returns trigger language plpgsql as 'begin return new; end';
create procedure portarium.zz_procedure() language sql as 'select 1';
create function portarium.zz_refused() returns void language sql as 'select 1';
revoke all on function portarium.zz_refused() from public;
select f - 'comment' as function
from jsonb_array_elements(portarium.api_catalog() -> 'functions') f
where f ->> 'name' like 'zz%';

-- Every argument and every column has a name and a type.
select count(*) > 0 as parts, count(*) filter (where part ->> 'name' is null or part ->> 'name' = '' or part ->> 'type' is null) as nameless
from jsonb_path_query(portarium.api_catalog(), '$.*[*].keyvalue() ? (@.key == "arguments" || @.key == "columns").value[*]') part;

-- Where a tenant lives, for the one who mints its tokens.
select portarium.create_tenant('acme', null, '018f0d3c-7a10-7c3e-9b1a-2f6f5d0c4b11');
set session authorization portarium_sidecar;
select * from portarium.route('018f0d3c-7a10-7c3e-9b1a-2f6f5d0c4b11');
\set VERBOSITY sqlstate
select * from portarium.route('018f0d3c-7a10-7c3e-9b1a-2f6f5d0c4bff');
reset session authorization;
set session authorization portarium_app;
select * from portarium.route('018f0d3c-7a10-7c3e-9b1a-2f6f5d0c4b11');
reset session authorization;
