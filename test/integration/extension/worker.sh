# shellcheck shell=bash
# The worker of a database: it comes by itself, does what is due, costs nothing when idle, survives, and makes room.
#
# shellcheck disable=SC2154  # variables of run.sh and lib.sh
# SPDX-License-Identifier: PostgreSQL

worker_pid()
{
    sql postgres -c "select pid from pg_stat_activity where backend_type = 'portarium worker' and datname = '$1'"
}

has_worker()
{
    [ -n "$(worker_pid "$1")" ]
}

append()
{
    sql work -c "select portarium.append_evidence('app.note', '{}')" >/dev/null
}

# sealed COUNT
sealed()
{
    sql_is "$1" work 'select count(*) from portarium_data.leaf'
}

# An idle database writes no WAL and its worker holds no snapshot. Only time can show that nothing happens; the server's own
# bookkeeping after the last work may still write once.
is_idle()
{
    local before after
    before=$(sql work -c 'select pg_current_wal_insert_lsn()')
    sleep 3
    after=$(sql work -c 'select pg_current_wal_insert_lsn()')
    same "$before" "$after" &&
        sql_is t work "select backend_xmin is null from pg_stat_activity where backend_type = 'portarium worker' and datname = 'work'"
}

terminate_worker()
{
    sql postgres -c "select pg_terminate_backend($(worker_pid work), 5000)" >/dev/null
}

crash()
{
    kill -9 "$(worker_pid work)" && eventually 30 sql work -c 'select 1'
}

fails_without_dying()
{
    local before
    before=$(worker_pid work)
    sql work -c 'alter table portarium_data.timer rename to timer_hidden'
    append
    # the failed tick is reported to the log of the server; here it shows as an entry that stays unsealed
    sealed "$1" || return
    sql work -c 'alter table portarium_data.timer_hidden rename to timer'
    eventually 10 sealed "$2" && same "$before" "$(worker_pid work)"
}

test_worker()
{
    make_database work "$native"
    sql work -c "select portarium.create_tenant('acme', null, '00000000-0000-7000-8000-000000000001')" \
        -c "select portarium.bind_login(session_user, '00000000-0000-7000-8000-000000000001', 'ana', '{}')" >/dev/null
    check 'the first work calls a worker' append
    check 'it seals' eventually 10 sealed 1
    check 'it is there' has_worker work
    check 'it is woken' append
    check 'it seals again' eventually 5 sealed 2
    check 'it is idle' eventually 30 is_idle
    check 'a tick that fails' fails_without_dying 2 3
    check 'it is terminated' terminate_worker
    check 'it comes back' eventually 20 has_worker work
    check 'it seals after that' append
    check 'it has sealed after that' eventually 10 sealed 4
    check 'the server crashes' crash
    check 'it comes back after a crash' eventually 20 has_worker work
    append
    check 'it seals after a crash' eventually 10 sealed 5
    check 'it makes room for a copy' psql -Xq -d postgres -c 'create database work_copy template work'
    check 'it comes back after a copy' eventually 20 has_worker work
    check 'the copy has its own' eventually 20 sql work_copy -c "select portarium.append_evidence('app.note', '{}')"
    check 'the copy seals' eventually 10 sql_is 6 work_copy 'select count(*) from portarium_data.leaf'
    check 'it makes room for a new name' psql -Xq -d postgres -c 'alter database work_copy rename to work_renamed'
    check 'it makes room for DROP' psql -Xq -d postgres -c 'drop database work' -c 'drop database work_renamed'
}
