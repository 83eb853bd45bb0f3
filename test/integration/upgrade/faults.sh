# shellcheck shell=bash
# A migration that is killed, that gets no lock, that is asked for what cannot be, and one that is taken back.
#
# shellcheck disable=SC2154  # variables of run.sh and lib.sh
# SPDX-License-Identifier: PostgreSQL

# holding STATEMENT COMMAND …: the command runs while another session holds what the statement has locked.
holding()
{
    local session status=0
    mkfifo "$work/hold"
    psql -XAtq -d faults <"$work/hold" >/dev/null 2>&1 &
    session=$!
    exec 5>"$work/hold"
    printf "set application_name = 'holder'; begin; %s; \n" "$1" >&5
    shift
    eventually 10 sql_is 1 faults "select count(*) from pg_stat_activity where application_name = 'holder' and state = 'idle in transaction'"
    "$@" || status=$?
    exec 5>&-
    rm -f "$work/hold"
    wait "$session"
    return "$status"
}

# Kills a migration that waits for a lock.
kill_waiting()
{
    PGAPPNAME=migrator PGOPTIONS='-c lock_timeout=60s' psql -XAtq -d faults -c "$1" >"$work/killed" 2>&1 &
    eventually 20 sql_is 1 faults "select count(*) from pg_stat_activity where application_name = 'migrator' and wait_event_type = 'Lock'" &&
        sql faults -c "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'migrator'" >/dev/null
    wait $!
    grep -q 'terminating connection' "$work/killed"
}

state_is()
{
    sql_is "$1" faults "select version || ' ' || state from portarium_data.data_version"
}

no_lock()
{
    refused 55P03 faults "set lock_timeout = '200ms'" 'call portarium.migrate(tries => 2)'
}

# The shape as it is, for comparing.
shape()
{
    sql faults -c "select * from portarium_int.shape_of('portarium_data') order by 1, 2, 3"
}

# Undoes the contraction by what was written down, the last first.
take_back()
{
    sql faults <<'SQL'
set role portarium_owner;
select undo from portarium_data.migration where phase = 'contract' order by n desc \gexec
SQL
}

test_faults()
{
    local flavour=''
    [ "$1" = managed ] || flavour=+native
    old_database faults "$flavour"
    check 'update for the faults' sql faults -c "alter extension portarium update to '9.1.0$flavour'"
    check 'no contraction before its time' refused UP109 faults "select portarium_int.contract('portarium_data')"
    check 'no such tenant' refused UP404 faults "call portarium.migrate('{nobody}')"
    check 'a tenant without a schema of its own' refused UP109 faults "call portarium.migrate('{alpha}')"
    check 'a column of another type' retyped
    check 'no lock, no change' holding 'lock table portarium_data.sample in access share mode' no_lock
    check 'the data are as they were' state_is '9.0.0 CONTRACTED'
    check 'killed while it expands' holding 'lock table portarium_data.sample in access share mode' kill_waiting 'call portarium.migrate()'
    check 'nothing is expanded' state_is '9.0.0 CONTRACTED'
    check 'expanded' sql faults -c "call portarium_int.run_phase('portarium_data', 'expand', 3)"
    check 'killed while it fills' holding "update portarium_data.sample set count = 3 where id = 15000" kill_waiting 'call portarium.migrate()'
    check 'it is on its way' state_is '9.1.0 EXPANDED'
    check 'some rows are filled, some not' sql_is 'true true' faults \
        "select (count(length) between 1 and 19999) || ' ' || (select fill_block > 0 from portarium_data.data_version) from portarium_data.sample"
    check 'killed while it tightens' holding 'lock table portarium_data.sample in share mode' kill_waiting 'call portarium.migrate()'
    check 'it goes on to its end' sql faults -c 'call portarium.migrate()'
    check 'with every row filled' sql_is 20000 faults 'select count(*) from portarium_data.sample where length = length(name)'
    check 'and no scaffolding left' sql_is 0 faults "select count(*) from pg_constraint where conname like 'filled\\_%' or not convalidated"
    shape >"$work/before"
    check 'killed while it contracts' holding 'lock table portarium_data.sample_gone in access share mode' kill_waiting 'call portarium.migrate(contract => true)'
    check 'nothing is dropped' state_is '9.1.0 FILLED'
    check 'the contraction' sql faults -c 'call portarium.migrate(contract => true)'
    check 'the column is gone' refused 42703 faults 'select old_name from portarium_data.sample'
    check 'what was dropped is made again' take_back
    shape >"$work/after"
    check 'in the shape that it had' diff "$work/before" "$work/after"
}

# In a transaction that is undone: the type is another one, and the plan refuses.
retyped()
{
    refused UP109 faults 'begin' 'alter table portarium_data.sample alter count type bigint' 'select * from portarium.migration_plan()'
}
