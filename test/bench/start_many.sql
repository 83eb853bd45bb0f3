-- SPDX-License-Identifier: PostgreSQL
select count(*) from portarium.start_runs(:workflow, array_fill('{"order": 1}'::jsonb, array[:batch::int]));
