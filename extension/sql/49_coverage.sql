-- SPDX-License-Identifier: PostgreSQL
-- Coverage: what should have an entry and has none. No proof shows what was never written; a comparison with the system of record does.

-- The values of a member in the tenant's entries of a kind that have come to a stage.
create function portarium_int.evidence_values(p_tenant uuid, p_kind text, p_member text, p_stage text)
    returns setof text
    language sql
    stable
    as $$
    select pg_catalog.convert_from(e.canon, 'UTF8')::jsonb ->> p_member
    from entry e
    left join lateral (
        select l.epoch, l.idx
        from leaf l
        where l.tenant_id = p_tenant and l.stream_id = e.stream_id and l.seq = e.seq
        order by l.epoch desc
        limit 1) l on true
    where e.tenant_id = p_tenant and e.kind = p_kind
        and case p_stage
            when 'appended' then true
            when 'sealed' then l.idx is not null
            else exists (
                select from portarium_int.evidence_anchor(p_tenant) a
                where (a.epoch, a.size) > (l.epoch, l.idx))
        end
$$;

create function portarium.uncovered(
    kind text,
    member text,
    ids text[],
    stage text default 'appended')
    returns setof text
    language plpgsql
    stable
    security definer
    set search_path = pg_catalog, portarium_data, pg_temp
    as $$
declare
    v_tenant uuid := portarium_int.require_tenant();
begin
    if uncovered.stage is null or not uncovered.stage = any ('{appended,sealed,signed}') then
        perform portarium_int.refuse_stage(uncovered.stage);
    end if;
    return query
        select i.id from unnest(uncovered.ids) i (id)
        except
        select v from portarium_int.evidence_values(v_tenant, uncovered.kind, uncovered.member, uncovered.stage) v
        order by 1;
end
$$;
comment on function portarium.uncovered(text, text, text[], text) is
    'Those of ids that no entry of this kind has as the value of its member "member"; only entries count that are at least appended, sealed
or signed. For comparing a table of the application''s with the evidence: uncovered(''app.invoice.sent'', ''invoice'', array(select id::text
from invoice)). Reads all of the tenant''s entries of the kind. Errors: UP201 no tenant, UP007 no such stage';
