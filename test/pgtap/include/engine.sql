-- SPDX-License-Identifier: PostgreSQL
-- What the engine's tests share: one transaction and two tenants in it, for the first of which people act (people.sql).
-- Everything is made in the transaction and rolled back with it.

begin;
set local client_min_messages = warning;
select portarium.add_context_key('k1', sha256('engine tests'));
select portarium.create_tenant('acme') as tenant, portarium.create_tenant('other') as other_tenant \gset
\i test/pgtap/include/people.sql
