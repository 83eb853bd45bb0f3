-- SPDX-License-Identifier: PostgreSQL
-- Waking whoever waits for work. Here nobody can be woken, so wake() does nothing and waiting is a short nap; the native flavour
-- replaces both (wake.c): there a commit that called wake() ends the waits of its database.

create function portarium_int.wake()
    returns void
    language sql
    volatile
    as $$ select null::void $$;

create procedure portarium.await(executor_id int, wait_ms int)
    language plpgsql
    as $$
begin
    -- Ends the transaction that the call came with, and with it its snapshot and locks; refused inside a transaction block.
    commit;
    perform pg_catalog.pg_sleep(greatest(least(wait_ms, 100), 0) / 1000.0);
end
$$;
comment on procedure portarium.await(int, int) is
    'Returns when there may be work for an executor, at the latest after wait_ms milliseconds. Call it outside a transaction block. It holds no lock and, in the native flavour, no snapshot while it waits';
