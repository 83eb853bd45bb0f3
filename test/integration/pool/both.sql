-- SPDX-License-Identifier: PostgreSQL
-- One transaction of one of two tenants, by chance: it may see its own entries, all of them and nobody else's. A division by zero says
-- that it saw something else.
\set who random(0, 1)
begin;
\if :who
select set_config('portarium.ctx', :ana, true);
\else
select set_config('portarium.ctx', :gil, true);
\endif
select portarium.append_evidence('app.note', '{}');
select 1 / (count(*) > 0 and count(*) = count(*) filter (where tenant_id = portarium.tenant_id() and actor = portarium.actor()))::int from portarium.entries;
select 1 / (count(distinct portarium.actor()) = 1 and min(portarium.actor()) = case :who::int when 1 then 'ana' else 'gil' end)::int from portarium.entries;
commit;
