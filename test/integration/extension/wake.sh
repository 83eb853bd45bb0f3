# shellcheck shell=bash
# Waiting for work in several sessions. A session reads its statements from a pipe, so that the test decides when.
#
# shellcheck disable=SC2154  # variables of run.sh and lib.sh
# SPDX-License-Identifier: PostgreSQL

# A session that waits up to $1 ms; $work/wait then tells how many it took, or how the wait was ended.
start_wait()
{
    psql -Xq -d wake -v ON_ERROR_STOP=1 >"$work/wait" 2>&1 <<SQL &
set application_name = 'waiter';
call portarium.await(1, 0);
select clock_timestamp() as started \gset
call portarium.await(1, $1);
\pset tuples_only on
select 'waited', floor(extract(epoch from clock_timestamp() - :'started') * 1000);
SQL
}

# waiting CONDITION: the waiter waits, and the condition holds for its row of pg_stat_activity.
waiting()
{
    sql_is t wake "select count(*) = 1 from pg_stat_activity
        where application_name = 'waiter' and wait_event = 'Extension' and query like 'call%' and $1"
}

# waited LEAST MOST: what start_wait measured.
waited()
{
    eventually 30 grep -q waited "$work/wait" &&
        awk -v least="$1" -v most="$2" '/waited/ { print; exit !($3 >= least && $3 <= most) }' "$work/wait"
}

wake_by_commit()
{
    sql wake -c 'begin' -c 'select portarium_int.wake()' -c "$1" >/dev/null
}

cancel_wait()
{
    sql wake -c "select pg_cancel_backend(pid) from pg_stat_activity where application_name = 'waiter'" >/dev/null
    eventually 10 grep -q 'canceling statement' "$work/wait"
}

# What is committed between two waits of a session ends the second at once.
not_missed()
{
    psql -XAtq -d wake -v ON_ERROR_STOP=1 <<'SQL' | awk '{ print } END { exit !($1 < 5000) }'
call portarium.await(1, 0);
\! psql -XAtq -d wake -c 'select portarium_int.wake()' >/dev/null
select clock_timestamp() as started \gset
call portarium.await(1, 20000);
select floor(extract(epoch from clock_timestamp() - :'started') * 1000);
SQL
}

test_wake()
{
    make_database wake "$native"
    # the worker of a database that is there wakes nobody
    start_wait 20000
    check 'waits' eventually 10 waiting true
    check 'holds no snapshot and no transaction id' waiting 'backend_xmin is null and backend_xid is null'
    check 'holds no lock on anything' sql_is 0 wake "select count(*) from pg_locks l join pg_stat_activity a using (pid)
        where a.application_name = 'waiter' and l.locktype <> 'virtualxid'"
    check 'wakes' wake_by_commit commit
    check 'is woken by a commit' waited 0 15000
    start_wait 1000
    check 'waits again' eventually 10 waiting true
    check 'rolls back' wake_by_commit rollback
    check 'is not woken by a rollback, and wakes by itself' waited 900 15000
    start_wait 20000
    check 'waits to be cancelled' eventually 10 waiting true
    check 'is cancelled' cancel_wait
    check 'misses no commit between two waits' not_missed
    psql -Xq -d postgres -c 'drop database wake'
}
