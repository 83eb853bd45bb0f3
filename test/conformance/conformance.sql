-- SPDX-License-Identifier: PostgreSQL
--
-- The server's side of conformance.py, which puts the cases in place of the marker. A case that raises answers with its SQLSTATE.

begin;

create temporary table conformance_case (
    place int generated always as identity,
    request jsonb not null
);

create function pg_temp.run_case(
    p_request jsonb
) returns jsonb
language plpgsql
as $$
begin
    if (p_request ->> 'validate')::boolean then
        return portarium.validate_workflow(p_request ->> 'definition');
    end if;
    return portarium.simulate(
        (p_request ->> 'definition')::jsonb, (p_request ->> 'input')::jsonb, (p_request ->> 'mocks')::jsonb);
exception
    when others then
        return jsonb_build_object('status', 'RAISED', 'error', sqlstate, 'cause', sqlerrm);
end
$$;

copy conformance_case (request) from stdin;
@cases@
\.

select jsonb_build_object('id', c.request -> 'id', 'got', pg_temp.run_case(c.request))
from conformance_case as c
order by c.place;

rollback;
