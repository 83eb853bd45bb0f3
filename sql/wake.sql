-- Waiting for work, as far as one session can see it; test/integration/extension looks at several.
\set SHOW_CONTEXT never

-- In a transaction that is rolled back, and in one that is not.
begin;
select portarium_int.wake();
rollback;
select portarium_int.wake();

-- It returns; at the latest when the time is over.
select clock_timestamp() as started \gset
call portarium.await(1, 0);
call portarium.await(1, 50);
call portarium.await(1, null);
call portarium.await(1, -5);
select clock_timestamp() - :'started' < interval '5 s' as in_time;

-- It ends the transaction that it is called in, so it refuses a transaction block.
begin;
call portarium.await(1, 0);
rollback;
create function pg_temp.call_await() returns void language plpgsql as $$ begin call portarium.await(1, 0); end $$;
select pg_temp.call_await();
