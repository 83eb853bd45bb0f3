-- SPDX-License-Identifier: PostgreSQL
--
-- The server's side of conformance.py, which puts the cases in place of the marker. A case that raises answers with its SQLSTATE.

begin;
\o /dev/null
\i test/conformance/engine.sql
\o

create temporary table conformance_case (
    place int generated always as identity,
    request jsonb not null
);

create function pg_temp.run_case(
    p_request jsonb
) returns jsonb
language plpgsql
as $$
declare
    v_definition text := p_request ->> 'definition';
    v_mocks jsonb := p_request ->> 'mocks';
begin
    if p_request ->> 'kind' = 'validate' then
        return portarium.validate_workflow(v_definition);
    elsif p_request ->> 'kind' = 'engine' then
        return pg_temp.engine_case(v_definition::jsonb, (p_request ->> 'input')::jsonb, v_mocks);
    elsif p_request ->> 'kind' = 'mutation' then
        if not (portarium.validate_workflow(v_definition::jsonb) ->> 'valid')::boolean
            or exists (select from portarium_int.asl_features(v_definition::jsonb) as f where f.feature in ('JSONata', 'ItemReader', 'ItemBatcher'))
        then
            return '{"status": "INVALID"}';
        end if;
        v_mocks := (
            select coalesce(jsonb_object_agg(s.name, '[{"error": "E"}, {"return": {"a": 1}}]'::jsonb), '{}')
            from portarium_int.asl_states(v_definition::jsonb) as s
        );
    end if;
    return portarium.simulate(v_definition::jsonb, (p_request ->> 'input')::jsonb, v_mocks);
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
