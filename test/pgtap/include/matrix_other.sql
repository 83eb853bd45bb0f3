-- SPDX-License-Identifier: PostgreSQL
-- The questions of matrix_questions.sql, asked by tenant :other of what is in "possession", another tenant's: all is like what nobody has.

create temporary table answer as select * from pg_temp.ask(:'other');
select is_empty(format($$ select argument, value, theirs, nobodys from answer where signature = %L and theirs is distinct from nobodys $$, s.signature),
    format('%s: what another tenant has is like what nobody has', s.signature))
from (select distinct signature from answer) s
order by s.signature;
select is(pg_temp.visible(:'other', v.name), '0', format('%s: another tenant sees nothing', v.name)) from public_view v;
